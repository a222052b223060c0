//! A small desk for unit tests: three categories with words of their own.

use crate::dataset::{Dataset, Example};
use crate::predict::Model;
use crate::text::TicketText;
use crate::train::{TrainConfig, train};

const CATEGORIES: [(&str, &[&str]); 3] = [
    ("card", &["card", "stolen", "blocked", "pin", "chip"]),
    ("login", &["password", "sign", "locked", "account", "code"]),
    ("refund", &["refund", "money", "return", "payment", "charged"]),
];
const COMMON: [&str; 6] = ["please", "help", "my", "the", "today", "again"];

pub fn text(body: &str) -> TicketText {
    TicketText::new("", body)
}

/// `count` tickets, one label after the other, one a minute.
pub fn dataset(count: usize) -> Dataset {
    let example = |i: usize| {
        let (label, words) = CATEGORIES[i % 3];
        let word = |step: usize| words[(i / 3 + step * step) % words.len()];
        let common = |step: usize| COMMON[(i / 2 + step) % COMMON.len()];
        Example {
            id: format!("t-{i}"),
            text: text(&format!("{} {} {} {}", common(0), word(0), word(1), common(1))),
            label: Some(label.into()),
            created_at: chrono::DateTime::from_timestamp(i as i64 * 60, 0),
        }
    };
    Dataset::new((0..count).map(example).collect())
}

pub fn model() -> Model {
    train(&dataset(240), &TrainConfig::default()).unwrap().model
}
