use std::fs;

use serde_json::Value;

use crate::home::{Home, shipped};

#[test]
fn the_list_follows_its_contract() {
    let output = Home::new().run(&["exercise", "list", "--format", "json"]);
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let exercises = list["exercises"].as_array().expect("a list");
    assert!(exercises.len() >= 24);
    for exercise in exercises {
        assert!(exercise["name"].is_string() && exercise["title"].is_string());
        assert!(exercise["level"].is_u64() && exercise["minutes"].is_u64());
    }
}

#[test]
fn what_a_candidate_sees_leaks_nothing() {
    let home = Home::new();
    let list = home.run(&["exercise", "list", "--format", "json"]);
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    for exercise in list["exercises"].as_array().expect("a list") {
        let name = exercise["name"].as_str().expect("a name");
        let manifest: toml::Table = shipped(&format!("{name}/exercise.toml"))
            .parse()
            .expect("TOML");
        for format in ["markdown", "html"] {
            let output = home.run(&["exercise", "export", name, "--handout", "--format", format]);
            assert!(output.status.success());
            let text = String::from_utf8(output.stdout).expect("text");
            for hint in manifest["hints"].as_array().expect("hints") {
                let hint = hint["text"].as_str().expect("a text");
                assert!(!text.contains(hint), "{name}: a hint is in the handout");
            }
            for rule in manifest["rules"].as_array().expect("rules") {
                let rule = rule.as_str().expect("a name");
                assert!(!text.contains(rule), "{name}: {rule} is in the handout");
            }
            for line in shipped(&format!("{name}/solution.sql")).lines() {
                if line.starts_with("CREATE INDEX") {
                    assert!(!text.contains(line), "{name}: {line} is in the handout");
                }
            }
        }
    }
}

#[test]
fn a_right_answer_passes_and_a_wrong_one_does_not() {
    let home = Home::new();
    let (code, verdict) = home.check("side-door", &shipped("side-door/solution.sql"));
    assert_eq!(code, Some(0), "{verdict}");
    assert_eq!(verdict["passed"], true);
    assert_eq!(verdict["points"], 100);
    assert_eq!(verdict["rows"], "same");
    assert_eq!(verdict["left_out"], serde_json::json!([]));
    let blocks = &verdict["blocks"];
    assert!(blocks["after"].as_u64() < blocks["goal"].as_u64());
    assert!(blocks["before"].as_u64() > blocks["goal"].as_u64());

    let (code, verdict) = home.check("side-door", &shipped("side-door/wrong/cast-column.sql"));
    assert_eq!(code, Some(1));
    assert_eq!(verdict["passed"], false);
    assert_eq!(verdict["rows"], "same");

    let (code, verdict) = home.check("side-door", "SELECT nonsense FROM passages;");
    assert_eq!(code, Some(1));
    assert_eq!(verdict["rows"], "error");
}

#[test]
fn tricks_do_not_count() {
    let home = Home::new();
    let tricks = "DELETE FROM passages WHERE badge_no <> 7000123;
        SET enable_seqscan = off;
        CREATE VIEW pg_temp.passages AS SELECT 1;
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
        ALTER SYSTEM SET work_mem = '1GB';";
    let (code, verdict) = home.check("side-door", tricks);
    assert_eq!(code, Some(1));
    assert_eq!(verdict["outcome"], "left-out");
    assert_eq!(verdict["left_out"].as_array().map(Vec::len), Some(5));
    assert_eq!(verdict["blocks"]["before"], verdict["blocks"]["after"]);
}

#[test]
fn a_rewrite_that_is_right_only_on_this_data_is_shown_where_it_is_wrong() {
    let home = Home::new();
    // All numbers are positive in this data, and nothing says that they have to be.
    let answer = "SELECT id, door, passed_at FROM passages WHERE badge_no = 7000123 AND id > 0
        ORDER BY passed_at DESC, id;";
    let (code, verdict) = home.check("side-door", answer);
    assert_eq!(code, Some(1), "{verdict}");
    assert_eq!(verdict["rows"], "different");
    assert!(verdict["counterexample"]["setup"].is_string());
}

#[test]
fn unknown_names_are_wrong_usage() {
    let output = Home::new().run(&["exercise", "show", "nigth-shift"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("night-shift"), "{text}");
}

#[test]
fn a_session_is_graded_reported_and_continued() {
    let home = Home::new();
    let first = home.run_with_input(
        &["exercise", "start", "side-door"],
        "\\hint\nSELECT id, door, passed_at FROM passages WHERE badge_no = 7000123 ORDER BY passed_at DESC, id;\n\\save\n\\q\n",
    );
    assert!(first.contains("Hint 1 of 3"), "{first}");
    assert!(first.contains("saved"), "{first}");
    let output = home.run(&["exercise", "check", "side-door", "--format", "json"]);
    let verdict: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(verdict["passed"], true, "{verdict}");
    assert_eq!(verdict["points"], 90);
    let report = home.run(&["exercise", "report", "side-door"]);
    let report = String::from_utf8_lossy(&report.stdout);
    assert!(report.contains("1 of 3 hints taken"), "{report}");
    assert!(
        report.contains("best of 1 checks: 90 of 100 points, passed"),
        "{report}"
    );
    let second = home.run_with_input(&["exercise", "start", "side-door"], "\\query\n\\q\n");
    assert!(second.contains("continues the session"), "{second}");
    assert!(second.contains("badge_no = 7000123 ORDER"), "{second}");
}

/// All but the time taken, which is reported and not graded.
#[test]
fn the_same_answer_gets_the_same_verdict_again() {
    let home = Home::new();
    let answers = [
        shipped("side-door/solution.sql"),
        "CREATE INDEX a ON passages (badge_no, passed_at); DELETE FROM passages; ANALYZE;".to_owned(),
        "SELECT id, door, passed_at FROM passages WHERE badge_no = 7000123 AND id > 0 ORDER BY 3 DESC, 1;"
            .to_owned(),
    ];
    for answer in answers {
        let verdict = || {
            let (code, mut verdict) = home.check("side-door", &answer);
            verdict["milliseconds"] = Value::Null;
            verdict["plan"] = Value::Null;
            for cost in verdict["write_cost"].as_array_mut().expect("costs") {
                cost["milliseconds_before"] = Value::Null;
                cost["milliseconds_after"] = Value::Null;
            }
            (code, verdict)
        };
        assert_eq!(verdict(), verdict(), "{answer}");
    }
}

#[test]
fn packs_verify_on_one_seed_and_as_a_variant() {
    let home = Home::new();
    for variant in [None, Some("11")] {
        let mut arguments = vec![
            "exercise",
            "verify",
            "sample_exercises/standings",
            "sample_exercises/lost-keys",
            "--seeds",
            "1",
            "--runs",
            "1",
        ];
        arguments.extend(variant.into_iter().flat_map(|seed| ["--variant", seed]));
        let output = home.run(&arguments);
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_broken_pack_is_told_with_file_and_key() {
    let home = Home::new();
    let folder = home.0.path().join("broken");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("exercise.toml"), "title = 1\n").expect("writes");
    for file in ["schema.sql", "data.toml", "query.sql", "solution.sql"] {
        fs::write(folder.join(file), "").expect("writes");
    }
    let output = home.run(&["exercise", "show", &folder.display().to_string()]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("broken/exercise.toml, line 1"), "{text}");
}
