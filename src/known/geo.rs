//! Country, network operator and kind of network of an address, from databases the user has.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{Reader, geoip2};

/// Databases in MaxMind's format, as many as were named. Each tells what it holds by its own metadata.
pub struct Geo {
    databases: Vec<Database>,
}

struct Database {
    path: PathBuf,
    holds: Holds,
    reader: Reader<Vec<u8>>,
}

/// What is known of an address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// ISO 3166 country code.
    pub country: Option<String>,
    /// City, in English.
    pub city: Option<String>,
    /// Latitude and longitude in degrees.
    pub location: Option<(f64, f64)>,
    /// Autonomous system number.
    pub asn: Option<u32>,
    /// The operator of that system.
    pub org: Option<String>,
    /// vpn, tor, hosting, proxy ...: kinds of networks that hide who comes from them.
    pub anonymous: Vec<&'static str>,
}

/// A database that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("geo database {}: {reason}", path.display())]
pub struct GeoError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Debug for Geo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.databases.iter().map(|database| &database.path)).finish()
    }
}

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Country,
    City,
    Asn,
    Anonymous,
}

/// By the type that the database's own metadata names.
fn holds(kind: &str) -> Option<Holds> {
    let kind = kind.to_ascii_lowercase();
    [
        ("anonymous", Holds::Anonymous),
        ("asn", Holds::Asn),
        ("isp", Holds::Asn),
        ("city", Holds::City),
        ("country", Holds::Country),
    ]
    .into_iter()
    .find(|(word, _)| kind.contains(word))
    .map(|(_, holds)| holds)
}

impl Geo {
    /// Opens databases. They are read whole: look-ups then need no disk.
    pub fn open(paths: &[PathBuf]) -> Result<Geo, GeoError> {
        let mut databases = Vec::new();
        for path in paths {
            let wrong = |reason: String| GeoError { path: path.clone(), reason };
            let reader = Reader::open_readfile(path).map_err(|error| wrong(error.to_string()))?;
            let kind = &reader.metadata().database_type;
            let Some(holds) = holds(kind) else {
                return Err(wrong(format!(
                    "a database of type {kind}; expected Country, City, ASN or Anonymous-IP"
                )));
            };
            databases.push(Database { path: path.clone(), holds, reader });
        }
        Ok(Geo { databases })
    }

    fn has(&self, wanted: &[Holds]) -> bool {
        self.databases.iter().any(|database| wanted.contains(&database.holds))
    }

    /// Whether countries are known.
    pub fn has_country(&self) -> bool {
        self.has(&[Holds::Country, Holds::City])
    }

    /// Whether coordinates are known.
    pub fn has_location(&self) -> bool {
        self.has(&[Holds::City])
    }

    /// Whether network operators are known.
    pub fn has_asn(&self) -> bool {
        self.has(&[Holds::Asn])
    }

    /// Whether anonymizing networks are known.
    pub fn has_anonymous(&self) -> bool {
        self.has(&[Holds::Anonymous])
    }

    /// Everything the databases tell of an address. A damaged entry tells nothing.
    pub fn place(&self, address: IpAddr) -> Place {
        let mut place = Place::default();
        for Database { holds, reader, .. } in &self.databases {
            let Ok(found) = reader.lookup(address) else { continue };
            match holds {
                Holds::City => {
                    if let Ok(Some(city)) = found.decode::<geoip2::City<'_>>() {
                        place.country = city.country.iso_code.map(str::to_owned).or(place.country);
                        place.city = city.city.names.english.map(str::to_owned).or(place.city);
                        place.location =
                            city.location.latitude.zip(city.location.longitude).or(place.location);
                    }
                }
                Holds::Country => {
                    if let Ok(Some(country)) = found.decode::<geoip2::Country<'_>>() {
                        place.country = country.country.iso_code.map(str::to_owned).or(place.country);
                    }
                }
                Holds::Asn => {
                    if let Ok(Some(asn)) = found.decode::<geoip2::Asn<'_>>() {
                        place.asn = asn.autonomous_system_number.or(place.asn);
                        place.org = asn.autonomous_system_organization.map(str::to_owned).or(place.org);
                    }
                }
                Holds::Anonymous => {
                    if let Ok(Some(found)) = found.decode::<geoip2::AnonymousIp>() {
                        let kinds = [
                            (found.is_anonymous_vpn, "vpn"),
                            (found.is_tor_exit_node, "tor"),
                            (found.is_hosting_provider, "hosting"),
                            (found.is_public_proxy, "proxy"),
                            (found.is_residential_proxy, "residential-proxy"),
                            (found.is_anonymous, "anonymous"),
                        ];
                        place.anonymous = kinds
                            .into_iter()
                            .filter(|(is, _)| *is == Some(true))
                            .map(|(_, kind)| kind)
                            .collect();
                    }
                }
            }
        }
        place
    }
}

/// The databases that a path means: those in it, if it is a folder.
pub fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "mmdb") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The distance between two points of the earth's surface in kilometres, along the great circle.
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (d_lat, d_lon) = (lat_b - lat_a, (b.1 - a.1).to_radians());
    let h = (d_lat / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (d_lon / 2.0).sin().powi(2);
    // The earth's mean radius.
    2.0 * 6371.0 * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_great_circles() {
        let (london, new_york) = ((51.5074, -0.1278), (40.7128, -74.0060));
        let km = distance_km(london, new_york);
        assert!((km - 5570.0).abs() < 15.0, "{km}");
        assert!(distance_km(london, london) < 0.001);
    }
}
