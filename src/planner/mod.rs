//! "Explain this query, with these hypothetical indexes": by a live server, or by the embedded PostgreSQL that is given
//! statistics instead of rows.

mod change;
mod created_index;
mod embedded;
mod error;
mod explain;
mod extended_statistics;
mod gin_keys;
mod gin_size;
mod hypothetical;
mod index_size;
mod index_statistics;
mod lazy;
mod limited;
mod live;
mod page;
mod parameters;
mod planned;
mod relation_file;
mod schema_copy;
mod schema_sql;
mod sensitivity;
mod statistics_copy;
mod statistics_sql;
mod tokens;
mod width;

pub use change::HypotheticalChange;
pub use embedded::{EmbeddedPlanner, EmbeddedPlannerOptions};
pub use error::PlannerError;
pub use lazy::LazyPlanner;
pub use limited::{LimitedPlanner, PlannerLimits};
pub use live::{LivePlanner, Substitute, embedded_substitute};
pub use parameters::Parameters;
pub use planned::{
    HypotheticalIndex, PlannedQuery, PlannerDescription, ServerKind, StatisticsKind,
};

pub use gin_size::{GinKeys, GinSize, gin_size};
pub use index_size::{BtreeSize, ColumnShape, IndexShape};
pub use sensitivity::{
    Frequency, ParameterPlan, ParameterSensitivity, RepresentativeValue, parameter_sensitivity,
    representative_values, scan_of,
};
pub use width::{Storage, estimated_heap_pages};

/// Something that plans queries without running them.
///
/// A planner keeps the changes of the last call in place, so that further queries with the same changes cost only
/// their own planning.
pub trait Planner: Send {
    /// Plans one statement as if the changes had been made. Placeholders are `$1`, `$2`, ...
    ///
    /// # Errors
    /// The query is refused by the server, a change cannot be made, or the server cannot be reached.
    fn plan_with_parameters(
        &mut self,
        query: &str,
        parameters: &Parameters,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError>;

    /// Who plans, and from which statistics.
    fn description(&self) -> PlannerDescription;

    /// Plans one statement; its placeholders stay open (a generic plan).
    ///
    /// # Errors
    /// As [`Planner::plan_with_parameters`].
    fn plan(
        &mut self,
        query: &str,
        changes: &[HypotheticalChange],
    ) -> Result<PlannedQuery, PlannerError> {
        self.plan_with_parameters(query, &Parameters::Generic, changes)
    }
}
