//! The words of a pack that is made from a query.

use super::Outcome;
use super::manifest::{
    Database, Hint, Limits, Manifest, Measure, Reference, VariantNames, WrongAnswer,
};
use crate::rules::{Finding, by_name};

/// Adds what the findings that the solution comes from say: questions, hints, good answers, explanation.
pub(super) fn describe(manifest: &mut Manifest, used: &[Finding]) {
    let hint = |text: String, points| Hint { text, points };
    manifest.hints = vec![hint(
        "Look at the plan: which node reads the most blocks, and how many of its rows are needed?"
            .to_owned(),
        5,
    )];
    for finding in used {
        if manifest.rules.iter().any(|rule| rule == finding.rule) {
            continue;
        }
        if let Some(rule) = by_name(finding.rule) {
            let documentation = &rule.info().documentation;
            manifest
                .questions
                .push(documentation.interview_question.trim().to_owned());
            for point in documentation.good_answer {
                if !manifest.good_answer.iter().any(|other| other == point) {
                    manifest.good_answer.push((*point).to_owned());
                }
            }
            manifest.topics.push(rule.info().summary.to_owned());
        }
        manifest.rules.push(finding.rule.to_owned());
        manifest.explanation.push_str(&finding.message);
        manifest.explanation.push('\n');
        for why in &finding.why {
            manifest.explanation.push_str(why);
            manifest.explanation.push('\n');
        }
        for fix in &finding.fixes {
            if !manifest.trade_off.contains(&fix.tradeoff) {
                manifest.trade_off.push_str(&fix.tradeoff);
                manifest.trade_off.push('\n');
            }
        }
    }
    if let Some(question) = manifest.questions.first() {
        manifest.hints.push(hint(question.clone(), 10));
    }
    if let Some(finding) = used.first() {
        manifest.hints.push(hint(finding.message.clone(), 25));
    }
    while manifest.hints.len() < 3 {
        manifest.hints.push(hint(
            "Which condition of the query could an index serve, and does the result need every table?".to_owned(),
            10,
        ));
    }
    if manifest.questions.is_empty() {
        manifest
            .questions
            .push("Why is this query slow?".to_owned());
    }
    if manifest.good_answer.is_empty() {
        manifest
            .good_answer
            .push("names the node of the plan that does needless work".to_owned());
    }
}

/// A manifest without anything that depends on the query.
pub(super) fn draft(name: &str) -> Manifest {
    let mut title = name.replace(['-', '_'], " ");
    if let Some(first) = title.get(..1).map(str::to_uppercase) {
        title.replace_range(..1, &first);
    }
    Manifest {
        title,
        level: 3,
        minutes: 25,
        goal: "Make this query read fewer blocks; the rows must stay the same.".to_owned(),
        story: String::new(),
        topics: Vec::new(),
        rules: Vec::new(),
        questions: Vec::new(),
        good_answer: Vec::new(),
        follow_ups: vec![
            "What does your change cost on writes?".to_owned(),
            "How would you make it on the live system?".to_owned(),
        ],
        rubric: [
            "changes things without looking at the plan",
            "finds the part of the plan that is slow",
            "finds a change that helps, cannot say why",
            "explains why it helps and why the rows stay the same",
            "also weighs what it costs and what else would have done",
        ]
        .map(str::to_owned)
        .into(),
        explanation: String::new(),
        trade_off: String::new(),
        limits: Limits {
            blocks: 1,
            indexes: 2,
            index_bytes: 1 << 28,
            rewrite: true,
            allow: Vec::new(),
        },
        measure: Measure::default(),
        reference: Reference::default(),
        database: Database::default(),
        parameters: Vec::new(),
        guards: Vec::new(),
        hints: Vec::new(),
        wrong: vec![WrongAnswer {
            file: "wrong/analyze.sql".to_owned(),
            verdict: Outcome::Blocks,
            why: "Fresh statistics alone do not help.".to_owned(),
        }],
        variant: VariantNames::default(),
    }
}
