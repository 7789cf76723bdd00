//! Pieces of services: each is made of a description, if it has one, and of its instances.

use std::sync::Arc;

use super::{PieceNews, Pieces, Where, fault};
use crate::document::DocumentError;
use crate::info::Info;
use crate::problem::Problem;
use crate::reconcile::settled_score;
use crate::service::{Instance, Service};
use crate::service_path::ServicePath;

impl Pieces {
    pub(super) fn put_description(
        &mut self,
        key: &str,
        path: &str,
        value: &[u8],
        news: &mut PieceNews,
    ) {
        let Ok(whole) = path.parse::<ServicePath>() else {
            news.has_cluster |= self.strangers.insert(key.into());
            return;
        };
        let is_new = self.described.insert(whole.clone());
        let read = self.reader.read_service(&whole, value).and_then(|read| {
            if read.instances.is_empty() {
                return Ok(read);
            }
            Err(DocumentError::Invalid {
                path: format!("services.{whole}.instances"),
                message: "instances have keys of their own, one for each node".to_owned(),
            })
        });
        match read {
            Ok(read) => self.take(&whole, None, read.problems, news, |service| {
                describe(service, read.labels, read.info)
            }),
            Err(error) => {
                let known = self.known(path).filter(|_| is_new);
                self.take(&whole, None, vec![fault(key, error)], news, |service| {
                    known.is_some_and(|known| {
                        describe(service, known.labels.clone(), known.info.clone())
                    })
                });
            }
        }
    }

    pub(super) fn put_instance(
        &mut self,
        key: &str,
        path: &str,
        node: &str,
        value: &[u8],
        news: &mut PieceNews,
    ) {
        let Ok(whole) = path.parse::<ServicePath>() else {
            news.has_cluster |= self.strangers.insert(key.into());
            return;
        };
        let name = self.reader.node(node);
        let (instance, problems) = match self.reader.read_instance(&whole, node, value) {
            Ok((instance, problems)) => (Some(instance), problems),
            Err(error) => {
                let is_there = self.services.get(path).is_some_and(|service| {
                    let mut instances = service.instances.iter();
                    instances.any(|instance| *instance.node == *node)
                });
                let known = self.known(path).filter(|_| !is_there).and_then(|known| {
                    let mut instances = known.instances.iter();
                    instances.find(|instance| *instance.node == *node).cloned()
                });
                (known, vec![fault(key, error)])
            }
        };
        self.take(&whole, Some(name), problems, news, |service| {
            instance.is_some_and(|instance| put_instance(service, instance))
        });
    }

    pub(super) fn remove_description(&mut self, path: &str, news: &mut PieceNews) {
        if self.described.remove(path) {
            self.change(path, &None, news, |service| {
                describe(service, Vec::new(), Info::default())
            });
        }
    }

    pub(super) fn remove_instance(&mut self, path: &str, node: &str, news: &mut PieceNews) {
        let node = self.reader.node(node);
        self.change(path, &Some(Arc::clone(&node)), news, |service| {
            let of_node = |instance: &Instance| instance.node == node;
            let is_there = service.instances.iter().any(of_node);
            if is_there {
                let service = Arc::make_mut(service);
                service.instances.retain(|instance| !of_node(instance));
            }
            is_there
        });
    }

    fn known(&self, path: &str) -> Option<Arc<Service>> {
        self.last_good.as_ref()?.services.get(path).cloned()
    }

    /// Changes a service, which begins with its first piece.
    fn take(
        &mut self,
        path: &ServicePath,
        place: Where,
        problems: Vec<Problem>,
        news: &mut PieceNews,
        change: impl FnOnce(&mut Arc<Service>) -> bool,
    ) {
        if !self.services.contains_key(path) {
            let service = Service {
                path: path.clone(),
                labels: Vec::new(),
                instances: Vec::new(),
                info: Info::default(),
                problems: Vec::new(),
            };
            self.services.insert(path.clone(), Arc::new(service));
            news.services.insert(path.clone());
        }
        if !problems.is_empty() {
            let faults = self.faults.entry(path.clone()).or_default();
            faults.insert(place, problems);
            return self.change_with(path.as_str(), news, change);
        }
        self.change(path.as_str(), &place, news, change);
    }

    /// Changes a service that is there, and forgets the faults at this place of it. It goes with its last piece.
    fn change(
        &mut self,
        path: &str,
        place: &Where,
        news: &mut PieceNews,
        change: impl FnOnce(&mut Arc<Service>) -> bool,
    ) {
        if let Some(faults) = self.faults.get_mut(path) {
            faults.remove(place);
            if faults.is_empty() {
                self.faults.remove(path);
            }
        }
        self.change_with(path, news, change);
    }

    fn change_with(
        &mut self,
        path: &str,
        news: &mut PieceNews,
        change: impl FnOnce(&mut Arc<Service>) -> bool,
    ) {
        let Some(service) = self.services.get_mut(path) else {
            return;
        };
        let mut is_other = change(service);
        let faults = self.faults.get(path);
        let problems = || {
            faults
                .into_iter()
                .flat_map(|faults| faults.values().flatten())
        };
        if !problems().eq(&service.problems) {
            Arc::make_mut(service).problems = problems().cloned().collect();
            is_other = true;
        }
        let is_over =
            service.instances.is_empty() && !self.described.contains(path) && faults.is_none();
        if is_other || is_over {
            news.services.insert(service.path.clone());
        }
        if is_over {
            self.services.remove(path);
        }
    }
}

/// Says whether it is another than before. Whoever was told of the service keeps what it was.
fn describe(service: &mut Arc<Service>, labels: Vec<(Box<str>, Box<str>)>, info: Info) -> bool {
    let is_other = service.labels != labels || service.info != info;
    if is_other {
        let service = Arc::make_mut(service);
        (service.labels, service.info) = (labels, info);
    }
    is_other
}

/// The same for an instance. A score that hardly moved is no news.
fn put_instance(service: &mut Arc<Service>, mut instance: Instance) -> bool {
    instance.score = settled_score(service, &instance);
    let place = service
        .instances
        .binary_search_by(|other| other.node.cmp(&instance.node));
    if place.is_ok_and(|place| service.instances.get(place) == Some(&instance)) {
        return false;
    }
    let service = Arc::make_mut(service);
    match place {
        Ok(place) => {
            if let Some(old) = service.instances.get_mut(place) {
                *old = instance;
            }
        }
        Err(place) => service.instances.insert(place, instance),
    }
    true
}
