#!/usr/bin/env bash
# The figures of the README, measured here and now: `benches/own.sh [BYOK]`. Needs hyperfine, valgrind, strace, jq, age and GNU
# time, for the keychain dbus-daemon and gnome-keyring, and for `byok test` python3, curl and openssl; its provider is benches/provider.py, on loopback.
# Times come from hyperfine (minimum and median of many runs), instructions from callgrind.
. "$(dirname "$0")/lib.sh"
need hyperfine valgrind strace jq age python3 curl openssl

provider() { # provider MILLISECONDS [CERTIFICATE KEY]: starts one, and leaves its port in $port
    python3 benches/provider.py "$@" >"$work/port" &
    started+=($!)
    until [ -s "$work/port" ]; do sleep 0.1; done
    port=$(<"$work/port")
    rm "$work/port"
}

asking() { # asking HOME ARGUMENT…: one `byok test` of all keys, with its memory, and the connections that the slow provider saw
    local keys=$1
    shift
    curl -s "http://127.0.0.1:$slow/most" >/dev/null
    BYOK_HOME="$work/$keys" /usr/bin/time -f '%e %M' -o "$work/time" "$byok" test "$@" >/dev/null 2>&1
    local seconds most
    read -r seconds most <"$work/time"
    printf '%-46s %6.2f s   %6d KiB at most   %4d connections at once\n' "byok test${*:+ $*}, $keys keys" "$seconds" "$most" \
        "$(curl -s "http://127.0.0.1:$slow/most")"
}

processor() { # processor HOME URL [ROOTS]: what `byok test` of one key takes over curl's asking the same
    local roots=${3:-/dev/null}
    BYOK_HOME="$work/$1" SSL_CERT_FILE=$roots hyperfine -N --warmup 5 --runs 200 --export-json "$work/out.json" "$byok test" \
        "curl -s -o /dev/null --cacert $roots -H 'Authorization: Bearer k' $2/0" >/dev/null
    jq -r '.results | map((.user + .system) * 1e5 | round / 100) | "byok test of one key: \(.[0]) ms of processor, curl: \(.[1]) ms"' \
        "$work/out.json"
}

adding() { # adding HOME RUNS: one key to those that are there, with its fsyncs
    printf '#!/bin/sh\n"%s" rm one-more --yes 2>/dev/null || :\n' "$byok" >"$work/unadd"
    chmod +x "$work/unadd"
    echo a-secret-of-some-length >"$work/secret"
    BYOK_HOME="$work/$1" hyperfine -N --warmup 2 --runs "$2" --prepare "$work/unadd" \
        --export-json "$work/out.json" "$byok add one-more --from-file $work/secret" >/dev/null
    table "$work/out.json"
}

echo "binary: $(stat -c %s "$byok") bytes, $(ldd "$byok" 2>&1 | grep -c '=>' || true) shared libraries"
for keys in 20 200; do
    home "$keys" "$keys"
    echo "-- $keys keys"
    measure "$keys" 1000 /bin/true "$byok env" "age -d -i $work/$keys/identity.txt $work/$keys/profiles/default.age" \
        "$byok get openai" "$byok run -- true" "$byok list" "$byok has openai" "$byok status --short" "$byok --help"
    for verb in env --help list; do instructions "$keys" "$verb"; done
    instructions "$keys" get openai
    instructions "$keys" status --short
    adding "$keys" 100
done

# What the log adds, and how long it takes to hold one of 100,000 entries against itself.
echo "-- 20 keys, with the log and without"
cp -r "$work/20" "$work/20-unlogged"
echo 'log = "off"' >"$work/20-unlogged/config.toml"
cp -r "$work/20" "$work/20-logged"
echo 'log = "all"' >"$work/20-logged/config.toml"
for kind in unlogged logged; do
    instructions "20-$kind" env
    env -i PATH=/usr/bin:/bin BYOK_HOME="$work/20-$kind" strace -f -o "$work/calls" "$byok" env >/dev/null
    printf '%-46s %9d system calls\n' "byok env, 20-$kind" "$(grep -c '(' "$work/calls")"
    measure "20-$kind" 1000 "$byok env"
done
line='{"at":"2026-11-21T12:00:00Z","do":"get","profile":"default","keys":[{"provider":"openai","fingerprint":"1f3b0c9d2e4a5b67"}],"program":"zsh"}'
rm -r "$work/20-logged/log"
(umask 077 && mkdir "$work/20-logged/log" && yes "$line" | head -100000 >"$work/20-logged/log/reads.jsonl") || :
BYOK_HOME="$work/20-logged" "$byok" log --since 1h 2>/dev/null
wc -lc <"$work/20-logged/log/log.jsonl" | awk '{ print "a log of " $1 " entries, " $2 " bytes" }'
measure 20-logged 20 "$byok log --verify" "$byok list"

# prompting SHELL LOOP: 1,000 unchanged prompts with the hook against as many forks of /bin/true, and entering a project.
# shellcheck disable=SC2016 # the shells that are measured expand it
prompting() {
    command -v "$1" >/dev/null || return 0
    local hook='eval "$("$byok" hook '$1')"' flags=-f
    case $1 in fish) hook='$byok hook fish | source' flags=--no-config ;; bash) flags=--norc ;; esac
    each() { # each COUNT STATEMENT: the loop of this shell
        if [ "$shell" = fish ]; then echo "for i in (seq $1); $2; end"; else echo "for ((i = 0; i < $1; i++)); do $2; done"; fi
    }
    local shell=$1 enter='cd ..; __byok_hook; cd app; __byok_hook' start="$hook; cd $work/project/app; __byok_hook"
    local env='eval "$("$byok" env)"'
    [ "$1" != fish ] || env='$byok env --shell fish | source'
    local scripts=() part
    for part in : __byok_hook /bin/true; do scripts+=("$1 $flags -c '$start; $(each 1000 "$part")'"); done
    for part in : "$enter" "$env"; do scripts+=("$1 $flags -c '$start; $(each 100 "$part")'"); done
    BYOK_HOME="$work/20" byok=$byok hyperfine --shell bash --warmup 1 --runs 10 --export-json "$work/out.json" "${scripts[@]}" >/dev/null
    jq -r --arg shell "$1" '.results | map(.median * 1e6) | "\($shell): a prompt \((.[1] - .[0]) / 1000 | round) us, /bin/true \((.[2] - .[0]) / 1000 | round) us; entering a project \((.[4] - .[3]) / 100 | round) us, byok env \((.[5] - .[3]) / 100 | round) us"' "$work/out.json"
}

echo "-- the hook, 20 keys"
mkdir -p "$work/project/app/.git"
echo 'requires = ["openai", "anthropic", "google"]' >"$work/project/app/.byok.toml"
BYOK_HOME="$work/20" "$byok" trust --yes "$work/project/app" 2>/dev/null
for shell in bash zsh fish; do prompting "$shell"; done

# The identity behind a passphrase, which scrypt opens once, and then held by the kernel.
echo "-- 20 keys, the identity behind a passphrase"
cp -r "$work/20" "$work/20-behind"
echo correct horse battery staple >"$work/passphrase"
chmod 600 "$work/passphrase"
export BYOK_PASSPHRASE_FILE=$work/passphrase
BYOK_HOME="$work/20-behind" "$byok" identity move --to passphrase 2>/dev/null
BYOK_HOME="$work/20-behind" "$byok" lock 2>/dev/null || :
BYOK_HOME="$work/20-behind" /usr/bin/time -f 'byok env, opening                              %e s wall, %U s of processor, %M KiB at most' "$byok" env 2>&1 >/dev/null | tail -1
unset BYOK_PASSPHRASE_FILE
measure 20-behind 1000 "$byok env"
BYOK_HOME="$work/20-behind" "$byok" lock 2>/dev/null || :

# The identity, and whole profiles, in a Secret Service of this script's own.
if command -v dbus-daemon >/dev/null && command -v gnome-keyring-daemon >/dev/null; then
    mkdir -m 700 "$work/ring"
    export XDG_RUNTIME_DIR=$work/ring XDG_DATA_HOME=$work/ring
    dbus-daemon --session --nofork --address="unix:path=$work/ring/bus" 2>/dev/null &
    started+=($!)
    export DBUS_SESSION_BUS_ADDRESS=unix:path=$work/ring/bus
    until [ -S "$work/ring/bus" ]; do sleep 0.1; done
    printf x | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
    started+=($!)
    sleep 1
    for keys in 1 200; do
        [ -d "$work/$keys" ] || home "$keys" "$keys"
        cp -r "$work/$keys" "$work/$keys-ring"
        BYOK_HOME="$work/$keys-ring" "$byok" profile move default --to keychain 2>/dev/null
        echo "-- a profile in the keychain, $keys keys"
        measure "$keys-ring" 200 "$byok env"
    done
    rm -r "$work/1" "$work/1.env"
    cp -r "$work/20" "$work/20-ring"
    BYOK_HOME="$work/20-ring" "$byok" identity move --to keychain 2>/dev/null
    echo "-- 20 keys, the identity in the keychain: first, and then held by the kernel"
    printf '#!/bin/sh\n"%s" lock 2>/dev/null || :\n' "$byok" >"$work/lock"
    chmod +x "$work/lock"
    BYOK_HOME="$work/20-ring" hyperfine -N --warmup 2 --runs 200 --prepare "$work/lock" --export-json "$work/out.json" "$byok env" >/dev/null
    table "$work/out.json"
    BYOK_HOME="$work/20-ring" "$byok" env >/dev/null
    measure 20-ring 1000 "$byok env"
    BYOK_HOME="$work/20-ring" "$byok" lock 2>/dev/null || :
    unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_DATA_HOME
else
    echo "-- no dbus-daemon or no gnome-keyring-daemon: the keychain's figures are left out"
fi

home 500 500
echo "-- 500 keys: completion of a key, of a provider, and of nothing yet"
for words in "get openai:" "add mist" "get ''"; do BYOK_COMPLETE=2 measure 500 200 "$byok -- byok $words"; done

home 10000 10000
echo "-- 10000 keys"
measure 10000 5 "$byok list" "$byok env"
adding 10000 5
if [ -x /usr/bin/time ]; then
    BYOK_HOME="$work/10000" /usr/bin/time -f 'byok list of 10000 keys                        %M KiB at most' "$byok" list 2>&1 >/dev/null | tail -1
fi

provider 200
slow=$port
provider 0
quick=$port
for keys in 20 200; do
    home "$keys-own" "$keys" "http://127.0.0.1:$quick"
    echo "-- $keys keys, before and after each has a verdict"
    cp -r "$work/$keys-own" "$work/$keys-plain"
    BYOK_HOME="$work/$keys-own" "$byok" test >/dev/null 2>&1
    # Reading a person's own providers would be measured as well.
    rm "$work/$keys-own/providers.toml" "$work/$keys-plain/providers.toml"
    measure "$keys-plain" 1000 "$byok env"
    measure "$keys-own" 1000 "$byok env" "$byok status --short"
    instructions "$keys-plain" env
    instructions "$keys-own" env
    instructions "$keys-own" status --short
done

home 50-own 50 "http://127.0.0.1:$slow"
echo "-- 50 keys, whose provider answers after 200 ms"
measure 50-own 20 "$byok test"
asking 50-own
for keys in 100 1000; do
    home "$keys-own" "$keys" "http://127.0.0.1:$slow"
    asking "$keys-own"
    asking "$keys-own" --jobs 16
done

home 1-own 1 "http://127.0.0.1:$quick"
echo "-- 1 key, over http"
processor 1-own "http://127.0.0.1:$quick"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE 2>/dev/null
provider 0 "$work/cert.pem" "$work/key.pem"
rm -r "$work/1-own"
home 1-own 1 "https://localhost:$port"
echo "-- 1 key, over TLS, with one certificate to believe, and with the system's as well"
cat "$work/cert.pem" /etc/ssl/certs/ca-certificates.crt >"$work/all.pem"
for roots in cert all; do processor 1-own "https://localhost:$port" "$work/$roots.pem"; done
