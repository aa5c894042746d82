//! Random predicates over the items of a FROM.

use crate::query::{Builder, Item};
use crate::schema::COLUMNS;

impl Builder<'_, '_, '_> {
    /// A predicate; `depth` counts the predicates and subqueries around it.
    pub fn condition(&mut self, items: &[Item], depth: usize) -> String {
        let column = self.column(items);
        let with_code: Vec<Item> = items
            .iter()
            .filter(|item| item.table.is_some())
            .cloned()
            .collect();
        match self.choices.below(26) {
            0 | 1 => format!("{column} = {}", self.choices.below(3)),
            2 => format!("{column} > {}", self.choices.below(3)),
            3 => format!("{column} IS NOT NULL"),
            4 => format!("{column} IS NULL"),
            5 => format!("{column} IN (1, 2)"),
            6 if !with_code.is_empty() => {
                let item = self.choices.pick(&with_code).clone();
                format!("{}.code = 'x'", item.alias)
            }
            7 => format!("COALESCE({column}, 0) = {}", self.choices.below(2)),
            8 => {
                let other = self.column(items);
                format!("{column} = {other}")
            }
            9 if depth < 2 => {
                let left = self.condition(items, depth + 1);
                let right = self.condition(items, depth + 1);
                format!("({left} OR {right})")
            }
            10 if depth < 2 => {
                let inner = self.condition(items, depth + 1);
                format!("NOT ({inner})")
            }
            11 if depth < 2 => {
                let inner = self.select(2, None, Some(&column));
                let word = *self.choices.pick(&["EXISTS", "NOT EXISTS"]);
                format!("{word} ({inner})")
            }
            12 if depth < 2 => {
                let word = *self.choices.pick(&["IN", "NOT IN", "= ANY", "<> ALL"]);
                let inner = self.one_column();
                format!("{column} {word} ({inner})")
            }
            13 => format!("({column} > 1) IS TRUE"),
            14 => format!("{column} IS DISTINCT FROM 1"),
            15 if !with_code.is_empty() => {
                let item = self.choices.pick(&with_code).clone();
                format!("lower({}.code) = 'x'", item.alias)
            }
            16 => {
                let other = self.column(items);
                format!("{column} IS NOT DISTINCT FROM {other}")
            }
            17 => format!("({column} = 1) IS NOT TRUE"),
            18 => {
                let other = self.column(items);
                let operator = *self.choices.pick(&["=", "<>", "<"]);
                format!("({column}, {other}) {operator} (1, 2)")
            }
            19 => format!("CASE WHEN {column} > 1 THEN 1 ELSE 0 END = 0"),
            20 => format!("{column} NOT IN (1, 2)"),
            21 => format!("{column} = ANY (ARRAY[0, 2])"),
            22 => {
                let other = self.column(items);
                format!("greatest({column}, {other}) > 1")
            }
            23 if depth < 2 => {
                let left = self.condition(items, depth + 1);
                let right = self.condition(items, depth + 1);
                format!("({left} AND {right})")
            }
            24 if depth < 2 => {
                let table = *self.choices.pick(&self.schema.tables);
                let alias = self.alias();
                let own = *self.choices.pick(&COLUMNS);
                format!("{column} > (SELECT min({alias}.{own}) FROM {table} {alias})")
            }
            25 => format!("{column} <> {}", self.choices.below(3)),
            _ => format!("{column} BETWEEN 0 AND 2"),
        }
    }

    /// A subquery of one column.
    fn one_column(&mut self) -> String {
        let table = *self.choices.pick(&self.schema.tables);
        let alias = self.alias();
        let own = *self.choices.pick(&COLUMNS);
        match self.choices.below(4) {
            1 => {
                let (from, items) = self.tree(1, None);
                let first = self.column(&items[..1]);
                format!("SELECT {first} FROM {from}")
            }
            2 => {
                let other = *self.choices.pick(&self.schema.tables);
                let second = self.alias();
                format!(
                    "SELECT {alias}.{own} FROM {table} {alias} UNION SELECT {second}.id FROM {other} {second}"
                )
            }
            _ => format!("SELECT {alias}.{own} FROM {table} {alias}"),
        }
    }
}
