use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use postgres::{Client, Config, NoTls, config::SslMode};
use rand::Rng;
use rand::distr::Alphanumeric;
use tempfile::TempDir;

use super::options::{ServeOptions, ServeReport};
use super::session::Session;
use super::{SERVE_COMMAND, SandboxError, ServerOptions, template, temporary};

/// How long the server process may take to open its port, and a session to begin.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The embedded PostgreSQL, in a process of its own that ends with this value. Only holders of its random password
/// get in, from this machine alone, one session at a time.
pub struct Server {
    shared: Arc<Shared>,
}

/// Counts the processes that one server has had.
pub(super) type Generation = u64;

pub(super) struct Shared {
    program: PathBuf,
    options: ServerOptions,
    directory: PathBuf,
    password: String,
    process: Mutex<ProcessState>,
    this: Weak<Shared>,
    /// Declared last: the folder is removed after the process has ended.
    temporary: Option<TempDir>,
}

#[derive(Default)]
struct ProcessState {
    running: Option<Process>,
    generation: Generation,
    /// Why the process before this one ended, where it said so.
    last_words: Option<(Generation, ServeReport)>,
    /// Not to be started again.
    stopped: bool,
    port: Option<u16>,
}

struct Process {
    child: Child,
    /// Its end tells the process to end, even when we are killed.
    _lifeline: ChildStdin,
    port: u16,
}

impl Server {
    /// Starts the server on its data folder, which is made where it does not exist. The program that is run is
    /// our own: `options.program`, else the variable WHYSLOW_BIN, else the running program where it is whyslow,
    /// else the `whyslow` beside it (as in tests).
    ///
    /// # Errors
    /// Where this build has no embedded PostgreSQL, or it does not start.
    pub fn start(options: ServerOptions) -> Result<Self, SandboxError> {
        let shared = match options.directory.clone() {
            Some(directory) => Shared::launch(options, directory, None)?,
            None => {
                let folder = temporary::folder()?;
                let directory = folder.path().join("data");
                Shared::launch(options, directory, Some(folder))?
            }
        };
        Ok(Self { shared })
    }

    /// A session on a database; `postgres` exists from the start. Waits some seconds for the session before it to end.
    /// A server that has ended (crash, deadline) is started again first.
    pub fn connect(&self, database: &str) -> Result<Session, SandboxError> {
        let (client, generation) = self.shared.connect(database)?;
        Ok(Session::new(
            client,
            Arc::clone(&self.shared),
            database.to_owned(),
            generation,
        ))
    }

    /// PostgreSQL's data folder (`PGDATA`): relation files lie below its `base`.
    pub fn data_directory(&self) -> PathBuf {
        self.shared.directory.join("pgdata")
    }

    /// Address and password for other clients on this machine. It stays the same when the server is started again.
    pub fn url(&self, database: &str) -> Result<String, SandboxError> {
        let (port, _) = self.shared.ensure_running()?;
        Ok(format!(
            "postgres://postgres:{}@127.0.0.1:{port}/{database}?sslmode=disable",
            self.shared.password
        ))
    }

    /// The password of every user.
    pub fn password(&self) -> &str {
        &self.shared.password
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> Result<u16, SandboxError> {
        Ok(self.shared.ensure_running()?.0)
    }

    /// Number of the server process, now: another number after a restart.
    pub fn process_id(&self) -> Option<u32> {
        self.shared
            .lock()
            .running
            .as_ref()
            .map(|process| process.child.id())
    }

    /// Ends the server process at once, whatever it is doing, and starts another on the same data.
    /// What was committed stays; open sessions are gone.
    pub fn restart(&self) -> Result<(), SandboxError> {
        let generation = self.shared.lock().generation;
        self.shared.kill_generation(generation);
        self.shared.ensure_running().map(drop)
    }

    /// Ends the server process in good order, so that its data folder can be copied.
    pub fn stop(self) {
        self.shared.stop();
    }

    /// Ends the server process at once, whatever it is doing. [`Server::connect`] starts it again.
    pub fn kill(&self) {
        self.shared.lock().end();
    }
}

impl Shared {
    /// A server in this folder with no options, for the template.
    pub(super) fn launch_in(directory: PathBuf) -> Result<Arc<Self>, SandboxError> {
        let program = find_program(&ServerOptions::default())?;
        Self::begin(program, ServerOptions::default(), directory, None)
    }

    fn launch(
        options: ServerOptions,
        directory: PathBuf,
        temporary: Option<TempDir>,
    ) -> Result<Arc<Self>, SandboxError> {
        if cfg!(not(feature = "embedded")) {
            return Err(SandboxError::NotBuilt);
        }
        let program = find_program(&options)?;
        if !directory.exists() {
            template::install(&directory)?;
        }
        Self::begin(program, options, directory, temporary)
    }

    fn begin(
        program: PathBuf,
        options: ServerOptions,
        directory: PathBuf,
        temporary: Option<TempDir>,
    ) -> Result<Arc<Self>, SandboxError> {
        let password = rand::rng()
            .sample_iter(Alphanumeric)
            .take(32)
            .map(char::from)
            .collect();
        let port = options.port;
        let shared = Arc::new_cyclic(|this| Self {
            program,
            options,
            directory,
            password,
            process: Mutex::new(ProcessState {
                port,
                ..ProcessState::default()
            }),
            this: this.clone(),
            temporary,
        });
        shared.ensure_running()?;
        Ok(shared)
    }

    fn lock(&self) -> MutexGuard<'_, ProcessState> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The port and generation of the running process; starts one where none runs.
    fn ensure_running(&self) -> Result<(u16, Generation), SandboxError> {
        let mut state = self.lock();
        if let Some(process) = &mut state.running
            && matches!(process.child.try_wait(), Ok(None))
        {
            return Ok((process.port, state.generation));
        }
        if state.stopped {
            return Err(SandboxError::Connect {
                message: "it was stopped".to_owned(),
            });
        }
        state.end();
        state.generation += 1;
        let process = self.spawn(state.port, state.generation)?;
        let port = process.port;
        state.port = Some(port);
        state.running = Some(process);
        Ok((port, state.generation))
    }

    fn spawn(&self, port: Option<u16>, generation: Generation) -> Result<Process, SandboxError> {
        let told = ServeOptions {
            directory: self.directory.clone(),
            password: self.password.clone(),
            settings: self.options.settings.clone(),
            port,
            statement_deadline_milliseconds: self
                .options
                .statement_deadline
                .map(|deadline| u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX)),
            max_bytes: self.options.max_bytes,
            remove_at_end: self
                .temporary
                .as_ref()
                .map(|folder| folder.path().to_owned())
                .or_else(|| self.options.remove_at_end.clone()),
        };
        let failed = |message: String| SandboxError::Start { message };
        let line = serde_json::to_string(&told).map_err(|error| failed(error.to_string()))?;
        let mut command = Command::new(&self.program);
        command
            .arg(SERVE_COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        // Ctrl-C is for us alone: the process sees our end, and cleans up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // The engine leaves folders behind when it is ended: they lie beside the data, and go with it.
        let scratch = self.directory.with_file_name("scratch");
        let _ = std::fs::remove_dir_all(&scratch);
        if std::fs::create_dir_all(&scratch).is_ok() {
            command.env("TMPDIR", &scratch);
        }
        if template::cache_folder().is_none() {
            // The engine keeps its compiled code in the cache folder; it must have one.
            command.env("XDG_CACHE_HOME", std::env::temp_dir().join("whyslow-cache"));
        }
        let mut child = command
            .spawn()
            .map_err(|error| failed(format!("cannot run {}: {error}", self.program.display())))?;
        let (Some(mut lifeline), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("its standard streams are missing".to_owned()));
        };
        lifeline
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| lifeline.flush())
            .map_err(|error| failed(error.to_string()))?;
        let (ready, first) = mpsc::channel();
        let this = self.this.clone();
        thread::Builder::new()
            .name("server reports".to_owned())
            .spawn(move || listen(output, &ready, &this, generation))
            .map_err(|error| failed(error.to_string()))?;
        let message = match first.recv_timeout(START_LIMIT) {
            Ok(ServeReport::Port(port)) => {
                return Ok(Process {
                    child,
                    _lifeline: lifeline,
                    port,
                });
            }
            Ok(ServeReport::Failed(message)) => message,
            Ok(other) => format!("{other:?}"),
            Err(RecvTimeoutError::Timeout) => {
                format!("nothing happened for {} s", START_LIMIT.as_secs())
            }
            Err(RecvTimeoutError::Disconnected) => {
                format!("{} ended without a word", self.program.display())
            }
        };
        let _ = child.kill();
        let _ = child.wait();
        Err(failed(message))
    }

    pub(super) fn connect(&self, database: &str) -> Result<(Client, Generation), SandboxError> {
        match self.try_connect(database) {
            // The process may have been at its end when we came.
            Err(SandboxError::Postgres(error)) if error.as_db_error().is_none() => {
                thread::sleep(Duration::from_millis(100));
                self.try_connect(database)
            }
            other => other,
        }
    }

    fn try_connect(&self, database: &str) -> Result<(Client, Generation), SandboxError> {
        let (port, generation) = self.ensure_running()?;
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(port)
            .user("postgres")
            .password(&self.password)
            .dbname(database)
            .application_name("whyslow")
            .ssl_mode(SslMode::Disable)
            .connect_timeout(START_LIMIT);
        Ok((config.connect(NoTls)?, generation))
    }

    /// Ends the process if it is still the one of that generation. Whether it was.
    pub(super) fn kill_generation(&self, generation: Generation) -> bool {
        let mut state = self.lock();
        let current = state.generation == generation && state.running.is_some();
        if current {
            state.end();
        }
        current
    }

    /// Why the process of that generation ended.
    pub(super) fn why_it_ended(&self, generation: Generation) -> SandboxError {
        // Its last words come through a pipe, after the connection has closed.
        for _ in 0..100 {
            if let Some((of, words)) = &self.lock().last_words
                && *of == generation
            {
                return match words {
                    ServeReport::Deadline => SandboxError::Deadline {
                        after: self.options.statement_deadline.unwrap_or_default(),
                    },
                    ServeReport::DiskLimit => SandboxError::DiskLimit {
                        limit: self.options.max_bytes.unwrap_or_default(),
                    },
                    ServeReport::Crashed(message) => SandboxError::Crashed {
                        message: Some(message.clone()),
                    },
                    ServeReport::Port(_) | ServeReport::Failed(_) => {
                        SandboxError::Crashed { message: None }
                    }
                };
            }
            thread::sleep(Duration::from_millis(5));
        }
        SandboxError::Crashed { message: None }
    }

    /// Ends the process in good order: the session is closed, then the process.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        if let Some(process) = state.running.take() {
            let Process {
                mut child,
                _lifeline,
                ..
            } = process;
            drop(_lifeline);
            let _ = child.wait();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut state = self.lock();
        state.stopped = true;
        state.end();
    }
}

impl ProcessState {
    fn end(&mut self) {
        if let Some(mut process) = self.running.take() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

/// Hands on the process's first report, keeps its last, and starts another process when this one ends by itself.
fn listen(
    output: ChildStdout,
    ready: &Sender<ServeReport>,
    server: &Weak<Shared>,
    generation: Generation,
) {
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    if let Some(report) = lines
        .next()
        .and_then(|line| serde_json::from_str(&line).ok())
    {
        let _ = ready.send(report);
    }
    let mut crashed = false;
    for line in lines {
        if let Ok(report) = serde_json::from_str(&line)
            && let Some(server) = server.upgrade()
        {
            server.lock().last_words = Some((generation, report));
            crashed = true;
        }
    }
    if crashed && let Some(server) = server.upgrade() {
        // Clients other than ours find it again on the same port. A failure shows at the next connect.
        let _ = server.ensure_running();
    }
}

fn find_program(options: &ServerOptions) -> Result<PathBuf, SandboxError> {
    if let Some(program) = &options.program {
        return Ok(program.clone());
    }
    if let Some(program) = std::env::var_os("WHYSLOW_BIN") {
        return Ok(program.into());
    }
    let running = std::env::current_exe().map_err(|_| SandboxError::ProgramNotFound)?;
    if is_ours(&running) {
        return Ok(running);
    }
    let name = format!("whyslow{}", std::env::consts::EXE_SUFFIX);
    running
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
        .ok_or(SandboxError::ProgramNotFound)
}

fn is_ours(program: &Path) -> bool {
    program.file_stem().is_some_and(|stem| stem == "whyslow")
}
