//! trailsift: who abused an identity in this CloudTrail bucket, when, and how do we know?

pub mod event;
pub mod input;
pub mod time;
