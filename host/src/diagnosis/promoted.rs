//! Policies that come from no file: what was promoted and taken back, and the candidate in the shadow. Neither costs an answer.

use super::check::Part;
use super::cure::Cure;
use super::findings::Findings;
use super::scene::Scene;
use crate::snapshot::report::promotion::{RolledBackStatus, ShadowStatus};

pub(super) fn check(scene: &Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Daemon);
    let Some(status) = scene.status() else { return };
    if let Some(taken) = &status.rolled_back {
        taken_back(scene, taken, findings);
    }
    if let Some(shadow) = &status.shadow {
        candidate(scene, shadow, findings);
    }
}

fn taken_back(scene: &Scene, taken: &RolledBackStatus, findings: &mut Findings<'_>) {
    let RolledBackStatus { name, reason, .. } = taken;
    let cure = Cure::command(scene.command("policy load --shadow FILE")).then(Cure::words(
        "tries a mended one beside what is live; `zonesmith policy history` has what was live when",
    ));
    findings.yellow(
        "what was promoted is live",
        format!("{name} was rolled back by itself: {reason}"),
        cure,
    );
}

fn candidate(scene: &Scene, shadow: &ShadowStatus, findings: &mut Findings<'_>) {
    let ShadowStatus {
        name,
        state,
        reason,
        failing,
        differences,
        ..
    } = shadow;
    let check = format!("{name}, in the shadow, could be promoted");
    let cure = || {
        Cure::command(scene.command("policy load --end")).then(Cure::words(
            "ends it; nobody is answered by it, and the policy has to be mended",
        ))
    };
    match reason {
        Some(reason) => findings.yellow(check, reason, cure()),
        None if *failing > 0 => {
            findings.yellow(
                check,
                format!("services that it fails for: {failing}"),
                cure(),
            );
        }
        None => findings.green(check, format!("{state}, {differences} differences so far")),
    }
}
