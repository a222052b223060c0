//! What a training learns from.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use deskwire_domain::models::{LabelledTicket, TrainingData, TrainingQuery, training_data};
use deskwire_domain::{Actor, Conn};
use serde_json::{Value, json};

use super::{Ended, count, draft};
use crate::dataset::{Dataset, DatasetError, Example, LabelKind};
use crate::text::TicketText;

/// Labelled tickets, and what is kept about them with the version they make.
#[derive(Debug, Clone)]
pub struct Material {
    pub tickets: Arc<Dataset>,
    /// Labelled tickets of the whole desk; of files, those in them.
    pub labelled: u32,
    /// Where they come from, as JSON: `heldBack` is added once that is known.
    pub(super) snapshot: Value,
}

impl Material {
    /// What the desk's people labelled, as far as the query asks for it.
    ///
    /// # Errors
    /// [`Ended::Refused`] where two labels do not have enough tickets; [`Ended::Again`] when the database
    /// is away.
    pub async fn of_desk(conn: &mut Conn, query: &TrainingQuery) -> Result<Self, Ended> {
        let found = training_data(conn, &Actor::system(), query).await?;
        require_enough(&found, query)?;
        let (snapshot, labelled) = (draft::snapshot(&found, query), found.labelled);
        let tickets = Arc::new(Dataset::new(found.tickets.into_iter().map(example).collect()));
        Ok(Self { tickets, labelled, snapshot })
    }

    /// What stands in these files, every label of it.
    ///
    /// # Errors
    /// [`DatasetError`] for the first line that cannot be read.
    pub fn of_files(files: &[impl AsRef<Path>], kind: LabelKind) -> Result<Self, DatasetError> {
        let names = files.iter().map(|file| file.as_ref().file_name().unwrap_or_default());
        let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
        let source = json!({ "source": "files", "files": names });
        Ok(Self::of_tickets(Dataset::read(files, kind)?, source))
    }

    /// Any tickets; `source` is a JSON object that says where they come from.
    pub fn of_tickets(tickets: Dataset, source: Value) -> Self {
        let labels = || tickets.examples().iter().filter_map(|example| example.label.as_deref());
        let mut per_label = BTreeMap::<&str, u32>::new();
        labels().for_each(|label| *per_label.entry(label).or_default() += 1);
        let times = || tickets.examples().iter().filter_map(|example| example.created_at);
        let mut snapshot = source;
        snapshot["tickets"] = json!(labels().count());
        snapshot["perLabel"] = json!(per_label);
        snapshot["from"] = json!(times().min());
        snapshot["to"] = json!(times().max());
        let labelled = count(labels().count());
        Self { tickets: Arc::new(tickets), labelled, snapshot }
    }
}

impl Material {
    /// Only the newest tickets, at most so many.
    #[must_use]
    pub fn newest(self, count: usize) -> Self {
        let all = self.tickets.examples();
        if all.len() <= count {
            return self;
        }
        let newest = Dataset::new(all[all.len() - count..].to_vec());
        let Self { labelled, snapshot, .. } = self;
        let (query, source) = (snapshot["query"].clone(), snapshot["source"].clone());
        let mut of = json!({ "source": source, "newest": count });
        if !query.is_null() {
            of["query"] = query;
        }
        Self { labelled, ..Self::of_tickets(newest, of) }
    }
}

/// A ticket by its own id: external ones may occur twice.
fn example(ticket: LabelledTicket) -> Example {
    Example {
        id: ticket.ticket_id.to_string(),
        text: TicketText::new(&ticket.subject, &ticket.body),
        label: Some(ticket.label),
        created_at: Some(ticket.created_at.as_utc()),
    }
}

/// Says what is missing where two labels do not have enough tickets.
fn require_enough(data: &TrainingData, query: &TrainingQuery) -> Result<(), Ended> {
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
