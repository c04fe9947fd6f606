#!/bin/sh
# Installs byok from its release: downloads the archive for this machine, compares its SHA-256 with the release's list,
# and only then unpacks it.
#
#   sh install.sh [--to DIR] [--version VERSION] [--from URL]
#
#   --to DIR             where the program goes (default: ~/.local/bin)
#   --version VERSION    such as 0.1.0 (default: the latest)
#   --from URL           another place with the same files, https only
#
# Nothing runs as root, and no start-up file is changed. Needed are curl, tar, and sha256sum or shasum.
set -eu

# The release fills in its own address; a copy from the source needs `--from`.
releases='@RELEASES@'

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}

platform() {
    case $(uname -s)/$(uname -m) in
    Linux/x86_64 | Linux/amd64) echo x86_64-unknown-linux-musl ;;
    Linux/aarch64 | Linux/arm64) echo aarch64-unknown-linux-musl ;;
    Darwin/arm64) echo aarch64-apple-darwin ;;
    Darwin/x86_64) echo x86_64-apple-darwin ;;
    *) fail "there is no release for $(uname -s) on $(uname -m); build it: cargo install --locked --path ." ;;
    esac
}

# Never http, not even behind a redirect; and not as a ~/.curlrc says, which may switch off the checks.
download() { # download URL FILE
    curl -q --proto '=https' --tlsv1.2 --fail --silent --show-error --location --max-redirs 5 --output "$2" -- "$1" ||
        fail "cannot download $1"
}

digest() { # digest FILE
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1"
    else
        shasum -a 256 <"$1"
    fi | cut -d ' ' -f 1
}

# All of it in a function that the last line calls: of a script that breaks off on its way, nothing runs.
main() {
    to='' version='' from=''
    while [ $# -gt 0 ]; do
        case $1 in
        --to | --version | --from)
            [ -n "${2-}" ] || fail "$1 needs a value"
            case $1 in --to) to=$2 ;; --version) version=${2#v} ;; --from) from=${2%/} ;; esac
            shift 2
            ;;
        -h | --help)
            sed -n '2,/^set -eu/{ /^#/s/^# \{0,1\}//p; }' "$0"
            exit 0
            ;;
        *) fail "unknown argument: $1" ;;
        esac
    done

    for tool in curl tar uname mktemp; do
        command -v "$tool" >/dev/null 2>&1 || fail "$tool is needed and not installed"
    done
    command -v sha256sum >/dev/null 2>&1 || command -v shasum >/dev/null 2>&1 ||
        fail 'sha256sum or shasum is needed and not installed: what was downloaded could not be checked'
    [ -n "$to" ] || to=${HOME:?}/.local/bin
    case $version in *[!0-9A-Za-z.+-]*) fail "not a version: $version" ;; esac

    target=$(platform)
    if [ -z "$from" ]; then
        case $releases in
        @*) fail 'this copy does not know where releases are; say it: --from URL' ;;
        esac
        if [ -n "$version" ]; then from=$releases/download/v$version; else from=$releases/latest/download; fi
    fi
    case $from in https://*) ;; *) fail "only https is trusted: $from" ;; esac

    work=$(mktemp -d)
    staged=''
    trap 'rm -rf -- "$work"; [ -z "$staged" ] || rm -f -- "$staged"' EXIT
    trap 'exit 1' HUP INT TERM

    download "$from/SHA256SUMS" "$work/sums"
    # The list names exactly one archive for this machine; of that version, where one was asked for.
    archives=$(sed -n 's/^[0-9a-f]\{64\} [ *]\(byok-[0-9A-Za-z.+-]*-'"$target"'\.tar\.gz\)$/\1/p' "$work/sums")
    case $archives in
    '') fail "this release has nothing for $target" ;;
    *[!0-9A-Za-z._+-]*) fail "the list of checksums names more than one archive for $target" ;;
    esac
    [ -z "$version" ] || [ "$archives" = "byok-$version-$target.tar.gz" ] ||
        fail "asked for $version, and the release has $archives"
    expected=$(grep -F -- " $archives" "$work/sums" | cut -c 1-64)

    download "$from/$archives" "$work/archive"
    found=$(digest "$work/archive")
    [ "$found" = "$expected" ] ||
        fail "$archives is not what the release lists: SHA-256 $found instead of $expected; nothing was installed"

    # Only the program, by its name: nothing else of the archive is written anywhere.
    tar -xzOf "$work/archive" "${archives%.tar.gz}/byok" >"$work/byok" || fail "there is no byok in $archives"
    mkdir -p -- "$to"
    # Beside its place and then renamed: a byok that runs meanwhile goes on as it is.
    staged=$(mktemp "$to/.byok.XXXXXX")
    cat <"$work/byok" >"$staged"
    chmod 755 "$staged"
    "$staged" --version >/dev/null || fail 'the program does not run on this machine; nothing was installed'
    mv -f -- "$staged" "$to/byok"
    staged=''
    printf 'installed %s as %s\n' "$("$to/byok" --version)" "$to/byok"
    case :$PATH: in *:"$to":*) ;; *) printf 'add it to your PATH: %s\n' "$to" ;; esac
}

main "$@"
