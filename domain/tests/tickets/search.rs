use deskwire_domain::messages;
use deskwire_domain::page::PageRequest;
use deskwire_domain::tickets::{self, Edit, Priority, TicketFilter};

use crate::support::{World, message, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn subjects_come_before_messages_and_a_number_before_all() {
    let mut w = World::new().await;
    let by_message = w.ticket("Something else").await;
    let reply = message(by_message.id, "The invoice is wrong");
    messages::reply(&mut w.conn, &w.team.agent, reply).await.unwrap();
    let by_subject = w.ticket("Invoice").await;
    w.ticket("Unrelated").await;
    let filter = TicketFilter::default();
    let by_number = format!("#{}", by_message.number);
    for (words, expected) in [
        ("invoice", vec![by_subject.id, by_message.id]),
        ("INVOICE!", vec![by_subject.id, by_message.id]),
        (&*by_number, vec![by_message.id]),
        ("\"invoice' OR 1=1) --", vec![by_subject.id, by_message.id]),
        ("nowhere", vec![]),
    ] {
        let page = PageRequest::first(10);
        let hits = tickets::search(&mut w.conn, &w.team.agent, words, &filter, &page).await;
        let ids: Vec<_> = hits.unwrap().rows.iter().map(|hit| hit.ticket.id).collect();
        assert_eq!(ids, expected, "{words}");
    }
    for words in [String::new(), " ".into(), "x".repeat(201)] {
        let page = PageRequest::first(10);
        let hits = tickets::search(&mut w.conn, &w.team.agent, &words, &filter, &page).await;
        assert_eq!(outcome(&hits), "invalid query");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_hits_join_to_the_whole_and_respect_the_filter() {
    let mut w = World::new().await;
    for n in 0..7 {
        let ticket = w.ticket(&format!("Refund {n}")).await;
        if n % 2 == 0 {
            let edit = Edit::any_version(ticket.id);
            let agent = &w.team.agent;
            tickets::change_priority(&mut w.conn, agent, edit, Priority::High).await.unwrap();
        }
    }
    let high = TicketFilter { priorities: vec![Priority::High], ..TicketFilter::default() };
    for (filter, expected) in [(TicketFilter::default(), 7), (high, 4)] {
        let mut found = Vec::new();
        let mut page = PageRequest::first(2);
        loop {
            let hits = tickets::search(&mut w.conn, &w.team.agent, "refund", &filter, &page)
                .await
                .unwrap();
            page.after = hits.rows.last().map(|hit| hit.cursor());
            found.extend(hits.rows.into_iter().map(|hit| hit.ticket.id));
            if !hits.has_next {
                break;
            }
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len(), expected);
    }
    w.finish().await;
}
