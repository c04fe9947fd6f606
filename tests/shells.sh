#!/usr/bin/env bash
# The shells that Debian has not, or not new enough, in pinned versions.
#
#   tests/shells.sh install    puts them into target/shells, once
#
# Nushell comes from the npm registry, where it is one program, and xonsh from
# PyPI, into an environment of its own. Both are checked by their SHA-256.
# Python 3.11 or newer is needed; PYTHON names another one than `python3`.
set -euo pipefail

nu=0.115.1
nu_sums=(
    linux-x64:8a02b8874bb1e6cc268a3da72f42735a2f92f92548feb938a771ea02ce859ba4
)
xonsh=0.25.0
# One wheel for each version of Python: 3.11 to 3.14.
xonsh_sums=(
    421f4fd049e838f89b9863b1aca82525a63a7839ed21478d010dc0102aeb1490
    d3cb73993800f3fa021a5f7a23eb7e7a5dcedb1ef943bd15a18cfb66ff6d19a3
    959d4411c7552e69c01e878c6355865c19ef8068f700d9122f5943e8f3f6feb1
    c3a87b6c84cfc551bfac5ea4b573810ad3593bc0acfe476a2335442469bfb7b9
)

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
home=$root/target/shells
python=${PYTHON:-python3}

fail() {
    printf 'shells.sh: %s\n' "$1" >&2
    exit 1
}

install_nu() {
    local platform sum='' entry
    platform=linux-$(uname -m)
    platform=${platform/x86_64/x64}
    for entry in "${nu_sums[@]}"; do
        [[ $entry != "$platform":* ]] || sum=${entry#*:}
    done
    [[ -n $sum ]] || fail "no checksum is known of Nushell for $platform"
    local file=$home/nushell-$platform-$nu.tgz
    npm pack "@nushell/$platform@$nu" --silent --pack-destination "$home" >/dev/null
    printf '%s  %s\n' "$sum" "$file" | sha256sum --check --quiet - || fail 'Nushell is not the one that was pinned'
    tar -xzf "$file" -C "$home" --strip-components=2 package/bin/nu
    rm -- "$file"
}

install_xonsh() {
    command -v "$python" >/dev/null || fail "no $python here; Python 3.11 or newer is needed"
    local sum
    rm -rf -- "$home/venv"
    "$python" -m venv "$home/venv" || fail "$python makes no virtual environment; on Debian: apt-get install python3-venv"
    {
        printf 'xonsh==%s' "$xonsh"
        printf ' --hash=sha256:%s' "${xonsh_sums[@]}"
    } >"$home/requirements.txt"
    "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --require-hashes -r "$home/requirements.txt"
}

# One at a time, where several ask for it at once.
install() {
    mkdir -p "$home"
    (
        if command -v flock >/dev/null; then flock 9; fi
        [[ $("$home/nu" --version 2>/dev/null) == "$nu" ]] || install_nu
        [[ $("$home/venv/bin/xonsh" --version 2>/dev/null) == *"$xonsh" ]] || install_xonsh
    ) 9>"$home/lock"
}

case ${1-} in
install)
    (($# == 1)) || fail 'usage: shells.sh install'
    install
    ;;
*) fail 'usage: shells.sh install' ;;
esac
