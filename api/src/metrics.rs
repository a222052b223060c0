//! What the API measures about its requests, operations and sockets; the rest is in
//! [`deskwire_domain::metrics`], which says how.
//!
//! Labels have few values, all known beforehand: nothing a client sends becomes one.

use async_graphql::parser::types::OperationType;
use axum::http::StatusCode;
use deskwire_domain::metrics::durations;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::LazyLock;
use std::time::Duration;

type Label = (&'static str, &'static str);

/// The label's values: the first digit of a status, from 1.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The label's values, in the order of [`place`].
const TYPES: [&str; 4] = ["query", "mutation", "subscription", "unknown"];
/// Outcome of an operation that was answered without top-level errors.
pub const OK: &str = "OK";
/// Outcome of an operation that was given up before its answer: too slow, or the client left.
pub const CANCELLED: &str = "CANCELLED";
/// Outcomes besides [`OK`] and [`CANCELLED`]: values of `extensions.code`.
const CODES: [&str; 15] = [
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "COMPLEXITY_LIMIT_EXCEEDED",
    "CONFLICT",
    "DEPTH_LIMIT_EXCEEDED",
    "FORBIDDEN",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "INTERNAL",
    "NOT_FOUND",
    "PERSISTED_QUERY_NOT_FOUND",
    "RATE_LIMITED",
    "SERVICE_UNAVAILABLE",
    "TIMEOUT",
    "UNAUTHENTICATED",
];

static REQUESTS: LazyLock<Family<[Label; 1], Counter>> = LazyLock::new(Family::default);
static REQUESTS_OF: LazyLock<[Counter; 5]> =
    LazyLock::new(|| CLASSES.map(|class| REQUESTS.get_or_create_owned(&[("status", class)])));
static REQUEST_DURATION: LazyLock<Histogram> = LazyLock::new(durations);

static OPERATIONS: LazyLock<Family<[Label; 2], Counter>> = LazyLock::new(Family::default);
type Durations = Family<[Label; 1], Histogram, fn() -> Histogram>;
static DURATIONS: LazyLock<Durations> = LazyLock::new(|| Family::new_with_constructor(durations));
static DURATION_OF: LazyLock<[Histogram; 4]> =
    LazyLock::new(|| TYPES.map(|name| DURATIONS.get_or_create_owned(&[("type", name)])));

static SOCKETS: LazyLock<Gauge> = LazyLock::new(Gauge::default);
static SUBSCRIPTIONS: LazyLock<Gauge> = LazyLock::new(Gauge::default);

/// Counts one answered request.
pub fn observe_request(status: StatusCode, took: Duration) {
    let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len());
    REQUESTS_OF[class - 1].inc();
    REQUEST_DURATION.observe(took.as_secs_f64());
}

/// Counts one operation that is over. `kind` is `None` for a document that could not be read;
/// subscriptions have no duration, because they last as long as somebody listens.
pub fn observe_operation(kind: Option<OperationType>, outcome: &'static str, took: Duration) {
    let place = place(kind);
    OPERATIONS.get_or_create(&[("type", TYPES[place]), ("outcome", outcome)]).inc();
    if kind != Some(OperationType::Subscription) {
        DURATION_OF[place].observe(took.as_secs_f64());
    }
}

fn place(kind: Option<OperationType>) -> usize {
    match kind {
        Some(OperationType::Query) => 0,
        Some(OperationType::Mutation) => 1,
        Some(OperationType::Subscription) => 2,
        None => 3,
    }
}

/// The outcome that an error's code stands for; a code that is not known here is `OTHER`.
pub fn outcome(code: &str) -> &'static str {
    CODES.into_iter().find(|known| *known == code).unwrap_or("OTHER")
}

/// Something that is counted as long as it lives.
#[derive(Debug)]
pub struct Open(&'static Gauge);

impl Open {
    fn new(gauge: &'static LazyLock<Gauge>) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts an open socket until it is dropped.
pub fn open_socket() -> Open {
    Open::new(&SOCKETS)
}

/// Counts an operation open on a socket until it is dropped.
pub fn open_subscription() -> Open {
    Open::new(&SUBSCRIPTIONS)
}

/// Puts the instruments into a registry, whose prefix becomes theirs.
pub fn register(registry: &mut Registry) {
    // What has not happened yet is there as zero, so that the first time is seen as an increase.
    LazyLock::force(&REQUESTS_OF);
    LazyLock::force(&DURATION_OF);
    for name in &TYPES[..3] {
        let _ = OPERATIONS.get_or_create_owned(&[("type", name), ("outcome", OK)]);
    }
    let help = "Answered HTTP requests by class of status; 1xx are sockets";
    registry.register("http_requests", help, REQUESTS.clone());
    let help = "From the head of a request to the head of its answer";
    let name = "http_request_duration";
    registry.register_with_unit(name, help, Unit::Seconds, REQUEST_DURATION.clone());
    let help = "Executed GraphQL operations that are over, by their first top-level error; \
                subscribers who ask the same share one";
    registry.register("graphql_operations", help, OPERATIONS.clone());
    let help = "Executing a GraphQL operation, subscriptions left out";
    let name = "graphql_operation_duration";
    registry.register_with_unit(name, help, Unit::Seconds, DURATIONS.clone());
    registry.register("sockets", "Open sockets", SOCKETS.clone());
    let help = "Operations open on sockets: subscriptions, but for a moment";
    registry.register("subscriptions", help, SUBSCRIPTIONS.clone());
}
