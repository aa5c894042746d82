use super::Snapshot;
use crate::catalog::{Catalog, Column, Table, load_schema};
use crate::source::SourceFile;

impl Snapshot {
    /// The catalog that it describes. Tables and columns that its schema does not have are left out.
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
        let mut catalog = load_schema(&[SourceFile::new("<snapshot>", text)]);
        if let Some(path) = self.server.settings.get("search_path") {
            catalog.search_path = search_path(path);
        }
        catalog.server = self.server;
        for snapshot in self.tables {
            let Some(table) = table_mut(&mut catalog, &snapshot.name) else {
                continue;
            };
            table.statistics = snapshot.statistics;
            for (name, statistics) in snapshot.columns {
                if let Some(column) = column_mut(table, &name) {
                    column.statistics = Some(statistics);
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
