//! What is to be done about keys, said on a terminal: one line, once a day, and never in the way.

use byok::disk;
use byok::profile::Profile;
use byok::resolve::day;
use jiff::SignedDuration;

use crate::cli::Verb;
use crate::session::Session;
use crate::time::in_words;

/// A key that ends within this time is told of.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The largest note of what was said that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

impl Verb {
    /// Whether a notice may come after this verb. Not where another program's screen would be hit, or where the same is
    /// told anyway.
    pub(crate) fn may_notice(&self) -> bool {
        matches!(self, Self::Env(_) | Self::List(_) | Self::Show(_) | Self::Edit(_) | Self::Use(_) | Self::Rm(_))
    }
}

impl Session<'_> {
    /// Whether this has not been said today. It counts as said from now on; where that cannot be noted, it is said again.
    pub(crate) fn is_news(&self, what: &str, sentence: &str) -> bool {
        self.is_new(what, &format!("{}\n{sentence}", day(self.now)))
    }

    /// Whether something else, or nothing, was said of this the last time.
    pub(crate) fn is_new(&self, what: &str, note: &str) -> bool {
        let folder = self.folders.state.join("said");
        let path = folder.join(what);
        let said = disk::read_private(&path, LIMIT).ok().flatten();
        if said.is_some_and(|said| *said == note.as_bytes()) {
            return false;
        }
        let _ = disk::make_folder(&folder).and_then(|()| disk::note(&path, note.as_bytes()));
        true
    }

    /// Looks at what a notice would say of the meant profile, if there is a person to read it.
    pub(crate) fn look_for_notice(&self, profile: &Profile) {
        if self.ui.is_live() && self.settings.notices != Some(false) {
            self.notice.replace(self.notice_of(profile));
        }
    }

    /// Says it, unless one was said today.
    pub(crate) fn tell_notice(&self) {
        if let Some(sentence) = self.notice.take()
            && self.is_news("notice", "")
        {
            self.ui.say(&format!("byok: note: {sentence}"));
        }
    }

    /// What is to be done, with the most urgent key by name.
    fn notice_of(&self, profile: &Profile) -> Option<String> {
        let (mut first, mut ending, mut due) = (None, 0, Vec::new());
        for key in profile.keys().iter().filter(|key| !key.disabled && !key.expired(self.now)) {
            if let Some(end) = key.ends().filter(|end| end.duration_since(self.now) <= SOON && key.wiped.is_none()) {
                ending += 1;
                if first.is_none_or(|(sooner, _)| end < sooner) {
                    first = Some((end, key));
                }
            }
            if self.rotate_after(key).is_some_and(|days| key.rotation_due(days) <= self.now) {
                due.push(key);
            }
        }
        let more = |count: usize| if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
        let ending = first.map(|(end, key)| {
            format!("`{}`{} expires {}", profile.display(key), more(ending), in_words(end, self.now))
        });
        let due = due.first().map(|key| format!("`{}`{} is due for rotation", profile.display(key), more(due.len())));
        let parts: Vec<String> = ending.into_iter().chain(due).collect();
        (!parts.is_empty()).then(|| format!("{}; see `byok status`", parts.join(", ")))
    }
}
