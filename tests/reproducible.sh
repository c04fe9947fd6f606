#!/usr/bin/env bash
# Two release builds of the last commit, in two folders with two homes of cargo and two time zones: are they the same,
# byte for byte?
#
#   tests/reproducible.sh [DIR]    DIR keeps what was built; without it nothing stays. About ten minutes, 3 GB.
#
# What a release is built with stands in `flags`; .github/workflows/release.yml builds by it as well:
#
#   tests/reproducible.sh flags DIR >>"$GITHUB_ENV"    prints the variables, one a line, for the source in DIR
#
# Needed are git, cargo and the C compiler of the system; the crates are fetched before, so that no build has a network.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# No path of the machine goes in: neither of the source nor of the crates, neither by rustc nor by the C compiler (SQLite,
# ring). The date is that of the commit.
flags() { # flags SOURCE CARGO_HOME
    local from pairs=("$1=/byok" "$2=/cargo") rust='' c=''
    for from in "${pairs[@]}"; do
        rust+=" --remap-path-prefix=$from"
        c+=" -ffile-prefix-map=$from"
    done
    printf 'RUSTFLAGS=%s\0CFLAGS=%s\0SOURCE_DATE_EPOCH=%s\0CARGO_INCREMENTAL=0\0' \
        "${rust# }" "${c# }" "$(git -C "$root" log -1 --format=%ct)"
}

build() { # build NAME TIMEZONE
    local source=$work/$1/source home=$work/$1/cargo set=()
    mkdir -p "$source"
    git -C "$root" archive HEAD | tar -x -C "$source"
    # The same crates under another name.
    ln -s "$cargo_home" "$home"
    mapfile -d '' set < <(flags "$source" "$home")
    (cd "$source" && env "${set[@]}" TZ="$2" CARGO_HOME="$home" CARGO_TARGET_DIR="$source/target" \
        cargo build --release --locked --offline --message-format=json >"$work/$1/built.json" 2>"$work/$1/log") ||
        { tail -n 20 "$work/$1/log" >&2; return 1; }
}

cargo_home=${CARGO_HOME:-$HOME/.cargo}
if [ "${1-}" = flags ]; then
    # For GITHUB_ENV: one variable a line.
    flags "$(realpath -- "${2:-.}")" "$cargo_home" | tr '\0' '\n'
    exit
fi
if [ $# -gt 0 ]; then
    mkdir -p "$1"
    work=$(cd -- "$1" && pwd)
else
    work=$(mktemp -d)
    trap 'rm -rf -- "$work"' EXIT
fi
cargo fetch --locked --manifest-path "$root/Cargo.toml" --quiet
build one UTC
build a-second-one Asia/Kathmandu

one=$work/one/source/target/release/byok two=$work/a-second-one/source/target/release/byok
sha256sum "$one" "$two"
leaked=0
for path in "$work" "$cargo_home" "$root"; do
    if grep -aqF -- "$path" "$one"; then
        echo "byok names $path"
        leaked=1
    fi
done
if ! cmp -- "$one" "$two"; then
    # Which sections, before anybody reads bytes.
    for section in $(readelf -SW "$one" | sed -n 's/^ *\[ *[0-9]*\] \(\.[^ ]*\).*/\1/p'); do
        cmp -s <(readelf -x "$section" "$one") <(readelf -x "$section" "$two") || echo "differs: $section"
    done
    exit 1
fi
[ "$leaked" = 0 ] || exit 1
echo 'the two builds are the same'
