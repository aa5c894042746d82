use super::support::{about_index, drop_index, only_column, own_indexes};
use crate::catalog::{Column, Index, IndexMethod, Table, Type};
use crate::query::{Expr, ExprKind};
use crate::rules::{
    Asked, Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, SchemaContext,
    Severity,
};

/// An index on a column with few values.
pub struct LowSelectivityIndex;

static INFO: RuleInfo = RuleInfo {
    name: "low-selectivity-index",
    summary: "an index on a column with few values",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Sometimes,
    documentation: Documentation {
        what_it_does: "Finds B-tree and hash indexes on one column that has few values: a boolean, an enum, a CHECK (x IN (...)), or \
            few distinct values by the statistics. Silent where the queries ask for a value that is rare, where the index is partial, \
            unique, or has further columns.",
        why_it_is_slow: "A value that a large part of the rows holds is found on nearly every page: reading the table from start to end is \
            cheaper, so the planner does not use the index. Every write maintains it all the same.",
        example_schema: "CREATE TABLE people (id int PRIMARY KEY, gender char(1) NOT NULL CHECK (gender IN ('f', 'm', 'd')), email text NOT NULL);",
        example_statistics: "",
        example: "CREATE INDEX people_gender ON people (gender);",
        use_instead: "CREATE INDEX people_diverse ON people (id) WHERE gender = 'd';",
        trade_off: "Without the index a search for a rare value reads the table; a partial index for that value is small and serves it.",
        interview_question: "Which column of people would you index: gender, or email?",
        good_answer: &[
            "email: nearly every row has its own value, a search finds one row.",
            "gender: half of the rows match, and they lie on all pages.",
            "What counts is the frequency of the value that is asked for, not the number of values alone.",
            "For a rare value: a partial index.",
            "As a second column behind a selective one it can be useful.",
        ],
    },
};

/// A column with more values than this separates rows well enough.
const FEW_VALUES: f64 = 12.0;
/// Tables with fewer rows are read whole anyway.
const SMALL_TABLE: f64 = 1000.0;

impl Rule for LowSelectivityIndex {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_schema(&self, context: &SchemaContext<'_>, findings: &mut Vec<Finding>) {
        for index in own_indexes(context) {
            let table = context.catalog.table(index.table);
            let plain = matches!(index.method, IndexMethod::Btree | IndexMethod::Hash)
                && !index.unique
                && index.constraint.is_none()
                && index.predicate.is_none()
                && index.include.is_empty();
            if plain && let Some(column) = only_column(table, index) {
                findings.extend(check(context, table, index, column));
            }
        }
    }
}

fn check(
    context: &SchemaContext<'_>,
    table: &Table,
    index: &Index,
    column: &Column,
) -> Option<Finding> {
    let rows = table.statistics.as_ref().map(|statistics| statistics.rows);
    if rows.is_some_and(|rows| rows < SMALL_TABLE) {
        return None;
    }
    let distinct = column
        .statistics
        .as_ref()
        .zip(rows)
        .and_then(|(statistics, rows)| statistics.distinct_values(rows));
    let declared = declared_values(context, table, column);
    let (values, evidence) = match (distinct, declared) {
        (Some(distinct), _) => (distinct, Evidence::Statistics),
        (None, Some(declared)) => (declared, Evidence::Schema),
        (None, None) => return None,
    };
    if values > FEW_VALUES {
        return None;
    }
    let frequency = |value: &str| -> Option<f64> {
        let statistics = column.statistics.as_ref()?;
        if statistics.most_common.is_empty() {
            return None;
        }
        statistics.frequency(value).or_else(|| {
            // a value that is not among the most common ones is rarer than they are
            let listed: f64 = statistics
                .most_common
                .iter()
                .map(|(_, fraction)| fraction)
                .sum();
            Some((1.0 - listed - statistics.null_fraction).max(0.0))
        })
    };
    let limit = context.thresholds.selective_fraction;
    let position = table
        .columns
        .iter()
        .position(|own| own.name == column.name)?;
    let forms: Vec<&Asked> = context.usage.asked(table.id, position).collect();
    let rare_asked = forms.iter().any(|form| match form {
        Asked::Equal(Some(value)) => frequency(value).is_some_and(|fraction| fraction <= limit),
        _ => false,
    });
    if rare_asked {
        return None;
    }
    let rarest = column.statistics.as_ref().and_then(|statistics| {
        statistics
            .most_common
            .iter()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .cloned()
    });
    let has_rare = rarest
        .as_ref()
        .is_some_and(|(_, fraction)| *fraction <= limit);
    let asked_common = forms.iter().any(|form| match form {
        Asked::Equal(Some(value)) => frequency(value).is_some_and(|fraction| fraction > limit),
        _ => false,
    });
    let severity = match evidence {
        Evidence::Schema => Severity::Info,
        // a rare value may be asked for by queries that were not given
        _ if has_rare && !asked_common => Severity::Info,
        _ => Severity::Warning,
    };
    let mut finding = about_index(
        context,
        INFO.name,
        severity,
        evidence,
        index,
        format!(
            "index {} is on {}, which has {} values: it hardly separates rows",
            index.name.name,
            column.name,
            values.round()
        ),
    );
    finding.why = vec![match evidence {
        Evidence::Schema => format!(
            "known from the schema: {} can have {} values; no statistics tell how often each comes",
            column.name,
            values.round()
        ),
        _ => match column
            .statistics
            .as_ref()
            .and_then(|statistics| statistics.most_common.first())
        {
            Some((value, fraction)) => format!(
                "estimated from the statistics: {value} is {:.0} % of the rows",
                fraction * 100.0
            ),
            None => format!(
                "estimated from the statistics: on average a value is {:.0} % of the rows",
                100.0 / values.max(1.0)
            ),
        },
    }];
    finding.why.push("a search for a frequent value reads nearly every page anyway, so the planner passes the index over; writes maintain it".to_owned());
    finding.why.push(match rarest.filter(|(_, fraction)| *fraction <= limit) {
        Some((value, fraction)) => format!(
            "what would help: a partial index WHERE {} = '{value}' ({:.1} % of the rows), or the column behind a selective one",
            column.name,
            fraction * 100.0
        ),
        None => "what would help: the column behind a selective one in a composite index, or nothing".to_owned(),
    });
    finding.facts.insert("distinct".to_owned(), values.into());
    let foreign_key = table
        .foreign_keys
        .iter()
        .any(|key| key.columns.len() == 1 && table.column(key.columns[0]).name == column.name);
    if foreign_key {
        finding.severity = Severity::Info;
        finding
            .why
            .push("it also serves deletes and key updates of the referenced table".to_owned());
    } else {
        finding.fixes.push(drop_index(
            index,
            "a search for a rare value then reads the table, unless a partial index serves it",
        ));
    }
    Some(finding)
}

/// The number of values that the declaration allows.
fn declared_values(context: &SchemaContext<'_>, table: &Table, column: &Column) -> Option<f64> {
    let catalog = context.catalog;
    match catalog.base_type(&column.data_type) {
        Type::Bool => return Some(2.0),
        Type::Enum(name) => return catalog.enums.get(name).map(|labels| labels.len() as f64),
        _ => {}
    }
    let position = table
        .columns
        .iter()
        .position(|own| own.name == column.name)?;
    context
        .schema
        .checks(table.id)
        .iter()
        .find_map(|check| listed(check, position))
}

fn listed(check: &Expr, position: usize) -> Option<f64> {
    let is_it = |expr: &Expr| {
        let inner = match &expr.kind {
            ExprKind::Cast { operand, .. } => operand,
            _ => expr,
        };
        inner
            .as_column()
            .is_some_and(|column| column.column == position)
    };
    match &check.kind {
        ExprKind::InList {
            operand,
            list,
            negated: false,
        } if is_it(operand) => Some(list.len() as f64),
        ExprKind::QuantifiedArray {
            operand,
            array,
            all: false,
            ..
        } if is_it(operand) => array.array_members().map(|elements| elements.len() as f64),
        _ => None,
    }
}
