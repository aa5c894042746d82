//! A native PostgreSQL 15 in a folder of its own, reached through a socket there; gone when it is dropped.

#[path = "../needs/mod.rs"]
mod needs;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postgres::{Client, NoTls};

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

pub struct NativeServer {
    folder: tempfile::TempDir,
    running: bool,
}

impl NativeServer {
    /// `None` where it is not installed. PostgreSQL refuses root: there it runs as `postgres`.
    pub fn start(name: &str) -> Option<Self> {
        if !Path::new(PROGRAMS).join("initdb").is_file() {
            needs::left_out(name, "the server of PostgreSQL 15");
            return None;
        }
        // The path of a socket must be short.
        let folder = tempfile::Builder::new()
            .prefix(&format!("whyslow-{name}-"))
            .tempdir_in("/tmp")
            .unwrap();
        if is_root() {
            assert!(run(Command::new("chown")
                .arg("postgres")
                .arg(folder.path())));
        }
        let mut server = Self {
            folder,
            running: false,
        };
        let data = server.data();
        assert!(server.program(
            "initdb",
            &[
                "-D",
                &data,
                "-A",
                "trust",
                "-U",
                "postgres",
                "--locale=C.UTF-8",
                "-E",
                "UTF8",
                "--no-sync"
            ],
        ));
        server.launch();
        Some(server)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn launch(&mut self) {
        let options = format!(
            "-k {} -c listen_addresses= -c fsync=off -c shared_buffers=32MB -c autovacuum=off",
            self.folder.path().display()
        );
        let data = self.data();
        let log = self.folder.path().join("log").display().to_string();
        assert!(self.program(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &options, "start"]
        ));
        self.running = true;
    }

    /// Ends the server.
    pub fn stop(&mut self) {
        if self.running {
            let data = self.data();
            self.running = false;
            self.program("pg_ctl", &["-D", &data, "-w", "-m", "fast", "stop"]);
        }
    }

    /// Ends the server and starts it as a standby that has nobody to follow.
    pub fn restart_in_recovery(&mut self) {
        self.stop();
        let signal = PathBuf::from(self.data()).join("standby.signal");
        std::fs::write(&signal, "").unwrap();
        if is_root() {
            assert!(run(Command::new("chown").arg("postgres").arg(&signal)));
        }
        self.launch();
    }

    fn program(&self, name: &str, arguments: &[&str]) -> bool {
        let program = Path::new(PROGRAMS).join(name);
        if !is_root() {
            return run(Command::new(program).args(arguments));
        }
        let quoted: Vec<String> = std::iter::once(program.display().to_string())
            .chain(arguments.iter().map(|argument| (*argument).to_owned()))
            .map(|word| format!("'{}'", word.replace('\'', "'\\''")))
            .collect();
        run(Command::new("su").args(["postgres", "-s", "/bin/sh", "-c", &quoted.join(" ")]))
    }

    /// Its address, through the socket.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!(
            "host={} user={user} dbname={database} sslmode=disable",
            self.folder.path().display()
        )
    }

    pub fn client(&self, user: &str, database: &str) -> Client {
        Client::connect(&self.url(user, database), NoTls).unwrap()
    }

    /// Makes a database and fills it.
    pub fn create_database(&self, name: &str, sql: &str) {
        self.client("postgres", "postgres")
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        self.client("postgres", name).batch_execute(sql).unwrap();
    }
}

impl Drop for NativeServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_root() -> bool {
    std::env::var("USER").is_ok_and(|user| user == "root")
        || Path::new("/proc/self").metadata().is_ok_and(|metadata| {
            use std::os::unix::fs::MetadataExt;
            metadata.uid() == 0
        })
}

/// pg_ctl's server keeps the standard streams that it inherits: they must not be pipes of ours.
fn run(command: &mut Command) -> bool {
    command
        .current_dir("/tmp")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
