use std::collections::HashSet;

use crate::catalog::{
    Catalog, Column, Generated, Index, IndexConstraint, IndexKey, IndexMethod, IndexTarget, Key,
    PartitionStrategy, Table, TableKind, Type, key_order_sql, quote_identifier, quote_literal,
};

/// The statements that make an empty copy of a schema, as far as plans depend on it: no defaults, no triggers, no
/// rights, and materialized views as tables. In an order in which each can refer to what comes before it.
pub(super) struct SchemaSql {
    pub statements: Vec<String>,
}

/// Names of types that the schema takes for granted (extensions, or types that were not in the files).
pub(super) fn foreign_types(catalog: &Catalog) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |data_type: &Type| {
        if let Type::Other(name) = innermost(data_type)
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    };
    catalog
        .tables()
        .flat_map(|table| &table.columns)
        .for_each(|column| add(&column.data_type));
    catalog
        .domains
        .values()
        .for_each(|domain| add(&domain.base));
    catalog
        .composites
        .values()
        .flatten()
        .for_each(|(_, data_type)| add(data_type));
    names
}

fn innermost(data_type: &Type) -> &Type {
    match data_type {
        Type::Array(element) | Type::Range(element) => innermost(element),
        other => other,
    }
}

impl SchemaSql {
    /// Of a whole catalog. `opaque` are the types that the embedded server does not have: they become text.
    pub(super) fn new(catalog: &Catalog, opaque: &HashSet<String>) -> Self {
        let mut statements = Vec::new();
        let schemas: HashSet<&str> = catalog
            .tables()
            .map(|table| table.name.schema.as_str())
            .chain(catalog.enums.keys().map(|name| name.schema.as_str()))
            .chain(catalog.domains.keys().map(|name| name.schema.as_str()))
            .chain(catalog.composites.keys().map(|name| name.schema.as_str()))
            .chain(catalog.search_path.iter().map(String::as_str))
            .collect();
        for schema in schemas {
            if !matches!(
                schema,
                "public" | "pg_catalog" | "information_schema" | "pg_temp"
            ) && !schema.contains('$')
            {
                statements.push(format!(
                    "CREATE SCHEMA IF NOT EXISTS {}",
                    quote_identifier(schema)
                ));
            }
        }
        for (name, labels) in &catalog.enums {
            let labels: Vec<String> = labels.iter().map(|label| quote_literal(label)).collect();
            statements.push(format!(
                "CREATE TYPE {} AS ENUM ({})",
                name.to_sql(),
                labels.join(", ")
            ));
        }
        let type_sql = |data_type: &Type| type_sql(data_type, opaque);
        for (name, domain) in &catalog.domains {
            statements.push(format!(
                "CREATE DOMAIN {} AS {}",
                name.to_sql(),
                type_sql(&domain.base)
            ));
        }
        for (name, fields) in &catalog.composites {
            let fields: Vec<String> = fields
                .iter()
                .map(|(field, data_type)| {
                    format!("{} {}", quote_identifier(field), type_sql(data_type))
                })
                .collect();
            statements.push(format!(
                "CREATE TYPE {} AS ({})",
                name.to_sql(),
                fields.join(", ")
            ));
        }
        let is_table = |table: &Table| {
            is_stored(table) && !matches!(table.kind, TableKind::MaterializedView { .. })
        };
        for table in catalog.tables().filter(|table| is_table(table)) {
            statements.push(create_table(catalog, table, opaque));
        }
        for table in catalog.tables().filter(|table| is_table(table)) {
            statements.extend(create_indexes(catalog, table));
        }
        for table in catalog.tables() {
            if let (Some(parent), Some(bound)) = (table.partition_of, &table.partition_bound) {
                statements.push(format!(
                    "ALTER TABLE {} ATTACH PARTITION {} {bound}",
                    catalog.table(parent).name.to_sql(),
                    table.name.to_sql()
                ));
            }
            for parent in &table.inherits {
                statements.push(format!(
                    "ALTER TABLE {} INHERIT {}",
                    table.name.to_sql(),
                    catalog.table(*parent).name.to_sql()
                ));
            }
        }
        for table in catalog.tables() {
            // Those of a partition come with its parent.
            if table.partition_of.is_none() {
                statements.extend(foreign_keys(catalog, table));
            }
        }
        for table in catalog.tables() {
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| quote_identifier(&column.name))
                .collect();
            let columns = if columns.is_empty() {
                String::new()
            } else {
                format!(" ({})", columns.join(", "))
            };
            let name = table.name.to_sql();
            match &table.kind {
                TableKind::View { query } => {
                    statements.push(format!("CREATE VIEW {name}{columns} AS {query}"))
                }
                // A table of its own, as far as plans go; the server knows the types of its columns.
                TableKind::MaterializedView { query } => {
                    statements.push(format!(
                        "CREATE TABLE {name}{columns} AS {query} WITH NO DATA"
                    ));
                    statements.extend(create_indexes(catalog, table));
                }
                _ => {}
            }
        }
        for table in catalog.tables() {
            for extended in table
                .statistics
                .iter()
                .flat_map(|statistics| &statistics.extended)
            {
                let kinds: Vec<&str> = [
                    (extended.distinct.is_some(), "ndistinct"),
                    (extended.dependencies.is_some(), "dependencies"),
                    (extended.most_common_data.is_some(), "mcv"),
                ]
                .into_iter()
                .filter_map(|(there, kind)| there.then_some(kind))
                .collect();
                if !kinds.is_empty() && extended.columns.len() > 1 {
                    let columns: Vec<String> = extended
                        .columns
                        .iter()
                        .map(|name| quote_identifier(name))
                        .collect();
                    statements.push(format!(
                        "CREATE STATISTICS {}.{} ({}) ON {} FROM {}",
                        quote_identifier(&table.name.schema),
                        quote_identifier(&extended.name),
                        kinds.join(", "),
                        columns.join(", "),
                        table.name.to_sql()
                    ));
                }
            }
        }
        Self { statements }
    }
}

/// Whether the copy has a table for it.
pub(super) fn is_stored(table: &Table) -> bool {
    !matches!(table.kind, TableKind::View { .. })
}

fn is_of_key(index: &Index) -> bool {
    matches!(
        index.constraint,
        Some(IndexConstraint::PrimaryKey { .. } | IndexConstraint::Unique { .. })
    )
}

fn type_sql(data_type: &Type, opaque: &HashSet<String>) -> String {
    match data_type {
        Type::Other(name) if opaque.contains(name) => "text".to_owned(),
        Type::Array(element) => format!("{}[]", type_sql(element, opaque)),
        Type::Enum(name) | Type::Domain(name) | Type::Composite(name) => name.to_sql(),
        other => other.to_string(),
    }
}

fn create_table(catalog: &Catalog, table: &Table, opaque: &HashSet<String>) -> String {
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .map(|column| column_sql(column, opaque))
        .collect();
    if let Some(key) = &table.primary_key {
        parts.push(key_sql(catalog, table, key, "PRIMARY KEY"));
    }
    for key in &table.unique_keys {
        let kind = if key.nulls_not_distinct {
            "UNIQUE NULLS NOT DISTINCT"
        } else {
            "UNIQUE"
        };
        parts.push(key_sql(catalog, table, key, kind));
    }
    for check in table.checks.iter().filter(|check| check.validated) {
        let name = check
            .name
            .as_ref()
            .map(|name| format!("CONSTRAINT {} ", quote_identifier(name)));
        parts.push(format!(
            "{}CHECK ({})",
            name.unwrap_or_default(),
            check.expression.text
        ));
    }
    let partitioned = match &table.kind {
        TableKind::Partitioned { strategy, keys } if has_bounds(catalog, table) => {
            let keys: Vec<String> = keys.iter().map(|key| target_sql(table, key)).collect();
            let strategy = match strategy {
                PartitionStrategy::Range => "RANGE",
                PartitionStrategy::List => "LIST",
                PartitionStrategy::Hash => "HASH",
            };
            format!(" PARTITION BY {strategy} ({})", keys.join(", "))
        }
        _ => String::new(),
    };
    format!(
        "CREATE TABLE {} ({}){partitioned}",
        table.name.to_sql(),
        parts.join(", ")
    )
}

/// Whether the partitions can be attached; a partitioned table whose bounds are not known is planned as one table.
fn has_bounds(catalog: &Catalog, table: &Table) -> bool {
    catalog
        .tables()
        .filter(|partition| partition.partition_of == Some(table.id))
        .all(|partition| partition.partition_bound.is_some())
}

fn column_sql(column: &Column, opaque: &HashSet<String>) -> String {
    let mut sql = format!(
        "{} {}",
        quote_identifier(&column.name),
        type_sql(&column.data_type, opaque)
    );
    if let Some(collation) = &column.collation {
        sql.push_str(" COLLATE ");
        sql.push_str(&collation_sql(collation));
    }
    // A virtual column is planned as its expression; a stored one as any other.
    if let Generated::Expression(expression) = &column.generated {
        sql.push_str(&format!(
            " GENERATED ALWAYS AS ({}) STORED",
            expression.text
        ));
    }
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    sql
}

/// A collation's name, which may have been written with its schema and with quotes.
fn collation_sql(name: &str) -> String {
    if name.contains('"') {
        return name.to_owned();
    }
    match name.split_once('.') {
        Some(("pg_catalog", name)) => {
            format!("pg_catalog.{}", quote_identifier(name))
        }
        _ => quote_identifier(name),
    }
}

fn key_sql(catalog: &Catalog, table: &Table, key: &Key, kind: &str) -> String {
    let columns: Vec<String> = key
        .columns
        .iter()
        .map(|id| quote_identifier(&table.column(*id).name))
        .collect();
    let mut sql = format!(
        "CONSTRAINT {} {kind} ({})",
        quote_identifier(&key.name),
        columns.join(", ")
    );
    let index = catalog
        .indexes_of(table)
        .find(|index| index.id == key.index);
    if let Some(index) = index {
        sql.push_str(&include_sql(table, index));
        if let Some(fill_factor) = index.fill_factor {
            sql.push_str(&format!(" WITH (fillfactor = {fill_factor})"));
        }
    }
    if key.deferrable {
        sql.push_str(" DEFERRABLE");
    }
    sql
}

fn include_sql(table: &Table, index: &Index) -> String {
    let columns: Vec<String> = index
        .include
        .iter()
        .map(|id| quote_identifier(&table.column(*id).name))
        .collect();
    if columns.is_empty() {
        String::new()
    } else {
        format!(" INCLUDE ({})", columns.join(", "))
    }
}

fn target_sql(table: &Table, target: &IndexTarget) -> String {
    match target {
        IndexTarget::Column(id) => quote_identifier(&table.column(*id).name),
        IndexTarget::Expression(expression) => format!("({})", expression.text),
    }
}

fn create_indexes(catalog: &Catalog, table: &Table) -> Vec<String> {
    // an invalid index serves nobody; that of a partitioned table is made here with its partitions' indexes unattached
    let served = |index: &Index| index.valid || matches!(table.kind, TableKind::Partitioned { .. });
    let indexes = catalog
        .indexes_of(table)
        .filter(|index| !is_of_key(index) && served(index));
    indexes.map(|index| create_index(catalog, index)).collect()
}

fn create_index(catalog: &Catalog, index: &Index) -> String {
    let table = catalog.table(index.table);
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| index_key_sql(table, index, key))
        .collect();
    let mut sql = format!(
        "CREATE {}INDEX {} ON {}{} USING {} ({}){}",
        if index.unique { "UNIQUE " } else { "" },
        quote_identifier(&index.name.name),
        if matches!(table.kind, TableKind::Partitioned { .. }) {
            "ONLY "
        } else {
            ""
        },
        table.name.to_sql(),
        quote_identifier(index.method.name()),
        keys.join(", "),
        include_sql(table, index),
    );
    if index.unique && index.nulls_not_distinct {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    let mut options = Vec::new();
    if let Some(fill_factor) = index.fill_factor {
        options.push(format!("fillfactor = {fill_factor}"));
    }
    if let (IndexMethod::Brin, Some(definition)) = (&index.method, &index.definition)
        && let Some(pages) = pages_per_range(definition)
    {
        options.push(format!("pages_per_range = {pages}"));
    }
    if !options.is_empty() {
        sql.push_str(&format!(" WITH ({})", options.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE {}", predicate.text));
    }
    sql
}

/// The BRIN option of that name, as a statement sets it.
pub(super) fn pages_per_range(definition: &str) -> Option<u32> {
    let (_, after) = definition.split_once("pages_per_range")?;
    let digits: String = after
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

fn index_key_sql(table: &Table, index: &Index, key: &IndexKey) -> String {
    let mut sql = target_sql(table, &key.target);
    if let Some(collation) = &key.collation {
        sql.push_str(" COLLATE ");
        sql.push_str(&collation_sql(collation));
    }
    if let Some(opclass) = &key.opclass {
        sql.push(' ');
        sql.push_str(opclass);
    }
    if index.method == IndexMethod::Btree {
        sql.push_str(key_order_sql(key.descending, key.nulls_first));
    }
    sql
}

/// The planner estimates joins along foreign keys better: `get_foreign_key_join_selectivity`.
fn foreign_keys(catalog: &Catalog, table: &Table) -> Vec<String> {
    table
        .foreign_keys
        .iter()
        .filter_map(|key| {
            let (referenced, columns) = catalog.referenced_columns(key)?;
            let of = |table: &Table, columns: &[crate::catalog::ColumnId]| -> String {
                let names: Vec<String> = columns
                    .iter()
                    .map(|id| quote_identifier(&table.column(*id).name))
                    .collect();
                names.join(", ")
            };
            Some(format!(
                "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
                table.name.to_sql(),
                quote_identifier(&key.name),
                of(table, &key.columns),
                referenced.name.to_sql(),
                of(referenced, &columns),
            ))
        })
        .collect()
}
