use super::likeness::{is_duplicate, is_free};
use super::support::{about_index, drop_index, own_indexes};
use crate::catalog::{Catalog, ColumnId, Index, IndexConstraint, Table, quote_identifier};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, FixKind, Rule, RuleInfo, Safety,
    SchemaContext, Severity,
};

/// An index that repeats the one behind a constraint, or a constraint that repeats another.
pub struct ConstraintIndexDuplicate;

static INFO: RuleInfo = RuleInfo {
    name: "constraint-index-duplicate",
    summary: "an index that repeats the one behind a constraint",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds an index with the same keys as the index that PostgreSQL makes for a PRIMARY KEY or UNIQUE constraint, \
            and a UNIQUE constraint on the very columns of another constraint: PostgreSQL keeps one index of the two only where one \
            CREATE TABLE names both.",
        why_it_is_slow: "The constraint's index serves every search already; the second one is only written.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_id ON events (id);",
        use_instead: "SELECT 1;",
        trade_off: "None for reads. Statements that name the constraint (ON CONFLICT ON CONSTRAINT) have to name the other one.",
        interview_question: "Do you need an index on a primary key?",
        good_answer: &[
            "No: the constraint makes a unique index by itself.",
            "The same for UNIQUE constraints.",
            "A foreign key, on the other hand, makes none on its own side.",
        ],
    },
};

impl Rule for ConstraintIndexDuplicate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            let table = context.catalog.table(index.table);
            let mut behind = context
                .catalog
                .indexes_of(table)
                .filter(|other| other.constraint.is_some());
            let found = if index.constraint.is_some() {
                behind.find(|other| says_no_more(context, table, index, other))
            } else if is_free(context.catalog, index) {
                behind.find(|other| is_duplicate(&context.facts, index, other))
            } else {
                None
            };
            let Some(behind) = found else { continue };
            let constraint = &behind.name.name;
            let (message, known, fix) = if index.constraint.is_some() {
                (
                    format!("constraint {} says what {constraint} says", index.name.name),
                    format!(
                        "known from the schema: constraint {constraint} makes the same columns unique, with an index of its own"
                    ),
                    drop_constraint(table, index),
                )
            } else {
                (
                    format!(
                        "index {} repeats the one behind constraint {constraint}",
                        index.name.name
                    ),
                    format!(
                        "known from the schema: constraint {constraint} has an index with the same keys"
                    ),
                    drop_index(index, "none for reads"),
                )
            };
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Warning,
                Evidence::Schema,
                index,
                message,
            );
            finding.why = vec![
                known,
                "each write maintains both, queries use one".to_owned(),
            ];
            finding.fixes.push(fix);
            findings.push(finding);
        }
    }
}

/// Whether a UNIQUE constraint can go because another one, or the primary key, makes the same columns unique. Of two
/// that say the same the later one can: foreign keys rest on the earlier one.
fn says_no_more(context: &SchemaContext<'_>, table: &Table, index: &Index, other: &Index) -> bool {
    let unique = matches!(index.constraint, Some(IndexConstraint::Unique { .. }));
    let primary = matches!(other.constraint, Some(IndexConstraint::PrimaryKey { .. }));
    let rested_on = || is_referenced_by_name(context.catalog, table, index);
    unique
        && table.replica_identity != Some(index.id)
        && is_duplicate(&context.facts, index, other)
        && (index.id > other.id
            || (primary || !is_duplicate(&context.facts, other, index)) && !rested_on())
}

/// Whether a foreign key names the columns of a unique index: then it may rest on any index that makes them unique.
fn is_referenced_by_name(catalog: &Catalog, table: &Table, index: &Index) -> bool {
    let columns: Vec<ColumnId> = index.leading_columns().collect();
    catalog
        .foreign_keys_to(table, &columns)
        .any(|(_, key)| !key.referenced_columns.is_empty())
}

/// ALTER TABLE ... DROP CONSTRAINT, for a person to decide.
fn drop_constraint(table: &Table, index: &Index) -> Fix {
    Fix {
        kind: FixKind::AlterTable,
        sql: format!(
            "ALTER TABLE {} DROP CONSTRAINT {}",
            table.name.to_sql(),
            quote_identifier(&index.name.name)
        ),
        safety: Safety::Review,
        tradeoff: "none for reads; ON CONFLICT ON CONSTRAINT names a constraint, and has to name the other one then"
            .to_owned(),
        edits: Vec::new(),
    }
}
