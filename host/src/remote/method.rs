//! The methods, a file each: what it takes, what it gives. Those that name a zone read its name, and nothing else of
//! their parameters that they do not need: PowerDNS adds parameters from version to version.

use zonesmith_zone::name::NameBuffer;
use zonesmith_zone::zone_set::ZoneSet;

use super::reply::Outcome;
use super::request::Request;

pub(crate) mod get_all_domain_metadata;
pub(crate) mod get_all_domains;
pub(crate) mod get_domain_info;
pub(crate) mod get_domain_metadata;
pub(crate) mod initialize;
pub(crate) mod list;
pub(crate) mod lookup;
pub(crate) mod unknown;

impl<'a> Request<'a> {
    /// The answer out of one generation. `name` is room for the name that is asked for.
    pub(crate) fn answer(&'a self, zone_set: &'a ZoneSet, name: &'a mut NameBuffer) -> Outcome<'a> {
        match self {
            Request::Initialize(request) => request.answer(),
            Request::Lookup(request) => request.answer(zone_set, name),
            Request::List(request) => request.answer(zone_set, name),
            Request::GetAllDomains(request) => request.answer(zone_set),
            Request::GetDomainInfo(request) => request.answer(zone_set, name),
            Request::GetAllDomainMetadata(request) => request.answer(),
            Request::GetDomainMetadata(request) => request.answer(),
            Request::Unknown(request) => request.answer(),
        }
    }
}
