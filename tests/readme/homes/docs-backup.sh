have openai:work "$OPENAI"
