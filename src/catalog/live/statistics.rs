use indexmap::IndexMap;
use postgres::Transaction;

use super::schema::relation_condition;
use super::snapshot::SnapshotFilter;
use crate::catalog::apply_statistics::normalise_boolean;
use crate::catalog::{
    ColumnStatistics, ExtendedStatistics, GinStatistics, IndexStatistics, QualifiedName,
    ServerStatistics, SnapshotIndex, SnapshotTable, TableStatistics,
};

/// Settings that are not the planner's, but needed to read a snapshot.
const OTHER_SETTINGS: &str = "'TimeZone', 'DateStyle', 'work_mem', 'hash_mem_multiplier', 'effective_io_concurrency', \
     'max_parallel_workers', 'max_parallel_workers_per_gather', 'parallel_leader_participation', \
     'default_statistics_target', 'shared_buffers', 'maintenance_work_mem'";

/// Version, planner settings and collation of the server.
pub(super) fn read_server(
    transaction: &mut Transaction<'_>,
    version: u32,
    search_path: String,
) -> Result<ServerStatistics, postgres::Error> {
    let mut server = ServerStatistics {
        version: Some(version),
        ..ServerStatistics::default()
    };
    let settings = format!(
        "SELECT name::text, current_setting(name) FROM pg_settings WHERE category LIKE 'Query Tuning%' OR name IN ({OTHER_SETTINGS}) ORDER BY name"
    );
    for row in transaction.query(&settings, &[])? {
        server.settings.insert(row.get(0), row.get(1));
    }
    server
        .settings
        .insert("search_path".to_owned(), search_path);
    let provider = match version {
        ..150_000 => "'c'",
        _ => "d.datlocprovider::text",
    };
    let row = transaction.query_one(
        &format!(
            "SELECT d.datcollate::text, d.datctype::text, {provider}, \
               to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
               (SELECT to_char(s.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM pg_stat_database s WHERE s.datid = d.oid) \
             FROM pg_database d WHERE d.datname = current_database()"
        ),
        &[],
    )?;
    let provider: String = row.get(2);
    let by_library = provider == "c";
    // ICU's collations are none of C: to the planner they are all alike.
    server.collation = Some(match provider.as_str() {
        "i" => "en_US.UTF-8".to_owned(),
        "b" => "C".to_owned(),
        _ => row.get(0),
    });
    server.character_type = if by_library {
        row.get(1)
    } else {
        server.collation.clone()
    };
    server.taken_at = row.get(3);
    server.statistics_reset = row.get(4);
    Ok(server)
}

/// Sizes and activity of tables.
pub(super) fn read_tables(
    transaction: &mut Transaction<'_>,
    filter: &SnapshotFilter,
) -> Result<Vec<SnapshotTable>, postgres::Error> {
    let tables = format!(
        "SELECT n.nspname::text, c.relname::text, c.relpages::float8, c.reltuples::float8, c.relallvisible::float8, \
           CASE WHEN c.relkind IN ('r', 'm') THEN (pg_relation_size(c.oid) / current_setting('block_size')::integer)::float8 END, \
           s.n_dead_tup::float8, s.n_tup_ins::float8, s.n_tup_upd::float8, s.n_tup_del::float8, s.n_tup_hot_upd::float8, \
           s.seq_scan::float8, s.idx_scan::float8 \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid \
         WHERE c.relkind IN ('r', 'p', 'm', 'f') AND {} ORDER BY c.oid",
        relation_condition(filter)
    );
    let rows = transaction.query(&tables, &[])?;
    Ok(rows
        .iter()
        .map(|row| {
            let rows: f64 = row.get(3);
            let pages: f64 = row.get(2);
            // Before 14, 0 rows on 0 pages was "never analyzed"; since, -1 is.
            let analyzed = rows > 0.0 || (rows == 0.0 && pages > 0.0);
            SnapshotTable {
                name: QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1)),
                statistics: analyzed.then(|| TableStatistics {
                    rows,
                    pages: Some(pages),
                    file_pages: row.get(5),
                    all_visible_pages: Some(row.get(4)),
                    dead_rows: row.get(6),
                    inserts: row.get(7),
                    updates: row.get(8),
                    deletes: row.get(9),
                    hot_updates: row.get(10),
                    sequential_scans: row.get(11),
                    index_scans: row.get(12),
                    extended: Vec::new(),
                }),
                columns: IndexMap::new(),
            }
        })
        .collect())
}

/// Sizes and use of indexes; height of B-trees where the role may read the server's files.
pub(super) fn read_indexes(
    transaction: &mut Transaction<'_>,
    version: u32,
    filter: &SnapshotFilter,
    missing: &mut Vec<String>,
) -> Result<Vec<SnapshotIndex>, postgres::Error> {
    let may_read_files = transaction
        .query_one("SELECT has_function_privilege('pg_read_binary_file(text,bigint,bigint,boolean)', 'EXECUTE')", &[])?
        .get::<_, bool>(0);
    // Counts of B-tree and GIN metapages lie behind the page's header of 24 bytes.
    let metapage = if may_read_files {
        "CASE WHEN m.amname IN ('btree', 'gin') THEN pg_read_binary_file(pg_relation_filepath(x.oid), 24, 56, true) END"
    } else {
        "NULL::bytea"
    };
    let last_scan = if version >= 160_000 {
        "to_char(s.last_idx_scan AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    } else {
        "NULL::text"
    };
    let query = |metapage: &str| {
        format!(
            "SELECT xn.nspname::text, x.relname::text, x.relpages::float8, x.reltuples::float8, \
               (pg_relation_size(x.oid) / current_setting('block_size')::integer)::float8, s.idx_scan::float8, {last_scan}, \
               m.amname::text, {metapage}, CASE WHEN NOT i.indisvalid THEN pg_get_indexdef(x.oid) END \
             FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam \
             JOIN pg_namespace xn ON xn.oid = x.relnamespace JOIN pg_class c ON c.oid = i.indrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = x.oid \
             WHERE x.relkind = 'i' AND {} ORDER BY x.oid",
            relation_condition(filter)
        )
    };
    let mut savepoint = transaction.transaction()?;
    let read = savepoint.query(&query(metapage), &[]);
    let (rows, with_files) = match read {
        Ok(rows) => {
            savepoint.commit()?;
            (rows, may_read_files)
        }
        Err(error) if may_read_files && error.as_db_error().is_some() => {
            savepoint.rollback()?;
            (transaction.query(&query("NULL::bytea"), &[])?, false)
        }
        Err(error) => return Err(error),
    };
    if !with_files {
        missing.push(
            "height of B-trees and counts of GIN indexes (a role with pg_read_server_files can read them): estimated from their sizes"
                .to_owned(),
        );
    }
    Ok(rows
        .iter()
        .map(|row| {
            let method: String = row.get(7);
            let metapage: Option<Vec<u8>> = row.get(8);
            let word = |at: usize| -> Option<u32> {
                let bytes = metapage.as_ref()?.get(at * 4..at * 4 + 4)?;
                Some(u32::from_le_bytes(bytes.try_into().ok()?))
            };
            SnapshotIndex {
                name: QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1)),
                invalid: row.get(9),
                statistics: IndexStatistics {
                    pages: row.get(2),
                    rows: row.get::<_, f64>(3).max(0.0),
                    file_pages: row.get(4),
                    scans: row.get(5),
                    last_scan: row.get(6),
                    // btm_fastlevel of nbtree.h.
                    height: if method == "btree" { word(5) } else { None },
                    gin: (method == "gin")
                        .then(|| {
                            Some(GinStatistics {
                                pages: word(6)?,
                                entry_pages: word(7)?,
                                data_pages: word(8)?,
                                entries: u64::from(word(10)?) | u64::from(word(11)?) << 32,
                            })
                        })
                        .flatten(),
                    expressions: IndexMap::new(),
                },
            }
        })
        .collect())
}

/// Statistics of columns, and of index expressions, into what was read before.
pub(super) fn read_columns(
    transaction: &mut Transaction<'_>,
    filter: &SnapshotFilter,
    tables: &mut [SnapshotTable],
    indexes: &mut [SnapshotIndex],
    missing: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let table_numbers: IndexMap<QualifiedName, usize> = tables
        .iter()
        .enumerate()
        .map(|(number, table)| (table.name.clone(), number))
        .collect();
    let index_numbers: IndexMap<QualifiedName, usize> = indexes
        .iter()
        .enumerate()
        .map(|(number, index)| (index.name.clone(), number))
        .collect();
    let ours = relation_condition(filter);
    let query = format!(
        "SELECT s.schemaname::text, s.tablename::text, s.attname::text, s.null_frac::float8, s.avg_width::float8, s.n_distinct::float8, \
           s.most_common_vals::text::text[], s.most_common_freqs::float8[], s.histogram_bounds::text::text[], \
           s.correlation::float8, s.most_common_elems::text::text[], s.most_common_elem_freqs::float8[], \
           s.elem_count_histogram::float8[], a.attnum, a.atttypid = 'bool'::regtype, c.relkind = 'i' \
         FROM pg_stats s JOIN pg_namespace sn ON sn.nspname = s.schemaname \
         JOIN pg_class c0 ON c0.relnamespace = sn.oid AND c0.relname = s.tablename \
         JOIN pg_attribute a ON a.attrelid = c0.oid AND a.attname = s.attname \
         CROSS JOIN LATERAL (SELECT c0.relkind) c \
         WHERE s.inherited = (c0.relkind = 'p') \
           AND c0.oid IN (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours} UNION ALL \
             SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indexprs IS NOT NULL AND {ours})"
    );
    for row in transaction.query(&query, &[])? {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        let mut statistics = ColumnStatistics {
            null_fraction: row.get(3),
            width: Some(row.get(4)),
            distinct: Some(row.get(5)).filter(|distinct| *distinct != 0.0),
            most_common: pairs(row.get(6), row.get(7)).0,
            histogram: row.get::<_, Option<Vec<String>>>(8).unwrap_or_default(),
            correlation: row.get(9),
            ..ColumnStatistics::default()
        };
        let (elements, extra) = pairs(row.get(10), row.get(11));
        statistics.most_common_elements = elements;
        statistics.element_frequency_extra = extra;
        statistics.element_count_histogram = row.get::<_, Option<Vec<f64>>>(12).unwrap_or_default();
        if row.get::<_, bool>(14) {
            statistics
                .most_common
                .iter_mut()
                .for_each(|(value, _)| normalise_boolean(value));
        }
        if row.get::<_, bool>(15) {
            let position = usize::try_from(row.get::<_, i16>(13) - 1).unwrap_or(0);
            if let Some(index) = index_numbers
                .get(&name)
                .and_then(|number| indexes.get_mut(*number))
            {
                index.statistics.expressions.insert(position, statistics);
            }
        } else if let Some(table) = table_numbers
            .get(&name)
            .and_then(|number| tables.get_mut(*number))
        {
            table.columns.insert(row.get(2), statistics);
        }
    }
    let silent = tables
        .iter()
        .filter(|table| {
            table.columns.is_empty()
                && table
                    .statistics
                    .as_ref()
                    .is_some_and(|known| known.rows > 0.0)
        })
        .count();
    if silent > 0 {
        missing.push(format!(
            "column statistics of {silent} tables with rows: the role may not read them (grant it pg_read_all_data), or they were never analyzed (run ANALYZE)"
        ));
    }
    Ok(())
}

/// Values with their frequencies, and the frequencies that are left over.
fn pairs(
    values: Option<Vec<String>>,
    frequencies: Option<Vec<f64>>,
) -> (Vec<(String, f64)>, Vec<f64>) {
    let (values, mut frequencies) = (values.unwrap_or_default(), frequencies.unwrap_or_default());
    let extra = frequencies.split_off(values.len().min(frequencies.len()));
    (values.into_iter().zip(frequencies).collect(), extra)
}

/// Extended statistics over columns, into their tables.
pub(super) fn read_extended(
    transaction: &mut Transaction<'_>,
    version: u32,
    filter: &SnapshotFilter,
    tables: &mut [SnapshotTable],
    missing: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let ours = relation_condition(filter);
    let inherited = if version >= 150_000 {
        "AND x.stxdinherit = (c.relkind = 'p')"
    } else {
        ""
    };
    let expressions = if version >= 140_000 {
        "s.stxexprs IS NOT NULL"
    } else {
        "false"
    };
    let superuser = transaction
        .query_one(
            "SELECT has_table_privilege('pg_statistic_ext_data', 'SELECT')",
            &[],
        )?
        .get::<_, bool>(0);
    let data = if superuser {
        "x.stxdndistinct::text, x.stxddependencies::text, x.stxdmcv::bytea"
    } else {
        "NULL::text, NULL::text, NULL::bytea"
    };
    let join = if superuser {
        "LEFT JOIN pg_statistic_ext_data x ON x.stxoid = s.oid"
    } else {
        ""
    };
    let inherited = if superuser { inherited } else { "" };
    let query = format!(
        "SELECT n.nspname::text, c.relname::text, s.stxname::text, \
           array(SELECT a.attname::text FROM unnest(s.stxkeys::int2[]) WITH ORDINALITY k(attnum, position) \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum ORDER BY k.position), \
           s.stxkeys::int2[], {expressions}, {data} \
         FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         {join} {inherited} WHERE {ours} ORDER BY s.oid"
    );
    let mut unread = 0;
    for row in transaction.query(&query, &[])? {
        let name = QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        let numbers: Vec<i16> = row.get(4);
        let on_expressions: bool = row.get(5);
        if on_expressions || !superuser {
            unread += 1;
            continue;
        }
        let most_common: Option<Vec<u8>> = row.get(8);
        let extended = ExtendedStatistics {
            name: row.get(2),
            columns: row.get(3),
            distinct: row
                .get::<_, Option<String>>(6)
                .map(|text| by_position(&text, &numbers)),
            dependencies: row
                .get::<_, Option<String>>(7)
                .map(|text| by_position(&text, &numbers)),
            most_common: Vec::new(),
            most_common_data: most_common
                .map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        };
        let table = tables.iter_mut().find(|table| table.name == name);
        if let Some(statistics) = table.and_then(|table| table.statistics.as_mut()) {
            statistics.extended.push(extended);
        }
    }
    if unread > 0 {
        missing.push(format!(
            "{unread} extended statistics (CREATE STATISTICS): only a superuser can read their data, and those on expressions are not read"
        ));
    }
    Ok(())
}

/// Column numbers in `{"2, 5": 17, "2 => 5": 0.5}` become positions in the list of columns, from 1.
fn by_position(text: &str, numbers: &[i16]) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let Some(length) = rest[start + 1..].find('"') else {
            break;
        };
        let key = &rest[start + 1..start + 1 + length];
        result.push_str(&rest[..=start]);
        let mut digits = String::new();
        for character in key.chars().chain([' ']) {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            if !digits.is_empty() {
                let position = numbers
                    .iter()
                    .position(|number| number.to_string() == digits);
                result.push_str(&position.map_or(0, |position| position + 1).to_string());
                digits.clear();
            }
            result.push(character);
        }
        result.truncate(result.trim_end().len());
        result.push('"');
        rest = &rest[start + length + 2..];
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_numbers_become_positions() {
        assert_eq!(
            by_position("{\"2, 5\": 17, \"2, 5 => 12\": 0.500000}", &[2, 5, 12]),
            "{\"1, 2\": 17, \"1, 2 => 3\": 0.500000}"
        );
    }
}
