//! Who is on a ticket, through sockets of two processes.

use deskwire_domain::actor::Scope;
use deskwire_domain::testing::RedisServer;
use deskwire_domain::{Desk, DeskConfig};
use serde_json::{Value, json};

use crate::support::{Client, Frame, Socket, TestApp, codes, paths, public, serve};

const LIVE: &str = "subscription($ticket: ID!, $client: String!, $activity: PresenceActivity! = VIEWING) { \
    presenceUpdates(ticketId: $ticket, clientId: $client, activity: $activity) { user { name } activity } }";
const ON_TICKETS: &str = "{ tickets(first: 25) { nodes { subject presence { user { name } activity \
    since clientIds } } } }";

async fn set(who: &Client, ticket: &str, client: &str, activity: &str) -> Value {
    let input = json!({ "ticketId": ticket, "clientId": client, "activity": activity });
    let fields = "presence { user { name } activity } errors { code path message }";
    who.change("setPresence", input, fields).await
}

async fn subscribe(socket: &mut Socket, ticket: &str, client: &str) {
    let variables = json!({ "ticket": ticket, "client": client });
    socket.subscribe("presence", LIVE, variables).await;
}

/// `ada TYPING, lea VIEWING`, in alphabetical order.
fn told(list: &Value) -> String {
    let people = list.as_array().unwrap_or_else(|| panic!("a list: {list}"));
    let text = |person: &Value| {
        let (name, activity) = (&person["user"]["name"], &person["activity"]);
        format!("{} {}", name.as_str().unwrap(), activity.as_str().unwrap())
    };
    let mut all: Vec<String> = people.iter().map(text).collect();
    all.sort();
    all.join(", ")
}

/// Reads on until the list is this one; lists may be left out that were true for a moment only.
async fn until(socket: &mut Socket, list: &str) {
    while told(&socket.item().await) != list {}
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_two_processes_see_each_other_appear_type_and_vanish() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Shared").await.id);
    let there = app.another_process().await;
    let lea = app.as_(&app.team.lead).await.at(there);
    let token = app.token(&app.team.lead, Scope::ALL).await;

    let mut ada = app.socket(&app.team.agent).await;
    subscribe(&mut ada, &ticket, "ada-1").await;
    assert_eq!(told(&ada.item().await), "ada VIEWING", "the caller is on the ticket too");
    let mut tabs = [Socket::of_token(there, &token).await, Socket::of_token(there, &token).await];
    for (tab, client) in tabs.iter_mut().zip(["lea-1", "lea-2"]) {
        subscribe(tab, &ticket, client).await;
        until(tab, "ada VIEWING, lea VIEWING").await;
    }
    until(&mut ada, "ada VIEWING, lea VIEWING").await;

    let answer = set(&lea, &ticket, "lea-2", "TYPING").await;
    let payload = &answer["data"]["payload"];
    assert_eq!(told(&payload["presence"]), "ada VIEWING, lea TYPING");
    assert_eq!(payload["errors"], json!([]));
    until(&mut ada, "ada VIEWING, lea TYPING").await;
    set(&lea, &ticket, "lea-2", "VIEWING").await;
    until(&mut ada, "ada VIEWING, lea VIEWING").await;

    // Another tab is still open, and then it is not.
    let [first, mut second] = tabs;
    drop(first);
    loop {
        let list = second.item().await;
        assert!(told(&list).contains("lea"), "{list}");
        let found = lea.data(ON_TICKETS, json!({})).await;
        let people = found["tickets"]["nodes"][0]["presence"].as_array().unwrap().clone();
        let lead = people.iter().find(|person| person["user"]["name"] == "lea").unwrap();
        assert!(lead["since"].as_str().is_some_and(|text| text.ends_with("+00:00")));
        if lead["clientIds"] == json!(["lea-2"]) {
            break;
        }
    }
    second.send(json!({ "id": "presence", "type": "complete" })).await;
    until(&mut ada, "ada VIEWING").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_watch_without_being_shown_and_hide_while_it_watches() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Shared").await.id);
    let mut lea = app.socket(&app.team.lead).await;
    let hidden = json!({ "ticket": ticket, "client": "lea", "activity": "GONE" });
    lea.subscribe("presence", LIVE, hidden).await;
    assert_eq!(told(&lea.item().await), "");
    let mut ada = app.socket(&app.team.agent).await;
    subscribe(&mut ada, &ticket, "ada").await;
    assert_eq!(told(&lea.item().await), "ada VIEWING");
    let by_ada = app.as_(&app.team.agent).await;
    for (activity, list) in [("GONE", ""), ("TYPING", "ada TYPING"), ("GONE", "")] {
        set(&by_ada, &ticket, "ada", activity).await;
        assert_eq!(told(&lea.item().await), list);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_for_staff_who_see_the_ticket() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Shared").await.id);
    let missing = public("ticket", uuid::Uuid::now_v7().simple());
    let team = &app.team;
    let long = "x".repeat(65);
    for (who, id, client, code, path) in [
        (&team.customer, &ticket, "c", "FORBIDDEN", None),
        (&team.other_customer, &ticket, "c", "FORBIDDEN", None),
        (&team.outsider, &ticket, "c", "NOT_FOUND", Some("ticketId")),
        (&team.admin, &missing, "c", "NOT_FOUND", Some("ticketId")),
        (&team.agent, &"x".to_owned(), "c", "INVALID", Some("ticketId")),
        (&team.agent, &ticket, "", "INVALID", Some("clientId")),
        (&team.agent, &ticket, "ä", "INVALID", Some("clientId")),
        (&team.agent, &ticket, &long, "INVALID", Some("clientId")),
    ] {
        let answer = set(&app.as_(who).await, id, client, "TYPING").await;
        match path {
            Some(path) => assert_eq!(paths(&answer), [format!("{code} {path}")], "{answer}"),
            None => assert_eq!(codes(&answer), [code]),
        }
        let mut socket = app.socket(who).await;
        subscribe(&mut socket, id, client).await;
        let code = if code == "INVALID" { "BAD_USER_INPUT" } else { code };
        assert_eq!(codes(&socket.payload().await), [code]);
    }
    let mut nobody = Socket::bare(app.address).await;
    nobody.send(json!({ "type": "connection_init" })).await;
    nobody.next().await;
    subscribe(&mut nobody, &ticket, "c").await;
    assert_eq!(codes(&nobody.payload().await), ["UNAUTHENTICATED"]);

    let reader = app.scoped(&team.reader, &[Scope::TicketsRead]).await;
    let answer = set(&reader, &ticket, "tab", "TYPING").await;
    assert_eq!(told(&answer["data"]["payload"]["presence"]), "rita TYPING");
    let writer = app.scoped(&team.reader, &[Scope::TicketsWrite]).await;
    assert_eq!(codes(&set(&writer, &ticket, "tab", "TYPING").await), ["FORBIDDEN"]);

    let shown = |answer: Value| answer["tickets"]["nodes"][0]["presence"].clone();
    let lead = app.as_(&team.lead).await;
    assert_eq!(told(&shown(lead.data(ON_TICKETS, json!({})).await)), "rita TYPING");
    let carl = app.as_(&team.customer).await;
    assert_eq!(shown(carl.data(ON_TICKETS, json!({})).await), json!([]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_when_the_ticket_becomes_invisible() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Shared").await.id);
    let mut ada = app.socket(&app.team.agent).await;
    subscribe(&mut ada, &ticket, "ada").await;
    assert_eq!(told(&ada.item().await), "ada VIEWING");
    let adam = app.as_(&app.team.admin).await;
    let away = json!({ "id": ticket, "queueId": public("queue", app.team.other_queue) });
    adam.change("moveTicket", away, "cursor").await;
    assert_eq!(ada.next().await, Frame::Json(json!({ "id": "presence", "type": "complete" })));
    let found = adam.data(ON_TICKETS, json!({})).await;
    assert_eq!(told(&found["tickets"]["nodes"][0]["presence"]), "");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_asks_redis_once_and_answers_without_it() {
    let mut server = RedisServer::start().await;
    let app = TestApp::start().await;
    for n in 0..5 {
        app.ticket(&format!("Number {n}")).await;
    }
    let config = DeskConfig { redis_url: server.url(), ..app.db.config.clone() };
    let address = serve(Desk::start(&config).unwrap(), Default::default()).await;
    let ada = app.as_(&app.team.agent).await.at(address);
    let page = ada.data(ON_TICKETS, json!({})).await;
    assert_eq!(page["tickets"]["nodes"].as_array().unwrap().len(), 5);
    assert_eq!((server.calls("time").await, server.calls("hgetall").await), (1, 5));

    server.kill();
    assert_eq!(ada.data(ON_TICKETS, json!({})).await, page);
    let ticket = public("ticket", app.ticket("One more").await.id);
    let answer = set(&ada, &ticket, "ada", "TYPING").await;
    assert_eq!(answer["data"]["payload"], json!({ "presence": [], "errors": [] }));
    app.finish().await;
}
