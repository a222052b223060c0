use deskwire_domain::Timestamp;
use deskwire_domain::error::FieldErrors;
use deskwire_domain::messages::Body;
use deskwire_domain::tickets::{
    self, ImportOutcome, ImportRow, LabelOrigin, Listing, Priority, Status, TicketOrder,
};

use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_imported_once_in_order_with_its_labels() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let created_at = Timestamp::now().plus_seconds(-86_400);
    let row = |id: &str, status, category_id, priority| ImportRow {
        external_id: id.into(),
        subject: format!("Subject {id}"),
        body: Body::check(&mut FieldErrors::default(), "Body", None),
        requester_id: w.team.customer.user().unwrap(),
        category_id,
        priority,
        status,
        created_at: Some(created_at),
    };
    let (category, urgent) = (Some(w.category), Some(Priority::Urgent));
    let rows = [
        row("a", Status::Open, None, None),
        row("b", Status::Closed, None, None),
        row("c", Status::Open, category, urgent),
        row("a", Status::Open, None, None),
        row("d", Status::Solved, category, None),
    ];
    let queue = tickets::import_target(&mut w.conn, &admin, Some("legal")).await.unwrap();
    assert_eq!(queue, w.team.other_queue);
    for (created, skipped) in [(4, 1), (0, 5)] {
        let done = tickets::import(&mut w.conn, &admin, "jira", queue, true, &rows).await.unwrap();
        assert_eq!(done, ImportOutcome { created, skipped });
    }
    let oldest = Listing { order: TicketOrder::Oldest, ..Listing::default() };
    let page = deskwire_domain::page::PageRequest::first(10);
    let all = tickets::list(&mut w.conn, &admin, &oldest, &page).await.unwrap().rows;
    let external: Vec<_> = all.iter().filter_map(|t| t.external_id.as_deref()).collect();
    assert_eq!(external, ["a", "b", "c", "d"]);
    assert!(all.is_sorted_by_key(|ticket| ticket.number));
    assert_eq!((all[2].category_id, all[2].priority), (category, Priority::Urgent));
    assert_eq!(all[2].priority_origin, LabelOrigin::Person);
    assert_eq!((all[1].solved_at, all[0].solved_at), (Some(created_at), None));
    for (rows, from) in [
        (2, "jobs"),
        (4, "messages WHERE channel = 'import'"),
        (4, "events WHERE kind = 'ticket.created'"),
    ] {
        assert_eq!(w.db.count(from).await, rows, "{from}");
    }
    // The same ids from elsewhere are other tickets; `suggest: false` asks for nothing.
    let done = tickets::import(&mut w.conn, &admin, "zendesk", queue, false, &rows).await.unwrap();
    assert_eq!((done.created, w.db.count("jobs").await), (4, 2));
    let empty = tickets::import(&mut w.conn, &admin, "jira", queue, true, &[]).await.unwrap();
    assert_eq!(empty, ImportOutcome::default());

    let unknown = tickets::import_target(&mut w.conn, &admin, Some("Nowhere")).await;
    assert_eq!(outcome(&unknown), "invalid queue");
    let lead = &w.team.lead;
    let by_lead = tickets::import(&mut w.conn, lead, "jira", queue, true, &rows).await;
    assert_eq!(outcome(&by_lead), "forbidden");
    assert_eq!(outcome(&tickets::import_target(&mut w.conn, lead, None).await), "forbidden");
    w.finish().await;
}
