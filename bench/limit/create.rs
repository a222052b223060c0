//! M1: a ticket with its first message and event in one transaction, published after the commit.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chrono::Utc;
use mysql_async::prelude::Queryable;
use mysql_async::{TxOpts, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::App;
use crate::answer::{Answer, Data, Refusal, private, public};

const SUBJECT_MAX_CHARS: usize = 255;
const BODY_MAX_BYTES: usize = 256 * 1024;
/// The server's number for "no such row in the other table".
const FOREIGN_KEY: u16 = 1452;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    subject: String,
    body: String,
    queue_id: String,
    requester_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    create_ticket: Payload,
}

#[derive(Serialize)]
struct Payload {
    ticket: Ticket,
    errors: [(); 0],
    cursor: String,
}

#[derive(Serialize)]
struct Ticket {
    id: String,
    number: u64,
    subject: String,
    status: &'static str,
}

pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Json(draft): Json<Draft>,
) -> Answer<Json<Data<Created>>> {
    let mut conn = app.pool.get_conn().await?;
    let viewer = app.sessions.viewer(&mut conn, &headers).await?;
    let queue = private("queue", &draft.queue_id)?;
    let requester = private("user", &draft.requester_id)?;
    let subject = draft.subject.trim();
    let is_line = !subject.is_empty() && subject.chars().count() <= SUBJECT_MAX_CHARS;
    if !is_line || draft.body.is_empty() || draft.body.len() > BODY_MAX_BYTES {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid subject or body"));
    }
    if !viewer.may_reply(&queue) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "no right to reply in the queue"));
    }

    let (id, message) = (Uuid::now_v7(), Uuid::now_v7());
    let now = Utc::now();
    let at = now.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    let mut tx = conn.start_transaction(TxOpts::default()).await?;
    tx.exec_drop(
        "INSERT INTO tickets (id, subject, status, priority, priority_origin, queue_id,
                              requester_id, version, source, created_at, updated_at)
         VALUES (?, ?, 'open', 'normal', 'default', ?, ?, 1, 'api', ?, ?)",
        (id.as_bytes(), subject, &queue, &requester, &at, &at),
    )
    .await
    .map_err(no_such_requester)?;
    let number = tx.last_insert_id().unwrap_or_default();
    tx.exec_drop(
        "INSERT INTO messages (id, ticket_id, author_id, kind, channel, body_text, created_at)
         VALUES (?, ?, ?, 'reply', 'api', ?, ?)",
        (message.as_bytes(), id.as_bytes(), &viewer.user, &draft.body, &at),
    )
    .await?;
    let payload = json!({
        "ticket": {
            "ticket": {
                "id": id, "number": number, "subject": subject, "status": "open",
                "priority": "normal", "priority_origin": "default", "category_id": null,
                "queue_id": uuid(&queue), "requester_id": uuid(&requester), "assignee_id": null,
                "version": 1, "source": "api", "external_id": null,
                "created_at": now, "updated_at": now, "solved_at": null,
            },
            "tag_ids": [],
        },
        "message": { "id": message, "kind": "reply" },
    })
    .to_string();
    tx.exec_drop(
        "INSERT INTO limit_events (kind, subject_id, internal, actor_id, payload, occurred_at)
         VALUES ('ticket.created', ?, FALSE, ?, ?, ?)",
        vec![
            Value::from(id.as_bytes()),
            Value::from(&viewer.user),
            Value::from(&payload),
            Value::from(&at),
        ],
    )
    .await?;
    let seq = tx.last_insert_id().unwrap_or_default();
    tx.commit().await?;
    app.broadcast.publish(payload);
    let id = public("ticket", id.as_bytes());
    let ticket = Ticket { id, number, subject: subject.to_owned(), status: "OPEN" };
    let payload = Payload { ticket, errors: [], cursor: format!("00000000-{seq}") };
    Ok(Json(Data { data: Created { create_ticket: payload } }))
}

fn uuid(bytes: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(bytes).ok()
}

fn no_such_requester(error: mysql_async::Error) -> Refusal {
    match error {
        mysql_async::Error::Server(error) if error.code == FOREIGN_KEY => {
            Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "no such requester or queue")
        }
        other => other.into(),
    }
}
