//! The indexes worth trying for a statement, for those who ask a planner which of them pay.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, IndexMethod, TableId};
use crate::query::Facts;

use super::candidates::candidates;
use super::definition::IndexDefinition;
use super::flat::flat_blocks;
use super::model::BlockModel;
use super::proposal::ProposalKind;
use super::spelling::create_index_sql;

/// A merged index has no more keys than this.
const MOST_MERGED_KEYS: usize = 5;

/// An index that may serve a statement; whether it pays is not known yet.
#[derive(Debug, Clone)]
pub struct CandidateIndex {
    pub table: TableId,
    pub definition: IndexDefinition,
    pub kind: ProposalKind,
    /// `CREATE INDEX ON ...`, one statement, without CONCURRENTLY.
    pub sql: String,
    /// The extension that has to be there first.
    pub extension: Option<&'static str>,
}

/// All indexes worth trying for a statement, each once.
pub fn candidate_indexes(facts: &Facts<'_>) -> Vec<CandidateIndex> {
    let mut found: Vec<CandidateIndex> = Vec::new();
    for flat in &flat_blocks(facts) {
        let model = BlockModel::new(*facts, flat, &BTreeMap::new(), 1.0);
        for table in model
            .tables
            .iter()
            .filter(|table| table.table.has_storage())
        {
            for candidate in candidates(&model, table) {
                let Some(sql) = create_index_sql(facts, table.table, &candidate.definition) else {
                    continue;
                };
                if found.iter().all(|known| known.sql != sql) {
                    found.push(CandidateIndex {
                        table: table.table.id,
                        definition: candidate.definition,
                        kind: candidate.kind,
                        sql,
                        extension: candidate.extension,
                    });
                }
            }
        }
    }
    found
}

/// One index in the place of two: the keys of the first, then those of the second that it lacks, and the included
/// columns of both. Only of B-trees of one table over the same rows that begin with the same key, as the merged one
/// serves the second no better than that.
pub fn merged_index(
    facts: &Facts<'_>,
    catalog: &Catalog,
    first: &CandidateIndex,
    second: &CandidateIndex,
) -> Option<CandidateIndex> {
    let (a, b) = (&first.definition, &second.definition);
    let alike = first.table == second.table
        && [a, b]
            .iter()
            .all(|index| index.method == IndexMethod::Btree && index.predicate.is_empty());
    if !alike || a.keys.first()?.expr != b.keys.first()?.expr {
        return None;
    }
    let mut keys = a.keys.clone();
    for key in &b.keys {
        if keys.iter().all(|known| known.expr != key.expr) {
            keys.push(key.clone());
        }
    }
    if keys.len() > MOST_MERGED_KEYS {
        return None;
    }
    let mut include = a.include.clone();
    include.extend(
        b.include
            .iter()
            .filter(|column| !a.include.contains(column)),
    );
    include.retain(|column| keys.iter().all(|key| key.column() != Some(*column)));
    let definition = IndexDefinition {
        keys,
        include,
        ..a.clone()
    };
    let sql = create_index_sql(facts, catalog.table(first.table), &definition)?;
    (sql != first.sql && sql != second.sql).then_some(CandidateIndex {
        table: first.table,
        definition,
        kind: first.kind,
        sql,
        extension: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::load_schema;
    use crate::query::{BoundSchema, analyze_text};
    use crate::source::SourceFile;

    #[test]
    fn candidates_that_begin_alike_merge() {
        let catalog = load_schema(&[SourceFile::new(
            "s.sql",
            "CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);",
        )]);
        let schema = BoundSchema::new(&catalog);
        let query = analyze_text(
            "q.sql",
            "SELECT id FROM t WHERE a = 1 AND b = 2 UNION ALL SELECT id FROM t WHERE a = 1 AND c > 3",
            &catalog,
        )
        .unwrap();
        let facts = Facts::new(&query, &schema);
        let found = candidate_indexes(&facts);
        let by_sql = |keys: &str| {
            found
                .iter()
                .find(|candidate| candidate.sql == format!("CREATE INDEX ON public.t ({keys})"))
                .unwrap_or_else(|| panic!("no ({keys}) among {found:#?}"))
        };
        let merged = merged_index(&facts, &catalog, by_sql("a, b"), by_sql("a, c")).unwrap();
        assert_eq!(merged.sql, "CREATE INDEX ON public.t (a, b, c)");
        assert!(merged_index(&facts, &catalog, by_sql("a, b"), by_sql("b")).is_none());
        assert!(merged_index(&facts, &catalog, by_sql("a, b"), by_sql("a")).is_none());
    }
}
