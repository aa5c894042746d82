use super::statistics_toml::hint;
use super::{
    Catalog, Column, ColumnId, ColumnStatistics, HandWrittenColumn, HandWrittenIndex,
    HandWrittenStatistics, HandWrittenTable, Index, IndexId, QualifiedName, StatisticsTomlError,
    Table, TableId, Type,
};

/// Something that was not written in the statistics and that whyslow filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    pub table: QualifiedName,
    pub column: String,
    /// What is taken for granted, in a few words.
    pub text: String,
}

impl Catalog {
    /// Fills in statistics that were written by hand, and what follows from the schema where they are silent:
    /// a key of one column has no repeated values; a whole-number primary key counts from 1 to the number of rows, in
    /// the order of the rows; values that add up to all rows are all values; a boolean has two values and an enum as
    /// many as labels; a foreign key has as many values as the referenced table has rows. Nothing else is invented:
    /// what stays unknown gets PostgreSQL's own defaults from the planner. Returns what was assumed.
    ///
    /// # Errors
    /// A table, column or index that the schema does not have, with the nearest that it has. The catalog is then unchanged.
    pub fn apply_statistics(
        &mut self,
        statistics: &HandWrittenStatistics,
    ) -> Result<Vec<Assumption>, StatisticsTomlError> {
        let mut bound = Vec::new();
        for written in &statistics.tables {
            let id = self.table_of_statistics(written)?;
            let columns = written
                .columns
                .iter()
                .map(|column| column_of_statistics(self.table(id), column))
                .collect::<Result<Vec<ColumnId>, _>>()?;
            bound.push((id, written, columns));
        }
        let indexes = statistics
            .indexes
            .iter()
            .map(|written| Ok((self.index_of_statistics(written)?, written)))
            .collect::<Result<Vec<_>, _>>()?;
        for (id, written) in indexes {
            if let Some(index) = self.indexes.get_mut(id.0).and_then(Option::as_mut) {
                index.statistics = Some(written.statistics.clone());
                index.valid &= written.valid;
            }
        }
        for (id, written, columns) in &bound {
            let Some(table) = self.tables.get_mut(id.0).and_then(Option::as_mut) else {
                continue;
            };
            if let Some(sizes) = &written.sizes {
                table.statistics = Some(sizes.clone());
            }
            for (id, column) in columns.iter().zip(&written.columns) {
                let target = &mut table.columns[id.0];
                let mut statistics = column.statistics.clone();
                if target.data_type == Type::Bool {
                    statistics
                        .most_common
                        .iter_mut()
                        .for_each(|(value, _)| normalise_boolean(value));
                }
                target.statistics = Some(statistics);
            }
        }
        self.server.version = statistics.server.version.or(self.server.version);
        if statistics.server.collation.is_some() {
            self.server
                .collation
                .clone_from(&statistics.server.collation);
            self.server
                .character_type
                .clone_from(&statistics.server.character_type);
        }
        self.server
            .settings
            .extend(statistics.server.settings.clone());
        let server = &mut self.server;
        for (known, written) in [
            (&mut server.taken_at, &statistics.server.taken_at),
            (
                &mut server.statistics_reset,
                &statistics.server.statistics_reset,
            ),
        ] {
            if written.is_some() {
                known.clone_from(written);
            }
        }

        let mut assumptions = Vec::new();
        for (id, written, columns) in &bound {
            let nulls_given: Vec<ColumnId> = columns
                .iter()
                .zip(&written.columns)
                .filter(|(_, column)| column.nulls_given)
                .map(|(id, _)| *id)
                .collect();
            self.fill_defaults(*id, &nulls_given, &mut assumptions);
        }
        Ok(assumptions)
    }

    fn table_of_statistics(
        &self,
        written: &HandWrittenTable,
    ) -> Result<TableId, StatisticsTomlError> {
        let (schema, name) = match written.name.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, written.name.as_str()),
        };
        if let Some(table) = self
            .resolve_table(None, &written.name)
            .or_else(|| self.resolve_table(schema, name))
        {
            return Ok(table.id);
        }
        let mut alike = self.tables().filter(|table| {
            table.name.name.to_lowercase() == name.to_lowercase()
                && schema
                    .is_none_or(|schema| table.name.schema.to_lowercase() == schema.to_lowercase())
        });
        match (alike.next(), alike.next()) {
            (Some(table), None) => Ok(table.id),
            (Some(one), Some(other)) => Err(StatisticsTomlError::UnknownTable {
                line: written.line,
                name: written.name.clone(),
                hint: format!(
                    "write which one: [tables.\"{}\"] or [tables.\"{}\"]",
                    one.name, other.name
                ),
            }),
            _ => {
                let names: Vec<String> = self
                    .tables()
                    .map(|table| {
                        if schema.is_none() {
                            table.name.name.clone()
                        } else {
                            table.name.to_string()
                        }
                    })
                    .collect();
                Err(StatisticsTomlError::UnknownTable {
                    line: written.line,
                    name: written.name.clone(),
                    hint: hint(&written.name, names.iter().map(String::as_str)),
                })
            }
        }
    }

    fn index_of_statistics(
        &self,
        written: &HandWrittenIndex,
    ) -> Result<IndexId, StatisticsTomlError> {
        let (schema, name) = match written.name.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, written.name.as_str()),
        };
        self.resolve_index(None, &written.name)
            .or_else(|| self.resolve_index(schema, name))
            .map(|index| index.id)
            .ok_or_else(|| {
                let names: Vec<String> = self
                    .indexes()
                    .map(|index| index.name.name.clone())
                    .collect();
                StatisticsTomlError::UnknownIndex {
                    line: written.line,
                    name: written.name.clone(),
                    hint: hint(name, names.iter().map(String::as_str)),
                }
            })
    }

    fn fill_defaults(
        &mut self,
        id: TableId,
        nulls_given: &[ColumnId],
        assumptions: &mut Vec<Assumption>,
    ) {
        let table = self.table(id);
        let rows = table.statistics.as_ref().map(|statistics| statistics.rows);
        let mut filled = Vec::new();
        for (number, column) in table.columns.iter().enumerate() {
            let column_id = ColumnId(number);
            let mut statistics = column.statistics.clone().unwrap_or_default();
            let mut said = Vec::new();
            self.fill_column(table, column_id, column, rows, &mut statistics, &mut said);
            if column.not_null && !nulls_given.contains(&column_id) {
                statistics.null_fraction = 0.0;
            }
            assumptions.extend(said.into_iter().map(|text| Assumption {
                table: table.name.clone(),
                column: column.name.clone(),
                text,
            }));
            if column.statistics.is_some() || statistics != ColumnStatistics::default() {
                filled.push((column_id, statistics));
            }
        }
        if let Some(table) = self.tables.get_mut(id.0).and_then(Option::as_mut) {
            for (column, statistics) in filled {
                table.columns[column.0].statistics = Some(statistics);
            }
        }
    }

    fn fill_column(
        &self,
        table: &Table,
        id: ColumnId,
        column: &Column,
        rows: Option<f64>,
        statistics: &mut ColumnStatistics,
        said: &mut Vec<String>,
    ) {
        let is_primary_key = table
            .primary_key
            .as_ref()
            .is_some_and(|key| key.columns == [id]);
        let listed: f64 = statistics
            .most_common
            .iter()
            .map(|(_, frequency)| frequency)
            .sum();
        if statistics.distinct.is_none() {
            let labels = match self.base_type(&column.data_type) {
                Type::Enum(name) => self.enums.get(name).map(|labels| labels.len() as f64),
                Type::Bool => Some(2.0),
                _ => None,
            };
            if is_primary_key || self.is_unique(table, id) {
                statistics.distinct = Some(-(1.0 - statistics.null_fraction));
            } else if listed > 0.0 && listed + statistics.null_fraction >= 0.98 {
                statistics.distinct = Some(statistics.most_common.len() as f64);
            } else if let Some(labels) = labels.filter(|labels| *labels > 0.0) {
                statistics.distinct = Some(labels);
                if statistics.most_common.is_empty() {
                    said.push(format!("each of its {labels} values equally often"));
                }
            } else if statistics.most_common.is_empty()
                && let Some((name, referenced)) = self.referenced_rows(table, id)
            {
                let distinct = rows
                    .map_or(referenced, |rows| referenced.min(rows))
                    .max(1.0);
                statistics.distinct = Some(distinct);
                said.push(format!(
                    "{distinct:.0} different values, as {name} has {referenced:.0} rows"
                ));
            }
        }
        let Some(rows) = rows.filter(|rows| *rows >= 2.0) else {
            return;
        };
        let unknown_order = statistics.histogram.is_empty() && statistics.most_common.is_empty();
        let largest = match self.base_type(&column.data_type) {
            Type::Int2 => f64::from(i16::MAX),
            Type::Int4 => f64::from(i32::MAX),
            Type::Int8 | Type::Numeric(_) => i64::MAX as f64,
            _ => return,
        };
        if is_primary_key && unknown_order && rows <= largest {
            statistics.histogram = vec!["1".to_owned(), format!("{rows:.0}")];
            statistics.correlation = statistics.correlation.or(Some(1.0));
            said.push(format!("values 1 to {rows:.0}, in the order of the rows"));
        }
    }

    fn is_unique(&self, table: &Table, id: ColumnId) -> bool {
        let by_index = |index: &Index| {
            index.unique
                && index.predicate.is_none()
                && index.keys.len() == 1
                && index.leading_columns().eq([id])
        };
        table.unique_keys.iter().any(|key| key.columns == [id])
            || self.indexes_of(table).any(by_index)
    }

    fn referenced_rows(&self, table: &Table, id: ColumnId) -> Option<(String, f64)> {
        let key = table.foreign_keys.iter().find(|key| key.columns == [id])?;
        let (referenced, columns) = self.referenced_columns(key)?;
        let whole_key = referenced
            .primary_key
            .as_ref()
            .is_some_and(|key| key.columns == columns)
            || referenced
                .unique_keys
                .iter()
                .any(|key| key.columns == columns);
        let rows = referenced.statistics.as_ref()?.rows;
        whole_key.then(|| (referenced.name.name.clone(), rows))
    }
}

/// `true` and `false`, as SQL writes them; the server prints t and f.
pub(super) fn normalise_boolean(value: &mut String) {
    match value.as_str() {
        "t" => *value = "true".to_owned(),
        "f" => *value = "false".to_owned(),
        _ => {}
    }
}

fn column_of_statistics(
    table: &Table,
    written: &HandWrittenColumn,
) -> Result<ColumnId, StatisticsTomlError> {
    if let Some(id) = table.column_by_name(&written.name) {
        return Ok(id);
    }
    let mut alike = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.name.to_lowercase() == written.name.to_lowercase());
    match (alike.next(), alike.next()) {
        (Some((number, _)), None) => Ok(ColumnId(number)),
        _ => Err(StatisticsTomlError::UnknownColumn {
            line: written.line,
            table: table.name.to_string(),
            name: written.name.clone(),
            hint: hint(
                &written.name,
                table.columns.iter().map(|column| column.name.as_str()),
            ),
        }),
    }
}
