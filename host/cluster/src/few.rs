//! A list that nearly always has one item, which then costs no allocation of its own: an address of a resource, a port it
//! exposes. A cluster has a hundred thousand of each.

use std::fmt;
use std::ops::Deref;
use std::slice;

/// Items in order; read as a slice, made of a [`Vec`] or an iterator, never changed.
#[derive(Clone)]
pub struct Few<T>(Items<T>);

// Invariant: one item is always `One`.
#[derive(Clone)]
enum Items<T> {
    One(T),
    Others(Box<[T]>),
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Items::One(item) => slice::from_ref(item),
            Items::Others(items) => items,
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(Items::Others(Box::default()))
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut items: Vec<T>) -> Self {
        match items.pop() {
            Some(only) if items.is_empty() => Self(Items::One(only)),
            last => {
                items.extend(last);
                Self(Items::Others(items.into_boxed_slice()))
            }
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_in_order_and_equal_lists_are_equal() {
        for items in [vec![], vec![7], vec![7, 8], vec![7, 8, 7]] {
            let few = Few::from(items.clone());
            assert_eq!(*few, *items);
            assert_eq!(few, items.iter().copied().collect(), "{items:?}");
        }
        assert_eq!(Few::<u8>::default(), Few::from(Vec::new()));
    }
}
