use super::support::{about_index, own_indexes};
use crate::catalog::{Catalog, Column, Table, Type};
use crate::query::{BoundSchema, ColumnRef, Expr, ExprKind, Literal, functions};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext, Severity,
};
use crate::source::Span;

/// A partial index whose predicate is always true.
pub struct UselessPartialPredicate;

static INFO: RuleInfo = RuleInfo {
    name: "useless-partial-predicate",
    summary: "a partial index whose predicate is always true",
    severity: Severity::Info,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds partial indexes whose predicate asks for what the schema says of every row: IS NOT NULL of a column that is \
            NOT NULL, a condition that a CHECK constraint guarantees, one of all labels of an enum.",
        why_it_is_slow: "The index holds every row, as a full one would; but PostgreSQL 16 and earlier use it only for queries that imply the predicate.",
        example_schema: "CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, at timestamptz NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX events_at ON events (at) WHERE at IS NOT NULL;",
        use_instead: "CREATE INDEX events_at ON events (at);",
        trade_off: "None.",
        interview_question: "When does a partial index pay?",
        good_answer: &[
            "When the predicate keeps few rows, and the queries ask for it.",
            "The query must imply the predicate.",
            "IS NOT NULL on a NOT NULL column keeps all rows; so does what a CHECK constraint guarantees.",
        ],
    },
};

impl Rule for UselessPartialPredicate {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            let Some(bound) = context.schema.index(index.id) else {
                continue;
            };
            if bound.predicate.is_empty() {
                continue;
            }
            let table = context.catalog.table(index.table);
            let guarantees = guarantees(context, table);
            let premises: Vec<&Expr> = guarantees.iter().map(|(expr, _)| expr).collect();
            if !context.facts.implies_all(&premises, &bound.predicate) {
                continue;
            }
            let mut finding = about_index(
                context,
                INFO.name,
                Severity::Info,
                Evidence::Schema,
                index,
                format!(
                    "the predicate of index {} is true for every row",
                    index.name.name
                ),
            );
            for conjunct in &bound.predicate {
                let reason = guarantees
                    .iter()
                    .find(|(known, _)| context.facts.implies(&[known], conjunct))
                    .map(|(_, reason)| format!("known from the schema: {reason}"));
                if let Some(reason) = reason.filter(|reason| !finding.why.contains(reason)) {
                    finding.why.push(reason);
                }
            }
            findings.push(finding);
        }
    }
}

/// Conditions that are true for every row of a table, each with its reason.
fn guarantees(context: &SchemaContext<'_>, table: &Table) -> Vec<(Expr, String)> {
    let mut known = Vec::new();
    for (position, column) in table.columns.iter().enumerate() {
        if !column.not_null {
            continue;
        }
        let operand = Expr::typed(
            ExprKind::Column(ColumnRef {
                relation: BoundSchema::TABLE,
                column: position,
            }),
            Span::default(),
            Some(column.data_type.clone()),
        );
        if let Some(labels) = labels(context.catalog, column) {
            let one_of_them = ExprKind::InList {
                operand: Box::new(operand.clone()),
                list: labels,
                negated: false,
            };
            known.push((
                Expr::typed(one_of_them, Span::default(), Some(Type::Bool)),
                format!("these are all values of {}", column.name),
            ));
        }
        let present = ExprKind::IsNull {
            operand: Box::new(operand),
            negated: true,
        };
        known.push((
            Expr::typed(present, Span::default(), Some(Type::Bool)),
            format!("column {} is NOT NULL", column.name),
        ));
    }
    let checks = context
        .schema
        .checks(table.id)
        .iter()
        // a CHECK that is NULL is passed too
        .filter(|check| is_never_null(check, table))
        .map(|check| {
            let columns: Vec<&str> = check
                .columns()
                .iter()
                .filter_map(|column| table.columns.get(column.column))
                .map(|column| column.name.as_str())
                .collect();
            let columns = columns.join(", ");
            (
                check.clone(),
                format!("a CHECK constraint says so of {columns}"),
            )
        });
    known.extend(checks);
    known
}

/// All values of a column, where its type lists them.
fn labels(catalog: &Catalog, column: &Column) -> Option<Vec<Expr>> {
    let literals: Vec<Literal> = match catalog.base_type(&column.data_type) {
        Type::Enum(name) => catalog
            .enums
            .get(name)?
            .iter()
            .map(|label| Literal::String(label.clone()))
            .collect(),
        Type::Bool => vec![Literal::Boolean(true), Literal::Boolean(false)],
        _ => return None,
    };
    let typed = |literal| {
        Expr::typed(
            ExprKind::Literal(literal),
            Span::default(),
            Some(column.data_type.clone()),
        )
    };
    Some(literals.into_iter().map(typed).collect())
}

/// Whether an expression over a table's columns has a value in every row.
fn is_never_null(expr: &Expr, table: &Table) -> bool {
    let never = |expr: &Expr| is_never_null(expr, table);
    match &expr.kind {
        ExprKind::Column(column) => table
            .columns
            .get(column.column)
            .is_some_and(|column| column.not_null),
        ExprKind::Literal(literal) => *literal != Literal::Null,
        ExprKind::And(arms) | ExprKind::Or(arms) => arms.iter().all(never),
        ExprKind::Not(operand) | ExprKind::Unary { operand, .. } => never(operand),
        ExprKind::IsNull { .. } | ExprKind::IsTruth { .. } | ExprKind::IsDistinct { .. } => true,
        ExprKind::Binary { op, left, right } => {
            (op.is_comparison() || op.is_arithmetic()) && never(left) && never(right)
        }
        ExprKind::Between {
            operand, low, high, ..
        } => never(operand) && never(low) && never(high),
        ExprKind::InList { operand, list, .. } => never(operand) && list.iter().all(never),
        ExprKind::QuantifiedArray { operand, array, .. } => {
            never(operand)
                && array
                    .array_members()
                    .is_some_and(|members| members.iter().all(never))
        }
        ExprKind::Cast { operand, data_type } => {
            !matches!(data_type, Type::Other(_)) && never(operand)
        }
        ExprKind::Function(call) => {
            functions::is_total(&call.name) && call.arguments.iter().all(never)
        }
        _ => false,
    }
}
