# Sets the keys of a trusted project at the prompt, and puts back what was there on leaving. Made by `byok hook fish`.
# A prompt at which nothing has changed starts no process: the project's file is found and compared right here.
set -g __byok @BYOK@
test -x $__byok; or set -g __byok byok
if not set -qg __byok_names
    set -g __byok_names
    set -g __byok_watch
    set -g __byok_seen ''
    set -g __byok_file ''
end

# The nearest `.byok.toml`, as far up as byok itself would look.
function __byok_find
    set -l at (builtin pwd -P | string collect)
    set -l up
    while test -n "$at" -a "$at" != "$HOME" -a "$at" != /
        if test -e "$at/.byok.toml" -o -L "$at/.byok.toml"
            set -g __byok_file "$at/.byok.toml"
            return
        end
        test -e "$at/.git"; and break
        string match -rq '^(?<up>(?s:.*))/[^/]*$' -- "$at"; or break
        set at "$up"
    end
    set -g __byok_file ''
end

# Everything that the answer depends on, in one text.
function __byok_look
    set -g __byok_now ''
    test -n "$__byok_file"; or return
    set __byok_now "$__byok_file|$BYOK_PROFILE|$BYOK_HOME|$BYOK_NO_PROJECT|$BYOK_IDENTITY_FILE"
    for one in $__byok_file $__byok_watch
        set -l text -
        test -f $one -a -r $one; and read -z -n 65537 text <$one
        set __byok_now "$__byok_now|$text"
    end
end

# Remembers a variable in one of the shell that no program sees. What lies under a global one stays where it is.
function __byok_keep
    set -ga __byok_names $argv[1]
    set -qg $argv[1]; or return
    contains -- $argv[1] (string split ' ' -- "$__byok_inherited"); and test "$$argv[1]" = "$argv[2]"; and return
    set -g __byok_old_$argv[1] $$argv[1]
    set -qgx $argv[1]; and set -g __byok_how_$argv[1] -gx; or set -g __byok_how_$argv[1] -gu
end
function __byok_set
    __byok_keep $argv
    set -g __byok_new_$argv[1] $argv[2]
    set -gx $argv[1] $argv[2]
end
function __byok_hide
    __byok_keep $argv[1] ''
    set -gx $argv[1]
    set -e -g $argv[1]
end
# Puts back what was there, except where somebody has changed it since.
function __byok_restore
    for name in $__byok_names
        set -l kept __byok_old_$name
        set -l how __byok_how_$name
        set -l ours __byok_new_$name
        set -l same 0
        if set -q $ours
            set -qg $name; and test "$$name" = "$$ours"; and set same 1
        else
            set -qg $name; or set same 1
        end
        if test $same = 1
            set -qg $name; and set -e -g $name
            set -q $how; and set $$how $name $$kept
        end
        for one in $kept $how $ours
            set -qg $one; and set -e -g $one
        end
    end
    set -g __byok_names
    set -qg BYOK_HOOKED; and set -e -g BYOK_HOOKED
end

function __byok_hook --on-event fish_prompt
    set -l __byok_status $status
    # What is traced here would be a secret.
    set -l fish_trace
    set -l before $__byok_file
    __byok_find
    __byok_look
    if test "$__byok_now" != "$__byok_seen"
        __byok_restore
        set -g __byok_watch
        if test -n "$__byok_file"
            $__byok --no-input hook-env fish --before "$before" </dev/null | source
            test (count $__byok_names) -gt 0; and set -gx BYOK_HOOKED "$__byok_names"
        end
        __byok_look
        set -g __byok_seen $__byok_now
    end
    return $__byok_status
end

set -g __byok_inherited "$BYOK_HOOKED"
