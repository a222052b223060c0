//! Q1: a ticket with its people and last ten messages.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use mysql_async::Row;
use mysql_async::prelude::Queryable;
use serde::Serialize;

use crate::App;
use crate::answer::{Answer, Data, Time, User, column, private, public, upper, user};

#[derive(Serialize)]
pub struct Node {
    node: Option<Ticket>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    id: String,
    number: u64,
    subject: String,
    status: String,
    priority: String,
    created_at: Time,
    updated_at: Time,
    requester: Option<User>,
    assignee: Option<User>,
    messages: Messages,
}

#[derive(Serialize)]
struct Messages {
    nodes: Vec<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: String,
    kind: String,
    body: String,
    created_at: Time,
    author: Option<User>,
}

pub async fn ticket(
    State(app): State<App>,
    Path(public_id): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<Data<Node>>> {
    let id = private("ticket", &public_id)?;
    let mut conn = app.pool.get_conn().await?;
    let viewer = app.sessions.viewer(&mut conn, &headers).await?;
    let found: Option<Row> = conn
        .exec_first(
            "SELECT t.number, t.subject, t.status, t.priority, t.created_at, t.updated_at,
                    r.id, r.name, a.id, a.name, t.queue_id
             FROM tickets t
             JOIN users r ON r.id = t.requester_id
             LEFT JOIN users a ON a.id = t.assignee_id
             WHERE t.id = ? AND t.deleted_at IS NULL",
            (&id,),
        )
        .await?;
    let Some(mut row) =
        found.filter(|row| viewer.may_see(&row.get::<Vec<u8>, _>(10).unwrap_or_default()))
    else {
        return Ok(Json(Data { data: Node { node: None } }));
    };
    let messages = conn
        .exec_map(
            "SELECT m.id, m.kind, m.body_text, m.created_at, u.id, u.name
             FROM messages m
             JOIN users u ON u.id = m.author_id
             WHERE m.ticket_id = ?
             ORDER BY m.created_at DESC, m.id DESC
             LIMIT 10",
            (&id,),
            |mut row: Row| Message {
                id: public("message", &column::<Vec<u8>>(&mut row, 0)),
                kind: upper(&mut row, 1),
                body: column(&mut row, 2),
                created_at: Time::of(&mut row, 3),
                author: user(&mut row, 4),
            },
        )
        .await?;
    let ticket = Ticket {
        id: public_id,
        number: column(&mut row, 0),
        subject: column(&mut row, 1),
        status: upper(&mut row, 2),
        priority: upper(&mut row, 3),
        created_at: Time::of(&mut row, 4),
        updated_at: Time::of(&mut row, 5),
        requester: user(&mut row, 6),
        assignee: user(&mut row, 8),
        messages: Messages { nodes: messages },
    };
    Ok(Json(Data { data: Node { node: Some(ticket) } }))
}
