//! The words that decided, and where they stand.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::NewSuggestion;
use crate::Conn;
use crate::db::one_of;
use crate::db::schema::messages;
use crate::error::Result;
use crate::ids::{MessageId, TicketId};
use crate::messages::MessageKind;

/// A word or phrase that spoke for the label, against the runner-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecidingWord {
    /// As it stands in the ticket.
    pub text: String,
    /// Its part of everything that spoke for the label, 0 to 1.
    pub share: f64,
    /// Where it stands first; `None` in what was recorded before places were kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
}

/// Where a word stands. Offsets count characters (Unicode scalar values) of the part's plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub part: Part,
    /// `None` for the subject. Where it is left out for a message, [`super::record()`] takes the
    /// ticket's first public one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<MessageId>,
    pub start: u32,
    /// Behind the last character.
    pub end: u32,
}

crate::text_enum! {
    /// A text of a ticket.
    pub enum Part {
        Subject = "subject",
        Message = "message",
    }
}

/// Says which message words stand in, where only the ticket is known: its first public one.
pub(super) async fn name_messages(conn: &mut Conn, new: &mut [NewSuggestion]) -> Result<()> {
    let mut ids: Vec<TicketId> = Vec::new();
    for one in &mut *new {
        if nameless(one).next().is_some() {
            ids.push(one.ticket_id);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    ids.dedup();
    let rows: Vec<(TicketId, MessageId)> = messages::table
        .filter(one_of(messages::ticket_id, &ids))
        .filter(messages::kind.eq(MessageKind::Reply))
        .order((messages::ticket_id.asc(), messages::created_at.desc(), messages::id.desc()))
        .select((messages::ticket_id, messages::id))
        .load(conn)
        .await?;
    // Later rows replace earlier ones, so the oldest message of each ticket stays.
    let firsts: HashMap<TicketId, MessageId> = rows.into_iter().collect();
    for one in new {
        let first = firsts.get(&one.ticket_id).copied();
        nameless(one).for_each(|place| place.message_id = first);
    }
    Ok(())
}

fn nameless(new: &mut NewSuggestion) -> impl Iterator<Item = &mut Place> {
    let places = new.deciding_words.iter_mut().filter_map(|word| word.place.as_mut());
    places.filter(|place| place.part == Part::Message && place.message_id.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_round_trip() {
        Part::assert_round_trips();
    }

    #[test]
    fn words_without_places_are_read() {
        let old = r#"{"text":"card","share":0.5}"#;
        let word: DecidingWord = serde_json::from_str(old).unwrap();
        assert_eq!(word, DecidingWord { text: "card".into(), share: 0.5, place: None });
        assert_eq!(serde_json::to_string(&word).unwrap(), old);
    }
}
