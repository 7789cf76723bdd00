//! `zonesmith:policy@1`: its bindings, and what they are in our types.
//!
//! The only generated code of this crate is in here, and the only place that knows both shapes. Structs are taken apart where
//! they are translated, so that a field added on one side does not compile until somebody thought about it.

mod given;
mod said;

use wasmtime::Store;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::zone_set::RecordRef;

use self::bindings::zonesmith::policy::{cluster, dns, log};
use self::bindings::{ZonePolicy, ZonePolicyIndices};
use self::given::{with_cluster, with_service};
use self::said::{from_configuration, from_description, from_synthesis};
use super::since_v1_1 as selection;
use crate::policy::imports::{Host, Level};
use crate::policy::{Configuration, Description, Synthesis};
use crate::snapshot::selection::Question;

mod bindings {
    #![allow(
        missing_docs,
        unreachable_pub,
        reason = "generated from the contract, which has the documentation"
    )]

    wasmtime::component::bindgen!({
        path: "../wit/since_v1.0",
        world: "zone-policy",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// Adds what a policy of this contract may import.
pub(super) fn add_imports(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    ZonePolicy::add_to_linker::<_, HasSelf<_>>(linker, |host| host)
}

impl log::Host for Host {
    fn log(&mut self, level: log::Level, message: String) {
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        self.write_line(level, &message);
    }
}

impl dns::Host for Host {}

impl cluster::Host for Host {}

/// A component of this contract, ready to be instantiated.
pub(in crate::policy) struct Linked {
    linked: InstancePre<Host>,
    policy: ZonePolicyIndices,
    selection: Option<selection::Found>,
}

impl Linked {
    pub(super) fn new(component: &Component, linked: InstancePre<Host>) -> wasmtime::Result<Self> {
        Ok(Self {
            policy: ZonePolicyIndices::new(&linked)?,
            selection: selection::Found::find(component, &linked)?,
            linked,
        })
    }

    pub(super) fn selects(&self) -> bool {
        self.selection.is_some()
    }

    pub(super) fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<Guest> {
        let instance = self.linked.instantiate(&mut *store)?;
        let selection = self.selection.as_ref();
        Ok(Guest {
            policy: self.policy.load(&mut *store, &instance)?,
            selection: selection
                .map(|found| found.of(store, &instance))
                .transpose()?,
        })
    }
}

/// The exports of an instance.
pub(in crate::policy) struct Guest {
    policy: ZonePolicy,
    selection: Option<selection::Exported>,
}

impl Guest {
    pub(super) fn describe(&self, store: &mut Store<Host>) -> wasmtime::Result<Description> {
        let naming = self.policy.zonesmith_policy_naming();
        naming.call_describe(store).map(from_description)
    }

    pub(super) fn configure(
        &self,
        store: &mut Store<Host>,
        cluster: &Cluster,
        settings: &str,
    ) -> wasmtime::Result<Result<Configuration, String>> {
        let naming = self.policy.zonesmith_policy_naming();
        let answer = with_cluster(cluster, |cluster| {
            naming.call_configure(store, cluster, settings)
        })?;
        Ok(answer.map(from_configuration))
    }

    pub(super) fn synthesize(
        &self,
        store: &mut Store<Host>,
        service: &Service,
    ) -> wasmtime::Result<Result<Synthesis, String>> {
        let naming = self.policy.zonesmith_policy_naming();
        let answer = with_service(service, |service| naming.call_synthesize(store, service))?;
        Ok(answer.map(from_synthesis))
    }

    pub(super) fn choose(
        &self,
        store: &mut Store<Host>,
        question: &Question<'_>,
        records: &[RecordRef<'_>],
    ) -> wasmtime::Result<selection::Said> {
        match &self.selection {
            Some(selection) => selection.choose(store, question, records),
            None => Ok(None),
        }
    }
}
