//! A desk with tickets about cards and parcels, labelled by people.

use deskwire_domain::error::FieldErrors;
use deskwire_domain::ids::UserId;
use deskwire_domain::messages::Body;
use deskwire_domain::models::runs::RunOptions;
use deskwire_domain::models::{self, ModelVersion, Then};
use deskwire_domain::testing::{Team, TestDatabase, category, team, ticket};
use deskwire_domain::tickets::record::TicketRecord;
use deskwire_domain::tickets::{ImportRow, Status, import};
use deskwire_domain::{Actor, Conn, Error, categories};
use deskwire_ml::dataset::{Dataset, LabelKind};
use deskwire_ml::run::{Made, Material, Watch, make};
use deskwire_ml::store::ModelStore;
use deskwire_ml::train::TrainConfig;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::process::Command;

pub struct Desk {
    pub db: TestDatabase,
    pub team: Team,
    pub store: ModelStore,
    folder: PathBuf,
}

impl Desk {
    /// Sixty labelled tickets of two categories, no model yet.
    pub async fn create() -> Self {
        let db = TestDatabase::create().await;
        let mut conn = db.conn().await;
        let team = team(&mut conn).await;
        let ids = [category(&mut conn, "card").await, category(&mut conn, "parcel").await];
        let requester = team.customer.user_id.unwrap();
        let rows: Vec<ImportRow> = records()
            .iter()
            .map(|record| {
                let is_card = record.category.as_deref() == Some("card");
                let id = if is_card { ids[0] } else { ids[1] };
                ImportRow { category_id: Some(id), ..row(record, requester) }
            })
            .collect();
        import(&mut conn, &team.admin, "old", team.queue, false, &rows).await.unwrap();
        let folder = std::env::temp_dir().join(uuid_text());
        let store = ModelStore::new(&folder);
        Self { db, team, store, folder }
    }

    pub async fn conn(&self) -> impl std::ops::DerefMut<Target = Conn> {
        self.db.conn().await
    }

    /// Trains the category model on the desk's own tickets and makes it the champion.
    pub async fn train(&self) -> ModelVersion {
        self.make(self.material().await, LabelKind::Category, Then::Promote("a test")).await
    }

    /// Trains the category model and registers it; the first becomes the champion.
    pub async fn register(&self) -> ModelVersion {
        self.make(self.material().await, LabelKind::Category, Then::Begin).await
    }

    /// As [`Desk::register`], from two tickets less: another artefact.
    pub async fn register_other(&self) -> ModelVersion {
        let fewer = self.labelled().await.examples()[2..].to_vec();
        let material = Material::of_tickets(Dataset::new(fewer), json!({}));
        self.make(material, LabelKind::Category, Then::Begin).await
    }

    /// Registers a priority model, which becomes the champion: cards are urgent, parcels are not.
    pub async fn register_priority(&self) -> ModelVersion {
        let mut examples = self.labelled().await.examples().to_vec();
        for example in &mut examples {
            let is_card = example.label.as_deref() == Some("card");
            example.label = Some(if is_card { "urgent" } else { "low" }.into());
        }
        let material = Material::of_tickets(Dataset::new(examples), json!({}));
        self.make(material, LabelKind::Priority, Then::Begin).await
    }

    async fn make(&self, material: Material, kind: LabelKind, then: Then<'_>) -> ModelVersion {
        let config = TrainConfig { label_kind: kind, ..TrainConfig::default() };
        let watch: Watch = Arc::new(|_, _| ControlFlow::Continue(()));
        let made = make(&self.db.desk, &self.store, material, config, None, watch).await.unwrap();
        let (mut conn, actor) = (self.db.conn().await, Actor::system());
        let Made { draft, comparison, .. } = made;
        models::register_compared(&mut conn, &actor, draft, comparison, then).await.unwrap()
    }

    /// The tickets that people labelled.
    pub async fn labelled(&self) -> Arc<Dataset> {
        self.material().await.tickets
    }

    async fn material(&self) -> Material {
        let query = RunOptions::default().query(LabelKind::Category.into());
        Material::of_desk(&mut *self.db.conn().await, &query).await.unwrap()
    }

    /// `deskwire-ml VERB` on this desk.
    pub fn program(&self, verb: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_deskwire-ml"));
        program
            .arg(verb)
            .env("DESKWIRE_DATABASE_URL", &self.db.config.database_url)
            .env("DESKWIRE_REDIS_URL", &self.db.config.redis_url)
            .env("DESKWIRE_CHANNEL", &self.db.config.channel)
            .env("DESKWIRE_MODELS", &self.folder)
            .kill_on_drop(true);
        program
    }

    /// Brings in this many more tickets like those of [`records`], labelled by people.
    pub async fn label_more(&self, count: usize) {
        let requester = self.team.customer.user_id.unwrap();
        let mut conn = self.db.conn().await;
        let known = categories::list(&mut conn, true).await.unwrap();
        let id = |name: &str| known.iter().find(|category| category.name == name).unwrap().id;
        let labels = [("card", id("card")), ("parcel", id("parcel"))];
        let rows: Vec<ImportRow> = (0..count)
            .map(|n| {
                let (label, category) = labels[n % 2];
                let text = format!("My {label} {n} is {}", ["lost", "late", "open"][n % 3]);
                let row = row(&record(&format!("more-{n}"), &text, Some(label)), requester);
                ImportRow { category_id: Some(category), ..row }
            })
            .collect();
        import(&mut conn, &self.team.admin, "more", self.team.queue, false, &rows).await.unwrap();
    }

    /// Hashes of the registered versions' artefacts, oldest first.
    pub async fn artefacts(&self) -> Vec<Vec<u8>> {
        let mut all = models::list(&mut *self.db.conn().await, &Actor::system()).await.unwrap();
        all.reverse();
        all.into_iter().map(|version| version.artifact_hash).collect()
    }

    pub async fn sql(&self, text: &str) {
        self.db.conn().await.batch_execute(text).await.unwrap();
    }

    /// Brings in one more ticket.
    pub async fn ask_again(&self, text: &str) {
        let requester = self.team.customer.user_id.unwrap();
        ticket(&mut *self.db.conn().await, self.team.queue, requester, text).await;
    }

    /// Brings in tickets without labels, which the worker is to look at.
    pub async fn ask(&self, texts: &[&str]) {
        let (mut conn, rows) = (self.db.conn().await, self.new_rows(texts));
        import(&mut conn, &self.team.admin, "new", self.team.queue, true, &rows).await.unwrap();
    }

    /// As [`Desk::ask`], but no worker sees the jobs before [`Desk::let_go`].
    pub async fn ask_held(&self, texts: &[&str]) {
        let (mut conn, rows) = (self.db.conn().await, self.new_rows(texts));
        let held = conn.transaction(async |conn| {
            import(conn, &self.team.admin, "new", self.team.queue, true, &rows).await?;
            conn.batch_execute("UPDATE jobs SET run_at = '2100-01-01'").await?;
            Ok::<_, Error>(())
        });
        held.await.unwrap();
    }

    /// Makes every job due, also those of a worker whose lease goes on.
    pub async fn let_go(&self) {
        self.sql("UPDATE jobs SET run_at = '2026-01-01'").await;
    }

    fn new_rows(&self, texts: &[&str]) -> Vec<ImportRow> {
        let requester = self.team.customer.user_id.unwrap();
        let texts = texts.iter().enumerate();
        texts.map(|(n, text)| row(&record(&format!("new-{n}"), text, None), requester)).collect()
    }

    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    pub async fn finish(self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        self.db.finish().await;
    }
}

/// Thirty tickets about cards and thirty about parcels, a minute apart; the last has only a subject.
pub fn records() -> Vec<TicketRecord> {
    let mut records = with_bodies();
    if let Some(last) = records.last_mut() {
        last.subject = std::mem::take(&mut last.body).replace("\r\n", " ");
    }
    records
}

fn with_bodies() -> Vec<TicketRecord> {
    let cards = ["lost", "stolen", "blocked", "expired", "swallowed"];
    let parcels = ["late", "damaged", "returned", "missing", "open"];
    (0..60)
        .map(|n| {
            let (label, word) = if n % 2 == 0 {
                ("card", cards[n / 2 % 5])
            } else {
                ("parcel", parcels[n / 2 % 5])
            };
            record(
                &format!("old-{n:02}"),
                &format!("My {label} is {word}\r\nPlease help. "),
                Some(label),
            )
        })
        .collect()
}

pub fn row(record: &TicketRecord, requester_id: UserId) -> ImportRow {
    let mut errors = FieldErrors::default();
    let body = Body::check(&mut errors, record.message(), None);
    errors.into_result().unwrap();
    ImportRow {
        external_id: record.id.clone(),
        subject: record.title(),
        body,
        requester_id,
        category_id: None,
        priority: None,
        status: Status::Open,
        created_at: record.created_at.map(Into::into),
    }
}

fn record(id: &str, body: &str, category: Option<&str>) -> TicketRecord {
    let minute = id.rsplit('-').next().unwrap().parse::<u32>().unwrap() % 60;
    let line = serde_json::json!({
        "id": id,
        "body": body,
        "category": category,
        "created_at": format!("2026-01-01T10:{minute:02}:00Z"),
    });
    TicketRecord::parse(line.to_string().as_bytes()).unwrap()
}

fn uuid_text() -> String {
    format!("deskwire-models-{}", deskwire_domain::ids::WorkerId::new())
}
