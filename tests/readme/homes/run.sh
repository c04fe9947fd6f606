have openai:work "$OPENAI"
have anthropic "$ANTHROPIC"
have groq "$GROQ"
printf 'POST /v1/responses 401 Authorization: Bearer %s\n' "$OPENAI" >server.log
# The certificates are those of the test's own server, of which every program that gets keys would be told.
unset SSL_CERT_FILE
