import { spawnSync } from "node:child_process";

// The user's key as byok has it, else the system's, else an error that says what to do.
export function apiKey(provider, variable) {
  const byok = spawnSync("byok", ["get", provider, "--json"], { encoding: "utf8" });
  if (byok.status === 0) {
    const { secret, base_url } = JSON.parse(byok.stdout);
    return { secret, baseURL: base_url };
  }
  const isMissing = byok.error?.code === "ENOENT" || byok.status === 3; // no byok, or no key
  if (!isMissing) throw new Error(byok.stderr || String(byok.error)); // locked or refused
  const secret = process.env[variable];
  if (secret) return { secret, baseURL: null };
  throw new Error(`no key for ${provider}: \`byok add ${provider}\`, or set ${variable}`);
}

const { secret, baseURL } = apiKey("openai", "OPENAI_API_KEY");
console.log(secret.length, baseURL);
