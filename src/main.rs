//! The `trailsift` command.

fn main() {}
