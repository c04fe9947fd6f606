# Sets the keys of a trusted project at the prompt, and puts back what was there on leaving. Made by `byok hook elvish`.
# A prompt at which nothing has changed starts no process: the project's file is found and compared right here.
use path
use str
var exe = @BYOK@
var names = []
var watch = []
var old = [&]
var ours = [&]
var seen = ''
var file = ''

# The nearest `.byok.toml`, as far up as byok itself would look.
fn find {
    var at = (path:eval-symlinks $pwd)
    while (and (not-eq $at /) (not-eq $at $E:HOME)) {
        if (path:is-regular $at/.byok.toml) {
            set file = $at/.byok.toml
            return
        }
        if (or (path:is-dir $at/.git) (path:is-regular $at/.git)) {
            break
        }
        set at = (path:dir $at)
    }
    set file = ''
}

# Everything that the answer depends on, in one text.
fn look {
    if (eq $file '') {
        put ''
        return
    }
    var text = $file'|'$E:BYOK_PROFILE'|'$E:BYOK_HOME'|'$E:BYOK_NO_PROJECT'|'$E:BYOK_IDENTITY_FILE
    for one [$file $@watch] {
        set text = $text'|'
        if (path:is-regular $one) {
            try { set text = $text(slurp < $one) } catch { }
        }
    }
    put $text
}

var inherited = $E:BYOK_HOOKED

fn keep {|name value|
    set names = [$@names $name]
    if (has-env $name) {
        # A shell above this one has set it: before that, there may have been nothing.
        if (and (has-value [(str:split ' ' $inherited)] $name) (eq (get-env $name) $value)) {
            return
        }
        set old = (assoc $old $name (get-env $name))
    }
}

# Puts back what was there, except where somebody has changed it since.
fn restore {
    for name $names {
        var same = (eq (has-env $name) (has-key $ours $name))
        if (and $same (has-env $name)) {
            set same = (eq (get-env $name) $ours[$name])
        }
        if $same {
            if (has-key $old $name) { set-env $name $old[$name] } else { unset-env $name }
        }
    }
    set names = []
    set old = [&]
    set ours = [&]
    unset-env BYOK_HOOKED
}

fn hook {
    var before = $file
    find
    if (not-eq (look) $seen) {
        restore
        set watch = []
        if (not-eq $file '') {
            var answers = [(try {
                (external $exe) --no-input hook-env elvish --before $before < /dev/null
            } catch { } | from-json)]
            for answer $answers {
                set watch = $answer[watch]
                for name $answer[hide] {
                    keep $name ''
                    unset-env $name
                }
                for name [(keys $answer[set])] {
                    keep $name $answer[set][$name]
                    set ours = (assoc $ours $name $answer[set][$name])
                    set-env $name $answer[set][$name]
                }
            }
            if (not-eq $names []) {
                set-env BYOK_HOOKED (str:join ' ' $names)
            }
        }
        set seen = (look)
    }
}

set edit:before-readline = [$hook~ $@edit:before-readline]
