//! `node(id)` shows a record to whoever its own query shows it to, and to nobody else.

use deskwire_domain::actor::Scope;
use deskwire_domain::canned_replies::{CannedReplyDraft, create};
use deskwire_domain::category_proposals::{NewProposal, replace};
use deskwire_domain::models::runs::{self, RunOptions};
use deskwire_domain::models::{self, RolloutEdit};
use deskwire_domain::suggestions::LabelKind;
use serde_json::{Value, json};

use crate::models::version;
use crate::support::{TestApp, at, codes, public};

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id } }";

/// Everybody, in the order of the table: admin, lead, agent, reader, outsider, customer.
async fn seen(app: &TestApp, id: &str) -> Vec<bool> {
    let team = &app.team;
    let mut all = Vec::new();
    for actor in
        [&team.admin, &team.lead, &team.agent, &team.reader, &team.outsider, &team.customer]
    {
        let found = app.as_(actor).await.data(NODE, json!({ "id": id })).await;
        assert!(found["node"].is_null() || found["node"]["id"] == id, "{found}");
        all.push(!found["node"].is_null());
    }
    all
}

async fn canned_reply(app: &TestApp, name: &str, of_other_queue: bool) -> String {
    let queue_id = of_other_queue.then_some(app.team.other_queue);
    let draft = CannedReplyDraft { name: name.into(), body: "Hi".into(), queue_id };
    let made = create(&mut *app.db.conn().await, &app.team.admin, draft).await.unwrap();
    public("cannedreply", made.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_is_a_node_for_those_who_may_see_it() {
    let app = TestApp::start().await;
    let admin = app.team.admin.clone();
    let first = version(&app).await;
    let candidate = version(&app).await;
    let mut conn = app.db.conn().await;
    let edit = RolloutEdit::any_revision(LabelKind::Category);
    models::start_shadow(&mut conn, &admin, edit, candidate, None).await.unwrap();
    models::report_fault(&mut conn, edit.kind, candidate, "broken").await.unwrap();
    let run = runs::start(&mut conn, &admin, edit.kind, RunOptions::default()).await.unwrap();
    let group = NewProposal { cohesion: 0.5, words: vec!["vpn".into()], ticket_ids: Vec::new() };
    let proposal = replace(&mut conn, vec![group]).await.unwrap()[0].id;
    drop(conn);
    let told = "{ notifications(first: 1) { nodes { id subjectId } } }";
    let told = app.as_(&admin).await.data(told, json!({})).await;
    let (notification, step) =
        (at(&told, "/notifications/nodes/0/id"), at(&told, "/notifications/nodes/0/subjectId"));
    let (staff, admins) =
        ([true, true, true, true, true, false], [true, false, false, false, false, false]);
    let global = canned_reply(&app, "Global", false).await;
    let hidden = canned_reply(&app, "Hidden", true).await;
    for (noun, id, wanted) in [
        ("ModelVersion", public("model", first), staff),
        ("ModelRolloutStep", step.to_owned(), staff),
        ("ModelRun", public("run", run.id), admins),
        ("CannedReply", global, staff),
        ("CannedReply", hidden, admins),
        ("CategoryProposal", public("proposal", proposal), admins),
        ("Notification", notification.to_owned(), admins),
    ] {
        assert_eq!(seen(&app, &id).await, wanted, "{noun}");
        let found = app.as_(&admin).await.data(NODE, json!({ "id": id })).await;
        assert_eq!(found["node"]["__typename"], noun);
        let anybody = app.anybody().run(NODE, json!({ "id": id })).await;
        assert_eq!(codes(&anybody), ["UNAUTHENTICATED"], "{noun}");
        // A token's want of a scope is no secret: it holds for every id.
        let needed = match noun {
            "ModelRun" | "CategoryProposal" => Scope::Admin,
            _ => Scope::TicketsRead,
        };
        let others: Vec<Scope> =
            Scope::ALL.iter().copied().filter(|scope| *scope != needed).collect();
        let narrow = app.scoped(&admin, &others).await.run(NODE, json!({ "id": id })).await;
        assert_eq!(codes(&narrow), ["FORBIDDEN"], "{noun}");
        app.scoped(&admin, &[needed]).await.data(NODE, json!({ "id": id })).await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_admins_notification_is_no_node() {
    let app = TestApp::start().await;
    version(&app).await;
    let candidate = version(&app).await;
    let mut conn = app.db.conn().await;
    let eve = deskwire_domain::testing::user(&mut conn, deskwire_domain::users::Role::Admin, "eve");
    let eve = eve.await.id;
    let eve = deskwire_domain::testing::actor(&mut conn, eve).await;
    let edit = RolloutEdit::any_revision(LabelKind::Category);
    models::start_shadow(&mut conn, &eve, edit, candidate, None).await.unwrap();
    models::report_fault(&mut conn, edit.kind, candidate, "broken").await.unwrap();
    drop(conn);
    let told = "{ notifications(first: 1) { nodes { id } } }";
    let hers = app.as_(&eve).await.data(told, json!({})).await;
    let id = at(&hers, "/notifications/nodes/0/id");
    assert_eq!(app.as_(&eve).await.data(NODE, json!({ "id": id })).await["node"]["id"], id);
    assert_eq!(seen(&app, id).await, [false; 6]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_id_of_a_node_is_null() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let uuid = uuid::Uuid::now_v7().simple();
    for noun in ["model", "rollout_step", "run", "cannedreply", "proposal", "notification"] {
        for id in [format!("{noun}_{uuid}"), format!("{noun}_7"), format!("{noun}-{uuid}")] {
            let found = adam.data(NODE, json!({ "id": id })).await;
            assert_eq!(found["node"], Value::Null, "{id}");
        }
    }
    // Nouns without a query for one of them.
    for noun in ["tag", "job", "token", "organisation", "schedule"] {
        let found = adam.data(NODE, json!({ "id": format!("{noun}_{uuid}") })).await;
        assert_eq!(found["node"], Value::Null, "{noun}");
    }
    app.finish().await;
}
