//! Who gets what through the graph: one table, and every path to what customers must not see.

use deskwire_domain::Actor;
use deskwire_domain::suggestions::Label;
use deskwire_domain::tickets::Priority;
use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, public, suggestion};

/// What an operation answers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome {
    /// The data, without errors.
    Yes,
    /// Null, an empty list, or NOT_FOUND: as if there were nothing.
    Nothing,
    Forbidden,
}
use Outcome::{Forbidden, Nothing, Yes};

/// Rows: operations on a ticket in the team's queue that `carl` asked for. Columns: admin, lead,
/// agent, reader, outsider (staff elsewhere), the requester, another customer, in that order.
#[rustfmt::skip]
const MATRIX: &[(&str, [Outcome; 7])] = &[
    ("{ node(id: $ticket) { id } }",                        [Yes, Yes, Yes, Yes, Nothing, Yes, Nothing]),
    ("{ ticket(number: 1) { id } }",                        [Yes, Yes, Yes, Yes, Nothing, Yes, Nothing]),
    ("{ tickets { nodes { id } } }",                        [Yes, Yes, Yes, Yes, Nothing, Yes, Nothing]),
    ("{ searchTickets(query: \"printer\") { nodes { id } } }", [Yes, Yes, Yes, Yes, Nothing, Yes, Nothing]),
    ("{ node(id: $reply) { id } }",                         [Yes, Yes, Yes, Yes, Nothing, Yes, Nothing]),
    ("{ node(id: $note) { id } }",                          [Yes, Yes, Yes, Yes, Nothing, Nothing, Nothing]),
    ("{ node(id: $suggestion) { id } }",                    [Yes, Yes, Yes, Yes, Nothing, Nothing, Nothing]),
    ("{ node(id: $queue) { id } }",                         [Yes, Yes, Yes, Yes, Nothing, Nothing, Nothing]),
    ("{ queue(id: $queue) { id } }",                        [Yes, Yes, Yes, Yes, Nothing, Nothing, Nothing]),
    ("{ queues { id } }",                                   [Yes, Yes, Yes, Yes, Nothing, Nothing, Nothing]),
    ("{ node(id: $agent) { id } }",                         [Yes, Yes, Yes, Yes, Yes, Nothing, Nothing]),
    ("{ users { nodes { id } } }",                          [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("{ organisations { nodes { id } } }",                  [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("{ tags { id } }",                                     [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("{ savedViews { id } }",                               [Nothing, Nothing, Nothing, Nothing, Nothing, Forbidden, Forbidden]),
    ("{ ticketReport(from: \"2026-01-01T00:00:00Z\", to: \"2026-02-01T00:00:00Z\", interval: MONTH) { timeZone } }",
                                                            [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("{ cannedReplies { id } }",                            [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("{ modelVersions { id } }",                            [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("{ suggestionFigures(kind: PRIORITY) { count } }",     [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("{ suggestionFigures(kind: PRIORITY, groupBy: [QUEUE]) { count } }",
                                                            [Yes, Yes, Yes, Yes, Nothing, Forbidden, Forbidden]),
    ("{ suggestionCalibration(kind: PRIORITY) { count } }", [Yes, Yes, Yes, Yes, Yes, Forbidden, Forbidden]),
    ("mutation { setQueueAutoApply(input: { queueId: $queue, kind: CATEGORY, threshold: 1 }) { errors { code } } }",
                                                            [Yes, Yes, Forbidden, Forbidden, Nothing, Nothing, Nothing]),
    ("{ categories { id } }",                               [Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
    ("{ deletedTickets { nodes { id } } }",                 [Yes, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden]),
    ("{ parkedJobs { nodes { id } } }",                     [Yes, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden]),
    ("mutation { addNote(input: { ticketId: $ticket, body: \"n\" }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Forbidden, Nothing]),
    ("mutation { addReply(input: { ticketId: $ticket, body: \"r\" }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Yes, Nothing]),
    ("mutation { changeTicketStatus(input: { id: $ticket, status: OPEN }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Yes, Nothing]),
    ("mutation { updateTicket(input: { id: $ticket, subject: \"printer\" }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Forbidden, Nothing]),
    ("mutation { changeTicketPriority(input: { id: $ticket, priority: HIGH }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Forbidden, Nothing]),
    ("mutation { setPresence(input: { ticketId: $ticket, clientId: \"c\", activity: VIEWING }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Yes, Nothing, Forbidden, Forbidden]),
    ("mutation { saveDraft(input: { ticketId: $ticket, kind: REPLY, body: \"r\" }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Yes, Nothing, Yes, Nothing]),
    ("mutation { saveDraft(input: { ticketId: $ticket, kind: NOTE, body: \"n\" }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Yes, Nothing, Forbidden, Nothing]),
    ("mutation { markTicketSeen(input: { id: $ticket }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Yes, Nothing, Yes, Nothing]),
    ("mutation { tagTicket(input: { id: $ticket, add: [\"vip\"] }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Forbidden, Nothing]),
    ("mutation { assignTicket(input: { id: $ticket, assigneeId: null }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Forbidden, Nothing]),
    ("mutation { mergeTickets(input: { sourceIds: [$fresh], targetId: $ticket }) { errors { code } } }",
                                                            [Yes, Yes, Yes, Forbidden, Nothing, Forbidden, Forbidden]),
    ("mutation { deleteTicket(input: { id: $fresh, reason: \"spam\" }) { errors { code } } }",
                                                            [Yes, Yes, Forbidden, Forbidden, Nothing, Forbidden, Nothing]),
    ("mutation { restoreTicket(input: { id: $deleted }) { errors { code } } }",
                                                            [Yes, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden]),
];

struct Desk {
    app: TestApp,
    ids: Vec<(&'static str, String)>,
}

/// A ticket with everything internal on it.
async fn desk() -> Desk {
    let app = TestApp::start().await;
    let ticket = app.ticket("printer").await;
    let adam = app.as_(&app.team.admin).await.with("x-deskwire-origin", "secretorigin");
    let id = public("ticket", ticket.id);
    let message = "message { id }";
    let note = json!({ "ticketId": id, "body": "secretnote printer" });
    let note = adam.change("addNote", note, message).await;
    let reply = adam.change("addReply", json!({ "ticketId": id, "body": "public" }), message).await;
    adam.change("tagTicket", json!({ "id": id, "add": ["secrettag"] }), "cursor").await;
    let agent = public("user", app.team.agent.user().unwrap());
    adam.change("assignTicket", json!({ "id": id, "assigneeId": agent }), "cursor").await;
    adam.change("createOrganisation", json!({ "name": "secretorg" }), "cursor").await;
    adam.change("createCategory", json!({ "name": "Printers" }), "cursor").await;
    let canned = json!({ "name": "secret printer, please help", "body": "printer, please" });
    adam.change("createCannedReply", canned, "cursor").await;
    let double = public("ticket", app.ticket("double").await.id);
    let merge = json!({ "sourceIds": [double], "targetId": id, "note": "secretnote" });
    adam.change("mergeTickets", merge, "cursor").await;
    let gone = public("ticket", app.ticket("gone").await.id);
    adam.change("deleteTicket", json!({ "id": gone, "reason": "secretreason" }), "cursor").await;
    adam.change("restoreTicket", json!({ "id": gone }), "cursor").await;
    let away = public("ticket", app.ticket("away").await.id);
    adam.change("deleteTicket", json!({ "id": away, "reason": "secretreason" }), "cursor").await;
    app.sql("UPDATE jobs SET state = 'parked'").await;
    app.sql(
        "UPDATE tickets SET source = 'secretsource', external_id = 'secretid' WHERE number = 1",
    )
    .await;
    suggestion(&mut *app.db.conn().await, ticket.id, Label::Priority(Priority::Urgent)).await;
    let found = adam.data("{ ticket(number: 1) { suggestions { id } } }", json!({})).await;
    let ids = vec![
        ("$ticket", id),
        ("$note", at(&note, "/data/payload/message/id").to_owned()),
        ("$reply", at(&reply, "/data/payload/message/id").to_owned()),
        ("$suggestion", at(&found, "/ticket/suggestions/0/id").to_owned()),
        ("$queue", public("queue", app.team.queue)),
        ("$agent", agent),
    ];
    Desk { app, ids }
}

impl Desk {
    fn filled(&self, operation: &str) -> String {
        let fill =
            |text: String, (name, id): &(&str, String)| text.replace(name, &format!("{id:?}"));
        self.ids.iter().fold(operation.to_owned(), fill)
    }

    /// With tickets that no operation had before.
    async fn with_others(&self, operation: &str) -> String {
        let mut filled = operation.to_owned();
        for name in ["$fresh", "$deleted"] {
            if !filled.contains(name) {
                continue;
            }
            let id = self.app.ticket("another").await.id;
            if name == "$deleted" {
                let input = json!({ "id": public("ticket", id) });
                let admin = self.app.as_(&self.app.team.admin).await;
                admin.change("deleteTicket", input, "cursor").await;
            }
            filled = filled.replace(name, &format!("{:?}", public("ticket", id)));
        }
        filled
    }
}

fn outcome(answer: &Value) -> Outcome {
    if codes(answer) == ["FORBIDDEN"] {
        return Forbidden;
    }
    assert!(answer["errors"].is_null(), "{answer}");
    let field = answer["data"].as_object().unwrap().values().next().unwrap();
    let rows = field.get("nodes").unwrap_or(field);
    let code = field.pointer("/errors/0/code").and_then(Value::as_str);
    match (rows.is_null() || *rows == json!([]), code) {
        (true, _) | (_, Some("NOT_FOUND")) => Nothing,
        (_, None) => Yes,
        (_, Some(_)) => panic!("{answer}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_memberships_decide_by_the_matrix() {
    let desk = desk().await;
    let team = &desk.app.team;
    let who: [(&str, &Actor); 7] = [
        ("admin", &team.admin),
        ("lead", &team.lead),
        ("agent", &team.agent),
        ("reader", &team.reader),
        ("outsider", &team.outsider),
        ("requester", &team.customer),
        ("other customer", &team.other_customer),
    ];
    let anybody = desk.app.anybody();
    for (column, (name, actor)) in who.into_iter().enumerate() {
        let client = desk.app.as_(actor).await;
        for (operation, outcomes) in MATRIX {
            let operation = desk.with_others(&desk.filled(operation)).await;
            let answer = client.run(&operation, json!({})).await;
            assert_eq!(outcome(&answer), outcomes[column], "{name}: {operation}");
        }
    }
    for (operation, _) in MATRIX {
        let operation = desk.with_others(&desk.filled(operation)).await;
        let answer = anybody.run(&operation, json!({})).await;
        assert_eq!(codes(&answer), ["UNAUTHENTICATED"], "{operation}");
    }
    desk.app.finish().await;
}

/// All a ticket has, as deep as the graph goes from there.
const EVERYTHING: &str = "id number subject status priority priorityOrigin categoryOrigin version source externalId \
    queue { id name autoApply { kind } members { user { name } } tickets { totalCount } } tags { id name } \
    requester { name email role active organisation { name } createdAt } \
    assignee { name email role active organisation { name } createdAt } category { name } \
    suggestions { id label appliedAt appliedFrom decidingWords { text } modelVersion { labels } } \
    messages(first: 50) { nodes { id kind body author { name email role } ticket { tags { name } source } } } \
    similarSolved { score } probableDuplicates { score } suggestedAssignee { share } \
    suggestedQueue { share } suggestedReply { body cannedReply { name } } \
    drafts { body } unread mergedInto { source } mergedFrom { source tags { name } } deletedAt \
    history(first: 50) { kind origin reason otherTickets { source } actor { name email } ticketVersion \
    changes { field from to fromName toName } message { body mentions { name } } }";

fn assert_harmless(answer: &Value) {
    let text = answer.to_string();
    for inside in
        ["secret", "NOTE", "SUGGESTION", "ada@", "adam@", "cora@", "Support", "queue_", "tag_"]
    {
        assert!(!text.contains(inside), "a customer sees {inside:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_get_nothing_internal_by_any_path() {
    let desk = desk().await;
    let carl = desk.app.as_(&desk.app.team.customer).await;
    for operation in [
        "{ node(id: $ticket) { ... on Ticket { EVERYTHING } } }",
        "{ ticket(number: 1) { EVERYTHING } }",
        "{ tickets(first: 1) { nodes { EVERYTHING } } }",
        "{ searchTickets(query: \"printer\", first: 1) { nodes { EVERYTHING } } }",
        "{ node(id: $reply) { ... on Message { ticket { EVERYTHING } author { email } } } }",
        "mutation { addReply(input: { ticketId: $ticket, body: \"thanks\" }) { ticket { EVERYTHING } } }",
        "mutation { changeTicketStatus(input: { id: $ticket, status: SOLVED }) { ticket { EVERYTHING } } }",
        "mutation { changeTicketStatus(input: { id: $ticket, status: OPEN, expectedVersion: 1 }) { \
         errors { code changedBy { name email } } ticket { EVERYTHING } } }",
    ] {
        let operation = desk.filled(operation).replace("EVERYTHING", EVERYTHING);
        let answer = carl.run(&operation, json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
        assert!(
            answer.to_string().contains("carl@example.org") || operation.contains("reply"),
            "{answer}"
        );
        assert_harmless(&answer);
    }
    for operation in [
        "{ node(id: $note) { id } }",
        "{ node(id: $suggestion) { id } }",
        "{ node(id: $queue) { id } }",
        "{ node(id: $agent) { id ... on User { email } } }",
        "{ searchTickets(query: \"secretnote\") { nodes { id } } }",
        "{ tickets(filter: { text: \"secretnote\" }) { totalCount nodes { id } } }",
        "mutation { dismissSuggestion(input: { id: $suggestion }) { suggestion { id } ticket { id } } }",
    ] {
        let answer = carl.run(&desk.filled(operation), json!({})).await;
        assert!(!answer.to_string().contains("_0"), "{operation}: {answer}");
        assert_harmless(&answer);
    }
    desk.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_tell_customers_nothing_about_tags_and_queues() {
    let desk = desk().await;
    let adam = desk.app.as_(&desk.app.team.admin).await;
    let carl = desk.app.as_(&desk.app.team.customer).await;
    let tag = adam.data("{ tags { id } }", json!({})).await["tags"][0]["id"].clone();
    let operation = "query($filter: TicketFilterInput) { tickets(filter: $filter) { totalCount } }";
    for filter in
        [json!({ "tagIds": [tag] }), json!({ "queueIds": [public("queue", desk.app.team.queue)] })]
    {
        let found = adam.data(operation, json!({ "filter": filter })).await;
        assert_ne!(found["tickets"]["totalCount"], 0, "{filter}");
        let answer = carl.run(operation, json!({ "filter": filter })).await;
        assert_eq!(codes(&answer), ["FORBIDDEN"], "{filter}");
    }
    desk.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_live_ticket_hides_what_is_internal() {
    let desk = desk().await;
    let app = &desk.app;
    let mut socket = app.socket(&app.team.customer).await;
    let ticket = "id subject queue { name } tags { name } source externalId suggestions { id } \
        messages { nodes { body kind } }";
    let parts = format!(
        "cursor ticket {{ {ticket} }} event {{ kind actor {{ email }} changes {{ field from to }} \
        message {{ body }} }} suggestion {{ id }}"
    );
    let start =
        app.db.desk.settle().await.unwrap().to_string().split_once('-').unwrap().0.to_owned()
            + "-0";
    let variables = json!({ "id": desk.ids[0].1, "after": start });
    let live = format!(
        "subscription($id: ID!, $after: Cursor) {{ ticketUpdates(id: $id, after: $after) \
        {{ {parts} message {{ body kind }} }} }}"
    );
    socket.subscribe("1", &live, variables.clone()).await;
    let queue = format!(
        "subscription($after: Cursor) {{ queueUpdates(after: $after) {{ kind {parts} }} }}"
    );
    let end = json!({ "ticketId": desk.ids[0].1, "body": "the end" });
    app.as_(&app.team.agent).await.change("addReply", end, "cursor").await;
    let mut kinds = Vec::new();
    loop {
        let item = socket.item().await;
        assert_harmless(&item);
        kinds.push(at(&item, "/event/kind").to_owned());
        if item["message"]["body"] == "the end" {
            break;
        }
    }
    assert_eq!(kinds.first().map(String::as_str), Some("TICKET_CREATED"));
    let mut socket = app.socket(&app.team.customer).await;
    socket.subscribe("2", &queue, json!({ "after": variables["after"] })).await;
    for _ in 0..3 {
        assert_harmless(&socket.item().await);
    }
    desk.app.finish().await;
}
