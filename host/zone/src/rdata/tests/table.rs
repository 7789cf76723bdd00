//! Each printed content was served by PowerDNS 4.7.3 from a remote backend, and came out as the octets we
//! hold for it; so did ten thousand variations of them, and `\#` of each type that is called opaque.

/// Type, text as a policy writes it, content as we print it.
pub(super) const TABLE: &[(&str, &str, &str)] = &[
    ("A", "10.22.0.5", "10.22.0.5"),
    ("NS", "NS1.Cluster1", "ns1.cluster1."),
    ("CNAME", "web.cluster1.", "web.cluster1."),
    ("MB", "mb.cluster1", "mb.cluster1."),
    ("MG", "mg.cluster1", "mg.cluster1."),
    ("MR", "mr.cluster1", "mr.cluster1."),
    ("PTR", r"a\.b\032c.cluster1", r"a\046b\032c.cluster1."),
    ("HINFO", "x86 \"a \\\"b\\\\\"", "\"x86\" \"a \\\"b\\\\\""),
    ("MINFO", "a.cluster1 .", "a.cluster1. ."),
    ("MX", "10 mail.cluster1", "10 mail.cluster1."),
    ("MX", "0 .", "0 ."),
    ("TXT", "v=spf1 \"a b\" \"\"", "\"v=spf1\" \"a b\" \"\""),
    (
        "TXT",
        "\"gr\u{fc}n; ( \\\"x\\\" \\000\"",
        "\"gr\\195\\188n; ( \\\"x\\\" \\000\"",
    ),
    ("RP", "a.cluster1 b.cluster1", "a.cluster1. b.cluster1."),
    ("AFSDB", "1 afs.cluster1", "1 afs.cluster1."),
    (
        "KEY",
        "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
        "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
    ),
    ("AAAA", "FD00:60::0:21", "fd00:60::21"),
    ("AAAA", "::ffff:1.2.3.4", "::ffff:1.2.3.4"),
    (
        "SRV",
        "0 10 80 10-22-0-5.web.shop.svc.cluster1",
        "0 10 80 10-22-0-5.web.shop.svc.cluster1.",
    ),
    (
        "NAPTR",
        r#"100 50 "s" "z3950+I2L+I2C" "!^.*\\.x$!y!" _z3950._tcp.gatech.edu"#,
        r#"100 50 "s" "z3950+I2L+I2C" "!^.*\\.x$!y!" _z3950._tcp.gatech.edu."#,
    ),
    ("KX", "10 kx.cluster1", "10 kx.cluster1."),
    ("DNAME", "other.cluster1", "other.cluster1."),
    (
        "DS",
        "60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118",
        "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
    ),
    (
        "SSHFP",
        "2 1 123456789abcdef67890123456789abcdef67890",
        "2 1 123456789ABCDEF67890123456789ABCDEF67890",
    ),
    (
        "DNSKEY",
        "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
        "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
    ),
    (
        "DHCID",
        "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
        "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
    ),
    (
        "TLSA",
        "3 1 1 92003ba34942dc74152e2f2c408d29ec",
        "3 1 1 92003BA34942DC74152E2F2C408D29EC",
    ),
    (
        "SMIMEA",
        "3 1 1 92003ba34942dc74152e2f2c408d29ec",
        "3 1 1 92003BA34942DC74152E2F2C408D29EC",
    ),
    (
        "RKEY",
        "0 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
        "0 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
    ),
    (
        "CDS",
        "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
        "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
    ),
    (
        "CDNSKEY",
        "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
        "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3",
    ),
    (
        "OPENPGPKEY",
        "AQPSKmynfzW4kyBv015MUG2DeIQ3",
        "AQPSKmynfzW4kyBv015MUG2DeIQ3",
    ),
    (
        "ZONEMD",
        "2018031900 1 1 616c6c6f77656420627574206e6f7420666f756e64206f6e6c7920746f206265206c6f6e67206e6f7720212121",
        "2018031900 1 1 616C6C6F77656420627574206E6F7420666F756E64206F6E6C7920746F206265206C6F6E67206E6F7720212121",
    ),
    ("SPF", "\"v=spf1 -all\"", "\"v=spf1 -all\""),
    ("LP", "10 l64.cluster1", "10 l64.cluster1."),
    (
        "CAA",
        "0 issue \"ca.example; a=\\\"b\\\"\"",
        "0 issue \"ca.example; a=\\\"b\\\"\"",
    ),
    ("CAA", "128 iodef \"\"", "128 iodef \"\""),
    (
        "DLV",
        "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
        "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
    ),
    ("TYPE65280", r"\# 4 0a00 0001", r"\# 4 0A000001"),
    ("TYPE65280", r"\# 0", r"\# 0"),
    ("NULL", r"\# 1 ff", r"\# 1 FF"),
    // RFC 9460 appendix D.
    ("HTTPS", "0 foo.example.com.", "0 foo.example.com."),
    ("SVCB", "1 .", "1 ."),
    (
        "SVCB",
        r#"1 . key8000="a;b\"\\ ,(c""#,
        r#"1 . key8000="a\059b\034\092\032\044\040c""#,
    ),
    (
        "SVCB",
        "16 foo.example.com. port=53",
        "16 foo.example.com. port=53",
    ),
    (
        "SVCB",
        "1 foo.example.com. key667=hello",
        "1 foo.example.com. key667=\"hello\"",
    ),
    (
        "SVCB",
        r#"1 foo.example.com. key667="hello\210qoo""#,
        r#"1 foo.example.com. key667="hello\210qoo""#,
    ),
    (
        "SVCB",
        r#"1 Foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1""#,
        "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
    ),
    (
        "SVCB",
        "16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
        "16 foo.example.org. mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1",
    ),
    (
        "HTTPS",
        "1 . no-default-alpn alpn=h2 ech=AEP+DQA/AAAgACB8eQ== port=8443 key7=\"/dns-query{?dns}\"",
        "1 . alpn=h2 no-default-alpn port=8443 ech=AEP+DQA/AAAgACB8eQ== key7=\"/dns-query{?dns}\"",
    ),
];
