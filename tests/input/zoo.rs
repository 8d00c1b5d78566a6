//! The format zoo: real files as found, each of which must yield the events its manifest says.

use serde::Deserialize;
use trailsift::input::SkipKind;

use crate::common::shared_data;
use crate::{kinds, read};

#[derive(Deserialize)]
struct Animal {
    file: String,
    expected_events: Option<u64>,
}

#[test]
fn every_animal_yields_its_events() {
    let Some(shared) = shared_data() else { return };
    let folder = shared.join("formats");
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let animals: Vec<Animal> = serde_json::from_str(&manifest).unwrap();
    assert!(animals.len() > 30);
    for animal in animals {
        let (_, report) = read(&folder.join(&animal.file));
        let not_events: Vec<_> = report.not_events.iter().map(|(kind, count)| (*kind, *count)).collect();
        // The manifest leaves some open: all that can be salvaged of one, an archive, an event without a time.
        let expected = match animal.file.as_str() {
            "opensearch.large-invalid.json" => 840,
            "otrf.ec2_proxy_s3_exfiltration.zip" => 0,
            "custodian.no-identity-no-time.json" => 1,
            _ => animal.expected_events.unwrap_or(u64::MAX),
        };
        assert_eq!(report.events, expected, "{}: {report:?}", animal.file);
        let (not, skipped): (&[_], &[SkipKind]) = match animal.file.as_str() {
            "bindplane.truncated-array.json" | "cloudgrep.invalid.json" => (&[], &[SkipKind::Truncated]),
            "bindplane.s3-event-notification.json" | "bindplane.sns-notification.json" => {
                (&[("s3_notification", 1)], &[])
            }
            "bindplane.plain-text.txt" => (&[], &[SkipKind::NotJson]),
            "bindplane.numbers.txt.gz" | "foxsec.ndjson.txt" => (&[], &[SkipKind::NotCloudtrail]),
            "bindplane.corrupt.avro" | "otrf.ec2_proxy_s3_exfiltration.zip" => {
                (&[], &[SkipKind::Unsupported])
            }
            "otrf.honeybucket.csv" => (&[], &[SkipKind::Csv]),
            "opensearch.large-invalid.json" => (&[], &[SkipKind::BadJson, SkipKind::BadJson]),
            _ => (&[], &[]),
        };
        assert_eq!((&not_events[..], &kinds(&report)[..]), (not, skipped), "{}", animal.file);
    }
}

#[test]
fn damage_in_the_zoo_is_told_where_it_is() {
    let Some(shared) = shared_data() else { return };
    let (_, report) = read(&shared.join("formats/opensearch.large-invalid.json"));
    let first = &report.skipped[0];
    assert_eq!(first.offset, Some(3053));
    assert_eq!(first.reason, "expected a comma or the end of the records; 838 events were read behind it");
    assert!(report.incomplete);
}

#[test]
fn every_shared_log_is_read_alike_by_both_readers() {
    let Some(shared) = shared_data() else { return };
    let found = trailsift::input::discover(std::slice::from_ref(&shared), &mut std::io::empty()).unwrap();
    let mut events = 0;
    for source in found.sources.iter().filter(|source| !source.path().starts_with(shared.join("mmdb"))) {
        events += read(&source.path()).1.events;
    }
    assert!(events > 2000, "{events}");
}
