//! Gzip members inflated in one call by libdeflate, and their checksums: the only C that trailsift calls by itself.

#![expect(
    unsafe_code,
    reason = "calls of C functions, which get nothing but slices and a pointer checked before"
)]

use std::ptr::NonNull;

use libdeflate_sys::{
    libdeflate_alloc_decompressor, libdeflate_crc32, libdeflate_decompressor,
    libdeflate_deflate_decompress_ex, libdeflate_free_decompressor,
    libdeflate_result_LIBDEFLATE_SUCCESS as SUCCESS,
};

/// An inflater of whole members. Kept from file to file, as its tables are large.
#[derive(Debug)]
pub(super) struct Whole {
    /// Never dangling: made by [`Whole::new`], freed by the drop alone, lent to one call at a time by `&mut self`.
    tables: NonNull<libdeflate_decompressor>,
}

// SAFETY: what `tables` points to is owned by this value alone, lies on the heap and is tied to no thread. All access
// goes through `&mut self`.
unsafe impl Send for Whole {}

impl Whole {
    /// `None` without memory for it.
    pub(super) fn new() -> Option<Whole> {
        // SAFETY: it takes no arguments, and returns null or what only `libdeflate_free_decompressor` frees.
        let tables = unsafe { libdeflate_alloc_decompressor() };
        NonNull::new(tables).map(|tables| Whole { tables })
    }

    /// Inflates the member whose compressed data `packed` starts with, if all of it is there and fits into `out`.
    /// Returns how much of `packed` the data take, and how much was written. On `None` anything may be in `out`.
    pub(super) fn inflate(&mut self, packed: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
        let (mut taken, mut written) = (0, 0);
        // SAFETY: `tables` is valid, see there. The slices are valid for their lengths, which go with them, and cannot
        // overlap; libdeflate reads nothing of `out` that it has not written, and keeps no pointer. The two counts
        // outlive the call.
        let result = unsafe {
            libdeflate_deflate_decompress_ex(
                self.tables.as_ptr(),
                packed.as_ptr().cast(),
                packed.len(),
                out.as_mut_ptr().cast(),
                out.len(),
                &raw mut taken,
                &raw mut written,
            )
        };
        (result == SUCCESS && taken <= packed.len() && written <= out.len()).then_some((taken, written))
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        // SAFETY: it came from `libdeflate_alloc_decompressor`, and nothing uses it any more.
        unsafe { libdeflate_free_decompressor(self.tables.as_ptr()) }
    }
}

/// The checksum that gzip keeps of its content.
pub(super) fn checksum(content: &[u8]) -> u32 {
    // SAFETY: the slice is valid for its length, which goes with it.
    unsafe { libdeflate_crc32(0, content.as_ptr().cast(), content.len()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::DeflateEncoder};

    use super::*;

    #[test]
    fn a_member_is_inflated_whole_or_not_at_all() {
        let content = b"{\"Records\":[]}".repeat(50);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&content).unwrap();
        let packed = encoder.finish().unwrap();
        let mut whole = Whole::new().unwrap();
        let behind = [&packed[..], b"more"].concat();
        for room in [content.len(), content.len() + 1, content.len() + 5000] {
            let mut out = vec![0; room];
            assert_eq!(whole.inflate(&behind, &mut out), Some((packed.len(), content.len())));
            assert_eq!(out[..content.len()], content);
        }
        assert_eq!(whole.inflate(&packed, &mut vec![0; content.len() - 1]), None);
        for cut in 0..packed.len() {
            assert_eq!(whole.inflate(&packed[..cut], &mut vec![0; content.len()]), None, "{cut}");
        }
        // It is none the worse for what it refused.
        assert_eq!(whole.inflate(&packed, &mut vec![0; 5000]), Some((packed.len(), content.len())));
        assert_eq!(whole.inflate(&[], &mut []), None);
    }

    #[test]
    fn the_checksum_is_the_one_of_gzip() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }
}
