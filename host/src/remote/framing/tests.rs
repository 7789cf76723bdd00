use super::{Break, Frame, Input, MAX_REQUEST, MAX_SKIPPED};

/// Feeds `pieces`, one read each, and tells what was framed.
fn frames(pieces: &[&[u8]]) -> Vec<Result<String, Break>> {
    let mut input = Input::new();
    let mut seen = Vec::new();
    for piece in pieces {
        let mut rest: &[u8] = piece;
        while !rest.is_empty() {
            input.fill(&mut rest).unwrap();
            loop {
                match input.frame().unwrap() {
                    Frame::Object(length) => {
                        seen.push(Ok(
                            String::from_utf8_lossy(&input.pending()[..length]).into_owned()
                        ));
                        input.consume(length);
                    }
                    Frame::Broken(length, why) => {
                        seen.push(Err(why));
                        input.consume(length);
                    }
                    Frame::Incomplete => break,
                }
            }
        }
    }
    seen.extend(input.remainder().map(Err));
    seen
}

#[test]
fn a_request_ends_at_the_brace_that_closes_it() {
    let (a, b) = (r#"{"a":{"b":"}\"}{"}}"#, "{\n  \"a\": [\n    1\n  ]\n}");
    let whole = format!("  {a}{b}\r\n\n{a}");
    let expected = [a, b, a].map(|text| Ok(text.to_owned()));
    assert_eq!(frames(&[whole.as_bytes()]), expected, "joined");
    let octets: Vec<&[u8]> = whole.as_bytes().chunks(1).collect();
    assert_eq!(frames(&octets), expected, "split at every octet");
}

#[test]
fn what_is_no_request_is_answered_once_and_skipped() {
    let good = || Ok("{}".to_owned());
    for (text, expected) in [
        ("hello {}\n{}", vec![Err(Break::NoObject), good()]),
        ("[1,2]\n{}", vec![Err(Break::NoObject), good()]),
        ("{\"a\":\"b}\n{}", vec![Err(Break::LineInString), good()]),
        ("{}\n{\"a\":", vec![good(), Err(Break::Unfinished)]),
        ("{}\nhello", vec![good(), Err(Break::NoObject)]),
        ("{\"a\":\"", vec![Err(Break::Unfinished)]),
        ("{\"a\":]}{}", vec![Ok("{\"a\":]}".to_owned()), good()]),
        (" \n", vec![]),
    ] {
        assert_eq!(frames(&[text.as_bytes()]), expected, "of {text:?}");
    }
}

#[test]
fn a_request_over_the_limit_is_refused_and_the_next_one_answered() {
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(3 * MAX_REQUEST));
    let text = format!("{large}\n{{}}\n");
    assert_eq!(
        frames(&[text.as_bytes()]),
        [Err(Break::TooLarge), Ok("{}".to_owned())]
    );
    let just = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_REQUEST - 8));
    assert_eq!(frames(&[just.as_bytes()]), [Ok(just.clone())]);
}

#[test]
fn what_is_carried_to_another_process_is_answered_as_it_would_have_been() {
    let large = format!("{{\"a\":\"}}{}\"}}", "x".repeat(3 * MAX_REQUEST));
    let text = format!("{{}} hello\n{{\"b\":\"\\\"\"}}{large}{{\"c\":{{}}}}\n");
    let whole = frames(&[text.as_bytes()]);
    for place in (0..text.len()).filter(|place| *place < 64 || place % 1_111 == 0) {
        let mut input = Input::new();
        let mut seen = Vec::new();
        for mut rest in [&text.as_bytes()[..place], &text.as_bytes()[place..]] {
            while !rest.is_empty() {
                input.fill(&mut rest).unwrap();
                loop {
                    let (length, one) = match input.frame().unwrap() {
                        Frame::Object(length) => {
                            let object = String::from_utf8_lossy(&input.pending()[..length]);
                            (length, Ok(object.into_owned()))
                        }
                        Frame::Broken(length, why) => (length, Err(why)),
                        Frame::Incomplete => break,
                    };
                    seen.push(one);
                    input.consume(length);
                }
            }
            let carried = serde_json::to_string(&input.carry()).unwrap();
            input = Input::from(serde_json::from_str::<super::Carried>(&carried).unwrap());
        }
        assert_eq!(seen, whole, "carried at octet {place}");
    }
}

#[test]
fn a_request_without_end_ends_the_connection() {
    let mut input = Input::new();
    let text = vec![b'{'; MAX_SKIPPED + 2 * MAX_REQUEST];
    let mut rest: &[u8] = &text;
    let ended = std::iter::from_fn(|| {
        input.fill(&mut rest).unwrap();
        Some(input.frame())
    })
    .take(10_000)
    .any(|frame| frame.is_err());
    assert!(ended);
}
