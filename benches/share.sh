#!/usr/bin/env bash
# Sharing, merging, backup and restore, measured here and now: `benches/share.sh [BYOK]`. Needs hyperfine, jq and age, for instructions valgrind.
. "$(dirname "$0")/lib.sh"
need hyperfine jq age
umask 077
# Each key of a provider of its own.
ids=()

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
    measure "$who" 500 "$byok env"
    measure "$who" 100 --prepare "$byok edit svc-7 --note before" "$byok edit svc-7 --note after"
    if command -v valgrind >/dev/null; then
        instructions "$who" env
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
measure base 50 --prepare "rm -f $work/merged.age" "$byok merge $work/base.age $work/ours.age $work/theirs.age -o $work/merged.age"

echo "-- a backup of 1,000 keys, with the identity, and back into an empty home"
measure base 20 --prepare "rm -f $work/all.age" "$byok backup $work/all.age"
export BYOK_IDENTITY_FILE=$work/base/identity.txt BYOK_HOME=$work/empty
measure empty 20 --prepare "rm -rf $work/empty" "$byok restore $work/all.age --yes"
"$byok" list | tail -n +2 | wc -l | sed 's/$/ keys are there/'
