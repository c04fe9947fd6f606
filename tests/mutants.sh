#!/usr/bin/env bash
# What nobody would notice: changes one thing after another in the code that quotes, writes, seals, remembers and trusts, and
# asks each time whether a test fails. Needs `cargo install cargo-mutants --locked`.
#
#   tests/mutants.sh [AREA...]    quote, disk, seal, pins, trust, endpoint; all of them without one
#
# Works in a copy of the last commit. Each change is built and tried by the tests of its area alone, in the order that finds
# it soonest: a minute each on two cores, ten hours for all. `MUTANTS` names the folder of what was found (target/mutants).
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
out=$(realpath -m "${MUTANTS:-target/mutants}")
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
git archive HEAD | tar -x -C "$work"
# What the tests' own scripts fetched.
mkdir -p "$work/target" "$out"
for one in cctv-age shells; do
    if [ -d "$root/target/$one" ]; then cp -a "$root/target/$one" "$work/target/"; fi
done

failed=()
mutate() { # mutate AREA FILES... -- TESTS...
    local area=$1 files=()
    shift
    while [ "$1" != -- ]; do files+=(--file "$1") && shift; done
    shift
    # Left out are other ways of writing a value that is tried already, as `Zeroizing::from(vec![0])`.
    (cd "$work" && CARGO_PROFILE_DEV_DEBUG=false CARGO_INCREMENTAL=1 cargo mutants --in-place --no-shuffle --baseline skip --timeout 600 \
        "${files[@]}" --exclude-re 'from_iter\(\[vec|Zeroizing::(new\(\)|from\()' --output "$out/$area" \
        -- --locked --lib --test main -- "$@") || failed+=("$area")
}
areas=("$@")
[ $# -gt 0 ] || areas=(quote disk seal pins trust endpoint)
for area in "${areas[@]}"; do
    case $area in
    quote) mutate quote 'src/shell/*.rs' -- shell:: evaluating:: exporting:: fuzzing:: handing:: shells:: ;;
    disk) mutate disk 'src/disk/*.rs' -- disk:: files:: stores:: library:: model:: places:: doctoring:: setting_up:: sharing:: \
        writers:: ordering:: backing_up:: logging:: taking:: projects:: adding:: importing:: merging:: managing:: ;;
    seal) mutate seal 'src/seal/*.rs' -- seal:: stores:: library:: files:: sharing:: vectors:: identity:: damaging:: ;;
    pins) mutate pins src/store/pin.rs -- store:: stores:: files:: model:: sharing:: backing_up:: ordering:: merging:: ;;
    trust) mutate trust 'src/trust/*.rs' -- trust:: project:: projects:: backing_up:: doctoring:: ruling:: handing:: ;;
    endpoint) mutate endpoint src/endpoint.rs -- endpoint:: addresses:: fuzzing:: naming:: owning:: ;;
    *) echo "no such area: $area" >&2 && exit 2 ;;
    esac
done
[ ${#failed[@]} -eq 0 ] || { echo "not all was noticed in: ${failed[*]}" >&2 && exit 1; }
