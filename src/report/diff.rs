use std::io::{self, Write};

use similar::TextDiff;

use super::text::without_control_characters;

/// Writes a unified diff that `patch -p1` and `git apply` read.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write_diff(path: &str, before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    let path = without_control_characters(path.trim_start_matches("./")).replace('\n', "\u{fffd}");
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_writer(out)
}
