//! Help that teaches by example: what `--help` ends with.

pub(crate) const ALL: &str = "\
Examples:
  trailsift AWSLogs/                                  scan a copied trail bucket
  trailsift scan AWSLogs/ --since 2026-03-28          judge the last days, learn from all before
  trailsift scan AWSLogs/ -f jsonl | jq -r .title     one finding a line, for programs
  trailsift verify AWSLogs/ --public-keys keys.json   was the copy tampered with?
  trailsift rules show admin-policy-attached          what a rule sees, and what looks like it

Settings: flags over TRAILSIFT_* variables over ./trailsift.toml over the user's configuration. Each
option of scan has a variable of its name: --fail-on is TRAILSIFT_FAIL_ON. Several accounts, regions
and rules have commas between (TRAILSIFT_ACCOUNT=111122223333,444455556666), --geoip files colons, of
others there is one; switches are true or false. Other commands heed TRAILSIFT_CONFIG and _GEOIP alone.

Exit status: 0 done, 1 a finding at or above --fail-on, 2 wrong usage, rule or configuration,
3 done but some input was not read in full.";

pub(crate) const SCAN: &str = "\
Examples:
  trailsift scan AWSLogs/                             everything, judged against itself
  trailsift scan AWSLogs/ --since 7d                  judge the last week, learn from all before
  trailsift scan today/ --baseline known.baseline     judge new logs by what was learnt earlier
  trailsift scan samples/ --fail-on high --known known.jsonl
                                                      for CI: fail on serious findings that are new
  aws cloudtrail lookup-events --output json | trailsift scan -
                                                      90 days of one region, without a bucket

Settings: flags over TRAILSIFT_* variables over ./trailsift.toml over the user's configuration. Each
option has a variable of its name: --fail-on is TRAILSIFT_FAIL_ON. Several accounts, regions and
rules have commas between (TRAILSIFT_ACCOUNT=111122223333,444455556666), --geoip files colons, of
others there is one; switches are true or false. Other commands heed TRAILSIFT_CONFIG and _GEOIP alone.

Exit status: 0 done, 1 a finding at or above --fail-on, 2 wrong usage, rule or configuration,
3 done but some input was not read in full.";

pub(crate) const RULES: &str = "\
Examples:
  trailsift rules list                                what reports, the gravest first
  trailsift rules list --json | jq -r '.[].tags[]' | sort | uniq -c
                                                      which ATT&CK techniques are covered
  trailsift rules show admin-policy-attached          what one rule sees, and what looks like it
  trailsift rules check my-rules/                     errors and habits, with file, line and column
  trailsift rules test my-rules/ --events my-rules/tests
                                                      each rule against its firing and quiet events";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  trailsift completions bash > ~/.local/share/bash-completion/completions/trailsift
  trailsift completions zsh > ~/.zfunc/_trailsift
  trailsift completions fish > ~/.config/fish/completions/trailsift.fish";

pub(crate) const MAN: &str = "\
Examples:
  trailsift man > ~/.local/share/man/man1/trailsift.1
  trailsift man scan > ~/.local/share/man/man1/trailsift-scan.1
  trailsift man baseline build | man -l -";

pub(crate) const BASELINE: &str = "\
Examples:
  trailsift baseline build AWSLogs/ --until 2026-03-01 -o march.baseline
                                                      learn from all before March
  trailsift scan AWSLogs/ --baseline march.baseline   judge what came since
  trailsift baseline merge a.baseline b.baseline -o all.baseline
                                                      join what two machines learnt
  trailsift baseline show march.baseline --rule cross-account-assume-role-new-account
                                                      what one rule takes for normal
  trailsift baseline diff old.baseline new.baseline   which terms came and went";

pub(crate) const VERIFY: &str = "\
Examples:
  aws s3 sync s3://BUCKET/AWSLogs AWSLogs             the copy, CloudTrail-Digest folders included
  aws cloudtrail list-public-keys --region eu-west-1 --start-time 2026-03-01 > keys.json
                                                      the keys of a region and time
  trailsift verify AWSLogs/ --public-keys keys.json   hashes, chain and signatures
  trailsift verify AWSLogs/ --public-keys keys.json --since 2026-03-28 -f json
                                                      the last days, for programs

The newest digest's signature is kept by S3 alone. To have it checked, save it beside the digest:
  aws s3api head-object --bucket BUCKET --key KEY > DIGEST.json.gz.metadata.json

Exit status: 0 everything is verified, 1 something was changed, added or is missing, 2 wrong usage,
3 something could not be verified (no public keys, unreadable files, gaps); 1 beats 3.";
