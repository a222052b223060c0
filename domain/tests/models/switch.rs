use deskwire_domain::models::{self, RolloutAction, Stage};
use deskwire_domain::page::PageRequest;

use super::{KIND, bring, edit, world};

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_keeps_the_rollout_as_it_stands() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let before = bring(&mut w, Stage::Canary, waiting).await.unwrap();
    let off = models::disable(&mut w.conn, &admin, edit(), "nonsense").await.unwrap();
    let expected = models::Rollout { enabled: false, revision: before.revision + 1, ..before };
    assert_eq!(off, expected);
    let on = models::enable(&mut w.conn, &admin, edit(), "mended").await.unwrap();
    assert_eq!((on.enabled, on.stage, on.percent), (true, Stage::Canary, 10));
    let log = models::history(&mut w.conn, &admin, KIND, &PageRequest::first(2)).await.unwrap();
    let steps: Vec<_> = log
        .rows
        .iter()
        .map(|step| (step.action, step.reason.as_deref(), step.version_id))
        .collect();
    assert_eq!(
        steps,
        [
            (RolloutAction::Enabled, Some("mended"), Some(champion)),
            (RolloutAction::Disabled, Some("nonsense"), Some(champion)),
        ]
    );
    w.finish().await;
}
