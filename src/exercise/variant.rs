use std::collections::BTreeMap;

use indexmap::IndexMap;
use toml::{Table, Value};

use super::Pack;

/// Smaller tables keep their size: their number of rows is often part of the question.
const RESCALED_FROM: i64 = 10_000;

/// The words that a variant has in place of the pack's.
struct Words {
    names: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
    /// Of the names, those that prose may be told from ordinary words: with an underscore, or of a table.
    clear: Vec<String>,
}

impl Pack {
    /// The same puzzle with other names and values, other sizes, and columns in another order, so that an answer to
    /// the pack is none to the variant.
    pub fn variant(&self, seed: u64) -> Self {
        let words = Words::choose(self, seed);
        let mut pack = self.clone();
        pack.schema = reorder_columns(&words.in_sql(&self.schema), seed);
        pack.data = words.in_data(&self.data, seed);
        pack.data_sql = self.data_sql.as_deref().map(|text| words.in_sql(text));
        pack.query = words.in_sql(&self.query);
        pack.solution = words.in_sql(&self.solution);
        for text in pack.wrong.iter_mut().chain(pack.guards.iter_mut()) {
            *text = words.in_sql(text);
        }
        let manifest = &mut pack.manifest;
        let lists = [
            &mut manifest.questions,
            &mut manifest.good_answer,
            &mut manifest.follow_ups,
            &mut manifest.rubric,
        ];
        for line in lists.into_iter().flatten() {
            *line = words.in_prose(line);
        }
        for text in [
            &mut manifest.goal,
            &mut manifest.story,
            &mut manifest.explanation,
            &mut manifest.trade_off,
        ] {
            *text = words.in_prose(text);
        }
        for hint in &mut manifest.hints {
            hint.text = words.in_prose(&hint.text);
        }
        for wrong in &mut manifest.wrong {
            wrong.why = words.in_prose(&wrong.why);
        }
        pack
    }
}

impl Words {
    fn choose(pack: &Pack, seed: u64) -> Self {
        let choose = |alternatives: &IndexMap<String, Vec<String>>| {
            alternatives
                .iter()
                .filter_map(|(word, others)| {
                    let at = usize::try_from(seed).unwrap_or_default() % others.len().max(1);
                    Some((word.clone(), others.get(at)?.clone()))
                })
                .collect::<BTreeMap<_, _>>()
        };
        let names = choose(&pack.manifest.variant.names);
        let tables: Vec<String> = pack
            .data
            .parse::<Table>()
            .ok()
            .and_then(|data| Some(data.get("tables")?.as_table()?.keys().cloned().collect()))
            .unwrap_or_default();
        Self {
            values: choose(&pack.manifest.variant.values),
            clear: names
                .keys()
                .filter(|name| name.contains('_') || tables.contains(name))
                .cloned()
                .collect(),
            names,
        }
    }

    /// The variant's word for an identifier; names that begin with another, as those of indexes do, change with it.
    fn identifier(&self, word: &str) -> Option<String> {
        if let Some(other) = self.names.get(word) {
            return Some(other.clone());
        }
        let (name, other) = self
            .names
            .iter()
            .filter(|(name, _)| {
                word.strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.starts_with('_'))
            })
            .max_by_key(|(name, _)| name.len())?;
        let rest = word.strip_prefix(name.as_str())?.strip_prefix('_')?;
        let rest = self.identifier(rest).unwrap_or_else(|| rest.to_owned());
        Some(format!("{other}_{rest}"))
    }

    fn in_sql(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut parts = text.split('\'').peekable();
        let mut quoted = false;
        while let Some(part) = parts.next() {
            if quoted {
                let other = self.values.get(part).or_else(|| self.names.get(part));
                out.push_str(other.map_or(part, String::as_str));
            } else {
                out.push_str(&replace_words(part, |word, _| self.identifier(word)));
            }
            if parts.peek().is_some() {
                out.push('\'');
            }
            quoted = !quoted;
        }
        out
    }

    /// Ordinary words that are also names of columns stay, except between parentheses, where prose lists columns.
    fn in_prose(&self, text: &str) -> String {
        let mut out = replace_words(text, |word, depth| {
            let clear = self.clear.iter().any(|name| name == word) || word.contains('_');
            (clear || depth > 0)
                .then(|| self.identifier(word))
                .flatten()
        });
        for (value, other) in &self.values {
            out = out.replace(&format!("'{value}'"), &format!("'{other}'"));
        }
        out
    }

    fn in_data(&self, text: &str, seed: u64) -> String {
        let Ok(mut data) = text.parse::<Table>() else {
            return text.to_owned();
        };
        // From 0.86 to 1.14.
        let factor = 0.86 + 0.04 * (seed % 8) as f64;
        let Some(Value::Table(tables)) = data.get_mut("tables") else {
            return text.to_owned();
        };
        let old = std::mem::take(tables);
        for (table, mut content) in old {
            if let Some(content) = content.as_table_mut() {
                if let Some(Value::Integer(rows)) = content.get_mut("rows")
                    && *rows > RESCALED_FROM
                {
                    *rows = (*rows as f64 * factor).round() as i64;
                }
                if let Some(Value::Table(columns)) = content.get_mut("columns") {
                    let old = std::mem::take(columns);
                    for (column, mut content) in old {
                        if let Some(Value::Table(values)) = content
                            .as_table_mut()
                            .and_then(|column| column.get_mut("values"))
                        {
                            let old = std::mem::take(values);
                            for (value, share) in old {
                                let value = self.values.get(&value).cloned().unwrap_or(value);
                                values.insert(value, share);
                            }
                        }
                        let column = self.identifier(&column).unwrap_or(column);
                        columns.insert(column, content);
                    }
                }
            }
            let table = self.identifier(&table).unwrap_or(table);
            tables.insert(table, content);
        }
        toml::to_string(&data).unwrap_or_else(|_| text.to_owned())
    }
}

/// Replaces words; `other` is told how deep between parentheses each stands.
fn replace_words(text: &str, other: impl Fn(&str, usize) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let mut depth = 0_usize;
    for letter in text.chars().map(Some).chain([None]) {
        match letter {
            Some(letter) if letter.is_alphanumeric() || letter == '_' => word.push(letter),
            _ => {
                out.push_str(&other(&word, depth).unwrap_or_else(|| word.clone()));
                word.clear();
                match letter {
                    Some('(') => depth += 1,
                    Some(')') => depth = depth.saturating_sub(1),
                    _ => {}
                }
                out.extend(letter);
            }
        }
    }
    out
}

/// Turns round the columns of each CREATE TABLE behind the first, where each stands on a line of its own.
fn reorder_columns(schema: &str, seed: u64) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut inside = false;
    for line in schema.lines() {
        if inside && line.starts_with(')') {
            inside = false;
            let is_column = |line: &String| {
                line.trim()
                    .chars()
                    .next()
                    .is_some_and(|first| first.is_ascii_lowercase() || first == '"')
            };
            if columns.iter().all(is_column)
                && let Some(rest) = columns.get_mut(1..)
                && !rest.is_empty()
            {
                let by = usize::try_from(seed).unwrap_or_default() % rest.len();
                rest.rotate_left(by);
            }
            let last = columns.len().saturating_sub(1);
            for (at, column) in columns.drain(..).enumerate() {
                let comma = if at == last { "" } else { "," };
                out.push(format!("{}{comma}", column.trim_end_matches(',')));
            }
            out.push(line.to_owned());
        } else if inside {
            columns.push(line.to_owned());
        } else {
            inside = line.starts_with("CREATE TABLE") && line.ends_with('(');
            out.push(line.to_owned());
        }
    }
    // A table that never ends is the server's to complain about.
    out.extend(columns);
    out.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night_shift() -> Pack {
        crate::exercise::find("night-shift").unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn names_values_and_sizes_change_everywhere() {
        let (pack, variant) = (night_shift(), night_shift().variant(1));
        assert!(variant.schema.contains("CREATE TABLE requests ("));
        assert!(!variant.schema.contains("tickets"));
        assert!(variant.query.contains("status = 'pending'"));
        assert!(variant.query.contains("organisation_id = 42"));
        assert!(variant.solution.contains("ON requests (organisation_id"));
        assert!(
            variant
                .data
                .contains("[tables.requests.columns.organisation_id]")
        );
        assert!(
            variant
                .manifest
                .explanation
                .contains("ON requests (organisation_id")
        );
        assert_ne!(pack.data, variant.data);
        assert!(!pack.solution.contains("requests"));
    }

    #[test]
    fn the_same_seed_makes_the_same_variant() {
        assert_eq!(
            night_shift().variant(7).schema,
            night_shift().variant(7).schema
        );
        assert_ne!(
            night_shift().variant(2).schema,
            night_shift().variant(3).schema
        );
    }

    #[test]
    fn every_shipped_pack_has_variants_that_differ() {
        let packs = crate::exercise::shipped().unwrap_or_else(|error| panic!("{error}"));
        for pack in packs {
            for (name, others) in &pack.manifest.variant.names {
                assert!(!others.is_empty(), "{}: {name}", pack.name);
            }
            assert_ne!(pack.query, pack.variant(1).query, "{}", pack.name);
            assert_ne!(
                pack.variant(1).query,
                pack.variant(2).query,
                "{}",
                pack.name
            );
        }
    }

    #[test]
    fn columns_are_turned_round_behind_the_first() {
        let schema = "CREATE TABLE t (\n    id int,\n    a int,\n    b int\n);\n";
        assert_eq!(
            reorder_columns(schema, 1),
            "CREATE TABLE t (\n    id int,\n    b int,\n    a int\n);\n"
        );
    }
}
