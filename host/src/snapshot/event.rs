//! What a watcher is told, as plain data: a [`Step`] in the text of a master file, so that a program
//! may read the JSON of a newer daemon (a field that is missing is empty).

use serde::{Deserialize, Serialize};
use zonesmith_zone::delta::NameChange;
use zonesmith_zone::rdata;
use zonesmith_zone::zone_set::RecordRef;

use super::changes::{Step, ZoneChange, ZoneFate};
use super::forget::ForgetEvent;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The first of a stream: what is live, and whether the place that was asked for is known.
    Hello(Hello),
    /// A generation that differs in what is watched.
    Change(Change),
    /// What changed is not known: begin with what is live.
    Reset(Reset),
    /// The last of a stream, and why.
    Bye(Bye),
}

/// The first of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Hello {
    /// Where the stream begins.
    #[serde(flatten)]
    pub place: Place,
    /// The apexes of the zones that are served, where what caches have to forget is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
}

/// A generation of a run of the daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Place {
    /// Of the daemon.
    pub run: String,
    /// 0 before the first.
    pub generation: u64,
}

/// What one generation changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Change {
    /// The generation.
    pub generation: u64,
    /// When it was published, in milliseconds since 1970.
    pub at: u64,
    /// Names whose records differ, in canonical order.
    pub names: Vec<NameEvent>,
    /// Zones that came, went, or have another SOA.
    pub zones: Vec<ZoneEvent>,
    /// What caches have to forget because of it, where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forget: Option<ForgetEvent>,
}

/// A name whose records differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct NameEvent {
    /// Absolute, lower case.
    pub name: String,
    /// The sets of records that differ.
    pub rrsets: Vec<RrsetEvent>,
}

/// A set of records that is not as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RrsetEvent {
    /// `A`
    #[serde(rename = "type")]
    pub rtype: String,
    /// None: it came.
    pub before: Vec<RecordEvent>,
    /// None: it went.
    pub after: Vec<RecordEvent>,
}

/// One record of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RecordEvent {
    /// Seconds.
    pub ttl: u32,
    /// As in a master file.
    pub content: String,
}

/// A zone that came, went, or has another SOA.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ZoneEvent {
    /// Absolute, lower case.
    pub apex: String,
    /// `came`, `moved`, `went`
    pub what: String,
    /// Of its SOA; none: it went.
    pub serial: Option<u32>,
}

/// Why what changed is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Reset {
    /// Where the stream goes on.
    #[serde(flatten)]
    pub place: Place,
    /// `restarted`, `too-old`, `everything`
    pub reason: String,
    /// The apexes of the zones that are served, where what caches have to forget is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// What caches have to forget, where that is asked for and known: `everything` is a generation like others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forget: Option<ForgetEvent>,
}

/// Why a stream ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Bye {
    /// A sentence.
    pub reason: String,
}

impl Change {
    /// A step in text, without names and zones that `is_wanted` does not want.
    #[must_use]
    pub fn of(step: &Step, is_wanted: impl Fn(&zonesmith_zone::name::Name) -> bool) -> Self {
        let names = step.changed.names().iter();
        let names = names.filter(|change| is_wanted(&change.name));
        let zones = step.zones.iter().filter(|change| is_wanted(&change.apex));
        let since = step.at.duration_since(std::time::UNIX_EPOCH);
        Self {
            generation: step.generation,
            at: since.map_or(0, |since| {
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            }),
            names: names.map(NameEvent::of).collect(),
            zones: zones.map(ZoneEvent::of).collect(),
            forget: None,
        }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let forget = self.forget.as_ref();
        self.names.is_empty()
            && self.zones.is_empty()
            && forget.is_none_or(|forget| *forget == ForgetEvent::default())
    }
}

impl NameEvent {
    fn of(change: &NameChange) -> Self {
        let rrsets = change.rrsets();
        let texts = |records: &[RecordRef<'_>]| records.iter().map(RecordEvent::of).collect();
        let rrsets = rrsets.iter().map(|set| RrsetEvent {
            rtype: type_text(set.rtype),
            before: texts(&set.before),
            after: texts(&set.after),
        });
        Self {
            name: change.name.to_string(),
            rrsets: rrsets.collect(),
        }
    }
}

impl RecordEvent {
    /// A record in text.
    #[must_use]
    pub fn of(record: &RecordRef<'_>) -> Self {
        let mut content = Vec::new();
        rdata::write_content(record.rtype, record.octets, &mut content);
        Self {
            ttl: record.ttl,
            content: String::from_utf8_lossy(&content).into_owned(),
        }
    }
}

impl ZoneEvent {
    fn of(change: &ZoneChange) -> Self {
        let (what, serial) = match change.what {
            ZoneFate::Came(serial) => ("came", Some(serial)),
            ZoneFate::Moved(serial) => ("moved", Some(serial)),
            ZoneFate::Went => ("went", None),
        };
        Self {
            apex: change.apex.to_string(),
            what: what.to_owned(),
            serial,
        }
    }
}

/// `A`
#[must_use]
pub fn type_text(rtype: u16) -> String {
    let mut text = Vec::new();
    rdata::write_type(rtype, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
