use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer, Word};

use super::apply::{Applied, Applier};
use crate::catalog::{
    CatalogExpression, Generated, IndexTarget, TableId, TableKind, fold_identifier,
    quote_identifier,
};

impl Applier<'_> {
    /// Renames a column of a table and its descendants, wherever the schema speaks of it.
    pub(super) fn rename_column(&mut self, table: TableId, from: &str, to: &str) -> Applied<()> {
        self.column_id(table, from)?;
        for owner in std::iter::once(table).chain(self.descendants(table)) {
            self.rename_column_of(owner, from, to);
        }
        Ok(())
    }

    fn rename_column_of(&mut self, id: TableId, from: &str, to: &str) {
        let name = self.table(id).name.clone();
        let Some(table) = self.table_mut(id) else {
            return;
        };
        for column in &mut table.columns {
            if column.name == from {
                to.clone_into(&mut column.name);
            }
            if let Generated::Expression(expression) = &mut column.generated {
                rename_in(expression, from, to);
            }
        }
        for check in &mut table.checks {
            rename_in(&mut check.expression, from, to);
        }
        if let TableKind::Partitioned { keys, .. } = &mut table.kind {
            for key in keys {
                rename_in_target(key, from, to);
            }
        }
        for index in table.indexes.clone() {
            let Some(index) = self.index_mut(index) else {
                continue;
            };
            for key in &mut index.keys {
                rename_in_target(&mut key.target, from, to);
            }
            if let Some(predicate) = &mut index.predicate {
                rename_in(predicate, from, to);
            }
            // The statement as written would not run any more.
            index.definition = None;
        }
        for other in self.catalog.tables.iter_mut().flatten() {
            for key in other
                .foreign_keys
                .iter_mut()
                .filter(|key| key.references == name)
            {
                for column in key
                    .referenced_columns
                    .iter_mut()
                    .filter(|column| *column == from)
                {
                    to.clone_into(column);
                }
            }
        }
    }
}

fn rename_in_target(target: &mut IndexTarget, from: &str, to: &str) {
    if let IndexTarget::Expression(expression) = target {
        rename_in(expression, from, to);
    }
}

/// Writes another name for a column in an expression over one table.
fn rename_in(expression: &mut CatalogExpression, from: &str, to: &str) {
    let dialect = PostgreSqlDialect {};
    let Ok(mut tokens) = Tokenizer::new(&dialect, &expression.text).tokenize() else {
        return;
    };
    let mut previous = Token::EOF;
    let mut changed = false;
    for n in 0..tokens.len() {
        let called = tokens[n + 1..]
            .iter()
            .find(|token| !matches!(token, Token::Whitespace(_)))
            .is_some_and(|token| *token == Token::LParen);
        if let Token::Word(word) = &tokens[n] {
            let is_column = fold_identifier(&word.value, word.quote_style.is_some()) == from;
            if is_column && !called && previous != Token::DoubleColon {
                let quoted = quote_identifier(to).starts_with('"');
                tokens[n] = Token::Word(Word {
                    value: to.to_owned(),
                    quote_style: quoted.then_some('"'),
                    keyword: sqlparser::keywords::Keyword::NoKeyword,
                });
                changed = true;
            }
        }
        if !matches!(tokens[n], Token::Whitespace(_)) {
            previous = tokens[n].clone();
        }
    }
    if !changed {
        return;
    }
    let text: String = tokens.iter().map(Token::to_string).collect();
    let parsed = Parser::new(&dialect).with_tokens(tokens).parse_expr();
    if let Ok(ast) = parsed {
        *expression = CatalogExpression { text, ast };
    }
}
