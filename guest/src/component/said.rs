//! What a policy answers, in the contract's types. Everything is moved, nothing checked: that is the host's.

use crate::bindings::exports::zonesmith::policy::naming as contract;
use crate::bindings::zonesmith::policy::dns;
use crate::dns::{Caa, Mx, Origin, OtherRdata, Rdata, ResourceRecord, Srv, SvcParameter, Svcb};
use crate::naming::{Configuration, Description, Diagnostic, Rule, Severity, Soa, Synthesis, Zone};

pub(super) fn description(description: Description) -> contract::Description {
    let Description {
        name,
        version,
        authors,
        documentation,
        rules,
        settings_schema,
    } = description;
    contract::Description {
        name,
        version,
        authors,
        documentation,
        rules: rules.into_iter().map(rule).collect(),
        settings_schema,
    }
}

fn rule(rule: Rule) -> contract::Rule {
    let Rule {
        name,
        documentation,
    } = rule;
    contract::Rule {
        name,
        documentation,
    }
}

pub(super) fn configuration(configuration: Configuration) -> contract::Configuration {
    let Configuration {
        zones,
        records,
        diagnostics,
    } = configuration;
    contract::Configuration {
        zones: zones.into_iter().map(zone).collect(),
        records: records.into_iter().map(record).collect(),
        diagnostics: diagnostics.into_iter().map(diagnostic).collect(),
    }
}

pub(super) fn synthesis(synthesis: Synthesis) -> contract::Synthesis {
    let Synthesis {
        records,
        diagnostics,
    } = synthesis;
    contract::Synthesis {
        records: records.into_iter().map(record).collect(),
        diagnostics: diagnostics.into_iter().map(diagnostic).collect(),
    }
}

fn zone(zone: Zone) -> contract::Zone {
    let Zone {
        apex,
        soa,
        nameservers,
        nameserver_ttl,
    } = zone;
    let Soa {
        ttl,
        mname,
        rname,
        refresh,
        retry,
        expire,
        minimum,
    } = soa;
    contract::Zone {
        apex,
        soa: contract::Soa {
            ttl,
            mname,
            rname,
            refresh,
            retry,
            expire,
            minimum,
        },
        nameservers,
        nameserver_ttl,
    }
}

fn diagnostic(diagnostic: Diagnostic) -> contract::Diagnostic {
    let Diagnostic {
        severity,
        message,
        rule,
        origin,
    } = diagnostic;
    contract::Diagnostic {
        severity: match severity {
            Severity::Information => contract::Severity::Information,
            Severity::Warning => contract::Severity::Warning,
            Severity::Error => contract::Severity::Error,
        },
        message,
        rule,
        origin: origin.map(self::origin),
    }
}

fn record(record: ResourceRecord) -> dns::ResourceRecord {
    let ResourceRecord {
        owner,
        ttl,
        data,
        rule,
        origin,
        exclusive,
    } = record;
    dns::ResourceRecord {
        owner,
        ttl,
        data: rdata(data),
        rule,
        origin: origin.map(self::origin),
        exclusive,
    }
}

fn origin(origin: Origin) -> dns::Origin {
    let Origin { instance, resource } = origin;
    dns::Origin { instance, resource }
}

fn rdata(data: Rdata) -> dns::Rdata {
    match data {
        Rdata::A(address) => dns::Rdata::A(address.octets().into()),
        Rdata::Aaaa(address) => dns::Rdata::Aaaa(address.segments().into()),
        Rdata::Cname(target) => dns::Rdata::Cname(target),
        Rdata::Ns(target) => dns::Rdata::Ns(target),
        Rdata::Ptr(target) => dns::Rdata::Ptr(target),
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
        Rdata::Svcb(binding) => dns::Rdata::Svcb(svcb(binding)),
        Rdata::Https(binding) => dns::Rdata::Https(svcb(binding)),
        Rdata::Other(OtherRdata {
            rrtype,
            presentation,
        }) => dns::Rdata::Other(dns::OtherRdata {
            rrtype,
            presentation,
        }),
    }
}

fn svcb(binding: Svcb) -> dns::Svcb {
    let Svcb {
        priority,
        target,
        parameters,
    } = binding;
    dns::Svcb {
        priority,
        target,
        parameters: parameters
            .into_iter()
            .map(|SvcParameter { key, value }| dns::SvcParameter { key, value })
            .collect(),
    }
}
