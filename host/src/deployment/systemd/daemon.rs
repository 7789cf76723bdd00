//! The daemon alone, for targets that run the servers in another way.

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};

use super::{ACCOUNTS, BACKEND, DAEMON, DAEMON_UNIT, SYSUSERS, UNITS, advice, units};
use crate::config::deploy::Choices;
use crate::deployment::item::Item;
use crate::deployment::place::Place;
use crate::deployment::run::is_for_everybody;
use crate::deployment::{Account, Command, Rendered, When};

/// Its account, its unit, and what starts it. It is restarted when one of `more` changes, too.
///
/// # Errors
/// Its program is where units cannot run it.
pub(in crate::deployment) fn daemon(
    choices: &Choices,
    place: &Place,
    more: &[Item],
) -> anyhow::Result<Rendered> {
    check(place)?;
    // Its own directory below `/run`, wherever the socket is that the servers ask.
    let own = Place {
        backend: BACKEND.into(),
        ..place.clone()
    };
    let unit = format!("{UNITS}/{}", DAEMON_UNIT.0);
    let units = units(choices, &own, Utf8Path::new("zonesmith-dns"));
    let mut items = vec![Item::file(ACCOUNTS, SYSUSERS)];
    items.extend(units.into_iter().filter(|item| {
        item.path.starts_with(&unit) || item.path.as_str().starts_with(&format!("{unit}.d"))
    }));
    for item in more {
        // The directory of drop-ins may be there for another one.
        if !items.contains(item) {
            items.push(item.clone());
        }
    }
    let paths: Vec<Utf8PathBuf> = items.iter().map(|item| item.path.clone()).collect();
    let with_configuration = paths.iter().cloned().chain([place.configuration.clone()]);
    Ok(Rendered {
        accounts: vec![account()],
        commands: vec![
            Command::new(
                &["systemctl", "daemon-reload"],
                "have systemd read the units",
                When::Changed(paths.clone()),
            ),
            Command::new(
                &["systemctl", "try-restart", DAEMON_UNIT.0],
                "run the daemon with what changed; whoever asks it notices nothing",
                When::Changed(with_configuration.collect()),
            ),
            Command::always(
                &["systemctl", "enable", "--now", DAEMON_UNIT.0],
                "start the daemon, now and with the machine",
            ),
        ],
        items,
        undo: vec![Command::always(
            &["systemctl", "disable", "--now", DAEMON_UNIT.0],
            "stop the daemon",
        )],
        farewell: vec![Command::always(
            &["systemctl", "daemon-reload"],
            "have systemd forget the units",
        )],
        advice: advice(place),
        ..Rendered::default()
    })
}

/// Says where units cannot run the program.
pub(super) fn check(place: &Place) -> anyhow::Result<()> {
    if is_for_everybody(&place.executable) {
        return Ok(());
    }
    bail!(
        "units cannot run {0}, which is in the home of a user: `install -m 755 {0} /usr/local/bin/zonesmith`, and run that one",
        place.executable
    );
}

/// Its user.
pub(super) fn account() -> Account {
    let line = SYSUSERS.lines().last().unwrap_or_default();
    Account {
        name: DAEMON.to_owned(),
        make: Command::always(
            &["systemd-sysusers", "--inline", line],
            "make the daemon's user",
        ),
        remove: Command::always(&["userdel", DAEMON], "take the daemon's user away"),
    }
}
