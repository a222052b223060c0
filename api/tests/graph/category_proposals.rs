use deskwire_domain::category_proposals::{NewProposal, replace};
use deskwire_domain::ids::TicketId;
use serde_json::json;

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } cursor labelled category { name } \
    categoryProposal { id state decidedBy { name } category { name } }";

async fn propose(app: &TestApp, tickets: &[TicketId]) -> String {
    let new = NewProposal {
        cohesion: 0.5,
        words: vec!["vpn".into(), "tunnel".into()],
        ticket_ids: tickets.to_vec(),
    };
    let made = replace(&mut *app.db.conn().await, vec![new]).await.unwrap();
    public("proposal", made[0].id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_adopts_and_dismisses_possible_categories() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let (one, two) = (app.ticket("VPN down").await, app.ticket("VPN slow").await);
    let id = propose(&app, &[two.id, one.id, TicketId::new()]).await;
    let operation = "query($state: CategoryProposalState) { categoryProposals(state: $state) { id size \
        cohesion words state tickets(first: 2) { subject } } }";
    let found = adam.data(operation, json!({})).await;
    let wanted = json!([{
        "id": id, "size": 3, "cohesion": 0.5, "words": ["vpn", "tunnel"], "state": "OPEN",
        "tickets": [{ "subject": "VPN slow" }, { "subject": "VPN down" }],
    }]);
    assert_eq!(found["categoryProposals"], wanted);

    let input = json!({ "id": id, "name": "VPN", "label": true });
    let made = adam.change("adoptCategoryProposal", input, FIELDS).await;
    let payload = &made["data"]["payload"];
    assert_eq!(payload["labelled"], 2, "{made}");
    assert!(payload["cursor"].is_string(), "{made}");
    let adopted = json!({
        "id": id, "state": "ADOPTED", "decidedBy": { "name": "adam" }, "category": { "name": "VPN" },
    });
    assert_eq!(payload["categoryProposal"], adopted);
    let ticket = adam.data("{ ticket(number: 1) { category { name } } }", json!({})).await;
    assert_eq!(ticket["ticket"]["category"]["name"], "VPN");
    let again = adam.change("dismissCategoryProposal", json!({ "id": id }), FIELDS).await;
    assert_eq!(paths(&again), ["ALREADY_DECIDED id"]);
    assert_eq!(again["data"]["payload"]["categoryProposal"]["state"], "ADOPTED");

    let other = propose(&app, &[TicketId::new()]).await;
    let gone = adam.change("dismissCategoryProposal", json!({ "id": other }), FIELDS).await;
    assert_eq!(at(&gone, "/data/payload/categoryProposal/state"), "DISMISSED");
    for (state, count) in [("OPEN", 0), ("ADOPTED", 1), ("DISMISSED", 1)] {
        let found = adam.data(operation, json!({ "state": state })).await;
        assert_eq!(found["categoryProposals"].as_array().unwrap().len(), count, "{state}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_and_callers_decide_nothing() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let id = propose(&app, &[TicketId::new()]).await;
    adam.change("createCategory", json!({ "name": "Taken" }), "cursor").await;
    let missing = public("proposal", uuid::Uuid::now_v7().simple());
    for (name, input, wanted) in [
        ("adoptCategoryProposal", json!({ "id": "x", "name": "A" }), "INVALID id"),
        ("adoptCategoryProposal", json!({ "id": missing, "name": "A" }), "NOT_FOUND id"),
        ("adoptCategoryProposal", json!({ "id": id, "name": "" }), "INVALID name"),
        ("adoptCategoryProposal", json!({ "id": id, "name": "taken" }), "ALREADY_EXISTS name"),
        ("dismissCategoryProposal", json!({ "id": "x" }), "INVALID id"),
        ("dismissCategoryProposal", json!({ "id": missing }), "NOT_FOUND id"),
    ] {
        let answer = adam.change(name, input.clone(), FIELDS).await;
        assert_eq!(paths(&answer), [wanted], "{name} {input}");
    }
    let first = "{ categoryProposals { tickets(first: 101) { id } } }";
    assert_eq!(codes(&adam.run(first, json!({})).await), ["BAD_USER_INPUT"]);
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.as_(&app.team.other_customer).await, "FORBIDDEN"),
        (app.as_(&app.team.outsider).await, "FORBIDDEN"),
        (app.as_(&app.team.reader).await, "FORBIDDEN"),
        (app.as_(&app.team.agent).await, "FORBIDDEN"),
        (app.as_(&app.team.lead).await, "FORBIDDEN"),
    ] {
        let listed = who.run("{ categoryProposals { id } }", json!({})).await;
        assert_eq!(codes(&listed), [wanted]);
        for (name, input) in [
            ("adoptCategoryProposal", json!({ "id": id, "name": "B" })),
            ("dismissCategoryProposal", json!({ "id": id })),
        ] {
            assert_eq!(codes(&who.change(name, input, FIELDS).await), [wanted], "{name}");
        }
    }
    assert_eq!(app.db.count("category_proposals WHERE state = 'open'").await, 1);
    app.finish().await;
}
