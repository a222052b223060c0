//! Property tests: what SQL finds is what the same value decides in memory.

use std::collections::BTreeSet;

use deskwire_domain::ids::{CategoryId, QueueId, TagId, TicketId, UserId};
use deskwire_domain::page::PageRequest;
use deskwire_domain::queues::QueueRight;
use deskwire_domain::testing::queue;
use deskwire_domain::tickets::{
    self, AssigneeFilter, Listing, Priority, Range, RequesterDraft, Status, Ticket, TicketDraft,
    TicketFilter, TicketOrder, TicketSnapshot, Visibility,
};
use deskwire_domain::users::Role;
use deskwire_domain::{Actor, Conn, Timestamp, tags};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::support::World;

const TICKETS: usize = 60;

/// Everything a random filter may name.
#[derive(Debug, Clone)]
struct Names {
    queues: Vec<QueueId>,
    categories: Vec<CategoryId>,
    people: Vec<UserId>,
    tags: Vec<TagId>,
    times: Vec<Timestamp>,
}

/// Random tickets, few values each, so that ties and both answers are common.
async fn fill(w: &mut World) -> (Vec<TicketSnapshot>, Names) {
    let mut runner = TestRunner::deterministic();
    let queues = vec![w.team.queue, w.team.other_queue, queue(&mut w.conn, "Third").await];
    let staff = [w.team.admin.user().unwrap(), w.team.agent.user().unwrap()];
    let customers = [w.team.customer.user().unwrap(), w.team.other_customer.user().unwrap()];
    let row = (
        (0..3_usize, 0..2_usize, option::of(0..2_usize), option::of(0..2_usize)),
        (option::of(select(Priority::ALL)), select(Status::ALL), 0..4_i64, 0..4_i64),
        vec(select(&["red", "green", "blue"][..]), 0..3),
        (option::weighted(0.2, 0..1_i64), proptest::bool::weighted(0.2)),
    );
    let start = Timestamp::now();
    let (mut all, mut target) = (Vec::new(), None);
    for _ in 0..TICKETS {
        let (
            (queue, requester, category, assignee),
            (priority, status, created, updated),
            tags,
            (deleted, merged),
        ) = row.new_tree(&mut runner).unwrap().current();
        let draft = TicketDraft {
            queue_id: Some(queues[queue]),
            requester: RequesterDraft::User(customers[requester]),
            category_id: category.map(|n| [w.category, w.other_category][n]),
            priority,
            tags: tags.into_iter().map(str::to_owned).collect(),
            ..TicketDraft::new("Subject", "Body")
        };
        let ticket = tickets::create(&mut w.conn, &Actor::system(), draft).await.unwrap();
        use deskwire_domain::db::schema::tickets as t;
        use diesel::prelude::*;
        let changed = diesel::update(t::table.find(ticket.id)).set((
            t::status.eq(status),
            t::assignee_id.eq(assignee.map(|n| staff[n])),
            t::created_at.eq(start.plus_seconds(created)),
            t::updated_at.eq(start.plus_seconds(updated)),
            t::deleted_at.eq(deleted.map(|seconds| start.plus_seconds(seconds))),
            t::merged_into_id.eq(target.filter(|_| merged)),
        ));
        diesel_async::RunQueryDsl::execute(changed, &mut w.conn).await.unwrap();
        let read = Ticket::query().filter(t::id.eq(ticket.id));
        all.push(diesel_async::RunQueryDsl::first::<Ticket>(read, &mut w.conn).await.unwrap());
        target = target.or(Some(ticket.id));
    }
    w.db.desk.settle().await.unwrap();
    tickets::counts::rebuild(&mut w.conn).await.unwrap();
    let ids: Vec<TicketId> = all.iter().map(|ticket| ticket.id).collect();
    let mut by_ticket = tags::of_tickets(&mut w.conn, &ids).await.unwrap();
    let snapshots = all.into_iter().map(|ticket| {
        let tags = by_ticket.remove(&ticket.id).unwrap_or_default();
        let tag_ids: BTreeSet<TagId> = tags.into_iter().map(|tag| tag.id).collect();
        TicketSnapshot { ticket, tag_ids: tag_ids.into_iter().collect() }
    });
    let snapshots: Vec<_> = snapshots.collect();
    let known = tags::list(&mut w.conn, &Actor::system()).await.unwrap();
    let names = Names {
        queues,
        categories: vec![w.category, w.other_category],
        people: staff.into_iter().chain(customers).collect(),
        tags: known.into_iter().map(|tag| tag.id).collect(),
        times: (0..5).map(|s| start.plus_seconds(s)).collect(),
    };
    (snapshots, names)
}

async fn pages(conn: &mut Conn, actor: &Actor, listing: &Listing, first: u32) -> Vec<Ticket> {
    let mut all: Vec<Ticket> = Vec::new();
    let mut page = PageRequest::first(first);
    loop {
        let found = tickets::list(conn, actor, listing, &page).await.unwrap();
        page.after = found.rows.last().map(|ticket| listing.order.cursor(ticket));
        all.extend(found.rows);
        if !found.has_next {
            return all;
        }
    }
}

fn filters(names: Names) -> impl Strategy<Value = TicketFilter> {
    let range = |times: Vec<Timestamp>| {
        (option::weighted(0.3, select(times.clone())), option::weighted(0.3, select(times)))
            .prop_map(|(from, until)| Range { from, until })
    };
    let assignee = prop_oneof![
        Just(AssigneeFilter::Unassigned),
        select(names.people.clone()).prop_map(AssigneeFilter::User),
    ];
    (
        vec(select(names.queues), 0..3),
        vec(select(Status::ALL), 0..3),
        vec(select(Priority::ALL), 0..3),
        vec(select(names.categories), 0..3),
        option::weighted(0.3, assignee),
        option::weighted(0.3, select(names.people)),
        vec(select(names.tags), 0..3),
        range(names.times.clone()),
        range(names.times),
    )
        .prop_map(
            |(queues, statuses, priorities, categories, assignee, requester, tags, a, b)| {
                TicketFilter {
                    queues,
                    statuses,
                    priorities,
                    categories,
                    assignee,
                    requester,
                    tags,
                    text: None,
                    created: a,
                    updated: b,
                }
            },
        )
}

fn actors(names: &Names) -> impl Strategy<Value = Actor> + use<> {
    let rights = btree_map(select(names.queues.clone()), select(QueueRight::ALL), 0..3);
    let user = option::weighted(0.9, select(names.people.clone()));
    (select(Role::ALL), user, rights).prop_map(|(role, user_id, queue_rights)| Actor {
        user_id,
        role,
        queue_rights,
        scopes: None,
        origin: None,
    })
}

/// One runtime for all cases: proptest itself is not async.
fn check<S: Strategy>(
    cases: u32,
    strategy: S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, test).unwrap();
}

#[test]
fn filters_and_visibility_decide_in_sql_as_in_memory_page_by_page() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut w = runtime.block_on(World::new());
    let (all, names) = runtime.block_on(fill(&mut w));
    let (deleted, merged) = (
        |t: &&TicketSnapshot| t.deleted_at.is_some(),
        |t: &&TicketSnapshot| t.merged_into_id.is_some(),
    );
    assert!(all.iter().filter(deleted).count() > 3 && all.iter().filter(merged).count() > 3);
    let pages_of = (select(&ORDERS[..]), select(&[2, 7, 100][..]));
    let strategy = (filters(names.clone()), actors(&names), pages_of);
    let conn = std::cell::RefCell::new(&mut w.conn);
    check(300, strategy, |(filter, actor, (order, first))| {
        let visibility = Visibility::of(&actor).unwrap();
        let admitted =
            |ticket: &&TicketSnapshot| visibility.admits(ticket) && filter.admits(ticket);
        let expected = sorted(all.iter().filter(admitted), order);
        let conn = &mut **conn.borrow_mut();
        let listing = Listing { filter, order };
        let found = runtime.block_on(pages(conn, &actor, &listing, first));
        let count = runtime.block_on(tickets::count(conn, &actor, &listing.filter)).unwrap();
        prop_assert_eq!(count, expected.len() as u64);
        let marked = runtime.block_on(tickets::count_at_mark(conn, &actor, &listing.filter));
        prop_assert_eq!(marked.unwrap().tickets, count);
        prop_assert_eq!(found, expected);
        Ok(())
    });
    runtime.block_on(w.finish());
}

const ORDERS: [TicketOrder; 4] = [
    TicketOrder::Newest,
    TicketOrder::Oldest,
    TicketOrder::RecentlyUpdated,
    TicketOrder::PriorityThenAge,
];

fn sorted<'a>(all: impl Iterator<Item = &'a TicketSnapshot>, order: TicketOrder) -> Vec<Ticket> {
    let mut sorted: Vec<Ticket> = all.map(|t| t.ticket.clone()).collect();
    sorted.sort_by_key(|t| match order {
        TicketOrder::PriorityThenAge => {
            (Priority::Urgent as i8 - t.priority as i8, t.created_at, t.id)
        }
        TicketOrder::RecentlyUpdated => (0, t.updated_at, t.id),
        _ => (0, t.created_at, t.id),
    });
    if matches!(order, TicketOrder::Newest | TicketOrder::RecentlyUpdated) {
        sorted.reverse();
    }
    sorted
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_in_every_order_are_the_sorted_list() {
    let mut w = World::new().await;
    let (mut all, _) = fill(&mut w).await;
    all.retain(|ticket| ticket.is_listed());
    for order in ORDERS {
        let expected = sorted(all.iter(), order);
        let listing = Listing { order, ..Listing::default() };
        for first in [1, 7, 100] {
            let found = pages(&mut w.conn, &Actor::system(), &listing, first).await;
            assert_eq!(found, expected, "{order:?} by {first}");
        }
        for other in ORDERS.into_iter().filter(|other| *other != order) {
            let page = PageRequest { first: 1, after: Some(other.cursor(&expected[0])) };
            let found = tickets::list(&mut w.conn, &Actor::system(), &listing, &page).await;
            assert_eq!(crate::support::outcome(&found), "invalid after");
        }
    }
    for bad in [0, 101] {
        let page = PageRequest::first(bad);
        let found = tickets::list(&mut w.conn, &Actor::system(), &Listing::default(), &page).await;
        assert_eq!(crate::support::outcome(&found), "invalid first");
    }
    w.finish().await;
}
