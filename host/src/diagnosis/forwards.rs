//! Whom a recursor asks for which zone, out of its settings and the file that they name, in either of its languages.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::control::Controlled;
use super::cure::{Cure, Edit};
use super::scene::shell_word;

/// Zones, each with whom to ask.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Forwards {
    /// By the zone, with its last dot.
    zones: BTreeMap<String, Vec<String>>,
    /// Where they stand, if that is a file of its own.
    file: Option<Utf8PathBuf>,
}

impl Forwards {
    /// As the recursor has them now.
    pub(super) fn of(server: &Controlled) -> Self {
        let Some(settings) = server.settings() else {
            return Self::default();
        };
        let file = settings.text("forward-zones-file");
        let file = (!file.is_empty()).then(|| Utf8PathBuf::from(file));
        let text = file.as_ref().map(std::fs::read_to_string);
        let mut zones = lines(&settings.text("forward-zones").replace(',', "\n"), ';');
        let text = text.and_then(Result::ok).unwrap_or_default();
        zones.extend(match &file {
            Some(file) if file.as_str().ends_with(".yml") => yaml(&text),
            Some(_) | None => lines(&text, ','),
        });
        Self { zones, file }
    }

    /// Whom it asks for a zone, if that is said of exactly this zone.
    pub(super) fn find(&self, zone: &str) -> Option<&[String]> {
        self.zones.get(zone).map(Vec::as_slice)
    }

    /// Has it ask this server for these zones.
    pub(super) fn set(&self, server: &Controlled, zones: &[String], place: &str) -> Cure {
        if let Some(command) = &server.deploys {
            return Cure::command(command.as_str()).then(Cure::commands(reread(server, zones)));
        }
        let edit = match &self.file {
            Some(file) if file.as_str().ends_with(".yml") => {
                let line = |zone: &String| {
                    format!("- {{zone: '{zone}', forwarders: ['{place}'], notify_allowed: true}}")
                };
                Edit::lines(file.as_str(), zones.iter().map(line))
            }
            Some(file) => Edit::lines(
                file.as_str(),
                zones.iter().map(|zone| format!("^{zone}={place}")),
            ),
            None => {
                let mut all = self.zones.clone();
                all.extend(
                    zones
                        .iter()
                        .map(|zone| (zone.clone(), vec![place.to_owned()])),
                );
                let all = all
                    .iter()
                    .map(|(zone, to)| format!("{zone}={}", to.join(";")));
                let all: Vec<_> = all.collect();
                Edit::lines(
                    server.file().as_str(),
                    [format!("forward-zones={}", all.join(","))],
                )
            }
        };
        Cure::edit(edit).then(Cure::commands(reread(server, zones)))
    }
}

/// Has it read its forwards, and forget what it heard of zones from others.
pub(super) fn reread(server: &Controlled, zones: &[String]) -> [String; 2] {
    let subtrees = zones.iter().map(|zone| shell_word(&format!("{zone}$")));
    let subtrees: Vec<_> = subtrees.collect();
    [
        server.control("reload-zones"),
        server.control(&format!("wipe-cache {}", subtrees.join(" "))),
    ]
}

/// `+^demo.=127.0.0.1:5300, 10.0.0.1`, a line each.
fn lines(text: &str, between: char) -> BTreeMap<String, Vec<String>> {
    let lines = text.lines().filter_map(|line| line.split('#').next());
    let pairs = lines.filter_map(|line| {
        let (zone, places) = line.split_once('=')?;
        let zone = zone.trim().trim_start_matches(['+', '^']);
        let places = places.split(between).map(|place| place.trim().to_owned());
        Some((with_dot(zone), places.collect()))
    });
    pairs.collect()
}

/// `- zone: 'demo.'`, and its forwarders in one line, as we write it.
fn yaml(text: &str) -> BTreeMap<String, Vec<String>> {
    let bare = |text: &str| text.trim().trim_matches(['\'', '"']).to_owned();
    let mut zones = BTreeMap::new();
    let mut zone = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("- zone:") {
            zone = with_dot(&bare(name));
        } else if let Some(places) = line.strip_prefix("forwarders:") {
            let places = places.trim().trim_matches(['[', ']']);
            zones.insert(zone.clone(), places.split(',').map(bare).collect());
        }
    }
    zones
}

fn with_dot(zone: &str) -> String {
    let zone = zone.to_ascii_lowercase();
    if zone.ends_with('.') {
        zone
    } else {
        format!("{zone}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwards_are_read_in_each_language() {
        let expected = |places: &[&str]| {
            let places = places.iter().map(|&place| place.to_owned()).collect();
            BTreeMap::from([("demo.".to_owned(), places)])
        };
        assert_eq!(
            lines("+^Demo=127.0.0.1:5300, 10.0.0.1 # ours\n", ','),
            expected(&["127.0.0.1:5300", "10.0.0.1"])
        );
        assert_eq!(
            lines("demo.=127.0.0.1:5300;10.0.0.1", ';'),
            expected(&["127.0.0.1:5300", "10.0.0.1"])
        );
        let text = "- zone: 'demo.'\n  forwarders: ['127.0.0.1:5300']\n  notify_allowed: true\n";
        assert_eq!(yaml(text), expected(&["127.0.0.1:5300"]));
    }
}
