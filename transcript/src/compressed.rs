//! Bytes as wsdump shows them if they happen to be compressed: `[gzip] foo`, `[zlib] foo`.
//! <https://github.com/websocket-client/websocket-client/blob/v1.9.2/websocket/_wsdump.py> (`recv_ws`)

use std::io::Read as _;

use flate2::{Decompress, FlushDecompress, Status, read::MultiGzDecoder};

const GZIP: &str = "[gzip] ";
const ZLIB: &str = "[zlib] ";

/// What gzip begins with: <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// How long a text may become: few bytes may be a very long one.
const MAX_TEXT: usize = 1 << 20;

/// Whether wsdump may show compressed bytes so.
pub fn is_shown(text: &str) -> bool {
    text.starts_with(GZIP) || text.starts_with(ZLIB)
}

/// What wsdump shows of bytes. `None`, if they are not compressed, or are no text then.
pub fn shown(bytes: &[u8]) -> Option<String> {
    let (mark, text) = match bytes {
        [magic @ .., _] if magic.starts_with(GZIP_MAGIC) => (GZIP, gunzipped(bytes)?),
        _ => (ZLIB, inflated(bytes)?),
    };
    String::from_utf8(text).ok().map(|text| format!("{mark}{text}"))
}

fn gunzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes).take(MAX_TEXT as u64 + 1).read_to_end(&mut text).ok()?;
    Some(text).filter(|text| text.len() <= MAX_TEXT)
}

/// Deflate without zlib's header.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inflate = Decompress::new(false);
    let mut text = Vec::new();
    loop {
        text.reserve(bytes.len().max(1024));
        let read = usize::try_from(inflate.total_in()).ok()?;
        let status = inflate.decompress_vec(&bytes[read..], &mut text, FlushDecompress::Finish).ok()?;
        match status {
            Status::StreamEnd => return Some(text).filter(|text| text.len() <= MAX_TEXT),
            _ if text.len() == text.capacity() && text.len() < MAX_TEXT => {}
            // The end is missing.
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder},
    };

    use super::*;

    fn deflated(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("it is written");
        encoder.finish().expect("it is written")
    }

    fn gzipped(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("it is written");
        encoder.finish().expect("it is written")
    }

    #[test]
    fn what_is_compressed_is_shown_as_its_text() {
        for text in ["", "foo", &"foo\n".repeat(100_000)] {
            assert_eq!(shown(&gzipped(text.as_bytes())), Some(format!("[gzip] {text}")));
            assert_eq!(shown(&deflated(text.as_bytes())), Some(format!("[zlib] {text}")));
        }
    }

    #[test]
    fn nothing_else_is() {
        let (zip, deflate) = (gzipped(b"foo foo foo"), deflated(b"foo foo foo"));
        for bytes in [b"", &b"\x00\x01\xff"[..], b"\x1f\x8b", &zip[..zip.len() - 1], &deflate[..deflate.len() - 1]] {
            assert_eq!(shown(bytes), None, "{bytes:?}");
        }
        assert_eq!(shown(&gzipped(b"\xff")), None);
        assert_eq!(shown(&deflated(b"\xff")), None);
        // They grow too long.
        assert_eq!(shown(&deflated(&vec![b'a'; 2 * MAX_TEXT])), None);
        assert_eq!(shown(&gzipped(&vec![b'a'; 2 * MAX_TEXT])), None);
    }
}
