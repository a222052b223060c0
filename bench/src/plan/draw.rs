//! Numbers that look random and follow from a seed: SplitMix64
//! (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).

/// Changing it changes every bench desk.
const SEED: u64 = 0x5eed_de5c;
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of numbers.
pub struct Draw(u64);

impl Draw {
    /// The stream of one thing among many of its kind.
    pub fn of(kind: u64, number: u64) -> Self {
        let mut draw = Self(SEED ^ kind.wrapping_mul(STEP).rotate_left(29));
        let mixed = draw.next();
        Self(mixed ^ number.wrapping_mul(0xd134_2543_de82_ef95))
    }

    #[allow(clippy::should_implement_trait, reason = "a stream without an end is no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end`, without it.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// 0 to 1, without it.
    pub fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.part() < probability
    }
}
