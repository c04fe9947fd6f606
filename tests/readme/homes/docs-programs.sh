have openai:work "$OPENAI"
have anthropic "$ANTHROPIC"
have groq "$GROQ"
have google "$GOOGLE"
have huggingface "$HF"
mkdir -p ~/.claude ~/.config/io.datasette.llm
printf '{\n  "model": "opus",\n  // mine\n  "theme": "dark",\n}\n' | grep -v mine | sed 's/"dark",/"dark"/' >~/.claude/settings.json
