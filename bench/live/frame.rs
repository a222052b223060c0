//! WebSocket frames (RFC 6455 §5.2), as far as a client needs them that sends little and reads much.

use anyhow::{Result, bail, ensure};
use std::ops::Range;

pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// Where a frame lies in what was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub opcode: u8,
    pub payload: Range<usize>,
}

/// The frame at the start of `read`; `None` while a part is missing.
///
/// # Errors
/// For messages in several frames and for masked ones; servers here send neither.
pub fn parse(read: &[u8]) -> Result<Option<Frame>> {
    let [first, second, ..] = *read else { return Ok(None) };
    ensure!(first & 0x80 != 0, "a message in several frames");
    ensure!(second & 0x80 == 0, "a masked frame from a server");
    let (start, length) = match second {
        126 if read.len() < 4 => return Ok(None),
        126 => (4, usize::from(u16::from_be_bytes([read[2], read[3]]))),
        127 => bail!("a message over 64 KiB"),
        short => (2, usize::from(short)),
    };
    let payload = start..start + length;
    Ok((read.len() >= payload.end).then_some(Frame { opcode: first & 0x0f, payload }))
}

/// A frame of a client: masked, with a mask that changes nothing.
pub fn write(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            let length = u16::try_from(long).expect("clients here send little");
            frame.extend_from_slice(&length.to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_found_once_it_is_whole() {
        for length in [0, 5, 125, 126, 400] {
            let mut frame = vec![0x81];
            if length < 126 {
                frame.push(length as u8);
            } else {
                frame.push(126);
                frame.extend_from_slice(&(length as u16).to_be_bytes());
            }
            let start = frame.len();
            frame.extend(std::iter::repeat_n(b'x', length));
            for cut in 0..frame.len() {
                assert_eq!(parse(&frame[..cut]).unwrap(), None, "{cut} of {length}");
            }
            let whole = Frame { opcode: TEXT, payload: start..start + length };
            assert_eq!(parse(&frame).unwrap(), Some(whole));
        }
    }

    #[test]
    fn what_a_client_writes_is_masked() {
        let frame = write(PONG, b"hi");
        assert_eq!(frame, [0x8a, 0x82, 0, 0, 0, 0, b'h', b'i']);
        assert!(parse(&frame).is_err());
    }
}
