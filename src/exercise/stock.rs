use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::baseline::{Baseline, measure_baseline};
use super::load::load;
use super::native::{Native, connect};
use super::{Connection, DatabaseState, ExerciseError, Pack};
use crate::catalog::{quote_identifier, quote_literal};
use crate::sandbox::{
    SandboxError, Server, ServerOptions, cache_folder, copy_folder, temporary_folder,
};

/// Name of the database that holds a pack's tables.
pub const DATABASE: &str = "puzzle";

/// No statement of a pack's author runs longer.
pub(super) const AUTHOR_DEADLINE: Duration = Duration::from_secs(120);

/// How sessions that measure are set up: the same on every machine.
pub(super) const SESSION: &str = "SET max_parallel_workers_per_gather = 0; SET jit = off; SET TimeZone = 'UTC'; \
     SET client_min_messages = 'error'; SET search_path = public";

/// A pack that was loaded once, and of which fresh copies can be made.
pub struct Stock {
    place: Place,
    pub baseline: Baseline,
}

enum Place {
    /// A data folder of the embedded server.
    Folder(PathBuf),
    /// The same, to be removed.
    TemporaryFolder(TempDir),
    /// A database of a server of the user's own.
    Database(Native),
}

/// A copy of a pack's database in the state of its start.
pub struct Workplace {
    kind: WorkplaceKind,
}

enum WorkplaceKind {
    Embedded { server: Server, folder: TempDir },
    Native(Native),
}

/// Where a pack is loaded.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Another seed makes other rows of the same kind.
    pub seed: u64,
    /// Address of a server of one's own; `None` for the embedded one.
    pub database: Option<String>,
    /// Whether data loaded before may be used, and is kept for the next time.
    pub cached: bool,
    /// How long the query and the solution may run while they are measured; `None` for as long as any statement of an
    /// author.
    pub query_deadline: Option<Duration>,
}

impl LoadOptions {
    pub(super) fn query_deadline(&self) -> Duration {
        self.query_deadline.unwrap_or(AUTHOR_DEADLINE)
    }
}

impl Stock {
    /// Loads a pack, or finds it loaded. `progress` is told what is being done.
    ///
    /// # Errors
    /// Where a statement of the pack fails, or the server does.
    pub fn load(
        pack: &Pack,
        options: &LoadOptions,
        progress: &dyn Fn(&str),
    ) -> Result<Self, ExerciseError> {
        match &options.database {
            Some(url) => Self::load_native(pack, url, options, progress),
            None => Self::load_embedded(pack, options, progress),
        }
    }

    fn load_embedded(
        pack: &Pack,
        options: &LoadOptions,
        progress: &dyn Fn(&str),
    ) -> Result<Self, ExerciseError> {
        let cache = cache_folder().filter(|_| options.cached);
        let Some(cache) = cache else {
            let folder = temporary_folder()?;
            let baseline = build(pack, options, folder.path(), progress)?;
            return Ok(Self {
                place: Place::TemporaryFolder(folder),
                baseline,
            });
        };
        let exercises = cache.join("exercises");
        let folder = exercises.join(format!(
            "{}-{:016x}",
            pack.name,
            fingerprint(pack, options.seed)
        ));
        if let Some(baseline) = read_baseline(&folder) {
            return Ok(Self {
                place: Place::Folder(folder),
                baseline,
            });
        }
        fs::create_dir_all(&exercises).map_err(ExerciseError::file(&exercises))?;
        let building = tempfile::Builder::new()
            .prefix(".loading-")
            .tempdir_in(&exercises)
            .map_err(ExerciseError::file(&exercises))?;
        let baseline = build(pack, options, building.path(), progress)?;
        let path = building.keep();
        match fs::rename(&path, &folder) {
            Ok(()) => Ok(Self {
                place: Place::Folder(folder),
                baseline,
            }),
            // Another process was first.
            Err(_) if read_baseline(&folder).is_some() => {
                let _ = fs::remove_dir_all(&path);
                Ok(Self {
                    place: Place::Folder(folder),
                    baseline,
                })
            }
            Err(problem) => Err(ExerciseError::file(&folder)(problem)),
        }
    }

    fn load_native(
        pack: &Pack,
        url: &str,
        options: &LoadOptions,
        progress: &dyn Fn(&str),
    ) -> Result<Self, ExerciseError> {
        let native = Native::create(url, None, pack.manifest.database.locale.as_deref())?;
        let started = std::time::Instant::now();
        {
            let mut connection = native.connect()?;
            load(pack, options.seed, &mut connection, progress)?;
        }
        let mut stock = Self {
            place: Place::Database(native),
            baseline: Baseline::unknown(),
        };
        stock.baseline = measure_baseline(
            pack,
            options.query_deadline(),
            || stock.fresh_copy(),
            progress,
        )?;
        stock.baseline.load_seconds = started.elapsed().as_secs_f64();
        Ok(stock)
    }

    /// A copy in the state of the start, for one candidate or one answer.
    ///
    /// # Errors
    /// Those of the server and of the file system.
    pub fn fresh_copy(&self) -> Result<Workplace, ExerciseError> {
        match &self.place {
            Place::Folder(folder) => Workplace::copy_of(folder),
            Place::TemporaryFolder(folder) => Workplace::copy_of(folder.path()),
            Place::Database(native) => Ok(Workplace {
                kind: WorkplaceKind::Native(Native::create(
                    native.url(),
                    Some(native.database()),
                    None,
                )?),
            }),
        }
    }

    /// A copy on the server of the user's own where the exercise was loaded.
    pub(super) fn native_copy(&self) -> Result<Native, ExerciseError> {
        match &self.place {
            Place::Database(native) => Native::create(native.url(), Some(native.database()), None),
            Place::Folder(_) | Place::TemporaryFolder(_) => Err(SandboxError::Unexpected {
                message: "the exercise was loaded on the embedded server".to_owned(),
            }
            .into()),
        }
    }

    /// Makes such a copy again.
    pub(super) fn make_again(&self, copy: &Native) -> Result<(), ExerciseError> {
        match &self.place {
            Place::Database(native) => copy.make_again(native.database()),
            Place::Folder(_) | Place::TemporaryFolder(_) => Ok(()),
        }
    }

    /// Copies the data folder of the start to `target`, which must not exist; `false` where the data is not in a folder.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn copy_to(&self, target: &Path) -> Result<bool, ExerciseError> {
        let folder = match &self.place {
            Place::Folder(folder) => folder.as_path(),
            Place::TemporaryFolder(folder) => folder.path(),
            Place::Database(_) => return Ok(false),
        };
        copy_folder(&folder.join("data"), target).map_err(ExerciseError::file(target))?;
        Ok(true)
    }
}

impl Workplace {
    fn copy_of(folder: &Path) -> Result<Self, ExerciseError> {
        let copy = temporary_folder()?;
        let data = copy.path().join("data");
        copy_folder(&folder.join("data"), &data).map_err(ExerciseError::file(&data))?;
        let server = Server::start(ServerOptions {
            remove_at_end: Some(copy.path().to_owned()),
            ..server_options(data)
        })?;
        Ok(Self {
            kind: WorkplaceKind::Embedded {
                server,
                folder: copy,
            },
        })
    }

    /// A session, set up for measuring.
    ///
    /// # Errors
    /// Those of the server.
    pub fn connect(&self) -> Result<Connection, ExerciseError> {
        let mut connection = match &self.kind {
            WorkplaceKind::Embedded { server, .. } => {
                Connection::Embedded(server.connect(DATABASE)?)
            }
            WorkplaceKind::Native(native) => return native.connect(),
        };
        connection.within(AUTHOR_DEADLINE, |client| Ok(client.batch_execute(SESSION)?))?;
        Ok(connection)
    }

    /// An embedded server, for another use, with the folder that has to outlive it: that of this workplace, else one of
    /// its own, since small databases are compared there whatever server the exercise is on. `None` in a build without.
    pub(super) fn into_server(self) -> Result<Option<(Server, Option<TempDir>)>, ExerciseError> {
        match self.kind {
            WorkplaceKind::Embedded { server, folder } => Ok(Some((server, Some(folder)))),
            WorkplaceKind::Native(_) => match Server::start(ServerOptions::default()) {
                Ok(server) => Ok(Some((server, None))),
                Err(SandboxError::NotBuilt) => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }
}

/// What the exercise's database on the embedded server is like, in a data folder that nobody uses.
///
/// # Errors
/// Those of the server.
pub fn read_state_in(data: &Path) -> Result<DatabaseState, ExerciseError> {
    let server = Server::start(server_options(data.to_owned()))?;
    let mut session = server.connect(DATABASE)?;
    let state = DatabaseState::read_all(&mut session)?;
    drop(session);
    server.stop();
    Ok(state)
}

/// The same on a running server, by its address.
///
/// # Errors
/// Those of the server.
pub fn read_state_at(url: &str) -> Result<DatabaseState, ExerciseError> {
    Ok(DatabaseState::read_all(&mut connect(url, None)?)?)
}

/// What follows `CREATE DATABASE name`.
pub(super) fn creation_options(template: Option<&str>, locale: Option<&str>) -> String {
    match (template, locale) {
        (Some(template), _) => format!(" TEMPLATE {}", quote_identifier(template)),
        (None, Some(locale)) => {
            let locale = quote_literal(locale);
            format!(" TEMPLATE template0 LC_COLLATE {locale} LC_CTYPE {locale}")
        }
        (None, None) => String::new(),
    }
}

/// How the embedded server of an exercise is set up.
pub fn server_options(directory: PathBuf) -> ServerOptions {
    ServerOptions {
        directory: Some(directory),
        settings: [
            ("max_parallel_workers_per_gather", "0"),
            ("TimeZone", "UTC"),
            ("max_wal_size", "256MB"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        ..ServerOptions::default()
    }
}

/// Changes with everything that the loaded data depends on.
fn fingerprint(pack: &Pack, seed: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), seed, LOADER_VERSION).hash(&mut hasher);
    (&pack.schema, &pack.data, &pack.data_sql).hash(&mut hasher);
    (&pack.query, &pack.solution).hash(&mut hasher);
    let manifest = &pack.manifest;
    (manifest.measure.maintenance(), &manifest.database.locale).hash(&mut hasher);
    for parameters in &manifest.parameters {
        parameters.values.hash(&mut hasher);
    }
    hasher.finish()
}

/// To be raised when loading or measuring changes.
const LOADER_VERSION: u32 = 2;

const BASELINE: &str = "baseline.json";

fn read_baseline(folder: &Path) -> Option<Baseline> {
    let text = fs::read_to_string(folder.join(BASELINE)).ok()?;
    serde_json::from_str(&text).ok()
}

/// Loads a pack into `folder/data` and measures it.
fn build(
    pack: &Pack,
    options: &LoadOptions,
    folder: &Path,
    progress: &dyn Fn(&str),
) -> Result<Baseline, ExerciseError> {
    let started = std::time::Instant::now();
    let server = Server::start(server_options(folder.join("data")))?;
    {
        let mut session = server.connect("postgres")?;
        let locale = pack.manifest.database.locale.as_deref();
        session.batch_execute(&format!(
            "CREATE DATABASE {DATABASE}{}",
            creation_options(None, locale)
        ))?;
    }
    {
        let mut connection = Connection::Embedded(server.connect(DATABASE)?);
        load(pack, options.seed, &mut connection, progress)?;
        connection.within(AUTHOR_DEADLINE, |client| {
            Ok(client.batch_execute("CHECKPOINT")?)
        })?;
    }
    server.stop();
    let load_seconds = started.elapsed().as_secs_f64();
    let mut baseline = measure_baseline(
        pack,
        options.query_deadline(),
        || Workplace::copy_of(folder),
        progress,
    )?;
    baseline.load_seconds = load_seconds;
    let text = serde_json::to_string(&baseline).map_err(|error| {
        ExerciseError::file(folder.join(BASELINE))(std::io::Error::other(error))
    })?;
    fs::write(folder.join(BASELINE), text).map_err(ExerciseError::file(folder.join(BASELINE)))?;
    Ok(baseline)
}
