use super::planner_trial::planner_name;
use super::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, Thresholds,
};
use crate::catalog::{Catalog, ColumnStatistics, Table};
use crate::planner::{
    Frequency, Planner, PlannerError, RepresentativeValue, estimated_heap_pages,
    parameter_sensitivity, representative_values, scan_of,
};
use crate::query::{Query, one_line};
use crate::rewrite::{NumberedQuery, numbered};

/// A placeholder for which PostgreSQL plans common and rare values differently. Found by asking a planner, in
/// [`find`].
pub struct ParameterSensitivePlan;

/// Values whose frequencies differ less than this many times are planned alike.
const LEAST_SKEW: f64 = 5.0;
/// Placeholders of one statement that are looked at.
const MOST_PARAMETERS: usize = 4;
/// What stands for a placeholder that counts rows (LIMIT, OFFSET).
const SOME_ROWS: &str = "20";

/// The rule's name.
pub const NAME: &str = "parameter-sensitive-plan";

static INFO: RuleInfo = RuleInfo {
    name: NAME,
    summary: "the best plan for a common value of a placeholder is not that for a rare one",
    severity: Severity::Info,
    evidence: Evidence::Planned,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "With statistics that list common values, asks PostgreSQL's planner for the statement with the most \
            common value of a placeholder's column, one from the middle and a rare one, and reports where it would read or join \
            in different ways. Runs in `lint --snapshot` and `explain --snapshot` or `--database`; small tables are left alone.",
        why_it_is_slow: "A prepared statement is planned anew for its first five executions; then PostgreSQL compares their \
            average cost with that of one generic plan, and may keep the generic one for all values. Then either the rare values \
            pay for reading the whole table, or the common ones for jumping through an index.",
        example_schema: "CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL, total numeric(10,2) NOT NULL);\n\
            CREATE INDEX ON orders (status);",
        example_statistics: "[tables.orders]\nrows = 2_000_000\n[tables.orders.columns.status]\nvalues = { shipped = 0.97, pending = 0.03 }",
        example: "SELECT id, total FROM orders WHERE status = $1;",
        use_instead: "SELECT id, total FROM orders WHERE status = 'pending';",
        trade_off: "Writing the value into the statement, or SET plan_cache_mode = force_custom_plan for the role or session, \
            costs planning each time (mostly well below a millisecond). For one rare value, a partial index is smaller as well.",
        interview_question: "A query is fast in psql and slow in the application, from the sixth execution on. Why?",
        good_answer: &[
            "Prepared statements: after five executions PostgreSQL may switch to a generic plan, made for no value in particular.",
            "The column is skewed: the generic estimate (rows divided by distinct values) fits neither the common nor the rare value.",
            "EXPLAIN (GENERIC_PLAN) or plan_cache_mode = force_generic_plan shows it.",
            "plan_cache_mode = force_custom_plan, the literal in the statement, or a partial index for the rare value.",
        ],
    },
};

impl Rule for ParameterSensitivePlan {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }
}

/// Values for all placeholders of a statement, one of which is looked at.
#[derive(Debug, Clone)]
pub(super) struct RepresentativeChoice {
    /// The placeholder that is looked at, from 0.
    parameter: usize,
    /// Its value.
    pub(super) value: RepresentativeValue,
    pub(super) values: Vec<Option<String>>,
}

/// For each placeholder that is compared with a skewed column: its representative values, the other placeholders at
/// values of middling frequency. None where no value is known for one of the others.
pub(super) fn representative_choices(
    query: &NumberedQuery,
    catalog: &Catalog,
) -> Vec<RepresentativeChoice> {
    let columns: Vec<Option<(&Table, &ColumnStatistics)>> = query
        .parameters
        .iter()
        .map(|parameter| {
            let (table, column) = parameter.column?;
            let table = catalog.table(table);
            let statistics = table.column(column).statistics.as_ref()?;
            Some((table, statistics))
        })
        .collect();
    let known: Vec<Vec<RepresentativeValue>> = columns
        .iter()
        .map(|column| {
            column.map_or_else(Vec::new, |(_, statistics)| {
                representative_values(statistics)
            })
        })
        .collect();
    let middling: Option<Vec<Option<String>>> = query
        .parameters
        .iter()
        .zip(&known)
        .map(|(parameter, values)| {
            if parameter.counts_rows {
                return Some(Some(SOME_ROWS.to_owned()));
            }
            let value = values
                .iter()
                .find(|value| value.frequency == Frequency::Median)
                .or(values.first())?;
            Some(Some(value.value.clone()))
        })
        .collect();
    let Some(middling) = middling else {
        return Vec::new();
    };
    let mut choices = Vec::new();
    let skewed = known
        .iter()
        .zip(&columns)
        .enumerate()
        .filter(|(_, (values, column))| {
            column.is_some_and(|(table, statistics)| {
                let rows = table.statistics.as_ref().map_or(0.0, |table| table.rows);
                skew(values, statistics, rows) >= LEAST_SKEW
            })
        });
    for (parameter, (values, _)) in skewed.take(MOST_PARAMETERS) {
        for value in values {
            let mut chosen = middling.clone();
            if let Some(place) = chosen.get_mut(parameter) {
                *place = Some(value.value.clone());
            }
            choices.push(RepresentativeChoice {
                parameter,
                value: value.clone(),
                values: chosen,
            });
        }
    }
    choices
}

/// How many times more frequent the most common of some values is than the rarest.
fn skew(values: &[RepresentativeValue], statistics: &ColumnStatistics, rows: f64) -> f64 {
    let listed: f64 = statistics
        .most_common
        .iter()
        .map(|(_, fraction)| fraction)
        .sum();
    let others =
        statistics.distinct_values(rows).unwrap_or(0.0) - statistics.most_common.len() as f64;
    let of_others = (1.0 - listed - statistics.null_fraction).max(0.0)
        / others.max(statistics.histogram.len() as f64).max(1.0);
    let fractions = values
        .iter()
        .map(|value| value.fraction.unwrap_or(of_others));
    let (least, most) = fractions.fold((f64::INFINITY, 0.0_f64), |(least, most), fraction| {
        (least.min(fraction), most.max(fraction))
    });
    if values.len() < 2 || most == 0.0 {
        return 1.0;
    }
    most / least.max(f64::MIN_POSITIVE)
}

/// Plans a statement for common and rare values of its placeholders; a finding where the plans differ.
///
/// # Errors
/// As [`Planner::plan_with_parameters`].
pub fn find(
    query: &Query,
    catalog: &Catalog,
    thresholds: &Thresholds,
    planner: &mut dyn Planner,
) -> Result<Option<Finding>, PlannerError> {
    let numbered = numbered(query, catalog);
    let choices = representative_choices(&numbered, catalog);
    for (number, parameter) in numbered.parameters.iter().enumerate() {
        let choices: Vec<&RepresentativeChoice> = choices
            .iter()
            .filter(|choice| choice.parameter == number)
            .collect();
        let Some((table, column)) = parameter.column.filter(|_| choices.len() > 1) else {
            continue;
        };
        let table = catalog.table(table);
        if pages(catalog, table) < thresholds.small_table_pages {
            continue;
        }
        let values: Vec<Vec<Option<String>>> =
            choices.iter().map(|choice| choice.values.clone()).collect();
        let found = parameter_sensitivity(planner, &numbered.sql, &values, &[])?;
        if !found.differs() {
            continue;
        }
        let column = &table.column(column).name;
        let span = parameter.span.unwrap_or(query.span);
        let mut finding = Finding::at(
            query,
            NAME,
            Severity::Info,
            Evidence::Planned,
            span,
            format!(
                "the plan depends on the value of {}: {} is skewed, and common and rare values of it are read in different ways",
                one_line(&query.file, span),
                column
            ),
        );
        finding.table = Some(table.name.to_string());
        finding.columns = vec![column.clone()];
        finding.label = Some("one plan does not fit all values of this".to_owned());
        for (choice, plan) in choices.iter().zip(&found.plans) {
            finding.why.push(format!(
                "{}, cost {:.0}: {}",
                value_text(&choice.value),
                plan.planned.total_cost,
                scan_of(&plan.planned.plan, &table.name.name)
                    .unwrap_or_else(|| "joined in another way".to_owned())
            ));
        }
        finding.why.push(format!(
            "for all values alike (the generic plan, which a prepared statement may keep after five executions), cost {:.0}: {}",
            found.generic.total_cost,
            scan_of(&found.generic.plan, &table.name.name).unwrap_or_else(|| "joined in another way".to_owned())
        ));
        finding.why.push(format!(
            "planned by {}",
            planner_name(&planner.description())
        ));
        finding
            .facts
            .insert("cost_ratio".to_owned(), found.cost_ratio().into());
        return Ok(Some(finding));
    }
    Ok(None)
}

fn value_text(value: &RepresentativeValue) -> String {
    let shown: String = value.value.chars().take(40).collect();
    let kind = value.frequency.name();
    match value.fraction {
        Some(fraction) => format!(
            "the {kind} value '{shown}' ({} % of the rows)",
            percent(fraction)
        ),
        None => format!("the {kind} value '{shown}'"),
    }
}

fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent >= 1.0 {
        format!("{percent:.0}")
    } else {
        format!("{percent:.2}")
    }
}

fn pages(catalog: &Catalog, table: &Table) -> f64 {
    table.statistics.as_ref().map_or(0.0, |statistics| {
        statistics
            .pages
            .unwrap_or_else(|| estimated_heap_pages(catalog, &table.columns, statistics.rows))
    })
}
