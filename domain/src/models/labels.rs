//! A version's labels against the desk's categories of today.

use super::ModelVersion;
use crate::categories::Category;
use crate::suggestions::{Label, LabelKind};

impl ModelVersion {
    /// Those of the desk's categories that can be chosen and that this version never suggests: they came
    /// after its training, or had too few tickets in it. None for priorities.
    pub fn unpredictable(&self, categories: &[Category]) -> Vec<Category> {
        let knows = |category: &Category| {
            self.labels.values().any(|label| *label == Label::Category(category.id))
        };
        let is_missing = |category: &&Category| category.active && !knows(category);
        match self.kind {
            LabelKind::Category => categories.iter().filter(is_missing).cloned().collect(),
            LabelKind::Priority => Vec::new(),
        }
    }

    /// Labels it may still suggest although nobody can choose them any more, by name.
    pub fn retired(&self, categories: &[Category]) -> Vec<&str> {
        let is_retired = |label: &Label| match label {
            Label::Category(id) => !categories.iter().any(|c| c.id == *id && c.active),
            Label::Priority(_) => false,
        };
        let retired = self.labels.iter().filter(|(_, label)| is_retired(label));
        retired.map(|(name, _)| name.as_str()).collect()
    }
}
