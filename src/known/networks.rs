//! Where a call came from: addresses, AWS's own names, and what cannot be parsed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Networks with a name.
#[derive(Debug, Default)]
pub struct Networks {
    /// Offices, VPNs, NAT gateways: name and block.
    pub known: Vec<(String, IpNet)>,
    /// Where CI jobs run.
    pub ci: Vec<IpNet>,
}

/// The class of a `sourceIPAddress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceClass {
    /// An address of the internet.
    Public,
    /// A private, shared, link-local or loopback address.
    Private,
    /// In a configured network.
    Known,
    /// Through a VPC endpoint.
    Vpce,
    /// The host name of an AWS service.
    AwsService,
    /// `AWS Internal`.
    AwsInternal,
    /// Masked or garbled.
    Unparsable,
}

impl SourceClass {
    /// The class as fields and findings spell it.
    pub fn name(self) -> &'static str {
        match self {
            SourceClass::Public => "public",
            SourceClass::Private => "private",
            SourceClass::Known => "known",
            SourceClass::Vpce => "vpce",
            SourceClass::AwsService => "aws-service",
            SourceClass::AwsInternal => "aws-internal",
            SourceClass::Unparsable => "unparsable",
        }
    }
}

impl Networks {
    /// The name of the configured network that holds `address`.
    pub fn name_of(&self, address: IpAddr) -> Option<&str> {
        self.known.iter().find(|(_, net)| net.contains(&address)).map(|(name, _)| name.as_str())
    }

    /// Whether CI jobs run there.
    pub fn is_ci(&self, address: IpAddr) -> bool {
        self.ci.iter().any(|net| net.contains(&address))
    }

    /// The class of a source as CloudTrail writes it. That a call came through a VPC endpoint, another field tells.
    pub fn class(&self, source: &str) -> SourceClass {
        match parse_address(source) {
            Some(address) if self.name_of(address).is_some() => SourceClass::Known,
            Some(address) if is_private(address) => SourceClass::Private,
            Some(_) => SourceClass::Public,
            None if source.eq_ignore_ascii_case("aws internal") => SourceClass::AwsInternal,
            None if is_aws_host(source) => SourceClass::AwsService,
            None => SourceClass::Unparsable,
        }
    }
}

/// Reads an address. Anonymized logs write octets with leading zeros (`075.050.255.67`); they are decimal.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        });
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts
            .next()
            .filter(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))?;
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

/// The network an address is compared by when no database tells more: its /24, or /48 for IPv6.
pub fn network_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            v6.is_loopback() || v6.is_unspecified() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
        }
    }
}

fn is_aws_host(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let host = lower.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let suffixes = [".amazonaws.com", ".amazonaws.com.cn", ".aws.internal", ".aws.amazon.com", ".amazon.com"];
    host && suffixes.iter().any(|suffix| lower.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_class() {
        let mut networks = Networks::default();
        networks.known.push(("office".into(), "198.51.100.0/24".parse().unwrap()));
        for (source, class) in [
            ("203.0.113.9", "public"),
            ("075.050.255.67", "public"),
            ("2600:1f18::1", "public"),
            ("10.1.2.3", "private"),
            ("100.64.0.1", "private"),
            ("::ffff:10.0.0.1", "private"),
            ("fd00::1", "private"),
            ("198.51.100.7", "known"),
            ("AWS Internal", "aws-internal"),
            ("cloudformation.amazonaws.com", "aws-service"),
            ("30.*.0.210", "unparsable"),
            ("256.44.44.11", "unparsable"),
            ("evil.amazonaws.com.example.com", "unparsable"),
            ("redacted", "unparsable"),
            ("", "unparsable"),
        ] {
            assert_eq!(networks.class(source).name(), class, "{source}");
        }
    }

    #[test]
    fn networks_without_a_database() {
        assert_eq!(network_of("203.0.113.9".parse().unwrap()), "203.0.113.0/24");
        assert_eq!(network_of("2001:db8:1:2::5".parse().unwrap()), "2001:db8:1::/48");
    }
}
