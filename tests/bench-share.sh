#!/usr/bin/env bash
# Sharing, merging, backup and restore, measured here and now: `tests/bench-share.sh [BYOK]`. Needs hyperfine, jq and age, for instructions valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then byok=$(realpath "$1"); else
    cargo build --release --locked --quiet
    byok=$PWD/target/release/byok
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077

home() { # home NAME COUNT: a home with as many keys, each of a provider of its own
    mkdir "$work/$1"
    for ((at = 0; at < $2; at++)); do printf 'API_KEY_SVC_%d=k%047d\n' "$at" "$((at * 7919 + 1))"; done >"$work/$1.env"
    BYOK_HOME=$work/$1 "$byok" import-env --prefix API_KEY_ --file "$work/$1.env" >/dev/null 2>&1
}

measure() { # measure RUNS [HYPERFINE'S ARGUMENT…] COMMAND…
    local runs=$1
    shift
    hyperfine -N --warmup 3 --runs "$runs" --export-json "$work/out.json" "$@" >/dev/null
    jq -r '.results[] | [.command, (.min * 1e5 | round / 100), (.median * 1e5 | round / 100)] | @tsv' "$work/out.json" |
        sed -e "s#$byok#byok#g; s#$work/##g" | awk -F'\t' '{ printf "%-44s min %6.2f ms   median %6.2f ms\n", $1, $2, $3 }'
}

echo "-- 200 keys, for one recipient, and for ten of whom we are the last"
home alone 200
mkdir "$work/ten"
BYOK_HOME=$work/ten "$byok" init 2>/dev/null
me=$(BYOK_HOME=$work/ten "$byok" recipient me)
BYOK_HOME=$work/alone "$byok" profile create team --file "$work/team.age" 2>/dev/null
BYOK_HOME=$work/alone "$byok" copy 'svc-*' --to-profile team --yes 2>/dev/null
for ((at = 2; at < 10; at++)); do
    age-keygen -o "$work/identity" 2>/dev/null
    BYOK_HOME=$work/alone "$byok" -p team recipient add "mate-$at" "$(age-keygen -y "$work/identity")" --yes 2>/dev/null
    rm "$work/identity"
done
BYOK_HOME=$work/alone "$byok" -p team recipient add last "$me" --yes 2>/dev/null
BYOK_HOME=$work/ten "$byok" profile join default --file "$work/team.age" --yes 2>/dev/null
echo "the team's file has $(grep -ac '^-> X25519' "$work/team.age") recipients"
for who in alone ten; do
    export BYOK_HOME=$work/$who
    measure 500 "$byok env"
    measure 100 --prepare "$byok edit svc-7 --note before" "$byok edit svc-7 --note after"
    if command -v valgrind >/dev/null; then
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$byok" env 2>&1 >/dev/null |
            awk '/Collected/ { printf "%-44s %9d instructions\n", "byok env", $4 }'
    fi
done

echo "-- two copies of a profile of 1,000 keys, each with 50 changes of its own"
home base 1000
export BYOK_HOME=$work/base profile=$work/base/profiles/default.age
cp "$profile" "$work/base.age"
for first in 0 500; do
    [ "$first" = 0 ] && side=ours || side=theirs
    # Each from the same beginning, which byok is told to take again.
    cp "$work/base.age" "$profile"
    "$byok" profile accept default --yes 2>/dev/null || :
    for ((at = first; at < first + 50; at++)); do "$byok" edit "svc-$at" --note "$side" 2>/dev/null; done
    cp "$profile" "$work/$side.age"
done
measure 50 --prepare "rm -f $work/merged.age" "$byok merge $work/base.age $work/ours.age $work/theirs.age -o $work/merged.age"

echo "-- a backup of 1,000 keys, with the identity, and back into an empty home"
measure 20 --prepare "rm -f $work/all.age" "$byok backup $work/all.age"
export BYOK_IDENTITY_FILE=$work/base/identity.txt BYOK_HOME=$work/empty
measure 20 --prepare "rm -rf $work/empty" "$byok restore $work/all.age --yes"
"$byok" list | tail -n +2 | wc -l | sed 's/$/ keys are there/'
