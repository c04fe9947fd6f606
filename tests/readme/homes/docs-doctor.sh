have openai:work "$OPENAI"
command byok edit openai:work --expires 2026-11-01 >/dev/null 2>&1
have groq "$GROQ"
printf 'A=1\nB=2\nGROQ_API_KEY=%s\n' "$GROQ" >.env
