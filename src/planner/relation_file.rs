use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::page::{PAGE_SIZE, Page};

/// Pages in one file of 1 GiB: RELSEG_SIZE.
const SEGMENT_PAGES: u64 = 131_072;

/// The files of one relation, FILE, FILE.1, ..., in an embedded server's data folder. The planner takes the number of
/// pages from their length; they are sparse, so length costs no disk.
pub(super) struct RelationFile {
    first: PathBuf,
}

impl RelationFile {
    /// `path` is what `pg_relation_filepath` says, below the data folder.
    pub(super) fn new(data_directory: &Path, path: &str) -> Self {
        Self {
            first: data_directory.join(path),
        }
    }

    fn segment(&self, number: u64) -> PathBuf {
        if number == 0 {
            return self.first.clone();
        }
        let mut path = self.first.clone().into_os_string();
        path.push(format!(".{number}"));
        PathBuf::from(path)
    }

    /// Makes it that many pages long, whatever is in it. It must not be longer already by whole segments.
    pub(super) fn set_pages(&self, pages: u64) -> io::Result<()> {
        for number in 0..pages.div_ceil(SEGMENT_PAGES).max(1) {
            let in_segment = (pages - number * SEGMENT_PAGES).min(SEGMENT_PAGES);
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(self.segment(number))?;
            file.set_len(in_segment * PAGE_SIZE as u64)?;
        }
        Ok(())
    }

    /// Makes a B-tree that was just created on an empty table look `level` pages high, the leaves not counted: a
    /// metapage that says so, and a page on each level, as the planner may walk down to look for the largest value.
    /// The server must not have read the metapage yet. Returns false, with nothing changed, where it is no B-tree.
    pub(super) fn set_btree_level(&self, level: u32) -> io::Result<bool> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&self.first)?;
        let mut bytes = [0; PAGE_SIZE];
        file.read_exact(&mut bytes)?;
        let mut metapage = Page::from_bytes(bytes);
        if !metapage.is_btree_metapage() {
            return Ok(false);
        }
        metapage.set_btree_root(level);
        file.seek(SeekFrom::Start(0))?;
        file.write_all(metapage.bytes())?;
        for depth in 0..=level {
            let block = 1 + depth;
            let child = (depth < level).then_some(block + 1);
            file.write_all(Page::btree(block, level - depth, depth == 0, child).bytes())?;
        }
        Ok(true)
    }

    /// A new file whose first page is `page`, followed by empty ones.
    pub(super) fn create_with(&self, page: &Page, pages: u64) -> io::Result<()> {
        let mut file = File::create(&self.first)?;
        file.write_all(page.bytes())?;
        drop(file);
        self.set_pages(pages)
    }
}
