//! The life of a model on real tickets, where they are at hand (`../shared/data` beside the workspace):
//! trained, compared, tried in the dark, tried on a share, promoted; then a bad one, which is taken back
//! while nobody looks. Everything people do goes through the graph; worker and trainer are stepped.

mod acts;
mod desk;
// The tests of the graph use all of it.
#[allow(dead_code, unused_imports)]
#[path = "../graph/support/mod.rs"]
mod support;

use desk::{Story, files};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_model_is_found_out_and_a_good_one_is_not() {
    let Some((old, new)) = files() else { return };
    let mut story = Story::begin(&new).await;

    story.old_tickets_are_imported(&old).await;
    let autumn = json!({ "targetPrecision": 0.5, "createdTo": "2021-10-01T00:00:00Z" });
    assert_eq!(story.a_model_is_trained(autumn).await["validations"][0]["verdict"], "NO_CHAMPION");
    let before_the_trial = story.champion_is(1).await;

    let candidate = story.a_model_is_trained(json!({ "targetPrecision": 0.55 })).await;
    story.champion_is(1).await;
    assert!(candidate["validations"][0]["sample"].as_i64().expect("a number") >= 200);
    story.the_guards_listen_to_people().await;
    story.the_candidate_works_in_the_dark(&candidate).await;
    story.a_fifth_of_the_tickets_is_the_candidates(20).await;
    story.who_is_in_stays_in(25).await;
    story.agents_decide().await;
    story.the_desk_looks_at_the_trial("CANARY").await;
    story.the_candidate_is_promoted().await;
    let before_the_bad_one = story.champion_is(2).await;

    let bad = story.a_model_learns_from_mixed_up_labels().await;
    story.the_bad_one_begins_to_serve(&bad).await;
    let decisions = story.agents_decide_until_the_trial_ends().await;
    println!("taken back after {decisions} decisions");
    story.the_evidence_is_there_to_read().await;
    story.admins_are_told().await;
    story.nobody_tries_again_at_once(&bad).await;
    story.champion_is(2).await;

    story.who_was_live_is_known(&before_the_trial, 1).await;
    story.who_was_live_is_known(&before_the_bad_one, 2).await;
    story.figures_are_what_was_counted().await;
    story.end().await;
}
