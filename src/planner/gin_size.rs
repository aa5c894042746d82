//! How many pages a GIN index would have if it were built now. Sources: gininsert.c (the build), ginentrypage.c (the
//! tree of keys), gindatapage.c (the trees of row addresses), ginpostinglist.c (their compression).

use super::width::align;

const LINE_POINTER: f64 = 4.0;
const TUPLE_HEADER: f64 = 8.0;
/// A page without its header and GIN's special space.
const ENTRY_SPACE: f64 = 8192.0 - 24.0 - 8.0;
/// `GinDataPageMaxDataSize`.
const DATA_SPACE: f64 = 8192.0 - 24.0 - 8.0 - 8.0;
/// `GinMaxItemSize`: a key with a longer list gets a tree of its own for it.
const MAX_ITEM: f64 = 2712.0;
/// First address and length word of a compressed list: `GinPostingListData`.
const LIST_HEADER: f64 = 8.0;
/// Bytes of a list within a data page: `GinPostingListSegmentTargetSize`.
const SEGMENT: f64 = 256.0;
/// What the build collects before it writes: maintenance_work_mem by default, and about what a row address takes in it.
const BUILD_MEMORY: f64 = 64.0 * 1024.0 * 1024.0;
const BYTES_IN_MEMORY: f64 = 10.0;

/// Keys that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GinKeys {
    /// How many keys.
    pub count: f64,
    /// Rows that hold each of them.
    pub rows: f64,
    /// Bytes of a key, its length word included.
    pub width: f64,
}

/// Pages of a GIN index by kind, as its first page counts them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GinSize {
    pub pages: f64,
    pub entry_pages: f64,
    pub data_pages: f64,
    pub entries: f64,
}

/// The size of a GIN index over a table of `heap_pages` pages.
pub fn gin_size(keys: &[GinKeys], heap_pages: f64) -> GinSize {
    let (mut entry_bytes, mut data_pages, mut entries, mut addresses) = (0.0, 0.0, 0.0, 0.0);
    let (mut key_bytes, mut squares) = (0.0, 0.0);
    for keys in keys {
        let rows = keys.rows.max(1.0);
        let key = TUPLE_HEADER + align(keys.width, 2);
        let list = (rows - 1.0) * address_bytes(rows, heap_pages.max(1.0));
        entries += keys.count;
        addresses += keys.count * rows;
        key_bytes += keys.count * (align(key, 8) + LINE_POINTER);
        let tuple = align(key + align(LIST_HEADER + list, 2), 8);
        let entry = if tuple <= MAX_ITEM {
            tuple
        } else {
            align(key, 8)
        } + LINE_POINTER;
        entry_bytes += keys.count * entry;
        squares += keys.count * entry * entry;
        if tuple > MAX_ITEM {
            let in_segments = list * SEGMENT / (SEGMENT - LIST_HEADER);
            let leaves = (in_segments / DATA_SPACE).ceil().max(1.0);
            let root = if leaves > 1.0 { 1.0 } else { 0.0 };
            data_pages += keys.count * (leaves + root);
        }
    }
    // The keys come in order, and a full page is split where its first half is exceeded (entrySplitPage), by half an entry
    // on average; so the pages behind stay. What memory does not hold at once comes in several rounds, which fill them.
    let entry = squares / entry_bytes.max(1.0);
    let filled = if addresses * BYTES_IN_MEMORY > BUILD_MEMORY {
        0.69
    } else {
        (0.5 + 0.75 * entry / ENTRY_SPACE).min(0.75)
    };
    let leaves = (entry_bytes / (ENTRY_SPACE * filled)).ceil().max(1.0);
    let mut entry_pages = leaves;
    let downlink = key_bytes / entries.max(1.0);
    let mut on_level = leaves;
    while on_level > 1.0 {
        on_level = (on_level * downlink / (ENTRY_SPACE * filled)).ceil();
        entry_pages += on_level;
    }
    GinSize {
        pages: 1.0 + entry_pages + data_pages.round(),
        entry_pages,
        data_pages: data_pages.round(),
        entries: entries.round(),
    }
}

/// Mean bytes of a row address behind another, seven bits of their distance to a byte: `encode_varbyte`. Page and line
/// are one number with 11 bits for the line, so an address on the same page takes one byte, on one of the next seven two.
fn address_bytes(rows: f64, heap_pages: f64) -> f64 {
    let has_one = 1.0 - (-rows / heap_pages).exp();
    let first_of_page = (heap_pages * has_one).min(rows);
    let within = |pages: f64| 1.0 - (1.0 - has_one).powf(pages);
    let (two, three, four) = (within(7.5), within(1023.5), within(131_071.5));
    let of_first = 2.0 * two + 3.0 * (three - two) + 4.0 * (four - three) + 5.0 * (1.0 - four);
    (first_of_page * of_first + (rows - first_of_page)) / rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_lists_take_little_more_than_a_byte_for_each_row() {
        assert!(address_bytes(50_000.0, 1000.0) < 1.05);
        let sparse = address_bytes(10.0, 100_000.0);
        assert!((3.5..4.0).contains(&sparse), "{sparse}");
    }

    #[test]
    fn long_lists_get_pages_of_their_own() {
        let keys = GinKeys {
            count: 1.0,
            rows: 1_000_000.0,
            width: 4.0,
        };
        let size = gin_size(&[keys], 20_000.0);
        assert_eq!(size.entry_pages, 1.0);
        assert!((120.0..160.0).contains(&size.data_pages), "{size:?}");
    }
}
