use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{ModelRunId, ModelVersionId};
use deskwire_domain::models::{
    self, Comparison, Lineage, ModelDraft, ModelVersion, Stage, Then, Verdict,
};
use deskwire_domain::suggestions::{Label, LabelKind};
use deskwire_domain::tickets::Priority;
use deskwire_domain::{Actor, Result};

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
        needs_onnx: true,
        maker_runs_onnx: true,
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
        for then in [Then::Wait, Then::Begin, Then::Promote("why")] {
            let (draft, none) = (draft.clone(), comparison(None, 0));
            let refused = models::register_compared(&mut w.conn, &actor, draft, none, then).await;
            assert_eq!(outcome(&refused), "forbidden", "{who} {then:?}");
        }
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn activating_past_the_gate_leaves_a_reason_and_no_trial_behind() {
    let (mut w, champion, waiting) = super::world().await;
    let admin = w.team.admin.clone();
    async fn promoted(
        w: &mut World,
        champion: ModelVersionId,
        reason: &str,
    ) -> Result<ModelVersion> {
        let (admin, then) = (w.team.admin.clone(), Then::Promote(reason));
        let (draft, found) = (super::draft(super::KIND), comparison(Some(champion), 60));
        models::register_compared(&mut w.conn, &admin, draft, found, then).await
    }
    assert_eq!(outcome(&promoted(&mut w, champion, " ").await), "invalid reason");
    super::bring(&mut w, Stage::Shadow, waiting).await.unwrap();
    assert_eq!(outcome(&promoted(&mut w, champion, "hurry").await), "IllegalStage");
    assert_eq!(w.db.count("model_versions").await, 2, "it was not registered either");
    models::roll_back(&mut w.conn, &admin, super::edit(), "make way").await.unwrap();
    let made = promoted(&mut w, champion, "hurry").await.unwrap();
    let after = super::state(&mut w).await;
    assert_eq!((after.champion_id, after.previous_id), (Some(made.id), Some(champion)));
    let step = "model_rollout_steps WHERE action = 'promoted' AND reason = 'hurry' AND is_override";
    assert_eq!(w.db.count(step).await, 1);
    w.finish().await;
}

/// A comparison with 60 tickets is a good one.
fn comparison(champion_id: Option<ModelVersionId>, sample: u32) -> Comparison {
    let right = sample / 2;
    Comparison {
        champion_id,
        sample,
        candidate_right: right,
        champion_right: right,
        difference: 0.0,
        low: -0.1,
        high: 0.1,
        note: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_training_made_waits_with_its_validation_and_passes_the_gate_by_it() {
    let (mut w, champion, _) = super::world().await;
    let admin = w.team.admin.clone();
    for (sample, verdict, gate) in
        [(49, Verdict::TooFew, "NeedsOverride"), (50, Verdict::NotWorse, "ok")]
    {
        let (draft, found) = (super::draft(super::KIND), comparison(Some(champion), sample));
        let made = models::register_compared(&mut w.conn, &admin, draft, found, Then::Begin).await;
        let made = made.unwrap();
        assert!(!made.active, "there is a champion");
        let written = models::validations_of(&mut w.conn, &[made.id]).await.unwrap();
        let [validation] = &written[&made.id][..] else { panic!("{written:?}") };
        assert_eq!((validation.verdict, validation.champion_id), (verdict, Some(champion)));
        let edit = super::edit();
        let promoted = models::promote(&mut w.conn, &admin, edit, Some(made.id), None).await;
        assert_eq!(outcome(&promoted), gate, "{sample}");
    }
    w.finish().await;
}
