//! What an answer tells besides the verdict, read from where the provider's entry says.

use jiff::Timestamp;
use serde_json::Value;

use crate::http::Answer;
use crate::provider::Tells;
use crate::verdict::Facts;

/// The most scopes that are kept, and the longest text, in characters.
const MANY: usize = 32;
const LONG: usize = 120;

/// What is left of a limit may hide in one of these, whoever answers.
const LEFT: [&str; 3] =
    ["x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining", "x-ratelimit-remaining"];

pub(super) fn read(tells: &Tells, answer: &Answer, json: Option<&Value>) -> Facts {
    let at = |place: &Option<String>| value(place.as_deref()?, answer, json);
    let divisor = f64::from(tells.divisor.unwrap_or(1));
    let amount = |place: &Option<String>| number(&at(place)?).map(|amount| amount / divisor);
    let words = |place: &Option<String>| text(&at(place)?);
    let (limit, used) = (amount(&tells.limit), amount(&tells.used));
    let credit = amount(&tells.credit).or_else(|| Some(limit? - used?));
    let unit = match tells.unit.as_deref() {
        Some(place) if place.starts_with('/') => words(&tells.unit),
        literal => literal.map(str::to_owned),
    };
    let left = at(&tells.requests_left)
        .or_else(|| LEFT.iter().find_map(|name| answer.header(name)).map(|left| Value::String(left.to_owned())));
    let length = |value: Value| match value {
        Value::Array(list) => Some(list.len()),
        Value::Object(map) => Some(map.len()),
        _ => None,
    };
    Facts {
        unit: unit.filter(|_| credit.or(limit).or(used).is_some()),
        credit,
        limit,
        used,
        expires: at(&tells.expires).as_ref().and_then(time),
        owner: words(&tells.owner),
        organisation: words(&tells.organisation),
        project: words(&tells.project),
        plan: words(&tells.plan),
        scopes: at(&tells.scopes).map(scopes).unwrap_or_default(),
        models: at(&tells.models).and_then(length).and_then(|count| u64::try_from(count).ok()),
        admin: tells.admin.iter().any(|place| json.and_then(|json| json.pointer(place)) == Some(&Value::Bool(true))),
        requests_left: left.as_ref().and_then(whole).and_then(|left| u64::try_from(left).ok()),
    }
}

/// What stands at a JSON pointer, or in the header of that name.
fn value(place: &str, answer: &Answer, json: Option<&Value>) -> Option<Value> {
    if place.is_empty() || place.starts_with('/') {
        return json?.pointer(place).filter(|value| !value.is_null()).cloned();
    }
    answer.header(&place.to_lowercase()).map(|text| Value::String(text.to_owned()))
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().trim_start_matches('$').replace(',', "").parse().ok(),
        value => value.as_f64(),
    };
    number.filter(|number: &f64| number.is_finite())
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then(|| text.chars().take(LONG).collect())
}

/// A list of texts, or one text with blanks or commas between.
fn scopes(value: Value) -> Vec<String> {
    let mut all: Vec<String> = match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        Value::String(text) => text.split([' ', ',']).filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    all.truncate(MANY);
    all
}

/// RFC 3339, a day, or seconds or milliseconds since 1970.
fn time(value: &Value) -> Option<Timestamp> {
    /// Later than this in seconds is the year 5138; in milliseconds, it was in 1973.
    const MILLISECONDS: i64 = 100_000_000_000;
    if let Value::String(text) = value {
        let full = if text.len() == "2027-01-01".len() { format!("{text}T00:00:00Z") } else { text.clone() };
        if let Ok(time) = full.parse() {
            return Some(time);
        }
    }
    let seconds = whole(value).filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(if seconds > MILLISECONDS { seconds / 1000 } else { seconds }).ok()
}

/// A whole number, as a number or as a text.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(tells: &str, body: &str) -> Facts {
        let answer = Answer { headers: vec![("x-org".into(), "acme".into())], ..Answer::default() };
        read(&toml::from_str(tells).unwrap(), &answer, serde_json::from_str(body).ok().as_ref())
    }

    #[test]
    fn amounts_are_numbers_or_texts_and_what_is_left_is_reckoned() {
        let tells = "limit = '/limit'\nused = '/used'\nunit = 'USD'";
        let found = facts(tells, "{\"limit\":10,\"used\":\"5.75\"}");
        assert_eq!((found.credit, found.unit.as_deref()), (Some(4.25), Some("USD")));
        assert_eq!(facts(tells, "{\"limit\":null,\"used\":3}").credit, None);
        assert_eq!(facts("credit = '/c'\ndivisor = 100\nunit = '/u'", "{\"c\":431,\"u\":\"CNY\"}").credit, Some(4.31));
        assert_eq!(facts("credit = '/c'\nunit = 'USD'", "{}"), Facts::default());
    }

    #[test]
    fn times_lists_and_headers_are_read() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let expires = |body: &str| facts("expires = '/e'", body).expires;
        assert_eq!(expires("{\"e\":\"2027-01-01T00:00:00+00:00\"}"), at("2027-01-01T00:00:00Z"));
        assert_eq!(expires("{\"e\":\"2027-01-01\"}"), at("2027-01-01T00:00:00Z"));
        assert_eq!(expires("{\"e\":1798761600}"), at("2027-01-01T00:00:00Z"));
        assert_eq!(expires("{\"e\":1798761600000}"), at("2027-01-01T00:00:00Z"));
        assert_eq!(expires("{\"e\":\"soon\"}"), None);
        let found =
            facts("organisation = 'X-Org'\nmodels = '/data'\nscopes = '/s'", "{\"data\":[1,2],\"s\":\"read write\"}");
        assert_eq!((found.organisation.as_deref(), found.models), (Some("acme"), Some(2)));
        assert_eq!(found.scopes, ["read", "write"]);
    }
}
