# shellcheck shell=bash
# What the scripts of this folder share; each reads it as its first step, with its own arguments: `[BYOK]`, the program to
# measure, which is else built here as a release.
set -euo pipefail
[ $# = 0 ] || byok=$(realpath -- "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ $# = 0 ]; then
    cargo build --release --locked --quiet
    byok=${CARGO_TARGET_DIR:-$PWD/target}/release/byok
fi
work=$(mktemp -d)
started=()
# What a script started, and what it gave a place of its own to.
tidy_up() { :; }
trap 'tidy_up; kill "${started[@]}" 2>/dev/null || :; rm -rf -- "$work"' EXIT

need() { # need TOOL…: ends with the names of those that are not there
    local tool missing=()
    for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
    [ ${#missing[@]} = 0 ] || { echo "${0##*/}: not installed: ${missing[*]}" >&2; exit 1; }
}

# The providers of the first keys; those of the others are nobody's.
ids=(OPENAI ANTHROPIC GOOGLE GROQ OPENROUTER MISTRAL DEEPSEEK COHERE TOGETHERAI PERPLEXITY XAI FIREWORKS_AI
    CEREBRAS NVIDIA REPLICATE ELEVENLABS HUGGINGFACE JINA VOYAGE TAVILY)

# home NAME COUNT [ADDRESS]: a home with as many keys, taken in by one import; with an address, each has a provider of its
# own there.
home() {
    local at names=("${ids[@]}")
    [ $# = 2 ] || names=()
    mkdir -m 700 "$work/$1"
    for ((at = 0; at < $2; at++)); do
        # Of no provider's shape, so that none is taken for another's.
        printf 'API_KEY_%s=k%047d\n' "${names[at]:-SVC_$at}" "$((at * 7919 + 1))"
        # Known to look at keys, so that one request a key is enough.
        [ $# = 2 ] || printf '[svc-%d.test]\nurl="%s/%d"\nstatus={200="valid"}\nunproven=false\ntells={models="/data"}\n' "$at" "$3" "$at" >&3
    done >"$work/$1.env" 3>"$work/$1/providers.toml"
    [ -s "$work/$1/providers.toml" ] || rm "$work/$1/providers.toml"
    env -i PATH="$PATH" BYOK_HOME="$work/$1" "$byok" import-env --prefix API_KEY_ --file "$work/$1.env" >/dev/null 2>&1
}

table() { # table FILE: the columns of hyperfine's JSON, in milliseconds
    jq -r '.results[] | [.command, (.min * 1e5 | round / 100), (.median * 1e5 | round / 100)] | @tsv' "$1" |
        sed -e "s#$byok#byok#g; s#$work/##g" | awk -F'\t' '{ printf "%-46s min %6.2f ms   median %6.2f ms\n", $1, $2, $3 }'
}

measure() { # measure HOME RUNS [HYPERFINE'S ARGUMENT…] COMMAND…
    local keys=$1 runs=$2
    shift 2
    BYOK_HOME="$work/$keys" hyperfine -N --warmup 3 --runs "$runs" --export-json "$work/out.json" "$@" >/dev/null
    table "$work/out.json"
}

counted() { # counted COMMAND…: the instructions of a program and of those that it starts; nothing where they cannot be counted
    timeout "${LONGEST:-30}" valgrind --tool=callgrind --trace-children=yes --callgrind-out-file=/dev/null "$@" \
        >/dev/null 2>"$work/counted" || return 0
    awk '/ Collected : / { sum += $NF } END { if (sum) printf "%d\n", sum }' "$work/counted"
}

instructions() { # instructions HOME VERB…
    local keys=$1
    shift
    env -i PATH=/usr/bin:/bin BYOK_HOME="$work/$keys" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$byok" "$@" 2>&1 >/dev/null |
        awk -v what="byok $*, $keys keys" '/Collected/ { printf "%-46s %9d instructions\n", what, $4 }'
}

# Tables are a line a row, with a tab between columns, and the first line is the head. Printed for a terminal, or with
# MARKDOWN=1 as the README has them.
lined() {
    if [ -n "${MARKDOWN-}" ]; then
        awk -F'\t' -v OFS=' | ' '{ gsub(/\|/, "\\|"); $1 = $1; print "| " $0 " |" } NR == 1 { gsub(/[^|]+/, "---"); print "|" $0 "|" }'
    else
        column -t -s $'\t'
    fi
}
