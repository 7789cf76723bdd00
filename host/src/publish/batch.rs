//! Keys that are written, or removed, in one transaction.

use zonesmith_cluster::pieces::told;
use zonesmith_cluster::{PieceKey, State};

use super::part::lease_of;
use crate::etcd::EtcdAddress;
use crate::etcd::message::{
    Compare, DeleteRangeRequest, Operation, PutRequest, Request, TARGET_LEASE, TransactionRequest,
};

/// Keys of one transaction. An etcd takes 128 operations unless it is told otherwise.
const MOST_KEYS: usize = 100;

/// Octets of its values after which it is large enough. An etcd takes 1.5 MiB in one request.
const ENOUGH_OCTETS: usize = 512 << 10;

/// One transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    keys: Vec<PieceKey>,
    operations: Vec<Operation>,
    /// How many keys are removed.
    removals: usize,
}

impl Batch {
    /// The first of the `owed` keys, as they are `wanted`.
    pub(super) fn gather<'k>(
        address: &EtcdAddress,
        wanted: &State,
        lease: i64,
        owed: impl Iterator<Item = &'k PieceKey>,
    ) -> Self {
        let mut batch = Self::default();
        let mut octets = 0;
        for key in owed.take(MOST_KEYS) {
            let whole = address.key(key).into_bytes();
            let request = match told::value(wanted, key) {
                Some(value) => {
                    octets += whole.len() + value.len();
                    if octets > ENOUGH_OCTETS && !batch.keys.is_empty() {
                        break;
                    }
                    Request::Put(PutRequest {
                        key: whole,
                        value,
                        lease: lease_of(key, lease),
                    })
                }
                None => {
                    batch.removals += 1;
                    Request::Transaction(remove_own(whole, lease))
                }
            };
            batch.keys.push(key.clone());
            batch.operations.push(Operation {
                request: Some(request),
            });
        }
        batch
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &PieceKey> {
        self.keys.iter()
    }

    /// How many keys are written, and how many removed.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.keys.len() - self.removals, self.removals)
    }

    pub(super) fn transaction(&self) -> TransactionRequest {
        TransactionRequest {
            success: self.operations.clone(),
            ..TransactionRequest::default()
        }
    }
}

/// Removes a key that is still ours: somebody else may have written it since.
fn remove_own(key: Vec<u8>, lease: i64) -> TransactionRequest {
    TransactionRequest {
        compare: vec![Compare {
            result: 0,
            target: TARGET_LEASE,
            key: key.clone(),
            lease: Some(lease),
        }],
        success: vec![Operation {
            request: Some(Request::DeleteRange(DeleteRangeRequest { key })),
        }],
        failure: Vec::new(),
    }
}
