//! One request with an admin key: to the one host that the registry names, in a header, and once where it makes
//! something.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use super::{Api, ApiError};
use crate::http::{Answer, Method, Request};
use crate::probe::{Trace, classify, method, percent};
use crate::provider::{Scheme, Test, admin, host};
use crate::verdict::{Cause, Verdict};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(20);

/// A pause before a second try.
const PAUSE: Duration = Duration::from_millis(250);

/// How often it is looked whether somebody wants to stop.
const TICK: Duration = Duration::from_millis(50);

/// The most pages of a list.
const PAGES: usize = 50;

impl Api<'_> {
    /// All items of a list, page by page.
    pub(super) fn items(&self, url: &str, items: &str, page: Option<&admin::Page>) -> Result<Vec<Value>, ApiError> {
        let (mut all, mut from): (Vec<Value>, Option<String>) = (Vec::new(), None);
        for _ in 0..PAGES {
            let url = match (page, &from) {
                (Some(page), Some(from)) => {
                    let mark = if url.contains('?') { '&' } else { '?' };
                    format!("{url}{mark}{}={}", page.parameter, *percent(from))
                }
                _ => url.to_owned(),
            };
            let answer = self.asked(Method::Get, &url, None)?;
            let strange = |says: &str| self.unexpected(says, false);
            let json = answer.ok_or_else(|| strange("an answer that is no JSON"))?;
            let list = json.pointer(items).and_then(Value::as_array);
            let list = list.ok_or_else(|| strange("an answer without a list"))?;
            let known = list.is_empty() || list.iter().any(|item| all.contains(item));
            let next = match page {
                None => None,
                Some(admin::Page { next: None, .. }) => (!known).then(|| (all.len() + list.len()).to_string()),
                Some(admin::Page { next: Some(next), more, .. }) => {
                    let more = more.as_ref().is_none_or(|more| json.pointer(more) == Some(&Value::Bool(true)));
                    let next = json.pointer(next).and_then(Value::as_str).filter(|next| !next.is_empty() && more);
                    if more && next.map(str::to_owned) == from && from.is_some() {
                        return Err(strange("a list that goes round"));
                    }
                    next.map(str::to_owned)
                }
            };
            all.extend(list.iter().filter(|_| !known || page.is_none_or(|page| page.next.is_some())).cloned());
            if next.is_none() {
                return Ok(all);
            }
            from = next;
        }
        Err(self.unexpected("a list without end", false))
    }

    /// Asks, and reads the answer: JSON, or nothing. What only reads or takes away is asked a second time where the fault
    /// may have passed by then.
    pub(super) fn asked(&self, ask: Method, url: &str, body: Option<&str>) -> Result<Option<Value>, ApiError> {
        let first = self.once(ask, url, body);
        match first {
            Err(error) if error.passing && ask != Method::Post => {
                std::thread::sleep(PAUSE);
                self.once(ask, url, body)
            }
            first => first,
        }
    }

    fn once(&self, ask: Method, url: &str, body: Option<&str>) -> Result<Option<Value>, ApiError> {
        let request = self.request(ask, url, body);
        let started = Instant::now();
        let heard = self.runtime.block_on(async {
            let answer = self.client.ask(&request, Instant::now() + LIMIT);
            tokio::pin!(answer);
            loop {
                tokio::select! {
                    heard = &mut answer => return Some(heard),
                    // What makes or takes away is waited for: otherwise nobody knows what came of it.
                    () = tokio::time::sleep(TICK) => if ask == Method::Get && self.watch.stop.load(Ordering::Relaxed) {
                        return None;
                    },
                }
            }
        });
        if let Some(heard) = &heard {
            (self.watch.tell)(&Trace {
                method: request.method.as_str(),
                host: host(url).unwrap_or_default().to_owned(),
                outcome: heard.as_ref().map(|answer| answer.status).map_err(|failure| self.cleaner.line(&failure.says)),
                took: started.elapsed(),
                invented: false,
            });
        }
        match heard {
            None => Err(self.error(Verdict::Unreachable, None, "stopped", false)),
            Some(Err(failure)) => {
                let verdict = if failure.cause.is_some() { Verdict::Unreachable } else { Verdict::Unexpected };
                let error = self.error(verdict, failure.cause, &failure.says, failure.sent);
                Err(ApiError { passing: failure.passing, ..error })
            }
            Some(Ok(mut answer)) => {
                let read = self.read(ask, &answer);
                // It may hold the key that was made.
                answer.body.zeroize();
                read
            }
        }
    }

    fn request(&self, ask: Method, url: &str, body: Option<&str>) -> Request {
        let mut headers: Vec<(String, Zeroizing<String>)> = Vec::new();
        if let Scheme::Header { name, prefix } = &self.home.auth.scheme {
            headers.push((name.clone(), Zeroizing::new(format!("{prefix}{}", self.secret.expose()))));
        }
        let more = self.home.auth.headers.iter();
        headers.extend(more.map(|(name, value)| (name.clone(), Zeroizing::new(value.clone()))));
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), Zeroizing::new("application/json".to_owned())));
        }
        let body = body.map(|body| Zeroizing::new(body.to_owned()));
        Request { method: ask, url: Zeroizing::new(url.to_owned()), headers, body }
    }

    /// Judges an answer by the words of a test, past what stands between the provider and us.
    fn read(&self, ask: Method, answer: &Answer) -> Result<Option<Value>, ApiError> {
        let make = self.entry().make.as_ref().filter(|_| ask == Method::Post && (200..300).contains(&answer.status));
        if let Some(make) = make {
            // Judging an answer leaves copies of it behind, and this one may hold a key.
            let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
            if let Some(json) = json.filter(|json| json.pointer(&make.secret).is_some_and(Value::is_string)) {
                return Ok(Some(json));
            }
        }
        let empty = answer.body.trim_ascii().is_empty();
        let good = [200, 201, 202, 204].map(|status| (status, Verdict::Valid));
        let test = Test {
            status: good.into_iter().chain([(401, Verdict::Invalid), (403, Verdict::Restricted)]).collect(),
            when: Vec::new(),
            // What takes away may have nothing to say.
            plain: empty && ask == Method::Delete,
            ..Test::of_models("")
        };
        let reading = classify(&test, answer);
        if reading.verdict == Verdict::Valid && (200..300).contains(&answer.status) {
            return Ok(serde_json::from_slice(&answer.body).ok());
        }
        let cause = (reading.verdict == Verdict::Unreachable).then_some(Cause::Proxy);
        let says = reading.says.unwrap_or_else(|| format!("status {}", answer.status));
        // A server that broke down, or whose words are not its own, may have done it before.
        let perhaps = answer.status >= 500 || (200..300).contains(&answer.status);
        let error = self.error(reading.verdict, cause, &says, perhaps);
        Err(ApiError { status: Some(answer.status), passing: answer.status >= 500, ..error })
    }

    pub(super) fn unexpected(&self, says: &str, perhaps: bool) -> ApiError {
        self.error(Verdict::Unexpected, None, says, perhaps)
    }

    fn error(&self, verdict: Verdict, cause: Option<Cause>, says: &str, perhaps: bool) -> ApiError {
        let says = self.cleaner.line(says);
        ApiError { provider: self.home.name.clone(), verdict, cause, says, perhaps, status: None, passing: false }
    }

    /// Sends what takes a key away.
    pub(super) fn taken(&self, how: &admin::Revoke, url: &str) -> Result<Option<Value>, ApiError> {
        self.asked(method(how.method), url, how.body.as_deref())
    }
}
