use serde_json::{Value, json};

use crate::support::{Client, TestApp, public};

const SEARCH: &str = "query($query: String!, $first: Int) { searchTickets(query: $query, first: $first) { \
    edges { node { number } excerpts { part messageId text ranges { start end } } } } }";

/// Number and excerpts of each hit, the found words in brackets.
async fn found(client: &Client, query: &str) -> Vec<(u64, Vec<String>)> {
    let answer = client.data(SEARCH, json!({ "query": query })).await;
    let edges = answer["searchTickets"]["edges"].as_array().unwrap().clone();
    let row = |edge: &Value| {
        let excerpts = edge["excerpts"].as_array().unwrap().iter().map(marked).collect();
        (edge["node"]["number"].as_u64().unwrap(), excerpts)
    };
    edges.iter().map(row).collect()
}

fn marked(excerpt: &Value) -> String {
    assert_eq!(excerpt["messageId"].is_null(), excerpt["part"] == "SUBJECT");
    let mut text: Vec<char> = excerpt["text"].as_str().unwrap().chars().collect();
    for range in excerpt["ranges"].as_array().unwrap().iter().rev() {
        let place = |end: &str| range[end].as_u64().unwrap() as usize;
        text.insert(place("end"), ']');
        text.insert(place("start"), '[');
    }
    text.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hits_show_where_they_have_the_words() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let first = public("ticket", app.ticket("Toner of the PRINTER").await.id);
    let second = public("ticket", app.ticket("Something else").await.id);
    app.ticket("Unrelated").await;
    let reply = json!({ "ticketId": first, "body": "We look." });
    ada.change("addReply", reply, "errors { code }").await;
    let note = json!({ "ticketId": second, "body": "His printer\nneeds toner and a new printer." });
    ada.change("addNote", note, "errors { code }").await;
    let hits = found(&ada, "printer").await;
    let subject = "Toner of the [PRINTER]".to_owned();
    let message = "Toner of the [PRINTER], please help.".to_owned();
    assert!(hits.contains(&(1, vec![subject, message])), "{hits:?}");
    let note = "His [printer] needs toner and a new [printer].".to_owned();
    assert!(hits.contains(&(2, vec![note])) && hits.len() == 2, "{hits:?}");
    assert_eq!(found(&ada, "#3").await, [(3, vec![])], "by its number");
    let carl = app.as_(&app.team.customer).await;
    let hits = found(&carl, "printer").await;
    assert_eq!(hits.len(), 1, "notes are not for customers: {hits:?}");
    assert_eq!(hits[0].0, 1);
    app.finish().await;
}

/// A note and a reply have the words: customers are shown the reply, however much better the note fits.
#[tokio::test(flavor = "multi_thread")]
async fn excerpts_are_of_messages_that_the_caller_may_read() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Something else").await.id);
    let note = json!({ "ticketId": id, "body": "secretnote printer printer printer" });
    ada.change("addNote", note, "errors { code }").await;
    let reply = json!({ "ticketId": id, "body": format!("About your printer. {}", "We look. ".repeat(40)) });
    ada.change("addReply", reply, "errors { code }").await;
    let text = |hits: Vec<(u64, Vec<String>)>| hits[0].1.join("|");
    assert!(
        text(found(&ada, "printer").await).contains("secretnote [printer] [printer] [printer]")
    );
    let carl = app.as_(&app.team.customer).await;
    let shown = text(found(&carl, "printer").await);
    assert!(shown.starts_with("About your [printer]. We look.") && shown.ends_with('…'), "{shown}");
    assert!(!carl.data(SEARCH, json!({ "query": "printer" })).await.to_string().contains("secret"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn excerpts_cost_one_statement_and_only_where_they_are_asked_for() {
    let watch = deskwire_domain::testing::Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    for n in 0..7 {
        app.ticket(&format!("Printer {n}")).await;
    }
    let plain = "query($query: String!, $first: Int) { searchTickets(query: $query, first: $first) \
        { edges { node { number } } } }";
    let mut counts = Vec::new();
    for (operation, first) in [(plain, 2), (plain, 7), (SEARCH, 2), (SEARCH, 7)] {
        ada.data(operation, json!({ "query": "printer", "first": first })).await;
        watch.take();
        ada.data(operation, json!({ "query": "printer", "first": first })).await;
        let sent = watch.take();
        counts.push(sent.iter().filter(|sql| sql.contains("`messages`")).count());
    }
    assert_eq!(counts, [1, 1, 2, 2]);
    app.finish().await;
}
