use serde_json::{Value, json};

use super::{Document, exact};
use crate::exercise::{Baseline, EventKind, Pack, Session, bytes};
use crate::plan::{Figures, Plan, PlanTree, units};

/// What a candidate gets on paper: the task, the tables and the query; nothing that helps.
pub fn handout(pack: &Pack) -> Document {
    let manifest = &pack.manifest;
    let mut document = Document::new(&manifest.title);
    document.paragraph(format!("{} minutes", manifest.minutes));
    document.lead(&manifest.goal);
    document.paragraph(&manifest.story);
    document.heading(2, "The query");
    document.code("sql", pack.query.trim());
    if !manifest.parameters.is_empty() {
        document.paragraph("It is run with these values:");
        document.list(
            manifest
                .parameters
                .iter()
                .map(|set| format!("{}: {}", set.label, set.values.join(", "))),
        );
    }
    document.heading(2, "The tables");
    document.code("sql", pack.schema.trim());
    if !pack.guards.is_empty() {
        document.heading(2, "Statements that have to stay quick");
        for text in &pack.guards {
            document.code("sql", text.trim());
        }
    }
    document.heading(2, "What counts");
    document.list(limits(pack));
    document.heading(2, "How to work on it");
    document.code("sh", format!("whyslow exercise start {}", pack.name));
    document.paragraph(
        "Write an answer as a file with the statements that create or drop indexes, and the rewritten query if there is one:",
    );
    document.code(
        "sh",
        format!("whyslow exercise check {} --answer answer.sql", pack.name),
    );
    document
}

/// The same for programs.
pub fn handout_json(pack: &Pack) -> Value {
    let manifest = &pack.manifest;
    let limits = &manifest.limits;
    json!({
        "name": pack.name, "title": manifest.title, "level": manifest.level, "minutes": manifest.minutes,
        "goal": manifest.goal, "story": manifest.story, "schema": pack.schema, "query": pack.query,
        "parameters": manifest.parameters, "guards": pack.guards,
        // What is allowed beside indexes would give the answer away.
        "limits": {
            "blocks": limits.blocks, "indexes": limits.indexes, "index_bytes": limits.index_bytes,
            "rewrite": limits.rewrite,
        },
    })
}

fn limits(pack: &Pack) -> Vec<String> {
    let limits = &pack.manifest.limits;
    let mut lines = vec![
        "The rows have to stay the same, in the same order.".to_owned(),
        format!(
            "The query may read at most {} (8 kB each), whether from memory or from disk.",
            units::counted(limits.blocks as f64, "block")
        ),
    ];
    lines.push(match limits.indexes {
        0 => "No index may be added.".to_owned(),
        1 => "One index may be added.".to_owned(),
        number if number < 16 => format!("{number} indexes may be added."),
        _ => "Indexes may be added.".to_owned(),
    });
    if limits.index_bytes < 1 << 40 && limits.indexes > 0 {
        lines.push(format!(
            "Together, new indexes may take {}.",
            bytes(limits.index_bytes)
        ));
    }
    if !limits.rewrite {
        lines.push("The query cannot be changed.".to_owned());
    }
    lines
}

/// What the interviewer gets: everything.
pub fn key(pack: &Pack, baseline: Option<&Baseline>) -> Document {
    let manifest = &pack.manifest;
    let mut document = Document::new(format!("{}: key", manifest.title));
    document.paragraph(format!(
        "{}, level {} of 5, {} minutes. About: {}.",
        pack.name,
        manifest.level,
        manifest.minutes,
        manifest.topics.join(", ")
    ));
    document.lead(&manifest.goal);
    document.heading(2, "The query");
    document.code("sql", pack.query.trim());
    document.heading(2, "Why it is slow, and what helps");
    document.paragraph(&manifest.explanation);
    document.heading(3, "Solution");
    document.code("sql", pack.solution.trim());
    document.paragraph(format!("What it costs: {}", manifest.trade_off));
    if let Some(baseline) = baseline {
        document.heading(3, "Before and after");
        document.table(
            ["", "blocks", "time (not graded)"],
            vec![
                vec![
                    "as it is".to_owned(),
                    units::count(baseline.unsolved.blocks as f64),
                    units::milliseconds(baseline.unsolved.milliseconds),
                ],
                vec![
                    "solution".to_owned(),
                    units::count(baseline.solution.blocks as f64),
                    units::milliseconds(baseline.solution.milliseconds),
                ],
                vec![
                    "goal".to_owned(),
                    units::count(manifest.limits.blocks as f64),
                    String::new(),
                ],
            ],
        );
        for (title, measured) in [
            ("Plan as it is", &baseline.unsolved),
            ("Plan of the solution", &baseline.solution),
        ] {
            if let Some(plan) = measured
                .plan
                .as_ref()
                .and_then(|json| Plan::from_json(json).ok())
            {
                document.heading(3, title);
                let figures = Figures::of(&plan);
                document.code("text", PlanTree::of(&plan, &figures, &|_| None).to_text(96));
            }
        }
    }
    document.heading(2, "Questions");
    document.list(manifest.questions.iter().cloned());
    document.heading(3, "A good answer mentions");
    document.list(manifest.good_answer.iter().cloned());
    document.paragraph(
        "A point that is not mentioned is no failure: ask, and note what was discussed.",
    );
    document.heading(3, "Follow-ups");
    document.list(manifest.follow_ups.iter().cloned());
    document.heading(2, "Rubric");
    document.table(
        ["points", "seen"],
        manifest
            .rubric
            .iter()
            .enumerate()
            .map(|(points, seen)| vec![points.to_string(), seen.clone()])
            .collect(),
    );
    document.heading(2, "Hints");
    document.table(
        ["", "hint", "costs"],
        manifest
            .hints
            .iter()
            .enumerate()
            .map(|(at, hint)| {
                vec![
                    (at + 1).to_string(),
                    hint.text.clone(),
                    format!("{} points", hint.points),
                ]
            })
            .collect(),
    );
    if !manifest.wrong.is_empty() {
        document.heading(2, "What does not do");
        for (wrong, text) in manifest.wrong.iter().zip(&pack.wrong) {
            document.paragraph(format!("{} ({}):", wrong.why, wrong.verdict.name()));
            document.code("sql", text.trim());
        }
    }
    document
}

/// The same for programs.
///
/// # Errors
/// Where the manifest cannot be written as JSON, which does not happen.
pub fn key_json(pack: &Pack, baseline: &Baseline) -> serde_json::Result<Value> {
    Ok(json!({
        "name": pack.name, "manifest": serde_json::to_value(&pack.manifest)?, "query": pack.query,
        "solution": pack.solution, "wrong": pack.wrong,
        "before": serde_json::to_value(&baseline.unsolved)?, "after": serde_json::to_value(&baseline.solution)?,
    }))
}

/// What happened in a session.
pub fn session_report(pack: &Pack, session: &Session) -> Document {
    let mut document = Document::new(format!("{}: what happened", pack.manifest.title));
    let checks: Vec<(bool, u32, u64)> = session
        .events
        .iter()
        .filter_map(|event| match &event.what {
            EventKind::Checked {
                passed,
                points,
                blocks,
                ..
            } => Some((*passed, *points, *blocks)),
            _ => None,
        })
        .collect();
    let best = checks.iter().map(|(_, points, _)| *points).max();
    document.list([
        format!(
            "begun {}",
            session.started_at.strftime("%Y-%m-%d %H:%M UTC")
        ),
        format!(
            "{:.0} minutes used, {} planned",
            session.minutes(),
            pack.manifest.minutes
        ),
        match best {
            Some(points) => format!(
                "best of {} checks: {points} of 100 points{}",
                checks.len(),
                if checks.iter().any(|(passed, ..)| *passed) {
                    ", passed"
                } else {
                    ""
                }
            ),
            None => "never checked".to_owned(),
        },
        format!(
            "{} of {} hints taken{}",
            session.hints,
            pack.manifest.hints.len(),
            if session.revealed {
                ", the solution was shown"
            } else {
                ""
            }
        ),
        match session.first_change_after() {
            Some(minutes) => format!("first change to the database after {minutes:.0} minutes"),
            None => "the database was not changed".to_owned(),
        },
        match session.first_success_after() {
            Some(minutes) => format!("first answer that helped after {minutes:.0} minutes"),
            None => "no answer helped".to_owned(),
        },
    ]);
    document.heading(2, "Answer");
    if session.answer.trim().is_empty() {
        document.paragraph("none");
    } else {
        document.code("sql", session.answer.trim());
    }
    document.heading(2, "Step by step");
    document.table(
        ["minute", "what", "result"],
        session
            .events
            .iter()
            .filter(|event| !is_told_by_its_statement(&event.what))
            .map(|event| {
                let minute = (event.at.as_second() - session.started_at.as_second()) as f64 / 60.0;
                let (what, result) = event_line(&event.what);
                vec![format!("{minute:.1}"), what, result]
            })
            .collect(),
    );
    let plans = session.events.iter().filter_map(|event| match &event.what {
        EventKind::Plan { query, plan } => Some((event, query, plan)),
        _ => None,
    });
    for (at, (event, query, plan)) in plans.enumerate() {
        if at == 0 {
            document.heading(2, "Plans");
        }
        let minute = (event.at.as_second() - session.started_at.as_second()) as f64 / 60.0;
        document.paragraph(format!("After {minute:.1} minutes:"));
        document.code("sql", query.trim());
        document.code("text", plan);
    }
    document
}

/// The plan of an EXPLAIN that was typed: the statement has a line of its own.
fn is_told_by_its_statement(event: &EventKind) -> bool {
    matches!(event, EventKind::Plan { query, .. }
        if query.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("explain")))
}

fn event_line(event: &EventKind) -> (String, String) {
    match event {
        EventKind::Statement {
            sql,
            milliseconds,
            result,
            ..
        } => (
            sql.split_whitespace().collect::<Vec<_>>().join(" "),
            format!("{result}, {}", units::milliseconds(*milliseconds)),
        ),
        EventKind::Plan { query, .. } => (
            "plan".to_owned(),
            query.split_whitespace().collect::<Vec<_>>().join(" "),
        ),
        EventKind::Hint { number } => (format!("hint {number}"), String::new()),
        EventKind::Saved { query } => (
            "saved a rewritten query".to_owned(),
            query.split_whitespace().collect::<Vec<_>>().join(" "),
        ),
        EventKind::Checked {
            points,
            blocks,
            message,
            ..
        } => (
            "check".to_owned(),
            format!("{points} points, {} blocks: {message}", exact(*blocks)),
        ),
        EventKind::Reset => ("reset".to_owned(), String::new()),
        EventKind::Revealed => ("the solution was shown".to_owned(), String::new()),
    }
}
