use std::collections::BTreeSet;

use crate::catalog::Type;
use crate::source::Span;

use super::{QueryExpressionId, RelationId};

/// A bound expression. Equality ignores where it stands in the text and its type.
#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    /// Byte offsets in the file; for expressions of a view, those of the reference to the view.
    pub span: Span,
    /// `None` where it could not be inferred.
    pub data_type: Option<Type>,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Expr {}

impl std::hash::Hash for Expr {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

/// A column of a relation of the same statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnRef {
    pub relation: RelationId,
    /// Number in [`super::Relation::columns`], from 0.
    pub column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExprKind {
    Column(ColumnRef),
    /// The whole row of a relation (`t` or `t.*` used as a value).
    WholeRow(RelationId),
    Literal(Literal),
    /// As written: `$1`, `:name`, `?`.
    Parameter(String),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// A comparison, arithmetic or other binary operator.
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    IsNull {
        operand: Box<Expr>,
        negated: bool,
    },
    /// `IS [NOT] TRUE`, `IS [NOT] FALSE`, `IS [NOT] UNKNOWN`.
    IsTruth {
        operand: Box<Expr>,
        value: Truth,
        negated: bool,
    },
    /// `IS [NOT] DISTINCT FROM`; `negated` is IS NOT DISTINCT FROM.
    IsDistinct {
        left: Box<Expr>,
        right: Box<Expr>,
        negated: bool,
    },
    InList {
        operand: Box<Expr>,
        list: Vec<Expr>,
        negated: bool,
    },
    InSubquery {
        operand: Box<Expr>,
        query: QueryExpressionId,
        negated: bool,
    },
    Exists(QueryExpressionId),
    /// `operand op ANY (array)` or `ALL`.
    QuantifiedArray {
        op: BinaryOp,
        operand: Box<Expr>,
        array: Box<Expr>,
        all: bool,
    },
    /// `operand op ANY (SELECT ...)` or `ALL`.
    QuantifiedSubquery {
        op: BinaryOp,
        operand: Box<Expr>,
        query: QueryExpressionId,
        all: bool,
    },
    Between {
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negated: bool,
    },
    Like {
        operand: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
        kind: LikeKind,
        negated: bool,
    },
    Function(Box<FunctionCall>),
    Cast {
        operand: Box<Expr>,
        data_type: Type,
    },
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Row(Vec<Expr>),
    Array(Vec<Expr>),
    ScalarSubquery(QueryExpressionId),
    ArraySubquery(QueryExpressionId),
    Collate {
        operand: Box<Expr>,
        collation: String,
    },
    /// A name that could not be resolved; the parts as folded.
    Unresolved(Vec<String>),
    /// Anything else, with the expressions inside it; equal only to itself in text.
    Other {
        text: String,
        operands: Vec<Expr>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    Null,
    Boolean(bool),
    /// As written, without a sign.
    Number(String),
    /// The value, not the spelling; its type is still open.
    String(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    True,
    False,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LikeKind {
    Like,
    ILike,
    SimilarTo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Minus,
    Plus,
    /// `~`, `@`, `|/`, `||/`, `!!`: strict in every case.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    Plus,
    Minus,
    Multiply,
    Divide,
    Modulo,
    Power,
    /// `||`
    Concat,
    /// `~`, `~*`, `!~`, `!~*`
    Regex {
        case_insensitive: bool,
        negated: bool,
    },
    /// Any other operator by its symbol: `@>`, `<@`, `&&`, `->`, `->>`, `@@`, `?`, ...
    Other(String),
}

impl BinaryOp {
    /// `=`, `<>`, `<`, `<=`, `>`, `>=`.
    pub fn is_comparison(&self) -> bool {
        matches!(
            self,
            Self::Eq | Self::NotEq | Self::Lt | Self::LtEq | Self::Gt | Self::GtEq
        )
    }

    /// `<`, `<=`, `>`, `>=`.
    pub fn is_range(&self) -> bool {
        matches!(self, Self::Lt | Self::LtEq | Self::Gt | Self::GtEq)
    }

    /// `+`, `-`, `*`, `/`, `%`, `^`.
    pub fn is_arithmetic(&self) -> bool {
        matches!(
            self,
            Self::Plus | Self::Minus | Self::Multiply | Self::Divide | Self::Modulo | Self::Power
        )
    }

    /// The comparison with its sides exchanged.
    pub fn commuted(&self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::Eq,
            Self::NotEq => Self::NotEq,
            Self::Lt => Self::Gt,
            Self::LtEq => Self::GtEq,
            Self::Gt => Self::Lt,
            Self::GtEq => Self::LtEq,
            _ => return None,
        })
    }

    /// The comparison that is true where this one is false.
    pub fn inverse(&self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::NotEq,
            Self::NotEq => Self::Eq,
            Self::Lt => Self::GtEq,
            Self::LtEq => Self::Gt,
            Self::Gt => Self::LtEq,
            Self::GtEq => Self::Lt,
            _ => return None,
        })
    }

    /// As SQL writes it.
    pub fn symbol(&self) -> &str {
        match self {
            Self::Eq => "=",
            Self::NotEq => "<>",
            Self::Lt => "<",
            Self::LtEq => "<=",
            Self::Gt => ">",
            Self::GtEq => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
            Self::Concat => "||",
            Self::Regex {
                case_insensitive,
                negated,
            } => match (negated, case_insensitive) {
                (false, false) => "~",
                (false, true) => "~*",
                (true, false) => "!~",
                (true, true) => "!~*",
            },
            Self::Other(symbol) => symbol,
        }
    }
}

/// A function call: scalar, aggregate, window or set-returning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionCall {
    /// Lower-case where it was not quoted; `pg_catalog.` is left out, other schemas are kept with a dot.
    pub name: String,
    pub arguments: Vec<Expr>,
    /// `count(*)`
    pub star: bool,
    pub distinct: bool,
    /// `ORDER BY` among the arguments, or WITHIN GROUP.
    pub order_by: Vec<SortKey>,
    pub filter: Option<Expr>,
    pub over: Option<Window>,
    pub kind: FunctionKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionKind {
    Scalar,
    Aggregate,
    /// Called with OVER.
    Window,
    SetReturning,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortKey>,
    /// The frame clause as written, and the name of a window it builds on.
    pub frame: Option<String>,
}

/// One item of an ORDER BY.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SortKey {
    pub expr: Expr,
    pub descending: bool,
    pub nulls_first: bool,
    /// Whether NULLS FIRST or NULLS LAST was written.
    pub nulls_written: bool,
    /// The output column that it names or numbers, where it does.
    pub output: Option<usize>,
}

impl Expr {
    /// An expression without a known type.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self {
            kind,
            span,
            data_type: None,
        }
    }

    /// An expression of a type.
    pub fn typed(kind: ExprKind, span: Span, data_type: Option<Type>) -> Self {
        Self {
            kind,
            span,
            data_type,
        }
    }

    /// The column, where the expression is nothing but a column.
    pub fn as_column(&self) -> Option<ColumnRef> {
        match self.kind {
            ExprKind::Column(column) => Some(column),
            _ => None,
        }
    }

    /// The column behind casts that change no value (varchar to text and the like are the caller's judgement), here:
    /// behind none; see [`Expr::as_column`]. This one looks through COLLATE only.
    pub fn as_collated_column(&self) -> Option<ColumnRef> {
        match &self.kind {
            ExprKind::Collate { operand, .. } => operand.as_collated_column(),
            _ => self.as_column(),
        }
    }

    /// Whether it is the literal NULL.
    pub fn is_null_literal(&self) -> bool {
        match &self.kind {
            ExprKind::Literal(Literal::Null) => true,
            ExprKind::Cast { operand, .. } => operand.is_null_literal(),
            _ => false,
        }
    }

    /// Calls `visit` for this expression and for each one inside it, outer first. Subqueries are not entered.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// The expressions directly inside.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Column(_)
            | ExprKind::WholeRow(_)
            | ExprKind::Literal(_)
            | ExprKind::Parameter(_)
            | ExprKind::Exists(_)
            | ExprKind::ScalarSubquery(_)
            | ExprKind::ArraySubquery(_)
            | ExprKind::Unresolved(_) => Vec::new(),
            ExprKind::And(list)
            | ExprKind::Or(list)
            | ExprKind::Row(list)
            | ExprKind::Array(list)
            | ExprKind::Other { operands: list, .. } => list.iter().collect(),
            ExprKind::Not(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::IsTruth { operand, .. }
            | ExprKind::InSubquery { operand, .. }
            | ExprKind::QuantifiedSubquery { operand, .. }
            | ExprKind::Cast { operand, .. }
            | ExprKind::Collate { operand, .. } => vec![operand],
            ExprKind::Binary { left, right, .. } | ExprKind::IsDistinct { left, right, .. } => {
                vec![left, right]
            }
            ExprKind::InList { operand, list, .. } => {
                std::iter::once(&**operand).chain(list).collect()
            }
            ExprKind::QuantifiedArray { operand, array, .. } => vec![operand, array],
            ExprKind::Between {
                operand, low, high, ..
            } => vec![operand, low, high],
            ExprKind::Like {
                operand,
                pattern,
                escape,
                ..
            } => {
                let mut children: Vec<&Expr> = vec![operand, pattern];
                children.extend(escape.as_deref());
                children
            }
            ExprKind::Function(call) => {
                let mut children: Vec<&Expr> = call.arguments.iter().collect();
                children.extend(call.order_by.iter().map(|key| &key.expr));
                children.extend(call.filter.as_ref());
                if let Some(window) = &call.over {
                    children.extend(&window.partition_by);
                    children.extend(window.order_by.iter().map(|key| &key.expr));
                }
                children
            }
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => {
                let mut children: Vec<&Expr> = operand.as_deref().into_iter().collect();
                for (condition, result) in branches {
                    children.push(condition);
                    children.push(result);
                }
                children.extend(otherwise.as_deref());
                children
            }
        }
    }

    /// The expressions directly inside, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Column(_)
            | ExprKind::WholeRow(_)
            | ExprKind::Literal(_)
            | ExprKind::Parameter(_)
            | ExprKind::Exists(_)
            | ExprKind::ScalarSubquery(_)
            | ExprKind::ArraySubquery(_)
            | ExprKind::Unresolved(_) => Vec::new(),
            ExprKind::And(list)
            | ExprKind::Or(list)
            | ExprKind::Row(list)
            | ExprKind::Array(list)
            | ExprKind::Other { operands: list, .. } => list.iter_mut().collect(),
            ExprKind::Not(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::IsTruth { operand, .. }
            | ExprKind::InSubquery { operand, .. }
            | ExprKind::QuantifiedSubquery { operand, .. }
            | ExprKind::Cast { operand, .. }
            | ExprKind::Collate { operand, .. } => vec![operand],
            ExprKind::Binary { left, right, .. } | ExprKind::IsDistinct { left, right, .. } => {
                vec![left, right]
            }
            ExprKind::InList { operand, list, .. } => {
                std::iter::once(&mut **operand).chain(list).collect()
            }
            ExprKind::QuantifiedArray { operand, array, .. } => vec![operand, array],
            ExprKind::Between {
                operand, low, high, ..
            } => vec![operand, low, high],
            ExprKind::Like {
                operand,
                pattern,
                escape,
                ..
            } => {
                let mut children: Vec<&mut Expr> = vec![operand, pattern];
                children.extend(escape.as_deref_mut());
                children
            }
            ExprKind::Function(call) => {
                let mut children: Vec<&mut Expr> = call.arguments.iter_mut().collect();
                children.extend(call.order_by.iter_mut().map(|key| &mut key.expr));
                children.extend(call.filter.as_mut());
                if let Some(window) = &mut call.over {
                    children.extend(&mut window.partition_by);
                    children.extend(window.order_by.iter_mut().map(|key| &mut key.expr));
                }
                children
            }
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => {
                let mut children: Vec<&mut Expr> = operand.as_deref_mut().into_iter().collect();
                for (condition, result) in branches {
                    children.push(condition);
                    children.push(result);
                }
                children.extend(otherwise.as_deref_mut());
                children
            }
        }
    }

    /// The expression with every column replaced; subqueries are not entered.
    pub fn map_columns(&self, replace: &dyn Fn(ColumnRef) -> ExprKind) -> Expr {
        let mut copy = self.clone();
        copy.replace_columns(replace);
        copy
    }

    fn replace_columns(&mut self, replace: &dyn Fn(ColumnRef) -> ExprKind) {
        if let ExprKind::Column(column) = self.kind {
            self.kind = replace(column);
            return;
        }
        for child in self.children_mut() {
            child.replace_columns(replace);
        }
    }

    /// All columns in it, subqueries left out.
    pub fn columns(&self) -> BTreeSet<ColumnRef> {
        let mut columns = BTreeSet::new();
        self.walk(&mut |expr| {
            if let ExprKind::Column(column) = expr.kind {
                columns.insert(column);
            }
        });
        columns
    }

    /// The relations whose columns or whole rows are in it, subqueries left out.
    pub fn relations(&self) -> BTreeSet<RelationId> {
        let mut relations = BTreeSet::new();
        self.walk(&mut |expr| match expr.kind {
            ExprKind::Column(column) => {
                relations.insert(column.relation);
            }
            ExprKind::WholeRow(relation) => {
                relations.insert(relation);
            }
            _ => {}
        });
        relations
    }

    /// The subqueries directly in it.
    pub fn subqueries(&self) -> Vec<QueryExpressionId> {
        let mut queries = Vec::new();
        self.walk(&mut |expr| match expr.kind {
            ExprKind::Exists(query)
            | ExprKind::ScalarSubquery(query)
            | ExprKind::ArraySubquery(query)
            | ExprKind::InSubquery { query, .. }
            | ExprKind::QuantifiedSubquery { query, .. } => queries.push(query),
            _ => {}
        });
        queries
    }

    /// Whether a condition holds for it or for an expression inside it; subqueries are not entered.
    pub fn any(&self, condition: &dyn Fn(&Expr) -> bool) -> bool {
        condition(self)
            || self
                .children()
                .into_iter()
                .any(|child| child.any(condition))
    }

    /// Whether an aggregate (not a window function) is in it.
    pub fn has_aggregate(&self) -> bool {
        self.any(&|expr| {
            matches!(&expr.kind, ExprKind::Function(call) if call.kind == FunctionKind::Aggregate)
        })
    }

    /// Whether a window function is in it.
    pub fn has_window(&self) -> bool {
        self.any(&|expr| {
            matches!(&expr.kind, ExprKind::Function(call) if call.kind == FunctionKind::Window)
        })
    }

    /// Whether it has the same value for all rows of the statement as far as its own text tells: no columns, no
    /// subqueries, no unresolved names (functions are the caller's judgement).
    pub fn is_constant(&self) -> bool {
        !self.any(&|expr| {
            matches!(
                expr.kind,
                ExprKind::Column(_)
                    | ExprKind::WholeRow(_)
                    | ExprKind::Exists(_)
                    | ExprKind::ScalarSubquery(_)
                    | ExprKind::ArraySubquery(_)
                    | ExprKind::InSubquery { .. }
                    | ExprKind::QuantifiedSubquery { .. }
                    | ExprKind::Unresolved(_)
                    | ExprKind::Other { .. }
            )
        })
    }

    /// The conjuncts of a predicate: the arms of its ANDs.
    pub fn into_conjuncts(self) -> Vec<Expr> {
        match self.kind {
            ExprKind::And(arms) => arms.into_iter().flat_map(Expr::into_conjuncts).collect(),
            _ => vec![self],
        }
    }
}
