//! `zonesmith:policy@1.1`, which is the optional interface `selection`: its bindings, and what they are in our types.
//!
//! It is looked for on each component, and stands beside whatever else the component speaks. Its types are generated once
//! more in here: the component model compares shapes, not the modules that they were generated in.

use std::net::IpAddr;

use wasmtime::component::{Component, Instance, InstancePre};
use wasmtime::{AsContextMut as _, Store};
use zonesmith_zone::rdata;
use zonesmith_zone::record::{Caa, Mx, OtherRdata, Rdata, Srv, Svcb};
use zonesmith_zone::zone_set::RecordRef;

use self::bindings::exports::zonesmith::policy1_1_0::selection;
use self::bindings::zonesmith::policy1_0_0::dns;
use self::bindings::{Selecting, SelectingIndices};
use crate::policy::imports::Host;
use crate::snapshot::selection::{Client, Question};

mod bindings {
    #![allow(
        missing_docs,
        unreachable_pub,
        reason = "generated from the contract, which has the documentation"
    )]

    wasmtime::component::bindgen!({
        path: ["../wit/since_v1.0", "../wit/since_v1.1"],
        inline: "package zonesmith:host; world selecting { export zonesmith:policy/selection@1.1.0; }",
        world: "zonesmith:host/selecting",
    });
}

/// Its name on a component; any version of the track is as good.
const NAME: &str = "zonesmith:policy/selection@1.1.0";

/// Where a component has the interface.
pub(super) struct Found(SelectingIndices);

impl Found {
    /// Looks for it.
    ///
    /// # Errors
    ///
    /// wasmtime's, if it is there and has not its shape.
    pub(super) fn find(
        component: &Component,
        linked: &InstancePre<Host>,
    ) -> wasmtime::Result<Option<Self>> {
        if component.get_export_index(None, NAME).is_none() {
            return Ok(None);
        }
        SelectingIndices::new(linked).map(|indices| Some(Self(indices)))
    }

    /// Of an instance.
    pub(super) fn of(
        &self,
        store: &mut Store<Host>,
        instance: &Instance,
    ) -> wasmtime::Result<Exported> {
        self.0.load(store.as_context_mut(), instance).map(Exported)
    }
}

/// The interface of an instance.
pub(in crate::policy) struct Exported(Selecting);

/// Indexes of records, and the leading bits that decided, as the policy says them.
pub(in crate::policy) type Said = Option<(Vec<u32>, u8)>;

impl Exported {
    /// What a client is given of these records.
    pub(super) fn choose(
        &self,
        store: &mut Store<Host>,
        question: &Question<'_>,
        records: &[RecordRef<'_>],
    ) -> wasmtime::Result<Said> {
        let query = to_query(question);
        let records: Vec<dns::Rdata> = records.iter().map(to_rdata).collect();
        let interface = self.0.zonesmith_policy1_1_0_selection();
        let choice = interface.call_choose(store, &query, &records)?;
        Ok(choice.map(|selection::Choice { records, scope }| (records, scope)))
    }
}

fn to_query(question: &Question<'_>) -> selection::Query {
    let mut name = Vec::new();
    question.name.write_text(&mut name);
    let mut rrtype = Vec::new();
    rdata::write_type(question.rtype, &mut rrtype);
    selection::Query {
        name: to_text(name),
        rrtype: to_text(rrtype),
        client: to_prefix(question.client),
    }
}

/// Names and types are written in ASCII.
fn to_text(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap_or_default()
}

fn to_prefix(client: Client) -> dns::IpPrefix {
    let address = match client.address() {
        IpAddr::V4(address) => dns::IpAddress::Ipv4(address.octets().into()),
        IpAddr::V6(address) => dns::IpAddress::Ipv6(address.segments().into()),
    };
    dns::IpPrefix {
        address,
        length: client.length(),
    }
}

fn to_rdata(record: &RecordRef<'_>) -> dns::Rdata {
    match rdata::decode(record.rtype, record.octets) {
        Rdata::A(address) => dns::Rdata::A(address.octets().into()),
        Rdata::Aaaa(address) => dns::Rdata::Aaaa(address.segments().into()),
        Rdata::Cname(name) => dns::Rdata::Cname(name),
        Rdata::Ns(name) => dns::Rdata::Ns(name),
        Rdata::Ptr(name) => dns::Rdata::Ptr(name),
        Rdata::Srv(Srv {
            priority,
            weight,
            port,
            target,
        }) => dns::Rdata::Srv(dns::Srv {
            priority,
            weight,
            port,
            target,
        }),
        Rdata::Txt(strings) => dns::Rdata::Txt(strings),
        Rdata::Mx(Mx {
            preference,
            exchange,
        }) => dns::Rdata::Mx(dns::Mx {
            preference,
            exchange,
        }),
        Rdata::Caa(Caa { flags, tag, value }) => dns::Rdata::Caa(dns::Caa { flags, tag, value }),
        Rdata::Svcb(svcb) => dns::Rdata::Svcb(to_svcb(svcb)),
        Rdata::Https(svcb) => dns::Rdata::Https(to_svcb(svcb)),
        Rdata::Other(OtherRdata {
            rrtype,
            presentation,
        }) => dns::Rdata::Other(dns::OtherRdata {
            rrtype,
            presentation,
        }),
    }
}

fn to_svcb(svcb: Svcb) -> dns::Svcb {
    let Svcb {
        priority,
        target,
        parameters,
    } = svcb;
    let parameters = parameters.into_iter();
    dns::Svcb {
        priority,
        target,
        parameters: parameters
            .map(|(key, value)| dns::SvcParameter { key, value })
            .collect(),
    }
}
