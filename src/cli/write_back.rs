use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Replaces a file's text in one step, so that a crash leaves the old one or the new one. A byte order mark and the
/// permissions stay; a link stays a link.
pub(super) fn write_back(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let before = fs::read(&path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    if before.starts_with(BYTE_ORDER_MARK) && !text.as_bytes().starts_with(BYTE_ORDER_MARK) {
        file.write_all(BYTE_ORDER_MARK)?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path)?;
    Ok(())
}
