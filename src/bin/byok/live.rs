//! What is being waited for, shown on a terminal while it lasts: one line a key, and a count under them.

use std::collections::BTreeMap;
use std::time::Duration;

use byok::probe::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ui::{Ui, washed};

/// More lines than these would push the rest off a small terminal.
const LINES: usize = 16;

/// How often the signs of life move.
const TICK: Duration = Duration::from_millis(100);

/// A display that is gone when it is dropped. Where standard error is no terminal, it shows nothing.
pub(crate) struct Live<'a> {
    ui: &'a Ui,
    names: &'a [String],
    bars: Option<MultiProgress>,
    running: BTreeMap<usize, ProgressBar>,
    count: Option<ProgressBar>,
    done: usize,
}

impl<'a> Live<'a> {
    pub(crate) fn new(ui: &'a Ui, names: &'a [String]) -> Self {
        let bars = ui.is_live().then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        let count = bars.as_ref().filter(|_| names.len() > 1).map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner().with_style(style("{msg}")));
            bar.set_message(format!("0 of {} tested", names.len()));
            bar
        });
        Self { ui, names, bars, running: BTreeMap::new(), count, done: 0 }
    }

    /// Takes note of what happened.
    pub(crate) fn hear(&mut self, event: &Event) {
        let Some(bars) = &self.bars else { return };
        match event {
            Event::Begun(at) if self.running.len() < LINES => {
                let bar = ProgressBar::new_spinner().with_style(style("{spinner} {msg}  {elapsed}"));
                let bar = match &self.count {
                    Some(count) => bars.insert_before(count, bar),
                    None => bars.add(bar),
                };
                bar.set_message(washed(&self.names[*at]));
                bar.enable_steady_tick(TICK);
                self.running.insert(*at, bar);
            }
            Event::Done(at, _) => {
                if let Some(bar) = self.running.remove(at) {
                    bar.finish_and_clear();
                }
                self.done += 1;
                if let Some(count) = &self.count {
                    count.set_message(format!("{} of {} tested", self.done, self.names.len()));
                }
            }
            Event::Begun(_) | Event::Asked { .. } => {}
        }
    }

    /// Prints a line that stays.
    pub(crate) fn above(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| self.ui.say(line)),
            None => self.ui.say(line),
        }
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        for bar in self.running.values().chain(&self.count) {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let plain = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    plain.tick_chars("-\\|/ ")
}
