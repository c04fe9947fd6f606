have openai "$OPENAI"
command byok edit openai --expires 90d --note trial >/dev/null 2>&1
