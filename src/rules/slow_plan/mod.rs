//! Rules about plans: one for each symptom that EXPLAIN output shows.

mod deep_offset;
mod discarding_scan;
mod heap_fetches;
mod index_filter;
mod inner_side;
mod jit;
mod late_cte_filter;
mod lossy_bitmap;
mod merge;
mod misestimate;
mod missing_workers;
mod not_in_unhashed;
mod planning_time;
mod repeated_subplan;
mod settings;
mod sort_for_limit;
mod spill;
mod support;
mod trigger_time;
mod unpruned_partitions;

use super::Rule;

pub use merge::merge_plan_findings;
pub(super) use support::check_plan;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &deep_offset::PlanDeepOffset,
    &discarding_scan::PlanDiscardingScan,
    &heap_fetches::PlanHeapFetches,
    &index_filter::PlanIndexFilter,
    &inner_side::PlanInnerSide,
    &jit::PlanJit,
    &late_cte_filter::PlanLateCteFilter,
    &lossy_bitmap::PlanLossyBitmap,
    &misestimate::PlanMisestimate,
    &missing_workers::PlanMissingWorkers,
    &not_in_unhashed::PlanNotInUnhashed,
    &planning_time::PlanPlanningTime,
    &repeated_subplan::PlanRepeatedSubplan,
    &settings::PlanSettings,
    &sort_for_limit::PlanSortForLimit,
    &spill::PlanSpill,
    &trigger_time::PlanTriggerTime,
    &unpruned_partitions::PlanUnprunedPartitions,
];
