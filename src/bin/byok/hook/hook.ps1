# Sets the keys of a trusted project at the prompt, and puts back what was there on leaving. Made by `byok hook pwsh`.
# A prompt at which nothing has changed starts no process: the project's file is found and compared right here.
if (-not $global:__byok) {
    $global:__byok = @{
        Names = @(); Watch = @(); Old = @{}; Ours = @{}; Seen = ''; File = ''; Prompt = $function:prompt
        Inherited = @("$env:BYOK_HOOKED" -split ' ')
    }
    # Under a strict mode of PowerShell, `prompt` may not be there.
    if (-not $global:__byok.Prompt) { $global:__byok.Prompt = { "PS $pwd> " } }
    function global:prompt {
        $ok = $?
        $code = $global:LASTEXITCODE
        __byok_hook
        $global:LASTEXITCODE = $code
        # The prompt that was there finds `$?` as the last command left it.
        if (-not $ok) { Write-Error '' -ErrorAction Ignore }
        & $global:__byok.Prompt
    }
}
$global:__byok.Program = @BYOK@

# The nearest `.byok.toml`, as far up as byok itself would look.
function global:__byok_find {
    if ((Get-Location).Provider.Name -ne 'FileSystem') { return '' }
    $at = [IO.DirectoryInfo]::new((Get-Location).ProviderPath)
    while ($at -and $at.Parent -and $at.FullName -ne $HOME) {
        $file = [IO.Path]::Combine($at.FullName, '.byok.toml')
        if ([IO.File]::Exists($file)) { return $file }
        $git = [IO.Path]::Combine($at.FullName, '.git')
        if ([IO.Directory]::Exists($git) -or [IO.File]::Exists($git)) { return '' }
        $at = $at.Parent
    }
    return ''
}

# Everything that the answer depends on, in one text.
function global:__byok_look($file) {
    if (-not $file) { return '' }
    $text = "$file|$env:BYOK_PROFILE|$env:BYOK_HOME|$env:BYOK_NO_PROJECT|$env:BYOK_IDENTITY_FILE"
    foreach ($one in @($file) + $global:__byok.Watch) {
        $text += '|'
        if ([IO.File]::Exists($one)) { try { $text += [IO.File]::ReadAllText($one) } catch { } }
    }
    return $text
}

function global:__byok_keep($name, $value) {
    $global:__byok.Names += $name
    $there = [Environment]::GetEnvironmentVariable($name)
    if ($null -eq $there) { return }
    # A shell above this one has set it: before that, there may have been nothing.
    if ($name -cin $global:__byok.Inherited -and $there -ceq $value) { return }
    $global:__byok.Old[$name] = $there
}

# Puts back what was there, except where somebody has changed it since.
function global:__byok_restore {
    foreach ($name in $global:__byok.Names) {
        if ([Environment]::GetEnvironmentVariable($name) -ceq $global:__byok.Ours[$name]) {
            [Environment]::SetEnvironmentVariable($name, $global:__byok.Old[$name])
        }
    }
    $global:__byok.Names = @(); $global:__byok.Watch = @(); $global:__byok.Old = @{}; $global:__byok.Ours = @{}
    [Environment]::SetEnvironmentVariable('BYOK_HOOKED', $null)
}

function global:__byok_hook {
    $before = $global:__byok.File
    $global:__byok.File = __byok_find
    if ((__byok_look $global:__byok.File) -ceq $global:__byok.Seen) { return }
    __byok_restore
    if ($global:__byok.File) {
        $said = $null | & $global:__byok.Program --no-input hook-env pwsh "--before=$before"
        if ($said) {
            $answer = "$said" | ConvertFrom-Json
            $global:__byok.Watch = @($answer.watch)
            foreach ($name in $answer.hide) {
                __byok_keep $name $null
                [Environment]::SetEnvironmentVariable($name, $null)
            }
            foreach ($one in $answer.set.PSObject.Properties) {
                __byok_keep $one.Name $one.Value
                $global:__byok.Ours[$one.Name] = $one.Value
                [Environment]::SetEnvironmentVariable($one.Name, $one.Value)
            }
        }
        if ($global:__byok.Names) { $env:BYOK_HOOKED = $global:__byok.Names -join ' ' }
    }
    $global:__byok.Seen = __byok_look $global:__byok.File
}
