//! Indexes to try for what a plan shows and no rule about the statement explains.

use super::attempt::{Attempt, Candidate};
use crate::catalog::Catalog;
use crate::index::{CandidateIndex, candidate_indexes};
use crate::query::{BoundSchema, Facts, Query};
use crate::rules::{Finding, Fix, FixKind, Safety, Severity};

/// Symptoms that an index may cure.
const CURABLE: &[&str] = &[
    "plan-discarding-scan",
    "plan-index-filter",
    "plan-inner-side",
    "plan-sort-for-limit",
];
/// Indexes that are tried for one symptom.
const MOST_OF_SYMPTOM: usize = 3;
/// Symptoms for which indexes are tried.
const MOST_SYMPTOMS: usize = 3;

/// The indexes to try for one finding.
pub(super) struct Trial {
    pub finding: usize,
    pub candidates: Vec<Candidate>,
}

/// For each index that was tried for a finding and is read, those that hold its keys and more: on another server, or with
/// other values, the fuller one may be the better one, and here it is measured.
pub(super) fn fuller(attempts: &[Attempt], query: &Query, catalog: &Catalog) -> Vec<Trial> {
    let proposed: Vec<(usize, &Attempt)> = attempts
        .iter()
        .filter(|attempt| {
            attempt.kind == FixKind::CreateIndex
                && matches!(&attempt.outcome, Ok(tried) if tried.index_used == Some(true))
        })
        .filter_map(|attempt| Some((attempt.finding?, attempt)))
        .collect();
    if proposed.is_empty() {
        return Vec::new();
    }
    let schema = BoundSchema::new(catalog);
    let facts = Facts::new(query, &schema);
    let all = candidate_indexes(&facts);
    proposed
        .into_iter()
        .filter_map(|(finding, attempt)| {
            let own = all.iter().find(|candidate| candidate.sql == attempt.sql)?;
            let holds = |candidate: &CandidateIndex| {
                own.definition.keys.iter().all(|key| {
                    candidate
                        .definition
                        .keys
                        .iter()
                        .any(|other| other.expr == key.expr)
                })
            };
            let mut fuller: Vec<&CandidateIndex> = all
                .iter()
                .filter(|candidate| {
                    candidate.table == own.table
                        && candidate.definition.method == own.definition.method
                        && candidate.definition.include.is_empty()
                        && candidate.definition.predicate.is_empty()
                        && candidate.definition.keys.len() > own.definition.keys.len()
                        && holds(candidate)
                        && attempts.iter().all(|known| known.sql != candidate.sql)
                })
                .collect();
            fuller.sort_by_key(|candidate| std::cmp::Reverse(candidate.definition.keys.len()));
            let candidates: Vec<Candidate> = fuller
                .into_iter()
                .take(MOST_OF_SYMPTOM)
                .map(|candidate| Candidate {
                    kind: FixKind::CreateIndex,
                    sql: candidate.sql.clone(),
                    finding: Some(finding),
                })
                .collect();
            (!candidates.is_empty()).then_some(Trial {
                finding,
                candidates,
            })
        })
        .take(MOST_SYMPTOMS)
        .collect()
}

pub(super) fn trials(
    findings: &[Finding],
    query: &Query,
    catalog: &Catalog,
    attempts: &[Attempt],
) -> Vec<Trial> {
    let is_open = |finding: &Finding| {
        CURABLE.contains(&finding.rule)
            && finding.severity > Severity::Info
            && finding.fixes.is_empty()
    };
    if !findings.iter().any(is_open) {
        return Vec::new();
    }
    let schema = BoundSchema::new(catalog);
    let facts = Facts::new(query, &schema);
    if facts.query.has_unresolved {
        return Vec::new();
    }
    let all = candidate_indexes(&facts);
    findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| is_open(finding))
        .filter_map(|(number, finding)| {
            let mut fitting: Vec<&CandidateIndex> = all
                .iter()
                .filter(|candidate| {
                    let table = catalog.table(candidate.table);
                    let key = candidate
                        .definition
                        .keys
                        .first()
                        .and_then(|key| key.column())
                        .and_then(|column| table.columns.get(column.0));
                    finding.table.as_deref() == Some(table.name.to_string().as_str())
                        && key.is_some_and(|key| finding.columns.contains(&key.name))
                        && candidate.definition.predicate.is_empty()
                        && candidate.definition.include.is_empty()
                        && attempts.iter().all(|known| known.sql != candidate.sql)
                })
                .collect();
            // the one that serves most of the clause first, without more than that
            fitting.sort_by_key(|candidate| {
                let keys = candidate.definition.keys.len();
                (keys.abs_diff(finding.columns.len()), keys)
            });
            let candidates: Vec<Candidate> = fitting
                .into_iter()
                .take(MOST_OF_SYMPTOM)
                .map(|candidate| Candidate {
                    kind: FixKind::CreateIndex,
                    sql: candidate.sql.clone(),
                    finding: Some(number),
                })
                .collect();
            (!candidates.is_empty()).then_some(Trial {
                finding: number,
                candidates,
            })
        })
        .take(MOST_SYMPTOMS)
        .collect()
}

/// An index that was found to help.
pub(super) fn fix(sql: &str) -> Fix {
    Fix {
        kind: FixKind::CreateIndex,
        sql: sql.to_owned(),
        safety: Safety::Review,
        tradeoff:
            "each insert, and each update that changes one of its columns, writes one entry more; \
            build it with CREATE INDEX CONCURRENTLY on a table in use"
                .to_owned(),
        edits: Vec::new(),
    }
}
