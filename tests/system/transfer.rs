//! A whole zone: what a transfer gives is what `dump` prints, and a name server would load it.

use std::fs;
use std::process::{Command, Stdio};

use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::everything;
use zonesmith_tests::name_servers::records;
use zonesmith_tests::power_dns::PowerDns;

use crate::BINARY;

#[test]
#[ignore = "needs pdns_server"]
fn a_transfer_is_what_dump_prints_and_named_checkzone_accepts_it() {
    for cluster in ["demo", "Prod.Example"] {
        let daemon = Start::new(BINARY, &everything(cluster)).serve();
        let zone = cluster.to_lowercase();
        let server = PowerDns::start(&daemon.socket_path(), &zone);
        for apex in [zone.as_str(), "10.in-addr.arpa", "d.f.ip6.arpa"] {
            let file = daemon.run(&["dump", apex, "--format", "zone"]).good();
            let transferred = server.dig(&[apex, "AXFR", "+noall", "+answer", "+onesoa"]);
            // A set: the SOA record ends a transfer, too.
            let (dumped, transferred) = (records(&file), records(&transferred));
            assert_eq!(dumped, transferred, "{apex}: {}", server.log());
            assert!(
                dumped.len() > 3 || apex.ends_with("arpa"),
                "{apex}: {dumped:?}"
            );

            let path = daemon.path("zone");
            fs::write(&path, &file).unwrap();
            let checked = Command::new("named-checkzone")
                .arg(apex)
                .arg(&path)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let checked = Answer::of(&checked);
            assert_eq!(checked.code, 0, "{apex}: {checked:?}\n{file}");
        }
    }
}
