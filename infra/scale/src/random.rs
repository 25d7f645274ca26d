//! Numbers that look random and are the same in every run.

/// SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// From 0, under 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float has")]
    pub fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0, under `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        u64::try_from((u128::from(self.number()) * u128::from(end)) >> 64).unwrap_or(0)
    }
}

/// A number whose bits all depend on all bits of this one.
pub(super) fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// How popular things are: the k-th of them is asked for `1 / k^exponent` times as often as the first.
#[derive(Clone, Debug)]
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// So many things. With an exponent of 0 all are alike.
    pub fn new(things: u32, exponent: f64) -> Self {
        let mut sum = 0.0;
        let mut sums: Vec<f64> = (1..=things)
            .map(|rank| {
                sum += f64::from(rank).powf(-exponent);
                sum
            })
            .collect();
        for part in &mut sums {
            *part /= sum;
        }
        Self(sums)
    }

    /// One of them, from 0.
    pub fn draw(&self, random: &mut Random) -> u64 {
        let at = random.fraction();
        self.0.partition_point(|sum| *sum <= at).min(self.0.len() - 1) as u64
    }
}
