//! The methods, a file each: what it takes, what it gives. Those that name a zone read its name, and nothing else of
//! their parameters that they do not need: PowerDNS adds parameters from version to version.
//!
//! | what is asked | files |
//! |---|---|
//! | records | `lookup` (and `APILookup`), `list`, `search_records` |
//! | zones | `get_all_domains`, `get_domain_info` |
//! | metadata | `get_all_domain_metadata`, `get_domain_metadata`, `set_domain_metadata` |
//! | DNSSEC | `get_domain_keys`, `add_domain_key`, `change_domain_key`, `get_before_and_after_names_absolute` |
//! | TSIG | `get_tsig_key`, `get_tsig_keys`, `set_tsig_key`, `delete_tsig_key` |
//! | NOTIFY | `get_updated_masters`, `set_notified` |
//! | zones of others | `get_unfresh_slave_infos`, `freshness`, `super_master_backend`, `create_slave_domain` |
//! | changes of records | `edits`: refused |
//! | anything else | `initialize`, `direct_backend_cmd`, `unknown` |

use zonesmith_zone::name::{Name, NameBuffer};
use zonesmith_zone::zone::Zone;

use super::backend::Backend;
use super::reply::Outcome;
use super::request::Request;
use crate::snapshot::Snapshot;
use crate::store::StoreError;

pub(crate) mod add_domain_key;
pub(crate) mod change_domain_key;
pub(crate) mod create_slave_domain;
pub(crate) mod delete_tsig_key;
pub(crate) mod direct_backend_cmd;
pub(crate) mod edits;
pub(crate) mod freshness;
pub(crate) mod get_all_domain_metadata;
pub(crate) mod get_all_domains;
pub(crate) mod get_before_and_after_names_absolute;
pub(crate) mod get_domain_info;
pub(crate) mod get_domain_keys;
pub(crate) mod get_domain_metadata;
pub(crate) mod get_tsig_key;
pub(crate) mod get_tsig_keys;
pub(crate) mod get_unfresh_slave_infos;
pub(crate) mod get_updated_masters;
pub(crate) mod initialize;
pub(crate) mod list;
pub(crate) mod lookup;
pub(crate) mod search_records;
pub(crate) mod set_domain_metadata;
pub(crate) mod set_notified;
pub(crate) mod set_tsig_key;
pub(crate) mod super_master_backend;
pub(crate) mod unknown;

/// What one request is answered out of: one generation, and the state.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) backend: &'a Backend,
}

impl<'a> Ground<'a> {
    /// The zone of that name, where something is to be kept for it.
    fn zone_to_write(self, name: &Name) -> Result<&'a Zone, Outcome<'a>> {
        let zones = self.snapshot.zone_set.zones();
        zones
            .find_apex(name.as_ref())
            .ok_or_else(|| Outcome::Refused(format!("no zone {name} is served here")))
    }

    /// The zone with the id that PowerDNS knows it by.
    fn zone_by_id(self, id: i64) -> Option<&'a Zone> {
        let mut zones = self.snapshot.zone_set.zones().iter();
        zones.find(|zone| i64::from(zone.id()) == id)
    }
}

/// Reads the name that a read is about.
fn name_to_read<'a>(parameter: &'static str, text: &str) -> Result<Name, Outcome<'a>> {
    Name::parse(text).map_err(|error| Outcome::BadName { parameter, error })
}

/// Reads the name that a write is about.
fn name_to_write<'a>(parameter: &'static str, text: &str) -> Result<Name, Outcome<'a>> {
    Name::parse(text).map_err(|error| Outcome::Refused(format!("{parameter}: {error}")))
}

/// Something was asked of the state, and it cannot say.
fn cannot_say<'a>(error: StoreError) -> Outcome<'a> {
    Outcome::Failed(format!("{:#}", anyhow::Error::from(error)))
}

/// Something was to be kept, and is not.
fn cannot_keep<'a>(error: StoreError) -> Outcome<'a> {
    Outcome::Refused(format!("{:#}", anyhow::Error::from(error)))
}

/// Either way it is an answer.
fn either<'a>(answered: Result<Outcome<'a>, Outcome<'a>>) -> Outcome<'a> {
    answered.unwrap_or_else(|outcome| outcome)
}

impl<'a> Request<'a> {
    /// The answer out of one generation. `name` is room for the name that is asked for.
    pub(crate) fn answer(&'a self, ground: Ground<'a>, name: &'a mut NameBuffer) -> Outcome<'a> {
        let zone_set = &ground.snapshot.zone_set;
        match self {
            Request::Initialize(request) => request.answer(),
            Request::Lookup(request) => {
                request.answer(zone_set, ground.snapshot.selection.as_deref(), name)
            }
            Request::ApiLookup(request) => request.answer(zone_set, None, name),
            Request::List(request) => request.answer(zone_set, name),
            Request::SearchRecords(request) => request.answer(ground),
            Request::GetAllDomains(request) => request.answer(zone_set),
            Request::GetDomainInfo(request) => request.answer(ground, name),
            Request::GetAllDomainMetadata(request) => request.answer(ground),
            Request::GetDomainMetadata(request) => request.answer(ground),
            Request::SetDomainMetadata(request) => request.answer(ground),
            Request::GetDomainKeys(request) => request.answer(ground),
            Request::AddDomainKey(request) => request.answer(ground),
            Request::RemoveDomainKey(request) => request.remove(ground),
            Request::ActivateDomainKey(request) => request.activate(ground, true),
            Request::DeactivateDomainKey(request) => request.activate(ground, false),
            Request::PublishDomainKey(request) => request.publish(ground, true),
            Request::UnpublishDomainKey(request) => request.publish(ground, false),
            Request::GetBeforeAndAfterNamesAbsolute(request) => request.answer(ground),
            Request::GetTsigKey(request) => request.answer(ground),
            Request::GetTsigKeys(request) => request.answer(ground),
            Request::SetTsigKey(request) => request.answer(ground),
            Request::DeleteTsigKey(request) => request.answer(ground),
            Request::GetUpdatedMasters(request) => request.answer(ground),
            Request::SetNotified(request) => request.answer(ground),
            Request::GetUnfreshSlaveInfos(request) => request.answer(),
            Request::SetFresh(request) | Request::SetStale(request) => request.answer(ground),
            Request::SuperMasterBackend(request) => request.answer(),
            Request::CreateSlaveDomain(request) => request.answer(),
            Request::StartTransaction(request)
            | Request::CommitTransaction(request)
            | Request::AbortTransaction(request)
            | Request::FeedRecord(request)
            | Request::FeedEnts(request)
            | Request::FeedEnts3(request)
            | Request::ReplaceRrSet(request) => request.answer(),
            Request::DirectBackendCmd(request) => request.answer(ground),
            Request::Unknown(request) => request.answer(),
        }
    }
}
