# Completion of byok for nushell, beside the external completer that is there already.
# byok answers with a line for each word: the word, a tab, what it is.
let byok_others = $env.config.completions.external.completer?
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans|
    if $spans.0 != byok {
        return (if $byok_others == null { null } else { do $byok_others $spans })
    }
    let index = ($spans | length) - 1
    let answer = (with-env { BYOK_COMPLETE: ($index | into string) } { ^byok -- ...$spans | complete } | get stdout | lines)
    # Nushell completes files by itself where there is no answer.
    if ($answer | first | default '') in [':files' ':command'] { return null }
    $answer | each {|line|
        let parts = ($line | split row "\t")
        { value: $parts.0, description: ($parts.1? | default '') }
    }
}
