use serde_json::json;

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } cursor category { id name description active }";

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_keeps_the_set_of_categories_everybody_reads() {
    let app = TestApp::start().await;
    let (adam, carl) = (app.as_(&app.team.admin).await, app.as_(&app.team.customer).await);
    let input = json!({ "name": "Cards", "description": "Lost and found" });
    let made = adam.change("createCategory", input, FIELDS).await;
    assert!(made["data"]["payload"]["cursor"].is_string(), "{made}");
    let id = at(&made, "/data/payload/category/id");
    let input = json!({ "id": id, "name": "Old cards", "description": "", "active": false });
    let changed = adam.change("updateCategory", input, FIELDS).await;
    let retired = json!({ "id": id, "name": "Old cards", "description": "", "active": false });
    assert_eq!(changed["data"]["payload"]["category"], retired, "{changed}");
    let operation = "query($all: Boolean!) { categories(includeInactive: $all) { name } }";
    let count = async |all: bool| {
        let found = carl.data(operation, json!({ "all": all })).await;
        found["categories"].as_array().unwrap().len()
    };
    assert_eq!((count(false).await, count(true).await), (0, 1));
    assert_eq!(
        codes(&app.anybody().run("{ categories { id } }", json!({})).await),
        ["UNAUTHENTICATED"]
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_field_or_caller_changes_no_category() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    for name in ["Cards", "Loans"] {
        adam.change("createCategory", json!({ "name": name }), FIELDS).await;
    }
    let listed = adam.data("{ categories { id } }", json!({})).await;
    let id = at(&listed, "/categories/0/id");
    let missing = public("category", uuid::Uuid::now_v7().simple());
    for (name, input, wanted) in [
        ("createCategory", json!({ "name": "" }), "INVALID name"),
        ("createCategory", json!({ "name": "x".repeat(121) }), "INVALID name"),
        (
            "createCategory",
            json!({ "name": "x", "description": "x".repeat(501) }),
            "INVALID description",
        ),
        ("createCategory", json!({ "name": "CARDS" }), "ALREADY_EXISTS name"),
        ("updateCategory", json!({ "id": "x" }), "INVALID id"),
        ("updateCategory", json!({ "id": missing, "name": "y" }), "NOT_FOUND id"),
        ("updateCategory", json!({ "id": id, "name": "" }), "INVALID name"),
        ("updateCategory", json!({ "id": id, "name": "loans" }), "ALREADY_EXISTS name"),
        (
            "updateCategory",
            json!({ "id": id, "description": "x".repeat(501) }),
            "INVALID description",
        ),
    ] {
        assert_eq!(
            paths(&adam.change(name, input.clone(), FIELDS).await),
            [wanted],
            "{name} {input}"
        );
    }
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.as_(&app.team.agent).await, "FORBIDDEN"),
        (app.as_(&app.team.lead).await, "FORBIDDEN"),
    ] {
        assert_eq!(
            codes(&who.change("createCategory", json!({ "name": "Z" }), FIELDS).await),
            [wanted]
        );
        let update = json!({ "id": id, "name": "Z" });
        assert_eq!(codes(&who.change("updateCategory", update, FIELDS).await), [wanted]);
    }
    assert_eq!(app.db.count("categories").await, 2);
    app.finish().await;
}
