//! Pages of PostgreSQL's relation files, as far as its planner looks at them.
//!
//! Sources: bufpage.h (page header), checksum_impl.h, nbtree.h and itup.h (B-tree), ginblock.h (GIN).

/// Bytes of a page.
pub(super) const PAGE_SIZE: usize = 8192;
const HEADER: usize = 24;
const BTREE_SPECIAL: usize = PAGE_SIZE - 16;
const BTREE_MAGIC: u32 = 0x0005_3162;
const BTP_LEAF: u16 = 1;
const BTP_ROOT: u16 = 2;

const CHECKSUM_BASE: [u32; 32] = [
    0x5B1F_36E9,
    0xB852_5960,
    0x02AB_50AA,
    0x1DE6_6D2A,
    0x79FF_467A,
    0x9BB9_F8A3,
    0x217E_7CD2,
    0x83E1_3D2C,
    0xF8D4_474F,
    0xE39E_B970,
    0x42C6_AE16,
    0x9932_16FA,
    0x7B09_3B5D,
    0x98DA_FF3C,
    0xF718_902A,
    0x0B1C_9CDB,
    0xE58F_764B,
    0x1876_36BC,
    0x5D7B_3BB1,
    0xE73D_E7DE,
    0x92BE_C979,
    0xCCA6_C0B2,
    0x304A_0979,
    0x85AA_43D4,
    0x7831_25BB,
    0x6CA8_EAA2,
    0xE407_EAC6,
    0x4B5C_FC3E,
    0x9FBF_8C76,
    0x15CA_20BE,
    0xF2CA_9FD3,
    0x959B_D756,
];
const CHECKSUM_PRIME: u32 = 16_777_619;

/// A page of 8 kB.
pub(super) struct Page(Box<[u8; PAGE_SIZE]>);

impl Page {
    fn empty() -> Self {
        Self(Box::new([0; PAGE_SIZE]))
    }

    /// A page as it was read.
    pub(super) fn from_bytes(bytes: [u8; PAGE_SIZE]) -> Self {
        Self(Box::new(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    fn put_u16(&mut self, at: usize, value: u16) {
        self.0[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }

    fn put_u32(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn get_u32(&self, at: usize) -> u32 {
        u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    /// Bounds of the free space and of the special space; size and version of the layout.
    fn put_header(&mut self, lower: usize, upper: usize, special: usize) {
        self.put_u16(12, lower as u16);
        self.put_u16(14, upper as u16);
        self.put_u16(16, special as u16);
        self.put_u16(18, PAGE_SIZE as u16 | 4);
    }

    /// Gives it the checksum that it must carry as block `block`: `pg_checksum_page`.
    fn seal(&mut self, block: u32) {
        self.put_u16(8, 0);
        let mut sums = CHECKSUM_BASE;
        let step = |sum: u32, value: u32| {
            let mixed = sum ^ value;
            mixed.wrapping_mul(CHECKSUM_PRIME) ^ (mixed >> 17)
        };
        for row in 0..PAGE_SIZE / 128 {
            for (column, sum) in sums.iter_mut().enumerate() {
                *sum = step(*sum, self.get_u32(row * 128 + column * 4));
            }
        }
        for _ in 0..2 {
            for sum in &mut sums {
                *sum = step(*sum, 0);
            }
        }
        let all = sums.iter().fold(0, |all, sum| all ^ sum);
        let checksum = ((all ^ block) % 65_535 + 1) as u16;
        self.put_u16(8, checksum);
    }

    /// Whether it is the first page of a B-tree.
    pub(super) fn is_btree_metapage(&self) -> bool {
        self.get_u32(HEADER) == BTREE_MAGIC
    }

    /// Sets root and fast root of a B-tree's first page: block 1, at `level` above the leaves.
    pub(super) fn set_btree_root(&mut self, level: u32) {
        for (at, value) in [1, level, 1, level].into_iter().enumerate() {
            self.put_u32(HEADER + 8 + at * 4, value);
        }
        self.seal(0);
    }

    /// A B-tree page as `block`, `level` above the leaves, with one downlink (minus infinity) to `child`.
    pub(super) fn btree(block: u32, level: u32, is_root: bool, child: Option<u32>) -> Self {
        let mut page = Self::empty();
        let (mut upper, mut lower) = (BTREE_SPECIAL, HEADER);
        if let Some(child) = child {
            upper -= 8;
            lower += 4;
            // A pivot tuple of no attributes: INDEX_ALT_TID_MASK in its length word.
            page.put_u16(upper, (child >> 16) as u16);
            page.put_u16(upper + 2, (child & 0xffff) as u16);
            page.put_u16(upper + 6, 8 | 0x2000);
            page.put_u32(HEADER, upper as u32 | (1 << 15) | (8 << 17));
        }
        let leaf = if child.is_none() { BTP_LEAF } else { 0 };
        let root = if is_root { BTP_ROOT } else { 0 };
        page.put_u32(BTREE_SPECIAL + 8, level);
        page.put_u16(BTREE_SPECIAL + 12, leaf | root);
        page.put_header(lower, upper, BTREE_SPECIAL);
        page.seal(block);
        page
    }

    /// The first page of a GIN index of that many pages, with the counts that its cost estimate reads.
    pub(super) fn gin_metapage(counts: GinCounts) -> Self {
        const GIN_META: u16 = 1 << 3;
        const SPECIAL: usize = PAGE_SIZE - 8;
        let mut page = Self::empty();
        // No pending list: head and tail are InvalidBlockNumber.
        page.put_u32(HEADER, u32::MAX);
        page.put_u32(HEADER + 4, u32::MAX);
        page.put_u32(HEADER + 24, counts.pages);
        page.put_u32(HEADER + 28, counts.entry_pages);
        page.put_u32(HEADER + 32, counts.data_pages);
        page.put_u32(HEADER + 40, (counts.entries & 0xffff_ffff) as u32);
        page.put_u32(HEADER + 44, (counts.entries >> 32) as u32);
        page.put_u32(HEADER + 48, 2);
        page.put_u32(SPECIAL, u32::MAX);
        page.put_u16(SPECIAL + 6, GIN_META);
        page.put_header(HEADER + 56, SPECIAL, SPECIAL);
        page.seal(0);
        page
    }
}

/// What a GIN index's first page counts: `GinMetaPageData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GinCounts {
    pub pages: u32,
    pub entry_pages: u32,
    pub data_pages: u32,
    pub entries: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_page_is_empty_and_sealed() {
        let page = Page::btree(3, 0, false, None);
        assert_eq!(
            page.get_u32(12),
            HEADER as u32 | (BTREE_SPECIAL as u32) << 16
        );
        assert_ne!(&page.bytes()[8..10], &[0, 0]);
        assert!(!page.is_btree_metapage());
    }
}
