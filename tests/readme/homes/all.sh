# What every page finds: byok's own exit codes are noted, whatever stands around it; a pipe fails with any part of it.
set -o pipefail

byok() {
    command byok "$@"
    set -- $?
    printf '%s %s\n' "${step:-0}" "$1" >>"$codes"
    return "$1"
}

# Keys go in by their names above: `have openai "$OPENAI"`.
have() {
    printf %s "$2" | command byok add "$1" --stdin --no-test "${@:3}" >/dev/null 2>&1 || echo "no $1"
}

# The programs of the pages: there, and silent.
mkdir -p "$HOME/bin"
PATH=$HOME/bin:$PATH
for program in some-program unknown-program app.py tests.sh job.sh; do
    printf '#!/bin/sh\ncat >/dev/null </dev/null\n' >"$HOME/bin/$program"
    chmod +x "$HOME/bin/$program"
    cp "$HOME/bin/$program" .
done
: >app.py
printf '#!/bin/sh\nexec python3 "$@"\n' >"$HOME/bin/python"
printf '#!/bin/sh\nexec cat >/dev/null\n' >"$HOME/bin/some-program"
chmod +x "$HOME/bin/python"
pbpaste() { printf '%s\n' "$ANTHROPIC"; }
git config --global user.name me && git config --global user.email me@example.com && git config --global init.defaultBranch main
