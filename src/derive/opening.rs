//! What a call opens to the whole internet: the ports of a security group.

use std::net::IpAddr;

use serde_json::Value;

use super::field::Derived;
use super::parameters::parameters;
use super::sharing::list;
use super::{Deriver, Values};
use crate::event::Record;

const OPENING_CALLS: [&str; 3] =
    ["AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "AuthorizeDBSecurityGroupIngress"];

/// Ports by which one works on a machine, or on a whole cluster of them: SSH, telnet, RPC, SMB, Docker, RDP, VNC, X,
/// WinRM, Kubernetes and its node agents.
const REMOTE: [u16; 15] =
    [22, 23, 135, 139, 445, 2375, 2376, 3389, 5900, 5901, 5985, 5986, 6443, 8001, 10250];

/// Ports of stores of data: SQL Server, Oracle, ZooKeeper, NFS, MySQL, PostgreSQL, Redshift, Kibana, CouchDB, Redis,
/// Cassandra, Elasticsearch, Kafka, memcached, MongoDB, Hadoop.
const DATA: [u16; 20] = [
    1433, 1434, 1521, 2049, 2181, 3306, 5432, 5439, 5601, 5984, 6379, 7000, 7001, 8086, 9042, 9092, 9200,
    9300, 11211, 27017,
];

/// Ports that are there to be open.
const WEB: [u16; 2] = [80, 443];

/// Whether an address block is no restriction: less than a /8 of IPv4 or a /16 of IPv6, so that halves and quarters of
/// the internet do not pass for one.
fn is_world(block: &str) -> bool {
    let Some((address, length)) = block.trim().split_once('/') else { return false };
    match (address.parse::<IpAddr>(), length.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(length)) => length < 8,
        (Ok(IpAddr::V6(address)), Ok(length)) => length < 16 && address.segments()[0] & 0xfe00 != 0xfc00,
        // The log may have lost the address: `***/0` is as open.
        (Err(_), Ok(0)) => true,
        _ => false,
    }
}

/// One permission: what is opened, and to how much of the world.
#[derive(Debug, PartialEq, Eq)]
struct Opened {
    protocol: String,
    /// First and last port; `None` for all.
    ports: Option<(u16, u16)>,
}

impl Opened {
    fn of(permission: &Value, keys: [&str; 3]) -> Opened {
        let [protocol, from, to] = keys.map(|key| &permission[key]);
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let port = |value: &Value| text(value)?.parse::<u16>().ok();
        let protocol = text(protocol).unwrap_or_else(|| "-1".to_owned()).to_ascii_lowercase();
        let ports = if protocol == "-1" { None } else { port(from).zip(port(to)) };
        Opened { protocol, ports }
    }

    fn is_ip_traffic(&self) -> bool {
        matches!(self.protocol.as_str(), "-1" | "all" | "tcp" | "6" | "udp" | "17")
    }

    fn covers(&self, ports: &[u16]) -> bool {
        let (from, to) = self.ports.unwrap_or((0, u16::MAX));
        self.is_ip_traffic() && ports.iter().any(|port| (from..=to).contains(port))
    }

    /// What can be reached by it.
    fn kind(&self) -> &'static str {
        let (from, to) = self.ports.unwrap_or((0, u16::MAX));
        let web = from == to && WEB.contains(&from);
        match self.is_ip_traffic() {
            // Echo requests and the like.
            false => "other-protocol",
            true if to.saturating_sub(from) > 20_000 => "everything",
            true if self.covers(&REMOTE) => "remote-access",
            true if self.covers(&DATA) => "data-store",
            true if web => "web",
            true => "other-port",
        }
    }

    fn text(&self) -> String {
        let protocol = match self.protocol.as_str() {
            "-1" => "all traffic",
            "6" => "tcp",
            "17" => "udp",
            other => other,
        };
        match self.ports {
            None => protocol.to_owned(),
            Some((from, to)) if from == to => format!("{protocol} {from}"),
            Some((from, to)) => format!("{protocol} {from}-{to}"),
        }
    }
}

fn opened(deriver: &Deriver, record: &Record<'_>) -> Vec<Opened> {
    let Some((name, parameters)) = parameters(deriver, record, &OPENING_CALLS) else { return Vec::new() };
    let world = |value: &Value| list(value).iter().filter_map(Value::as_str).any(is_world);
    let mut found = Vec::new();
    if name == "ModifySecurityGroupRules" {
        for rule in list(&parameters["ModifySecurityGroupRulesRequest"]["SecurityGroupRule"]) {
            let rule = &rule["SecurityGroupRule"];
            if world(&rule["CidrIpv4"]) || world(&rule["CidrIpv6"]) {
                found.push(Opened::of(rule, ["IpProtocol", "FromPort", "ToPort"]));
            }
        }
        return found;
    }
    let keys = ["ipProtocol", "fromPort", "toPort"];
    if world(&parameters["cidrIp"]) || world(&parameters["cIDRIP"]) {
        found.push(Opened::of(&parameters, keys));
    }
    for permission in list(&parameters["ipPermissions"]["items"]) {
        let v4 = list(&permission["ipRanges"]["items"]).iter().any(|range| world(&range["cidrIp"]));
        let v6 = list(&permission["ipv6Ranges"]["items"]).iter().any(|range| world(&range["cidrIpv6"]));
        if v4 || v6 {
            found.push(Opened::of(permission, keys));
        }
    }
    found
}

pub(super) fn ports(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let mut texts: Vec<String> = opened(deriver, record).iter().map(Opened::text).collect();
    texts.sort();
    texts.dedup();
    values.set(field as usize, texts);
}

pub(super) fn kinds(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let mut kinds: Vec<&str> = opened(deriver, record).iter().map(Opened::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    values.set(field as usize, kinds);
}

#[cfg(test)]
mod tests {
    use super::super::trial::derived;
    use super::*;

    fn opens(name: &str, parameters: &str) -> (Vec<String>, Vec<String>) {
        let json = format!(
            r#"{{"eventSource":"ec2.amazonaws.com","eventName":"{name}","requestParameters":{parameters}}}"#
        );
        (derived(Derived::OpenedPorts, &json), derived(Derived::OpenedKind, &json))
    }

    fn permission(protocol: &str, ports: &str, ranges: &str) -> String {
        format!(
            r#"{{"groupId":"sg-1","ipPermissions":{{"items":[{{"ipProtocol":"{protocol}"{ports},"groups":{{}},{ranges}}}]}}}}"#
        )
    }

    const WORLD: &str = r#""ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"},{"cidrIp":"0.0.0.0/0"}]}"#;

    #[test]
    fn what_is_opened_is_told_by_ports() {
        let ingress = |protocol: &str, ports: &str, ranges: &str| {
            let (texts, kinds) = opens("AuthorizeSecurityGroupIngress", &permission(protocol, ports, ranges));
            (texts.join("; "), kinds.join("; "))
        };
        let told = |text: &str, kind: &str| (text.to_owned(), kind.to_owned());
        let port = |from: u16, to: u16| format!(r#","fromPort":{from},"toPort":{to}"#);
        assert_eq!(ingress("tcp", &port(22, 22), WORLD), told("tcp 22", "remote-access"));
        assert_eq!(ingress("tcp", &port(443, 443), WORLD), told("tcp 443", "web"));
        assert_eq!(ingress("tcp", &port(20, 30), WORLD), told("tcp 20-30", "remote-access"));
        assert_eq!(ingress("tcp", &port(5432, 5432), WORLD), told("tcp 5432", "data-store"));
        assert_eq!(ingress("tcp", &port(8443, 8443), WORLD), told("tcp 8443", "other-port"));
        assert_eq!(ingress("tcp", &port(1024, 65535), WORLD), told("tcp 1024-65535", "everything"));
        assert_eq!(ingress("-1", "", WORLD), told("all traffic", "everything"));
        let v6 = r#""ipRanges":{},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}"#;
        assert_eq!(ingress("tcp", &port(3389, 3389), v6), told("tcp 3389", "remote-access"));
        let ping = r#","fromPort":-1,"toPort":-1"#;
        assert_eq!(ingress("icmp", ping, WORLD), told("icmp", "other-protocol"));
        let office = r#""ipRanges":{"items":[{"cidrIp":"203.0.113.0/24"}]}"#;
        assert_eq!(ingress("tcp", &port(22, 22), office), told("", ""));
        let half = r#""ipRanges":{"items":[{"cidrIp":"128.0.0.0/1"}]}"#;
        assert_eq!(ingress("tcp", &port(22, 22), half), told("tcp 22", "remote-access"));
    }

    #[test]
    fn other_shapes_are_read_alike() {
        let old = r#"{"groupId":"sg-1","ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIp":"198.51.100.1/0","ipPermissions":{}}"#;
        assert_eq!(opens("AuthorizeSecurityGroupIngress", old).0, ["tcp 22"]);
        let changed = r#"{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":{"tag":1,"SecurityGroupRuleId":"sgr-1","SecurityGroupRule":{"IpProtocol":"tcp","FromPort":3306,"ToPort":3306,"CidrIpv4":"0.0.0.0/0"}}}}"#;
        assert_eq!(opens("ModifySecurityGroupRules", changed).1, ["data-store"]);
        assert_eq!(opens("AuthorizeDBSecurityGroupIngress", r#"{"cIDRIP":"0.0.0.0/0"}"#).1, ["everything"]);
        assert_eq!(opens("AuthorizeSecurityGroupEgress", old).0, Vec::<String>::new());
        assert_eq!(opens("AuthorizeSecurityGroupIngress", "null").0, Vec::<String>::new());
    }

    #[test]
    fn a_block_is_the_world_by_its_length() {
        for block in ["0.0.0.0/0", "1.2.3.4/0", "64.0.0.0/2", "::/0", "2000::/3", "***/0"] {
            assert!(is_world(block), "{block}");
        }
        for block in ["10.0.0.0/8", "203.0.113.9/32", "fc00::/7", "2001:db8::/32", "203.0.113.9", "x/8", ""] {
            assert!(!is_world(block), "{block}");
        }
    }
}
