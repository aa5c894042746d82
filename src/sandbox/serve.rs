//! The server process: the engine behind a loopback port. It is a process of its own because the engine cannot
//! be interrupted from inside; whoever started it ends it.

use std::io::{self, BufRead, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use oliphaunt_wasix::session::{
    PostgresConfig, PreparedDatabase, ProtocolPumpOutcome, ProtocolSession, ProtocolStream,
    StartupConfig, default_catalog_profile, startup_error_response_output,
};
use oliphaunt_wasix::{DatabaseStorage, Extension};

use super::disk::bytes_on_disk;
use super::handshake::{self, Startup};
use super::options::{ServeOptions, ServeReport};

/// Extensions that a schema may create.
pub(super) const EXTENSIONS: &[Extension] = &[
    Extension::BTREE_GIN,
    Extension::BTREE_GIST,
    Extension::CITEXT,
    Extension::CUBE,
    Extension::FUZZYSTRMATCH,
    Extension::HSTORE,
    Extension::INTARRAY,
    Extension::LTREE,
    Extension::PGCRYPTO,
    Extension::PG_TRGM,
    Extension::UNACCENT,
    Extension::UUID_OSSP,
];

/// Settings that the engine fixes on its command line but leaves to each session.
const SESSION_ONLY: &[&str] = &[
    "max_parallel_workers",
    "max_parallel_workers_per_gather",
    "max_parallel_maintenance_workers",
];

/// How long a peer may take over its start-up packet and password.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long a client waits for the session before it to end.
const SESSION_WAIT: Duration = Duration::from_secs(5);
/// Peers in their handshake at one time.
const MAX_PEERS: usize = 16;
/// The engine keeps its call stack on the thread's.
const STACK_BYTES: usize = 64 << 20;
/// Largest message: PostgreSQL's `PQ_LARGE_MESSAGE_LIMIT` (libpq.h).
const MAX_MESSAGE: usize = (1 << 30) - 1;

struct Service {
    prepared: PreparedDatabase,
    options: ServeOptions,
    /// Held by the one session that the engine can have.
    engine: Mutex<()>,
    activity: Arc<Activity>,
    peers: AtomicUsize,
}

/// What the session is at, for the watchdog.
#[derive(Default)]
struct Activity {
    state: Mutex<ActivityState>,
}

#[derive(Default)]
struct ActivityState {
    busy_since: Option<Instant>,
    client: Option<TcpStream>,
}

pub(super) fn run() -> ExitCode {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line).is_err() {
        return ExitCode::from(3);
    }
    let options: ServeOptions = match serde_json::from_str(&line) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("this command is run by whyslow itself: {error}");
            return ExitCode::from(2);
        }
    };
    match start(options) {
        Ok((service, listener)) => accept_peers(&service, &listener),
        Err(error) => {
            report(&ServeReport::Failed(error));
            ExitCode::from(3)
        }
    }
}

fn start(options: ServeOptions) -> Result<(Arc<Service>, TcpListener), String> {
    let storage = DatabaseStorage::Directory(options.directory.clone());
    let prepared = PreparedDatabase::prepare(storage, default_catalog_profile(), "postgres")
        .map_err(|error| format!("{error:#}"))?;
    let listener =
        listen(options.port).map_err(|error| format!("no port to listen on: {error}"))?;
    let port = listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .port();
    let service = Arc::new(Service {
        prepared,
        options,
        engine: Mutex::new(()),
        activity: Arc::default(),
        peers: AtomicUsize::new(0),
    });
    let watched = Arc::clone(&service);
    thread::Builder::new()
        .name("watchdog".to_owned())
        .spawn(move || watch(&watched))
        .map_err(|error| error.to_string())?;
    let parent = Arc::clone(&service);
    thread::Builder::new()
        .name("parent".to_owned())
        .spawn(move || {
            // Ends with the process that started this one, however that one ended.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            let _engine = wait_for(&parent.engine, Duration::from_secs(2));
            if let Some(folder) = &parent.options.remove_at_end {
                let _ = std::fs::remove_dir_all(folder);
            }
            std::process::exit(0);
        })
        .map_err(|error| error.to_string())?;
    report(&ServeReport::Port(port));
    Ok((service, listener))
}

fn listen(port: Option<u16>) -> io::Result<TcpListener> {
    match port {
        Some(port) => TcpListener::bind((Ipv4Addr::LOCALHOST, port)),
        None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)),
    }
}

fn report(message: &ServeReport) {
    if let Ok(line) = serde_json::to_string(message) {
        let mut output = io::stdout().lock();
        let _ = writeln!(output, "{line}").and_then(|()| output.flush());
    }
}

/// Says why and ends the process: whoever started it starts it again on the same data.
fn end(why: &ServeReport, client: Option<&mut TcpStream>, sqlstate: &str, message: &str) -> ! {
    report(why);
    if let Some(client) = client {
        let _ = client.set_write_timeout(Some(Duration::from_millis(200)));
        let _ = handshake::fatal(client, sqlstate, message);
        // Clients that read the message and the end of the connection at once report only the latter.
        thread::sleep(Duration::from_millis(50));
        let _ = client.shutdown(Shutdown::Write);
    }
    std::process::exit(70)
}

/// More than a server that is found too large may grow until it has been made smaller.
const ROOM_TO_CLEAN: u64 = 64 << 20;

fn watch(service: &Service) {
    let deadline = service
        .options
        .statement_deadline_milliseconds
        .map(Duration::from_millis);
    if deadline.is_none() && service.options.max_bytes.is_none() {
        return;
    }
    // After a statement that was too large its files are still there: there has to be room to remove them.
    let max_bytes = service
        .options
        .max_bytes
        .map(|limit| limit.max(bytes_on_disk(&service.options.directory) + ROOM_TO_CLEAN));
    let mut next_size_check = Instant::now();
    loop {
        thread::sleep(Duration::from_millis(20));
        let (busy, mut client) = service.activity.snapshot();
        let Some(busy) = busy else { continue };
        if let Some(deadline) = deadline
            && busy > deadline
        {
            let message = format!(
                "stopped after {} s, the deadline; nothing it did was kept",
                deadline.as_secs_f64()
            );
            end(&ServeReport::Deadline, client.as_mut(), "57014", &message);
        }
        if let Some(limit) = max_bytes
            && Instant::now() > next_size_check
        {
            if bytes_on_disk(&service.options.directory) > limit {
                let message = format!(
                    "stopped: the data would take more than {} MB on disk",
                    limit / 1_000_000
                );
                end(&ServeReport::DiskLimit, client.as_mut(), "53100", &message);
            }
            next_size_check = Instant::now() + Duration::from_millis(100);
        }
    }
}

impl Activity {
    fn lock(&self) -> MutexGuard<'_, ActivityState> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set_busy(&self, busy: bool) {
        self.lock().busy_since = busy.then(Instant::now);
    }

    fn snapshot(&self) -> (Option<Duration>, Option<TcpStream>) {
        let state = self.lock();
        let busy = state.busy_since.map(|since| since.elapsed());
        let client = busy.and_then(|_| state.client.as_ref()?.try_clone().ok());
        (busy, client)
    }
}

fn accept_peers(service: &Arc<Service>, listener: &TcpListener) -> ExitCode {
    for peer in listener.incoming() {
        let Ok(stream) = peer else {
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        if service.peers.fetch_add(1, Ordering::SeqCst) >= MAX_PEERS {
            service.peers.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let service = Arc::clone(service);
        let spawned = thread::Builder::new()
            .name("session".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                // A peer that goes away is no error of ours.
                let _ = serve_peer(&service, stream);
                service.peers.fetch_sub(1, Ordering::SeqCst);
            });
        if spawned.is_err() {
            return ExitCode::from(3);
        }
    }
    ExitCode::SUCCESS
}

fn serve_peer(service: &Service, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(HANDSHAKE_LIMIT))?;
    stream.set_write_timeout(Some(HANDSHAKE_LIMIT))?;
    let Some(startup) = handshake::accept(&mut stream, &service.options.password)? else {
        return Ok(());
    };
    let Some(_engine) = wait_for(&service.engine, SESSION_WAIT) else {
        return handshake::fatal(
            &mut stream,
            "53300",
            "another client is connected, and this server takes one at a time: close that one first",
        );
    };
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(None)?;
    service.activity.lock().client = Some(stream.try_clone()?);
    let outcome = run_session(service, &startup, &mut stream);
    let mut state = service.activity.lock();
    state.busy_since = None;
    state.client = None;
    drop(state);
    outcome
}

fn wait_for(engine: &Mutex<()>, limit: Duration) -> Option<MutexGuard<'_, ()>> {
    let until = Instant::now() + limit;
    loop {
        match engine.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() > until => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
        }
    }
}

fn run_session(service: &Service, startup: &Startup, stream: &mut TcpStream) -> io::Result<()> {
    let (session_settings, server_settings): (Vec<_>, Vec<_>) = service
        .options
        .settings
        .iter()
        .cloned()
        .partition(|(name, _)| SESSION_ONLY.contains(&name.as_str()));
    let mut config = PostgresConfig::default();
    // What a killed process wrote is in the system's cache: only a power cut would need fsync.
    config.insert("fsync", "off");
    for (name, value) in server_settings {
        config.insert(name, value);
    }
    let identity = StartupConfig {
        username: startup.user.clone(),
        database: startup.database.clone(),
    };
    let packet = handshake::with_settings(&startup.packet, &session_settings);
    let opened = service
        .prepared
        .runtime()
        .and_then(|runtime| runtime.open_with_extensions(config, identity, EXTENSIONS))
        .and_then(|mut session| {
            session
                .startup_with_packet(&packet)
                .map(|response| (session, response))
        });
    let (mut session, response) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            return match startup_error_response_output(&error) {
                Some(output) => stream.write_all(output),
                None => {
                    let text = format!("{error:#}");
                    end(
                        &ServeReport::Crashed(text.clone()),
                        Some(stream),
                        "XX000",
                        &text,
                    )
                }
            };
        }
    };
    stream.write_all(&response.output)?;
    if response.accepted {
        let outcome = pump(service, &mut session, stream);
        service.activity.set_busy(false);
        close(session);
        return outcome;
    }
    close(session);
    Ok(())
}

fn pump(
    service: &Service,
    session: &mut ProtocolSession,
    stream: &mut TcpStream,
) -> io::Result<()> {
    let client = Client {
        stream: stream.try_clone()?,
        activity: Arc::clone(&service.activity),
    };
    if let Err(error) = session.attach_protocol_stream(client) {
        return Err(io::Error::other(format!("{error:#}")));
    }
    loop {
        service.activity.set_busy(false);
        let mut message = vec![0u8; 1];
        if stream.read_exact(&mut message).is_err() || message == b"X" {
            return Ok(());
        }
        message.extend(handshake::read_packet(stream, MAX_MESSAGE)?);
        service.activity.set_busy(true);
        match session.send_with_connection_protocol_pump(&message, Vec::new) {
            Ok(ProtocolPumpOutcome::Buffered(answer)) => stream.write_all(&answer)?,
            Ok(ProtocolPumpOutcome::Streamed) => return Ok(()),
            Err(error) => {
                let text = format!("{error:#}");
                let first = text.lines().next().unwrap_or_default().to_owned();
                end(
                    &ServeReport::Crashed(first.clone()),
                    Some(stream),
                    "XX000",
                    &format!(
                        "the embedded PostgreSQL crashed on this statement; nothing it did was kept ({first})"
                    ),
                );
            }
        }
    }
}

fn close(mut session: ProtocolSession) {
    if let Err(error) = session.shutdown() {
        let text = format!("{error:#}");
        end(&ServeReport::Crashed(text), None, "", "");
    }
}

/// The client's connection as the engine reads and writes it.
struct Client {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Read for Client {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.activity.set_busy(false);
        let read = self.stream.read(buffer);
        self.activity.set_busy(true);
        read
    }
}

impl Write for Client {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl ProtocolStream for Client {
    fn read_ready(&mut self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let peeked = self.stream.peek(&mut [0u8; 1]);
        self.stream.set_nonblocking(false)?;
        match peeked {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}
