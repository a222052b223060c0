use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::testing::Statements;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, at, codes, paths, public};

const FILTER: &str = "filter { queueIds statuses priorities categoryIds assigneeId unassigned assignedToMe \
    requesterId tagIds text createdFrom createdUntil updatedFrom updatedUntil }";
const FIELDS: &str = "savedView { id name position order columns sharedWith ticketCount viewerMayChange } \
    errors { code message path }";

fn user(actor: &Actor) -> String {
    public("user", actor.user().unwrap())
}

async fn make(client: &Client, input: Value) -> String {
    let made = client.change("createSavedView", input, FIELDS).await;
    at(&made, "/data/payload/savedView/id").to_owned()
}

async fn names(client: &Client) -> Vec<String> {
    let found = client.data("{ savedViews { name } }", json!({})).await;
    let views = found["savedViews"].as_array().unwrap().clone();
    views.iter().map(|view| at(view, "/name").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_gives_back_what_was_kept_and_counts_its_tickets() {
    let app = TestApp::start().await;
    let (ada, adam) = (app.as_(&app.team.agent).await, app.as_(&app.team.admin).await);
    let ticket = public("ticket", app.ticket("Printer").await.id);
    app.ticket("Other").await;
    adam.change("tagTicket", json!({ "id": ticket, "add": ["vip"] }), "errors { code }").await;
    let tag = adam.data("{ tags { id } }", json!({})).await["tags"][0]["id"].clone();
    let category = adam.change("createCategory", json!({ "name": "B" }), "category { id }").await;
    let category = at(&category, "/data/payload/category/id");
    let filter = json!({
        "queueIds": [public("queue", app.team.queue)], "statuses": ["OPEN", "PENDING"],
        "priorities": ["NORMAL"], "categoryIds": [category], "assigneeId": user(&app.team.agent),
        "unassigned": null, "assignedToMe": null, "requesterId": user(&app.team.customer),
        "tagIds": [tag], "text": "printer", "createdFrom": "2026-01-01T00:00:00+00:00",
        "createdUntil": "2026-02-01T00:00:00+00:00", "updatedFrom": "2026-01-01T00:00:00+00:00",
        "updatedUntil": "2026-02-01T00:00:00+00:00",
    });
    let input = json!({ "name": " All of it ", "filter": filter, "order": "PRIORITY_THEN_AGE",
        "columns": ["number", "subject_2"] });
    let id = make(&ada, input).await;
    let query = format!(
        "query($id: ID!) {{ savedView(id: $id) {{ name order columns position {FILTER} \
        owner {{ name }} queue {{ id }} sharedWith createdAt updatedAt }} }}"
    );
    let read = ada.data(&query, json!({ "id": id })).await["savedView"].take();
    assert_eq!((&read["name"], &read["order"]), (&json!("All of it"), &json!("PRIORITY_THEN_AGE")));
    assert_eq!(read["columns"], json!(["number", "subject_2"]));
    assert_eq!(read["filter"], filter);
    // What was read is an input as it is.
    let again = json!({ "id": id, "filter": read["filter"] });
    let again = ada.change("updateSavedView", again, "errors { code path message }").await;
    assert_eq!(again["data"]["payload"]["errors"], json!([]));
    assert_eq!(ada.data(&query, json!({ "id": id })).await["savedView"]["filter"], filter);

    let vip = json!({ "name": "VIP", "filter": { "tagIds": [tag] } });
    for (input, count) in [(json!({ "name": "All" }), 2), (vip, 1)] {
        let made = ada.change("createSavedView", input, FIELDS).await;
        assert_eq!(made["data"]["payload"]["savedView"]["ticketCount"], count);
    }
    assert_eq!(names(&ada).await, ["All of it", "All", "VIP"], "one behind the other");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_changed_field_by_field_and_deleted() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = make(&ada, json!({ "name": "One", "filter": { "unassigned": true } })).await;
    make(&ada, json!({ "name": "Two" })).await;
    for (field, value) in [
        ("name", json!("First")),
        ("order", json!("OLDEST")),
        ("columns", json!(["age"])),
        ("position", json!(7)),
    ] {
        let input = json!({ "id": id, field: value });
        let answer = ada.change("updateSavedView", input, FIELDS).await;
        assert_eq!(answer["data"]["payload"]["savedView"][field], value, "{answer}");
    }
    assert_eq!(names(&ada).await, ["Two", "First"]);
    let kept = format!("query($id: ID!) {{ savedView(id: $id) {{ {FILTER} }} }}");
    let kept = ada.data(&kept, json!({ "id": id })).await;
    assert_eq!(kept["savedView"]["filter"]["unassigned"], true, "what is not given stays");
    let fields = "deletedId errors { code path message }";
    let gone = ada.change("deleteSavedView", json!({ "id": id }), fields).await;
    assert_eq!(gone["data"]["payload"], json!({ "deletedId": id, "errors": [] }));
    let gone = ada.change("deleteSavedView", json!({ "id": id }), fields).await;
    assert_eq!(paths(&gone), ["NOT_FOUND id"]);
    assert_eq!(names(&ada).await, ["Two"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_shares_and_changes_views() {
    let app = TestApp::start().await;
    let team = &app.team;
    let queue = public("queue", team.queue);
    let with_queue = json!({ "name": "x", "sharedWith": "QUEUE", "queueId": queue });
    let with_all = json!({ "name": "x", "sharedWith": "EVERYONE" });
    for (who, actor, to_queue, to_all) in [
        ("admin", &team.admin, "ok", "ok"),
        ("lead", &team.lead, "ok", "ok"),
        ("agent", &team.agent, "FORBIDDEN", "FORBIDDEN"),
        ("outsider", &team.outsider, "INVALID queueId", "FORBIDDEN"),
        ("customer", &team.customer, "FORBIDDEN", "FORBIDDEN"),
    ] {
        let client = app.as_(actor).await;
        for (input, expected) in [(&with_queue, to_queue), (&with_all, to_all)] {
            let answer = client.change("createSavedView", input.clone(), FIELDS).await;
            let found = match codes(&answer).first() {
                Some(code) => (*code).to_owned(),
                None => paths(&answer).first().cloned().unwrap_or("ok".into()),
            };
            assert_eq!(found, expected, "{who} {input}");
        }
    }
    app.sql("DELETE FROM saved_views").await;
    let (lea, ada) = (app.as_(&team.lead).await, app.as_(&team.agent).await);
    make(&lea, json!({ "name": "private" })).await;
    let mut shared = with_queue;
    shared["name"] = json!("queue");
    let of_queue = make(&lea, shared).await;
    let for_all = make(&lea, json!({ "name": "all", "sharedWith": "EVERYONE" })).await;
    let own = make(&ada, json!({ "name": "own", "position": 99 })).await;
    for (actor, expected) in [
        (&team.lead, vec!["private", "queue", "all"]),
        (&team.agent, vec!["queue", "all", "own"]),
        (&team.reader, vec!["queue", "all"]),
        (&team.outsider, vec!["all"]),
        (&team.admin, vec!["queue", "all"]),
    ] {
        assert_eq!(names(&app.as_(actor).await).await, expected);
    }
    let rename = |id: &str| json!({ "id": id, "name": "renamed" });
    for (actor, id, expected) in [
        (&team.agent, &of_queue, "FORBIDDEN"),
        (&team.outsider, &for_all, "FORBIDDEN"),
        (&team.reader, &own, "NOT_FOUND id"),
        (&team.outsider, &of_queue, "NOT_FOUND id"),
        (&team.admin, &own, "NOT_FOUND id"),
    ] {
        let client = app.as_(actor).await;
        for (name, input, fields) in [
            ("updateSavedView", rename(id), FIELDS),
            ("deleteSavedView", json!({ "id": id }), "errors { code path message }"),
        ] {
            let answer = client.change(name, input, fields).await;
            match codes(&answer).first() {
                Some(code) => assert_eq!(*code, expected),
                None => assert_eq!(paths(&answer), [expected]),
            }
        }
    }
    let adam = app.as_(&team.admin).await;
    for id in [&of_queue, &for_all] {
        assert_eq!(paths(&adam.change("updateSavedView", rename(id), FIELDS).await), [""; 0]);
    }
    // Who shared a view and may not any more can take it back, and nothing else.
    app.sql("UPDATE users SET role = 'agent' WHERE name = 'lea'").await;
    let lea = app.as_(&team.lead).await;
    let answer = lea.change("updateSavedView", rename(&for_all), FIELDS).await;
    assert_eq!(codes(&answer), ["FORBIDDEN"]);
    let back = json!({ "id": for_all, "sharedWith": "PRIVATE" });
    let back = lea.change("updateSavedView", back, FIELDS).await;
    assert_eq!(back["data"]["payload"]["savedView"]["sharedWith"], "PRIVATE", "{back}");
    assert_eq!(names(&app.as_(&team.outsider).await).await, [""; 0]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_field_of_a_view_is_named() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = make(&ada, json!({ "name": "mine" })).await;
    let missing = |noun: &str| public(noun, uuid::Uuid::now_v7().simple());
    let hidden = public("queue", app.team.other_queue);
    let many: Vec<String> = (0..500).map(|_| public("queue", app.team.queue)).collect();
    let me = user(&app.team.agent);
    for (field, value, expected) in [
        ("name", json!(" "), "INVALID name"),
        ("name", json!("x".repeat(121)), "INVALID name"),
        ("columns", json!(["a b"]), "INVALID columns"),
        ("columns", json!(vec!["a"; 31]), "INVALID columns"),
        ("sharedWith", json!("QUEUE"), "INVALID queueId"),
        ("queueId", json!(public("queue", app.team.queue)), "INVALID queueId"),
        ("filter", json!({ "queueIds": [hidden] }), "INVALID filter.queueIds"),
        ("filter", json!({ "queueIds": ["7"] }), "INVALID filter.queueIds"),
        ("filter", json!({ "queueIds": many }), "INVALID filter"),
        ("filter", json!({ "categoryIds": [missing("category")] }), "INVALID filter.categoryIds"),
        ("filter", json!({ "tagIds": [missing("tag")] }), "INVALID filter.tagIds"),
        ("filter", json!({ "assigneeId": missing("user") }), "INVALID filter.assigneeId"),
        ("filter", json!({ "requesterId": missing("user") }), "INVALID filter.requesterId"),
        ("filter", json!({ "text": "x".repeat(201) }), "INVALID filter.text"),
        ("filter", json!({ "assigneeId": me, "unassigned": true }), "INVALID filter.unassigned"),
        (
            "filter",
            json!({ "assigneeId": me, "assignedToMe": true }),
            "INVALID filter.assignedToMe",
        ),
        (
            "filter",
            json!({ "unassigned": true, "assignedToMe": true }),
            "INVALID filter.assignedToMe",
        ),
    ] {
        let mut input = json!({ "name": "x" });
        input[field] = value.clone();
        let answer = ada.change("createSavedView", input, FIELDS).await;
        assert_eq!(paths(&answer), [expected], "{field} {value}");
        let answer = ada.change("updateSavedView", json!({ "id": id, field: value }), FIELDS).await;
        assert_eq!(paths(&answer), [expected], "{field}");
    }
    for (id, expected) in [(json!("7"), "INVALID id"), (json!(missing("view")), "NOT_FOUND id")] {
        let answer = ada.change("updateSavedView", json!({ "id": id, "name": "y" }), FIELDS).await;
        assert_eq!(paths(&answer), [expected]);
    }
    assert_eq!(names(&ada).await, ["mine"]);
    for _ in 1..100 {
        make(&ada, json!({ "name": "more" })).await;
    }
    let answer = ada.change("createSavedView", json!({ "name": "one too many" }), FIELDS).await;
    assert_eq!(paths(&answer), ["INVALID name"]);
    let reading = app.scoped(&app.team.agent, &[Scope::TicketsRead]).await;
    let carl = app.as_(&app.team.customer).await;
    for (who, code) in
        [(&app.anybody(), "UNAUTHENTICATED"), (&reading, "FORBIDDEN"), (&carl, "FORBIDDEN")]
    {
        let made = who.change("createSavedView", json!({ "name": "x" }), FIELDS).await;
        assert_eq!(codes(&made), [code]);
    }
    assert_eq!(codes(&carl.run("{ savedViews { name } }", json!({})).await), ["FORBIDDEN"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mine_means_whoever_looks_in_views_lists_and_live_queues() {
    let app = TestApp::start().await;
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(public("ticket", app.ticket(&format!("T{n}")).await.id));
    }
    ada.change("claimTicket", json!({ "id": ids[0] }), "errors { code }").await;
    for id in &ids[1..] {
        lea.change("claimTicket", json!({ "id": id }), "errors { code }").await;
    }
    let mine =
        json!({ "name": "Mine", "filter": { "assignedToMe": true }, "sharedWith": "EVERYONE" });
    make(&lea, mine).await;
    let after = app.db.desk.settle().await.unwrap().to_string();
    let live = "subscription($after: Cursor, $filter: TicketFilterInput) { queueUpdates(after: $after, \
        filter: $filter) { kind ticket { number } } }";
    let mut sockets = Vec::new();
    for (client, actor, count) in [(&ada, &app.team.agent, 1), (&lea, &app.team.lead, 2)] {
        let found = client
            .data("{ savedViews { ticketCount filter { assignedToMe assigneeId } } }", json!({}));
        let expected = json!([{ "ticketCount": count, "filter": { "assignedToMe": true, "assigneeId": null } }]);
        assert_eq!(found.await["savedViews"], expected);
        let list = "{ tickets(filter: { assignedToMe: true }) { totalCount nodes { number } } }";
        let list = client.data(list, json!({})).await;
        assert_eq!(list["tickets"]["totalCount"], count);
        assert_eq!(list["tickets"]["nodes"].as_array().unwrap().len(), count);
        let mut socket = app.socket(actor).await;
        let variables = json!({ "after": after, "filter": { "assignedToMe": true } });
        socket.subscribe("1", live, variables).await;
        sockets.push(socket);
    }
    for id in [&ids[0], &ids[1]] {
        let changed = json!({ "id": id, "priority": "HIGH" });
        ada.change("changeTicketPriority", changed, "errors { code }").await;
    }
    for (socket, number) in sockets.iter_mut().zip([1, 2]) {
        assert_eq!(socket.item().await["ticket"]["number"], number);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_stays_in_the_filter_is_named_and_finds_nothing() {
    let app = TestApp::start().await;
    let (adam, ada) = (app.as_(&app.team.admin).await, app.as_(&app.team.agent).await);
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let add = json!({ "id": ticket, "add": ["old", "other", "kept"] });
    adam.change("tagTicket", add, "errors { code }").await;
    let tags = adam.data("{ tags { id name } }", json!({})).await["tags"].take();
    let tag = |n: usize| tags[n]["id"].clone();
    let (kept, old, other) = (tag(0), tag(1), tag(2));
    let queues = json!([public("queue", app.team.queue), public("queue", app.team.other_queue)]);
    let shared = |name: &str, filter: Value| json!({ "name": name, "filter": filter, "sharedWith": "EVERYONE" });
    make(&adam, shared("old", json!({ "tagIds": [old] }))).await;
    make(&adam, shared("other", json!({ "tagIds": [other] }))).await;
    make(&adam, shared("queues", json!({ "queueIds": queues }))).await;
    adam.change("deleteTag", json!({ "id": old }), "isDone").await;
    let merge = json!({ "sourceIds": [other], "targetId": kept });
    adam.change("mergeTags", merge, "isDone").await;
    let query = "{ savedViews { name ticketCount unknownIds filter { tagIds queueIds } } }";
    let found = ada.data(query, json!({})).await["savedViews"].take();
    assert_eq!(
        found[0],
        json!({ "name": "old", "ticketCount": 0, "unknownIds": [old],
        "filter": { "tagIds": [old], "queueIds": [] } })
    );
    assert_eq!(
        found[1],
        json!({ "name": "other", "ticketCount": 1, "unknownIds": [],
        "filter": { "tagIds": [kept], "queueIds": [] } }),
        "it follows the tag"
    );
    assert_eq!(found[2]["unknownIds"], json!([queues[1]]), "a queue that Ada does not see");
    assert_eq!(found[2]["ticketCount"], 1);
    let found = adam.data(query, json!({})).await["savedViews"].take();
    assert_eq!(found[2]["unknownIds"], json!([]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sidebar_costs_the_same_for_two_views_as_for_twelve() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    app.ticket("One").await;
    app.db.desk.settle().await.unwrap();
    let queue = public("queue", app.team.queue);
    let mut counts = Vec::new();
    for more in [2, 10] {
        for n in 0..more {
            let statuses = [json!(["OPEN"]), json!(["PENDING", "SOLVED"])][n % 2].clone();
            let filter =
                json!({ "statuses": statuses, "queueIds": [queue], "unassigned": n % 2 == 0 });
            make(&ada, json!({ "name": format!("{n}"), "filter": filter })).await;
        }
        watch.take();
        let sidebar =
            ada.data("{ savedViews { name ticketCount unknownIds owner { name } } }", json!({}));
        let rows = sidebar.await["savedViews"].take();
        assert_eq!((&rows[0]["ticketCount"], &rows[1]["ticketCount"]), (&json!(1), &json!(0)));
        let of = ["`saved_views`", "`ticket_counts`", "`queues`", "FROM `tickets`"];
        let sent = watch.take();
        counts.push(sent.iter().filter(|sql| of.iter().any(|part| sql.contains(part))).count());
    }
    assert_eq!(counts, [3, 3]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_views_are_put_in_another_order() {
    let app = TestApp::start().await;
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let fields = "savedViews { name position } errors { code message path }";
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        // Where two stand at the same place, their names decide.
        ids.push(make(&ada, json!({ "name": name, "position": 7 })).await);
    }
    let of_lea = make(&lea, json!({ "name": "lea", "position": 1 })).await;
    let shared = json!({ "name": "all", "sharedWith": "EVERYONE", "position": 9 });
    let shared = make(&lea, shared).await;
    let order = async |client: &Client, ids: Value| {
        client.change("reorderSavedViews", json!({ "ids": ids }), fields).await
    };
    let done = order(&ada, json!([ids[3], ids[1]])).await;
    let expected = json!([{ "name": "d", "position": 0 }, { "name": "b", "position": 1 },
        { "name": "a", "position": 2 }, { "name": "c", "position": 3 }]);
    assert_eq!(done["data"]["payload"], json!({ "savedViews": expected, "errors": [] }));
    assert_eq!(names(&ada).await, ["d", "b", "a", "c", "all"]);
    let done = order(&ada, json!([])).await;
    assert_eq!(done["data"]["payload"]["savedViews"], expected, "nothing named, nothing moved");

    let missing = public("view", uuid::Uuid::now_v7().simple());
    for bad in [
        json!([ids[0], ids[0]]),
        json!([ids[0], of_lea]),
        json!([shared, ids[0]]),
        json!([missing]),
        json!(["7"]),
    ] {
        assert_eq!(paths(&order(&ada, bad.clone()).await), ["INVALID ids"], "{bad}");
    }
    assert_eq!(names(&ada).await, ["d", "b", "a", "c", "all"]);
    // Who shares a view says where it stands, for everybody.
    order(&lea, json!([shared])).await;
    assert_eq!(names(&ada).await, ["all", "d", "b", "a", "c"]);
    assert_eq!(names(&lea).await, ["all", "lea"]);
    let reading = app.scoped(&app.team.agent, &[Scope::TicketsRead]).await;
    let carl = app.as_(&app.team.customer).await;
    for (who, code) in
        [(&app.anybody(), "UNAUTHENTICATED"), (&reading, "FORBIDDEN"), (&carl, "FORBIDDEN")]
    {
        assert_eq!(codes(&order(who, json!([])).await), [code]);
    }
    app.finish().await;
}
