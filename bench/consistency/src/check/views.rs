//! What each watcher has in its list at the end, held against the database, asked twice: through
//! the graph as that user, and with the checker's own SQL.

use anyhow::Context;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use std::collections::BTreeMap;

use super::Violation;
use crate::desk::World;
use crate::http::Http;
use crate::ids::Id;
use crate::model::{Log, Rights, Seen};
use crate::plan::Role;
use crate::subscriber::{Subscriber, read_list};

/// The list as the checker's own SQL finds it.
///
/// # Errors
/// When the database does not answer.
pub async fn in_database(
    conn: &mut Conn,
    who: &Subscriber,
    rights: &Rights,
    world: &World,
) -> anyhow::Result<BTreeMap<Id, Seen>> {
    let sql = format!(
        "SELECT HEX(t.id), t.version, t.status, t.priority FROM tickets t WHERE {} AND {}",
        rights.sql(),
        who.plan.filter.sql(world, rights.role != Role::Customer)
    );
    let rows: Vec<(String, u32, String, String)> = conn.query(sql).await?;
    let rows = rows.into_iter().filter_map(|(id, version, status, priority)| {
        Some((Id::parse(&id)?, Seen { version, status, priority }))
    });
    Ok(rows.collect())
}

/// # Errors
/// When the database or the graph does not answer.
pub async fn check(
    conn: &mut Conn,
    who: &Subscriber,
    log: &Log,
    rights: &Rights,
    world: &World,
) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    let stored = in_database(conn, who, rights, world).await?;
    let filter = who.plan.filter.input(world);
    for &api in &world.apis {
        let list = read_list(&mut Http::new(api), &who.account.token, &filter, true).await;
        let list = list.with_context(|| format!("{who}, filter {filter}"))?;
        found.extend(differences(who, log, "the graph's list", &list.rows, &stored));
        if list.total != Some(stored.len() as u64) {
            let what = format!(
                "{}: the graph counts {:?} tickets, the database has {}",
                who.name,
                list.total,
                stored.len()
            );
            found.push(Violation::new(what, who.to_string()));
        }
    }
    found.extend(differences(who, log, "the watcher's list", &who.view(log), &stored));
    if let (_, Some(total)) = who.last()
        && total != stored.len() as u64
    {
        let what = format!(
            "{}: the last totalCount was {total}, the database has {}",
            who.name,
            stored.len()
        );
        found.push(Violation::new(what, who.to_string()));
    }
    Ok(found)
}

/// At most one violation, with the first tickets that differ and their last events.
fn differences(
    who: &Subscriber,
    log: &Log,
    list: &str,
    seen: &BTreeMap<Id, Seen>,
    stored: &BTreeMap<Id, Seen>,
) -> Option<Violation> {
    let all = seen.keys().chain(stored.keys().filter(|id| !seen.contains_key(id)));
    let different: Vec<&Id> = all.filter(|id| seen.get(id) != stored.get(id)).collect();
    if different.is_empty() {
        return None;
    }
    let text = |state: Option<&Seen>| state.map_or("not there".to_owned(), |s| s.to_string());
    let mut details = vec![who.to_string()];
    for id in different.iter().take(3) {
        let (seen, stored) = (text(seen.get(id)), text(stored.get(id)));
        details.push(format!("ticket {id}: {list} has {seen}, the database {stored}"));
        let events = log.events.iter().rev().filter(|event| event.subject == **id).take(4);
        let mut events: Vec<String> = events.map(|event| format!("    {event}")).collect();
        events.reverse();
        details.append(&mut events);
    }
    let what = format!("{}: {list} differs in {} tickets", who.name, different.len());
    Some(Violation::new(what, details.join("\n")))
}
