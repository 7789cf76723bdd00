//! What one round has forgotten, by the kind of cache.

use std::collections::BTreeSet;
use std::time::SystemTime;

use zonesmith_zone::name::Name;

use super::order::Order;
use super::target::Server;
use super::word::Step;
use crate::snapshot::forget::Extent;

/// Orders for all servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Purge {
    authoritative: Order,
    recursor: Order,
    /// The newest generation it is for.
    pub(super) generation: u64,
    /// When the oldest was published; none: nobody waits for it.
    pub(super) published: Option<SystemTime>,
}

impl Purge {
    /// What a step made untrue.
    pub(super) fn of(step: &Step) -> Self {
        let has_other_zones = !(step.came.is_empty() && step.went.is_empty());
        let resolver = &step.forget.resolver;
        let names = resolver.names.iter().cloned();
        let (moved, names): (_, Vec<_>) = names.partition(|name| step.only_moved.contains(name));
        Self {
            authoritative: Order {
                extent: step.forget.authoritative.clone(),
                has_other_zones,
                ..Order::default()
            },
            recursor: Order {
                extent: Extent {
                    names: names.into(),
                    subtrees: resolver.subtrees.clone(),
                },
                moved: BTreeSet::from_iter::<Vec<_>>(moved),
                has_other_zones,
            },
            generation: step.generation,
            published: Some(step.at),
        }
    }

    /// Everything: nobody knows what the caches hold, nor which zones they know.
    pub(super) fn whole(generation: u64, zones: &[Name]) -> Self {
        let order = Order {
            has_other_zones: true,
            ..Order::whole(zones)
        };
        Self {
            authoritative: order.clone(),
            recursor: order,
            generation,
            published: None,
        }
    }

    /// Puts both together. Says how many orders became whole zones.
    pub(super) fn add(&mut self, more: &Self, zones: &[Name]) -> u64 {
        let collapsed = [
            self.authoritative.add(&more.authoritative, zones),
            self.recursor.add(&more.recursor, zones),
        ];
        self.generation = self.generation.max(more.generation);
        self.published = match (self.published, more.published) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        collapsed.map(u64::from).iter().sum()
    }

    /// The same once more: nobody waits for it, and which zones there are is known.
    pub(super) fn again(mut self) -> Self {
        self.published = None;
        self.authoritative.has_other_zones = false;
        self.without_forward_zones()
    }

    /// For recursors that keep the forward zones they have.
    pub(super) fn without_forward_zones(mut self) -> Self {
        self.recursor.has_other_zones = false;
        self
    }

    pub(super) fn has_other_zones(&self) -> bool {
        self.authoritative.has_other_zones
    }

    /// Whether there is nothing to do for anybody.
    pub(super) fn is_empty(&self) -> bool {
        self.authoritative.is_empty() && self.recursor.is_empty()
    }

    /// What this server has to forget.
    pub(super) fn order_for(&self, server: &Server) -> &Order {
        match server {
            Server::Authoritative(_) => &self.authoritative,
            Server::Recursor(_) => &self.recursor,
        }
    }
}
