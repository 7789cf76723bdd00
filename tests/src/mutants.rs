//! Components that nobody wrote: real ones with bits flipped, cut, spliced, and ones with generated code in them. The same seed
//! gives the same ones.

#![expect(
    clippy::indexing_slicing,
    reason = "places are drawn within what they are places of"
)]

use std::ops::Range;

use arbitrary::Unstructured;
use wasm_smith::{Component, Config, Module};

/// Octets that code is generated of.
const CODE: usize = 4096;

/// Most octets that one mutation touches.
const TOUCHED: usize = 64;

/// Some hostile file.
pub struct Mutant {
    /// Which one, and what was done: enough to make it again.
    pub what: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// One mutant after the other, without an end.
pub struct Mutants {
    parents: Vec<Vec<u8>>,
    random: Random,
    made: usize,
}

impl Mutants {
    /// Mutants of these components.
    ///
    /// # Panics
    /// Without any.
    #[must_use]
    pub fn of(seed: u64, parents: Vec<Vec<u8>>) -> Self {
        assert!(!parents.is_empty(), "mutants have parents");
        Self {
            parents,
            random: Random(seed | 1),
            made: 0,
        }
    }

    fn parent(&mut self) -> Vec<u8> {
        let which = self.random.below(self.parents.len());
        self.parents[which].clone()
    }
}

impl Iterator for Mutants {
    type Item = Mutant;

    fn next(&mut self) -> Option<Mutant> {
        let parent = self.parent();
        let mut bytes = parent.clone();
        let other = self.parent();
        let random = &mut self.random;
        let what = match self.made % 10 {
            0 => {
                let count = 1 + random.below(4);
                for _ in 0..count {
                    let at = random.below(bytes.len());
                    bytes[at] ^= 1 << random.below(8);
                }
                "bits flipped"
            }
            1 => {
                for at in random.range(bytes.len()) {
                    bytes[at] = random.octet();
                }
                "octets replaced"
            }
            2 => {
                // What is a length, a count or an index is as large as can be.
                let count = 1 + random.below(4);
                for _ in 0..count {
                    let at = random.below(bytes.len());
                    bytes[at] = [0x00, 0x7f, 0x80, 0xff][random.below(4)];
                }
                "numbers made extreme"
            }
            3 => {
                bytes.truncate(random.below(bytes.len()));
                "cut off"
            }
            4 => {
                bytes.drain(random.range(bytes.len()));
                "octets taken out"
            }
            5 => {
                let again = bytes[random.range(bytes.len())].to_vec();
                let at = random.below(bytes.len());
                bytes.splice(at..at, again);
                "octets repeated"
            }
            6 => {
                let (here, there) = (random.below(bytes.len()), random.below(other.len()));
                bytes.truncate(here);
                bytes.extend_from_slice(&other[there..]);
                "two spliced"
            }
            7 => {
                let octets = random.octets(CODE);
                let generated = Component::new(config(), &mut Unstructured::new(&octets));
                bytes = generated.map_or_else(|_| octets, |component| component.to_bytes());
                "a component generated"
            }
            8 => {
                // It has the right preamble, and no more.
                bytes = random.octets(CODE);
                bytes.splice(..8, *b"\0asm\x0d\0\x01\0");
                "noise"
            }
            _ => {
                with_generated_code(&mut bytes, &random.octets(CODE));
                "a policy with generated code"
            }
        };
        if bytes == parent {
            // Chance put back what was there.
            bytes[random.below(parent.len())] ^= 1;
        }
        self.made += 1;
        Some(Mutant {
            what: format!("mutant {}: {what}", self.made),
            bytes,
        })
    }
}

/// Generated modules are of what the engine takes, so that they come further than validation.
fn config() -> Config {
    Config {
        max_imports: 0,
        max_memory32_bytes: 128 << 20,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        compact_imports_enabled: false,
        ..Config::default()
    }
}

/// Puts a generated module in the place of the policy's own: it has the same exports, so it is called.
fn with_generated_code(component: &mut Vec<u8>, octets: &[u8]) {
    let Some(module) = main_module(component) else {
        return;
    };
    let config = Config {
        exports: Some(component[module.clone()].to_vec()),
        ..config()
    };
    let Ok(generated) = Module::new(config, &mut Unstructured::new(octets)) else {
        return;
    };
    let generated = generated.to_bytes();
    let size = number(generated.len());
    let start = module.start - number(module.len()).len();
    component.splice(start..module.end, [size, generated].concat());
}

/// Where the first core module of a component is.
fn main_module(component: &[u8]) -> Option<Range<usize>> {
    const CORE_MODULE: u8 = 1;
    let mut at = 8;
    loop {
        let section = *component.get(at)?;
        let (size, taken) = read_number(component.get(at + 1..)?)?;
        let start = at + 1 + taken;
        if section == CORE_MODULE {
            // Only if it was written as short as can be: its length is written anew.
            return (number(size).len() == taken).then_some(start..start + size);
        }
        at = start + size;
    }
}

/// LEB128.
fn number(mut value: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            octets.push(low);
            return octets;
        }
        octets.push(low | 0x80);
    }
}

fn read_number(octets: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (at, octet) in octets.iter().take(5).enumerate() {
        value |= usize::from(octet & 0x7f) << (7 * at);
        if octet & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// Marsaglia's xorshift: the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    fn range(&mut self, length: usize) -> Range<usize> {
        let start = self.below(length);
        let end = (start + 1 + self.below(TOUCHED)).min(length);
        start..end
    }

    fn octet(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    fn octets(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.octet()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{self, FAULTY};

    #[test]
    fn the_same_seed_gives_the_same_mutants_and_none_is_its_parent() {
        let parent = policies::bytes(FAULTY);
        let make = || Mutants::of(7, vec![parent.clone()]).take(40);
        for (one, other) in make().zip(make()) {
            assert!(one.bytes == other.bytes, "{}", one.what);
            assert!(one.bytes != parent, "{}", one.what);
        }
    }

    #[test]
    fn a_policy_with_generated_code_is_still_a_component_of_the_same_sections() {
        let parent = policies::bytes(FAULTY);
        let module = main_module(&parent).unwrap();
        let mut mutant = parent.clone();
        with_generated_code(&mut mutant, &Random(9).octets(CODE));
        let generated = main_module(&mutant).unwrap();
        assert_eq!(mutant[generated.end..], parent[module.end..]);
        assert_ne!(mutant[generated], parent[module]);
    }
}
