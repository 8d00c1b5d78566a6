//! Blocks with SSE2, which every x86-64 processor has.

#![expect(unsafe_code, reason = "SSE2 instructions, which every x86-64 has")]

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    _mm_xor_si128,
};

use super::{ABOVE, Block, COUNT, Look, MOVED, Masks, Seen};

pub(super) fn see(blocks: &[Block]) -> Seen {
    let mut seen = Seen { quotes: [0; COUNT], backslashes: 0, controls: 0 };
    for (at, (block, quotes)) in blocks.iter().zip(&mut seen.quotes).enumerate() {
        let (backslash, control);
        // SAFETY: x86-64 includes SSE2.
        (*quotes, backslash, control) = unsafe { see_one(block) };
        seen.backslashes |= u64::from(backslash) << at;
        seen.controls |= u64::from(control) << at;
    }
    seen
}

pub(super) fn masks(block: &Block) -> Masks {
    // SAFETY: x86-64 includes SSE2.
    unsafe { masks_of(block) }
}

/// SSE2.
#[derive(Clone, Copy)]
pub(in crate::event) struct Sse2;

impl Look for Sse2 {
    #[inline(always)]
    fn stops(self, block: &Block) -> u64 {
        // SAFETY: x86-64 includes SSE2.
        unsafe { stops_of(block) }
    }

    #[inline(always)]
    fn same(self, one: &Block, other: &Block) -> u64 {
        // SAFETY: x86-64 includes SSE2.
        unsafe { same_of(one, other) }
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn stops_of(block: &Block) -> u64 {
    let [a, b, c, d]: [__m128i; 4] = bytemuck::cast(*block);
    let backslash = equal_to(b'\\');
    let (moved, above) = (_mm_set1_epi8(MOVED.cast_signed()), _mm_set1_epi8(ABOVE.cast_signed()));
    let stops = |part| _mm_or_si128(_mm_cmplt_epi8(_mm_xor_si128(part, moved), above), backslash(part));
    mask([stops(a), stops(b), stops(c), stops(d)])
}

#[inline]
#[target_feature(enable = "sse2")]
fn same_of(one: &Block, other: &Block) -> u64 {
    let [a, b, c, d]: [__m128i; 4] = bytemuck::cast(*one);
    let [e, f, g, h]: [__m128i; 4] = bytemuck::cast(*other);
    mask([_mm_cmpeq_epi8(a, e), _mm_cmpeq_epi8(b, f), _mm_cmpeq_epi8(c, g), _mm_cmpeq_epi8(d, h)])
}

#[inline]
#[target_feature(enable = "sse2")]
fn see_one(block: &Block) -> (u64, bool, bool) {
    let [a, b, c, d]: [__m128i; 4] = bytemuck::cast(*block);
    let any = |a, b, c, d| _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) != 0;
    let (quote, backslash) = (equal_to(b'"'), equal_to(b'\\'));
    (
        mask([quote(a), quote(b), quote(c), quote(d)]),
        any(backslash(a), backslash(b), backslash(c), backslash(d)),
        any(control(a), control(b), control(c), control(d)),
    )
}

#[inline]
#[target_feature(enable = "sse2")]
fn masks_of(block: &Block) -> Masks {
    let [a, b, c, d]: [__m128i; 4] = bytemuck::cast(*block);
    let (quote, backslash) = (equal_to(b'"'), equal_to(b'\\'));
    Masks {
        quotes: mask([quote(a), quote(b), quote(c), quote(d)]),
        backslashes: mask([backslash(a), backslash(b), backslash(c), backslash(d)]),
        controls: mask([control(a), control(b), control(c), control(d)]),
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn equal_to(byte: u8) -> impl Fn(__m128i) -> __m128i {
    let wanted = _mm_set1_epi8(byte.cast_signed());
    move |part| _mm_cmpeq_epi8(part, wanted)
}

#[inline]
#[target_feature(enable = "sse2")]
fn control(part: __m128i) -> __m128i {
    _mm_cmpeq_epi8(_mm_min_epu8(part, _mm_set1_epi8(0x1f)), part)
}

#[inline]
#[target_feature(enable = "sse2")]
fn mask([a, b, c, d]: [__m128i; 4]) -> u64 {
    let bits = |part| u64::from(_mm_movemask_epi8(part).cast_unsigned());
    bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48
}
