//! What of the changes is wanted.

use zonesmith_zone::name::Name;

/// Names and zones that one stream may choose: beyond it, all of them and a filter of one's own are cheaper.
const MOST_CHOSEN: usize = 256;

/// The query of a stream.
#[derive(Debug, Default)]
pub(super) struct Filter {
    names: Vec<Name>,
    zones: Vec<Name>,
    /// A place, not read yet.
    pub(super) since: Option<String>,
    /// Whether what caches have to forget is told, too.
    pub(super) with_forget: bool,
}

impl Filter {
    /// Reads a query.
    pub(super) fn read(query: &[(String, String)]) -> Result<Self, String> {
        let mut filter = Self::default();
        for (key, value) in query {
            let name =
                || Name::parse(value).map_err(|error| format!("`{value}` is no name: {error}"));
            match key.as_str() {
                "name" => filter.names.push(name()?),
                "zone" => filter.zones.push(name()?),
                "since" => filter.since = Some(value.clone()),
                "forget" => filter.with_forget = value == "1",
                other => {
                    return Err(format!(
                        "there is no `{other}` here: a stream takes `name`, `zone`, `since` and `forget`"
                    ));
                }
            }
        }
        if filter.names.len() + filter.zones.len() > MOST_CHOSEN {
            return Err(format!(
                "a stream chooses at most {MOST_CHOSEN} names and zones"
            ));
        }
        if filter.with_forget && !filter.is_open() {
            return Err(
                "`forget` goes with all names: what a change makes untrue may be in another zone"
                    .into(),
            );
        }
        Ok(filter)
    }

    /// Whether everything is wanted.
    pub(super) fn is_open(&self) -> bool {
        self.names.is_empty() && self.zones.is_empty()
    }

    /// Whether this name is.
    pub(super) fn wants(&self, name: &Name) -> bool {
        self.is_open()
            || self.names.contains(name)
            || self
                .zones
                .iter()
                .any(|zone| name.as_ref().is_at_or_below(zone.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(query: &[(&str, &str)]) -> Result<Filter, String> {
        let pairs = query
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        Filter::read(&pairs.collect::<Vec<_>>())
    }

    #[test]
    fn names_are_exact_and_zones_whole() {
        let one = filter(&[("name", "WEB.demo"), ("zone", "10.in-addr.arpa.")]).unwrap();
        for (name, is_wanted) in [
            ("web.demo.", true),
            ("below.web.demo.", false),
            ("demo.", false),
            ("10.in-addr.arpa.", true),
            ("5.0.22.10.in-addr.arpa.", true),
            ("110.in-addr.arpa.", false),
        ] {
            assert_eq!(one.wants(&Name::parse(name).unwrap()), is_wanted, "{name}");
        }
        assert!(filter(&[]).unwrap().wants(&Name::root()));
    }

    #[test]
    fn what_is_not_understood_is_a_sentence() {
        for (query, sentence) in [
            (("nam", "x"), "there is no `nam` here"),
            (("name", "a..b"), "`a..b` is no name"),
        ] {
            let error = filter(&[query]).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
        let error = filter(&[("zone", "demo"), ("forget", "1")]).unwrap_err();
        assert!(error.contains("goes with all names"), "{error}");
        let many: Vec<_> = (0..=MOST_CHOSEN).map(|_| ("name", "x")).collect();
        assert!(filter(&many).is_err());
    }
}
