//! Documents that are named instead of sent.

use deskwire_api::config::DocumentArgs;
use deskwire_api::graphql::operations::TrustedDocuments;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Client, TestApp, codes};

const NAME: &str = "query Name { viewer { user { name } } }";
const TOTAL: &str = "query($first: Int) { tickets(first: $first) { totalCount } }";

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn persisted(text: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": sha256(text) } })
}

async fn answer(client: &Client, request: Value) -> Value {
    let reply = client.send(&request).await;
    assert_eq!(reply.status, 200, "{request} {}", reply.body);
    reply.json()
}

/// Writes a list and reads it as the program does.
fn trusted(list: &Value) -> Result<TrustedDocuments, String> {
    let name = format!("{}.json", uuid::Uuid::now_v7().simple());
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, list.to_string()).expect("the build's folder is writable");
    TrustedDocuments::load(path.to_str().expect("a plain path"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persisted_query_is_sent_once_and_named_from_then_on() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let by_hash = json!({ "extensions": persisted(NAME) });
    let missing = answer(&ada, by_hash.clone()).await;
    assert_eq!(codes(&missing), ["PERSISTED_QUERY_NOT_FOUND"]);
    assert_eq!(missing["errors"][0]["message"], "PersistedQueryNotFound");

    let with_text = json!({ "query": NAME, "extensions": persisted(NAME) });
    assert_eq!(answer(&ada, with_text).await["data"]["viewer"]["user"]["name"], "ada");
    assert_eq!(answer(&ada, by_hash.clone()).await["data"]["viewer"]["user"]["name"], "ada");
    // The document is shared, the rights are not.
    assert!(answer(&app.anybody(), by_hash).await["data"]["viewer"].is_null());

    let extensions = persisted(NAME).to_string();
    let path = format!(
        "/graphql?extensions={}",
        url::form_urlencoded::byte_serialize(extensions.as_bytes()).collect::<String>()
    );
    assert_eq!(ada.get(&path).await.json()["data"]["viewer"]["user"]["name"], "ada");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_hash_and_a_bad_document_are_not_kept() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let upper = sha256(NAME).to_uppercase();
    for extension in [
        json!({ "version": 1, "sha256Hash": sha256("another") }),
        json!({ "version": 2, "sha256Hash": sha256(NAME) }),
        json!({ "version": 1, "sha256Hash": "xyz" }),
        json!({ "version": 1, "sha256Hash": "é".repeat(32) }),
        json!({ "version": 1 }),
        json!("x"),
    ] {
        let request = json!({ "query": NAME, "extensions": { "persistedQuery": extension } });
        let answer = answer(&ada, request).await;
        assert_eq!(codes(&answer), ["BAD_REQUEST"], "{extension}");
    }
    let bad = "{ nonsense }";
    let refused = answer(&ada, json!({ "query": bad, "extensions": persisted(bad) })).await;
    assert_eq!(codes(&refused), ["GRAPHQL_VALIDATION_FAILED"]);
    for text in [NAME, bad] {
        let answer = answer(&ada, json!({ "extensions": persisted(text) })).await;
        assert_eq!(codes(&answer), ["PERSISTED_QUERY_NOT_FOUND"], "{text}");
    }
    let shouted = json!({ "persistedQuery": { "version": 1, "sha256Hash": upper } });
    let found = answer(&ada, json!({ "query": NAME, "extensions": shouted })).await;
    assert_eq!(found["data"]["viewer"]["user"]["name"], "ada");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_take_documents_by_name_too() {
    let live =
        "subscription($after: Cursor) { queueUpdates(after: $after) { ticket { subject } } }";
    let list = trusted(&json!({ "live": live })).unwrap();
    let documents = DocumentArgs { trusted_documents: Some(list), only_trusted: false };
    let app = TestApp::with_documents(documents).await;
    let mut socket = app.socket(&app.team.agent).await;
    let mut subscribe = async |id: &str, payload: Value| {
        socket.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    };
    subscribe("1", json!({ "extensions": persisted(NAME) })).await;
    subscribe("2", json!({ "query": NAME, "extensions": persisted(NAME) })).await;
    let mut found = Vec::new();
    while found.len() < 2 {
        let message = match socket.next().await {
            crate::support::Frame::Json(message) => message,
            other => panic!("{other:?}"),
        };
        match message["type"].as_str() {
            Some("error") => found.push(message["payload"][0]["extensions"]["code"].clone()),
            Some("next") => {
                found.push(message["payload"]["data"]["viewer"]["user"]["name"].clone())
            }
            _ => {}
        }
    }
    found.sort_by_key(Value::to_string);
    assert_eq!(found, ["PERSISTED_QUERY_NOT_FOUND", "ada"]);

    let mut socket = app.socket(&app.team.agent).await;
    let after = app.db.desk.settle().await.unwrap().to_string();
    let payload = json!({ "documentId": "live", "variables": { "after": after } });
    socket.send(json!({ "id": "3", "type": "subscribe", "payload": payload })).await;
    app.ticket("Named").await;
    app.db.desk.settle().await.unwrap();
    assert_eq!(socket.item().await["ticket"]["subject"], "Named");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_documents_run_where_nothing_else_may() {
    let list = trusted(&json!({ "name": NAME, "sha1:77": TOTAL })).unwrap();
    let documents = DocumentArgs { trusted_documents: Some(list), only_trusted: true };
    let app = TestApp::with_documents(documents).await;
    let (ada, nobody) = (app.as_(&app.team.agent).await, app.anybody());
    for request in [
        json!({ "documentId": "name" }),
        json!({ "documentId": format!("sha256:{}", sha256(NAME)) }),
        json!({ "extensions": { "documentId": "name" } }),
        json!({ "extensions": persisted(NAME) }),
        json!({ "query": NAME }),
    ] {
        let found = answer(&ada, request.clone()).await;
        assert_eq!(found["data"]["viewer"]["user"]["name"], "ada", "{request}");
    }
    let total = json!({ "documentId": "sha1:77", "variables": { "first": 3 } });
    assert_eq!(answer(&ada, total).await["data"]["tickets"]["totalCount"], 0);
    assert_eq!(
        ada.get("/graphql?documentId=name").await.json()["data"]["viewer"]["user"]["name"],
        "ada"
    );

    let other = "{ viewer { expiresAt } }";
    let sign_in = "mutation { signIn(input: { email: \"a@b\", password: \"x\" }) { expiresAt } }";
    for request in [
        json!({ "query": other }),
        json!({ "query": "{ __typename }" }),
        json!({ "query": "{ __schema { queryType { name } } }" }),
        json!({ "query": sign_in }),
        json!({ "query": other, "extensions": persisted(other) }),
        json!({ "extensions": persisted(other) }),
        json!({ "documentId": "other" }),
        json!({ "documentId": format!("sha256:{}", sha256(other)) }),
    ] {
        for client in [&ada, &nobody] {
            let refused = answer(client, request.clone()).await;
            assert_eq!(codes(&refused), ["DOCUMENT_NOT_TRUSTED"], "{request}");
            assert!(refused.get("data").is_none());
        }
    }
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", "subscription { queueUpdates { kind } }", json!({})).await;
    assert_eq!(codes(&socket.payload().await), ["DOCUMENT_NOT_TRUSTED"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_text_together_are_refused() {
    let list = trusted(&json!({ "name": NAME })).unwrap();
    let documents = DocumentArgs { trusted_documents: Some(list), only_trusted: false };
    let app = TestApp::with_documents(documents).await;
    let ada = app.as_(&app.team.agent).await;
    for (request, code) in [
        (json!({ "documentId": "name", "query": NAME }), "BAD_REQUEST"),
        (json!({ "documentId": "name", "extensions": persisted(NAME) }), "BAD_REQUEST"),
        (json!({ "documentId": "nobody's" }), "PERSISTED_QUERY_NOT_FOUND"),
        (json!({ "extensions": { "documentId": 7 } }), "BAD_REQUEST"),
    ] {
        assert_eq!(codes(&answer(&ada, request.clone()).await), [code], "{request}");
    }
    let others = answer(&ada, json!({ "query": "{ viewer { expiresAt } }" })).await;
    assert!(others["errors"].is_null(), "not only trusted ones run here");
    app.finish().await;
}

#[test]
fn a_list_that_cannot_be_used_says_why() {
    for (list, why) in [
        (json!([NAME]), "is not a JSON object of ids and documents"),
        (json!({ "a": 1 }), "is not a JSON object of ids and documents"),
        (json!({ "broken": "query {" }), "document \"broken\" is not GraphQL"),
    ] {
        let told = trusted(&list).expect_err("it is no list");
        assert!(told.contains(why), "{told}");
    }
    let told = TrustedDocuments::load("/nowhere/list.json").expect_err("there is none");
    assert!(told.contains("cannot be read"), "{told}");
}
