use deskwire_domain::models::guards::{Guards, GuardsChange};
use deskwire_domain::models::{self, RolloutAction};
use deskwire_domain::page::PageRequest;

use super::{KIND, edit, state, world};
use crate::support::outcome;

#[tokio::test(flavor = "multi_thread")]
async fn thresholds_change_one_by_one_and_the_history_keeps_them() {
    let (mut w, ..) = world().await;
    let admin = w.team.admin.clone();
    assert_eq!(state(&mut w).await.guards, Guards::default());
    let first = GuardsChange { alpha: Some(0.01), ..Default::default() };
    models::set_guards(&mut w.conn, &admin, edit(), first).await.unwrap();
    let second = GuardsChange { minimum_decided: Some(50), ..Default::default() };
    models::set_guards(&mut w.conn, &admin, edit(), second).await.unwrap();
    let wanted = Guards { alpha: 0.01, minimum_decided: 50, ..Guards::default() };
    assert_eq!(state(&mut w).await.guards, wanted);
    let wrong = GuardsChange { alpha: Some(2.0), shift: Some(0.0), ..Default::default() };
    let refused = models::set_guards(&mut w.conn, &admin, edit(), wrong).await;
    assert_eq!(outcome(&refused), "invalid alpha shift");
    let log = models::history(&mut w.conn, &admin, KIND, &PageRequest::first(2)).await.unwrap();
    assert_eq!(log.rows[0].action, RolloutAction::GuardsChanged);
    assert_eq!(log.rows[0].after.guards, wanted);
    assert_eq!(log.rows[1].after.guards.minimum_decided, 30);
    w.finish().await;
}
