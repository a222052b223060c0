//! A trained model and what it says about one ticket.

use serde::{Deserialize, Serialize};

use crate::artifact::{self, ArtifactError, Header};
use crate::classifier::{Classifier, Linear};
use crate::explain::{DecidingWord, deciding_words};
use crate::features::{Idf, Sparse};
use crate::text::TicketText;

/// Labels named after the suggested one.
pub const RUNNER_UPS: usize = 3;

/// A trained model: cheap to ask, safe to share between threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) header: Header,
    pub(crate) idf: Idf,
    pub(crate) classifier: Linear,
    pub(crate) hash: String,
}

/// What a model says about a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    pub label: String,
    /// Calibrated, in 0..=1: of many suggestions with 0.8, four in five are right.
    pub probability: f64,
    /// True below the model's threshold, and whenever no word is known.
    pub abstained: bool,
    /// False if no word of the ticket occurred in training, or it has no words at all. The
    /// probabilities are then the labels' shares in training.
    pub has_known_words: bool,
    /// The next labels, best first; at most [`RUNNER_UPS`].
    pub runner_ups: Vec<(String, f64)>,
    /// Strongest first; empty if no word is known.
    pub deciding_words: Vec<DecidingWord>,
}

impl Model {
    /// What the model says about a ticket. Never fails: any text gets an answer.
    pub fn suggest(&self, text: &TicketText) -> Suggestion {
        let x = self.idf.transform(&self.header.features.counts(text));
        let probabilities = self.probabilities(&x);
        let mut ranked: Vec<usize> = (0..probabilities.len()).collect();
        ranked.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let (label, rival) = (ranked[0], ranked[1]);
        let probability = probabilities[label];
        let has_known_words = !x.is_empty();
        let named = |&class: &usize| (self.header.labels[class].clone(), probabilities[class]);
        let features = &self.header.features;
        Suggestion {
            label: self.header.labels[label].clone(),
            probability,
            abstained: !has_known_words || probability < self.header.threshold,
            has_known_words,
            runner_ups: ranked[1..].iter().take(RUNNER_UPS).map(named).collect(),
            deciding_words: deciding_words(&self.classifier, features, text, &x, label, rival),
        }
    }

    /// Every label with its probability for a ticket, in the order of [`Model::labels`].
    pub fn distribution(&self, text: &TicketText) -> Vec<(&str, f64)> {
        let x = self.idf.transform(&self.header.features.counts(text));
        self.labels().iter().map(String::as_str).zip(self.probabilities(&x)).collect()
    }

    /// Labels the model can suggest, sorted; at least two.
    pub fn labels(&self) -> &[String] {
        &self.header.labels
    }

    /// Everything about the model but its weights.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The model's identity: SHA-256 of the artefact, in lower-case hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The artefact: one file that holds the whole model.
    pub fn to_bytes(&self) -> Vec<u8> {
        artifact::encode(&self.header, &self.idf, &self.classifier)
    }

    /// Reads an artefact.
    ///
    /// # Errors
    /// [`ArtifactError`] unless the bytes are a whole, unchanged artefact of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        artifact::decode(bytes)
    }

    pub(crate) fn probabilities(&self, x: &Sparse) -> Vec<f64> {
        if x.is_empty() {
            let total: usize = self.header.tickets_per_label.iter().sum();
            return self
                .header
                .tickets_per_label
                .iter()
                .map(|&n| n as f64 / total as f64)
                .collect();
        }
        self.header.calibration.probabilities(&self.classifier.log_scores(x), x.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, text};

    #[test]
    fn a_clear_ticket_is_decided_with_its_words() {
        let said = model().suggest(&TicketText::new("Help", "My card was stolen!"));
        assert_eq!((said.label.as_str(), said.abstained), ("card", false));
        assert!(said.probability > 0.9, "{said:?}");
        assert_eq!(said.runner_ups.len(), 2);
        let words: Vec<_> = said.deciding_words.iter().map(|w| w.text.as_str()).collect();
        assert!(words.contains(&"card") && words.contains(&"stolen"), "{words:?}");
        let shares: f64 = said.deciding_words.iter().map(|w| w.share).sum();
        assert!(shares > 0.5 && shares <= 1.0 + 1e-9, "{shares}");
    }

    #[test]
    fn probabilities_sum_to_one_and_agree_with_the_suggestion() {
        let model = model();
        let ticket = text("refund for my blocked card");
        let all = model.distribution(&ticket);
        assert!((all.iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-9);
        let said = model.suggest(&ticket);
        assert!(all.contains(&(said.label.as_str(), said.probability)));
    }

    #[test]
    fn texts_without_known_words_get_the_shares_of_training() {
        let model = model();
        for words in ["", "zebra", "\u{0}\u{1}\u{fffd}", "…", "完全 不同"] {
            let said = model.suggest(&text(words));
            assert!(said.abstained && !said.has_known_words, "{words:?}");
            assert!((said.probability - 1.0 / 3.0).abs() < 1e-9, "{words:?}");
            assert!(said.deciding_words.is_empty(), "{words:?}");
        }
    }

    #[test]
    fn endless_and_binary_texts_get_an_answer() {
        let model = model();
        let binary: String = (0..100_000_u32).filter_map(|i| char::from_u32(i % 500)).collect();
        for words in ["my stolen card ".repeat(7_000), binary, "x".repeat(100_000)] {
            let said = model.suggest(&text(&words));
            assert!((0.0..=1.0).contains(&said.probability), "{said:?}");
        }
    }
}
