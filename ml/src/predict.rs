//! A trained model and what it says about one ticket.

use serde::{Deserialize, Serialize};

use crate::artifact::{self, ArtifactError, Body, Header, Kind, Weights};
use crate::classifier::Classifier;
#[cfg(feature = "onnx")]
use crate::explain::strongest;
use crate::explain::{DecidingWord, deciding_words};
use crate::features::{FeatureConfig, Sparse};
use crate::language;
use crate::text::{TicketText, Token};

/// Labels named after the suggested one.
pub const RUNNER_UPS: usize = 3;

/// A trained model: cheap to ask, unless it is a network, and safe to share between threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) header: Header,
    pub(crate) body: Body,
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
    /// Share of the ticket's words that did not occur in training, in 0..=1; 0 without words. `None` for
    /// networks, which know parts of words.
    pub new_word_share: Option<f64>,
    /// The ticket's language, ISO 639; `None` where it has too few words to tell.
    pub language: Option<String>,
    /// False if the ticket is reliably in a language the model did not learn from.
    pub is_readable: bool,
    /// The next labels, best first; at most [`RUNNER_UPS`].
    pub runner_ups: Vec<(String, f64)>,
    /// Strongest first; empty if no word is known.
    pub deciding_words: Vec<DecidingWord>,
}

/// A ticket as a model read it.
struct Heard<'a> {
    /// `None` where no word is known.
    scores: Option<Vec<f64>>,
    new_word_share: Option<f64>,
    reasons: Box<dyn Fn(usize, usize) -> Vec<DecidingWord> + 'a>,
}

impl Model {
    pub(crate) fn new(header: Header, body: Body) -> Self {
        let hash = artifact::hash_of(&artifact::encode(&header, &body));
        Self { header, body, hash }
    }

    /// What the model says about a ticket. Any text gets an answer.
    ///
    /// # Panics
    /// If a network fails on the text, whatever it was fed.
    pub fn suggest(&self, text: &TicketText) -> Suggestion {
        self.answer(text, true)
    }

    /// As [`Model::suggest`] without reasons, for which a network is run many times.
    ///
    /// # Panics
    /// As [`Model::suggest`].
    pub fn judge(&self, text: &TicketText) -> Suggestion {
        self.answer(text, false)
    }

    fn answer(&self, text: &TicketText, with_reasons: bool) -> Suggestion {
        let heard = self.hear(text);
        let probabilities = self.probabilities(heard.scores.as_deref());
        let mut ranked: Vec<usize> = (0..probabilities.len()).collect();
        ranked.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let (label, rival) = (ranked[0], ranked[1]);
        let probability = probabilities[label];
        let language = language::of_ticket(text);
        let is_readable = language::supported(language.as_ref(), &self.header.languages);
        let named = |&class: &usize| (self.header.labels[class].clone(), probabilities[class]);
        let is_known = heard.scores.is_some();
        let has_reasons = is_known && with_reasons;
        Suggestion {
            label: self.header.labels[label].clone(),
            probability,
            abstained: !is_known || !is_readable || probability < self.header.threshold,
            has_known_words: is_known,
            new_word_share: heard.new_word_share,
            language: language.map(|detected| detected.code),
            is_readable,
            runner_ups: ranked[1..].iter().take(RUNNER_UPS).map(named).collect(),
            deciding_words: if has_reasons { (heard.reasons)(label, rival) } else { Vec::new() },
        }
    }

    /// Every label with its probability for a ticket, in the order of [`Model::labels`].
    ///
    /// # Panics
    /// As [`Model::suggest`].
    pub fn distribution(&self, text: &TicketText) -> Vec<(&str, f64)> {
        let probabilities = self.probabilities(self.hear(text).scores.as_deref());
        self.labels().iter().map(String::as_str).zip(probabilities).collect()
    }

    /// Labels the model can suggest; at least two. Sorted, but for networks that give scores of labels.
    pub fn labels(&self) -> &[String] {
        &self.header.labels
    }

    /// Everything about the model but its weights.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether it is a network, which takes milliseconds for a ticket where words take microseconds.
    pub fn is_network(&self) -> bool {
        matches!(self.header.classifier, Kind::Onnx(_))
    }

    /// The model's identity: SHA-256 of the artefact, in lower-case hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The artefact: one file that holds the whole model.
    pub fn to_bytes(&self) -> Vec<u8> {
        artifact::encode(&self.header, &self.body)
    }

    /// Reads an artefact.
    ///
    /// # Errors
    /// [`ArtifactError`] unless the bytes are a whole, unchanged artefact of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        artifact::decode(bytes, artifact::MODEL_BYTES_MAX)
    }

    /// As [`Model::from_bytes`], for artefacts that unpack to at most `limit` bytes instead of
    /// [`artifact::MODEL_BYTES_MAX`].
    ///
    /// # Errors
    /// As [`Model::from_bytes`]; [`ArtifactError::TooLarge`].
    pub fn from_bytes_within(bytes: &[u8], limit: u64) -> Result<Self, ArtifactError> {
        artifact::decode(bytes, limit)
    }

    fn hear<'a>(&'a self, text: &'a TicketText) -> Heard<'a> {
        let tokens = text.tokens();
        match &self.body {
            Body::Words(weights) => {
                let (x, new_word_share) = weights.read(&self.header.features, &tokens);
                let scores = x.as_ref().map(|x| weights.classifier.log_scores(x));
                let (classifier, features) = (&weights.classifier, &self.header.features);
                let reasons = move |label, rival| match &x {
                    Some(x) => deciding_words(classifier, features, text, &tokens, x, label, rival),
                    None => Vec::new(),
                };
                Heard { scores, new_word_share: Some(new_word_share), reasons: Box::new(reasons) }
            }
            #[cfg(feature = "onnx")]
            Body::Network(network) => {
                let fault = |error| -> ! { panic!("{error}") };
                let scores = network.scores(text).unwrap_or_else(|error| fault(error));
                let reasons = move |label, rival| {
                    let said = network.said(text, &tokens, label, rival);
                    let said = said.unwrap_or_else(|error| fault(error));
                    strongest(text, &tokens, &said.by_token, said.total)
                };
                Heard { scores, new_word_share: None, reasons: Box::new(reasons) }
            }
        }
    }

    /// Without scores, the labels' shares in training.
    fn probabilities(&self, scores: Option<&[f64]>) -> Vec<f64> {
        match scores {
            Some(scores) => self.header.calibration.probabilities(scores),
            None => {
                let total: usize = self.header.tickets_per_label.iter().sum();
                let shares = self.header.tickets_per_label.iter();
                shares.map(|&n| n as f64 / total as f64).collect()
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn weights_mut(&mut self) -> &mut Weights {
        match &mut self.body {
            Body::Words(weights) => weights,
            #[cfg(feature = "onnx")]
            Body::Network(_) => panic!("a model of words"),
        }
    }
}

impl Weights {
    /// The vector of some tokens, `None` if no word is known, and the share of words that are not.
    fn read(&self, features: &FeatureConfig, tokens: &[Token]) -> (Option<Sparse>, f64) {
        let (known, new_word_share) =
            (self.known_words.count(tokens).0, self.known_words.new_share(tokens));
        if known == 0 {
            return (None, new_word_share);
        }
        let mut x = features.counts(tokens);
        self.idf.weigh(&mut x);
        (Some(x).filter(|x| !x.is_empty()), new_word_share)
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
