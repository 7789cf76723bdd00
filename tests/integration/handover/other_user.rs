//! A take-over by another user.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use super::NAME;
use crate::{BINARY, demo, start};

/// Who is neither root nor the daemon's user gets nothing, even where the socket lets everybody in.
#[test]
fn another_user_may_not_take_over() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Only root can be another user.
        return;
    }
    let mut daemon = start(&demo()).serve();
    for (path, mode) in [(daemon.path(""), 0o711), (daemon.admin_path(), 0o666)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // `nobody`, on every system.
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    let refused = nobody
        .args([BINARY, "serve", "--take-over"])
        .arg(daemon.cluster_file())
        .args(["--admin".as_ref(), daemon.admin_path().as_os_str()])
        .args(["--socket".as_ref(), daemon.socket_path().as_os_str()])
        .args(["--state-dir".as_ref(), daemon.path("state").as_os_str()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(text.contains("only the same user, or root, may"), "{text}");
    assert!(daemon.is_running());
    assert_eq!(daemon.records(NAME).len(), 1);
}
