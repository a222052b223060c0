//! A desk with tickets about cards and parcels, labelled by people.

use deskwire_domain::Conn;
use deskwire_domain::error::FieldErrors;
use deskwire_domain::ids::UserId;
use deskwire_domain::messages::Body;
use deskwire_domain::testing::{Team, TestDatabase, category, team};
use deskwire_domain::tickets::record::TicketRecord;
use deskwire_domain::tickets::{ImportRow, Status, import};
use deskwire_ml::dataset::LabelKind;
use deskwire_ml::desk::{labelled, publish};
use deskwire_ml::store::ModelStore;
use deskwire_ml::train::{TrainConfig, train};
use std::path::PathBuf;

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

    /// Trains the category model on the desk's own tickets and makes it the active one.
    pub async fn train(&self) {
        let mut conn = self.db.conn().await;
        let dataset = labelled(&mut conn, LabelKind::Category).await.unwrap();
        let trained = train(&dataset, &TrainConfig::default()).unwrap();
        publish(&mut conn, &self.store, &trained).await.unwrap();
    }

    /// Brings in tickets without labels, which the worker is to look at.
    pub async fn ask(&self, texts: &[&str]) {
        let requester = self.team.customer.user_id.unwrap();
        let rows: Vec<ImportRow> = texts
            .iter()
            .enumerate()
            .map(|(n, text)| row(&record(&format!("new-{n}"), text, None), requester))
            .collect();
        let mut conn = self.db.conn().await;
        import(&mut conn, &self.team.admin, "new", self.team.queue, true, &rows).await.unwrap();
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
