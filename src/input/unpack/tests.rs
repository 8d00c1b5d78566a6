//! What comes out of packed files, whole and damaged.

use std::io::Write;
use std::sync::LazyLock;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use proptest::prelude::*;

use super::*;

/// The content of a file with these bytes and what was wrong, its output taken in pieces of `piece`.
fn unpacked(unpack: &mut Unpack, bytes: &[u8], piece: usize) -> (Vec<u8>, Vec<SkipKind>) {
    let (out, faults) = in_full(unpack, bytes, piece);
    (out, faults.iter().map(|fault| fault.kind).collect())
}

/// [`unpacked`], with the faults in full.
fn in_full(unpack: &mut Unpack, bytes: &[u8], piece: usize) -> (Vec<u8>, Vec<Fault>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    unpack.open(file.path(), bytes.len() as u64).unwrap();
    let mut out = Vec::new();
    let mut buffer = vec![0; piece];
    while !unpack.ended() {
        let count = unpack.fill(&mut buffer);
        out.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(unpack.written(), out.len() as u64);
    assert_eq!(unpack.fill(&mut buffer), 0);
    (out, unpack.faults.clone())
}

/// The content and what was wrong, with room for all of it at once: the same as piece by piece, or it is an error.
fn either_way(bytes: &[u8]) -> (Vec<u8>, Vec<Fault>) {
    let mut piecemeal = Unpack { gunzip: Gunzip::piecemeal(), ..Unpack::default() };
    let mut unpack = Unpack::default();
    let whole = in_full(&mut unpack, bytes, 1 << 16);
    assert!(whole == in_full(&mut piecemeal, bytes, 1 << 16), "{:?}", whole.1);
    for piece in [100, 1500, 2500] {
        assert!(whole == in_full(&mut unpack, bytes, piece), "{piece}: {:?}", whole.1);
    }
    whole
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

fn content() -> &'static [u8] {
    static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
        (0..40_000u32)
            .flat_map(|n| format!("{{\"n\":{}}}", n.wrapping_mul(2_654_435_761) % 100_000).into_bytes())
            .collect()
    });
    &CONTENT
}

#[test]
fn every_packing_gives_the_content() {
    let content = content();
    let half = content.len() / 2;
    let named = {
        let mut builder = GzBuilder::new()
            .filename("a.json")
            .comment("c")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), Compression::fast());
        builder.write_all(content).unwrap();
        builder.finish().unwrap()
    };
    let skippable = [&[0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 7, 7, 7][..], &zstd(content)].concat();
    let mut unpack = Unpack::default();
    for packed in [
        content.to_vec(),
        gzip(content),
        named,
        [gzip(&content[..half]), gzip(b""), gzip(&content[half..])].concat(),
        [gzip(content), vec![0; 1000]].concat(),
        zstd(content),
        [zstd(&content[..half]), zstd(&content[half..])].concat(),
        skippable,
    ] {
        for piece in [1000, 1 << 20] {
            let (out, faults) = unpacked(&mut unpack, &packed, piece);
            assert!(out == content, "{} bytes of {}", out.len(), content.len());
            assert_eq!(faults, []);
        }
    }
}

#[test]
fn every_cut_gives_a_beginning_and_is_told() {
    let content = &content()[..3000];
    let mut unpack = Unpack::default();
    for packed in [gzip(content), zstd(content)] {
        for cut in 4..packed.len() {
            let (out, faults) = unpacked(&mut unpack, &packed[..cut], 512);
            assert!(content.starts_with(&out));
            assert_eq!(faults, [SkipKind::Truncated], "{cut} of {}", packed.len());
        }
    }
}

#[test]
fn what_came_before_a_cut_is_not_kept_back() {
    // Hardly compressible, so that it takes many blocks.
    let content: Vec<u8> =
        (0..2_000_000u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let mut unpack = Unpack::default();
    for packed in [gzip(&content), zstd(&content)] {
        let (out, faults) = unpacked(&mut unpack, &packed[..packed.len() * 9 / 10], 1 << 16);
        assert!(content.starts_with(&out) && out.len() > content.len() * 8 / 10, "{}", out.len());
        assert_eq!(faults, [SkipKind::Truncated]);
    }
}

#[test]
fn damage_is_told_and_what_came_before_stands() {
    let content = content();
    let mut unpack = Unpack::default();
    let mut wrong_sum = gzip(content);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    let (out, faults) = unpacked(&mut unpack, &wrong_sum, 1 << 20);
    assert_eq!((out == content, faults), (true, vec![SkipKind::Corrupt]));
    let mut wrong_length = gzip(content);
    let at = wrong_length.len() - 1;
    wrong_length[at] ^= 1;
    assert_eq!(unpacked(&mut unpack, &wrong_length, 1 << 20).1, [SkipKind::Corrupt]);
    for (packed, garbage) in [(gzip(content), "garbage"), (gzip(content), "\x1f"), (zstd(content), "garbage")]
    {
        let (out, faults) = unpacked(&mut unpack, &[&packed[..], garbage.as_bytes()].concat(), 1 << 20);
        assert_eq!((out == content, faults), (true, vec![SkipKind::TrailingGarbage]));
    }
    let bad_method = [0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3];
    assert_eq!(unpacked(&mut unpack, &bad_method, 512), (vec![], vec![SkipKind::Corrupt]));
}

#[test]
fn a_bomb_is_stopped() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..300 {
        encoder.write_all(&zeros).unwrap();
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), encoder.finish().unwrap()).unwrap();
    let mut unpack = Unpack::default();
    unpack.open(file.path(), file.path().metadata().unwrap().len()).unwrap();
    let mut buffer = vec![0; 1 << 20];
    while !unpack.ended() {
        unpack.fill(&mut buffer);
    }
    assert!(unpack.written() <= BOMB_SIZE + (1 << 20));
    assert_eq!(unpack.faults[0].kind, SkipKind::Bomb);
}

#[test]
fn members_are_inflated_to_the_last_one() {
    let content = &content()[..2000];
    let (one, other) = (gzip(content), gzip(b"[]"));
    let kinds = |bytes: &[u8]| {
        let (out, faults) = either_way(bytes);
        (out, faults.iter().map(|fault| fault.kind).collect::<Vec<_>>())
    };
    // The last member's length is all that the end of the file tells, whether it is the least or the most of all.
    for members in [vec![&one], vec![&one, &one], vec![&one, &other], vec![&other, &one], vec![&one; 9]] {
        let bytes: Vec<u8> = members.iter().flat_map(|member| member.to_vec()).collect();
        let all: Vec<u8> = members
            .iter()
            .flat_map(|member| if **member == one { content.to_vec() } else { b"[]".to_vec() })
            .collect();
        assert_eq!(kinds(&bytes), (all.clone(), vec![]));
        assert_eq!(kinds(&[&bytes[..], &[0; 700]].concat()), (all.clone(), vec![]));
        for garbage in [&b"\x1f"[..], b"garbage", &[0, 0, 0, 0, 9]] {
            assert_eq!(
                kinds(&[&bytes[..], garbage].concat()),
                (all.clone(), vec![SkipKind::TrailingGarbage])
            );
        }
    }
}

#[test]
fn what_a_trailer_says_is_believed_by_nobody() {
    let content = &content()[..2000];
    let sound = gzip(content);
    let end = sound.len() - 4;
    // Nothing, too little, what fits but is not so, too much, what cannot be, what has wrapped.
    for size in [0, 1999, 2001, 4000, 1 << 20, 16 << 20, u32::MAX] {
        let lie = [&sound[..end], &size.to_le_bytes()].concat();
        let (out, faults) = either_way(&lie);
        assert_eq!((out == content, faults.len()), (true, 1), "{size}");
        assert_eq!(faults[0].reason, "the gzip trailer tells another length");
        // Followed by another member it is the same fault, and nothing is lost.
        let (out, faults) = either_way(&[&lie[..], &sound].concat());
        assert_eq!((out.len(), faults.len()), (4000, 1), "{size}");
    }
    let mut wrong_sum = sound.clone();
    wrong_sum[end - 1] ^= 0x80;
    let (out, faults) = either_way(&wrong_sum);
    assert_eq!((out == content, faults.len()), (true, 1));
    assert_eq!(faults[0].reason, "the gzip checksum is wrong");
}

#[test]
fn room_is_made_for_what_can_be() {
    let mut unpack = Unpack::default();
    let mut expected = |bytes: &[u8]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        unpack.open(file.path(), bytes.len() as u64).unwrap();
        unpack.expected()
    };
    let sound = gzip(content());
    assert_eq!(expected(&sound), content().len());
    let with = |size: u32| [&sound[..sound.len() - 4], &size.to_le_bytes()].concat();
    assert_eq!(expected(&with(u32::MAX)), 0);
    assert_eq!(expected(&with((16 << 20) + 1)), 0);
    assert_eq!(expected(&[&gzip(b"[]")[..18], &(1u32 << 20).to_le_bytes()].concat()), 0);
    assert_eq!(expected(&zstd(content())), 0);
    assert_eq!(expected(b"{}\xff\x00\x00\x00"), 0);
}

#[cfg(feature = "libdeflate")]
#[test]
fn what_fits_is_inflated_whole() {
    let packed = [gzip(content()), gzip(b"[]")].concat();
    let mut unpack = Unpack::default();
    assert_eq!(in_full(&mut unpack, &packed, 1 << 20).1, []);
    assert_eq!(unpack.gunzip.in_pieces(), 0);
    assert_eq!(in_full(&mut unpack, &packed[..packed.len() - 30], 1 << 20).1.len(), 1);
    assert!(unpack.gunzip.in_pieces() > 0);
}

#[test]
fn cuts_are_the_same_either_way() {
    let content = &content()[..2000];
    let two = [gzip(content), gzip(content)].concat();
    for cut in 4..two.len() {
        either_way(&two[..cut]);
    }
}

proptest! {
    #[test]
    fn damage_is_the_same_either_way(flips in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let content = &content()[..2000];
        let mut packed = [gzip(content), gzip(&content[..1000])].concat();
        for flip in flips {
            let bit = flip.index(packed.len() * 8);
            packed[bit / 8] ^= 1 << (bit % 8);
        }
        either_way(&packed);
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed(bit in any::<proptest::sample::Index>(), zstandard: bool) {
        let content = &content()[..2000];
        // The first bytes tell that it is packed; without them it is not.
        let (mut packed, told) = if zstandard { (zstd(content), 4) } else { (gzip(content), 2) };
        let bit = told * 8 + bit.index((packed.len() - told) * 8);
        packed[bit / 8] ^= 1 << (bit % 8);
        let (out, faults) = unpacked(&mut Unpack::default(), &packed, 512);
        prop_assert!(out == content || !faults.is_empty());
    }
}
