//! The invented organization: accounts, networks, vendors, and how many people and workloads it has.

use crate::clock::{Calendar, HOUR, MINUTE, Secs};
use crate::ids;
use crate::people::{self, Person};
use crate::rng::{Rng, tag};
use crate::workloads::{self, App};

pub(crate) const ORGANIZATION: &str = "o-exampl3org";
pub(crate) const HOME_REGION: &str = "us-east-1";
pub(crate) const SECOND_REGION: &str = "eu-west-1";
pub(crate) const REGIONS: [&str; 2] = [HOME_REGION, SECOND_REGION];

/// The first six accounts always exist, in this order.
pub(crate) const MANAGEMENT: usize = 0;
pub(crate) const LOG_ARCHIVE: usize = 1;
pub(crate) const SHARED: usize = 2;
pub(crate) const PROD: usize = 3;
pub(crate) const DEV: usize = 4;
pub(crate) const SANDBOX: usize = 5;

/// The egress of the office, and of the office's guest network behind the same line.
pub(crate) const OFFICE: [&str; 2] = ["203.0.113.10", "203.0.113.11"];
/// The machine room, from which the old backup job runs.
pub(crate) const MACHINE_ROOM: &str = "50.200.14.37";
/// The NAT gateway of production, for the few workloads without a VPC endpoint.
pub(crate) const NAT: &str = "34.201.18.77";
/// From where Identity Center fetches sessions for people.
pub(crate) const IDENTITY_CENTER: &str = "52.94.133.131";
/// The networks of the CI provider's runners, the first three bytes of each.
pub(crate) const CI_NETWORKS: [&str; 8] =
    ["20.57.44", "40.76.110", "52.190.3", "20.102.37", "4.227.115", "13.83.121", "172.183.65", "20.169.12"];

/// A company that reads our accounts, by the account id it has published.
pub(crate) struct Vendor {
    pub(crate) account: &'static str,
    pub(crate) role: &'static str,
    pub(crate) session: &'static str,
    pub(crate) ips: [&'static str; 2],
    pub(crate) agent: &'static str,
}

/// Watches and inventories every account.
pub(crate) const MONITORING: Vendor = Vendor {
    account: "464622532012",
    role: "DatadogIntegrationRole",
    session: "DatadogAWSIntegration",
    ips: ["3.233.150.14", "3.233.150.92"],
    agent: "Datadog/1.0 Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#5.15.0-1053-aws md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.51",
};

/// Looks for savings in the management and the production account.
pub(crate) const SAVINGS: Vendor = Vendor {
    account: "454464851268",
    role: "CloudHealthRole",
    session: "cloudhealth-collector",
    ips: ["44.199.201.6", "44.199.201.7"],
    agent: "aws-sdk-ruby3/3.190.3 ua/2.0 api/cost_explorer#1.90.0 os/linux md/x86_64 lang/ruby#3.2.2 md/3.2.2",
};

/// An account of the organization.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    /// What its access keys and principal ids begin with.
    pub(crate) prefix: String,
    /// It uses the second Region too.
    pub(crate) second_region: bool,
    /// It keeps a trail of its own beside the organization's: every event of the second Region, and every event of a
    /// global service, is delivered twice.
    pub(crate) second_trail: bool,
}

/// What the sizes are derived from.
pub(crate) struct Size {
    /// Records to be written, about.
    pub(crate) events: u64,
    pub(crate) accounts: Option<usize>,
    pub(crate) people: Option<usize>,
}

/// The organization and its calendar.
pub(crate) struct Org {
    pub(crate) seed: u64,
    pub(crate) calendar: Calendar,
    pub(crate) accounts: Vec<Account>,
    pub(crate) people: Vec<Person>,
    pub(crate) apps: Vec<App>,
    /// Repositories that deploy workloads.
    pub(crate) repositories: usize,
    /// How often things happen, in tenths: 10 in the smallest organization, growing with the square root of the
    /// number of events.
    pub(crate) pace: u32,
}

/// Records of thirty days for which the smallest organization is made.
const SMALL: f64 = 6800.0;

impl Org {
    pub(crate) fn new(seed: u64, calendar: Calendar, size: &Size) -> Org {
        let month = size.events as f64 * 30.0 / f64::from(calendar.days);
        // Population and pace each take a square root of the growth, accounts a fourth root: ten thousand times the
        // events meet a hundred times the roles, people and networks. IEEE square roots are exact everywhere.
        let growth = (month / SMALL).sqrt().max(1.0);
        let grown = |base: f64| (base * growth).round() as usize;
        let accounts = size.accounts.unwrap_or_else(|| (6.0 * growth.sqrt()).round() as usize).max(6);
        let mut org = Org {
            seed,
            calendar,
            accounts: (0..accounts).map(account).collect(),
            people: Vec::new(),
            apps: Vec::new(),
            repositories: grown(2.0),
            pace: grown(10.0) as u32,
        };
        org.people = people::hire(&org, size.people.unwrap_or_else(|| grown(10.0)).max(10));
        org.apps = workloads::deploy(&org, grown(8.0));
        org
    }

    /// A small organization is quiet enough to have idle days: nothing but production's home Region works on
    /// weekends.
    pub(crate) fn is_small(&self) -> bool {
        self.pace < 20
    }

    /// Whether anything but people's own work goes on in an account and Region on a day.
    pub(crate) fn is_awake(&self, account: usize, region: &str, day: u32) -> bool {
        if !self.is_small() {
            return true;
        }
        account == PROD && region == HOME_REGION || self.calendar.is_workday(day)
    }

    /// How many times a day something happens that a small organization does once and a large one every quarter of
    /// an hour.
    pub(crate) fn rounds_a_day(&self) -> u32 {
        match self.pace {
            ..20 => 1,
            20..60 => 4,
            60..200 => 24,
            _ => 96,
        }
    }

    /// The VPC endpoint of a service in an account and Region, and the account it belongs to.
    pub(crate) fn endpoint(&self, account: usize, region: &str, source: &str) -> (String, String) {
        let mut rng = Rng::keyed(self.seed, &[tag("vpce"), account as u64, tag(region), tag(source)]);
        (format!("vpce-0{}", ids::hex(&mut rng, 16)), self.accounts[account].id.clone())
    }

    /// The address of a runner in one of the CI networks: the larger runners have static ones, one for each role.
    pub(crate) fn ci_address(&self, network: usize, role: &str) -> String {
        let host = Rng::keyed(self.seed, &[tag("runner"), tag(role)]).between(4, 250);
        format!("{}.{host}", CI_NETWORKS[network % CI_NETWORKS.len()])
    }
}

/// The moments of a job that runs `times` a day, by chance shifted within its round.
pub(crate) fn rounds(org: &Org, key: u64, day: u32, times: u32) -> impl Iterator<Item = (u32, Secs)> {
    let length = 24 * HOUR / times;
    let start = org.calendar.utc(day, 0);
    let mut phase = Rng::keyed(org.seed, &[tag("phase"), key]);
    // A daily job keeps to the hours before noon UTC, away from midnight.
    let offset = if times == 1 { HOUR + phase.below(9 * HOUR) } else { phase.below(length * 3 / 4) };
    let mut jitter = Rng::keyed(org.seed, &[tag("jitter"), key, u64::from(day)]);
    (0..times)
        .map(move |round| (round, start + round * length + offset + jitter.below(length.min(8 * MINUTE) / 4)))
}

fn account(index: usize) -> Account {
    const FIRST: [(&str, &str); 6] = [
        ("111100001111", "management"),
        ("222200002222", "log-archive"),
        ("333300003333", "shared"),
        ("444400004444", "prod"),
        ("555500005555", "dev"),
        ("666600006666", "sandbox"),
    ];
    const TEAMS: [&str; 8] = ["ads", "chat", "data", "edge", "games", "maps", "mobile", "search"];
    let (id, name) = match FIRST.get(index) {
        Some((id, name)) => ((*id).to_owned(), (*name).to_owned()),
        None => {
            let n = index - FIRST.len();
            let stage = if n.is_multiple_of(2) { "prod" } else { "dev" };
            (format!("88{:04}00{:04}", n + 1, n + 1), format!("{}{}-{stage}", TEAMS[n / 2 % 8], n / 16 + 1))
        }
    };
    let prefix = ids::account_prefix(&id);
    let works = index == PROD || index >= FIRST.len();
    Account {
        prefix,
        id,
        name,
        second_region: works,
        second_trail: index == PROD || works && index.is_multiple_of(3),
    }
}
