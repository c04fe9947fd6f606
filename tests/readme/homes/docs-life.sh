have openai:work "$OPENAI"
have openai:old "$OPENAI_OLD"
printf 'DEBUG=1\n\nOPENAI_API_KEY=%s\n' "$OPENAI" >.env
printf '%s\n' "$OPENAI_NEXT" >new.txt
