//! How large tables and indexes are, in pages of 8 kB.

use crate::catalog::{Catalog, ColumnId, IndexMethod, Table, Type};
use crate::planner::{ColumnShape, GinKeys, IndexShape, estimated_heap_pages, gin_size};
use crate::query::Expr;

use super::definition::IndexDefinition;
use super::key_form::key_form;
use super::selectivity::Estimator;

/// Size of an index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexSize {
    pub pages: f64,
    /// Levels above the leaves of a B-tree.
    pub height: f64,
    /// Entries.
    pub rows: f64,
}

impl IndexSize {
    /// Bytes on disk.
    pub fn bytes(&self) -> f64 {
        self.pages * 8192.0
    }
}

/// Pages of a table: counted, or estimated from rows and widths.
pub fn table_pages(catalog: &Catalog, table: &Table, rows: f64) -> f64 {
    let counted = table
        .statistics
        .as_ref()
        .and_then(|statistics| statistics.file_pages.or(statistics.pages));
    counted
        .unwrap_or_else(|| estimated_heap_pages(catalog, &table.columns, rows))
        .max(1.0)
}

/// Size of an index: counted, or estimated from its columns.
pub fn index_size(
    catalog: &Catalog,
    table: &Table,
    estimator: &Estimator<'_>,
    index: &IndexDefinition,
    heap_pages: f64,
) -> IndexSize {
    let predicate: f64 = index
        .predicate
        .iter()
        .map(|conjunct| estimator.condition(&key_form(catalog, conjunct)))
        .product();
    let rows = (estimator.rows() * predicate).max(1.0);
    let counted = index
        .id
        .and_then(|id| catalog.index(id).statistics.as_ref());
    let shape = shape(catalog, table, estimator, index, rows);
    if let Some(counted) = counted.filter(|counted| counted.pages > 0.0) {
        return IndexSize {
            pages: counted.pages,
            height: counted
                .height
                .map_or_else(|| f64::from(shape.level_of_pages(counted.pages)), f64::from),
            rows: if counted.rows > 0.0 {
                counted.rows
            } else {
                rows
            },
        };
    }
    match index.method {
        IndexMethod::Brin => IndexSize {
            pages: shape.brin(heap_pages, 128.0),
            height: 1.0,
            rows,
        },
        IndexMethod::Hash => IndexSize {
            pages: shape.hash(),
            height: 1.0,
            rows,
        },
        IndexMethod::Gin => {
            // some 8 keys a row, each in 32 rows: what is in the documents is not known
            let keys = GinKeys {
                count: rows.max(1.0) / 4.0,
                rows: 32.0,
                width: 8.0,
            };
            let size = gin_size(&[keys], heap_pages);
            IndexSize {
                pages: size.pages,
                height: 2.0,
                rows,
            }
        }
        _ => {
            let size = shape.btree();
            IndexSize {
                pages: size.pages,
                height: f64::from(size.level),
                rows,
            }
        }
    }
}

/// Pages that an existing B-tree would have if it were built now from the entries it has; `None` for other methods,
/// and where the width of a key is not known.
pub fn rebuilt_btree_pages(
    catalog: &Catalog,
    table: &Table,
    estimator: &Estimator<'_>,
    index: &IndexDefinition,
) -> Option<f64> {
    let entries = catalog.index(index.id?).statistics.as_ref()?.rows;
    let is_known = |id: ColumnId| {
        let column = table.column(id);
        ColumnShape::new(
            catalog.base_type(&column.data_type),
            column.statistics.as_ref(),
        )
        .storage
        .fixed
            || column
                .statistics
                .as_ref()
                .is_some_and(|known| known.width.is_some())
    };
    let known = index.method == IndexMethod::Btree
        && index
            .keys
            .iter()
            .all(|key| key.column().is_some_and(is_known))
        && index.include.iter().all(|id| is_known(*id));
    if !known {
        return None;
    }
    let mut shape = shape(catalog, table, estimator, index, entries);
    // Servers before 13 do not merge equal keys.
    shape.unique |= catalog
        .server
        .version
        .is_none_or(|version| version < 130_000);
    Some(shape.btree().pages)
}

fn shape(
    catalog: &Catalog,
    table: &Table,
    estimator: &Estimator<'_>,
    index: &IndexDefinition,
    rows: f64,
) -> IndexShape {
    let column_shape = |id: ColumnId| {
        let column = table.column(id);
        ColumnShape::new(
            catalog.base_type(&column.data_type),
            column.statistics.as_ref(),
        )
    };
    let keys = index
        .keys
        .iter()
        .map(
            |key| match key.column().filter(|id| id.0 < table.columns.len()) {
                Some(id) => column_shape(id),
                None => ColumnShape::new(&expression_type(&key.expr), None),
            },
        )
        .collect();
    let distinct = index
        .keys
        .iter()
        .map(|key| estimator.distinct(&key.expr))
        .product::<f64>()
        .clamp(1.0, rows);
    IndexShape {
        keys,
        include: index
            .include
            .iter()
            .filter(|id| id.0 < table.columns.len())
            .map(|id| column_shape(*id))
            .collect(),
        rows,
        groups: vec![(distinct, rows / distinct)],
        unique: index.unique,
        fill_factor: index
            .id
            .and_then(|id| catalog.index(id).fill_factor)
            .map_or(90.0, f64::from),
    }
}

fn expression_type(expr: &Expr) -> Type {
    expr.data_type.clone().unwrap_or(Type::Text)
}

/// `12 MB`, `300 kB`: as pg_size_pretty writes sizes.
pub fn readable_bytes(bytes: f64) -> String {
    if bytes < 10.0 * 1024.0 {
        format!("{bytes:.0} bytes")
    } else if bytes < 10.0 * 1024.0 * 1024.0 {
        format!("{:.0} kB", bytes / 1024.0)
    } else if bytes < 10.0 * 1024.0 * 1024.0 * 1024.0 {
        format!("{:.0} MB", bytes / 1024.0 / 1024.0)
    } else {
        format!("{:.0} GB", bytes / 1024.0 / 1024.0 / 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_takes_an_entry_of_twenty_bytes_for_each_pair_of_integers() {
        let schema = crate::source::SourceFile::new(
            "schema.sql",
            "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL);",
        );
        let catalog = crate::catalog::load_schema(&[schema]);
        let bound = crate::query::BoundSchema::new(&catalog);
        let table = catalog.resolve_table(None, "t").unwrap();
        let estimator = Estimator::new(&catalog, table);
        let mut definition = IndexDefinition::of_table(&bound, &catalog, table.id).remove(0);
        definition.id = None;
        definition.include = vec![ColumnId(1)];
        // 100,000 entries of 8 + 4 + 4 bytes and a line pointer, 90 % full
        let size = index_size(&catalog, table, &estimator, &definition, 1000.0);
        assert!((270.0..290.0).contains(&size.pages), "{size:?}");
    }

    #[test]
    fn sizes_are_written_as_the_server_writes_them() {
        assert_eq!(readable_bytes(8192.0), "8192 bytes");
        assert_eq!(readable_bytes(81920.0), "80 kB");
        assert_eq!(readable_bytes(50.0 * 1024.0 * 1024.0), "50 MB");
    }
}
