//! Where trails are kept: told by the calls that make and show trails, and by CloudTrail's own deliveries.

use super::field::Derived;
use super::{Deriver, Values};
use crate::event::Record;

impl Deriver {
    /// Whether calls of this name may tell of a trail's bucket, and some active rule wants to know.
    pub(crate) fn is_about_trails(&self, source: &str, name: &str) -> bool {
        self.inputs.trail_bucket.is_some()
            && match source {
                "cloudtrail.amazonaws.com" => {
                    matches!(name, "CreateTrail" | "UpdateTrail" | "GetTrail" | "DescribeTrails")
                }
                "s3.amazonaws.com" => name == "PutObject",
                _ => false,
            }
    }

    /// The buckets of the trails that a call tells of. A call that was refused tells as well: who makes it knows.
    pub(crate) fn trail_bucket(&self, record: &Record<'_>) -> Vec<String> {
        let inputs = &self.inputs;
        let text = |input| self.text(record, input);
        if text(inputs.event_source).as_deref() == Some("s3.amazonaws.com") {
            let by = text(inputs.identity_invoked_by);
            let delivered = by.as_deref() == Some("cloudtrail.amazonaws.com")
                && text(inputs.object_key).is_some_and(|key| is_trail_object(&key));
            return text(inputs.bucket)
                .filter(|_| delivered)
                .map(|bucket| bucket.into_owned())
                .into_iter()
                .collect();
        }
        let fields = [inputs.trail_bucket, inputs.trail_bucket_set, inputs.trails_listed, inputs.trail_shown];
        let found = fields.into_iter().flatten().flat_map(|field| record.all(field));
        found
            .filter_map(|raw| raw.scalar())
            .filter(|name| !name.is_empty())
            .map(|name| name.into_owned())
            .collect()
    }
}

/// Whether an object's key is one that CloudTrail writes: `[prefix/]AWSLogs/[organization/]account/CloudTrail...`.
fn is_trail_object(key: &str) -> bool {
    let below = key.split_once("AWSLogs/").map(|(_, below)| below);
    below.is_some_and(|below| below.contains("/CloudTrail"))
}

pub(super) fn is_trail_bucket(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    match deriver.text(record, deriver.inputs.bucket) {
        Some(bucket) => values.set_pending(field as usize, Some(bucket)),
        None => values.set(field as usize, None::<&str>),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_logs_and_digests() {
        assert!(is_trail_object("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/01/a.json.gz"));
        assert!(is_trail_object("p/AWSLogs/o-abc/111122223333/CloudTrail-Digest/eu-west-1/a.json.gz"));
        assert!(!is_trail_object("AWSLogs/111122223333/elasticloadbalancing/eu-west-1/a.log.gz"));
        assert!(!is_trail_object("reports/CloudTrail/a.csv"));
    }
}
