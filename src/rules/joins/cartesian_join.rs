use std::collections::{BTreeMap, BTreeSet};

use super::redundant_outer_join::redundant_relations;
use super::support::table_name;
use crate::query::{
    Block, BlockRole, Expr, JoinKind, JoinTree, QueryExpressionId, RelationId, RelationSource,
};
use crate::rules::{
    Documentation, Evidence, Finding, FixAvailability, Rule, RuleInfo, Severity, StatementContext,
};

/// Relations in one FROM that no predicate connects.
pub struct CartesianJoin;

static INFO: RuleInfo = RuleInfo {
    name: "cartesian-join",
    summary: "tables in FROM that no predicate connects",
    severity: Severity::Warning,
    evidence: Evidence::Schema,
    fix: FixAvailability::Never,
    documentation: Documentation {
        what_it_does: "Finds tables in one FROM that no condition connects, directly or through others, unless one of them surely has \
            one row. A written CROSS JOIN is a note (info): somebody may mean it.",
        why_it_is_slow: "Each row of the one meets each row of the other: 10,000 and 10,000 rows make 100 million. A DISTINCT or a GROUP BY \
            often hides it in the result, not in the time.",
        example_schema: "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n\
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int);",
        example_statistics: "",
        example: "SELECT c.name, o.total\nFROM customers c, orders o\nWHERE o.total > 100;",
        use_instead: "SELECT c.name, o.total\nFROM customers c, orders o\nWHERE o.total > 100 AND o.customer_id = c.id;",
        trade_off: "None, unless every combination is wanted: then write CROSS JOIN, so that a reader sees it.",
        interview_question: "The query returns far too many rows, each customer with each order. What is missing?",
        good_answer: &[
            "The join condition: comma and CROSS JOIN pair every row with every row.",
            "The plan shows a Nested Loop without a join filter, rows multiplied.",
            "Explicit JOIN ... ON makes the mistake visible.",
        ],
    },
};

impl Rule for CartesianJoin {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn check_statement(&self, context: &StatementContext<'_>, findings: &mut Vec<Finding>) {
        if context.query.has_unresolved {
            return;
        }
        for block in context.query.own_blocks() {
            if matches!(
                block.role,
                BlockRole::Select | BlockRole::Update | BlockRole::Delete
            ) {
                findings.extend(check(context, block));
            }
        }
    }
}

fn check(context: &StatementContext<'_>, block: &Block) -> Option<Finding> {
    let relations = block.relations();
    if relations.len() < 2 {
        return None;
    }
    let mut groups = Groups::new(&relations);
    let conditions: Vec<&Expr> = block
        .joins()
        .into_iter()
        .flat_map(|join| &join.on)
        .chain(&block.filter)
        .collect();
    for condition in &conditions {
        groups.connect(&context.facts.relations_read_by(condition));
    }
    for relation in &relations {
        let mut connected = read_by(context, *relation);
        connected.insert(*relation);
        groups.connect(&connected);
    }
    // a USING or NATURAL join connects the relations that its merged columns come from, which its equalities say already
    let told = redundant_relations(context, block);
    let many: Vec<RelationId> = relations
        .iter()
        .copied()
        .filter(|relation| !told.contains(relation) && !has_few_rows(context, block, *relation))
        .collect();
    let first = *many.first()?;
    let stranger = many
        .iter()
        .copied()
        .find(|relation| !groups.same(first, *relation))?;
    let explicit = written_cross_join(block, stranger) || written_cross_join(block, first);
    let query = context.query;
    let (left, right) = (query.relation(first), query.relation(stranger));
    let severity = if explicit {
        Severity::Info
    } else {
        Severity::Warning
    };
    let mut finding = Finding::at(
        query,
        INFO.name,
        severity,
        Evidence::Schema,
        right.span,
        format!(
            "no condition connects {} with {}: each row of the one meets each row of the other",
            right.alias, left.alias
        ),
    );
    finding.relation = Some(right.alias.clone());
    finding.table = table_name(context, stranger);
    finding.label = Some(format!("nothing joins {} to {}", right.alias, left.alias));
    finding.why = vec![
        "the rows of the two are multiplied, and whatever else the query does is done on the product".to_owned(),
        if explicit {
            "CROSS JOIN is written, so it may be meant".to_owned()
        } else {
            "add the join condition, or write CROSS JOIN if every combination is meant".to_owned()
        },
    ];
    Some(finding)
}

/// The relations that a lateral item reads.
fn read_by(context: &StatementContext<'_>, relation: RelationId) -> BTreeSet<RelationId> {
    match &context.query.relation(relation).source {
        RelationSource::Derived(query) => context.facts.relations_read_in(*query),
        RelationSource::Function { calls, .. } => calls
            .iter()
            .flat_map(|call| context.facts.relations_read_by(call))
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// Whether a relation has at most one row, or is a written list of values or a function's result.
fn has_few_rows(context: &StatementContext<'_>, block: &Block, relation: RelationId) -> bool {
    use crate::query::QueryBody;
    let query = context.query;
    if matches!(
        query.relation(relation).source,
        RelationSource::Function { .. } | RelationSource::Unknown { .. }
    ) {
        return true;
    }
    if query.query_of(relation).is_some_and(|inner| {
        matches!(query.expression(inner).body, QueryBody::Values(_))
            || only_functions(context, inner)
    }) {
        return true;
    }
    context.facts.is_one_row_by_constants(block, relation)
}

/// Whether a query reads no table, only functions such as generate_series.
fn only_functions(context: &StatementContext<'_>, query: QueryExpressionId) -> bool {
    context.facts.blocks_of(query).into_iter().all(|block| {
        context
            .query
            .block(block)
            .relations()
            .into_iter()
            .all(|relation| {
                matches!(
                    context.query.relation(relation).source,
                    RelationSource::Function { .. } | RelationSource::Derived(_)
                )
            })
    })
}

fn written_cross_join(block: &Block, relation: RelationId) -> bool {
    block.joins().into_iter().any(|join| {
        join.kind == JoinKind::Cross
            && [&join.left, &join.right]
                .into_iter()
                .any(|side| matches!(side, JoinTree::Relation(found) if *found == relation))
    })
}

/// Relations by which of them are connected. The row of a block around is one for both of two relations that it picks
/// the rows of, and so connects them.
struct Groups(BTreeMap<RelationId, RelationId>);

impl Groups {
    fn new(relations: &[RelationId]) -> Self {
        Self(
            relations
                .iter()
                .map(|relation| (*relation, *relation))
                .collect(),
        )
    }

    fn root(&self, relation: RelationId) -> RelationId {
        let mut at = relation;
        while let Some(next) = self.0.get(&at) {
            if *next == at {
                break;
            }
            at = *next;
        }
        at
    }

    fn connect(&mut self, relations: &BTreeSet<RelationId>) {
        let mut rest = relations.iter();
        if let Some(first) = rest.next() {
            for other in rest {
                let (a, b) = (self.root(*first), self.root(*other));
                self.0.insert(b, a);
            }
        }
    }

    fn same(&self, a: RelationId, b: RelationId) -> bool {
        self.root(a) == self.root(b)
    }
}
