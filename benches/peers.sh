#!/usr/bin/env bash
# Gets what benches/beside.sh measures byok against into target/peers, as another user than root as well: from Debian pass
# and direnv, from PyPI llm, from npm dotenvx, from crates.io secretspec and envio. What is on the PATH already is left
# alone; what cannot be had is said.
#
#   benches/peers.sh [MINUTES]    how long each of the Rust programs may compile [default: 60]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
minutes=${1:-60}
peers=$PWD/target/peers
mkdir -p "$peers/debian"
PATH=$PATH:$peers/bin:$peers/llm/bin:$peers/npm/node_modules/.bin:$peers/debian/usr/bin

wanted() { # wanted PROGRAM: whether it is still to be had
    ! command -v "$1" >/dev/null || { echo "$1: $(command -v "$1")"; return 1; }
}
missed() { echo "$1: left out, for $2" >&2; }

for package in pass direnv; do
    wanted "$package" || continue
    (cd "$peers/debian" && apt-get download -qq "$package" && dpkg -x "$package"_*.deb . && rm "$package"_*.deb) 2>/dev/null ||
        missed "$package" 'Debian gave no package of it'
done
if wanted llm; then
    { python3 -m venv "$peers/llm" && "$peers/llm/bin/pip" install --quiet llm; } >/dev/null 2>&1 || missed llm 'PyPI did not give it'
fi
if wanted dotenvx; then
    npm install --silent --prefix "$peers/npm" @dotenvx/dotenvx >/dev/null 2>&1 || missed dotenvx 'npm did not give it'
fi

# One after the other and at the lowest priority; what was compiled stays, so that a second try goes on.
compiled() { # compiled PROGRAM [CARGO'S ARGUMENT…]
    wanted "$1" || return 0
    CARGO_TARGET_DIR=$peers/build timeout "${minutes}m" nice -n 19 cargo install --locked --quiet -j "${JOBS:-1}" --root "$peers" "$@" ||
        missed "$1" "it was not built in $minutes minutes; try again, or give it longer"
}
# Without the clouds that it can ask, which take most of an hour and would only make it slower to start.
compiled secretspec --no-default-features --features cli,age --bin secretspec
compiled envio
command -v fnox >/dev/null || missed fnox 'it compiles for over an hour; once it is on the PATH it is measured'
