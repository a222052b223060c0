//! What tickets like one tell, by role; and what a page of it costs.

use deskwire_domain::ids::{TicketId, UserId, WorkerId};
use deskwire_domain::queues::{QueueRight, set_membership};
use deskwire_domain::similar::{Neighbour, NewNeighbours};
use deskwire_domain::suggestions::{Recording, record};
use deskwire_domain::testing::{Statements, queue, ticket};
use deskwire_domain::tickets::Ticket;
use deskwire_domain::users::{UserChange, update};
use deskwire_domain::{Actor, Conn};
use serde_json::{Value, json};

use crate::support::{TestApp, codes, public};

const ALL: &str = "similarSolved { score ticket { subject } solution { body } } \
    probableDuplicates { score ticket { subject } } \
    suggestedAssignee { share support user { name } } \
    suggestedQueue { share support queue { name } } \
    suggestedReply { score reason body cannedReply { name } }";

async fn note(conn: &mut Conn, ticket: TicketId, neighbours: &[(TicketId, f64)]) {
    let known = neighbours.iter().map(|&(ticket_id, score)| Neighbour { ticket_id, score });
    let neighbours = vec![NewNeighbours { ticket_id: ticket, neighbours: known.collect() }];
    let found = Recording { neighbours, ..Default::default() };
    assert!(record(conn, WorkerId::new(), &[], found).await.unwrap());
}

struct Desk {
    app: TestApp,
    asked: Ticket,
}

impl Desk {
    /// A ticket in Support that is like three solved ones there, two in Legal, one open in each, all with
    /// what only admins may learn of Legal.
    async fn new() -> Self {
        let app = TestApp::start().await;
        let adam = app.as_(&app.team.admin).await;
        let adam_id = app.team.admin.user().unwrap();
        let (ada, lea) = (app.team.agent.user().unwrap(), app.team.lead.user().unwrap());
        let owner = app.team.customer.user().unwrap();
        let mut conn = app.db.conn().await;
        let mut near = Vec::new();
        let names = ["Support 1", "Support 2", "Support 3", "secret 4", "secret 5"];
        for (n, name) in names.into_iter().enumerate() {
            let is_secret = n > 2;
            let queue = if is_secret { app.team.other_queue } else { app.team.queue };
            let made = ticket(&mut conn, queue, owner, name).await;
            let solver = [ada, ada, lea, adam_id, adam_id][n];
            solve(&adam, &made, solver, &format!("{name} is solved")).await;
            near.push((made.id, 0.9 - n as f64 / 10.0));
        }
        for (name, queue, requester, score) in [
            ("Support open", app.team.queue, owner, 0.4),
            ("Support of another", app.team.queue, app.team.other_customer.user().unwrap(), 0.4),
            ("secret open", app.team.other_queue, owner, 0.95),
        ] {
            near.push((ticket(&mut conn, queue, requester, name).await.id, score));
        }
        let asked = ticket(&mut conn, app.team.queue, owner, "Asked").await;
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        note(&mut conn, asked.id, &near).await;
        drop(conn);
        Self { app, asked }
    }

    async fn seen_by(&self, actor: &Actor, fields: &str) -> Value {
        let client = self.app.as_(actor).await;
        let operation = format!("{{ ticket(number: {}) {{ {fields} }} }}", self.asked.number);
        client.data(&operation, json!({})).await["ticket"].take()
    }
}

async fn solve(adam: &crate::support::Client, ticket: &Ticket, solver: UserId, reply: &str) {
    let id = public("ticket", ticket.id);
    let assign = json!({ "id": id, "assigneeId": public("user", solver) });
    adam.change("assignTicket", assign, "cursor").await;
    let reply = json!({ "ticketId": id, "body": reply, "status": "SOLVED" });
    let answer = adam.change("addReply", reply, "errors { code }").await;
    assert_eq!(answer["data"]["payload"]["errors"], json!([]), "{answer}");
}

fn subjects(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["ticket"]["subject"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_learn_what_follows_from_the_tickets_they_may_see() {
    let desk = Desk::new().await;
    let team = &desk.app.team;
    for actor in [&team.agent, &team.reader, &team.lead] {
        let seen = desk.seen_by(actor, ALL).await;
        let solved = &seen["similarSolved"];
        assert_eq!(subjects(solved), ["Support 1", "Support 2", "Support 3"]);
        assert_eq!(solved[0]["score"], 0.9);
        assert_eq!(solved[0]["solution"]["body"], "Support 1 is solved");
        assert_eq!(subjects(&seen["probableDuplicates"]), ["Support open"]);
        assert_eq!(seen["suggestedAssignee"]["user"]["name"], "ada");
        assert_eq!(seen["suggestedAssignee"]["support"], 2);
        let share = seen["suggestedAssignee"]["share"].as_f64().unwrap();
        assert!((share - 1.7 / 2.4).abs() < 1e-9, "{share}: invisible tickets have no say");
        assert_eq!(
            seen["suggestedQueue"],
            json!({ "share": 1.0, "support": 3, "queue": { "name": "Support" } })
        );
        assert_eq!(seen["suggestedReply"], Value::Null);
        assert!(!seen.to_string().contains("secret"), "{seen}");
    }
    let seen = desk.seen_by(&team.admin, ALL).await;
    assert_eq!(subjects(&seen["similarSolved"]).len(), 5);
    assert_eq!(subjects(&seen["probableDuplicates"]), ["secret open", "Support open"]);
    let share = seen["suggestedAssignee"]["share"].as_f64().unwrap();
    assert!((share - 1.7 / 3.5).abs() < 1e-9, "{share}: of all five");
    assert_eq!(seen["suggestedQueue"]["support"], 3);
    desk.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_and_outsiders_get_nothing() {
    let desk = Desk::new().await;
    let team = &desk.app.team;
    let everything = format!("{ALL} messages {{ nodes {{ cannedReply {{ name }} }} }}");
    let seen = desk.seen_by(&team.customer, &everything).await;
    let nothing = json!({
        "similarSolved": [], "probableDuplicates": [], "suggestedAssignee": null,
        "suggestedQueue": null, "suggestedReply": null,
        "messages": { "nodes": [{ "cannedReply": null }] },
    });
    assert_eq!(seen, nothing);
    for actor in [&team.outsider, &team.other_customer] {
        assert_eq!(desk.seen_by(actor, ALL).await, Value::Null);
    }
    desk.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_agents_of_the_queue_are_suggested() {
    let desk = Desk::new().await;
    let team = &desk.app.team;
    let ada = team.agent.user().unwrap();
    let suggested = "suggestedAssignee { user { name } }";
    let mut conn = desk.app.db.conn().await;
    let right = Some(QueueRight::Read);
    set_membership(&mut conn, &Actor::system(), team.queue, ada, right).await.unwrap();
    desk.app.db.desk.settle().await.unwrap();
    // Ada may only read there now; lea solved one ticket of those the reader sees.
    let seen = desk.seen_by(&team.reader, suggested).await;
    assert_eq!(seen["suggestedAssignee"], Value::Null);
    let right = Some(QueueRight::Reply);
    set_membership(&mut conn, &Actor::system(), team.queue, ada, right).await.unwrap();
    let change = UserChange { active: Some(false), ..Default::default() };
    update(&mut conn, &Actor::system(), ada, change).await.unwrap();
    desk.app.db.desk.settle().await.unwrap();
    let seen = desk.seen_by(&team.reader, suggested).await;
    assert_eq!(seen["suggestedAssignee"], Value::Null);
    drop(conn);
    desk.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_similar_tickets_is_the_callers_choice_within_limits() {
    let desk = Desk::new().await;
    let client = desk.app.as_(&desk.app.team.agent).await;
    for (first, wanted) in [(1, 1), (20, 3)] {
        let fields = format!("similarSolved(first: {first}) {{ score }}");
        let seen = desk.seen_by(&desk.app.team.agent, &fields).await;
        assert_eq!(seen["similarSolved"].as_array().unwrap().len(), wanted);
    }
    for first in [0, 21, -1] {
        let operation =
            format!("{{ ticket(number: 1) {{ similarSolved(first: {first}) {{ score }} }} }}");
        assert_eq!(codes(&client.run(&operation, json!({})).await), ["BAD_USER_INPUT"], "{first}");
    }
    desk.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_it_takes_as_many_statements_for_two_tickets_as_for_ten() {
    let watch = Statements::watch();
    let desk = Desk::new().await;
    let app = &desk.app;
    let owner = app.team.customer.user().unwrap();
    let adam = app.as_(&app.team.admin).await;
    let made = adam
        .change(
            "createCannedReply",
            json!({ "name": "Asked", "body": "Asked, please" }),
            "errors { code }",
        )
        .await;
    assert_eq!(made["data"]["payload"]["errors"], json!([]), "{made}");
    let mut conn = app.db.conn().await;
    let near: Vec<(TicketId, f64)> = {
        let found = deskwire_domain::tickets::newest(&mut conn, None, 8).await.unwrap();
        found.iter().map(|ticket| (ticket.id, 0.8)).collect()
    };
    let others = queue(&mut conn, "Others").await;
    let page = format!(
        "query($id: ID!) {{ queue(id: $id) {{ tickets(first: 10) {{ nodes {{ {ALL} }} }} }} }}"
    );
    let page = page.replace("similarSolved", "similarSolved(first: 3)");
    let mut counts = Vec::new();
    for more in [2, 8] {
        for n in 0..more {
            let asked = ticket(&mut conn, others, owner, &format!("Asked {n}, please")).await;
            note(&mut conn, asked.id, &near).await;
        }
        app.db.desk.settle().await.unwrap();
        // Once for what processes remember.
        let id = json!({ "id": public("queue", others) });
        adam.data(&page, id.clone()).await;
        watch.take();
        let seen = adam.data(&page, id).await;
        let rows = seen["queue"]["tickets"]["nodes"].as_array().unwrap();
        assert!(
            rows.iter().all(|row| row["similarSolved"].as_array().unwrap().len() == 3),
            "{seen}"
        );
        let mut sent = watch.take();
        sent.retain(|sql| sql.starts_with("SELECT") && !sql.contains("`event"));
        // A slow log makes the desk ask anew who is asking: three statements, whatever is asked for.
        if sent[..].first().is_some_and(|sql| sql.contains("`api_tokens`")) {
            sent.drain(..3);
        }
        counts.push(sent);
    }
    // The queue, its page, the neighbours, their tickets, replies of the page's queue, solutions (two),
    // members, users, a queue, uses, first messages.
    assert_eq!(counts[0].len(), counts[1].len(), "{counts:#?}");
    assert!(counts[1].len() <= 14, "{:#?}", counts[1]);
    drop(conn);
    desk.app.finish().await;
}
