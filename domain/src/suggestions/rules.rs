//! Pure decisions about suggestions.

use super::{NewSuggestion, SuggestionState};
use crate::tickets::{LabelOrigin, Status, Ticket};

/// Whether a new suggestion's label goes on its ticket without asking.
///
/// `threshold` is the queue's, `None` where it has none for the kind; `decided` says that a person
/// decided about a suggestion of the kind on this ticket before, and then took the label off: people
/// decide about the next one, too.
pub(super) fn applies(
    threshold: Option<f64>,
    new: &NewSuggestion,
    ticket: &Ticket,
    decided: bool,
) -> bool {
    threshold.is_some_and(|threshold| new.probability >= threshold)
        && !new.abstained
        && !decided
        && matches!(ticket.status, Status::Open | Status::Pending)
        && ticket.is_listed()
        && ticket.origin(new.label.kind()) != LabelOrigin::Person
}

/// Whether a person has decided, for the suggestion or against it.
pub(super) fn is_decided(state: SuggestionState) -> bool {
    use SuggestionState::{Accepted, Dismissed, Overridden};
    matches!(state, Accepted | Dismissed | Overridden)
}

/// Whether a ticket that goes from one status to another leaves its open suggestions behind.
pub(super) fn ends(from: Status, to: Status) -> bool {
    from != to && matches!(to, Status::Solved | Status::Closed)
}

/// Whether a person who sets the field by hand thereby also judges a suggestion in this state.
pub(super) fn is_settled_by_hand(state: SuggestionState) -> bool {
    use SuggestionState::{Accepted, Applied, Dismissed, Ignored, Open, Overridden, Superseded};
    match state {
        Open | Applied | Accepted | Dismissed | Ignored => true,
        Overridden | Superseded => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::ids::{CategoryId, ModelVersionId, QueueId, TicketId, UserId};
    use crate::suggestions::Label;
    use crate::tickets::Priority;

    fn ticket() -> Ticket {
        Ticket {
            id: TicketId::new(),
            number: 1,
            subject: "Card lost".into(),
            status: Status::Open,
            priority: Priority::Normal,
            priority_origin: LabelOrigin::Default,
            category_id: None,
            applied_category_id: None,
            applied_priority: None,
            queue_id: QueueId::new(),
            requester_id: UserId::new(),
            assignee_id: None,
            version: 1,
            source: "web".into(),
            external_id: None,
            created_at: Timestamp::now(),
            updated_at: Timestamp::now(),
            solved_at: None,
            deleted_at: None,
            merged_into_id: None,
        }
    }

    fn new(label: Label, probability: f64, abstained: bool) -> NewSuggestion {
        NewSuggestion {
            ticket_id: TicketId::new(),
            model_version_id: ModelVersionId::new(),
            label,
            probability,
            abstained,
            runner_ups: Vec::new(),
            deciding_words: Vec::new(),
            served: Default::default(),
        }
    }

    #[test]
    fn only_sure_labels_for_open_tickets_without_a_persons_label_are_applied() {
        let id = CategoryId::new();
        let (category, priority) = (Label::Category(id), Label::Priority(Priority::High));
        type Change = fn(&mut Ticket, CategoryId);
        let same: Change = |_, _| {};
        for (threshold, probability, abstained, decided, label, change, expected) in [
            (None, 1.0, false, false, category, same, false),
            (Some(0.9), 0.9, false, false, category, same, true),
            (Some(0.9), 0.9, false, false, priority, same, true),
            (Some(0.9), 0.899, false, false, category, same, false),
            (Some(0.9), f64::NAN, false, false, category, same, false),
            (Some(0.5), 0.9, true, false, category, same, false),
            (Some(0.5), 0.9, false, true, category, same, false),
            (Some(0.5), 0.9, false, false, category, |t, _| t.status = Status::Pending, true),
            (Some(0.5), 0.9, false, false, category, |t, _| t.status = Status::Solved, false),
            (Some(0.5), 0.9, false, false, category, |t, _| t.status = Status::Closed, false),
            (Some(0.5), 0.9, false, false, category, |t, id| t.category_id = Some(id), false),
            (Some(0.5), 0.9, false, false, category, |t, id| t.apply(Label::Category(id)), true),
            (Some(0.5), 0.9, false, false, priority, |t, id| t.category_id = Some(id), true),
            (
                Some(0.5),
                0.9,
                false,
                false,
                priority,
                |t, _| t.decide(Label::Priority(Priority::Low)),
                false,
            ),
            (
                Some(0.5),
                0.9,
                false,
                false,
                category,
                |t, _| t.deleted_at = Some(t.created_at),
                false,
            ),
        ] {
            let mut ticket = ticket();
            change(&mut ticket, id);
            let new = new(label, probability, abstained);
            let applied = applies(threshold, &new, &ticket, decided);
            assert_eq!(applied, expected, "{threshold:?} {probability} {abstained} {decided}");
        }
    }

    #[test]
    fn a_label_is_a_persons_unless_it_is_what_the_desk_applied() {
        use crate::suggestions::LabelKind::{Category as C, Priority as P};
        let (one, other) = (CategoryId::new(), CategoryId::new());
        let mut ticket = ticket();
        let origins = |ticket: &Ticket| (ticket.origin(C), ticket.origin(P));
        assert_eq!(origins(&ticket), (LabelOrigin::Default, LabelOrigin::Default));
        ticket.apply(Label::Category(one));
        ticket.apply(Label::Priority(Priority::High));
        assert_eq!(origins(&ticket), (LabelOrigin::Model, LabelOrigin::Model));
        // As a program of the release before writes a person's labels.
        let mut by_older = ticket.clone();
        by_older.category_id = Some(other);
        (by_older.priority, by_older.priority_origin) = (Priority::Low, LabelOrigin::Person);
        assert_eq!(origins(&by_older), (LabelOrigin::Person, LabelOrigin::Person));
        let mut confirmed = ticket.clone();
        confirmed.decide(Label::Category(one));
        confirmed.decide(Label::Priority(Priority::High));
        assert_eq!(origins(&confirmed), (LabelOrigin::Person, LabelOrigin::Person));
        ticket.take_off(C, None);
        ticket.take_off(P, Some(Priority::Normal));
        assert_eq!(origins(&ticket), (LabelOrigin::Default, LabelOrigin::Default));
        assert_eq!((ticket.label(C), ticket.priority), (None, Priority::Normal));
    }

    #[test]
    fn tickets_leave_suggestions_behind_when_they_end() {
        use Status::{Closed, Open, Pending, Solved};
        for from in [Open, Pending, Solved, Closed] {
            for to in [Open, Pending, Solved, Closed] {
                let expected = from != to && [Solved, Closed].contains(&to);
                assert_eq!(ends(from, to), expected, "{from} {to}");
            }
        }
    }
}
