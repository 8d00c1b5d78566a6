//! Address blocks in conditions, with no more than a policy needs of them.

use std::net::IpAddr;

/// An address block such as `203.0.113.0/24`; a bare address is a block of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    /// The address in the high bits, so that blocks of both families are masked alike.
    bits: u128,
    length: u8,
    v4: bool,
}

impl Cidr {
    pub(super) fn parse(text: &str) -> Option<Cidr> {
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text.trim(), None),
        };
        let (bits, v4) = match address.parse::<IpAddr>().ok()? {
            IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, true),
            IpAddr::V6(address) => (u128::from(address), false),
        };
        let most = if v4 { 32 } else { 128 };
        let length = length.unwrap_or(most);
        (length <= most).then_some(Cidr { bits, length, v4 })
    }

    pub(super) fn contains(&self, other: &Cidr) -> bool {
        self.v4 == other.v4
            && self.length <= other.length
            && (self.bits ^ other.bits) & mask(self.length) == 0
    }

    /// Whether the block still singles somebody out: at least a /8 of IPv4 or a /32 of IPv6, or private addresses.
    ///
    /// The same line S3 Block Public Access draws for `aws:SourceIp`, so that two halves of the internet do not pass
    /// for a restriction.
    pub(super) fn is_specific(&self) -> bool {
        self.length >= if self.v4 { 8 } else { 32 }
            || (!self.v4 && self.length >= 7 && self.bits >> 121 == 0xfc >> 1)
    }
}

fn mask(length: u8) -> u128 {
    if length == 0 { 0 } else { u128::MAX << (128 - u32::from(length)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_contain_their_parts() {
        let contains = |a: &str, b: &str| Cidr::parse(a).unwrap().contains(&Cidr::parse(b).unwrap());
        assert!(contains("10.0.0.0/8", "10.255.0.1") && contains("0.0.0.0/0", "203.0.113.0/24"));
        assert!(contains("2001:db8::/32", "2001:db8:1::/48") && contains("192.0.2.1", "192.0.2.1/32"));
        assert!(!contains("10.0.0.0/8", "11.0.0.0/8") && !contains("0.0.0.0/0", "::/0"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/8/8", "*"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn half_the_internet_is_not_specific() {
        for wide in
            ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/7", "::/0", "2000::/3", "2001:db8::/31"]
        {
            assert!(!Cidr::parse(wide).unwrap().is_specific(), "{wide}");
        }
        for narrow in ["10.0.0.0/8", "203.0.113.7", "2001:db8::/32", "fd00::/8"] {
            assert!(Cidr::parse(narrow).unwrap().is_specific(), "{narrow}");
        }
    }
}
