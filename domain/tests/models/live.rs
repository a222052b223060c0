use deskwire_domain::models::{self, RolloutStream, Stage};
use deskwire_domain::suggestions::LabelKind;

use super::{KIND, bring, draft, edit, version, world};
use crate::support::outcome;

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_gets_the_state_at_once_and_after_each_step() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    w.db.desk.settle().await.unwrap();
    let mut live = RolloutStream::open(&w.db.desk, &w.team.reader, KIND).await.unwrap();
    let first = live.next().await.unwrap();
    assert_eq!((first.stage, first.champion_id), (Stage::Idle, Some(champion)));
    // Another kind's step is nobody's news here.
    models::introduce(&mut w.conn, &admin, draft(LabelKind::Priority)).await.unwrap();
    let shadow = bring(&mut w, Stage::Shadow, waiting).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert_eq!(live.next().await.unwrap(), shadow);
    let third = version(&mut w.conn).await;
    w.db.desk.settle().await.unwrap();
    assert_eq!(live.next().await.unwrap(), shadow, "a new version is in the history");
    models::roll_back(&mut w.conn, &admin, edit(), "done").await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert_eq!(live.next().await.unwrap().candidate_id, None);
    bring(&mut w, Stage::Canary, third).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert_eq!(live.next().await.unwrap().candidate_id, Some(third));
    for (who, actor) in w.actors().into_iter().filter(|(_, actor)| !actor.is_staff()) {
        let refused = RolloutStream::open(&w.db.desk, &actor, KIND).await;
        assert_eq!(outcome(&refused), "forbidden", "{who}");
    }
    w.finish().await;
}
