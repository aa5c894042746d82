//! Rules about queries that do more than is asked of them.

mod correlated_subquery;
mod count_for_existence;
mod deep_offset;
mod having_belongs_in_where;
mod huge_in_list;
mod limit_without_order;
mod materialized_fence;
mod needless_distinct;
mod needless_group_by_column;
mod order_by_random;
mod select_star;
mod support;
mod union_could_be_all;
mod unseen_order_by;
mod unused_cte;
mod value_domain;
mod window_for_one_row;
mod write_without_predicate;

use super::Rule;

/// The rules of this family.
pub(super) static RULES: &[&dyn Rule] = &[
    &deep_offset::DeepOffset,
    &limit_without_order::LimitWithoutOrder,
    &needless_distinct::NeedlessDistinct,
    &needless_group_by_column::NeedlessGroupByColumn,
    &unused_cte::UnusedCte,
    &write_without_predicate::WriteWithoutPredicate,
    &count_for_existence::CountForExistence,
    &having_belongs_in_where::HavingBelongsInWhere,
    &huge_in_list::HugeInList,
    &order_by_random::OrderByRandom,
    &unseen_order_by::UnseenOrderBy,
    &union_could_be_all::UnionCouldBeAll,
    &correlated_subquery::CorrelatedSubquery,
    &materialized_fence::MaterializedFence,
    &select_star::SelectStar,
    &window_for_one_row::WindowForOneRow,
];
