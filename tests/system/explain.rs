//! Why a name answers what it answers, asked with PowerDNS's own tool.

use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::everything;
use zonesmith_tests::power_dns::PowerDns;

use crate::BINARY;

#[test]
#[ignore = "needs pdns_server and pdnsutil"]
fn pdnsutil_explains_a_name() {
    let daemon = Start::new(BINARY, &everything("demo")).serve();
    let server = PowerDns::start(&daemon.socket_path(), "demo");
    for (query, words) in [
        (
            "explain api.shop.svc.demo A",
            ["api.shop.svc.demo. 60 A 10.22.1.5", "service shop/svc/api"],
        ),
        (
            "explain nothing.demo",
            [
                "NXDOMAIN: there is no name nothing.demo.",
                "no service is called",
            ],
        ),
    ] {
        // The backend is known by its name in `launch`; what it answers comes with nothing around it.
        let said = server.pdnsutil(&["backend-cmd", "remote", query]);
        for word in words {
            assert!(said.contains(word), "{query}: no `{word}` in\n{said}");
        }
    }
}
