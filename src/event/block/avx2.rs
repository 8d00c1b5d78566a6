//! Blocks with AVX2 and what came with it, which nearly every x86-64 processor has.

#![expect(unsafe_code, reason = "instructions that are used only where the processor has them")]

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_xor_si256,
};

use super::{ABOVE, Block, COUNT, Look, MOVED, Seen, Task};

/// Whether the processor has all that is used here. The standard library asks it once.
pub(super) fn is_there() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt")
}

pub(super) fn see(blocks: &[Block]) -> Seen {
    assert!(is_there());
    // SAFETY: the processor has AVX2.
    unsafe { see_all(blocks) }
}

pub(super) fn place(masks: &[u64], base: u32, places: &mut [u32], len: usize) -> usize {
    assert!(is_there());
    // SAFETY: the processor has BMI1 and POPCNT.
    unsafe { place_all(masks, base, places, len) }
}

/// Without AVX2, with which the compiler would count zeros in vectors, at ten times the cost.
#[target_feature(enable = "bmi1,popcnt")]
fn place_all(masks: &[u64], base: u32, places: &mut [u32], len: usize) -> usize {
    super::place_with(masks, base, places, len)
}

#[target_feature(enable = "avx2")]
fn see_all(blocks: &[Block]) -> Seen {
    let mut seen = Seen { quotes: [0; COUNT], backslashes: 0, controls: 0 };
    for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
        let [a, b]: [__m256i; 2] = bytemuck::cast(*block);
        let (quote, backslash) = (equal_to(b'"'), equal_to(b'\\'));
        *quotes = mask(quote(a)) | mask(quote(b)) << 32;
        let backslashes = mask(_mm256_or_si256(backslash(a), backslash(b)));
        let controls = mask(_mm256_or_si256(control(a), control(b)));
        seen.backslashes |= u64::from(backslashes != 0) << at;
        seen.controls |= u64::from(controls != 0) << at;
    }
    seen
}

pub(super) fn perform<T: Task>(task: T) -> T::Done {
    assert!(is_there());
    // SAFETY: the processor has AVX2 and BMI1.
    unsafe { perform_with(task) }
}

#[target_feature(enable = "avx2,bmi1")]
fn perform_with<T: Task>(task: T) -> T::Done {
    task.with(Avx2(()))
}

/// AVX2: there is none where the processor has not.
#[derive(Clone, Copy)]
struct Avx2(());

impl Look for Avx2 {
    #[inline(always)]
    fn stops(self, block: &Block) -> u64 {
        // SAFETY: only `perform` makes one.
        unsafe { stops_of(block) }
    }

    #[inline(always)]
    fn same(self, one: &Block, other: &Block) -> u64 {
        // SAFETY: only `perform` makes one.
        unsafe { same_of(one, other) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn stops_of(block: &Block) -> u64 {
    let [a, b]: [__m256i; 2] = bytemuck::cast(*block);
    let backslash = equal_to(b'\\');
    let (moved, above) = (_mm256_set1_epi8(MOVED.cast_signed()), _mm256_set1_epi8(ABOVE.cast_signed()));
    let stops =
        |part| _mm256_or_si256(_mm256_cmpgt_epi8(above, _mm256_xor_si256(part, moved)), backslash(part));
    mask(stops(a)) | mask(stops(b)) << 32
}

#[inline]
#[target_feature(enable = "avx2")]
fn same_of(one: &Block, other: &Block) -> u64 {
    let ([a, b], [c, d]): ([__m256i; 2], [__m256i; 2]) = (bytemuck::cast(*one), bytemuck::cast(*other));
    mask(_mm256_cmpeq_epi8(a, c)) | mask(_mm256_cmpeq_epi8(b, d)) << 32
}

#[inline]
#[target_feature(enable = "avx2")]
fn mask(part: __m256i) -> u64 {
    u64::from(_mm256_movemask_epi8(part).cast_unsigned())
}

#[inline]
#[target_feature(enable = "avx2")]
fn equal_to(byte: u8) -> impl Fn(__m256i) -> __m256i {
    let wanted = _mm256_set1_epi8(byte.cast_signed());
    move |part| _mm256_cmpeq_epi8(part, wanted)
}

#[inline]
#[target_feature(enable = "avx2")]
fn control(part: __m256i) -> __m256i {
    _mm256_cmpeq_epi8(_mm256_min_epu8(part, _mm256_set1_epi8(0x1f)), part)
}
