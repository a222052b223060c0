use std::time::Duration;

use deskwire_domain::events::Cursor;
use deskwire_domain::ids::TicketId;
use deskwire_domain::messages;
use deskwire_domain::queues::{self, QueueRight};
use deskwire_domain::suggestions::{self, Label, LabelKind, SuggestionState};
use deskwire_domain::testing::ticket;
use deskwire_domain::tickets::QueueUpdateKind::{Enter, Leave, Resync, Update};
use deskwire_domain::tickets::{
    self, AssigneeFilter, Edit, Priority, QueueStream, QueueUpdate, QueueUpdateKind, Status,
    TicketFilter, TicketStream,
};
use deskwire_domain::users::{self, UserChange};
use deskwire_domain::{Actor, Desk};
use tokio::time::timeout;

use crate::suggestions::{let_apply, suggest, suggest_label};
use crate::support::{Verb, World, at, message, outcome};

async fn soon<T>(next: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), next).await.expect("the stream should go on")
}

/// Every step up to the one for `last`, which the test made to end the stream's part.
async fn until(stream: &mut QueueStream, last: TicketId) -> Vec<QueueUpdate> {
    let mut all = Vec::new();
    loop {
        let step = soon(stream.next()).await.expect("the stream goes on");
        if step.ticket_id == Some(last) {
            return all;
        }
        all.push(step);
    }
}

async fn open(desk: &Desk, actor: &Actor, filter: &TicketFilter, after: Cursor) -> QueueStream {
    QueueStream::open(desk, actor.clone(), filter.clone(), Some(after), true).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_enters_updates_or_leaves() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let to = w.targets();
    let tag = {
        let vip = w.ticket("Tagged").await;
        Verb::Tag.run(&mut w.conn, &admin, Edit::any_version(vip.id), to).await.unwrap();
        deskwire_domain::tags::list(&mut w.conn, &admin).await.unwrap()[0].id
    };
    let all = TicketFilter::default;
    let (mine, other) = (w.team.queue, w.team.other_queue);
    let assignee = |filter| TicketFilter { assignee: Some(filter), ..all() };
    let holder = AssigneeFilter::User(to.assignee);
    let cases: Vec<(Verb, TicketFilter, Option<QueueUpdateKind>)> = vec![
        (Verb::Update, all(), Some(Update)),
        (Verb::Reply, all(), Some(Update)),
        (Verb::Note, all(), Some(Update)),
        (Verb::Solve, TicketFilter { statuses: vec![Status::Open], ..all() }, Some(Leave)),
        (Verb::Solve, TicketFilter { statuses: vec![Status::Solved], ..all() }, Some(Enter)),
        (Verb::Solve, TicketFilter { statuses: vec![Status::Closed], ..all() }, None),
        (Verb::Move, TicketFilter { queues: vec![mine], ..all() }, Some(Leave)),
        (Verb::Move, TicketFilter { queues: vec![other], ..all() }, Some(Enter)),
        (Verb::Assign, assignee(AssigneeFilter::Unassigned), Some(Leave)),
        (Verb::Assign, assignee(holder), Some(Enter)),
        (Verb::Claim, assignee(holder), Some(Enter)),
        (Verb::Tag, TicketFilter { tags: vec![tag], ..all() }, Some(Enter)),
        (Verb::Prioritise, TicketFilter { priorities: vec![Priority::High], ..all() }, Some(Enter)),
        (
            Verb::Prioritise,
            TicketFilter { priorities: vec![Priority::Normal], ..all() },
            Some(Leave),
        ),
        (Verb::Categorise, TicketFilter { categories: vec![w.category], ..all() }, Some(Enter)),
        (Verb::Categorise, TicketFilter { categories: vec![w.other_category], ..all() }, None),
    ];
    for (verb, filter, expected) in cases {
        let changed = w.ticket("Changed").await;
        let cursor = w.db.desk.settle().await.unwrap();
        let count = tickets::count(&mut w.conn, &admin, &filter).await.unwrap();
        let mut stream = open(&w.db.desk, &admin, &filter, cursor).await;
        verb.run(&mut w.conn, &admin, Edit::any_version(changed.id), to).await.unwrap();
        let cursor = w.db.desk.settle().await.unwrap();
        let Some(expected) = expected else { continue };
        let step = soon(stream.next()).await.unwrap();
        assert_eq!((step.kind, step.cursor), (expected, cursor), "{verb:?} {filter:?}");
        let now = tickets::count(&mut w.conn, &admin, &filter).await.unwrap();
        assert_eq!(step.total_count, Some(now), "{verb:?} from {count}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_hear_of_their_tickets_and_nothing_internal() {
    let mut w = World::new().await;
    let (customer, agent) = (w.team.customer.clone(), w.team.agent.clone());
    let cursor = w.db.desk.settle().await.unwrap();
    let open_only = TicketFilter { statuses: vec![Status::Open], ..TicketFilter::default() };
    let mut queue = open(&w.db.desk, &customer, &open_only, cursor).await;
    let mut colleague = open(&w.db.desk, &agent, &open_only, cursor).await;

    let mine = w.ticket("Mine").await;
    let stranger = w.team.other_customer.user().unwrap();
    ticket(&mut w.conn, w.team.queue, stranger, "A stranger's").await;
    let mut one =
        TicketStream::open(&w.db.desk, customer.clone(), mine.id, Some(cursor)).await.unwrap();
    messages::note(&mut w.conn, &agent, message(mine.id, "Internal")).await.unwrap();
    let suggestion = suggest(&mut w, mine.id).await;
    deskwire_domain::suggestions::dismiss(&mut w.conn, &agent, suggestion).await.unwrap();
    let status = Some(Status::Solved);
    let solving = messages::MessageDraft { status, ..message(mine.id, "Solved by a note") };
    messages::note(&mut w.conn, &agent, solving).await.unwrap();
    let last = w.ticket("Last").await;
    w.db.desk.settle().await.unwrap();

    let kinds = |steps: Vec<QueueUpdate>| steps.into_iter().map(|s| s.kind).collect::<Vec<_>>();
    let steps = until(&mut queue, last.id).await;
    let events = steps.iter().filter_map(|step| step.event.as_ref());
    assert!(events.into_iter().all(|event| !event.kind.is_internal()));
    assert_eq!(kinds(steps), [Enter, Leave]);
    let steps = until(&mut colleague, last.id).await;
    assert_eq!(kinds(steps), [Enter, Enter, Update, Update, Update, Leave]);
    for status in [Status::Open, Status::Solved] {
        let event = soon(one.next()).await.unwrap().event.unwrap();
        assert!(!event.kind.is_internal());
        assert_eq!(event.payload.ticket.as_ref().unwrap().status, status);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applied_label_is_one_step_for_staff_and_customers() {
    let mut w = World::new().await;
    let (customer, agent) = (w.team.customer.clone(), w.team.agent.clone());
    let_apply(&mut w, LabelKind::Category).await;
    let ticket = w.ticket("Card lost").await;
    let cursor = w.db.desk.settle().await.unwrap();
    let all = TicketFilter::default();
    let labelled = TicketFilter { categories: vec![w.category], ..TicketFilter::default() };
    let mut queue = open(&w.db.desk, &agent, &all, cursor).await;
    let mut narrow = open(&w.db.desk, &agent, &labelled, cursor).await;
    let mut own = open(&w.db.desk, &customer, &all, cursor).await;
    let (desk, after) = (&w.db.desk, Some(cursor));
    let mut one = TicketStream::open(desk, customer.clone(), ticket.id, after).await.unwrap();
    let label = Label::Category(w.category);
    let made = suggest_label(&mut w, ticket.id, label).await;
    suggestions::revert(&mut w.conn, &agent, made.id).await.unwrap();
    let last = w.ticket("Last").await;
    w.db.desk.settle().await.unwrap();
    let kinds = |steps: Vec<QueueUpdate>| steps.into_iter().map(|s| s.kind).collect::<Vec<_>>();
    // Applied; taken off; and who took it off, which is staff's business.
    assert_eq!(kinds(until(&mut queue, last.id).await), [Update, Update, Update]);
    assert_eq!(kinds(until(&mut own, last.id).await), [Update, Update]);
    let entered = soon(narrow.next()).await.unwrap();
    assert_eq!((entered.kind, entered.total_count), (Enter, Some(1)));
    let about = entered.event.unwrap().payload.suggestion.clone().unwrap();
    assert_eq!((about.id, about.state), (made.id, SuggestionState::Applied));
    let left = soon(narrow.next()).await.unwrap();
    assert_eq!((left.kind, left.total_count), (Leave, Some(0)));
    for category in [Some(w.category), None] {
        let event = soon(one.next()).await.unwrap().event.unwrap();
        assert_eq!(event.payload.ticket.as_ref().unwrap().category_id, category);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_count_is_the_databases_also_when_resumed_from_an_old_cursor() {
    let mut w = World::new().await;
    let (admin, agent, to) = (w.team.admin.clone(), w.team.agent.clone(), w.targets());
    let filters = [
        TicketFilter::default(),
        TicketFilter { statuses: vec![Status::Open], ..TicketFilter::default() },
        TicketFilter { priorities: vec![Priority::High], ..TicketFilter::default() },
    ];
    let start = w.db.desk.settle().await.unwrap();
    let mut streams = Vec::new();
    for filter in &filters {
        streams.push((filter, open(&w.db.desk, &agent, filter, start).await));
    }
    let mut ids = Vec::new();
    for n in 0..40_usize {
        if n % 4 == 0 {
            ids.push(w.ticket("Random").await.id);
        }
        let edit = Edit::any_version(ids[(n * 5) % ids.len()]);
        let verb = Verb::ALL[(n * 7) % Verb::ALL.len()];
        // Closed or already taken is part of the game.
        let _ = verb.run(&mut w.conn, &admin, edit, to).await;
        if n == 20 || n == 39 {
            let cursor = at(start, start.position + n as u64 / 2);
            if n == 20 {
                w.db.desk.settle().await.unwrap();
            }
            for filter in &filters {
                // At 39 the newest events are committed and not yet numbered.
                streams.push((filter, open(&w.db.desk, &agent, filter, cursor).await));
            }
        }
    }
    let last = w.ticket("Last").await;
    let edit = Edit::any_version(last.id);
    tickets::change_priority(&mut w.conn, &admin, edit, Priority::High).await.unwrap();
    w.db.desk.settle().await.unwrap();
    for (filter, mut stream) in streams {
        let before = until(&mut stream, last.id).await;
        let now = tickets::count(&mut w.conn, &agent, filter).await.unwrap();
        // `until` has taken the ENTER of the last ticket, which is counted.
        let total = before.last().and_then(|step| step.total_count);
        assert_eq!(total.map(|total| total + 1), Some(now), "{filter:?}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_membership_empties_the_stream_and_a_lost_account_ends_it() {
    let mut w = World::new().await;
    let (admin, agent, to) = (w.team.admin.clone(), w.team.agent.clone(), w.targets());
    let agent_id = agent.user().unwrap();
    let right = Some(QueueRight::Read);
    queues::set_membership(&mut w.conn, &admin, w.team.other_queue, agent_id, right).await.unwrap();
    let agent = deskwire_domain::testing::actor(&mut w.conn, agent_id).await;
    let seen = w.ticket("Seen").await;
    let kept = w.hidden_ticket("Kept").await;
    let cursor = w.db.desk.settle().await.unwrap();
    let mut queue = open(&w.db.desk, &agent, &TicketFilter::default(), cursor).await;
    let mut one =
        TicketStream::open(&w.db.desk, agent.clone(), seen.id, Some(cursor)).await.unwrap();

    let edit = Edit::any_version(seen.id);
    Verb::Update.run(&mut w.conn, &admin, edit, to).await.unwrap();
    queues::set_membership(&mut w.conn, &admin, w.team.queue, agent_id, None).await.unwrap();
    Verb::Prioritise.run(&mut w.conn, &admin, edit, to).await.unwrap();
    w.ticket("Unseen").await;
    let edit = Edit::any_version(kept.id);
    Verb::Update.run(&mut w.conn, &admin, edit, to).await.unwrap();
    w.db.desk.settle().await.unwrap();

    let mut steps = Vec::new();
    for _ in 0..3 {
        let step = soon(queue.next()).await.unwrap();
        steps.push((step.kind, step.ticket_id, step.total_count));
        assert_eq!(step.ticket.is_some(), step.kind != Leave);
    }
    let expected = [(Update, seen.id, 2), (Leave, seen.id, 1), (Update, kept.id, 1)];
    assert_eq!(steps, expected.map(|(kind, id, total)| (kind, Some(id), Some(total))));
    assert!(soon(one.next()).await.is_some());
    assert!(soon(one.next()).await.is_none());

    let change = UserChange { active: Some(false), ..UserChange::default() };
    users::update(&mut w.conn, &admin, agent_id, change).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert!(soon(queue.next()).await.is_none());
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_cursors_resync_and_tokens_need_the_scope() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let ticket = w.ticket("Card lost").await;
    w.db.desk.settle().await.unwrap();
    let foreign = Cursor::new(deskwire_domain::ids::LogId::new(), 1);
    let mut queue = open(&w.db.desk, &agent, &TicketFilter::default(), foreign).await;
    let step = soon(queue.next()).await.unwrap();
    assert_eq!((step.kind, step.total_count), (Resync, Some(1)));
    let mut one =
        TicketStream::open(&w.db.desk, agent.clone(), ticket.id, Some(foreign)).await.unwrap();
    assert!(soon(one.next()).await.unwrap().event.is_none());
    let token = Actor { scopes: Some(Vec::new()), ..agent };
    let all = TicketFilter::default();
    let refused = QueueStream::open(&w.db.desk, token.clone(), all, None, false).await;
    assert_eq!(outcome(&refused), "forbidden");
    let refused = TicketStream::open(&w.db.desk, token, ticket.id, None).await;
    assert_eq!(outcome(&refused), "forbidden");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_changed_while_away_are_caught_up_with() {
    let mut w = World::new().await;
    let (admin, agent) = (w.team.admin.clone(), w.team.agent.clone());
    let agent_id = agent.user().unwrap();
    let to = w.targets();
    let (mine, other) = (w.team.queue, w.team.other_queue);
    let lost = w.ticket("Lost").await;
    let closed = w.ticket("Already solved").await;
    Verb::Solve.run(&mut w.conn, &admin, Edit::any_version(closed.id), to).await.unwrap();
    let gained = w.hidden_ticket("Gained").await;
    let cursor = w.db.desk.settle().await.unwrap();

    Verb::Update.run(&mut w.conn, &admin, Edit::any_version(lost.id), to).await.unwrap();
    let brief = w.ticket("Came and went").await;
    queues::set_membership(&mut w.conn, &admin, mine, agent_id, None).await.unwrap();
    let right = Some(QueueRight::Read);
    queues::set_membership(&mut w.conn, &admin, other, agent_id, right).await.unwrap();
    // What happens later must not blur what the list was when the rights changed.
    Verb::Solve.run(&mut w.conn, &admin, Edit::any_version(lost.id), to).await.unwrap();
    Verb::Solve.run(&mut w.conn, &admin, Edit::any_version(gained.id), to).await.unwrap();
    let last = w.hidden_ticket("Last").await;
    w.db.desk.settle().await.unwrap();

    let agent = deskwire_domain::testing::actor(&mut w.conn, agent_id).await;
    let open_only = TicketFilter { statuses: vec![Status::Open], ..TicketFilter::default() };
    let mut queue = open(&w.db.desk, &agent, &open_only, cursor).await;
    let steps = until(&mut queue, last.id).await;
    let found: Vec<_> = steps
        .iter()
        .map(|step| (step.kind, step.ticket_id.unwrap(), step.total_count.unwrap()))
        .collect();
    // The update of the lost ticket and the brief one's content are nobody's business any more.
    let expected =
        [(Leave, lost.id, 1), (Leave, brief.id, 0), (Enter, gained.id, 1), (Leave, gained.id, 0)];
    assert_eq!(found, expected);
    let half_way = steps[0].cursor;
    assert!(half_way.position < steps[1].cursor.position, "a half-told change is told again");
    w.finish().await;
}

/// Whether the ticket had the words when the right was lost cannot be told from what it is now.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_right_hid_leaves_a_list_of_words_also_when_it_changed_since() {
    let mut w = World::new().await;
    let (admin, agent) = (w.team.admin.clone(), w.team.agent.clone());
    let (queue, agent_id) = (w.team.queue, agent.user().unwrap());
    let to = w.targets();
    let words = TicketFilter {
        text: Some("voucher".into()),
        statuses: vec![Status::Open],
        ..TicketFilter::default()
    };
    let hidden = w.ticket("My voucher").await;
    let cursor = w.db.desk.settle().await.unwrap();
    queues::set_membership(&mut w.conn, &admin, queue, agent_id, None).await.unwrap();
    Verb::Solve.run(&mut w.conn, &admin, Edit::any_version(hidden.id), to).await.unwrap();
    let right = Some(QueueRight::Read);
    queues::set_membership(&mut w.conn, &admin, queue, agent_id, right).await.unwrap();
    let last = w.ticket("The last voucher").await;
    w.db.desk.settle().await.unwrap();

    let mut stream = open(&w.db.desk, &agent, &words, cursor).await;
    let steps = until(&mut stream, last.id).await;
    let told: Vec<_> = steps.iter().map(|step| (step.kind, step.ticket_id.unwrap())).collect();
    assert_eq!(told, [(Leave, hidden.id)]);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_tickets_to_name_are_a_resync() {
    let mut w = World::new().await;
    let (admin, agent) = (w.team.admin.clone(), w.team.agent.clone());
    let cursor = w.db.desk.settle().await.unwrap();
    let mut queue = open(&w.db.desk, &agent, &TicketFilter::default(), cursor).await;
    let first = w.ticket("First").await;
    for doubling in 0..10 {
        let copy = format!(
            "INSERT INTO tickets (id, subject, status, priority, priority_origin, queue_id, \
             requester_id, version, source, created_at, updated_at) \
             SELECT UNHEX(LEFT(SHA2(CONCAT(HEX(id), {doubling}), 256), 32)), subject, status, priority, \
             priority_origin, queue_id, requester_id, version, source, created_at, updated_at \
             FROM tickets"
        );
        w.sql(&copy).await;
    }
    tickets::counts::rebuild(&mut w.conn).await.unwrap();
    let agent_id = agent.user().unwrap();
    queues::set_membership(&mut w.conn, &admin, w.team.queue, agent_id, None).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert_eq!(soon(queue.next()).await.unwrap().ticket_id, Some(first.id));
    let step = soon(queue.next()).await.unwrap();
    assert_eq!((step.kind, step.total_count), (Resync, Some(0)));
    // The copies have no events, so nothing counts them.
    drop(w.conn);
    w.db.drop_unchecked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_enter_update_and_leave_with_what_is_written() {
    let mut w = World::new().await;
    let (admin, agent, customer) =
        (w.team.admin.clone(), w.team.agent.clone(), w.team.customer.clone());
    let words = TicketFilter { text: Some("voucher".into()), ..TicketFilter::default() };
    let start = w.db.desk.settle().await.unwrap();
    let mut staff = open(&w.db.desk, &agent, &words, start).await;
    let mut own = open(&w.db.desk, &customer, &words, start).await;

    let asked = w.ticket("A question").await;
    let edit = Edit::any_version(asked.id);
    messages::note(&mut w.conn, &agent, message(asked.id, "Give a voucher")).await.unwrap();
    messages::reply(&mut w.conn, &agent, message(asked.id, "Here is your voucher")).await.unwrap();
    let subject = |text: &str| tickets::TicketUpdateDraft { subject: Some(text.into()) };
    let other = w.ticket("No such thing").await;
    let other_edit = Edit::any_version(other.id);
    tickets::update(&mut w.conn, &agent, other_edit, subject("My voucher")).await.unwrap();
    tickets::update(&mut w.conn, &agent, other_edit, subject("My card")).await.unwrap();
    tickets::change_status(&mut w.conn, &admin, edit, Status::Solved).await.unwrap();
    let last = w.ticket("The last voucher").await;
    w.db.desk.settle().await.unwrap();

    let told = |steps: Vec<QueueUpdate>| -> Vec<_> {
        steps.iter().map(|step| (step.kind, step.ticket_id.unwrap())).collect()
    };
    let replayed = &mut open(&w.db.desk, &agent, &words, start).await;
    for stream in [&mut staff, replayed] {
        let steps = until(stream, last.id).await;
        // The subject's index is the present one; the messages decide by when they were written.
        let of_asked: Vec<_> = told(steps).into_iter().filter(|(_, id)| *id == asked.id).collect();
        assert_eq!(of_asked, [(Enter, asked.id), (Update, asked.id), (Update, asked.id)]);
    }
    let steps = told(until(&mut own, last.id).await);
    let of_asked: Vec<_> = steps.into_iter().filter(|(_, id)| *id == asked.id).collect();
    assert_eq!(
        of_asked,
        [(Enter, asked.id), (Update, asked.id)],
        "a note is not read by customers"
    );

    // Watched as it happens, a changed subject enters and leaves.
    let mut live = open(&w.db.desk, &agent, &words, w.db.desk.settle().await.unwrap()).await;
    tickets::update(&mut w.conn, &agent, other_edit, subject("A voucher again")).await.unwrap();
    w.db.desk.settle().await.unwrap();
    let step = soon(live.next()).await.unwrap();
    let now = tickets::count(&mut w.conn, &agent, &words).await.unwrap();
    assert_eq!((step.kind, step.ticket_id, step.total_count), (Enter, Some(other.id), Some(now)));
    tickets::update(&mut w.conn, &agent, other_edit, subject("My card")).await.unwrap();
    w.db.desk.settle().await.unwrap();
    let step = soon(live.next()).await.unwrap();
    assert_eq!((step.kind, step.total_count), (Leave, Some(now - 1)));
    w.finish().await;
}
