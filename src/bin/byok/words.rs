//! Verdicts, and what answers tell besides, in words.

use byok::verdict::{Facts, Tested, Verdict};
use jiff::Timestamp;

use crate::time::in_words;

/// How many there are of something: `1 key`, `2 keys`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What a test says beside its verdict.
pub(crate) fn says(tested: &Tested, now: Timestamp) -> String {
    let cause = tested.cause.map(|cause| format!("{}: ", cause.as_str())).unwrap_or_default();
    let own = tested.says.as_ref().map(|says| format!("{cause}{says}"));
    own.into_iter().chain(facts(&tested.facts, now)).collect::<Vec<_>>().join(", ")
}

/// The verdict with everything beside it, in one line.
pub(crate) fn sentence(tested: &Tested, now: Timestamp) -> String {
    let says = says(tested, now);
    if says.is_empty() { tested.verdict.to_string() } else { format!("{}, {says}", tested.verdict) }
}

/// A later test that learnt nothing, where there was one.
pub(crate) fn since(tested: &Tested, now: Timestamp) -> Option<String> {
    let since = tested.since.as_ref()?;
    let cause = since.cause.map(|cause| format!(", {}", cause.as_str())).unwrap_or_default();
    let says = since.says.as_ref().map(|says| format!(": {says}")).unwrap_or_default();
    Some(format!("{}{cause}{says} ({})", since.verdict, in_words(since.at, now)))
}

/// How long a test took; nothing where nobody was asked.
pub(crate) fn took(tested: &Tested) -> String {
    let shown = matches!(tested.verdict, Verdict::Unreachable);
    let ms = tested.ms.filter(|_| !shown && tested.verdict != Verdict::Untestable);
    ms.map(|ms| if ms < 10_000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) })
        .unwrap_or_default()
}

fn facts(facts: &Facts, now: Timestamp) -> Vec<String> {
    /// More scopes than these fill the line.
    const SCOPES: usize = 3;
    let unit = facts.unit.as_deref().unwrap_or_default();
    let money = |amount: f64| amount_of(amount, unit);
    let mut parts = Vec::new();
    match (facts.credit, facts.limit, facts.used) {
        (Some(credit), Some(limit), _) => parts.push(format!("{} of {} left", money(credit), money(limit))),
        (Some(credit), None, _) => parts.push(format!("{} left", money(credit))),
        (None, Some(limit), _) => parts.push(format!("limit {}", money(limit))),
        (None, None, Some(used)) => parts.push(format!("{} used", money(used))),
        (None, None, None) => {}
    }
    if let Some(end) = facts.expires {
        parts.push(format!("{} {}", if end <= now { "expired" } else { "expires" }, in_words(end, now)));
    }
    let named = [
        ("organisation", &facts.organisation),
        ("project", &facts.project),
        ("owner", &facts.owner),
        ("plan", &facts.plan),
    ];
    parts.extend(named.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))));
    if !facts.scopes.is_empty() {
        let shown = facts.scopes.iter().take(SCOPES).cloned().collect::<Vec<_>>().join(" ");
        let more = facts.scopes.len().saturating_sub(SCOPES);
        parts.push(format!("scopes {shown}{}", if more > 0 { format!(" +{more}") } else { String::new() }));
    }
    if let Some(models) = facts.models {
        parts.push(format!("{models} model{}", if models == 1 { "" } else { "s" }));
    }
    if let Some(left) = facts.requests_left {
        parts.push(format!("{left} request{} left", if left == 1 { "" } else { "s" }));
    }
    parts
}

/// An amount with its sign, or its unit.
fn amount_of(amount: f64, unit: &str) -> String {
    let sign = match unit {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "CNY" => "¥",
        _ => "",
    };
    if amount.abs() >= 1e12 {
        return format!("{amount:e} {unit}").trim_end().to_owned();
    }
    let whole = amount.fract().abs() < f64::EPSILON && sign.is_empty();
    let number = if whole { format!("{amount:.0}") } else { format!("{:.2}", amount.abs()) };
    let minus = if amount < 0.0 && !whole { "-" } else { "" };
    let unit = if sign.is_empty() && !unit.is_empty() { format!(" {unit}") } else { String::new() };
    format!("{minus}{sign}{number}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        for (amount, unit, shown) in [
            (4.31, "USD", "$4.31"),
            (10.0, "USD", "$10.00"),
            (-0.5, "EUR", "-€0.50"),
            (1200.0, "characters", "1200 characters"),
            (3.5, "credits", "3.50 credits"),
            (7.0, "", "7"),
        ] {
            assert_eq!(amount_of(amount, unit), shown);
        }
    }
}
