//! Choices that a generator makes: shorter lists and smaller numbers make simpler queries, which is what proptest shrinks
//! towards.

/// Choices read one after the other; past the end each is the simplest.
pub struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) * count.max(1) / 256
    }

    /// True in `percent` of the cases; false past the end.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub fn pick<'p, T>(&mut self, items: &'p [T]) -> &'p T {
        let at = self.below(items.len());
        &items[at]
    }
}
