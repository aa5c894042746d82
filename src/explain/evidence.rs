use super::Figures;
use super::attempt::{Attempt, AttemptRows, Tried};
use crate::rules::{Evidence, Finding, FixKind, Severity};

/// What trying the fixes says about the findings: stronger evidence where they help, none of the proposals that do not.
pub(super) fn weigh(findings: &mut [Finding], attempts: &[Attempt], before: Figures, run: bool) {
    for attempt in attempts {
        let Some(finding) = attempt.finding.and_then(|number| findings.get_mut(number)) else {
            continue;
        };
        let Ok(tried) = &attempt.outcome else {
            continue;
        };
        match attempt.kind {
            FixKind::CreateIndex => weigh_index(finding, attempt, tried, before, run),
            FixKind::Rewrite => match &tried.rows {
                AttemptRows::Same(_) => {
                    finding.evidence = finding.evidence.max(Evidence::Measured);
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
}

fn weigh_index(
    finding: &mut Finding,
    attempt: &Attempt,
    tried: &Tried,
    before: Figures,
    run: bool,
) {
    let helps = tried.index_used == Some(true)
        && match (before.blocks, tried.figures.blocks) {
            (Some(before), Some(after)) if run => after * 10 <= before * 9,
            _ => {
                matches!((before.cost, tried.figures.cost), (Some(before), Some(after)) if after < before * 0.9)
            }
        };
    if helps {
        finding.evidence = finding.evidence.max(if run {
            Evidence::Measured
        } else {
            Evidence::Planned
        });
        if let (Some(before), Some(after)) = (before.cost, tried.figures.cost) {
            finding
                .facts
                .insert("cost_before".to_owned(), before.into());
            finding.facts.insert("cost_after".to_owned(), after.into());
        }
        if let (Some(before), Some(after)) = (before.blocks, tried.figures.blocks) {
            finding
                .facts
                .insert("blocks_before".to_owned(), before.into());
            finding
                .facts
                .insert("blocks_after".to_owned(), after.into());
        }
    } else {
        finding.severity = Severity::Info;
        finding.fixes.retain(|fix| fix.sql != attempt.sql);
        finding.why.push(if tried.index_used == Some(true) {
            "the index was tried: PostgreSQL uses it, but reads hardly less".to_owned()
        } else {
            "the index was tried: PostgreSQL does not use it here".to_owned()
        });
    }
}
