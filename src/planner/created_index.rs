use postgres::Client;

use super::embedded::rows;
use super::index_statistics::IndexedValue;
use super::width::{Storage, storage};
use crate::catalog::{Column, Type, quote_literal};

/// A function, whose plan a session keeps: all rows of pg_class and pg_index that the transaction wrote are of the new
/// index.
pub(super) const CREATED_INDEXES: &str = "CREATE OR REPLACE FUNCTION whyslow.created_indexes(tables oid[], named text) \
 RETURNS TABLE (index_oid oid, index_name text, method text, path text, on_table oid, is_unique bool, key_count int2, \
   options text, definition text, index_columns text) LANGUAGE plpgsql AS $$ #variable_conflict use_column
 BEGIN RETURN QUERY SELECT c.oid, c.relname::text, m.amname::text, pg_catalog.pg_relation_filepath(c.oid), \
   i.indrelid, i.indisunique, i.indnkeyatts, pg_catalog.array_to_string(c.reloptions, ','), \
   pg_catalog.pg_get_indexdef(c.oid), \
   (SELECT pg_catalog.string_agg(pg_catalog.concat_ws('|', CASE WHEN k.attnum = 0 THEN '' ELSE \
        pg_catalog.encode(pg_catalog.convert_to((SELECT t.attname FROM pg_catalog.pg_attribute t \
          WHERE t.attrelid = i.indrelid AND t.attnum = k.attnum), 'UTF8'), 'hex') END, a.attlen, a.attalign, \
        pg_catalog.format_type(a.atttypid, NULL)), E'\\n' ORDER BY k.ordinality) \
      FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, ordinality) \
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.ordinality) \
 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
 JOIN pg_catalog.pg_am m ON m.oid = c.relam \
 WHERE i.indrelid = ANY (tables || pg_catalog.to_regclass(named)::oid) \
   AND i.xmin = pg_catalog.pg_current_xact_id()::pg_catalog.xid \
 ORDER BY c.oid DESC; END $$";

/// An index that the server has just made.
pub(super) struct Created {
    pub oid: String,
    pub name: String,
    pub method: String,
    pub path: String,
    pub table: String,
    pub unique: bool,
    pub key_count: usize,
    pub options: String,
    pub definition: String,
    pub columns: Vec<CreatedColumn>,
}

pub(super) struct CreatedColumn {
    /// `None` for an expression.
    pub name: Option<String>,
    length: i32,
    alignment: usize,
    type_name: String,
}

impl Created {
    /// The indexes that this transaction made on some tables (their OIDs, separated by commas) or on `table` itself, the
    /// newest first. Needs [`CREATED_INDEXES`].
    pub(super) fn read_all(
        client: &mut Client,
        oids: &str,
        table: &str,
    ) -> Result<Vec<Self>, postgres::Error> {
        let answer = rows(
            client,
            &format!(
                "SELECT * FROM whyslow.created_indexes('{{{oids}}}', {})",
                quote_literal(table)
            ),
        )?;
        Ok(answer.iter().filter_map(|row| Self::read(row)).collect())
    }

    fn read(row: &[Option<String>]) -> Option<Self> {
        let text = |at: usize| row.get(at).cloned().flatten();
        Some(Self {
            oid: text(0)?,
            name: text(1)?,
            method: text(2)?,
            path: text(3).unwrap_or_default(),
            table: text(4)?,
            unique: text(5)? == "t",
            key_count: text(6)?.parse().ok()?,
            options: text(7).unwrap_or_default(),
            definition: text(8).unwrap_or_default(),
            columns: text(9)?.lines().filter_map(CreatedColumn::read).collect(),
        })
    }
}

impl CreatedColumn {
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.splitn(4, '|');
        let name = parts.next()?;
        Some(Self {
            name: if name.is_empty() {
                None
            } else {
                Some(from_hex(name)?)
            },
            length: parts.next()?.parse().ok()?,
            alignment: match parts.next()? {
                "c" => 1,
                "s" => 2,
                "i" => 4,
                _ => 8,
            },
            type_name: parts.next()?.to_owned(),
        })
    }

    pub(super) fn value<'a>(&self, columns: Option<&'a [Column]>) -> IndexedValue<'a> {
        let column = self
            .name
            .as_ref()
            .and_then(|name| columns?.iter().find(|column| column.name == *name));
        if let Some(column) = column {
            return IndexedValue::Column(column);
        }
        let merges = !matches!(
            self.type_name.as_str(),
            "numeric" | "real" | "double precision" | "jsonb" | "interval" | "citext" | "tsvector"
        ) && !self.type_name.ends_with("[]");
        let storage = if self.length > 0 {
            Storage {
                width: f64::from(self.length),
                alignment: self.alignment,
                fixed: true,
                equal_image: merges,
            }
        } else {
            Storage {
                equal_image: merges,
                ..storage(&Type::Text, None)
            }
        };
        IndexedValue::Expression {
            storage,
            statistics: None,
        }
    }
}

fn from_hex(digits: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

pub(super) fn option_number(options: &str, name: &str) -> Option<f64> {
    options
        .split(',')
        .find_map(|option| option.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}
