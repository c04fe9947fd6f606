have openai:work "$OPENAI"
mkdir src ~/notes
printf 'GROQ_API_KEY=%s\n' "$GROQ" >.env
{ yes '# a line' | head -n 19; printf 'KEY = "%s"\n' "$OPENAI"; } >src/app.py
rm -f *.sh unknown-program some-program
git init -q && printf 'hello\n' >README && git add README && git commit -qm first
tail() { command tail -n 1 "${@: -1}"; }
printf 'Authorization: Bearer %s\n' "$OPENAI" | tee server.log >trace
mkdir -p ~/logs && mv server.log trace ~/logs && ln -s ~/logs/server.log ~/logs/trace .
