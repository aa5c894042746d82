use super::Figures;
use super::attempt::{Attempt, AttemptRows, Tried};
use crate::plan::units;
use crate::rules::{Evidence, Finding, FixKind, Safety, Severity};

/// Rules that say nothing but that an index is missing: where PostgreSQL does without the index, they are wrong.
const PROPOSALS: &[&str] = &[
    "missing-index",
    "expression-index",
    "opclass-index",
    "partial-index",
    "trigram-index",
    "gin-index",
    "brin-index",
    "covering-index",
    "mixed-order-index",
    "wrong-leading-column",
];

/// What trying the fixes says about the findings: stronger evidence where they help, none of the proposals that do not.
pub(super) fn weigh(
    findings: &mut Vec<Finding>,
    attempts: &mut [Attempt],
    before: Figures,
    run: bool,
) {
    for attempt in attempts.iter() {
        let Some(finding) = attempt.finding.and_then(|number| findings.get_mut(number)) else {
            continue;
        };
        let Ok(tried) = &attempt.outcome else {
            continue;
        };
        match attempt.kind {
            FixKind::CreateIndex
                if tried.index_used == Some(true) && helps(before, tried.figures, run) =>
            {
                tell(finding, before, tried, run);
            }
            FixKind::CreateIndex => {
                finding.severity = Severity::Info;
                finding.fixes.retain(|fix| fix.sql != attempt.sql);
                finding.why.push(if tried.index_used == Some(true) {
                    "the index was tried: PostgreSQL uses it, but reads hardly less".to_owned()
                } else {
                    "the index was tried: PostgreSQL does not use it here".to_owned()
                });
            }
            FixKind::Rewrite => match &tried.rows {
                AttemptRows::Same(_) => {
                    finding.evidence = finding.evidence.max(Evidence::Measured);
                    tell_rewrite(finding, before, tried);
                }
                AttemptRows::Different(how) if is_for_review(finding, &attempt.sql) => {
                    finding.why.push(format!(
                        "the rewrite is to be reviewed: it returned other rows here ({how})"
                    ));
                }
                AttemptRows::Different(how) => {
                    finding.fixes.retain(|fix| fix.sql != attempt.sql);
                    finding.why.push(format!(
                        "the rewrite is withheld, as it returned other rows ({how}): please report this"
                    ));
                }
                AttemptRows::NotCompared => {}
            },
            FixKind::DropIndex | FixKind::AlterTable => {}
        }
    }
    drop_refuted(findings, attempts);
}

fn is_for_review(finding: &Finding, sql: &str) -> bool {
    finding
        .fixes
        .iter()
        .any(|fix| fix.sql == sql && fix.safety == Safety::Review)
}

/// A proposal that was tried and does not help is no finding; the attempt stays to be seen.
fn drop_refuted(findings: &mut Vec<Finding>, attempts: &mut [Attempt]) {
    let mut at = 0;
    while let Some(finding) = findings.get(at) {
        let tried = attempts
            .iter()
            .any(|attempt| attempt.finding == Some(at) && attempt.outcome.is_ok());
        if !(PROPOSALS.contains(&finding.rule) && finding.fixes.is_empty() && tried) {
            at += 1;
            continue;
        }
        findings.remove(at);
        for attempt in attempts.iter_mut() {
            attempt.finding = match attempt.finding {
                Some(number) if number == at => None,
                Some(number) if number > at => Some(number - 1),
                other => other,
            };
        }
    }
}

/// Whether a query with a change reads (or, not run, costs) clearly less.
pub(super) fn helps(before: Figures, after: Figures, run: bool) -> bool {
    match (before.blocks, after.blocks) {
        (Some(before), Some(after)) if run => after * 10 <= before * 9,
        _ => {
            matches!((before.cost, after.cost), (Some(before), Some(after)) if after < before * 0.9)
        }
    }
}

/// Says what an index saves, in the place of what was only estimated before it was tried.
pub(super) fn tell(finding: &mut Finding, before: Figures, tried: &Tried, run: bool) {
    let level = if run {
        Evidence::Measured
    } else {
        Evidence::Planned
    };
    let is_first = finding.evidence < level || !finding.facts.contains_key("cost_after");
    finding.evidence = finding.evidence.max(level);
    if !is_first {
        return;
    }
    finding.why.retain(|reason| {
        !(reason.contains("with the index") || reason.contains("with the columns in the index"))
            || !reason.contains("blocks")
    });
    let after = tried.figures;
    let told = match (before.blocks, after.blocks) {
        (Some(before), Some(after)) if run => Some(format!(
            "measured: {} blocks of 8 kB are read as it is, {} with the index",
            units::count(before as f64),
            units::count(after as f64)
        )),
        _ => before.cost.zip(after.cost).map(|(before, after)| {
            format!(
                "planned: the estimated cost is {} as it is, {} with the index",
                units::count(before.round()),
                units::count(after.round())
            )
        }),
    };
    if let Some(told) = told {
        finding.why.insert(0, told);
    }
    remember(finding, before, after);
}

/// As [`tell`], for a change that is better than the one told before.
pub(super) fn tell_again(finding: &mut Finding, before: Figures, tried: &Tried, run: bool) {
    finding
        .why
        .retain(|reason| !reason.starts_with("measured: ") && !reason.starts_with("planned: "));
    finding.facts.shift_remove("cost_after");
    tell(finding, before, tried, run);
}

fn tell_rewrite(finding: &mut Finding, before: Figures, tried: &Tried) {
    if let (AttemptRows::Same(rows), Some(old), Some(new)) =
        (&tried.rows, before.blocks, tried.figures.blocks)
    {
        finding.why.insert(
            0,
            format!(
                "measured: the rewrite returns the same {} and reads {} blocks of 8 kB, {} as it is",
                units::rows(*rows as f64),
                units::count(new as f64),
                units::count(old as f64)
            ),
        );
    }
    remember(finding, before, tried.figures);
}

fn remember(finding: &mut Finding, before: Figures, after: Figures) {
    let facts = &mut finding.facts;
    if let (Some(before), Some(after)) = (before.cost, after.cost) {
        facts.insert("cost_before".to_owned(), before.into());
        facts.insert("cost_after".to_owned(), after.into());
    }
    if let (Some(before), Some(after)) = (before.blocks, after.blocks) {
        facts.insert("blocks_before".to_owned(), before.into());
        facts.insert("blocks_after".to_owned(), after.into());
    }
}
