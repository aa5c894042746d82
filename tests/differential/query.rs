//! Random queries over a schema: joins of all types nested both ways, derived tables, views, CTEs, lateral items, subqueries,
//! aggregates, window functions, DISTINCT and set operations.

use std::fmt::Write;

use crate::choices::Choices;
use crate::schema::{COLUMNS, Reference, Schema};

pub struct Builder<'s, 'c, 'b> {
    pub schema: &'s Schema,
    pub choices: &'c mut Choices<'b>,
    aliases: usize,
}

/// A relation in scope: its alias and columns.
#[derive(Clone)]
pub struct Item {
    pub alias: String,
    pub columns: Vec<String>,
    /// Where it is a table.
    pub table: Option<&'static str>,
}

impl Item {
    fn of_table(alias: String, table: &'static str) -> Self {
        Self {
            alias,
            columns: COLUMNS.iter().map(|column| (*column).to_owned()).collect(),
            table: Some(table),
        }
    }

    /// With the columns id and a.
    fn derived(alias: String) -> Self {
        Self {
            alias,
            columns: vec!["id".to_owned(), "a".to_owned()],
            table: None,
        }
    }
}

/// A query over the schema.
pub fn query(schema: &Schema, choices: &mut Choices<'_>) -> String {
    let mut builder = Builder {
        schema,
        choices,
        aliases: 0,
    };
    let mut with = String::new();
    let mut cte = None;
    if builder.choices.chance(15) {
        let body = builder.derived();
        let fence = *builder
            .choices
            .pick(&["", "", "NOT MATERIALIZED ", "MATERIALIZED "]);
        with = format!("WITH picked (id, a) AS {fence}({body}) ");
        cte = Some(Item::derived("picked".to_owned()));
    }
    let body = match builder.choices.below(12) {
        11 => {
            let operator = *builder.choices.pick(&[
                "UNION",
                "UNION ALL",
                "EXCEPT",
                "INTERSECT",
                "EXCEPT ALL",
                "INTERSECT ALL",
            ]);
            let left = builder.set_arm(cte.as_ref());
            let right = builder.set_arm(None);
            format!("{left} {operator} {right}")
        }
        10 => {
            let inner = builder.select(1, cte.as_ref(), None);
            let alias = builder.alias();
            let item = Item {
                alias: alias.clone(),
                columns: vec!["x".to_owned()],
                table: None,
            };
            let condition = builder.condition(&[item], 1);
            let word = *builder.choices.pick(&["", "DISTINCT "]);
            format!("SELECT {word}{alias}.x FROM ({inner}) {alias} WHERE {condition}")
        }
        _ => builder.select(0, cte.as_ref(), None),
    };
    format!("{with}{body}")
}

impl Builder<'_, '_, '_> {
    pub fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// A column of one of the items.
    pub fn column(&mut self, items: &[Item]) -> String {
        let item = self.choices.pick(items).clone();
        let column = self.choices.pick(&item.columns).clone();
        format!("{}.{column}", item.alias)
    }

    /// A body for a derived table with the columns id and a.
    fn derived(&mut self) -> String {
        let table = *self.choices.pick(&self.schema.tables);
        let other = *self.choices.pick(&self.schema.tables);
        let x = self.alias();
        match self.choices.below(13) {
            0 => format!("SELECT {x}.id, {x}.a FROM {table} {x}"),
            1 => format!("SELECT {x}.fk AS id, max({x}.a) AS a FROM {table} {x} GROUP BY {x}.fk"),
            2 => format!("SELECT DISTINCT {x}.a AS id, {x}.b AS a FROM {table} {x}"),
            3 => format!("SELECT {x}.id, {x}.a FROM {table} {x} WHERE {x}.b > 1"),
            4 => format!("SELECT count(*)::int AS id, max({x}.a) AS a FROM {table} {x}"),
            5 => format!("SELECT {x}.id, {x}.a FROM {table} {x} ORDER BY {x}.id, {x}.a LIMIT 1"),
            6 => {
                let y = self.alias();
                format!(
                    "SELECT {x}.id, {x}.a FROM {table} {x} UNION SELECT {y}.fk, {y}.b FROM {other} {y}"
                )
            }
            7 => {
                let y = self.alias();
                let operator = *self.choices.pick(&["EXCEPT", "UNION ALL", "INTERSECT"]);
                format!(
                    "SELECT {x}.id, {x}.a FROM {table} {x} {operator} SELECT {y}.fk, {y}.b FROM {other} {y}"
                )
            }
            8 => format!(
                "SELECT DISTINCT ON ({x}.fk) {x}.fk AS id, {x}.a FROM {table} {x} ORDER BY {x}.fk, {x}.a"
            ),
            9 => "VALUES (1, 2), (2, 2)".to_owned(),
            10 => format!(
                "SELECT {x}.id, (row_number() OVER (PARTITION BY {x}.fk ORDER BY {x}.a, {x}.id))::int AS a FROM {table} {x}"
            ),
            _ => {
                let y = self.alias();
                let kind = *self.choices.pick(&["LEFT JOIN", "JOIN"]);
                format!(
                    "SELECT {x}.id, {x}.a FROM {table} {x} {kind} {other} {y} ON {y}.id = {x}.fk"
                )
            }
        }
    }

    fn relation(&mut self, cte: Option<&Item>) -> (String, Item) {
        if cte.is_some() && self.choices.chance(30) {
            let alias = self.alias();
            return (format!("picked {alias}"), Item::derived(alias));
        }
        if self.choices.chance(18) {
            let body = self.derived();
            let alias = self.alias();
            return (format!("({body}) {alias} (id, a)"), Item::derived(alias));
        }
        if self.choices.chance(8) {
            let view = *self.choices.pick(&self.schema.views);
            let alias = self.alias();
            return (format!("{view} {alias}"), Item::derived(alias));
        }
        let table = *self.choices.pick(&self.schema.tables);
        let alias = self.alias();
        (format!("{table} {alias}"), Item::of_table(alias, table))
    }

    /// The alias of an item with a foreign key, and the key.
    fn foreign_key(&mut self, items: &[Item]) -> Option<(String, Reference)> {
        let known: Vec<(String, Reference)> = items
            .iter()
            .flat_map(|item| {
                self.schema
                    .references
                    .iter()
                    .filter(|reference| item.table == Some(reference.child))
                    .map(|reference| (item.alias.clone(), reference.clone()))
            })
            .collect();
        (!known.is_empty()).then(|| self.choices.pick(&known).clone())
    }

    /// FROM with joins, and the items that it offers.
    pub fn tree(&mut self, joins: usize, cte: Option<&Item>) -> (String, Vec<Item>) {
        let (mut text, first) = self.relation(cte);
        let mut items = vec![first];
        for _ in 0..joins {
            if self.choices.chance(25)
                && let Some((child, reference)) = self.foreign_key(&items)
            {
                let alias = self.alias();
                let kind = *self.choices.pick(&["JOIN", "LEFT JOIN", "JOIN"]);
                let on: Vec<String> = reference
                    .pairs
                    .iter()
                    .map(|(own, key)| format!("{alias}.{key} = {child}.{own}"))
                    .collect();
                let parent = reference.parent;
                text = format!("{text} {kind} {parent} {alias} ON {}", on.join(" AND "));
                items.push(Item::of_table(alias, parent));
                continue;
            }
            if self.choices.chance(5) {
                let (lateral, item) = self.lateral(&items);
                text = format!("{text} {lateral}");
                items.push(item);
                continue;
            }
            let nested = self.choices.chance(15);
            let (right, right_items) = if nested {
                let (inner, inner_items) = self.tree(1, cte);
                (format!("({inner})"), inner_items)
            } else {
                let (relation, item) = self.relation(cte);
                (relation, vec![item])
            };
            let kind = *self.choices.pick(&[
                "LEFT JOIN",
                "LEFT JOIN",
                "JOIN",
                "LEFT JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
            ]);
            if items.len() == 1 && right_items.len() == 1 && self.choices.chance(6) {
                text = format!("{text} {kind} {right} USING (id)");
                items.extend(right_items);
                continue;
            }
            let on = self.on(&items, &right_items, kind == "FULL JOIN");
            // the same join nested the other way round
            if nested && self.choices.chance(30) {
                let turned = match kind {
                    "LEFT JOIN" => "RIGHT JOIN",
                    "RIGHT JOIN" => "LEFT JOIN",
                    other => other,
                };
                let left = if items.len() > 1 {
                    format!("({text})")
                } else {
                    text
                };
                text = format!("{right} {turned} {left} ON {on}");
            } else {
                text = format!("{text} {kind} {right} ON {on}");
            }
            items.extend(right_items);
        }
        (text, items)
    }

    /// A lateral join to rows that belong to one of the items.
    fn lateral(&mut self, items: &[Item]) -> (String, Item) {
        let outer = self.column(items);
        let table = *self.choices.pick(&self.schema.tables);
        let own = *self.choices.pick(&COLUMNS);
        let (x, alias) = (self.alias(), self.alias());
        let filter = format!("FROM {table} {x} WHERE {x}.{own} = {outer}");
        let body = match self.choices.below(3) {
            0 => format!("SELECT {x}.id, {x}.a {filter} ORDER BY {x}.id, {x}.a LIMIT 1"),
            1 => format!("SELECT count(*)::int AS id, max({x}.a) AS a {filter}"),
            _ => format!("SELECT {x}.id, {x}.a {filter}"),
        };
        let kind = *self.choices.pick(&["LEFT JOIN", "LEFT JOIN", "JOIN"]);
        (
            format!("{kind} LATERAL ({body}) {alias} ON true"),
            Item::derived(alias),
        )
    }

    fn on(&mut self, left: &[Item], right: &[Item], plain: bool) -> String {
        let right_item = self.choices.pick(right).clone();
        let left_item = self.choices.pick(left).clone();
        let left_column = {
            let preferred: Vec<&String> = left_item.columns.iter().rev().collect();
            (*self.choices.pick(&preferred)).clone()
        };
        let right_column = self.choices.pick(&right_item.columns).clone();
        let mut on = format!(
            "{}.{right_column} = {}.{left_column}",
            right_item.alias, left_item.alias
        );
        // PostgreSQL cannot run a full join on anything but equalities
        if plain {
            return on;
        }
        if self.choices.chance(35) {
            let extra = self.condition(std::slice::from_ref(&right_item), 1);
            let _ = write!(on, " AND {extra}");
        }
        if self.choices.chance(15) {
            let left_column = self.choices.pick(&left_item.columns).clone();
            let right_column = self.choices.pick(&right_item.columns).clone();
            let _ = write!(
                on,
                " AND {}.{right_column} = {}.{left_column}",
                right_item.alias, left_item.alias
            );
        }
        on
    }

    /// A SELECT; `outer` is a column that a correlated one compares with.
    pub fn select(&mut self, depth: usize, cte: Option<&Item>, outer: Option<&str>) -> String {
        let joins = if depth > 1 {
            self.choices.below(2)
        } else {
            1 + self.choices.below(3)
        };
        let (mut from, mut items) = self.tree(joins, cte);
        let mut filter = Vec::new();
        if let Some(outer_column) = outer {
            let own = self.column(&items[..1]);
            filter.push(format!("{own} = {outer_column}"));
        }
        if self.choices.chance(8) {
            let (other, others) = self.tree(self.aliases % 2, cte);
            filter.push(self.on(&items, &others, true));
            from = format!("{from}, {other}");
            items.extend(others);
        }
        let conditions = self.choices.below(3);
        for _ in 0..conditions {
            filter.push(self.condition(&items, depth));
        }
        let filter = if filter.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", filter.join(" AND "))
        };
        self.output(&items, &format!("FROM {from}{filter}"), depth)
    }

    /// The select list and what follows WHERE; the first column is called x.
    fn output(&mut self, items: &[Item], rest: &str, depth: usize) -> String {
        // what is read of few items leaves the others to go
        let shown: Vec<Item> = if self.choices.chance(70) {
            vec![items[0].clone()]
        } else {
            items.to_vec()
        };
        let first = self.column(&shown);
        let second = self.column(&shown);
        match self.choices.below(20) {
            5 => format!("SELECT DISTINCT {first} AS x, {second} AS y {rest}"),
            6 => format!("SELECT {first} AS x, count(*) AS n {rest} GROUP BY {first}"),
            7 => format!("SELECT {first} AS x, max({second}) AS y {rest} GROUP BY {first}"),
            8 => format!("SELECT count(DISTINCT {first})::int AS x, min({second}) AS y {rest}"),
            9 => format!("SELECT {first} AS x, {second} AS y {rest} ORDER BY {first}, {second}"),
            10 => format!(
                "SELECT DISTINCT {0}.id AS x, {0}.a AS y {rest}",
                items[0].alias
            ),
            11 => {
                let having = *self
                    .choices
                    .pick(&["count(*) > 1", "max(@) > 0", "min(@) IS NULL"]);
                let having = having.replace('@', &second);
                format!("SELECT {first} AS x {rest} GROUP BY {first} HAVING {having}")
            }
            12 => {
                let grouped = self.condition(
                    &[Item {
                        columns: vec![first.split('.').next_back().unwrap_or("id").to_owned()],
                        alias: first.split('.').next().unwrap_or("t1").to_owned(),
                        table: None,
                    }],
                    2,
                );
                format!(
                    "SELECT {first} AS x, min({second}) AS y {rest} GROUP BY {first} HAVING {grouped}"
                )
            }
            13 => format!(
                "SELECT {first} AS x, {second} AS y {rest} ORDER BY {first}, {second} LIMIT {}",
                1 + self.choices.below(3)
            ),
            14 => format!("SELECT {first} AS x, count(*) OVER (PARTITION BY {second}) AS n {rest}"),
            15 => format!(
                "SELECT DISTINCT ON ({first}) {first} AS x, {second} AS y {rest} ORDER BY {first}, {second}"
            ),
            16 => format!(
                "SELECT {first} AS x, sum({second})::int AS s, bool_or({second} > 1) AS b {rest} GROUP BY {first}"
            ),
            17 => format!(
                "SELECT {first} AS x, array_agg({second} ORDER BY {second}) AS l {rest} GROUP BY {first}"
            ),
            18 if depth < 2 => {
                let table = *self.choices.pick(&self.schema.tables);
                let alias = self.alias();
                format!(
                    "SELECT {first} AS x, (SELECT max({alias}.a) FROM {table} {alias} WHERE {alias}.fk = {second}) AS y {rest}"
                )
            }
            19 => format!(
                "SELECT {first} AS x, count(*) FILTER (WHERE {second} > 1) AS n {rest} GROUP BY {first}"
            ),
            _ => format!("SELECT {first} AS x, {second} AS y {rest}"),
        }
    }

    /// One arm of a set operation.
    fn set_arm(&mut self, cte: Option<&Item>) -> String {
        let joins = 1 + self.choices.below(2);
        let (from, items) = self.tree(joins, cte);
        let filter = if self.choices.chance(50) {
            format!(" WHERE {}", self.condition(&items, 2))
        } else {
            String::new()
        };
        let first = self.column(&items[..1]);
        let second = self.column(&items[..1]);
        format!("SELECT {first} AS x, {second} AS y FROM {from}{filter}")
    }
}
