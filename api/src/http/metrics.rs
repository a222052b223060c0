//! `GET /metrics`: what the process measures, for Prometheus.
//!
//! The text is OpenMetrics 1.0, which every Prometheus since 2.5 reads. It is served on an address of
//! its own, so that it is never public by accident: it tells how busy a desk is, though nothing about
//! anybody.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use axum::routing::get;
use deskwire_domain::jobs::{Backlog, JobKind, backlog};
use deskwire_domain::{Desk, Timestamp, events};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

use super::process::Process;
use crate::metrics;

const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long what was read from the database is shown, however often somebody asks.
const KEEP: Duration = Duration::from_secs(5);

/// The web application of the second address.
pub fn build_metrics(desk: Desk) -> Router {
    Router::new().route("/metrics", get(show)).with_state(Arc::new(Exposition::new(desk)))
}

/// Counts a request and how long its answer took.
pub async fn measured(answer: RouteFuture<Infallible>) -> Result<Response, Infallible> {
    let begun = Instant::now();
    let answer = answer.await?;
    metrics::observe_request(answer.status(), begun.elapsed());
    Ok(answer)
}

async fn show(State(exposition): State<Arc<Exposition>>) -> impl IntoResponse {
    exposition.refresh().await;
    ([(CONTENT_TYPE, TEXT)], exposition.text())
}

/// What is looked up when somebody asks, next to what was counted meanwhile.
struct Exposition {
    desk: Desk,
    registry: Registry,
    begun: Instant,
    /// When the database was asked last.
    asked: Mutex<Option<Instant>>,
    database_up: Gauge,
    jobs: Family<[(&'static str, &'static str); 2], Gauge>,
    log_end: Gauge,
    hub_position: Gauge,
    heartbeat_age: Gauge<f64, AtomicU64>,
    connections: Family<[(&'static str, &'static str); 1], Gauge>,
    connections_max: Gauge,
    waiting: Gauge,
}

impl Exposition {
    fn new(desk: Desk) -> Self {
        let mut this = Self {
            desk,
            registry: Registry::default(),
            begun: Instant::now(),
            asked: Mutex::default(),
            database_up: Gauge::default(),
            jobs: Family::default(),
            log_end: Gauge::default(),
            hub_position: Gauge::default(),
            heartbeat_age: Gauge::default(),
            connections: Family::default(),
            connections_max: Gauge::default(),
            waiting: Gauge::default(),
        };
        this.register();
        this
    }

    fn register(&mut self) {
        self.registry.register_collector(Box::new(Process::new()));
        let all = self.registry.sub_registry_with_prefix("deskwire");
        deskwire_domain::metrics::register(all);
        metrics::register(all);
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "The running program", build);
        let help = "1: the database answered when it was last asked; 0: its figures are old";
        all.register("database_up", help, self.database_up.clone());
        let help = "Jobs: due now, later (being worked on, or waiting for another try), parked; \
                    of the kind unknown: for programs of another release";
        all.register("jobs", help, self.jobs.clone());
        let help = "Position of the last event in the log";
        all.register("log_end_position", help, self.log_end.clone());
        let help = "Position up to which this process has read the log";
        all.register("hub_position", help, self.hub_position.clone());
        let help = "Since this process last felt the log's heartbeat, or since it started";
        let age = self.heartbeat_age.clone();
        all.register_with_unit("heartbeat_age", help, Unit::Seconds, age);
        let help = "Open database connections, idle or lent";
        all.register("db_pool_connections", help, self.connections.clone());
        let help = "Most database connections this process opens";
        all.register("db_pool_max_connections", help, self.connections_max.clone());
        let help = "Tasks that wait for a database connection";
        all.register("db_pool_waiting", help, self.waiting.clone());
    }

    fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }

    async fn refresh(&self) {
        let pool = self.desk.pool.load();
        let connections = |state, count: usize| {
            self.connections.get_or_create(&[("state", state)]).set(count as i64);
        };
        connections("idle", pool.idle);
        connections("lent", pool.connections - pool.idle);
        self.connections_max.set(pool.max_connections as i64);
        self.waiting.set(pool.waiting as i64);
        let position = self.desk.hub.end().borrow().unwrap_or(0);
        self.hub_position.set(position as i64);
        let beat = self.desk.hub.heartbeat();
        let age = beat.map_or(self.begun.elapsed(), |beat| beat.age());
        self.heartbeat_age.set(age.as_secs_f64());
        self.ask_database().await;
    }

    async fn ask_database(&self) {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < KEEP) {
            return;
        }
        let found = async {
            let mut conn = self.desk.conn().await?;
            let (_, end) = events::mark(&mut conn).await?;
            Ok::<_, deskwire_domain::Error>((end, backlog(&mut conn, Timestamp::now()).await?))
        };
        let found = found.await;
        self.database_up.set(found.is_ok().into());
        if let Ok((end, all)) = found {
            self.log_end.set(end as i64);
            all.iter().for_each(|kind| self.show_jobs(kind));
        }
        *asked = Some(Instant::now());
    }

    fn show_jobs(&self, of: &Backlog) {
        let kind = of.kind.map_or("unknown", JobKind::as_str);
        for (state, count) in [("due", of.due), ("later", of.later), ("parked", of.parked)] {
            self.jobs.get_or_create(&[("kind", kind), ("state", state)]).set(count);
        }
    }
}
