use crate::query::{Block, Join, JoinTree, RelationId};

/// One side of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// The joins around a join or a relation, innermost first, each with the side that it is on.
#[derive(Debug, Clone)]
pub struct JoinPath<'b> {
    pub steps: Vec<(&'b Join, Side)>,
    /// Number of the item in FROM.
    pub item: usize,
}

impl Block {
    /// The joins around a join of this block; `None` where it is not in FROM.
    pub fn path_of_join(&self, join: &Join) -> Option<JoinPath<'_>> {
        self.path(&|tree| matches!(tree, JoinTree::Join(found) if std::ptr::eq(&**found, join)))
    }

    /// The joins around a relation of this block.
    pub fn path_of_relation(&self, relation: RelationId) -> Option<JoinPath<'_>> {
        self.path(&|tree| matches!(tree, JoinTree::Relation(found) if *found == relation))
    }

    fn path(&self, is_it: &dyn Fn(&JoinTree) -> bool) -> Option<JoinPath<'_>> {
        fn search<'b>(
            tree: &'b JoinTree,
            is_it: &dyn Fn(&JoinTree) -> bool,
            steps: &mut Vec<(&'b Join, Side)>,
        ) -> bool {
            if is_it(tree) {
                return true;
            }
            if let JoinTree::Join(join) = tree {
                if search(&join.left, is_it, steps) {
                    steps.push((join, Side::Left));
                    return true;
                }
                if search(&join.right, is_it, steps) {
                    steps.push((join, Side::Right));
                    return true;
                }
            }
            false
        }
        self.from.iter().enumerate().find_map(|(item, tree)| {
            let mut steps = Vec::new();
            search(tree, is_it, &mut steps).then_some(JoinPath { steps, item })
        })
    }
}

impl Join {
    /// The tree on a side.
    pub fn side(&self, side: Side) -> &JoinTree {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }
}
