//! The buckets that trails write to.

use std::borrow::Cow;

use super::call::outcome_of;
use super::field::Derived;
use super::{Deriver, Values};
use crate::event::{Record, field};
use crate::outcome::Outcome;

const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

impl Deriver {
    /// Whether [`Deriver::shows_trail_bucket`] may be told by a record that agrees with this one in the fields that tell
    /// most events apart.
    pub(crate) fn may_show_trail_bucket(&self, record: &Record<'_>) -> bool {
        let text = |field| record.text(field).unwrap_or_default();
        let by_trail = text(field::IDENTITY_INVOKED_BY) == CLOUDTRAIL;
        match &*text(field::EVENT_SOURCE) {
            CLOUDTRAIL => true,
            source => source == "s3.amazonaws.com" && by_trail,
        }
    }

    /// The bucket that a record shows to be a trail's: the one that a trail is given, or one that CloudTrail itself
    /// writes to or whose permissions it looks up before it does. `None` too where no rule asks for `derived.trail_bucket`.
    pub fn shows_trail_bucket<'r>(&self, record: &Record<'r>) -> Option<Cow<'r, str>> {
        self.inputs.trail_bucket?;
        match &*record.text(field::EVENT_SOURCE)? {
            CLOUDTRAIL => {
                let name = record.text(field::EVENT_NAME)?;
                let given = matches!(&*name, "CreateTrail" | "UpdateTrail");
                let done = given && outcome_of(self, record) == Outcome::Success;
                // A trail that is changed in another way is named without its bucket; the answer names it.
                let bucket = || {
                    self.text(record, self.inputs.trail_bucket)
                        .or_else(|| self.text(record, self.inputs.changed_trail_bucket))
                };
                // A masked name would be every bucket's.
                let named = |bucket: &Cow<'_, str>| bucket.bytes().any(|byte| byte.is_ascii_alphanumeric());
                done.then(bucket).flatten().filter(named)
            }
            "s3.amazonaws.com" => {
                let by_trail = *record.text(field::IDENTITY_INVOKED_BY)? == *CLOUDTRAIL;
                by_trail.then(|| self.text(record, self.inputs.bucket)).flatten()
            }
            _ => None,
        }
    }
}

pub(super) fn bucket(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    match deriver.text(record, deriver.inputs.bucket) {
        Some(bucket) => values.set_pending(field as usize, Some(bucket)),
        None => values.set(field as usize, None::<&str>),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::derive::Facts;
    use crate::event::{Layout, Slots, scanner};
    use crate::known::Known;

    fn shown(json: &str, asked: &[&str]) -> Option<String> {
        let layout = Layout::new(asked.iter().copied());
        let mut slots = Slots::new(layout.len());
        let end = scanner::read(json, 0, &layout, &mut slots).unwrap();
        let deriver = Deriver::new(&layout, Arc::new(Known::default()));
        deriver.shows_trail_bucket(&Record::new(json, 0, end, &slots)).map(Cow::into_owned)
    }

    #[test]
    fn a_bucket_is_known_by_its_trail_or_by_who_writes_to_it() {
        let asked = Derived::TrailBucket.inputs();
        let trail = |name: &str, rest: &str| {
            format!(
                r#"{{"eventSource":"cloudtrail.amazonaws.com","eventName":"{name}","requestParameters":{{"name":"t","s3BucketName":"logs"}}{rest}}}"#
            )
        };
        assert_eq!(shown(&trail("CreateTrail", ""), asked).as_deref(), Some("logs"));
        assert_eq!(shown(&trail("UpdateTrail", ""), asked).as_deref(), Some("logs"));
        let answer = r#"{"eventSource":"cloudtrail.amazonaws.com","eventName":"UpdateTrail","requestParameters":{"name":"t"},"responseElements":{"name":"t","s3BucketName":"logs"}}"#;
        assert_eq!(shown(answer, asked).as_deref(), Some("logs"));
        assert_eq!(shown(&answer.replace("logs", "..."), asked), None);
        assert_eq!(shown(&trail("UpdateTrail", r#","errorCode":"AccessDenied""#), asked), None);
        assert_eq!(shown(&trail("StopLogging", ""), asked), None);
        assert_eq!(shown(&trail("CreateTrail", ""), &[]), None);
        let s3 = |by: &str| {
            format!(
                r#"{{"userIdentity":{{"type":"AWSService","invokedBy":"{by}"}},"eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl","requestParameters":{{"bucketName":"logs","Host":"x"}}}}"#
            )
        };
        assert_eq!(shown(&s3("cloudtrail.amazonaws.com"), asked).as_deref(), Some("logs"));
        assert_eq!(shown(&s3("config.amazonaws.com"), asked), None);
    }

    #[test]
    fn whether_a_bucket_is_a_trails_is_told_in_the_end() {
        let mut facts = Facts::default();
        let other = Facts { trail_buckets: ["logs".to_owned()].into(), ..Facts::default() };
        let resolved =
            |facts: &Facts, bucket| facts.resolve(&Known::default(), Derived::TrailBucket, &[bucket]);
        assert_eq!(resolved(&facts, "logs"), Vec::<String>::new());
        facts.merge(other);
        assert_eq!(resolved(&facts, "logs"), ["logs"]);
        assert_eq!(resolved(&facts, "website"), Vec::<String>::new());
    }
}
