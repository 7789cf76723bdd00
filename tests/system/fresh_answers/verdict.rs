//! Judges what a client was told, once everything is known: for each reply how long ago it ceased to be right.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::client::{Answer, Asked, Followed};
use super::truth::{Moment, Probe, Truth, Version};

/// An answer that ceased to be right longer ago than this when it was asked for is stale.
pub(super) const STALE: Moment = 1_000_000;

/// A publication is stamped in whole milliseconds, by a thread that may have to wait before it does so.
const SLACK: Moment = 50_000;

/// Complaints that are shown, of a name each.
const SHOWN: usize = 20;

/// From one moment to another.
pub(super) type Window = (Moment, Moment);

/// A part of a measurement.
#[derive(Debug, Clone)]
pub(super) struct Phase {
    pub(super) name: &'static str,
    pub(super) start: Moment,
    pub(super) end: Moment,
    /// From when to when a question may fail or be lost: while something of a node is away, and until it is back.
    pub(super) failing: Option<Window>,
}

/// One reply, judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// It was right at some time between question and reply.
    Right,
    /// It ceased to be so this long before the question.
    Late(Moment),
    /// It was never right, but a change was published this long before the question: half of it was the old one.
    Mixed(Moment),
    /// It was never right.
    Wrong,
    /// The server failed, or said nothing.
    Failed,
}

/// Everything that was asked, and what was right.
pub(super) struct Record {
    pub(super) names: Vec<String>,
    pub(super) probes: Arc<Vec<Probe>>,
    pub(super) truths: Vec<Arc<Truth>>,
    pub(super) asked: Vec<Asked>,
    pub(super) followed: Vec<Followed>,
}

/// What became of the replies of a phase.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) asked: usize,
    pub(super) right: usize,
    /// Late, but not stale.
    pub(super) late: usize,
    pub(super) longest_late: Moment,
    pub(super) stale: usize,
    /// Never right, of a name that had just changed: of some records that were there before, and some after.
    pub(super) mixed: usize,
    pub(super) wrong: usize,
    /// By code; [`u8::MAX`] for a reply that is none.
    pub(super) failed: usize,
    pub(super) lost: usize,
    /// Failed or lost when nothing was to fail.
    pub(super) unexpected: usize,
    /// Right once, and then an older answer again.
    pub(super) turned_back: usize,
    /// The first of what should not be.
    pub(super) complaints: Vec<String>,
}

impl Record {
    /// Judges one phase, and prints what came out.
    pub(super) fn judge(&self, phase: &Phase) -> Count {
        let mut count = Count::default();
        let mut newest: HashMap<(usize, usize), (usize, Moment)> = HashMap::new();
        let within = |sent: Moment| phase.start <= sent && sent < phase.end;
        for asked in self.asked.iter().filter(|asked| within(asked.sent)) {
            let history = self.truths[asked.node].history(asked.probe);
            self.count(&mut count, phase, asked, &history);
            let Some(version) = version_of(asked, &history) else {
                continue;
            };
            let seen = newest.entry((asked.node, asked.probe)).or_default();
            if version < seen.0 && asked.sent > seen.1 {
                count.turned_back += 1;
            } else if version > seen.0 {
                *seen = (version, asked.received);
            }
        }
        println!("{}: {}", phase.name, count.text());
        for (node, name) in self.names.iter().enumerate() {
            let (times, unseen) = self.first_right(phase, node);
            println!("  {name}: {}", distribution(times, unseen));
        }
        count
    }

    fn count(&self, count: &mut Count, phase: &Phase, asked: &Asked, history: &[Version]) {
        count.asked += 1;
        let judged = judge(asked, history);
        match judged {
            Judged::Right => {
                count.right += 1;
                return;
            }
            Judged::Late(age) if age < STALE => {
                count.late += 1;
                count.longest_late = count.longest_late.max(age);
                return;
            }
            Judged::Mixed(age) if age < STALE => {
                count.mixed += 1;
                return;
            }
            Judged::Late(_) => count.stale += 1,
            Judged::Mixed(_) | Judged::Wrong => count.wrong += 1,
            Judged::Failed => {
                if asked.answer == Answer::Lost {
                    count.lost += 1;
                } else {
                    count.failed += 1;
                }
                if is_within(phase.failing, asked) {
                    return;
                }
                count.unexpected += 1;
            }
        }
        let Probe { name, rtype, .. } = &self.probes[asked.probe];
        let about = format!(" of {name} ");
        let is_new = !count.complaints.iter().any(|text| text.contains(&about));
        if is_new && count.complaints.len() < SHOWN {
            let (node, answer) = (&self.names[asked.node], &asked.answer);
            let mut text = format!(
                "{judged:?}: {node} said{about}{} at {} (reply {}): {answer:?}; right was",
                rtype.text(),
                asked.sent,
                asked.received
            );
            let place = history.partition_point(|version| version.latest <= asked.sent);
            let place = version_of(asked, history).map_or(place, |version| version.min(place));
            for version in history.iter().skip(place.saturating_sub(1)).take(3) {
                // A text takes whatever is written to it.
                let _ = write!(text, " [{} since {}]", version.answer, version.latest);
            }
            count.complaints.push(text);
        }
    }

    /// From each followed publication to the first right answer; and how many were never seen.
    fn first_right(&self, phase: &Phase, node: usize) -> (Vec<Moment>, usize) {
        let mut replies: HashMap<usize, Vec<&Asked>> = HashMap::new();
        for asked in self.asked.iter().filter(|asked| asked.node == node) {
            replies.entry(asked.probe).or_default().push(asked);
        }
        let (mut times, mut unseen) = (Vec::new(), 0);
        let within = |at: Moment| phase.start <= at && at < phase.end;
        let followed = self.followed.iter();
        for followed in followed.filter(|one| one.node == node && within(one.published)) {
            let history = self.truths[node].history(followed.probe);
            let place = history.partition_point(|version| version.latest < followed.published);
            let answers = history.get(place..).unwrap_or_default();
            let is_right = |asked: &&&Asked| {
                asked.received >= followed.published
                    && answers
                        .iter()
                        .any(|version| asked.answer == Answer::Text(version.answer.clone()))
            };
            let of_probe = replies.get(&followed.probe).map(Vec::as_slice);
            let right = of_probe.unwrap_or_default().iter().filter(is_right);
            match right.map(|asked| asked.received).min() {
                Some(received) => times.push(received - followed.published),
                None => unseen += 1,
            }
        }
        (times, unseen)
    }
}

impl Count {
    fn text(&self) -> String {
        format!(
            "{} questions, {} right, {} late (by at most {:.1} ms), {} half old, {} stale, {} wrong, {} failed, {} lost \
             ({} of both when nothing was to fail), {} times an older answer after a newer one",
            self.asked,
            self.right,
            self.late,
            milliseconds(self.longest_late),
            self.mixed,
            self.stale,
            self.wrong,
            self.failed,
            self.lost,
            self.unexpected,
            self.turned_back
        )
    }
}

/// Whether a question was asked before the end of a window, and its reply came, or might have, after the beginning.
fn is_within(window: Option<Window>, asked: &Asked) -> bool {
    window.is_some_and(|(from, to)| from <= asked.received && asked.sent < to)
}

fn judge(asked: &Asked, history: &[Version]) -> Judged {
    let Answer::Text(text) = &asked.answer else {
        return Judged::Failed;
    };
    let mut judged = match history
        .iter()
        .rposition(|version| version.earliest <= asked.received)
    {
        Some(place) if place > 0 => Judged::Mixed(asked.sent.saturating_sub(history[place].latest)),
        Some(_) | None => Judged::Wrong,
    };
    for (place, version) in history.iter().enumerate() {
        if version.answer != *text || version.earliest > asked.received + SLACK {
            continue;
        }
        // It was right until the next one was published.
        match history.get(place + 1) {
            Some(next) if next.latest < asked.sent => {
                judged = Judged::Late(asked.sent - next.latest);
            }
            Some(_) | None => return Judged::Right,
        }
    }
    judged
}

/// Which right answer this is, the newest of those that say the same.
fn version_of(asked: &Asked, history: &[Version]) -> Option<usize> {
    let Answer::Text(text) = &asked.answer else {
        return None;
    };
    history
        .iter()
        .rposition(|version| version.answer == *text && version.earliest <= asked.received + SLACK)
}

fn milliseconds(time: Moment) -> f64 {
    std::time::Duration::from_micros(time).as_secs_f64() * 1e3
}

fn distribution(mut times: Vec<Moment>, unseen: usize) -> String {
    if times.is_empty() {
        return format!("nothing followed, {unseen} never seen right");
    }
    times.sort_unstable();
    let at = |share: usize| milliseconds(times[(times.len() - 1) * share / 1000]);
    let mut text = format!(
        "{} changes, until the first right answer p50 {:.1} ms, p90 {:.1}, p99 {:.1}, longest {:.1}; {unseen} never seen right;",
        times.len(),
        at(500),
        at(900),
        at(990),
        at(1000)
    );
    for limit in [2, 5, 10, 20, 50, 100, 200, 500, 1000] {
        let within = times.partition_point(|time| *time <= limit * 1000);
        // A text takes whatever is written to it.
        let _ = write!(text, " {within} ≤ {limit}");
    }
    text
}
