//! Ctrl-C ends the statement that runs, not the prompt; and a process that is told to end leaves no database behind on a
//! server of the user's own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What ends the work that is being done.
type Interrupt = Box<dyn Fn() + Send>;

/// Handles the signals that a terminal sends; made once in a process.
#[derive(Clone, Default)]
pub(super) struct Signals {
    running: Arc<Mutex<Option<Interrupt>>>,
    interrupted: Arc<AtomicBool>,
}

/// Some work that Ctrl-C can end.
pub(super) struct Running<'a>(&'a Signals);

impl Signals {
    /// From now on they are handled; where the system has no such signals, nothing happens.
    pub(super) fn handle() -> Self {
        let signals = Self::default();
        signals.listen();
        signals
    }

    #[cfg(unix)]
    fn listen(&self) {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let this = self.clone();
        let Ok(mut arriving) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])
        else {
            return;
        };
        std::thread::spawn(move || {
            for signal in arriving.forever() {
                if signal == SIGINT
                    && let Some(interrupt) = this.lock().as_ref()
                {
                    this.interrupted.store(true, Ordering::SeqCst);
                    interrupt();
                    continue;
                }
                crate::exercise::drop_native_databases();
                // Servers of our own see the end of this process, and end too.
                std::process::exit(128 + signal);
            }
        });
    }

    #[cfg(not(unix))]
    fn listen(&self) {}

    fn lock(&self) -> MutexGuard<'_, Option<Interrupt>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until the value's end, Ctrl-C calls `interrupt`.
    pub(super) fn interrupting(&self, interrupt: Interrupt) -> Running<'_> {
        self.interrupted.store(false, Ordering::SeqCst);
        *self.lock() = Some(interrupt);
        Running(self)
    }
}

impl Running<'_> {
    /// The work is over. Whether it was interrupted.
    pub(super) fn end(self) -> bool {
        self.0.interrupted.load(Ordering::SeqCst)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}
