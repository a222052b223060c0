//! Random choices that a seed repeats.

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// A stream of choices. Streams with other names or numbers are independent, so that one more
/// writer does not change what the others do.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub fn new(seed: u64, name: &str, number: usize) -> Self {
        // FNV-1a: the same on every machine, unlike the standard library's hashers.
        let mut mixed = 0xcbf2_9ce4_8422_2325_u64;
        let parts = seed.to_le_bytes().into_iter().chain(name.bytes());
        for byte in parts.chain((number as u64).to_le_bytes()) {
            mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    pub fn roll(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit as u64) as usize
    }

    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.roll() % (high - low + 1)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.roll() % 100 < chance
    }

    pub fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Between one and `most` different items, in the list's order.
    pub fn some_of<T: Clone>(&mut self, list: &[T], most: usize) -> Vec<T> {
        let wanted = 1 + self.below(most);
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < wanted.min(list.len()) {
            let next = self.below(list.len());
            if !chosen.contains(&next) {
                chosen.push(next);
            }
        }
        chosen.sort_unstable();
        chosen.into_iter().map(|at| list[at].clone()).collect()
    }

    /// The place of one weight, chosen in proportion to the weights.
    pub fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.roll() % weights.clone().sum::<u64>();
        for (place, weight) in weights.enumerate() {
            if left < weight {
                return place;
            }
            left -= weight;
        }
        unreachable!("the sum of the weights is larger than what was rolled")
    }
}
