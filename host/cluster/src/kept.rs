//! A cluster and services as they are kept across restarts: JSON again, and exactly what the value is.
//!
//! Not the language of the document ([`crate::document`]): that one is for people and means what its reader makes of it,
//! so that a problem, an address that an agent said in an odd place, or the score that an instance was last handed on with
//! would not come back as they were. Here every field stands for itself and nothing is interpreted again.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::availability::Availability;
use crate::cluster::{Cluster, Network, NetworkScope, Node};
use crate::info::{Info, SharedInfos};
use crate::problem::Problem;
use crate::service::{Instance, Resource, Service};

/// Why a text is nothing that was kept.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// Not what is written here.
    #[error("it is not what was kept")]
    Json(#[from] serde_json::Error),
    /// A word of it has no meaning.
    #[error("`{0}` has no meaning")]
    Word(String),
}

#[derive(Serialize, Deserialize)]
struct KeptCluster<'a> {
    name: String,
    dns: Vec<IpAddr>,
    #[serde(borrow)]
    nodes: Vec<KeptNode<'a>>,
    #[serde(borrow)]
    networks: Vec<KeptNetwork<'a>>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
    problems: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct KeptNode<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    score: Option<u8>,
    addresses: Vec<IpAddr>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
}

#[derive(Serialize, Deserialize)]
struct KeptNetwork<'a> {
    name: String,
    prefix: String,
    repeats: bool,
    subnets: Vec<(String, String)>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
}

#[derive(Serialize, Deserialize)]
struct KeptService<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    labels: Vec<(Box<str>, Box<str>)>,
    #[serde(borrow)]
    instances: Vec<KeptInstance<'a>>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
    problems: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct KeptInstance<'a> {
    #[serde(borrow)]
    node: Cow<'a, str>,
    score: Option<u8>,
    #[serde(borrow)]
    state: Cow<'a, str>,
    #[serde(borrow)]
    resources: Vec<KeptResource<'a>>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
}

#[derive(Serialize, Deserialize)]
struct KeptResource<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
    addresses: Vec<IpAddr>,
    hostname: Option<Box<str>>,
    exposes: Vec<String>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
}

/// The cluster, and the problems that belong to no service.
///
/// # Errors
/// None that can be met: there is nothing in it that JSON cannot say.
pub fn write_cluster(cluster: &Cluster, problems: &[Problem]) -> Result<Vec<u8>, KeptError> {
    let Cluster {
        name,
        nameservers,
        nodes,
        networks,
        info,
    } = cluster;
    let kept = KeptCluster {
        name: name.clone(),
        dns: nameservers.clone(),
        nodes: nodes.iter().map(kept_node).collect::<Result<_, _>>()?,
        networks: networks
            .iter()
            .map(kept_network)
            .collect::<Result<_, _>>()?,
        info: raw(info)?,
        problems: problems.iter().map(pair).collect(),
    };
    Ok(serde_json::to_vec(&kept)?)
}

/// One service, with everything of it.
///
/// # Errors
/// As [`write_cluster`].
pub fn write_service(service: &Service) -> Result<Vec<u8>, KeptError> {
    let Service {
        path,
        labels,
        instances,
        info,
        problems,
    } = service;
    let kept = KeptService {
        path: path.as_str().into(),
        labels: labels.clone(),
        instances: instances
            .iter()
            .map(kept_instance)
            .collect::<Result<_, _>>()?,
        info: raw(info)?,
        problems: problems.iter().map(pair).collect(),
    };
    Ok(serde_json::to_vec(&kept)?)
}

fn kept_node(node: &Node) -> Result<KeptNode<'_>, KeptError> {
    let Node {
        name,
        score,
        addresses,
        info,
    } = node;
    Ok(KeptNode {
        name: Cow::from(&**name),
        score: *score,
        addresses: addresses.clone(),
        info: raw(info)?,
    })
}

fn kept_network(network: &Network) -> Result<KeptNetwork<'_>, KeptError> {
    let Network {
        name,
        prefix,
        scope,
        subnets,
        info,
    } = network;
    Ok(KeptNetwork {
        name: name.clone(),
        prefix: prefix.to_string(),
        repeats: *scope == NetworkScope::Node,
        subnets: subnets
            .iter()
            .map(|(node, prefix)| (node.clone(), prefix.to_string()))
            .collect(),
        info: raw(info)?,
    })
}

fn kept_instance(instance: &Instance) -> Result<KeptInstance<'_>, KeptError> {
    let Instance {
        node,
        score,
        availability,
        resources,
        info,
    } = instance;
    Ok(KeptInstance {
        node: Cow::from(&**node),
        score: *score,
        state: availability.word().into(),
        resources: resources
            .iter()
            .map(kept_resource)
            .collect::<Result<_, _>>()?,
        info: raw(info)?,
    })
}

fn kept_resource(resource: &Resource) -> Result<KeptResource<'_>, KeptError> {
    let Resource {
        id,
        status,
        addresses,
        hostname,
        exposes,
        info,
    } = resource;
    Ok(KeptResource {
        id: Cow::from(&**id),
        state: status.word().into(),
        addresses: addresses.to_vec(),
        hostname: hostname.clone(),
        exposes: exposes.iter().map(ToString::to_string).collect(),
        info: raw(info)?,
    })
}

fn pair(problem: &Problem) -> (String, String) {
    (problem.path.clone(), problem.message.clone())
}

fn raw(info: &Info) -> Result<Option<&RawValue>, KeptError> {
    if info.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(info.as_json())?))
}

/// Reads what was kept. All that one has read share the names of nodes and resources.
#[derive(Default)]
pub struct KeptReader {
    shared: HashSet<Arc<str>>,
    infos: SharedInfos,
}

impl KeptReader {
    /// The cluster, and the problems that belong to no service.
    ///
    /// # Errors
    /// It is not what [`write_cluster`] writes.
    pub fn read_cluster(&mut self, json: &[u8]) -> Result<(Cluster, Vec<Problem>), KeptError> {
        let KeptCluster {
            name,
            dns,
            nodes,
            networks,
            info,
            problems,
        } = serde_json::from_slice(json)?;
        let mut cluster = Cluster {
            name,
            nameservers: dns,
            nodes: Vec::with_capacity(nodes.len()),
            networks: networks
                .into_iter()
                .map(network)
                .collect::<Result<_, _>>()?,
            info: Info::kept(info),
        };
        for node in nodes {
            cluster.nodes.push(Node {
                name: self.share(&node.name),
                score: node.score,
                addresses: node.addresses,
                info: Info::kept(node.info),
            });
        }
        Ok((cluster, problems.into_iter().map(problem).collect()))
    }

    /// A service.
    ///
    /// # Errors
    /// It is not what [`write_service`] writes.
    pub fn read_service(&mut self, json: &[u8]) -> Result<Service, KeptError> {
        let KeptService {
            path,
            labels,
            instances,
            info,
            problems,
        } = serde_json::from_slice(json)?;
        Ok(Service {
            path: path
                .parse()
                .map_err(|_| KeptError::Word(path.to_string()))?,
            labels,
            instances: instances
                .into_iter()
                .map(|instance| self.instance(instance))
                .collect::<Result<_, _>>()?,
            info: self.infos.share(Info::kept(info)),
            problems: problems.into_iter().map(problem).collect(),
        })
    }

    fn instance(&mut self, kept: KeptInstance<'_>) -> Result<Instance, KeptError> {
        let KeptInstance {
            node,
            score,
            state,
            resources,
            info,
        } = kept;
        Ok(Instance {
            node: self.share(&node),
            score,
            availability: availability(&state)?,
            resources: resources
                .into_iter()
                .map(|resource| self.resource(resource))
                .collect::<Result<_, _>>()?,
            info: self.infos.share(Info::kept(info)),
        })
    }

    fn resource(&mut self, kept: KeptResource<'_>) -> Result<Resource, KeptError> {
        let KeptResource {
            id,
            state,
            addresses,
            hostname,
            exposes,
            info,
        } = kept;
        let expose = |text: String| text.parse().map_err(|_| KeptError::Word(text));
        let exposes: Vec<_> = exposes.into_iter().map(expose).collect::<Result<_, _>>()?;
        Ok(Resource {
            id: self.share(&id),
            status: availability(&state)?,
            addresses: addresses.into(),
            hostname,
            exposes: exposes.into(),
            info: Info::kept(info),
        })
    }

    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(text) = self.shared.get(text) {
            return Arc::clone(text);
        }
        let text: Arc<str> = text.into();
        self.shared.insert(Arc::clone(&text));
        text
    }
}

fn network(kept: KeptNetwork<'_>) -> Result<Network, KeptError> {
    let KeptNetwork {
        name,
        prefix,
        repeats,
        subnets,
        info,
    } = kept;
    let read = |text: String| text.parse().map_err(|_| KeptError::Word(text));
    Ok(Network {
        name,
        prefix: read(prefix)?,
        scope: if repeats {
            NetworkScope::Node
        } else {
            NetworkScope::Cluster
        },
        subnets: subnets
            .into_iter()
            .map(|(node, prefix)| Ok((node, read(prefix)?)))
            .collect::<Result<_, KeptError>>()?,
        info: Info::kept(info),
    })
}

fn availability(word: &str) -> Result<Availability, KeptError> {
    Availability::parse(word).ok_or_else(|| KeptError::Word(word.to_owned()))
}

fn problem((path, message): (String, String)) -> Problem {
    Problem { path, message }
}
