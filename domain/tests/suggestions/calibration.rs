use deskwire_domain::suggestions::{self, CalibrationBin, Label, LabelKind, NewSuggestion};
use deskwire_domain::tickets::{self, Edit};

use super::figures::scope;
use super::{answer, let_apply, model, record_one};
use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn probabilities_are_held_against_what_people_chose() {
    let mut w = World::new().await;
    let (agent, label) = (w.team.agent.clone(), Label::Category(w.category));
    let version = model(&mut w.conn, LabelKind::Category).await;
    let (right, wrong) = (Some(w.category), Some(w.other_category));
    for (probability, chosen) in
        [(0.125, wrong), (0.5, right), (0.5625, wrong), (1.0, right), (0.9375, right), (0.75, None)]
    {
        let ticket = w.ticket("Card lost").await.id;
        let new = NewSuggestion { probability, ..answer(ticket, version, label) };
        record_one(&mut w, new).await;
        if chosen.is_some() {
            let edit = Edit::any_version(ticket);
            tickets::change_category(&mut w.conn, &agent, edit, chosen).await.unwrap();
        }
    }
    // What the desk put there is nobody's judgement.
    let_apply(&mut w, LabelKind::Category).await;
    let applied = w.ticket("Applied").await.id;
    record_one(&mut w, answer(applied, version, label)).await;

    let kind = LabelKind::Category;
    let found = suggestions::calibration(&mut w.conn, &agent, scope(kind), 4).await.unwrap();
    let bin = |n: u32, count, mean_probability, right| CalibrationBin {
        from: f64::from(n) / 4.0,
        to: f64::from(n + 1) / 4.0,
        count,
        mean_probability,
        right,
    };
    let expected = [
        bin(0, 1, Some(0.125), Some(0.0)),
        bin(1, 0, None, None),
        bin(2, 2, Some(0.53125), Some(0.5)),
        bin(3, 2, Some(0.96875), Some(1.0)),
    ];
    assert_eq!((&found.bins[..], found.count()), (&expected[..], 5));
    // (1 · 0.125 + 2 · 0.03125 + 2 · 0.03125) / 5
    assert_eq!(found.expected_error(), Some(0.05));

    for (who, actor) in w.actors() {
        let found = suggestions::calibration(&mut w.conn, &actor, scope(kind), 10).await;
        if !actor.is_staff() {
            assert_eq!(outcome(&found), "forbidden", "{who}");
            continue;
        }
        let found = found.unwrap();
        let count = if who == "outsider" { 0 } else { 5 };
        assert_eq!((found.bins.len(), found.count()), (10, count), "{who}");
    }
    for bins in [0, 101] {
        let refused = suggestions::calibration(&mut w.conn, &agent, scope(kind), bins).await;
        assert_eq!(outcome(&refused), "invalid bins", "{bins}");
    }
    w.finish().await;
}
