use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::SandboxError;

/// Room in memory that makes us put the data there.
#[cfg(target_os = "linux")]
const ENOUGH_BYTES: u64 = 4 << 30;

/// A new folder for data that nobody keeps: in memory where there is plenty, as the engine waits for the disk at each
/// file that it closes (creating a database takes 0.2 s in memory, seconds on a busy disk).
///
/// # Errors
/// Where no folder can be made.
pub fn folder() -> Result<TempDir, SandboxError> {
    let make = |parent: &Path| {
        tempfile::Builder::new()
            .prefix("whyslow-")
            .tempdir_in(parent)
    };
    if let Some(folder) = memory().and_then(|parent| make(&parent).ok()) {
        return Ok(folder);
    }
    let parent = std::env::temp_dir();
    make(&parent).map_err(|source| SandboxError::File {
        what: "cannot make a temporary folder in",
        path: parent.clone(),
        source,
    })
}

#[cfg(target_os = "linux")]
fn memory() -> Option<PathBuf> {
    let folder = PathBuf::from("/dev/shm");
    let room = rustix::fs::statvfs(&folder).ok()?;
    let available = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes: u64 = available
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.split_whitespace().next())?
        .parse()
        .ok()?;
    let enough = room.f_bavail.saturating_mul(room.f_frsize) >= ENOUGH_BYTES
        && kilobytes * 1024 >= ENOUGH_BYTES;
    enough.then_some(folder)
}

#[cfg(not(target_os = "linux"))]
fn memory() -> Option<PathBuf> {
    None
}
