use deskwire_domain::testing::{TestDatabase, team};
use deskwire_domain::tickets::{self, TicketDraft};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_creates_a_ticket_with_message_event_and_job() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    let team = team(&mut conn).await;
    let before = db.desk.settle().await.unwrap().position;

    let draft = TicketDraft::new(" Card lost ", "Please help\r\n");
    let ticket = tickets::create(&mut conn, &team.customer, draft).await.unwrap();

    assert_eq!(ticket.subject, "Card lost");
    assert_eq!(ticket.queue_id, team.queue);
    assert_eq!(db.desk.settle().await.unwrap().position, before + 1);
    for (rows, from) in
        [(1, "tickets"), (1, "messages WHERE body_text = 'Please help'"), (1, "jobs")]
    {
        assert_eq!(db.count(from).await, rows, "{from}");
    }
    drop(conn);
    db.finish().await;
}
