//! What Prometheus gets, read by a parser that takes nothing but OpenMetrics
//! (<https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>).

use deskwire_domain::actor::Scope;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::support::{Client, Program, Socket, TestApp, public};

type Samples = BTreeMap<String, f64>;

async fn scrape(address: SocketAddr) -> (String, Samples) {
    let reply = Client::new(address).get("/metrics").await;
    assert_eq!(reply.status, 200);
    let kind = reply.header("content-type").unwrap();
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let samples = parse(&reply.body);
    (reply.body, samples)
}

/// Sample by name and labels, such as `a_total{b="c"}`.
fn parse(text: &str) -> Samples {
    let lines = text.strip_suffix("# EOF\n").expect("it ends with EOF").lines();
    let (mut samples, mut families) = (Samples::new(), Vec::new());
    let mut family = ("", "");
    for line in lines {
        if let Some(described) = line.strip_prefix("# ") {
            let [word, name, rest] = described.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("no description: {line}")
            };
            match word {
                "HELP" => assert!(!rest.is_empty() && !families.contains(&name), "{line}"),
                "TYPE" => {
                    assert!(!families.contains(&name), "twice: {line}");
                    assert!(["counter", "gauge", "histogram", "info"].contains(&rest), "{line}");
                    families.push(name);
                    family = (name, rest);
                }
                "UNIT" => assert!(name == family.0 && name.ends_with(&format!("_{rest}"))),
                _ => panic!("unknown: {line}"),
            }
            continue;
        }
        let (key, value) = line.rsplit_once(' ').expect("a value");
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        let (name, labels) = key.split_once('{').map_or((key, ""), |(name, rest)| {
            (name, rest.strip_suffix('}').expect("closed labels"))
        });
        for label in labels.split(',').filter(|label| !label.is_empty()) {
            let (name, value) = label.split_once('=').expect("a label");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
            assert!(value.len() > 2 && value.starts_with('"') && value.ends_with('"'), "{line}");
        }
        let suffix = name.strip_prefix(family.0).unwrap_or_else(|| panic!("stray: {line}"));
        let allowed: &[&str] = match family.1 {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "info" => &["_info"],
            _ => &[""],
        };
        assert!(allowed.contains(&suffix), "{line}");
        assert!(family.1 == "gauge" || value >= 0.0, "{line}");
        assert!(samples.insert(key.to_owned(), value).is_none(), "twice: {line}");
    }
    check_histograms(&samples);
    samples
}

/// Buckets only grow, and the last holds everything.
fn check_histograms(samples: &Samples) {
    let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (key, value) in samples.iter().filter(|(key, _)| key.contains("_bucket{")) {
        let (rest, le) = key.split_once("le=\"").expect("an upper bound");
        let (le, others) = le.split_once('"').expect("a closed label");
        let le = if le == "+Inf" { f64::INFINITY } else { le.parse().expect("a number") };
        let labels = rest.split_once('{').unwrap().1.to_owned() + others.trim_matches(['}', ',']);
        let name = rest.split_once("_bucket").unwrap().0;
        let labels = labels.trim_matches(',');
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        buckets.entry(format!("{name}_count{labels}")).or_default().push((le, *value));
    }
    assert!(!buckets.is_empty());
    for (count, mut found) in buckets {
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(found.is_sorted_by(|a, b| a.1 <= b.1), "{count}: {found:?}");
        assert_eq!(*found.last().unwrap(), (f64::INFINITY, samples[&count]), "{count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_shows_what_has_happened() {
    let app = TestApp::start().await;
    let program = Program::serve(&app.db).await;
    let token = app.token(&app.team.agent, Scope::ALL).await;
    let (nobody, ada) =
        (Client::new(program.address), Client::new(program.address).with_bearer(&token));
    let ticket = public("ticket", app.ticket("Counted").await.id);
    app.sql(
        "INSERT INTO jobs (id, kind, subject_id, payload, state, run_at, created_at) VALUES \
         (REPEAT('j', 16), 'brew', REPEAT('s', 16), '{}', 'parked', '2026-01-01', '2026-01-01')",
    )
    .await;
    for _ in 0..3 {
        ada.data("{ tickets { totalCount } }", json!({})).await;
    }
    let two = "query One { queues { id } } mutation Two($id: ID!) { claimTicket(input: { id: $id }) \
        { errors { code } } }";
    let named = json!({ "query": two, "operationName": "Two", "variables": { "id": ticket } });
    ada.send(&named).await;
    for query in ["{", "{ nothing }", "{ tickets { totalCount } }"] {
        nobody.send(&json!({ "query": query })).await;
    }
    nobody.get("/not-there").await;
    let mut socket = Socket::of_token(program.address, &token).await;
    let live =
        "subscription($t: ID!) { presenceUpdates(ticketId: $t, clientId: \"a\") { activity } }";
    socket.subscribe("1", live, json!({ "t": ticket })).await;
    socket.item().await;
    socket.subscribe("2", live, json!({ "t": "ticket_x" })).await;
    socket.payload().await;
    app.db.desk.settle().await.unwrap();

    let (text, found) = scrape(program.metrics).await;
    let operations = |kind, outcome| {
        let key =
            format!("deskwire_graphql_operations_total{{type=\"{kind}\",outcome=\"{outcome}\"}}");
        found.get(&key).copied().unwrap_or_default()
    };
    for (kind, outcome, count) in [
        ("query", "OK", 3.0),
        ("query", "UNAUTHENTICATED", 1.0),
        ("query", "GRAPHQL_VALIDATION_FAILED", 1.0),
        ("unknown", "GRAPHQL_PARSE_FAILED", 1.0),
        ("mutation", "OK", 1.0),
        ("subscription", "OK", 0.0),
        ("subscription", "BAD_USER_INPUT", 1.0),
    ] {
        assert_eq!(operations(kind, outcome), count, "{kind} {outcome}\n{text}");
    }
    for (key, value) in [
        ("deskwire_http_requests_total{status=\"1xx\"}", 1.0),
        ("deskwire_http_request_duration_seconds_count", 9.0),
        ("deskwire_graphql_operation_duration_seconds_count{type=\"query\"}", 5.0),
        ("deskwire_sockets", 1.0),
        ("deskwire_subscriptions", 1.0),
        ("deskwire_database_up", 1.0),
        ("deskwire_db_pool_max_connections", 16.0),
        ("deskwire_jobs{kind=\"suggest\",state=\"due\"}", 1.0),
        ("deskwire_jobs{kind=\"suggest\",state=\"later\"}", 0.0),
        ("deskwire_jobs{kind=\"suggest\",state=\"parked\"}", 0.0),
        ("deskwire_jobs{kind=\"unknown\",state=\"parked\"}", 1.0),
        ("deskwire_build_info{version=\"0.1.0\"}", 1.0),
    ] {
        assert_eq!(found.get(key), Some(&value), "{key}\n{text}");
    }
    // How a refused operation is answered over HTTP is told by the tests of the transport.
    let answered = |class| found[&format!("deskwire_http_requests_total{{status=\"{class}\"}}")];
    assert!(answered("2xx") >= 4.0 && answered("4xx") >= 1.0);
    assert_eq!(answered("2xx") + answered("4xx"), 8.0);
    let end = app.db.desk.settle().await.unwrap().position as f64;
    assert_eq!(found["deskwire_log_end_position"], end);
    assert!(found["deskwire_hub_position"] <= end);
    assert!(found["deskwire_db_pool_wait_seconds_count"] > 3.0);
    for key in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"] {
        assert!(found[key] > 0.0 || cfg!(not(target_os = "linux")), "{key}");
    }

    drop(socket);
    loop {
        let (_, found) = scrape(program.metrics).await;
        let open = found["deskwire_sockets"] + found["deskwire_subscriptions"];
        let ended = "deskwire_graphql_operations_total{type=\"subscription\",outcome=\"OK\"}";
        if open == 0.0 && found[ended] == 1.0 {
            break;
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_on_their_own_address_and_tell_of_nobody() {
    let app = TestApp::start().await;
    let program = Program::serve(&app.db).await;
    let token = app.token(&app.team.agent, Scope::ALL).await;
    let ada = Client::new(program.address).with_bearer(&token);
    let id = public("ticket", app.ticket("Private subject").await.id);
    ada.data("query Secretive($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
    ada.send(&json!({ "query": "query Secretive { privateField }" })).await;
    assert_eq!(Client::new(program.address).get("/metrics").await.status, 404);
    let (text, samples) = scrape(program.metrics).await;
    for word in
        [&*token, &id, "ticket_", "Secretive", "privateField", "Private", "ada\"", "@", "mysql:"]
    {
        assert!(!text.contains(word), "{word}");
    }
    assert!(samples.len() < 400, "{}", samples.len());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_the_rest_is_told() {
    let config = deskwire_domain::DeskConfig {
        database_url: "mysql://root@localhost/desk?socket=/nowhere/db.sock".into(),
        redis_url: "redis+unix:///nowhere/redis.sock".into(),
        max_connections: 2,
        channel: "nowhere".into(),
        statement_limit: None,
    };
    let app = deskwire_api::http::build_metrics(deskwire_domain::Desk::start(&config).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (_, found) = scrape(address).await;
    assert_eq!(found["deskwire_database_up"], 0.0);
    assert!(found["deskwire_heartbeat_age_seconds"] >= 0.0);
}
