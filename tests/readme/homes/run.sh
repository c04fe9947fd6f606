have openai:work "$OPENAI"
have anthropic "$ANTHROPIC"
have groq "$GROQ"
printf 'POST /v1/responses 401 Authorization: Bearer %s\n' "$OPENAI" >server.log
