//! How soon the prompt is back after a statement that ended the server, with what said, and with which data.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rexpect::session::PtySession;

use crate::abuse::bytes_in;
use crate::home::Home;
use crate::terminal::{open, wait};

const PROMPT: &str = "side-door=> ";

/// The deadline of a statement.
const DEADLINE: Duration = Duration::from_secs(20);

/// A second is promised (and measured in docs/exercises.md); here other tests run at the same time, without optimisation.
const BACK: Duration = Duration::from_secs(8);

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
fn the_prompt_is_back_soon_with_the_data_as_it_was() {
    let home = Home::new();
    let mut terminal = open(
        &home,
        &[
            "exercise",
            "start",
            "side-door",
            "--timeout",
            &DEADLINE.as_secs().to_string(),
            "--max-megabytes",
            "600",
        ],
    );
    wait(&mut terminal, PROMPT);
    let terminal = &mut terminal;
    // What came before stays, what the statement itself did does not.
    time(
        terminal,
        "DELETE FROM passages WHERE id <= 10;",
        "done, 10 rows",
    );
    let count = "SELECT count(*) AS rows_left FROM passages;";
    let deeper = "CREATE FUNCTION deeper(n int) RETURNS int LANGUAGE sql AS 'SELECT 1';";
    time(terminal, deeper, "done");
    let deeper = "CREATE OR REPLACE FUNCTION deeper(n int) RETURNS int LANGUAGE sql AS 'SELECT deeper(n + 1) + 1';";
    time(terminal, deeper, "done");

    let gone = "WITH gone AS (DELETE FROM passages RETURNING id) SELECT";
    let hanging = format!("{gone} count(*) FROM gone, generate_series(1, 100000000000);");
    let back = time(
        terminal,
        &hanging,
        "stopped after 20 s; the data is as it was before this statement",
    );
    let late = back.saturating_sub(DEADLINE);
    println!("after the deadline: {late:?}");
    assert!(
        back >= DEADLINE && late < BACK,
        "{late:?} after the deadline"
    );
    time(terminal, count, "299990");

    let crashing = format!("{gone} deeper(1) FROM gone;");
    let back = time(
        terminal,
        &crashing,
        "the server gave up on this statement and was started again; the data is as it was before",
    );
    println!("after endless recursion: {back:?}");
    assert!(back < BACK, "{back:?} after endless recursion");
    time(terminal, count, "299990");

    let full = when_larger(home.0.path(), 600_000_000);
    let filling =
        "CREATE TABLE big AS SELECT repeat(md5(g::text), 50) FROM generate_series(1, 9000000) g;";
    time(
        terminal,
        filling,
        "this statement took more than the 600 MB that an exercise may use, and was stopped",
    );
    let back = full.join().expect("a watch").elapsed();
    println!("after too much disk: {back:?}");
    assert!(back < BACK, "{back:?} after too much disk");
    time(terminal, count, "299990");
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
