# Completion of byok for fish. byok answers with a line for each word: the word, a tab, what it is.
function __byok_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l typed (commandline --current-token --cut-at-cursor)
    set -l answer (BYOK_COMPLETE=(count $words) command byok -- $words $typed 2>/dev/null)
    switch "$answer[1]"
        case :files
            set -l head (string match --regex -- '^-[^=]*=' $typed)
            set -l files (__fish_complete_path (string replace -- "$head" '' $typed))
            printf '%s\n' $head$files
        case :command
            # Words, quoted anew: nothing that is only typed may be executed.
            set -l at (contains --index -- -- $words)
            set -l rest
            if test "$at" -lt (count $words)
                set rest (string escape -- $words[(math $at + 1)..])
            end
            set -l last
            if test -n "$typed"
                set last (string escape -- $typed)
            end
            complete --do-complete (string join ' ' -- $rest "$last")
        case '*'
            printf '%s\n' $answer
    end
end
complete --command byok --erase
complete --command byok --no-files --keep-order --arguments '(__byok_complete)'
