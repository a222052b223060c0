use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::ids::ModelRunId;
use deskwire_domain::models::{self, Lineage, ModelDraft, Stage};
use deskwire_domain::suggestions::{Label, LabelKind};
use deskwire_domain::tickets::Priority;

use crate::support::{World, active, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_counted_by_kind_and_the_newest_suggests() {
    let mut w = World::new().await;
    let names = ["high".to_owned(), "blocker".to_owned()];
    let kind = LabelKind::Priority;
    let labels = models::meanings_of(&mut w.conn, kind, &names).await.unwrap();
    assert_eq!(labels["blocker"], Label::Priority(Priority::Urgent));
    let draft = |kind| ModelDraft {
        kind,
        artifact_hash: vec![1; 32],
        artifact_bytes: 10,
        threshold: 0.1 + 0.2,
        labels: labels.clone(),
        metrics: serde_json::json!({ "f1": 0.5 }),
        lineage: Default::default(),
    };
    let admin = w.team.admin.clone();
    for (kind, number) in [(LabelKind::Category, 1), (LabelKind::Category, 2), (kind, 1)] {
        let made = models::activate_for(&mut w.conn, &admin, draft(kind), "why").await.unwrap();
        assert_eq!((made.number, made.active), (number, true), "{kind}");
        assert_eq!(models::find_many(&mut w.conn, &[made.id]).await.unwrap(), [made]);
    }
    let active = active(&mut w.conn).await;
    let numbers: Vec<_> = active.iter().map(|model| (model.kind, model.number)).collect();
    assert_eq!(numbers, [(LabelKind::Category, 2), (LabelKind::Priority, 1)]);
    for (who, actor) in w.actors() {
        let expected = if actor.is_staff() { "ok" } else { "forbidden" };
        assert_eq!(outcome(&models::list(&mut w.conn, &actor).await), expected, "{who}");
    }
    let unknown = ["Billing".to_owned(), "Nothing".to_owned()];
    let refused = models::meanings_of(&mut w.conn, LabelKind::Category, &unknown).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "invalid input: labels: no such category on this desk: Nothing"
    );
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_models_at_once_become_versions_one_and_two() {
    let w = World::new().await;
    let draft = || ModelDraft {
        kind: LabelKind::Category,
        artifact_hash: vec![1; 32],
        artifact_bytes: 10,
        threshold: 0.5,
        labels: models::LabelMeanings::new(),
        metrics: serde_json::Value::Null,
        lineage: Default::default(),
    };
    let both = [draft(), draft()].map(|draft| {
        let desk = w.db.desk.clone();
        tokio::spawn(async move {
            let mut conn = desk.conn().await.unwrap();
            models::activate_for(&mut conn, &Actor::system(), draft, "why").await
        })
    });
    let mut numbers: Vec<u32> = Vec::new();
    for done in futures::future::join_all(both).await {
        numbers.push(done.unwrap().unwrap().number);
    }
    numbers.sort();
    assert_eq!((numbers, w.db.count("model_versions WHERE active").await), (vec![1, 2], 1));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_changes_nothing_else_and_keeps_where_the_version_comes_from() {
    let (mut w, champion, _) = super::world().await;
    let admin = w.team.admin.clone();
    let before = super::state(&mut w).await;
    let lineage = Lineage {
        run_id: Some(ModelRunId::new()),
        feature_version: 3,
        parameters: Some(serde_json::json!({ "classifier": { "kind": "svm" } })),
        training_data: Some(serde_json::json!({ "tickets": 60 })),
        confusion: Some(serde_json::json!({ "card": { "parcel": 2 } })),
    };
    let draft = ModelDraft { lineage: lineage.clone(), ..super::draft(super::KIND) };
    let made = models::register(&mut w.conn, &admin, draft.clone()).await.unwrap();
    assert_eq!((made.number, made.active, made.created_by), (3, false, admin.user_id));
    assert_eq!(made.lineage, lineage);
    assert_eq!(models::find_many(&mut w.conn, &[made.id]).await.unwrap(), [made]);
    assert_eq!(super::state(&mut w).await, before);
    assert_eq!(before.champion_id, Some(champion));
    for (who, actor) in w.actors() {
        let scopes = (who == "admin").then(|| vec![Scope::TicketsWrite]);
        let actor = Actor { scopes, ..actor };
        let register = models::register(&mut w.conn, &actor, draft.clone()).await;
        assert_eq!(outcome(&register), "forbidden", "{who}");
        let introduce = models::introduce(&mut w.conn, &actor, draft.clone()).await;
        assert_eq!(outcome(&introduce), "forbidden", "{who}");
        let activate = models::activate_for(&mut w.conn, &actor, draft.clone(), "why").await;
        assert_eq!(outcome(&activate), "forbidden", "{who}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn activating_past_the_gate_leaves_a_reason_and_no_trial_behind() {
    let (mut w, champion, waiting) = super::world().await;
    let admin = w.team.admin.clone();
    let draft = super::draft(super::KIND);
    let nothing = models::activate_for(&mut w.conn, &admin, draft.clone(), " ").await;
    assert_eq!(outcome(&nothing), "invalid reason");
    super::bring(&mut w, Stage::Shadow, waiting).await.unwrap();
    let busy = models::activate_for(&mut w.conn, &admin, draft.clone(), "hurry").await;
    assert_eq!(outcome(&busy), "IllegalStage");
    assert_eq!(w.db.count("model_versions").await, 2, "it was not registered either");
    models::roll_back(&mut w.conn, &admin, super::edit(), "make way").await.unwrap();
    let made = models::activate_for(&mut w.conn, &admin, draft, "hurry").await.unwrap();
    let after = super::state(&mut w).await;
    assert_eq!((after.champion_id, after.previous_id), (Some(made.id), Some(champion)));
    let step = "model_rollout_steps WHERE action = 'promoted' AND reason = 'hurry' AND is_override";
    assert_eq!(w.db.count(step).await, 1);
    w.finish().await;
}
