//! Times as people type them.

use anyhow::{Context, Result, bail};
use trailsift::finding::Summary;
use trailsift::time::{Timespan, Timestamp};

/// A moment as typed: fixed, or so long before something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    At(Timestamp),
    Before(Timespan),
}

impl When {
    /// Reads `--since` and its kin.
    pub(crate) fn parse(flag: &str, text: &str) -> Result<When> {
        if let Ok(span) = Timespan::parse(text) {
            return Ok(When::Before(span));
        }
        // Bare numbers would be read as seconds since 1970, which nobody types.
        let time = if text.contains('-') { Timestamp::parse(text) } else { None };
        time.map(When::At).with_context(|| {
            format!("{flag} {text}: expected a time such as 2026-03-28, 2026-03-28T14:00:00Z, or a span such as 7d or 24h")
        })
    }

    /// As [`When::parse`], of a flag that may be absent.
    pub(crate) fn given(flag: &str, text: Option<&str>) -> Result<Option<When>> {
        text.map(|text| When::parse(flag, text)).transpose()
    }

    /// The moment, with spans counted back from `end`.
    pub(crate) fn resolve(self, end: Timestamp) -> Timestamp {
        match self {
            When::At(at) => at,
            When::Before(span) => end.back(span),
        }
    }
}

/// A range that ends before it begins is a slip.
pub(crate) fn in_order(since: Option<Timestamp>, until: Option<Timestamp>) -> Result<()> {
    match (since, until) {
        (Some(since), Some(until)) if since >= until => {
            bail!("--since {since} is not before --until {until}")
        }
        _ => Ok(()),
    }
}

/// That nothing is as late as `since` although there are logs. Of a span as typed this may be because it counts back
/// from the clock, and exported logs are old; one that counts back from the newest event misses nothing.
pub(crate) fn missed(since: Option<Timestamp>, typed: Option<&str>, summary: &Summary) -> Option<String> {
    let since = since?;
    let were_any = summary.files_pruned > 0 || summary.events_out_of_range > 0 || summary.events > 0;
    let judged = summary.last_event.is_some_and(|last| last >= since);
    let hint = match typed.is_some_and(|typed| Timespan::parse(typed).is_ok()) {
        true => "; spans count back from now, with `--relative-to data` from the newest event",
        false => "",
    };
    (were_any && !judged).then(|| format!("none of the events read is of {since} or later{hint}"))
}

/// That logs begin before `--baseline` ends, and nobody said from when on to judge: what arrived late, for the logs that
/// were learnt from did not hold it yet, is taken for known. `first` is of the logs alone.
pub(crate) fn late(first: Option<Timestamp>, since: Option<Timestamp>) -> Option<String> {
    let (first, since) = (first?, since?);
    (first < since).then(|| {
        format!(
            "events from {first} on were learnt and not judged, as the baseline file ends at {since}: with --since {first} \
             those are judged that arrived late"
        )
    })
}

/// The clock.
pub(crate) fn now() -> Timestamp {
    let seconds = chrono::Utc::now().timestamp();
    Timestamp::from_secs(u32::try_from(seconds).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type() {
        let at = |text: &str| When::parse("--since", text).unwrap();
        assert_eq!(at("2026-03-28"), When::At(Timestamp::parse("2026-03-28T00:00:00Z").unwrap()));
        assert_eq!(at("7d"), When::Before(Timespan::from_days(7)));
        for bad in ["yesterday", "7", "2026-13-01", "", "7 days", "20260328"] {
            assert!(When::parse("--since", bad).is_err(), "{bad}");
        }
    }
}
