use domain::base::Header;
use domain::base::message_builder::AnswerBuilder;
use domain::rdata::{A, Cname, Mx};

use super::*;

type Answer = AnswerBuilder<Vec<u8>>;

fn question(name: &str, rtype: Option<u16>, role: Role) -> Question {
    Question::new(&Name::parse(name).unwrap(), rtype, role).unwrap()
}

fn name(text: &str) -> DomainName<Vec<u8>> {
    DomainName::from_str(text).unwrap()
}

/// A reply with authority and recursion, with these records, as `change` leaves its header.
fn reply(
    question: &Question,
    rcode: Rcode,
    records: impl Fn(&mut Answer),
    change: impl Fn(&mut Header),
) -> Vec<u8> {
    let mut answer = MessageBuilder::new_vec()
        .start_answer(&question.message, rcode)
        .unwrap();
    records(&mut answer);
    answer.header_mut().set_aa(true);
    answer.header_mut().set_ra(true);
    change(answer.header_mut());
    answer.finish()
}

fn word(question: &Question, octets: &[u8]) -> Word {
    match question.read(octets) {
        Heard::Reply(Reply::Said(word)) => word,
        Heard::Reply(Reply::Truncated) | Heard::Foreign(_) => panic!("it is no answer"),
    }
}

fn record(rtype: &str, content: &str) -> Record {
    Record {
        rtype: rtype.into(),
        content: content.into(),
    }
}

#[test]
fn a_question_wants_recursion_of_a_recursor_alone_and_answers_that_fit() {
    for (role, is_wanted) in [(Role::Authoritative, false), (Role::Recursor, true)] {
        let question = question("Web.Demo", Some(1), role);
        assert_eq!(question.message.header().rd(), is_wanted);
        let asked = question.message.sole_question().unwrap();
        assert_eq!(asked.qtype(), Rtype::A);
        let opt = question.message.opt().unwrap();
        assert_eq!(opt.udp_payload_size(), LARGEST_DATAGRAM);
    }
    let any = question("web.demo", None, Role::Recursor);
    assert_eq!(any.message.qtype(), Some(Rtype::ANY));
}

#[test]
fn records_of_the_name_itself_are_read_as_the_daemon_writes_them() {
    let question = question("web.demo", None, Role::Recursor);
    let octets = reply(
        &question,
        Rcode::NOERROR,
        |answer| {
            let mx = Mx::new(10, name("MAIL.demo"));
            answer.push((name("WEB.demo"), 60, mx)).unwrap();
            for owner in ["web.demo", "other.demo"] {
                let address = A::from_octets(10, 0, 0, 5);
                answer.push((name(owner), 60, address)).unwrap();
            }
        },
        |_| {},
    );
    assert_eq!(
        word(&question, &octets),
        Word::Records(vec![record("A", "10.0.0.5"), record("MX", "10 mail.demo.")])
    );
}

#[test]
fn a_name_that_is_not_there_is_told_from_one_that_cannot_be_said() {
    let plain = |_: &mut Header| {};
    let none = |_: &mut Answer| {};
    let neither = |text: &str| Word::Neither(text.to_owned());
    for role in [Role::Authoritative, Role::Recursor] {
        let question = question("web.demo", Some(1), role);
        for (rcode, said) in [
            (Rcode::NOERROR, Word::Records(Vec::new())),
            (Rcode::NXDOMAIN, Word::NoSuchName),
            (Rcode::SERVFAIL, neither("it answers SERVFAIL")),
            (Rcode::REFUSED, neither("it answers REFUSED")),
        ] {
            let octets = reply(&question, rcode, none, plain);
            assert_eq!(word(&question, &octets), said, "{role:?} {rcode}");
        }
        // An alias to nowhere is there.
        let alias = |answer: &mut Answer| {
            let target = Cname::new(name("nowhere.demo"));
            answer.push((name("web.demo"), 60, target)).unwrap();
        };
        let octets = reply(&question, Rcode::NXDOMAIN, alias, plain);
        let records = vec![record("CNAME", "nowhere.demo.")];
        assert_eq!(word(&question, &octets), Word::Records(records));
    }
    for (role, says) in [
        (Role::Authoritative, "it has no authority over the name"),
        (Role::Recursor, "it is no recursor, or not for us"),
    ] {
        let question = question("web.demo", Some(1), role);
        let octets = reply(&question, Rcode::NXDOMAIN, none, |header| {
            header.set_aa(role == Role::Recursor);
            header.set_ra(role == Role::Authoritative);
        });
        assert_eq!(word(&question, &octets), neither(says));
    }
}

#[test]
fn only_a_reply_to_it_counts() {
    let asked = question("web.demo", Some(1), Role::Recursor);
    let none = |_: &mut Answer| {};
    let foreign = |octets: &[u8], what: &str| {
        assert!(matches!(asked.read(octets), Heard::Foreign(_)), "{what}");
    };
    let id = asked.message.header().id();
    let another = |header: &mut Header| header.set_id(id ^ 1);
    foreign(&reply(&asked, Rcode::NOERROR, none, another), "another id");
    let no_reply = |header: &mut Header| header.set_qr(false);
    foreign(&reply(&asked, Rcode::NOERROR, none, no_reply), "no reply");
    foreign(&[0; 11], "cut off");
    foreign(asked.octets(), "an echo");
    for other in [
        question("api.demo", Some(1), Role::Recursor),
        question("web.demo", Some(28), Role::Recursor),
    ] {
        let same_id = |header: &mut Header| header.set_id(id);
        let octets = reply(&other, Rcode::NOERROR, none, same_id);
        foreign(&octets, "another question");
    }
    let cut = |header: &mut Header| header.set_tc(true);
    let octets = reply(&asked, Rcode::NOERROR, none, cut);
    assert_eq!(asked.read(&octets), Heard::Reply(Reply::Truncated));
}
