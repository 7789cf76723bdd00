use super::*;

fn zone() -> Name {
    Name::parse("demo").unwrap()
}

fn target() -> SocketAddr {
    "192.0.2.53:53".parse().unwrap()
}

struct Clock(Instant);

impl Clock {
    fn after(&self, seconds: u64) -> Instant {
        self.0 + Duration::from_secs(seconds)
    }
}

fn clock() -> Clock {
    Clock(Instant::now())
}

fn state(queue: &Queue) -> State {
    queue.entries().next().unwrap().2.state
}

fn refused() -> Result<(), String> {
    Err("no reply".to_owned())
}

/// The serials that are due.
fn due(queue: &mut Queue, now: Instant) -> Vec<u32> {
    let orders = queue.take_due(now, 10);
    orders.iter().map(|order| order.serial).collect()
}

fn order(serial: u32) -> Order {
    Order {
        zone: zone(),
        target: target(),
        serial,
    }
}

#[test]
fn what_changes_before_it_is_told_is_told_once_with_the_newest_serial() {
    let (mut queue, clock) = (Queue::default(), clock());
    for second in 0..5 {
        queue.want(
            &zone(),
            target(),
            10 + u32::try_from(second).unwrap(),
            clock.after(20 + second),
        );
    }
    assert_eq!(
        queue.next_due(),
        Some(clock.after(20)),
        "the first keeps its turn"
    );
    assert!(due(&mut queue, clock.after(19)).is_empty());
    assert_eq!(due(&mut queue, clock.after(20)), [14]);
    queue.settle(&order(14), Ok(()), clock.after(20), 0);
    // What it was shown then may have been the serial of the first change.
    assert_eq!(queue.next_due(), Some(clock.after(24)));
    assert_eq!(due(&mut queue, clock.after(24)), [14]);
    queue.settle(&order(14), Ok(()), clock.after(24), 0);
    assert_eq!(state(&queue), State::Acknowledged);
    assert_eq!(queue.next_due(), None);
}

#[test]
fn one_is_under_way_at_a_time_and_what_changes_meanwhile_is_told_after_it() {
    let (mut queue, clock) = (Queue::default(), clock());
    queue.want(&zone(), target(), 1, clock.after(0));
    assert_eq!(due(&mut queue, clock.after(0)), [1]);
    queue.want(&zone(), target(), 2, clock.after(1));
    assert!(due(&mut queue, clock.after(2)).is_empty());
    queue.settle(&order(1), Ok(()), clock.after(3), 0);
    assert_eq!(due(&mut queue, clock.after(3)), [2]);
    queue.settle(&order(2), Ok(()), clock.after(3), 0);
    assert_eq!(state(&queue), State::Acknowledged);
}

#[test]
fn a_target_that_does_not_answer_is_tried_ever_more_rarely_and_then_given_up() {
    let (mut queue, clock) = (Queue::default(), clock());
    queue.want(&zone(), target(), 1, clock.after(0));
    let (mut now, mut pauses) = (clock.after(0), Vec::new());
    for attempt in 1..=ATTEMPTS {
        assert_eq!(due(&mut queue, now), [1], "attempt {attempt}");
        queue.settle(&order(1), refused(), now, 1_999);
        if let Some(next) = queue.next_due() {
            pauses.push((next - now).as_secs_f64().ceil());
            now = next;
        }
    }
    assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]);
    assert_eq!(state(&queue), State::GivenUp);
    let entry = queue.entries().next().unwrap().2;
    assert_eq!(
        (entry.failures, entry.error.as_deref()),
        (ATTEMPTS, Some("no reply"))
    );
    queue.want(&zone(), target(), 2, now);
    assert_eq!(due(&mut queue, now), [2], "a change begins anew");
}

#[test]
fn a_change_does_not_shorten_the_pause_of_a_target_that_fails() {
    let (mut queue, clock) = (Queue::default(), clock());
    queue.want(&zone(), target(), 1, clock.after(0));
    assert_eq!(due(&mut queue, clock.after(0)), [1]);
    queue.settle(&order(1), refused(), clock.after(0), 0);
    let before = queue.next_due();
    queue.want(&zone(), target(), 2, clock.after(0));
    assert_eq!(queue.next_due(), before);
}

#[test]
fn pauses_are_spread() {
    for (random, milliseconds) in [(0, 500), (500, 750), (999, 999)] {
        assert_eq!(pause(1, random).as_millis(), milliseconds, "{random}");
    }
}

#[test]
fn what_is_not_wanted_any_more_is_not_told_and_its_late_outcome_changes_nothing() {
    let (mut queue, clock) = (Queue::default(), clock());
    queue.want(&zone(), target(), 1, clock.after(0));
    assert_eq!(due(&mut queue, clock.after(0)), [1]);
    queue.retain(|_, _| false);
    assert!(queue.settle(&order(1), Ok(()), clock.after(1), 0).is_none());
    assert_eq!(queue.entries().count(), 0);
}

#[test]
fn a_serial_that_is_acknowledged_is_not_told_again() {
    let (mut queue, clock) = (Queue::default(), clock());
    queue.want(&zone(), target(), 1, clock.after(0));
    assert_eq!(due(&mut queue, clock.after(0)), [1]);
    queue.settle(&order(1), Ok(()), clock.after(0), 0);
    queue.want(&zone(), target(), 1, clock.after(1));
    assert_eq!(state(&queue), State::Acknowledged);
}
