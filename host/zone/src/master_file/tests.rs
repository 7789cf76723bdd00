use std::fmt::Write;

use proptest::strategy::Strategy;

use super::*;
use crate::rdata;

/// Files by name; paths are taken as they are written.
const FILES: &[(&str, &str)] = &[
    ("sub.zone", "\ta A 10.9.0.1\n"),
    (
        "hosts.zone",
        "x A 10.9.0.2\n$TTL 9\n$ORIGIN other.\n$INCLUDE deep.zone deep\n",
    ),
    ("deep.zone", "@ TXT deep\n"),
    ("self.zone", "a A 10.0.0.1\n$INCLUDE self.zone\n"),
    ("with space.zone", "s A 10.9.0.3\n"),
];

fn include(path: &str, standing_in: &str) -> Result<(Arc<str>, Vec<u8>), String> {
    let file = FILES.iter().find(|(name, _)| *name == path);
    let (name, text) = file.ok_or_else(|| format!("{path} of {standing_in} is not there"))?;
    Ok(((*name).into(), text.as_bytes().to_vec()))
}

fn read_text(text: &[u8]) -> Result<MasterFile, Vec<MasterFileError>> {
    let origin = Name::parse("example.com").unwrap();
    read("example.zone", text, &origin, &mut include)
}

/// One record a line, with its place.
fn printed(text: &str) -> String {
    let mut out = String::new();
    match read_text(text.as_bytes()) {
        Ok(file) => {
            if let Some((soa, owner, serial, place)) = &file.soa {
                writeln!(out, "{place} {owner} {serial} {soa:?}").unwrap();
            }
            for MasterRecord { record, place } in &file.records {
                let (rtype, octets) = rdata::encode(&record.data).unwrap();
                let mut content = Vec::new();
                rdata::write_type(rtype, &mut content);
                content.push(b' ');
                rdata::write_content(rtype, &octets, &mut content);
                let content = String::from_utf8(content).unwrap();
                writeln!(out, "{place} {} {} {content}", record.owner, record.ttl).unwrap();
            }
        }
        Err(errors) => {
            for error in errors {
                writeln!(out, "{error}").unwrap();
            }
        }
    }
    out
}

#[test]
fn a_zone_is_read_as_people_write_it() {
    insta::assert_snapshot!(printed(r#"; a zone
$TTL 1h
@	IN	SOA	ns1 hostmaster.example.com. (
			2026010100 ; serial
			2h 1h 2w 1d )
		NS	ns1
		IN NS	ns2.elsewhere.
		300 IN MX 10 mail
		IN 300 MX ( 20 @ )
ns1	A	10.0.0.1
Mail.example.com. 1d aaaa fd00::1
*.w	CNAME	@
$ORIGIN sub.example.com.
a\.b	TXT	"one; (two)" three "\"four\"" ; five
$ORIGIN deeper
@	SRV	0 10 443 a\.b
c	CAA	0 issue "ca.example"
d	HTTPS	1 . alpn=h2 port=8443
e	NAPTR	100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .
f	TYPE1	\# 4 0A000009
g	TYPE65280	\# 2 aabb
h	RP	me texts
$ORIGIN .
com	NS	a.gtld
"#), @r#"
example.zone:3 example.com. 2026010100 SoaDeclaration { ttl: 3600, mname: "ns1.example.com.", rname: "hostmaster.example.com.", refresh: 7200, retry: 3600, expire: 1209600, minimum: 86400 }
example.zone:6 example.com. 3600 NS ns1.example.com.
example.zone:7 example.com. 3600 NS ns2.elsewhere.
example.zone:8 example.com. 300 MX 10 mail.example.com.
example.zone:9 example.com. 300 MX 20 example.com.
example.zone:10 ns1.example.com. 3600 A 10.0.0.1
example.zone:11 mail.example.com. 86400 AAAA fd00::1
example.zone:12 *.w.example.com. 3600 CNAME example.com.
example.zone:14 a\046b.sub.example.com. 3600 TXT "one; (two)" "three" "\"four\""
example.zone:16 deeper.sub.example.com. 3600 SRV 0 10 443 a\046b.deeper.sub.example.com.
example.zone:17 c.deeper.sub.example.com. 3600 CAA 0 issue "ca.example"
example.zone:18 d.deeper.sub.example.com. 3600 HTTPS 1 . alpn=h2 port=8443
example.zone:19 e.deeper.sub.example.com. 3600 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .
example.zone:20 f.deeper.sub.example.com. 3600 A 10.0.0.9
example.zone:21 g.deeper.sub.example.com. 3600 TYPE65280 \# 2 AABB
example.zone:22 h.deeper.sub.example.com. 3600 RP me.deeper.sub.example.com. texts.deeper.sub.example.com.
example.zone:24 com. 3600 NS a.gtld.
"#);
}

#[test]
fn ttls_come_from_what_was_before() {
    insta::assert_snapshot!(printed("a 5 A 10.0.0.1\nb A 10.0.0.2\n$TTL 7\nc A 10.0.0.3\nd 9 A 10.0.0.4\ne A 10.0.0.5\n"), @"
example.zone:1 a.example.com. 5 A 10.0.0.1
example.zone:2 b.example.com. 5 A 10.0.0.2
example.zone:4 c.example.com. 7 A 10.0.0.3
example.zone:5 d.example.com. 9 A 10.0.0.4
example.zone:6 e.example.com. 7 A 10.0.0.5
");
    insta::assert_snapshot!(printed("@ SOA a b 1 2 3 4 55\na A 10.0.0.1\nb 6 A 10.0.0.2\nc A 10.0.0.3\n"), @r#"
example.zone:1 example.com. 1 SoaDeclaration { ttl: 55, mname: "a.example.com.", rname: "b.example.com.", refresh: 2, retry: 3, expire: 4, minimum: 55 }
example.zone:2 a.example.com. 55 A 10.0.0.1
example.zone:3 b.example.com. 6 A 10.0.0.2
example.zone:4 c.example.com. 6 A 10.0.0.3
"#);
    insta::assert_snapshot!(printed("a A 10.0.0.1\n"), @"
example.zone:1: there is no TTL, none before it, no $TTL and no SOA; begin the file with `$TTL 1h`
");
}

#[test]
fn what_an_included_file_sets_ends_with_it() {
    insta::assert_snapshot!(printed("$TTL 60\na A 10.0.0.1\n$INCLUDE hosts.zone inc\n A 10.0.0.2\nb A 10.0.0.3\n$INCLUDE \"with space.zone\"\n$INCLUDE deep.zone\n"), @r#"
example.zone:2 a.example.com. 60 A 10.0.0.1
hosts.zone:1 x.inc.example.com. 60 A 10.9.0.2
deep.zone:1 deep.other. 9 TXT "deep"
example.zone:4 a.example.com. 60 A 10.0.0.2
example.zone:5 b.example.com. 60 A 10.0.0.3
with space.zone:1 s.example.com. 60 A 10.9.0.3
deep.zone:1 example.com. 60 TXT "deep"
"#);
    let file = read_text(b"$TTL 60\n$INCLUDE hosts.zone inc\n$INCLUDE deep.zone\n").unwrap();
    let files: Vec<_> = file.files.iter().map(|file| &**file).collect();
    assert_eq!(files, ["example.zone", "hosts.zone", "deep.zone"]);
}

#[test]
fn one_line_generates_many() {
    insta::assert_snapshot!(printed("$TTL 60\n$GENERATE 1-2 host-$ A 10.0.0.$\n$GENERATE 9-10 ${0,3} 5 IN PTR host-$\nafter A 10.0.0.9\n$GENERATE 1-3/2 $.r TXT \"\\$$ of $\"\n"), @r#"
example.zone:2 host-1.example.com. 60 A 10.0.0.1
example.zone:2 host-2.example.com. 60 A 10.0.0.2
example.zone:3 009.example.com. 5 PTR host-9.example.com.
example.zone:3 010.example.com. 5 PTR host-10.example.com.
example.zone:4 after.example.com. 60 A 10.0.0.9
example.zone:5 1.r.example.com. 60 TXT "$1 of 1"
example.zone:5 3.r.example.com. 60 TXT "$3 of 3"
"#);
}

#[test]
fn all_mistakes_are_named_each_with_its_line() {
    insta::assert_snapshot!(printed(r#" A 10.0.0.1
a A 10.0.0.1
$TTL 1y
b 60 A 10.0.0
c.. A 10.0.0.1
d CH A 10.0.0.1
e (
  60
  NOSUCH x
)
f
g "open
h SOA a b 1 2 3 4
@ SOA a b x 2 3 4 5
@ SOA a b 1 2 3 4 5
@ SOA a b 2 2 3 4 5
$FOO bar
$ORIGIN
$INCLUDE nowhere.zone
$INCLUDE sub.zone
$INCLUDE self.zone
$GENERATE 1-2
$GENERATE 2-1 a$ A 10.0.0.$
$GENERATE 250-260 a$ A 10.0.0.$
$GENERATE 1-2 a${x} A 10.0.0.$
$GENERATE 1-2 @ SOA a b $ 2 3 4 5
i NSEC j A
"quoted" A 10.0.0.1
j MX mail
k TXT "a" (
"#), @r#"
example.zone:1: the line begins with a blank, so it continues the name before, and there is none in this file
example.zone:2: there is no TTL, none before it, no $TTL and no SOA; begin the file with `$TTL 1h`
example.zone:3: this is no time of at most 2147483647 seconds: 3600, 1h, 1w2d3h4m5s (at `1y`)
example.zone:4: the text cannot be read: expected IPv4 address (at `10.0.0`)
example.zone:5: the name has an empty label (at `c..`)
example.zone:6: the only class is IN (at `CH`)
example.zone:7: there is no type `NOSUCH` (at `NOSUCH`)
example.zone:11: there is no type (at `f`)
example.zone:12: a quoted string is not closed
example.zone:13: a SOA has seven fields: mname rname serial refresh retry expire minimum
example.zone:14: the serial is no number of 32 bits (at `x`)
example.zone:16: there is a SOA already, at example.zone:15
example.zone:17: there is no such directive; there are $ORIGIN, $TTL, $INCLUDE and $GENERATE (at `$FOO`)
example.zone:18: it is written `$ORIGIN name` (at `$ORIGIN`)
example.zone:19: nowhere.zone of example.zone is not there (at `nowhere.zone`)
sub.zone:1: the line begins with a blank, so it continues the name before, and there is none in this file
self.zone:2: the file includes itself (at `self.zone`)
example.zone:22: it is written `$GENERATE start-stop[/step] owner [ttl] [class] type rdata` (at `$GENERATE`)
example.zone:23: the range is written start-stop or start-stop/step, and stop is not before start (at `2-1`)
example.zone:24: the text cannot be read: expected IPv4 address (at `10.0.0.256`)
example.zone:25: after `$` stands {offset}, {offset,width} or {offset,width,base}, with a width up to 255 and a base of d o x X n N (at `a${x}`)
example.zone:26: a SOA is not generated
example.zone:27: records of this type are the nameserver's to make (at `j A`)
example.zone:28: a name is not written in quotes (at `"quoted"`)
example.zone:29: the text cannot be read: expected decimal number (at `mail`)
example.zone:30: a parenthesis is opened here and never closed
"#);
}

#[test]
fn endless_files_end() {
    let many = "x y z\n".repeat(1_000);
    assert_eq!(read_text(many.as_bytes()).unwrap_err().len(), ERRORS_LIMIT);
    let mut count = 0;
    let mut deeper = |_: &str, _: &str| {
        count += 1;
        Ok((
            format!("{count}").into(),
            b"$INCLUDE x\n$INCLUDE x\n".to_vec(),
        ))
    };
    let origin = Name::root();
    let errors = read("0", b"$INCLUDE x", &origin, &mut deeper).unwrap_err();
    assert_eq!(errors.len(), ERRORS_LIMIT);
    assert_eq!(errors[0].reason, MasterFileReason::IncludeDepth);
    assert!(count <= INCLUDES_LIMIT);
    let generate = "$TTL 1\n".to_owned() + &"$GENERATE 0-65535 a A 10.0.0.1\n".repeat(31);
    let errors = read_text(generate.as_bytes()).unwrap_err();
    assert_eq!(errors[0].reason, MasterFileReason::TooManyRecords);
    assert_eq!(errors.len(), 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]

    /// Text made of what matters in master files, and of noise.
    #[test]
    fn no_text_is_too_odd(parts in proptest::collection::vec(proptest::prelude::prop_oneof![
        proptest::sample::select(vec![
            "a", "@", ".", "60", "1h", "IN", "A", "10.0.0.1", "TXT", "SOA", "MX", "\\#", "\\", "\"", "(", ")", ";", "\n",
            " ", "\t", "\r\n", "$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE", "1-3", "$", "${1,2,n}", "\\$", "sub.zone",
            "\u{0}", "\u{e9}", "TYPE65280", "SVCB", "alpn=\"h2\"",
        ]).prop_map(str::to_owned),
        "[ -~]{0,6}",
    ], 0..30)) {
        let text = parts.concat();
        if let Ok(file) = read_text(text.as_bytes()) {
            for MasterRecord { record, .. } in file.records {
                let (rtype, octets) = rdata::encode(&record.data).unwrap();
                rdata::check(rtype, octets.into()).unwrap();
                Name::parse(&record.owner).unwrap();
            }
        }
    }
}
