//! What is waited for, and whether what is there is it.

use anyhow::Context as _;
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata;

use super::super::ask::with_last_dot;

/// Records told of that are there instead: a name may have hundreds.
const MOST_RECORDS: usize = 8;

/// What is waited for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) rtype: Option<String>,
    /// As the daemon writes it.
    value: Option<String>,
    is_gone: bool,
}

impl Wanted {
    pub(super) fn read(
        name: &str,
        rtype: Option<&str>,
        value: &[String],
        is_gone: bool,
    ) -> anyhow::Result<Self> {
        let (name, is_address) = match name.parse() {
            Ok(address) => (
                zonesmith_zone::reverse::reverse_name(address).to_string(),
                true,
            ),
            Err(_) => (with_last_dot(name.to_owned()), false),
        };
        let rtype = rtype
            .map(str::to_uppercase)
            .or_else(|| is_address.then(|| "PTR".to_owned()))
            .filter(|rtype| rtype != "ANY");
        let value = match (&rtype, value) {
            (_, []) => None,
            (Some(rtype), words) => Some(canonical(rtype, &words.join(" "))?),
            (None, _) => anyhow::bail!("a value has a type: `wait {name} A 10.0.0.1`"),
        };
        Ok(Self {
            name,
            rtype,
            value,
            is_gone,
        })
    }

    /// The name and the number of the type, as name servers are asked.
    pub(super) fn question(&self) -> anyhow::Result<(Name, Option<u16>)> {
        let name =
            Name::parse(&self.name).with_context(|| format!("`{}` is no name", self.name))?;
        let number = |rtype: &String| {
            rdata::parse_type(rtype.as_bytes())
                .with_context(|| format!("there is no type `{rtype}`"))
        };
        Ok((name, self.rtype.as_ref().map(number).transpose()?))
    }

    /// Whether these records of the name, type and content each, are as it is to be.
    pub(super) fn is_so<'a>(&self, records: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
        let is_it = |(rtype, content): (&str, &str)| {
            self.rtype.as_deref().is_none_or(|wanted| wanted == rtype)
                && self.value.as_deref().is_none_or(|wanted| wanted == content)
        };
        records.into_iter().any(is_it) != self.is_gone
    }

    pub(super) fn text(&self) -> String {
        let words = [Some(&self.name), self.rtype.as_ref(), self.value.as_ref()];
        let words: Vec<_> = words.into_iter().flatten().map(String::as_str).collect();
        let is = if self.is_gone { "is gone" } else { "is served" };
        format!("{} {is}", words.join(" "))
    }

    /// The last sentence when the time is over.
    pub(super) fn still_not_so(&self, seconds: f64, instead: &str) -> String {
        format!("after {seconds} s still not so: {}; {instead}", self.text())
    }
}

/// The records that are there instead.
pub(super) fn list<'a>(
    name: &str,
    records: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let records = records
        .into_iter()
        .map(|(rtype, content)| format!("{rtype} {content}"));
    let records: Vec<_> = records.collect();
    match records.split_at_checked(MOST_RECORDS) {
        None if records.is_empty() => format!("{name} is there, without such a record"),
        None | Some((_, [])) => format!("there is {}", records.join(", ")),
        Some((first, more)) => {
            format!("there is {} and {} more", first.join(", "), more.len())
        }
    }
}

/// A value as the daemon writes it.
fn canonical(rtype: &str, text: &str) -> anyhow::Result<String> {
    let (number, octets) = rdata::read(rtype, text)
        .with_context(|| format!("`{text}` is nothing that a record of type {rtype} says"))?;
    let mut content = Vec::new();
    rdata::write_content(number, &octets, &mut content);
    Ok(String::from_utf8_lossy(&content).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_however_its_value_is_written() {
        let there = [
            ("A", "10.0.0.5"),
            ("CNAME", "other.demo."),
            ("SRV", "0 10 80 web.demo."),
        ];
        for (rtype, value, is_there) in [
            (None, "", true),
            (Some("a"), "", true),
            (Some("AAAA"), "", false),
            (Some("A"), "10.0.0.5", true),
            (Some("A"), "10.0.0.6", false),
            (Some("cname"), "OTHER.demo", true),
            (Some("SRV"), "0 10 80 web.demo", true),
        ] {
            let value: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
            for is_gone in [false, true] {
                let wanted = Wanted::read("web.demo", rtype, &value, is_gone).unwrap();
                assert_eq!(
                    wanted.is_so(there),
                    is_there != is_gone,
                    "{}",
                    wanted.text()
                );
            }
        }
    }

    #[test]
    fn of_many_records_the_first_are_told() {
        let addresses: Vec<_> = (1..=9).map(|last| format!("10.0.0.{last}")).collect();
        let told = |count: usize| {
            let records = addresses.iter().take(count);
            list("web.demo.", records.map(|address| ("A", address.as_str())))
        };
        assert_eq!(told(0), "web.demo. is there, without such a record");
        assert_eq!(told(2), "there is A 10.0.0.1, A 10.0.0.2");
        assert!(told(8).ends_with(", A 10.0.0.8"), "{}", told(8));
        assert!(told(9).ends_with(", A 10.0.0.8 and 1 more"), "{}", told(9));
    }

    #[test]
    fn a_value_that_no_record_can_have_is_an_error() {
        assert!(Wanted::read("web.demo", Some("A"), &["x".into()], false).is_err());
        let address = Wanted::read("10.22.0.5", None, &[], false).unwrap();
        assert_eq!(address.text(), "5.0.22.10.in-addr.arpa. PTR is served");
    }
}
