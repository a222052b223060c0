//! `notificationUpdates`.

use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use serde_json::{Value, json};

use crate::support::{Client, Socket, TestApp, at, codes, public};

const LIVE: &str = "subscription($after: Cursor) { notificationUpdates(after: $after) { cursor resync \
    unreadCount notification { id kind readAt actor { name } ticket { number subject } } } }";

async fn cursor(app: &TestApp) -> String {
    app.db.desk.settle().await.unwrap().to_string()
}

async fn give(client: &Client, ticket: &str, to: &Actor) -> String {
    let free = json!({ "id": ticket, "assigneeId": null });
    client.change("assignTicket", free, "errors { code }").await;
    let input = json!({ "id": ticket, "assigneeId": public("user", to.user().unwrap()) });
    let given = client.change("assignTicket", input, "cursor errors { code message }").await;
    at(&given, "/data/payload/cursor").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hears_of_their_own_on_all_devices_with_the_count() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let lea = app.as_(&app.team.lead).await;
    let after = cursor(&app).await;
    let mut devices = [app.socket(&app.team.agent).await, app.socket(&app.team.agent).await];
    let mut other = app.socket(&app.team.admin).await;
    for socket in devices.iter_mut().chain([&mut other]) {
        socket.subscribe("1", LIVE, json!({ "after": after })).await;
    }
    for n in 1..=3 {
        let made = give(&lea, &ticket, &app.team.agent).await;
        for socket in &mut devices {
            let item = socket.item().await;
            assert_eq!((&item["unreadCount"], &item["resync"]), (&json!(n), &json!(false)));
            let told = &item["notification"];
            assert_eq!((&told["kind"], &told["readAt"]), (&json!("TICKET_ASSIGNED"), &Value::Null));
            assert_eq!(
                (&told["actor"]["name"], &told["ticket"]["number"]),
                (&json!("lea"), &json!(1))
            );
            assert_eq!(item["cursor"], made.as_str());
        }
    }
    // What comes first to the other one is their own.
    give(&lea, &ticket, &app.team.admin).await;
    assert_eq!(other.item().await["unreadCount"], 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_hears_what_was_missed_in_another_process_too() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let lea = app.as_(&app.team.lead).await;
    let token = app.token(&app.team.agent, Scope::ALL).await;
    let other = app.another_process().await;
    let after = cursor(&app).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(give(&lea, &ticket, &app.team.agent).await);
    }
    let mut from = after;
    for (address, wanted) in [(app.address, &made[..1]), (other, &made[1..])] {
        let mut socket = Socket::of_token(address, &token).await;
        socket.subscribe("1", LIVE, json!({ "after": from })).await;
        for expected in wanted {
            let item = socket.item().await;
            assert_eq!(at(&item, "/cursor"), expected);
            // As of now, not as of then.
            assert_eq!(item["unreadCount"], 3);
            from = expected.clone();
        }
    }
    let mut socket = Socket::of_token(other, &token).await;
    socket.subscribe("1", LIVE, json!({ "after": from })).await;
    let next = give(&lea, &ticket, &app.team.agent).await;
    assert_eq!(at(&socket.item().await, "/cursor"), next, "nothing twice");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_cursor_is_answered_with_resync_and_goes_on() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let lea = app.as_(&app.team.lead).await;
    give(&lea, &ticket, &app.team.agent).await;
    let own = cursor(&app).await;
    let foreign = if own.starts_with("00000000") { "00000001-1" } else { "00000000-1" };
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", LIVE, json!({ "after": foreign })).await;
    let item = socket.item().await;
    let found = (&item["resync"], &item["notification"], &item["unreadCount"]);
    assert_eq!(found, (&json!(true), &Value::Null, &json!(1)));
    give(&lea, &ticket, &app.team.agent).await;
    let item = socket.item().await;
    assert_eq!((&item["resync"], &item["unreadCount"]), (&json!(false), &json!(2)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_shows_tickets_with_the_rights_of_the_moment() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("secretsubject").await.id);
    let (lea, adam) = (app.as_(&app.team.lead).await, app.as_(&app.team.admin).await);
    let me = public("user", app.team.agent.user().unwrap());
    let queue = public("queue", app.team.queue);
    let after = cursor(&app).await;
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", LIVE, json!({ "after": after })).await;
    give(&lea, &ticket, &app.team.agent).await;
    assert_eq!(socket.item().await["notification"]["ticket"]["subject"], "secretsubject");
    let end = json!({ "queueId": queue, "userId": me });
    adam.change("setQueueMembership", end.clone(), "cursor errors { code }").await;
    // Read again from before the loss: what was told then shows nothing now.
    let mut late = app.socket(&app.team.agent).await;
    late.subscribe("1", LIVE, json!({ "after": after })).await;
    let item = late.item().await;
    assert_eq!(item["notification"]["kind"], "TICKET_ASSIGNED");
    assert_eq!(item["notification"]["ticket"], Value::Null);
    // Another ticket, in a queue that the first stream's rights did not know.
    let other = public("queue", app.team.other_queue);
    let moved = json!({ "id": ticket, "queueId": other });
    adam.change("moveTicket", moved, "errors { code }").await;
    let begin = json!({ "queueId": other, "userId": me, "right": "READ" });
    adam.change("setQueueMembership", begin, "errors { code }").await;
    give(&adam, &ticket, &app.team.agent).await;
    for socket in [&mut socket, &mut late] {
        assert_eq!(socket.item().await["notification"]["ticket"]["subject"], "secretsubject");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_the_desk_takes_back_is_heard_of_at_once() {
    let app = TestApp::start().await;
    let after = cursor(&app).await;
    let mut socket = app.socket(&app.team.admin).await;
    socket.subscribe("1", LIVE, json!({ "after": after })).await;
    super::told(&app).await;
    cursor(&app).await;
    for n in 1..=2 {
        let item = socket.item().await;
        assert_eq!(item["notification"]["kind"], "MODEL_ROLLED_BACK");
        assert_eq!(item["notification"]["ticket"], Value::Null);
        assert!(item["unreadCount"].as_u64().unwrap() >= n);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_may_listen() {
    let app = TestApp::start().await;
    let limited = app.token(&app.team.agent, &[Scope::UsersRead]).await;
    let mut socket = Socket::of_token(app.address, &limited).await;
    socket.subscribe("1", LIVE, json!({})).await;
    assert_eq!(codes(&socket.payload().await), ["FORBIDDEN"]);
    app.finish().await;
}
