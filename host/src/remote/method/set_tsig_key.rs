//! `setTSIGKey` (`name`, `algorithm`, `content`: the secret in base64): keeps a key, in place of the one of that name.

use serde::Deserialize;

use super::{Ground, cannot_keep, either};
use crate::remote::reply::Outcome;
use crate::store::TsigKey;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct SetTsigKey {
    name: String,
    algorithm: String,
    content: String,
}

impl SetTsigKey {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(self.keep(ground))
    }

    fn keep<'a>(&self, ground: Ground<'a>) -> Result<Outcome<'a>, Outcome<'a>> {
        let key = TsigKey::parse(&self.name, &self.algorithm, &self.content)
            .map_err(|error| Outcome::Refused(error.to_string()))?;
        ground
            .backend
            .store
            .set_tsig_key(&key)
            .map_err(cannot_keep)?;
        Ok(Outcome::Done)
    }
}
