# Sets the keys of a trusted project at the prompt, and puts back what was there on leaving. Made by `byok hook nu`.
# A prompt at which nothing has changed starts no process: the project's file is found and compared right here.

# The nearest `.byok.toml`, as far up as byok itself would look.
def __byok_find [] {
    mut at = ($env.PWD | path expand)
    while $at != ($env.HOME? | default '') and ($at | path dirname) != $at {
        let file = ($at | path join .byok.toml)
        if ($file | path exists --no-symlink) { return $file }
        if ($at | path join .git | path exists --no-symlink) { return '' }
        $at = ($at | path dirname)
    }
    ''
}

# Everything that the answer depends on.
def __byok_look [file: string, watch: list<string>] {
    if $file == '' { return [] }
    [$file $env.BYOK_PROFILE? $env.BYOK_HOME? $env.BYOK_NO_PROJECT? $env.BYOK_IDENTITY_FILE?] ++ ([$file] ++ $watch | each {|one|
        if ($one | path type) == file { try { open --raw $one | into binary | hash sha256 } catch { '' } } else { '' }
    })
}

# What the hook remembers. A record is no text, so that no program sees it.
$env.__byok = ($env.__byok? | default {
    names: [] watch: [] old: {} ours: {} seen: [] file: '' inherited: ($env.BYOK_HOOKED? | default '' | split row ' ')
})

# What puts back what was there, except where somebody has changed it since.
def __byok_back [] {
    let kept = $env.__byok
    let ours = ($kept.names | where {|name| ($env | get --optional $name) == ($kept.ours | get --optional $name) })
    {
        hide: ($ours | where {|name| $name not-in $kept.old} | append BYOK_HOOKED)
        set: ($ours | where {|name| $name in $kept.old} | reduce --fold {} {|name, all| $all | insert $name ($kept.old | get $name)})
    }
}

def --env __byok_hook [] {
    let before = $env.__byok.file
    let file = (__byok_find)
    if (__byok_look $file $env.__byok.watch) == $env.__byok.seen { return }
    let back = (__byok_back)
    hide-env --ignore-errors ...$back.hide
    load-env $back.set
    $env.__byok = ($env.__byok | merge {names: [] watch: [] old: {} ours: {}})
    mut watch = []
    if $file != '' {
        let program = @BYOK@
        let said = (do --ignore-errors { '' | ^$program --no-input hook-env nu --before $before } | default '' | into string)
        let answer = (try { $said | from json } catch { null } | default {watch: [] hide: [] set: {}})
        let names = ($answer.hide ++ ($answer.set | columns))
        mut old = {}
        for name in ($names | where {|name| $name in $env}) {
            let value = ($env | get $name)
            # A shell above this one has set it: before that, there may have been nothing.
            if not ($name in $env.__byok.inherited and $value == ($answer.set | get --optional $name)) {
                $old = ($old | insert $name $value)
            }
        }
        $watch = $answer.watch
        hide-env --ignore-errors ...$answer.hide
        load-env $answer.set
        if ($names | is-not-empty) { $env.BYOK_HOOKED = ($names | str join ' ') }
        $env.__byok = ($env.__byok | merge {names: $names old: $old ours: $answer.set})
    }
    let seen = (__byok_look $file $watch)
    $env.__byok = ($env.__byok | merge {file: $file watch: $watch seen: $seen})
}

$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | where {|one| $one != '__byok_hook'} | append '__byok_hook')
