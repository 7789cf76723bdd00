//! Settings of an authoritative server that do harm, each with what it should be instead (decision 0033 has why).

use super::super::check::State;
use super::super::fault::Fault;
use super::super::settings::Settings;

/// The longest that answers may be kept where nobody purges them, in seconds: what a change takes to be seen.
const LONGEST_UNPURGED: u64 = 60;

/// The shortest that is worth it where somebody does.
const SHORTEST_PURGED: u64 = 60;

/// What its settings are judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// Whether somebody has the server forget what changed.
    pub(super) is_purged: bool,
    /// Whether a policy chooses which records a client is given.
    pub(super) selects: bool,
    /// Where the daemon answers it.
    pub(super) socket: Option<&'a str>,
}

/// All of them.
pub(super) fn faults(settings: &Settings, around: Surroundings<'_>) -> Vec<Fault> {
    let Surroundings {
        is_purged,
        selects,
        socket,
    } = around;
    let backend = of_backend(settings, socket);
    let caches = of_caches(settings, is_purged);
    let rest = of_the_rest(settings, is_purged);
    let selection = selects.then(|| of_selection(settings)).flatten();
    let faults = backend.into_iter().chain(caches).chain(rest);
    faults.chain(selection).collect()
}

/// Whether it hears of clients behind a recursor.
fn of_selection(settings: &Settings) -> Option<Fault> {
    if !settings.knows("edns-subnet-processing") || settings.is_on("edns-subnet-processing") {
        return None;
    }
    let seen = seen(settings, "edns-subnet-processing");
    Some(fault(
        State::Yellow,
        "it tells the daemon who asks, since a policy chooses by it",
        format!("{seen}: all clients of a recursor are given what the recursor itself would be"),
        "edns-subnet-processing=yes",
    ))
}

fn fault(state: State, check: &'static str, seen: String, setting: impl Into<String>) -> Fault {
    Fault {
        state,
        check,
        seen,
        setting: setting.into(),
    }
}

fn seen(settings: &Settings, name: &str) -> String {
    format!("{name}={}", settings.text(name))
}

/// Whom it asks, and what it does when there is nobody.
fn of_backend(settings: &Settings, socket: Option<&str>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let launched = settings.list("launch");
    if !launched.iter().any(|backend| backend.starts_with("remote")) {
        let (check, seen) = ("it asks the daemon", seen(settings, "launch"));
        faults.push(fault(State::Red, check, seen, "launch=remote"));
    }
    let backend = settings.text("remote-connection-string");
    let path = backend.split(['=', ',']).nth(1).unwrap_or_default();
    if let Some(socket) = socket.filter(|socket| backend.starts_with("unix:") && path != *socket) {
        let check = "it asks the daemon at its socket";
        let seen = seen(settings, "remote-connection-string");
        let setting = format!("remote-connection-string=unix:path={socket},timeout=2000");
        faults.push(fault(State::Red, check, seen, setting));
    }
    for names in [["primary", "master"], ["secondary", "slave"]] {
        let on = names
            .iter()
            .find(|name| settings.knows(name) && settings.is_on(name));
        if let Some(name) = on {
            let check = "it outlives a restart of the daemon";
            let seen = format!("{name}=yes: it ends whenever the daemon is away for a moment");
            faults.push(fault(State::Red, check, seen, format!("{name}=no")));
        }
    }
    faults
}

/// What it keeps, and for how long.
fn of_caches(settings: &Settings, is_purged: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if settings.number("cache-ttl").is_some_and(|ttl| ttl > 0) {
        let check = "what it keeps can be purged";
        let seen = seen(settings, "cache-ttl");
        let seen = format!("{seen}: an answer of several names cannot be purged by one of them");
        faults.push(fault(State::Yellow, check, seen, "cache-ttl=0"));
    }
    for name in ["query-cache-ttl", "negquery-cache-ttl"] {
        let Some(ttl) = settings.number(name) else {
            continue;
        };
        let seen = seen(settings, name);
        if !is_purged && ttl > LONGEST_UNPURGED {
            let check = "what it keeps is purged, or short";
            let seen = format!("{seen}, and nobody purges it");
            faults.push(fault(State::Red, check, seen, format!("{name}=5")));
        } else if is_purged && ttl < SHORTEST_PURGED {
            let check = "it keeps answers, since they are purged";
            let seen = format!("{seen}: it asks the daemon again and again for what it knew");
            faults.push(fault(State::Yellow, check, seen, format!("{name}=3600")));
        }
    }
    let refresh = settings.number("zone-cache-refresh-interval");
    if refresh.is_some_and(|seconds| seconds == 0 || seconds > 300) {
        let check = "it knows which zones there are";
        let seen = seen(settings, "zone-cache-refresh-interval");
        faults.push(fault(
            State::Yellow,
            check,
            seen,
            "zone-cache-refresh-interval=30",
        ));
    }
    faults
}

fn of_the_rest(settings: &Settings, is_purged: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if is_purged && settings.number("loglevel").is_some_and(|level| level > 3) {
        let check = "its log has room for what matters";
        let seen = seen(settings, "loglevel");
        let seen = format!("{seen}: each purged name is a line of its log");
        faults.push(fault(State::Yellow, check, seen, "loglevel=3"));
    }
    if settings.is_on("disable-axfr") {
        let (check, seen) = ("zones can be transferred", seen(settings, "disable-axfr"));
        faults.push(fault(State::Yellow, check, seen, "disable-axfr=no"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "launch=remote\nremote-connection-string=unix:path=/run/pdns.sock,timeout=2000\ncache-ttl=0\n\
        query-cache-ttl=3600\nnegquery-cache-ttl=3600\nzone-cache-refresh-interval=30\nprimary=no\nsecondary=no\nloglevel=3\ndisable-axfr=no\nedns-subnet-processing=yes\n";

    #[test]
    fn each_setting_that_does_harm_is_named_with_what_it_should_be() {
        let judged = |more: &str, is_purged| {
            let mut lines: Vec<&str> = GOOD.lines().collect();
            let name = more.split('=').next().unwrap_or_default();
            lines.retain(|line| line.split('=').next() != Some(name));
            let text = format!("{}\n{more}\n", lines.join("\n"));
            let settings = Settings::of_authoritative(&text);
            let around = Surroundings {
                is_purged,
                selects: true,
                socket: Some("/run/pdns.sock"),
            };
            let faults = faults(&settings, around);
            let settings = faults.into_iter().map(|fault| fault.setting);
            settings.collect::<Vec<_>>()
        };
        assert_eq!(judged("", true), Vec::<String>::new());
        for (setting, is_purged, cures) in [
            ("launch=bind", true, &["launch=remote"][..]),
            (
                "remote-connection-string=unix:path=/x",
                true,
                &["remote-connection-string=unix:path=/run/pdns.sock,timeout=2000"],
            ),
            ("primary=yes", true, &["primary=no"]),
            ("secondary=", true, &["secondary=no"]),
            ("cache-ttl=20", true, &["cache-ttl=0"]),
            ("query-cache-ttl=0", true, &["query-cache-ttl=3600"]),
            (
                "cache-ttl=0",
                false,
                &["query-cache-ttl=5", "negquery-cache-ttl=5"],
            ),
            (
                "zone-cache-refresh-interval=0",
                true,
                &["zone-cache-refresh-interval=30"],
            ),
            ("loglevel=6", true, &["loglevel=3"]),
            ("disable-axfr=yes", true, &["disable-axfr=no"]),
            (
                "edns-subnet-processing=no",
                true,
                &["edns-subnet-processing=yes"],
            ),
        ] {
            assert_eq!(judged(setting, is_purged), cures, "{setting}");
        }
    }
}
