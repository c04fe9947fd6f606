git init -q
have openai:work "$OPENAI"
command byok profile create team --file ./team.age >/dev/null 2>&1
