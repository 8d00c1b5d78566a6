//! The slow and obvious reader: a full parse by serde_json, walked path by path. Oracle of the scanner, and its fallback.
