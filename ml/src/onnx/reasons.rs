//! Why a network named a label: what changes when words are left out, and what they say alone.
//!
//! A network is run again without each word, wherever it stands, and with nothing but the word. What a word said is the
//! mean of what the lead over the runner-up loses without it, and what it gains by it alone: of two words that
//! say the same, neither is missed, and both are reasons. (They are the two ends of what Shapley's value takes the mean
//! of, Lundberg and Lee 2017.) A text with more words than can be asked about is first asked about piece by piece, and
//! the pieces that said most are halved until they are words. What was not looked at word by word is no reason.

use std::collections::HashMap;
use std::ops::Range;

use super::OnnxError;
use super::network::{Network, Reading};
use crate::explain::says_nothing;
use crate::text::{TicketText, Token};

/// Most words and pieces that are asked about, with two runs of the network each.
const ASKED_MAX: usize = 24;
/// Pieces a long text is cut into at first.
const PIECES: usize = 8;

/// What each token said for the label against its rival, and all of them together in favour.
pub(crate) struct Said {
    pub by_token: Vec<f64>,
    pub total: f64,
}

/// Some words of the ticket, by their places in a list of them, and what they said.
struct Piece {
    words: Range<usize>,
    said: f64,
}

impl Network {
    /// # Errors
    /// [`OnnxError::Run`] where the network fails.
    pub(crate) fn said(
        &self,
        ticket: &TicketText,
        tokens: &[Token],
        label: usize,
        rival: usize,
    ) -> Result<Said, OnnxError> {
        let reading = Reading::of(ticket);
        let mut by_token = vec![0.0; tokens.len()];
        let Some((scores, end)) = self.read(&reading.text)? else {
            return Ok(Said { by_token, total: 0.0 });
        };
        let lead = |scores: &[f64]| scores[label] - scores[rival];
        let whole = lead(&scores);
        let nothing = self.nothing()?.map_or(0.0, |scores| lead(&scores));
        let lead_of = |text: &str| -> Result<f64, OnnxError> {
            Ok(self.read(text)?.map_or(nothing, |(scores, _)| lead(&scores)))
        };
        let places: Vec<Option<Range<usize>>> = tokens
            .iter()
            .map(|token| reading.place(token.part, &token.range).filter(|place| place.end <= end))
            .collect();
        let words = words(tokens, (0..tokens.len()).filter(|at| places[*at].is_some()));
        let say = |range: Range<usize>| -> Result<Piece, OnnxError> {
            let mut own: Vec<usize> = words[range.clone()].concat();
            own.sort_unstable();
            let own: Vec<Range<usize>> = own.iter().filter_map(|at| places[*at].clone()).collect();
            let missed = whole - lead_of(&without(&reading.text, &own))?;
            let alone = lead_of(&only(&reading.text, &own))? - nothing;
            Ok(Piece { words: range, said: f64::midpoint(missed, alone) })
        };
        let pieces = search(words.len(), say)?;
        for piece in pieces.iter().filter(|piece| piece.words.len() == 1) {
            by_token[words[piece.words.start][0]] = piece.said;
        }
        let total = pieces.iter().map(|piece| piece.said.max(0.0)).sum();
        Ok(Said { by_token, total })
    }
}

/// Cuts `count` words into pieces, single words where most was said, for or against.
fn search(
    count: usize,
    say: impl Fn(Range<usize>) -> Result<Piece, OnnxError>,
) -> Result<Vec<Piece>, OnnxError> {
    let size = if count <= ASKED_MAX { 1 } else { count.div_ceil(PIECES) };
    let starts = (0..count).step_by(size);
    let mut pieces = starts
        .map(|start| say(start..count.min(start + size)))
        .collect::<Result<Vec<Piece>, OnnxError>>()?;
    let mut asked = pieces.len();
    while asked + 2 <= ASKED_MAX {
        let whole = |at: &usize| pieces[*at].words.len() > 1;
        let strength = |at: &usize| pieces[*at].said.abs();
        let strongest =
            (0..pieces.len()).filter(whole).max_by(|a, b| strength(a).total_cmp(&strength(b)));
        let Some(at) = strongest else { break };
        let Range { start, end } = pieces.swap_remove(at).words;
        let middle = start + (end - start) / 2;
        pieces.push(say(start..middle)?);
        pieces.push(say(middle..end)?);
        asked += 2;
    }
    Ok(pieces)
}

/// The places of each word that may be a reason, in the order in which words stand first.
fn words(tokens: &[Token], read: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    let mut words: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for at in read.filter(|at| !says_nothing(&tokens[*at].term)) {
        let word = *known.entry(&tokens[at].term).or_insert(words.len());
        if word == words.len() {
            words.push(Vec::new());
        }
        words[word].push(at);
    }
    words
}

/// The text without some places, which stand in their order.
fn without(text: &str, places: &[Range<usize>]) -> String {
    let (mut rest, mut from) = (String::with_capacity(text.len()), 0);
    for place in places {
        rest.push_str(&text[from..place.start.max(from)]);
        from = place.end.max(from);
    }
    rest.push_str(&text[from..]);
    rest
}

/// Nothing but these places of the text.
fn only(text: &str, places: &[Range<usize>]) -> String {
    let words: Vec<&str> = places.iter().map(|place| &text[place.clone()]).collect();
    words.join(" ")
}
