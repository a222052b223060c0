//! What a run learns from.

use std::sync::Arc;

use deskwire_domain::models::{LabelledTicket, TrainingData, TrainingQuery};

use super::Ended;
use crate::dataset::{Dataset, Example};

/// The tickets as training reads them, by their own ids: external ones may occur twice.
pub(super) fn dataset(tickets: Vec<LabelledTicket>) -> Arc<Dataset> {
    let example = |ticket: LabelledTicket| {
        let id = ticket.ticket_id.to_string();
        Example { id, ..Example::from(ticket) }
    };
    Arc::new(Dataset::new(tickets.into_iter().map(example).collect()))
}

/// Says what is missing where two labels do not have enough tickets.
pub(super) fn require_enough(data: &TrainingData, query: &TrainingQuery) -> Result<(), Ended> {
    let minimum = query.minimum_per_label;
    let limited = query.created_from.is_some() || query.created_to.is_some();
    let time = if limited { " created in the chosen time" } else { "" };
    let mut labels = data.per_label.keys();
    let why = match (labels.next(), labels.next()) {
        (Some(_), Some(_)) => return Ok(()),
        (Some(label), None) => format!(
            "only {label:?} has {minimum} tickets{time}, and a model needs two labels to tell apart; \
             label more tickets of others, or lower minimumPerLabel"
        ),
        (None, _) => match data.too_few.iter().max_by_key(|(_, count)| **count) {
            Some((label, count)) => format!(
                "no label has {minimum} tickets{time} yet, the most has {label:?} with {count}; label \
                 more tickets, or lower minimumPerLabel"
            ),
            None => format!(
                "no ticket{time} has a {} that a person gave; label tickets or accept suggestions \
                 first",
                query.kind
            ),
        },
    };
    Err(Ended::Refused(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskwire_domain::suggestions::LabelKind;
    use std::collections::BTreeMap;

    fn why(per_label: &[(&str, u32)], too_few: &[(&str, u32)]) -> Option<String> {
        let counts = |counts: &[(&str, u32)]| -> BTreeMap<String, u32> {
            counts.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect()
        };
        let data = TrainingData {
            per_label: counts(per_label),
            too_few: counts(too_few),
            ..TrainingData::default()
        };
        let query = TrainingQuery {
            kind: LabelKind::Category,
            created_from: None,
            created_to: None,
            minimum_per_label: 5,
        };
        match require_enough(&data, &query) {
            Err(Ended::Refused(why)) => Some(why),
            _ => None,
        }
    }

    #[test]
    fn what_is_missing_is_said_in_a_sentence() {
        assert_eq!(why(&[("a", 5), ("b", 9)], &[("c", 1)]), None);
        for (per_label, too_few, expected) in [
            (&[("a", 5)][..], &[("c", 1)][..], "only \"a\" has 5 tickets, and a model needs two"),
            (&[], &[("b", 4), ("c", 1)], "no label has 5 tickets yet, the most has \"b\" with 4"),
            (&[], &[], "no ticket has a category that a person gave"),
        ] {
            let why = why(per_label, too_few).unwrap();
            assert!(why.starts_with(expected), "{why}");
        }
    }
}
