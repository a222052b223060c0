use deskwire_domain::actor::Scope;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::support::{Client, TestApp, at, codes, paths, public};

const RETAG: &str =
    "tag { name ticketCount } changedTickets isDone cursor errors { code message path }";
const RENAME: &str = "tag { id name } cursor errors { code message path }";

async fn ids(client: &Client) -> BTreeMap<String, String> {
    let found = client.data("{ tags { id name } }", json!({})).await;
    let rows = found["tags"].as_array().unwrap().clone();
    rows.iter().map(|tag| (at(tag, "/name").to_owned(), at(tag, "/id").to_owned())).collect()
}

async fn tagged(app: &TestApp, subject: &str, tags: &[&str]) -> String {
    let id = public("ticket", app.ticket(subject).await.id);
    let input = json!({ "id": id, "add": tags });
    app.as_(&app.team.admin).await.change("tagTicket", input, "errors { code }").await;
    id
}

async fn tags_of(client: &Client, number: u64) -> Value {
    let query = "query($number: Int!) { ticket(number: $number) { tags { name } version } }";
    client.data(query, json!({ "number": number })).await["ticket"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_tag_stays_on_its_tickets() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    tagged(&app, "One", &["vip"]).await;
    tagged(&app, "Two", &["other"]).await;
    let all = ids(&adam).await;
    let input = json!({ "id": all["vip"], "name": " Very Important " });
    let renamed = adam.change("renameTag", input, RENAME).await;
    let payload = &renamed["data"]["payload"];
    assert_eq!(
        (&payload["tag"]["name"], &payload["tag"]["id"]),
        (&json!("very important"), &json!(all["vip"]))
    );
    assert!(payload["cursor"].is_string());
    assert_eq!(tags_of(&adam, 1).await["tags"], json!([{ "name": "very important" }]));
    for (id, name, expected) in [
        (&*all["vip"], "OTHER", "ALREADY_EXISTS name"),
        (&*all["vip"], " ", "INVALID name"),
        (&*all["vip"], &*"x".repeat(61), "INVALID name"),
        ("7", "x", "INVALID id"),
        (&*public("tag", uuid::Uuid::now_v7().simple()), "x", "NOT_FOUND id"),
    ] {
        let answer = adam.change("renameTag", json!({ "id": id, "name": name }), RENAME).await;
        assert_eq!(paths(&answer), [expected]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_tags_are_one_on_every_ticket_and_in_the_live_stream() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    tagged(&app, "One", &["vip", "keep"]).await;
    tagged(&app, "Two", &["wip", "vip"]).await;
    tagged(&app, "Three", &["keep"]).await;
    let gone = tagged(&app, "Deleted", &["wip"]).await;
    adam.change("deleteTicket", json!({ "id": gone, "reason": "spam" }), "errors { code }").await;
    let all = ids(&adam).await;
    let before = tags_of(&adam, 2).await["version"].as_u64().unwrap();
    let after = app.db.desk.settle().await.unwrap().to_string();
    let live = "subscription($after: Cursor, $tags: [ID!]!) { queueUpdates(after: $after, \
        filter: { tagIds: $tags }) { kind ticket { number tags { name } } event { changes { field from to } } } }";
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", live, json!({ "after": after, "tags": [all["keep"]] })).await;
    let input = json!({ "sourceIds": [all["vip"], all["wip"]], "targetId": all["keep"] });
    let merged = adam.change("mergeTags", input, RETAG).await;
    let payload = &merged["data"]["payload"];
    assert_eq!(
        (&payload["changedTickets"], &payload["isDone"]),
        (&json!(4), &json!(true)),
        "{merged}"
    );
    assert_eq!(payload["tag"], json!({ "name": "keep", "ticketCount": 3 }));
    for number in [1, 2, 3] {
        assert_eq!(tags_of(&adam, number).await["tags"], json!([{ "name": "keep" }]));
    }
    assert!(tags_of(&adam, 2).await["version"].as_u64().unwrap() > before);
    assert_eq!(ids(&adam).await.into_keys().collect::<Vec<_>>(), ["keep"]);
    // One had the target already; two entered the list when they got it.
    let first = socket.item().await;
    assert_eq!((&first["kind"], &first["ticket"]["number"]), (&json!("UPDATE"), &json!(1)));
    let change = &first["event"]["changes"][0];
    let from =
        [at(change, "/from").contains(&all["vip"]), at(change, "/from").contains(&all["keep"])];
    assert_eq!((from, at(change, "/to")), ([true, true], &*all["keep"]));
    let second = socket.item().await;
    assert_eq!((&second["kind"], &second["ticket"]["number"]), (&json!("ENTER"), &json!(2)));
    let restored = adam.change("restoreTicket", json!({ "id": gone }), "ticket { tags { name } }");
    assert_eq!(restored.await["data"]["payload"]["ticket"]["tags"], json!([{ "name": "keep" }]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_tag_leaves_every_ticket_with_its_history() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    tagged(&app, "One", &["vip", "keep"]).await;
    app.ticket("Two").await;
    let all = ids(&adam).await;
    let deleted = adam.change("deleteTag", json!({ "id": all["vip"] }), RETAG).await;
    let payload = &deleted["data"]["payload"];
    let found = (&payload["changedTickets"], &payload["isDone"], &payload["tag"]);
    assert_eq!(found, (&json!(1), &json!(true), &Value::Null));
    assert_eq!(tags_of(&adam, 1).await["tags"], json!([{ "name": "keep" }]));
    assert_eq!(tags_of(&adam, 2).await["version"], 1, "others are left alone");
    let history = "{ ticket(number: 1) { history { kind actor { name } changes { field } } } }";
    let history = adam.data(history, json!({})).await;
    let last = history["ticket"]["history"].as_array().unwrap().last().unwrap().clone();
    let changes = json!([{ "field": "tags" }]);
    let expected =
        json!({ "kind": "TICKET_CHANGED", "actor": { "name": "adam" }, "changes": changes });
    assert_eq!(last, expected);
    let again = adam.change("deleteTag", json!({ "id": all["vip"] }), RETAG).await;
    assert_eq!(paths(&again), ["NOT_FOUND id"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_merges_and_wrong_people_change_nothing() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    tagged(&app, "One", &["vip", "keep"]).await;
    let all = ids(&adam).await;
    let missing = public("tag", uuid::Uuid::now_v7().simple());
    let many: Vec<&str> = vec![&all["vip"]; 21];
    for (sources, target, expected) in [
        (json!([]), &*all["keep"], "INVALID sourceIds"),
        (json!(many), &*all["keep"], "INVALID sourceIds"),
        (json!([all["keep"]]), &*all["keep"], "INVALID sourceIds"),
        (json!(["7"]), &*all["keep"], "INVALID sourceIds"),
        (json!([all["vip"], missing]), &*all["keep"], "NOT_FOUND sourceIds"),
        (json!([all["vip"]]), &*missing, "NOT_FOUND targetId"),
    ] {
        let input = json!({ "sourceIds": sources, "targetId": target });
        assert_eq!(paths(&adam.change("mergeTags", input, RETAG).await), [expected]);
    }
    let limited = app.scoped(&app.team.admin, &[Scope::TicketsWrite]).await;
    let mut people = vec![(app.anybody(), "UNAUTHENTICATED"), (limited, "FORBIDDEN")];
    for actor in [&app.team.lead, &app.team.agent, &app.team.customer] {
        people.push((app.as_(actor).await, "FORBIDDEN"));
    }
    for (who, code) in people {
        for (name, input, fields) in [
            ("renameTag", json!({ "id": all["vip"], "name": "x" }), RENAME),
            ("mergeTags", json!({ "sourceIds": [all["vip"]], "targetId": all["keep"] }), RETAG),
            ("deleteTag", json!({ "id": all["vip"] }), RETAG),
        ] {
            assert_eq!(codes(&who.change(name, input, fields).await), [code], "{name}");
        }
    }
    assert_eq!(app.db.count("ticket_tags").await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_of_tickets_the_caller_sees_in_one_statement() {
    let watch = deskwire_domain::testing::Statements::watch();
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    for n in 0..3 {
        tagged(&app, &format!("T{n}"), &["vip", &format!("t{n}")]).await;
    }
    let hidden = json!({ "subject": "H", "body": "B", "tags": ["vip"],
        "queueId": public("queue", app.team.other_queue) });
    adam.change("createTicket", hidden, "errors { code }").await;
    let query = "{ tags { name ticketCount } }";
    for (who, expected) in [(&app.team.admin, 4), (&app.team.agent, 3), (&app.team.outsider, 0)] {
        let client = app.as_(who).await;
        watch.take();
        let found = client.data(query, json!({})).await;
        let asked = watch.take().iter().filter(|sql| sql.contains("COUNT(*)")).count();
        assert_eq!(asked, 1);
        let rows = found["tags"].as_array().unwrap().clone();
        let vip = rows.iter().find(|tag| tag["name"] == "vip").unwrap();
        assert_eq!(vip["ticketCount"], expected);
    }
    app.finish().await;
}
