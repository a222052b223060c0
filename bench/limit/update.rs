//! Another subject for a ticket: what the live benchmark writes. The item for subscribers is made
//! once, as the desk would send it, and published after the commit.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use mysql_async::prelude::Queryable;
use mysql_async::{Row, TxOpts};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::answer::{Answer, Refusal, column, private, upper, user};

#[derive(Deserialize)]
pub struct Change {
    subject: String,
}

pub async fn change_subject(
    State(app): State<App>,
    Path(public_id): Path<String>,
    headers: HeaderMap,
    Json(change): Json<Change>,
) -> Answer<Json<Value>> {
    let id = private("ticket", &public_id)?;
    let mut conn = app.pool.get_conn().await?;
    let viewer = app.sessions.viewer(&mut conn, &headers).await?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "no such ticket");
    let mut tx = conn.start_transaction(TxOpts::default()).await?;
    let found: Option<Row> = tx
        .exec_first(
            "SELECT t.number, t.status, t.priority, r.id, r.name, a.id, a.name, t.queue_id
             FROM tickets t
             JOIN users r ON r.id = t.requester_id
             LEFT JOIN users a ON a.id = t.assignee_id
             WHERE t.id = ? AND t.deleted_at IS NULL
             FOR UPDATE",
            (&id,),
        )
        .await?;
    let mut row = found.ok_or_else(missing)?;
    if !viewer.may_reply(&column::<Vec<u8>>(&mut row, 7)) {
        return Err(missing());
    }
    tx.exec_drop(
        "UPDATE tickets SET subject = ?, version = version + 1, updated_at = UTC_TIMESTAMP(6)
         WHERE id = ?",
        (&change.subject, &id),
    )
    .await?;
    let ticket = json!({
        "id": public_id,
        "number": column::<u64>(&mut row, 0),
        "subject": change.subject,
        "status": upper(&mut row, 1),
        "priority": upper(&mut row, 2),
        "requester": { "name": user(&mut row, 3).map(|user| user.name) },
        "assignee": user(&mut row, 5).map(|user| json!({ "name": user.name })),
    });
    tx.exec_drop(
        "INSERT INTO limit_events (kind, subject_id, internal, actor_id, payload, occurred_at)
         VALUES ('ticket.changed', ?, FALSE, ?, ?, UTC_TIMESTAMP(6))",
        (&id, &viewer.user, ticket.to_string()),
    )
    .await?;
    // As long as the desk's, which says where the change stands in a log that is not kept here.
    let cursor = "0000000000000000";
    tx.commit().await?;
    let update = json!({
        "kind": "UPDATE", "cursor": cursor, "ticket": ticket, "event": { "kind": "TICKET_CHANGED" },
    });
    let item = json!({
        "type": "next", "id": "1", "payload": { "data": { "queueUpdates": update } },
    });
    app.broadcast.publish(item.to_string());
    Ok(Json(json!({ "data": { "updateTicket": { "errors": [], "cursor": cursor } } })))
}
