use sqlparser::ast::{self, Spanned};

use crate::catalog::Type;
use crate::query::functions;
use crate::query::model::Reader;
use crate::query::types::binary_type;
use crate::query::{
    BinaryOp, Expr, ExprKind, FunctionCall, FunctionKind, LikeKind, Literal, Truth, UnaryOp,
};
use crate::source::Span;

use super::Binder;
use super::scope::fold;

/// Words that can introduce a typed string: `DATE '...'`, `TIMESTAMP WITH TIME ZONE '...'`.
const TYPE_WORDS: &[&str] = &[
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "with",
    "without",
    "zone",
    "interval",
    "bytea",
    "json",
    "jsonb",
    "uuid",
    "numeric",
    "point",
    "bit",
    "xml",
    "inet",
    "boolean",
    "text",
    "int",
    "integer",
    "bigint",
    "e",
];

const INTERVAL_UNITS: &[&str] = &["year", "month", "day", "hour", "minute", "second", "to"];

/// Functions that are called by a reserved word alone, as sqlparser does not know them all. Source:
/// func_expr_common_subexpr in gram.y.
const VALUE_FUNCTIONS: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

/// Whether an unquoted word calls a function wherever it stands.
pub(super) fn is_value_function(word: &str) -> bool {
    VALUE_FUNCTIONS.contains(&word)
}

fn value_function(name: String, span: Span) -> Expr {
    let data_type = functions::return_type(&name, &[]);
    let call = FunctionCall {
        name,
        arguments: Vec::new(),
        star: false,
        distinct: false,
        order_by: Vec::new(),
        filter: None,
        over: None,
        kind: FunctionKind::Scalar,
    };
    Expr::typed(ExprKind::Function(Box::new(call)), span, data_type)
}

impl Binder<'_> {
    /// Binds an expression.
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Expr {
        use ast::Expr as E;
        match expr {
            E::Identifier(ident) => {
                let span = self.place(ident.span);
                let name = fold(ident);
                match ident.quote_style {
                    // of VALUES and SET; a reserved word
                    None if name == "default" => Expr::new(ExprKind::Unresolved(vec![name]), span),
                    None if VALUE_FUNCTIONS.contains(&name.as_str()) => value_function(name, span),
                    _ => self.unqualified(&name, span),
                }
            }
            E::CompoundIdentifier(parts) => self.compound(parts),
            E::Nested(inner) => {
                let mut bound = self.expr(inner);
                bound.span = self.extents.bracketed(bound.span, &[]);
                bound
            }
            E::Value(value) => self.literal(value),
            E::TypedString(typed) => {
                let value = self.literal(&typed.value);
                let span = self.extents.with_words_before(value.span, TYPE_WORDS);
                let data_type = Type::from_ast(&typed.data_type, self.catalog);
                self.cast_to(value, data_type, span)
            }
            E::Interval(interval) => {
                let value = self.expr(&interval.value);
                let span = self.extents.with_words_before(value.span, &["interval"]);
                let span = self.extents.with_words_after(span, INTERVAL_UNITS);
                match (&interval.leading_field, value.kind) {
                    (Some(field), ExprKind::Literal(Literal::String(text))) => {
                        let text = ExprKind::Literal(Literal::String(
                            format!("{text} {field}").to_lowercase(),
                        ));
                        self.cast_to(Expr::new(text, value.span), Type::Interval, span)
                    }
                    (_, kind) => self.cast_to(Expr { kind, ..value }, Type::Interval, span),
                }
            }
            E::BinaryOp { left, op, right } => self.binary(left, op, right),
            E::UnaryOp { op, expr } => self.unary(*op, expr),
            E::IsNull(operand) => {
                self.postfix_test(operand, &["is", "null", "isnull"], |operand| {
                    ExprKind::IsNull {
                        operand,
                        negated: false,
                    }
                })
            }
            E::IsNotNull(operand) => {
                self.postfix_test(operand, &["is", "not", "null", "notnull"], |operand| {
                    ExprKind::IsNull {
                        operand,
                        negated: true,
                    }
                })
            }
            E::IsTrue(operand) => self.truth(operand, Truth::True, false),
            E::IsNotTrue(operand) => self.truth(operand, Truth::True, true),
            E::IsFalse(operand) => self.truth(operand, Truth::False, false),
            E::IsNotFalse(operand) => self.truth(operand, Truth::False, true),
            E::IsUnknown(operand) => self.truth(operand, Truth::Unknown, false),
            E::IsNotUnknown(operand) => self.truth(operand, Truth::Unknown, true),
            E::IsDistinctFrom(left, right) => self.distinct_from(left, right, false),
            E::IsNotDistinctFrom(left, right) => self.distinct_from(left, right, true),
            E::In {
                expr,
                target,
                negated,
                ..
            } => self.in_target(expr, target, *negated),
            E::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let operand = self.expr(expr);
                let low = self.expr(low);
                let high = self.expr(high);
                let span = operand.span.union(high.span);
                boolean(
                    ExprKind::Between {
                        operand: Box::new(operand),
                        low: Box::new(low),
                        high: Box::new(high),
                        negated: *negated,
                    },
                    span,
                )
            }
            E::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(
                expr,
                pattern,
                escape_char.as_deref(),
                LikeKind::Like,
                *negated,
            ),
            E::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(
                expr,
                pattern,
                escape_char.as_deref(),
                LikeKind::ILike,
                *negated,
            ),
            E::Like {
                negated: false,
                any: true,
                expr,
                pattern,
                escape_char: None,
            } => self.quantified(expr, &ast::BinaryOperator::PGLikeMatch, pattern, false),
            E::ILike {
                negated: false,
                any: true,
                expr,
                pattern,
                escape_char: None,
            } => self.quantified(expr, &ast::BinaryOperator::PGILikeMatch, pattern, false),
            E::SimilarTo {
                negated,
                expr,
                pattern,
                escape_char,
            } => self.like(
                expr,
                pattern,
                escape_char.as_deref(),
                LikeKind::SimilarTo,
                *negated,
            ),
            E::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.quantified(left, compare_op, right, false),
            E::AllOp {
                left,
                compare_op,
                right,
            } => self.quantified(left, compare_op, right, true),
            E::Cast {
                kind,
                expr,
                data_type,
                ..
            } => {
                let operand = self.expr(expr);
                let span = match kind {
                    ast::CastKind::DoubleColon => self.extents.with_cast_after(operand.span),
                    _ => self.extents.bracketed(operand.span, &["cast"]),
                };
                let data_type = Type::from_ast(data_type, self.catalog);
                self.cast_to(operand, data_type, span)
            }
            E::AtTimeZone {
                timestamp,
                time_zone,
            } => {
                let operand = self.expr(timestamp);
                let zone = self.expr(time_zone);
                let span = operand.span.union(zone.span);
                self.builtin("timezone", vec![zone, operand], span)
            }
            E::Extract { field, expr, .. } => {
                let operand = self.expr(expr);
                let span = self.extents.bracketed(operand.span, &["extract"]);
                let field = Expr::typed(
                    ExprKind::Literal(Literal::String(field.to_string().to_lowercase())),
                    span,
                    Some(Type::Text),
                );
                self.builtin("extract", vec![field, operand], span)
            }
            E::Ceil { expr, .. } => self.keyword_call("ceil", &[expr], &["ceil", "ceiling"]),
            E::Floor { expr, .. } => self.keyword_call("floor", &[expr], &["floor"]),
            E::Position { expr, r#in } => {
                self.keyword_call("position", &[expr, r#in], &["position"])
            }
            E::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let mut arguments = vec![&**expr];
                if let Some(from) = substring_from {
                    arguments.push(from);
                }
                match (substring_from, substring_for) {
                    (_, Some(length)) if substring_from.is_some() => arguments.push(length),
                    (None, Some(length)) => {
                        // SUBSTRING(x FOR n) starts at 1
                        let operand = self.expr(expr);
                        let length = self.expr(length);
                        let span = self
                            .extents
                            .bracketed(operand.span, &["substring", "substr"]);
                        let one = number("1", span);
                        return self.builtin("substring", vec![operand, one, length], span);
                    }
                    _ => {}
                }
                self.keyword_call("substring", &arguments, &["substring", "substr"])
            }
            E::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters,
            } => {
                let name = match trim_where {
                    Some(ast::TrimWhereField::Leading) => "ltrim",
                    Some(ast::TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let mut arguments: Vec<&ast::Expr> = vec![expr];
                arguments.extend(trim_what.as_deref());
                arguments.extend(trim_characters.iter().flatten());
                self.keyword_call(name, &arguments, &["trim"])
            }
            E::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let mut arguments: Vec<&ast::Expr> = vec![expr, overlay_what, overlay_from];
                arguments.extend(overlay_for.as_deref());
                self.keyword_call("overlay", &arguments, &["overlay"])
            }
            E::Collate { expr, collation } => {
                let operand = self.expr(expr);
                let span = operand.span.union(self.place(collation.span()));
                let data_type = operand.data_type.clone();
                Expr::typed(
                    ExprKind::Collate {
                        operand: Box::new(operand),
                        collation: collation
                            .0
                            .last()
                            .and_then(|part| part.as_ident())
                            .map(fold)
                            .unwrap_or_default(),
                    },
                    span,
                    data_type,
                )
            }
            E::Case {
                operand,
                conditions,
                else_result,
                case_token,
                end_token,
            } => {
                let operand = operand.as_ref().map(|operand| Box::new(self.expr(operand)));
                let branches: Vec<(Expr, Expr)> = conditions
                    .iter()
                    .map(|branch| (self.expr(&branch.condition), self.expr(&branch.result)))
                    .collect();
                let otherwise = else_result
                    .as_ref()
                    .map(|result| Box::new(self.expr(result)));
                let span = self
                    .place(case_token.0.span)
                    .union(self.place(end_token.0.span));
                let data_type = branches
                    .iter()
                    .map(|(_, result)| result)
                    .chain(otherwise.as_deref())
                    .filter_map(|result| result.data_type.clone())
                    .next();
                Expr::typed(
                    ExprKind::Case {
                        operand,
                        branches,
                        otherwise,
                    },
                    span,
                    data_type,
                )
            }
            E::Exists { subquery, negated } => {
                let query = self.query_expression(subquery, Reader::Exists);
                let span = self
                    .extents
                    .bracketed(self.expressions[query.0].span, &["exists"]);
                let exists = boolean(ExprKind::Exists(query), span);
                if *negated {
                    let span = self.extents.with_words_before(span, &["not"]);
                    boolean(ExprKind::Not(Box::new(exists)), span)
                } else {
                    exists
                }
            }
            E::Subquery(subquery) => {
                let query = self.query_expression(subquery, Reader::Scalar);
                let span = self.extents.bracketed(self.expressions[query.0].span, &[]);
                let data_type = self.expressions[query.0]
                    .output
                    .first()
                    .and_then(|column| column.data_type.clone());
                Expr::typed(ExprKind::ScalarSubquery(query), span, data_type)
            }
            E::Tuple(members) => {
                let members: Vec<Expr> = members.iter().map(|member| self.expr(member)).collect();
                let inner = covering(&members).unwrap_or_else(|| self.extents.fallback());
                let span = self.extents.bracketed(inner, &["row"]);
                Expr::new(ExprKind::Row(members), span)
            }
            E::Array(array) => {
                let elements: Vec<Expr> = array
                    .elem
                    .iter()
                    .map(|element| self.expr(element))
                    .collect();
                let span = match covering(&elements) {
                    Some(inner) => self.extents.bracketed(inner, &["array"]),
                    None => self.extents.fallback(),
                };
                let element = elements
                    .iter()
                    .filter_map(|element| element.data_type.clone())
                    .next();
                Expr::typed(
                    ExprKind::Array(elements),
                    span,
                    element.map(|element| Type::Array(Box::new(element))),
                )
            }
            E::Function(function) => self.function(function),
            E::CompoundFieldAccess { root, access_chain } => {
                let mut operands = vec![self.expr(root)];
                let mut span = operands[0].span;
                let mut data_type = operands[0].data_type.clone();
                for access in access_chain {
                    match access {
                        ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => {
                            operands.push(self.expr(index));
                            data_type = match data_type {
                                Some(Type::Array(element)) => Some(*element),
                                Some(Type::Jsonb) => Some(Type::Jsonb),
                                _ => None,
                            };
                        }
                        ast::AccessExpr::Subscript(ast::Subscript::Slice {
                            lower_bound,
                            upper_bound,
                            ..
                        }) => {
                            operands.extend(
                                [lower_bound, upper_bound]
                                    .into_iter()
                                    .flatten()
                                    .map(|bound| self.expr(bound)),
                            );
                        }
                        ast::AccessExpr::Dot(_) => data_type = None,
                    }
                    if let Some(place) = self.extents.place(access.span()) {
                        span = span.union(place);
                    }
                    span = self.extents.with_closing_after(span);
                }
                Expr::typed(
                    ExprKind::Other {
                        text: expr.to_string(),
                        operands,
                    },
                    span,
                    data_type,
                )
            }
            E::IsJson { expr: operand, .. } | E::IsNormalized { expr: operand, .. } => {
                let operand = self.expr(operand);
                let span = self.extents.with_words_after(
                    operand.span,
                    &[
                        "is",
                        "not",
                        "json",
                        "value",
                        "scalar",
                        "array",
                        "object",
                        "normalized",
                        "nfc",
                        "nfd",
                        "with",
                        "without",
                        "unique",
                        "keys",
                    ],
                );
                boolean(
                    ExprKind::Other {
                        text: expr.to_string(),
                        operands: vec![operand],
                    },
                    span,
                )
            }
            other => self.opaque(other),
        }
    }

    fn place(&self, span: sqlparser::tokenizer::Span) -> Span {
        self.extents
            .place(span)
            .unwrap_or_else(|| self.extents.fallback())
    }

    /// An expression that is not understood: whatever it may read counts as read.
    fn opaque(&mut self, expr: &ast::Expr) -> Expr {
        let operands = self
            .scopes
            .iter()
            .flat_map(|scope| scope.relations())
            .map(|relation| Expr::new(ExprKind::WholeRow(relation), self.extents.fallback()))
            .collect();
        Expr::new(
            ExprKind::Other {
                text: expr.to_string(),
                operands,
            },
            self.place(expr.span()),
        )
    }

    fn compound(&mut self, parts: &[ast::Ident]) -> Expr {
        let span = parts
            .iter()
            .filter_map(|part| self.extents.place(part.span))
            .reduce(Span::union)
            .unwrap_or_else(|| self.extents.fallback());
        let names: Vec<String> = parts.iter().map(fold).collect();
        match names.as_slice() {
            [alias, name] => self.qualified(None, alias, name, span),
            [schema, alias, name] => self.qualified(Some(schema), alias, name, span),
            [_, schema, alias, name] => self.qualified(Some(schema), alias, name, span),
            _ => Expr::new(ExprKind::Unresolved(names), span),
        }
    }

    fn literal(&mut self, value: &ast::ValueWithSpan) -> Expr {
        let span = self.place(value.span);
        use ast::Value as V;
        let (kind, data_type) = match &value.value {
            V::Null => (ExprKind::Literal(Literal::Null), None),
            V::Boolean(truth) => (
                ExprKind::Literal(Literal::Boolean(*truth)),
                Some(Type::Bool),
            ),
            V::Number(text, _) => return number(text, span),
            V::Placeholder(name) => (ExprKind::Parameter(name.clone()), None),
            V::DollarQuotedString(quoted) => (
                ExprKind::Literal(Literal::String(quoted.value.clone())),
                None,
            ),
            V::SingleQuotedString(text)
            | V::EscapedStringLiteral(text)
            | V::UnicodeStringLiteral(text)
            | V::NationalStringLiteral(text)
            | V::TripleSingleQuotedString(text) => {
                (ExprKind::Literal(Literal::String(text.clone())), None)
            }
            other => (
                ExprKind::Other {
                    text: other.to_string(),
                    operands: Vec::new(),
                },
                None,
            ),
        };
        Expr::typed(kind, span, data_type)
    }

    fn cast_to(&self, operand: Expr, data_type: Type, span: Span) -> Expr {
        Expr::typed(
            ExprKind::Cast {
                operand: Box::new(operand),
                data_type: data_type.clone(),
            },
            span,
            Some(data_type),
        )
    }

    fn binary(&mut self, left: &ast::Expr, op: &ast::BinaryOperator, right: &ast::Expr) -> Expr {
        use ast::BinaryOperator as B;
        if matches!(op, B::And | B::Or) {
            // a chain of a thousand ORs nests a thousand deep to the left
            let mut arms = vec![right];
            let mut rest = left;
            while let ast::Expr::BinaryOp {
                left,
                op: inner,
                right,
            } = rest
            {
                if inner != op {
                    break;
                }
                arms.push(right);
                rest = left;
            }
            arms.push(rest);
            let arms: Vec<Expr> = arms.into_iter().rev().map(|arm| self.expr(arm)).collect();
            let span = covering(&arms).unwrap_or_else(|| self.extents.fallback());
            let kind = if *op == B::And {
                ExprKind::And(arms)
            } else {
                ExprKind::Or(arms)
            };
            return boolean(kind, span);
        }
        let left = self.expr(left);
        let right = self.expr(right);
        let span = left.span.union(right.span);
        let like = |kind, negated, left: Expr, right: Expr| {
            boolean(
                ExprKind::Like {
                    operand: Box::new(left),
                    pattern: Box::new(right),
                    escape: None,
                    kind,
                    negated,
                },
                span,
            )
        };
        let op = match op {
            B::PGLikeMatch => return like(LikeKind::Like, false, left, right),
            B::PGILikeMatch => return like(LikeKind::ILike, false, left, right),
            B::PGNotLikeMatch => return like(LikeKind::Like, true, left, right),
            B::PGNotILikeMatch => return like(LikeKind::ILike, true, left, right),
            other => operator(other),
        };
        let data_type = binary_type(&op, &left, &right);
        Expr::typed(
            ExprKind::Binary {
                op,
                left: Box::new(left),
                right: Box::new(right),
            },
            span,
            data_type,
        )
    }

    fn unary(&mut self, op: ast::UnaryOperator, operand: &ast::Expr) -> Expr {
        let operand = self.expr(operand);
        let span = self.extents.with_token_before(operand.span);
        match op {
            ast::UnaryOperator::Not => boolean(ExprKind::Not(Box::new(operand)), span),
            op => {
                let data_type = operand.data_type.clone();
                Expr::typed(
                    ExprKind::Unary {
                        op: match op {
                            ast::UnaryOperator::Minus => UnaryOp::Minus,
                            ast::UnaryOperator::Plus => UnaryOp::Plus,
                            _ => UnaryOp::Other,
                        },
                        operand: Box::new(operand),
                    },
                    span,
                    data_type,
                )
            }
        }
    }

    fn postfix_test(
        &mut self,
        operand: &ast::Expr,
        words: &[&str],
        kind: impl FnOnce(Box<Expr>) -> ExprKind,
    ) -> Expr {
        let operand = self.expr(operand);
        let span = self.extents.with_words_after(operand.span, words);
        boolean(kind(Box::new(operand)), span)
    }

    fn truth(&mut self, operand: &ast::Expr, value: Truth, negated: bool) -> Expr {
        self.postfix_test(
            operand,
            &["is", "not", "true", "false", "unknown"],
            |operand| ExprKind::IsTruth {
                operand,
                value,
                negated,
            },
        )
    }

    fn distinct_from(&mut self, left: &ast::Expr, right: &ast::Expr, negated: bool) -> Expr {
        let left = self.expr(left);
        let right = self.expr(right);
        let span = left.span.union(right.span);
        // what PostgreSQL makes of a NULL that is written there (transformAExprDistinct)
        let is_null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null));
        let kind = if is_null(&right) {
            ExprKind::IsNull {
                operand: Box::new(left),
                negated: !negated,
            }
        } else if is_null(&left) {
            ExprKind::IsNull {
                operand: Box::new(right),
                negated: !negated,
            }
        } else {
            ExprKind::IsDistinct {
                left: Box::new(left),
                right: Box::new(right),
                negated,
            }
        };
        boolean(kind, span)
    }

    fn in_target(&mut self, operand: &ast::Expr, target: &ast::InTarget, negated: bool) -> Expr {
        let operand = self.expr(operand);
        match target {
            ast::InTarget::List(list) => {
                let list: Vec<Expr> = list.iter().map(|member| self.expr(member)).collect();
                let span = match covering(&list) {
                    Some(inner) => operand.span.union(self.extents.bracketed(inner, &[])),
                    None => operand.span,
                };
                boolean(
                    ExprKind::InList {
                        operand: Box::new(operand),
                        list,
                        negated,
                    },
                    span,
                )
            }
            ast::InTarget::Subquery(subquery) => {
                let query = self.query_expression(subquery, Reader::Membership);
                let span = operand
                    .span
                    .union(self.extents.bracketed(self.expressions[query.0].span, &[]));
                boolean(
                    ExprKind::InSubquery {
                        operand: Box::new(operand),
                        query,
                        negated,
                    },
                    span,
                )
            }
            ast::InTarget::Unnest(_) | ast::InTarget::Table { .. } => {
                let span = operand.span;
                boolean(
                    ExprKind::Other {
                        text: "IN".to_owned(),
                        operands: vec![operand],
                    },
                    span,
                )
            }
        }
    }

    fn like(
        &mut self,
        operand: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        kind: LikeKind,
        negated: bool,
    ) -> Expr {
        let to_all = match (kind, negated) {
            (LikeKind::Like, false) => Some(ast::BinaryOperator::PGLikeMatch),
            (LikeKind::Like, true) => Some(ast::BinaryOperator::PGNotLikeMatch),
            (LikeKind::ILike, false) => Some(ast::BinaryOperator::PGILikeMatch),
            (LikeKind::ILike, true) => Some(ast::BinaryOperator::PGNotILikeMatch),
            (LikeKind::SimilarTo, _) => None,
        };
        if let (Some(op), None, Some(array)) = (to_all, escape, all_of(pattern)) {
            return self.quantified(operand, &op, array, true);
        }
        let operand = self.expr(operand);
        let pattern = self.expr(pattern);
        let escape = escape.map(|escape| Box::new(self.expr(escape)));
        let mut span = operand.span.union(pattern.span);
        if let Some(escape) = &escape {
            span = span.union(escape.span);
        }
        boolean(
            ExprKind::Like {
                operand: Box::new(operand),
                pattern: Box::new(pattern),
                escape,
                kind,
                negated,
            },
            span,
        )
    }

    fn quantified(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        all: bool,
    ) -> Expr {
        let operand = self.expr(left);
        let op = operator(op);
        let inner = match right {
            ast::Expr::Nested(inner) => inner,
            other => other,
        };
        if let ast::Expr::Subquery(subquery) = inner {
            let query = self.query_expression(subquery, Reader::Membership);
            let span = operand.span.union(
                self.extents
                    .bracketed(self.expressions[query.0].span, &["any", "some", "all"]),
            );
            // x = ANY (SELECT ...) is x IN (SELECT ...), x <> ALL (SELECT ...) is NOT IN
            let kind = match (&op, all) {
                (BinaryOp::Eq, false) => ExprKind::InSubquery {
                    operand: Box::new(operand),
                    query,
                    negated: false,
                },
                (BinaryOp::NotEq, true) => ExprKind::InSubquery {
                    operand: Box::new(operand),
                    query,
                    negated: true,
                },
                _ => ExprKind::QuantifiedSubquery {
                    op,
                    operand: Box::new(operand),
                    query,
                    all,
                },
            };
            return boolean(kind, span);
        }
        let array = self.expr(inner);
        let span = operand
            .span
            .union(self.extents.bracketed(array.span, &["any", "some", "all"]));
        boolean(
            ExprKind::QuantifiedArray {
                op,
                operand: Box::new(operand),
                array: Box::new(array),
                all,
            },
            span,
        )
    }

    fn builtin(&self, name: &str, arguments: Vec<Expr>, span: Span) -> Expr {
        let types: Vec<Option<Type>> = arguments
            .iter()
            .map(|argument| argument.data_type.clone())
            .collect();
        let data_type = functions::return_type(name, &types);
        Expr::typed(
            ExprKind::Function(Box::new(FunctionCall {
                name: name.to_owned(),
                arguments,
                star: false,
                distinct: false,
                order_by: Vec::new(),
                filter: None,
                over: None,
                kind: FunctionKind::Scalar,
            })),
            span,
            data_type,
        )
    }

    /// A call in the standard's own syntax: `position(a IN b)`.
    fn keyword_call(&mut self, name: &str, arguments: &[&ast::Expr], keywords: &[&str]) -> Expr {
        let arguments: Vec<Expr> = arguments
            .iter()
            .map(|argument| self.expr(argument))
            .collect();
        let inner = arguments
            .first()
            .map_or_else(|| self.extents.fallback(), |first| first.span);
        let span = self.extents.bracketed(inner, keywords);
        self.builtin(name, arguments, span)
    }

    /// A function's name as the model keeps it.
    pub(super) fn function_name(&self, name: &ast::ObjectName) -> String {
        let parts: Vec<String> = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(fold)
            .collect();
        match parts.as_slice() {
            [schema, name] if schema == "pg_catalog" => name.clone(),
            _ => parts.join("."),
        }
    }

    /// One argument; `None` for `*`.
    pub(super) fn argument(&mut self, argument: &ast::FunctionArg) -> Option<Expr> {
        let (ast::FunctionArg::Named { arg, .. }
        | ast::FunctionArg::ExprNamed { arg, .. }
        | ast::FunctionArg::Unnamed(arg)) = argument;
        match arg {
            ast::FunctionArgExpr::Expr(expr) => Some(self.expr(expr)),
            ast::FunctionArgExpr::QualifiedWildcard(name) => {
                let alias = name
                    .0
                    .last()
                    .and_then(|part| part.as_ident())
                    .map(fold)
                    .unwrap_or_default();
                let span = self.place(name.span());
                let relation = self
                    .scopes
                    .iter()
                    .rev()
                    .find_map(|scope| scope.entry(None, &alias))
                    .and_then(|entry| entry.relation);
                Some(Expr::new(
                    relation.map_or_else(|| ExprKind::Unresolved(vec![alias]), ExprKind::WholeRow),
                    span,
                ))
            }
            ast::FunctionArgExpr::Wildcard | ast::FunctionArgExpr::WildcardWithOptions(_) => None,
        }
    }

    fn function(&mut self, function: &ast::Function) -> Expr {
        let name_span = self.place(function.name.span());
        let span = self.extents.call(name_span);
        let name = self.function_name(&function.name);
        let mut arguments = Vec::new();
        let mut star = false;
        let mut distinct = false;
        let mut order_by = Vec::new();
        match &function.args {
            ast::FunctionArguments::None => {}
            ast::FunctionArguments::Subquery(subquery) => {
                if name == "array" {
                    let query = self.query_expression(subquery, Reader::Array);
                    let element = self.expressions[query.0]
                        .output
                        .first()
                        .and_then(|column| column.data_type.clone());
                    return Expr::typed(
                        ExprKind::ArraySubquery(query),
                        span,
                        element.map(|element| Type::Array(Box::new(element))),
                    );
                }
                let query = self.query_expression(subquery, Reader::Scalar);
                let data_type = self.expressions[query.0]
                    .output
                    .first()
                    .and_then(|column| column.data_type.clone());
                arguments.push(Expr::typed(
                    ExprKind::ScalarSubquery(query),
                    span,
                    data_type,
                ));
            }
            ast::FunctionArguments::List(list) => {
                distinct = matches!(
                    list.duplicate_treatment,
                    Some(ast::DuplicateTreatment::Distinct)
                );
                for argument in &list.args {
                    match self.argument(argument) {
                        Some(argument) => arguments.push(argument),
                        None => star = true,
                    }
                }
                for clause in &list.clauses {
                    match clause {
                        ast::FunctionArgumentClause::OrderBy(keys) => {
                            order_by.extend(keys.iter().map(|key| self.sort_key(key, None)));
                        }
                        ast::FunctionArgumentClause::Where(expr)
                        | ast::FunctionArgumentClause::Limit(expr) => {
                            arguments.push(self.expr(expr));
                        }
                        _ => {}
                    }
                }
            }
        }
        if name == "row" {
            return Expr::new(ExprKind::Row(arguments), span);
        }
        order_by.extend(
            function
                .within_group
                .iter()
                .map(|key| self.sort_key(key, None)),
        );
        let filter = function.filter.as_ref().map(|filter| self.expr(filter));
        let over = function.over.as_ref().map(|over| match over {
            ast::WindowType::NamedWindow(name) => self.window_by_name(&fold(name)),
            ast::WindowType::WindowSpec(spec) => self.window_spec(spec),
        });
        let kind = if over.is_some() {
            FunctionKind::Window
        } else if functions::is_aggregate(&name) || self.is_user_aggregate(&name, function) {
            FunctionKind::Aggregate
        } else if functions::is_set_returning(&name)
            || self
                .user_function(&name)
                .is_some_and(|known| known.returns_set)
        {
            FunctionKind::SetReturning
        } else {
            FunctionKind::Scalar
        };
        let types: Vec<Option<Type>> = arguments
            .iter()
            .map(|argument| argument.data_type.clone())
            .collect();
        let data_type = functions::return_type(&name, &types).or_else(|| {
            self.user_function(&name)
                .and_then(|known| known.returns.clone())
        });
        Expr::typed(
            ExprKind::Function(Box::new(FunctionCall {
                name,
                arguments,
                star,
                distinct,
                order_by,
                filter,
                over,
                kind,
            })),
            span,
            data_type,
        )
    }

    /// A call that only an aggregate can have: FILTER, DISTINCT or WITHIN GROUP.
    fn is_user_aggregate(&self, name: &str, function: &ast::Function) -> bool {
        let distinct = matches!(
            &function.args,
            ast::FunctionArguments::List(list) if list.duplicate_treatment.is_some() || !list.clauses.is_empty()
        );
        self.user_function(name).is_none()
            && (function.filter.is_some() || distinct || !function.within_group.is_empty())
    }

    fn user_function(&self, name: &str) -> Option<&crate::catalog::UserFunction> {
        let (schema, name) = match name.rsplit_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, name),
        };
        self.catalog.functions.iter().find_map(|(known, function)| {
            let visible = match schema {
                Some(schema) => known.schema == schema,
                None => self.catalog.search_path.contains(&known.schema),
            };
            (visible && known.name == name).then_some(function)
        })
    }
}

fn boolean(kind: ExprKind, span: Span) -> Expr {
    Expr::typed(kind, span, Some(Type::Bool))
}

fn number(text: &str, span: Span) -> Expr {
    let data_type = if text.contains(['.', 'e', 'E']) {
        Type::Numeric(None)
    } else if text.parse::<i32>().is_ok() {
        Type::Int4
    } else if text.parse::<i64>().is_ok() {
        Type::Int8
    } else {
        Type::Numeric(None)
    };
    Expr::typed(
        ExprKind::Literal(Literal::Number(text.to_owned())),
        span,
        Some(data_type),
    )
}

fn covering(exprs: &[Expr]) -> Option<Span> {
    exprs.iter().map(|expr| expr.span).reduce(Span::union)
}

fn operator(op: &ast::BinaryOperator) -> BinaryOp {
    use ast::BinaryOperator as B;
    match op {
        B::Eq => BinaryOp::Eq,
        B::NotEq => BinaryOp::NotEq,
        B::Lt => BinaryOp::Lt,
        B::LtEq => BinaryOp::LtEq,
        B::Gt => BinaryOp::Gt,
        B::GtEq => BinaryOp::GtEq,
        B::Plus => BinaryOp::Plus,
        B::Minus => BinaryOp::Minus,
        B::Multiply => BinaryOp::Multiply,
        B::Divide => BinaryOp::Divide,
        B::Modulo => BinaryOp::Modulo,
        B::PGExp => BinaryOp::Power,
        B::StringConcat => BinaryOp::Concat,
        B::PGRegexMatch => regex(false, false),
        B::PGRegexIMatch => regex(true, false),
        B::PGRegexNotMatch => regex(false, true),
        B::PGRegexNotIMatch => regex(true, true),
        B::PGCustomBinaryOperator(parts) => match parts.last().map(String::as_str) {
            Some("=") => BinaryOp::Eq,
            Some("<>") => BinaryOp::NotEq,
            Some("<") => BinaryOp::Lt,
            Some("<=") => BinaryOp::LtEq,
            Some(">") => BinaryOp::Gt,
            Some(">=") => BinaryOp::GtEq,
            Some("~") => regex(false, false),
            Some(other) => BinaryOp::Other(other.to_owned()),
            None => BinaryOp::Other(op.to_string()),
        },
        other => BinaryOp::Other(other.to_string()),
    }
}

fn regex(case_insensitive: bool, negated: bool) -> BinaryOp {
    BinaryOp::Regex {
        case_insensitive,
        negated,
    }
}

/// The argument of `ALL (...)` behind LIKE, which reads like a function call.
fn all_of(pattern: &ast::Expr) -> Option<&ast::Expr> {
    let ast::Expr::Function(call) = pattern else {
        return None;
    };
    let [name] = call.name.0.as_slice() else {
        return None;
    };
    let word = name.as_ident()?;
    if word.quote_style.is_some() || !word.value.eq_ignore_ascii_case("all") {
        return None;
    }
    match &call.args {
        ast::FunctionArguments::List(list) => match list.args.as_slice() {
            [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(only))] => Some(only),
            _ => None,
        },
        _ => None,
    }
}
