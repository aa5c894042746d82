use std::sync::Arc;

use super::Snapshot;
use crate::catalog::{Catalog, Column, LoadProblem, Table, load_schema};
use crate::source::{Location, SourceFile, Span};

impl Snapshot {
    /// The catalog that it describes. Statistics of tables and columns that its schema does not have are left out and
    /// named in [`Catalog::problems`].
    pub fn into_catalog(self) -> Catalog {
        let invalid = self
            .indexes
            .iter()
            .filter_map(|index| index.invalid.as_ref());
        let text: String = self
            .schema
            .iter()
            .chain(invalid)
            .map(|statement| format!("{statement};\n"))
            .collect();
        let file = SourceFile::new("<snapshot>", text);
        let mut catalog = load_schema(&[Arc::clone(&file)]);
        let mut unknown: Vec<String> = Vec::new();
        if let Some(path) = self.server.settings.get("search_path") {
            catalog.search_path = search_path(path);
        }
        catalog.server = self.server;
        for snapshot in self.tables {
            let Some(table) = table_mut(&mut catalog, &snapshot.name) else {
                unknown.push(format!("table {}", snapshot.name));
                continue;
            };
            table.statistics = snapshot.statistics;
            for (name, statistics) in snapshot.columns {
                match column_mut(table, &name) {
                    Some(column) => column.statistics = Some(statistics),
                    None => unknown.push(format!("column {name} of {}", snapshot.name)),
                }
            }
        }
        for snapshot in self.indexes {
            let id = catalog.index_names.get(&snapshot.name).copied();
            if let Some(index) = id.and_then(|id| catalog.indexes.get_mut(id.0)?.as_mut()) {
                index.statistics = Some(snapshot.statistics);
                index.valid &= snapshot.invalid.is_none();
            }
        }
        catalog
            .problems
            .extend(unknown.into_iter().map(|what| LoadProblem {
                location: Location {
                    file: Arc::clone(&file),
                    span: Span::default(),
                },
                message: format!(
                    "the snapshot has statistics of {what}, which its schema does not have"
                ),
            }));
        catalog
    }
}

pub(in crate::catalog) fn table_mut<'a>(
    catalog: &'a mut Catalog,
    name: &crate::catalog::QualifiedName,
) -> Option<&'a mut Table> {
    let id = *catalog.table_names.get(name)?;
    catalog.tables.get_mut(id.0)?.as_mut()
}

fn column_mut<'a>(table: &'a mut Table, name: &str) -> Option<&'a mut Column> {
    table.columns.iter_mut().find(|column| column.name == name)
}

/// The schemas of a `search_path` setting; `$user` has no meaning away from its server.
fn search_path(setting: &str) -> Vec<String> {
    let path: Vec<String> = setting
        .split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty() && name != "$user")
        .collect();
    if path.is_empty() {
        vec!["public".to_owned()]
    } else {
        path
    }
}
