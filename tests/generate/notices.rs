//! What lies in the bucket beside the log files: digests, and an Insight event.

use std::io;

use crate::clock::{HOUR, compact, stamped};
use crate::files::{DIGEST_DAY, Files, sha256};
use crate::ids::{self, Uuid};
use crate::org::{HOME_REGION, Org, PROD};
use crate::rng::{Rng, tag};

/// Two digest files that chain, with the true hashes of the log files they name.
pub(crate) fn digests(org: &Org, files: &mut Files<'_>) -> io::Result<u64> {
    let mut rng = Rng::keyed(org.seed, &[tag("digest")]);
    let account = org.accounts[PROD].id.clone();
    let day = org.calendar.utc(DIGEST_DAY, 0);
    let last = files.listed.iter().map(|file| file.delivered).max().unwrap_or(day);
    let mut previous = "null".to_owned();
    let mut from = last - last % HOUR;
    for _ in 0..2 {
        let to = from + HOUR;
        let listed: Vec<String> = files
            .listed
            .iter()
            .filter(|file| (from..to).contains(&file.delivered))
            .map(|file| {
                format!(
                    r#"{{"s3Bucket":"example-org-trail","s3Object":"{}","hashValue":"{}","hashAlgorithm":"SHA-256","newestEventTime":"{}","oldestEventTime":"{}"}}"#,
                    file.key, file.hash, file.newest, file.oldest
                )
            })
            .collect();
        let name = format!("{HOME_REGION}_org-trail_{HOME_REGION}_{}", compact(to).replace('Z', "00Z"));
        let key = files.place(PROD, "CloudTrail-Digest", HOME_REGION, to, &name);
        let text = format!(
            r#"{{"awsAccountId":"{account}","digestStartTime":"{}","digestEndTime":"{}","digestS3Bucket":"example-org-trail","digestS3Object":"{key}","digestPublicKeyFingerprint":"31e8b5433410dfb61a9dc45cc65b22ff","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":"example-org-trail","previousDigestS3Object":{previous},"previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":"{}","logFiles":[{}]}}"#,
            stamped(from),
            stamped(to),
            ids::hex(&mut rng, 512),
            listed.join(",")
        );
        files.put(&key, &text)?;
        previous = format!(r#""{key}","previousDigestHashValue":"{}""#, sha256(&text));
        from = to;
    }
    Ok(2)
}

/// CloudTrail Insights noticed that more roles are taken over than usual.
pub(crate) fn insight(org: &Org, files: &mut Files<'_>) -> io::Result<u64> {
    let mut rng = Rng::keyed(org.seed, &[tag("insight")]);
    let account = &org.accounts[PROD].id;
    // In the middle of the second working morning.
    let at = org.calendar.utc(DIGEST_DAY, 15 * 60);
    let shared = Uuid::random(&mut rng).text();
    let record = |state: &str, at, rng: &mut Rng| {
        format!(
            r#"{{"eventVersion":"1.09","eventTime":"{}","awsRegion":"{HOME_REGION}","eventID":"{}","eventType":"AwsCloudTrailInsight","recipientAccountId":"{account}","sharedEventID":"{shared}","insightDetails":{{"state":"{state}","eventSource":"ecs.amazonaws.com","eventName":"DescribeServices","insightType":"ApiCallRateInsight","insightContext":{{"statistics":{{"baseline":{{"average":0.0081}},"insight":{{"average":2.4}},"insightDuration":4,"baselineDuration":10079}}}}}},"eventCategory":"Insight"}}"#,
            stamped(at),
            Uuid::random(rng).text()
        )
    };
    let text =
        format!(r#"{{"Records":[{},{}]}}"#, record("Start", at, &mut rng), record("End", at + 240, &mut rng));
    let key = files.key(PROD, "CloudTrail-Insight", HOME_REGION, at + HOUR);
    files.put(&key, &text)?;
    Ok(1)
}
