//! Pairs of queries whose truth is known by how they are made: base queries over the sample schemas, mutants of them by
//! operator, and rewrites that are sound by another list. The same seed makes the same pairs.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The schema that a query is over, by the name of its file in `sample_schemas/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sample {
    Shop,
    Tickets,
    Measurements,
}

impl Sample {
    pub const ALL: [Sample; 3] = [Self::Shop, Self::Tickets, Self::Measurements];

    pub fn file(self) -> &'static str {
        match self {
            Self::Shop => "sample_schemas/shop.sql",
            Self::Tickets => "sample_schemas/tickets.sql",
            Self::Measurements => "sample_schemas/measurements.sql",
        }
    }
}

/// Two queries and what is known of them.
#[derive(Debug, Clone)]
pub struct Pair {
    pub sample: Sample,
    /// What was done to the first query.
    pub operator: &'static str,
    pub a: String,
    pub b: String,
    pub equal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inner,
    Left,
}

#[derive(Debug, Clone)]
struct Join {
    kind: Kind,
    /// With its alias.
    table: &'static str,
    on: Vec<String>,
    /// Whether a row of the left side can be without a partner.
    may_miss: bool,
    /// Whether a row of the left side can have several partners.
    may_repeat: bool,
}

/// A query in parts. No two conditions are on the same column, and each can be true and false whatever the others are,
/// so that changing one changes the result of some database.
#[derive(Debug, Clone)]
struct Query {
    sample: Sample,
    distinct: bool,
    output: Vec<String>,
    from: &'static str,
    joins: Vec<Join>,
    conditions: Vec<String>,
    /// Whether the conditions are connected by OR.
    or: bool,
    group: Vec<String>,
    having: Vec<String>,
    order: Vec<String>,
    limit: Option<u32>,
    /// Another arm, behind UNION and the like.
    arm: Option<(&'static str, String)>,
}

impl Query {
    fn sql(&self) -> String {
        let mut sql = format!(
            "SELECT {}{} FROM {}",
            if self.distinct { "DISTINCT " } else { "" },
            self.output.join(", "),
            self.from
        );
        for join in &self.joins {
            let kind = match join.kind {
                Kind::Inner => "JOIN",
                Kind::Left => "LEFT JOIN",
            };
            sql.push_str(&format!(
                " {kind} {} ON {}",
                join.table,
                join.on.join(" AND ")
            ));
        }
        if !self.conditions.is_empty() {
            let connective = if self.or { " OR " } else { " AND " };
            sql.push_str(&format!(" WHERE {}", self.conditions.join(connective)));
        }
        if !self.group.is_empty() {
            sql.push_str(&format!(" GROUP BY {}", self.group.join(", ")));
        }
        if !self.having.is_empty() {
            sql.push_str(&format!(" HAVING {}", self.having.join(" AND ")));
        }
        if let Some((operator, arm)) = &self.arm {
            sql.push_str(&format!(" {operator} {arm}"));
        }
        if !self.order.is_empty() {
            sql.push_str(&format!(" ORDER BY {}", self.order.join(", ")));
        }
        if let Some(limit) = self.limit {
            sql.push_str(&format!(" LIMIT {limit}"));
        }
        sql
    }

    fn aliases(&self) -> Vec<&str> {
        std::iter::once(self.from)
            .chain(self.joins.iter().map(|join| join.table))
            .filter_map(|table| table.split(' ').nth(1))
            .collect()
    }

    fn grouped(&self) -> bool {
        !self.group.is_empty() || self.output.iter().any(|output| is_aggregate(output))
    }
}

fn is_aggregate(text: &str) -> bool {
    ["count(", "sum(", "min(", "max(", "avg("]
        .iter()
        .any(|function| text.contains(function))
}

/// A table to begin with: its alias, its key, columns to show and conditions on columns of their own.
struct Root {
    sample: Sample,
    table: &'static str,
    key: &'static str,
    shown: &'static [&'static str],
    conditions: &'static [&'static str],
    /// A column by which rows can be grouped, and one that a grouping can have beside it without showing it.
    group: [&'static str; 2],
    /// A number, to be summed.
    number: &'static str,
    /// Joins along foreign keys: table, condition, may a row be without a partner, may it have several, and a column.
    joins: &'static [(&'static str, &'static str, bool, bool, &'static str)],
    /// A column that can be NULL, where there is one.
    nullable: Option<&'static str>,
    /// A query with one text column like the second of `shown`.
    arm: &'static str,
}

const ROOTS: [Root; 8] = [
    Root {
        sample: Sample::Shop,
        table: "customers c",
        key: "c.id",
        shown: &["c.id", "c.name"],
        conditions: &[
            "c.id > 3",
            "c.country = 'DE'",
            "c.newsletter",
            "c.name LIKE 'A%'",
        ],
        group: ["c.country", "c.newsletter"],
        number: "c.id",
        joins: &[
            ("addresses a", "a.customer_id = c.id", true, true, "a.city"),
            ("orders o", "o.customer_id = c.id", true, true, "o.status"),
            (
                "loyalty_cards l",
                "l.customer_id = c.id",
                true,
                false,
                "l.points",
            ),
        ],
        nullable: None,
        arm: "SELECT a.city FROM addresses a",
    },
    Root {
        sample: Sample::Shop,
        table: "orders o",
        key: "o.id",
        shown: &["o.id", "o.status::text"],
        conditions: &[
            "o.total >= 100",
            "o.status = 'paid'",
            "o.customer_id < 7",
            "o.id <> 4",
        ],
        group: ["o.customer_id", "o.status"],
        number: "o.total",
        joins: &[
            (
                "order_items i",
                "i.order_id = o.id",
                true,
                true,
                "i.quantity",
            ),
            (
                "customers c",
                "c.id = o.customer_id",
                false,
                false,
                "c.name",
            ),
        ],
        nullable: None,
        arm: "SELECT p.title FROM products p",
    },
    Root {
        sample: Sample::Shop,
        table: "products p",
        key: "p.id",
        shown: &["p.id", "p.title"],
        conditions: &[
            "p.price < 20",
            "p.active",
            "p.description IS NULL",
            "p.id > 2",
        ],
        group: ["p.title", "p.active"],
        number: "p.price",
        joins: &[(
            "order_items i",
            "i.product_id = p.id",
            true,
            true,
            "i.quantity",
        )],
        nullable: Some("p.description"),
        arm: "SELECT c.name FROM customers c",
    },
    Root {
        sample: Sample::Shop,
        table: "order_items i",
        key: "i.order_id, i.product_id",
        shown: &["i.order_id", "i.quantity::text"],
        conditions: &["i.quantity > 2", "i.price <= 50", "i.order_id < 9"],
        group: ["i.product_id", "i.quantity"],
        number: "i.quantity",
        joins: &[
            ("products p", "p.id = i.product_id", false, false, "p.title"),
            ("orders o", "o.id = i.order_id", false, false, "o.total"),
        ],
        nullable: None,
        arm: "SELECT c.name FROM customers c",
    },
    Root {
        sample: Sample::Tickets,
        table: "tickets t",
        key: "t.id",
        shown: &["t.id", "t.subject"],
        conditions: &[
            "t.status = 'open'",
            "t.tenant_id > 1",
            "t.closed_at IS NULL",
            "t.id < 40",
        ],
        group: ["t.agent_id", "t.status"],
        number: "t.id",
        joins: &[
            ("agents a", "a.id = t.agent_id", true, false, "a.login"),
            ("messages m", "m.ticket_id = t.id", true, true, "m.author"),
            ("tenants n", "n.id = t.tenant_id", false, false, "n.name"),
        ],
        nullable: Some("t.agent_id"),
        arm: "SELECT m.body FROM messages m",
    },
    Root {
        sample: Sample::Tickets,
        table: "agents a",
        key: "a.id",
        shown: &["a.id", "a.login::text"],
        conditions: &["a.active", "a.lead_id = 2", "a.tenant_id <= 5", "a.id > 1"],
        group: ["a.lead_id", "a.active"],
        number: "a.id",
        joins: &[
            ("agents b", "b.id = a.lead_id", true, false, "b.login"),
            ("tickets t", "t.agent_id = a.id", true, true, "t.subject"),
            (
                "assignments s",
                "s.agent_id = a.id",
                true,
                true,
                "s.ended_at",
            ),
        ],
        nullable: Some("a.lead_id"),
        arm: "SELECT n.name FROM tenants n",
    },
    Root {
        sample: Sample::Tickets,
        table: "messages m",
        key: "m.id",
        shown: &["m.id", "m.author"],
        conditions: &[
            "m.author = 'bot'",
            "m.ticket_id > 3",
            "m.body <> ''",
            "m.id <= 12",
        ],
        group: ["m.ticket_id", "m.author"],
        number: "m.id",
        joins: &[("tickets t", "t.id = m.ticket_id", false, false, "t.subject")],
        nullable: None,
        arm: "SELECT t.subject FROM tickets t",
    },
    Root {
        sample: Sample::Measurements,
        table: "devices d",
        key: "d.id",
        shown: &["d.id", "d.model"],
        conditions: &["d.site_code = 'B001'", "d.id < 8", "d.model LIKE '%x'"],
        group: ["d.model", "d.site_code"],
        number: "d.id",
        joins: &[
            (
                "calibrations k",
                "k.device_id = d.id",
                true,
                true,
                "k.done_on",
            ),
            (
                "measurements m",
                "m.device_id = d.id",
                true,
                true,
                "m.quality",
            ),
            ("sites s", "s.code = d.site_code", false, false, "s.name"),
        ],
        nullable: None,
        arm: "SELECT s.name FROM sites s",
    },
];

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

impl Root {
    fn plain(&self, conditions: usize, from: usize) -> Query {
        let count = self.conditions.len();
        Query {
            sample: self.sample,
            distinct: false,
            output: owned(self.shown),
            from: self.table,
            joins: Vec::new(),
            conditions: (0..conditions)
                .map(|at| self.conditions[(from + at) % count].to_owned())
                .collect(),
            or: false,
            group: Vec::new(),
            having: Vec::new(),
            order: Vec::new(),
            limit: None,
            arm: None,
        }
    }

    fn join(&self, at: usize, kind: Kind) -> Join {
        let (table, on, may_miss, may_repeat, _) = self.joins[at];
        Join {
            kind,
            table,
            on: vec![on.to_owned()],
            may_miss,
            may_repeat,
        }
    }

    /// The base queries over this table.
    fn queries(&self) -> Vec<Query> {
        let mut all = vec![self.plain(1, 0), self.plain(2, 1), self.plain(3, 0)];
        for at in 0..self.joins.len() {
            for kind in [Kind::Inner, Kind::Left] {
                let mut query = self.plain(1, at);
                query.joins.push(self.join(at, kind));
                query.output.push(self.joins[at].4.to_owned());
                all.push(query);
            }
        }
        let mut counted = self.plain(1, self.conditions.len() - 1);
        counted.output = vec![self.group[0].to_owned(), "count(*)".to_owned()];
        counted.group = owned(&self.group);
        all.push(counted);
        let mut summed = self.plain(1, 2);
        summed.output = vec![self.group[0].to_owned(), format!("sum({})", self.number)];
        summed.group = vec![self.group[0].to_owned()];
        summed.having = vec!["count(*) > 1".to_owned()];
        all.push(summed);
        let mut distinct = self.plain(1, 1);
        distinct.output = vec![self.group[0].to_owned()];
        distinct.distinct = true;
        all.push(distinct);
        let mut ordered = self.plain(1, 0);
        ordered.order = owned(&[self.key]);
        all.push(ordered);
        let mut first = self.plain(1, 1);
        first.order = owned(&[self.key]);
        first.limit = Some(2);
        all.push(first);
        let mut union = self.plain(1, 0);
        union.output = vec![self.shown[1].to_owned()];
        union.arm = Some(("UNION ALL", self.arm.to_owned()));
        all.push(union);
        if let Some(column) = self.nullable {
            let mut null = self.plain(0, 0);
            null.conditions = vec![format!("{column} IS NOT NULL")];
            all.push(null);
        }
        all
    }
}

/// The base queries.
fn bases() -> Vec<(usize, Query)> {
    ROOTS
        .iter()
        .enumerate()
        .flat_map(|(root, of)| of.queries().into_iter().map(move |query| (root, query)))
        .collect()
}

/// How many base queries there are.
pub fn base_count() -> usize {
    bases().len()
}

/// `column operator literal` with a whole number.
fn compared(condition: &str) -> Option<(&str, &str, i64)> {
    let mut words = condition.split(' ');
    let found = (words.next()?, words.next()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some(found)
}

/// Changes that give another result on some database.
fn mutants(root: &Root, query: &Query) -> Vec<(&'static str, Query)> {
    let mut all: Vec<(&'static str, Query)> = Vec::new();
    let mut add = |operator, change: &dyn Fn(&mut Query)| {
        let mut mutant = query.clone();
        change(&mut mutant);
        all.push((operator, mutant));
    };
    for (at, join) in query.joins.iter().enumerate() {
        if join.may_miss {
            add("join type", &|query| {
                query.joins[at].kind = match query.joins[at].kind {
                    Kind::Inner => Kind::Left,
                    Kind::Left => Kind::Inner,
                };
            });
        }
        if join.kind == Kind::Left {
            let column = root
                .joins
                .iter()
                .find(|(table, ..)| *table == join.table)
                .map_or("", |found| found.4);
            add("on against where", &|query| {
                query.joins[at].on.push("1 = 0".to_owned());
            });
            if join.may_miss {
                add("on against where", &|query| {
                    query.conditions.push(format!("{column} IS NOT NULL"));
                });
            }
        }
        if join.may_repeat && !query.grouped() {
            // Without the joined column a row is shown once for each partner.
            add("distinct", &|query| {
                query.distinct = true;
                query.output.truncate(1);
            });
        }
    }
    for (at, condition) in query.conditions.iter().enumerate() {
        if let Some((column, operator, value)) = compared(condition) {
            let other = match operator {
                ">" => ">=",
                ">=" => ">",
                "<" => "<=",
                "<=" => "<",
                "=" => "<>",
                _ => "=",
            };
            add("comparison", &|query| {
                query.conditions[at] = format!("{column} {other} {value}");
            });
            for near in [value + 1, value - 1] {
                add("constant by one", &|query| {
                    query.conditions[at] = format!("{column} {operator} {near}");
                });
            }
        } else if let Some(column) = condition.strip_suffix(" IS NULL") {
            add("null handling", &|query| {
                query.conditions[at] = format!("{column} IS NOT NULL");
            });
        } else if let Some(column) = condition.strip_suffix(" IS NOT NULL") {
            add("null handling", &|query| {
                query.conditions[at] = format!("{column} IS NULL");
            });
            add("null handling", &|query| query.conditions.clear());
        } else if condition.contains(" LIKE ") {
            add("comparison", &|query| {
                query.conditions[at] = condition.replace('%', "_%");
            });
        } else if let Some((column, _)) = condition.split_once(" = ") {
            add("comparison", &|query| {
                query.conditions[at] = condition.replace(" = ", " <> ");
            });
            add("null handling", &|query| {
                query.conditions[at] = format!("{column} IS NOT NULL");
            });
        } else if !condition.contains(' ') {
            add("comparison", &|query| {
                query.conditions[at] = format!("NOT {condition}");
            });
        }
        if query.conditions.len() > 1 {
            add("condition left out", &|query| {
                query.conditions.remove(at);
            });
        }
    }
    if query.conditions.len() > 1 {
        add("and against or", &|query| query.or = true);
    }
    for (at, output) in query.output.iter().enumerate() {
        if let Some(argument) = output
            .strip_prefix("sum(")
            .and_then(|rest| rest.strip_suffix(')'))
        {
            for function in ["min", "max", "avg"] {
                add("aggregate", &|query| {
                    query.output[at] = format!("{function}({argument})");
                });
            }
            if argument != root.key {
                add("aggregate", &|query| {
                    query.output[at] = format!("sum(DISTINCT {argument})");
                });
            }
        }
        if output == "count(*)" {
            add("aggregate", &|query| {
                query.output[at] = "count(*) + 1".to_owned();
            });
            if query.group.len() == 2 {
                let column = query.group[1].clone();
                add("aggregate", &|query| {
                    query.output[at] = format!("count(DISTINCT {column})");
                });
            }
        }
    }
    if query.distinct {
        add("distinct", &|query| query.distinct = false);
    }
    if !query.grouped() && !query.distinct && query.limit.is_none() && query.arm.is_none() {
        add("distinct", &|query| {
            // What is shown is no key any more.
            query.output = vec![root.group[1].to_owned()];
            query.order.clear();
            query.distinct = true;
        });
    }
    if query.group.len() == 2 {
        add("grouping column", &|query| {
            query.group.truncate(1);
        });
    }
    for at in 0..query.having.len() {
        for having in ["count(*) > 2", "count(*) >= 1", "count(*) = 2"] {
            add("constant by one", &|query| {
                query.having[at] = having.to_owned();
            });
        }
    }
    if !query.order.is_empty() {
        add("direction", &|query| {
            for key in &mut query.order {
                *key = key
                    .split(", ")
                    .map(|column| format!("{column} DESC"))
                    .collect::<Vec<_>>()
                    .join(", ");
            }
        });
    }
    if query.limit.is_some() {
        add("constant by one", &|query| query.limit = Some(3));
        add("constant by one", &|query| query.limit = Some(1));
    }
    if query.arm.is_some() {
        for operator in ["UNION", "EXCEPT ALL", "INTERSECT"] {
            add("all in set operations", &|query| {
                if let Some(arm) = &mut query.arm {
                    arm.0 = operator;
                }
            });
        }
    }
    all
}

/// Rewrites that return the same rows, as text.
fn rewrites(root: &Root, query: &Query) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    let mut add = |operator, change: &dyn Fn(&mut Query)| {
        let mut other = query.clone();
        change(&mut other);
        all.push((operator, other.sql()));
    };
    if query.conditions.len() > 1 {
        add("conditions reordered", &|query| query.conditions.reverse());
    }
    for (at, condition) in query.conditions.iter().enumerate() {
        if let Some((column, operator, value)) = compared(condition) {
            let (turned, negated) = match operator {
                ">" => ("<", "<="),
                ">=" => ("<=", "<"),
                "<" => (">", ">="),
                "<=" => (">=", ">"),
                "=" => ("=", "<>"),
                _ => ("<>", "="),
            };
            add("sides exchanged", &|query| {
                query.conditions[at] = format!("{value} {turned} {column}");
            });
            add("negation spelled out", &|query| {
                query.conditions[at] = format!("NOT ({column} {negated} {value})");
            });
            add("constant computed", &|query| {
                query.conditions[at] = format!("{column} {operator} {} + 2", value - 2);
            });
            if operator == "=" {
                add("between", &|query| {
                    query.conditions[at] = format!("{column} BETWEEN {value} AND {value}");
                });
            }
        }
        if let Some((column, literal)) = condition.split_once(" = ") {
            add("in list", &|query| {
                query.conditions[at] = format!("{column} IN ({literal}, {literal})");
            });
        }
        add("case", &|query| {
            query.conditions[at] = format!("CASE WHEN {condition} THEN true ELSE false END");
        });
    }
    if !query.or {
        add("tautology", &|query| {
            query.conditions.push("1 = 1".to_owned())
        });
        add("contradicting arm", &|query| {
            if let Some(first) = query.conditions.first_mut() {
                *first = format!("({first} OR 1 = 2)");
            }
        });
    }
    for (at, join) in query.joins.iter().enumerate() {
        if join.kind == Kind::Inner && !query.or {
            add("on is where", &|query| {
                let on = std::mem::replace(&mut query.joins[at].on, vec!["true".to_owned()]);
                query.conditions.extend(on);
            });
        }
        if join.kind == Kind::Inner && query.joins.len() == 1 {
            add("join commuted", &|query| {
                let from = std::mem::replace(&mut query.from, query.joins[0].table);
                query.joins[0].table = from;
            });
        }
        if !join.may_miss {
            add("join type along a foreign key", &|query| {
                query.joins[at].kind = match query.joins[at].kind {
                    Kind::Inner => Kind::Left,
                    Kind::Left => Kind::Inner,
                };
            });
        }
    }
    if !query.grouped() && query.arm.is_none() {
        // A parent that nothing reads, and a key that is looked up again.
        let key = root.key.split(", ").next().unwrap_or(root.key);
        if root.key == key {
            add("semi-join on the own key", &|query| {
                let table = root.table.split(' ').next().unwrap_or("");
                let column = key.split('.').nth(1).unwrap_or("");
                query.conditions.push(format!(
                    "EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = {key})"
                ));
            });
        }
    }
    if query.grouped() && !query.group.is_empty() {
        add("having that always holds", &|query| {
            query.having.push("count(*) >= 1".to_owned());
        });
    }
    if query.distinct {
        add("distinct is group by", &|query| {
            query.distinct = false;
            query.group = query.output.clone();
        });
    }
    let text = query.sql();
    if query.order.is_empty() {
        all.push(("derived table", format!("SELECT * FROM ({text}) q")));
        all.push(("cte", format!("WITH q AS ({text}) SELECT * FROM q")));
        all.push((
            "arm without rows",
            format!("SELECT * FROM ({text}) q UNION ALL SELECT * FROM ({text}) r WHERE 1 = 0"),
        ));
    }
    if query.joins.is_empty() && query.conditions.len() > 1 && !query.or && query.arm.is_none() {
        let mut inner = query.clone();
        let pushed = inner.conditions.pop().unwrap_or_default();
        let alias = query.aliases().first().copied().unwrap_or("q").to_owned();
        let from = format!("(SELECT * FROM {} WHERE {pushed}) {alias}", query.from);
        let text = inner.sql().replacen(
            &format!(" FROM {}", query.from),
            &format!(" FROM {from}"),
            1,
        );
        all.push(("filter pushed", text));
    }
    all
}

/// All pairs of a seed: each base query against each of its mutants and rewrites, and mutants against rewrites of the
/// base.
pub fn pairs(seed: u64) -> Vec<Pair> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    for (root, query) in bases() {
        let root = &ROOTS[root];
        let rewrites = rewrites(root, &query);
        let text = query.sql();
        for (operator, mutant) in mutants(root, &query) {
            if !alike(&query, &mutant) {
                // Other columns are no question of rows: the other query shows the same ones.
                let mut shown = query.clone();
                shown.output = mutant.output.clone();
                if shown.order != mutant.order {
                    shown.order = mutant.order.clone();
                }
                all.push(pair(
                    query.sample,
                    operator,
                    shown.sql(),
                    mutant.sql(),
                    false,
                ));
                continue;
            }
            let mutant_text = mutant.sql();
            all.push(pair(
                query.sample,
                operator,
                text.clone(),
                mutant_text.clone(),
                false,
            ));
            if !rewrites.is_empty() && rng.random_bool(0.45) {
                let other = &rewrites[rng.random_range(0..rewrites.len())].1;
                all.push(pair(
                    query.sample,
                    operator,
                    mutant_text,
                    other.clone(),
                    false,
                ));
            }
        }
        for (operator, rewrite) in &rewrites {
            all.push(pair(
                query.sample,
                operator,
                text.clone(),
                rewrite.clone(),
                true,
            ));
        }
        if rewrites.len() > 1 {
            let x = rng.random_range(0..rewrites.len());
            let y = rng.random_range(0..rewrites.len());
            all.push(pair(
                query.sample,
                "two rewrites",
                rewrites[x].1.clone(),
                rewrites[y].1.clone(),
                true,
            ));
        }
    }
    all
}

/// Whether two queries show as many columns.
fn alike(a: &Query, b: &Query) -> bool {
    a.output.len() == b.output.len() && (a.output == b.output || b.grouped())
}

fn pair(sample: Sample, operator: &'static str, a: String, b: String, equal: bool) -> Pair {
    Pair {
        sample,
        operator,
        a,
        b,
        equal,
    }
}
