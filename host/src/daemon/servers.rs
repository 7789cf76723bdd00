//! What PowerDNS and its recursor are told besides what they are to forget, whoever runs them: their files, and which zones
//! carry no signatures that the root knows of.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use camino::Utf8Path;
use zonesmith_zone::name::Name;

use crate::janitor::control::to_recursor;
use crate::janitor::purge_error::PurgeError;
use crate::power_dns::File;
use crate::power_dns::recursor::ANCHOR_REASON;

/// Writes a file in place of the one of that name, for those who could read that one: who reads it meanwhile reads one of
/// them.
pub(super) fn write(directory: &Utf8Path, file: &File) -> io::Result<()> {
    let path = directory.join(file.name);
    let new = directory.join(format!("{}.new", file.name));
    fs::write(&new, &file.text)?;
    if let Ok(before) = fs::metadata(&path) {
        fs::set_permissions(&new, before.permissions())?;
    }
    fs::rename(&new, &path)
}

/// Has a recursor look for no signatures in exactly these zones; others' reasons not to are others'.
pub(super) async fn set_anchors(socket: &Utf8Path, zones: &[Name]) -> Result<(), PurgeError> {
    let said = to_recursor(socket, "get-ntas").await?;
    let has = ours(&said);
    let wanted: BTreeSet<&Name> = zones.iter().collect();
    for zone in wanted.iter().filter(|zone| !has.contains(zone)) {
        to_recursor(socket, &format!("add-nta {zone} {ANCHOR_REASON}")).await?;
    }
    for zone in has.iter().filter(|zone| !wanted.contains(zone)) {
        to_recursor(socket, &format!("clear-nta {zone}")).await?;
    }
    Ok(())
}

/// Zones with our reason in a recursor's list: `demo⇥served by zonesmith`, one a line.
fn ours(said: &str) -> BTreeSet<Name> {
    let anchors = said.lines().filter_map(|line| line.split_once('\t'));
    anchors
        .filter(|(_, reason)| reason.trim_end() == ANCHOR_REASON)
        .filter_map(|(zone, _)| Name::parse(zone).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn anchors_of_others_are_not_ours() {
        let said = "Configured Negative Trust Anchors:\ndemo\tserved by zonesmith\n10.in-addr.arpa\tserved by zonesmith\n\
                    lab.example\tby hand\n";
        let zones: Vec<_> = ours(said).iter().map(Name::to_string).collect();
        assert_eq!(zones, ["10.in-addr.arpa.", "demo."]);
    }

    #[test]
    fn who_could_read_a_file_can_read_the_next_one() {
        let place = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(place.path()).unwrap();
        let file = |text: &str| File {
            name: "pdns.conf",
            text: text.to_owned(),
        };
        write(directory, &file("one")).unwrap();
        let path = directory.join("pdns.conf");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(directory, &file("two")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
