//! `addDomainKey` (`name`, `key`: `{flags, active, published, content}`): keeps a key and gives its number, which no other
//! key has or will have.

use serde::Deserialize;

use super::{Ground, cannot_keep, either, name_to_write};
use crate::remote::number::{Flag, Number};
use crate::remote::reply::Outcome;
use crate::store::NewKey;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct AddDomainKey {
    name: String,
    key: KeyParameter,
}

#[derive(Debug, PartialEq, Deserialize)]
struct KeyParameter {
    flags: Number,
    active: Flag,
    /// Before PowerDNS 4.3 there was no such thing, and every key was.
    #[serde(default = "Flag::yes")]
    published: Flag,
    content: String,
}

impl AddDomainKey {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(self.keep(ground))
    }

    fn keep<'a>(&self, ground: Ground<'a>) -> Result<Outcome<'a>, Outcome<'a>> {
        let name = name_to_write("name", &self.name)?;
        ground.zone_to_write(&name)?;
        let KeyParameter {
            flags,
            active,
            published,
            content,
        } = &self.key;
        let flags = u16::try_from(flags.0)
            .map_err(|_| Outcome::Refused(format!("flags: {} is not 0 to 65535", flags.0)))?;
        if !content.starts_with("Private-key-format:") {
            return Err(Outcome::Refused(
                "content: a private key begins with `Private-key-format:`".to_owned(),
            ));
        }
        let key = NewKey {
            flags,
            active: active.0,
            published: published.0,
            content: content.clone(),
        };
        let id = ground
            .backend
            .store
            .add_key(&name, &key)
            .map_err(cannot_keep)?;
        ground.backend.signing.changed(&name);
        Ok(Outcome::Value(id.into()))
    }
}
