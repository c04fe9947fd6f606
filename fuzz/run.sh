#!/usr/bin/env bash
# Runs every fuzz target for so many seconds each (60). Needs `cargo install cargo-fuzz --locked` and a nightly toolchain, or
# RUSTC_BOOTSTRAP=1 with another one. FUZZ_SANITIZER=none where the address sanitizer's runtime is missing.
# What is found beside the committed corpora stays in fuzz/found, what fails in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-60}
only=${2:-}
toolchain=()
if [ -z "${RUSTC_BOOTSTRAP:-}" ] && rustup toolchain list 2>/dev/null | grep -q '^nightly'; then toolchain=(+nightly); fi

cargo "${toolchain[@]}" fuzz build --sanitizer "${FUZZ_SANITIZER:-address}"
failed=()
for target in ${only:-$(ls fuzz_targets | sed 's/\.rs$//')}; do
    mkdir -p "found/$target"
    echo "== $target"
    cargo "${toolchain[@]}" fuzz run --sanitizer "${FUZZ_SANITIZER:-address}" "$target" "found/$target" "corpus/$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=4096 -close_fd_mask=1 || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}"
    exit 1
fi
