use deskwire_domain::DeskConfig;
use deskwire_domain::presence::Activity::{Typing, Viewing};
use deskwire_domain::presence::announce;
use deskwire_domain::testing::RedisServer;

use super::{LONG, SHORT, open, process, says, told, until, watch};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn with_redis_away_nobody_is_there_and_nothing_fails_and_then_all_are_back() {
    let mut server = RedisServer::start().await;
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let config = DeskConfig { redis_url: server.url(), ..w.db.config.clone() };
    let (here, there) = (process(&config, SHORT), process(&config, SHORT));
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let mut held = open(&here, &agent, ticket, "tab").await;
    let mut watching = watch(&there, &lead, ticket).await;
    assert_eq!(says(&mut watching, &w).await, "agent Viewing 1");
    assert_eq!(says(&mut held, &w).await, "agent Viewing 1");

    for _ in 0..2 {
        server.kill();
        assert_eq!(announce(&there, &lead, ticket, "tab", Typing).await.unwrap(), []);
        assert!(there.presence.of_tickets(&[ticket]).await.is_empty());
        until(&mut watching, &w, "").await;
        until(&mut held, &w, "").await;
        // Also a stream that begins now is served.
        let mut late = open(&there, &lead, ticket, "tab").await;
        assert_eq!(says(&mut late, &w).await, "");

        server.restart().await;
        until(&mut late, &w, "agent Viewing 1, lead Viewing 1").await;
        drop(late);
        until(&mut watching, &w, "agent Viewing 1").await;
        until(&mut held, &w, "agent Viewing 1").await;
        let found = here.presence.of_tickets(&[ticket]).await;
        assert_eq!(told(&found[&ticket], &w), "agent Viewing 1");
    }
    w.finish().await;
}

/// No renewal is due for a minute, and no time is over.
#[tokio::test(flavor = "multi_thread")]
async fn streams_tell_a_redis_that_forgot_them_at_once() {
    let mut server = RedisServer::start().await;
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let config = DeskConfig { redis_url: server.url(), ..w.db.config.clone() };
    let desk = process(&config, LONG);
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let mut held = open(&desk, &agent, ticket, "tab").await;
    assert_eq!(says(&mut held, &w).await, "agent Viewing 1");
    server.restart().await;
    assert_eq!(says(&mut held, &w).await, "");
    assert_eq!(says(&mut held, &w).await, "agent Viewing 1");
    let answer = announce(&desk, &lead, ticket, "tab", Viewing).await.unwrap();
    assert_eq!(told(&answer, &w), "agent Viewing 1, lead Viewing 1");
    w.finish().await;
}
