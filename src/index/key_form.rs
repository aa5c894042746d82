use crate::catalog::Type;
use crate::query::{BoundSchema, ColumnRef, Expr, ExprKind, Literal, RelationId};

/// An expression in the one spelling in which index keys are compared: without casts that PostgreSQL itself adds when
/// it prints an index (`lower((email)::text)`, `'en'::regconfig`).
pub fn key_form(expr: &Expr) -> Expr {
    let mut copy = expr.clone();
    simplify(&mut copy, false);
    copy
}

fn simplify(expr: &mut Expr, inside_function: bool) {
    while let ExprKind::Cast { operand, data_type } = &expr.kind {
        let keeps_the_value = match &operand.kind {
            ExprKind::Literal(Literal::String(_)) => true,
            _ => {
                let from = operand.data_type.as_ref();
                let to_text = matches!(data_type, Type::Text | Type::Varchar(None));
                to_text
                    && match from {
                        Some(Type::Text | Type::Varchar(_)) => true,
                        // a domain that a function takes as it is, is one over a string type
                        Some(Type::Char(_) | Type::Domain(_)) => inside_function,
                        _ => false,
                    }
            }
        };
        if !keeps_the_value {
            break;
        }
        let inner = (**operand).clone();
        *expr = inner;
    }
    if let ExprKind::Binary { op, left, right } = &mut expr.kind
        && op.is_arithmetic()
    {
        let (left_type, right_type) = (left.data_type.clone(), right.data_type.clone());
        adopt_number(left, right_type.as_ref());
        adopt_number(right, left_type.as_ref());
    }
    let function = matches!(expr.kind, ExprKind::Function(_));
    for child in expr.children_mut() {
        simplify(child, function);
    }
}

/// `price * (2)::numeric`: a number beside one of another type takes that type without saying so.
fn adopt_number(expr: &mut Expr, beside: Option<&Type>) {
    let ExprKind::Cast { operand, data_type } = &expr.kind else {
        return;
    };
    let adopted = matches!(
        (data_type, beside),
        (Type::Numeric(None), Some(Type::Numeric(_))) | (Type::Float8, Some(Type::Float8))
    );
    if adopted && matches!(operand.kind, ExprKind::Literal(Literal::Number(_))) {
        let inner = (**operand).clone();
        *expr = inner;
    }
}

/// An expression over a relation's columns as one over [`BoundSchema::TABLE`], in its key form.
pub fn over_table(expr: &Expr, relation: RelationId) -> Expr {
    let mut moved = expr.map_columns(&|column| {
        ExprKind::Column(ColumnRef {
            relation: if column.relation == relation {
                BoundSchema::TABLE
            } else {
                column.relation
            },
            column: column.column,
        })
    });
    simplify(&mut moved, false);
    moved
}
