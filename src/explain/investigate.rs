//! From a query and its plan to findings with each fix tried, whoever plans or runs the query.

use serde_json::Value;

use super::Figures;
use super::attempt::{Attempt, Candidate, Tried, candidates, label};
use super::evidence::{helps, tell, tell_again, weigh};
use super::trial::{fuller, trials};
use crate::catalog::Catalog;
use crate::plan::Plan;
use crate::query::Query;
use crate::rules::{
    Finding, FixKind, LintOptions, RewriteCheck, Safety, lint_plan, lint_statement,
    merge_plan_findings,
};
use crate::source::StatementText;

/// A query as it is, before anything was tried.
pub(super) struct AsItIs<'a> {
    pub statement: &'a StatementText,
    pub query: &'a Query,
    /// With the statistics that the plan rests on.
    pub catalog: &'a Catalog,
    pub plan: &'a Value,
    pub figures: Figures,
    /// Whether it was run to its end.
    pub run: bool,
}

/// Runs or plans the query with a change in place, the one of so many.
type Try<'a> = dyn FnMut(&Candidate, usize, usize) -> Result<Tried, String> + 'a;

/// The findings of a query, each with what became of its fixes; those first that matter most. `check` gives a second
/// opinion on rewrites that are said to return the same rows.
pub(super) fn investigate(
    as_it_is: &AsItIs<'_>,
    what_if: &[super::WhatIf],
    lint: &LintOptions,
    check: &mut RewriteCheck<'_>,
    attempt: &mut Try<'_>,
) -> (Vec<Finding>, Vec<Attempt>) {
    let AsItIs {
        statement, catalog, ..
    } = *as_it_is;
    let mut findings = lint_statement(statement, catalog, lint);
    withhold_refuted(&mut findings, statement, check);
    let todo = candidates(&findings, what_if);
    let mut attempts = Vec::new();
    let of = todo.len();
    for (number, candidate) in todo.into_iter().enumerate() {
        let outcome = attempt(&candidate, number + 1, of);
        attempts.push(Attempt {
            label: String::new(),
            kind: candidate.kind,
            sql: candidate.sql,
            finding: candidate.finding,
            outcome,
        });
    }
    weigh(&mut findings, &mut attempts, as_it_is.figures, as_it_is.run);
    if let Ok(plan) = Plan::from_json(as_it_is.plan) {
        let of_plan = lint_plan(&plan, Some(statement), catalog, lint);
        merge_plan_findings(&mut findings, of_plan);
    }
    try_indexes_for_symptoms(as_it_is, &mut findings, &mut attempts, attempt);
    try_fuller_indexes(as_it_is, &mut findings, &mut attempts, attempt);
    fold_covering(&mut findings, &mut attempts);
    order(&mut findings, &mut attempts, as_it_is.figures);
    for (number, attempt) in attempts.iter_mut().enumerate() {
        attempt.label = label(number);
    }
    (findings, attempts)
}

/// A rewrite that changes the rows of some small database is a fault of ours: it is never shown as a fix.
fn withhold_refuted(
    findings: &mut [Finding],
    statement: &StatementText,
    check: &mut RewriteCheck<'_>,
) {
    for finding in findings {
        let mut refuted = Vec::new();
        finding.fixes.retain(|fix| {
            if fix.kind != FixKind::Rewrite || fix.safety != Safety::Equivalent {
                return true;
            }
            match check(statement.text(), &fix.sql) {
                Ok(()) => true,
                Err(reason) => {
                    refuted.push(reason);
                    false
                }
            }
        });
        finding.why.extend(
            refuted
                .into_iter()
                .map(|reason| format!("its rewrite is withheld, as {reason}")),
        );
    }
}

/// A symptom of the plan that no rule about the statement explains: indexes for its table are tried, and the best of
/// those that help becomes its fix.
fn try_indexes_for_symptoms(
    as_it_is: &AsItIs<'_>,
    findings: &mut [Finding],
    attempts: &mut Vec<Attempt>,
    attempt: &mut Try<'_>,
) {
    for trial in trials(findings, as_it_is.query, as_it_is.catalog, attempts) {
        let of = trial.candidates.len();
        let mut tried: Vec<(Candidate, Tried)> = Vec::new();
        for (number, candidate) in trial.candidates.into_iter().enumerate() {
            if let Ok(outcome) = attempt(&candidate, number + 1, of)
                && outcome.index_used == Some(true)
                && helps(as_it_is.figures, outcome.figures, as_it_is.run)
            {
                tried.push((candidate, outcome));
            }
        }
        let best = tried
            .into_iter()
            .min_by(|a, b| price(a.1.figures).total_cmp(&price(b.1.figures)));
        let Some(finding) = findings.get_mut(trial.finding) else {
            continue;
        };
        match best {
            Some((candidate, outcome)) => {
                finding.fixes.push(super::trial::fix(&candidate.sql));
                finding
                    .why
                    .retain(|reason| !reason.starts_with("no index serves this filter"));
                tell(finding, as_it_is.figures, &outcome, as_it_is.run);
                attempts.push(Attempt {
                    label: String::new(),
                    kind: candidate.kind,
                    sql: candidate.sql,
                    finding: Some(trial.finding),
                    outcome: Ok(outcome),
                });
            }
            None => {
                finding.severity = crate::rules::Severity::Info;
                finding
                    .why
                    .retain(|reason| !reason.starts_with("no index serves this filter"));
                finding.why.push(if of == 1 {
                    "an index was tried, and does not help".to_owned()
                } else {
                    format!("{of} indexes were tried, and none helps")
                });
            }
        }
    }
}

/// What an attempt is judged by: blocks where it was run, else cost.
fn price(figures: Figures) -> f64 {
    figures
        .blocks
        .map(|blocks| blocks as f64)
        .or(figures.cost)
        .unwrap_or(f64::INFINITY)
}

/// An index with more keys that halves what the proposed one still reads becomes the first fix of its finding.
fn try_fuller_indexes(
    as_it_is: &AsItIs<'_>,
    findings: &mut [Finding],
    attempts: &mut Vec<Attempt>,
    attempt: &mut Try<'_>,
) {
    for trial in fuller(attempts, as_it_is.query, as_it_is.catalog) {
        let of = trial.candidates.len();
        let known = attempts
            .iter()
            .filter(|known| known.finding == Some(trial.finding))
            .filter_map(|known| known.outcome.as_ref().ok())
            .map(|tried| price(tried.figures))
            .fold(f64::INFINITY, f64::min);
        let mut best: Option<(Candidate, Tried)> = None;
        for (number, candidate) in trial.candidates.into_iter().enumerate() {
            let Ok(outcome) = attempt(&candidate, number + 1, of) else {
                continue;
            };
            let now = best
                .as_ref()
                .map_or(known * 0.5, |(_, best)| price(best.figures));
            // of two that read the same the one with fewer keys, which comes later
            if outcome.index_used == Some(true) && price(outcome.figures) <= now {
                best = Some((candidate, outcome));
            }
        }
        let (Some((candidate, outcome)), Some(finding)) = (best, findings.get_mut(trial.finding))
        else {
            continue;
        };
        let Some(place) = finding
            .fixes
            .iter()
            .position(|fix| fix.kind == FixKind::CreateIndex)
        else {
            continue;
        };
        if let (Some((told, _)), Some((_, keys))) = (
            finding.message.rsplit_once(": index ("),
            candidate.sql.split_once('('),
        ) {
            finding.message = format!("{told}: index ({keys}");
        }
        finding
            .fixes
            .insert(place, super::trial::fix(&candidate.sql));
        tell_again(finding, as_it_is.figures, &outcome, as_it_is.run);
        attempts.push(Attempt {
            label: String::new(),
            kind: candidate.kind,
            sql: candidate.sql,
            finding: Some(trial.finding),
            outcome: Ok(outcome),
        });
    }
}

/// An index with the other columns in it, beside the finding that no index finds the rows at all: a second fix of the
/// same cause.
fn fold_covering(findings: &mut Vec<Finding>, attempts: &mut [Attempt]) {
    let mut at = 0;
    while let Some(covering) = findings.get(at) {
        let cause = (covering.rule == "covering-index")
            .then(|| {
                findings.iter().position(|finding| {
                    finding.rule != covering.rule
                        && finding.relation == covering.relation
                        && finding.relation.is_some()
                        && finding.columns.first() == covering.columns.first()
                        && finding
                            .fixes
                            .iter()
                            .any(|fix| fix.kind == FixKind::CreateIndex)
                })
            })
            .flatten();
        let Some(cause) = cause else {
            at += 1;
            continue;
        };
        let covering = findings.remove(at);
        let cause = if cause > at { cause - 1 } else { cause };
        for attempt in attempts.iter_mut() {
            attempt.finding = match attempt.finding {
                Some(number) if number == at => Some(cause),
                Some(number) if number > at => Some(number - 1),
                other => other,
            };
        }
        if let Some(finding) = findings.get_mut(cause) {
            finding.fixes.extend(covering.fixes);
            finding
                .why
                .push("with the other columns in it, the index alone answers the query".to_owned());
        }
    }
}

/// The worst first; of those alike, what the best fix saves most.
fn order(findings: &mut Vec<Finding>, attempts: &mut [Attempt], before: Figures) {
    let saved = |number: usize| -> f64 {
        attempts
            .iter()
            .filter(|attempt| attempt.finding == Some(number))
            .filter_map(|attempt| attempt.outcome.as_ref().ok())
            .filter_map(|tried| match (before.blocks, tried.figures.blocks) {
                (Some(before), Some(after)) => Some(before as f64 - after as f64),
                _ => Some(before.cost? - tried.figures.cost?),
            })
            .fold(0.0, f64::max)
    };
    let mut numbers: Vec<usize> = (0..findings.len()).collect();
    numbers.sort_by(|a, b| {
        let severity = |number: usize| findings.get(number).map(|finding| finding.severity);
        severity(*b)
            .cmp(&severity(*a))
            .then(saved(*b).total_cmp(&saved(*a)))
    });
    for attempt in attempts.iter_mut() {
        attempt.finding = attempt
            .finding
            .and_then(|old| numbers.iter().position(|number| *number == old));
    }
    let mut old: Vec<Option<Finding>> = std::mem::take(findings).into_iter().map(Some).collect();
    findings.extend(
        numbers
            .iter()
            .filter_map(|number| old.get_mut(*number).and_then(Option::take)),
    );
}
