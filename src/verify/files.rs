//! The files of a local copy, found again by what digests call them.
//!
//! Digests name S3 keys. Those are never made into paths: they are looked up among the files that were found, by file
//! name and then by as many folders as agree, so that a copy may lie anywhere and no key leads outside of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::digest::file_name;
use crate::input::{Discovery, KeyKind, ObjectKey, Source};

/// What `aws s3api head-object` says of a digest may be kept beside it, under its name with this added.
const METADATA: &str = ".metadata.json";

/// The files of a local copy by what they are.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) sources: Vec<Source>,
    pub(super) digests: Vec<usize>,
    pub(super) logs: Vec<usize>,
    pub(super) other: u64,
    /// What S3 says of digests, by the digest's path.
    metadata: BTreeMap<PathBuf, usize>,
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Files {
    pub(super) fn of(found: &Discovery) -> Files {
        let mut files = Files { sources: found.sources.clone(), ..Files::default() };
        for (number, source) in found.sources.iter().enumerate() {
            let (path, called) = (source.path(), source.name());
            let name = file_name(&called);
            if let Some(digest) = path.to_str().and_then(|path| path.strip_suffix(METADATA)) {
                files.metadata.insert(PathBuf::from(digest), number);
                continue;
            }
            let packed = name.ends_with(".json.gz") || name.ends_with(".json");
            match source.key().filter(|_| packed).map(|key| key.kind) {
                Some(KeyKind::Digest) => files.digests.push(number),
                Some(KeyKind::Log) => files.logs.push(number),
                // Digests vouch for Insight files, too; that one of them is extra cannot be told by its name.
                Some(KeyKind::Insight | KeyKind::Aggregated | KeyKind::Other) | None => files.other += 1,
            }
            files.by_name.entry(stem(name).to_owned()).or_default().push(number);
        }
        files
    }

    /// The file that an S3 key means: of those with its name the one most of whose folders agree, the first of equals.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        let agreeing = |number: usize| {
            let name = self.sources[number].name();
            let path = name.rsplit(['/', '\\']).skip(1);
            path.zip(key.rsplit('/').skip(1)).take_while(|(a, b)| a == b).count()
        };
        let candidates = self.by_name.get(stem(file_name(key)))?;
        candidates.iter().copied().max_by_key(|number| (agreeing(*number), std::cmp::Reverse(*number)))
    }

    /// The file with what S3 says of a digest.
    pub(super) fn metadata_of(&self, digest: usize) -> Option<&Source> {
        self.metadata.get(&self.sources[digest].path()).map(|number| &self.sources[*number])
    }

    /// Account and region, as the name of a file or key tells them.
    pub(super) fn place(name: &str) -> (Option<String>, Option<String>) {
        ObjectKey::parse(name).map_or((None, None), |key| (Some(key.account), key.region))
    }
}

/// Copies may have been unpacked: the content counts.
fn stem(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::discover;

    #[test]
    fn keys_find_files_and_lead_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let name = "111122223333_CloudTrail_eu-west-1_20260301T1000Z_abc.json.gz";
        let day = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/01";
        for path in [format!("copy/{day}/{name}"), format!("other/{name}"), "secret".to_owned()] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "{}").unwrap();
        }
        let found = discover(&[folder.path().to_owned()], &mut std::io::empty()).unwrap();
        let files = Files::of(&found);
        let of = |key: &str| files.find(key).map(|number| files.sources[number].name());
        assert!(of(&format!("prefix/{day}/{name}")).unwrap().contains("/copy/"));
        assert!(of(&format!("other/{name}")).unwrap().contains("/other/"));
        assert!(of(name.strip_suffix(".gz").unwrap()).is_some(), "packed or not");
        for hostile in ["../../etc/passwd", "/etc/passwd", "..", "", "\0", "C:\\secret.txt"] {
            assert_eq!(of(hostile), None, "{hostile}");
        }
        assert_eq!((files.logs.len(), files.digests.len(), files.other), (2, 0, 1));
    }
}
