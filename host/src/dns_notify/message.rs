//! One NOTIFY (RFC 1996) as octets, signed where there is a key (RFC 8945), and what a reply to it says.
//!
//! The new SOA is in the answer section, as a hint. A reply that is not one to this message, or is not signed as it must be, is
//! no reply: anyone may send octets to a port.

use std::str::FromStr;
use std::sync::Arc;

use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::message_builder::AdditionalBuilder;
use domain::base::{Message, MessageBuilder, Name as DomainName, Serial, Ttl};
use domain::rdata::Soa;
use domain::rdata::tsig::Time48;
use domain::tsig::{Algorithm, ClientTransaction, Key, KeyName, ValidationError};
use domain::utils::base64;
use zonesmith_zone::name::Name;
use zonesmith_zone::zone::Zone;

use crate::store::TsigKey;

/// A message that was sent, to hold its reply against.
pub(super) struct Notify {
    message: Message<Vec<u8>>,
    transaction: Option<ClientTransaction<Arc<Key>>>,
}

/// What octets that came back are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The target knows.
    Acknowledged,
    /// It does not want to know, and why.
    Refused(String),
    /// No reply to this message, and why.
    Foreign(String),
}

/// The key as it signs.
///
/// # Errors
/// It is of an algorithm we do not have, or its secret is no base64.
pub(super) fn signing_key(key: &TsigKey) -> Result<Arc<Key>, String> {
    let TsigKey {
        name,
        algorithm,
        secret,
    } = key;
    let algorithm = Algorithm::from_str(algorithm.trim_end_matches('.')).map_err(|_| {
        format!("the TSIG key {name} has the algorithm {algorithm}, which is not known")
    })?;
    let secret: Vec<u8> = base64::decode(secret)
        .map_err(|error| format!("the secret of the TSIG key {name}: {error}"))?;
    let wire_name = KeyName::from_str(&name.to_string())
        .map_err(|error| format!("the name of the TSIG key {name}: {error}"))?;
    Key::new(algorithm, &secret, wire_name, None, None)
        .map(Arc::new)
        .map_err(|error| format!("the TSIG key {name}: {error}"))
}

impl Notify {
    /// Tells of the zone as it is now.
    ///
    /// # Errors
    /// A name of the zone fits into no message.
    pub(super) fn new(zone: &Zone, key: Option<Arc<Key>>) -> Result<Self, String> {
        let apex = wire(zone.apex())?;
        let mut builder = MessageBuilder::new_vec();
        builder.header_mut().set_opcode(Opcode::NOTIFY);
        builder.header_mut().set_aa(true);
        builder.header_mut().set_random_id();
        let mut question = builder.question();
        question
            .push((&apex, Rtype::SOA, Class::IN))
            .map_err(|error| error.to_string())?;
        let mut answer = question.answer();
        answer
            .push((&apex, Class::IN, Ttl::from_secs(zone.soa_ttl()), soa(zone)?))
            .map_err(|error| error.to_string())?;
        let mut additional = answer.additional();
        let transaction = key.map(|key| sign(key, &mut additional)).transpose()?;
        Ok(Self {
            message: additional.into_message(),
            transaction,
        })
    }

    /// The octets to send.
    pub(super) fn octets(&self) -> &[u8] {
        self.message.as_slice()
    }

    /// Reads octets that came back.
    pub(super) fn read(&self, octets: &[u8]) -> Reply {
        let Ok(mut reply) = Message::from_octets(octets.to_vec()) else {
            return Reply::Foreign("what came is no DNS message".to_owned());
        };
        let is_ours = reply.header().qr()
            && reply.header().id() == self.message.header().id()
            && reply.header().opcode() == Opcode::NOTIFY;
        if !is_ours {
            return Reply::Foreign("what came is no reply to it".to_owned());
        }
        if let Some(transaction) = &self.transaction
            && let Err(error) = transaction.answer(&mut reply, Time48::now())
        {
            return Reply::Foreign(unsigned(&error, reply.header().rcode()));
        }
        // A refusal may leave the question out.
        if reply.header_counts().qdcount() > 0 && !reply.is_answer(&self.message) {
            return Reply::Foreign("what came is a reply to another question".to_owned());
        }
        match reply.header().rcode() {
            Rcode::NOERROR => Reply::Acknowledged,
            rcode => Reply::Refused(format!("it answered {rcode}")),
        }
    }
}

fn sign(
    key: Arc<Key>,
    message: &mut AdditionalBuilder<Vec<u8>>,
) -> Result<ClientTransaction<Arc<Key>>, String> {
    ClientTransaction::request(key, message, Time48::now())
        .map_err(|error| format!("sign it: {error}"))
}

/// Why a signed message has no good reply.
fn unsigned(error: &ValidationError, rcode: Rcode) -> String {
    format!("it answered {rcode}, and the signature of the reply does not hold: {error}")
}

fn soa(zone: &Zone) -> Result<Soa<DomainName<Vec<u8>>>, String> {
    let soa = zone.soa();
    Ok(Soa::new(
        parse(&soa.mname)?,
        parse(&soa.rname)?,
        Serial(zone.serial()),
        Ttl::from_secs(soa.refresh),
        Ttl::from_secs(soa.retry),
        Ttl::from_secs(soa.expire),
        Ttl::from_secs(soa.minimum),
    ))
}

fn wire(name: &Name) -> Result<DomainName<Vec<u8>>, String> {
    parse(&name.to_string())
}

fn parse(name: &str) -> Result<DomainName<Vec<u8>>, String> {
    DomainName::from_str(name).map_err(|error| format!("the name {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use domain::tsig::ServerTransaction;
    use zonesmith_zone::record::{SoaDeclaration, ZoneDeclaration};
    use zonesmith_zone::zones::Zones;

    use super::*;

    fn zone() -> Zone {
        let soa = SoaDeclaration {
            ttl: 60,
            mname: "dns.demo".into(),
            rname: "contact.demo.".into(),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 60,
        };
        let declaration = ZoneDeclaration {
            apex: "demo".into(),
            soa,
            nameservers: vec!["ns1.demo".into()],
            nameserver_ttl: 60,
        };
        let zones = Zones::new(vec![Zone::declare(&declaration).unwrap().0]);
        zones.with_serials(|_| 42).iter().next().unwrap().clone()
    }

    fn key(secret: &str) -> Arc<Key> {
        signing_key(&TsigKey {
            name: Name::parse("transfer").unwrap(),
            algorithm: "hmac-sha256.".into(),
            secret: secret.into(),
        })
        .unwrap()
    }

    /// A reply to `notify`, as `change` leaves it.
    fn reply(notify: &Notify, rcode: Rcode, change: impl Fn(&mut domain::base::Header)) -> Vec<u8> {
        let answer = MessageBuilder::new_vec()
            .start_answer(&notify.message, rcode)
            .unwrap();
        let mut message = answer.into_message();
        change(message.header_mut());
        message.into_octets()
    }

    #[test]
    fn it_asks_for_the_soa_and_tells_the_new_one() {
        let notify = Notify::new(&zone(), None).unwrap();
        let message = &notify.message;
        assert_eq!(message.header().opcode(), Opcode::NOTIFY);
        assert!(message.header().aa() && !message.header().qr());
        let question = message.sole_question().unwrap();
        assert_eq!(
            (question.qname().to_string().as_str(), question.qtype()),
            ("demo", Rtype::SOA)
        );
        let answer = message
            .answer()
            .unwrap()
            .limit_to::<Soa<_>>()
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(answer.data().serial(), Serial(42));
        assert_eq!(answer.data().mname().to_string(), "dns.demo");
    }

    #[test]
    fn only_a_reply_to_it_counts() {
        let notify = Notify::new(&zone(), None).unwrap();
        let plain = |_: &mut domain::base::Header| {};
        assert_eq!(
            notify.read(&reply(&notify, Rcode::NOERROR, plain)),
            Reply::Acknowledged
        );
        let refused = notify.read(&reply(&notify, Rcode::NOTAUTH, plain));
        assert_eq!(refused, Reply::Refused("it answered NOTAUTH".to_owned()));
        let other = Notify::new(&zone(), None).unwrap();
        for (octets, what) in [
            (
                reply(&notify, Rcode::NOERROR, |header| {
                    header.set_id(header.id() ^ 1);
                }),
                "another id",
            ),
            (
                reply(&notify, Rcode::NOERROR, |header| header.set_qr(false)),
                "no reply",
            ),
            (
                reply(&notify, Rcode::NOERROR, |header| {
                    header.set_opcode(Opcode::QUERY);
                }),
                "another opcode",
            ),
            (vec![0; 11], "cut off"),
            (notify.octets().to_vec(), "an echo"),
        ] {
            assert!(matches!(notify.read(&octets), Reply::Foreign(_)), "{what}");
        }
        let mut question = reply(&other, Rcode::NOERROR, |header| {
            header.set_id(notify.message.header().id());
        });
        // The first letter of the apex, after the header and the length of the label.
        question[13] = b'x';
        assert!(
            matches!(notify.read(&question), Reply::Foreign(_)),
            "another question"
        );
    }

    #[test]
    fn a_signed_message_wants_a_reply_signed_with_the_same_key() {
        let secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";
        let other = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q=";
        for (theirs, is_good) in [(secret, true), (other, false)] {
            let notify = Notify::new(&zone(), Some(key(secret))).unwrap();
            let mut asked = Message::from_octets(notify.octets().to_vec()).unwrap();
            let server = ServerTransaction::request(&key(theirs), &mut asked, Time48::now());
            let octets = match server {
                Ok(Some(server)) => {
                    let mut answer = MessageBuilder::new_vec()
                        .start_answer(&asked, Rcode::NOERROR)
                        .unwrap()
                        .additional();
                    server.answer(&mut answer, Time48::now()).unwrap();
                    answer.finish()
                }
                Ok(None) => panic!("it is not signed"),
                Err(error) => error
                    .build_message(&asked, MessageBuilder::new_vec())
                    .unwrap()
                    .finish(),
            };
            let read = notify.read(&octets);
            assert_eq!(read == Reply::Acknowledged, is_good, "{read:?}");
        }
        let notify = Notify::new(&zone(), Some(key(secret))).unwrap();
        let unsigned = notify.read(&reply(&notify, Rcode::NOTAUTH, |_| {}));
        assert!(
            matches!(&unsigned, Reply::Foreign(why) if why.contains("NOTAUTH")),
            "{unsigned:?}"
        );
    }

    #[test]
    fn a_key_that_cannot_sign_is_refused_with_its_name() {
        let key = |algorithm: &str, secret: &str| {
            signing_key(&TsigKey {
                name: Name::parse("transfer").unwrap(),
                algorithm: algorithm.into(),
                secret: secret.into(),
            })
            .unwrap_err()
        };
        assert!(
            key("hmac-md5.sig-alg.reg.int.", "AAAA")
                .contains("transfer. has the algorithm hmac-md5")
        );
        assert!(key("hmac-sha256.", "?").contains("the secret of the TSIG key transfer."));
    }
}
