//! Exercises on a server of the user's own (`--database`): nothing that a candidate types hurts it, and nothing is left
//! on it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use serde_json::Value;
use tempfile::TempDir;

use crate::home::{Home, shipped};
use crate::needs::left_out;

const BINARIES: &str = "/usr/lib/postgresql/15/bin";

/// A PostgreSQL 15 that is stopped with this value.
struct Cluster {
    folder: TempDir,
    port: u16,
    /// What is left on the server is counted, so one test at a time.
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

/// PostgreSQL refuses to run as root.
fn as_postgres(command: &str) -> Output {
    let root =
        fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut shell = if root {
        let mut su = Command::new("su");
        su.args(["postgres", "-s", "/bin/sh", "-c", command]);
        su
    } else {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]);
        shell
    };
    shell.stdin(Stdio::null()).output().expect("a shell")
}

impl Cluster {
    fn start(test: &str) -> Option<Self> {
        if !Path::new(BINARIES).join("initdb").is_file() {
            left_out(test, "the server of PostgreSQL 15");
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = TempDir::new().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("permissions");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let path = folder.path().display();
        let done = as_postgres(&format!(
            "cd {path} && echo secret > password && {BINARIES}/initdb -D data -U postgres -A scram-sha-256 \
                 --pwfile=password --locale=C.UTF-8 -E UTF8 >initdb.log 2>&1 \
             && {BINARIES}/pg_ctl -D data -w -l server.log \
                 -o \"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off\" start >start.log 2>&1"
        ));
        assert!(done.status.success(), "{done:?}");
        Some(Self {
            folder,
            port,
            _alone: alone,
        })
    }

    fn url(&self) -> String {
        format!(
            "postgres://postgres:secret@127.0.0.1:{}/postgres",
            self.port
        )
    }

    fn client(&self) -> Client {
        Client::connect(&self.url(), NoTls).expect("a connection")
    }

    /// Databases and roles that we made and that are still there.
    fn left_behind(&self) -> Vec<String> {
        let sql = "SELECT datname::text FROM pg_database WHERE datname LIKE 'whyslow%' \
             UNION ALL SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'whyslow%'";
        let rows = self.client().query(sql, &[]).expect("rows");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let path = self.folder.path().display();
        as_postgres(&format!(
            "{BINARIES}/pg_ctl -D {path}/data -m immediate stop; rm -rf {path}/data"
        ));
    }
}

#[test]
fn nothing_typed_at_the_prompt_hurts_the_server() {
    let Some(cluster) = Cluster::start("nothing_typed_at_the_prompt_hurts_the_server") else {
        return;
    };
    let home = Home::new();
    let deep = vec!["1"; 20_000].join(" + ");
    let input = format!(
        "SELECT count(*) AS at_first FROM passages;
         SET statement_timeout = 0;
         SELECT pg_sleep(600);
         SELECT count(*) AS after_hang FROM passages;
         SELECT {deep};
         SELECT count(*) AS after_crash FROM passages;
         COPY passages TO PROGRAM 'touch /tmp/whyslow-was-on-the-server';
         COPY passages TO '/tmp/whyslow-was-on-the-server';
         SELECT pg_read_file('/etc/passwd');
         SELECT lo_import('/etc/passwd');
         RESET SESSION AUTHORIZATION;
         SET ROLE postgres;
         ALTER ROLE CURRENT_USER SUPERUSER;
         ALTER SYSTEM SET work_mem = '1GB';
         CREATE DATABASE mine;
         CREATE ROLE somebody;
         SET temp_file_limit = -1;
         SHOW temp_file_limit;
         SELECT rolsuper AS is_superuser FROM pg_roles WHERE rolname = current_user;
         DROP TABLE passages;
         \\reset
         SELECT count(*) AS after_reset FROM passages;
         DELETE FROM passages WHERE id > 10;
         SELECT id, door, passed_at FROM passages WHERE badge_no = 7000123 ORDER BY passed_at DESC, id;
         \\save
         \\check
         \\q\n"
    );
    let url = cluster.url();
    let arguments = [
        "exercise",
        "start",
        "side-door",
        "--database",
        &url,
        "--timeout",
        "3",
    ];
    let text = home.run_with_input(&arguments, &input);
    assert!(text.contains("stopped after 3 s"), "{text}");
    for count in ["after_hang", "after_crash", "after_reset"] {
        assert!(text.contains(count), "{count}: {text}");
    }
    assert!(text.contains("ERROR: stack depth limit exceeded"), "{text}");
    assert!(!text.contains("root:"), "{text}");
    assert!(!Path::new("/tmp/whyslow-was-on-the-server").exists());
    assert!(text.matches("permission denied").count() >= 6, "{text}");
    assert!(text.contains("| 1GB"), "{text}");
    assert!(text.contains("passed:"), "{text}");
    assert!(text.contains("left out    DELETE FROM passages"), "{text}");
    assert!(!text.contains(":secret@"), "{text}");
    assert_eq!(cluster.left_behind(), Vec::<String>::new());
    let roles: i64 = cluster
        .client()
        .query_one("SELECT count(*) FROM pg_roles WHERE rolname = 'somebody' OR rolsuper AND rolname <> 'postgres'", &[])
        .expect("a row")
        .get(0);
    assert_eq!(roles, 0);
}

#[test]
fn too_much_disk_is_stopped_on_the_server_too() {
    let Some(cluster) = Cluster::start("too_much_disk_is_stopped_on_the_server_too") else {
        return;
    };
    let home = Home::new();
    let fill = "SELECT repeat(md5(g::text), 50) AS filling FROM generate_series(1, 10000000) g";
    let input = format!(
        "CREATE TABLE big AS {fill};
         SELECT count(*) AS after_filling FROM passages;
         CREATE TABLE big AS SELECT 1 AS one;
         SELECT one AS room_again FROM big;
         \\q\n"
    );
    let url = cluster.url();
    let text = home.run_with_input(
        &[
            "exercise",
            "start",
            "side-door",
            "--database",
            &url,
            "--timeout",
            "120",
            "--max-megabytes",
            "150",
        ],
        &input,
    );
    assert!(text.contains("more than the 150 MB"), "{text}");
    assert!(text.contains("after_filling"), "{text}");
    assert!(text.contains("room_again"), "{text}");
    assert_eq!(cluster.left_behind(), Vec::<String>::new());
}

#[test]
fn another_client_cannot_lift_its_deadline_and_a_signal_drops_the_database() {
    let name = "another_client_cannot_lift_its_deadline_and_a_signal_drops_the_database";
    let Some(cluster) = Cluster::start(name) else {
        return;
    };
    let home = Home::new();
    let url = cluster.url();
    let mut child = home
        .command(&[
            "exercise",
            "start",
            "side-door",
            "--database",
            &url,
            "--timeout",
            "2",
            "--serve",
            "--format",
            "json",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
    let mut text = String::new();
    let told: Value = loop {
        text.push_str(&lines.next().expect("a line").expect("text"));
        if let Ok(value) = serde_json::from_str(&text) {
            break value;
        }
    };
    assert_eq!(told["exercise"], "side-door");
    assert_eq!(told["rows"]["passages"], 300_000);
    let candidate = told["url"].as_str().expect("an address");
    let mut client = Client::connect(candidate, NoTls).expect("lets a client in");
    client
        .batch_execute("SET statement_timeout = 0")
        .expect("is allowed");
    let started = Instant::now();
    assert!(client.batch_execute("SELECT pg_sleep(600)").is_err());
    assert!(started.elapsed() < Duration::from_secs(60));
    // The copy from which the others are made is out of reach.
    let databases = cluster.left_behind();
    assert!(databases.len() >= 3, "{databases:?}");
    let own = candidate.rsplit('/').next().expect("a database");
    for other in databases
        .iter()
        .filter(|name| *name != own && !name.ends_with("candidate"))
    {
        let elsewhere = candidate.replace(&format!("/{own}"), &format!("/{other}"));
        assert!(Client::connect(&elsewhere, NoTls).is_err(), "{other}");
    }
    let mut client = Client::connect(candidate, NoTls).expect("lets a client in");
    client
        .batch_execute("CREATE VIEW look_alike AS SELECT 1; DELETE FROM passages WHERE id = 1")
        .expect("is allowed");
    drop(client);
    let check = home.run(&[
        "exercise",
        "check",
        "side-door",
        "--database",
        &url,
        "--format",
        "json",
    ]);
    let verdict: Value = serde_json::from_slice(&check.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&check.stderr)));
    let left_out = verdict["left_out"].to_string();
    assert!(left_out.contains("view look_alike"), "{verdict}");
    assert!(left_out.contains("other rows in passages"), "{verdict}");
    let ended = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .expect("kill runs");
    assert!(ended.success());
    child.wait().expect("ends");
    assert_eq!(cluster.left_behind(), Vec::<String>::new());
}

#[test]
fn answers_are_graded_on_the_server() {
    let Some(cluster) = Cluster::start("answers_are_graded_on_the_server") else {
        return;
    };
    let home = Home::new();
    let url = cluster.url();
    let verify = home.run(&[
        "exercise",
        "verify",
        "sample_exercises/side-door",
        "--database",
        &url,
        "--seeds",
        "1",
        "--runs",
        "1",
    ]);
    let text = String::from_utf8_lossy(&verify.stdout).into_owned();
    assert!(
        verify.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&verify.stderr)
    );
    // Not the same on every database, and only small ones tell.
    let answer = shipped("side-door/solution.sql").replace("7000123", "7000123 AND id > 0");
    let path = home.0.path().join("answer.sql");
    fs::write(&path, answer).expect("writes");
    let path = path.display().to_string();
    let check = home.run(&[
        "exercise",
        "check",
        "side-door",
        "--answer",
        &path,
        "--database",
        &url,
        "--format",
        "json",
    ]);
    let verdict: Value = serde_json::from_slice(&check.stdout).expect("JSON");
    assert_eq!(verdict["rows"], "different", "{verdict}");
    assert_eq!(cluster.left_behind(), Vec::<String>::new());
}
