use crate::catalog::{Column, ColumnStatistics, QualifiedName, quote_literal};

/// The version that the calls of `pg_restore_relation_stats` and its kin speak.
const VERSION: u32 = 180_000;

/// A call of one of the restoring functions. They return false, with a warning, where a part could not be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RestoreCall {
    /// Relation and column, for messages.
    pub of: String,
    pub sql: String,
}

/// The call that gives a relation its size in pg_class.
pub(super) fn restore_relation(
    name: &QualifiedName,
    pages: f64,
    rows: f64,
    all_visible: f64,
) -> RestoreCall {
    let sql = format!(
        "pg_catalog.pg_restore_relation_stats('version', {VERSION}, 'schemaname', {}, 'relname', {}, 'relpages', \
         {}::integer, 'reltuples', '{rows}'::real, 'relallvisible', {}::integer)",
        quote_literal(&name.schema),
        quote_literal(&name.name),
        whole(pages),
        whole(all_visible),
    );
    RestoreCall {
        of: name.to_string(),
        sql,
    }
}

/// The call that gives a column, or a key expression of an index, its statistics; `None` where nothing is known.
/// `inherited`: of the table with its children.
pub(super) fn restore_column(
    relation: &QualifiedName,
    column: &str,
    inherited: bool,
    statistics: &ColumnStatistics,
) -> Option<RestoreCall> {
    let mut arguments = Vec::new();
    let mut give = |name: &str, value: String, data_type: &str| {
        arguments.push(format!("'{name}', {}::{data_type}", quote_literal(&value)));
    };
    if let Some(width) = statistics.width {
        give("avg_width", whole(width).to_string(), "integer");
    }
    if let Some(distinct) = statistics.distinct {
        give("n_distinct", distinct.to_string(), "real");
    }
    if !statistics.most_common.is_empty() {
        let (values, frequencies): (Vec<&str>, Vec<f64>) = statistics
            .most_common
            .iter()
            .map(|(value, frequency)| (value.as_str(), *frequency))
            .unzip();
        give("most_common_vals", array(values), "text");
        give("most_common_freqs", numbers(&frequencies), "real[]");
    }
    if statistics.histogram.len() >= 2 {
        give(
            "histogram_bounds",
            array(statistics.histogram.iter().map(String::as_str)),
            "text",
        );
    }
    if let Some(correlation) = statistics.correlation {
        give("correlation", correlation.to_string(), "real");
    }
    if !statistics.most_common_elements.is_empty() {
        let values = array(
            statistics
                .most_common_elements
                .iter()
                .map(|(value, _)| value.as_str()),
        );
        let mut frequencies: Vec<f64> = statistics
            .most_common_elements
            .iter()
            .map(|(_, frequency)| *frequency)
            .collect();
        frequencies.extend(&statistics.element_frequency_extra);
        give("most_common_elems", values, "text");
        give("most_common_elem_freqs", numbers(&frequencies), "real[]");
    }
    if !statistics.element_count_histogram.is_empty() {
        give(
            "elem_count_histogram",
            numbers(&statistics.element_count_histogram),
            "real[]",
        );
    }
    give("null_frac", statistics.null_fraction.to_string(), "real");
    if arguments.len() == 1 && statistics.null_fraction == 0.0 {
        return None;
    }
    let sql = format!(
        "pg_catalog.pg_restore_attribute_stats('version', {VERSION}, 'schemaname', {}, 'relname', {}, 'attname', {}, \
         'inherited', {inherited}, {})",
        quote_literal(&relation.schema),
        quote_literal(&relation.name),
        quote_literal(column),
        arguments.join(", ")
    );
    Some(RestoreCall {
        of: format!("{relation}.{column}"),
        sql,
    })
}

/// The calls for all columns of a table.
pub(super) fn restore_columns<'a>(
    relation: &'a QualifiedName,
    columns: &'a [Column],
    inherited: bool,
) -> impl Iterator<Item = RestoreCall> + 'a {
    columns.iter().filter_map(move |column| {
        restore_column(
            relation,
            &column.name,
            inherited,
            column.statistics.as_ref()?,
        )
    })
}

fn whole(number: f64) -> i64 {
    number.round().clamp(0.0, f64::from(i32::MAX)) as i64
}

/// An array literal with every element quoted.
pub(super) fn array<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = values
        .into_iter()
        .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
}

fn numbers(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(f64::to_string).collect();
    format!("{{{}}}", texts.join(","))
}
