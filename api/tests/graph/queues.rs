use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } cursor queue { id name description isDefault \
    viewerRight members { right user { name } } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_creates_and_changes_queues_and_members() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let input = json!({ "name": "Sales", "description": "Offers" });
    let made = adam.change("createQueue", input, FIELDS).await;
    let queue = &made["data"]["payload"]["queue"];
    assert!(made["data"]["payload"]["cursor"].is_string(), "{made}");
    assert_eq!((&queue["isDefault"], &queue["viewerRight"]), (&json!(false), &json!("MANAGE")));
    let id = at(queue, "/id");
    let input = json!({ "id": id, "name": "Shop", "description": "Orders", "isDefault": true });
    let changed = adam.change("updateQueue", input, FIELDS).await;
    assert_eq!(changed["data"]["payload"]["queue"]["isDefault"], true, "{changed}");
    assert_eq!(app.db.count("queues WHERE is_default").await, 1);
    let user = public("user", app.team.outsider.user().unwrap());
    for (right, members) in [
        (json!("READ"), json!([{ "right": "READ", "user": { "name": "otto" } }])),
        (json!("REPLY"), json!([{ "right": "REPLY", "user": { "name": "otto" } }])),
        (Value::Null, json!([])),
    ] {
        let input = json!({ "queueId": id, "userId": user, "right": right });
        let answer = adam.change("setQueueMembership", input, FIELDS).await;
        assert_eq!(answer["data"]["payload"]["queue"]["members"], members, "{answer}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_field_or_caller_changes_no_queue() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let (id, user) =
        (public("queue", app.team.queue), public("user", app.team.outsider.user().unwrap()));
    let customer = public("user", app.team.customer.user().unwrap());
    let unknown = uuid::Uuid::now_v7().simple().to_string();
    for (name, input, wanted) in [
        ("createQueue", json!({ "name": "" }), "INVALID name"),
        ("createQueue", json!({ "name": "x".repeat(121) }), "INVALID name"),
        (
            "createQueue",
            json!({ "name": "x", "description": "x".repeat(501) }),
            "INVALID description",
        ),
        ("createQueue", json!({ "name": "SUPPORT" }), "ALREADY_EXISTS name"),
        ("updateQueue", json!({ "id": "x", "name": "y" }), "INVALID id"),
        ("updateQueue", json!({ "id": public("queue", &unknown), "name": "y" }), "NOT_FOUND id"),
        ("updateQueue", json!({ "id": id, "name": "" }), "INVALID name"),
        ("updateQueue", json!({ "id": id, "name": "legal" }), "ALREADY_EXISTS name"),
        ("updateQueue", json!({ "id": id, "description": "x".repeat(501) }), "INVALID description"),
        ("updateQueue", json!({ "id": id, "isDefault": false }), "INVALID isDefault"),
        ("setQueueMembership", json!({ "queueId": "x", "userId": user }), "INVALID queueId"),
        (
            "setQueueMembership",
            json!({ "queueId": public("queue", &unknown), "userId": user }),
            "NOT_FOUND queueId",
        ),
        ("setQueueMembership", json!({ "queueId": id, "userId": "x" }), "INVALID userId"),
        (
            "setQueueMembership",
            json!({ "queueId": id, "userId": public("user", &unknown) }),
            "INVALID userId",
        ),
        (
            "setQueueMembership",
            json!({ "queueId": id, "userId": customer, "right": "READ" }),
            "INVALID userId",
        ),
    ] {
        assert_eq!(
            paths(&adam.change(name, input.clone(), FIELDS).await),
            [wanted],
            "{name} {input}"
        );
    }
    let member = json!({ "queueId": id, "userId": user, "right": "READ" });
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.as_(&app.team.agent).await, "FORBIDDEN"),
        (app.as_(&app.team.lead).await, "FORBIDDEN"),
    ] {
        assert_eq!(
            codes(&who.change("createQueue", json!({ "name": "Z" }), FIELDS).await),
            [wanted]
        );
        let update = json!({ "id": id, "name": "Z" });
        assert_eq!(codes(&who.change("updateQueue", update, FIELDS).await), [wanted]);
    }
    let ada = app.as_(&app.team.agent).await;
    assert_eq!(
        codes(&ada.change("setQueueMembership", member.clone(), FIELDS).await),
        ["FORBIDDEN"]
    );
    for invisible_to in [&app.team.outsider, &app.team.customer] {
        let client = app.as_(invisible_to).await;
        let answer = client.change("setQueueMembership", member.clone(), FIELDS).await;
        assert_eq!(paths(&answer), ["NOT_FOUND queueId"]);
    }
    let anybody = app.anybody().change("setQueueMembership", member.clone(), FIELDS).await;
    assert_eq!(codes(&anybody), ["UNAUTHENTICATED"]);
    assert_eq!(app.db.count("queues").await, 2);
    assert_eq!(app.db.count("queue_members").await, 3);
    let lea = app.as_(&app.team.lead).await;
    assert_eq!(paths(&lea.change("setQueueMembership", member, FIELDS).await), [""; 0]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_are_listed_with_what_the_caller_may_do() {
    let app = TestApp::start().await;
    app.ticket("Old").await;
    app.db.desk.settle().await.unwrap();
    let operation = "query($id: ID!) { queues { name viewerRight } queue(id: $id) { name members { \
        right } tickets(first: 1, order: OLDEST, filter: { statuses: [OPEN] }) { totalCount \
        nodes { subject } } } }";
    let id = public("queue", app.team.queue);
    for (who, queues) in [
        (
            &app.team.admin,
            json!([
                { "name": "Legal", "viewerRight": "MANAGE" }, { "name": "Support", "viewerRight": "MANAGE" }
            ]),
        ),
        (&app.team.lead, json!([{ "name": "Support", "viewerRight": "MANAGE" }])),
        (&app.team.agent, json!([{ "name": "Support", "viewerRight": "REPLY" }])),
        (&app.team.reader, json!([{ "name": "Support", "viewerRight": "READ" }])),
        (&app.team.outsider, json!([])),
        (&app.team.customer, json!([])),
    ] {
        let found = app.as_(who).await.data(operation, json!({ "id": id })).await;
        assert_eq!(found["queues"], queues);
        if queues == json!([]) {
            assert!(found["queue"].is_null());
        } else {
            assert_eq!(
                found["queue"]["tickets"],
                json!({ "totalCount": 1, "nodes": [{ "subject": "Old" }] })
            );
            assert_eq!(found["queue"]["members"].as_array().unwrap().len(), 3);
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_hold_the_callers_own_change_as_soon_as_it_is_answered() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let customer = public("user", app.team.customer.user().unwrap());
    let me = public("user", app.team.admin.user().unwrap());
    let (here, there) = (public("queue", app.team.queue), public("queue", app.team.other_queue));
    let draft = json!({ "subject": "S", "body": "B", "requesterId": customer, "queueId": here });
    let made = adam.change("createTicket", draft, "ticket { id } errors { code }").await;
    let id = at(&made, "/data/payload/ticket/id");
    let counts = "query($id: ID!) { queue(id: $id) { all: ticketCount open: ticketCount(statuses: \
        [OPEN]) waiting: ticketCount(statuses: [OPEN, PENDING], unassigned: true) \
        urgent: tickets(filter: { priorities: [URGENT] }) { totalCount } } }";
    let seen = async |queue: &str| {
        let found = adam.data(counts, json!({ "id": queue })).await["queue"].take();
        let number = |field: &str| found[field].as_u64().unwrap();
        let urgent = found["urgent"]["totalCount"].as_u64().unwrap();
        (number("all"), number("open"), number("waiting"), urgent)
    };
    assert_eq!(seen(&here).await, (1, 1, 1, 0));
    let reply = |status| json!({ "ticketId": id, "body": "B", "status": status });
    for (mutation, input, expected) in [
        ("addReply", reply("PENDING"), (1, 0, 1, 0)),
        ("addNote", reply("OPEN"), (1, 1, 1, 0)),
        ("changeTicketPriority", json!({ "id": id, "priority": "URGENT" }), (1, 1, 1, 1)),
        ("claimTicket", json!({ "id": id }), (1, 1, 0, 1)),
        ("assignTicket", json!({ "id": id, "assigneeId": null }), (1, 1, 1, 1)),
        ("assignTicket", json!({ "id": id, "assigneeId": me }), (1, 1, 0, 1)),
        ("changeTicketStatus", json!({ "id": id, "status": "SOLVED" }), (1, 0, 0, 1)),
        ("moveTicket", json!({ "id": id, "queueId": there }), (0, 0, 0, 0)),
    ] {
        let done = adam.change(mutation, input, "errors { code path }").await;
        assert_eq!(paths(&done), [""; 0], "{mutation}");
        assert_eq!(seen(&here).await, expected, "{mutation}");
    }
    assert_eq!(seen(&there).await, (1, 0, 0, 1));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_tickets_may_be_given_to_is_asked_for_all_queues_at_once() {
    let watch = deskwire_domain::testing::Statements::watch();
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let operation = "{ queues { name assignees { name } } }";
    let names = |queue: &serde_json::Value| -> Vec<String> {
        let people = queue["assignees"].as_array().unwrap();
        people.iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect()
    };
    adam.data(operation, json!({})).await;
    watch.take();
    let found = adam.data(operation, json!({})).await;
    let asked = watch.take().iter().filter(|sql| sql.contains("`users`")).count();
    assert_eq!(asked, 2);
    let queues = found["queues"].as_array().unwrap();
    assert_eq!(names(&queues[0]), ["adam"], "Legal");
    assert_eq!(names(&queues[1]), ["ada", "adam", "lea", "rita"]);
    app.sql("UPDATE users SET active = FALSE WHERE name = 'rita'").await;
    let ada = app.as_(&app.team.agent).await;
    let found = ada.data(operation, json!({})).await;
    assert_eq!(found["queues"].as_array().unwrap().len(), 1);
    assert_eq!(names(&found["queues"][0]), ["ada", "adam", "lea"]);
    app.finish().await;
}
