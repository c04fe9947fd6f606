# Sets the keys of a trusted project at the prompt, and puts back what was there on leaving. Made by `byok hook zsh`.
# A prompt at which nothing has changed starts no process: the project's file is found and compared right here.
typeset -g __byok=@BYOK@
[[ -x $__byok ]] || __byok=byok
if (( ! ${+__byok_names} )); then
    typeset -ga __byok_names=() __byok_watch=()
    typeset -gA __byok_old=() __byok_how=() __byok_new=()
    typeset -g __byok_seen= __byok_file=
fi

# The nearest `.byok.toml`, as far up as byok itself would look.
__byok_find() {
    local at=${PWD:A}
    while [[ -n $at && $at != / && $at != ${HOME:A} ]]; do
        if [[ -e $at/.byok.toml || -L $at/.byok.toml ]]; then
            __byok_file=$at/.byok.toml
            return 0
        fi
        [[ -e $at/.git ]] && break
        at=${at:h}
    done
    __byok_file=
}

# Everything that the answer depends on, in one text.
__byok_look() {
    local one text
    __byok_now=
    [[ -n $__byok_file ]] || return 0
    __byok_now="$__byok_file|${BYOK_PROFILE-}|${BYOK_HOME-}|${BYOK_NO_PROJECT-}|${BYOK_IDENTITY_FILE-}"
    for one in $__byok_file $__byok_watch; do
        text=-
        [[ -f $one ]] && { IFS= read -r -u 0 -k 65537 text 2>/dev/null } 2>/dev/null <$one
        __byok_now+="|$text"
    done
    return 0
}

# Remembers a variable in one of the shell that no program sees.
__byok_keep() {
    __byok_names+=("$1")
    (( ${(P)+1} )) || return 0
    [[ " ${__byok_inherited-} " == *" $1 "* && ${(P)1} == "${2-}" ]] && return 0
    __byok_old[$1]=${(P)1} __byok_how[$1]=${(tP)1}
}
__byok_set() {
    # To zsh, touching it would be the end of the whole answer.
    if [[ ${(tP)1-} == *readonly* ]]; then
        print -ru2 -- "byok: warning: \`$1\` is read-only in this shell, and stays as it is"
        return 0
    fi
    __byok_keep "$1" "$2"
    __byok_new[$1]=$2
    # An attribute such as that of integers would change the value.
    unset "$1"
    export "$1=$2"
}
__byok_hide() {
    __byok_keep "$1"
    unset "$1"
}
# Puts back what was there, except where somebody has changed it since.
__byok_restore() {
    local name
    for name in $__byok_names; do
        if (( ${(P)+name} == ${+__byok_new[$name]} )) && [[ "${(P)name}" == "${__byok_new[$name]-}" ]]; then
            unset "$name"
            case ${__byok_how[$name]-} in
            *export*) export "$name=${__byok_old[$name]}" ;;
            ?*) typeset -g "$name=${__byok_old[$name]}" ;;
            esac
        fi
    done
    __byok_names=() __byok_old=() __byok_how=() __byok_new=()
    unset BYOK_HOOKED
}

__byok_hook() {
    # What is traced, printed or exported here would be a secret.
    emulate -L zsh
    unsetopt xtrace verbose allexport errexit errreturn nounset
    local __byok_now __byok_before=$__byok_file
    __byok_find
    __byok_look
    if [[ $__byok_now != "$__byok_seen" ]]; then
        __byok_restore
        __byok_watch=()
        if [[ -n $__byok_file ]]; then
            eval "$("$__byok" --no-input hook-env zsh --before "$__byok_before" </dev/null)"
            (( $#__byok_names )) && export BYOK_HOOKED="$__byok_names"
        fi
        __byok_look
        __byok_seen=$__byok_now
    fi
    return 0
}

typeset -g __byok_inherited=${BYOK_HOOKED-}
typeset -ga precmd_functions
(( ${precmd_functions[(Ie)__byok_hook]} )) || precmd_functions=(__byok_hook $precmd_functions)
