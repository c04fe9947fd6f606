//! One key's questions: the test, once more where that may help, and a second one with an invented key where a good
//! answer alone proves nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::classify::{Reading, classify};
use super::clean::Cleaner;
use super::fill::invented;
use super::target::{Kept, Target};
use super::{Event, TIMEOUT, Trace, kept};
use crate::http::{Answer, Client, Failure};
use crate::secret::Secret;
use crate::verdict::{Cause, Facts, Tested, Verdict};

/// No `Retry-After` is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// A pause before a second try: at least this, and at most twice as long, so that a thousand keys do not come at once.
const PAUSE: Duration = Duration::from_millis(150);

/// A key on its way to its verdict.
pub(super) struct Asker {
    pub(super) at: usize,
    pub(super) client: Client,
    pub(super) target: Arc<Target>,
    pub(super) secret: Secret,
    pub(super) limit: Duration,
    pub(super) now: Timestamp,
    pub(super) events: UnboundedSender<Event>,
}

impl Target {
    /// The time that a key of this provider has.
    pub(super) fn limit(&self) -> Duration {
        self.test.timeout.map_or(TIMEOUT, |seconds| Duration::from_secs(seconds.into()))
    }
}

/// What came of one question.
type Heard = Result<Answer, Failure>;

impl Asker {
    pub(super) async fn ask(self) {
        let started = Instant::now();
        let tested = match self.verdict(started + self.limit).await {
            Ok((reading, cause, cleaner)) => {
                let Reading { verdict, says, facts } = reading.cleaned(&cleaner);
                let ms = u64::try_from(started.elapsed().as_millis()).ok();
                Tested { verdict, cause, at: self.now, ms, says, facts, since: None }
            }
            Err(Kept::Untestable(says)) => kept(Verdict::Untestable, says, self.now),
            Err(Kept::Hopeless(says)) => kept(Verdict::Invalid, says, self.now),
        };
        let _ = self.events.send(Event::Done(self.at, Box::new(tested)));
    }

    async fn verdict(&self, end: Instant) -> Result<(Reading, Option<Cause>, Cleaner), Kept> {
        let (_, derived) = self.target.request(&self.secret, false)?;
        let cleaner = Cleaner::new(&self.secret, &derived);
        let (mut reading, mut cause) = self.read(self.patiently(&self.secret, false, end, &cleaner).await?);
        let second = self.target.second.as_ref().filter(|second| {
            if second.if_missing {
                reading.says.as_deref() == Some(MISSING)
            } else {
                reading.verdict == Verdict::Invalid
            }
        });
        let at_second = second.is_some();
        if at_second {
            let (other, why) = self.read(self.patiently(&self.secret, true, end, &cleaner).await?);
            if other.verdict != Verdict::Invalid || reading.verdict != Verdict::Invalid {
                (reading, cause) = (other, why);
            }
        }
        if self.target.test.unproven && reading.verdict.is_accepted() {
            let heard = self.once(&invented(&self.secret), at_second, end, &cleaner, true).await?;
            let status = heard.as_ref().map_or(0, |answer| answer.status);
            let (control, why) = self.read(heard);
            (reading, cause) = doubted(reading, &control, status, why);
        }
        if reading.verdict.is_accepted() && reading.facts.expires.is_some_and(|end| end <= self.now) {
            reading.verdict = Verdict::Expired;
        }
        Ok((reading, cause, cleaner))
    }

    fn read(&self, heard: Heard) -> (Reading, Option<Cause>) {
        match heard {
            Ok(answer)
                if answer.status == 404 && self.target.second.as_ref().is_some_and(|second| second.if_missing) =>
            {
                (
                    Reading { verdict: Verdict::Unexpected, says: Some(MISSING.to_owned()), facts: Facts::default() },
                    None,
                )
            }
            Ok(answer) => {
                let reading = classify(&self.target.test, &answer);
                let cause = (reading.verdict == Verdict::Unreachable).then_some(Cause::Proxy);
                (reading, cause)
            }
            Err(Failure { cause, says, .. }) => {
                let verdict = if cause.is_some() { Verdict::Unreachable } else { Verdict::Unexpected };
                (Reading { verdict, says: Some(says), facts: Facts::default() }, cause)
            }
        }
    }

    /// Asks, and asks once more where the fault may have passed by then.
    async fn patiently(&self, secret: &Secret, second: bool, end: Instant, cleaner: &Cleaner) -> Result<Heard, Kept> {
        let heard = self.once(secret, second, end, cleaner, false).await?;
        let pause = match &heard {
            // What may be billed is not sent twice.
            _ if self.target.test.costs.is_some() => None,
            Err(failure) => failure.passing.then(jitter),
            Ok(answer) => match (answer.status, retry_after(answer)) {
                (429 | 500..=599, Some(wait)) => Some(wait),
                (500..=599, None) => Some(jitter()),
                _ => None,
            },
        };
        match pause {
            Some(pause) if pause <= PATIENCE && Instant::now() + pause < end => {
                tokio::time::sleep(pause).await;
                self.once(secret, second, end, cleaner, false).await
            }
            _ => Ok(heard),
        }
    }

    /// Asks one time.
    async fn once(
        &self,
        secret: &Secret,
        second: bool,
        end: Instant,
        cleaner: &Cleaner,
        invented: bool,
    ) -> Result<Heard, Kept> {
        let (request, _) = self.target.request(secret, second)?;
        let started = Instant::now();
        let heard = self.client.ask(&request, end).await;
        let trace = Trace {
            method: request.method.as_str(),
            host: self.target.host.clone(),
            outcome: heard.as_ref().map(|answer| answer.status).map_err(|failure| cleaner.line(&failure.says)),
            took: started.elapsed(),
            invented,
        };
        let _ = self.events.send(Event::Asked { at: self.at, trace });
        Ok(heard)
    }
}

/// What is said where a guessed address is not there.
const MISSING: &str = "there is no list of models at this address";

/// What a good answer is worth, once it is known how the server takes a key that nobody issued: its answer to that one,
/// and what kept it from coming.
fn doubted(reading: Reading, control: &Reading, status: u16, why: Option<Cause>) -> (Reading, Option<Cause>) {
    let facts = reading.facts.clone();
    let says = |verdict, says: &str| Reading { verdict, says: Some(says.to_owned()), facts };
    match (reading.verdict, control.verdict) {
        (_, control) if control.is_refused() => (reading, None),
        // Nothing but the key was another, so the server looks at it, in whatever words it says no.
        (Verdict::Valid, _) if matches!(status, 400..=403 | 422) => (reading, None),
        (Verdict::Restricted, Verdict::Restricted | Verdict::Blocked) => {
            (says(Verdict::Blocked, "every key is turned away there, right or wrong"), None)
        }
        (Verdict::RateLimited, Verdict::RateLimited) => {
            (says(Verdict::Unexpected, "every key is asked to wait there, right or wrong"), None)
        }
        (_, accepted) if accepted.is_accepted() => {
            (says(Verdict::Untestable, "it answers whatever the key, which proves none"), None)
        }
        (_, verdict) => (says(verdict, "it could not be made sure that a wrong key is refused there"), why),
    }
}

/// What the server asks to wait, in whole seconds; dates are not read, for the clocks may differ.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn jitter() -> Duration {
    let mut random = [0; 1];
    let _ = getrandom::fill(&mut random);
    PAUSE + PAUSE.mul_f64(f64::from(random[0]) / 255.0)
}
