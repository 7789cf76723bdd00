//! Messages with descriptors: a length of four octets (the largest first), that much JSON, and beside the first octets
//! whatever is passed. The system never joins what was written with descriptors to what was written before it, so a
//! message's descriptors are those that come with its octets.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most descriptors that the system passes at once (`SCM_MAX_FD`).
const MOST_DESCRIPTORS: usize = 253;

/// Largest message in octets: a batch of connections, each with the largest request, as JSON writes octets.
const LARGEST: usize = 64 * 1024 * 1024;

/// One side of it.
#[derive(Debug)]
pub(super) struct Channel {
    stream: UnixStream,
}

impl Channel {
    /// On a connection that speaks nothing else from now on; who takes longer than `patience` for a message is given up.
    pub(super) fn new(stream: UnixStream, patience: Duration) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(patience))?;
        let channel = Self { stream };
        channel.wait_for(patience)?;
        Ok(channel)
    }

    /// How long the other side may take for its next message.
    pub(super) fn wait_for(&self, patience: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(patience))
    }

    /// Passes a message and these descriptors, which stay open here.
    pub(super) fn send(
        &self,
        message: &impl Serialize,
        descriptors: &[BorrowedFd<'_>],
    ) -> anyhow::Result<()> {
        let body = serde_json::to_vec(message).context("write a message")?;
        let length = u32::try_from(body.len()).context("write a message of that length")?;
        let mut octets = length.to_be_bytes().to_vec();
        octets.extend(body);
        let mut sent = 0;
        while let Some(rest) = octets.get(sent..).filter(|rest| !rest.is_empty()) {
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            if sent == 0 && !descriptors.is_empty() {
                let fits = control.push(SendAncillaryMessage::ScmRights(descriptors));
                ensure!(fits, "{} descriptors are too many", descriptors.len());
            }
            let pieces = [IoSlice::new(rest)];
            match sendmsg(&self.stream, &pieces, &mut control, SendFlags::NOSIGNAL) {
                Ok(count) => sent += count,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error).context("pass a message"),
            }
        }
        Ok(())
    }

    /// The next message and its descriptors.
    pub(super) fn receive<Message: DeserializeOwned>(
        &self,
    ) -> anyhow::Result<(Message, Vec<OwnedFd>)> {
        let mut descriptors = Vec::new();
        let mut length = [0; 4];
        self.fill(&mut length, &mut descriptors)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        ensure!(
            length <= LARGEST,
            "a message of {length} octets is too long"
        );
        let mut body = vec![0; length];
        self.fill(&mut body, &mut descriptors)?;
        let message = serde_json::from_slice(&body).context("understand a message")?;
        Ok((message, descriptors))
    }

    fn fill(&self, octets: &mut [u8], descriptors: &mut Vec<OwnedFd>) -> anyhow::Result<()> {
        let mut filled = 0;
        while let Some(rest) = octets.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut pieces = [IoSliceMut::new(rest)];
            let flags = RecvFlags::CMSG_CLOEXEC;
            let received = match recvmsg(&self.stream, &mut pieces, &mut control, flags) {
                Ok(received) => received.bytes,
                Err(rustix::io::Errno::INTR) => continue,
                Err(rustix::io::Errno::AGAIN) => bail!("the other side says nothing"),
                Err(error) => return Err(error).context("receive a message"),
            };
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(passed) = message {
                    descriptors.extend(passed);
                }
            }
            ensure!(received > 0, "the other side is gone");
            filled += received;
        }
        Ok(())
    }
}

/// The other side hears at once that nothing comes any more, whoever else has the descriptor.
impl Drop for Channel {
    fn drop(&mut self) {
        // It may have gone first.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::os::fd::AsFd as _;
    use std::thread;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn every_message_comes_with_its_own_descriptors() {
        let (left, right) = UnixStream::pair().unwrap();
        let (left, right) = (
            Channel::new(left, PATIENCE).unwrap(),
            Channel::new(right, PATIENCE).unwrap(),
        );
        let counts = [0, 1, MOST_DESCRIPTORS, 0, 64, 0, 0, 7];
        let sender = thread::spawn(move || {
            for (number, count) in counts.into_iter().enumerate() {
                let pairs: Vec<_> = (0..count).map(|_| UnixStream::pair().unwrap()).collect();
                for (ours, _) in &pairs {
                    let mut ours = ours;
                    write!(ours, "{number}").unwrap();
                }
                let passed: Vec<_> = pairs.iter().map(|(_, theirs)| theirs.as_fd()).collect();
                let text = "x".repeat(100_000 * (number % 3));
                left.send(&(number, text), &passed).unwrap();
            }
        });
        for (expected, count) in counts.into_iter().enumerate() {
            let ((number, text), passed) = right.receive::<(usize, String)>().unwrap();
            assert_eq!((number, text.len()), (expected, 100_000 * (number % 3)));
            assert_eq!(passed.len(), count, "of message {number}");
            for descriptor in passed {
                let mut said = String::new();
                File::from(descriptor).read_to_string(&mut said).unwrap();
                assert_eq!(said, number.to_string());
            }
        }
        sender.join().unwrap();
        let gone = right.receive::<usize>().unwrap_err();
        assert_eq!(gone.to_string(), "the other side is gone");
    }

    #[test]
    fn a_side_that_says_nothing_or_no_message_is_given_up() {
        let (left, right) = UnixStream::pair().unwrap();
        let right = Channel::new(right, Duration::from_millis(20)).unwrap();
        let silent = right.receive::<usize>().unwrap_err();
        assert_eq!(silent.to_string(), "the other side says nothing");
        (&left).write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let other = right.receive::<usize>().unwrap_err();
        assert!(other.to_string().ends_with("is too long"), "{other}");
    }
}
