//! Who is on a ticket, as two processes see it. Where a test waits for time to pass, times are short;
//! everywhere else they are longer than any wait, so that nothing passes by expiring.

mod outage;
mod rights;

use std::sync::Arc;
use std::time::Duration;

use deskwire_domain::ids::TicketId;
use deskwire_domain::presence::{
    Activity, Presence, PresenceHub, PresenceStream, PresenceTimes, announce,
};
use deskwire_domain::testing::TestDatabase;
use deskwire_domain::{Actor, Desk, DeskConfig};
use tokio::time::timeout;

use crate::support::World;
use Activity::{Gone, Typing, Viewing};

const LONG: PresenceTimes = PresenceTimes {
    viewing: Duration::from_secs(120),
    typing: Duration::from_secs(60),
    renewal: Duration::from_secs(60),
};
const SHORT: PresenceTimes = PresenceTimes {
    viewing: Duration::from_millis(1500),
    typing: Duration::from_millis(300),
    renewal: Duration::from_millis(100),
};

/// Another process of the same desk, with presence of its own times.
fn process(config: &DeskConfig, times: PresenceTimes) -> Desk {
    let mut desk = Desk::start(config).unwrap();
    let redis = redis::Client::open(config.redis_url.as_str()).unwrap();
    desk.presence = PresenceHub::start(redis, &config.channel, desk.hub.clone(), times).unwrap();
    desk
}

async fn open(desk: &Desk, actor: &Actor, ticket: TicketId, client: &str) -> PresenceStream {
    PresenceStream::open(desk, actor.clone(), ticket, client, Viewing).await.unwrap()
}

/// A stream that is not on the ticket itself.
async fn watch(desk: &Desk, actor: &Actor, ticket: TicketId) -> PresenceStream {
    PresenceStream::open(desk, actor.clone(), ticket, "watching", Gone).await.unwrap()
}

async fn next(stream: &mut PresenceStream) -> Option<Arc<Vec<Presence>>> {
    timeout(Duration::from_secs(10), stream.next()).await.expect("presence should change")
}

/// A list as the tests write it: who does what, on how many clients, in alphabetical order.
fn told(people: &[Presence], w: &World) -> String {
    let name = |person: &Presence| {
        let actors = w.actors();
        let known = actors.iter().find(|(_, actor)| actor.user_id == Some(person.user_id));
        let (name, clients) = (known.unwrap().0, person.client_ids.len());
        format!("{name} {:?} {clients}", person.activity)
    };
    let mut people: Vec<String> = people.iter().map(name).collect();
    people.sort();
    people.join(", ")
}

async fn says(stream: &mut PresenceStream, w: &World) -> String {
    told(&next(stream).await.expect("the stream goes on"), w)
}

/// Reads on until the list is this one.
async fn until(stream: &mut PresenceStream, w: &World, list: &str) {
    while says(stream, w).await != list {}
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_see_each_others_clients_come_type_and_go() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let (here, there) = (process(&w.db.config, LONG), process(&w.db.config, LONG));
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());

    let mut watching = watch(&there, &lead, ticket).await;
    assert_eq!(says(&mut watching, &w).await, "");
    let mut own = open(&here, &agent, ticket, "tab-1").await;
    assert_eq!(says(&mut own, &w).await, "agent Viewing 1", "the stream's own client is there");
    assert_eq!(says(&mut watching, &w).await, "agent Viewing 1");

    let answer = announce(&there, &agent, ticket, "tab-2", Typing).await.unwrap();
    assert_eq!(told(&answer, &w), "agent Typing 2");
    assert_eq!(answer[0].client_ids, ["tab-1", "tab-2"]);
    assert_eq!(says(&mut watching, &w).await, "agent Typing 2");
    let answer = announce(&here, &lead, ticket, "tab-1", Viewing).await.unwrap();
    assert_eq!(told(&answer, &w), "agent Typing 2, lead Viewing 1");
    assert_eq!(says(&mut watching, &w).await, "agent Typing 2, lead Viewing 1");
    announce(&here, &agent, ticket, "tab-2", Gone).await.unwrap();
    assert_eq!(says(&mut watching, &w).await, "agent Viewing 1, lead Viewing 1");

    drop(own);
    assert_eq!(says(&mut watching, &w).await, "lead Viewing 1");
    announce(&there, &lead, ticket, "tab-1", Gone).await.unwrap();
    assert_eq!(says(&mut watching, &w).await, "");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_ends_before_viewing_and_viewing_without_a_sign_of_life() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let (here, there) = (process(&w.db.config, SHORT), process(&w.db.config, SHORT));
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let mut watching = watch(&there, &lead, ticket).await;
    assert_eq!(says(&mut watching, &w).await, "");
    let answer = announce(&here, &agent, ticket, "tab", Typing).await.unwrap();
    assert_eq!(told(&answer, &w), "agent Typing 1");
    until(&mut watching, &w, "agent Viewing 1").await;
    assert_eq!(says(&mut watching, &w).await, "");
    let found = here.presence.of_tickets(&[ticket]).await;
    assert_eq!(found[&ticket], []);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_stays_present_while_others_expire() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let (here, there) = (process(&w.db.config, SHORT), process(&w.db.config, SHORT));
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let _held = open(&here, &agent, ticket, "tab").await;
    let mut watching = watch(&there, &lead, ticket).await;
    assert_eq!(says(&mut watching, &w).await, "agent Viewing 1");
    let since = next_since(&there, ticket).await;
    // Each round is as long as a client lives without renewal.
    for _ in 0..2 {
        announce(&there, &lead, ticket, "tab", Viewing).await.unwrap();
        assert_eq!(says(&mut watching, &w).await, "agent Viewing 1, lead Viewing 1");
        assert_eq!(says(&mut watching, &w).await, "agent Viewing 1");
    }
    assert_eq!(next_since(&there, ticket).await, since, "without a break");
    w.finish().await;
}

async fn next_since(desk: &Desk, ticket: TicketId) -> deskwire_domain::Timestamp {
    desk.presence.of_tickets(&[ticket]).await[&ticket][0].since
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_client_stays_hidden_while_its_stream_renews_it() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let desk = process(&w.db.config, SHORT);
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let mut held = open(&desk, &agent, ticket, "tab").await;
    assert_eq!(says(&mut held, &w).await, "agent Viewing 1");
    assert_eq!(announce(&desk, &agent, ticket, "tab", Gone).await.unwrap(), []);
    assert_eq!(says(&mut held, &w).await, "");
    for _ in 0..2 {
        announce(&desk, &lead, ticket, "tab", Viewing).await.unwrap();
        assert_eq!(says(&mut held, &w).await, "lead Viewing 1");
        assert_eq!(says(&mut held, &w).await, "");
    }
    announce(&desk, &agent, ticket, "tab", Viewing).await.unwrap();
    assert_eq!(says(&mut held, &w).await, "agent Viewing 1");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_a_killed_process_vanish_by_the_others_clock() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let there = process(&w.db.config, SHORT);
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let mut watching = watch(&there, &lead, ticket).await;
    assert_eq!(says(&mut watching, &w).await, "");
    let killed = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = w.db.config.clone();
    killed.spawn(async move {
        let desk = process(&config, SHORT);
        let _held = open(&desk, &agent, ticket, "tab").await;
        std::future::pending::<()>().await;
    });
    assert_eq!(says(&mut watching, &w).await, "agent Viewing 1");
    killed.shutdown_background();
    assert_eq!(says(&mut watching, &w).await, "");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn desks_on_one_redis_do_not_see_each_other() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let agent = w.team.agent.clone();
    let config =
        DeskConfig { channel: format!("{}-2", w.db.config.channel), ..w.db.config.clone() };
    let (one, two) = (process(&w.db.config, LONG), process(&config, LONG));
    let mut watching = watch(&two, &agent, ticket).await;
    assert_eq!(says(&mut watching, &w).await, "");
    announce(&one, &agent, ticket, "tab", Viewing).await.unwrap();
    announce(&two, &agent, ticket, "tab", Typing).await.unwrap();
    assert_eq!(says(&mut watching, &w).await, "agent Typing 1");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_tickets_is_read_at_once() {
    let server = deskwire_domain::testing::RedisServer::start().await;
    let db = TestDatabase::create().await;
    let config = DeskConfig { redis_url: server.url(), ..db.config.clone() };
    let desk = process(&config, LONG);
    let tickets: Vec<TicketId> = (0..25).map(|_| TicketId::new()).collect();
    let found = desk.presence.of_tickets(&tickets).await;
    assert!(found.len() == 25 && found.values().all(Vec::is_empty));
    assert_eq!((server.calls("time").await, server.calls("hgetall").await), (1, 25));
    db.finish().await;
}
