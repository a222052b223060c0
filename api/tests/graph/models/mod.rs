mod live;
mod mutations;
mod rollout;

use deskwire_domain::Actor;
use deskwire_domain::ids::ModelVersionId;
use deskwire_domain::models::{self, ModelDraft};
use deskwire_domain::suggestions::LabelKind;

use crate::support::TestApp;

/// A registered category model; the first one is the champion.
pub async fn version(app: &TestApp) -> ModelVersionId {
    let draft = ModelDraft {
        kind: LabelKind::Category,
        artifact_hash: vec![7; 32],
        artifact_bytes: 9,
        threshold: 0.5,
        labels: models::LabelMeanings::new(),
        metrics: serde_json::json!({ "accuracy": 0.9 }),
        lineage: models::Lineage {
            feature_version: 1,
            training_data: Some(serde_json::json!({ "tickets": 60 })),
            ..Default::default()
        },
    };
    models::introduce(&mut *app.db.conn().await, &Actor::system(), draft).await.unwrap().id
}
