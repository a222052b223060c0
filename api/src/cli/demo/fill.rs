//! Fills patterns with words, the same way for the same seed.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::collections::HashMap;

use super::topics::SLOTS;

/// The words of one ticket: what is named once keeps its value.
pub struct Words<'a> {
    rng: &'a mut StdRng,
    values: HashMap<String, String>,
}

impl<'a> Words<'a> {
    pub fn new(rng: &'a mut StdRng, requester: &str, agent: &str) -> Self {
        let order = format!("NV-{}", rng.random_range(20_000..99_999));
        let invoice = format!("R{}", rng.random_range(100_000..999_999));
        let frame = rng.random_range(1_000_000..9_999_999).to_string();
        let values = [("name", requester), ("agent", agent), ("order", &order)]
            .into_iter()
            .chain([("invoice", &*invoice), ("frame", &*frame)])
            .map(|(slot, value)| (slot.to_owned(), value.to_owned()))
            .collect();
        Self { rng, values }
    }

    /// One of the patterns, filled.
    pub fn say(&mut self, patterns: &[&str]) -> String {
        let pattern = *patterns.choose(self.rng).expect("every list has patterns");
        self.fill(pattern)
    }

    pub fn chance(&mut self, in_hundred: u32) -> bool {
        self.rng.random_ratio(in_hundred, 100)
    }

    pub fn rng(&mut self) -> &mut StdRng {
        self.rng
    }

    /// Replaces innermost braces first, so that alternatives may hold slots.
    fn fill(&mut self, pattern: &str) -> String {
        let mut text = pattern.to_owned();
        while let Some(close) = text.find('}') {
            let open = text[..close].rfind('{').expect("braces of patterns are paired");
            let inner = text[open + 1..close].to_owned();
            let value = if inner.contains('|') {
                let choices: Vec<&str> = inner.split('|').collect();
                (*choices.choose(self.rng).expect("split gives at least one")).to_owned()
            } else {
                self.value(&inner)
            };
            text.replace_range(open..=close, &value);
        }
        text
    }

    fn value(&mut self, slot: &str) -> String {
        if let Some(value) = self.values.get(slot) {
            return value.clone();
        }
        let (_, choices) =
            SLOTS.iter().find(|(name, _)| *name == slot).expect("every slot has its values");
        let value = (*choices.choose(self.rng).expect("values are not empty")).to_owned();
        self.values.insert(slot.to_owned(), value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::super::topics::{
        ANSWER_CLOSINGS, CLOSINGS, GREETINGS, NOTES, QUEUES, THANKS, TOPICS,
    };
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_pattern_can_be_filled_every_way() {
        let mut rng = StdRng::seed_from_u64(1);
        let shared = [GREETINGS, CLOSINGS, ANSWER_CLOSINGS, THANKS, NOTES];
        let own = TOPICS.iter().flat_map(|topic| {
            [topic.subjects, topic.openings, topic.details, topic.answers, topic.questions]
        });
        for pattern in shared.into_iter().chain(own).flatten() {
            for _ in 0..30 {
                let text = Words::new(&mut rng, "Mia", "Ada").fill(pattern);
                assert!(!text.contains(['{', '}', '|']), "{pattern:?} gave {text:?}");
            }
        }
    }

    #[test]
    fn every_topic_belongs_to_a_queue() {
        for topic in TOPICS {
            assert!(QUEUES.iter().any(|(name, _)| *name == topic.queue), "{}", topic.name);
        }
    }

    #[test]
    fn a_slot_keeps_its_value_within_a_ticket() {
        let mut rng = StdRng::seed_from_u64(2);
        let mut words = Words::new(&mut rng, "Mia", "Ada");
        assert_eq!(words.fill("{model} {order}"), words.fill("{model} {order}"));
    }
}
