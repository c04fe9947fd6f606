# Completion of byok for elvish. byok answers with a line for each word: the word, a tab, what it is.
use str

set edit:completion:arg-completer[byok] = {|@words|
    var index = (to-string (- (count $words) 1))
    var answer = [(env BYOK_COMPLETE=$index byok -- $@words 2>/dev/null | from-lines)]
    if (eq $answer [':files']) {
        edit:complete-filename $@words
    } elif (eq $answer [':command']) {
        var at = 0
        while (not-eq $words[$at] --) { set at = (+ $at 1) }
        edit:complete-sudo sudo $@words[(+ $at 1)..]
    } else {
        for line $answer {
            var value @said = (str:split "\t" $line)
            var suffix = ' '
            if (str:has-suffix $value '=') { set suffix = '' }
            edit:complex-candidate $value &code-suffix=$suffix &display=(str:join '  ' [$value $@said])
        }
    }
}
