//! Chance that can be repeated: the same seed gives the same throws.

/// SplitMix64, by Sebastiano Vigna.
pub struct Dice(u64);

impl Dice {
    /// Of one folder of a run.
    pub fn of(seed: u64, folder: u64) -> Dice {
        let mut first = Dice(seed ^ folder.wrapping_mul(0xd134_2543_de82_ef95));
        Dice(first.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, `sides`.
    pub fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).unwrap();
        usize::try_from(self.next() % sides).unwrap()
    }

    pub fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }
}
