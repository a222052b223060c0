use deskwire_domain::category_proposals::{self, ProposalState};
use deskwire_domain::ids::TicketId;
use deskwire_domain::tickets::{self, Edit, TicketUpdateDraft};
use deskwire_domain::{Actor, similar};
use deskwire_ml::proposals;
use deskwire_ml::worker::Worker;

use super::support::Desk;

impl Desk {
    fn worker(&self) -> Worker {
        Worker::new(self.db.desk.clone(), self.store.clone())
    }

    /// The subjects of a ticket's neighbours, nearest first.
    async fn neighbours(&self, subject: &str) -> Vec<String> {
        let mut conn = self.conn().await;
        let all = tickets::newest(&mut conn, None, 1000).await.unwrap();
        let asked = all.iter().find(|ticket| ticket.subject == subject).unwrap().id;
        let admin = Actor::system();
        let mut found = similar::of_tickets(&mut conn, &admin, &[asked]).await.unwrap();
        let found = found.remove(&asked).unwrap_or_default();
        found.into_iter().map(|known| known.ticket.subject).collect()
    }

    /// A ticket that comes in when others are there.
    async fn ask_subject(&self, subject: &str) {
        let requester = self.team.customer.user_id.unwrap();
        let mut conn = self.conn().await;
        deskwire_domain::testing::ticket(&mut conn, self.team.queue, requester, subject).await;
        drop(conn);
        self.db.desk.settle().await.unwrap();
    }

    async fn id(&self, subject: &str) -> TicketId {
        let all = tickets::newest(&mut *self.conn().await, None, 1000).await.unwrap();
        all.into_iter().find(|ticket| ticket.subject == subject).unwrap().id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_writes_down_the_older_tickets_most_alike() {
    let desk = Desk::create().await;
    desk.train().await;
    let mut worker = desk.worker();
    worker.run_once().await.unwrap();
    desk.ask(&["Scanner blinks purple", "Purple scanner"]).await;
    assert_eq!(worker.run_once().await.unwrap(), 2);

    assert_eq!(desk.db.count("ticket_neighbours").await, 2);
    assert_eq!(desk.neighbours("Purple scanner").await, ["Scanner blinks purple"]);
    assert_eq!(desk.neighbours("Scanner blinks purple").await, [""; 0], "the other one is newer");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_worker_knows_what_came_before_it_and_follows_the_log() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["Scanner blinks purple", "Another scanner", "A third scanner"]).await;
    assert_eq!(desk.worker().run_once().await.unwrap(), 3);
    let mut worker = desk.worker();
    worker.run_once().await.unwrap();
    {
        let (gone, other) = (desk.id("A third scanner").await, desk.id("Another scanner").await);
        let (mut conn, admin) = (desk.conn().await, &desk.team.admin);
        let edit = Edit::any_version;
        tickets::delete(&mut conn, admin, edit(gone), "spam").await.unwrap();
        let draft = TicketUpdateDraft { subject: Some("Teapot".into()) };
        tickets::update(&mut conn, admin, edit(other), draft).await.unwrap();
    }
    desk.db.desk.settle().await.unwrap();
    worker.run_once().await.unwrap();
    desk.ask_subject("Scanner and teapot").await;
    assert_eq!(worker.run_once().await.unwrap(), 1);

    let mut found = desk.neighbours("Scanner and teapot").await;
    found.retain(|subject| subject.contains("canner") || subject == "Teapot");
    found.sort();
    assert_eq!(found, ["Scanner blinks purple", "Teapot"]);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_compares_with_nothing_suggests_all_the_same() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["My card was stolen"]).await;
    let mut worker = desk.worker().comparing_with(0);
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(desk.db.count("ticket_neighbours").await, 0);
    assert_eq!(desk.db.count("suggestions").await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unsure_tickets_about_the_same_become_a_proposal() {
    let desk = Desk::create().await;
    desk.train().await;
    let colours = ["red", "green", "blue", "pink", "grey", "brown"];
    let texts: Vec<String> =
        (0..12).map(|n| format!("The scanner blinks {} tonight", colours[n % 6])).collect();
    desk.ask(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut worker = desk.worker();
    assert_eq!(worker.run_once().await.unwrap(), 12);
    let abstained = "UPDATE suggestions SET abstained = TRUE";
    let mut conn = desk.conn().await;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *conn, abstained).await.unwrap();

    assert_eq!(worker.run_once().await.unwrap(), 0, "nothing is due: it looks for categories");
    let admin = Actor::system();
    let open = ProposalState::Open;
    let found = category_proposals::list(&mut conn, &admin, open).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].size, 12);
    assert!(found[0].words.contains(&"scanner".to_owned()), "{found:?}");
    let again = proposals::refresh(&mut conn, 5).await.unwrap();
    assert_eq!(again[0].id, found[0].id);
    assert_eq!(proposals::refresh(&mut conn, 13).await.unwrap(), []);
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clusters_verb_prints_what_it_proposes() {
    let desk = Desk::create().await;
    desk.train().await;
    let texts: Vec<String> = (0..6).map(|n| format!("Scanner blinks purple number{n}x")).collect();
    desk.ask(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(desk.worker().run_once().await.unwrap(), 6);
    let abstained = "UPDATE suggestions SET abstained = TRUE";
    let mut conn = desk.conn().await;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *conn, abstained).await.unwrap();
    drop(conn);
    let (database, redis) = (desk.db.config.database_url.clone(), desk.db.config.redis_url.clone());
    let run = move |more: &'static [&'static str]| {
        let (database, redis) = (database.clone(), redis.clone());
        tokio::task::spawn_blocking(move || {
            let program = std::process::Command::new(env!("CARGO_BIN_EXE_deskwire-ml"))
                .args(["clusters", "--database-url", &database, "--redis-url", &redis])
                .args(more)
                .output()
                .unwrap();
            assert!(program.status.success(), "{program:?}");
            String::from_utf8(program.stdout).unwrap()
        })
    };
    assert_eq!(run(&[]).await.unwrap(), "No group of tickets that fit no category.\n");
    let text = run(&["--size-min", "5"]).await.unwrap();
    assert!(text.contains("6 tickets") && text.contains("scanner"), "{text}");
    let json = run(&["--size-min", "5", "--json"]).await.unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["tickets"].as_array().unwrap().len(), 6, "{json}");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_away_too_long_for_the_log_reads_the_tickets_again() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["Scanner blinks purple", "Another scanner"]).await;
    let mut worker = desk.worker();
    assert_eq!(worker.run_once().await.unwrap(), 2);
    worker.run_once().await.unwrap();
    let gone = desk.id("Another scanner").await;
    let mut conn = desk.conn().await;
    let edit = Edit::any_version(gone);
    tickets::delete(&mut conn, &desk.team.admin, edit, "spam").await.unwrap();
    desk.db.desk.settle().await.unwrap();
    let prune = "DELETE FROM events WHERE kind = 'ticket.deleted'";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *conn, prune).await.unwrap();
    drop(conn);
    desk.ask_subject("Scanner is purple").await;
    assert_eq!(worker.run_once().await.unwrap(), 1);

    // What was deleted is out of the index, not only out of sight.
    let named = format!("ticket_neighbours WHERE neighbours LIKE '%{}%'", gone.0);
    assert_eq!(desk.db.count(&named).await, 0);
    assert_eq!(desk.neighbours("Scanner is purple").await[0], "Scanner blinks purple");
    std::fs::remove_dir_all(desk.folder()).unwrap();
    desk.db.drop_unchecked().await;
}
