use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::*;

fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(Zeroizing::new(text.to_owned())).unwrap()
}

/// Made-up characters in the alphabet of a key: enough of them, and nobody's.
fn run(alphabet: &str, count: usize) -> String {
    alphabet.chars().cycle().take(count).collect()
}

fn hex(count: usize) -> String {
    run("0a1b2c3d4e5f", count)
}

fn letters(count: usize) -> String {
    run("Fake0Key1Not2Real3x", count)
}

const UUID: &str = "00000000-aaaa-4bbb-8ccc-0123456789ab";

fn entries() -> Vec<Provider> {
    let parse = |id: ProviderId| {
        let line = index::provider(id.as_str()).unwrap();
        Provider::parse(&id, line.entry).unwrap_or_else(|error| panic!("{id}: {error}"))
    };
    Registry::builtin().ids().into_iter().map(parse).collect()
}

#[test]
fn every_file_is_an_entry_that_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider/registry");
    let files = std::fs::read_dir(folder).unwrap().count();
    let entries = entries();
    assert_eq!(entries.len(), files);
    assert!(files >= 150, "{files}");
    for entry in &entries {
        let known = (entry.test.is_some(), entry.untestable.is_some());
        assert!(matches!(known, (true, false) | (false, true)), "{}: a test or a reason for none", entry.id);
        let retired = entry.status == Status::Retired;
        assert!(!retired || entry.note.is_some(), "{}: retired without a word", entry.id);
        assert!(entry.base_url.is_some() || entry.id.as_str() == "custom", "{}: no address", entry.id);
    }
}

#[test]
fn the_providers_that_people_ask_for_are_there() {
    for name in [
        "openai",
        "anthropic",
        "google",
        "huggingface",
        "cohere",
        "togetherai",
        "perplexity",
        "groq",
        "openrouter",
        "xai",
        "mistral",
        "deepseek",
        "azure",
        "amazon-bedrock",
        "google-vertex",
        "cloudflare-ai-gateway",
        "cloudflare-workers-ai",
        "vercel",
        "fireworks-ai",
        "cerebras",
        "nvidia",
        "replicate",
        "elevenlabs",
        "ollama",
        "lmstudio",
        "vllm",
        "litellm",
        "custom",
        "deepgram",
        "assemblyai",
        "stability",
        "black-forest-labs",
        "kie",
        "minimax",
        "zai",
        "zhipuai",
        "siliconflow",
        "modelscope",
        "moonshotai",
        "clarifai",
        "wandb",
        "pinecone",
        "scaleway",
        "tavily",
        "exa",
        "brave",
        "firecrawl",
        "you",
        "langsmith",
        "langfuse",
        "github-models",
        "opencode",
        "ollama-cloud",
    ] {
        assert!(Registry::builtin().is_known(&id(name)), "{name}");
    }
}

#[test]
fn other_names_lead_to_the_provider() {
    let registry = Registry::builtin();
    for (typed, expected) in [
        ("Grok", "xai"),
        (" OpenAI\n", "openai"),
        ("open_ai", "openai"),
        ("Open AI", "openai"),
        ("chatgpt", "openai"),
        ("claude", "anthropic"),
        ("gemini", "google"),
        ("hf", "huggingface"),
        ("Hugging Face", "huggingface"),
        ("together", "togetherai"),
        ("together ai", "togetherai"),
        ("fireworks", "fireworks-ai"),
        ("fireworksai", "fireworks-ai"),
        ("bedrock", "amazon-bedrock"),
        ("azure-openai", "azure"),
        ("Azure OpenAI", "azure"),
        ("vertex", "google-vertex"),
        ("Vertex AI", "google-vertex"),
        ("moonshot", "moonshotai"),
        ("kimi", "moonshotai"),
        ("zhipu", "zhipuai"),
        ("z.ai", "zai"),
        ("nim", "nvidia"),
        ("11labs", "elevenlabs"),
        ("bfl", "black-forest-labs"),
        ("wafer.ai", "wafer.ai"),
        ("LM Studio", "lmstudio"),
        ("my-service", "my-service"),
    ] {
        assert_eq!(registry.find(typed).unwrap().as_str(), expected, "{typed:?}");
    }
    for bad in ["", "   ", "a b c", "../x", "é"] {
        assert!(registry.find(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_index_says_what_the_entries_say() {
    let registry = Registry::builtin();
    let entries = entries();
    let mut claims: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in &entries {
        assert_eq!(registry.exports(&entry.id), entry.exports(), "{}", entry.id);
        assert_eq!(registry.get(&entry.id), *entry);
        let env = &entry.env;
        for name in env.key.iter().chain(&env.shared).chain(env.fields.values().flatten()) {
            let claim = Claim::of_entry(entry, name.as_str()).unwrap();
            claims.entry(name.to_string()).or_default().insert(format!("{claim:?}"));
        }
        for alias in &entry.aliases {
            assert_eq!(registry.find(alias).unwrap(), entry.id, "{alias}");
        }
    }
    for (variable, expected) in &claims {
        let claims = registry.claims(variable);
        assert_eq!(claims.iter().map(|claim| format!("{claim:?}")).collect::<BTreeSet<_>>(), *expected, "{variable}");
        assert!(claims.iter().filter(|claim| claim.owner).count() <= 1, "{variable}");
        assert!(claims.iter().skip(1).all(|claim| !claim.owner), "{variable}: the owner is not first");
    }
    let from_entries: Vec<String> = entries.iter().flat_map(Sign::of_entry).map(|s| format!("{s:?}")).collect();
    let mut from_index: Vec<String> = registry.signs().iter().map(|sign| format!("{sign:?}")).collect();
    from_index.sort();
    let mut sorted = from_entries;
    sorted.sort();
    assert_eq!(from_index, sorted);
}

#[test]
fn a_variable_tells_who_reads_it() {
    let registry = Registry::builtin();
    let who = |variable: &str| -> Vec<String> {
        registry.claims(variable).iter().map(|claim| claim.provider.to_string()).collect()
    };
    assert_eq!(who("OPENAI_API_KEY"), ["openai"]);
    assert_eq!(who("MOONSHOT_API_KEY"), ["moonshotai", "moonshotai-cn"]);
    assert_eq!(who("ZHIPU_API_KEY")[0], "zhipuai");
    assert_eq!(who("302AI_API_KEY"), ["302ai"]);
    assert_eq!(who("NOBODY_API_KEY"), [""; 0]);
    let claims = registry.claims("OPENAI_BASE_URL");
    assert_eq!((claims[0].role.clone(), claims[0].owner), (Role::Field("endpoint".to_owned()), false));
    // These hold secrets of another kind: were they fields, they would be shown.
    for secret in ["AWS_SECRET_ACCESS_KEY", "ANTHROPIC_AUTH_TOKEN", "AZURE_OPENAI_AD_TOKEN"] {
        assert_eq!(who(secret), [""; 0], "{secret}");
    }
}

#[test]
fn exports_are_the_first_names() {
    let registry = Registry::builtin();
    let openai = registry.exports(&id("openai"));
    assert_eq!((openai.key.as_str(), openai.host.as_deref()), ("OPENAI_API_KEY", Some("api.openai.com")));
    let fields: Vec<_> = openai.fields.iter().map(|(field, name)| (field.as_ref(), name.as_str())).collect();
    assert_eq!(
        fields,
        [("endpoint", "OPENAI_BASE_URL"), ("organisation", "OPENAI_ORG_ID"), ("project", "OPENAI_PROJECT_ID")]
    );
    for (name, key, host) in [
        ("moonshotai-cn", "MOONSHOT_API_KEY", Some("api.moonshot.cn")),
        ("ollama", "OLLAMA_API_KEY", Some("localhost")),
        ("azure", "AZURE_OPENAI_API_KEY", None),
        ("my-service", "MY_SERVICE_API_KEY", None),
    ] {
        let exports = registry.exports(&id(name));
        assert_eq!((exports.key.as_str(), exports.host.as_deref()), (key, host), "{name}");
    }
}

#[test]
fn a_provider_without_an_entry_is_made_up_from_its_id() {
    let registry = Registry::builtin();
    let made_up = registry.get(&id("my-service"));
    assert_eq!((made_up.name.as_str(), made_up.check()), ("My Service", Ok(())));
    assert_eq!(made_up.exports(), registry.exports(&id("my-service")));
    assert!(made_up.untestable.is_some() && !registry.is_known(&id("my-service")));
}

#[test]
fn public_lists_are_never_a_test() {
    for open in [
        "openrouter.ai/api/v1/models",
        "ai-gateway.vercel.sh/v1/models",
        "integrate.api.nvidia.com/v1/models",
        "router.huggingface.co",
        "api.venice.ai/api/v1/models",
        "api.deepinfra.com/v1/openai/models",
        "novita.ai/openai/v1/models",
        "api.sambanova.ai/v1/models",
        "api.jina.ai/v1/models",
        "api.inference.net/v1/models",
        "api.inceptionlabs.ai/v1/models",
        "crof.ai/v1/models",
        "opencode.ai/zen/v1/models",
        "api.kilo.ai/api/gateway/models",
        "llm.chutes.ai/v1/models",
        "api.llmgateway.io/v1/models",
        "api.aimlapi.com/v1/models",
        "gen.pollinations.ai/v1/models",
        "modelscope.cn/v1/models",
        "ollama.com/api/tags",
        "ollama.com/v1/models",
        "api.llm7.io/v1/models",
        "kepler.ai.cloud.ovh.net/v1/models",
        "api.fal.ai/v1/models",
    ] {
        for entry in entries() {
            if let Some(test) = &entry.test {
                let asked = test.url.split('?').next().unwrap();
                assert!(!asked.ends_with(open), "{}: {open} answers without a key", entry.id);
            }
        }
    }
}

#[test]
fn a_key_in_a_url_is_the_exception() {
    let in_url = |entry: &Provider| matches!(entry.auth.scheme, Scheme::Query { .. });
    let found: Vec<_> = entries().into_iter().filter(in_url).map(|entry| entry.id.to_string()).collect();
    assert_eq!(found, ["serpapi"]);
}

#[test]
fn slips_of_the_pen_are_understood() {
    let registry = Registry::builtin();
    for (typed, first) in [
        ("opnai", "openai"),
        ("openia", "openai"),
        ("antropic", "anthropic"),
        ("Anthropc", "anthropic"),
        ("gemni", "google"),
        ("mistrl", "mistral"),
        ("hugingface", "huggingface"),
        ("deepsek", "deepseek"),
        ("elevenlab", "elevenlabs"),
        ("openroute", "openrouter"),
    ] {
        let found = registry.suggest(typed);
        assert_eq!(found.first().map(ProviderId::as_str), Some(first), "{typed}: {found:?}");
        assert!(found.len() <= 3);
    }
    for typed in ["", "x", "qqqqqqqq", "completely-different"] {
        assert_eq!(registry.suggest(typed), [], "{typed}");
    }
    assert!(!registry.suggest("github-model").contains(&id("github-models")), "retired");
    assert_eq!(registry.get(&id("github-models")).status, Status::Retired);
}

#[test]
fn keys_are_recognised_by_their_shape() {
    let registry = Registry::builtin();
    let marked = format!("sk-{}T3BlbkFJ{}", letters(20), letters(20));
    for (key, expected) in [
        (format!("sk-proj-{}", letters(120)), "openai"),
        (format!("sk-svcacct-{}", letters(60)), "openai"),
        (marked, "openai"),
        (format!("sk-ant-api03-{}", letters(95)), "anthropic"),
        (format!("AIza{}", letters(35)), "google"),
        (format!("AQ.Ab8{}", letters(45)), "google"),
        (format!("sk-or-v1-{}", hex(64)), "openrouter"),
        (format!("sk-lf-{UUID}"), "langfuse"),
        (format!("sk_{}", hex(48)), "elevenlabs"),
        (format!("gsk_{}", letters(52)), "groq"),
        (format!("csk-{}", letters(48)), "cerebras"),
        (format!("xai-{}", letters(80)), "xai"),
        (format!("pplx-{}", letters(48)), "perplexity"),
        (format!("hf_{}", letters(34)), "huggingface"),
        (format!("api_org_{}", letters(34)), "huggingface"),
        (format!("r8_{}", letters(37)), "replicate"),
        (format!("nvapi-{}", letters(64)), "nvidia"),
        (format!("tgp_v1_{}", letters(43)), "togetherai"),
        (format!("fw_{}", letters(24)), "fireworks-ai"),
        (format!("vck_{}", letters(52)), "vercel"),
        (format!("ABSK{}", letters(120)), "amazon-bedrock"),
        (format!("bedrock-api-key-{}", letters(60)), "amazon-bedrock"),
        (format!("cfut_{}", letters(48)), "cloudflare-workers-ai"),
        (format!("ghp_{}", letters(36)), "github-models"),
        (format!("pcsk_abcde_{}", letters(63)), "pinecone"),
        (format!("{UUID}:{}", hex(32)), "fal"),
        (format!("tvly-dev-{}", letters(32)), "tavily"),
        (format!("fc-{}", hex(32)), "firecrawl"),
        (format!("BSA{}", letters(28)), "brave"),
        (format!("jina_{}", letters(60)), "jina"),
        (format!("pa-{}", letters(43)), "voyage"),
        (format!("al-{}", letters(43)), "voyage"),
        (format!("lsv2_pt_{}_{}", hex(32), hex(10)), "langsmith"),
        (format!("wandb_v1_{}", letters(77)), "wandb"),
        (format!("{}.{}", hex(32), run("Fake-Key_", 24)), "ollama-cloud"),
        (format!("llx-{}", letters(48)), "llamacloud"),
        (format!("m0-{}", letters(40)), "mem0"),
        (format!("e2b_{}", hex(40)), "e2b"),
        (format!("rpa_{}{}", run("FAKE0KEY", 40), letters(6)), "runpod"),
        (format!("flp_{}", letters(46)), "friendli"),
        (format!("phx_{}", letters(43)), "posthog"),
        (format!("bu_{}", letters(43)), "browser-use"),
        (format!("key_{}", hex(64)), "cursor"),
        (format!("key_{}", hex(128)), "runway"),
        (format!("salad_cloud_{}", letters(40)), "saladcloud"),
        (format!("plln_sk_{}", letters(32)), "pollinations"),
        (format!("ai71-api-{UUID}"), "ai71"),
        (format!("dapi{}", hex(32)), "databricks"),
    ] {
        assert_eq!(registry.recognise(&secret(&key)), Recognised::Provider(id(expected)), "{key}");
        assert_eq!(registry.fit(&id(expected), &secret(&format!("{key}\n"))), Fit::Fits, "{key}");
        let other = if expected == "groq" { "mistral" } else { "groq" };
        assert!(matches!(registry.fit(&id(other), &secret(&key)), Fit::Belongs(_) | Fit::Unusual), "{key}");
    }
}

#[test]
fn shapes_that_several_share_are_left_open() {
    let registry = Registry::builtin();
    for (key, among) in [
        (format!("sk-{}", hex(32)), &["deepseek", "alibaba", "alibaba-cn"][..]),
        (format!("sk-{}", letters(48)), &["moonshotai", "stability"]),
        (format!("sk-{}", run("notarealkey", 48)), &["moonshotai", "stability", "siliconflow"]),
        (format!("sk-api-{}", letters(119)), &["minimax", "minimax-cn"]),
        (format!("sk-cp-{}", letters(119)), &["minimax-coding-plan", "minimax-cn-coding-plan"]),
        (UUID.to_owned(), &["pinecone", "ai21", "exa", "scaleway", "vapi", "volcengine"]),
        (hex(64), &["togetherai", "serpapi", "vast"]),
        (hex(40), &["wandb", "deepgram", "serper", "cohere"]),
        (hex(32), &["assemblyai", "azure", "clarifai", "elevenlabs", "fish-audio", "tavus", "mistral"]),
        (letters(32), &["mistral", "ai21"]),
        (format!("{}JQQJ99{}", letters(52), letters(26)), &["azure", "azure-cognitive-services"]),
        (letters(40), &["cohere", "cloudflare-workers-ai"]),
        (format!("{}.{}", hex(32), letters(16)), &["zhipuai", "zai"]),
        ("sk-1234".to_owned(), &["openai", "litellm", "deepseek"]),
    ] {
        let Recognised::OneOf(found) = registry.recognise(&secret(&key)) else {
            panic!("{key}: {:?}", registry.recognise(&secret(&key)))
        };
        for name in among {
            assert!(found.contains(&id(name)), "{key}: {name} not in {found:?}");
        }
    }
    for nothing in ["hello world", "correct-horse-battery-staple", "1234567890", "git@github.com:a/b"] {
        assert_eq!(registry.recognise(&secret(nothing)), Recognised::Unknown, "{nothing}");
    }
}

#[test]
fn what_is_no_key_is_called_by_its_name() {
    let registry = Registry::builtin();
    let jwt = format!("eyJ{}.eyJ{}.{}", letters(30), letters(60), letters(43));
    for (value, word) in [
        (format!("sk-ant-oat01-{}", letters(95)), "OAuth token of Claude Code"),
        (format!("pk-lf-{UUID}"), "public half"),
        (format!("gho_{}", letters(36)), "OAuth token of GitHub"),
        (format!("phc_{}", letters(43)), "public token"),
        (format!("ya29.{}", letters(80)), "access token of Google"),
        (format!("AKIA{}", run("FAKE0KEY", 16)), "AWS access key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nx".to_owned(), "private key"),
        ("https://example.com/v1".to_owned(), "web address"),
        (jwt.clone(), "JSON web token"),
    ] {
        let Recognised::NotAKey(what) = registry.recognise(&secret(&value)) else { panic!("{value}") };
        assert!(what.contains(word), "{value}: {what}");
        assert!(matches!(registry.fit(&id("openai"), &secret(&value)), Fit::NotAKey(_)), "{value}");
    }
    let fit = |name: &str, key: &str| registry.fit(&id(name), &secret(key));
    assert_eq!(fit("minimax", &format!("{jwt}{}", letters(100))), Fit::Fits, "old MiniMax keys are such tokens");
    assert_eq!(fit("github-copilot", &format!("gho_{}", letters(36))), Fit::Fits);
    assert_eq!(fit("edenai", &jwt), Fit::Fits);
}

#[test]
fn an_admin_key_goes_to_its_providers_own_domain() {
    let domain = |url: &str| {
        let host = host(url).unwrap().to_owned();
        host.rsplitn(3, '.').take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let registry = Registry::builtin();
    let with_admin = registry.ids().into_iter().filter_map(|id| {
        let provider = registry.get(&id);
        Some((provider.base_url.clone()?, provider.admin?))
    });
    let mut seen = 0;
    for (base, admin) in with_admin {
        for (field, url) in admin.addresses() {
            assert_eq!(domain(url), domain(&base), "{field}: {url}");
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} addresses");
}

#[test]
fn an_admin_key_is_a_key_of_its_provider_and_known_as_one() {
    let registry = Registry::builtin();
    for (provider, key) in [
        ("openai", format!("sk-admin-{}", letters(60))),
        ("anthropic", format!("sk-ant-admin01-{}", letters(95))),
        ("xai", format!("xai-token-{}", letters(80))),
    ] {
        let (id_of, id, key) = (id, id(provider), secret(&key));
        assert_eq!(registry.recognise(&key), Recognised::Provider(id.clone()), "{provider}");
        assert_eq!(registry.fit(&id, &key), Fit::Fits, "{provider}");
        assert_eq!(registry.fit(&id_of("groq"), &key), Fit::Belongs(id.clone()));
        assert!(Registry::is_admin(&id, &key), "{provider}");
        // Under another name, and with what was pasted before it.
        assert!(Registry::is_admin(&id_of("groq"), &secret(&format!(" \"{}", key.expose()))));
        // LiteLLM's own master keys may begin so, and call models.
        assert!(!Registry::is_admin(&id_of("litellm"), &secret(&key.expose()[..30])));
    }
    assert!(!Registry::is_admin(&id("openai"), &secret(&format!("sk-proj-{}", letters(60)))));
    for (variable, provider) in [
        ("OPENAI_ADMIN_KEY", "openai"),
        ("ANTHROPIC_ADMIN_KEY", "anthropic"),
        ("OPENROUTER_PROVISIONING_KEY", "openrouter"),
        ("OPENROUTER_MANAGEMENT_KEY", "openrouter"),
        ("XAI_MANAGEMENT_API_KEY", "xai"),
    ] {
        let claims = registry.claims(variable);
        assert_eq!(claims.len(), 1, "{variable}");
        assert_eq!((claims[0].provider.as_str(), &claims[0].role), (provider, &Role::Admin), "{variable}");
        assert_eq!(registry.exports(&id(provider)).fields.iter().find(|(_, name)| name.as_str() == variable), None);
    }
}

#[test]
fn a_key_under_the_wrong_provider_is_noticed() {
    let registry = Registry::builtin();
    let fit = |name: &str, key: &str| registry.fit(&id(name), &secret(key));
    let anthropic = format!("sk-ant-api03-{}", letters(95));
    assert_eq!(fit("openai", &anthropic), Fit::Belongs(id("anthropic")));
    assert_eq!(fit("my-service", &anthropic), Fit::Belongs(id("anthropic")));
    assert_eq!(fit("openai", &format!("sk-or-v1-{}", hex(64))), Fit::Belongs(id("openrouter")));
    assert_eq!(fit("openai", "sk-short"), Fit::Unusual);
    assert_eq!(fit("my-service", "whatever-it-is-0123456789"), Fit::Unknown);
    assert_eq!(fit("perplexity-agent", &format!("pplx-{}", letters(48))), Fit::Fits);
    assert_eq!(fit("cloudflare-ai-gateway", &format!("cfut_{}", letters(48))), Fit::Fits);
    assert_eq!(fit("google-pse", &format!("AIza{}", letters(35))), Fit::Fits);
    assert_eq!(fit("deepseek", &format!("sk-{}", hex(32))), Fit::Fits);
}

#[test]
fn what_holds_a_keys_place_is_told_from_a_key() {
    for value in [
        "YOUR_KEY_HERE",
        "your-api-key",
        "your_openai_api_key",
        "<your key>",
        "<OPENAI_API_KEY>",
        "${OPENAI_API_KEY}",
        "$OPENAI_API_KEY",
        "{{ secrets.KEY }}",
        "changeme",
        "change-me",
        "...",
        "sk-...",
        "sk-…",
        "sk-xxxx",
        "sk-proj-xxxx",
        "sk-proj-xxxxxxxxxxxxxxxxxxxxxxxx",
        "XXXXXXXX",
        "00000000000000000000000000000000",
        "TODO",
        "insert key",
        "insert-your-key",
        "dummy",
        "test",
        "none",
        "null",
        "sk-ant-api03-your-key-here",
        "\"\"",
        "'your_api_key'",
        "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "********",
    ] {
        assert!(placeholder(value), "{value:?}");
    }
    for value in [
        format!("sk-proj-{}", letters(120)),
        format!("sk-{}", hex(32)),
        format!("AIza{}", letters(35)),
        hex(32),
        hex(40),
        UUID.to_owned(),
        "sk-test-0123456789abcdef".to_owned(),
        "sk_live_4fj2Test8dKey3".to_owned(),
        "hf_TestTodoNoneDummy0123456789".to_owned(),
        "sk-1234".to_owned(),
        "lm-studio-4711".to_owned(),
        "p4$$w0rd-of-mine".to_owned(),
        format!("sk-proj-{}-AAA", letters(60)),
    ] {
        assert!(!placeholder(&value), "{value}");
    }
}

#[test]
fn the_schema_of_admin_keys_is_the_schema() {
    let manual = include_str!("admin.rs");
    let example = manual.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example: Vec<&str> = example.lines().map(|line| line.trim_start_matches("//!")).collect();
    // A key's owner is taken away with it only where `revoke_owner` says how.
    let owner = "\n[admin.revoke_owner]\nmethod = 'DELETE'\nurl = 'https://my.service/v1/owners/{ID}'";
    let text = example.join("\n") + owner;
    let provider = Provider::parse(&id("my-service"), &text).unwrap();
    assert_eq!(provider.admin.unwrap().addresses().count(), 6);
    for (good, bad) in [
        ("https://my.service/v1/projects\"", "http://my.service/v1/projects\""),
        ("https://my.service/v1/projects\"", "https://other.service/v1/projects\""),
        ("{SCOPE}/keys/{ID}", "{SCOPE}/keys/{KEY}"),
        ("https://my.service/v1/projects/{SCOPE}/keys/{ID}", "https://{ID}.service/v1"),
        ("hint = \"/masked\"", "hint = \"masked\""),
        ("id = \"/id\"                                 #", "#"),
        ("prefixes = [\"my-admin-\"]", "prefixes = [\"m\"]"),
    ] {
        assert!(text.contains(good), "{good}");
        assert!(Provider::parse(&id("my-service"), &text.replacen(good, bad, 1)).is_err(), "{bad}");
    }
}

#[test]
fn the_schema_in_the_manual_is_the_schema() {
    let manual = include_str!("entry.rs");
    let example = manual.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example: Vec<&str> = example.lines().map(|line| line.trim_start_matches("//!")).collect();
    // It shows both ways; an entry takes one.
    let example = example.into_iter().filter(|line| !line.contains("untestable")).collect::<Vec<_>>().join("\n");
    let provider = Provider::parse(&id("my-service"), &example).unwrap();
    assert_eq!((provider.kind, provider.status), (Kind::Llm, Status::Retired));
    assert_eq!(provider.test.unwrap().when.len(), 1);
}
