//! Full-text search over subjects and messages, most relevant first.

use diesel::dsl::sql;
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::queries::visible;
use super::{Ticket, TicketFilter, Visibility};
use crate::db::schema::{messages, tickets};
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::messages::MessageKind;
use crate::page::{Page, PageRequest, encode};
use crate::{Actor, Conn};

/// Most subjects and most messages a search looks at, after visibility, before other filters.
const HITS_MAX: i64 = 1000;

/// A found ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    pub ticket: Ticket,
    /// Millionths of the database's relevance, which depends on the words and the collection; only
    /// the order of hits means something.
    pub relevance: i64,
}

impl SearchHit {
    /// Cursor of this hit in [`search`].
    pub fn cursor(&self) -> String {
        encode(&(self.relevance, self.ticket.id))
    }
}

/// Tickets whose subject or readable messages contain words of `query`; a word in the subject
/// counts twice. `#123` or `123` finds the ticket of that number first.
///
/// # Errors
/// [`Error::Invalid`] for an empty or overlong query or a bad page.
pub async fn search(
    conn: &mut Conn,
    actor: &Actor,
    query: &str,
    filter: &TicketFilter,
    page: &PageRequest,
) -> Result<Page<SearchHit>> {
    let words = query.trim();
    let chars = words.chars().count();
    if !(1..=200).contains(&chars) {
        return Err(Error::invalid("query", format!("must have 1 to 200 characters, got {chars}")));
    }
    page.limit()?;
    let after = page.key::<(i64, TicketId)>()?;
    let mut relevance = score(conn, actor, words).await?;
    if let Some(number) = words.trim_start_matches('#').parse::<u64>().ok()
        && let Ok(ticket) = super::find_visible_by_number(conn, actor, number).await
    {
        relevance.insert(ticket.id, i64::MAX);
    }
    let found = admitted(conn, actor, filter, relevance.keys().copied().collect()).await?;
    let mut hits: Vec<SearchHit> = found
        .into_iter()
        .map(|ticket| SearchHit { relevance: relevance[&ticket.id], ticket })
        .collect();
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.relevance), hit.ticket.id));
    if let Some((relevance, id)) = after {
        hits.retain(|hit| {
            hit.relevance < relevance || (hit.relevance == relevance && hit.ticket.id > id)
        });
    }
    Ok(page.page(hits))
}

/// The most relevant visible tickets: a subject's score doubled, plus that of the best message.
async fn score(conn: &mut Conn, actor: &Actor, words: &str) -> Result<HashMap<TicketId, i64>> {
    let visibility = Visibility::of(actor)?;
    let mut relevance: HashMap<TicketId, i64> = HashMap::new();
    let subjects: Vec<(TicketId, i64)> = tickets::table
        .filter(visibility.predicate())
        .filter(is_match("tickets.subject", words))
        .select((tickets::id, score_of("tickets.subject", words)))
        .order(score_of("tickets.subject", words).desc())
        .limit(HITS_MAX)
        .load(conn)
        .await?;
    let mut found = messages::table
        .inner_join(tickets::table)
        .filter(visibility.predicate_with_messages())
        .filter(is_match("messages.body_text", words))
        .select((messages::ticket_id, score_of("messages.body_text", words)))
        .order(score_of("messages.body_text", words).desc())
        .limit(HITS_MAX)
        .into_boxed();
    if !actor.is_staff() {
        found = found.filter(messages::kind.eq(MessageKind::Reply));
    }
    for (ticket, score) in found.load::<(TicketId, i64)>(conn).await? {
        let best = relevance.entry(ticket).or_default();
        *best = score.max(*best);
    }
    for (ticket, score) in subjects {
        *relevance.entry(ticket).or_default() += 2 * score;
    }
    Ok(relevance)
}

type Fragment<T> = UncheckedBind<SqlLiteral<T>, diesel::dsl::AsExprOf<String, Text>>;

fn is_match(column: &str, words: &str) -> SqlLiteral<Bool, Fragment<Bool>> {
    sql::<Bool>(&format!("MATCH ({column}) AGAINST (")).bind::<Text, _>(words.to_owned()).sql(")")
}

/// In whole millionths, so that a cursor can carry it without rounding.
fn score_of(column: &str, words: &str) -> SqlLiteral<BigInt, Fragment<BigInt>> {
    sql::<BigInt>(&format!("CAST(ROUND(1000000 * MATCH ({column}) AGAINST ("))
        .bind::<Text, _>(words.to_owned())
        .sql(")) AS SIGNED)")
}

async fn admitted(
    conn: &mut Conn,
    actor: &Actor,
    filter: &TicketFilter,
    ids: Vec<TicketId>,
) -> Result<Vec<Ticket>> {
    let mut query = visible(&Visibility::of(actor)?).filter(tickets::id.eq_any(ids));
    for predicate in filter.predicates(actor.is_staff()) {
        query = query.filter(predicate);
    }
    Ok(query.load(conn).await?)
}
