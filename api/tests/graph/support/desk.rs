//! What the builders of `domain` lack: models and their suggestions, ids as clients write them.

use deskwire_domain::ids::{TicketId, WorkerId};
use deskwire_domain::models::{ModelDraft, activate_for};
use deskwire_domain::suggestions::{
    DecidingWord, Label, NewSuggestion, Part, Place, RunnerUp, record,
};
use deskwire_domain::tickets::Priority;
use deskwire_domain::{Actor, Conn};
use serde_json::Value;

/// Lets a new model version suggest a label for a ticket.
pub async fn suggestion(conn: &mut Conn, ticket_id: TicketId, label: Label) {
    let draft = ModelDraft {
        kind: label.kind(),
        artifact_hash: vec![7; 32],
        artifact_bytes: 9,
        threshold: 0.5,
        labels: [("secretlabel".to_owned(), label)].into(),
        metrics: serde_json::json!({ "accuracy": 0.9 }),
        lineage: Default::default(),
    };
    let model =
        activate_for(conn, &Actor::system(), draft, "for a test").await.expect("a valid model");
    let new = NewSuggestion {
        ticket_id,
        model_version_id: model.id,
        label,
        probability: 0.75,
        abstained: false,
        runner_ups: vec![RunnerUp { label: Label::Priority(Priority::Low), probability: 0.2 }],
        deciding_words: vec![DecidingWord {
            text: "secretword".into(),
            share: 1.0,
            place: Some(Place { part: Part::Message, message_id: None, start: 3, end: 13 }),
        }],
        served: Default::default(),
    };
    assert!(record(conn, WorkerId::new(), &[], vec![new]).await.expect("a valid suggestion"));
}

/// A public id.
pub fn public(noun: &str, id: impl std::fmt::Display) -> String {
    format!("{noun}_{id}")
}

/// The value at a pointer such as `/ticket/id`, as text.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer}: {value}"))
}
