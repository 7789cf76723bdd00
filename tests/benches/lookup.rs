//! `lookup` on the socket as a ratio to a server that only echoes, in the same run: what is left to win is the rest to 1.
//!
//! Both servers are processes of their own with a thread per connection; four connections ask without pause. The questions
//! are PowerDNS's for one client query with its caches off, for names that exist, names that do not, and names that only
//! have others below them; each of a service drawn at random. Beside them random names alone, each a cache miss in a large
//! zone. A single figure means little on a shared machine, so slices of both alternate and the median of their ratios
//! counts; CPU per request is firmer. Goals: 0.9 at every size and flat within 10 %; cold 0.8.
//!
//! `cargo bench --bench lookup` (three minutes), `-- --short` for the gate: fewer and shorter slices, the small size only.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot run says where")]

mod lookup {
    pub(crate) mod client;
    pub(crate) mod cluster;
    pub(crate) mod server;
}

use std::time::Duration;

use lookup::client::{Connections, Questions};
use lookup::server::Server;

/// Of a service in [`lookup::cluster`].
const RECORDS_OF_A_SERVICE: u32 = 8;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if lookup::server::serve_if_asked(&arguments) {
        return;
    }
    let is_short = arguments.iter().any(|argument| argument == "--short");
    let (sizes, rounds, slice): (&[u32], usize, Duration) = if is_short {
        (&[1_000], 3, Duration::from_millis(100))
    } else {
        (&[1_000, 100_000, 1_000_000], 13, Duration::from_millis(400))
    };
    println!(
        " records  questions  lookup/echo (quartiles)  to smallest   echo/s  lookup/s  echo CPU  lookup CPU"
    );
    for questions in [
        Questions::Hits,
        Questions::Misses,
        Questions::EmptyNonTerminals,
        Questions::RandomNames,
    ] {
        let mut smallest = None;
        for &records in sizes {
            let ratio = measure(records, questions, rounds, slice, smallest);
            smallest.get_or_insert(ratio);
        }
    }
}

/// Prints one row; gives the ratio of it, which is compared with that at the smallest size.
fn measure(
    records: u32,
    questions: Questions,
    rounds: usize,
    slice: Duration,
    smallest: Option<f64>,
) -> f64 {
    let services = records / RECORDS_OF_A_SERVICE;
    let echo = Server::start("echo", services);
    let lookup = Server::start("lookup", services);
    let mut to_echo = Connections::open(&echo.path(), services, questions);
    let mut to_lookup = Connections::open(&lookup.path(), services, questions);
    // Once without counting: caches, and the processor's clock.
    to_echo.ask_for(slice);
    to_lookup.ask_for(slice);

    let (echo_time, lookup_time) = (echo.cpu_time(), lookup.cpu_time());
    let (mut ratios, mut echo_rates, mut lookup_rates) = (Vec::new(), Vec::new(), Vec::new());
    let (mut echoed, mut looked_up) = (0, 0);
    let mut before = to_echo.ask_for(slice);
    echoed += before.requests;
    for _ in 0..rounds {
        let between = to_lookup.ask_for(slice);
        let after = to_echo.ask_for(slice);
        ratios.push(between.per_second() / f64::midpoint(before.per_second(), after.per_second()));
        echo_rates.push(after.per_second());
        lookup_rates.push(between.per_second());
        looked_up += between.requests;
        echoed += after.requests;
        before = after;
    }
    let cpu = |server: &Server, start: Duration, requests: u64| {
        format!(
            "{:.1} µs",
            (server.cpu_time() - start).as_secs_f64() * 1e6
                / u32::try_from(requests).map_or(f64::INFINITY, f64::from)
        )
    };
    let ratio = quantile(&mut ratios, 0.5);
    println!(
        "{records:>8}  {:<9}  {ratio:>10.2} ({:.2}–{:.2})   {:>11.2}  {:>7.0}  {:>8.0}  {:>8}  {:>10}",
        questions.name(),
        quantile(&mut ratios, 0.25),
        quantile(&mut ratios, 0.75),
        ratio / smallest.unwrap_or(ratio),
        quantile(&mut echo_rates, 0.5),
        quantile(&mut lookup_rates, 0.5),
        cpu(&echo, echo_time, echoed),
        cpu(&lookup, lookup_time, looked_up),
    );
    ratio
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of a few"
    )]
    let index = (last as f64 * share).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}
