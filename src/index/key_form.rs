use crate::catalog::{Catalog, Type};
use crate::query::{BoundSchema, ColumnRef, Expr, ExprKind, Literal, RelationId, is_relabelling};

/// An expression in the one spelling in which index keys are compared: without casts that PostgreSQL itself adds when
/// it prints an index (`lower((email)::text)`, `'en'::regconfig`), and without those that leave the value as it is.
pub fn key_form(catalog: &Catalog, expr: &Expr) -> Expr {
    let mut copy = expr.clone();
    simplify(catalog, &mut copy, false);
    copy
}

fn simplify(catalog: &Catalog, expr: &mut Expr, inside_function: bool) {
    while let ExprKind::Cast { operand, data_type } = &expr.kind {
        let keeps_the_value = match &operand.kind {
            ExprKind::Literal(Literal::String(_)) => true,
            _ => {
                let from = operand.data_type.as_ref();
                let to_text = matches!(data_type, Type::Text | Type::Varchar(None));
                match from {
                    // a domain that a function takes as it is, is one over a string type
                    Some(Type::Char(_) | Type::Domain(_)) if to_text && inside_function => true,
                    Some(Type::Char(_)) if to_text => false,
                    Some(from) => is_relabelling(catalog, from, data_type),
                    None => false,
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
        simplify(catalog, child, function);
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
pub fn over_table(catalog: &Catalog, expr: &Expr, relation: RelationId) -> Expr {
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
    simplify(catalog, &mut moved, false);
    moved
}
