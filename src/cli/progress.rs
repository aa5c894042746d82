use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line on standard error that says what is being done; gone when it is dropped, and never there where standard
/// error is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn start() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// What is done from now on.
    pub(super) fn step(&self, step: &str) {
        self.0
            .set_message(crate::report::without_control_characters(step));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
