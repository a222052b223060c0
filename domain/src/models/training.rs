//! Training data: the labels people gave, never a model's own.

use diesel::dsl::sql;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Datetime, Text};
use diesel_async::RunQueryDsl;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::LabelMeanings;
use crate::actor::Scope;
use crate::db::schema::{categories, tickets};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::ids::{CategoryId, TicketId};
use crate::suggestions::{Label, LabelKind};
use crate::tickets::{Priority, persons_label};
use crate::{Actor, Conn, Timestamp, messages};

/// A ticket with the label a person gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledTicket {
    pub ticket_id: TicketId,
    /// The external id where there is one, else the ticket's own.
    pub id: String,
    pub subject: String,
    /// Text of the first public message.
    pub body: String,
    /// The category's name, or the priority.
    pub label: String,
    pub created_at: Timestamp,
}

/// Which labelled tickets to learn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingQuery {
    pub kind: LabelKind,
    /// Only tickets created at this time or later.
    pub created_from: Option<Timestamp>,
    /// Only tickets created before this time.
    pub created_to: Option<Timestamp>,
    /// Labels with fewer tickets are left out.
    pub minimum_per_label: u32,
}

/// What a [`TrainingQuery`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrainingData {
    /// Tickets of the labels that have enough, in no order.
    pub tickets: Vec<LabelledTicket>,
    /// Tickets of each of those labels.
    pub per_label: BTreeMap<String, u32>,
    /// Labels with too few tickets, and how many they have.
    pub too_few: BTreeMap<String, u32>,
    /// Categories that can no longer be chosen, and how many tickets they have: nothing to suggest.
    pub retired: BTreeMap<String, u32>,
    /// Labelled tickets of the whole desk, whatever the query left out.
    pub labelled: u32,
}

/// Tickets read at a time.
const PAGE: i64 = 1000;

/// The labelled tickets of a query whose labels have enough of them and may still be chosen. Admins
/// only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Unavailable`].
pub async fn training_data(
    conn: &mut Conn,
    actor: &Actor,
    query: &TrainingQuery,
) -> Result<TrainingData> {
    let names = label_names(conn, query.kind).await?;
    let found = read(conn, actor, query, &names).await?;
    let retired: HashSet<&str> =
        names.values().filter(|(_, active)| !active).map(|(name, _)| name.as_str()).collect();
    let mut counts = BTreeMap::<String, u32>::new();
    for ticket in &found {
        *counts.entry(ticket.label.clone()).or_default() += 1;
    }
    let labelled = count_labelled(conn, query.kind).await?.try_into().unwrap_or(u32::MAX);
    let mut data = TrainingData { labelled, ..TrainingData::default() };
    for (label, count) in counts {
        let part = if retired.contains(label.as_str()) {
            &mut data.retired
        } else if count < query.minimum_per_label {
            &mut data.too_few
        } else {
            &mut data.per_label
        };
        part.insert(label, count);
    }
    data.tickets = found;
    data.tickets.retain(|ticket| data.per_label.contains_key(&ticket.label));
    Ok(data)
}

/// How many tickets of the desk have a label that a person gave.
pub(crate) async fn count_labelled(conn: &mut Conn, kind: LabelKind) -> Result<i64> {
    Ok(labelled(kind).count().get_result(conn).await?)
}

/// How many of them have a label that a person gave or changed since a time: tickets that came in since;
/// those with a suggestion that a person accepted or overrode since; and those whose label the log says a
/// person changed since, once or more often.
pub(crate) async fn count_labelled_since(
    conn: &mut Conn,
    kind: LabelKind,
    since: Timestamp,
) -> Result<i64> {
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        tickets: i64,
    }

    let labelled = format!("{LISTED} AND {}", persons_label(kind));
    let field = match kind {
        LabelKind::Category => "category_id",
        LabelKind::Priority => "priority",
    };
    // Ids are made in the order of time, and each change of a label moves `updated_at`: only the events of
    // tickets that changed are looked at.
    let given = format!(
        "SELECT COUNT(*) AS tickets FROM (\
         SELECT tickets.id FROM tickets WHERE tickets.id >= ? AND {labelled} \
         UNION \
         SELECT tickets.id FROM suggestions JOIN tickets ON tickets.id = suggestions.ticket_id \
         WHERE suggestions.kind = ? AND suggestions.decided_at > ? \
         AND suggestions.outcome IN ('accepted', 'overridden') AND {labelled} \
         UNION \
         SELECT tickets.id FROM tickets STRAIGHT_JOIN events ON events.subject_id = tickets.id \
         WHERE tickets.updated_at > ? AND {labelled} AND events.kind = ? \
         AND events.actor_id IS NOT NULL AND events.occurred_at > ? \
         AND JSON_CONTAINS_PATH(events.payload, 'one', '$.changes.{field}')\
         ) AS given"
    );
    let count: Count = diesel::sql_query(given)
        .bind::<Binary, _>(TicketId::first_of(since))
        .bind::<Text, _>(kind)
        .bind::<Datetime, _>(since)
        .bind::<Datetime, _>(since)
        .bind::<Text, _>(EventKind::TicketChanged)
        .bind::<Datetime, _>(since)
        .get_result(conn)
        .await?;
    Ok(count.tickets)
}

/// Categories by id, with their names and whether they may still be chosen; nothing for priorities.
type Names = HashMap<CategoryId, (String, bool)>;

async fn label_names(conn: &mut Conn, kind: LabelKind) -> Result<Names> {
    if kind == LabelKind::Priority {
        return Ok(Names::new());
    }
    let rows: Vec<(CategoryId, String, bool)> = categories::table
        .select((categories::id, categories::name, categories::active))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, name, active)| (id, (name, active))).collect())
}

async fn read(
    conn: &mut Conn,
    actor: &Actor,
    query: &TrainingQuery,
    names: &Names,
) -> Result<Vec<LabelledTicket>> {
    actor.require_admin(Scope::Admin)?;
    let mut all = Vec::new();
    let mut after: Option<TicketId> = None;
    loop {
        let page = page(conn, query, after).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        let ids: Vec<TicketId> = page.iter().map(|row| row.id).collect();
        let mut bodies = messages::first_of_tickets(conn, &ids).await?;
        all.extend(page.into_iter().filter_map(|row| {
            Some(LabelledTicket {
                ticket_id: row.id,
                body: bodies.remove(&row.id).unwrap_or_default(),
                id: row.external_id.unwrap_or_else(|| row.id.to_string()),
                label: match query.kind {
                    LabelKind::Category => names.get(&row.category_id?)?.0.clone(),
                    LabelKind::Priority => row.priority.as_str().to_owned(),
                },
                subject: row.subject,
                created_at: row.created_at,
            })
        }));
    }
}

#[derive(Selectable, Queryable)]
#[diesel(table_name = tickets)]
struct Labelled {
    id: TicketId,
    external_id: Option<String>,
    subject: String,
    priority: Priority,
    category_id: Option<CategoryId>,
    created_at: Timestamp,
}

/// SQL: the ticket is neither deleted nor merged away; what the latter was about is read as part of the
/// ticket that has its messages now.
const LISTED: &str = "tickets.deleted_at IS NULL AND tickets.merged_into_id IS NULL";

/// Tickets with a label that a person gave.
fn labelled(kind: LabelKind) -> tickets::BoxedQuery<'static, Mysql> {
    let listed = tickets::table.filter(sql::<Bool>(LISTED));
    listed.filter(sql::<Bool>(persons_label(kind))).into_boxed()
}

async fn page(
    conn: &mut Conn,
    query: &TrainingQuery,
    after: Option<TicketId>,
) -> Result<Vec<Labelled>> {
    let mut rows = labelled(query.kind).order(tickets::id.asc()).limit(PAGE);
    if let Some(from) = query.created_from {
        rows = rows.filter(tickets::created_at.ge(from));
    }
    if let Some(to) = query.created_to {
        rows = rows.filter(tickets::created_at.lt(to));
    }
    if let Some(id) = after {
        rows = rows.filter(tickets::id.gt(id));
    }
    Ok(rows.select(Labelled::as_select()).load(conn).await?)
}

/// What each label name means on this desk.
///
/// # Errors
/// [`Error::Invalid`] naming every label that is no category (or priority) here.
pub async fn meanings_of(
    conn: &mut Conn,
    kind: LabelKind,
    names: &[String],
) -> Result<LabelMeanings> {
    let known: HashMap<String, CategoryId> = match kind {
        LabelKind::Category => categories::table
            .select((categories::name, categories::id))
            .load::<(String, CategoryId)>(conn)
            .await?
            .into_iter()
            .collect(),
        LabelKind::Priority => HashMap::new(),
    };
    let meaning = |name: &String| match kind {
        LabelKind::Category => known.get(name).copied().map(Label::Category),
        LabelKind::Priority => crate::tickets::priority_named(name).map(Label::Priority),
    };
    let unknown: Vec<&str> =
        names.iter().filter(|name| meaning(name).is_none()).map(String::as_str).collect();
    if !unknown.is_empty() {
        let message = format!("no such {kind} on this desk: {}", unknown.join(", "));
        return Err(Error::invalid("labels", message));
    }
    Ok(names.iter().filter_map(|name| Some((name.clone(), meaning(name)?))).collect())
}
