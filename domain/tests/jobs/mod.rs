use deskwire_domain::Timestamp;
use deskwire_domain::ids::{JobId, SubjectId, TicketId, WorkerId};
use deskwire_domain::jobs::{self, JobKind, JobState, MAX_ATTEMPTS};
use deskwire_domain::page::PageRequest;

use crate::support::{World, outcome};

const KIND: JobKind = JobKind::Suggest;

async fn enqueue(w: &mut World, count: usize) {
    let subjects: Vec<SubjectId> = (0..count).map(|_| TicketId::new().into()).collect();
    jobs::enqueue(&mut w.conn, KIND, subjects, Timestamp::now()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_never_get_the_same_job() {
    let mut w = World::new().await;
    enqueue(&mut w, 60).await;
    let workers = (0..4).map(|_| {
        let desk = w.db.desk.clone();
        tokio::spawn(async move {
            let (worker, mut mine) = (WorkerId::new(), Vec::new());
            let mut conn = desk.conn().await.unwrap();
            loop {
                let batch = jobs::claim(&mut conn, KIND, worker, 5, 60).await.unwrap();
                if batch.is_empty() {
                    return mine;
                }
                mine.extend(batch.into_iter().map(|job| job.id));
            }
        })
    });
    let mut all: Vec<JobId> = Vec::new();
    for mine in futures::future::join_all(workers.collect::<Vec<_>>()).await {
        all.extend(mine.unwrap());
    }
    // A worker may come away empty while the others still hold their locks, but none is lost.
    let rest = jobs::claim(&mut w.conn, KIND, WorkerId::new(), 60, 60).await.unwrap();
    all.extend(rest.into_iter().map(|job| job.id));
    all.sort();
    assert_eq!(all.len(), 60);
    all.dedup();
    assert_eq!(all.len(), 60);
    assert_eq!(jobs::count_ready(&mut w.conn, KIND).await.unwrap(), 60);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_waits_longer_each_time_is_parked_and_can_be_replayed() {
    let mut w = World::new().await;
    enqueue(&mut w, 1).await;
    let worker = WorkerId::new();
    let admin = w.team.admin.clone();
    let page = PageRequest::first(10);
    let mut id = None;
    for attempt in 1..=MAX_ATTEMPTS {
        let claimed = jobs::claim(&mut w.conn, KIND, worker, 10, 60).await.unwrap();
        assert_eq!(claimed.len(), 1, "attempt {attempt}");
        id = Some(claimed[0].id);
        // Somebody else's word about it counts for nothing.
        jobs::fail(&mut w.conn, WorkerId::new(), claimed[0].id, "not mine").await.unwrap();
        let before = Timestamp::now();
        jobs::fail(&mut w.conn, worker, claimed[0].id, &"no model ".repeat(100)).await.unwrap();
        let early = jobs::claim(&mut w.conn, KIND, worker, 10, 60).await.unwrap();
        assert_eq!(early, [], "attempt {attempt} must wait");
        let pause = format!("{}", 1 << attempt);
        let at = before.plus_seconds(1 << attempt).as_utc().format("%F %T%.6f");
        let due = format!("jobs WHERE run_at >= '{at}' AND attempts = {attempt}");
        assert_eq!(w.db.count(&due).await, 1, "pause of {pause} s");
        w.sql("UPDATE jobs SET run_at = '2026-01-01'").await;
    }
    assert_eq!(jobs::claim(&mut w.conn, KIND, worker, 10, 60).await.unwrap(), []);
    let parked = jobs::list_parked(&mut w.conn, &admin, &page).await.unwrap().rows;
    assert_eq!((parked.len(), parked[0].state), (1, JobState::Parked));
    assert_eq!(parked[0].last_error.as_ref().unwrap().len(), 500);

    let agent = w.team.agent.clone();
    assert_eq!(outcome(&jobs::list_parked(&mut w.conn, &agent, &page).await), "forbidden");
    let id = id.unwrap();
    assert_eq!(outcome(&jobs::replay(&mut w.conn, &agent, id).await), "forbidden");
    let replayed = jobs::replay(&mut w.conn, &admin, id).await.unwrap();
    assert_eq!((replayed.state, replayed.attempts), (JobState::Ready, 0));
    assert_eq!(outcome(&jobs::replay(&mut w.conn, &admin, id).await), "no job");
    assert_eq!(jobs::claim(&mut w.conn, KIND, worker, 10, 60).await.unwrap().len(), 1);
    assert!(jobs::complete(&mut w.conn, worker, &[id]).await.unwrap());
    assert!(!jobs::complete(&mut w.conn, worker, &[id]).await.unwrap());
    w.finish().await;
}

/// A job whose worker dies every time never reaches `fail`; it must not be tried for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kills_its_workers_is_parked() {
    let mut w = World::new().await;
    enqueue(&mut w, 1).await;
    for attempt in 1..=MAX_ATTEMPTS {
        let claimed = jobs::claim(&mut w.conn, KIND, WorkerId::new(), 10, 60).await.unwrap();
        assert_eq!(claimed.len(), 1, "attempt {attempt}");
        w.sql("UPDATE jobs SET run_at = '2026-01-01'").await;
    }
    assert_eq!(jobs::claim(&mut w.conn, KIND, WorkerId::new(), 10, 60).await.unwrap(), []);
    let page = PageRequest::first(10);
    let parked = jobs::list_parked(&mut w.conn, &w.team.admin, &page).await.unwrap().rows;
    assert_eq!(parked.len(), 1);
    assert!(parked[0].last_error.is_some());
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backlog_tells_due_claimed_and_parked_jobs_apart() {
    let mut w = World::new().await;
    let backlog = async |w: &mut World| {
        let found = jobs::backlog(&mut w.conn, Timestamp::now()).await.unwrap();
        found.into_iter().map(|of| (of.kind, of.due, of.later, of.parked)).collect::<Vec<_>>()
    };
    let none = (Some(JobKind::Train), 0, 0, 0);
    assert_eq!(backlog(&mut w).await, [(Some(KIND), 0, 0, 0), none, (None, 0, 0, 0)]);
    enqueue(&mut w, 5).await;
    let claimed = jobs::claim(&mut w.conn, KIND, WorkerId::new(), 3, 60).await.unwrap();
    let id = claimed[0].id;
    w.sql(&format!("UPDATE jobs SET state = 'parked' WHERE id = UNHEX('{id}')")).await;
    assert_eq!(backlog(&mut w).await, [(Some(KIND), 2, 2, 1), none, (None, 0, 0, 0)]);
    w.finish().await;
}

/// A release after this one runs beside it and has more kinds of work.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_kinds_this_release_does_not_know_are_counted_listed_and_left_alone() {
    let mut w = World::new().await;
    for (kind, state) in [("Brew", "ready"), ("brew", "parked"), ("steep", "ready")] {
        w.sql(&format!(
            "INSERT INTO jobs (id, kind, subject_id, payload, state, run_at, created_at) VALUES \
             (UNHEX('{}'), '{kind}', UNHEX('{}'), '{{}}', '{state}', '2026-01-01', '2026-01-01')",
            JobId::new(),
            TicketId::new(),
        ))
        .await;
    }
    for &kind in JobKind::ALL {
        let claimed = jobs::claim(&mut w.conn, kind, WorkerId::new(), 10, 60).await.unwrap();
        assert_eq!(claimed, [], "{kind}");
    }
    let found = jobs::backlog(&mut w.conn, Timestamp::now()).await.unwrap();
    let unknown = jobs::Backlog { kind: None, due: 2, later: 0, parked: 1 };
    assert_eq!(found.last(), Some(&unknown));
    assert!(found[..JobKind::ALL.len()].iter().all(|of| of.due + of.later + of.parked == 0));
    let page = PageRequest::first(10);
    let admin = w.team.admin.clone();
    let parked = jobs::list_parked(&mut w.conn, &admin, &page).await.unwrap().rows;
    assert_eq!(parked.iter().map(|job| &*job.kind).collect::<Vec<_>>(), ["brew"]);
    let replayed = jobs::replay(&mut w.conn, &admin, parked[0].id).await.unwrap();
    assert_eq!((&*replayed.kind, replayed.state), ("brew", JobState::Ready));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_and_given_back_only_by_its_holder() {
    let mut w = World::new().await;
    enqueue(&mut w, 1).await;
    let (worker, other) = (WorkerId::new(), WorkerId::new());
    let id = jobs::claim(&mut w.conn, KIND, worker, 1, 0).await.unwrap()[0].id;
    assert!(!jobs::renew(&mut w.conn, other, id, 60).await.unwrap());
    assert!(jobs::renew(&mut w.conn, worker, id, 60).await.unwrap());
    assert_eq!(jobs::claim(&mut w.conn, KIND, other, 1, 60).await.unwrap(), []);
    jobs::give_back(&mut w.conn, other, id).await.unwrap();
    assert_eq!(w.db.count("jobs WHERE attempts = 1").await, 1);
    jobs::give_back(&mut w.conn, worker, id).await.unwrap();
    assert!(!jobs::renew(&mut w.conn, worker, id, 60).await.unwrap());
    assert_eq!(jobs::claim(&mut w.conn, KIND, other, 1, 60).await.unwrap()[0].attempts, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leases_of_a_batch_are_renewed_together_or_not_at_all() {
    let mut w = World::new().await;
    enqueue(&mut w, 2).await;
    let (worker, other) = (WorkerId::new(), WorkerId::new());
    let claimed = jobs::claim(&mut w.conn, KIND, worker, 2, 0).await.unwrap();
    let ids = [claimed[0].id, claimed[1].id];
    let due = "jobs WHERE run_at <= UTC_TIMESTAMP(6)";
    assert!(!jobs::renew_all(&mut w.conn, other, &ids, 60).await.unwrap());
    assert_eq!(w.db.count(due).await, 2);
    assert!(jobs::renew_all(&mut w.conn, worker, &ids, 60).await.unwrap());
    assert_eq!(w.db.count(due).await, 0);
    w.sql("UPDATE jobs SET run_at = '2026-01-01'").await;
    jobs::claim(&mut w.conn, KIND, other, 1, 0).await.unwrap();
    w.sql("UPDATE jobs SET run_at = '2026-01-01'").await;
    assert!(!jobs::renew_all(&mut w.conn, worker, &ids, 60).await.unwrap(), "one was taken over");
    assert_eq!(w.db.count(due).await, 2);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subjects_job_is_found_and_withdrawn() {
    let mut w = World::new().await;
    let (mine, other) = (TicketId::new(), TicketId::new());
    jobs::enqueue(&mut w.conn, KIND, [mine.into(), other.into()], Timestamp::now()).await.unwrap();
    let found = jobs::find_by_subject(&mut w.conn, KIND, mine).await.unwrap().unwrap();
    assert_eq!(found.subject_id, mine.into());
    assert_eq!(jobs::find_by_subject(&mut w.conn, JobKind::Train, mine).await.unwrap(), None);
    jobs::withdraw(&mut w.conn, KIND, mine).await.unwrap();
    assert_eq!(jobs::find_by_subject(&mut w.conn, KIND, mine).await.unwrap(), None);
    assert_eq!(jobs::count_ready(&mut w.conn, KIND).await.unwrap(), 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_discard_parked_jobs_and_no_others() {
    let mut w = World::new().await;
    enqueue(&mut w, 3).await;
    let admin = w.team.admin.clone();
    let claimed = jobs::claim(&mut w.conn, KIND, WorkerId::new(), 1, 60).await.unwrap()[0].id;
    w.sql("UPDATE jobs SET state = 'parked' WHERE claimed_by IS NULL LIMIT 1").await;
    let parked = jobs::list_parked(&mut w.conn, &admin, &PageRequest::first(1)).await.unwrap();
    let parked = parked.rows[0].clone();
    for (who, actor) in w.actors() {
        if who != "admin" {
            let refused = jobs::discard(&mut w.conn, &actor, parked.id).await;
            assert_eq!(outcome(&refused), "forbidden", "{who}");
        }
    }
    let token = deskwire_domain::Actor {
        scopes: Some(vec![deskwire_domain::actor::Scope::TicketsWrite]),
        ..admin.clone()
    };
    assert_eq!(outcome(&jobs::discard(&mut w.conn, &token, parked.id).await), "forbidden");
    for other in [claimed, JobId::new()] {
        assert_eq!(outcome(&jobs::discard(&mut w.conn, &admin, other).await), "no job");
    }
    assert_eq!(w.db.count("jobs").await, 3);
    assert_eq!(jobs::discard(&mut w.conn, &admin, parked.id).await.unwrap(), parked);
    assert_eq!(outcome(&jobs::discard(&mut w.conn, &admin, parked.id).await), "no job");
    assert_eq!(w.db.count("jobs WHERE state = 'ready'").await, 2);
    assert_eq!(w.db.count("jobs").await, 2);
    w.finish().await;
}
