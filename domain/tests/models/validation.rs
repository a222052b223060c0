use deskwire_domain::models::{self, NewValidation, Verdict};

use super::{validation, world};
use crate::support::outcome;

#[tokio::test(flavor = "multi_thread")]
async fn validations_are_read_newest_first_and_by_their_champion() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let mut made = Vec::new();
    for (against, verdict) in [
        (None, Verdict::NoChampion),
        (Some(champion), Verdict::Worse),
        (Some(champion), Verdict::Better),
    ] {
        let new = validation(waiting, against, verdict);
        made.push(models::record_validation(&mut w.conn, &admin, new).await.unwrap());
    }
    for (against, expected) in
        [(Some(champion), Some(&made[2])), (None, Some(&made[0])), (Some(waiting), None)]
    {
        let latest = models::latest_validation(&mut w.conn, waiting, against).await.unwrap();
        assert_eq!(latest.as_ref(), expected);
    }
    let all = models::validations_of(&mut w.conn, &[champion, waiting]).await.unwrap();
    made.reverse();
    assert_eq!((all.len(), &all[&waiting]), (1, &made));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_that_cannot_be_are_refused_and_so_is_whoever_is_no_admin() {
    let (mut w, champion, waiting) = world().await;
    let good = validation(waiting, Some(champion), Verdict::Better);
    for (name, new, expected) in [
        (
            "more right than asked",
            NewValidation { candidate_right: 201, ..good.clone() },
            "invalid candidateRight",
        ),
        (
            "so the champion",
            NewValidation { champion_right: 201, ..good.clone() },
            "invalid championRight",
        ),
        ("outside its interval", NewValidation { low: 0.06, ..good.clone() }, "invalid difference"),
        ("impossible interval", NewValidation { high: 1.1, ..good.clone() }, "invalid difference"),
        ("no number", NewValidation { difference: f64::NAN, ..good.clone() }, "invalid difference"),
    ] {
        let result = models::record_validation(&mut w.conn, &w.team.admin, new).await;
        assert_eq!(outcome(&result), expected, "{name}");
    }
    for (who, actor) in w.actors() {
        let expected = if who == "admin" { "ok" } else { "forbidden" };
        let result = models::record_validation(&mut w.conn, &actor, good.clone()).await;
        assert_eq!(outcome(&result), expected, "{who}");
    }
    assert_eq!(w.db.count("model_validations").await, 1);
    w.finish().await;
}
