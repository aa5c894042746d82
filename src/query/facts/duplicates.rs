use crate::query::{
    Block, BlockRole, Distinct, Expr, ExprKind, FunctionKind, QueryBody, QueryExpressionId, Reader,
    SetOperator, functions,
};

use super::Facts;

/// Why it does not matter how often a block's FROM gives the same row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicatesHarmless {
    /// SELECT DISTINCT, or DISTINCT ON.
    Distinct,
    /// GROUP BY, with aggregates that ignore duplicates.
    Grouped,
    /// EXISTS asks only whether there is a row.
    Exists,
    /// IN and ANY ask only which values there are.
    Membership,
    /// UNION, INTERSECT or EXCEPT without ALL.
    SetOperation,
    /// The block that reads it does not mind either.
    Reader,
}

/// In words.
impl std::fmt::Display for DuplicatesHarmless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Distinct => "DISTINCT removes the copies again",
            Self::Grouped => "the aggregates give the same however often a row comes",
            Self::Exists => "EXISTS only asks whether there is a row",
            Self::Membership => "IN only asks which values there are",
            Self::SetOperation => "the set operation removes the copies again",
            Self::Reader => "the query around it removes the copies again",
        })
    }
}

impl Facts<'_> {
    /// Why the multiplicity of a block's FROM rows does not matter to what is read of it; `None` where it may.
    pub fn duplicates_harmless(&self, block: &Block) -> Option<DuplicatesHarmless> {
        self.duplicates_harmless_within(block, 0)
    }

    fn duplicates_harmless_within(
        &self,
        block: &Block,
        depth: usize,
    ) -> Option<DuplicatesHarmless> {
        if depth > 16 || block.role != BlockRole::Select {
            return None;
        }
        let expression = block.expression?;
        let mut computed: Vec<&Expr> = block.select.iter().map(|item| &item.expr).collect();
        computed.extend(&block.having);
        if let Distinct::On(exprs) = &block.distinct {
            computed.extend(exprs);
        }
        computed.extend(
            self.query
                .expression(expression)
                .order_by
                .iter()
                .map(|key| &key.expr),
        );
        if block.is_grouped() {
            return computed
                .iter()
                .all(|expr| self.aggregates_ignore_duplicates(expr))
                .then_some(DuplicatesHarmless::Grouped);
        }
        if computed
            .iter()
            .any(|expr| expr.has_window() || self.is_volatile(expr))
        {
            return None;
        }
        match block.distinct {
            Distinct::All | Distinct::On(_) => Some(DuplicatesHarmless::Distinct),
            Distinct::No => self.reader_ignores_duplicates_within(expression, depth),
        }
    }

    fn aggregates_ignore_duplicates(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Function(call) if call.kind == FunctionKind::Aggregate => {
                !call.star
                    && (functions::ignores_duplicates(&call.name) || call.distinct)
                    && !call
                        .arguments
                        .iter()
                        .any(|argument| self.is_volatile(argument))
            }
            _ => expr
                .children()
                .into_iter()
                .all(|child| self.aggregates_ignore_duplicates(child)),
        }
    }

    /// Why it does not matter to the reader of a query expression how often a row comes; `None` where it may.
    pub fn reader_ignores_duplicates(&self, id: QueryExpressionId) -> Option<DuplicatesHarmless> {
        self.reader_ignores_duplicates_within(id, 0)
    }

    fn reader_ignores_duplicates_within(
        &self,
        id: QueryExpressionId,
        depth: usize,
    ) -> Option<DuplicatesHarmless> {
        let expression = self.query.expression(id);
        let picks = expression.limit.is_some() || expression.offset.is_some();
        match expression.reader {
            // one row more or less changes nothing as long as there is one
            Reader::Exists if expression.offset.is_none() => Some(DuplicatesHarmless::Exists),
            _ if picks => None,
            Reader::Exists => Some(DuplicatesHarmless::Exists),
            Reader::Membership => Some(DuplicatesHarmless::Membership),
            Reader::SetOperation { parent } => match self.query.expression(parent).body {
                QueryBody::SetOperation { all: false, .. } => {
                    Some(DuplicatesHarmless::SetOperation)
                }
                QueryBody::SetOperation {
                    operator: SetOperator::Union,
                    all: true,
                    ..
                } => self.reader_ignores_duplicates_within(parent, depth + 1),
                _ => None,
            },
            Reader::Relation(relation) => {
                let reading = self.query.block(self.query.relation(relation).block);
                self.duplicates_harmless_within(reading, depth + 1)
                    .map(|_| DuplicatesHarmless::Reader)
            }
            Reader::Cte(cte) => {
                let cte = self.query.cte(cte);
                if cte.recursive || cte.references.is_empty() {
                    return None;
                }
                cte.references
                    .iter()
                    .all(|relation| {
                        let reading = self.query.block(self.query.relation(*relation).block);
                        self.duplicates_harmless_within(reading, depth + 1)
                            .is_some()
                    })
                    .then_some(DuplicatesHarmless::Reader)
            }
            Reader::Client | Reader::Scalar | Reader::Array => None,
        }
    }
}
