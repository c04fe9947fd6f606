# Completion of byok for PowerShell. byok answers with a line for each word: the word, a tab, what it is.
Register-ArgumentCompleter -Native -CommandName byok -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object {
            $text = $_.Extent.Text
            $text.Substring(0, [math]::Min($cursorPosition - $_.Extent.StartOffset, $text.Length))
        })
    $index = $words.Count - 1
    if ($wordToComplete -eq '') { $index = $words.Count }

    $before = $env:BYOK_COMPLETE
    $env:BYOK_COMPLETE = $index
    $answer = @(& byok -- @words 2>$null)
    if ($null -eq $before) { Remove-Item Env:\BYOK_COMPLETE } else { $env:BYOK_COMPLETE = $before }

    # PowerShell completes files by itself where nothing is offered.
    if ($answer[0] -in ':files', ':command') { return }
    $answer | ForEach-Object {
        $value, $said = $_.Split("`t")
        if (-not $said) { $said = $value }
        $typed = $value
        if ($value -notmatch '^[\w./:=,+-]+$') { $typed = "'" + $value.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($typed, $value, 'ParameterValue', "$said")
    }
}
