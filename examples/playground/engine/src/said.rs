//! What policies say, in the host's types; and records as a choosing policy is given them. Nothing is checked, and nothing
//! decided.

use std::net::{Ipv4Addr, Ipv6Addr};

use zonesmith_zone::record;

use crate::bindings::zonesmith::policy::{dns, naming};

pub(crate) fn zone(zone: naming::Zone) -> record::ZoneDeclaration {
    let naming::Zone {
        apex,
        soa,
        nameservers,
        nameserver_ttl,
    } = zone;
    let naming::Soa {
        ttl,
        mname,
        rname,
        refresh,
        retry,
        expire,
        minimum,
    } = soa;
    let soa = record::SoaDeclaration {
        ttl,
        mname,
        rname,
        refresh,
        retry,
        expire,
        minimum,
    };
    record::ZoneDeclaration {
        apex,
        soa,
        nameservers,
        nameserver_ttl,
    }
}

pub(crate) fn origin(origin: dns::Origin) -> record::Origin {
    let dns::Origin { instance, resource } = origin;
    record::Origin { instance, resource }
}

pub(crate) fn record(record: dns::ResourceRecord) -> record::Record {
    let dns::ResourceRecord {
        owner,
        ttl,
        data,
        rule,
        origin: from,
        exclusive,
    } = record;
    record::Record {
        owner,
        ttl,
        data: rdata(data),
        rule,
        origin: from.map(origin),
        exclusive,
    }
}

fn rdata(rdata: dns::Rdata) -> record::Rdata {
    match rdata {
        dns::Rdata::A((a, b, c, d)) => record::Rdata::A(Ipv4Addr::new(a, b, c, d)),
        dns::Rdata::Aaaa((a, b, c, d, e, f, g, h)) => {
            record::Rdata::Aaaa(Ipv6Addr::new(a, b, c, d, e, f, g, h))
        }
        dns::Rdata::Cname(name) => record::Rdata::Cname(name),
        dns::Rdata::Ns(name) => record::Rdata::Ns(name),
        dns::Rdata::Ptr(name) => record::Rdata::Ptr(name),
        dns::Rdata::Srv(dns::Srv {
            priority,
            weight,
            port,
            target,
        }) => record::Rdata::Srv(record::Srv {
            priority,
            weight,
            port,
            target,
        }),
        dns::Rdata::Txt(strings) => record::Rdata::Txt(strings),
        dns::Rdata::Mx(dns::Mx {
            preference,
            exchange,
        }) => record::Rdata::Mx(record::Mx {
            preference,
            exchange,
        }),
        dns::Rdata::Caa(dns::Caa { flags, tag, value }) => {
            record::Rdata::Caa(record::Caa { flags, tag, value })
        }
        dns::Rdata::Svcb(binding) => record::Rdata::Svcb(svcb(binding)),
        dns::Rdata::Https(binding) => record::Rdata::Https(svcb(binding)),
        dns::Rdata::Other(dns::OtherRdata {
            rrtype,
            presentation,
        }) => record::Rdata::Other(record::OtherRdata {
            rrtype,
            presentation,
        }),
    }
}

fn svcb(svcb: dns::Svcb) -> record::Svcb {
    let dns::Svcb {
        priority,
        target,
        parameters,
    } = svcb;
    let parameters = parameters
        .into_iter()
        .map(|dns::SvcParameter { key, value }| (key, value))
        .collect();
    record::Svcb {
        priority,
        target,
        parameters,
    }
}

/// A record that a policy may choose.
pub(crate) fn offered(rdata: record::Rdata) -> dns::Rdata {
    match rdata {
        record::Rdata::A(address) => dns::Rdata::A(address.octets().into()),
        record::Rdata::Aaaa(address) => dns::Rdata::Aaaa(address.segments().into()),
        record::Rdata::Cname(name) => dns::Rdata::Cname(name),
        record::Rdata::Ns(name) => dns::Rdata::Ns(name),
        record::Rdata::Ptr(name) => dns::Rdata::Ptr(name),
        record::Rdata::Srv(record::Srv {
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
        record::Rdata::Txt(strings) => dns::Rdata::Txt(strings),
        record::Rdata::Mx(record::Mx {
            preference,
            exchange,
        }) => dns::Rdata::Mx(dns::Mx {
            preference,
            exchange,
        }),
        record::Rdata::Caa(record::Caa { flags, tag, value }) => {
            dns::Rdata::Caa(dns::Caa { flags, tag, value })
        }
        record::Rdata::Svcb(binding) => dns::Rdata::Svcb(offered_svcb(binding)),
        record::Rdata::Https(binding) => dns::Rdata::Https(offered_svcb(binding)),
        record::Rdata::Other(record::OtherRdata {
            rrtype,
            presentation,
        }) => dns::Rdata::Other(dns::OtherRdata {
            rrtype,
            presentation,
        }),
    }
}

fn offered_svcb(svcb: record::Svcb) -> dns::Svcb {
    let record::Svcb {
        priority,
        target,
        parameters,
    } = svcb;
    let parameters = parameters
        .into_iter()
        .map(|(key, value)| dns::SvcParameter { key, value })
        .collect();
    dns::Svcb {
        priority,
        target,
        parameters,
    }
}
