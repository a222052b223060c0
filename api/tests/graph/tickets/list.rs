use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, public};

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_every_order_show_each_ticket_once() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    for n in 0..5 {
        app.ticket(&format!("Number {n}")).await;
    }
    app.db.desk.settle().await.unwrap();
    let operation = "query($order: TicketOrder, $after: String) { tickets(first: 2, order: $order, \
        after: $after) { totalCount streamCursor pageInfo { hasNextPage hasPreviousPage endCursor } \
        edges { cursor node { number } } } }";
    for (order, wanted) in [
        ("NEWEST", [5, 4, 3, 2, 1]),
        ("OLDEST", [1, 2, 3, 4, 5]),
        ("RECENTLY_UPDATED", [5, 4, 3, 2, 1]),
        ("PRIORITY_THEN_AGE", [1, 2, 3, 4, 5]),
    ] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = ada.data(operation, json!({ "order": order, "after": after })).await;
            let tickets = &page["tickets"];
            assert_eq!(tickets["totalCount"], 5);
            assert!(tickets["streamCursor"].is_string());
            assert_eq!(tickets["pageInfo"]["hasPreviousPage"], !after.is_null());
            let edges = tickets["edges"].as_array().unwrap();
            seen.extend(edges.iter().map(|edge| edge["node"]["number"].as_u64().unwrap()));
            after = tickets["pageInfo"]["endCursor"].clone();
            if tickets["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen, wanted, "{order}");
        if order == "NEWEST" {
            let other = json!({ "order": "OLDEST", "after": after });
            assert_eq!(codes(&ada.run(operation, other).await), ["BAD_USER_INPUT"]);
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_condition_of_a_filter_restricts_the_list() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let input = json!({
        "subject": "Printer", "body": "jams", "priority": "HIGH", "tags": ["vip"],
        "assigneeId": public("user", app.team.agent.user().unwrap()),
        "requesterId": public("user", app.team.other_customer.user().unwrap()),
    });
    let fields = "ticket { id tags { id } requester { id } assignee { id } queue { id } }";
    let made = ada.change("createTicket", input, fields).await;
    app.ticket("Other").await;
    app.db.desk.settle().await.unwrap();
    let pointer = |to: &str| made.pointer(&format!("/data/payload/ticket/{to}")).unwrap().clone();
    let operation = "query($filter: TicketFilterInput) { tickets(filter: $filter) { totalCount \
        nodes { subject } } }";
    for (filter, found) in [
        (json!({}), 2),
        (json!({ "priorities": ["HIGH"] }), 1),
        (json!({ "statuses": ["OPEN"] }), 2),
        (json!({ "statuses": ["SOLVED", "CLOSED"] }), 0),
        (json!({ "queueIds": [pointer("queue/id")] }), 2),
        (json!({ "queueIds": [public("queue", app.team.other_queue)] }), 0),
        (json!({ "tagIds": [pointer("tags/0/id")] }), 1),
        (json!({ "requesterId": pointer("requester/id") }), 1),
        (json!({ "assigneeId": pointer("assignee/id") }), 1),
        (json!({ "unassigned": true }), 1),
        (json!({ "text": "printer" }), 1),
        (
            json!({ "createdFrom": "2000-01-01T00:00:00Z", "updatedFrom": "2000-01-01T00:00:00Z" }),
            2,
        ),
        (json!({ "createdUntil": "2000-01-01T00:00:00Z" }), 0),
        (json!({ "updatedUntil": "2000-01-01T00:00:00Z" }), 0),
    ] {
        let list = ada.data(operation, json!({ "filter": filter })).await;
        assert_eq!(list["tickets"]["totalCount"], found, "{filter}");
        assert_eq!(list["tickets"]["nodes"].as_array().unwrap().len(), found, "{filter}");
    }
    for filter in [
        json!({ "queueIds": ["x"] }),
        json!({ "categoryIds": ["ticket_1"] }),
        json!({ "assigneeId": "me" }),
        json!({ "requesterId": "me" }),
        json!({ "tagIds": [""] }),
        json!({ "assigneeId": pointer("assignee/id"), "unassigned": true }),
    ] {
        let answer = ada.run(operation, json!({ "filter": filter })).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{filter}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_ranks_subjects_first_and_pages_without_repetition() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    for subject in ["Toner empty", "Something else", "More toner"] {
        app.ticket(subject).await;
    }
    let operation = "query($query: String!, $first: Int, $after: String) { searchTickets(query: \
        $query, first: $first, after: $after) { edges { cursor node { number } } } }";
    let numbers = async |query: &str, first: u8, after: Value| {
        let found =
            ada.data(operation, json!({ "query": query, "first": first, "after": after })).await;
        found["searchTickets"]["edges"].as_array().unwrap().clone()
    };
    let all = numbers("toner", 10, Value::Null).await;
    assert_eq!(all.len(), 2);
    let first = numbers("toner", 1, Value::Null).await;
    let second = numbers("toner", 1, first[0]["cursor"].clone()).await;
    assert_eq!([&first[0]["node"], &second[0]["node"]], [&all[0]["node"], &all[1]["node"]]);
    assert_eq!(numbers("#2", 10, Value::Null).await[0]["node"]["number"], 2);
    for query in ["", &"x".repeat(201)] {
        assert_eq!(codes(&ada.run(operation, json!({ "query": query })).await), ["BAD_USER_INPUT"]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_found_by_number_and_by_id_with_its_history() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    let agent = public("user", app.team.agent.user().unwrap());
    ada.change("assignTicket", json!({ "id": id, "assigneeId": agent }), "cursor").await;
    ada.change("tagTicket", json!({ "id": id, "add": ["vip"] }), "cursor").await;
    let operation = "query($id: ID!) { node(id: $id) { id ... on Ticket { number createdAt updatedAt \
        history { position kind occurredAt actor { name } message { body } changes { field from to } } \
        } } ticket(number: 1) { id history(first: 1, afterPosition: 1) { kind } suggestions { id } } }";
    let found = ada.data(operation, json!({ "id": id })).await;
    assert_eq!(at(&found, "/ticket/id"), at(&found, "/node/id"));
    let history = found["node"]["history"].as_array().unwrap();
    assert_eq!(history[0]["message"]["body"], "Old, please help.");
    assert_eq!(history[1]["actor"]["name"], "ada");
    assert_eq!(history[1]["changes"], json!([{ "field": "assignee", "from": null, "to": agent }]));
    let tagged = &history[2]["changes"][0];
    assert_eq!((&tagged["field"], &tagged["from"]), (&json!("tags"), &json!("")));
    assert!(at(tagged, "/to").contains("tag_"), "{tagged}");
    app.finish().await;
}
