//! FULL JOIN that stays full: the rows that fit, and those of either side that none fits, NULL beside them.

use crate::query::{Join, RelationId};

use super::convert::{Columns, Converted, Converter, NotUnderstood, Scope};
use super::expression::negated;
use super::model::{AtomKind, Relation, Select, Source, Term};

impl Converter<'_> {
    /// Adds a full join as one relation with the columns of both sides.
    pub(super) fn full_join(
        &mut self,
        join: &Join,
        source: &mut Source,
        scope: &mut Scope,
    ) -> Converted<()> {
        let (mut left, mut right) = (Source::default(), Source::default());
        self.tree(&join.left, &mut left, scope, true)?;
        self.tree(&join.right, &mut right, scope, true)?;
        let mut both = Source {
            atoms: [left.atoms.clone(), right.atoms.clone()].concat(),
            lefts: [left.lefts.clone(), right.lefts.clone()].concat(),
            conditions: Vec::new(),
        };
        self.on(&join.on, &mut both, scope)?;
        let on = std::mem::take(&mut both.conditions);
        both.conditions = [
            left.conditions.clone(),
            right.conditions.clone(),
            on.clone(),
        ]
        .concat();
        let alone = |own: &Source, other: &Source| {
            let mut other = other.clone();
            other.conditions.extend(on.iter().cloned());
            let mut own = own.clone();
            own.conditions.push(negated(Term::Exists(Box::new(other))));
            own
        };
        let (only_left, only_right) = (alone(&left, &right), alone(&right, &left));
        let sides = [join.left.relations(), join.right.relations()];
        let columns = sides
            .iter()
            .map(|side| self.columns_of(side, scope))
            .collect::<Converted<Vec<_>>>()?;
        let [of_left, of_right] = columns.as_slice() else {
            return Err(NotUnderstood);
        };
        let nulls = |terms: &[Term]| vec![Term::leaf("null"); terms.len()];
        let arms = vec![
            shown(both, [of_left.clone(), of_right.clone()].concat()),
            shown(only_left, [of_left.clone(), nulls(of_right)].concat()),
            shown(only_right, [nulls(of_left), of_right.clone()].concat()),
        ];
        let union = Relation::Set("union".to_owned(), true, arms);
        let atom = self.new_atom("full join", AtomKind::Query(Box::new(union)));
        let mut next = 0;
        for relation in sides.into_iter().flatten() {
            let width = self.query.relation(relation).columns.len();
            let mut terms = Vec::new();
            for number in 0..width {
                let data_type = self.query.relation(relation).columns[number]
                    .data_type
                    .clone();
                if let Some(data_type) = data_type {
                    self.types.insert((atom.id, next), data_type);
                }
                terms.push(Term::Column(atom.id, next));
                next += 1;
            }
            scope.relations.insert(relation, Columns::Terms(terms));
        }
        self.outer_joined.insert(atom.id);
        source.atoms.push(atom);
        self.step("a full join is the rows that fit and those of either side that none fits");
        Ok(())
    }

    /// All columns of some relations, one after the other.
    fn columns_of(&self, relations: &[RelationId], scope: &Scope) -> Converted<Vec<Term>> {
        let mut columns = Vec::new();
        for relation in relations {
            let width = self.query.relation(*relation).columns.len();
            match scope.relations.get(relation).ok_or(NotUnderstood)? {
                Columns::Of(atom) => {
                    columns.extend((0..width).map(|column| Term::Column(*atom, column)));
                }
                Columns::Terms(terms) if terms.len() == width => columns.extend(terms.clone()),
                Columns::Terms(_) => return Err(NotUnderstood),
            }
        }
        Ok(columns)
    }
}

fn shown(source: Source, output: Vec<Term>) -> Relation {
    Relation::Select(Box::new(Select {
        source,
        group: None,
        having: Vec::new(),
        distinct: false,
        output,
        order: Vec::new(),
        limit: None,
        offset: None,
    }))
}
