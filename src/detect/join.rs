//! The law in one trait.

/// A state as the law wants it: joined in any order, any number of times, it is the same.
pub trait Join: Send {
    /// Takes in what another has seen.
    fn join(&mut self, other: Self);
}

/// Nothing, of which there is nothing to join.
impl Join for () {
    fn join(&mut self, (): ()) {}
}
