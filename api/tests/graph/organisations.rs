use serde_json::json;

use crate::support::{TestApp, at, codes, paths, public};

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
