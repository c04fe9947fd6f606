//! What an answer says of a key: a pure function of the provider's entry and the answer.

use serde_json::Value;

use super::clean::Cleaner;
use super::facts;
use crate::http::Answer;
use crate::provider::Test;
use crate::secret::Secret;
use crate::verdict::{Facts, Verdict};

/// What an answer says of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The verdict.
    pub verdict: Verdict,
    /// The same for people: the entry's own words, or the provider's. Neither washed nor free of the key yet.
    pub says: Option<String>,
    /// What it tells besides, if the key was accepted.
    pub facts: Facts,
}

impl Reading {
    /// The same, washed of what could steer a terminal and free of the key.
    pub(super) fn cleaned(self, cleaner: &Cleaner) -> Self {
        let says = self.says.map(|says| cleaner.line(&says)).filter(|says| !says.is_empty());
        Self { verdict: self.verdict, says, facts: cleaner.facts(self.facts) }
    }
}

/// What an answer to a request with this key says of it, washed and free of the key: all that is ever shown or kept.
pub fn read(test: &Test, answer: &Answer, secret: &Secret) -> Reading {
    classify(test, answer).cleaned(&Cleaner::new(secret, &[]))
}

/// What answers mean whoever gives them, after the entry's own rules: status, what the body holds without white
/// space and in lower case, verdict.
const COMMON: [(u16, &str, Verdict); 6] = [
    (429, "insufficient_quota", Verdict::NoCredit),
    (429, "insufficientbalance", Verdict::NoCredit),
    (429, "credit_balance_exhausted", Verdict::NoCredit),
    (403, "country,region,orterritory", Verdict::Blocked),
    (403, "unsupported_country", Verdict::Blocked),
    (451, "", Verdict::Blocked),
];

/// What status 511 means.
const PORTAL: &str = "this network wants a login first";

/// Reads an answer. A network or server fault is never a bad key, and a 200 is read, not trusted.
pub fn classify(test: &Test, answer: &Answer) -> Reading {
    let plain = |verdict, says: String| Reading { verdict, says: Some(says), facts: Facts::default() };
    if answer.header("content-encoding").is_some_and(|encoding| encoding != "identity") {
        return plain(Verdict::Unexpected, "a compressed answer, which byok did not ask for".to_owned());
    }
    let body = String::from_utf8_lossy(&answer.body);
    let squeezed = squeeze(&body);
    let when = test.when.iter().find(|when| {
        when.status.is_none_or(|status| status == answer.status) && squeezed.contains(&squeeze(&when.contains))
    });
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let message = json.as_ref().and_then(message);
    let (verdict, says) = match when {
        Some(when) => (when.verdict, when.says.clone()),
        None => match by_status(test, answer, &squeezed) {
            Ok(verdict) => (verdict, None),
            Err((verdict, says)) => return plain(verdict, says),
        },
    };
    let good = when.is_none() && verdict.is_accepted() && (200..300).contains(&answer.status);
    if let Some(says) = good.then(|| doubt(test, answer, json.as_ref())).flatten() {
        return plain(Verdict::Unexpected, says);
    }
    let says = match (verdict, says, message) {
        // Its answer to a good key is no message.
        (Verdict::Valid, says, _) => says,
        (Verdict::Restricted, Some(says), Some(message)) => Some(format!("{says} ({message})")),
        (_, Some(says), _) => Some(says),
        (_, None, Some(message)) => Some(message),
        (_, None, None) => Some(format!("status {}", answer.status)),
    };
    // What an error holds is no list of models.
    let told = json.as_ref().filter(|_| (200..300).contains(&answer.status));
    let known = if verdict.is_accepted() { facts::read(&test.tells, answer, told) } else { Facts::default() };
    // Of a limit that is told, nothing is left: the next request will be refused.
    let spent = known.limit.is_some() && known.credit.is_some_and(|credit| credit <= 0.0);
    let verdict = if verdict == Verdict::Valid && spent { Verdict::NoCredit } else { verdict };
    Reading { verdict, says, facts: known }
}

/// What the status says, past what stands between the provider and us.
fn by_status(test: &Test, answer: &Answer, squeezed: &str) -> Result<Verdict, (Verdict, String)> {
    let status = answer.status;
    let lower = squeezed.to_lowercase();
    if let Some((_, _, verdict)) = COMMON.iter().find(|(code, text, _)| *code == status && lower.contains(text)) {
        return Ok(*verdict);
    }
    if is_page(answer, squeezed) && !test.plain {
        return Err(match status {
            511 => (Verdict::Unexpected, PORTAL.to_owned()),
            500..=599 => (Verdict::ProviderDown, format!("status {status}")),
            _ => (Verdict::Unexpected, format!("a web page (status {status}), as a login page or a firewall sends")),
        });
    }
    match status {
        300..=399 => {
            let to =
                answer.header("location").and_then(|to| to.split("://").nth(1)).and_then(|to| to.split('/').next());
            let to = to.map(|host| format!(" to {host}")).unwrap_or_default();
            Err((Verdict::Unexpected, format!("a redirect{to}, which byok does not follow")))
        }
        511 => Err((Verdict::Unexpected, PORTAL.to_owned())),
        407 => Err((Verdict::Unreachable, "the proxy asks for a login".to_owned())),
        _ => Ok(test.verdict(status)),
    }
}

/// Why a good status does not prove the key.
fn doubt(test: &Test, answer: &Answer, json: Option<&Value>) -> Option<String> {
    if answer.cut {
        // Of an answer that is only partly here, the beginning must do, and no rule about its body can be held.
        let begins = answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
        let read = test.when.iter().any(|when| when.status.is_none_or(|status| status == answer.status));
        return match begins {
            Some(b'{' | b'[') if !read => None,
            _ if test.plain => None,
            _ => Some("an answer without end".to_owned()),
        };
    }
    if test.plain {
        return None;
    }
    let Some(json) = json else {
        return Some("an answer that is no JSON".to_owned());
    };
    let error = json.get("error").filter(|error| !is_empty(error));
    if error.is_some() || json.get("success") == Some(&Value::Bool(false)) {
        let says = message(json).unwrap_or_else(|| "an error".to_owned());
        return Some(format!("status {}, but an error: {says}", answer.status));
    }
    let held = test.holds.as_deref().is_none_or(|place| json.pointer(place).is_some_and(|value| !is_empty(value)));
    (!held).then(|| "an answer of another shape".to_owned())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// Whether this is a web page, by what it is called or by how it begins.
fn is_page(answer: &Answer, squeezed: &str) -> bool {
    let named = answer.header("content-type").is_some_and(|name| name.to_lowercase().starts_with("text/html"));
    let start: String = squeezed.chars().take(14).collect::<String>().to_lowercase();
    let opens = start.starts_with("<!doctypehtml") || start.starts_with("<html");
    opens || (named && !start.starts_with(['{', '[']))
}

/// The provider's own words for what is wrong.
fn message(json: &Value) -> Option<String> {
    const PLACES: [&str; 14] = [
        "/error/message",
        "/error/msg",
        "/error",
        "/message",
        "/detail/message",
        "/detail",
        "/detail/0/msg",
        "/errors/0/message",
        "/errors/0/detail",
        "/errors/0",
        "/msg",
        "/base_resp/status_msg",
        "/error_description",
        "/reason",
    ];
    /// Longer than any sentence for people, in characters.
    const LONG: usize = 2000;
    let said = PLACES.iter().find_map(|place| json.pointer(place)?.as_str().filter(|text| !text.trim().is_empty()))?;
    Some(said.chars().take(LONG).collect())
}

/// The text without white space, so that `"a": 1` and `"a":1` are one.
fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(test: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Reading {
        let test: Test = toml::from_str(&format!("url = 'https://a.b'\n{test}")).unwrap();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        classify(&test, &Answer { status, headers, body: body.into(), cut: false })
    }

    const PLAIN: &str = "status = { 200 = 'valid', 401 = 'invalid', 403 = 'restricted' }";

    #[test]
    fn a_good_status_is_read_before_it_is_believed() {
        for (body, verdict) in [
            ("{\"data\":[]}", Verdict::Valid),
            ("[]", Verdict::Valid),
            ("", Verdict::Unexpected),
            ("OK", Verdict::Unexpected),
            ("{\"data\":", Verdict::Unexpected),
            ("<html><body>Welcome to the airport", Verdict::Unexpected),
            ("{\"error\":{\"message\":\"no\"}}", Verdict::Unexpected),
            ("{\"success\":false}", Verdict::Unexpected),
            ("{\"error\":null,\"data\":1}", Verdict::Valid),
        ] {
            assert_eq!(read(PLAIN, 200, &[], body).verdict, verdict, "{body}");
        }
        let holds = "holds = '/data'\nstatus = { 200 = 'valid' }";
        for (body, verdict) in [("{\"data\":[1]}", Verdict::Valid), ("{\"data\":[]}", Verdict::Unexpected)] {
            assert_eq!(read(holds, 200, &[], body).verdict, verdict, "{body}");
        }
    }

    #[test]
    fn what_stands_between_is_never_a_bad_key() {
        let page = [("content-type", "text/html; charset=utf-8")];
        for (status, headers, body, verdict) in [
            (401, &page[..], "<html>sign in", Verdict::Unexpected),
            (403, &page, "blocked by the firewall", Verdict::Unexpected),
            (502, &page, "<html>Bad Gateway", Verdict::ProviderDown),
            (302, &[("location", "https://portal.example/login")], "", Verdict::Unexpected),
            (407, &[], "", Verdict::Unreachable),
            (500, &[], "{}", Verdict::ProviderDown),
            (404, &[], "{}", Verdict::Unexpected),
            (401, &[], "{}", Verdict::Invalid),
            (200, &[("content-encoding", "gzip")], "{}", Verdict::Unexpected),
            (429, &[], "{\"error\":{\"code\": \"insufficient_quota\"}}", Verdict::NoCredit),
            (403, &[], "{\"message\":\"Country, region, or territory not supported\"}", Verdict::Blocked),
        ] {
            assert_eq!(read(PLAIN, status, headers, body).verdict, verdict, "{status} {body}");
        }
        let redirect = read(PLAIN, 302, &[("location", "https://portal.example/login?k=1")], "");
        assert_eq!(redirect.says.unwrap(), "a redirect to portal.example, which byok does not follow");
    }

    #[test]
    fn an_answer_without_end_proves_only_what_its_status_proves() {
        let cut = |test: &str, body: &str| {
            let test: Test = toml::from_str(&format!("url = 'https://a.b'\n{test}")).unwrap();
            classify(&test, &Answer { status: 200, body: body.into(), cut: true, ..Answer::default() }).verdict
        };
        assert_eq!(cut(PLAIN, "{\"data\":[{\"id\""), Verdict::Valid);
        assert_eq!(cut(PLAIN, "aaaaaaaa"), Verdict::Unexpected);
        let read = format!("{PLAIN}\nwhen = [{{ status = 200, contains = 'blocked', verdict = 'revoked' }}]");
        assert_eq!(cut(&read, "{\"data\":[{\"id\""), Verdict::Unexpected);
    }

    #[test]
    fn the_entry_comes_first_and_its_words_are_given() {
        let rules = format!(
            "{PLAIN}\nwhen = [{{ status = 403, contains = '\"scope\": 1', verdict = 'restricted', says = 'no models' }}]"
        );
        let reading = read(&rules, 403, &[], "{\"scope\":1,\"message\":\"Missing scopes: a\"}");
        assert_eq!(reading.says.unwrap(), "no models (Missing scopes: a)");
    }
}
