use std::collections::BTreeSet;

use crate::catalog::{Catalog, Type};
use crate::query::facts::comparable_types;
use crate::query::{BinaryOp, Expr, ExprKind, Facts, LikeKind, Literal, RelationId, Truth};

use super::condition::{Condition, Operator};
use super::flat::is_within;
use super::key_form::{key_form, over_table};
use super::selectivity::Estimator;
use super::value::literal_text;

/// `MATCHING_SEL` of pg_trgm's operators: `DEFAULT_MATCHING_SEL` of selfuncs.h.
const DEFAULT_SIMILAR: f64 = 0.01;

/// Reads conditions of one relation.
pub(super) struct ConditionReader<'a> {
    pub facts: Facts<'a>,
    pub catalog: &'a Catalog,
    pub relation: RelationId,
    /// Relations of the flat block.
    pub own: &'a BTreeSet<RelationId>,
    pub estimator: &'a Estimator<'a>,
}

impl ConditionReader<'_> {
    /// What an index could serve of a conjunct; mostly one condition, two for BETWEEN-like rows.
    pub fn read(&self, conjunct: &Expr) -> Vec<Condition> {
        let mut found = Vec::new();
        self.read_into(conjunct, &mut found);
        found
    }

    fn read_into(&self, conjunct: &Expr, found: &mut Vec<Condition>) {
        match &conjunct.kind {
            ExprKind::And(arms) => arms.iter().for_each(|arm| self.read_into(arm, found)),
            ExprKind::Binary { op, left, right } => self.binary(conjunct, op, left, right, found),
            ExprKind::Column(_) if self.is_boolean(conjunct) => {
                found.extend(self.equal(conjunct, 1.0, Some("true".to_owned()), &[], conjunct));
            }
            ExprKind::Not(operand) if self.is_boolean(operand) && operand.as_column().is_some() => {
                found.extend(self.equal(operand, 1.0, Some("false".to_owned()), &[], conjunct));
            }
            ExprKind::IsTruth {
                operand,
                value: value @ (Truth::True | Truth::False),
                negated: false,
            } if operand.as_column().is_some() => {
                let value = (*value == Truth::True).to_string();
                found.extend(self.equal(operand, 1.0, Some(value), &[], conjunct));
            }
            ExprKind::IsNull { operand, negated } => {
                let operator = if *negated {
                    Operator::IsNotNull
                } else {
                    Operator::IsNull
                };
                found.extend(self.condition(operand, operator, &[], None, conjunct));
            }
            ExprKind::InList {
                operand,
                list,
                negated: false,
            } => {
                if let ExprKind::Row(operands) = &operand.kind {
                    self.row_list(conjunct, operands, list, found);
                    return;
                }
                let values: Vec<&Expr> = list.iter().collect();
                if values.iter().all(|value| self.comparable(operand, value)) {
                    let value = match list.as_slice() {
                        [only] => literal_text(only),
                        _ => None,
                    };
                    found.extend(self.equal(operand, list.len() as f64, value, &values, conjunct));
                }
            }
            ExprKind::QuantifiedArray {
                op: BinaryOp::Eq,
                operand,
                array,
                all: false,
            } => {
                if self.mine(operand) {
                    let values = array
                        .array_members()
                        .map_or(10.0, |members| members.len() as f64);
                    found.extend(self.equal(operand, values, None, &[array], conjunct));
                } else if self.mine(array) && array.as_column().is_some() {
                    // x = ANY (tags): only tags @> ARRAY[x] is served by GIN
                }
            }
            ExprKind::Between {
                operand,
                low,
                high,
                negated: false,
            } if self.comparable(operand, low) && self.comparable(operand, high) => {
                let operator = Operator::Range {
                    low: Some(low.clone()),
                    high: Some(high.clone()),
                };
                found.extend(self.condition(operand, operator, &[low, high], None, conjunct));
            }
            ExprKind::Like {
                operand,
                pattern,
                kind,
                negated: false,
                escape: None,
            } => self.like(conjunct, operand, pattern, *kind, found),
            ExprKind::QuantifiedArray {
                op: BinaryOp::Other(symbol),
                operand,
                array,
                all: false,
            } if matches!(symbol.as_str(), "~~" | "~~*") => {
                self.like_any(conjunct, operand, array, found);
            }
            ExprKind::Or(arms) => self.disjunction(conjunct, arms, found),
            _ => {}
        }
    }

    /// `(a, b) IN ((1, 2), (3, 4))`: one lookup for each row of the list.
    fn row_list(
        &self,
        conjunct: &Expr,
        operands: &[Expr],
        list: &[Expr],
        found: &mut Vec<Condition>,
    ) {
        let rows: Option<Vec<&Vec<Expr>>> = list
            .iter()
            .map(|row| match &row.kind {
                ExprKind::Row(values) if values.len() == operands.len() => Some(values),
                _ => None,
            })
            .collect();
        let Some(rows) = rows else { return };
        for (at, operand) in operands.iter().enumerate() {
            let values: Vec<&Expr> = rows.iter().filter_map(|row| row.get(at)).collect();
            if values.iter().all(|value| self.comparable(operand, value)) {
                found.extend(self.equal(operand, rows.len() as f64, None, &values, conjunct));
            }
        }
    }

    /// `a = 1 OR a = 2`.
    fn disjunction(&self, conjunct: &Expr, arms: &[Expr], found: &mut Vec<Condition>) {
        let mut key: Option<Expr> = None;
        let mut values = 0.0;
        let mut selectivity = 0.0;
        for arm in arms {
            let read = self.read(arm);
            let [only] = read.as_slice() else {
                return;
            };
            let Operator::Equal { values: more } = only.operator else {
                return;
            };
            if !only.depends.is_empty() || key.as_ref().is_some_and(|key| *key != only.key) {
                return;
            }
            key = Some(only.key.clone());
            values += more;
            selectivity += only.selectivity;
        }
        if let Some(key) = key {
            found.push(Condition {
                key,
                operator: Operator::Equal { values },
                depends: BTreeSet::new(),
                selectivity: selectivity.min(1.0),
                value: None,
                span: conjunct.span,
            });
        }
    }

    fn binary(
        &self,
        conjunct: &Expr,
        op: &BinaryOp,
        left: &Expr,
        right: &Expr,
        found: &mut Vec<Condition>,
    ) {
        if let (ExprKind::Row(lefts), ExprKind::Row(rights)) = (&left.kind, &right.kind) {
            if *op == BinaryOp::Eq {
                for (left, right) in lefts.iter().zip(rights) {
                    self.binary(conjunct, op, left, right, found);
                }
            } else if op.is_range()
                && let (Some(left), Some(right)) = (lefts.first(), rights.first())
            {
                // (a, b) > (1, 2) bounds a
                self.binary(conjunct, op, left, right, found);
            }
            return;
        }
        let (key, value, op) = if self.mine(left) && !self.mentions(right) {
            (left, right, op.clone())
        } else if self.mine(right) && !self.mentions(left) {
            match (op.commuted(), op) {
                (Some(op), _) => (right, left, op),
                (None, BinaryOp::Modulo) => (right, left, BinaryOp::Modulo),
                (None, BinaryOp::Other(symbol)) => {
                    let symbol = match symbol.as_str() {
                        "<@" => "@>",
                        "@>" => "<@",
                        "&&" => "&&",
                        "<%" => "%>",
                        "%>" => "<%",
                        "<<%" => "%>>",
                        "%>>" => "<<%",
                        "@@" => "@@",
                        _ => return,
                    };
                    (right, left, BinaryOp::Other(symbol.to_owned()))
                }
                _ => return,
            }
        } else {
            return;
        };
        if is_similarity(&op) && is_string(key) {
            found.extend(self.similar(key, value, conjunct));
            return;
        }
        match op {
            BinaryOp::Eq if self.comparable(key, value) => {
                if key.as_column().is_some()
                    && self.is_boolean(key)
                    && let ExprKind::Literal(Literal::Boolean(wanted)) = value.kind
                {
                    found.extend(self.equal(key, 1.0, Some(wanted.to_string()), &[], conjunct));
                    return;
                }
                found.extend(self.equal(key, 1.0, literal_text(value), &[value], conjunct));
            }
            BinaryOp::Lt | BinaryOp::LtEq if self.comparable(key, value) => {
                let operator = Operator::Range {
                    low: None,
                    high: Some(Box::new(value.clone())),
                };
                found.extend(self.condition(key, operator, &[value], None, conjunct));
            }
            BinaryOp::Gt | BinaryOp::GtEq if self.comparable(key, value) => {
                let operator = Operator::Range {
                    low: Some(Box::new(value.clone())),
                    high: None,
                };
                found.extend(self.condition(key, operator, &[value], None, conjunct));
            }
            BinaryOp::Regex {
                negated: false,
                case_insensitive,
            } => {
                if let Some(text) = literal_text(value) {
                    let plain_start = text
                        .strip_prefix('^')
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
                    if plain_start && !case_insensitive {
                        found.extend(self.condition(
                            key,
                            Operator::Prefix,
                            &[value],
                            Some(text.clone()),
                            conjunct,
                        ));
                    }
                    if has_trigram(&text, false) {
                        found.extend(self.condition(
                            key,
                            Operator::Pattern,
                            &[value],
                            Some(text),
                            conjunct,
                        ));
                    }
                }
            }
            BinaryOp::Other(symbol) if symbol == "^@" && is_string(key) => {
                found.extend(self.condition(
                    key,
                    Operator::Prefix,
                    &[value],
                    literal_text(value),
                    conjunct,
                ));
            }
            BinaryOp::Other(symbol)
                if matches!(
                    symbol.as_str(),
                    "@>" | "<@" | "&&" | "?" | "?|" | "?&" | "@?" | "@@"
                ) =>
            {
                found.extend(self.condition(
                    key,
                    Operator::Contains(symbol),
                    &[value],
                    literal_text(value),
                    conjunct,
                ));
            }
            _ => {}
        }
    }

    fn like(
        &self,
        conjunct: &Expr,
        operand: &Expr,
        pattern: &Expr,
        kind: LikeKind,
        found: &mut Vec<Condition>,
    ) {
        let Some(text) = literal_text(pattern) else {
            return;
        };
        let fixed = text
            .chars()
            .take_while(|c| !matches!(c, '%' | '_' | '\\'))
            .count();
        if kind == LikeKind::Like && fixed == text.chars().count() {
            found.extend(self.equal(operand, 1.0, Some(text), &[pattern], conjunct));
            return;
        }
        if kind == LikeKind::Like && fixed > 0 {
            found.extend(self.condition(
                operand,
                Operator::Prefix,
                &[pattern],
                Some(text),
                conjunct,
            ));
        } else if has_trigram(&text, kind != LikeKind::SimilarTo) {
            found.extend(self.condition(
                operand,
                Operator::Pattern,
                &[pattern],
                Some(text),
                conjunct,
            ));
        }
    }

    /// `x ILIKE ANY (ARRAY['%a%', '%b%'])`: each pattern is looked up in a trigram index.
    fn like_any(&self, conjunct: &Expr, operand: &Expr, array: &Expr, found: &mut Vec<Condition>) {
        let Some(patterns) = array.array_members() else {
            return;
        };
        let all = patterns
            .iter()
            .all(|pattern| literal_text(pattern).is_some_and(|text| has_trigram(&text, true)));
        if all && !patterns.is_empty() {
            let condition = self.condition(operand, Operator::Pattern, &[array], None, conjunct);
            found.extend(condition.map(|condition| Condition {
                selectivity: (patterns.len() as f64 * DEFAULT_SIMILAR).min(1.0),
                ..condition
            }));
        }
    }

    /// `%`, `<%` and `%>` of pg_trgm.
    fn similar(&self, key: &Expr, value: &Expr, conjunct: &Expr) -> Option<Condition> {
        let condition = self.condition(key, Operator::Pattern, &[value], None, conjunct)?;
        Some(Condition {
            selectivity: DEFAULT_SIMILAR,
            ..condition
        })
    }

    fn equal(
        &self,
        key: &Expr,
        values: f64,
        value: Option<String>,
        operands: &[&Expr],
        conjunct: &Expr,
    ) -> Option<Condition> {
        self.condition(key, Operator::Equal { values }, operands, value, conjunct)
    }

    fn condition(
        &self,
        key: &Expr,
        operator: Operator,
        operands: &[&Expr],
        value: Option<String>,
        conjunct: &Expr,
    ) -> Option<Condition> {
        if !self.mine(key) || key.has_subquery() || !key.has_columns() {
            return None;
        }
        let mut depends = BTreeSet::new();
        for operand in operands {
            if self.facts.is_volatile(operand) || self.reads_own_rows(operand) {
                return None;
            }
            depends.extend(
                operand
                    .relations()
                    .into_iter()
                    .filter(|relation| self.own.contains(relation)),
            );
        }
        let key = over_table(self.catalog, key, self.relation);
        let outer = operands.iter().any(|operand| !operand.is_constant());
        let selectivity = match &operator {
            Operator::Equal { values } if outer || !depends.is_empty() => {
                (values * self.estimator.equality(&key, None)).min(1.0)
            }
            Operator::Equal { .. } if value.is_some() => {
                self.estimator.equality(&key, value.as_deref())
            }
            Operator::Range { low, high } => {
                self.estimator.range(&key, low.as_deref(), high.as_deref())
            }
            _ => self
                .estimator
                .condition(&over_table(self.catalog, conjunct, self.relation)),
        };
        Some(Condition {
            key,
            operator,
            depends,
            selectivity,
            value,
            span: conjunct.span,
        })
    }

    /// Whether a subquery in an expression reads rows of the block: then its value changes from row to row.
    fn reads_own_rows(&self, expr: &Expr) -> bool {
        let query = self.facts.query;
        expr.subqueries().into_iter().any(|subquery| {
            query.blocks.iter().any(|block| {
                block
                    .expression
                    .is_some_and(|expression| is_within(query, expression, subquery))
                    && query
                        .expressions_of(block)
                        .into_iter()
                        .any(|inner| inner.reads_any(self.own))
            })
        })
    }

    fn is_boolean(&self, expr: &Expr) -> bool {
        expr.data_type
            .as_ref()
            .is_some_and(|data_type| *self.catalog.base_type(data_type) == Type::Bool)
            && self.mine(expr)
    }

    /// Whether an expression is computed from this relation's rows alone.
    fn mine(&self, expr: &Expr) -> bool {
        expr.reads_only(self.relation)
            && !expr.any(&|part| {
                matches!(
                    part.kind,
                    ExprKind::Unresolved(_) | ExprKind::Other { .. } | ExprKind::WholeRow(_)
                )
            })
    }

    fn mentions(&self, expr: &Expr) -> bool {
        expr.reads(self.relation)
    }

    /// Whether a comparison uses the key's own operator, so that an index on it can serve.
    fn comparable(&self, key: &Expr, value: &Expr) -> bool {
        let bare_key = key_form(self.catalog, key);
        let key_type = bare_key.data_type.as_ref().or(key.data_type.as_ref());
        let key_type = key_type.map(|data_type| self.catalog.base_type(data_type));
        let value_type = value.data_type.as_ref();
        let value_type = value_type.map(|data_type| self.catalog.base_type(data_type));
        match (key_type, value_type) {
            // unknown: PostgreSQL finds an operator or refuses the query
            (None, _) | (_, None) => true,
            (Some(key), Some(other)) if key.is_integer() => {
                other.is_integer()
                    || *other == Type::Oid
                    || matches!(
                        value.kind,
                        ExprKind::Literal(Literal::String(_)) | ExprKind::Parameter(_)
                    )
            }
            (Some(Type::Float4 | Type::Float8), Some(other)) if other.is_numeric() => true,
            (Some(Type::Numeric(_)), Some(other)) => !matches!(other, Type::Float4 | Type::Float8),
            (Some(Type::Text | Type::Varchar(_)), Some(other)) if other.is_string() => true,
            (Some(Type::Citext), Some(other)) if other.is_string() => true,
            (Some(key), _) => comparable_types(Some(key), value, value_type),
        }
    }
}

fn is_similarity(op: &BinaryOp) -> bool {
    match op {
        BinaryOp::Modulo => true,
        BinaryOp::Other(symbol) => matches!(symbol.as_str(), "<%" | "%>" | "<<%" | "%>>"),
        _ => false,
    }
}

fn is_string(expr: &Expr) -> bool {
    expr.data_type.as_ref().is_some_and(Type::is_string)
}

/// Whether a pattern has three letters or digits in a row that must occur. Source: trgm_regexp.c, trgm_op.c.
fn has_trigram(pattern: &str, like: bool) -> bool {
    let mut run = 0;
    for character in pattern.chars() {
        if character.is_alphanumeric() {
            run += 1;
            if run >= 3 {
                return true;
            }
        } else if !like && matches!(character, '|' | '[' | '(' | '?' | '*' | '{') {
            return false;
        } else {
            run = 0;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_characters_in_a_row_make_a_trigram() {
        assert!(has_trigram("%abc%", true));
        assert!(!has_trigram("%ab%c%", true));
        assert!(has_trigram("linux", false));
        assert!(!has_trigram("[abc]", false));
    }
}
