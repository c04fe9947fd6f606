have groq "$GROQ"
have openai:old "$OPENAI_OLD"
have xai "$XAI"
command byok edit xai --expires 2026-11-01 >/dev/null 2>&1
command byok profile create team >/dev/null 2>&1
command byok -p team add xai --stdin --no-test <<<"$XAI" >/dev/null 2>&1
command byok profile edit default --fallback team >/dev/null 2>&1
printf '%s\n' "$OPENAI_NEW" >new.txt
