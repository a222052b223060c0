//! What a page costs: rows looked at, on a desk where nearly all tickets are closed.

use deskwire_domain::page::PageRequest;
use deskwire_domain::queues::QueueRight;
use deskwire_domain::testing::{agent, queue};
use deskwire_domain::tickets::{
    self, AssigneeFilter, Edit, Listing, Priority, Range, Status, TicketFilter, TicketOrder,
};
use deskwire_domain::{Actor, Conn, Timestamp, queues, tags};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::support::World;

/// Nine in ten are closed or solved, and open ones lie in the middle of every order.
const TICKETS: i64 = 12_000;
const FIRST: u32 = 10;
/// Up to 64 ranges, each read a page deep, and as much again to merge them.
const READS_MAX: i64 = 2 * 64 * (FIRST as i64 + 1);
/// With a tag so many on top: up to so many tagged ones are fetched and sorted; of more common tags,
/// each ticket in order is asked.
const TAGGED_MAX: i64 = 5000;

const ORDERS: [TicketOrder; 4] = [
    TicketOrder::Newest,
    TicketOrder::Oldest,
    TicketOrder::RecentlyUpdated,
    TicketOrder::PriorityThenAge,
];

#[derive(QueryableByName)]
struct Variable {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// Rows this connection has read so far, by any access, in tables and in temporary ones.
async fn reads(conn: &mut Conn) -> i64 {
    let rows: Vec<Variable> =
        diesel::sql_query("SHOW SESSION STATUS LIKE 'Handler_read%'").load(conn).await.unwrap();
    rows.iter().map(|row| row.value.parse::<i64>().unwrap()).sum()
}

struct Crowd {
    /// Sees three of the queues.
    agent: Actor,
    filters: Vec<(&'static str, TicketFilter)>,
}

async fn crowd(w: &mut World) -> Crowd {
    let third = queue(&mut w.conn, "Third").await;
    let ada = agent(&mut w.conn, "ann", w.team.queue, QueueRight::Reply).await;
    let me = ada.user().unwrap();
    for queue in [w.team.other_queue, third] {
        let right = Some(QueueRight::Read);
        queues::set_membership(&mut w.conn, &Actor::system(), queue, me, right).await.unwrap();
    }
    let ada = deskwire_domain::testing::actor(&mut w.conn, me).await;
    let tagged = w.ticket("Tagged").await.id;
    let names = ["common".to_owned(), "rare".to_owned()];
    let edit = Edit::any_version(tagged);
    tickets::set_tags(&mut w.conn, &Actor::system(), edit, &names, &[]).await.unwrap();
    let tag: Vec<_> = tags::list(&mut w.conn, &Actor::system()).await.unwrap();
    let tag: Vec<_> = tag.into_iter().map(|tag| tag.id).collect();
    let hex = |id: uuid::Uuid| format!("X'{}'", id.simple());
    let (queues, category) = ([w.team.queue, w.team.other_queue, third], w.category);
    let requester = w.team.customer.user().unwrap();
    // Hashed, so that no column tells another.
    let dice =
        |of: &str, sides: u8| format!("(ASCII(UNHEX(SHA2(CONCAT('{of}', n), 256))) % {sides})");
    let digit = "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 \
         UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    w.sql(&format!(
        "INSERT INTO tickets (id, subject, status, priority, priority_origin, category_id, queue_id, \
         requester_id, assignee_id, version, source, created_at, updated_at) \
         SELECT UNHEX(LPAD(HEX(n), 32, '0')), 'Many', \
         IF(n BETWEEN 5500 AND 6499, IF({status}, 'open', 'pending'), IF({status}, 'closed', 'solved')), \
         ELT(1 + {priority}, 'low', 'normal', 'high', 'urgent'), 'default', \
         IF({category}, {a_category}, NULL), ELT(1 + {queue}, {q0}, {q1}, {q2}), {requester}, \
         IF({assignee}, {me}, NULL), 1, 'web', '2026-01-01' + INTERVAL n MINUTE, \
         '2026-01-02' + INTERVAL n MINUTE \
         FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM {digit} a, \
         {digit} b, {digit} c, {digit} e, {digit} f) numbers WHERE n < {TICKETS}",
        status = dice("status", 3),
        priority = dice("priority", 4),
        category = dice("category", 5),
        queue = dice("queue", 3),
        assignee = dice("assignee", 2),
        a_category = hex(category.0),
        q0 = hex(queues[0].0),
        q1 = hex(queues[1].0),
        q2 = hex(queues[2].0),
        requester = hex(requester.0),
        me = hex(me.0),
    ))
    .await;
    w.sql(&format!(
        "INSERT IGNORE INTO ticket_tags (ticket_id, tag_id) SELECT id, {} FROM tickets WHERE ORD(SHA2(number, 256)) % 2; \
         INSERT IGNORE INTO ticket_tags (ticket_id, tag_id) SELECT id, {} FROM tickets WHERE MINUTE(created_at) \
         = 7; UPDATE tickets SET subject = 'Some vouchers' WHERE MINUTE(created_at) = 11; \
         ANALYZE TABLE tickets, ticket_tags",
        hex(tag[0].0),
        hex(tag[1].0),
    ))
    .await;
    w.db.desk.settle().await.unwrap();
    tickets::counts::rebuild(&mut w.conn).await.unwrap();
    assert_eq!(w.db.count("tickets").await, TICKETS + 1);
    let middle: Timestamp =
        "2026-01-05T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into();
    let any = TicketFilter::default;
    let filters = vec![
        ("all", any()),
        ("one queue", TicketFilter { queues: vec![queues[0]], ..any() }),
        ("unassigned", TicketFilter { assignee: Some(AssigneeFilter::Unassigned), ..any() }),
        ("mine", TicketFilter { assignee: Some(AssigneeFilter::User(me)), ..any() }),
        ("requester", TicketFilter { requester: Some(requester), ..any() }),
        ("category", TicketFilter { categories: vec![category], ..any() }),
        ("urgent", TicketFilter { priorities: vec![Priority::Urgent], ..any() }),
        ("common tag", TicketFilter { tags: vec![tag[0]], ..any() }),
        ("rare tag", TicketFilter { tags: vec![tag[1]], ..any() }),
        (
            "updated since",
            TicketFilter { updated: Range { from: Some(middle), until: None }, ..any() },
        ),
        ("words", TicketFilter { text: Some("vouchers".into()), ..any() }),
    ];
    Crowd { agent: ada, filters }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_looks_at_no_more_tickets_than_it_needs() {
    let mut w = World::new().await;
    let crowd = crowd(&mut w).await;
    let (admin, customer) = (w.team.admin.clone(), w.team.customer.clone());
    let statuses = [vec![], vec![Status::Open], vec![Status::Open, Status::Pending]];
    let mut too_many = Vec::new();
    for (name, filter) in &crowd.filters {
        for (who, actor) in [("admin", &admin), ("agent", &crowd.agent), ("customer", &customer)] {
            for statuses in &statuses {
                for order in ORDERS {
                    let bounded_by_time = filter.updated.from.is_some();
                    if bounded_by_time && order != TicketOrder::RecentlyUpdated {
                        continue;
                    }
                    let filter = TicketFilter { statuses: statuses.clone(), ..filter.clone() };
                    let listing = Listing { filter: filter.clone(), order };
                    // From the top, then from somewhere in the middle.
                    let deep = PageRequest { first: 100, after: None };
                    let rows =
                        tickets::list(&mut w.conn, actor, &listing, &deep).await.unwrap().rows;
                    let after = rows.last().map(|ticket| order.cursor(ticket));
                    for after in [None, after] {
                        let page = PageRequest { first: FIRST, after };
                        let before = reads(&mut w.conn).await;
                        let empty = reads(&mut w.conn).await - before;
                        let before = reads(&mut w.conn).await;
                        tickets::list(&mut w.conn, actor, &listing, &page).await.unwrap();
                        let read = reads(&mut w.conn).await - before - empty;
                        let has_tags = !filter.tags.is_empty();
                        let tagged = if has_tags { TAGGED_MAX + 2 * READS_MAX } else { 0 };
                        if read > READS_MAX + tagged {
                            too_many.push(format!(
                                "{read} for {name} {statuses:?}, {order:?}, {who}, {page:?}"
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(too_many.is_empty(), "{too_many:#?}");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_of_whole_groups_looks_at_no_ticket() {
    let mut w = World::new().await;
    let crowd = crowd(&mut w).await;
    let open = TicketFilter { statuses: vec![Status::Open], ..TicketFilter::default() };
    let before = reads(&mut w.conn).await;
    let empty = reads(&mut w.conn).await - before;
    for (name, filter) in &crowd.filters[..3] {
        for statuses in [vec![], open.statuses.clone()] {
            let filter = TicketFilter { statuses, ..filter.clone() };
            let before = reads(&mut w.conn).await;
            tickets::count(&mut w.conn, &crowd.agent, &filter).await.unwrap();
            let read = reads(&mut w.conn).await - before - empty;
            assert!(read < 200, "{name}: {read}");
        }
    }
    w.finish().await;
}

/// An agent sees some queues: an index without the queue would cost a row for each ticket of another.
#[tokio::test(flavor = "multi_thread")]
async fn every_index_of_lists_holds_the_queue() {
    let mut w = World::new().await;
    let indexes = "SELECT CONCAT(INDEX_NAME, ' ', MAX(COLUMN_NAME = 'queue_id')) AS `Value` \
        FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'tickets' \
        AND INDEX_NAME LIKE 'tickets\\_%status\\_%' GROUP BY INDEX_NAME";
    let indexes: Vec<Variable> = diesel::sql_query(indexes).load(&mut w.conn).await.unwrap();
    assert_eq!(indexes.len(), 11);
    let without: Vec<_> = indexes.iter().filter(|index| index.value.ends_with(" 0")).collect();
    assert!(without.is_empty(), "{:?}", without.iter().map(|i| &i.value).collect::<Vec<_>>());
    w.finish().await;
}
