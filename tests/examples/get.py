import json, os, subprocess

def api_key(provider, variable):
    """The user's key as byok has it, else the system's, else an error that says what to do."""
    try:
        byok = subprocess.run(["byok", "get", provider, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:  # byok is not installed
        byok = None
    if byok and byok.returncode == 0:
        key = json.loads(byok.stdout)
        return key["secret"], key["base_url"]
    if byok and byok.returncode != 3:  # locked or refused: what it says tells why
        raise RuntimeError(byok.stderr.strip())
    if os.environ.get(variable):
        return os.environ[variable], None
    raise RuntimeError(f"no key for {provider}: `byok add {provider}`, or set {variable}")

if __name__ == "__main__":
    secret, base_url = api_key("openai", "OPENAI_API_KEY")
    print(len(secret), base_url)
