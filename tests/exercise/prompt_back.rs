//! How soon the prompt is back after a statement that ended the server, what it says, and with which data.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rexpect::session::PtySession;

use crate::abuse::bytes_in;
use crate::home::Home;
use crate::terminal::{open, wait};

const PROMPT: &str = "side-door=> ";

/// The deadline of a statement.
const DEADLINE: Duration = Duration::from_secs(8);

/// A second is promised; here other tests run at the same time, without optimisation.
const BACK: Duration = Duration::from_secs(6);

const COUNT: &str = "SELECT count(*) AS rows_left FROM passages;";

/// A prompt of the exercise, and what was done at it before.
fn prompt(home: &Home, timeout: &str, done: &[&str]) -> PtySession {
    let mut terminal = open(
        home,
        &[
            "exercise",
            "start",
            "side-door",
            "--timeout",
            timeout,
            "--max-megabytes",
            "600",
        ],
    );
    wait(&mut terminal, PROMPT);
    for statement in done {
        time(&mut terminal, statement, "done");
    }
    terminal
}

/// Types a statement at a prompt that was waited for; how long it took until the prompt was back, having said so.
fn time(terminal: &mut PtySession, statement: &str, said: &str) -> Duration {
    let started = Instant::now();
    terminal
        .send(&format!("{statement}\r"))
        .and_then(|_| terminal.flush())
        .unwrap_or_else(|error| panic!("{statement:?} cannot be typed: {error}"));
    wait(terminal, said);
    wait(terminal, PROMPT);
    started.elapsed()
}

#[test]
fn the_prompt_is_back_soon_after_a_deadline_and_a_crash() {
    let home = Home::new();
    let timeout = DEADLINE.as_secs().to_string();
    // What came before stays, what a statement that is ended did itself does not.
    let mut terminal = prompt(
        &home,
        &timeout,
        &[
            "DELETE FROM passages WHERE id <= 10;",
            "CREATE FUNCTION deeper(n int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
            "CREATE OR REPLACE FUNCTION deeper(n int) RETURNS int LANGUAGE sql AS 'SELECT deeper(n + 1) + 1';",
        ],
    );
    let terminal = &mut terminal;
    let hanging = "WITH gone AS (DELETE FROM passages RETURNING id) SELECT pg_sleep(600), count(*) FROM gone;";
    let back = time(
        terminal,
        hanging,
        &format!("stopped after {timeout} s; the data is as it was before this statement"),
    );
    let late = back.saturating_sub(DEADLINE);
    println!("the prompt is back {late:?} after the deadline");
    assert!(
        back >= DEADLINE && late < BACK,
        "{late:?} after the deadline"
    );
    time(terminal, COUNT, "299990");

    let crashing = "WITH gone AS (DELETE FROM passages WHERE id < 1000 RETURNING id) SELECT deeper(1) FROM gone;";
    let back = time(
        terminal,
        crashing,
        "the server gave up on this statement and was started again; the data is as it was before",
    );
    println!("the prompt is back {back:?} after endless recursion was begun");
    assert!(back < BACK, "{back:?} after endless recursion");
    time(terminal, COUNT, "299990");
}

#[test]
fn too_much_disk_is_stopped_and_given_back() {
    let home = Home::new();
    let mut terminal = prompt(&home, "120", &[]);
    let terminal = &mut terminal;
    let full = when_larger(home.0.path(), 600_000_000);
    time(
        terminal,
        "CREATE TABLE big AS SELECT repeat(md5(g::text), 50) FROM generate_series(1, 9000000) g;",
        "this statement took more than the 600 MB that an exercise may use, and was stopped",
    );
    let back = full.join().expect("a watch").elapsed();
    println!("the prompt is back {back:?} after the disk was full");
    assert!(back < BACK, "{back:?} with too much disk");
    time(terminal, COUNT, "300000");
    time(terminal, "CREATE TABLE big AS SELECT 4711 AS one;", "done");
    time(terminal, "SELECT one AS room_again FROM big;", "4711 |");
    let data = home.0.path().join("exercises/side-door/data");
    let bytes = bytes_in(&data);
    assert!(
        bytes < 600_000_000,
        "{bytes} bytes are left in {}",
        data.display()
    );
}

/// The moment from which a folder takes more.
fn when_larger(folder: &Path, bytes: u64) -> JoinHandle<Instant> {
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        while bytes_in(&folder) <= bytes {
            std::thread::sleep(Duration::from_millis(50));
        }
        Instant::now()
    })
}
