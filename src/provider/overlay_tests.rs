use zeroize::Zeroizing;

use super::*;

fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

#[test]
fn a_new_table_is_a_new_provider() {
    let registry = Registry::with_overlay(
        "[my-llm]\nbase_url = 'https://llm.example/v1'\naliases = ['mine']\n[my-llm.env]\nkey = ['MINE_KEY', 'MINE_TOKEN']\n\
         fields = { region = ['MINE_REGION'] }\n[my-llm.shape]\ncertain = ['mine-']\n[bare]\n",
    )
    .unwrap();
    let mine = registry.get(&id("my-llm"));
    assert_eq!((mine.name.as_str(), mine.kind, mine.untestable.is_some()), ("My Llm", Kind::Llm, true));
    assert_eq!(registry.find("Mine").unwrap(), id("my-llm"));
    assert_eq!(registry.find("myllm").unwrap(), id("my-llm"));
    let exports = registry.exports(&id("my-llm"));
    assert_eq!((exports.key.as_str(), exports.host.as_deref()), ("MINE_KEY", Some("llm.example")));
    assert_eq!(registry.claims("MINE_TOKEN").len(), 1);
    assert_eq!(registry.claims("MINE_REGION")[0].role, Role::Field("region".to_owned()));
    assert!(registry.is_known(&id("my-llm")) && registry.ids().contains(&id("my-llm")));
    assert_eq!(registry.exports(&id("bare")).key.as_str(), "BARE_API_KEY");
    assert_eq!(registry.suggest("my-lm"), [id("my-llm")]);
    let secret = Secret::new(Zeroizing::new("mine-0123".to_owned())).unwrap();
    assert_eq!(registry.recognise(&secret), Recognised::Provider(id("my-llm")));
    assert_eq!(registry.fit(&id("openai"), &secret), Fit::Belongs(id("my-llm")));
}

#[test]
fn a_known_table_changes_what_it_gives_and_keeps_the_rest() {
    let registry = Registry::with_overlay(
        "[openai]\nbase_url = 'https://proxy.example/v1'\n[openai.env.fields]\nregion = ['MY_REGION']\n\
         [openai.shape]\ncertain = ['sk-corp-']\n[groq.env]\nkey = ['MY_GROQ_KEY']\n\
         [brave.test]\nurl = 'https://api.search.brave.com/me'\nstatus = { 200 = 'valid' }\n[xai]\nuntestable = 'not from here'\n",
    )
    .unwrap();
    let builtin = Registry::builtin();
    let (new, old) = (registry.get(&id("openai")), builtin.get(&id("openai")));
    assert_eq!((&new.name, &new.auth, &new.env.key), (&old.name, &old.auth, &old.env.key));
    assert_eq!(new.shape.pattern, old.shape.pattern);
    assert_eq!(new.shape.certain, ["sk-corp-"]);
    assert_eq!(new.env.fields.len(), old.env.fields.len() + 1);
    assert_eq!(registry.exports(&id("openai")).host.as_deref(), Some("proxy.example"));
    assert_eq!(registry.claims("OPENAI_API_KEY").len(), 1);
    assert_eq!(registry.claims("GROQ_API_KEY"), []);
    assert_eq!(registry.claims("MY_GROQ_KEY").len(), 1);
    assert_eq!(registry.ids(), builtin.ids());
    let brave = registry.get(&id("brave"));
    assert!(brave.test.is_some() && brave.untestable.is_none());
    let xai = registry.get(&id("xai"));
    assert!(xai.test.is_none() && xai.untestable.is_some());
    assert_eq!(registry.find("grok").unwrap(), id("xai"), "aliases that were not given stay");
}

#[test]
fn an_alias_that_an_entry_takes_away_is_free() {
    let registry = Registry::with_overlay("[xai]\naliases = ['x']\n[my-grok]\naliases = ['grok']\n").unwrap();
    assert_eq!(registry.find("grok").unwrap(), id("my-grok"));
    assert_eq!(registry.find("x").unwrap(), id("xai"));
}

#[test]
fn what_belongs_to_another_is_refused_with_both_names() {
    for (text, first, second) in [
        ("[mine]\naliases = ['grok']", "xai", "mine"),
        ("[mine]\naliases = ['openai']", "openai", "mine"),
        ("[a]\naliases = ['c']\n[b]\naliases = ['c']", "a", "b"),
        ("[gemini]\nname = 'Mine'", "google", "gemini"),
        ("[mine.env]\nkey = ['OPENAI_API_KEY']", "openai", "mine"),
        ("[mine.env]\nkey = ['OPENAI_BASE_URL']", "openai", "mine"),
        ("[mine.env.fields]\nendpoint = ['OPENAI_API_KEY']", "openai", "mine"),
        ("[a.env]\nkey = ['SAME']\n[b.env]\nkey = ['SAME']", "a", "b"),
        ("[mine.shape]\ncertain = ['gsk_']", "groq", "mine"),
    ] {
        let error = Registry::with_overlay(text).unwrap_err();
        let both = error.message.contains(&format!("`{first}`")) && error.message.contains(&format!("`{second}`"));
        assert!(both, "{text}: {error}");
    }
    for fine in [
        "[mine.env]\nshared = ['OPENAI_API_KEY']",
        "[mine.env]\nkey = ['MINE_KEY']\nfields = { region = ['AWS_REGION'] }",
        "[openai.env]\nkey = ['WORK_OPENAI_KEY']\n[mine.env]\nkey = ['OPENAI_API_KEY']",
        "",
        "# nothing yet\n",
    ] {
        assert!(Registry::with_overlay(fine).is_ok(), "{fine}: {:?}", Registry::with_overlay(fine));
    }
}

#[test]
fn errors_know_their_place_and_are_one_line() {
    for (text, line, column, word) in [
        ("[a]\nname = ", 2, 8, ""),
        ("[a]\nname = 'A'\ncolour = 'red'", 3, 1, "colour"),
        ("[a]\nkind = 'magic'", 2, 8, "magic"),
        ("[a]\n[a.env]\nkey = ['PATH']", 3, 8, "PATH"),
        ("[b]\n\n[a]\nbase_url = 'http://evil.example'", 3, 2, "base_url"),
        ("[a]\nbase_url = 'https://{OTHER}.example'", 1, 2, "OTHER"),
        ("[a.shape]\npattern = '^(x$'", 1, 2, "pattern"),
        ("[a.shape]\npattern = 'x'", 1, 2, "pattern"),
        ("[a.shape]\ncertain = ['x']", 1, 2, "certain"),
        ("[A]\nname = 'A'", 1, 2, "lower-case"),
        ("[a.test]\nurl = 'https://a.example/?key={KEY}'\nstatus = { 200 = 'valid' }", 1, 2, "KEY"),
        ("[a]\nname = \"two\\nlines\"", 1, 2, "one line"),
        ("[a.auth]\nstyle = 'header'", 1, 1, "header"),
    ] {
        let error = Registry::with_overlay(text).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.message.contains(word) && !error.message.contains('\n'), "{text}: {error}");
    }
}

#[test]
fn a_key_for_an_own_address_is_not_tested_at_the_old_one() {
    let registry = Registry::with_overlay(
        "[openai]\nbase_url = 'https://proxy.example/v1'\n[nvidia]\nbase_url = 'https://nim.example/v1'\n\
         [cloudflare-workers-ai]\nbase_url = 'https://cf.example'\n\
         [vercel]\nbase_url = 'https://v.example'\ntest = { url = 'https://v.example/me', status = { 200 = 'valid' } }\n",
    )
    .unwrap();
    assert_eq!(registry.get(&id("openai")).test.unwrap().url, "https://proxy.example/v1/models");
    assert_eq!(registry.get(&id("vercel")).test.unwrap().url, "https://v.example/me");
    for elsewhere in ["nvidia", "cloudflare-workers-ai"] {
        let provider = registry.get(&id(elsewhere));
        assert!(provider.test.is_none() && provider.untestable.is_some(), "{elsewhere}");
    }
}

#[test]
fn no_entry_of_ones_own_says_where_an_admin_key_goes() {
    for text in [
        "[openai.admin]\nwhat = 'x'\nconsole = 'https://a.example'\ndocs = 'https://a.example'",
        "[mine.admin]\nwhat = 'x'\nconsole = 'https://a.example'\ndocs = 'https://a.example'",
    ] {
        let error = Registry::with_overlay(text).unwrap_err();
        assert!(error.message.contains("only the registry says where an admin key may go"), "{error}");
    }
    // Keys at another address are not OpenAI's to make and revoke; an admin key stays one.
    let registry = Registry::with_overlay("[openai]\nbase_url = 'https://gateway.example/v1'").unwrap();
    let admin = registry.get(&id("openai")).admin.unwrap();
    assert!(admin.make.is_none() && admin.list.is_none() && admin.revoke.is_none() && admin.scopes.is_none());
    assert_eq!(registry.claims("OPENAI_ADMIN_KEY")[0].role, Role::Admin);
}
