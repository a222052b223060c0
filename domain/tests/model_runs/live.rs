use deskwire_domain::ids::{ModelRunId, WorkerId};
use deskwire_domain::models::runs::{self, ModelRunStream, RunState, RunStep};

use super::{claim, made, start};
use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_shows_the_run_at_once_and_each_change_until_its_end() {
    let mut w = World::new().await;
    let (run, admin) = (start(&mut w).await, w.team.admin.clone());
    let mut stream = ModelRunStream::open(&w.db.desk, admin, run.id).await.unwrap();
    assert_eq!(stream.next().await.unwrap(), run);

    let mut held = claim(&mut w, WorkerId::new()).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert_eq!(stream.next().await.unwrap().state, RunState::Running);
    let news = Some((RunStep::Choosing, 0.25));
    runs::report(&mut w.conn, &mut held, news, 60).await.unwrap();
    w.db.desk.settle().await.unwrap();
    let told = stream.next().await.unwrap();
    assert_eq!((told.step, told.done), (Some(RunStep::Choosing), 0.25));
    runs::finish(&mut w.conn, &held, made(&run)).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert_eq!(stream.next().await.unwrap().state, RunState::Succeeded);
    assert_eq!(stream.next().await, None);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_ended_is_shown_once() {
    let mut w = World::new().await;
    let (run, admin) = (start(&mut w).await, w.team.admin.clone());
    runs::cancel(&mut w.conn, &admin, run.id).await.unwrap();
    let mut stream = ModelRunStream::open(&w.db.desk, admin, run.id).await.unwrap();
    assert_eq!(stream.next().await.unwrap().state, RunState::Cancelled);
    assert_eq!(stream.next().await, None);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_follow_runs() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    let agent = w.team.agent.clone();
    let refused = ModelRunStream::open(&w.db.desk, agent, run.id).await;
    assert_eq!(outcome(&refused), "forbidden");
    let admin = w.team.admin.clone();
    let missing = ModelRunStream::open(&w.db.desk, admin, ModelRunId::new()).await;
    assert_eq!(outcome(&missing), "no model run");
    w.finish().await;
}
