//! trailsift: who abused an identity in this CloudTrail bucket, when, and how do we know?

pub mod event;
pub mod policy;
pub mod time;
