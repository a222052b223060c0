use async_graphql::extensions::Analyzer;
use async_graphql::{Request, Response, Variables};
use deskwire_domain::{Desk, DeskConfig};
use serde_json::{Value, json};
use std::collections::HashSet;

use super::Graph;
use crate::config::{DocumentArgs, Limits};
use crate::graphql::context::{Caller, Settings, Transport};
use crate::graphql::{DeskSchema, builder};

/// Documents whose variables `$x` and `$y` take any value, good or bad.
const DOCUMENTS: [&str; 23] = [
    "query($x: ID!) { node(id: $x) { id ... on Ticket { subject messages(first: 3) { nodes { id } } } } }",
    "query($x: Int, $y: String) { tickets(first: $x, after: $y) { nodes { id subject } } }",
    "query($x: Int = 50) { tickets(first: $x) { nodes { id subject } } }",
    "query($x: Int! = 2, $y: [TicketStatus!]) { tickets(first: $x, filter: { statuses: $y }) { nodes { id } } }",
    "query($x: TicketFilterInput, $y: TicketOrder) { tickets(filter: $x, order: $y) { totalCount } }",
    "query($x: [ID!], $y: DateTime) { tickets(filter: { queueIds: $x, createdFrom: $y }) { totalCount } }",
    "query($x: [TicketStatus]) { tickets(filter: { statuses: $x }) { totalCount } }",
    "query A($x: Int) { tickets(first: $x) { nodes { id } } } query B($x: ID!) { node(id: $x) { id } }",
    "query A($x: Int) { ...F } query B($x: Int, $y: Int) { ...F tickets(first: $y) { totalCount } } \
     fragment F on Query { searchTickets(query: \"a\", first: $x) { nodes { id } } }",
    "query($x: Int) { ...F } fragment F on Query { tickets(first: $x) { nodes { id } } }",
    "query($x: Boolean!) { viewer @include(if: $x) { expiresAt } __typename @skip(if: $x) }",
    "query($x: String!) { __type(name: $x) { name } }",
    "query($x: String) { tickets(first: $x) { totalCount } }",
    "query($x: Int) { viewer { expiresAt } }",
    "query { tickets(first: $x) { totalCount } }",
    "query($x: Nothing) { tickets(first: $x) { totalCount } }",
    "mutation($x: CreateTicketInput!) { createTicket(input: $x) { ticket { id } } }",
    "mutation($x: String!, $y: [String!]) { createTicket(input: { subject: $x, body: \"b\", tags: $y }) { cursor } }",
    "subscription($x: Cursor, $y: TicketFilterInput) { queueUpdates(after: $x, filter: $y) { kind } }",
    "{ tickets { nodes { messages { nodes { ticket { messages { nodes { id } } } } } } } }",
    "query A($x: String) { tickets(after: $x) { totalCount } } query B($x: TicketOrder) { tickets(order: $x) { totalCount } }",
    "{ nonsense }",
    "{ viewer {",
];

fn values() -> Vec<Option<Value>> {
    let mut values: Vec<Option<Value>> = [
        json!(null),
        json!(true),
        json!(0),
        json!(3),
        json!(60),
        json!(101),
        json!(-1),
        json!(4_000_000_000_u64),
        json!(1.5),
        json!(""),
        json!("x"),
        json!("ticket_x"),
        json!("OPEN"),
        json!("NEWEST"),
        json!("Ticket"),
        json!("2026-01-01T00:00:00Z"),
        json!([]),
        json!(["OPEN"]),
        json!(["OPEN", "LATER"]),
        json!(["x", null]),
        json!([["x"]]),
        json!([1]),
        json!({}),
        json!({ "statuses": ["OPEN"], "queueIds": ["a", "b"] }),
        json!({ "statuses": "OPEN" }),
        json!({ "statuses": ["LATER"] }),
        json!({ "statuses": null, "queueIds": [7] }),
        json!({ "createdFrom": "yesterday" }),
        json!({ "colour": 1 }),
        json!({ "subject": "s", "body": "b" }),
        json!({ "subject": "other", "body": "longer" }),
        json!({ "subject": "s", "body": null }),
        json!({ "subject": "s", "body": "b", "colour": "red" }),
        json!({ "subject": "s", "body": "b", "tags": ["a", 1] }),
    ]
    .into_iter()
    .map(Some)
    .collect();
    values.push(None);
    values
}

/// A desk whose servers are nowhere.
fn desk() -> Desk {
    Desk::start(&DeskConfig {
        database_url: "mysql://root@localhost/desk?socket=/nowhere/db.sock".into(),
        redis_url: "redis+unix:///nowhere/redis.sock".into(),
        max_connections: 1,
        channel: "nowhere".into(),
        statement_limit: None,
    })
    .expect("valid URLs")
}

const SETTINGS: Settings = Settings { secure_cookies: false };

fn limits() -> Limits {
    Limits { max_depth: 7, max_complexity: 150, ..Limits::default() }
}

/// What the library does by itself, for each request anew.
fn reference(desk: Desk) -> DeskSchema {
    builder()
        .data(desk)
        .data(SETTINGS)
        .limit_depth(limits().max_depth)
        .limit_complexity(limits().max_complexity)
        .limit_recursive_depth(64)
        .limit_directives(8)
        .extension(Analyzer)
        .finish()
}

fn request(document: &str, operation: Option<&str>, variables: &Value) -> Request {
    let nobody = Caller {
        authenticated: None,
        secret: None,
        transport: Transport::Bearer,
        address: String::new(),
        origin: None,
    };
    let mut request =
        Request::new(document).variables(Variables::from_json(variables.clone())).data(nobody);
    request.operation_name = operation.map(str::to_owned);
    request
}

fn messages(response: &Response) -> Vec<String> {
    let text = |error: &async_graphql::ServerError| {
        // Of several unknown fields the library names any.
        let message = error.message.split("unknown field").next().unwrap_or_default();
        format!("{message} {:?} {:?}", error.locations, error.path)
    };
    let mut all: Vec<String> = response.errors.iter().map(text).collect();
    all.sort();
    all
}

fn cost(response: &Response, extension: &str) -> Option<(Value, Value)> {
    let cost = serde_json::to_value(response.extensions.get(extension)?).expect("JSON");
    Some((cost["complexity"].clone(), cost["depth"].clone()))
}

#[tokio::test]
async fn a_remembered_document_is_judged_as_a_new_one() {
    let (graph, reference) =
        (Graph::new(desk(), &limits(), SETTINGS, &DocumentArgs::default()), reference(desk()));
    let mut cases = Vec::new();
    for document in DOCUMENTS {
        let operations: &[_] = match document.contains("query B") {
            true => &[None, Some("A"), Some("B"), Some("C")],
            false => &[None],
        };
        let second = if document.contains("$y") {
            values().into_iter().step_by(5).collect()
        } else {
            vec![None]
        };
        for operation in operations {
            for x in values() {
                for y in &second {
                    let mut variables = json!({ "unused": "by nobody" });
                    for (name, value) in [("x", &x), ("y", y)] {
                        if let Some(value) = value {
                            variables[name] = value.clone();
                        }
                    }
                    cases.push((document, *operation, variables));
                }
            }
        }
    }
    let (mut ran, mut refused) = (0, 0);
    // Backwards too, so that each case follows others that are remembered by then.
    for (document, operation, variables) in cases.iter().chain(cases.iter().rev()) {
        let case = format!("{document} {operation:?} {variables}");
        let wanted = reference.execute(request(document, *operation, variables)).await;
        let found = graph.execute(request(document, *operation, variables)).await;
        if found.errors.iter().any(|error| error.message.ends_with("must be given.")) {
            // The library notices when a resolver reads the variable, and conditions not at all.
            refused += 1;
            continue;
        }
        assert_eq!(messages(&found), messages(&wanted), "{case}");
        assert_eq!(found.data, wanted.data, "{case}");
        match graph.prepare(request(document, *operation, variables)).await {
            Ok(_) => {
                assert_eq!(cost(&found, "cost"), cost(&wanted, "analyzer"), "{case}");
                ran += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(ran > 300 && refused > 2000, "{ran} ran, {refused} refused");
}

#[tokio::test]
async fn documents_are_found_again_whatever_their_texts_are() {
    let graph = Graph::new(desk(), &limits(), SETTINGS, &DocumentArgs::default());
    let is_known = |document: &str, variables: Value| {
        let hash = super::persisted::digest(document);
        let known = graph.documents.get(&hash);
        known.is_some_and(|known| {
            let key = known.key(None, &Variables::from_json(variables));
            key.is_some_and(|key| known.checked(&key).is_some())
        })
    };
    let (node, create, list) = (DOCUMENTS[0], DOCUMENTS[16], DOCUMENTS[1]);
    for (document, seen, same, different) in [
        (node, json!({ "x": "a" }), json!({ "x": "longer" }), json!({ "x": 1 })),
        (
            create,
            json!({ "x": { "subject": "s", "body": "b" } }),
            json!({ "x": { "subject": "other", "body": "text" } }),
            json!({ "x": { "subject": "s", "body": null } }),
        ),
        (
            list,
            json!({ "x": 3, "y": "a" }),
            json!({ "x": 3, "y": "b" }),
            json!({ "x": 4, "y": "a" }),
        ),
    ] {
        assert!(!is_known(document, seen.clone()));
        assert!(graph.prepare(request(document, None, &seen)).await.is_ok(), "{document}");
        assert!(is_known(document, seen) && is_known(document, same), "{document}");
        assert!(!is_known(document, different), "{document}");
    }
}

#[tokio::test]
async fn the_cache_is_bounded_and_forgets_the_oldest() {
    let graph = Graph::new(desk(), &Limits::default(), SETTINGS, &DocumentArgs::default());
    let document = |n: usize| format!("{{ __typename }} # {n:0>10000}");
    for n in 0..60 {
        assert!(graph.prepare(request(&document(n), None, &json!({}))).await.is_ok());
    }
    let kept: HashSet<usize> = (0..60)
        .filter(|n| graph.documents.get(&super::persisted::digest(&document(*n))).is_some())
        .collect();
    assert_eq!(kept, (8..60).collect(), "512 KiB hold 52 documents of 10 kB");
    let huge = format!("{{ __typename }} # {:0>40000}", 1);
    assert!(graph.prepare(request(&huge, None, &json!({}))).await.is_ok());
    assert!(graph.documents.get(&super::persisted::digest(&huge)).is_none());
}
