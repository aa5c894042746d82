use std::collections::HashSet;

use super::{Catalog, Table, TableId, TableKind};

impl Catalog {
    /// A copy with only those tables that some texts may speak of: a name that occurs in them as a word, with what views
    /// among these are made of, and with parents and partitions. Rather too many than too few.
    pub fn mentioned_in<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: HashSet<String> = HashSet::new();
        for text in texts {
            add_words(text, &mut words);
        }
        let mut kept: HashSet<TableId> = HashSet::new();
        loop {
            let found: Vec<&Table> = self
                .tables()
                .filter(|table| !kept.contains(&table.id) && self.is_meant(table, &words, &kept))
                .collect();
            if found.is_empty() {
                break;
            }
            for table in found {
                kept.insert(table.id);
                if let TableKind::View { query } | TableKind::MaterializedView { query } =
                    &table.kind
                {
                    add_words(&query.to_string(), &mut words);
                }
            }
        }
        let mut copy = self.clone();
        for table in copy.tables.iter_mut() {
            if table
                .as_ref()
                .is_some_and(|table| !kept.contains(&table.id))
            {
                *table = None;
            }
        }
        copy.table_names.retain(|_, id| kept.contains(id));
        for index in copy.indexes.iter_mut() {
            if index
                .as_ref()
                .is_some_and(|index| !kept.contains(&index.table))
            {
                *index = None;
            }
        }
        let indexes = &copy.indexes;
        copy.index_names
            .retain(|_, id| indexes.get(id.0).is_some_and(Option::is_some));
        copy
    }

    fn is_meant(&self, table: &Table, words: &HashSet<String>, kept: &HashSet<TableId>) -> bool {
        let name = table.name.name.to_lowercase();
        let is_parent = || {
            self.tables().any(|child| {
                kept.contains(&child.id)
                    && (child.partition_of == Some(table.id) || child.inherits.contains(&table.id))
            })
        };
        words.contains(&name)
            || !name.chars().all(is_word)
            || table
                .partition_of
                .iter()
                .chain(&table.inherits)
                .any(|parent| kept.contains(parent))
            || (self.is_parent_of_any(table) && is_parent())
    }

    fn is_parent_of_any(&self, table: &Table) -> bool {
        self.has_inheritance || matches!(table.kind, TableKind::Partitioned { .. })
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

fn add_words(text: &str, words: &mut HashSet<String>) {
    words.extend(
        text.split(|character| !is_word(character))
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase),
    );
}

#[cfg(test)]
mod tests {
    use crate::catalog::load_schema;
    use crate::source::SourceFile;

    #[test]
    fn tables_of_views_and_partitions_are_meant_too() {
        let catalog = load_schema(&[SourceFile::new(
            "schema.sql",
            "CREATE TABLE customers (id int PRIMARY KEY);
             CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);
             CREATE VIEW open_orders AS SELECT id FROM orders;
             CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
             CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
             CREATE TABLE \"Odd name\" (id int);
             CREATE TABLE other (id int PRIMARY KEY);",
        )]);
        let names = |text: &str| -> Vec<String> {
            let some = catalog.mentioned_in([text]);
            some.tables().map(|table| table.name.name.clone()).collect()
        };
        assert_eq!(
            names("SELECT * FROM OPEN_ORDERS"),
            ["orders", "open_orders", "Odd name"]
        );
        assert_eq!(
            names("SELECT * FROM events_1"),
            ["events", "events_1", "Odd name"]
        );
        assert_eq!(names("SELECT * FROM events").len(), 3);
        let some = catalog.mentioned_in(["SELECT 1 FROM other"]);
        assert_eq!(some.indexes().count(), 1);
    }
}
