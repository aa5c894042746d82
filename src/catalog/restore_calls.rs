use indexmap::IndexMap;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::apply_statistics::normalise_boolean;
use super::{Catalog, ColumnStatistics, QualifiedName};
use crate::source::{SourceFile, split};

/// What came of the statistics in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoredStatistics {
    /// Calls that were read and used.
    pub applied: usize,
    /// Why others were not, in sentences.
    pub skipped: Vec<String>,
}

impl RestoredStatistics {
    /// Whether a text is the output of `pg_dump --statistics`, with or without the schema.
    pub fn are_in(text: &str) -> bool {
        text.contains("pg_restore_relation_stats(") || text.contains("pg_restore_attribute_stats(")
    }
}

/// A call of `pg_restore_relation_stats` or `pg_restore_attribute_stats`.
struct RestoreCall {
    of_column: bool,
    /// `None` is NULL.
    arguments: IndexMap<String, Option<String>>,
}

impl Catalog {
    /// Uses the calls of `pg_restore_relation_stats` and `pg_restore_attribute_stats` in a text, as
    /// `pg_dump --statistics` of PostgreSQL 18 writes them; other statements in it are passed over.
    pub fn apply_restore_calls(&mut self, text: &str) -> RestoredStatistics {
        let mut restored = RestoredStatistics::default();
        for statement in split(&SourceFile::new("", text)) {
            self.apply_restore_call(statement.file.slice(statement.span), &mut restored);
        }
        restored
    }

    /// Uses one statement where it is such a call.
    pub(super) fn apply_restore_call(
        &mut self,
        statement: &str,
        restored: &mut RestoredStatistics,
    ) {
        if !statement.contains("pg_restore_") {
            return;
        }
        match RestoreCall::read(statement) {
            Some(call) => match self.apply_call(&call) {
                Ok(()) => restored.applied += 1,
                Err(message) => restored.skipped.push(message),
            },
            None => {
                let start: String = statement.chars().take(60).collect();
                restored
                    .skipped
                    .push(format!("statistics that cannot be read: {start}"));
            }
        }
    }

    fn apply_call(&mut self, call: &RestoreCall) -> Result<(), String> {
        let schema = call.text("schemaname").ok_or("a call without schemaname")?;
        let relation = call.text("relname").ok_or("a call without relname")?;
        let name = QualifiedName::new(schema, relation);
        if let Some(id) = self.table_names.get(&name).copied() {
            let Some(table) = self.tables.get_mut(id.0).and_then(Option::as_mut) else {
                return Err(format!("table {name} is gone"));
            };
            if !call.of_column {
                let rows = call.number("reltuples").unwrap_or(-1.0);
                // -1: never analyzed.
                if rows >= 0.0 {
                    let mut statistics = table.statistics.take().unwrap_or_default();
                    statistics.rows = rows;
                    statistics.pages = call.number("relpages");
                    statistics.all_visible_pages = call.number("relallvisible");
                    table.statistics = Some(statistics);
                }
                return Ok(());
            }
            let column_name = call.text("attname").ok_or("a call without attname")?;
            // Statistics of a table with its children: only a partitioned table has no others.
            let inherited = matches!(call.text("inherited"), Some("t" | "true"));
            if inherited != matches!(table.kind, super::TableKind::Partitioned { .. }) {
                return Ok(());
            }
            let Some(column) = table
                .columns
                .iter_mut()
                .find(|column| column.name == column_name)
            else {
                return Err(format!("table {name} has no column {column_name}"));
            };
            let mut statistics = call.column();
            if column.data_type == super::Type::Bool {
                statistics
                    .most_common
                    .iter_mut()
                    .for_each(|(value, _)| normalise_boolean(value));
            }
            column.statistics = Some(statistics);
            return Ok(());
        }
        let id = self.index_names.get(&name).copied();
        let Some(index) = id.and_then(|id| self.indexes.get_mut(id.0)?.as_mut()) else {
            return Err(format!("the schema has no table or index {name}"));
        };
        let statistics = index.statistics.get_or_insert_default();
        if call.of_column {
            let number = call.number("attnum").ok_or("a call without attnum")?;
            statistics
                .expressions
                .insert((number as usize).saturating_sub(1), call.column());
        } else {
            statistics.pages = call.number("relpages").unwrap_or(0.0);
            statistics.rows = call.number("reltuples").unwrap_or(0.0).max(0.0);
        }
        Ok(())
    }
}

impl RestoreCall {
    fn read(statement: &str) -> Option<Self> {
        let tokens: Vec<Token> = Tokenizer::new(&PostgreSqlDialect {}, statement)
            .tokenize()
            .ok()?
            .into_iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)))
            .collect();
        let function = tokens.iter().position(|token| match token {
            Token::Word(word) => matches!(
                word.value.as_str(),
                "pg_restore_relation_stats" | "pg_restore_attribute_stats"
            ),
            _ => false,
        })?;
        let of_column = matches!(tokens.get(function), Some(Token::Word(word)) if word.value.contains("attribute"));
        let arguments = tokens.get(function + 2..)?;
        let end = arguments
            .iter()
            .rposition(|token| *token == Token::RParen)?;
        let values: Vec<Option<String>> = arguments
            .get(..end)?
            .split(|token| *token == Token::Comma)
            .map(|argument| match argument.first() {
                Some(
                    Token::SingleQuotedString(text)
                    | Token::EscapedStringLiteral(text)
                    | Token::Number(text, _),
                ) => Some(text.clone()),
                Some(Token::Minus) => match argument.get(1) {
                    Some(Token::Number(text, _)) => Some(format!("-{text}")),
                    _ => None,
                },
                Some(Token::Word(word)) if word.value.eq_ignore_ascii_case("null") => None,
                Some(Token::Word(word)) => Some(word.value.to_lowercase()),
                _ => None,
            })
            .collect();
        let mut pairs = IndexMap::new();
        for pair in values.chunks(2) {
            match pair {
                [Some(name), value] => pairs.insert(name.clone(), value.clone()),
                _ => return None,
            };
        }
        Some(Self {
            of_column,
            arguments: pairs,
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.arguments.get(name)?.as_deref()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    fn array(&self, name: &str) -> Vec<String> {
        self.text(name).and_then(array_elements).unwrap_or_default()
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        self.array(name)
            .iter()
            .filter_map(|number| number.parse().ok())
            .collect()
    }

    fn column(&self) -> ColumnStatistics {
        let mut frequencies = self.numbers("most_common_elem_freqs");
        let elements = self.array("most_common_elems");
        let extra = frequencies.split_off(elements.len().min(frequencies.len()));
        ColumnStatistics {
            null_fraction: self.number("null_frac").unwrap_or(0.0),
            width: self.number("avg_width"),
            distinct: self
                .number("n_distinct")
                .filter(|distinct| *distinct != 0.0),
            most_common: self
                .array("most_common_vals")
                .into_iter()
                .zip(self.numbers("most_common_freqs"))
                .collect(),
            histogram: self.array("histogram_bounds"),
            correlation: self.number("correlation"),
            most_common_elements: elements.into_iter().zip(frequencies).collect(),
            element_frequency_extra: extra,
            element_count_histogram: self.numbers("elem_count_histogram"),
            skew: None,
        }
    }
}

/// The elements of a one-dimensional array in the server's text form.
fn array_elements(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut elements = Vec::new();
    let mut element = String::new();
    let mut quoted = false;
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' => element.extend(characters.next()),
            ',' if !quoted => elements.push(std::mem::take(&mut element)),
            '{' | '}' if !quoted => return None,
            other => element.push(other),
        }
    }
    if quoted {
        return None;
    }
    if !inner.is_empty() {
        elements.push(element);
    }
    Some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::load_schema;

    #[test]
    fn reads_what_pg_dump_writes() {
        let dump = "
            CREATE TABLE public.t (a integer NOT NULL, b text);
            CREATE INDEX t_lower ON public.t USING btree (lower(b));
            SELECT * FROM pg_catalog.pg_restore_relation_stats(
                'version', '180004'::integer, 'schemaname', 'public', 'relname', 't',
                'relpages', '12'::integer, 'reltuples', '345'::real, 'relallvisible', '7'::integer, 'relallfrozen', '0'::integer);
            SELECT * FROM pg_catalog.pg_restore_attribute_stats(
                'version', '180004'::integer, 'schemaname', 'public', 'relname', 't', 'attname', 'b', 'inherited', 'f'::boolean,
                'null_frac', '0.25'::real, 'avg_width', '9'::integer, 'n_distinct', '-0.5'::real,
                'most_common_vals', '{\"it''s, so\",plain,\"q\\\"\"}'::text, 'most_common_freqs', '{0.2,0.1,0.05}'::real[],
                'histogram_bounds', '{a,b,c}'::text, 'correlation', '-0.3'::real);
            SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '180004'::integer, 'schemaname', 'public',
                'relname', 't_lower', 'relpages', '2'::integer, 'reltuples', '345'::real, 'relallvisible', '0'::integer);
            SELECT * FROM pg_catalog.pg_restore_attribute_stats('version', '180004'::integer, 'schemaname', 'public',
                'relname', 't_lower', 'attnum', '1'::smallint, 'inherited', 'f'::boolean, 'null_frac', '0'::real);
            SELECT * FROM pg_catalog.pg_restore_relation_stats('schemaname', 'public', 'relname', 'gone', 'relpages', '1'::integer);
        ";
        let mut catalog = load_schema(&[SourceFile::new("dump.sql", dump)]);
        let restored = catalog.apply_restore_calls(dump);
        assert_eq!(restored.applied, 4);
        assert_eq!(restored.skipped.len(), 1, "{:?}", restored.skipped);
        let table = catalog.resolve_table(None, "t").cloned();
        let table = table.as_ref();
        let sizes = table
            .and_then(|table| table.statistics.clone())
            .unwrap_or_default();
        assert_eq!(
            (sizes.rows, sizes.pages, sizes.all_visible_pages),
            (345.0, Some(12.0), Some(7.0))
        );
        let column = table
            .and_then(|table| table.columns[1].statistics.clone())
            .unwrap_or_default();
        let values: Vec<&str> = column
            .most_common
            .iter()
            .map(|(value, _)| value.as_str())
            .collect();
        assert_eq!(values, ["it's, so", "plain", "q\""]);
        assert_eq!(
            (column.null_fraction, column.distinct, column.correlation),
            (0.25, Some(-0.5), Some(-0.3))
        );
        let index = catalog
            .index_by_name(&QualifiedName::new("public", "t_lower"))
            .and_then(|index| index.statistics.clone());
        assert!(
            index.is_some_and(|index| index.pages == 2.0 && index.expressions.contains_key(&0))
        );
    }

    #[test]
    fn arrays_that_are_none_are_refused() {
        assert_eq!(array_elements("{}"), Some(vec![]));
        assert_eq!(array_elements("{a"), None);
        assert_eq!(array_elements("{\"a}"), None);
    }
}
