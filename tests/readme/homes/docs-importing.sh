have openai:work "$OPENAI"
mkdir -p ~/.codex ~/.config/goose ~/.config/io.datasette.llm
printf '{\n  "tokens": {\n    "id_token": "eyJ.a.b",\n    "access_token": "eyJ.c.d",\n    "refresh_token": "rt_1",\n    "account_id": "x"\n  }\n}\n' >~/.codex/auth.json
printf 'GROQ_API_KEY: %s\nMISTRAL_API_KEY: YOUR_KEY_HERE\n' "$GROQ" >~/.config/goose/secrets.yaml
printf '{\n  "groq": "%s",\n  "openai": "%s"\n}\n' "$GROQ" "$OPENAI" >~/.config/io.datasette.llm/keys.json
chmod 600 ~/.codex/auth.json ~/.config/io.datasette.llm/keys.json; chmod 644 ~/.config/goose/secrets.yaml
printf 'DEBUG=1\nOPENAI_API_KEY=%s\n' "$OPENAI_NEW" >.env
