have openai:old "$OPENAI_OLD"
have openai:work "$OPENAI" && command byok use openai:work >/dev/null 2>&1
have anthropic "$ANTHROPIC_POOR"
have google "$GOOGLE_AWAY"
have openrouter "$OPENROUTER"
have groq "$GROQ"
