//! Keeps the memory of the process near what is in use.
//!
//! A whole cluster is read, named and sorted with several times the memory that is kept of it. GNU's allocator learns from
//! that: the largest block it ever mapped, up to 32 MiB, is what it will not map again, and twice of that what it keeps
//! for each thread. At a million records that is a quarter of the process. These are the two calls of the product that
//! Rust cannot check, so they are alone in a crate, and the host's own crates forbid the like.
//!
//! With other allocators than GNU's both do nothing.

/// Blocks from this size on are mapped, and unmapped when they are freed; and so much may be free behind the last block of
/// a thread. Only reading and naming a whole cluster has blocks of that size.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: i32 = 1 << 20;

/// Fixes what the allocator keeps; at the start of the process.
pub fn keep_little() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for option in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
        #[expect(
            unsafe_code,
            reason = "takes two numbers, returns one, and is safe among threads (mallopt(3))"
        )]
        // What it cannot set stays as it was.
        let _ = unsafe { libc::mallopt(option, LARGE) };
    }
}

/// Gives back every whole page of freed memory. Takes some milliseconds, during which other threads wait if they
/// allocate: for after a reload, not for after a change.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(
        unsafe_code,
        reason = "takes a number, returns a number, and is safe among threads (malloc_trim(3))"
    )]
    let _ = unsafe { libc::malloc_trim(0) };
}
