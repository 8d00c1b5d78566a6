//! The people: what they do, where they work from, and on which days.

use crate::org::{DEV, LOG_ARCHIVE, MANAGEMENT, OFFICE, Org, PROD, SANDBOX, SHARED};
use crate::pages::{self, Page};
use crate::rng::{Rng, tag};

/// Where a person works from on a day.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Office,
    Home,
    /// A hotel, on the one trip of the month.
    Away,
}

/// An account and permission set of Identity Center, and the console pages a person uses it for.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) account: usize,
    pub(crate) permission_set: &'static str,
    pub(crate) pages: &'static [&'static Page],
}

/// Someone who signs in through Identity Center.
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) grants: Vec<Grant>,
    pub(crate) home: String,
    /// Index into [`OFFICE`].
    desk: usize,
    week: Week,
    /// The first day at work.
    pub(crate) since: u32,
    pub(crate) browser: &'static str,
    /// Uses the command line for this grant, on the days at work whose number is even.
    pub(crate) command_line: bool,
    /// Plans changes with terraform on their own machine.
    pub(crate) terraform: bool,
    /// The account in which the person takes over the organization's admin role, and the weekdays of that.
    pub(crate) administers: Option<(usize, [usize; 2])>,
    /// Days on which plans changed: holiday or trip.
    exceptions: Vec<(u32, Option<Place>)>,
}

/// Which days of a week somebody signs in, and from where. Everybody is back at each of their networks within six
/// days: whoever learns what is normal over a week has seen them all.
#[derive(Clone, Copy)]
enum Week {
    AlwaysOffice,
    HomeAtEnds,
    HomeInside,
    /// Signs in on Mondays and Thursdays only, from the office.
    SometimesOffice,
    /// Signs in on Tuesdays and Fridays only, from home.
    SometimesHome,
}

impl Week {
    fn place(self, weekday: usize) -> Option<Place> {
        use Place::{Home, Office};
        let places = match self {
            Week::AlwaysOffice => [Some(Office); 5],
            Week::HomeAtEnds => [Some(Home), Some(Office), None, Some(Office), Some(Home)],
            Week::HomeInside => [Some(Office), Some(Home), None, Some(Office), Some(Home)],
            Week::SometimesOffice => [Some(Office), None, None, Some(Office), None],
            Week::SometimesHome => [None, Some(Home), None, None, Some(Home)],
        };
        places.get(weekday).copied().flatten()
    }
}

impl Person {
    /// Where the person works on `day`, if at all.
    pub(crate) fn place(&self, org: &Org, day: u32) -> Option<Place> {
        if day < self.since || !org.calendar.is_workday(day) {
            return None;
        }
        if let Some((_, place)) = self.exceptions.iter().find(|(exception, _)| *exception == day) {
            return *place;
        }
        match org.calendar.weekday(day) {
            // In a large organization Wednesdays are like Thursdays, in a small one most people skip them.
            2 if !org.is_small() => self.week.place(3),
            weekday => self.week.place(weekday),
        }
    }

    pub(crate) fn address(&self, place: Place) -> &str {
        match place {
            Place::Office => OFFICE[self.desk],
            Place::Home => &self.home,
            Place::Away => "185.180.12.9",
        }
    }

    /// The name of the role that Identity Center keeps for a permission set.
    pub(crate) fn role_name(org: &Org, grant: &Grant) -> String {
        let mut rng = Rng::keyed(org.seed, &[tag("sso"), grant.account as u64, tag(grant.permission_set)]);
        format!("AWSReservedSSO_{}_{}", grant.permission_set, crate::ids::hex(&mut rng, 16))
    }
}

pub(crate) const SSO_PATH: &str = "aws-reserved/sso.amazonaws.com/";

const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36 Edg/145.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
];

/// The day the new colleague starts, the third Monday of the log's first month, and the days of one trip and one leave.
pub(crate) const JOINS: u32 = 15;
pub(crate) const TRIP: u32 = 23;
const LEAVE: [u32; 2] = [18, 19];

type Duty = (&'static str, &'static [(usize, &'static str, &'static [&'static Page])], Week);

/// The first ten people; whoever comes after them has one of the developers' jobs.
const DUTIES: [Duty; 10] = [
    ("maya.lindqvist", &[(SHARED, "PlatformAdmin", &[&pages::VPC, &pages::IAM])], Week::HomeAtEnds),
    ("tomas.okafor", &[(SHARED, "PlatformAdmin", &[&pages::ECR, &pages::IAM])], Week::SometimesHome),
    (
        "jonas.weber",
        &[(DEV, "DeveloperAccess", &[&pages::ECS]), (PROD, "ReadOnly", &[&pages::ECS, &pages::LOGS])],
        Week::AlwaysOffice,
    ),
    ("aiko.tanaka", &[(DEV, "DeveloperAccess", &[&pages::LAMBDA, &pages::DYNAMO])], Week::HomeInside),
    ("lucia.ferrari", &[(PROD, "ReadOnly", &[&pages::RDS, &pages::LOGS])], Week::SometimesOffice),
    ("sam.whitfield", &[(LOG_ARCHIVE, "SecurityAudit", &[&pages::ATHENA, &pages::S3])], Week::AlwaysOffice),
    ("nadia.petrova", &[(MANAGEMENT, "BillingView", &[&pages::BILLING])], Week::SometimesOffice),
    ("omar.haddad", &[(SANDBOX, "DataScience", &[&pages::SAGEMAKER, &pages::S3])], Week::HomeInside),
    ("grace.ndiaye", &[(PROD, "SupportDesk", &[&pages::USERS, &pages::EC2])], Week::SometimesOffice),
    ("felix.moreau", &[(DEV, "DeveloperAccess", &[&pages::ECS, &pages::LOGS])], Week::HomeAtEnds),
];

/// The people of an organization of `count`.
pub(crate) fn hire(org: &Org, count: usize) -> Vec<Person> {
    (0..count).map(|index| person(org, index)).collect()
}

fn person(org: &Org, index: usize) -> Person {
    let mut rng = Rng::keyed(org.seed, &[tag("person"), index as u64]);
    let original = index < DUTIES.len();
    // Indices 2 to 4 are developers.
    let (name, grants, mut week) = DUTIES[if original { index } else { 2 + index % 3 }];
    let mut grants: Vec<Grant> = grants
        .iter()
        .map(|&(account, permission_set, pages)| Grant { account, permission_set, pages })
        .collect();
    let mut email = format!("{name}@example.com");
    if !original {
        week = [Week::AlwaysOffice, Week::HomeAtEnds, Week::HomeInside][index % 3];
        email = format!("{}{}@example.com", invented_name(index), index / 400);
        for grant in &mut grants {
            // Teams work in the accounts that came with growth, a pair each.
            let pairs = (org.accounts.len() - 4) / 2;
            let pair = index % pairs;
            let development = usize::from(grant.account == DEV);
            grant.account = if pair == 0 { PROD + development } else { 4 + 2 * pair + development };
        }
    }
    let exceptions = match index {
        5 => LEAVE.iter().map(|&day| (day, None)).collect(),
        8 => vec![(TRIP, Some(Place::Away))],
        // The first two weeks are spent in the office.
        9 => (JOINS..JOINS + 7).map(|day| (day, Some(Place::Office))).collect(),
        _ => Vec::new(),
    };
    Person {
        email,
        grants,
        home: home(&mut rng),
        desk: usize::from(index % 5 == 3),
        week,
        since: if index == 9 { JOINS } else { 0 },
        browser: BROWSERS[index % BROWSERS.len()],
        command_line: matches!(index % 10, 2 | 3 | 7),
        terraform: index % 10 == 3,
        // Each on days of one network only, or that of the role would change twice a week.
        administers: match index {
            0 => Some((PROD, [0, 4])),
            1 => Some((DEV, [1, 4])),
            _ => None,
        },
        exceptions,
    }
}

/// An address at one of the providers of the region.
fn home(rng: &mut Rng) -> String {
    let (first, second) = *rng.pick(&[(24, 61), (71, 184), (73, 119), (75, 67), (98, 217), (108, 20)]);
    format!("{first}.{second}.{}.{}", rng.between(1, 254), rng.between(2, 250))
}

fn invented_name(index: usize) -> String {
    const FIRST: [&str; 20] = [
        "ada", "ben", "chloe", "dev", "elif", "finn", "gita", "hugo", "ines", "juan", "kofi", "lena", "milo",
        "nora", "oleg", "pia", "quinn", "rosa", "stan", "tess",
    ];
    const LAST: [&str; 20] = [
        "adler", "brooks", "costa", "diaz", "egan", "frost", "gupta", "hall", "ito", "jansen", "khan",
        "lopez", "meyer", "novak", "owens", "park", "reyes", "silva", "turner", "vega",
    ];
    format!("{}.{}", FIRST[index % 20], LAST[index / 20 % 20])
}
