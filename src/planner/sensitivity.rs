use serde_json::Value;

use super::{HypotheticalChange, Parameters, PlannedQuery, Planner, PlannerError};
use crate::catalog::ColumnStatistics;

/// How often a value occurs among the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    MostCommon,
    Median,
    Rare,
}

impl Frequency {
    /// As messages say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MostCommon => "most common",
            Self::Median => "median",
            Self::Rare => "rare",
        }
    }
}

/// A value that stands for many.
#[derive(Debug, Clone, PartialEq)]
pub struct RepresentativeValue {
    pub frequency: Frequency,
    pub value: String,
    /// Its fraction of the rows, where the statistics list it.
    pub fraction: Option<f64>,
}

/// Values of a column that differ in how often they occur: the most common one, one from the middle (of the
/// histogram, or of the list of common values), and the rarest that is known. Empty where the statistics show no value.
pub fn representative_values(statistics: &ColumnStatistics) -> Vec<RepresentativeValue> {
    let common = &statistics.most_common;
    let histogram = &statistics.histogram;
    let of_common = |frequency: Frequency, at: usize| {
        common.get(at).map(|(value, fraction)| RepresentativeValue {
            frequency,
            value: value.clone(),
            fraction: Some(*fraction),
        })
    };
    let of_histogram = |frequency: Frequency, at: usize| {
        histogram.get(at).map(|value| RepresentativeValue {
            frequency,
            value: value.clone(),
            fraction: None,
        })
    };
    let most = of_common(Frequency::MostCommon, 0);
    let (median, rare) = if histogram.is_empty() {
        (
            of_common(Frequency::Median, common.len() / 2),
            of_common(Frequency::Rare, common.len().wrapping_sub(1)),
        )
    } else {
        // The values of a histogram are those that are too rare to be listed.
        (
            of_common(Frequency::Median, common.len() / 2),
            of_histogram(Frequency::Rare, histogram.len() / 2),
        )
    };
    let mut values: Vec<RepresentativeValue> = Vec::new();
    // Where two are the same, it is called what it is at its extreme.
    for value in [most, rare, median].into_iter().flatten() {
        if values.iter().all(|known| known.value != value.value) {
            values.push(value);
        }
    }
    values.sort_by_key(|value| value.frequency);
    values
}

/// The plan for one choice of values.
#[derive(Debug, Clone)]
pub struct ParameterPlan {
    pub values: Vec<Option<String>>,
    pub planned: PlannedQuery,
}

/// How a query's plan depends on the values of its placeholders.
#[derive(Debug, Clone)]
pub struct ParameterSensitivity {
    /// The plan for no value in particular.
    pub generic: PlannedQuery,
    pub plans: Vec<ParameterPlan>,
}

impl ParameterSensitivity {
    /// Whether two of the choices are planned differently: other ways to read or join, not only other estimates.
    pub fn differs(&self) -> bool {
        let mut shapes = self.plans.iter().map(|plan| shape(&plan.planned.plan));
        shapes
            .next()
            .is_some_and(|first| shapes.any(|other| other != first))
    }

    /// The choice for which the generic plan is furthest from the one made for it, with how many times dearer the
    /// dearest choice is than the cheapest.
    pub fn cost_ratio(&self) -> f64 {
        let costs = self.plans.iter().map(|plan| plan.planned.total_cost);
        let (least, most) = costs.fold((f64::INFINITY, 0.0_f64), |(least, most), cost| {
            (least.min(cost), most.max(cost))
        });
        if least > 0.0 && least.is_finite() {
            most / least
        } else {
            1.0
        }
    }
}

/// Plans a query without values, and for each choice of values (see [`representative_values`]).
///
/// # Errors
/// As [`Planner::plan_with_parameters`].
pub fn parameter_sensitivity(
    planner: &mut dyn Planner,
    query: &str,
    choices: &[Vec<Option<String>>],
    changes: &[HypotheticalChange],
) -> Result<ParameterSensitivity, PlannerError> {
    let generic = planner.plan_with_parameters(query, &Parameters::Generic, changes)?;
    let plans = choices
        .iter()
        .map(|values| {
            let planned = planner.plan_with_parameters(
                query,
                &Parameters::Values(values.clone()),
                changes,
            )?;
            Ok(ParameterPlan {
                values: values.clone(),
                planned,
            })
        })
        .collect::<Result<Vec<_>, PlannerError>>()?;
    Ok(ParameterSensitivity { generic, plans })
}

/// What a plan does, without its estimates and values: the indexes and tables that it reads and the joins between them.
/// Whether workers help, or whether an index is read by way of a bitmap, is no other plan.
fn shape(explained: &Value) -> Vec<String> {
    fn collect(node: &Value, into: &mut Vec<String>) {
        let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = text("Node Type");
        if let Some(index) = node.get("Index Name").and_then(Value::as_str) {
            into.push(format!("index {index}"));
        } else if kind == "Seq Scan" {
            into.push(format!("whole {}", text("Alias")));
        } else if kind.ends_with("Join") || kind == "Nested Loop" {
            into.push(format!("{kind} {}", text("Join Type")));
        }
        for child in node
            .get("Plans")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            collect(child, into);
        }
    }
    let mut parts = Vec::new();
    collect(explained.get("Plan").unwrap_or(explained), &mut parts);
    parts
}

/// How a plan first reads a table, in words: `Seq Scan`, `Bitmap Heap Scan with orders_status_idx`. `None` where it does
/// not.
pub fn scan_of(explained: &Value, table: &str) -> Option<String> {
    fn index_below(node: &Value) -> Option<&str> {
        node.get("Index Name")
            .and_then(Value::as_str)
            .or_else(|| node.get("Plans")?.as_array()?.iter().find_map(index_below))
    }
    fn search(node: &Value, table: &str) -> Option<String> {
        if node.get("Relation Name").and_then(Value::as_str) == Some(table) {
            let kind = node.get("Node Type").and_then(Value::as_str)?;
            return Some(match index_below(node) {
                Some(index) => format!("{kind} with {index}"),
                None => format!("{kind} of {table}"),
            });
        }
        node.get("Plans")?
            .as_array()?
            .iter()
            .find_map(|child| search(child, table))
    }
    search(explained.get("Plan").unwrap_or(explained), table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_differ_in_frequency() {
        let statistics = ColumnStatistics {
            most_common: vec![
                ("shipped".to_owned(), 0.9),
                ("open".to_owned(), 0.09),
                ("lost".to_owned(), 0.01),
            ],
            ..ColumnStatistics::default()
        };
        let values: Vec<String> = representative_values(&statistics)
            .into_iter()
            .map(|value| value.value)
            .collect();
        assert_eq!(values, ["shipped", "open", "lost"]);
        assert!(representative_values(&ColumnStatistics::default()).is_empty());
    }
}
