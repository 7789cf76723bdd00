//! A policy over every service of a cluster, one instance for all, as the daemon does it.

use std::sync::Arc;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use zonesmith_cluster::{Service, State};
use zonesmith_zone::record::{Origin, ZoneDeclaration};

use crate::policy::{
    Call, Component, Configuration, EMBEDDED, Engine, Failure, Instance, Refusal, Synthesis,
    embedded,
};

/// Settings of a policy without any.
pub const NO_SETTINGS: &str = "{}";

/// What one policy said.
pub struct Run {
    /// Which one.
    pub component: Component,
    /// The zones it wants served.
    pub zones: Vec<ZoneDeclaration>,
    /// Of the configuration first, then of each service, in order of the paths.
    pub answers: Vec<Answer>,
}

/// What a policy said of one service, or of none.
pub struct Answer {
    /// None: it is the configuration's.
    pub service: Option<Arc<Service>>,
    /// What came of it.
    pub said: Result<Synthesis, Failure>,
    /// What the instance has after it; nothing for a call that failed.
    pub call: Call,
    /// Processor time that it took, with what the host does for it.
    pub time: Duration,
}

impl Run {
    /// Has a policy name every service of a cluster.
    ///
    /// # Errors
    ///
    /// A refusal at stage instantiate or configure.
    pub fn of(component: &Component, state: &State, settings: &Arc<str>) -> Result<Self, Refusal> {
        let cluster = Arc::new(state.cluster.clone());
        let (started, time) = timed(|| Instance::start(component, cluster, Arc::clone(settings)));
        let (mut instance, configuration) = started?;
        let Configuration {
            zones,
            records,
            diagnostics,
        } = configuration;
        let mut answers = vec![Answer {
            service: None,
            said: Ok(Synthesis {
                records,
                diagnostics,
            }),
            call: instance.last_call(),
            time,
        }];
        answers.extend(state.services.values().map(|service| {
            let (said, time) = timed(|| instance.synthesize(service));
            let call = match said {
                Ok(_) => instance.last_call(),
                Err(_) => Call::default(),
            };
            Answer {
                service: Some(Arc::clone(service)),
                said,
                call,
                time,
            }
        }));
        Ok(Self {
            component: component.clone(),
            zones,
            answers,
        })
    }

    /// The same, and before it the policies it needs: one that has no zones adds to those of the embedded one.
    ///
    /// # Errors
    ///
    /// As [`Run::of`]; of the embedded policy, too.
    pub fn stack(
        engine: &Engine,
        component: &Component,
        state: &State,
        settings: &Arc<str>,
    ) -> Result<Vec<Self>, Refusal> {
        let run = Self::of(component, state, settings)?;
        if !run.zones.is_empty() {
            return Ok(vec![run]);
        }
        let default = Component::load(engine, EMBEDDED, embedded())?;
        Ok(vec![Self::of(&default, state, &NO_SETTINGS.into())?, run])
    }

    /// The name of the policy.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.component.description().name
    }

    /// The name of one of its rules.
    #[must_use]
    pub fn rule(&self, index: Option<u16>) -> Option<&str> {
        let rules = &self.component.description().rules;
        let rule = rules.get(usize::from(index?))?;
        Some(&rule.name)
    }
}

/// What a call gives, and the processor time that it took. Not in the daemon: there nobody needs to know, and asking costs.
pub(super) fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    // Where the system does not count, none seems to pass.
    let now =
        || clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from);
    let before = now();
    let given = call();
    (given, now().saturating_sub(before))
}

impl Answer {
    /// The path of the service.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        let service = self.service.as_ref()?;
        Some(service.path.as_str())
    }

    /// The node of an instance, and the id of a resource of it.
    #[must_use]
    pub fn place(&self, origin: Option<Origin>) -> (Option<&str>, Option<&str>) {
        let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        let instance = self
            .service
            .as_ref()
            .zip(origin)
            .and_then(|(service, origin)| service.instances.get(at(origin.instance)));
        let Some(instance) = instance else {
            return (None, None);
        };
        let resource = origin
            .and_then(|origin| origin.resource)
            .and_then(|resource| instance.resources.get(at(resource)));
        (Some(&instance.node), resource.map(|resource| &*resource.id))
    }
}
