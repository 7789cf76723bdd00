use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use zonesmith_zone::name::Name;

use super::*;
use crate::snapshot::forget::Extent;

/// A way that works or does not, and says what it was told. Its name begins with what it lacks.
#[derive(Clone)]
struct Pretended {
    name: &'static str,
    works: Arc<Mutex<bool>>,
    told: Arc<Mutex<Vec<String>>>,
}

impl PartialEq for Pretended {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Display for Pretended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Pretended {
    fn new(name: &'static str, told: &Arc<Mutex<Vec<String>>>) -> Self {
        Self {
            name,
            works: Arc::new(Mutex::new(true)),
            told: Arc::clone(told),
        }
    }

    fn set(&self, works: bool) {
        *self.works.lock().unwrap() = works;
    }

    fn lacks_zones(&self) -> bool {
        self.name.starts_with("no zones")
    }

    fn hear(&self, what: String) -> Result<(), PurgeError> {
        self.told.lock().unwrap().push(what);
        if *self.works.lock().unwrap() {
            return Ok(());
        }
        Err(PurgeError::Connect {
            address: self.name.to_owned(),
            source: io::ErrorKind::NotFound.into(),
        })
    }
}

impl Way for Pretended {
    async fn obey(&self, order: &Order) -> Result<Done, PurgeError> {
        let names = order.items().len();
        let zones = order.has_other_zones && !self.lacks_zones();
        let zones = if zones { " and zones" } else { "" };
        self.hear(format!("{}: {names}{zones}", self.name))?;
        Ok(Done::default())
    }

    fn lacks(&self, order: &Order) -> Order {
        Order {
            has_other_zones: order.has_other_zones && self.lacks_zones(),
            ..Order::default()
        }
    }

    fn does(&self, order: &Order) -> bool {
        !order.extent.is_empty() || order.has_other_zones && !self.lacks_zones()
    }

    async fn look(&self) -> Option<Result<(), PurgeError>> {
        if self.lacks_zones() {
            return None;
        }
        Some(self.hear(format!("{}?", self.name)))
    }
}

struct World {
    told: Arc<Mutex<Vec<String>>>,
    first: Pretended,
    second: Pretended,
    ways: Ways<Pretended>,
    fared: Fared,
}

impl World {
    fn new(first: &'static str, second: &'static str) -> Self {
        let told = Arc::default();
        let (first, second) = (Pretended::new(first, &told), Pretended::new(second, &told));
        Self {
            ways: Ways::from(first.clone()).or(second.clone()),
            told,
            first,
            second,
            fared: Fared::default(),
        }
    }

    async fn obey(&self, order: &Order) -> Result<Done, PurgeError> {
        obey(&self.ways, &self.fared, order).await
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// Nobody is left alone any more.
    fn let_time_pass(&self) {
        for failure in self.fared.lock().values_mut() {
            failure.until -= Duration::from_secs(10);
        }
    }
}

fn order(has_other_zones: bool) -> Order {
    Order {
        extent: Extent::new([Name::parse("web.demo").unwrap()], []),
        has_other_zones,
        ..Order::default()
    }
}

#[tokio::test]
async fn the_first_that_works_is_taken_and_what_failed_is_left_alone_for_a_moment() {
    let world = World::new("a", "b");
    assert_eq!(world.obey(&order(true)).await.unwrap(), Done::default());
    assert_eq!(world.told(), ["a: 1 and zones"]);
    world.first.set(false);
    let done = world.obey(&order(false)).await.unwrap();
    assert_eq!(
        done.problem.unwrap(),
        "a cannot be used (connect to a: entity not found): purged by b"
    );
    assert_eq!(done.left, Some(Order::default()), "it did everything");
    assert_eq!(world.told(), ["a: 1", "b: 1"]);
    world.first.set(true);
    let done = world.obey(&order(false)).await.unwrap();
    assert!(done.problem.is_some(), "nobody knows better yet");
    assert_eq!(world.told(), ["b: 1"]);
    world.let_time_pass();
    assert_eq!(world.obey(&order(false)).await.unwrap(), Done::default());
    assert_eq!(world.told(), ["a: 1"]);
}

#[tokio::test]
async fn what_the_other_way_lacks_is_left_for_the_best_one() {
    let world = World::new("a", "no zones");
    world.first.set(false);
    let left = world.obey(&order(true)).await.unwrap().left.unwrap();
    assert!(left.has_other_zones && left.extent.is_empty());
    world.let_time_pass();
    let done = world.obey(&left).await.unwrap();
    // The other one has nothing to do, and cannot be asked.
    assert_eq!(
        world.told(),
        ["a: 1 and zones", "no zones: 1", "a: 0 and zones"]
    );
    let left = done.left.unwrap();
    assert!(left.has_other_zones, "it is not lost");
    world.let_time_pass();
    world.first.set(true);
    assert_eq!(world.obey(&left).await.unwrap(), Done::default());
    assert_eq!(world.told(), ["a: 0 and zones"]);
}

#[tokio::test]
async fn whether_the_best_way_works_again_is_looked_at_with_nothing_to_forget() {
    let world = World::new("a", "b");
    world.first.set(false);
    world.obey(&order(false)).await.unwrap();
    world.told();
    world.let_time_pass();
    let nothing = Order::default();
    assert!(world.obey(&nothing).await.unwrap().left.is_some());
    assert_eq!(world.told(), ["a?", "b?"]);
    world.first.set(true);
    world.let_time_pass();
    assert_eq!(world.obey(&nothing).await.unwrap(), Done::default());
    assert_eq!(world.told(), ["a?"]);
}

#[tokio::test]
async fn where_no_way_works_each_says_why_and_they_are_tried_in_their_order_again() {
    let world = World::new("a", "b");
    world.first.set(false);
    world.obey(&order(false)).await.unwrap();
    world.second.set(false);
    let error = world.obey(&order(false)).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "connect to a: entity not found; connect to b: entity not found"
    );
    world.first.set(true);
    world.second.set(true);
    world.told();
    assert_eq!(world.obey(&order(false)).await.unwrap(), Done::default());
    assert_eq!(world.told(), ["a: 1"]);
}
