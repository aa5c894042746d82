use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};

use clap::ValueEnum;

use super::failure::Failure;
use crate::report::Screen;

/// The widest that text is set, however wide the terminal is.
const WIDEST: usize = 100;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColourChoice {
    Auto,
    Always,
    Never,
}

/// What standard output can show.
pub(super) fn screen(colour: ColourChoice) -> Screen {
    let terminal = io::stdout().is_terminal();
    let wanted = match colour {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto => {
            terminal
                && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && env::var_os("TERM").is_none_or(|value| value != "dumb")
        }
    };
    let width = terminal
        .then(terminal_size::terminal_size)
        .flatten()
        .map_or(WIDEST, |(width, _)| usize::from(width.0));
    Screen {
        colour: wanted,
        width: width.min(WIDEST),
    }
}

/// Writes results to standard output. A reader that has gone away (`| head`) is no failure.
pub(super) fn write_to_stdout(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unable("could not write the results", error))
        }
        _ => {
            // What is left in the buffer has no reader: dropping the writer must not try again.
            let _ = out.into_parts();
            Ok(())
        }
    }
}

/// Says something on standard error that is no result. Where nobody reads it, nothing is lost.
pub(super) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
