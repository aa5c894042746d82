use std::collections::HashMap;

use postgres::Client;

use super::super::SandboxError;
use super::table::{Category, Column, Element, ForeignKey, Schema, Table, Unique};
use crate::catalog::QualifiedName;

const TABLES: &str = "
    SELECT c.oid, n.nspname::text, c.relname::text, c.relkind = 'p',
           EXISTS (SELECT 1 FROM pg_constraint x WHERE x.conrelid = c.oid AND x.contype = 'x')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND c.oid >= 16384
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY n.nspname, c.relname";

/// Columns with the type below their domains, and the domains' checks.
const COLUMNS: &str = "
    WITH RECURSIVE chain AS (
        SELECT a.attrelid, a.attnum, a.atttypid AS type, a.atttypmod AS modifier, false AS not_null, ARRAY[]::oid[] AS domains
        FROM pg_attribute a WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
        SELECT c.attrelid, c.attnum, t.typbasetype, t.typtypmod, c.not_null OR t.typnotnull, c.domains || t.oid
        FROM chain c JOIN pg_type t ON t.oid = c.type WHERE t.typtype = 'd'
    )
    SELECT a.attrelid, a.attnum, a.attname::text, format_type(c.type, c.modifier), t.typname::text, t.typtype::text,
           t.typcategory::text, c.modifier, a.attnotnull OR c.not_null, a.attgenerated <> '',
           a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false),
           e.oid, format_type(e.oid, NULL), e.typname::text, e.typtype::text,
           ARRAY(SELECT pg_get_expr(x.conbin, 0) FROM pg_constraint x WHERE x.contypid = ANY (c.domains) AND x.contype = 'c'),
           ARRAY(SELECT l.enumlabel::text FROM pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder),
           ARRAY(SELECT l.enumlabel::text FROM pg_enum l WHERE l.enumtypid = e.oid ORDER BY l.enumsortorder)
    FROM chain c
    JOIN pg_type t ON t.oid = c.type AND t.typtype <> 'd'
    JOIN pg_attribute a ON a.attrelid = c.attrelid AND a.attnum = c.attnum
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    ORDER BY a.attrelid, a.attnum";

const UNIQUE: &str = "
    SELECT i.indrelid, ARRAY(SELECT k FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(k, n) WHERE n <= i.indnkeyatts),
           i.indpred IS NOT NULL, i.indexprs IS NOT NULL, i.indisprimary,
           ARRAY(SELECT DISTINCT d.refobjsubid::int2 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                 AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0)
    FROM pg_index i WHERE i.indrelid = ANY ($1) AND i.indisunique
    ORDER BY i.indrelid, i.indisprimary DESC, i.indexrelid";

const CONSTRAINTS: &str = "
    SELECT x.conrelid, x.contype::text, x.conkey, x.confrelid, x.confkey, x.confmatchtype = 'f',
           CASE WHEN x.contype = 'c' THEN pg_get_expr(x.conbin, x.conrelid) END
    FROM pg_constraint x WHERE x.conrelid = ANY ($1) AND x.contype IN ('c', 'f')
    ORDER BY x.conrelid, x.conname";

impl Schema {
    /// All tables that rows can be put into; partitions count as part of their table.
    pub fn read(client: &mut Client) -> Result<Self, SandboxError> {
        let mut tables = Vec::new();
        for row in client.query(TABLES, &[])? {
            tables.push(Table {
                oid: row.get(0),
                name: QualifiedName::new(row.get::<_, String>(1), row.get::<_, String>(2)),
                columns: Vec::new(),
                unique: Vec::new(),
                foreign_keys: Vec::new(),
                checks: Vec::new(),
                partitioned: row.get(3),
                has_rows: false,
                exclusion: row.get(4),
            });
        }
        let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
        let positions: HashMap<u32, usize> = oids
            .iter()
            .enumerate()
            .map(|(at, oid)| (*oid, at))
            .collect();
        for row in client.query(COLUMNS, &[&oids])? {
            if let Some(table) = positions
                .get(&row.get(0))
                .and_then(|at| tables.get_mut(*at))
            {
                table.columns.push(column(&row));
            }
        }
        for row in client.query(UNIQUE, &[&oids])? {
            if let Some(table) = positions
                .get(&row.get(0))
                .and_then(|at| tables.get_mut(*at))
            {
                let expressions: bool = row.get(3);
                let numbers: Vec<i16> = if expressions { row.get(5) } else { row.get(1) };
                let columns = at_numbers(table, &numbers);
                table.unique.push(Unique {
                    columns,
                    partial: row.get(2),
                    expressions,
                    primary: row.get(4),
                });
            }
        }
        for row in client.query(CONSTRAINTS, &[&oids])? {
            let Some(&at) = positions.get(&row.get(0)) else {
                continue;
            };
            if row.get::<_, String>(1) == "c" {
                if let Some(check) = row.get::<_, Option<String>>(6) {
                    tables[at].checks.push(check);
                }
                continue;
            }
            // A foreign key to a single partition has no table of ours as its parent; repairs find its orphans.
            let Some(&parent) = positions.get(&row.get(3)) else {
                continue;
            };
            let columns = at_numbers(&tables[at], &row.get::<_, Vec<i16>>(2));
            let parent_columns = at_numbers(&tables[parent], &row.get::<_, Vec<i16>>(4));
            tables[at].foreign_keys.push(ForeignKey {
                columns,
                parent,
                parent_columns,
                match_full: row.get(5),
            });
        }
        for table in &mut tables {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name.to_sql());
            table.has_rows = client.query_one(&sql, &[])?.get(0);
        }
        Ok(Self { tables })
    }
}

fn at_numbers(table: &Table, numbers: &[i16]) -> Vec<usize> {
    numbers
        .iter()
        .filter_map(|number| {
            table
                .columns
                .iter()
                .position(|column| column.number == *number)
        })
        .collect()
}

fn column(row: &postgres::Row) -> Column {
    let kind = category(&row.get::<_, String>(5), &row.get::<_, String>(6));
    let element = row.get::<_, Option<u32>>(11).map(|_| Element {
        sql: row.get(12),
        type_name: row.get(13),
        category: category(&row.get::<_, String>(14), ""),
        enum_labels: row.get(17),
    });
    Column {
        name: row.get(2),
        number: row.get(1),
        base_type: row.get(3),
        type_name: row.get(4),
        category: kind,
        modifier: row.get(7),
        element,
        enum_labels: row.get(16),
        not_null: row.get(8),
        computed: row.get(9),
        serial: row.get(10),
        domain_checks: row.get(15),
    }
}

fn category(typtype: &str, typcategory: &str) -> Category {
    match (typtype, typcategory) {
        (_, "A") => Category::Array,
        ("e", _) => Category::Enum,
        ("r", _) => Category::Range,
        ("m", _) => Category::Multirange,
        ("c", _) => Category::Composite,
        _ => Category::Base,
    }
}
