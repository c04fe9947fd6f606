# Completion of byok for bash. byok answers with a line for each word: the word, a tab, what it is.
_byok() {
    # Bash cuts words at `:`, `=` and `@`. byok has to see them whole, up to the cursor.
    local rest=${COMP_LINE:0:COMP_POINT} trimmed word i
    local -a words
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$trimmed
        if ((i > 0)) && [[ $rest == "$trimmed" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words[${#words[@]}]=$word
        fi
        rest=${trimmed#"$word"}
    done

    local last=$((${#words[@]} - 1)) quote= done= value said
    case ${words[last]} in
        [\"\']*) quote=${words[last]:0:1} words[last]=${words[last]:1} ;;
        *) words[last]=${words[last]//\\/} ;;
    esac
    # Only what follows the last cut is replaced; an `@` is with what follows it.
    local cuts=${COMP_WORDBREAKS//[^:=@]/}
    [[ -z $cuts || $quote ]] || done=${words[last]%"${words[last]##*[$cuts]}"}
    done=${done%@}

    COMPREPLY=()
    while IFS=$'\t' read -r value said; do
        case $value in
            :files)
                compopt -o default 2>/dev/null || COMPREPLY=($(IFS=$'\n' && compgen -f -- "$2"))
                return
                ;;
            :command)
                for ((i = 0; i < COMP_CWORD; i++)); do [[ ${COMP_WORDS[i]} != -- ]] || break; done
                if declare -F _command_offset >/dev/null; then
                    _command_offset $((i + 1))
                elif ((COMP_CWORD == i + 1)); then
                    COMPREPLY=($(IFS=$'\n' && compgen -c -- "$2"))
                else
                    compopt -o default 2>/dev/null
                fi
                return
                ;;
        esac
        value=${value#"$done"}
        [[ $quote || $value != *[!A-Za-z0-9_./@:=,+-]* ]] || printf -v value %q "$value"
        COMPREPLY[${#COMPREPLY[@]}]=$value
        [[ $value != *= ]] || compopt -o nospace 2>/dev/null
    done < <(BYOK_COMPLETE=$last command byok -- "${words[@]}" 2>/dev/null)
}
complete -F _byok byok
