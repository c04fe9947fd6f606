#!/usr/bin/env bash
# What byok adds to the start of a shell, measured here and now: `benches/shells.sh [BYOK]`. Needs hyperfine and jq, and
# measures those of bash, zsh and fish that are there.
. "$(dirname "$0")/lib.sh"
need hyperfine jq

# The line that the README tells people to write, and the one for projects.
# shellcheck disable=SC2016 # the shells that are measured expand it
declare -A loads=([bash]='eval "$(byok env)"' [zsh]='eval "$(byok env)"' [fish]='byok env | source')
# shellcheck disable=SC2016
declare -A hooks=([bash]='eval "$(byok hook bash)"' [zsh]='eval "$(byok hook zsh)"' [fish]='byok hook fish | source')

# A shell finds byok as it finds any program.
mkdir -p "$work/bin" "$work/user"
ln -s "$byok" "$work/bin/byok"
export PATH=$work/bin:$PATH HOME=$work/user
unset XDG_CONFIG_HOME ZDOTDIR ENV BASH_ENV
cd "$HOME"

start() { # start SHELL LINE KEYS: the least and the median time that the shell takes to start and end, in milliseconds
    mkdir -p "$HOME/.config/fish"
    printf '%s\n' "$2" | tee "$HOME/.bashrc" "$HOME/.zshrc" >"$HOME/.config/fish/config.fish"
    local runs=${RUNS:-30}
    # Seconds each in zsh, which copies its whole environment for every variable.
    [ "$3" != 10000 ] || runs=5
    BYOK_HOME="$work/$3" hyperfine -N --warmup 2 --runs "$runs" --export-json "$work/out.json" "$1 -ic exit" >/dev/null 2>&1
    jq -r '.results[0] | "\(.min * 1000) \(.median * 1000)"' "$work/out.json"
}

sizes=(1 20 200 10000)
for keys in "${sizes[@]}"; do home "$keys" "$keys"; done
there=() absent=()
for shell in bash zsh fish; do
    if command -v "$shell" >/dev/null; then there+=("$shell"); else absent+=("$shell"); fi
done
{
    printf 'start of\tin .bashrc and the like\tratio\tmore, ms\tmin, ms\tmedian, ms\n'
    for shell in "${there[@]}"; do
        read -r least median < <(start "$shell" '' 20)
        row() { # row WHAT LINE KEYS
            local min middle
            read -r min middle < <(start "$shell" "$2" "$3")
            awk -v shell="$shell" -v what="$1" -v min="$min" -v middle="$middle" -v without="$least" \
                'BEGIN { printf "%s\t%s\t%.2fx\t%+.1f\t%.1f\t%.1f\n", shell, what, min / without, min - without, min, middle }'
        }
        awk -v shell="$shell" -v min="$least" -v middle="$median" 'BEGIN { printf "%s\tnothing\t1.00x\t\t%.1f\t%.1f\n", shell, min, middle }'
        for keys in "${sizes[@]}"; do row "\`${loads[$shell]}\`, keys: $keys" "${loads[$shell]}" "$keys"; done
        row "\`${hooks[$shell]}\`" "${hooks[$shell]}" 20
    done
} | lined
[ ${#absent[@]} = 0 ] || echo "left out, for they are not installed: ${absent[*]}"
