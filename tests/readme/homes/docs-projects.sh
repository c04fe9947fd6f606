have openai:work "$OPENAI"
have anthropic "$ANTHROPIC"
have groq "$GROQ"
command byok profile copy default work >/dev/null 2>&1
cat >.byok.toml <<'END'
profile = "work"
requires = ["openai:work", "anthropic"]
any = [["groq", "cerebras"]]
END
