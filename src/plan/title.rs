use super::{AggregateStrategy, ConditionKind, JoinType, NodeType, PartialMode, PlanNode};

impl PlanNode {
    /// What the node is and on what it works, in the names of the query: `Seq Scan tickets t`,
    /// `Index Scan tickets t using tickets_pkey`, `Hash Left Join`, `CTE recent: Limit`.
    pub fn title(&self) -> String {
        let mut title = String::new();
        if let Some(name) = &self.subplan_name {
            title.push_str(name.split(" (").next().unwrap_or(name));
            title.push_str(": ");
        }
        if self.parallel_aware {
            title.push_str("Parallel ");
        }
        match self.partial_mode {
            PartialMode::Partial => title.push_str("Partial "),
            PartialMode::Finalize => title.push_str("Finalize "),
            PartialMode::Simple => {}
        }
        title.push_str(&self.kind_title());
        if let Some(read) = self.reads() {
            title.push(' ');
            title.push_str(&read);
        }
        if let Some(index) = &self.index {
            title.push_str(match self.kind {
                NodeType::BitmapIndexScan => " ",
                _ => " using ",
            });
            title.push_str(index);
        }
        if self.backward {
            title.push_str(" backward");
        }
        printable(&title)
    }

    /// What the node does it by: sort key, group key, join condition, filter; empty where there is none.
    pub fn detail(&self) -> String {
        let text = match self.kind {
            NodeType::Sort
            | NodeType::IncrementalSort
            | NodeType::MergeAppend
            | NodeType::GatherMerge => self.sort_key.join(", "),
            NodeType::Aggregate | NodeType::Group => self.group_key.join(", "),
            NodeType::BitmapHeapScan => self.text_of(ConditionKind::Filter),
            NodeType::NestedLoop => self.text_of(ConditionKind::JoinFilter),
            NodeType::Memoize => self.text_of(ConditionKind::MemoizeKey),
            _ => [
                ConditionKind::HashCondition,
                ConditionKind::MergeCondition,
                ConditionKind::IndexCondition,
                ConditionKind::TidCondition,
                ConditionKind::OneTimeFilter,
                ConditionKind::Filter,
            ]
            .iter()
            .find_map(|kind| self.condition(*kind))
            .unwrap_or("")
            .to_owned(),
        };
        printable(without_parentheses(&text))
    }

    fn text_of(&self, kind: ConditionKind) -> String {
        self.condition(kind).unwrap_or("").to_owned()
    }

    fn kind_title(&self) -> String {
        match (&self.kind, self.join_type, self.strategy) {
            (NodeType::ModifyTable, _, _) => self
                .operation
                .clone()
                .unwrap_or_else(|| "ModifyTable".to_owned()),
            (NodeType::Aggregate, _, Some(AggregateStrategy::Sorted)) => {
                "GroupAggregate".to_owned()
            }
            (NodeType::Aggregate, _, Some(AggregateStrategy::Hashed)) => "HashAggregate".to_owned(),
            (NodeType::Aggregate, _, Some(AggregateStrategy::Mixed)) => "MixedAggregate".to_owned(),
            (NodeType::SetOp, _, strategy) => format!(
                "{}SetOp {}",
                match strategy {
                    Some(AggregateStrategy::Hashed) => "Hash",
                    _ => "",
                },
                self.command.as_deref().unwrap_or("")
            ),
            (kind, Some(join), _) if kind.is_join() && join != JoinType::Inner => {
                let start = kind.name().trim_end_matches(" Join");
                format!("{start} {} Join", join.name())
            }
            (kind, _, _) => kind.name().to_owned(),
        }
    }

    /// `tickets t`, `recent`, `generate_series g`.
    fn reads(&self) -> Option<String> {
        let name = self
            .relation
            .as_deref()
            .or(self.cte.as_deref())
            .or(self.function.as_deref());
        match (name, self.alias.as_deref()) {
            (Some(name), Some(alias)) if name != alias => Some(format!("{name} {alias}")),
            (Some(name), _) => Some(name.to_owned()),
            (None, alias) => alias.map(str::to_owned),
        }
    }
}

impl JoinType {
    /// The name that EXPLAIN prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inner => "Inner",
            Self::Left => "Left",
            Self::Right => "Right",
            Self::Full => "Full",
            Self::Semi => "Semi",
            Self::Anti => "Anti",
            Self::RightSemi => "Right Semi",
            Self::RightAnti => "Right Anti",
        }
    }
}

/// Without control characters, which a terminal would obey.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// `(a = 1)` as `a = 1`, where the outer parentheses belong together.
pub fn without_parentheses(text: &str) -> &str {
    let Some(inside) = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
    else {
        return text;
    };
    let mut depth = 0_usize;
    let mut quote = None;
    for c in inside.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' => depth += 1,
                ')' if depth == 0 => return text,
                ')' => depth -= 1,
                _ => {}
            },
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::without_parentheses;

    #[test]
    fn only_parentheses_that_belong_together_go() {
        assert_eq!(without_parentheses("(a = 1)"), "a = 1");
        assert_eq!(without_parentheses("(a) AND (b)"), "(a) AND (b)");
        assert_eq!(without_parentheses("(a = ')')"), "a = ')'");
    }
}
