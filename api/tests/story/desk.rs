//! The desk of the story, and what has happened on it so far.

use chrono::{SecondsFormat, Utc};
use deskwire_domain::Actor;
use deskwire_domain::error::FieldErrors;
use deskwire_domain::messages::Body;
use deskwire_domain::tickets::record::TicketRecord;
use deskwire_domain::tickets::{ImportRow, Status, import};
use deskwire_ml::dataset::{Dataset, LabelKind};
use deskwire_ml::store::ModelStore;
use deskwire_ml::worker::Worker;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use crate::support::{Client, TestApp};

const TICKETS: &str = "query($after: String) { tickets(first: 100, after: $after, filter: { statuses: [OPEN] }) {
    pageInfo { hasNextPage endCursor }
    nodes { id externalId suggestions { id label state arm abstained modelVersion { number } } } } }";

/// What agents did with the suggestions of one version.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub made: u64,
    pub accepted: u64,
    pub overridden: u64,
    /// Those of the accepted ones that the model was sure of, as guards count them.
    pub sure_accepted: u64,
    /// Those of the overridden ones.
    pub sure_overridden: u64,
}

pub struct Story {
    pub app: TestApp,
    pub admin: Client,
    pub agent: Client,
    pub store: ModelStore,
    folder: PathBuf,
    /// Tickets that have yet to come, oldest first.
    coming: IntoIter<TicketRecord>,
    /// The right category of each new ticket, by external id.
    pub truth: HashMap<String, String>,
    /// Ids of categories, by name.
    pub categories: HashMap<String, String>,
    /// By the version's number.
    pub tallies: BTreeMap<i64, Tally>,
}

/// The older and the newer tickets; `None`, and a line that says so, where they are not at hand.
pub fn files() -> Option<(PathBuf, PathBuf)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let [old, new] =
        ["train", "dev"].map(|part| data.join(format!("firefox-2020.{part}.jsonl.gz")));
    if !old.exists() || !new.exists() {
        println!("skipped: {} is not there", old.display());
        return None;
    }
    Some((old, new))
}

impl Story {
    pub async fn begin(new: &Path) -> Self {
        let app = TestApp::start().await;
        let (admin, agent) = (app.as_(&app.team.admin).await, app.as_(&app.team.agent).await);
        let folder = std::env::temp_dir().join(format!("{}-models", app.db.config.channel));
        let store = ModelStore::new(&folder);
        let coming = records(new);
        let label = |record: &TicketRecord| Some((record.id.clone(), record.category.clone()?));
        let truth = coming.iter().filter_map(label).collect();
        let (categories, tallies) = (HashMap::new(), BTreeMap::new());
        let coming = coming.into_iter();
        Self { app, admin, agent, store, folder, coming, truth, categories, tallies }
    }

    /// So many customers write; nobody says what it is about, and the worker suggests.
    pub async fn tickets_arrive(&mut self, count: usize) {
        let requester_id = self.app.team.customer.user_id.expect("a user");
        let row = |record: TicketRecord| ImportRow {
            external_id: record.id.clone(),
            subject: record.title(),
            body: body(&record),
            requester_id,
            category_id: None,
            priority: None,
            status: Status::Open,
            created_at: None,
        };
        let rows: Vec<ImportRow> = self.coming.by_ref().take(count).map(row).collect();
        let (desk, queue) = (Actor::system(), self.app.team.queue);
        let mut conn = self.app.db.conn().await;
        import(&mut conn, &desk, "new", queue, true, &rows).await.expect("valid tickets");
        drop(conn);
        self.app.db.desk.settle().await.expect("the database answers");
        let mut worker = self.worker();
        while worker.run_once().await.expect("the worker works") > 0 {}
    }

    /// A worker that has just started: it looks at trials before anything else.
    pub fn worker(&self) -> Worker {
        Worker::new(self.app.db.desk.clone(), self.store.clone()).comparing_with(0)
    }

    /// Open tickets with their suggestions, as the agent sees them.
    pub async fn tickets(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), Value::Null);
        loop {
            let mut page = self.agent.data(TICKETS, json!({ "after": after })).await;
            let page = &mut page["tickets"];
            all.extend(page["nodes"].as_array().expect("rows").iter().cloned());
            if page["pageInfo"]["hasNextPage"] != true {
                return all;
            }
            after = page["pageInfo"]["endCursor"].take();
        }
    }

    /// A mutation of the admin's that is to succeed.
    pub async fn admin_does(&self, name: &str, input: Value, fields: &str) -> Value {
        let fields = format!("errors {{ code message path }} {fields}");
        let mut answer = self.admin.change(name, input, &fields).await;
        assert_eq!(answer["data"]["payload"]["errors"], json!([]), "{name}: {answer}");
        answer["data"]["payload"].take()
    }

    /// The champion has this number; returns a moment at which that is so.
    pub async fn champion_is(&self, number: i64) -> String {
        let query = "{ modelRollout(kind: CATEGORY) { champion { number } } }";
        let now = self.admin.data(query, json!({})).await;
        assert_eq!(now["modelRollout"]["champion"]["number"], number);
        Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    pub async fn end(self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        self.app.finish().await;
    }
}

fn body(record: &TicketRecord) -> Body {
    let mut errors = FieldErrors::default();
    let body = Body::check(&mut errors, record.message(), None);
    errors.into_result().expect("a valid body");
    body
}

/// The file's tickets, oldest first.
fn records(file: &Path) -> Vec<TicketRecord> {
    let all = Dataset::read(&[file], LabelKind::Category).expect("a file of tickets");
    let record = |example: &deskwire_ml::dataset::Example| {
        let line = json!({
            "id": example.id, "subject": example.text.part(deskwire_ml::text::Part::Subject),
            "body": example.text.part(deskwire_ml::text::Part::Body), "category": example.label,
        });
        TicketRecord::parse(line.to_string().as_bytes()).expect("it was read before")
    };
    all.examples().iter().map(record).collect()
}
