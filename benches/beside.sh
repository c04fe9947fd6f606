#!/usr/bin/env bash
# byok beside what a person would pick instead, in one run: `benches/beside.sh [BYOK]`. Needs hyperfine and jq, for
# instructions valgrind, for system calls strace, for memory GNU time. Measured is what is on the PATH or was put into
# target/peers by benches/peers.sh; what is not there is named. MARKDOWN=1 prints tables as the README has them.
#
# Each does the same work on the same 20 keys, and is asked for the keys first: what does not hand them out is left out.
# Each has what it wants warm: pass an agent that has its key open, every other one its key in a plain file.
. "$(dirname "$0")/lib.sh"
need hyperfine jq

peers=$PWD/target/peers
tried=$work/tried rows=$work/rows absent=()
mkdir -m 700 "$work/user" "$work/bin" "$work/project"
home 20 20
# What byok's home was made of, as `OPENAI_API_KEY=…`.
sed 's/^API_KEY_\([A-Z_]*\)=/\1_API_KEY=/' "$work/20.env" >"$work/keys.env"
sed 's/^/export /' "$work/keys.env" >"$work/keys.sh"
secret=$(sed -n 's/^OPENAI_API_KEY=//p' "$work/keys.env")
ln -s "$byok" "$work/bin/byok"
export PATH=$work/bin:$PATH:$peers/bin:$peers/llm/bin:$peers/npm/node_modules/.bin:$peers/debian/usr/bin
export HOME=$work/user BYOK_HOME=$work/20
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR GPG_AGENT_INFO
cd "$work/project"

here() { # here TOOL: whether it is there; else it is left out
    command -v "$1" >/dev/null && return
    absent+=("$1 (not installed${2:+: $2})")
    return 1
}

size() { # size FILE|FOLDER: in MB
    find -L "$1" -type f -exec cat {} + | wc -c | awk '{ printf "%.1f MB", $1 / 1e6 }'
}

# row WHICH NAME COMMAND…: takes one into the table of that name, once it was seen to do its work. The last cells are
# those of $big and $kept: what is installed, and whether what lies on the disk can be read without a key.
row() {
    local table=$1 name=$2
    shift 2
    case $table in
    one) [[ $("$@" 2>/dev/null) == *"$secret"* ]] ;;
    all) [ "$("${@:1:$#-1}" "$(command -v env)" 2>/dev/null | grep -c '=k0\{20\}')" = 20 ] ;;
    text) [ "$(env -i bash -c "$("$@" 2>/dev/null)"$'\nexport -p' | grep -c '="\?k0\{20\}')" = 20 ] ;;
    esac || { absent+=("$name (did not hand out the keys)"); return 0; }
    figures "$table" "$name" "$@"
}

figures() { # figures WHICH NAME COMMAND…
    local table=$1 name=$2 min median processor calls memory ran
    shift 2
    # A sign of life for whoever waits.
    [ ! -t 2 ] || printf '\r\e[K%s' "$name" >&2
    hyperfine -N --warmup 3 ${RUNS:+--runs "$RUNS"} --export-json "$work/out.json" "$(printf '%q ' "$@")" >/dev/null 2>&1
    read -r min median processor < <(jq -r '.results[0] | "\(.min * 1000) \(.median * 1000) \((.user + .system) * 1000)"' "$work/out.json")
    # Of a program that makes way for another, callgrind forgets what it has counted.
    ran=$([ "$table" != all ] && [ -z "${uncounted-}" ] && command -v valgrind >/dev/null && counted "$@" | awk '{ printf "%.1f M", $1 / 1e6 }') || :
    calls=$(command -v strace >/dev/null && strace -f -qq -o "$tried" "$@" >/dev/null 2>&1 && grep -c '(' "$tried") || :
    memory=$(/usr/bin/time -f %M -o "$tried" "$@" >/dev/null 2>&1 && awk '{ printf "%.0f MB", $1 / 1024 }' "$tried") || :
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$table" "$name" "$min" "$median" "$processor" "${ran:-n/a}" "${calls:-n/a}" "${memory:-n/a}" "${big:-}" "${kept:-}" >>"$rows"
}

# shellcheck disable=SC2016 # the shell that is measured expands it
# with NAME COMMAND…: a row for a program that a shell starts when it has set what the command prints
with() {
    printf '#!/bin/sh\neval "$(%s)"\nexec "$@"\n' "${*:2}" >"$work/bin/with-$1"
    chmod +x "$work/bin/with-$1"
    row all "sh, eval \"\$($1 …)\", true" "with-$1" true
}

printed() { # printed WHICH TITLE: one table, from the quickest on
    echo
    echo "${MARKDOWN:+### }$2"
    echo
    {
        printf '\tratio\tmin\tmedian\tprocessor\tinstructions\tsystem calls\tmemory\tinstalled\ton the disk\n'
        awk -F'\t' -v table="$1" '$1 == table' "$rows" | sort -t $'\t' -k3,3g | awk -F'\t' '
            { line[NR] = $0; if ($2 ~ /byok/) own = $3 }
            END { for (at = 1; at <= NR; at++) { split(line[at], c, "\t")
                printf "`%s`\t%.2fx\t%.2f ms\t%.2f ms\t%.2f ms\t%s\t%s\t%s\t%s\t%s\n", c[2], c[3] / own, c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10] } }'
    } | if [ "$1" = all ]; then cut -f 1-5,7-; else cat; fi | lined
}

versions=()
version() { versions+=("$1 $("${@:2}" 2>/dev/null | grep -om1 '[0-9][0-9.]*[0-9]')"); }

# What any program takes to start.
kept='' big=$(size "$(type -P true)")
for table in one all text; do figures "$table" true "$(type -P true)"; done

kept=sealed big=$(size "$byok")
version byok byok --version
row one 'byok get openai' byok get openai
row all 'byok run -- true' byok run -- true
row text 'byok env' byok env

if here age; then
    kept=sealed big=$(size "$(command -v age)")
    version age age --version
    # One key alone in its file, which is the least that there is to open.
    to=$(age-keygen -y "$BYOK_HOME/identity.txt")
    age -r "$to" -o "$work/one.age" <<<"$secret"
    age -r "$to" -o "$work/keys.age" "$work/keys.sh"
    row one 'age -d one.age' age -d -i "$BYOK_HOME/identity.txt" "$work/one.age"
    with age age -d -i "$BYOK_HOME/identity.txt" "$work/keys.age"
    row text 'age -d keys.age' age -d -i "$BYOK_HOME/identity.txt" "$work/keys.age"
fi

if here pass && here gpg; then
    export GNUPGHOME=$work/gnupg PASSWORD_STORE_DIR=$work/store
    mkdir -m 700 "$GNUPGHOME"
    tidy_up() { gpgconf --homedir "$work/gnupg" --kill all; }
    gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key bench@byok.invalid future-default default never 2>/dev/null
    pass init bench@byok.invalid >/dev/null 2>&1
    pass insert -e openai <<<"$secret" >/dev/null
    pass insert -m keys <"$work/keys.sh" >/dev/null
    kept=sealed big=$(size "$(command -v gpg)")
    version pass pass --version
    version gpg gpg --version
    row one 'pass show openai' pass show openai
    with pass pass show keys
    row text 'pass show keys' pass show keys
fi

if here llm; then
    kept=plain big="$(size "$(dirname "$(realpath "$(command -v llm)")")/../lib") and Python"
    version llm llm --version
    llm keys set openai --value "$secret"
    row one 'llm keys get openai' llm keys get openai
fi

if here dotenvx; then
    export DOTENVX_NO_OPS=true
    cp "$work/keys.env" .env
    dotenvx encrypt >/dev/null 2>&1
    folder=$(realpath "$(command -v dotenvx)")
    # Node compiles while it runs, and under valgrind comes to no end.
    kept=sealed big="$(size "${folder%%/@dotenvx/*}") and Node" uncounted=1
    version dotenvx dotenvx --version
    row one 'dotenvx get OPENAI_API_KEY' dotenvx get OPENAI_API_KEY
    row all 'dotenvx run -- true' dotenvx run -- true
    row text 'dotenvx get --format eval-export' dotenvx get --format eval-export
    uncounted=''
fi

if here direnv; then
    kept=plain big=$(size "$(command -v direnv)")
    version direnv direnv version
    cp "$work/keys.sh" .envrc
    direnv allow . 2>/dev/null
    row all 'direnv exec . true' direnv exec . true
    row text 'direnv export bash' direnv export bash
fi

if here secretspec 'needs half an hour of compiling'; then
    kept=sealed big=$(size "$(command -v secretspec)")
    version secretspec secretspec --version
    # Its own store in an age file, beside byok's identity.
    export SECRETSPEC_PROVIDER="age://$work/spec.age?identity=$BYOK_HOME/identity.txt"
    age -r "$(age-keygen -y "$BYOK_HOME/identity.txt")" -a -o "$work/spec.age" "$work/keys.env" 2>/dev/null || :
    {
        printf '[project]\nname = "bench"\nrevision = "1.0"\n[profiles.default]\n'
        sed 's/=.*/ = { description = "a key", required = true }/' "$work/keys.env"
    } >secretspec.toml
    row one 'secretspec get OPENAI_API_KEY' secretspec get OPENAI_API_KEY
    row all 'secretspec run -- true' secretspec run -- true
fi

if here envio 'needs half an hour of compiling'; then
    kept='sealed, its key in a variable' big=$(size "$(command -v envio)")
    version envio envio version
    envio init >/dev/null 2>&1 || :
    mapfile -t pairs <"$work/keys.env"
    ENVIO_KEY=$(envio create keys -k symmetric -e "${pairs[@]}" 2>/dev/null </dev/null | sed 's/\x1b\[[0-9;]*m//g' | sed -n 's/^Generated Symmetric Key: *//p')
    export ENVIO_KEY
    row all 'envio run keys -- true' envio run keys -- true
fi

if here fnox 'needs over an hour of compiling'; then
    kept=sealed big=$(size "$(command -v fnox)")
    version fnox fnox --version
    export FNOX_AGE_KEY_FILE=$BYOK_HOME/identity.txt
    printf '[providers]\nage = { type = "age", recipients = ["%s"] }\n' "$(age-keygen -y "$BYOK_HOME/identity.txt")" >fnox.toml
    while IFS='=' read -r name value; do fnox set "$name" "$value" --provider age >/dev/null 2>&1 </dev/null || :; done <"$work/keys.env"
    row one 'fnox get OPENAI_API_KEY' fnox get OPENAI_API_KEY
    row all 'fnox exec -- true' fnox exec -- true
fi

[ ! -t 2 ] || printf '\r\e[K' >&2
printed one 'One key to standard output'
printed all 'A program started with 20 keys in its environment'
printed text 'What a shell reads to set 20 keys'
echo
listed() { # listed WHAT ITEM…
    local items
    printf -v items '%s, ' "${@:2}"
    echo "$1: ${items%, }"
}
listed versions "${versions[@]}"
[ ${#absent[@]} = 0 ] || listed 'left out' "${absent[@]}"
