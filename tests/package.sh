#!/usr/bin/env bash
# The Debian package of Cargo.toml's [package.metadata.deb]: built by cargo-deb, read by lintian, installed into a folder
# as root of its own, asked, and removed again.
#
#   tests/package.sh [DIR]    DIR keeps the package
#
# BYOK_BINARY names a program built already, which is packed as it is. Needed are cargo-deb, lintian and dpkg, and root
# for dpkg, which changes owners; another user is root by fakeroot.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
fail() {
    printf 'package.sh: %s\n' "$1" >&2
    exit 1
}
for tool in cargo-deb lintian dpkg; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
done
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v fakeroot >/dev/null || fail 'fakeroot is not installed'
    as_root=(fakeroot)
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

cd -- "$root"
arguments=(--locked --output "$work/")
if [ -n "${BYOK_BINARY-}" ]; then
    # Where cargo-deb looks for what cargo built.
    mkdir -p "$work/target/release"
    cp -- "$BYOK_BINARY" "$work/target/release/byok"
    export CARGO_TARGET_DIR=$work/target
    arguments+=(--no-build --no-strip)
fi
cargo deb "${arguments[@]}" >/dev/null
package=$(echo "$work"/*.deb)

# Tags that are Debian's own affair: there is no bug to close, and nobody uploads this there.
lintian --tag-display-limit 0 --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$package"

# Everything in its place, and nothing else.
dpkg-deb --fsys-tarfile "$package" | tar -t | sed -n 's|^\./\(.*[^/]\)$|\1|p' | LC_ALL=C sort >"$work/found"
{
    printf '%s\n' usr/bin/byok usr/share/bash-completion/completions/byok usr/share/zsh/vendor-completions/_byok \
        usr/share/fish/vendor_completions.d/byok.fish usr/share/doc/byok/{README.md,SECURITY.md,copyright,changelog.Debian.gz}
    printf 'usr/share/doc/byok/%s\n' docs/*.md docs/pictures/*.svg
    for page in man/*.[17]; do printf 'usr/share/man/man%s/%s.gz\n' "${page##*.}" "${page#man/}"; done
} | LC_ALL=C sort >"$work/expected"
diff "$work/expected" "$work/found" || fail 'the package does not hold what it should'

system=$work/system
mkdir -p "$system/var/lib/dpkg/"{info,updates,triggers} "$system/var/log"
: >"$system/var/lib/dpkg/status"
# The libraries are this system's own: the folder has none, and what is asked here is where the files go.
dpkg=("${as_root[@]}" dpkg "--root=$system" --force-depends --force-not-root "--log=$work/log")
"${dpkg[@]}" --install "$package" >/dev/null 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
[ "$("$system/usr/bin/byok" --version)" = "byok $(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)" ]
for shell in bash zsh; do
    command -v "$shell" >/dev/null || continue
    [ "$shell" = bash ] && file=$system/usr/share/bash-completion/completions/byok || file=$system/usr/share/zsh/vendor-completions/_byok
    "$shell" -n "$file"
done
"${dpkg[@]}" --remove byok >/dev/null
left=$(find "$system" -path "$system/var" -prune -o -type f -print)
[ -z "$left" ] || fail "something stays behind: $left"

if [ $# -gt 0 ]; then
    mkdir -p "$1"
    cp -- "$package" "$1/"
fi
echo "built, linted, installed and removed: ${package##*/}"
