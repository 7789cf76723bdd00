//! The other side of the socket, for our own commands and tests: asks as PowerDNS does and tells what it is told.
//! Blocking, like the server; rows of a transfer are handed on as they come, so memory stays flat.

use std::fmt;
use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

/// Longest wait for more of a reply. The daemon answers in microseconds; whoever needs longer hangs.
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// One connection.
pub struct Client {
    reader: BufReader<UnixStream>,
}

/// One row of `lookup` or `list`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Owner, with a dot at its end, escaped as in a master file.
    pub qname: String,
    /// Type; `ENT` with an empty content stands for a name that exists without records.
    pub qtype: String,
    /// Rdata as in a master file; of the SOA, too, all seven fields.
    pub content: String,
    /// Seconds.
    pub ttl: u32,
    /// The zone's id, in the SOA row only.
    pub domain_id: Option<i64>,
}

/// One row of `getAllDomains`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ZoneRow {
    /// The id that the zone's SOA row carries.
    pub id: i64,
    /// Apex, with a dot at its end.
    pub zone: String,
    /// The SOA serial.
    pub serial: u32,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error("connect to {path}")]
    Connect {
        /// The socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The connection broke.
    #[error("ask the daemon")]
    Io(#[source] io::Error),
    /// What came is no reply.
    #[error("read the reply")]
    Reply(#[source] serde_json::Error),
    /// The daemon answered that it cannot say.
    #[error("the daemon answered: {0}")]
    Failed(String),
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there, or not to us.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let connect = |source| ClientError::Connect {
            path: path.to_owned(),
            source,
        };
        let stream = UnixStream::connect(path).map_err(connect)?;
        stream
            .set_read_timeout(Some(REPLY_TIMEOUT))
            .map_err(ClientError::Io)?;
        stream
            .set_write_timeout(Some(REPLY_TIMEOUT))
            .map_err(ClientError::Io)?;
        Ok(Self {
            reader: BufReader::new(stream),
        })
    }

    /// Asks anything and gives the `result`.
    ///
    /// # Errors
    /// The connection breaks, or the reply has no `result`.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Result<Value, ClientError> {
        self.ask(method, parameters)?;
        let reply: Value = self.read()?;
        match reply.get("result") {
            Some(result) if !result.is_null() => Ok(result.clone()),
            Some(_) | None => Err(ClientError::Failed(
                reply.get("error").map_or_else(|| reply.to_string(), plain),
            )),
        }
    }

    /// The records of a name; none: there is no such name, or it has none of that type.
    ///
    /// # Errors
    /// As `call`.
    pub fn lookup(&mut self, qname: &str, qtype: &str) -> Result<Vec<Row>, ClientError> {
        let mut rows = Vec::new();
        self.rows("lookup", &json!({"qname": qname, "qtype": qtype}), |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Hands on every record of a zone as it comes, its SOA first. `false`: there is no such zone.
    ///
    /// # Errors
    /// As `call`, or what `each` returns; then the rest of the reply is still to come, and the connection is of no more use.
    pub fn list(
        &mut self,
        zone: &str,
        each: impl FnMut(Row) -> io::Result<()>,
    ) -> Result<bool, ClientError> {
        self.rows("list", &json!({"zonename": zone}), each)
    }

    /// Every zone.
    ///
    /// # Errors
    /// As `call`.
    pub fn zones(&mut self) -> Result<Vec<ZoneRow>, ClientError> {
        let zones = self.call("getAllDomains", &json!({"include_disabled": false}))?;
        serde_json::from_value(zones).map_err(ClientError::Reply)
    }

    fn rows(
        &mut self,
        method: &str,
        parameters: &Value,
        mut each: impl FnMut(Row) -> io::Result<()>,
    ) -> Result<bool, ClientError> {
        self.ask(method, parameters)?;
        let mut deserializer = serde_json::Deserializer::from_reader(&mut self.reader);
        let mut failure = None;
        let reply = Rows {
            each: &mut each,
            failure: &mut failure,
        };
        let told = reply.deserialize(&mut deserializer);
        if let Some(error) = failure {
            return Err(ClientError::Io(error));
        }
        match told {
            Err(error) => Err(reply_error(error)),
            Ok(Told::Rows) => Ok(true),
            Ok(Told::No) => Ok(false),
            Ok(Told::Error(reason)) => Err(ClientError::Failed(reason)),
        }
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Result<(), ClientError> {
        let mut request = json!({"method": method, "parameters": parameters}).to_string();
        request.push('\n');
        self.reader
            .get_mut()
            .write_all(request.as_bytes())
            .map_err(ClientError::Io)
    }

    fn read(&mut self) -> Result<Value, ClientError> {
        Value::deserialize(&mut serde_json::Deserializer::from_reader(&mut self.reader))
            .map_err(reply_error)
    }
}

fn reply_error(error: serde_json::Error) -> ClientError {
    if error.is_io() {
        ClientError::Io(error.into())
    } else {
        ClientError::Reply(error)
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads one reply and hands on each row of its result.
struct Rows<'a> {
    each: &'a mut dyn FnMut(Row) -> io::Result<()>,
    failure: &'a mut Option<io::Error>,
}

/// What a reply came to.
enum Told {
    Rows,
    No,
    Error(String),
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = Told;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Told, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = Told;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with `result`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Told, A::Error> {
        let mut told = None;
        let mut reason = String::from("no reason given");
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "result" => told = map.next_value_seed(ResultRows(&mut self))?,
                "error" => reason = plain(&map.next_value::<Value>()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(told.unwrap_or(Told::Error(reason)))
    }
}

struct ResultRows<'r, 'a>(&'r mut Rows<'a>);

impl<'de> DeserializeSeed<'de> for ResultRows<'_, '_> {
    type Value = Option<Told>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Told>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResultRows<'_, '_> {
    type Value = Option<Told>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of records, or false")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Option<Told>, E> {
        Ok(Some(Told::No))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Option<Told>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Option<Told>, A::Error> {
        while let Some(row) = sequence.next_element()? {
            if let Err(error) = (self.0.each)(row) {
                *self.0.failure = Some(error);
                return Err(serde::de::Error::custom("the row was not taken"));
            }
        }
        Ok(Some(Told::Rows))
    }
}
