//! Writes small databases in MaxMind's format: a binary search tree over address bits, a data section, and metadata.
//!
//! Format: <https://maxmind.github.io/MaxMind-DB/>.

use ipnet::IpNet;

/// A value of the data section.
pub(crate) enum Field {
    Text(String),
    Double(f64),
    U16(u16),
    U32(u32),
    U64(u64),
    Bool(bool),
    Map(Vec<(&'static str, Field)>),
    List(Vec<Field>),
}

impl From<&str> for Field {
    fn from(text: &str) -> Field {
        Field::Text(text.to_owned())
    }
}

/// Control byte: the type in the upper three bits, or 0 and the type less 7 in the next byte; the size in the rest.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let high = if kind <= 7 { kind << 5 } else { 0 };
    let (low, more) = match size {
        0..29 => (size as u8, None),
        29..285 => (29, Some((size - 29) as u8)),
        _ => panic!("{size} is more than a small database holds"),
    };
    out.push(high | low);
    if kind > 7 {
        out.push(kind - 7);
    }
    out.extend(more);
}

/// Numbers are written without leading zero bytes.
fn number(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    control(kind, bytes.len() - zeros, out);
    out.extend(&bytes[zeros..]);
}

fn encode(field: &Field, out: &mut Vec<u8>) {
    match field {
        Field::Text(text) => {
            control(2, text.len(), out);
            out.extend(text.as_bytes());
        }
        Field::Double(value) => {
            control(3, 8, out);
            out.extend(value.to_be_bytes());
        }
        Field::U16(value) => number(5, &value.to_be_bytes(), out),
        Field::U32(value) => number(6, &value.to_be_bytes(), out),
        Field::Map(entries) => {
            control(7, entries.len(), out);
            for (key, value) in entries {
                encode(&Field::from(*key), out);
                encode(value, out);
            }
        }
        Field::U64(value) => number(9, &value.to_be_bytes(), out),
        Field::List(items) => {
            control(11, items.len(), out);
            items.iter().for_each(|item| encode(item, out));
        }
        // A boolean's size is its value.
        Field::Bool(value) => control(14, usize::from(*value), out),
    }
}

/// Where one side of a node leads.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Nothing,
    Node(usize),
    Data(usize),
}

/// The bits of a network in the tree of IPv6, where IPv4 lies below ::/96.
fn bits(net: &IpNet) -> Vec<usize> {
    let (address, length) = match net {
        IpNet::V4(net) => (u128::from(u32::from(net.network())), 96 + net.prefix_len()),
        IpNet::V6(net) => (u128::from(net.network()), net.prefix_len()),
    };
    (0..u32::from(length)).map(|at| usize::from(address >> (127 - at) & 1 == 1)).collect()
}

/// A database of this type with these entries, whose networks must not overlap.
pub(crate) fn database(kind: &str, entries: &[(IpNet, Field)]) -> Vec<u8> {
    let mut nodes = vec![[Side::Nothing; 2]];
    let mut data = Vec::new();
    for (net, field) in entries {
        let path = bits(net);
        let (last, way) = path.split_last().expect("a network has bits");
        let mut at = 0;
        for bit in way {
            at = match nodes[at][*bit] {
                Side::Node(next) => next,
                Side::Nothing => {
                    nodes.push([Side::Nothing; 2]);
                    let next = nodes.len() - 1;
                    nodes[at][*bit] = Side::Node(next);
                    next
                }
                Side::Data(_) => panic!("{net} lies in another network"),
            };
        }
        assert!(nodes[at][*last] == Side::Nothing, "{net} overlaps another network");
        nodes[at][*last] = Side::Data(data.len());
        encode(field, &mut data);
    }
    let mut out = Vec::new();
    for side in nodes.iter().flatten() {
        // 16 zero bytes lie between tree and data, and count.
        let value = match side {
            Side::Nothing => nodes.len(),
            Side::Node(next) => *next,
            Side::Data(at) => nodes.len() + 16 + at,
        };
        out.extend(&(value as u32).to_be_bytes()[1..]);
    }
    out.extend([0; 16]);
    out.extend(data);
    out.extend(b"\xab\xcd\xefMaxMind.com");
    encode(&metadata(kind, nodes.len() as u32), &mut out);
    out
}

fn metadata(kind: &str, nodes: u32) -> Field {
    Field::Map(vec![
        ("binary_format_major_version", Field::U16(2)),
        ("binary_format_minor_version", Field::U16(0)),
        // 2026-03-01: the same bytes whenever it is written.
        ("build_epoch", Field::U64(1_772_323_200)),
        ("database_type", kind.into()),
        ("description", Field::Map(vec![("en", "Invented; for trailsift's tests".into())])),
        ("ip_version", Field::U16(6)),
        ("languages", Field::List(vec!["en".into()])),
        ("node_count", Field::U32(nodes)),
        ("record_size", Field::U16(24)),
    ])
}
