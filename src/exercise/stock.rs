use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::{Client, Config, NoTls};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::load::load;
use super::measure::{Measured, forms, measure};
use super::rows::{Digest, ResultRows};
use super::{Answer, Connection, DatabaseState, ExerciseError, Pack, ReferenceRows};
use crate::catalog::quote_identifier;
use crate::sandbox::{SandboxError, Server, ServerOptions, cache_folder, copy_folder};
use crate::source::{SourceFile, split};

/// Name of the database that holds a pack's tables.
pub const DATABASE: &str = "puzzle";

/// No statement of a pack's author runs longer.
const AUTHOR_DEADLINE: Duration = Duration::from_secs(120);

/// How sessions that measure are set up: the same on every machine.
const SESSION: &str = "SET max_parallel_workers_per_gather = 0; SET jit = off; SET TimeZone = 'UTC'; \
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

/// What is known of a pack's data before anybody answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Baseline {
    /// The query as it is; the worst set of parameters.
    pub unsolved: Measured,
    /// The pack's solution.
    pub solution: Measured,
    /// The right rows, one digest for each set of parameters; none for statements that write.
    pub rows: Vec<Digest>,
    /// Whether the order of the rows counts.
    pub ordered: bool,
    /// Seconds that loading took.
    pub load_seconds: f64,
    /// Rows of each table.
    pub tables: Vec<(String, i64)>,
}

/// A copy of a pack's database in the state of its start.
pub struct Workplace {
    kind: WorkplaceKind,
}

enum WorkplaceKind {
    Embedded { server: Server, folder: TempDir },
    Native(Native),
}

/// A database that is dropped with this value.
struct Native {
    url: String,
    database: String,
    /// A role that goes with it.
    role: Option<String>,
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
            Some(url) => Self::load_native(pack, url, options.seed, progress),
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
            let baseline = build(pack, options.seed, folder.path(), progress)?;
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
        let baseline = build(pack, options.seed, building.path(), progress)?;
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
        seed: u64,
        progress: &dyn Fn(&str),
    ) -> Result<Self, ExerciseError> {
        let native = Native::create(url, None, pack.manifest.database.locale.as_deref())?;
        let started = std::time::Instant::now();
        {
            let mut connection = native.connect()?;
            load(pack, seed, &mut connection, progress)?;
        }
        let mut stock = Self {
            place: Place::Database(native),
            baseline: Baseline::unknown(),
        };
        stock.baseline = measure_baseline(pack, || stock.fresh_copy(), progress)?;
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
                    &native.url,
                    Some(&native.database),
                    None,
                )?),
            }),
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
        let server = Server::start(server_options(data))?;
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

    /// The embedded server, for another use, with the folder that has to outlive it.
    pub(super) fn into_server(self) -> Option<(Server, TempDir)> {
        match self.kind {
            WorkplaceKind::Embedded { server, folder } => Some((server, folder)),
            WorkplaceKind::Native(_) => None,
        }
    }

    /// What the exercise's database on a running server is like.
    ///
    /// # Errors
    /// Those of the server.
    pub fn read_state(server: &Server) -> Result<DatabaseState, ExerciseError> {
        let mut session = server.connect(DATABASE)?;
        Ok(DatabaseState::read(&mut session)?)
    }

    /// The same, by its address.
    ///
    /// # Errors
    /// Those of the server.
    pub fn read_state_at(url: &str) -> Result<DatabaseState, ExerciseError> {
        Ok(DatabaseState::read(&mut connect_url(url, None)?)?)
    }

    /// On a server of the user's own: makes a role that owns the tables and nothing else, and says how it logs in.
    ///
    /// # Errors
    /// Those of the server; none but a superuser can do this.
    pub fn candidate_url(&mut self, deadline: Duration) -> Result<String, ExerciseError> {
        let WorkplaceKind::Native(native) = &mut self.kind else {
            return Err(SandboxError::Unexpected {
                message: "the embedded server needs no role".to_owned(),
            }
            .into());
        };
        native.make_candidate(deadline)
    }
}

impl Native {
    fn create(
        url: &str,
        template: Option<&str>,
        locale: Option<&str>,
    ) -> Result<Self, ExerciseError> {
        let mut admin = connect_url(url, None)?;
        let database = format!("whyslow_{:08x}", rand::random::<u32>());
        let mut sql = format!("CREATE DATABASE {}", quote_identifier(&database));
        sql.push_str(&creation_options(template, locale));
        admin.batch_execute(&sql)?;
        Ok(Self {
            url: url.to_owned(),
            database,
            role: None,
        })
    }

    fn connect(&self) -> Result<Connection, ExerciseError> {
        let mut client = connect_url(&self.url, Some(&self.database))?;
        client.batch_execute(SESSION)?;
        Ok(Connection::Native(client))
    }
}

impl Native {
    fn make_candidate(&mut self, deadline: Duration) -> Result<String, ExerciseError> {
        let role = format!("{}_candidate", self.database);
        let password: String = (0..4)
            .map(|_| format!("{:08x}", rand::random::<u32>()))
            .collect();
        let quoted = quote_identifier(&role);
        let mut client = connect_url(&self.url, Some(&self.database))?;
        client.batch_execute(&format!(
            "CREATE ROLE {quoted} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}';
             ALTER ROLE {quoted} SET statement_timeout = {};
             ALTER ROLE {quoted} SET temp_file_limit = '1GB';
             ALTER DATABASE {} OWNER TO {quoted};
             GRANT ALL ON SCHEMA public TO {quoted}",
            deadline.as_millis(),
            quote_identifier(&self.database)
        ))?;
        self.role = Some(role.clone());
        let tables = client.query(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
            &[],
        )?;
        for table in tables {
            let table: String = table.try_get(0)?;
            client.batch_execute(&format!("ALTER TABLE {table} OWNER TO {quoted}"))?;
        }
        let config: Config = self.url.parse()?;
        let host = match config.get_hosts().first() {
            Some(postgres::config::Host::Tcp(host)) => host.clone(),
            _ => "localhost".to_owned(),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        Ok(format!(
            "postgres://{role}:{password}@{host}:{port}/{}",
            self.database
        ))
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        if let Ok(mut admin) = connect_url(&self.url, None) {
            let name = quote_identifier(&self.database);
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            if let Some(role) = &self.role {
                let role = quote_identifier(role);
                let _ = admin.batch_execute(&format!("DROP ROLE IF EXISTS {role}"));
            }
        }
    }
}

fn connect_url(url: &str, database: Option<&str>) -> Result<Client, ExerciseError> {
    let mut config: Config = url.parse()?;
    config.application_name("whyslow");
    config.connect_timeout(Duration::from_secs(10));
    if let Some(database) = database {
        config.dbname(database);
    }
    Ok(config.connect(NoTls)?)
}

fn creation_options(template: Option<&str>, locale: Option<&str>) -> String {
    match (template, locale) {
        (Some(template), _) => format!(" TEMPLATE {}", quote_identifier(template)),
        (None, Some(locale)) => {
            let locale = crate::catalog::quote_literal(locale);
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

fn temporary_folder() -> Result<TempDir, ExerciseError> {
    tempfile::Builder::new()
        .prefix("whyslow-")
        .tempdir()
        .map_err(ExerciseError::file(std::env::temp_dir()))
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
    seed: u64,
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
        load(pack, seed, &mut connection, progress)?;
        connection.within(AUTHOR_DEADLINE, |client| {
            Ok(client.batch_execute("CHECKPOINT")?)
        })?;
    }
    server.stop();
    let load_seconds = started.elapsed().as_secs_f64();
    let mut baseline = measure_baseline(pack, || Workplace::copy_of(folder), progress)?;
    baseline.load_seconds = load_seconds;
    let text = serde_json::to_string(&baseline).map_err(|error| {
        ExerciseError::file(folder.join(BASELINE))(std::io::Error::other(error))
    })?;
    fs::write(folder.join(BASELINE), text).map_err(ExerciseError::file(folder.join(BASELINE)))?;
    Ok(baseline)
}

fn measure_baseline(
    pack: &Pack,
    fresh_copy: impl Fn() -> Result<Workplace, ExerciseError>,
    progress: &dyn Fn(&str),
) -> Result<Baseline, ExerciseError> {
    progress("measuring the query as it is");
    let manifest = &pack.manifest;
    let mut baseline = Baseline::unknown();
    let query = first_statement(&pack.query);
    baseline.ordered = is_ordered(&query);
    let in_pack = |file: &str, sql: &str, problem: SandboxError| ExerciseError::Statement {
        pack: pack.name.clone(),
        file: file.to_owned(),
        sql: super::answer::one_line(sql),
        problem,
    };
    {
        let workplace = fresh_copy()?;
        let mut connection = workplace.connect()?;
        baseline.unsolved = worst(&mut connection, &forms(&query, &manifest.parameters))
            .map_err(|problem| in_pack("query.sql", &query, problem))?;
        if manifest.reference.rows == ReferenceRows::Query {
            baseline.rows = digests(pack, &mut connection, &query, baseline.ordered)
                .map_err(|problem| in_pack("query.sql", &query, problem))?;
        }
        baseline.tables = connection.within(AUTHOR_DEADLINE, table_rows)?;
    }
    progress("measuring the solution");
    let workplace = fresh_copy()?;
    let mut connection = workplace.connect()?;
    let solution = Answer::read(&pack.solution, &manifest.limits);
    for change in &solution.changes {
        connection
            .within(AUTHOR_DEADLINE, |client| {
                Ok(client.batch_execute(&change.sql)?)
            })
            .map_err(|problem| in_pack("solution.sql", &change.sql, problem))?;
    }
    if let Some(sql) = manifest.measure.maintenance() {
        connection.within(AUTHOR_DEADLINE, |client| Ok(client.batch_execute(sql)?))?;
    }
    let rewritten = solution.query.as_deref().unwrap_or(&query);
    baseline.solution = worst(&mut connection, &forms(rewritten, &manifest.parameters))
        .map_err(|problem| in_pack("solution.sql", rewritten, problem))?;
    if manifest.reference.rows == ReferenceRows::Solution {
        baseline.rows = digests(pack, &mut connection, rewritten, baseline.ordered)
            .map_err(|problem| in_pack("solution.sql", rewritten, problem))?;
    }
    Ok(baseline)
}

/// The dearest of several forms of a statement.
pub(super) fn worst(
    connection: &mut Connection,
    forms: &[String],
) -> Result<Measured, SandboxError> {
    let mut worst: Option<Measured> = None;
    for form in forms {
        let measured = connection.within(AUTHOR_DEADLINE, |client| measure(client, form))?;
        if worst
            .as_ref()
            .is_none_or(|before| measured.blocks > before.blocks)
        {
            worst = Some(measured);
        }
    }
    worst.ok_or_else(|| SandboxError::Unexpected {
        message: "there is no statement to measure".to_owned(),
    })
}

fn digests(
    pack: &Pack,
    connection: &mut Connection,
    sql: &str,
    ordered: bool,
) -> Result<Vec<Digest>, SandboxError> {
    if !super::measure::is_query(sql) {
        return Ok(Vec::new());
    }
    forms(sql, &pack.manifest.parameters)
        .iter()
        .map(|form| {
            let rows =
                connection.within(AUTHOR_DEADLINE, |client| ResultRows::fetch(client, form))?;
            Ok(rows.digest(ordered))
        })
        .collect()
}

fn table_rows(client: &mut Client) -> Result<Vec<(String, i64)>, SandboxError> {
    let tables = client.query(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname",
        &[],
    )?;
    tables
        .iter()
        .map(|row| {
            let name: String = row.try_get(0)?;
            let counted = client.query_one(
                &format!("SELECT count(*) FROM {}", quote_identifier(&name)),
                &[],
            )?;
            Ok((name, counted.try_get(0)?))
        })
        .collect()
}

/// The statement of a file that holds one, without its semicolon.
pub(super) fn first_statement(text: &str) -> String {
    let file = SourceFile::new("query.sql", text);
    split(&file)
        .first()
        .map(|statement| statement.text().to_owned())
        .unwrap_or_default()
}

/// Whether the query fixes the order of its rows.
pub(super) fn is_ordered(sql: &str) -> bool {
    use sqlparser::ast::Statement;
    matches!(
        crate::source::parse_statement(sql).map(|parsed| parsed.ast),
        Ok(Statement::Query(query)) if query.order_by.is_some()
    )
}

impl Baseline {
    fn unknown() -> Self {
        let nothing = Measured {
            blocks: 0,
            milliseconds: 0.0,
            plan: None,
        };
        Self {
            unsolved: nothing.clone(),
            solution: nothing,
            rows: Vec::new(),
            ordered: false,
            load_seconds: 0.0,
            tables: Vec::new(),
        }
    }
}
