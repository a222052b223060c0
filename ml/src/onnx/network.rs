//! A network as a model: from a ticket to scores.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::engine::{Engine, Output, Tokens};
use super::{Head, Layout, OnnxError, Pooling};
use crate::classifier::{Classifier, Linear};
use crate::features::Sparse;
use crate::text::{Part, TicketText};

/// A network with what stands on top of it.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) layout: Layout,
    /// For [`Head::Learned`].
    pub(crate) head: Option<Linear>,
    engine: Arc<Engine>,
}

/// What is read of a ticket, as one text.
pub(super) struct Reading {
    pub text: String,
    /// Where each line stands: in the ticket, and where it begins in the text.
    lines: Vec<(Part, Range<usize>, usize)>,
}

impl Reading {
    pub fn of(ticket: &TicketText) -> Self {
        let (mut text, mut lines) = (String::new(), Vec::new());
        for (part, range) in ticket.lines() {
            if !text.is_empty() {
                text.push('\n');
            }
            lines.push((part, range.clone(), text.len()));
            text.push_str(&ticket.part(part)[range]);
        }
        Self { text, lines }
    }

    /// Where a place of the ticket stands in the text.
    pub fn place(&self, part: Part, range: &Range<usize>) -> Option<Range<usize>> {
        let at = self.lines.partition_point(|(p, r, _)| {
            (*p == Part::Body, r.end) <= (part == Part::Body, range.start)
        });
        let (found, line, start) = self.lines.get(at)?;
        let is_in = *found == part && line.start <= range.start && range.end <= line.end;
        is_in.then(|| start + range.start - line.start..start + range.end - line.start)
    }
}

impl Network {
    /// # Errors
    /// [`OnnxError`] for files that cannot be used.
    pub fn new(
        layout: Layout,
        onnx: Vec<u8>,
        tokenizer: Vec<u8>,
        head: Option<Linear>,
    ) -> Result<Self, OnnxError> {
        let engine = Engine::new(onnx, tokenizer, layout.max_tokens, layout.output)?;
        Ok(Self { layout, head, engine: Arc::new(engine) })
    }

    /// The same network under another head.
    pub fn with_head(&self, head: Head, linear: Option<Linear>) -> Self {
        let layout = Layout { head, ..self.layout };
        Self { layout, head: linear, engine: self.engine.clone() }
    }

    /// The ONNX file and the `tokenizer.json`.
    pub fn files(&self) -> (&[u8], &[u8]) {
        (&self.engine.onnx, &self.engine.tokenizer_json)
    }

    /// One score a label; `None` where the tokenizer knows nothing of the text.
    ///
    /// # Errors
    /// [`OnnxError::Run`] where the network fails on it, or gives other shapes than before.
    pub fn scores(&self, ticket: &TicketText) -> Result<Option<Vec<f64>>, OnnxError> {
        Ok(self.read(&Reading::of(ticket).text)?.map(|(scores, _)| scores))
    }

    /// As [`Network::scores`], with how many bytes of the text were read.
    pub(super) fn read(&self, text: &str) -> Result<Option<(Vec<f64>, usize)>, OnnxError> {
        let Some(tokens) = self.engine.tokens(text)? else { return Ok(None) };
        Ok(Some((self.judge(&tokens)?, tokens.end)))
    }

    /// The scores of a text without words; `None` where its tokenizer makes no token of it.
    pub(super) fn nothing(&self) -> Result<Option<Vec<f64>>, OnnxError> {
        self.engine.nothing()?.map(|tokens| self.judge(&tokens)).transpose()
    }

    fn judge(&self, tokens: &Tokens) -> Result<Vec<f64>, OnnxError> {
        let output = self.engine.run(tokens)?;
        match (self.layout.head, &self.head) {
            (Head::Learned { pooling, dimensions, .. }, Some(head)) => {
                let vector = pooled(output, pooling)?;
                if vector.len() != dimensions {
                    let wanted = "it was of another length when the head was learned";
                    return Err(OnnxError::Shape { found: vec![vector.len()], wanted });
                }
                Ok(head.log_scores(&unit(vector)))
            }
            _ => logits(output),
        }
    }

    /// The embedding of a ticket, of length 1; `None` where the tokenizer knows nothing of it.
    pub(super) fn embedding(
        &self,
        ticket: &TicketText,
        pooling: Pooling,
    ) -> Result<Option<Sparse>, OnnxError> {
        let Some(tokens) = self.engine.tokens(&Reading::of(ticket).text)? else { return Ok(None) };
        Ok(Some(unit(pooled(self.engine.run(&tokens)?, pooling)?)))
    }
}

/// The numbers of `[1, labels]` or `[labels]`.
fn logits(output: Output) -> Result<Vec<f64>, OnnxError> {
    match output.shape[..] {
        [_] | [1, _] => Ok(output.values.into_iter().map(f64::from).collect()),
        _ => {
            let wanted = "scores of labels have [1, labels]; an embedding wants --embedding instead of --labels";
            Err(OnnxError::Shape { found: output.shape, wanted })
        }
    }
}

/// One vector of `[dimensions]`, `[1, dimensions]`, or `[1, tokens, dimensions]`.
fn pooled(output: Output, pooling: Pooling) -> Result<Vec<f32>, OnnxError> {
    match (&output.shape[..], pooling) {
        ([_] | [1, _], _) => Ok(output.values),
        ([1, tokens, dimensions], _) if *tokens >= output.tokens && *dimensions > 0 => {
            let read = match pooling {
                Pooling::First => 1,
                Pooling::Mean => output.tokens,
            };
            let mut sum = vec![0.0; *dimensions];
            for token in output.values.chunks_exact(*dimensions).take(read) {
                sum.iter_mut().zip(token).for_each(|(sum, value)| *sum += value / read as f32);
            }
            Ok(sum)
        }
        _ => {
            let wanted = "an embedding has [1, dimensions] or [1, tokens, dimensions]";
            Err(OnnxError::Shape { found: output.shape, wanted })
        }
    }
}

/// The vector with length 1.
fn unit(vector: Vec<f32>) -> Sparse {
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    let values: Vec<f32> = vector.into_iter().map(|value| value / norm).collect();
    Sparse::new((0..values.len()).map(|at| at as u16).collect(), &values)
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        (self.layout, &self.head, self.files()) == (other.layout, &other.head, other.files())
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("layout", &self.layout).finish_non_exhaustive()
    }
}
