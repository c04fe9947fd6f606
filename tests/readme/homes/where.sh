have openai:work "$OPENAI"
export OPENAI_API_KEY=$OPENAI
printf 'DEBUG=1\nOPENAI_API_KEY=%s\n' "$OPENAI_NEW" >.env
mkdir -p ~/.config/io.datasette.llm
printf '{\n  "openai": "%s"\n}\n' "$OPENAI" >~/.config/io.datasette.llm/keys.json
chmod 600 ~/.config/io.datasette.llm/keys.json
