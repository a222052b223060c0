//! Why this label: the words of the ticket that spoke most for it.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::classifier::Classifier;
use crate::features::{FeatureConfig, Sparse};
use crate::text::{Part, TicketText, Token, is_placeholder};

/// Most words shown for one suggestion.
pub const WORDS_MAX: usize = 6;
/// Words with a smaller share are left out: "the" always says a little.
const SHARE_MIN: f64 = 0.02;

/// No reasons by themselves, whatever their weight; "not" and question words are.
const FUNCTION_WORDS: [&str; 46] = [
    "a", "am", "an", "and", "are", "as", "at", "be", "been", "but", "by", "did", "do", "does",
    "for", "from", "had", "has", "have", "he", "i", "i'm", "i've", "if", "in", "is", "it", "it's",
    "its", "me", "my", "of", "on", "or", "so", "that", "the", "their", "there", "this", "to",
    "was", "we", "with", "you", "your",
];

/// A word, or two neighbouring ones, that spoke for a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecidingWord {
    /// As it stands in the ticket.
    pub text: String,
    pub part: Part,
    /// Bytes of the part's text, where the words stand first.
    pub range: Range<usize>,
    /// Its part of everything that spoke for the label, in 0..=1.
    pub share: f64,
}

/// The words that most favoured class `label`, strongest first.
///
/// What a column says is its weight for the label, minus half that for the runner-up `rival` and
/// half the mean of all other labels, times its value: against the runner-up alone, a word both
/// share ("lost" for a lost card and a lost phone) would be no reason. Words that overlap a
/// stronger one are left out, and so are placeholders and words like "and my". Shares sum to at
/// most 1.
pub fn deciding_words(
    classifier: &impl Classifier,
    config: &FeatureConfig,
    text: &TicketText,
    x: &Sparse,
    label: usize,
    rival: usize,
) -> Vec<DecidingWord> {
    let says = |(column, value): (usize, f32)| {
        let said = favour(classifier, column, label, rival) * f64::from(value);
        (said > 0.0).then_some((column as u32, said))
    };
    let for_label: Vec<(u32, f64)> = x.iter().filter_map(says).collect();
    let total: f64 = for_label.iter().map(|(_, said)| said).sum();
    let for_label: HashMap<u32, f64> = for_label.into_iter().collect();
    let tokens = text.tokens();
    let mut spans: Vec<_> = config
        .columns(&tokens)
        .filter(|(_, span)| !span.iter().all(|token| says_nothing(&token.term)))
        .filter_map(|(column, span)| Some((*for_label.get(&column)? / total, column, span)))
        .filter(|(share, ..)| *share >= SHARE_MIN)
        .collect();
    // The sort is stable, so of two equal words the one standing first is shown.
    spans.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut words: Vec<(u32, DecidingWord)> = Vec::new();
    for (share, column, span) in spans {
        let (part, range) = place(span);
        let is_shown = |(shown, word): &(u32, DecidingWord)| {
            let overlaps = word.range.start < range.end && range.start < word.range.end;
            *shown == column || word.part == part && overlaps
        };
        if words.len() < WORDS_MAX && !words.iter().any(is_shown) {
            words.push((column, DecidingWord { text: shown(text, span), part, range, share }));
        }
    }
    words.into_iter().map(|(_, word)| word).collect()
}

fn favour(classifier: &impl Classifier, column: usize, label: usize, rival: usize) -> f64 {
    let classes = classifier.classes();
    let own = classifier.weight(label, column);
    let all: f64 = (0..classes).map(|class| classifier.weight(class, column)).sum();
    let others = (all - own) / (classes - 1) as f64;
    own - (classifier.weight(rival, column) + others) / 2.0
}

fn says_nothing(term: &str) -> bool {
    is_placeholder(term) || term.len() == 1 || FUNCTION_WORDS.contains(&term)
}

fn place(span: &[Token]) -> (Part, Range<usize>) {
    (span[0].part, span[0].range.start..span[span.len() - 1].range.end)
}

/// The words of a span with one blank between them: any amount of marks may stand there.
fn shown(text: &TicketText, span: &[Token]) -> String {
    let words: Vec<_> = span.iter().map(|t| &text.part(t.part)[t.range.clone()]).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Linear;

    /// Class 0 likes the words of `text` as much as `weights` say, class 1 is indifferent.
    fn explain(text: &TicketText, weights: &[(&str, f32)]) -> Vec<DecidingWord> {
        let config = FeatureConfig { bits: 14, ..FeatureConfig::default() };
        let tokens = text.tokens();
        let mut all = vec![0.0; config.width() * 2];
        for (column, span) in config.columns(&tokens) {
            let term = span.iter().map(|t| t.term.as_str()).collect::<Vec<_>>().join(" ");
            if let Some((_, weight)) = weights.iter().find(|(t, _)| *t == term) {
                all[column as usize * 2] = *weight;
            }
        }
        let linear = Linear::new(vec![0.0; 2], vec![0.0; 2], &all);
        deciding_words(&linear, &config, text, &config.counts(text), 0, 1)
    }

    #[test]
    fn words_are_shown_as_they_stand_with_their_share() {
        let text = TicketText::new("", "My CARD was\n stolen, please help");
        let words = explain(&text, &[("card", 3.0), ("stolen", 1.0), ("please", -5.0)]);
        let shown: Vec<_> = words.iter().map(|w| (w.text.as_str(), w.share)).collect();
        // 3 and 1 of 4; what speaks against the label does not count.
        assert_eq!(words.len(), 2);
        assert_eq!((shown[0].0, shown[1].0), ("CARD", "stolen"));
        assert!((shown[0].1 - 0.75).abs() < 1e-3 && (shown[1].1 - 0.25).abs() < 1e-3, "{shown:?}");
        assert_eq!(&text.body[words[0].range.clone()], "CARD");
    }

    #[test]
    fn a_word_inside_a_stronger_pair_is_not_repeated() {
        let text = TicketText::new("", "card stolen card");
        let words = explain(&text, &[("card stolen", 3.0), ("stolen", 2.0), ("card", 1.0)]);
        let shown: Vec<_> = words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(shown, ["card stolen", "card"]);
    }

    #[test]
    fn placeholders_function_words_and_weak_words_are_no_reasons() {
        let text = TicketText::new("", "https://example.org and my card please");
        let weights = [("<url>", 3.0), ("and my", 3.0), ("card", 3.0), ("please", 0.01)];
        let words = explain(&text, &weights);
        assert_eq!(words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["card"]);
    }

    #[test]
    fn at_most_six_words_are_shown() {
        let words = "lost card stolen phone blocked pin wrong chip";
        let text = TicketText::new("", words);
        let weights: Vec<_> = words.split(' ').map(|w| (w, 1.0)).collect();
        assert_eq!(explain(&text, &weights).len(), WORDS_MAX);
    }
}
