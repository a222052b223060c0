//! Queues that apply sure suggestions, and people who undo it.

use deskwire_domain::ids::CategoryId;
use deskwire_domain::suggestions::{Label, LabelKind, set_auto_apply};
use deskwire_domain::testing::{category, ticket};
use deskwire_domain::tickets::Priority;
use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public, suggestion};

const TICKET: &str = "ticket { category { name } categoryOrigin priority priorityOrigin version }";

/// A ticket whose category and priority the desk set; the ids of ticket and suggestions.
async fn applied(app: &TestApp) -> (String, CategoryId, [String; 2]) {
    let mut conn = app.db.conn().await;
    let cards = category(&mut conn, "Cards").await;
    for kind in [LabelKind::Category, LabelKind::Priority] {
        let (admin, queue) = (&app.team.admin, app.team.queue);
        set_auto_apply(&mut conn, admin, queue, kind, Some(0.75)).await.unwrap();
    }
    let ticket = app.ticket("Card lost").await;
    suggestion(&mut conn, ticket.id, Label::Category(cards)).await;
    suggestion(&mut conn, ticket.id, Label::Priority(Priority::High)).await;
    drop(conn);
    app.db.desk.settle().await.unwrap();
    let operation = "query($id: ID!) { node(id: $id) { ... on Ticket { suggestions { id kind state \
        decidedBy { id } decidedAt appliedAt appliedFrom } } } }";
    let id = public("ticket", ticket.id);
    let found = app.as_(&app.team.reader).await.data(operation, json!({ "id": id })).await;
    let made = &found["node"]["suggestions"];
    for (n, kind, from) in [(0, "PRIORITY", json!("NORMAL")), (1, "CATEGORY", Value::Null)] {
        let made = &made[n];
        assert_eq!((&made["kind"], &made["state"]), (&json!(kind), &json!("APPLIED")));
        assert_eq!((&made["decidedBy"], &made["decidedAt"]), (&Value::Null, &Value::Null));
        assert_eq!((made["appliedAt"].is_string(), &made["appliedFrom"]), (true, &from));
    }
    let ids = ["/1/id", "/0/id"].map(|pointer| at(made, pointer).to_owned());
    (id, cards, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queues_rule_is_set_shown_and_ended() {
    let app = TestApp::start().await;
    let lea = app.as_(&app.team.lead).await;
    let fields = "errors { code message path } cursor queue { autoApply { kind threshold } }";
    let queue = public("queue", app.team.queue);
    for (kind, threshold, rules) in [
        ("PRIORITY", json!(1), json!([{ "kind": "PRIORITY", "threshold": 1.0 }])),
        (
            "CATEGORY",
            json!(0.9),
            json!([
                { "kind": "CATEGORY", "threshold": 0.9 }, { "kind": "PRIORITY", "threshold": 1.0 }
            ]),
        ),
        ("PRIORITY", Value::Null, json!([{ "kind": "CATEGORY", "threshold": 0.9 }])),
    ] {
        let input = json!({ "queueId": queue, "kind": kind, "threshold": threshold });
        let answer = lea.change("setQueueAutoApply", input, fields).await;
        assert_eq!(answer["data"]["payload"]["queue"]["autoApply"], rules, "{answer}");
        assert!(answer["data"]["payload"]["cursor"].is_string());
    }
    assert_eq!(app.db.count("queue_auto_apply").await, 1);
    let missing = public("queue", uuid::Uuid::now_v7().simple());
    for (queue, threshold, wanted) in [
        (&"x".to_owned(), json!(0.9), "INVALID queueId"),
        (&missing, json!(0.9), "NOT_FOUND queueId"),
        (&queue, json!(0.49), "INVALID threshold"),
        (&queue, json!(1.01), "INVALID threshold"),
    ] {
        let input = json!({ "queueId": queue, "kind": "CATEGORY", "threshold": threshold });
        let answer = lea.change("setQueueAutoApply", input, fields).await;
        assert_eq!(paths(&answer), [wanted], "{answer}");
    }
    // Who may not, is in the matrix of permissions; who may see it:
    let all = "{ queues { autoApply { kind } } }";
    let shown = app.as_(&app.team.reader).await.data(all, json!({})).await;
    assert_eq!(shown, json!({ "queues": [{ "autoApply": [{ "kind": "CATEGORY" }] }] }));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applied_label_is_marked_and_taken_off_in_one_call() {
    let app = TestApp::start().await;
    let (id, _, [category, priority]) = applied(&app).await;
    let ada = app.as_(&app.team.agent).await;
    let shown = "query($id: ID!) { node(id: $id) { ... on Ticket { category { name } categoryOrigin \
        priority priorityOrigin history { kind actor { name } changes { field } } } } }";
    let found = ada.data(shown, json!({ "id": id })).await;
    let history = json!([
        { "kind": "TICKET_CREATED", "actor": null, "changes": [] },
        { "kind": "TICKET_CHANGED", "actor": null, "changes": [{ "field": "category" }] },
        { "kind": "TICKET_CHANGED", "actor": null, "changes": [{ "field": "priority" }] },
    ]);
    let expected = json!({
        "category": { "name": "Cards" }, "categoryOrigin": "MODEL",
        "priority": "HIGH", "priorityOrigin": "MODEL", "history": history,
    });
    assert_eq!(found["node"], expected);
    let fields = format!(
        "errors {{ code message path changedBy {{ name }} changedAt }} cursor {TICKET} \
         suggestion {{ state decidedBy {{ name }} appliedAt }}"
    );
    let input = json!({ "id": category });
    let reverted = ada.change("revertSuggestion", input.clone(), &fields).await;
    let payload = &reverted["data"]["payload"];
    let ticket = json!({
        "category": null, "categoryOrigin": "DEFAULT",
        "priority": "HIGH", "priorityOrigin": "MODEL", "version": 4,
    });
    assert_eq!((&payload["ticket"], paths(&reverted)), (&ticket, vec![]), "{reverted}");
    assert_eq!(payload["suggestion"]["state"], "DISMISSED");
    assert_eq!(payload["suggestion"]["decidedBy"]["name"], "ada");
    assert!(payload["suggestion"]["appliedAt"].is_string() && payload["cursor"].is_string());

    let lea = app.as_(&app.team.lead).await;
    let accepted = lea.change("acceptSuggestion", json!({ "id": priority }), &fields).await;
    let payload = &accepted["data"]["payload"];
    assert_eq!(payload["ticket"]["priorityOrigin"], "PERSON", "{accepted}");
    assert_eq!(payload["suggestion"]["state"], "ACCEPTED");
    for (again, by) in [(&category, "ada"), (&priority, "lea")] {
        let refused = ada.change("revertSuggestion", json!({ "id": again }), &fields).await;
        assert_eq!(paths(&refused), ["ALREADY_DECIDED id"]);
        let error = &refused["data"]["payload"]["errors"][0];
        assert_eq!(error["changedBy"]["name"], by, "{refused}");
        assert!(error["changedAt"].is_string());
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_who_may_reply_revert() {
    let app = TestApp::start().await;
    let (_, _, [id, _]) = applied(&app).await;
    let (name, fields) =
        ("revertSuggestion", "errors { code message path } suggestion { id state }");
    let team = &app.team;
    let input = json!({ "id": id });
    let anybody = app.anybody().change(name, input.clone(), fields).await;
    assert_eq!(codes(&anybody), ["UNAUTHENTICATED"]);
    let rita = app.as_(&team.reader).await;
    assert_eq!(codes(&rita.change(name, input.clone(), fields).await), ["FORBIDDEN"]);
    for invisible_to in [&team.customer, &team.other_customer, &team.outsider] {
        let client = app.as_(invisible_to).await;
        let answer = client.change(name, input.clone(), fields).await;
        assert_eq!(paths(&answer), ["NOT_FOUND id"]);
        assert!(answer["data"]["payload"]["suggestion"].is_null());
    }
    let ada = app.as_(&team.agent).await;
    assert_eq!(paths(&ada.change(name, json!({ "id": "1" }), fields).await), ["INVALID id"]);
    let missing = public("suggestion", uuid::Uuid::now_v7().simple());
    let answer = ada.change(name, json!({ "id": missing }), fields).await;
    assert_eq!(paths(&answer), ["NOT_FOUND id"]);
    assert_eq!(app.db.count("suggestions WHERE outcome = 'applied'").await, 2);
    // One that only waits to be decided.
    let mut conn = app.db.conn().await;
    let requester = team.lead.user().unwrap();
    let other = ticket(&mut conn, team.other_queue, requester, "Hidden").await;
    suggestion(&mut conn, other.id, Label::Priority(Priority::Low)).await;
    drop(conn);
    let adam = app.as_(&team.admin).await;
    let found = "query($id: ID!) { node(id: $id) { ... on Ticket { suggestions { id state } } } }";
    let found = adam.data(found, json!({ "id": public("ticket", other.id) })).await;
    let open = at(&found, "/node/suggestions/0/id");
    let answer = adam.change(name, json!({ "id": open }), fields).await;
    assert_eq!(paths(&answer), ["INVALID id"]);
    assert_eq!(answer["data"]["payload"]["suggestion"]["state"], "OPEN");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_category_is_chosen_at_once_and_the_model_says_it_cannot_predict_it() {
    let app = TestApp::start().await;
    let (id, cards, _) = applied(&app).await;
    let adam = app.as_(&app.team.admin).await;
    let made = adam.change("createCategory", json!({ "name": "Loans" }), "category { id }").await;
    let loans = at(&made, "/data/payload/category/id");
    let fields = "errors { code } ticket { category { name } categoryOrigin }";
    let ada = app.as_(&app.team.agent).await;
    let input = json!({ "id": id, "categoryId": loans });
    let chosen = ada.change("changeTicketCategory", input, fields).await;
    let ticket = json!({ "category": { "name": "Loans" }, "categoryOrigin": "PERSON" });
    assert_eq!(chosen["data"]["payload"]["ticket"], ticket, "{chosen}");
    let models = "{ modelVersions { kind unpredictableCategories { name } retiredLabels } }";
    let expected = |retired: Value| {
        json!({ "modelVersions": [
            { "kind": "PRIORITY", "unpredictableCategories": [], "retiredLabels": [] },
            {
                "kind": "CATEGORY", "unpredictableCategories": [{ "name": "Loans" }],
                "retiredLabels": retired,
            },
        ] })
    };
    assert_eq!(ada.data(models, json!({})).await, expected(json!([])));
    let retire = json!({ "id": public("category", cards), "active": false });
    adam.change("updateCategory", retire, "errors { code }").await;
    assert_eq!(ada.data(models, json!({})).await, expected(json!(["secretlabel"])));
    app.finish().await;
}
