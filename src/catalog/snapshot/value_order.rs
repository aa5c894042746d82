use std::collections::{BTreeMap, BTreeSet};

/// Puts values into an order that keeps the order of each of some lists, as a server sorted them; where the lists leave
/// it open, by `key`. Lists that contradict each other (of columns with different collations) are kept as far as they
/// do not.
pub(super) fn in_order<K: Ord + Clone>(
    values: &BTreeSet<String>,
    lists: &[Vec<String>],
    key: impl Fn(&str) -> K,
) -> Vec<String> {
    let mut after: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut before: BTreeMap<&str, usize> =
        values.iter().map(|value| (value.as_str(), 0)).collect();
    for list in lists {
        for pair in list.windows(2) {
            if let [first, second] = pair
                && first != second
                && values.contains(first)
                && let Some(count) = before.get_mut(second.as_str())
                && after.entry(first).or_default().insert(second)
            {
                *count += 1;
            }
        }
    }
    let mut ready: BTreeSet<(K, &str)> = before
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(value, _)| (key(value), *value))
        .collect();
    let mut waiting: BTreeSet<(K, &str)> = before
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(value, _)| (key(value), *value))
        .collect();
    let mut ordered = Vec::with_capacity(values.len());
    // Where all that is left waits for each other, the first by its key goes on.
    while let Some((_, value)) = ready.pop_first().or_else(|| waiting.pop_first()) {
        ordered.push(value.to_owned());
        for next in after.remove(value).into_iter().flatten() {
            let Some(count) = before.get_mut(next) else {
                continue;
            };
            *count -= 1;
            let place = (key(next), next);
            if *count == 0 && waiting.remove(&place) {
                ready.insert(place);
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(values: &[&str], lists: &[&[&str]]) -> Vec<String> {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let lists: Vec<Vec<String>> = lists
            .iter()
            .map(|list| list.iter().map(|value| (*value).to_owned()).collect())
            .collect();
        in_order(&values, &lists, str::to_lowercase)
    }

    #[test]
    fn the_servers_order_wins_over_ours() {
        assert_eq!(
            order(
                &["Zola", "adams", "Mann", "böll"],
                &[&["Mann", "Zola", "adams", "böll"]]
            ),
            ["Mann", "Zola", "adams", "böll"]
        );
        assert_eq!(
            order(&["b", "a", "c"], &[&["c", "b"], &["b", "a"]]),
            ["c", "b", "a"]
        );
        assert_eq!(order(&["b", "a", "c"], &[]), ["a", "b", "c"]);
    }

    #[test]
    fn contradictions_lose_no_value() {
        let found = order(
            &["a", "b", "c"],
            &[&["a", "b"], &["b", "a"], &["a", "a", "c"]],
        );
        assert_eq!(found.len(), 3);
        assert!(
            found
                .iter()
                .all(|value| ["a", "b", "c"].contains(&value.as_str()))
        );
    }
}
