use super::secret::{Generated, SigningKey, generate};
use super::*;

/// A component needs not be one here: bytes are bytes.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0 and more of it";

/// Made by `minisign` 0.11 of the bytes `test`, and the key it names (from its documentation).
const THEIR_KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const THEIR_OLD_SIGNATURE: &str = "\
untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
";
const THEIR_SIGNATURE: &str = "\
untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1633700835\tfile:test\tprehashed
wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==
";

fn pair() -> (SigningKey, TrustedKey) {
    let Generated {
        public,
        public_file,
        secret_file,
    } = generate(None).unwrap();
    assert_eq!(TrustedKey::of_file(&public_file), Ok(public.clone()));
    let signing = SigningKey::of_file(&secret_file, || unreachable!()).unwrap();
    assert_eq!(signing.id(), public.id());
    (signing, public)
}

#[test]
fn without_keys_nobody_is_asked_for_a_signature() {
    let trust = Trust::default();
    assert_eq!(trust.decide(COMPONENT, None, None), Ok(None));
    assert_eq!(trust.decide(COMPONENT, Some("nonsense"), None), Ok(None));
}

#[test]
fn what_one_of_the_keys_signed_is_believed_with_its_comment() {
    let ((_, other), (signing, public)) = (pair(), pair());
    let signature = signing.sign(COMPONENT, "for site 1\tat noon").unwrap();
    for keys in [
        vec![public.clone()],
        vec![other.clone(), public.clone()],
        vec![public.clone(), other],
    ] {
        let signed = Trust::new(keys)
            .decide(COMPONENT, Some(&signature), None)
            .unwrap();
        assert_eq!(
            signed,
            Some(Signed {
                key: public.id(),
                comment: "for site 1\tat noon".to_owned()
            })
        );
    }
}

#[test]
fn a_signature_of_minisign_is_one() {
    let trust = Trust::new(vec![THEIR_KEY.parse().unwrap()]);
    let signed = trust.decide(b"test", Some(THEIR_SIGNATURE), None);
    let comment = signed.unwrap().unwrap().comment;
    assert_eq!(comment, "timestamp:1633700835\tfile:test\tprehashed");
    let id = THEIR_KEY.parse::<TrustedKey>().unwrap().id();
    assert_eq!(id.to_string(), "E7620F1842B4E81F");
    assert_eq!(
        trust.decide(b"test", Some(THEIR_OLD_SIGNATURE), None),
        Err(Distrust::Changed(id)),
        "not made over a hash"
    );
}

#[test]
fn each_distrust_says_why() {
    let ((signing, public), (stranger, other)) = (pair(), pair());
    let trust = Trust::new(vec![public.clone()]);
    let signature = signing.sign(COMPONENT, "c").unwrap();
    let strange = stranger.sign(COMPONENT, "c").unwrap();
    let elses = signing.sign(b"another component", "c").unwrap();
    assert_eq!(trust.decide(COMPONENT, None, None), Err(Distrust::Unsigned));
    assert_eq!(
        trust.decide(COMPONENT, Some(&strange), None),
        Err(Distrust::OtherKey {
            key: other.id(),
            trusted: vec![public.id()]
        })
    );
    let changed = Err(Distrust::Changed(public.id()));
    assert_eq!(trust.decide(COMPONENT, Some(&elses), None), changed);
    // A stranger that takes a trusted key's identifier for its own.
    let forged = strange.replacen(
        &strange.lines().nth(1).unwrap()[..14],
        &signature.lines().nth(1).unwrap()[..14],
        1,
    );
    assert!(trust.decide(COMPONENT, Some(&forged), None).is_err());
}

#[test]
fn another_digest_than_the_pinned_one_is_refused_however_it_is_signed() {
    let (signing, public) = pair();
    let trust = Trust::new(vec![public]);
    let old = b"the component of last year";
    let signature = signing.sign(old, "c").unwrap();
    let pinned = Digest::of(COMPONENT);
    let refused = Err(Distrust::OtherDigest {
        pinned,
        found: Digest::of(old),
    });
    assert_eq!(trust.decide(old, Some(&signature), Some(pinned)), refused);
    assert_eq!(Trust::default().decide(old, None, Some(pinned)), refused);
    assert_eq!(
        trust.decide(COMPONENT, None, Some(pinned)),
        Err(Distrust::Unsigned),
        "a pin stands for no signature"
    );
    let signature = signing.sign(COMPONENT, "c").unwrap();
    let decided = trust.decide(COMPONENT, Some(&signature), Some(pinned));
    assert!(decided.is_ok(), "{decided:?}");
}

#[test]
fn each_bit_of_the_signature_counts() {
    let (signing, public) = pair();
    let trust = Trust::new(vec![public]);
    let signature = signing.sign(COMPONENT, "for site 1").unwrap();
    // By its name, and by its maker's word, the first comment is not signed. It is shown to nobody.
    let unsigned = "untrusted comment: ".len()..signature.find('\n').unwrap();
    let comment = trust.signed(COMPONENT, &signature).unwrap();
    for at in 0..signature.len() {
        for bit in 0..8 {
            let mut octets = signature.clone().into_bytes();
            octets[at] ^= 1 << bit;
            let text = String::from_utf8_lossy(&octets).into_owned();
            match trust.decide(COMPONENT, Some(&text), None) {
                Ok(signed) => {
                    assert!(unsigned.contains(&at), "bit {bit} of octet {at}: {text}");
                    assert_eq!(signed.as_ref(), Some(&comment));
                }
                Err(reason) => {
                    assert_ne!(reason, Distrust::Unsigned, "bit {bit} of octet {at}");
                }
            }
        }
    }
}

#[test]
fn what_is_cut_off_added_or_written_otherwise_is_refused() {
    let (signing, public) = pair();
    let trust = Trust::new(vec![public]);
    let signature = signing.sign(COMPONENT, "for site 1").unwrap();
    for length in 0..signature.len() {
        let cut = &signature[..length];
        let decided = trust.decide(COMPONENT, Some(cut), None);
        assert!(decided.is_err(), "the first {length} octets");
    }
    for other in [
        format!("{signature}\n"),
        format!("{signature} "),
        format!("\n{signature}"),
        format!(" {signature}"),
        format!("{signature}{signature}"),
        signature.replace('\n', "\r\n"),
        signature.replace("=\n", "\n"),
        signature.replace("for site 1", "for site 2"),
        signature.replace("for site 1", "for site 1 "),
        "x".repeat(signature::LARGEST + 1),
        "\u{fffd}".repeat(100),
        String::new(),
    ] {
        let decided = trust.decide(COMPONENT, Some(&other), None);
        assert!(decided.is_err(), "{other}");
    }
}

#[test]
fn a_key_that_is_none_is_refused() {
    let (_, public) = pair();
    let secret = generate(None).unwrap().secret_file;
    for text in [
        "",
        "RWQ",
        &public.as_str()[1..],
        &format!("{public}A"),
        &format!(" {public}"),
        &format!("{public}\n"),
        secret.lines().nth(1).unwrap(),
        &public.as_str().replacen("RW", "AA", 1),
    ] {
        assert_eq!(text.parse::<TrustedKey>(), Err(key::NotAKey), "{text}");
    }
    assert_eq!(TrustedKey::of_file(public.as_str()), Err(key::NotAKey));
    assert_eq!(TrustedKey::of_file(&secret), Err(key::NotAKey));
}

#[test]
fn a_protected_key_wants_its_password() {
    let made = generate(Some("correct horse".to_owned())).unwrap();
    let with = |password: &str| {
        let password = password.to_owned();
        SigningKey::of_file(&made.secret_file, || Ok(password))
    };
    assert!(with("battery staple").is_err());
    let signature = with("correct horse").unwrap().sign(COMPONENT, "c").unwrap();
    let trust = Trust::new(vec![made.public]);
    assert!(trust.signed(COMPONENT, &signature).is_ok());
}

#[test]
fn a_comment_is_one_line() {
    let (signing, _) = pair();
    for comment in [
        "two\nlines",
        "a\rb",
        " blank",
        "\u{1b}[31m",
        &"x".repeat(1025),
    ] {
        assert!(signing.sign(COMPONENT, comment).is_err(), "{comment:?}");
    }
}
