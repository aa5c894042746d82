use serde_json::Value;

use super::{HypotheticalChange, Parameters, PlannedQuery, Planner, PlannerError};
use crate::catalog::ColumnStatistics;

/// How often a value occurs among the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    for value in [most, median, rare].into_iter().flatten() {
        if values.iter().all(|known| known.value != value.value) {
            values.push(value);
        }
    }
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

/// What a plan does, without its estimates and values: kinds of nodes, relations, indexes.
fn shape(explained: &Value) -> Value {
    const KEPT: &[&str] = &[
        "Node Type",
        "Join Type",
        "Strategy",
        "Relation Name",
        "Alias",
        "Index Name",
        "Scan Direction",
        "Parent Relationship",
    ];
    fn strip(node: &Value) -> Value {
        let mut kept = serde_json::Map::new();
        for key in KEPT {
            if let Some(value) = node.get(key) {
                kept.insert((*key).to_owned(), value.clone());
            }
        }
        let children: Vec<Value> = node
            .get("Plans")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(strip)
            .collect();
        kept.insert("Plans".to_owned(), Value::Array(children));
        Value::Object(kept)
    }
    strip(explained.get("Plan").unwrap_or(explained))
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
