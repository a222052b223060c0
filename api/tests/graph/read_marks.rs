use deskwire_domain::actor::Scope;
use deskwire_domain::suggestions::Label;
use deskwire_domain::testing::Statements;
use deskwire_domain::tickets::Priority;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, codes, paths, public, suggestion};

const FIELDS: &str = "ticket { number unread } errors { code message path }";

async fn unread(client: &Client) -> Value {
    client.data("{ ticket(number: 1) { unread } }", json!({})).await["ticket"]["unread"].take()
}

async fn see(client: &Client, ticket: &str) {
    let seen = client.change("markTicketSeen", json!({ "id": ticket }), FIELDS).await;
    let expected = json!({ "ticket": { "number": 1, "unread": false }, "errors": [] });
    assert_eq!(seen["data"]["payload"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_is_news_to_those_who_can_see_it() {
    let app = TestApp::start().await;
    let id = app.ticket("Printer").await.id;
    let ticket = public("ticket", id);
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let carl = app.as_(&app.team.customer).await;
    let everybody = [&ada, &lea, &carl];
    for client in everybody {
        assert_eq!(unread(client).await, json!(true), "nobody has seen the new ticket");
        see(client, &ticket).await;
    }
    let tags = json!({ "id": ticket, "add": ["vip"] });
    for (name, input, to_lea, to_carl) in [
        ("addReply", json!({ "ticketId": ticket, "body": "r" }), true, true),
        ("addNote", json!({ "ticketId": ticket, "body": "n" }), true, false),
        ("claimTicket", json!({ "id": ticket }), true, true),
        ("tagTicket", tags, false, false),
        ("changeTicketPriority", json!({ "id": ticket, "priority": "HIGH" }), true, true),
    ] {
        let done = ada.change(name, input, "errors { code }").await;
        assert_eq!(done["data"]["payload"]["errors"], json!([]), "{name}");
        assert_eq!(unread(&ada).await, json!(false), "{name}: her own doing");
        assert_eq!(unread(&lea).await, json!(to_lea), "{name}");
        assert_eq!(unread(&carl).await, json!(to_carl), "{name}");
        see(&lea, &ticket).await;
        see(&carl, &ticket).await;
    }
    suggestion(&mut *app.db.conn().await, id, Label::Priority(Priority::Urgent)).await;
    for client in everybody {
        assert_eq!(unread(client).await, json!(false), "a suggestion is no news");
    }
    let events = app.db.count("events WHERE kind LIKE 'ticket.%' OR kind LIKE 'message.%'").await;
    assert_eq!(events, 6, "marks are not in the log");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_another_queue_is_news_to_staff_alone() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let (adam, carl) = (app.as_(&app.team.admin).await, app.as_(&app.team.customer).await);
    see(&adam, &ticket).await;
    see(&carl, &ticket).await;
    let queue = public("queue", app.team.other_queue);
    let lea = app.as_(&app.team.lead).await;
    lea.change("moveTicket", json!({ "id": ticket, "queueId": queue }), "errors { code }").await;
    assert_eq!((unread(&adam).await, unread(&carl).await), (json!(true), json!(false)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_reaches_as_far_as_was_seen_and_never_goes_back() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let reply = json!({ "ticketId": ticket, "body": "r" });
    let first = ada.change("addReply", reply.clone(), "cursor").await;
    let first = first["data"]["payload"]["cursor"].clone();
    // It arrives while Lea reads: she has seen the first one only.
    ada.change("addReply", reply, "cursor").await;
    let part = json!({ "id": ticket, "upTo": first });
    let seen = lea.change("markTicketSeen", part.clone(), FIELDS).await;
    assert_eq!(seen["data"]["payload"]["ticket"]["unread"], true);
    see(&lea, &ticket).await;
    lea.change("markTicketSeen", part, FIELDS).await;
    assert_eq!(unread(&lea).await, json!(false));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_before_somebody_came_is_no_news() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let ada = app.as_(&app.team.agent).await;
    app.sql("UPDATE users SET seen_from = UTC_TIMESTAMP(6) WHERE name = 'ada'").await;
    let nina = deskwire_domain::testing::agent(
        &mut *app.db.conn().await,
        "nina",
        app.team.queue,
        deskwire_domain::queues::QueueRight::Read,
    )
    .await;
    let nina = app.as_(&nina).await;
    assert_eq!((unread(&ada).await, unread(&nina).await), (json!(false), json!(false)));
    let carl = app.as_(&app.team.customer).await;
    carl.change("addReply", json!({ "ticketId": ticket, "body": "r" }), "cursor").await;
    assert_eq!((unread(&ada).await, unread(&nina).await), (json!(true), json!(true)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_and_wrong_people_mark_nothing() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let ada = app.as_(&app.team.agent).await;
    let missing = public("ticket", uuid::Uuid::now_v7().simple());
    for (input, expected) in [
        (json!({ "id": "7" }), "INVALID id"),
        (json!({ "id": missing }), "NOT_FOUND id"),
        (json!({ "id": ticket, "upTo": "00000001-1" }), "INVALID upTo"),
    ] {
        assert_eq!(paths(&ada.change("markTicketSeen", input, FIELDS).await), [expected]);
    }
    let seen = json!({ "id": ticket });
    for who in [&app.team.outsider, &app.team.other_customer] {
        let answer = app.as_(who).await.change("markTicketSeen", seen.clone(), FIELDS).await;
        assert_eq!(paths(&answer), ["NOT_FOUND id"]);
        assert_eq!(answer["data"]["payload"]["ticket"], Value::Null);
    }
    let writing = app.scoped(&app.team.agent, &[Scope::TicketsWrite]).await;
    for (who, code) in [(app.anybody(), "UNAUTHENTICATED"), (writing, "FORBIDDEN")] {
        assert_eq!(codes(&who.change("markTicketSeen", seen.clone(), FIELDS).await), [code]);
    }
    assert_eq!(app.db.count("read_marks").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_read_marks_is_one_statement_more() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let page = "{ tickets(first: 50) { nodes { number unread } } }";
    for more in [2, 10] {
        for n in 0..more {
            let ticket = app.ticket(&format!("T{n}")).await;
            if n % 2 == 0 {
                let id = public("ticket", ticket.id);
                ada.change("markTicketSeen", json!({ "id": id }), "errors { code }").await;
            }
        }
        watch.take();
        let found = ada.data(page, json!({})).await;
        let asked = watch.take().iter().filter(|sql| sql.contains("`read_marks`")).count();
        assert_eq!(asked, 1);
        let rows = found["tickets"]["nodes"].as_array().unwrap().clone();
        let news = rows.iter().filter(|row| row["unread"] == true).count();
        assert_eq!(news * 2, rows.len(), "{rows:?}");
    }
    app.finish().await;
}
