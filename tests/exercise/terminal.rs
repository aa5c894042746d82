//! The prompts in a terminal of their own.

use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};

use crate::home::Home;

/// Generous: other tests run at the same time.
const PATIENCE: u64 = 180_000;

const UP: &str = "\x1b[A";

pub fn open(home: &Home, arguments: &[&str]) -> PtySession {
    let mut command = home.command(arguments);
    command.env("TERM", "xterm").env("COLUMNS", "100");
    let options = Options::new()
        .timeout_ms(Some(PATIENCE))
        .strip_ansi_escape_codes(true);
    spawn_with_options(command, options).unwrap_or_else(|error| panic!("{error}"))
}

/// Waits for a text; what came before it.
pub fn wait(terminal: &mut PtySession, text: &str) -> String {
    terminal
        .exp_string(text)
        .unwrap_or_else(|error| panic!("{text:?} does not come: {error}"))
}

/// Waits for the prompt, and types a line. Keys that come while the prompt is being drawn are kept by the terminal.
fn at(terminal: &mut PtySession, prompt: &str, line: &str) {
    wait(terminal, prompt);
    terminal
        .send(&format!("{line}\r"))
        .and_then(|_| terminal.flush())
        .unwrap_or_else(|error| panic!("{line:?} cannot be typed: {error}"));
}

#[test]
fn a_candidate_works_at_the_prompt() {
    let home = Home::new();
    let mut terminal = open(
        &home,
        &["exercise", "start", "side-door", "--timeout", "60"],
    );
    let prompt = "side-door=> ";
    wait(&mut terminal, "Side door");
    wait(&mut terminal, "postgres://");
    at(&mut terminal, prompt, "\\d");
    wait(&mut terminal, "| passages |");
    at(&mut terminal, prompt, "\\d passages");
    wait(&mut terminal, "passages_badge_no");
    // A statement over two lines; the arrow brings it back whole.
    at(&mut terminal, prompt, "SELECT 41 +");
    at(&mut terminal, "side-door-> ", "1 AS answer;");
    wait(&mut terminal, "|     42 |");
    at(&mut terminal, prompt, UP);
    wait(&mut terminal, "|     42 |");
    at(&mut terminal, prompt, "\\timing");
    at(&mut terminal, prompt, "SELECT 1;");
    wait(&mut terminal, "Time: ");
    at(&mut terminal, prompt, "\\explain");
    wait(&mut terminal, "Seq Scan");
    // Ctrl-C ends a statement, and not the prompt.
    at(
        &mut terminal,
        prompt,
        "SELECT count(*) FROM generate_series(1, 100000000000);",
    );
    std::thread::sleep(std::time::Duration::from_millis(1500));
    terminal
        .send_control('c')
        .unwrap_or_else(|error| panic!("{error}"));
    wait(
        &mut terminal,
        "stopped; the data is as it was before this statement",
    );
    at(
        &mut terminal,
        prompt,
        "SELECT count(*) AS still_there FROM passages;",
    );
    wait(&mut terminal, "300000");
    at(
        &mut terminal,
        prompt,
        "SELECT id, door, passed_at FROM passages WHERE badge_no = 7000123 ORDER BY passed_at DESC, id;",
    );
    at(&mut terminal, prompt, "\\save");
    wait(&mut terminal, "saved");
    at(&mut terminal, prompt, "\\check");
    wait(&mut terminal, "passed:");
    wait(&mut terminal, "100 of 100 points");
    at(&mut terminal, prompt, "\\q");
    terminal.exp_eof().unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn an_interview_goes_on_after_a_crash_and_keeps_candidates_apart() {
    let home = Home::new();
    let run = |candidate: &'static str| {
        [
            "interview",
            "run",
            "backend-engineer",
            "--candidate",
            candidate,
        ]
    };
    let mut terminal = open(&home, &run("Ada Byron"));
    wait(&mut terminal, "Backend engineer with Ada Byron");
    at(&mut terminal, "min; in all", "1 3");
    wait(&mut terminal, "[x]");
    at(&mut terminal, "min; in all", "spoke of ETags");
    wait(&mut terminal, "noted");
    at(&mut terminal, "min; in all", "n");
    at(&mut terminal, "min; in all", "t");
    at(&mut terminal, "min; in all", "e side-door");
    at(
        &mut terminal,
        "side-door=> ",
        "CREATE INDEX ON passages (door);",
    );
    at(&mut terminal, "side-door=> ", "\\hint");
    wait(&mut terminal, "Hint 1 of 3");
    at(&mut terminal, "side-door=> ", "\\q");
    at(&mut terminal, "min; in all", "2");
    wait(&mut terminal, "[x]");
    wait(&mut terminal, "min; in all");
    // SIGTERM, for which the conversation makes no provision: the process is gone at once.
    let ended = terminal.process_mut().exit();
    assert!(ended.is_ok(), "{ended:?}");

    let mut terminal = open(&home, &run("Ada Byron"));
    wait(&mut terminal, "goes on where it was left");
    // In the second topic, where the second point was ticked.
    wait(&mut terminal, "2 of ");
    wait(&mut terminal, "[x]  2");
    at(&mut terminal, "min; in all", "done");
    terminal.exp_eof().unwrap_or_else(|error| panic!("{error}"));

    let mut terminal = open(&home, &run("Bob"));
    at(&mut terminal, "min; in all", "e side-door");
    let banner = wait(&mut terminal, "side-door=> ");
    assert!(!banner.contains("continues the session"), "{banner}");
    terminal
        .send("\\q\r")
        .and_then(|_| terminal.flush())
        .unwrap_or_else(|error| panic!("{error}"));
    at(&mut terminal, "min; in all", "q");
    terminal.exp_eof().unwrap_or_else(|error| panic!("{error}"));

    let report = |candidate: &str| {
        let output = home.run(&[
            "interview",
            "report",
            "backend-engineer",
            "--candidate",
            candidate,
        ]);
        String::from_utf8(output.stdout).expect("text")
    };
    let ada = report("Ada Byron");
    assert!(ada.contains("spoke of ETags"), "{ada}");
    assert!(ada.contains("CREATE INDEX ON passages (door)"), "{ada}");
    assert!(ada.contains("1 of 3 hints taken"), "{ada}");
    let bob = report("Bob");
    assert!(bob.contains("0 of 3 hints taken"), "{bob}");
    assert!(!bob.contains("CREATE INDEX"), "{bob}");
}
