//! Where the call came from.

use std::net::IpAddr;
use std::rc::Rc;

use super::field::Derived;
use super::{Deriver, Values};
use crate::event::Record;
use crate::known::networks::{Networks, network_of, parse_address};
use crate::known::{Place, SourceClass};

/// What the source of a call tells, if it came through no endpoint.
#[derive(Debug)]
pub(super) struct Source {
    class: SourceClass,
    /// The address, if it is one of the internet: also a configured network's, but never a private one.
    public: Option<Public>,
}

/// A public address.
#[derive(Debug)]
struct Public {
    address: IpAddr,
    /// In one spelling.
    text: String,
    /// The configured name of its network, else the network itself.
    network: String,
}

impl Source {
    pub(super) fn of(networks: &Networks, text: &str) -> Source {
        let class = networks.class(text);
        let is_public = matches!(class, SourceClass::Public | SourceClass::Known);
        let public = parse_address(text).filter(|_| is_public).map(|address| Public {
            address,
            text: address.to_string(),
            network: networks.name_of(address).map_or_else(|| network_of(address), str::to_owned),
        });
        Source { class, public }
    }
}

/// What the source of the call tells; nothing of what came through an endpoint.
fn source_of(deriver: &Deriver, record: &Record<'_>, values: &mut Values) -> Option<Rc<Source>> {
    if deriver.text(record, deriver.inputs.vpc_endpoint).is_some() {
        return None;
    }
    let text = deriver.text(record, deriver.inputs.source_ip)?;
    Some(values.once.source(&deriver.known.networks, &text))
}

pub(super) fn endpoint_relation(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let (own, number) = (&deriver.known.vpc_endpoints, field as usize);
    let owner = deriver.text(record, inputs.endpoint_account);
    let listed =
        !own.is_empty() && deriver.text(record, inputs.vpc_endpoint).is_some_and(|id| own.contains(&*id));
    if listed || (owner.is_some() && owner == deriver.text(record, inputs.recipient)) {
        return values.set(number, Some("own"));
    }
    match owner {
        Some(owner) => values.set_pending(number, Some(owner)),
        // Older records do not say whose it is: then whoever lists their own says it.
        None if !own.is_empty() && deriver.text(record, inputs.vpc_endpoint).is_some() => {
            values.set(number, Some("unknown"));
        }
        None => values.set(number, None::<&str>),
    }
}

pub(super) fn class(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let class = source_of(deriver, record, values).map(|source| source.class);
    let endpoint = || deriver.text(record, deriver.inputs.vpc_endpoint).map(|_| SourceClass::Vpce);
    values.set(field as usize, class.or_else(endpoint).map(SourceClass::name));
}

pub(super) fn address(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let source = source_of(deriver, record, values);
    values.set(field as usize, source.iter().filter_map(|source| Some(&source.public.as_ref()?.text)));
}

pub(super) fn network(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let source = source_of(deriver, record, values);
    values.set(field as usize, source.iter().filter_map(|source| Some(&source.public.as_ref()?.network)));
}

/// What the databases tell of the address.
fn place(deriver: &Deriver, record: &Record<'_>, values: &mut Values) -> Option<Rc<Place>> {
    let geo = deriver.known.geo.as_ref()?;
    let source = source_of(deriver, record, values)?;
    Some(values.once.place(geo, source.public.as_ref()?.address))
}

fn operator(place: Option<Rc<Place>>) -> Option<String> {
    place?.asn.map(|asn| format!("AS{asn}"))
}

pub(super) fn origin(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    match operator(place(deriver, record, values)) {
        Some(operator) => values.set(field as usize, [operator]),
        None => network(deriver, record, field, values),
    }
}

pub(super) fn country(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let country = place(deriver, record, values).and_then(|place| place.country.clone());
    values.set(field as usize, country);
}

pub(super) fn asn(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let operator = operator(place(deriver, record, values));
    values.set(field as usize, operator);
}

pub(super) fn org(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let org = place(deriver, record, values).and_then(|place| place.org.clone());
    values.set(field as usize, org);
}

pub(super) fn location(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let found = place(deriver, record, values).and_then(|place| {
        let (latitude, longitude) = place.location?;
        let names: Vec<&str> =
            [&place.city, &place.country].into_iter().flatten().map(String::as_str).collect();
        let names = if names.is_empty() { "unknown".to_owned() } else { names.join(", ") };
        Some(format!("{names} ({latitude:.4}, {longitude:.4})"))
    });
    values.set(field as usize, found);
}

/// The coordinates that `derived.source_place` ends with.
pub(crate) fn coordinates(place: &str) -> Option<(f64, f64)> {
    let (_, pair) = place.strip_suffix(')')?.rsplit_once('(')?;
    let (latitude, longitude) = pair.split_once(", ")?;
    Some((latitude.parse().ok()?, longitude.parse().ok()?))
}

pub(super) fn anonymous(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let kinds = place(deriver, record, values).map(|place| place.anonymous.clone()).unwrap_or_default();
    values.set(field as usize, kinds);
}

pub(super) fn is_ci(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let networks = &deriver.known.networks;
    let source = source_of(deriver, record, values).filter(|_| !networks.ci.is_empty());
    let address = source.and_then(|source| Some(source.public.as_ref()?.address));
    values.set(field as usize, address.map(|address| super::call::truth(networks.is_ci(address))));
}
