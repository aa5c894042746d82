//! Schemas and queries from a list of choices: shorter lists and smaller numbers make simpler queries, which is what
//! proptest shrinks towards.

use std::fmt::Write;

/// Choices that a generator makes, read one after the other; past the end each is the simplest.
pub struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) * count.max(1) / 256
    }

    /// True in `percent` of the cases; false past the end.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub fn pick<'p, T>(&mut self, items: &'p [T]) -> &'p T {
        let at = self.below(items.len());
        &items[at]
    }
}

/// A schema: its DDL, and the tables with their columns.
pub struct Schema {
    pub ddl: String,
    pub tables: Vec<&'static str>,
    /// (child, parent) of the foreign keys on fk.
    references: Vec<(&'static str, &'static str)>,
}

/// Each table has the columns id, a, b, fk (all int) and code (text).
const COLUMNS: [&str; 4] = ["id", "a", "b", "fk"];

pub fn schema(choices: &mut Choices<'_>) -> Schema {
    let tables = vec!["red", "green", "blue", "grey"];
    let mut ddl = String::new();
    let mut references = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        let key = *choices.pick(&[
            "id int PRIMARY KEY",
            "id int PRIMARY KEY",
            "id int UNIQUE",
            "id int NOT NULL UNIQUE",
            "id int",
            "id int UNIQUE NULLS NOT DISTINCT",
            "id int UNIQUE DEFERRABLE",
        ]);
        let a = *choices.pick(&["a int", "a int NOT NULL", "a int UNIQUE"]);
        let b = *choices.pick(&["b int", "b int NOT NULL"]);
        let code = *choices.pick(&[
            "code text",
            "code text NOT NULL",
            "code text CHECK (code IN ('x', 'y'))",
        ]);
        let mut fk = (*choices.pick(&["fk int", "fk int NOT NULL"])).to_owned();
        let mut later = String::new();
        if number > 0 && choices.chance(75) {
            let parent = tables[choices.below(number)];
            let valid = if choices.chance(15) { " NOT VALID" } else { "" };
            // only where the parent has a key to refer to
            let parent_line = ddl
                .lines()
                .find(|line| line.starts_with(&format!("CREATE TABLE {parent} ")))
                .unwrap_or_default();
            if parent_line.contains("PRIMARY KEY")
                || parent_line.contains("id int NOT NULL UNIQUE")
                || parent_line.contains("id int UNIQUE,")
            {
                references.push((*table, parent));
                if valid.is_empty() {
                    let _ = write!(fk, " REFERENCES {parent} (id)");
                } else {
                    let _ = writeln!(
                        later,
                        "ALTER TABLE {table} ADD FOREIGN KEY (fk) REFERENCES {parent} (id){valid};"
                    );
                }
            }
        }
        let _ = writeln!(ddl, "CREATE TABLE {table} ({key}, {a}, {b}, {fk}, {code});");
        ddl.push_str(&later);
        match choices.below(9) {
            1 => _ = writeln!(ddl, "CREATE UNIQUE INDEX ON {table} (a, b);"),
            2 => _ = writeln!(ddl, "CREATE UNIQUE INDEX ON {table} (fk) WHERE code = 'x';"),
            3 => _ = writeln!(ddl, "CREATE UNIQUE INDEX ON {table} (fk) WHERE b IS NULL;"),
            4 => _ = writeln!(ddl, "CREATE UNIQUE INDEX ON {table} (fk) WHERE b > 1;"),
            5 => _ = writeln!(ddl, "CREATE UNIQUE INDEX ON {table} ((a + b));"),
            6 => _ = writeln!(ddl, "CREATE UNIQUE INDEX ON {table} (b, code);"),
            7 => _ = writeln!(ddl, "CREATE UNIQUE INDEX ON {table} (lower(code));"),
            _ => {}
        }
    }
    Schema {
        ddl,
        tables,
        references,
    }
}

struct Builder<'s, 'c, 'b> {
    schema: &'s Schema,
    choices: &'c mut Choices<'b>,
    aliases: usize,
}

/// A relation in scope: its alias and columns.
#[derive(Clone)]
struct Item {
    alias: String,
    columns: Vec<String>,
    /// Where it is a table.
    table: Option<&'static str>,
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
        let (body, columns) = builder.derived(1);
        with = format!("WITH picked AS ({body}) ");
        cte = Some(Item {
            alias: "picked".to_owned(),
            columns,
            table: None,
        });
    }
    let first = builder.select(0, cte.as_ref(), None);
    let body = match builder.choices.below(12) {
        11 => {
            let operator = *builder
                .choices
                .pick(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
            let left = builder.select_columns(2, cte.as_ref());
            let right = builder.select_columns(2, None);
            format!("{left} {operator} {right}")
        }
        _ => first,
    };
    format!("{with}{body}")
}

impl Builder<'_, '_, '_> {
    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// A column of one of the items.
    fn column(&mut self, items: &[Item]) -> String {
        let item = self.choices.pick(items).clone();
        let column = self.choices.pick(&item.columns).clone();
        format!("{}.{column}", item.alias)
    }

    /// A body for a derived table, and its columns.
    fn derived(&mut self, depth: usize) -> (String, Vec<String>) {
        let table = *self.choices.pick(&self.schema.tables);
        let alias = self.alias();
        match self.choices.below(6) {
            0 => (
                format!("SELECT {alias}.id, {alias}.a FROM {table} {alias}"),
                vec!["id".into(), "a".into()],
            ),
            1 => (
                format!(
                    "SELECT {alias}.fk AS id, max({alias}.a) AS a FROM {table} {alias} GROUP BY {alias}.fk"
                ),
                vec!["id".into(), "a".into()],
            ),
            2 => (
                format!("SELECT DISTINCT {alias}.a AS id, {alias}.b AS a FROM {table} {alias}"),
                vec!["id".into(), "a".into()],
            ),
            3 => (
                format!("SELECT {alias}.id, {alias}.a FROM {table} {alias} WHERE {alias}.b > 1"),
                vec!["id".into(), "a".into()],
            ),
            4 => (
                format!("SELECT count(*)::int AS id, max({alias}.a) AS a FROM {table} {alias}"),
                vec!["id".into(), "a".into()],
            ),
            _ => {
                let other = *self.choices.pick(&self.schema.tables);
                let second = self.alias();
                let kind = if depth > 0 { "LEFT JOIN" } else { "JOIN" };
                (
                    format!(
                        "SELECT {alias}.id, {alias}.a FROM {table} {alias} {kind} {other} {second} ON {second}.id = {alias}.fk"
                    ),
                    vec!["id".into(), "a".into()],
                )
            }
        }
    }

    fn relation(&mut self, cte: Option<&Item>) -> (String, Item) {
        if let Some(cte) = cte
            && self.choices.chance(30)
        {
            let alias = self.alias();
            return (
                format!("picked {alias}"),
                Item {
                    alias,
                    columns: cte.columns.clone(),
                    table: None,
                },
            );
        }
        if self.choices.chance(20) {
            let (body, columns) = self.derived(1);
            let alias = self.alias();
            return (
                format!("({body}) {alias}"),
                Item {
                    alias,
                    columns,
                    table: None,
                },
            );
        }
        let table = *self.choices.pick(&self.schema.tables);
        let alias = self.alias();
        let columns = COLUMNS.iter().map(|column| (*column).to_owned()).collect();
        (
            format!("{table} {alias}"),
            Item {
                alias,
                columns,
                table: Some(table),
            },
        )
    }

    /// The alias of an item with a foreign key, and the table that it refers to.
    fn foreign_key(&mut self, items: &[Item]) -> Option<(String, &'static str)> {
        let known: Vec<(String, &'static str)> = items
            .iter()
            .flat_map(|item| {
                self.schema
                    .references
                    .iter()
                    .filter(|(child, _)| item.table == Some(*child))
                    .map(|(_, parent)| (item.alias.clone(), *parent))
            })
            .collect();
        (!known.is_empty()).then(|| self.choices.pick(&known).clone())
    }

    /// FROM with joins, and the items that it offers.
    fn tree(&mut self, joins: usize, cte: Option<&Item>) -> (String, Vec<Item>) {
        let (mut text, first) = self.relation(cte);
        let mut items = vec![first];
        for _ in 0..joins {
            if self.choices.chance(25)
                && let Some((child, parent)) = self.foreign_key(&items)
            {
                let alias = self.alias();
                let kind = *self.choices.pick(&["JOIN", "LEFT JOIN", "JOIN"]);
                text = format!("{text} {kind} {parent} {alias} ON {alias}.id = {child}.fk");
                items.push(Item {
                    alias,
                    columns: COLUMNS.iter().map(|column| (*column).to_owned()).collect(),
                    table: Some(parent),
                });
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
            let on = self.on(&items, &right_items, kind == "FULL JOIN");
            text = format!("{text} {kind} {right} ON {on}");
            items.extend(right_items);
        }
        (text, items)
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

    fn condition(&mut self, items: &[Item], depth: usize) -> String {
        let column = self.column(items);
        let with_code: Vec<Item> = items
            .iter()
            .filter(|item| item.columns.len() == COLUMNS.len())
            .cloned()
            .collect();
        match self.choices.below(16) {
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
                let inner = self.select(2, None, Some((&column, items)));
                let word = *self.choices.pick(&["EXISTS", "NOT EXISTS"]);
                format!("{word} ({inner})")
            }
            12 if depth < 2 => {
                let table = *self.choices.pick(&self.schema.tables);
                let alias = self.alias();
                let word = *self.choices.pick(&["IN", "NOT IN"]);
                let inner = self.choices.pick(&COLUMNS).to_owned();
                format!("{column} {word} (SELECT {alias}.{inner} FROM {table} {alias})")
            }
            13 => format!("({column} > 1) IS TRUE"),
            14 => format!("{column} IS DISTINCT FROM 1"),
            15 if !with_code.is_empty() => {
                let item = self.choices.pick(&with_code).clone();
                format!("lower({}.code) = 'x'", item.alias)
            }
            _ => format!("{column} BETWEEN 0 AND 2"),
        }
    }

    /// A SELECT; `outer` is a column that a correlated one compares with.
    fn select(
        &mut self,
        depth: usize,
        cte: Option<&Item>,
        outer: Option<(&str, &[Item])>,
    ) -> String {
        let joins = if depth > 0 {
            self.choices.below(2)
        } else {
            1 + self.choices.below(3)
        };
        let (from, items) = self.tree(joins, cte);
        let mut filter = Vec::new();
        if let Some((outer_column, _)) = outer {
            let own = self.column(&items[..1]);
            filter.push(format!("{own} = {outer_column}"));
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
        // what is read of few items leaves the others to go
        let shown: Vec<Item> = if self.choices.chance(70) {
            vec![items[0].clone()]
        } else {
            items.clone()
        };
        let first = self.column(&shown);
        let second = self.column(&shown);
        match self.choices.below(11) {
            10 => format!(
                "SELECT DISTINCT {0}.id AS x, {0}.a AS y FROM {from}{filter}",
                items[0].alias
            ),
            0..=4 => format!("SELECT {first} AS x, {second} AS y FROM {from}{filter}"),
            5 => format!("SELECT DISTINCT {first} AS x, {second} AS y FROM {from}{filter}"),
            6 => format!("SELECT {first} AS x, count(*) AS n FROM {from}{filter} GROUP BY {first}"),
            7 => format!(
                "SELECT {first} AS x, max({second}) AS y FROM {from}{filter} GROUP BY {first}"
            ),
            8 => format!(
                "SELECT count(DISTINCT {first}) AS x, min({second}) AS y FROM {from}{filter}"
            ),
            _ => format!(
                "SELECT {first} AS x, {second} AS y FROM {from}{filter} ORDER BY {first}, {second}"
            ),
        }
    }

    fn select_columns(&mut self, depth: usize, cte: Option<&Item>) -> String {
        let joins = 1 + self.choices.below(2);
        let (from, items) = self.tree(joins, cte);
        let filter = if self.choices.chance(50) {
            format!(" WHERE {}", self.condition(&items, depth))
        } else {
            String::new()
        };
        let first = self.column(&items[..1]);
        let second = self.column(&items[..1]);
        format!("SELECT {first} AS x, {second} AS y FROM {from}{filter}")
    }
}
