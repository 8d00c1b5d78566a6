//! Where the call came from.

use std::net::IpAddr;

use super::field::Derived;
use super::{Deriver, Values};
use crate::event::Record;
use crate::known::SourceClass;
use crate::known::networks::{network_of, parse_address};

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

pub(super) fn class(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, class_of(deriver, record).map(SourceClass::name));
}

pub(super) fn address(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, public(deriver, record).map(|address| address.to_string()));
}

pub(super) fn network(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let name = public(deriver, record).map(|address| match deriver.known.networks.name_of(address) {
        Some(name) => name.to_owned(),
        None => network_of(address),
    });
    values.set(field as usize, name);
}
