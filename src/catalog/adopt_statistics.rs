use super::Catalog;

impl Catalog {
    /// Takes over the statistics that another catalog has of tables, columns and indexes of the same names.
    pub fn adopt_statistics(&mut self, other: &Self) {
        for table in self.tables.iter_mut().flatten() {
            let Some(known) = other.table_by_name(&table.name) else {
                continue;
            };
            if known.statistics.is_some() {
                table.statistics.clone_from(&known.statistics);
            }
            for column in &mut table.columns {
                let statistics = known
                    .column_by_name(&column.name)
                    .and_then(|id| known.column(id).statistics.clone());
                if statistics.is_some() {
                    column.statistics = statistics;
                }
            }
        }
        for index in self.indexes.iter_mut().flatten() {
            let Some(known) = other.index_by_name(&index.name) else {
                continue;
            };
            if known.statistics.is_some() {
                index.statistics.clone_from(&known.statistics);
            }
            index.valid &= known.valid;
        }
        self.server = other.server.clone();
    }
}
