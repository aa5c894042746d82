//! The statements that decide databases, hundreds at once.

use std::fmt::Write;
use std::time::Duration;

use indexmap::{IndexMap, IndexSet};

use crate::catalog::{Catalog, Generated, Table, TableId, TableKind, Type, quote_identifier};

use super::adapt::{Reads, SortKeys, adapt};
use super::database::Database;
use super::engine::{Engine, Failure};
use super::error::CompareError;
use super::space::{ParameterType, Space, root_of, stored_columns};
use super::space_constraints::row_source;

/// One of the two queries, ready to be evaluated.
#[derive(Debug, Clone)]
pub(super) struct Side {
    /// As it runs on the real tables, parameters as `$1`.
    pub original: String,
    /// Reading CTEs.
    pub text: String,
    pub keys: Option<SortKeys>,
    pub columns: Vec<OutputColumn>,
}

/// A column of a result.
#[derive(Debug, Clone)]
pub(super) struct OutputColumn {
    pub name: String,
    /// As the server names it, such as `int4`.
    pub type_name: String,
    pub kind: OutputKind,
}

/// How values of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputKind {
    /// Whole numbers: exactly.
    Integer,
    /// Numbers with decimals: up to the ninth.
    Decimal,
    Text,
    /// By its text, as the type knows no equality.
    NoEquality,
    Other,
}

impl OutputKind {
    pub fn of(type_name: &str) -> Self {
        match type_name {
            "int2" | "int4" | "int8" | "oid" => Self::Integer,
            "numeric" | "float4" | "float8" => Self::Decimal,
            "text" | "varchar" | "bpchar" | "name" | "citext" | "unknown" => Self::Text,
            "json" | "xml" | "point" | "box" | "path" | "polygon" | "line" | "lseg" | "circle"
            | "_json" | "_xml" => Self::NoEquality,
            _ => Self::Other,
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal)
    }
}

/// The CTEs that stand for the tables and views of both queries.
pub(super) struct Shadow {
    /// `name AS (...)`, in an order in which each reads only those before it.
    ctes: IndexMap<String, String>,
    /// Tables and partitions whose rows are read.
    pub tables: IndexSet<TableId>,
    /// Reads of the CTEs, views resolved.
    reads: IndexMap<String, TableId>,
}

impl Shadow {
    /// Resolves views to the tables behind them.
    pub fn resolve(
        catalog: &Catalog,
        engine: &mut Engine,
        reads: &[&Reads],
    ) -> Result<Self, CompareError> {
        let mut shadow = Self {
            ctes: IndexMap::new(),
            tables: IndexSet::new(),
            reads: IndexMap::new(),
        };
        for reads in reads {
            for (name, id) in *reads {
                shadow.add(catalog, engine, name, *id, 0)?;
            }
        }
        Ok(shadow)
    }

    fn add(
        &mut self,
        catalog: &Catalog,
        engine: &mut Engine,
        name: &str,
        id: TableId,
        depth: usize,
    ) -> Result<(), CompareError> {
        if self.reads.contains_key(name) {
            return Ok(());
        }
        let table = catalog.table(id);
        if matches!(
            table.kind,
            TableKind::View { .. } | TableKind::MaterializedView { .. }
        ) && depth < 32
        {
            let definition =
                view_definition(engine, table).map_err(|failure| failed("a view", failure))?;
            let adapted = adapt(&definition, catalog, &|_| None).ok_or_else(|| {
                CompareError::Schema(format!("the view {} cannot be read", table.name))
            })?;
            for (inner, id) in &adapted.reads {
                self.add(catalog, engine, inner, *id, depth + 1)?;
            }
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| quote_identifier(&column.name))
                .collect();
            let columns = if columns.is_empty() {
                String::new()
            } else {
                format!("({})", columns.join(", "))
            };
            self.ctes.insert(
                name.to_owned(),
                format!(
                    "{}{columns} AS ({}\n)",
                    quote_identifier(name),
                    adapted.text
                ),
            );
        } else {
            self.tables.insert(id);
            let constraint = if table.partition_of.is_some() {
                engine
                    .query(
                        "SELECT pg_get_partition_constraintdef(to_regclass($1::text))",
                        &[&table.name.to_sql()],
                    )
                    .map_err(|failure| failed("a partition", failure))?
                    .first()
                    .and_then(|row| row.get::<_, Option<String>>(0))
            } else {
                None
            };
            // The source follows once the places of the tables are known.
            self.ctes
                .insert(name.to_owned(), constraint.unwrap_or_default());
        }
        self.reads.insert(name.to_owned(), id);
        Ok(())
    }

    /// The bodies of the views.
    pub fn view_texts(&self) -> impl Iterator<Item = &str> {
        self.ctes
            .iter()
            .filter(|(name, _)| !self.tables.contains(&self.reads[*name]))
            .map(|(_, body)| body.as_str())
    }

    /// `WITH` list over one database, which is the JSON value `database`.
    pub fn with_list(&self, catalog: &Catalog, space: &Space, database: &str) -> String {
        let mut parts = Vec::new();
        for (name, body) in &self.ctes {
            let id = self.reads[name];
            if !self.tables.contains(&id) {
                parts.push(body.clone());
                continue;
            }
            let root = root_of(catalog, id);
            let place = space
                .tables
                .iter()
                .position(|table| table.id == root)
                .map_or(0, |at| at + 1);
            let rows = format!("{database}->{place}");
            let source = table_source(catalog, catalog.table(root), &rows);
            let table = catalog.table(id);
            let source = if id == root {
                source
            } else {
                let columns: Vec<String> = table
                    .columns
                    .iter()
                    .map(|column| quote_identifier(&column.name))
                    .collect();
                let filter = if body.is_empty() { "true" } else { body };
                format!(
                    "SELECT {} FROM ({source}) AS {} WHERE {filter}",
                    columns.join(", "),
                    quote_identifier(&table.name.name)
                )
            };
            parts.push(format!("{} AS ({source})", quote_identifier(name)));
        }
        parts.join(",\n")
    }
}

fn failed(what: &str, failure: Failure) -> CompareError {
    match failure {
        Failure::Statement { message, .. } => CompareError::Schema(format!("{what}: {message}")),
        Failure::Deadline => {
            CompareError::Schema(format!("{what}: the server did not answer in time"))
        }
        Failure::Server(error) => CompareError::Server(error),
    }
}

fn view_definition(engine: &mut Engine, table: &Table) -> Result<String, Failure> {
    // With an empty search path every name is printed in full.
    engine.run("BEGIN; SET LOCAL search_path = ''")?;
    let rows = engine.query(
        "SELECT pg_get_viewdef(to_regclass($1::text)::oid)",
        &[&table.name.to_sql()],
    );
    engine.run("ROLLBACK")?;
    rows?
        .first()
        .and_then(|row| row.get::<_, Option<String>>(0))
        .ok_or_else(|| Failure::Statement {
            message: format!("the view {} is not on the server", table.name),
        })
}

/// A SELECT of a table's rows from a JSON array of arrays.
fn table_source(catalog: &Catalog, table: &Table, rows: &str) -> String {
    let row = row_source(catalog, table, "x.r");
    let computed = table
        .columns
        .iter()
        .any(|column| matches!(column.generated, Generated::Expression(_)));
    if computed || stored_columns(table).is_empty() {
        format!("SELECT s.* FROM jsonb_array_elements({rows}) AS x(r), LATERAL ({row}) AS s")
    } else {
        format!("{row} FROM jsonb_array_elements({rows}) AS x(r)")
    }
}

/// The expression that stands for a parameter inside of an adapted query.
pub(super) fn parameter_expression(parameters: &[ParameterType], name: &str) -> Option<String> {
    let number: usize = name.strip_prefix('$')?.parse().ok()?;
    let parameter = parameters.get(number.checked_sub(1)?)?;
    Some(format!(
        "(\"?d\".r->0->>{})::{}",
        number - 1,
        parameter.type_sql
    ))
}

/// Statements over a pair of queries.
pub(super) struct Evaluator {
    batch: String,
    sides: [String; 2],
    /// A statement that takes longer is taken to have no end.
    limit: Duration,
}

/// What the batch statement found for one database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    pub differ: bool,
    /// Whether a query returned rows.
    pub rows: bool,
}

/// The rows of a query on one database, as text, the sort keys behind them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rows {
    pub rows: Vec<Vec<Option<String>>>,
    pub keys: Option<Vec<Vec<Option<String>>>>,
}

impl Evaluator {
    pub fn new(
        catalog: &Catalog,
        space: &Space,
        shadow: &Shadow,
        a: &Side,
        b: &Side,
        ordered: bool,
        limit: Duration,
    ) -> Self {
        let with = shadow.with_list(catalog, space, "\"?d\".r");
        let with = if with.is_empty() {
            String::new()
        } else {
            format!("{with},\n")
        };
        let names: Vec<String> = (1..=a.columns.len())
            .map(|number| format!("\"{number}\""))
            .collect();
        let compared: Vec<String> = a
            .columns
            .iter()
            .zip(&b.columns)
            .zip(&names)
            .map(|((a, b), name)| comparable(a.kind, b.kind, name))
            .collect();
        let number = if ordered {
            "row_number() OVER () AS n, "
        } else {
            ""
        };
        let keys: Vec<String> = (1..=compared.len() + usize::from(ordered))
            .map(|number| format!("k{number}"))
            .collect();
        let key_list = keys
            .iter()
            .map(|key| format!("{key}, "))
            .collect::<String>();
        let group = if keys.is_empty() {
            "()".to_owned()
        } else {
            keys.join(", ")
        };
        let list = names.join(", ");
        let compared = if compared.is_empty() {
            String::new()
        } else {
            format!("{}, ", compared.join(", "))
        };
        let mut batch = String::new();
        let _ = write!(
            batch,
            "SELECT \"?d\".n::int, \"?v\".differ, \"?v\".filled \
             FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS \"?d\"(r, n), LATERAL (\nWITH {with}\
             \"?a\"({list}) AS ({}\n),\n\"?b\"({list}) AS ({}\n)\n\
             SELECT coalesce(bool_or(s <> 0), false) AS differ, count(*) > 0 AS filled FROM (\
             SELECT sum(s) AS s FROM (SELECT {number}{compared}1 AS s FROM \"?a\" UNION ALL \
             SELECT {number}{compared}-1 AS s FROM \"?b\") AS \"?u\"({key_list}s) GROUP BY {group}) AS \"?g\") AS \"?v\"",
            a.text, b.text
        );
        let side = |side: &Side| {
            let (text, count) = match &side.keys {
                Some(keys) => (&keys.text, side.columns.len() + keys.added),
                None => (&side.text, side.columns.len()),
            };
            let names: Vec<String> = (1..=count).map(|number| format!("\"{number}\"")).collect();
            let texts: Vec<String> = names.iter().map(|name| format!("({name})::text")).collect();
            format!(
                "SELECT \"?v\".c FROM jsonb_array_elements($1::text::jsonb) AS \"?d\"(r), LATERAL (\nWITH {with}\
                 \"?q\"({}) AS ({text}\n)\nSELECT ARRAY[{}]::text[] AS c FROM \"?q\") AS \"?v\"",
                names.join(", "),
                texts.join(", ")
            )
        };
        Self {
            sides: [side(a), side(b)],
            limit,
            batch,
        }
    }

    /// Decides databases, given as JSON values. Outcomes come with the number of the database.
    pub fn decide(&self, engine: &mut Engine, json: &[String]) -> Result<Vec<Decided>, Failure> {
        let document = format!("[{}]", json.join(","));
        let rows = engine.query_within(Some(self.limit), &self.batch, &[&document])?;
        let mut decided = vec![
            Decided {
                differ: false,
                rows: false
            };
            json.len()
        ];
        for row in rows {
            let number: i32 = row.get(0);
            if let Some(entry) = usize::try_from(number - 1)
                .ok()
                .and_then(|at| decided.get_mut(at))
            {
                *entry = Decided {
                    differ: row.get(1),
                    rows: row.get(2),
                };
            }
        }
        Ok(decided)
    }

    /// What one query (0 or 1) returns on a database.
    pub fn rows(
        &self,
        engine: &mut Engine,
        space: &Space,
        side: usize,
        query: &Side,
        database: &Database,
    ) -> Result<Rows, Failure> {
        let json = format!("[{}]", database.to_json(space));
        let found = engine.query_within(Some(self.limit), &self.sides[side], &[&json])?;
        let width = query.columns.len();
        let mut result = Rows {
            rows: Vec::with_capacity(found.len()),
            keys: query.keys.as_ref().map(|_| Vec::with_capacity(found.len())),
        };
        for row in found {
            let mut values: Vec<Option<String>> = row.get(0);
            if let (Some(keys), Some(sort)) = (&mut result.keys, &query.keys) {
                keys.push(
                    sort.columns
                        .iter()
                        .map(|&column| values.get(column).cloned().flatten())
                        .collect(),
                );
            }
            values.truncate(width);
            result.rows.push(values);
        }
        Ok(result)
    }
}

/// A column as the batch statement compares it.
fn comparable(a: OutputKind, b: OutputKind, name: &str) -> String {
    match (a, b) {
        (OutputKind::Integer, OutputKind::Integer) => format!("{name}::int8"),
        (a, b) if a.is_number() && b.is_number() => format!("round({name}::numeric, 9)"),
        (OutputKind::Text, _)
        | (_, OutputKind::Text)
        | (OutputKind::NoEquality, _)
        | (_, OutputKind::NoEquality) => {
            format!("{name}::text COLLATE \"C\"")
        }
        _ => name.to_owned(),
    }
}

/// A type by the name that the server gives it.
pub(super) fn type_by_name(name: &str) -> Type {
    match name {
        "bool" => Type::Bool,
        "int2" => Type::Int2,
        "int4" => Type::Int4,
        "int8" => Type::Int8,
        "numeric" => Type::Numeric(None),
        "float4" => Type::Float4,
        "float8" => Type::Float8,
        "text" | "unknown" => Type::Text,
        "varchar" => Type::Varchar(None),
        "bpchar" => Type::Char(1),
        "date" => Type::Date,
        "time" => Type::Time,
        "timetz" => Type::TimeTz,
        "timestamp" => Type::Timestamp,
        "timestamptz" => Type::TimestampTz,
        "interval" => Type::Interval,
        "uuid" => Type::Uuid,
        "json" => Type::Json,
        "jsonb" => Type::Jsonb,
        "bytea" => Type::Bytea,
        "citext" => Type::Citext,
        other => match other.strip_prefix('_') {
            Some(element) => Type::Array(Box::new(type_by_name(element))),
            None => Type::Other(other.to_owned()),
        },
    }
}
