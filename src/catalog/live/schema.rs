use postgres::Transaction;

use super::snapshot::SnapshotFilter;
use crate::catalog::{QualifiedName, quote_identifier, quote_literal};

/// Schemas of the server itself, and what extensions made.
pub(super) const NOT_OURS: &str = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%' \
     AND n.nspname NOT LIKE 'pg\\_temp\\_%'";

/// The statements that make the schema, as the server itself describes its parts, and the tables by name.
pub(super) struct LiveSchema {
    pub statements: Vec<String>,
    pub missing: Vec<String>,
}

/// Condition on a relation `c` in a schema `n`: ours, not an extension's, and chosen by the filter.
pub(super) fn relation_condition(filter: &SnapshotFilter) -> String {
    let mut condition = format!(
        "{NOT_OURS} AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid \
         AND e.deptype = 'e')"
    );
    if !filter.schemas.is_empty() {
        let names: Vec<String> = filter
            .schemas
            .iter()
            .map(|name| quote_literal(name))
            .collect();
        condition.push_str(&format!(" AND n.nspname IN ({})", names.join(", ")));
    }
    if !filter.tables.is_empty() {
        let names: Vec<String> = filter
            .tables
            .iter()
            .map(|name| match name.split_once('.') {
                Some((schema, table)) => {
                    format!(
                        "(n.nspname = {} AND c.relname = {})",
                        quote_literal(schema),
                        quote_literal(table)
                    )
                }
                None => format!("c.relname = {}", quote_literal(name)),
            })
            .collect();
        condition.push_str(&format!(" AND ({})", names.join(" OR ")));
    }
    condition
}

/// Reads the schema. The search path must be empty, so that every name comes with its schema.
pub(super) fn read_schema(
    transaction: &mut Transaction<'_>,
    version: u32,
    filter: &SnapshotFilter,
) -> Result<LiveSchema, postgres::Error> {
    let ours = relation_condition(filter);
    let mut schema = LiveSchema {
        statements: Vec::new(),
        missing: Vec::new(),
    };
    let statements = &mut schema.statements;
    for row in transaction.query(
        "SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY oid",
        &[],
    )? {
        statements.push(format!(
            "CREATE EXTENSION IF NOT EXISTS {}",
            quote_identifier(row.get(0))
        ));
    }
    let schemas = format!(
        "SELECT n.nspname::text FROM pg_namespace n WHERE {NOT_OURS} AND n.nspname <> 'public' ORDER BY 1"
    );
    for row in transaction.query(&schemas, &[])? {
        statements.push(format!(
            "CREATE SCHEMA IF NOT EXISTS {}",
            quote_identifier(row.get(0))
        ));
    }
    read_types(transaction, statements)?;
    read_functions(transaction, statements)?;
    read_tables(transaction, &ours, statements)?;
    read_constraints(
        transaction,
        &ours,
        "c.contype IN ('p', 'u', 'x')",
        statements,
    )?;
    read_constraints(transaction, &ours, "c.contype = 'c'", statements)?;
    read_indexes(transaction, &ours, statements)?;
    attach_partitions(transaction, &ours, statements)?;
    read_constraints(
        transaction,
        &ours,
        "c.contype = 'f' AND c.conparentid = 0",
        statements,
    )?;
    read_views(transaction, &ours, statements)?;
    if version < 120_000 {
        schema
            .missing
            .push("servers before 12 are not read".to_owned());
    }
    Ok(schema)
}

fn read_types(
    transaction: &mut Transaction<'_>,
    statements: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let of_extension = "EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')";
    let enums = format!(
        "SELECT n.nspname::text, t.typname::text, array_agg(l.enumlabel::text ORDER BY l.enumsortorder) FROM pg_type t \
         JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum l ON l.enumtypid = t.oid \
         WHERE {NOT_OURS} AND NOT {of_extension} GROUP BY 1, 2 ORDER BY 1, 2"
    );
    for row in transaction.query(&enums, &[])? {
        let labels: Vec<String> = row.get(2);
        let labels: Vec<String> = labels.iter().map(|label| quote_literal(label)).collect();
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        statements.push(format!(
            "CREATE TYPE {} AS ENUM ({})",
            name.to_sql(),
            labels.join(", ")
        ));
    }
    let domains = format!(
        "SELECT n.nspname::text, t.typname::text, format_type(t.typbasetype, t.typtypmod), t.typnotnull, \
           array(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname) \
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace \
         WHERE t.typtype = 'd' AND {NOT_OURS} AND NOT {of_extension} ORDER BY t.oid"
    );
    for row in transaction.query(&domains, &[])? {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        let base: String = row.get(2);
        let not_null = if row.get::<_, bool>(3) {
            " NOT NULL"
        } else {
            ""
        };
        let checks: Vec<String> = row.get(4);
        statements.push(
            format!(
                "CREATE DOMAIN {} AS {base}{not_null} {}",
                name.to_sql(),
                checks.join(" ")
            )
            .trim_end()
            .to_owned(),
        );
    }
    let composites = format!(
        "SELECT n.nspname::text, t.typname::text, array_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) \
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c' \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE {NOT_OURS} AND NOT {of_extension} GROUP BY t.oid, 1, 2 ORDER BY t.oid"
    );
    for row in transaction.query(&composites, &[])? {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        let fields: Vec<String> = row.get(2);
        statements.push(format!(
            "CREATE TYPE {} AS ({})",
            name.to_sql(),
            fields.join(", ")
        ));
    }
    Ok(())
}

/// Functions without their bodies: what the planner knows of them.
fn read_functions(
    transaction: &mut Transaction<'_>,
    statements: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let functions = format!(
        "SELECT n.nspname::text, p.proname::text, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), \
           CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END, p.proisstrict \
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
         WHERE p.prokind = 'f' AND {NOT_OURS} AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) \
           AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e') \
         ORDER BY p.oid"
    );
    for row in transaction.query(&functions, &[])? {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        let strict = if row.get::<_, bool>(5) { " STRICT" } else { "" };
        statements.push(format!(
            "CREATE FUNCTION {}({}) RETURNS {} LANGUAGE plpgsql {}{strict} AS ''",
            name.to_sql(),
            row.get::<_, String>(2),
            row.get::<_, Option<String>>(3)
                .unwrap_or_else(|| "void".to_owned()),
            row.get::<_, String>(4),
        ));
    }
    Ok(())
}

fn read_tables(
    transaction: &mut Transaction<'_>,
    ours: &str,
    statements: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let tables = format!(
        "SELECT n.nspname::text, c.relname::text, c.relkind = 'p', pg_get_partkeydef(c.oid), \
           array(SELECT quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) \
             || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || quote_ident(ns.nspname) || '.' || quote_ident(l.collname) ELSE '' END \
             || CASE a.attidentity WHEN 'a' THEN ' GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN ' GENERATED BY DEFAULT AS IDENTITY' ELSE '' END \
             || CASE WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') ' \
                || CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END \
                WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END \
             || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END \
             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
             LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_namespace ns ON ns.oid = l.collnamespace \
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
           c.relkind = 'f', \
           array(SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition ORDER BY i.inhseqno) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'f') AND {ours} ORDER BY c.oid"
    );
    for row in transaction.query(&tables, &[])? {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        let columns: Vec<String> = row.get(4);
        let partitioned: bool = row.get(2);
        let key: Option<String> = row.get(3);
        let partition_by = match key {
            Some(key) if partitioned => format!(" PARTITION BY {key}"),
            _ => String::new(),
        };
        let parents: Vec<String> = row.get(6);
        let inherits = if parents.is_empty() {
            String::new()
        } else {
            format!(" INHERITS ({})", parents.join(", "))
        };
        let columns = columns.join(",\n  ");
        statements.push(if row.get(5) {
            format!(
                "CREATE FOREIGN TABLE {} (\n  {columns}\n) SERVER unknown",
                name.to_sql()
            )
        } else {
            format!(
                "CREATE TABLE {} (\n  {columns}\n){inherits}{partition_by}",
                name.to_sql()
            )
        });
    }
    Ok(())
}

fn read_constraints(
    transaction: &mut Transaction<'_>,
    ours: &str,
    kind: &str,
    statements: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    // The constraint takes the name of the relation in the condition.
    let ours = ours
        .replace("c.oid", "r.oid")
        .replace("c.relname", "r.relname");
    let constraints = format!(
        "SELECT n.nspname::text, r.relname::text, c.conname::text, pg_get_constraintdef(c.oid) FROM pg_constraint c \
         JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace \
         WHERE r.relkind IN ('r', 'p', 'f') AND {kind} AND {ours} ORDER BY r.oid, c.contype, c.conname"
    );
    for row in transaction.query(&constraints, &[])? {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        statements.push(format!(
            "ALTER TABLE ONLY {} ADD CONSTRAINT {} {}",
            name.to_sql(),
            quote_identifier(row.get(2)),
            row.get::<_, String>(3)
        ));
    }
    Ok(())
}

/// Valid indexes that no constraint made; what is invalid is read with the figures of indexes.
fn read_indexes(
    transaction: &mut Transaction<'_>,
    ours: &str,
    statements: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let indexes = format!(
        "SELECT pg_get_indexdef(i.indexrelid), \
           CASE WHEN i.indisreplident THEN i.indrelid::regclass::text END, x.relname::text, \
           EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'm') AND (i.indisvalid OR c.relkind = 'p') AND {ours} \
         ORDER BY c.relkind = 'm', i.indexrelid"
    );
    let mut replica = Vec::new();
    for row in transaction.query(&indexes, &[])? {
        let definition: String = row.get(0);
        if !row.get::<_, bool>(3) {
            statements.push(definition);
        }
        if let Some(table) = row.get::<_, Option<String>>(1) {
            replica.push(format!(
                "ALTER TABLE {table} REPLICA IDENTITY USING INDEX {}",
                quote_identifier(row.get(2))
            ));
        }
    }
    statements.extend(replica);
    Ok(())
}

fn attach_partitions(
    transaction: &mut Transaction<'_>,
    ours: &str,
    statements: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let partitions = format!(
        "SELECT i.inhparent::regclass::text, c.oid::regclass::text, pg_get_expr(c.relpartbound, c.oid) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits i ON i.inhrelid = c.oid \
         WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND {ours} ORDER BY c.oid"
    );
    for row in transaction.query(&partitions, &[])? {
        statements.push(format!(
            "ALTER TABLE ONLY {} ATTACH PARTITION {} {}",
            row.get::<_, String>(0),
            row.get::<_, String>(1),
            row.get::<_, String>(2)
        ));
    }
    Ok(())
}

fn read_views(
    transaction: &mut Transaction<'_>,
    ours: &str,
    statements: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let views = format!(
        "SELECT n.nspname::text, c.relname::text, c.relkind = 'm', pg_get_viewdef(c.oid) FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {ours} ORDER BY c.oid"
    );
    let first = statements
        .iter()
        .position(|statement| statement.starts_with("CREATE INDEX"))
        .unwrap_or(statements.len());
    for (at, row) in (first..).zip(transaction.query(&views, &[])?) {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        let kind = if row.get::<_, bool>(2) {
            "MATERIALIZED VIEW"
        } else {
            "VIEW"
        };
        let definition: Option<String> = row.get(3);
        let definition = definition.unwrap_or_default();
        let statement = format!(
            "CREATE {kind} {} AS {}",
            name.to_sql(),
            definition.trim().trim_end_matches(';')
        );
        // Before the indexes: those of materialized views are among them.
        statements.insert(at, statement);
    }
    Ok(())
}
