#!/usr/bin/env bash
# The long form of the faults and power cuts: every call of every deed, each kind of fault, and every moment of a cut.
# Prints how many points were disturbed, deed by deed, and fails below a thousand. Takes most of an hour; power cuts
# need root.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
FAULTS=all cargo test --locked --test main -- faults:: power:: "$@" 2>&1 | tee "$log"
awk '/injected: / { sub(/.*injected: */, ""); all += $1 } END {
    print all + 0 " points were disturbed, and each left the old or the new"
    exit all < 1000
}' "$log"
