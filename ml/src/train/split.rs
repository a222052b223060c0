//! Which tickets are held back.

use sha2::{Digest, Sha256};

use crate::calibrate::HELD_BACK_MIN;
use crate::dataset::Example;

/// One in this many tickets is held back.
const ONE_IN: usize = 10;
/// With few tickets up to one in this many, to have enough to measure on.
const ONE_IN_AT_MOST: usize = 4;

/// For each ticket, whether it is held back: the newest tenth if all have a time, else a tenth picked
/// by a hash of seed and id, so that it does not depend on the order of the tickets.
///
/// Below 200 tickets the share grows until [`HELD_BACK_MIN`] are held back, up to a quarter.
pub(crate) fn held_back(tickets: &[&Example], seed: u64) -> Vec<bool> {
    let count = (tickets.len() / ONE_IN).max(HELD_BACK_MIN.min(tickets.len() / ONE_IN_AT_MOST));
    let mut order: Vec<usize> = (0..tickets.len()).collect();
    if tickets.iter().all(|ticket| ticket.created_at.is_some()) {
        // The tickets are in time order already.
        order.reverse();
    } else {
        order.sort_by_cached_key(|&i| draw(seed, &tickets[i].id));
    }
    let mut held_back = vec![false; tickets.len()];
    order.into_iter().take(count).for_each(|i| held_back[i] = true);
    held_back
}

fn draw(seed: u64, id: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed.to_le_bytes()).chain_update(id).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TicketText;

    fn examples(count: usize, with_time: bool) -> Vec<Example> {
        let time = |i: usize| chrono::DateTime::from_timestamp(i as i64, 0).filter(|_| with_time);
        let example = |i: usize| Example {
            id: format!("t-{i}"),
            text: TicketText::default(),
            label: None,
            created_at: time(i),
        };
        (0..count).map(example).collect()
    }

    fn held(examples: &[Example], seed: u64) -> Vec<&str> {
        let tickets: Vec<&Example> = examples.iter().collect();
        let flags = held_back(&tickets, seed);
        let chosen = tickets.iter().zip(flags).filter(|(_, is_held)| *is_held);
        chosen.map(|(ticket, _)| ticket.id.as_str()).collect()
    }

    #[test]
    fn the_newest_tenth_is_held_back_where_times_exist() {
        let examples = examples(300, true);
        let expected: Vec<_> = (270..300).map(|i| format!("t-{i}")).collect();
        assert_eq!(held(&examples, 0), expected);
    }

    #[test]
    fn without_times_the_seed_decides_and_the_order_does_not() {
        let mut examples = examples(300, false);
        let mut before: Vec<_> = held(&examples, 7).into_iter().map(str::to_owned).collect();
        assert_eq!(before.len(), 30);
        assert_ne!(held(&examples, 8), before);
        examples.reverse();
        before.reverse();
        assert_eq!(held(&examples, 7), before);
    }

    #[test]
    fn few_tickets_hold_back_a_larger_share() {
        for (tickets, expected) in [(0, 0), (3, 0), (8, 2), (80, 20), (150, 20), (400, 40)] {
            assert_eq!(held(&examples(tickets, true), 0).len(), expected, "{tickets}");
        }
    }
}
