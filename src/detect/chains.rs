//! Chains of role assumptions: from a credential back to whoever began it.

use super::hits::Hit;
use super::intern::Interner;
use super::issued::{Handle, Issue, Issued};
use super::issuing::{Caller, key_handle, session_handle};
use super::key;
use crate::time::{Timespan, Timestamp};

/// Longer chains are not followed: sessions of sessions live an hour each, nobody needs this many.
const LONGEST: usize = 64;

/// How a chain ends, followed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At somebody who needs no earlier credential: a user, a root, an instance, a federated identity.
    Complete,
    /// At temporary credentials for which nobody is known to have asked: a service gave them to a workload, or the call
    /// is not in the logs.
    Unresolved,
    /// At another account, whose own trail would tell the rest.
    OtherAccount,
    /// In a circle, which no true log holds.
    Loop,
    /// After more links than are followed.
    TooLong,
}

impl End {
    /// The word that findings use.
    pub fn name(self) -> &'static str {
        match self {
            End::Complete => "complete",
            End::Unresolved => "unresolved",
            End::OtherAccount => "other_account",
            End::Loop => "loop",
            End::TooLong => "too_long",
        }
    }

    /// Where somebody of this kind with this key stands, if nobody is known to have issued the key.
    fn of(kind: Option<&str>, key: Option<&str>) -> End {
        let temporary = key.is_none_or(|key| !key.starts_with("AKIA"));
        match kind {
            Some("role" | "sso-user") if temporary => End::Unresolved,
            Some("account") => End::OtherAccount,
            _ => End::Complete,
        }
    }
}

/// One step: somebody was issued the credential of the next.
#[derive(Clone, Debug)]
pub struct Link {
    /// Who.
    pub caller: Caller,
    /// By which call.
    pub call: &'static str,
    /// For which role.
    pub role: Option<String>,
    /// The event.
    pub hit: Hit,
    /// The key it issued, or the session.
    pub(crate) handle: Handle,
}

/// The steps that led to a credential, the first one first.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The steps; none when nobody is known to have issued it.
    pub links: Vec<Link>,
    /// How it ends, followed back.
    pub end: End,
}

/// Everything that was issued, ready to be followed.
#[derive(Debug, Default)]
pub struct Chains {
    pub(crate) issued: Issued,
    pub(crate) interner: Interner,
}

/// The credential of an event, as its record names it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Credential<'c> {
    /// The access key.
    pub key: Option<&'c str>,
    /// The ARN of the session's role.
    pub role: Option<&'c str>,
    /// The session's name.
    pub session: Option<&'c str>,
    /// When the session was made.
    pub made: Option<Timestamp>,
    /// The kind of principal.
    pub kind: Option<&'c str>,
}

impl Chains {
    /// The chain that led to a credential; `None` for one that needs none, such as a user's own key.
    pub fn of(&self, credential: Credential<'_>) -> Option<Chain> {
        let key = credential.key.map_or(0, key_handle);
        let session = match (credential.role, credential.session, credential.made) {
            (Some(role), Some(session), Some(made)) => session_handle(role, session, made),
            _ => 0,
        };
        let chain = follow(&self.issued, &self.interner, key, session, None);
        if chain.links.is_empty() {
            let end = End::of(credential.kind, credential.key);
            return (end != End::Complete).then_some(Chain { end, ..chain });
        }
        Some(chain)
    }
}

fn find(issued: &Issued, key: Handle, session: Handle) -> Option<(Handle, &Issue)> {
    [key, session].into_iter().find_map(|handle| Some((handle, issued.get(handle)?)))
}

/// Follows a credential back; not past links made before `from`.
pub(crate) fn follow(
    issued: &Issued,
    interner: &Interner,
    mut key: Handle,
    mut session: Handle,
    from: Option<Timestamp>,
) -> Chain {
    let mut links: Vec<Link> = Vec::new();
    let end = loop {
        let next =
            find(issued, key, session).filter(|(_, issue)| from.is_none_or(|from| issue.hit.time >= from));
        let Some((handle, issue)) = next else {
            let root = links.last().map(|link: &Link| &link.caller);
            break root.map_or(End::Unresolved, |root| {
                End::of(root.kind.as_deref(), root.access_key_id.as_deref())
            });
        };
        if links.iter().any(|link| link.handle == handle) {
            break End::Loop;
        }
        if links.len() == LONGEST {
            break End::TooLong;
        }
        let role = key::split(interner.get(issue.role)).0.pop().flatten();
        let caller = Caller::read(interner, issue.who);
        links.push(Link { caller, call: issue.call(), role, hit: issue.hit, handle });
        (key, session) = (issue.by, issue.by_session);
    };
    links.reverse();
    Chain { links, end }
}

impl Chain {
    /// The account the chain begins in.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.links.first()?.caller.account.as_deref()
    }

    /// How many sessions in a row were made out of sessions.
    pub(crate) fn hops(&self) -> usize {
        self.chained().count()
    }

    fn chained(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(|link| link.call == "AssumeRole" && link.caller.role.is_some())
    }

    /// From the first to the last session made out of a session.
    pub(crate) fn age(&self) -> Timespan {
        match (self.chained().next(), self.chained().last()) {
            (Some(first), Some(last)) => last.hit.time.since(first.hit.time),
            _ => Timespan::from_secs(0),
        }
    }

    /// The roles in their order, the first caller's own first.
    pub(crate) fn roles(&self) -> Vec<&str> {
        let own = self.chained().next().and_then(|link| link.caller.role.as_deref());
        own.into_iter().chain(self.chained().filter_map(|link| link.role.as_deref())).collect()
    }

    /// Whether some role was taken twice.
    pub(crate) fn repeats(&self) -> bool {
        let roles = self.roles();
        (1..roles.len()).any(|at| roles[..at].contains(&roles[at]))
    }
}
