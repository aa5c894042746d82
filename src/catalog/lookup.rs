use super::{Catalog, Index, QualifiedName, Table, TableId, TableKind, Type};

impl Catalog {
    /// The index that a statement means: along the search path where no schema is written.
    pub fn resolve_index(&self, schema: Option<&str>, name: &str) -> Option<&Index> {
        match schema {
            Some(schema) => self.index_by_name(&QualifiedName::new(schema, name)),
            None => self
                .search_path
                .iter()
                .find_map(|schema| self.index_by_name(&QualifiedName::new(schema, name))),
        }
    }

    /// The enum, domain or composite type of a (folded) name; a table's row type last.
    pub fn user_type(&self, schema: Option<&str>, name: &str) -> Option<Type> {
        if self.enums.is_empty()
            && self.domains.is_empty()
            && self.composites.is_empty()
            && self.table_names.is_empty()
        {
            return None;
        }
        let of_schema = |schema: &str| {
            let name = QualifiedName::new(schema, name);
            if self.enums.contains_key(&name) {
                Some(Type::Enum(name))
            } else if self.domains.contains_key(&name) {
                Some(Type::Domain(name))
            } else if self.composites.contains_key(&name) || self.table_names.contains_key(&name) {
                Some(Type::Composite(name))
            } else {
                None
            }
        };
        match schema {
            Some(schema) => of_schema(schema),
            None => self.search_path.iter().find_map(|schema| of_schema(schema)),
        }
    }

    /// Whether a domain, or one that it is based on, is NOT NULL.
    pub fn is_not_null_type<'a>(&'a self, mut data_type: &'a Type) -> bool {
        while let Type::Domain(name) = data_type {
            match self.domains.get(name) {
                Some(domain) if domain.not_null => return true,
                Some(domain) => data_type = &domain.base,
                None => return false,
            }
        }
        false
    }

    /// The partitions of a table, or the tables that inherit from it; not theirs in turn.
    pub fn children_of(&self, table: TableId) -> Vec<TableId> {
        let partitioned = matches!(
            self.tables.get(table.0),
            Some(Some(Table {
                kind: TableKind::Partitioned { .. },
                ..
            }))
        );
        if !partitioned && !self.has_inheritance {
            return Vec::new();
        }
        self.tables()
            .filter(|child| child.partition_of == Some(table) || child.inherits.contains(&table))
            .map(|child| child.id)
            .collect()
    }

    /// Whether other tables inherit from a table, partitions not counted.
    pub fn is_inherited(&self, table: TableId) -> bool {
        self.has_inheritance && self.tables().any(|child| child.inherits.contains(&table))
    }

    /// The schema in which a name without one is created: the first of the search path that can hold tables.
    pub(super) fn creation_schema(&self) -> &str {
        self.search_path
            .iter()
            .map(String::as_str)
            .find(|schema| *schema != "pg_catalog")
            .unwrap_or("public")
    }
}
