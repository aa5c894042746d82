use super::support::{about_index, drop_index, own_indexes};
use crate::catalog::TableKind;
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, FixKind, Rule, RuleInfo, Safety,
    SchemaContext, Severity,
};

/// An index that a failed build left behind.
pub struct InvalidIndex;

static INFO: RuleInfo = RuleInfo {
    name: "invalid-index",
    summary: "an index that is written but never read, as its build failed",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds indexes marked invalid (`pg_index.indisvalid`): what CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY leaves behind when it \
            fails, and indexes of a partitioned table made with ON ONLY of which not all partitions have their part.",
        why_it_is_slow: "The planner does not use it, but every write maintains it. A unique one that failed on duplicates refuses new duplicates, and \
            guarantees nothing.",
        example_schema: "CREATE TABLE readings (sensor_id int NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);\n\
            CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
        example_statistics: "",
        example: "CREATE INDEX readings_sensor ON ONLY readings (sensor_id);",
        use_instead: "CREATE INDEX readings_sensor ON ONLY readings (sensor_id);\n\
            CREATE INDEX readings_2026_sensor ON readings_2026 (sensor_id);\n\
            ALTER INDEX readings_sensor ATTACH PARTITION readings_2026_sensor;",
        trade_off: "REINDEX INDEX CONCURRENTLY reads the table twice and waits for older transactions.",
        interview_question: "CREATE INDEX CONCURRENTLY failed in the night. What is left, and what does it cost?",
        good_answer: &[
            "An index that is marked invalid: \\d shows it, the planner passes over it.",
            "Inserts and updates may maintain it all the same.",
            "Drop it, or REINDEX INDEX CONCURRENTLY; for a unique one look for the duplicates first.",
        ],
    },
};

impl Rule for InvalidIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context).filter(|index| !index.valid) {
            let table = context.catalog.table(index.table);
            let name = &index.name.name;
            let partitioned = matches!(table.kind, TableKind::Partitioned { .. });
            let message = if partitioned {
                format!(
                    "index {name} is not valid: not every partition of {} has its part",
                    table.name.name
                )
            } else {
                format!("index {name} is not valid: it is written, but no query uses it")
            };
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Schema,
                index,
                message,
            );
            if partitioned {
                finding.why = vec![
                    "known from the schema: it was made with ON ONLY, and is valid once an index of each partition is attached".to_owned(),
                ];
                let missing: Vec<String> = context
                    .catalog
                    .children_of(table.id)
                    .into_iter()
                    .map(|id| context.catalog.table(id))
                    .filter(|child| {
                        !context
                            .catalog
                            .indexes_of(child)
                            .any(|part| part.parent == Some(index.id))
                    })
                    .map(|child| child.name.name.clone())
                    .collect();
                if !missing.is_empty() {
                    finding
                        .why
                        .push(format!("without it: {}", missing.join(", ")));
                }
                finding.fixes.push(drop_index(
                    index,
                    "the indexes attached to it go as well; to keep them, make and attach those that are missing",
                ));
            } else {
                finding.why = vec![
                    "known from the catalog: indisvalid is false, as after a CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY that failed".to_owned(),
                ];
                if index.unique {
                    finding.why.push(
                        "it does not guarantee uniqueness: look for duplicates before it is built anew"
                            .to_owned(),
                    );
                }
                finding.fixes.push(Fix {
                    kind: FixKind::CreateIndex,
                    sql: format!("REINDEX INDEX CONCURRENTLY {}", index.name.to_sql()),
                    safety: Safety::Review,
                    tradeoff: "reads the table twice; where nobody misses the index, DROP INDEX CONCURRENTLY instead".to_owned(),
                    edits: Vec::new(),
                });
            }
            findings.push(finding);
        }
    }
}
