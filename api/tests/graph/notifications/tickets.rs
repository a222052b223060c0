//! Who is told of what happens on a ticket.

use deskwire_domain::Actor;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, paths, public};

pub const TOLD: &str = "{ unreadNotificationCount notifications { nodes { kind text subjectId \
    actor { name } ticket { number subject } message { kind body } } } }";

/// What somebody was told, newest first: kind, actor and number of the ticket.
pub async fn told(client: &Client) -> Vec<(String, Value, Value)> {
    let found = client.data(TOLD, json!({})).await;
    let rows = found["notifications"]["nodes"].as_array().unwrap().clone();
    let row = |row: &Value| {
        let kind = row["kind"].as_str().unwrap().to_owned();
        (kind, row["actor"]["name"].clone(), row["ticket"]["number"].clone())
    };
    rows.iter().map(row).collect()
}

fn user(actor: &Actor) -> String {
    public("user", actor.user().unwrap())
}

fn row(kind: &str, actor: &str, ticket: u64) -> (String, Value, Value) {
    (kind.to_owned(), json!(actor), json!(ticket))
}

async fn done(client: &Client, name: &str, input: Value) {
    let answer = client.change(name, input, "errors { code path message }").await;
    assert_eq!(answer["data"]["payload"]["errors"], json!([]), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_a_ticket_is_told_by_whom() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    done(&ada, "claimTicket", json!({ "id": ticket })).await;
    assert_eq!(told(&ada).await, [], "she took it herself");
    let to = |actor: &Actor| json!({ "id": ticket, "assigneeId": user(actor) });
    done(&lea, "assignTicket", to(&app.team.agent)).await;
    assert_eq!(told(&ada).await, [], "she had it");
    done(&lea, "assignTicket", json!({ "id": ticket, "assigneeId": null })).await;
    done(&lea, "assignTicket", to(&app.team.agent)).await;
    assert_eq!(told(&ada).await, [row("TICKET_ASSIGNED", "lea", 1)]);
    let stale = json!({ "id": ticket, "assigneeId": user(&app.team.lead), "expectedVersion": 1 });
    let stale = ada.change("assignTicket", stale, "errors { code path message }").await;
    assert_eq!(paths(&stale), ["CONFLICT expectedVersion"]);
    assert_eq!(told(&lea).await, [], "nothing happened");
    let new = json!({ "subject": "S", "body": "B", "assigneeId": user(&app.team.agent),
        "queueId": public("queue", app.team.queue) });
    done(&lea, "createTicket", new).await;
    let assigned = [row("TICKET_ASSIGNED", "lea", 2), row("TICKET_ASSIGNED", "lea", 1)];
    assert_eq!(told(&ada).await, assigned);
    let all = ada.data(TOLD, json!({})).await;
    assert_eq!(all["unreadNotificationCount"], 2);
    let first = &all["notifications"]["nodes"][1];
    assert_eq!(first["text"], "lea assigned a ticket to you.");
    assert_eq!(first["subjectId"], ticket);
    for other in [&app.team.customer, &app.team.admin, &app.team.reader] {
        assert_eq!(told(&app.as_(other).await).await, []);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mentions_call_colleagues_who_may_see_the_ticket() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let ada = app.as_(&app.team.agent).await;
    let lead = user(&app.team.lead);
    let people = json!([lead, user(&app.team.admin), user(&app.team.agent), lead]);
    let note = json!({ "ticketId": ticket, "body": "@lea, look", "mentionIds": people });
    let noted = ada.change("addNote", note, "message { mentions { name } } errors { code }").await;
    let names = json!([{ "name": "ada" }, { "name": "adam" }, { "name": "lea" }]);
    assert_eq!(noted["data"]["payload"]["message"]["mentions"], names);
    let mentioned = [row("MENTIONED", "ada", 1)];
    let lea = app.as_(&app.team.lead).await;
    assert_eq!(told(&lea).await, mentioned);
    assert_eq!(told(&app.as_(&app.team.admin).await).await, mentioned);
    assert_eq!(told(&ada).await, [], "not of her own note");
    let found = lea.data(TOLD, json!({})).await;
    assert_eq!(found["notifications"]["nodes"][0]["message"]["body"], "@lea, look");
    assert_eq!(found["notifications"]["nodes"][0]["text"], "ada mentioned you in a note.");

    let mut conn = app.db.conn().await;
    let gone =
        deskwire_domain::testing::user(&mut conn, deskwire_domain::users::Role::Admin, "gregor");
    let gone = public("user", gone.await.id);
    drop(conn);
    app.sql("UPDATE users SET active = FALSE WHERE name = 'gregor'").await;
    let many: Vec<String> =
        (0..21).map(|_| public("user", uuid::Uuid::now_v7().simple())).collect();
    let before = app.db.count("messages").await;
    for (who, ids) in [
        ("sees no ticket", json!([user(&app.team.outsider)])),
        ("customer", json!([user(&app.team.customer)])),
        ("inactive", json!([lead, gone])),
        ("missing", json!([many[0]])),
        ("too many", json!(many)),
        ("no id", json!(["lea"])),
    ] {
        for name in ["addNote", "addReply"] {
            let input = json!({ "ticketId": ticket, "body": "x", "mentionIds": ids });
            let answer = ada.change(name, input, "errors { code path message }").await;
            assert_eq!(paths(&answer), ["INVALID mentionIds"], "{name} {who}");
        }
    }
    let carl = app.as_(&app.team.customer).await;
    let input = json!({ "ticketId": ticket, "body": "x", "mentionIds": [lead] });
    let answer = carl.change("addReply", input, "errors { code path message }").await;
    assert_eq!(paths(&answer), ["INVALID mentionIds"]);
    assert_eq!(app.db.count("messages").await, before);
    assert_eq!(told(&lea).await, mentioned);

    let reply = json!({ "ticketId": ticket, "body": "@lea knows", "mentionIds": [lead] });
    done(&ada, "addReply", reply).await;
    assert_eq!(told(&lea).await.len(), 2);
    let seen = "{ ticket(number: 1) { messages { nodes { body mentions { name } } } } }";
    let seen = carl.data(seen, json!({})).await;
    let last = &seen["ticket"]["messages"]["nodes"][1];
    assert_eq!((&last["body"], &last["mentions"]), (&json!("@lea knows"), &json!([])));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_told_to_who_has_the_ticket() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let carl = app.as_(&app.team.customer).await;
    let reply = json!({ "ticketId": ticket, "body": "r" });
    done(&carl, "addReply", reply.clone()).await;
    done(&ada, "claimTicket", json!({ "id": ticket })).await;
    done(&ada, "addReply", reply.clone()).await;
    done(&lea, "addNote", reply.clone()).await;
    assert_eq!(told(&ada).await, [], "nobody's, her own, a note");
    done(&carl, "addReply", reply.clone()).await;
    done(&lea, "addReply", reply.clone()).await;
    let mut calling = reply.clone();
    calling["mentionIds"] = json!([user(&app.team.agent)]);
    done(&lea, "addReply", calling).await;
    let expected = [
        row("MENTIONED", "lea", 1),
        row("TICKET_REPLIED", "lea", 1),
        row("TICKET_REPLIED", "carl", 1),
    ];
    assert_eq!(told(&ada).await, expected);
    // A repeated request adds no message and tells nobody again.
    let mut once = reply;
    once["idempotencyKey"] = json!("k");
    for _ in 0..2 {
        done(&carl, "addReply", once.clone()).await;
    }
    assert_eq!(told(&ada).await.len(), 4);
    assert_eq!((told(&lea).await, told(&carl).await), (vec![], vec![]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_sight_of_a_ticket_is_told_nothing_more_and_keeps_nothing_of_it() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("secretsubject").await.id);
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let (adam, carl) = (app.as_(&app.team.admin).await, app.as_(&app.team.customer).await);
    let me = user(&app.team.agent);
    done(&lea, "assignTicket", json!({ "id": ticket, "assigneeId": me })).await;
    let note = json!({ "ticketId": ticket, "body": "secretnote", "mentionIds": [me] });
    done(&lea, "addNote", note).await;
    let membership = json!({ "queueId": public("queue", app.team.queue), "userId": me });
    done(&adam, "setQueueMembership", membership).await;
    done(&carl, "addReply", json!({ "ticketId": ticket, "body": "r" })).await;
    let found = ada.data(TOLD, json!({})).await;
    assert!(!found.to_string().contains("secret"), "{found}");
    let rows = found["notifications"]["nodes"].as_array().unwrap();
    assert_eq!((rows.len(), &found["unreadNotificationCount"]), (2, &json!(2)));
    for row in rows {
        assert_eq!((&row["ticket"], &row["message"]), (&Value::Null, &Value::Null));
        assert_eq!(row["actor"]["name"], "lea");
    }
    // Nor of one that is gone for everybody.
    done(&lea, "assignTicket", json!({ "id": ticket, "assigneeId": user(&app.team.admin) })).await;
    done(&lea, "deleteTicket", json!({ "id": ticket, "reason": "spam" })).await;
    let found = adam.data(TOLD, json!({})).await;
    assert_eq!(found["notifications"]["nodes"][0]["ticket"], Value::Null);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn muted_kinds_are_not_written() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let me = user(&app.team.agent);
    done(&ada, "updateProfile", json!({ "mutedNotifications": ["TICKET_ASSIGNED"] })).await;
    done(&lea, "assignTicket", json!({ "id": ticket, "assigneeId": me })).await;
    assert_eq!(told(&ada).await, []);
    done(&lea, "addNote", json!({ "ticketId": ticket, "body": "n", "mentionIds": [me] })).await;
    assert_eq!(told(&ada).await, [row("MENTIONED", "lea", 1)]);
    done(&ada, "updateProfile", json!({ "mutedNotifications": [] })).await;
    done(&lea, "assignTicket", json!({ "id": ticket, "assigneeId": null })).await;
    done(&lea, "assignTicket", json!({ "id": ticket, "assigneeId": me })).await;
    assert_eq!(told(&ada).await.len(), 2);
    assert_eq!(app.db.count("notifications").await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_notifications_takes_as_many_statements_for_two_as_for_twelve() {
    let watch = deskwire_domain::testing::Statements::watch();
    let app = TestApp::start().await;
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let page = "{ notifications { nodes { actor { name } ticket { subject } } } }";
    let mut counts = Vec::new();
    for more in [2, 10] {
        for n in 0..more {
            let id = public("ticket", app.ticket(&format!("T{n}")).await.id);
            let input = json!({ "id": id, "assigneeId": user(&app.team.agent) });
            done(&lea, "assignTicket", input).await;
        }
        ada.data(page, json!({})).await;
        watch.take();
        ada.data(page, json!({})).await;
        let of = ["`notifications`", "FROM `tickets`"];
        let sent = watch.take();
        counts.push(sent.iter().filter(|sql| of.iter().any(|part| sql.contains(part))).count());
    }
    assert_eq!(counts, [2, 2]);
    app.finish().await;
}
