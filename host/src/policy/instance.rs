//! The life of an instance: configured once, reused for call after call, thrown away at the first that fails.
//!
//! One live instance answers a service in a fifth of the time that a fresh one for each would take. But what a failed call
//! leaves behind is not to be trusted: after a trap the instance cannot be entered again, after an answer over the limit it
//! can, with whatever it had allocated. So after *any* failure, the policy's own error included, the store is dropped, and
//! the next call starts a new one and configures it with the same cluster and settings. What that configuration says is
//! ignored: same inputs, and an instance may keep nothing that changes an answer.
//!
//! An instance that leaks is replaced too, once it has used up half of the memory that was left to it when it was
//! configured: so a leak costs microseconds now and then, and never a service its records.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::record::Origin;

use super::limits::enough_memory;
use super::session::Session;
use super::{Call, Component, Configuration, Failure, Refusal, Stage, Synthesis};

/// A component at work: it knows a cluster and its settings, and makes records of services.
pub struct Instance {
    component: Component,
    cluster: Arc<Cluster>,
    settings: Arc<str>,
    /// None after a failed call, until the next one.
    live: Option<Live>,
    last: Call,
    spent: Duration,
}

/// A session that is configured.
struct Live {
    session: Session,
    /// Octets of memory above which it is replaced.
    enough: usize,
}

impl Instance {
    /// Brings `component` to life and configures it; `settings` is a JSON text.
    ///
    /// # Errors
    ///
    /// A refusal at stage instantiate or configure.
    pub fn start(
        component: &Component,
        cluster: Arc<Cluster>,
        settings: Arc<str>,
    ) -> Result<(Self, Configuration), Refusal> {
        let refuse = |stage| {
            move |failure: Failure| Refusal {
                stage,
                reason: failure.message,
            }
        };
        let mut session = component.open().map_err(refuse(Stage::Instantiate))?;
        let mut configuration = session
            .configure(&cluster, &settings)
            .map_err(refuse(Stage::Configure))?;
        let rules = component.description().rules.len();
        let mut strays = 0;
        for record in &mut configuration.records {
            strays += usize::from(!keep_rule(&mut record.rule, rules));
            strays += usize::from(record.origin.take().is_some());
        }
        for diagnostic in &mut configuration.diagnostics {
            strays += usize::from(!keep_rule(&mut diagnostic.rule, rules));
            strays += usize::from(diagnostic.origin.take().is_some());
        }
        let cost = session.cost_of_configure();
        let live = Some(Live::new(session));
        Ok((
            Self {
                component: component.clone(),
                cluster,
                settings,
                live,
                last: Call { cost, strays },
                spent: Duration::ZERO,
            },
            configuration,
        ))
    }

    /// The component it is an instance of.
    #[must_use]
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// Records for `service`.
    ///
    /// # Errors
    ///
    /// A failure. The instance is as good as new for the next service; of this one the policy will say the same again.
    pub fn synthesize(&mut self, service: &Service) -> Result<Synthesis, Failure> {
        let started = Instant::now();
        let synthesis = self.try_to_synthesize(service);
        self.spent += started.elapsed();
        synthesis
    }

    /// What calls for services took so far.
    #[must_use]
    pub fn spent(&self) -> Duration {
        self.spent
    }

    fn try_to_synthesize(&mut self, service: &Service) -> Result<Synthesis, Failure> {
        // Taken out, so that a failure of any kind leaves none behind.
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.revive()?,
        };
        let mut synthesis = live.session.synthesize(service)?;
        let cost = live.session.cost_of_synthesize(service);
        if live.session.memory() <= live.enough {
            self.live = Some(live);
        }
        let rules = self.component.description().rules.len();
        let mut strays = 0;
        for record in &mut synthesis.records {
            strays += usize::from(!keep_rule(&mut record.rule, rules));
            strays += usize::from(!keep_origin(&mut record.origin, service));
        }
        for diagnostic in &mut synthesis.diagnostics {
            strays += usize::from(!keep_rule(&mut diagnostic.rule, rules));
            strays += usize::from(!keep_origin(&mut diagnostic.origin, service));
        }
        self.last = Call { cost, strays };
        Ok(synthesis)
    }

    /// What the last call that gave an answer was like: `configure`, until a service was asked for.
    #[must_use]
    pub fn last_call(&self) -> Call {
        self.last
    }

    fn revive(&self) -> Result<Live, Failure> {
        let mut session = self.component.open()?;
        session.configure(&self.cluster, &self.settings)?;
        Ok(Live::new(session))
    }
}

impl Live {
    fn new(session: Session) -> Self {
        let configured = session.memory();
        Self {
            session,
            enough: enough_memory(configured),
        }
    }
}

/// Drops a rule that the policy has not: a slip of its author must not make `explain` fail later. Whether it was kept.
pub(super) fn keep_rule(rule: &mut Option<u16>, rules: usize) -> bool {
    let given = *rule;
    *rule = given.filter(|rule| usize::from(*rule) < rules);
    *rule == given
}

/// Drops an origin that the service has not, as the contract says. Whether it was kept.
pub(super) fn keep_origin(origin: &mut Option<Origin>, service: &Service) -> bool {
    let given = *origin;
    *origin = given.filter(|origin| {
        let index = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        let instance = service.instances.get(index(origin.instance));
        instance.is_some_and(|instance| {
            origin
                .resource
                .is_none_or(|resource| index(resource) < instance.resources.len())
        })
    });
    *origin == given
}
