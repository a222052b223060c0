use deskwire_domain::messages::{self, MessageKind, MessageOrder};
use deskwire_domain::page::PageRequest;

use crate::support::{World, message};

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_read_in_pages_from_either_end_and_without_notes_by_customers() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let agent = w.team.agent.clone();
    for n in 0..6 {
        let draft = message(ticket.id, &format!("Message {n}"));
        if n % 2 == 0 {
            messages::reply(&mut w.conn, &agent, draft).await.unwrap();
        } else {
            messages::note(&mut w.conn, &agent, draft).await.unwrap();
        }
    }
    // All at one moment: the id has to decide.
    w.sql("UPDATE messages SET created_at = '2026-01-01 00:00:00'").await;
    for (actor, expected) in [(agent, 7), (w.team.customer.clone(), 4)] {
        let mut both = Vec::new();
        for order in [MessageOrder::Oldest, MessageOrder::Newest] {
            let (mut all, mut page) = (Vec::new(), PageRequest::first(2));
            loop {
                let found =
                    messages::list(&mut w.conn, &actor, ticket.id, order, &page).await.unwrap();
                page.after = found.rows.last().map(|row| row.cursor());
                all.extend(found.rows);
                if !found.has_next {
                    break;
                }
            }
            assert_eq!(all.len(), expected, "{} {order:?}", actor.role);
            assert!(actor.is_staff() || all.iter().all(|m| m.kind == MessageKind::Reply));
            both.push(all);
        }
        both[1].reverse();
        assert_eq!(both[0], both[1]);
    }
    let firsts = messages::first_of_tickets(&mut w.conn, &[ticket.id]).await.unwrap();
    assert_eq!(firsts.len(), 1);
    w.finish().await;
}
