# Sets the keys of a trusted project at the prompt, and puts back what was there on leaving. Made by `byok hook bash`.
# A prompt at which nothing has changed starts no process: the project's file is found and compared right here.
__byok=@BYOK@
[ -x "$__byok" ] || __byok=byok
[ -n "${__byok_names+set}" ] || __byok_names=() __byok_watch=() __byok_seen= __byok_file= __byok_at= __byok_folder=

# The nearest `.byok.toml`, as far up as byok itself would look.
__byok_find() {
    local at=$PWD link=
    if [ "$PWD" != "$__byok_at" ] || ! [ "$PWD" -ef "$__byok_folder" ]; then
        __byok_at=$PWD __byok_folder=$PWD
        while [ -n "$at" ]; do
            if [ -L "$at" ]; then link=1; fi
            at=${at%/*}
        done
        if [ -n "$link" ]; then __byok_folder=$(builtin pwd -P); fi
    fi
    at=$__byok_folder
    while [ -n "$at" ] && [ "$at" != "${HOME-}" ]; do
        if [ -e "$at/.byok.toml" ] || [ -L "$at/.byok.toml" ]; then
            __byok_file=$at/.byok.toml
            return 0
        fi
        if [ -e "$at/.git" ]; then break; fi
        at=${at%/*}
    done
    __byok_file=
}

# Everything that the answer depends on, in one text.
__byok_look() {
    local one text
    __byok_now=
    if [ -z "$__byok_file" ]; then return 0; fi
    __byok_now="$__byok_file|${BYOK_PROFILE-}|${BYOK_HOME-}|${BYOK_NO_PROJECT-}|${BYOK_IDENTITY_FILE-}"
    for one in "$__byok_file" ${__byok_watch[@]+"${__byok_watch[@]}"}; do
        text=-
        if [ -f "$one" ]; then { IFS= read -r -d '' -n 65537 text; } 2>/dev/null <"$one" || :; fi
        __byok_now="$__byok_now|$text"
    done
}

# Remembers a variable in variables of the shell that no program sees.
__byok_keep() {
    local kept=__byok_old_$1 how=__byok_how_$1 flags=x
    __byok_names+=("$1")
    if [ -z "${!1+set}" ]; then return 0; fi
    case " ${__byok_inherited-} " in *" $1 "*) if [ "${!1}" = "${2-}" ]; then return 0; fi ;; esac
    if ((BASH_VERSINFO[0] > 4)); then flags=${!1@a}; fi
    printf -v "$kept" %s "${!1}"
    printf -v "$how" %s "-$flags"
}
__byok_set() {
    __byok_keep "$1" "$2"
    printf -v "__byok_new_$1" %s "$2"
    # An attribute such as that of integers would change the value.
    unset "$1" 2>/dev/null || :
    export "$1=$2"
}
__byok_hide() {
    __byok_keep "$1"
    unset "$1"
}
# Puts back what was there, except where somebody has changed it since.
__byok_restore() {
    local name kept how ours
    for name in ${__byok_names[@]+"${__byok_names[@]}"}; do
        kept=__byok_old_$name how=__byok_how_$name ours=__byok_new_$name
        if [ "${!name-}" = "${!ours-}" ] && [ "${!name+set}" = "${!ours+set}" ]; then
            unset "$name"
            case ${!how-} in
            -*x*) export "$name=${!kept}" ;;
            -*) printf -v "$name" %s "${!kept}" ;;
            esac
        fi
        unset "$kept" "$how" "$ours"
    done
    __byok_names=()
    unset BYOK_HOOKED
}

__byok_hook() {
    local __byok_status=$? __byok_flags=$- __byok_now __byok_before=$__byok_file
    # What is traced, printed or exported here would be a secret.
    { set +xva; } 2>/dev/null
    __byok_find
    __byok_look
    if [ "$__byok_now" != "$__byok_seen" ]; then
        __byok_restore
        __byok_watch=()
        if [ -n "$__byok_file" ]; then
            eval "$("$__byok" --no-input hook-env bash --before "$__byok_before" </dev/null)"
            if ((${#__byok_names[@]} > 0)); then export BYOK_HOOKED="${__byok_names[*]}"; fi
        fi
        __byok_look
        __byok_seen=$__byok_now
    fi
    case $__byok_flags in *a*) set -a ;; esac
    case $__byok_flags in *v*) set -v ;; esac
    case $__byok_flags in *x*) { set -x; } 2>/dev/null ;; esac
    # Under `set -e` a status of another command must not end the shell here.
    case $__byok_flags in *e*) return 0 ;; esac
    return "$__byok_status"
}

__byok_inherited=${BYOK_HOOKED-}
case ";${PROMPT_COMMAND[*]-};" in
*__byok_hook*) ;;
*)
    case $(declare -p PROMPT_COMMAND 2>/dev/null) in
    'declare -a'*) PROMPT_COMMAND=(__byok_hook "${PROMPT_COMMAND[@]}") ;;
    *) PROMPT_COMMAND="__byok_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}" ;;
    esac
    ;;
esac
