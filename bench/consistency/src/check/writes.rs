//! Acknowledged writes exist once, refused ones do not, and what was acknowledged is what is there.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use std::collections::HashMap;

use super::Violation;
use crate::desk::World;
use crate::ids::Id;
use crate::model::{Event, Log};
use crate::verbs::{Shown, Takes};
use crate::writer::{Outcome, Write};

/// A message with the marker of the write it came from.
struct Message {
    id: Id,
    ticket: Id,
}

/// # Errors
/// When the database does not answer.
pub async fn check(
    conn: &mut Conn,
    log: &Log,
    world: &World,
    writes: &[Write],
) -> anyhow::Result<Vec<Violation>> {
    let messages = messages(conn).await?;
    let mut of_ticket: HashMap<Id, Vec<&Event>> = HashMap::new();
    let mut of_message: HashMap<Id, Vec<&Event>> = HashMap::new();
    for event in &log.events {
        of_ticket.entry(event.subject).or_default().push(event);
        if let Some(message) = event.message {
            of_message.entry(message).or_default().push(event);
        }
    }
    // Messages of a merged ticket stand on another.
    let places = |ticket: Id| {
        let target = |ticket: &Id| of_ticket.get(ticket)?.last()?.after.as_ref()?.merged_into;
        std::iter::successors(Some(ticket), target)
    };
    let mut found = Vec::new();
    for write in writes {
        let mut wrong = |what: &str| {
            let details = format!(
                "writer and step {}, as {}\ninput: {}\nanswers, in order:\n  {}",
                write.key,
                world.person(write.actor).map_or("?", |account| &account.name),
                write.input,
                write.outcomes.iter().map(Outcome::to_string).collect::<Vec<_>>().join("\n  "),
            );
            found.push(Violation::new(
                format!("{} {}: {what}", write.verb.name, write.key),
                details,
            ));
        };
        if write.must_be_refused && write.acknowledged().next().is_some() {
            wrong("was acknowledged and must never be");
        }
        if write.outcomes.iter().any(is_internal) {
            wrong("was answered by an internal error");
        }
        if write.verb.is_keyed
            && write.is_unknown()
            && matches!(write.outcomes.last(), Some(Outcome::Unknown { .. }))
        {
            wrong("was repeated for a minute and never got an answer");
        }
        if let Some(marker) = write.marker() {
            let stored = messages.get(&marker).map_or(&[][..], Vec::as_slice);
            for what in message_faults(write, stored, &of_message, &places) {
                wrong(&what);
            }
        }
        for outcome in write.acknowledged() {
            if let Some(what) = is_not_shown(write, outcome, &of_ticket, world) {
                wrong(&what);
            }
        }
    }
    found.extend(keys(conn).await?);
    Ok(found)
}

fn is_internal(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown { why } if why.contains("INTERNAL"))
}

fn message_faults<P: Iterator<Item = Id>>(
    write: &Write,
    stored: &[Message],
    events: &HashMap<Id, Vec<&Event>>,
    places: &impl Fn(Id) -> P,
) -> Vec<String> {
    let mut faults = Vec::new();
    if stored.len() > 1 {
        faults.push(format!("exists {} times", stored.len()));
    }
    let was_acknowledged = write.acknowledged().next().is_some();
    match stored.first() {
        None if was_acknowledged => faults.push("was acknowledged and does not exist".into()),
        Some(_) if !was_acknowledged && !write.is_unknown() => {
            faults.push("was refused and exists".into());
        }
        _ => {}
    }
    for message in stored {
        let count = events.get(&message.id).map_or(0, Vec::len);
        if count != 1 {
            faults.push(format!("message {} has {count} events", message.id));
        }
    }
    for outcome in write.acknowledged() {
        let Outcome::Acknowledged { ticket, message, .. } = outcome else { continue };
        let is_it = |m: &Message| {
            message.is_none_or(|id| id == m.id)
                && ticket.is_none_or(|(id, _)| places(id).any(|place| place == m.ticket))
        };
        if !stored.is_empty() && !stored.iter().any(is_it) {
            faults.push("the answer names another record than the one that exists".into());
        }
    }
    faults
}

/// Whether the log has the acknowledged version, and the ticket then was as asked for.
fn is_not_shown(
    write: &Write,
    outcome: &Outcome,
    events: &HashMap<Id, Vec<&Event>>,
    world: &World,
) -> Option<String> {
    let Outcome::Acknowledged { ticket: Some((ticket, version)), position, .. } = outcome else {
        return None;
    };
    let known = events.get(ticket).map_or(&[][..], Vec::as_slice);
    let at_version =
        || known.iter().filter(|event| event.after.as_ref().is_some_and(|t| t.version == *version));
    let Some(first) = at_version().next() else {
        return Some(format!("version {version} of ticket {ticket} is not in the log"));
    };
    if position.zip(first.position).is_some_and(|(told, is)| is > told) {
        return Some(format!(
            "its cursor is {position:?}, the version came at {:?}",
            first.position
        ));
    }
    let expected = write.input["expectedVersion"].as_u64();
    if expected.is_some_and(|e| ![e, e + 1].contains(&u64::from(*version))) {
        return Some(format!("version {version} was made from another than the expected one"));
    }
    // A repeated request shows the ticket as it is by then, not as the request left it.
    if write.outcomes.len() > 1 || write.verb.takes == Takes::Nothing {
        return None;
    }
    let shows = |event: &&&Event| {
        let Some(ticket) = event.after.as_deref() else { return false };
        let (input, actor) = (&write.input, write.actor);
        (write.verb.is_shown)(&Shown { input, ticket, actor, world })
    };
    if at_version().find(shows).is_none() {
        return Some(format!("ticket {ticket} at version {version} is not as asked for: {first}"));
    }
    None
}

async fn messages(conn: &mut Conn) -> anyhow::Result<HashMap<String, Vec<Message>>> {
    let sql = "SELECT HEX(id), HEX(ticket_id), SUBSTRING_INDEX(body_text, ' ', 1) FROM messages";
    let rows: Vec<(String, String, String)> = conn.query(sql).await?;
    let mut all: HashMap<String, Vec<Message>> = HashMap::new();
    for (id, ticket, marker) in rows {
        if let Some((id, ticket)) = Id::parse(&id).zip(Id::parse(&ticket)) {
            all.entry(marker).or_default().push(Message { id, ticket });
        }
    }
    Ok(all)
}

/// Each key stands for one record that exists.
async fn keys(conn: &mut Conn) -> anyhow::Result<Vec<Violation>> {
    let sql = "SELECT idempotency_key FROM idempotency_keys k \
               WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.id = k.result_id) \
               AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = k.result_id)";
    let lost: Vec<String> = conn.query(sql).await?;
    let violation = |key: String| {
        Violation::new(format!("the key {key} stands for a record that does not exist"), "")
    };
    Ok(lost.into_iter().map(violation).collect())
}
