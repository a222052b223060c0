//! Several API processes on one database and one Redis behave as one.

use deskwire_domain::actor::Scope;
use serde_json::{Value, json};

use super::queue::{LIVE, cursor};
use crate::support::{Frame, Socket, TestApp, at, public};

/// What a queue holds for its subscriber: applies each step, and checks the order of the cursors.
#[derive(Default)]
struct List {
    tickets: std::collections::BTreeMap<String, u64>,
    last: u64,
    total: Option<u64>,
}

impl List {
    fn apply(&mut self, item: &Value) {
        let position = at(item, "/cursor").split_once('-').unwrap().1.parse::<u64>().unwrap();
        assert!(position > self.last, "{item} after {}", self.last);
        self.last = position;
        let id = at(item, "/ticketId").to_owned();
        match at(item, "/kind") {
            "ENTER" => assert!(self.tickets.insert(id, position).is_none(), "{item}"),
            "UPDATE" => assert!(self.tickets.insert(id, position).is_some(), "{item}"),
            "LEAVE" => assert!(self.tickets.remove(&id).is_some(), "{item}"),
            other => panic!("{other}"),
        }
        self.total = item["totalCount"].as_u64();
        assert_eq!(self.total, Some(self.tickets.len() as u64), "{item}");
    }
}

const COUNTED: &str = "subscription($filter: TicketFilterInput, $after: Cursor) { queueUpdates(filter: \
    $filter, after: $after) { kind cursor ticketId totalCount } }";

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_of_three_processes_see_the_same_in_the_same_order() {
    let app = TestApp::start().await;
    let addresses = [app.address, app.another_process().await, app.another_process().await];
    let token = app.token(&app.team.agent, Scope::ALL).await;
    let admin = app.as_(&app.team.admin).await;
    let open_only = json!({ "statuses": ["OPEN"] });
    let after = cursor(&app).await;
    let mut sockets = Vec::new();
    // Two at each process: the second one joins the first one's feed.
    for address in addresses.iter().chain(&addresses) {
        let mut socket = Socket::of_token(*address, &token).await;
        socket.subscribe("1", COUNTED, json!({ "filter": open_only, "after": after })).await;
        sockets.push(socket);
    }
    let writers = addresses.map(|address| admin.clone().at(address));
    let writing = futures::future::join_all(writers.iter().enumerate().map(async |(n, writer)| {
        for round in 0..8 {
            let made = writer
                .change(
                    "createTicket",
                    json!({ "subject": format!("{n}-{round}"), "body": "b" }),
                    "ticket { id }",
                )
                .await;
            if round % 2 == 0 {
                let id = at(&made, "/data/payload/ticket/id").to_owned();
                let solve = json!({ "id": id, "status": "SOLVED" });
                writer.change("changeTicketStatus", solve, "cursor").await;
            }
        }
    }));
    writing.await;
    let end = cursor(&app).await.split_once('-').unwrap().1.parse::<u64>().unwrap();
    let mut lists = Vec::new();
    for socket in &mut sockets {
        let mut list = List::default();
        while list.last < end {
            list.apply(&socket.item().await);
        }
        assert_eq!(list.total, Some(12));
        lists.push(list.tickets);
    }
    assert!(lists.windows(2).all(|pair| pair[0] == pair[1]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_change_at_one_process_change_streams_at_another() {
    let app = TestApp::start().await;
    let other = app.another_process().await;
    let seen = app.ticket("Seen").await;
    let token = app.token(&app.team.agent, Scope::ALL).await;
    let mut queue = Socket::of_token(other, &token).await;
    let mut ticket = Socket::of_token(other, &token).await;
    let after = cursor(&app).await;
    queue.subscribe("1", COUNTED, json!({ "after": after })).await;
    let one = "subscription($id: ID!, $after: Cursor) { ticketUpdates(id: $id, after: $after) { cursor } }";
    let id = public("ticket", seen.id);
    ticket.subscribe("1", one, json!({ "id": id, "after": after })).await;
    let admin = app.as_(&app.team.admin).await;
    let rename = json!({ "id": id, "subject": "Renamed" });
    admin.change("updateTicket", rename, "errors { code }").await;
    assert_eq!(queue.item().await["kind"], "UPDATE");
    ticket.item().await;
    let input = json!({
        "queueId": public("queue", app.team.queue),
        "userId": public("user", app.team.agent.user().unwrap()),
        "right": null,
    });
    admin.change("setQueueMembership", input, "errors { code }").await;
    let item = queue.item().await;
    assert_eq!(
        (&item["kind"], &item["ticketId"], &item["totalCount"]),
        (&json!("LEAVE"), &json!(id), &json!(0))
    );
    assert_eq!(ticket.next().await, Frame::Json(json!({ "id": "1", "type": "complete" })));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stops_reading_gets_everything_later() {
    let app = TestApp::start().await;
    let mut slow = app.socket(&app.team.agent).await;
    let mut quick = app.socket(&app.team.agent).await;
    for socket in [&mut slow, &mut quick] {
        let after = cursor(&app).await;
        socket.subscribe("1", LIVE, json!({ "after": after })).await;
    }
    let admin = app.as_(&app.team.admin).await;
    let id = public("ticket", app.ticket("Busy").await.id);
    // More than a feed keeps for those who are briefly slow.
    const STEPS: usize = 700;
    for n in 0..STEPS {
        let priority = ["LOW", "HIGH"][n % 2];
        let input = json!({ "id": id, "priority": priority });
        admin.change("changeTicketPriority", input, "cursor").await;
        if n % 50 == 0 {
            quick.item().await;
        }
    }
    let mut last = 0;
    for _ in 0..=STEPS {
        let position = slow.item().await["event"]["position"].as_u64().unwrap();
        assert!(last == 0 || position == last + 1, "{position} after {last}");
        last = position;
    }
    app.finish().await;
}
