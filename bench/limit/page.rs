//! Q2: the newest 25 open tickets of a queue, with people, tags and how many there are.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::answer::{Answer, Data, Time, User, column, private, public, upper, user};

const ROWS: usize = 25;

#[derive(Clone, Copy, Deserialize)]
pub struct Asked {
    count: Count,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Count {
    Scan,
    Counters,
}

#[derive(Serialize)]
pub struct Tickets {
    tickets: Page,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    total_count: u64,
    nodes: Vec<Ticket>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    #[serde(skip)]
    key: Vec<u8>,
    id: String,
    number: u64,
    subject: String,
    status: String,
    priority: String,
    created_at: Time,
    updated_at: Time,
    requester: Option<User>,
    assignee: Option<User>,
    tags: Vec<Tag>,
}

#[derive(Serialize)]
struct Tag {
    name: String,
}

pub async fn page(
    State(app): State<App>,
    Path(queue): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Answer<Json<Data<Tickets>>> {
    let queue = private("queue", &queue)?;
    let mut conn = app.pool.get_conn().await?;
    let viewer = app.sessions.viewer(&mut conn, &headers).await?;
    let mut tickets = Page::default();
    if viewer.may_see(&queue) {
        tickets.nodes = rows(&mut conn, &queue).await?;
        add_tags(&mut conn, &mut tickets.nodes).await?;
        tickets.total_count = count(&mut conn, &queue, asked.count).await?;
    }
    Ok(Json(Data { data: Tickets { tickets } }))
}

/// The index has assigned-ness before the time: the page is the newest of both halves, each read in
/// order and from the index alone. Rows and people come after it, because of a plain join the optimiser
/// may begin with all the users.
async fn rows(conn: &mut Conn, queue: &[u8]) -> Answer<Vec<Ticket>> {
    let found = conn.exec_map(
        "SELECT t.id, t.number, t.subject, t.status, t.priority, t.created_at, t.updated_at,
                r.id, r.name, a.id, a.name
         FROM ((SELECT id, created_at FROM tickets FORCE INDEX (tickets_queue_status_created)
                WHERE queue_id = ? AND list_status = 'open' AND assigned = 0
                ORDER BY created_at DESC, id DESC
                LIMIT 25)
               UNION ALL
               (SELECT id, created_at FROM tickets FORCE INDEX (tickets_queue_status_created)
                WHERE queue_id = ? AND list_status = 'open' AND assigned = 1
                ORDER BY created_at DESC, id DESC
                LIMIT 25)
               ORDER BY created_at DESC, id DESC
               LIMIT 25) p
         STRAIGHT_JOIN tickets t ON t.id = p.id
         STRAIGHT_JOIN users r ON r.id = t.requester_id
         LEFT JOIN users a ON a.id = t.assignee_id
         ORDER BY p.created_at DESC, p.id DESC",
        (queue, queue),
        |mut row: Row| {
            let key: Vec<u8> = column(&mut row, 0);
            Ticket {
                id: public("ticket", &key),
                key,
                number: column(&mut row, 1),
                subject: column(&mut row, 2),
                status: upper(&mut row, 3),
                priority: upper(&mut row, 4),
                created_at: Time::of(&mut row, 5),
                updated_at: Time::of(&mut row, 6),
                requester: user(&mut row, 7),
                assignee: user(&mut row, 9),
                tags: Vec::new(),
            }
        },
    );
    Ok(found.await?)
}

/// One prepared statement for any number of rows: a short page repeats its last id.
async fn add_tags(conn: &mut Conn, tickets: &mut [Ticket]) -> Answer<()> {
    let Some(last) = tickets.last() else { return Ok(()) };
    let ids = tickets.iter().chain(std::iter::repeat(last)).take(ROWS);
    let ids: Vec<mysql_async::Value> = ids.map(|ticket| ticket.key.clone().into()).collect();
    let found: Vec<(Vec<u8>, String)> = conn
        .exec(
            "SELECT l.ticket_id, g.name
             FROM ticket_tags l
             JOIN tags g ON g.id = l.tag_id
             WHERE l.ticket_id IN (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
             ORDER BY g.name",
            ids,
        )
        .await?;
    for (id, name) in found {
        if let Some(ticket) = tickets.iter_mut().find(|ticket| ticket.key == id) {
            ticket.tags.push(Tag { name });
        }
    }
    Ok(())
}

async fn count(conn: &mut Conn, queue: &[u8], how: Count) -> Answer<u64> {
    let statement = match how {
        Count::Scan => "SELECT COUNT(*) FROM tickets WHERE queue_id = ? AND list_status = 'open'",
        Count::Counters => {
            "SELECT tickets FROM limit_counts WHERE queue_id = ? AND status = 'open'"
        }
    };
    Ok(conn.exec_first(statement, (queue,)).await?.unwrap_or_default())
}
