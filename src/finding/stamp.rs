//! The hash of a run's rules, which few outputs show.

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Serialize, Serializer};

type Later = LazyLock<String, Box<dyn FnOnce() -> String + Send>>;

/// A hash that is computed when it is first shown: it takes a tenth of a short run. Copies share it.
#[derive(Clone)]
pub struct RulesHash(Arc<Later>);

impl RulesHash {
    /// The hash that `compute` gives.
    pub fn later(compute: impl FnOnce() -> String + Send + 'static) -> RulesHash {
        RulesHash(Arc::new(LazyLock::new(Box::new(compute))))
    }

    /// Its hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RulesHash {
    fn default() -> Self {
        RulesHash::later(String::new)
    }
}

impl fmt::Debug for RulesHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for RulesHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RulesHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn it_is_computed_once_and_only_when_shown() {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let hash = RulesHash::later(|| format!("{:02x}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let copy = hash.clone();
        assert_eq!(COUNT.load(Ordering::Relaxed), 0);
        assert_eq!(serde_json::to_string(&copy).unwrap(), "\"00\"");
        assert_eq!(format!("{hash} {copy:?}"), "00 \"00\"");
        assert_eq!(COUNT.load(Ordering::Relaxed), 1);
    }
}
