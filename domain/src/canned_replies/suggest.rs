//! Which canned reply fits a ticket. No I/O: tickets, uses and replies are those the reader may see.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::CannedReply;
use crate::ids::{CannedReplyId, QueueId, TicketId};
use crate::similar::{Similar, rules::solved};

/// Similar tickets whose replies count.
pub const TICKETS_MAX: usize = 20;
/// Least score of a reply that only its words speak for: a third of what ticket and reply say in common.
const TEXT_MIN: f64 = 0.3;
/// Words ticket and reply must share.
const SHARED_MIN: usize = 2;
/// Letters from which on a word says something.
const LETTERS_MIN: usize = 4;

/// A reply that fits, and how well, 0 to 1.
pub type Fit<'a> = (&'a CannedReply, f64);

/// The reply that was sent on most of the similar solved tickets, each weighing as much as it is alike.
/// Its score is its part of all replies sent there, this one or another.
pub fn most_used<'a>(
    queue: QueueId,
    similar: &[Similar],
    uses: &HashMap<TicketId, Vec<CannedReplyId>>,
    replies: &'a [CannedReply],
) -> Option<Fit<'a>> {
    let mut sums: BTreeMap<CannedReplyId, f64> = BTreeMap::new();
    for known in solved(similar).take(TICKETS_MAX) {
        let sent = uses.get(&known.ticket.id).map(Vec::as_slice).unwrap_or_default();
        for reply in sent.iter().collect::<HashSet<_>>() {
            *sums.entry(*reply).or_default() += known.score;
        }
    }
    let total: f64 = sums.values().sum();
    let usable = replies.iter().filter(|reply| reply.fits(queue));
    let weighed = usable.filter_map(|reply| Some((reply, sums.get(&reply.id)? / total)));
    best(weighed)
}

/// The reply whose name and text share most words with a ticket's text, rare words weighing more; `None`
/// where none has enough in common.
pub fn closest<'a>(queue: QueueId, text: &str, replies: &'a [CannedReply]) -> Option<Fit<'a>> {
    let said = words(text);
    let texts: Vec<(&CannedReply, HashSet<String>)> = replies
        .iter()
        .filter(|reply| reply.fits(queue))
        .map(|reply| (reply, words(&format!("{}\n{}", reply.name, reply.body))))
        .collect();
    let mut with: HashMap<&str, usize> = HashMap::new();
    for word in texts.iter().flat_map(|(_, words)| words) {
        *with.entry(word).or_default() += 1;
    }
    // A word no reply has counts like one that a single reply has.
    let weight = |word: &String| {
        let with = with.get(word.as_str()).copied().unwrap_or(1) as f64;
        (1.0 + texts.len() as f64 / with).ln()
    };
    let length =
        |words: &HashSet<String>| words.iter().map(|word| weight(word).powi(2)).sum::<f64>().sqrt();
    let said_length = length(&said);
    let weighed = texts.iter().filter_map(|(reply, words)| {
        let shared: Vec<&String> = words.intersection(&said).collect();
        let sum: f64 = shared.iter().map(|word| weight(word).powi(2)).sum();
        let score = sum / (said_length * length(words));
        (shared.len() >= SHARED_MIN && score >= TEXT_MIN).then_some((*reply, score.min(1.0)))
    });
    best(weighed)
}

/// Of equal ones the first by id, so that every reader gets the same.
fn best<'a>(weighed: impl Iterator<Item = Fit<'a>>) -> Option<Fit<'a>> {
    weighed.max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.id.cmp(&a.0.id)))
}

fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= LETTERS_MIN)
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn reply(name: &str, body: &str, queue_id: Option<QueueId>) -> CannedReply {
        let now = Timestamp::now();
        CannedReply {
            id: CannedReplyId::new(),
            name: name.into(),
            body: body.into(),
            queue_id,
            active: true,
            created_by: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn the_closest_text_of_the_queue_wins() {
        let (queue, other) = (QueueId::new(), QueueId::new());
        let all = [
            reply("Blocked card", "Your blocked card was replaced.", None),
            reply("Refund", "Your refund is on its way.", None),
            reply("Blocked card abroad", "A blocked card abroad", Some(other)),
        ];
        let (found, score) = closest(queue, "My card is blocked", &all).unwrap();
        assert_eq!(found.name, "Blocked card");
        assert!(score > 0.3 && score <= 1.0, "{score}");
        assert_eq!(
            closest(other, "card blocked abroad", &all).unwrap().0.name,
            "Blocked card abroad"
        );
    }

    #[test]
    fn nothing_is_close_to_other_words() {
        let all = [reply("Refund", "Your refund is on its way.", None)];
        let queue = QueueId::new();
        for text in ["", "?!", "the way it is", "Where is my parcel, please?", "refund"] {
            assert_eq!(closest(queue, text, &all), None, "{text:?}");
        }
        assert_eq!(closest(queue, "refund my card", &[]), None);
    }

    #[test]
    fn retired_replies_are_not_suggested() {
        let mut old = reply("Blocked card", "Your blocked card was replaced.", None);
        old.active = false;
        assert_eq!(closest(QueueId::new(), "blocked card replaced", &[old]), None);
    }
}
