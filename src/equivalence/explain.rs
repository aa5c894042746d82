//! One sentence that says what happened on a counterexample.

use std::collections::BTreeSet;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::source::PlacedToken;

use super::database::Row;
use super::search::{Difference, Found, Pair};
use super::space::{Space, SpaceTable};
use super::tokens::{identifier, keyword, tokens};
use super::values::NULL;

/// Why the queries differ on this database, in the user's names.
pub(super) fn why(space: &Space, pair: &Pair<'_>, found: &Found, names: (&str, &str)) -> String {
    let words = &Words::of(pair);
    match &found.difference {
        Difference::Order => format!(
            "{} and {} return the same rows in a different order",
            names.0, names.1
        ),
        Difference::Rows { only_a, only_b } => {
            let (rows_a, rows_b) = (&found.rows[0].rows, &found.rows[1].rows);
            let repeated = only_a.iter().all(|&at| rows_b.contains(&rows_a[at]))
                && only_b.iter().all(|&at| rows_a.contains(&rows_b[at]));
            if repeated {
                return repeated_rows(space, found, names, only_a.len() > only_b.len());
            }
            match (only_a.is_empty(), only_b.is_empty()) {
                (false, true) => lost(space, pair, found, names, words, 1),
                (true, false) => lost(space, pair, found, names, words, 0),
                _ => changed(space, pair, found, names, words, only_a, only_b),
            }
        }
    }
}

fn normalized(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// The same rows, but more often on one side.
fn repeated_rows(space: &Space, found: &Found, names: (&str, &str), more_in_a: bool) -> String {
    let (more, fewer) = if more_in_a { names } else { (names.1, names.0) };
    let counts = [found.rows[0].rows.len(), found.rows[1].rows.len()];
    let (many, few) = (counts[0].max(counts[1]), counts[0].min(counts[1]));
    let what = format!("{more} returns {} where {fewer} returns {few}", rows(many));
    match fan_out(space, found) {
        Some(cause) => format!("{cause}: {what}"),
        None => match equal_rows(space, found) {
            Some(cause) => format!("{cause}: {what}"),
            None => what,
        },
    }
}

fn rows(count: usize) -> String {
    if count == 1 {
        "1 row".to_owned()
    } else {
        format!("{count} rows")
    }
}

/// A row that several rows of another table refer to or share a joined value with.
fn fan_out(space: &Space, found: &Found) -> Option<String> {
    for (at, table) in space
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.read)
    {
        for key in &table.foreign_keys {
            for parent in &found.database.tables[key.table] {
                let count = found.database.tables[at]
                    .iter()
                    .filter(|row| {
                        key.columns
                            .iter()
                            .zip(&key.referenced)
                            .all(|(&column, &referenced)| row[column] == parent[referenced])
                    })
                    .count();
                if count > 1 {
                    return Some(format!(
                        "{} has {count} {}",
                        row_name(space, &space.tables[key.table], parent),
                        table.name.name
                    ));
                }
            }
        }
    }
    for (at, table) in space
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.read)
    {
        for (column, of) in table.columns.iter().enumerate() {
            for (other_at, other) in space
                .tables
                .iter()
                .enumerate()
                .filter(|(other, table)| *other != at && table.read)
            {
                for (other_column, _) in other
                    .columns
                    .iter()
                    .enumerate()
                    .filter(|(_, column)| column.cluster == of.cluster)
                {
                    for parent in &found.database.tables[other_at] {
                        let value = parent[other_column];
                        let count = found.database.tables[at]
                            .iter()
                            .filter(|row| row[column] == value)
                            .count();
                        if value != NULL && count > 1 && found.database.tables[other_at].len() == 1
                        {
                            return Some(format!(
                                "{count} rows of {} match {}",
                                table.name.name,
                                row_name(space, other, parent)
                            ));
                        }
                    }
                }
            }
        }
    }
    None
}

fn equal_rows(space: &Space, found: &Found) -> Option<String> {
    for (at, table) in space
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.read)
    {
        let rows = &found.database.tables[at];
        for (number, row) in rows.iter().enumerate() {
            for other in &rows[number + 1..] {
                let shared: Vec<&str> = table
                    .columns
                    .iter()
                    .enumerate()
                    .filter(|(column, _)| row[*column] == other[*column])
                    .map(|(_, column)| column.name.as_str())
                    .collect();
                if shared.len() == table.columns.len() {
                    return Some(format!("{} holds the same row twice", table.name.name));
                }
                if let [first, ..] = shared.as_slice() {
                    return Some(format!(
                        "two rows of {} have the same {first}",
                        table.name.name
                    ));
                }
            }
        }
    }
    None
}

/// Rows that one side (`loser`, 0 or 1) does not return.
fn lost(
    space: &Space,
    pair: &Pair<'_>,
    found: &Found,
    names: (&str, &str),
    words: &Words,
    loser: usize,
) -> String {
    let name = [names.0, names.1][loser];
    let loses = normalized(&pair.sides[loser].original);
    let keeps = normalized(&pair.sides[1 - loser].original);
    let null = null_cell(space, found, words);
    if let Some((row, column)) = &null
        && loses.contains("not in")
        && !keeps.contains("not in")
    {
        return format!(
            "{column} of {row} is NULL: with NULL in the list, NOT IN of {name} keeps nothing"
        );
    }
    let count = |text: &str, words: &[&str]| -> usize {
        words.iter().map(|word| text.matches(word).count()).sum()
    };
    let outer = |text: &str| {
        count(
            text,
            &[
                "left join",
                "left outer",
                "right join",
                "right outer",
                "full join",
                "full outer",
            ],
        )
    };
    let joins = |text: &str| count(text, &[" join ", "exists", " in (select", " from "]);
    if (outer(&keeps) != outer(&loses) || joins(&keeps) != joins(&loses))
        && let Some((row, other, reason)) = unmatched(space, found)
    {
        return if outer(&keeps) > outer(&loses) {
            format!("{row} has no {other}{reason}: the inner join of {name} loses it")
        } else {
            format!("{row} has no {other}{reason}: {name} does not return it")
        };
    }
    let lost = found.rows[0].rows.len().abs_diff(found.rows[1].rows.len());
    let tail = match changed_condition(pair) {
        Some(conditions) => format!(
            "{name} ({}) returns {} less than {} ({})",
            conditions[loser],
            rows(lost),
            [names.0, names.1][1 - loser],
            conditions[1 - loser]
        ),
        None => format!("{name} returns {} less", rows(lost)),
    };
    if let Some((row, column)) = null {
        return format!("{column} of {row} is NULL: {tail}");
    }
    if found.database.rows() == 0 {
        return format!("all tables are empty: {tail}");
    }
    if let Some(cause) = fan_out(space, found) {
        return format!("{cause}: {tail}");
    }
    match space
        .tables
        .iter()
        .zip(&found.database.tables)
        .find_map(|(table, rows)| Some((table, rows.first().filter(|_| table.read)?)))
    {
        Some((table, row)) => format!("with {}: {tail}", described(space, table, row, words)),
        None => tail,
    }
}

/// Rows on both sides that the other has not.
fn changed(
    space: &Space,
    pair: &Pair<'_>,
    found: &Found,
    names: (&str, &str),
    words: &Words,
    only_a: &[usize],
    only_b: &[usize],
) -> String {
    let cause = null_cell(space, found, words)
        .map(|(table, column)| format!("{column} of {table} is NULL"))
        .or_else(|| fan_out(space, found))
        .or_else(|| (found.database.rows() == 0).then(|| "all tables are empty".to_owned()));
    let what = match (only_a.first(), only_b.first()) {
        (Some(&a), Some(&b)) => {
            let (row_a, row_b) = (&found.rows[0].rows[a], &found.rows[1].rows[b]);
            let column = (0..row_a.len())
                .find(|&column| row_a[column] != row_b[column])
                .unwrap_or(0);
            let show = |value: Option<&Option<String>>| match value {
                Some(Some(text)) => text.clone(),
                _ => "NULL".to_owned(),
            };
            let name = pair.sides[0]
                .columns
                .get(column)
                .map_or("?column?", |column| column.name.as_str());
            let name = if name == "?column?" {
                format!("column {}", column + 1)
            } else {
                name.to_owned()
            };
            format!(
                "{name} is {} in {} and {} in {}",
                show(row_a.get(column)),
                names.0,
                show(row_b.get(column)),
                names.1
            )
        }
        _ => format!("{} and {} return different rows", names.0, names.1),
    };
    match cause {
        Some(cause) => format!("{cause}: {what}"),
        None => what,
    }
}

/// A NULL that the queries can see, in a table that is read: the row's and the column's name.
fn null_cell(space: &Space, found: &Found, words: &Words) -> Option<(String, String)> {
    for (table, rows) in space.tables.iter().zip(&found.database.tables) {
        for row in rows.iter().filter(|_| table.read) {
            for (column, value) in table.columns.iter().zip(row) {
                if *value == NULL && words.has(&column.name) {
                    return Some((row_name(space, table, row), column.name.clone()));
                }
            }
        }
    }
    None
}

/// The words of both queries.
struct Words(BTreeSet<String>);

impl Words {
    fn of(pair: &Pair<'_>) -> Self {
        Self(
            pair.sides
                .iter()
                .flat_map(|side| tokens(&side.original).unwrap_or_default())
                .filter_map(|token| identifier(&token.token))
                .collect(),
        )
    }

    fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}

/// The only condition in which two texts differ, as each writes it.
fn changed_condition(pair: &Pair<'_>) -> Option<[String; 2]> {
    let texts = pair.sides.map(|side| side.original.as_str());
    let lists = [tokens(texts[0])?, tokens(texts[1])?];
    let same = |x: &PlacedToken, y: &PlacedToken| {
        x.token == y.token
            || identifier(&x.token).is_some_and(|word| identifier(&y.token) == Some(word))
    };
    let (long, short) = (lists[0].len(), lists[1].len());
    let least = long.min(short);
    let head = (0..least)
        .take_while(|&at| same(&lists[0][at], &lists[1][at]))
        .count();
    let tail = (0..least - head)
        .take_while(|&back| same(&lists[0][long - 1 - back], &lists[1][short - 1 - back]))
        .count();
    let mut parts = Vec::new();
    for (list, text) in lists.iter().zip(texts) {
        let (mut start, mut end) = (head, list.len() - tail);
        if end - start > 8 {
            return None;
        }
        while start > 0 && !ends_condition(&list[start - 1].token) {
            start -= 1;
        }
        while end < list.len() && !ends_condition(&list[end].token) {
            end += 1;
        }
        if end <= start || end - start > 24 {
            return None;
        }
        let part = text.get(list[start].span.start..list[end - 1].span.end)?;
        parts.push(part.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let second = parts.pop()?;
    Some([parts.pop()?, second])
}

fn ends_condition(token: &Token) -> bool {
    matches!(token, Token::Comma | Token::SemiColon)
        || keyword(token).is_some_and(|word| {
            matches!(
                word,
                Keyword::WHERE
                    | Keyword::AND
                    | Keyword::OR
                    | Keyword::ON
                    | Keyword::HAVING
                    | Keyword::SELECT
                    | Keyword::FROM
                    | Keyword::GROUP
                    | Keyword::ORDER
                    | Keyword::LIMIT
                    | Keyword::WHEN
                    | Keyword::THEN
                    | Keyword::ELSE
                    | Keyword::END
                    | Keyword::UNION
                    | Keyword::EXCEPT
                    | Keyword::INTERSECT
            )
        })
}

/// A row without a partner in a table that it refers to, or that refers to it.
fn unmatched(space: &Space, found: &Found) -> Option<(String, String, String)> {
    for (at, table) in space
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.read)
    {
        for key in table
            .foreign_keys
            .iter()
            .filter(|key| space.tables[key.table].read)
        {
            let parent = &space.tables[key.table];
            for row in &found.database.tables[at] {
                if let Some(&column) = key.columns.iter().find(|&&column| row[column] == NULL) {
                    return Some((
                        row_name(space, table, row),
                        singular(&parent.name.name),
                        format!(" ({} is NULL)", table.columns[column].name),
                    ));
                }
            }
            for row in &found.database.tables[key.table] {
                let referred = found.database.tables[at].iter().any(|child| {
                    key.columns
                        .iter()
                        .zip(&key.referenced)
                        .all(|(&column, &referenced)| child[column] == row[referenced])
                });
                if !referred {
                    return Some((
                        row_name(space, parent, row),
                        singular(&table.name.name),
                        String::new(),
                    ));
                }
            }
        }
    }
    let read: Vec<usize> = (0..space.tables.len())
        .filter(|&at| space.tables[at].read)
        .collect();
    for &at in &read {
        for &other in read.iter().filter(|&&other| other != at) {
            let (table, partner) = (&space.tables[at], &space.tables[other]);
            let comparable: Vec<(usize, usize)> = (0..table.columns.len())
                .flat_map(|column| (0..partner.columns.len()).map(move |of| (column, of)))
                .filter(|&(column, of)| {
                    table.columns[column].cluster == partner.columns[of].cluster
                })
                .collect();
            if comparable.is_empty() {
                continue;
            }
            for row in &found.database.tables[at] {
                let met = found.database.tables[other].iter().any(|other| {
                    comparable
                        .iter()
                        .any(|&(column, of)| row[column] != NULL && other[of] == row[column])
                });
                if !met {
                    return Some((
                        row_name(space, table, row),
                        singular(&partner.name.name),
                        String::new(),
                    ));
                }
            }
        }
    }
    None
}

/// `order 2`: the table in the singular and the row's key.
fn row_name(space: &Space, table: &SpaceTable, row: &Row) -> String {
    let column = table
        .keys
        .iter()
        .find(|key| key.columns.len() == 1 && key.predicate.is_none())
        .and_then(|key| key.columns.first().copied())
        .unwrap_or(0);
    match row.get(column).and_then(|value| space.values.text(*value)) {
        Some(text) => format!("{} {text}", singular(&table.name.name)),
        None => format!("a row of {}", table.name.name),
    }
}

fn described(space: &Space, table: &SpaceTable, row: &Row, words: &Words) -> String {
    let cells: Vec<String> = table
        .columns
        .iter()
        .zip(row)
        .filter(|(column, _)| words.has(&column.name))
        .take(4)
        .map(|(column, value)| format!("{} = {}", column.name, space.literal(*value)))
        .collect();
    if cells.is_empty() {
        return row_name(space, table, row);
    }
    format!("a row of {} with {}", table.name.name, cells.join(", "))
}

/// The singular of an English table name, as far as its ending tells.
fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if name.ends_with(ending) {
            return name[..name.len() - 2].to_owned();
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_become_singular() {
        for (plural, one) in [
            ("orders", "order"),
            ("addresses", "address"),
            ("categories", "category"),
            ("status", "status"),
        ] {
            assert_eq!(singular(plural), one);
        }
    }
}
