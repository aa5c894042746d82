use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use postgres::Client;

use super::ExerciseError;
use super::native_session::NativeSession;
use crate::sandbox::{SandboxError, Session};

/// A session on the database of an exercise.
pub enum Connection {
    Embedded(Session),
    /// On a server of the user's own.
    Native(NativeSession),
}

/// Removes the files that a statement left behind when its server was ended: no relation of the database has them.
///
/// # Errors
/// Those of the server and of the file system.
pub fn remove_orphaned_files(client: &mut Client, data: &Path) -> Result<(), SandboxError> {
    let database: u32 = client
        .query_one(
            "SELECT oid FROM pg_database WHERE datname = current_database()",
            &[],
        )?
        .try_get(0)?;
    let used: HashSet<u32> = client
        .query(
            "SELECT pg_relation_filenode(oid) FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL",
            &[],
        )?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    let folder = data.join("base").join(database.to_string());
    let entries = fs::read_dir(&folder).map_err(|source| SandboxError::File {
        what: "cannot read",
        path: folder.clone(),
        source,
    })?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let number = name
            .to_string_lossy()
            .split(['.', '_'])
            .next()
            .and_then(|number| number.parse::<u32>().ok());
        if number.is_some_and(|number| number >= FIRST_USER_NUMBER && !used.contains(&number)) {
            let _ = fs::remove_file(entry.path());
        }
    }
    client.batch_execute("CHECKPOINT")?;
    Ok(())
}

/// FirstNormalObjectId of PostgreSQL (access/transam.h): files below it are of the system catalogs.
const FIRST_USER_NUMBER: u32 = 16384;

impl Connection {
    /// A session on a server of the user's own.
    ///
    /// # Errors
    /// Those of the server.
    pub(super) fn native(url: &str, database: Option<&str>) -> Result<Self, ExerciseError> {
        Ok(Self::Native(NativeSession::begin(url, database, None)?))
    }

    /// Does some work; a statement of it that runs past the deadline is ended. Where that, or a crash, ended the
    /// session, it is another one afterwards (see [`Session::within`]).
    ///
    /// # Errors
    /// [`SandboxError::Deadline`], and those of the work.
    pub fn within<T>(
        &mut self,
        deadline: Duration,
        work: impl FnOnce(&mut Client) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        match self {
            Self::Embedded(session) => session.within(deadline, work),
            Self::Native(session) => session.within(deadline, work),
        }
    }
}
