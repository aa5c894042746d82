//! Findings that propose an index, put before a planner: stronger evidence where it would use the index, and no finding
//! where it would not.

use super::parameter_sensitive_plan::{self, representative_choices};
use super::{Evidence, FileLevels, Finding, FixKind, Severity, Thresholds, missing_index};
use crate::catalog::Catalog;
use crate::planner::{
    Frequency, HypotheticalChange, LimitedPlanner, Parameters, PlannedQuery, Planner,
    PlannerDescription, PlannerError, PlannerLimits,
};
use crate::query::Query;
use crate::rewrite::{NumberedQuery, numbered};

/// An index that saves a smaller part of the statement's cost than this is not worth a warning.
const WORTHWHILE_SAVING: f64 = 0.1;

/// A planner that is asked about the findings of one run.
pub(super) struct PlannerTrial<'a> {
    planner: LimitedPlanner<'a>,
    catalog: &'a Catalog,
    thresholds: &'a Thresholds,
    /// Proposed indexes that it was not asked about, and why for the last of them.
    untried: usize,
    reason: Option<String>,
}

/// What the planner makes of one proposed index.
enum Verdict {
    /// It reads it; the statement's plan with it.
    Used {
        planned: Box<PlannedQuery>,
        circumstance: Circumstance,
    },
    NotUsed,
}

/// When the planner reads an index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Circumstance {
    Alone,
    /// Only with the other indexes proposed for the statement.
    WithTheOthers,
    /// Only for some values of the placeholders.
    ForRareValues,
}

impl<'a> PlannerTrial<'a> {
    pub(super) fn new(
        planner: &'a mut dyn Planner,
        catalog: &'a Catalog,
        thresholds: &'a Thresholds,
    ) -> Self {
        Self {
            planner: LimitedPlanner::new(planner, PlannerLimits::default()),
            catalog,
            thresholds,
            untried: 0,
            reason: None,
        }
    }

    /// Judges the findings of one statement, and adds what only a planner can find.
    pub(super) fn judge(
        &mut self,
        query: &Query,
        levels: Option<&FileLevels>,
        findings: &mut Vec<Finding>,
    ) {
        let proposals: Vec<usize> = (0..findings.len())
            .filter(|at| {
                findings
                    .get(*at)
                    .is_some_and(|finding| self.is_proposal(finding))
            })
            .collect();
        if !proposals.is_empty() {
            let numbered = numbered(query, self.catalog);
            match self.verdicts(&numbered, findings, &proposals) {
                Ok((before, verdicts)) => {
                    let by = self.planner.description();
                    for (at, verdict) in proposals.iter().zip(&verdicts) {
                        if let (Some(finding), Some(verdict)) = (findings.get_mut(*at), verdict) {
                            weigh(finding, &before, verdict, &by);
                        }
                    }
                    let refused: Vec<usize> = proposals
                        .iter()
                        .zip(&verdicts)
                        .filter(|(_, verdict)| matches!(verdict, Some(Verdict::NotUsed)))
                        .map(|(at, _)| *at)
                        .collect();
                    let mut at = 0;
                    findings.retain(|finding| {
                        at += 1;
                        !(refused.contains(&(at - 1)) && missing_index::proposes(finding.rule))
                    });
                }
                Err(error) => {
                    self.untried += proposals.len();
                    self.reason = Some(error.to_string());
                }
            }
        }
        let wanted = !levels.is_some_and(|levels| levels.is_off(parameter_sensitive_plan::NAME));
        if wanted && self.planner.ended().is_none() {
            // What this statement's plan could not be had for is said above, where an index was proposed for it.
            if let Ok(Some(finding)) = parameter_sensitive_plan::find(
                query,
                self.catalog,
                self.thresholds,
                &mut self.planner,
            ) {
                findings.push(finding);
            }
        }
    }

    /// What is to be said of the run as a whole.
    pub(super) fn notes(&self) -> Vec<String> {
        if self.untried == 0 {
            return Vec::new();
        }
        let reason = self
            .planner
            .ended()
            .map(str::to_owned)
            .or_else(|| self.reason.clone())
            .unwrap_or_default();
        vec![format!(
            "PostgreSQL's planner was not asked about {} of the proposed indexes, which rest on statistics alone: {reason}",
            self.untried
        )]
    }

    fn is_proposal(&self, finding: &Finding) -> bool {
        let has = |kind| finding.fixes.iter().any(|fix| fix.kind == kind);
        // an index for the statement as it is rewritten says nothing about the statement as it is
        let for_rewrite = missing_index::proposes(finding.rule) && has(FixKind::Rewrite);
        has(FixKind::CreateIndex)
            && !for_rewrite
            && (finding.evidence == Evidence::Statistics
                || finding.table.as_ref().is_some_and(|name| {
                    self.catalog
                        .tables()
                        .any(|table| table.statistics.is_some() && table.name.to_string() == *name)
                }))
    }

    /// The statement's plan as it is, and the verdict for each proposal; none for one that could not be tried.
    fn verdicts(
        &mut self,
        query: &NumberedQuery,
        findings: &[Finding],
        proposals: &[usize],
    ) -> Result<(PlannedQuery, Vec<Option<Verdict>>), PlannerError> {
        let before = self.planner.plan(&query.sql, &[])?;
        let indexes: Vec<Vec<HypotheticalChange>> = proposals
            .iter()
            .map(|at| findings.get(*at).map_or_else(Vec::new, proposed_indexes))
            .collect();
        let mut verdicts = Vec::new();
        for changes in &indexes {
            verdicts.push(self.verdict(
                &query.sql,
                &Parameters::Generic,
                changes,
                Circumstance::Alone,
            )?);
        }
        let mut all: Vec<HypotheticalChange> = Vec::new();
        for change in indexes.iter().flatten() {
            if !all.contains(change) {
                all.push(change.clone());
            }
        }
        if all.len() > 1 && verdicts.iter().any(is_refused) {
            let together = self.planner.plan(&query.sql, &all)?;
            for (verdict, changes) in verdicts.iter_mut().zip(&indexes) {
                if is_refused(verdict) && reads_any(&together, changes) {
                    *verdict = Some(Verdict::Used {
                        planned: Box::new(together.clone()),
                        circumstance: Circumstance::WithTheOthers,
                    });
                }
            }
        }
        if verdicts.iter().any(is_refused) {
            let rare = representative_choices(query, self.catalog)
                .into_iter()
                .filter(|choice| choice.value.frequency == Frequency::Rare);
            for choice in rare {
                let parameters = Parameters::Values(choice.values);
                for (verdict, changes) in verdicts.iter_mut().zip(&indexes) {
                    if is_refused(verdict)
                        && let found @ Some(Verdict::Used { .. }) = self.verdict(
                            &query.sql,
                            &parameters,
                            changes,
                            Circumstance::ForRareValues,
                        )?
                    {
                        *verdict = found;
                    }
                }
            }
        }
        Ok((before, verdicts))
    }

    fn verdict(
        &mut self,
        sql: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
        circumstance: Circumstance,
    ) -> Result<Option<Verdict>, PlannerError> {
        if changes.is_empty() {
            return Ok(None);
        }
        match self.planner.plan_with_parameters(sql, parameters, changes) {
            Ok(planned) if planned.hypothetical.iter().any(|index| index.used) => {
                Ok(Some(Verdict::Used {
                    planned: Box::new(planned),
                    circumstance,
                }))
            }
            Ok(_) => Ok(Some(Verdict::NotUsed)),
            // An index that this server cannot make says nothing of the one where it will be made.
            Err(PlannerError::Change { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn proposed_indexes(finding: &Finding) -> Vec<HypotheticalChange> {
    finding
        .fixes
        .iter()
        .filter(|fix| fix.kind == FixKind::CreateIndex)
        .filter_map(|fix| HypotheticalChange::parse(&fix.sql).ok())
        .flatten()
        .collect()
}

fn is_refused(verdict: &Option<Verdict>) -> bool {
    matches!(verdict, Some(Verdict::NotUsed))
}

fn reads_any(planned: &PlannedQuery, changes: &[HypotheticalChange]) -> bool {
    planned
        .hypothetical
        .iter()
        .any(|index| index.used && changes.iter().any(|change| change.sql() == index.sql))
}

/// What the verdict makes of a finding; those that propose nothing but an unused index are dropped by the caller.
fn weigh(finding: &mut Finding, before: &PlannedQuery, verdict: &Verdict, by: &PlannerDescription) {
    let who = planner_name(by);
    match verdict {
        Verdict::Used {
            planned,
            circumstance,
        } => {
            finding.evidence = finding.evidence.max(Evidence::Planned);
            let when = match circumstance {
                Circumstance::Alone => "with the index",
                Circumstance::WithTheOthers => {
                    "with all indexes proposed for the statement, and this one is read"
                }
                Circumstance::ForRareValues => {
                    "with the index for rare values of the placeholders; for the others it is not used"
                }
            };
            finding.why.push(format!(
                "planned by {who}: cost {:.0} as it is, {:.0} {when}",
                before.total_cost, planned.total_cost
            ));
            for (name, cost) in [
                ("cost_before", before.total_cost),
                ("cost_after", planned.total_cost),
            ] {
                finding.facts.insert(name.to_owned(), cost.into());
            }
            let saving = 1.0 - planned.total_cost / before.total_cost.max(f64::MIN_POSITIVE);
            if saving < WORTHWHILE_SAVING && *circumstance == Circumstance::Alone {
                finding.severity = Severity::Info;
                finding.why.push(format!(
                    "that is {:.0} % of the whole statement: most of its cost is elsewhere",
                    saving * 100.0
                ));
            }
        }
        Verdict::NotUsed => {
            finding.severity = Severity::Info;
            finding.fixes.retain(|fix| fix.kind != FixKind::CreateIndex);
            finding.why.push(format!(
                "an index for it was supposed, and {who} would not use it: so none is proposed"
            ));
        }
    }
}

/// The program that plans with indexes that are not there.
pub(super) fn planner_name(by: &PlannerDescription) -> String {
    by.hypothetical_by
        .clone()
        .unwrap_or_else(|| format!("PostgreSQL {}", by.server_version))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::catalog::{Catalog, HandWrittenStatistics, load_schema};
    use crate::planner::{
        HypotheticalChange, HypotheticalIndex, Parameters, PlannedQuery, Planner,
        PlannerDescription, PlannerError, ServerKind, StatisticsKind,
    };
    use crate::rules::{Evidence, LintOptions, LintResult, Severity, lint, lint_with_planner};
    use crate::source::SourceFile;

    /// Answers each question by what is asked for.
    struct Oracle<F> {
        cost: F,
        asked: usize,
    }

    impl<F> Planner for Oracle<F>
    where
        F: FnMut(&Parameters, &[HypotheticalChange]) -> Result<Option<f64>, PlannerError> + Send,
    {
        /// The cost with the index read, or none where no index would be.
        fn plan_with_parameters(
            &mut self,
            _query: &str,
            parameters: &Parameters,
            changes: &[HypotheticalChange],
        ) -> Result<PlannedQuery, PlannerError> {
            self.asked += 1;
            let cost = (self.cost)(parameters, changes)?;
            Ok(PlannedQuery {
                plan: json!({"Plan": {"Node Type": "Seq Scan", "Alias": "orders"}}),
                total_cost: cost.unwrap_or(1000.0),
                rows: 1.0,
                indexes: Vec::new(),
                hypothetical: changes
                    .iter()
                    .map(|change| HypotheticalIndex {
                        name: "supposed".to_owned(),
                        partitions: Vec::new(),
                        sql: change.sql(),
                        pages: 1.0,
                        rows: 1.0,
                        used: cost.is_some(),
                    })
                    .collect(),
            })
        }

        fn description(&self) -> PlannerDescription {
            PlannerDescription {
                server_version: "18.4".to_owned(),
                server: ServerKind::Embedded,
                statistics: StatisticsKind::Snapshot,
                hypothetical_by: Some("PostgreSQL 18.4 (embedded)".to_owned()),
                notes: Vec::new(),
            }
        }
    }

    fn catalog(statistics: &str) -> Catalog {
        let mut catalog = load_schema(&[SourceFile::new(
            "schema.sql",
            "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, shop_id int NOT NULL);",
        )]);
        let statistics = HandWrittenStatistics::from_toml(statistics).unwrap();
        catalog.apply_statistics(&statistics).unwrap();
        catalog
    }

    const LARGE: &str = "[tables.orders]
        rows = 1_000_000
        [tables.orders.columns.customer_id]
        distinct = 50_000
        [tables.orders.columns.shop_id]
        distinct = 40_000";
    const QUERY: &str = "SELECT id FROM orders WHERE customer_id = 42";

    fn run(
        query: &str,
        cost: impl FnMut(&Parameters, &[HypotheticalChange]) -> Result<Option<f64>, PlannerError> + Send,
    ) -> (LintResult, usize) {
        let mut oracle = Oracle { cost, asked: 0 };
        let file = SourceFile::new("q.sql", query);
        let result = lint_with_planner(
            &[file],
            &catalog(LARGE),
            &LintOptions::default(),
            &mut oracle,
        );
        (result, oracle.asked)
    }

    fn proposals(result: &LintResult) -> Vec<(Evidence, Severity)> {
        result
            .findings
            .iter()
            .filter(|finding| finding.rule == "missing-index")
            .map(|finding| (finding.evidence, finding.severity))
            .collect()
    }

    #[test]
    fn an_index_that_is_read_is_planned_evidence() {
        let (result, _) = run(QUERY, |_, changes| Ok((!changes.is_empty()).then_some(8.5)));
        assert_eq!(proposals(&result), [(Evidence::Planned, Severity::Warning)]);
        let facts = &result.findings[0].facts;
        assert_eq!(
            (&facts["cost_before"], &facts["cost_after"]),
            (&json!(1000.0), &json!(8.5))
        );
        assert!(result.notes.is_empty());
    }

    #[test]
    fn an_index_that_would_not_be_read_is_no_finding() {
        let file = SourceFile::new("q.sql", QUERY);
        let alone = lint(&[file], &catalog(LARGE), &LintOptions::default());
        assert_eq!(proposals(&alone).len(), 1, "the case shows nothing");
        let (result, _) = run(QUERY, |_, _| Ok(None));
        assert!(proposals(&result).is_empty());
    }

    #[test]
    fn an_index_that_saves_little_of_the_statement_is_a_note() {
        let (result, _) = run(QUERY, |_, changes| {
            Ok((!changes.is_empty()).then_some(950.0))
        });
        assert_eq!(proposals(&result), [(Evidence::Planned, Severity::Info)]);
    }

    #[test]
    fn indexes_that_help_only_together_stay() {
        let query = "SELECT id FROM orders WHERE customer_id = 42 \
                     UNION ALL SELECT id FROM orders WHERE shop_id = 7";
        let (result, _) = run(query, |_, changes| Ok((changes.len() == 2).then_some(17.0)));
        assert_eq!(proposals(&result).len(), 2);
    }

    #[test]
    fn without_a_planner_findings_rest_on_statistics_and_it_is_said() {
        let (result, asked) = run(&format!("{QUERY}; {QUERY} AND id > 3"), |_, _| {
            Err(PlannerError::Unavailable {
                message: "no engine".to_owned(),
            })
        });
        assert_eq!(asked, 1);
        assert!(
            proposals(&result)
                .iter()
                .all(|(evidence, _)| *evidence == Evidence::Statistics)
        );
        assert!(!proposals(&result).is_empty());
        assert!(result.notes[0].contains("no engine"), "{:?}", result.notes);
    }

    #[test]
    fn without_a_question_the_planner_is_not_asked() {
        let (_, asked) = run("SELECT id FROM orders WHERE id = 1", |_, _| Ok(None));
        assert_eq!(asked, 0);
        let mut oracle = Oracle {
            cost: |_: &Parameters, _: &[HypotheticalChange]| Ok(None),
            asked: 0,
        };
        let file = SourceFile::new("q.sql", QUERY);
        lint_with_planner(&[file], &catalog(""), &LintOptions::default(), &mut oracle);
        assert_eq!(oracle.asked, 0);
    }
}
