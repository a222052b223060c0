//! A trained model and what it says about one ticket.

use serde::{Deserialize, Serialize};

use crate::artifact::{self, ArtifactError, Header, Weights};
use crate::classifier::Classifier;
use crate::explain::{DecidingWord, deciding_words};
use crate::features::Sparse;
use crate::language;
use crate::text::{TicketText, Token};

/// Labels named after the suggested one.
pub const RUNNER_UPS: usize = 3;

/// A trained model: cheap to ask, safe to share between threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) header: Header,
    pub(crate) weights: Weights,
    pub(crate) hash: String,
}

/// What a model says about a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    pub label: String,
    /// Calibrated, in 0..=1: of many suggestions with 0.8, four in five are right.
    pub probability: f64,
    /// True below the model's threshold, and whenever no word is known or the language is foreign to it.
    pub abstained: bool,
    /// False if no word of the ticket occurred in training, or it has no words at all. The
    /// probabilities are then the labels' shares in training.
    pub has_known_words: bool,
    /// Share of the ticket's words that did not occur in training, in 0..=1; 0 without words.
    pub new_word_share: f64,
    /// The ticket's language, ISO 639; `None` where it has too few words to tell.
    pub language: Option<String>,
    /// False if the ticket is reliably in a language the model did not learn from.
    pub is_readable: bool,
    /// The next labels, best first; at most [`RUNNER_UPS`].
    pub runner_ups: Vec<(String, f64)>,
    /// Strongest first; empty if no word is known.
    pub deciding_words: Vec<DecidingWord>,
}

impl Model {
    /// What the model says about a ticket. Never fails: any text gets an answer.
    pub fn suggest(&self, text: &TicketText) -> Suggestion {
        let tokens = text.tokens();
        let (x, new_word_share) = self.read(&tokens);
        let probabilities = self.probabilities(x.as_ref());
        let mut ranked: Vec<usize> = (0..probabilities.len()).collect();
        ranked.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let (label, rival) = (ranked[0], ranked[1]);
        let probability = probabilities[label];
        let language = language::of_ticket(text);
        let is_readable = language::supported(language.as_ref(), &self.header.languages);
        let named = |&class: &usize| (self.header.labels[class].clone(), probabilities[class]);
        let features = &self.header.features;
        let reasons = |x: &Sparse| {
            deciding_words(&self.weights.classifier, features, text, &tokens, x, label, rival)
        };
        Suggestion {
            label: self.header.labels[label].clone(),
            probability,
            abstained: x.is_none() || !is_readable || probability < self.header.threshold,
            has_known_words: x.is_some(),
            new_word_share,
            language: language.map(|detected| detected.code),
            is_readable,
            runner_ups: ranked[1..].iter().take(RUNNER_UPS).map(named).collect(),
            deciding_words: x.as_ref().map_or_else(Vec::new, reasons),
        }
    }

    /// Every label with its probability for a ticket, in the order of [`Model::labels`].
    pub fn distribution(&self, text: &TicketText) -> Vec<(&str, f64)> {
        let (x, _) = self.read(&text.tokens());
        let probabilities = self.probabilities(x.as_ref());
        self.labels().iter().map(String::as_str).zip(probabilities).collect()
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
        artifact::encode(&self.header, &self.weights)
    }

    /// Reads an artefact.
    ///
    /// # Errors
    /// [`ArtifactError`] unless the bytes are a whole, unchanged artefact of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        artifact::decode(bytes)
    }

    /// The vector of some tokens, `None` if no word is known, and the share of words that are not.
    fn read(&self, tokens: &[Token]) -> (Option<Sparse>, f64) {
        let known_words = &self.weights.known_words;
        let (known, new_word_share) = (known_words.count(tokens).0, known_words.new_share(tokens));
        if known == 0 {
            return (None, new_word_share);
        }
        let mut x = self.header.features.counts(tokens);
        self.weights.idf.weigh(&mut x);
        (Some(x).filter(|x| !x.is_empty()), new_word_share)
    }

    /// Without a vector, the labels' shares in training.
    fn probabilities(&self, x: Option<&Sparse>) -> Vec<f64> {
        match x {
            Some(x) => {
                self.header.calibration.probabilities(&self.weights.classifier.log_scores(x))
            }
            None => {
                let total: usize = self.header.tickets_per_label.iter().sum();
                let shares = self.header.tickets_per_label.iter();
                shares.map(|&n| n as f64 / total as f64).collect()
            }
        }
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
    fn tickets_in_a_language_it_never_learned_are_left_open() {
        let english =
            "Hello, I would like to know where the refund of my last payment for this order is";
        let german = "Guten Tag, ich möchte gerne wissen, wo die Erstattung meiner letzten Zahlung card bleibt";
        let mut model = model();
        model.header.languages = vec![("en".into(), 900)];
        let [known, foreign] = [english, german].map(|words| model.suggest(&text(words)));
        assert!(known.is_readable && known.language.as_deref() == Some("en"), "{known:?}");
        assert!(!foreign.is_readable && foreign.abstained, "{foreign:?}");
        assert_eq!(foreign.language.as_deref(), Some("de"));
        model.header.languages.push(("de".into(), 40));
        assert!(model.suggest(&text(german)).is_readable);
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
