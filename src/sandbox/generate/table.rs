use crate::catalog::QualifiedName;

/// The schema as the server's own catalog has it.
pub(super) struct Schema {
    pub tables: Vec<Table>,
}

pub(super) struct Table {
    pub oid: u32,
    pub name: QualifiedName,
    pub columns: Vec<Column>,
    pub unique: Vec<Unique>,
    pub foreign_keys: Vec<ForeignKey>,
    /// Deparsed, without `CHECK`.
    pub checks: Vec<String>,
    pub partitioned: bool,
    /// It has rows already.
    pub has_rows: bool,
    /// An index, constraint or rule that formulas do not know: conflicts are skipped.
    pub exclusion: bool,
}

pub(super) struct Column {
    pub name: String,
    pub number: i16,
    /// The type as SQL writes it, domains resolved to what is below them, with its modifier.
    pub base_type: String,
    /// Name of that type in pg_type, without modifier.
    pub type_name: String,
    pub category: Category,
    /// Of the base type.
    pub modifier: i32,
    pub element: Option<Element>,
    pub enum_labels: Vec<String>,
    pub not_null: bool,
    /// GENERATED ALWAYS AS (...).
    pub computed: bool,
    /// Identity, or a default that calls nextval.
    pub serial: bool,
    /// Deparsed checks of its domains, over VALUE.
    pub domain_checks: Vec<String>,
}

/// Element type of an array.
pub(super) struct Element {
    pub sql: String,
    pub type_name: String,
    pub category: Category,
    pub enum_labels: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Base,
    Enum,
    Array,
    Range,
    Multirange,
    Composite,
}

pub(super) struct Unique {
    /// Positions in `columns`; those that expressions use as well.
    pub columns: Vec<usize>,
    pub partial: bool,
    pub expressions: bool,
    pub primary: bool,
}

pub(super) struct ForeignKey {
    pub columns: Vec<usize>,
    /// Position in [`Schema::tables`].
    pub parent: usize,
    pub parent_columns: Vec<usize>,
    pub match_full: bool,
}

impl Table {
    pub fn is_lookup(&self) -> bool {
        let plain = self
            .columns
            .iter()
            .filter(|column| !column.computed)
            .count();
        self.foreign_keys.is_empty() && plain <= 3 && !self.columns.iter().any(Column::is_moment)
    }

    /// Whether rows may fail to go in for a reason that formulas do not rule out.
    pub fn may_conflict(&self) -> bool {
        self.exclusion
            || self.unique.len() > 1
            || self.unique.iter().any(|key| key.partial || key.expressions)
    }
}

impl Column {
    pub fn is_integer(&self) -> bool {
        matches!(self.type_name.as_str(), "int2" | "int4" | "int8")
    }

    pub fn is_text(&self) -> bool {
        matches!(
            self.type_name.as_str(),
            "text" | "varchar" | "bpchar" | "citext" | "name"
        )
    }

    pub fn is_moment(&self) -> bool {
        matches!(
            self.type_name.as_str(),
            "date" | "timestamp" | "timestamptz"
        )
    }

    pub fn is_number(&self) -> bool {
        self.is_integer()
            || matches!(
                self.type_name.as_str(),
                "numeric" | "float4" | "float8" | "money"
            )
    }

    /// Characters that fit; `None` without limit.
    pub fn length(&self) -> Option<usize> {
        match self.type_name.as_str() {
            "varchar" | "bpchar" if self.modifier > 4 => usize::try_from(self.modifier - 4).ok(),
            "name" => Some(63),
            _ => None,
        }
    }

    /// Precision and scale of a numeric.
    pub fn precision(&self) -> Option<(i32, i32)> {
        (self.type_name == "numeric" && self.modifier >= 4).then(|| {
            let packed = self.modifier - 4;
            // numeric_typmod_scale in PostgreSQL's numeric.c: eleven bits, signed.
            (packed >> 16, ((packed & 0x7ff) ^ 1024) - 1024)
        })
    }
}

impl Schema {
    /// Positions of the tables, those that are referred to before those that refer, as far as there is no cycle.
    pub fn parents_first(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.tables.len());
        let mut state = vec![Visit::Not; self.tables.len()];
        for start in 0..self.tables.len() {
            // A stack of our own: chains of tables may be long.
            let mut stack = vec![(start, 0)];
            while let Some((table, next)) = stack.pop() {
                if next == 0 {
                    if state[table] != Visit::Not {
                        continue;
                    }
                    state[table] = Visit::Begun;
                }
                match self.tables[table].foreign_keys.get(next) {
                    Some(key) => {
                        stack.push((table, next + 1));
                        if state[key.parent] == Visit::Not {
                            stack.push((key.parent, 0));
                        }
                    }
                    None => {
                        state[table] = Visit::Done;
                        order.push(table);
                    }
                }
            }
        }
        order
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    Not,
    Begun,
    Done,
}
