//! The log itself: no gaps, each event continues from the ticket's last one, nobody wrote what they
//! may not, no ticket is in a state that must not be, and the tables hold what the log ends with.

use anyhow::Context;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::Violation;
use crate::ids::Id;
use crate::model::{Event, Log, Rights, TicketState, sql_time};
use crate::plan::Role;

/// # Errors
/// When the database does not answer.
pub async fn check(
    conn: &mut Conn,
    log: &Log,
    steady: &HashMap<Id, Rights>,
) -> anyhow::Result<Vec<Violation>> {
    let mut found = positions(log);
    for event in &log.events {
        found.extend(continues(log, event));
        if let Some(what) = breaks_rules(event, steady) {
            let position = event.position.unwrap_or(u64::MAX);
            let details = format!("events around it:\n{}", log.around(position));
            found.push(Violation::new(format!("event {position}: {what}"), details));
        }
    }
    found.extend(tables(conn, log).await?);
    found.extend(counters(conn).await?);
    Ok(found)
}

fn positions(log: &Log) -> Vec<Violation> {
    let mut found = Vec::new();
    let unnumbered = log.events.iter().filter(|event| event.position.is_none()).count();
    if unnumbered > 0 {
        let what = format!("{unnumbered} events have no position");
        found.push(Violation::new(what, log.around(u64::MAX)));
    }
    let numbered = || log.events.iter().filter_map(|event| event.position);
    for (expected, position) in (1..).zip(numbered()) {
        if position != expected {
            let what = format!("the log has position {position} where {expected} should be");
            found.push(Violation::new(what, log.around(position)));
            break;
        }
    }
    let last = numbered().next_back().unwrap_or(0);
    if last != log.end {
        let what = format!("event_sequence says {}, the last event has {last}", log.end);
        found.push(Violation::new(what, ""));
    }
    found
}

/// The event's changes lead from the ticket's last state to the one the event carries.
fn continues(log: &Log, event: &Event) -> Option<Violation> {
    let wrong = |what: &str| {
        let position = event.position.unwrap_or(u64::MAX);
        let before = event.before.as_ref().map_or("(none)".to_owned(), |t| t.to_string());
        let details =
            format!("state before: {before}\nevents around it:\n{}", log.around(position));
        Some(Violation::new(format!("event {position}: {what}"), details))
    };
    let (before, after) = match (&event.before, &event.after) {
        (Some(before), Some(after)) => (before, after),
        (None, Some(_)) if event.kind == "ticket.created" => return None,
        (None, Some(_)) => return wrong("a ticket that was never created"),
        _ => return None,
    };
    if event.kind == "ticket.created" {
        return wrong("a ticket that was created before");
    }
    let mut undone = TicketState::clone(after);
    if let Value::Object(changes) = &event.changes {
        for (field, change) in changes {
            if undone.put(field, &change["from"]).is_none() && field != "solved_at" {
                return wrong(&format!("the change of {field} cannot be read"));
            }
        }
    }
    if undone != **before {
        return wrong("its changes do not lead from the ticket's last state to this one");
    }
    let is_next = after.version == before.version || after.version == before.version + 1;
    if !is_next {
        return wrong("the version jumps");
    }
    let moved =
        |t: &TicketState| TicketState { version: 0, updated_at: before.updated_at, ..t.clone() };
    if after.version == before.version && moved(after) != moved(before) {
        return wrong("the ticket changed and its version did not");
    }
    None
}

/// What no event may do. People are judged whose rights never change.
fn breaks_rules(event: &Event, steady: &HashMap<Id, Rights>) -> Option<String> {
    let after = event.after.as_ref()?;
    let queue = event.before.as_ref().unwrap_or(after).queue;
    let was = event.before.as_ref().map_or(&after.status, |before| &before.status);
    let actor = event.actor.and_then(|actor| steady.get(&actor));
    if let Some(rights) = actor.filter(|rights| !rights.works_in(queue)) {
        let kinds = ["ticket.created", "message.replied", "ticket.changed"];
        // Whoever solves a ticket ends the suggestions nobody heeded, a customer too.
        let ignores = event.kind == "suggestion.decided" && after.status == "solved";
        let is_own = rights.role == Role::Customer
            && after.requester == rights.user
            && (kinds.contains(&event.kind.as_str()) || ignores);
        if !is_own {
            return Some(format!("its actor {} has no right to do it", rights.user));
        }
        let may_move = matches!(
            (was.as_str(), after.status.as_str()),
            ("open" | "pending", "solved") | ("pending" | "solved", "open")
        );
        if *was != after.status && !may_move {
            return Some(format!("a customer moved it from {was} to {}", after.status));
        }
    }
    if let Some(rights) = actor {
        let may = match event.kind.as_str() {
            "ticket.deleted" => rights.manages(queue),
            "ticket.restored" => rights.role == Role::Admin,
            _ => true,
        };
        if !may {
            return Some(format!("its actor {} has no right to do it", rights.user));
        }
    }
    let before = event.before.as_ref();
    if before.is_some_and(|t| t.merged_into.is_some()) {
        return Some("a merged ticket was changed".into());
    }
    if before.is_some_and(|t| t.is_deleted && event.kind != "ticket.restored") {
        return Some("a deleted ticket was changed".into());
    }
    if was == "closed" && after.status != "closed" {
        return Some("a closed ticket was opened".into());
    }
    let is_newly_theirs = event
        .before
        .as_ref()
        .is_none_or(|b| b.assignee != after.assignee || b.queue != after.queue);
    let assignee = after.assignee.filter(|_| is_newly_theirs).and_then(|id| steady.get(&id));
    if assignee.is_some_and(|rights| rights.role == Role::Customer || !rights.sees(after)) {
        return Some("its assignee does not work in the queue".into());
    }
    None
}

type TicketRow = (
    String,
    u64,
    String,
    String,
    String,
    Option<String>,
    String,
    String,
    Option<String>,
    u32,
    String,
    String,
);

/// The tables hold what each ticket's last event says.
async fn tables(conn: &mut Conn, log: &Log) -> anyhow::Result<Vec<Violation>> {
    let mut last: BTreeMap<Id, Rc<TicketState>> = BTreeMap::new();
    for event in &log.events {
        match &event.after {
            Some(after) => drop(last.insert(event.subject, after.clone())),
            None if event.before.is_some() => drop(last.remove(&event.subject)),
            None => {}
        }
    }
    let mut found = Vec::new();
    let stored = stored_tickets(conn).await?;
    for (id, stored) in &stored {
        match last.get(id) {
            Some(told) if **told == *stored => {}
            Some(told) => {
                let what = format!("ticket #{} is not as the log says", stored.number);
                found.push(Violation::new(what, format!("table: {stored}\nlog:   {told}")));
            }
            None => {
                let what = format!("ticket #{} is in the table and not in the log", stored.number);
                found.push(Violation::new(what, stored.to_string()));
            }
        }
    }
    for (id, told) in &last {
        if !stored.contains_key(id) {
            let what = format!("ticket #{} is in the log and not in the table", told.number);
            found.push(Violation::new(what, told.to_string()));
        }
    }
    Ok(found)
}

async fn stored_tickets(conn: &mut Conn) -> anyhow::Result<BTreeMap<Id, TicketState>> {
    let mut tags: HashMap<Id, BTreeSet<Id>> = HashMap::new();
    let rows: Vec<(String, String)> =
        conn.query("SELECT HEX(ticket_id), HEX(tag_id) FROM ticket_tags").await?;
    for (ticket, tag) in rows {
        if let Some((ticket, tag)) = Id::parse(&ticket).zip(Id::parse(&tag)) {
            tags.entry(ticket).or_default().insert(tag);
        }
    }
    let sql = "SELECT HEX(id), number, subject, status, priority, HEX(category_id), HEX(queue_id), \
               HEX(requester_id), HEX(assignee_id), version, CONCAT(created_at, '|', updated_at), \
               CONCAT(deleted_at IS NOT NULL, '|', COALESCE(HEX(merged_into_id), '')) FROM tickets";
    let rows: Vec<TicketRow> = conn.query(sql).await?;
    let tickets = rows.into_iter().map(|row| {
        let mut ticket = stored_ticket(row)?;
        ticket.tags = tags.remove(&ticket.id).unwrap_or_default();
        Some((ticket.id, ticket))
    });
    tickets.collect::<Option<_>>().context("a row of tickets cannot be read")
}

fn stored_ticket(row: TicketRow) -> Option<TicketState> {
    let (id, number, subject, status, priority, category, queue, requester, ..) = &row;
    let (.., assignee, version, times, fate) = &row;
    let (created_at, updated_at) = times.split_once('|')?;
    let (is_deleted, merged_into) = fate.split_once('|')?;
    Some(TicketState {
        id: Id::parse(id)?,
        number: *number,
        subject: subject.clone(),
        status: status.clone(),
        priority: priority.clone(),
        category: category.as_deref().and_then(Id::parse),
        queue: Id::parse(queue)?,
        requester: Id::parse(requester)?,
        assignee: assignee.as_deref().and_then(Id::parse),
        version: *version,
        created_at: sql_time(created_at)?,
        updated_at: sql_time(updated_at)?,
        tags: BTreeSet::new(),
        is_deleted: is_deleted == "1",
        merged_into: Id::parse(merged_into),
    })
}

/// Counts kept beside the tickets, if this desk keeps any, equal those of the tickets.
async fn counters(conn: &mut Conn) -> anyhow::Result<Vec<Violation>> {
    let sql = "SELECT COUNT(*) FROM information_schema.tables \
               WHERE table_schema = DATABASE() AND table_name = 'ticket_counts'";
    if conn.query_first::<u64, _>(sql).await? != Some(1) {
        return Ok(Vec::new());
    }
    let group = "CONCAT_WS(' ', HEX(queue_id), status, priority,";
    let kept = format!(
        "SELECT {group} assigned) AS grp, CAST(SUM(tickets) AS SIGNED) AS n FROM ticket_counts \
         GROUP BY grp HAVING n <> 0 ORDER BY grp"
    );
    let counted = format!(
        "SELECT {group} assignee_id IS NOT NULL) AS grp, COUNT(*) FROM tickets \
         WHERE deleted_at IS NULL AND merged_into_id IS NULL GROUP BY grp ORDER BY grp"
    );
    let kept: Vec<(String, i64)> = conn.query(kept).await?;
    let counted: Vec<(String, i64)> = conn.query(counted).await?;
    if kept == counted {
        return Ok(Vec::new());
    }
    let only = |from: &[(String, i64)], not_in: &[(String, i64)]| {
        let rows = from.iter().filter(|row| !not_in.contains(row));
        rows.map(|(group, n)| format!("\n  {group}: {n}")).collect::<String>()
    };
    let details = format!("kept:{}\nCOUNT(*):{}", only(&kept, &counted), only(&counted, &kept));
    Ok(vec![Violation::new("ticket_counts differs from the tickets", details)])
}
