use super::support::{Told, report};
use crate::catalog::{Catalog, quote_identifier};
use crate::plan::{Symptom, units};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, FixKind, PlanContext, Rule, RuleInfo,
    Safety, Severity,
};

/// A trigger or constraint takes a large part of the time.
pub struct PlanTriggerTime;

static INFO: RuleInfo = RuleInfo {
    name: "plan-trigger-time",
    summary: "a trigger or foreign key takes a large part of the time",
    severity: Severity::Warning,
    evidence: Evidence::Planned,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Looks in a plan that was run for a trigger that takes 10 ms or more and a fifth of the time or \
            more. Foreign keys are checked by triggers, so they are among them.",
        why_it_is_slow: "A foreign key without an index on its own columns makes every DELETE or key UPDATE of the \
            referenced table read the referencing table whole, once for each row.",
        example_schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE tickets (id \
            bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL, \
            created_at timestamptz NOT NULL, body text NOT NULL);",
        example_statistics: "",
        example: "DELETE FROM customers WHERE id < 100 AND id NOT IN (SELECT customer_id FROM tickets);",
        use_instead: "CREATE INDEX tickets_customer ON tickets (customer_id);",
        trade_off: "The index costs space and writes. Where rows of the referenced table are never deleted, it is \
            needed only if joins use it.",
        interview_question: "DELETE of ten rows takes a minute, and the plan shows a fast index scan. Where is the time?",
        good_answer: &[
            "in the triggers, which EXPLAIN ANALYZE lists below the plan",
            "foreign keys that refer to the table: their columns have no index",
            "ON DELETE CASCADE goes on to the tables behind",
        ],
    },
};

impl Rule for PlanTriggerTime {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_plan(&self, context: &PlanContext<'_>, findings: &mut Vec<Finding>) {
        let first = findings.len();
        report(context, &INFO, findings, |observation| {
            let Symptom::TriggerTime {
                trigger,
                is_constraint,
                calls,
                time,
                execution,
            } = &observation.symptom
            else {
                return None;
            };
            let what = if *is_constraint {
                "constraint"
            } else {
                "trigger"
            };
            let told = Told::new(format!(
                "the {what} {trigger} takes {} of {}",
                units::milliseconds(*time),
                units::milliseconds(*execution)
            ))
            .why(if *calls <= 1.0 {
                "it is called once".to_owned()
            } else {
                format!("it is called {} times", units::count(*calls))
            });
            let told = if *is_constraint {
                told.why("a foreign key reads the referencing table whole each time, unless an index starts with its columns")
            } else {
                told
            };
            Some(
                told.fact("trigger", trigger.as_str())
                    .fact("calls", *calls)
                    .fact("trigger_milliseconds", *time)
                    .fact("execution_milliseconds", *execution),
            )
        });
        for finding in findings.iter_mut().skip(first) {
            let name = finding
                .facts
                .get("trigger")
                .and_then(serde_json::Value::as_str);
            finding
                .fixes
                .extend(name.and_then(|name| missing_index(context.catalog, name)));
        }
    }
}

/// The index that a foreign key lacks on its own columns.
fn missing_index(catalog: &Catalog, foreign_key: &str) -> Option<Fix> {
    let (table, key) = catalog.tables().find_map(|table| {
        let key = table
            .foreign_keys
            .iter()
            .find(|key| key.name == foreign_key)?;
        Some((table, key))
    })?;
    let served = catalog.indexes_of(table).any(|index| {
        let leading: Vec<_> = index.leading_columns().take(key.columns.len()).collect();
        index.valid
            && index.predicate.is_none()
            && leading.len() == key.columns.len()
            && key.columns.iter().all(|column| leading.contains(column))
    });
    if served {
        return None;
    }
    let columns: Vec<String> = key
        .columns
        .iter()
        .filter_map(|id| table.columns.get(id.0))
        .map(|column| quote_identifier(&column.name))
        .collect();
    Some(Fix {
        kind: FixKind::CreateIndex,
        sql: format!(
            "CREATE INDEX ON {} ({})",
            table.name.to_sql(),
            columns.join(", ")
        ),
        safety: Safety::Review,
        tradeoff: "one more index to maintain on each write; use CONCURRENTLY on a live table"
            .to_owned(),
        edits: Vec::new(),
    })
}
