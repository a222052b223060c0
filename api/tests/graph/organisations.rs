use deskwire_domain::actor::Scope;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } cursor organisation { id name }";

#[tokio::test(flavor = "multi_thread")]
async fn leads_create_rename_and_list_organisations() {
    let app = TestApp::start().await;
    let lea = app.as_(&app.team.lead).await;
    let made = lea.change("createOrganisation", json!({ "name": "Acme" }), FIELDS).await;
    assert!(made["data"]["payload"]["cursor"].is_string(), "{made}");
    let id = at(&made, "/data/payload/organisation/id");
    let renamed =
        lea.change("renameOrganisation", json!({ "id": id, "name": "Apex" }), FIELDS).await;
    assert_eq!(renamed["data"]["payload"]["organisation"]["name"], "Apex");
    lea.change("createOrganisation", json!({ "name": "Zeta" }), FIELDS).await;
    let operation = "query($after: String) { organisations(first: 1, after: $after) { nodes { name } \
        pageInfo { endCursor } } }";
    let first = lea.data(operation, json!({})).await;
    assert_eq!(first["organisations"]["nodes"], json!([{ "name": "Apex" }]));
    let after = &first["organisations"]["pageInfo"]["endCursor"];
    let second = lea.data(operation, json!({ "after": after })).await;
    assert_eq!(second["organisations"]["nodes"], json!([{ "name": "Zeta" }]));
    let carl = app.as_(&app.team.customer).await;
    assert_eq!(codes(&carl.run(operation, json!({})).await), ["FORBIDDEN"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_name_or_caller_changes_no_organisation() {
    let app = TestApp::start().await;
    let lea = app.as_(&app.team.lead).await;
    let made = lea.change("createOrganisation", json!({ "name": "Acme" }), FIELDS).await;
    let id = at(&made, "/data/payload/organisation/id");
    lea.change("createOrganisation", json!({ "name": "Apex" }), FIELDS).await;
    let missing = public("organisation", uuid::Uuid::now_v7().simple());
    for (name, input, wanted) in [
        ("createOrganisation", json!({ "name": " " }), "INVALID name"),
        ("createOrganisation", json!({ "name": "x".repeat(201) }), "INVALID name"),
        ("createOrganisation", json!({ "name": "ACME" }), "ALREADY_EXISTS name"),
        ("renameOrganisation", json!({ "id": id, "name": "" }), "INVALID name"),
        ("renameOrganisation", json!({ "id": id, "name": "apex" }), "ALREADY_EXISTS name"),
        ("renameOrganisation", json!({ "id": "x", "name": "y" }), "INVALID id"),
        ("renameOrganisation", json!({ "id": missing, "name": "y" }), "NOT_FOUND id"),
    ] {
        assert_eq!(paths(&lea.change(name, input, FIELDS).await), [wanted], "{name}");
    }
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.as_(&app.team.agent).await, "FORBIDDEN"),
    ] {
        let create = who.change("createOrganisation", json!({ "name": "Z" }), FIELDS).await;
        assert_eq!(codes(&create), [wanted]);
        let rename = json!({ "id": id, "name": "Z" });
        assert_eq!(codes(&who.change("renameOrganisation", rename, FIELDS).await), [wanted]);
    }
    assert_eq!(app.db.count("organisations").await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_is_found_by_words_and_by_id() {
    let app = TestApp::start().await;
    let (lea, rita) = (app.as_(&app.team.lead).await, app.as_(&app.team.reader).await);
    let mut ids = Vec::new();
    for name in ["Acme Tools", "Toolbox", "Zeta"] {
        let made = lea.change("createOrganisation", json!({ "name": name }), FIELDS).await;
        ids.push(at(&made, "/data/payload/organisation/id").to_owned());
    }
    let list = "query($text: String) { organisations(text: $text) { nodes { name } } }";
    for (text, expected) in [
        (json!("tool"), json!([{ "name": "Acme Tools" }, { "name": "Toolbox" }])),
        (json!("too ac"), json!([{ "name": "Acme Tools" }])),
        (json!("%"), json!([])),
    ] {
        let found = rita.data(list, json!({ "text": text })).await;
        assert_eq!(found["organisations"]["nodes"], expected, "{text}");
    }
    let one = "query($id: ID!) { organisation(id: $id) { id name } }";
    let found = rita.data(one, json!({ "id": ids[1] })).await;
    assert_eq!(found["organisation"], json!({ "id": ids[1], "name": "Toolbox" }));
    let missing = public("organisation", uuid::Uuid::now_v7().simple());
    assert!(rita.data(one, json!({ "id": missing })).await["organisation"].is_null());
    assert_eq!(codes(&rita.run(one, json!({ "id": "x" })).await), ["BAD_USER_INPUT"]);
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.scoped(&app.team.admin, &[Scope::TicketsRead]).await, "FORBIDDEN"),
    ] {
        assert_eq!(codes(&who.run(one, json!({ "id": ids[0] })).await), [wanted]);
    }
    app.finish().await;
}

const TICKETS: &str = "query($id: ID!, $filter: TicketFilterInput, $order: TicketOrder, $first: Int, \
    $after: String) { organisation(id: $id) { tickets(filter: $filter, order: $order, first: $first, \
    after: $after) { nodes { subject } pageInfo { endCursor hasNextPage } } } }";

async fn subjects(client: &Client, mut variables: Value) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let found = client.data(TICKETS, variables.clone()).await;
        let tickets = &found["organisation"]["tickets"];
        let rows = tickets["nodes"].as_array().unwrap();
        all.extend(rows.iter().map(|row| at(row, "/subject").to_owned()));
        if tickets["pageInfo"]["hasNextPage"] == false {
            return all;
        }
        variables["after"] = tickets["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_shows_its_peoples_tickets_as_far_as_the_caller_sees_them() {
    let app = TestApp::start().await;
    let (adam, ada) = (app.as_(&app.team.admin).await, app.as_(&app.team.agent).await);
    let made = adam.change("createOrganisation", json!({ "name": "Acme" }), FIELDS).await;
    let acme = at(&made, "/data/payload/organisation/id");
    let (carl, cora) = (&app.team.customer, &app.team.other_customer);
    let join = async |who: &deskwire_domain::Actor, organisation: Value| {
        let input =
            json!({ "id": public("user", who.user().unwrap()), "organisationId": organisation });
        let done = adam.change("updateUser", input, "errors { code }").await;
        assert_eq!(done["data"]["payload"]["errors"], json!([]));
    };
    join(carl, json!(acme)).await;
    for (who, subject, queue) in [
        (carl, "one", app.team.queue),
        (cora, "two", app.team.queue),
        (carl, "three", app.team.queue),
        (carl, "hidden", app.team.other_queue),
        (carl, "gone", app.team.queue),
    ] {
        let input = json!({ "subject": subject, "body": "b", "queueId": public("queue", queue),
            "requesterId": public("user", who.user().unwrap()) });
        let made = adam.change("createTicket", input, "ticket { id } errors { code }").await;
        let id = json!(at(&made, "/data/payload/ticket/id"));
        match subject {
            "three" => {
                let solved = json!({ "id": id, "status": "SOLVED" });
                adam.change("changeTicketStatus", solved, "errors { code }").await;
            }
            "gone" => {
                let delete = json!({ "id": id, "reason": "spam" });
                adam.change("deleteTicket", delete, "errors { code }").await;
            }
            _ => {}
        }
    }
    let all = |extra: Value| {
        let mut variables = extra;
        variables["id"] = json!(acme);
        variables
    };
    assert_eq!(subjects(&adam, all(json!({ "first": 1 }))).await, ["hidden", "three", "one"]);
    assert_eq!(subjects(&ada, all(json!({ "first": 1 }))).await, ["three", "one"]);
    assert_eq!(subjects(&ada, all(json!({ "order": "OLDEST" }))).await, ["one", "three"]);
    for (order, first) in [("RECENTLY_UPDATED", 1), ("PRIORITY_THEN_AGE", 1)] {
        let mut found = subjects(&ada, all(json!({ "order": order, "first": first }))).await;
        found.sort();
        assert_eq!(found, ["one", "three"], "{order}");
    }
    for (filter, expected) in [
        (json!({ "statuses": ["SOLVED"] }), vec!["three"]),
        (json!({ "statuses": ["OPEN"] }), vec!["one"]),
        (json!({ "requesterId": public("user", cora.user().unwrap()) }), vec![]),
        (json!({ "queueIds": [public("queue", app.team.other_queue)] }), vec![]),
    ] {
        assert_eq!(subjects(&ada, all(json!({ "filter": filter }))).await, expected, "{filter}");
    }
    // By who belongs to it now.
    join(cora, json!(acme)).await;
    join(carl, json!(null)).await;
    assert_eq!(subjects(&ada, all(json!({}))).await, ["two"]);
    // A colleague's tickets are none of a customer's business.
    join(carl, json!(acme)).await;
    let own = "{ viewer { user { organisation { tickets { nodes { subject } } } } } }";
    let found = app.as_(cora).await.data(own, json!({})).await;
    let rows = &found["viewer"]["user"]["organisation"]["tickets"]["nodes"];
    assert_eq!(rows, &json!([{ "subject": "two" }]));
    for (bad, path) in [(json!({ "first": 0 }), "first"), (json!({ "after": "x" }), "after")] {
        let answer = ada.run(TICKETS, all(bad)).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"]);
        assert_eq!(answer["errors"][0]["extensions"]["path"], path);
    }
    let people = app.scoped(&app.team.agent, &[Scope::UsersRead]).await;
    assert_eq!(codes(&people.run(TICKETS, all(json!({}))).await), ["FORBIDDEN"]);
    app.finish().await;
}
