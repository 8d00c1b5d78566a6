//! The databases in `testdata/geo` are what the table beside them says, byte for byte and address for address.

#[path = "common/mmdb.rs"]
mod mmdb;

use std::path::{Path, PathBuf};

use ipnet::IpNet;
use trailsift::known::{Geo, Place, geo};

use mmdb::Field;

/// One network of the table.
struct Row {
    net: IpNet,
    place: Place,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/geo")
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("networks.tsv")).expect("the table is read");
    text.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.split('\t').collect();
    let [net, country, city, latitude, longitude, asn, org, rest @ ..] = cells.as_slice() else {
        panic!("too few cells: {line}")
    };
    let kind = |cell: &&str| match *cell {
        "vpn" => "vpn",
        "tor" => "tor",
        "hosting" => "hosting",
        other => panic!("{other} is no kind of network"),
    };
    let degrees = |text: &str| text.parse::<f64>().expect("degrees");
    let mut anonymous: Vec<&'static str> = rest.iter().map(kind).collect();
    // Such databases mark every hidden network as anonymous, too.
    if !anonymous.is_empty() && anonymous != ["hosting"] {
        anonymous.push("anonymous");
    }
    Row {
        net: net.parse().expect("a network"),
        place: Place {
            country: Some((*country).to_owned()),
            city: Some((*city).to_owned()),
            location: Some((degrees(latitude), degrees(longitude))),
            asn: Some(asn.parse().expect("a number")),
            org: Some((*org).to_owned()),
            anonymous,
        },
    }
}

fn text(value: &Option<String>) -> Field {
    Field::Text(value.clone().unwrap_or_default())
}

fn city(place: &Place) -> Field {
    let (latitude, longitude) = place.location.unwrap_or_default();
    Field::Map(vec![
        ("city", Field::Map(vec![("names", Field::Map(vec![("en", text(&place.city))]))])),
        ("country", Field::Map(vec![("iso_code", text(&place.country))])),
        (
            "location",
            Field::Map(vec![("latitude", Field::Double(latitude)), ("longitude", Field::Double(longitude))]),
        ),
    ])
}

fn asn(place: &Place) -> Field {
    Field::Map(vec![
        ("autonomous_system_number", Field::U32(place.asn.unwrap_or_default())),
        ("autonomous_system_organization", text(&place.org)),
    ])
}

fn anonymous(place: &Place) -> Option<Field> {
    let is = |kind: &str| Field::Bool(place.anonymous.contains(&kind));
    (!place.anonymous.is_empty()).then(|| {
        Field::Map(vec![
            ("is_anonymous", is("anonymous")),
            ("is_anonymous_vpn", is("vpn")),
            ("is_hosting_provider", is("hosting")),
            ("is_tor_exit_node", is("tor")),
        ])
    })
}

/// File name and bytes of each database.
fn databases(rows: &[Row]) -> [(&'static str, Vec<u8>); 3] {
    let all = |what: fn(&Place) -> Field| -> Vec<(IpNet, Field)> {
        rows.iter().map(|row| (row.net, what(&row.place))).collect()
    };
    let hidden: Vec<(IpNet, Field)> =
        rows.iter().filter_map(|row| Some((row.net, anonymous(&row.place)?))).collect();
    [
        ("anonymous.mmdb", mmdb::database("Test-Anonymous-IP", &hidden)),
        ("asn.mmdb", mmdb::database("Test-ASN", &all(asn))),
        ("city.mmdb", mmdb::database("Test-City", &all(city))),
    ]
}

#[test]
fn the_databases_are_written_from_the_table() {
    for (name, bytes) in databases(&rows()) {
        let path = folder().join(name);
        if std::env::var_os("UPDATE_GEO").is_some() {
            std::fs::write(&path, &bytes).expect("the database is written");
        }
        let there = std::fs::read(&path).expect("the database is read");
        assert!(there == bytes, "{name} is not what the table says: UPDATE_GEO=1 cargo test --test geo");
    }
}

#[test]
fn every_address_is_where_the_table_says() {
    let files = geo::files(&folder()).expect("the databases are listed");
    let geo = Geo::open(&files).expect("the databases are opened");
    assert!(geo.has_country() && geo.has_location() && geo.has_asn() && geo.has_anonymous());
    let rows = rows();
    assert!(rows.len() > 10, "{} rows", rows.len());
    for Row { net, place } in &rows {
        // First, second and last address of the network.
        let second = net.hosts().next().expect("a network has addresses");
        for address in [net.network(), second, net.broadcast()] {
            assert_eq!(geo.place(address), *place, "{address} in {net}");
        }
    }
    for elsewhere in ["8.8.8.8", "2001:db8:3::1", "192.0.3.0"] {
        assert_eq!(geo.place(elsewhere.parse().expect("an address")), Place::default(), "{elsewhere}");
    }
}
