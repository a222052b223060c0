//! Why this label: the words of the ticket that spoke most for it.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::classifier::Classifier;
use crate::features::{FeatureConfig, Sparse};
use crate::text::{Part, TicketText, Token, is_placeholder};

/// Most words or phrases shown for one suggestion.
pub const WORDS_MAX: usize = 6;
/// Words with a smaller share are left out: "the" always says a little.
const SHARE_MIN: f64 = 0.03;
/// Longest phrase, in words.
const PHRASE_MAX: usize = 3;

/// No reasons by themselves, whatever their weight; "not" and question words are.
const FUNCTION_WORDS: [&str; 46] = [
    "a", "am", "an", "and", "are", "as", "at", "be", "been", "but", "by", "did", "do", "does",
    "for", "from", "had", "has", "have", "he", "i", "i'm", "i've", "if", "in", "is", "it", "it's",
    "its", "me", "my", "of", "on", "or", "so", "that", "the", "their", "there", "this", "to",
    "was", "we", "with", "you", "your",
];

/// A word, or up to three neighbouring ones, that spoke for a label.
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
/// share ("lost" for a lost card and a lost phone) would be no reason. It is shared out among the
/// places the column was read from: a word gets its own column, its pieces, and half of each pair it
/// stands in. Strong neighbours are shown as one phrase; a word that stands in several places is one
/// reason, shown where it stands first. Placeholders and words like "and my" are no reasons. Shares
/// sum to at most 1.
pub fn deciding_words(
    classifier: &impl Classifier,
    config: &FeatureConfig,
    text: &TicketText,
    tokens: &[Token],
    x: &Sparse,
    label: usize,
    rival: usize,
) -> Vec<DecidingWord> {
    let said = said_by_token(classifier, config, tokens, x, label, rival);
    let total: f64 = said.iter().filter(|said| **said > 0.0).sum();
    strongest(text, tokens, &said, total)
}

/// The words that said most, given what each token said and what all of them said in favour.
pub(crate) fn strongest(
    text: &TicketText,
    tokens: &[Token],
    said: &[f64],
    total: f64,
) -> Vec<DecidingWord> {
    if total <= 0.0 {
        return Vec::new();
    }
    // A term's places count together.
    let mut by_term: HashMap<&str, f64> = HashMap::new();
    for (token, said) in tokens.iter().zip(said) {
        *by_term.entry(&token.term).or_default() += said / total;
    }
    let share = |token: &Token| match says_nothing(&token.term) {
        true => 0.0,
        false => by_term[token.term.as_str()],
    };
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    // The sort is stable, so of two equal words the one standing first is shown.
    order.sort_by(|&a, &b| share(&tokens[b]).total_cmp(&share(&tokens[a])));
    let mut is_shown: HashMap<&str, ()> = HashMap::new();
    let mut words = Vec::new();
    for at in order {
        if words.len() == WORDS_MAX || share(&tokens[at]) < SHARE_MIN {
            break;
        }
        if is_shown.contains_key(tokens[at].term.as_str()) {
            continue;
        }
        let is_free = |token: &Token| {
            share(token) >= SHARE_MIN && !is_shown.contains_key(token.term.as_str())
        };
        let phrase = phrase_around(tokens, at, is_free);
        let mut sum = 0.0;
        for token in &tokens[phrase.clone()] {
            if is_shown.insert(&token.term, ()).is_none() {
                sum += share(token);
            }
        }
        words.push(word(text, &tokens[phrase], sum));
    }
    words.sort_by(|a, b| b.share.total_cmp(&a.share));
    words
}

/// What each token said for the label; negative if against it.
fn said_by_token(
    classifier: &impl Classifier,
    config: &FeatureConfig,
    tokens: &[Token],
    x: &Sparse,
    label: usize,
    rival: usize,
) -> Vec<f64> {
    // How often each column was read, by weight; as many as the vector has places.
    let mut read = vec![0_f32; x.indices.len()];
    let mut reads = Vec::new();
    config.visit(tokens, &mut |column, span: Range<usize>| {
        if let Ok(place) = x.indices.binary_search(&column) {
            let weight = config.weight(tokens, span.start);
            read[place] += weight;
            reads.push((place, span, weight));
        }
    });
    let says = x.iter().zip(&read).map(|((column, value), &read)| {
        favour(classifier, column, label, rival) * f64::from(value / read.max(f32::MIN_POSITIVE))
    });
    let says: Vec<f64> = says.collect();
    let mut said = vec![0.0; tokens.len()];
    for (place, span, weight) in reads {
        let each = says[place] * f64::from(weight) / span.len() as f64;
        span.for_each(|at| said[at] += each);
    }
    said
}

fn favour(classifier: &impl Classifier, column: usize, label: usize, rival: usize) -> f64 {
    let classes = classifier.classes();
    let own = classifier.weight(label, column);
    let all: f64 = (0..classes).map(|class| classifier.weight(class, column)).sum();
    let others = (all - own) / (classes - 1) as f64;
    own - (classifier.weight(rival, column) + others) / 2.0
}

/// The token with the free neighbours of its part, to both sides, at most [`PHRASE_MAX`] words and none
/// twice.
fn phrase_around(tokens: &[Token], at: usize, is_free: impl Fn(&Token) -> bool) -> Range<usize> {
    let (mut start, mut end) = (at, at + 1);
    let joins = |other: &Token, phrase: &[Token]| {
        other.part == tokens[at].part
            && is_free(other)
            && phrase.iter().all(|token| token.term != other.term)
    };
    while end - start < PHRASE_MAX && end < tokens.len() && joins(&tokens[end], &tokens[start..end])
    {
        end += 1;
    }
    while end - start < PHRASE_MAX && start > 0 && joins(&tokens[start - 1], &tokens[start..end]) {
        start -= 1;
    }
    start..end
}

fn word(text: &TicketText, span: &[Token], share: f64) -> DecidingWord {
    // One blank between the words: any amount of marks may stand there.
    let words: Vec<_> = span.iter().map(|t| &text.part(t.part)[t.range.clone()]).collect();
    DecidingWord {
        text: words.join(" "),
        part: span[0].part,
        range: span[0].range.start..span[span.len() - 1].range.end,
        share,
    }
}

pub(crate) fn says_nothing(term: &str) -> bool {
    is_placeholder(term) || term.len() == 1 || FUNCTION_WORDS.contains(&term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Linear;

    /// Class 0 likes the words of `text` as much as `weights` say, class 1 is indifferent.
    fn explain(text: &TicketText, weights: &[(&str, f32)]) -> Vec<DecidingWord> {
        let config = FeatureConfig::default();
        let tokens = text.tokens();
        let mut all = vec![0.0; config.width() * 2];
        let mut seen = std::collections::HashSet::new();
        config.visit(&tokens, &mut |column, span| {
            // A word comes before its edges and pieces.
            if !seen.insert(span.clone()) {
                return;
            }
            let terms: Vec<_> = tokens[span].iter().map(|t| t.term.as_str()).collect();
            let weight = weights.iter().find(|(t, _)| *t == terms.join(" "));
            if let Some((_, weight)) = weight.filter(|_| usize::from(column) < config.words()) {
                all[usize::from(column) * 2] = *weight;
            }
        });
        let linear = Linear::new(vec![0.0; 2], &all);
        deciding_words(&linear, &config, text, &tokens, &config.counts(&tokens), 0, 1)
    }

    fn shown(words: &[DecidingWord]) -> Vec<&str> {
        words.iter().map(|w| w.text.as_str()).collect()
    }

    #[test]
    fn words_are_shown_as_they_stand_with_their_share() {
        let text = TicketText::new("", "My CARD was\n stolen, please help");
        let words = explain(&text, &[("card", 3.0), ("stolen", 1.0), ("please", -5.0)]);
        // 3 and 1 of 4; what speaks against the label does not count.
        assert_eq!(shown(&words), ["CARD", "stolen"]);
        assert!((words[0].share - 0.75).abs() < 0.01, "{words:?}");
        assert!((words[1].share - 0.25).abs() < 0.01, "{words:?}");
        assert_eq!(&text.body[words[0].range.clone()], "CARD");
    }

    #[test]
    fn strong_neighbours_are_one_phrase() {
        let text = TicketText::new("", "the card stolen! And then the card");
        let words = explain(&text, &[("card stolen", 3.0), ("stolen", 2.0), ("card", 1.0)]);
        assert_eq!(shown(&words), ["card stolen"]);
        assert_eq!(&text.body[words[0].range.clone()], "card stolen");
        assert!((words[0].share - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_word_in_several_places_is_one_reason() {
        let text = TicketText::new("Card", "my card, and the PIN of the card");
        let words = explain(&text, &[("card", 1.0), ("pin", 1.0)]);
        assert_eq!(shown(&words), ["Card", "PIN"]);
        // Twice in the subject's weight, once each in the message: 4 against 1.
        assert!((words[0].share - 0.8).abs() < 0.01, "{words:?}");
        assert_eq!((words[0].part, words[0].range.clone()), (Part::Subject, 0..4));
    }

    #[test]
    fn a_repeated_word_is_no_phrase() {
        let words = explain(&TicketText::new("", "stolen! Stolen card"), &[("stolen", 1.0)]);
        assert_eq!(shown(&words), ["stolen"]);
    }

    #[test]
    fn placeholders_function_words_and_weak_words_are_no_reasons() {
        let text = TicketText::new("", "https://example.org and my card please");
        let weights = [("<url>", 3.0), ("and my", 3.0), ("card", 3.0), ("please", 0.01)];
        assert_eq!(shown(&explain(&text, &weights)), ["card"]);
    }

    #[test]
    fn at_most_six_words_are_shown_and_nothing_where_nothing_speaks() {
        let words = "lost a card a stolen a phone a blocked a pin a wrong a chip";
        let text = TicketText::new("", words);
        let weights: Vec<_> = words.split(' ').map(|w| (w, 1.0)).collect();
        assert_eq!(explain(&text, &weights).len(), WORDS_MAX);
        assert!(explain(&text, &[]).is_empty());
    }
}
