//! Full-text search over subjects and messages, most relevant first.

use diesel::dsl::sql;
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::RunQueryDsl;
use std::cmp::Reverse;
use std::collections::HashMap;

use super::excerpt::{Excerpt, Words};
use super::queries::visible;
use super::{Ticket, TicketFilter, Visibility};
use crate::db::one_of;
use crate::db::schema::{messages, tickets};
use crate::error::{Error, Result};
use crate::ids::{MessageId, TicketId};
use crate::messages::MessageKind;
use crate::page::{Page, PageRequest, encode};
use crate::{Actor, Conn};

/// Most subjects and most messages a search looks at, after visibility, before other filters.
const HITS_MAX: i64 = 1000;
/// How much of a message is looked through for an excerpt, in characters.
const BODY_CHARS: i32 = 32 * 1024;

/// A found ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    pub ticket: Ticket,
    /// Millionths of the database's relevance, which depends on the words and the collection; only
    /// the order of hits means something.
    pub relevance: i64,
    /// The readable message that fits best; `None` when only the subject or the number was found.
    pub best_message: Option<MessageId>,
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
    let Scores { mut relevance, best } = score(conn, actor, words).await?;
    if let Some(number) = words.trim_start_matches('#').parse::<u64>().ok()
        && let Ok(ticket) = super::find_visible_by_number(conn, actor, number).await
    {
        relevance.insert(ticket.id, i64::MAX);
    }
    let found = admitted(conn, actor, filter, relevance.keys().copied().collect()).await?;
    let mut hits: Vec<SearchHit> = found
        .into_iter()
        .map(|ticket| SearchHit {
            relevance: relevance[&ticket.id],
            best_message: best.get(&ticket.id).map(|(message, _)| *message),
            ticket,
        })
        .collect();
    hits.sort_by_key(|hit| (Reverse(hit.relevance), hit.ticket.id));
    if let Some((relevance, id)) = after {
        hits.retain(|hit| {
            hit.relevance < relevance || (hit.relevance == relevance && hit.ticket.id > id)
        });
    }
    Ok(page.page(hits))
}

/// What a search found, before other filters.
struct Scores {
    relevance: HashMap<TicketId, i64>,
    /// Of each ticket the message that fits best, and how well.
    best: HashMap<TicketId, (MessageId, i64)>,
}

/// Where the hits of one page have the words: of each ticket its subject, and the message that fits best,
/// each only if it has one of them.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn excerpts(
    conn: &mut Conn,
    actor: &Actor,
    query: &str,
    hits: &[SearchHit],
) -> Result<HashMap<TicketId, Vec<Excerpt>>> {
    let ids: Vec<MessageId> = hits.iter().filter_map(|hit| hit.best_message).collect();
    // Asked again, because a ticket may have moved out of sight since it was found.
    let mut readable = messages::table
        .inner_join(tickets::table)
        .filter(Visibility::of(actor)?.predicate_with_messages())
        .filter(one_of(messages::id, &ids))
        .select((messages::id, left(messages::body_text, BODY_CHARS)))
        .into_boxed();
    if !actor.is_staff() {
        readable = readable.filter(messages::kind.eq(MessageKind::Reply));
    }
    let bodies: HashMap<MessageId, String> =
        readable.load::<(MessageId, String)>(conn).await?.into_iter().collect();
    let words = Words::of(query);
    Ok(hits
        .iter()
        .map(|hit| {
            let subject = words.in_whole(&hit.ticket.subject);
            let mut all: Vec<Excerpt> = subject.into_iter().collect();
            if let Some(id) = hit.best_message
                && let Some(body) = bodies.get(&id)
            {
                all.extend(
                    words.in_long(body).map(|found| Excerpt { message_id: Some(id), ..found }),
                );
            }
            (hit.ticket.id, all)
        })
        .collect())
}

diesel::define_sql_function! {
    /// The first characters of a text.
    fn left(text: Text, chars: diesel::sql_types::Integer) -> Text;
}

/// The most relevant visible tickets: a subject's score doubled, plus that of the best message.
async fn score(conn: &mut Conn, actor: &Actor, words: &str) -> Result<Scores> {
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
        .select((messages::ticket_id, messages::id, score_of("messages.body_text", words)))
        .order(score_of("messages.body_text", words).desc())
        .limit(HITS_MAX)
        .into_boxed();
    if !actor.is_staff() {
        found = found.filter(messages::kind.eq(MessageKind::Reply));
    }
    let mut best: HashMap<TicketId, (MessageId, i64)> = HashMap::new();
    for (ticket, message, score) in found.load::<(TicketId, MessageId, i64)>(conn).await? {
        let so_far = best.entry(ticket).or_insert((message, score));
        // Of equal ones the earliest, so that a page is the same when it is read again.
        if (score, Reverse(message)) > (so_far.1, Reverse(so_far.0)) {
            *so_far = (message, score);
        }
    }
    relevance.extend(best.iter().map(|(ticket, (_, score))| (*ticket, *score)));
    for (ticket, score) in subjects {
        *relevance.entry(ticket).or_default() += 2 * score;
    }
    Ok(Scores { relevance, best })
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
