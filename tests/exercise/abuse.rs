//! Nothing that a candidate types hurts the host, the data or the prompt: on the embedded server.

use std::path::Path;

use crate::home::{Home, shipped};

#[test]
fn nothing_typed_at_the_prompt_does_harm() {
    let home = Home::new();
    let deep = vec!["1"; 20_000].join(" + ");
    let input = format!(
        "SELECT count(*) AS n FROM passages;
         WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r;
         SELECT count(*) AS after_hang FROM passages;
         SELECT {deep};
         SELECT count(*) AS after_crash FROM passages;
         COPY passages TO PROGRAM 'touch /tmp/whyslow-was-here';
         SELECT pg_read_file('/etc/passwd');
         RESET SESSION AUTHORIZATION;
         DELETE FROM passages;
         \\reset
         SELECT count(*) AS after_reset FROM passages;
         \\q\n"
    );
    let text = home.run_with_input(
        &["exercise", "start", "side-door", "--timeout", "2"],
        &input,
    );
    assert!(text.contains("stopped after 2 s"), "{text}");
    // Of four counts, the rows loaded and the rows deleted.
    assert_eq!(text.replace(',', "").matches("300000").count(), 6, "{text}");
    assert!(!text.contains("root:"), "{text}");
    assert!(!Path::new("/tmp/whyslow-was-here").exists());
}

#[test]
fn crashes_and_memory_leave_the_prompt_and_the_data() {
    let home = Home::new();
    let input = "
         CREATE FUNCTION deeper(n int) RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE OR REPLACE FUNCTION deeper(n int) RETURNS int LANGUAGE sql AS 'SELECT deeper(n + 1) + 1';
         SELECT deeper(1);
         SELECT count(*) AS after_recursion FROM passages;
         SELECT length(string_agg(repeat('x', 100000000), '')) FROM generate_series(1, 60);
         SELECT count(*) AS after_memory FROM passages;
         SELECT cardinality(array_agg(repeat(md5(g::text), 1000))) FROM generate_series(1, 10000000) g;
         SELECT count(*) AS after_arrays FROM passages;
         \\q\n";
    let text = home.run_with_input(
        &["exercise", "start", "side-door", "--timeout", "10"],
        input,
    );
    for count in ["after_recursion", "after_memory", "after_arrays"] {
        assert!(text.contains(count), "{count}: {text}");
    }
    // The rows loaded, and three counts.
    let counts = text.replace(',', "");
    assert_eq!(counts.matches("300000").count(), 4, "{text}");
}

/// As long as a server works in it, files come and go.
pub fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Whoever logs in can read everything that the server can.
#[test]
fn the_solution_is_nowhere_in_the_candidates_folder() {
    fn holds(folder: &Path, wanted: &[u8]) -> bool {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.flatten().any(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return holds(&path, wanted);
            }
            let content = std::fs::read(&path).expect("a file");
            content.windows(wanted.len()).any(|part| part == wanted)
        })
    }
    let home = Home::new();
    let told = home.run_with_input(
        &["exercise", "start", "side-door"],
        "SELECT 'told by the candidate' AS told;\n\\check\n\\q\n",
    );
    assert!(told.contains("0 of 100 points"), "{told}");
    let folder = home.0.path().join("exercises/side-door");
    assert!(holds(&folder, b"told by the candidate"));
    let solution = shipped("side-door/solution.sql");
    let telling = solution
        .lines()
        .find(|line| line.contains("badge_no ="))
        .expect("the condition");
    assert!(!holds(&folder, format!("{telling}\n").as_bytes()));
}

#[test]
fn what_was_done_is_graded_and_what_does_not_count_is_named() {
    let home = Home::new();
    let input = "DELETE FROM passages WHERE id % 2 = 0;
         SET enable_seqscan = off;
         CREATE VIEW short AS SELECT id FROM passages;
         SELECT 1;
         \\check
         \\q\n";
    let text = home.run_with_input(&["exercise", "start", "side-door"], input);
    for trick in [
        "DELETE FROM passages WHERE id % 2 = 0",
        "SET enable_seqscan = off",
        "CREATE VIEW short AS SELECT id FROM passages",
    ] {
        let line = format!("left out    {trick}");
        assert!(text.contains(&line), "{trick}: {text}");
    }
    assert!(!text.contains("left out    SELECT"), "{text}");
    assert!(text.contains("0 of 100 points"), "{text}");
}

/// What the server's counters say is lost when it is ended; what was done before that has to count all the same.
#[test]
fn statistics_gathered_after_a_stopped_statement_count() {
    let home = Home::new();
    let input = "SELECT count(*) FROM generate_series(1, 100000000000);
         ANALYZE;
         SELECT count(*) FROM generate_series(1, 100000000000);
         \\check
         \\q\n";
    let text = home.run_with_input(
        &["exercise", "start", "monday-morning", "--timeout", "2"],
        input,
    );
    assert_eq!(text.matches("stopped after 2 s").count(), 2, "{text}");
    assert!(text.contains("passed:"), "{text}");
}
