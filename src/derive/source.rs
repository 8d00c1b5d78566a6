//! Where the call came from.

use std::net::IpAddr;
use std::rc::Rc;

use super::field::Derived;
use super::{Deriver, Values};
use crate::event::Record;
use crate::known::networks::{network_of, parse_address};
use crate::known::{Place, SourceClass};

fn class_of(deriver: &Deriver, record: &Record<'_>) -> Option<SourceClass> {
    let endpoint = deriver.text(record, deriver.inputs.vpc_endpoint).is_some();
    let source = deriver.text(record, deriver.inputs.source_ip);
    match source {
        Some(source) => Some(deriver.known.networks.class(&source, endpoint)),
        None => endpoint.then_some(SourceClass::Vpce),
    }
}

/// The address, if it is one of the internet: also a configured network's, but never a private one.
fn public(deriver: &Deriver, record: &Record<'_>) -> Option<IpAddr> {
    match class_of(deriver, record)? {
        SourceClass::Public | SourceClass::Known => {
            parse_address(&deriver.text(record, deriver.inputs.source_ip)?)
        }
        _ => None,
    }
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
    values.set(field as usize, class_of(deriver, record).map(SourceClass::name));
}

pub(super) fn address(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, public(deriver, record).map(|address| address.to_string()));
}

/// The configured name of the address's network, else the network itself.
fn network_name(deriver: &Deriver, record: &Record<'_>) -> Option<String> {
    let address = public(deriver, record)?;
    let name = deriver.known.networks.name_of(address);
    Some(name.map_or_else(|| network_of(address), str::to_owned))
}

pub(super) fn network(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, network_name(deriver, record));
}

/// What the databases tell of the address.
fn place(deriver: &Deriver, record: &Record<'_>, values: &mut Values) -> Option<Rc<Place>> {
    let geo = deriver.known.geo.as_ref()?;
    public(deriver, record).map(|address| values.place(geo, address))
}

fn operator(place: Option<Rc<Place>>) -> Option<String> {
    place?.asn.map(|asn| format!("AS{asn}"))
}

pub(super) fn origin(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let operator = operator(place(deriver, record, values));
    values.set(field as usize, operator.or_else(|| network_name(deriver, record)));
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
    let address = public(deriver, record).filter(|_| !networks.ci.is_empty());
    values.set(field as usize, address.map(|address| super::call::truth(networks.is_ci(address))));
}
