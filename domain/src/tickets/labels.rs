//! What is on a ticket of each label kind, and who put it there.

use super::{LabelOrigin, Priority, Ticket};
use crate::suggestions::{Label, LabelKind};

/// SQL: the ticket has a label of the kind, and a person gave it. As [`Ticket::origin`].
pub(crate) fn persons_label(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Category => {
            "(tickets.category_id IS NOT NULL \
             AND NOT (tickets.category_id <=> tickets.applied_category_id))"
        }
        LabelKind::Priority => "(tickets.priority_origin = 'person')",
    }
}

impl Ticket {
    /// The label of a kind; `None` while the ticket has no category.
    pub fn label(&self, kind: LabelKind) -> Option<Label> {
        match kind {
            LabelKind::Category => self.category_id.map(Label::Category),
            LabelKind::Priority => Some(Label::Priority(self.priority)),
        }
    }

    /// Who put the label there.
    ///
    /// Only what the desk applied is written down: a label that differs from it, whichever program
    /// wrote it, is a person's.
    pub fn origin(&self, kind: LabelKind) -> LabelOrigin {
        match kind {
            LabelKind::Category if self.category_id.is_none() => LabelOrigin::Default,
            LabelKind::Category if self.category_id == self.applied_category_id => {
                LabelOrigin::Model
            }
            LabelKind::Category => LabelOrigin::Person,
            LabelKind::Priority if self.priority_origin == LabelOrigin::Person => {
                LabelOrigin::Person
            }
            LabelKind::Priority if self.applied_priority == Some(self.priority) => {
                LabelOrigin::Model
            }
            LabelKind::Priority => LabelOrigin::Default,
        }
    }

    /// Puts a label on the ticket as a person's decision.
    pub(crate) fn decide(&mut self, label: Label) {
        match label {
            Label::Category(id) => (self.category_id, self.applied_category_id) = (Some(id), None),
            Label::Priority(priority) => {
                (self.priority, self.applied_priority) = (priority, None);
                self.priority_origin = LabelOrigin::Person;
            }
        }
    }

    /// Puts a label on the ticket as the desk's own; call only where [`Ticket::origin`] is no person.
    pub(crate) fn apply(&mut self, label: Label) {
        match label {
            Label::Category(id) => {
                (self.category_id, self.applied_category_id) = (Some(id), Some(id));
            }
            Label::Priority(priority) => {
                (self.priority, self.applied_priority) = (priority, Some(priority));
            }
        }
    }

    /// Takes an applied label off again. A category leaves nothing, as it found nothing; a priority
    /// goes back to `was`.
    pub(crate) fn take_off(&mut self, kind: LabelKind, was: Option<Priority>) {
        match kind {
            LabelKind::Category => (self.category_id, self.applied_category_id) = (None, None),
            LabelKind::Priority => {
                self.priority = was.unwrap_or(Priority::Normal);
                self.applied_priority = None;
            }
        }
    }
}
