use std::fs;
use std::path::{Path, PathBuf};

use super::SandboxError;
use super::copy::copy_folder;
use super::server::Shared;

/// Where things that can be made again are kept; `None` where there is no such folder that we can write to.
pub fn cache_folder() -> Option<PathBuf> {
    let folder = directories::ProjectDirs::from("", "", "whyslow")?
        .cache_dir()
        .to_owned();
    fs::create_dir_all(&folder).ok()?;
    tempfile::tempfile_in(&folder).ok()?;
    Some(folder)
}

/// Fills `directory` (which must not exist) with a fresh database cluster: a copy of the one in the cache folder,
/// which is made first where it is missing. Without a cache folder nothing is done: the server makes the cluster.
pub(super) fn install(directory: &Path) -> Result<(), SandboxError> {
    let Some(cache) = cache_folder() else {
        return Ok(());
    };
    let template = cache.join(format!(
        "cluster-{}-{}",
        env!("CARGO_PKG_VERSION"),
        super::ENGINE
    ));
    if !is_complete(&template) && !make(&cache, &template)? {
        return Ok(());
    }
    let copied = copy_folder(&template, directory);
    if copied.is_err() {
        // The server then makes a cluster of its own.
        let _ = fs::remove_dir_all(directory);
    }
    Ok(())
}

fn is_complete(template: &Path) -> bool {
    template.join("pgdata").join("PG_VERSION").is_file()
}

/// Two processes may do this at once: each fills a folder of its own, and the last step is one rename.
fn make(cache: &Path, template: &Path) -> Result<bool, SandboxError> {
    let Ok(folder) = tempfile::Builder::new()
        .prefix(".cluster-")
        .tempdir_in(cache)
    else {
        return Ok(false);
    };
    let directory = folder.path().join("data");
    let shared = Shared::launch_in(directory.clone())?;
    // The first session writes what later ones only read.
    drop(shared.connect("postgres")?);
    shared.stop();
    drop(shared);
    // Where another process was faster, its cluster is as good.
    Ok(fs::rename(&directory, template).is_ok() || is_complete(template))
}
