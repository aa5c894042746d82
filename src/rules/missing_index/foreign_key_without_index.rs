use indexmap::IndexMap;

use super::support::build_in_use;
use crate::catalog::{
    ColumnId, ForeignKey, Index, ReferentialAction, Table, TableKind, quote_identifier,
};
use crate::rules::{
    Documentation, Evidence, Finding, Fix, FixAvailability, FixKind, Rule, RuleInfo, Safety,
    SchemaContext, Severity,
};

/// A foreign key whose own side has no index.
pub struct ForeignKeyWithoutIndex;

static INFO: RuleInfo = RuleInfo {
    name: "foreign-key-without-index",
    summary: "a foreign key whose columns lead no index",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Always,
    documentation: Documentation {
        what_it_does: "Finds foreign keys whose columns are not the first columns, in any order, of an index of the referencing table. \
            Partial indexes do not count, unless they leave out no more than NULLs of the key. Of a composite key a part is enough where \
            the statistics tell that it leads to few rows.",
        why_it_is_slow: "Each DELETE of a referenced row, and each change of its key, looks for the rows that refer to it: without an index it \
            reads the whole referencing table, once for each row, and with CASCADE again at the next level. Joins from the \
            referenced row to its children do the same.",
        example_schema: "CREATE TABLE courses (id int PRIMARY KEY, title text NOT NULL);",
        example_statistics: "",
        example: "CREATE TABLE enrolments (id bigint PRIMARY KEY, course_id int NOT NULL REFERENCES courses ON DELETE CASCADE);",
        use_instead: "CREATE TABLE enrolments (id bigint PRIMARY KEY, course_id int NOT NULL REFERENCES courses ON DELETE CASCADE);\n\
            CREATE INDEX ON enrolments (course_id);",
        trade_off: "One more index to maintain. Where referenced rows are never deleted and never joined from, it is not needed.",
        interview_question: "Deleting one row of a small table takes a minute. Where do you look?",
        good_answer: &[
            "Foreign keys that refer to it: PostgreSQL makes no index on the referencing side.",
            "EXPLAIN (ANALYZE) of the DELETE shows the time of the constraint's trigger.",
            "An index that begins with the foreign key's columns helps; a partial one does not.",
        ],
    },
};

/// Tables with fewer rows are read whole without regret.
const SMALL_TABLE: f64 = 1000.0;

impl Rule for ForeignKeyWithoutIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for table in context.catalog.tables() {
            if table.partition_of.is_some() || !table.has_storage() {
                continue;
            }
            for key in &table.foreign_keys {
                if !is_indexed(context, table, &key.columns) {
                    findings.extend(report(context, table, key));
                }
            }
        }
    }
}

/// Whether an index of the table finds the rows that refer to one row, or one of each of its partitions does.
fn is_indexed(context: &SchemaContext<'_>, table: &Table, columns: &[ColumnId]) -> bool {
    let mut indexes = context.catalog.indexes_of(table);
    if indexes.any(|index| {
        context.schema.finds_all(index, columns) || leads_to_few(table, index, columns)
    }) {
        return true;
    }
    if !matches!(table.kind, TableKind::Partitioned { .. }) {
        return false;
    }
    let partitions = context.catalog.children_of(table.id);
    !partitions.is_empty()
        && partitions.into_iter().all(|partition| {
            let partition = context.catalog.table(partition);
            let names = columns.iter().map(|column| &table.column(*column).name);
            names
                .map(|name| partition.column_by_name(name))
                .collect::<Option<Vec<_>>>()
                .is_some_and(|columns| is_indexed(context, partition, &columns))
        })
}

/// Rows that a part of a key may leave to be looked through.
const FEW_ROWS: f64 = 200.0;

/// Whether the statistics tell that an index on a part of a key's columns leads to few rows already.
fn leads_to_few(table: &Table, index: &Index, columns: &[ColumnId]) -> bool {
    let part: Vec<ColumnId> = index
        .leading_columns()
        .take_while(|column| columns.contains(column))
        .collect();
    !part.is_empty()
        && index.predicate.is_none()
        && index.begins_with(&part)
        && table
            .rows_of_a_value(&part)
            .is_some_and(|rows| rows <= FEW_ROWS)
}

fn report(context: &SchemaContext<'_>, table: &Table, key: &ForeignKey) -> Option<Finding> {
    let rows = table.statistics.as_ref().map(|statistics| statistics.rows);
    if rows.is_some_and(|rows| rows < SMALL_TABLE) {
        return None;
    }
    let columns: Vec<String> = key
        .columns
        .iter()
        .map(|column| table.column(*column).name.clone())
        .collect();
    let list = columns
        .iter()
        .map(|column| quote_identifier(column))
        .collect::<Vec<_>>()
        .join(", ");
    let parent = &key.references.name;
    let acts = matches!(
        key.on_delete,
        ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault
    );
    let (severity, evidence) = match rows {
        Some(_) => (Severity::Warning, Evidence::Statistics),
        None => (Severity::Info, Evidence::Schema),
    };
    let mut why =
        vec!["known from the schema: no index over all rows begins with these columns".to_owned()];
    why.push(match rows {
        Some(rows) => format!(
            "each DELETE in {parent} reads all {rows:.0} rows of {} to find those that refer to it",
            table.name.name
        ),
        None => format!(
            "each DELETE in {parent} reads all of {} to find the rows that refer to it",
            table.name.name
        ),
    });
    if acts {
        why.push(
            "the key acts on deletes, so this happens once for each row that is deleted".to_owned(),
        );
    }
    let partial = context.catalog.indexes_of(table).any(|index| {
        index.predicate.is_some() && index.leading_columns().next() == key.columns.first().copied()
    });
    if partial {
        why.push(
            "a partial index begins with the column, but the check does not imply its predicate"
                .to_owned(),
        );
    }
    Some(Finding {
        rule: INFO.name,
        severity,
        evidence,
        location: key.location.clone().or_else(|| table.location.clone()),
        statement: None,
        relation: Some(table.name.name.clone()),
        table: Some(table.name.to_string()),
        columns,
        index: None,
        message: format!(
            "foreign key ({list}) of {} to {parent} has no index",
            table.name.name
        ),
        why,
        label: None,
        facts: IndexMap::new(),
        fixes: vec![Fix {
            kind: FixKind::CreateIndex,
            sql: format!("CREATE INDEX ON {} ({list})", table.name.to_sql()),
            safety: Safety::Review,
            tradeoff: format!(
                "one more index to maintain on each write; {}",
                build_in_use(table)
            ),
            edits: Vec::new(),
        }],
    })
}
