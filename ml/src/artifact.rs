//! A model as one file.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `DWMODEL` and a zero |
//! | 2 | format version, little-endian as all numbers here |
//! | 2 | feature version |
//! | 4 | length of the header |
//! | … | the header, JSON |
//! | … | to the hash: zlib of the known words (bits), the columns' idf (`f32`) and steps (`f32`), the
//!        classes' biases (`f32`), then the weights (`i8`, column-major) |
//! | 32 | SHA-256 of everything before; in hex it is the model's identity |
//!
//! The same model always gives the same bytes.

mod header;

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

use crate::classifier::Linear;
use crate::features::{FEATURE_VERSION, FeatureConfig, Idf, KnownWords};
use crate::predict::Model;

pub use header::{Header, Kind};

/// What a model keeps besides its header.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    pub known_words: KnownWords,
    pub idf: Idf,
    pub classifier: Linear,
}

/// Raised when the layout of the file changes.
pub const FORMAT_VERSION: u16 = 2;

const MAGIC: &[u8; 8] = b"DWMODEL\0";
const HASH_BYTES: usize = 32;
const PREFIX_BYTES: usize = 16;

/// Why bytes are no model this program can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    #[error("this is not a Deskwire model; name a file written by `deskwire-ml train`")]
    Foreign,
    #[error("the model is cut short or changed; copy it again or train it anew")]
    Corrupt,
    #[error("the model has format {found}, this program reads {FORMAT_VERSION}; train it anew")]
    Format { found: u16 },
    #[error(
        "the model reads texts as version {found}, this program as {FEATURE_VERSION}; train it anew"
    )]
    Features { found: u16 },
    #[error("the model's header cannot be read ({reason}); train it anew")]
    Header { reason: String },
}

/// The artefact of a model.
pub(crate) fn encode(header: &Header, weights: &Weights) -> Vec<u8> {
    let header = serde_json::to_vec(header).expect("a header has only string keys");
    let length = u32::try_from(header.len()).expect("a header is far below 4 GB");
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FORMAT_VERSION.to_le_bytes());
    bytes.extend(FEATURE_VERSION.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(header);
    let Weights { known_words, idf, classifier } = weights;
    let floats = idf.weights().iter().chain(&classifier.steps).chain(&classifier.bias);
    let body = known_words.to_bytes().chain(floats.flat_map(|f| f.to_le_bytes()));
    let body = body.chain(classifier.weights.iter().map(|&w| w as u8));
    let mut packed = ZlibEncoder::new(bytes, Compression::default());
    packed.write_all(&body.collect::<Vec<u8>>()).expect("a vector takes every byte");
    let mut bytes = packed.finish().expect("a vector takes every byte");
    bytes.extend(Sha256::digest(&bytes));
    bytes
}

/// The hash an artefact ends with, as the model's identity.
pub(crate) fn hash_of(artefact: &[u8]) -> String {
    artefact[artefact.len() - HASH_BYTES..].iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Model, ArtifactError> {
    if !bytes.starts_with(MAGIC) {
        return Err(ArtifactError::Foreign);
    }
    if bytes.len() < PREFIX_BYTES + HASH_BYTES {
        return Err(ArtifactError::Corrupt);
    }
    let (content, hash) = bytes.split_at(bytes.len() - HASH_BYTES);
    if Sha256::digest(content)[..] != *hash {
        return Err(ArtifactError::Corrupt);
    }
    let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let (format, features) = (u16_at(8), u16_at(10));
    if format != FORMAT_VERSION {
        return Err(ArtifactError::Format { found: format });
    }
    if features != FEATURE_VERSION {
        return Err(ArtifactError::Features { found: features });
    }
    let length = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]) as usize;
    let (header, packed) =
        content[PREFIX_BYTES..].split_at_checked(length).ok_or(ArtifactError::Corrupt)?;
    let header: Header = serde_json::from_slice(header)
        .map_err(|e| ArtifactError::Header { reason: e.to_string() })?;
    if !header.fits_together() {
        return Err(ArtifactError::Header { reason: "its sizes do not fit together".into() });
    }
    let weights = unpack(packed, &header.features, header.labels.len())?;
    Ok(Model { header, weights, hash: hash_of(bytes) })
}

fn unpack(packed: &[u8], config: &FeatureConfig, classes: usize) -> Result<Weights, ArtifactError> {
    let width = config.width();
    let lengths = [KnownWords::BYTES, width * 4, width * 4, classes * 4, width * classes];
    let length: usize = lengths.iter().sum();
    let mut body = Vec::new();
    // One byte more than expected is enough to notice, and a bomb stops there.
    ZlibDecoder::new(packed)
        .take(length as u64 + 1)
        .read_to_end(&mut body)
        .map_err(|_| ArtifactError::Corrupt)?;
    if body.len() != length {
        return Err(ArtifactError::Corrupt);
    }
    let mut rest = &body[..];
    let [known_words, idf, steps, bias, weights] = lengths.map(|length| {
        let (part, after) = rest.split_at(length);
        rest = after;
        part
    });
    let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let floats = |part: &[u8]| part.chunks_exact(4).map(float).collect::<Vec<f32>>();
    Ok(Weights {
        known_words: KnownWords::from_bytes(known_words),
        idf: Idf::from_weights(config, floats(idf)),
        classifier: Linear {
            bias: floats(bias),
            steps: floats(steps),
            weights: weights.iter().map(|&b| b as i8).collect(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, text};

    /// An artefact changed by `change` and hashed anew.
    fn rehashed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut bytes = model().to_bytes();
        bytes.truncate(bytes.len() - HASH_BYTES);
        change(&mut bytes);
        bytes.extend(Sha256::digest(&bytes));
        bytes
    }

    #[test]
    fn a_saved_model_answers_like_the_trained_one() {
        let model = model();
        let loaded = Model::from_bytes(&model.to_bytes()).unwrap();
        assert_eq!(loaded, model);
        for words in ["card stolen", "refund of my payment", "nothing known"] {
            assert_eq!(loaded.suggest(&text(words)), model.suggest(&text(words)));
        }
        assert_eq!(loaded.to_bytes(), model.to_bytes());
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let bytes = model().to_bytes();
        for at in (MAGIC.len()..bytes.len()).step_by(97) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(Model::from_bytes(&changed), Err(ArtifactError::Corrupt), "byte {at}");
            assert_eq!(Model::from_bytes(&bytes[..at]), Err(ArtifactError::Corrupt), "cut at {at}");
        }
    }

    #[test]
    fn foreign_files_are_refused() {
        for bytes in [&b""[..], b"DW", b"{\"id\":1}", &[0; 200]] {
            assert_eq!(Model::from_bytes(bytes), Err(ArtifactError::Foreign));
        }
    }

    #[test]
    fn other_versions_are_refused_by_name() {
        let newer = rehashed(|bytes| bytes[8] = 9);
        assert_eq!(Model::from_bytes(&newer), Err(ArtifactError::Format { found: 9 }));
        let features = rehashed(|bytes| bytes[10] = 7);
        assert_eq!(Model::from_bytes(&features), Err(ArtifactError::Features { found: 7 }));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let endless = rehashed(|bytes| bytes[12..16].fill(0xff));
        assert_eq!(Model::from_bytes(&endless), Err(ArtifactError::Corrupt));
        let mut other = model();
        other.weights.classifier.weights.pop();
        assert_eq!(Model::from_bytes(&other.to_bytes()), Err(ArtifactError::Corrupt));
        other = model();
        other.header.tickets_per_label.pop();
        let error = Model::from_bytes(&other.to_bytes()).unwrap_err();
        assert!(matches!(error, ArtifactError::Header { .. }), "{error}");
    }
}
