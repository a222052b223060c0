use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::models::{self, ModelDraft};
use deskwire_domain::suggestions::{Label, LabelKind};
use deskwire_domain::tickets::Priority;

use crate::support::{World, outcome};

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
        let made = models::activate(&mut w.conn, &admin, draft(kind)).await.unwrap();
        assert_eq!((made.number, made.active), (number, true), "{kind}");
        assert_eq!(models::find_many(&mut w.conn, &[made.id]).await.unwrap(), [made]);
    }
    let active = models::active(&mut w.conn).await.unwrap();
    let numbers: Vec<_> = active.iter().map(|model| (model.kind, model.number)).collect();
    assert_eq!(numbers, [(LabelKind::Category, 2), (LabelKind::Priority, 1)]);
    for (who, actor) in w.actors() {
        let expected = if actor.is_staff() { "ok" } else { "forbidden" };
        assert_eq!(outcome(&models::list(&mut w.conn, &actor).await), expected, "{who}");
        let scopes = (who == "admin").then(|| vec![Scope::TicketsWrite]);
        let actor = Actor { scopes, ..actor };
        let refused = models::activate(&mut w.conn, &actor, draft(kind)).await;
        assert_eq!(outcome(&refused), "forbidden", "{who}");
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
            models::activate(&mut conn, &Actor::system(), draft).await
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
