have openai:work "$OPENAI"
have anthropic "$ANTHROPIC"
git init -q
# A folder of its own stands for the other machine.
mkdir -p ~/elsewhere dotfiles ~/.config/byok
cp job.sh ~/elsewhere
ssh() { (shift && export HOME=~/elsewhere && cd && sh -c "$*"); }
scp() { cp "$1" ~/elsewhere; }
printf 'rotate_after = "180d"\n' >~/.config/byok/config.toml
age-keygen 2>/dev/null | age-keygen -y >recovery.txt
