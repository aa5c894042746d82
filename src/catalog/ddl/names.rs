//! The names PostgreSQL gives to indexes and constraints that have none.

use sqlparser::ast::{AccessExpr, Expr, FunctionArguments};

use crate::catalog::{Catalog, IndexKey, IndexTarget, QualifiedName, Table, fold_identifier};

/// NAMEDATALEN - 1 of PostgreSQL: the longest name in bytes.
const MAX_NAME_BYTES: usize = 63;

/// `name1_name2_label`, the longer of the two names shortened until all fits.
/// Source: `makeObjectName` in indexcmds.c.
pub(super) fn object_name(name1: &str, name2: Option<&str>, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(name2.is_some());
    let available = MAX_NAME_BYTES.saturating_sub(overhead);
    let mut length1 = name1.len();
    let mut length2 = name2.map_or(0, str::len);
    while length1 + length2 > available {
        if length1 > length2 {
            length1 -= 1;
        } else {
            length2 -= 1;
        }
    }
    let name1 = clipped(name1, length1);
    match name2 {
        Some(name2) => format!("{name1}_{}_{label}", clipped(name2, length2)),
        None => format!("{name1}_{label}"),
    }
}

fn clipped(name: &str, mut bytes: usize) -> &str {
    while !name.is_char_boundary(bytes) {
        bytes -= 1;
    }
    &name[..bytes]
}

/// The first free of `name1_name2_label`, `..._label1`, `..._label2`.
/// Source: `ChooseRelationName` in indexcmds.c.
pub(super) fn relation_name(
    catalog: &Catalog,
    schema: &str,
    name1: &str,
    name2: Option<&str>,
    label: &str,
) -> QualifiedName {
    let mut pass = 0usize;
    loop {
        let numbered = match pass {
            0 => label.to_owned(),
            _ => format!("{label}{pass}"),
        };
        let name = QualifiedName::new(schema, object_name(name1, name2, &numbered));
        if catalog.table_by_name(&name).is_none() && catalog.index_by_name(&name).is_none() {
            return name;
        }
        pass += 1;
    }
}

/// A free name for a CHECK or FOREIGN KEY constraint of a table. Source: `ChooseConstraintName` in pg_constraint.c.
pub(super) fn constraint_name(table: &Table, columns: &[&str], label: &str) -> String {
    let addition = match columns {
        [] => None,
        columns => Some(joined(columns.iter().copied())),
    };
    let mut pass = 0usize;
    loop {
        let numbered = match pass {
            0 => label.to_owned(),
            _ => format!("{label}{pass}"),
        };
        let name = object_name(&table.name.name, addition.as_deref(), &numbered);
        let taken = table.foreign_keys.iter().any(|key| key.name == name)
            || table
                .checks
                .iter()
                .any(|check| check.name.as_deref() == Some(&name));
        if !taken {
            return name;
        }
        pass += 1;
    }
}

/// Column names joined by underscores, up to the length of a name. Source: `ChooseIndexNameAddition` in indexcmds.c.
pub(super) fn joined<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    let mut name = String::new();
    for column in columns {
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(clipped(column, column.len().min(MAX_NAME_BYTES)));
        if name.len() > MAX_NAME_BYTES {
            break;
        }
    }
    name
}

/// The names of an index's own columns. Source: `ChooseIndexColumnNames` in indexcmds.c.
pub(super) fn index_column_names(
    table: &Table,
    keys: &[IndexKey],
    include: &[String],
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let originals = keys
        .iter()
        .map(|key| match &key.target {
            IndexTarget::Column(column) => table.column(*column).name.clone(),
            IndexTarget::Expression(expression) => {
                expression_name(&expression.ast).unwrap_or_else(|| "expr".to_owned())
            }
        })
        .chain(include.iter().cloned());
    for original in originals {
        let mut name = original.clone();
        let mut number = 1usize;
        while names.contains(&name) {
            let suffix = number.to_string();
            let room = MAX_NAME_BYTES.saturating_sub(suffix.len());
            name = format!("{}{suffix}", clipped(&original, original.len().min(room)));
            number += 1;
        }
        names.push(name);
    }
    names
}

/// The name that an expression's column gets; `None` is `expr` in an index and `?column?` in a query.
/// Source: `FigureColnameInternal` in parse_target.c.
pub(super) fn expression_name(expression: &Expr) -> Option<String> {
    let name = match expression {
        Expr::Identifier(identifier) => {
            fold_identifier(&identifier.value, identifier.quote_style.is_some())
        }
        Expr::CompoundIdentifier(parts) => parts
            .last()
            .map(|part| fold_identifier(&part.value, part.quote_style.is_some()))?,
        Expr::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                AccessExpr::Dot(Expr::Identifier(field)) => {
                    Some(fold_identifier(&field.value, field.quote_style.is_some()))
                }
                _ => None,
            });
            return field.or_else(|| expression_name(root));
        }
        Expr::Function(function) => {
            let name = function
                .name
                .0
                .last()?
                .as_ident()
                .map(|part| fold_identifier(&part.value, part.quote_style.is_some()))?;
            if name == "nullif" && matches!(function.args, FunctionArguments::List(_)) {
                "nullif".to_owned()
            } else {
                name
            }
        }
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => return expression_name(inner),
        Expr::Cast {
            expr, data_type, ..
        } => return expression_name(expr).or_else(|| type_name(&data_type.to_string())),
        Expr::Case { else_result, .. } => else_result
            .as_deref()
            .and_then(expression_name)
            .unwrap_or_else(|| "case".to_owned()),
        Expr::Extract { .. } => "extract".to_owned(),
        Expr::Substring { .. } => "substring".to_owned(),
        Expr::Position { .. } => "position".to_owned(),
        Expr::Overlay { .. } => "overlay".to_owned(),
        Expr::Trim { trim_where, .. } => match trim_where {
            Some(sqlparser::ast::TrimWhereField::Leading) => "ltrim".to_owned(),
            Some(sqlparser::ast::TrimWhereField::Trailing) => "rtrim".to_owned(),
            _ => "btrim".to_owned(),
        },
        Expr::Ceil { .. } => "ceil".to_owned(),
        Expr::Floor { .. } => "floor".to_owned(),
        Expr::AtTimeZone { .. } => "timezone".to_owned(),
        Expr::Array(_) => "array".to_owned(),
        Expr::Tuple(_) => "row".to_owned(),
        Expr::Exists { .. } => "exists".to_owned(),
        _ => return None,
    };
    Some(name)
}

/// PostgreSQL's internal name of a type that SQL writes in another way.
fn type_name(written: &str) -> Option<String> {
    let lower = written.to_ascii_lowercase();
    let base = lower.split(['(', '[']).next().unwrap_or("").trim();
    let name = match base {
        "integer" | "int" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "boolean" => "bool",
        "real" => "float4",
        "double precision" => "float8",
        "character varying" => "varchar",
        "character" | "char" => "bpchar",
        "decimal" => "numeric",
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time with time zone" => "timetz",
        "time without time zone" => "time",
        other => other.rsplit('.').next().unwrap_or(other),
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_as_postgresql_does() {
        assert_eq!(
            object_name("orders", Some("customer_id"), "idx"),
            "orders_customer_id_idx"
        );
        assert_eq!(object_name("orders", None, "pkey"), "orders_pkey");
        let long = "a".repeat(60);
        let name = object_name(&long, Some(&"b".repeat(40)), "key");
        assert_eq!(name.len(), 63);
        assert_eq!(name, format!("{}_{}_key", "a".repeat(29), "b".repeat(29)));
    }
}
