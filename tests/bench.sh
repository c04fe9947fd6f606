#!/usr/bin/env bash
# The figures of the README, measured here and now: `tests/bench.sh [BYOK]`. Needs hyperfine, valgrind and age.
# Times come from hyperfine (minimum and median of many runs), instructions from callgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then byok=$(realpath "$1"); else
    cargo build --release --locked --quiet
    byok=$PWD/target/release/byok
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A home with as many keys as asked for, taken in by one import.
home() {
    local ids=(OPENAI ANTHROPIC GOOGLE GROQ OPENROUTER MISTRAL DEEPSEEK COHERE TOGETHERAI PERPLEXITY XAI FIREWORKS_AI
        CEREBRAS NVIDIA REPLICATE ELEVENLABS HUGGINGFACE JINA VOYAGE TAVILY)
    for ((at = 0; at < $1; at++)); do
        # Of no provider's shape, so that none is taken for another's.
        printf 'API_KEY_%s=k%047d\n' "${ids[at]:-SVC_$at}" "$((at * 7919 + 1))"
    done >"$work/$1.env"
    env -i PATH="$PATH" BYOK_HOME="$work/$1" "$byok" import-env --prefix API_KEY_ --file "$work/$1.env" >/dev/null 2>&1
}

table() { # the columns of hyperfine's JSON, in milliseconds
    jq -r '.results[] | [.command, (.min * 1e5 | round / 100), (.median * 1e5 | round / 100)] | @tsv' "$1" |
        sed -e "s#$byok#byok#g; s#$work/##g" | awk -F'\t' '{ printf "%-46s min %6.2f ms   median %6.2f ms\n", $1, $2, $3 }'
}

measure() { # measure HOME RUNS COMMAND…
    local keys=$1 runs=$2
    shift 2
    BYOK_HOME="$work/$keys" hyperfine -N --warmup 20 --runs "$runs" --export-json "$work/out.json" "$@" >/dev/null
    table "$work/out.json"
}

adding() { # adding HOME RUNS: one key to those that are there, with its fsyncs
    printf '#!/bin/sh\n"%s" rm one-more --yes 2>/dev/null || :\n' "$byok" >"$work/unadd"
    chmod +x "$work/unadd"
    echo a-secret-of-some-length >"$work/secret"
    BYOK_HOME="$work/$1" hyperfine -N --warmup 2 --runs "$2" --prepare "$work/unadd" \
        --export-json "$work/out.json" "$byok add one-more --from-file $work/secret" >/dev/null
    table "$work/out.json"
}

instructions() { # instructions HOME VERB…
    local keys=$1
    shift
    env -i PATH=/usr/bin:/bin BYOK_HOME="$work/$keys" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$byok" "$@" 2>&1 >/dev/null |
        awk -v what="byok $*, $keys keys" '/Collected/ { printf "%-46s %9d instructions\n", what, $4 }'
}

echo "binary: $(stat -c %s "$byok") bytes, $(ldd "$byok" 2>&1 | grep -c '=>' || true) shared libraries"
for keys in 20 200; do
    home "$keys"
    echo "-- $keys keys"
    measure "$keys" 1000 /bin/true "$byok env" "age -d -i $work/$keys/identity.txt $work/$keys/profiles/default.age" \
        "$byok get openai" "$byok run -- true" "$byok list" "$byok has openai" "$byok --help"
    instructions "$keys" env
    adding "$keys" 100
done

home 10000
echo "-- 10000 keys"
measure 10000 5 "$byok list" "$byok env"
adding 10000 5
if [ -x /usr/bin/time ]; then
    BYOK_HOME="$work/10000" /usr/bin/time -f 'byok list of 10000 keys                        %M KiB at most' "$byok" list 2>&1 >/dev/null | tail -1
fi
