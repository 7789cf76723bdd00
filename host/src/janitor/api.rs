//! The HTTP API of either server: one name a request, one request a connection, since the servers end it after each.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;

use super::address;
use super::command::Transport;
use super::order::{Item, Reach};
use super::purge_error::PurgeError;
use super::stream::{in_time, remote, secret};

/// Longest answer: a count, or a sentence.
const LONGEST_ANSWER: usize = 64 << 10;

/// The API of one server.
pub(super) struct Api<'a> {
    address: &'a address::Api,
    has_subtrees: bool,
}

impl<'a> Api<'a> {
    /// One that knows single names only, as that of the authoritative server.
    pub(super) fn exact(address: &'a address::Api) -> Self {
        Self {
            address,
            has_subtrees: false,
        }
    }

    /// One that knows subtrees, as the recursor's.
    pub(super) fn with_subtrees(address: &'a address::Api) -> Self {
        Self {
            address,
            has_subtrees: true,
        }
    }

    async fn flush(&self, key: &str, item: &Item<'_>) -> Result<u64, PurgeError> {
        let stream = remote(&self.address.at, &self.address.to_string()).await?;
        let begun = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = begun.map_err(|error| self.broken(error))?;
        // It ends with the sender; an error of it is the request's too.
        tokio::spawn(connection);
        // A name has no octet that means something in a query, but for the backslash.
        let name = item
            .name
            .to_string()
            .replace('\\', "%5C")
            .replace('/', "%2F");
        let subtree = if self.has_subtrees && item.reach == Reach::Subtree {
            "&subtree=true"
        } else {
            ""
        };
        let request = Request::builder()
            .method(Method::PUT)
            .uri(format!(
                "/api/v1/servers/localhost/cache/flush?domain={name}{subtree}"
            ))
            .header(header::HOST, &self.address.at)
            .header("X-API-Key", key)
            .header(header::CONTENT_LENGTH, 0)
            .body(Empty::<Bytes>::new())
            .map_err(|error| self.broken(error))?;
        let response = sender.send_request(request).await;
        let response = response.map_err(|error| self.broken(error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LONGEST_ANSWER);
        let body = body.collect().await.map_err(|error| self.broken(error))?;
        let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
        let address = self.address.to_string();
        let reply = format!("{status}: {}", text.trim());
        match status {
            StatusCode::OK => Ok(count(&text)),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
                Err(PurgeError::Refused { address, reply })
            }
            _ => Err(PurgeError::Reply { address, reply }),
        }
    }

    fn broken(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PurgeError {
        PurgeError::Io {
            address: self.address.to_string(),
            source: std::io::Error::other(error),
        }
    }
}

impl Transport for Api<'_> {
    /// One after the other, each about a millisecond: the time for a command is enough for many.
    const MOST_ITEMS: usize = 100;

    async fn command(&self, items: &[Item<'_>]) -> Result<u64, PurgeError> {
        let address = self.address.to_string();
        let asked = async {
            let key = secret(&self.address.key, &address).await?;
            let mut entries = 0;
            for item in items {
                entries += self.flush(&key, item).await?;
            }
            Ok(entries)
        };
        in_time(&address, asked).await
    }
}

/// `{"count": 3, "result": "Flushed cache."}`
fn count(text: &str) -> u64 {
    let answer = serde_json::from_str::<serde_json::Value>(text);
    let count = answer.ok().and_then(|answer| answer.get("count")?.as_u64());
    count.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread;

    use zonesmith_zone::name::Name;

    use super::*;

    /// Answers requests, one a connection; what they were, each with its key.
    fn served(
        answers: &'static [(&'static str, &'static str)],
    ) -> (
        address::Api,
        tempfile::NamedTempFile,
        thread::JoinHandle<Vec<String>>,
    ) {
        let mut key = tempfile::NamedTempFile::new().unwrap();
        key.write_all(b"the-key\n").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let served = thread::spawn(move || {
            let mut requests = Vec::new();
            for (status, body) in answers {
                let (stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    reader.read_line(&mut head).unwrap();
                }
                let key = head.lines().find(|line| line.starts_with("x-api-key"));
                let line = head.lines().next().unwrap();
                requests.push(format!("{line} {}", key.unwrap()));
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
                );
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
            requests
        });
        let path = key.path().to_str().unwrap().into();
        (address::Api { at, key: path }, key, served)
    }

    #[tokio::test]
    async fn each_name_is_a_request() {
        let answers: &[_] = &[("200 OK", r#"{"count": 2}"#), ("200 OK", r#"{"count": 3}"#)];
        let (address, _key, served) = served(answers);
        let (one, other) = (
            Name::parse(r"a\032b/c.demo").unwrap(),
            Name::parse("old").unwrap(),
        );
        let items = [
            Item {
                name: &one,
                reach: Reach::Exact,
            },
            Item {
                name: &other,
                reach: Reach::Subtree,
            },
        ];
        let api = Api::with_subtrees(&address);
        assert_eq!(api.command(&items).await.unwrap(), 5);
        let path = "PUT /api/v1/servers/localhost/cache/flush?domain=";
        let requests = [
            format!("{path}a%5C032b%2Fc.demo. HTTP/1.1 x-api-key: the-key"),
            format!("{path}old.&subtree=true HTTP/1.1 x-api-key: the-key"),
        ];
        assert_eq!(served.join().unwrap(), requests);
    }

    #[tokio::test]
    async fn a_bad_name_is_a_refusal_and_a_bad_key_is_not() {
        let name = Name::parse("web.demo").unwrap();
        let item = Item {
            name: &name,
            reach: Reach::Exact,
        };
        for (answers, is_refusal) in [
            (&[("422 Unprocessable Entity", "{}")] as &[_], true),
            (&[("401 Unauthorized", "Unauthorized")], false),
        ] {
            let (address, _key, served) = served(answers);
            let error = Api::exact(&address).command(&[item]).await.unwrap_err();
            assert_eq!(
                matches!(error, PurgeError::Refused { .. }),
                is_refusal,
                "{error}"
            );
            served.join().unwrap();
        }
    }
}
