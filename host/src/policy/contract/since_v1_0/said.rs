//! What a policy says, in our types. Nothing is checked and nothing decided.

use std::net::{Ipv4Addr, Ipv6Addr};

use zonesmith_zone::record;

use super::bindings::exports::zonesmith::policy::naming;
use super::bindings::zonesmith::policy::dns;
use crate::policy::{Configuration, Description, Diagnostic, Rule, Severity, Synthesis};

/// What `describe` says.
pub(super) fn from_description(description: naming::Description) -> Description {
    let naming::Description {
        name,
        version,
        authors,
        documentation,
        rules,
        settings_schema,
    } = description;
    let rules = rules
        .into_iter()
        .map(
            |naming::Rule {
                 name,
                 documentation,
             }| Rule {
                name,
                documentation,
            },
        )
        .collect();
    Description {
        name,
        version,
        authors,
        documentation,
        rules,
        settings_schema,
    }
}

/// What `configure` says.
pub(super) fn from_configuration(configuration: naming::Configuration) -> Configuration {
    let naming::Configuration {
        zones,
        records,
        diagnostics,
    } = configuration;
    Configuration {
        zones: zones.into_iter().map(from_zone).collect(),
        records: records.into_iter().map(from_record).collect(),
        diagnostics: diagnostics.into_iter().map(from_diagnostic).collect(),
    }
}

/// What `synthesize` says.
pub(super) fn from_synthesis(synthesis: naming::Synthesis) -> Synthesis {
    let naming::Synthesis {
        records,
        diagnostics,
    } = synthesis;
    Synthesis {
        records: records.into_iter().map(from_record).collect(),
        diagnostics: diagnostics.into_iter().map(from_diagnostic).collect(),
    }
}

fn from_zone(zone: naming::Zone) -> record::ZoneDeclaration {
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

fn from_diagnostic(diagnostic: naming::Diagnostic) -> Diagnostic {
    let naming::Diagnostic {
        severity,
        message,
        rule,
        origin,
    } = diagnostic;
    let severity = match severity {
        naming::Severity::Information => Severity::Information,
        naming::Severity::Warning => Severity::Warning,
        naming::Severity::Error => Severity::Error,
    };
    Diagnostic {
        severity,
        message,
        rule,
        origin: origin.map(from_origin),
    }
}

fn from_record(record: dns::ResourceRecord) -> record::Record {
    let dns::ResourceRecord {
        owner,
        ttl,
        data,
        rule,
        origin,
        exclusive,
    } = record;
    record::Record {
        owner,
        ttl,
        data: from_rdata(data),
        rule,
        origin: origin.map(from_origin),
        exclusive,
    }
}

fn from_origin(origin: dns::Origin) -> record::Origin {
    let dns::Origin { instance, resource } = origin;
    record::Origin { instance, resource }
}

fn from_rdata(rdata: dns::Rdata) -> record::Rdata {
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
        dns::Rdata::Svcb(svcb) => record::Rdata::Svcb(from_svcb(svcb)),
        dns::Rdata::Https(svcb) => record::Rdata::Https(from_svcb(svcb)),
        dns::Rdata::Other(dns::OtherRdata {
            rrtype,
            presentation,
        }) => record::Rdata::Other(record::OtherRdata {
            rrtype,
            presentation,
        }),
    }
}

fn from_svcb(svcb: dns::Svcb) -> record::Svcb {
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
