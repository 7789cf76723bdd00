use std::net::Ipv4Addr;

use domain::base::iana::Rcode;
use domain::base::{Message, MessageBuilder};
use domain::rdata::A;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use zonesmith_zone::name::Name;

use super::message::{Record, Role};
use super::*;

/// Answers one question with this address, or that it is cut.
fn answer(asked: &[u8], address: Option<Ipv4Addr>) -> Vec<u8> {
    let asked = Message::from_octets(asked.to_vec()).unwrap();
    let mut answer = MessageBuilder::new_vec()
        .start_answer(&asked, Rcode::NOERROR)
        .unwrap();
    answer.header_mut().set_aa(true);
    answer.header_mut().set_tc(address.is_none());
    let name = asked.sole_question().unwrap().into_qname();
    if let Some(address) = address {
        answer.push((name, 60, A::new(address))).unwrap();
    }
    answer.finish()
}

fn question() -> Question {
    Question::new(
        &Name::parse("web.demo").unwrap(),
        Some(1),
        Role::Authoritative,
    )
    .unwrap()
}

fn said(address: &str) -> Result<Word, String> {
    Ok(Word::Records(vec![Record {
        rtype: "A".into(),
        content: address.into(),
    }]))
}

#[tokio::test]
async fn what_is_no_reply_is_passed_over() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let place = server.local_addr().unwrap();
    let serve = async {
        let mut octets = [0; 512];
        let (length, client) = server.recv_from(&mut octets).await.unwrap();
        let good = answer(&octets[..length], Some([10, 0, 0, 5].into()));
        let mut other_id = good.clone();
        other_id[0] ^= 1;
        server.send_to(&other_id, client).await.unwrap();
        server.send_to(b"?", client).await.unwrap();
        server.send_to(&good, client).await.unwrap();
    };
    let asked = question();
    let (answered, ()) = tokio::join!(ask(place, &asked), serve);
    assert_eq!(answered, said("10.0.0.5"));
}

#[tokio::test]
async fn an_answer_that_was_cut_is_asked_for_over_tcp() {
    let stream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = stream.local_addr().unwrap();
    let datagrams = UdpSocket::bind(place).await.unwrap();
    let serve = async {
        let mut octets = [0; 512];
        let (length, client) = datagrams.recv_from(&mut octets).await.unwrap();
        let cut = answer(&octets[..length], None);
        datagrams.send_to(&cut, client).await.unwrap();
        let (mut connection, _) = stream.accept().await.unwrap();
        let mut asked = vec![0; usize::from(connection.read_u16().await.unwrap())];
        connection.read_exact(&mut asked).await.unwrap();
        let whole = answer(&asked, Some([10, 0, 0, 6].into()));
        let length = u16::try_from(whole.len()).unwrap();
        connection.write_u16(length).await.unwrap();
        connection.write_all(&whole).await.unwrap();
    };
    let asked = question();
    let (answered, ()) = tokio::join!(ask(place, &asked), serve);
    assert_eq!(answered, said("10.0.0.6"));
}

#[tokio::test]
async fn a_server_that_is_away_is_said_to_be() {
    let place = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr();
    let answered = ask(place.unwrap(), &question()).await;
    assert_eq!(answered, Err("nobody listens there".to_owned()));
}
