//! Running a network on a text: tokens, inputs, outputs.
//!
//! A network is compiled once, for texts of any length where its export allows that, else for one length, to
//! which shorter texts are filled up. Foreign files may hold anything: what panics in the library is an error here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokenizers::utils::truncation::TruncationParams;
use tokenizers::{Encoding, Tokenizer};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::DimLike;
use tract_onnx::tract_hir::infer::Factoid;

use super::OnnxError;

/// Bytes of a text that are cut into tokens, for each token that may be read.
const BYTES_A_TOKEN: usize = 16;

/// A network ready to run, with the files it came from.
pub(super) struct Engine {
    pub onnx: Vec<u8>,
    pub tokenizer_json: Vec<u8>,
    tokenizer: Tokenizer,
    /// The token that stands for what the tokenizer does not know.
    unknown: Option<u32>,
    /// The token that fills up.
    padding: u32,
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<Input>,
    /// Tokens of every text, where the network takes no other number.
    fixed: Option<usize>,
    max_tokens: usize,
}

/// What one of the network's inputs is.
#[derive(Debug, Clone, Copy)]
struct Input {
    role: Role,
    numbers: DatumType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ids,
    Mask,
    Types,
}

/// A text as tokens.
pub(super) struct Tokens {
    encoding: Encoding,
    /// Bytes of the text that were read.
    pub end: usize,
}

/// What a network said.
pub(super) struct Output {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
    /// Tokens of the text; the rest is filling.
    pub tokens: usize,
}

impl Engine {
    /// Reads and compiles a network; `output` is the one to read.
    pub fn new(
        onnx: Vec<u8>,
        tokenizer_json: Vec<u8>,
        max_tokens: usize,
        output: usize,
    ) -> Result<Self, OnnxError> {
        let tokenizer = Tokenizer::from_bytes(&tokenizer_json)
            .map_err(|error| OnnxError::Tokenizer(error.to_string()))?;
        let Compiled { plan, inputs, fixed } =
            guarded(OnnxError::Network, || compile(&onnx, max_tokens, output))??;
        let max_tokens = fixed.map_or(max_tokens, |fixed| fixed.min(max_tokens));
        let unknown = unknown_token(&tokenizer_json, &tokenizer);
        let padding = tokenizer.get_padding().map_or(0, |padding| padding.pad_id);
        let truncation = TruncationParams { max_length: max_tokens, ..Default::default() };
        let mut tokenizer = tokenizer;
        // What a customer writes is never one of the network's own signs.
        tokenizer.set_encode_special_tokens(true);
        tokenizer
            .with_padding(None)
            .with_truncation(Some(truncation))
            .map_err(|error| OnnxError::Tokenizer(error.to_string()))?;
        Ok(Self {
            onnx,
            tokenizer_json,
            tokenizer,
            unknown,
            padding,
            plan,
            inputs,
            fixed,
            max_tokens,
        })
    }

    /// The tokens of a text; `None` where it has none that the tokenizer knows.
    pub fn tokens(&self, text: &str) -> Result<Option<Tokens>, OnnxError> {
        let mut end = text.len().min(self.max_tokens * BYTES_A_TOKEN);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let encoding = self.encode(&text[..end])?;
        let special = encoding.get_special_tokens_mask();
        let is_word = |(id, special): (&u32, &u32)| *special == 0 && Some(*id) != self.unknown;
        if !encoding.get_ids().iter().zip(special).any(is_word) {
            return Ok(None);
        }
        if !encoding.get_overflowing().is_empty() {
            end = encoding.get_offsets().iter().map(|(_, end)| *end).max().unwrap_or(0);
        }
        Ok(Some(Tokens { encoding, end }))
    }

    /// The tokens that frame a text without words; `None` where there are none.
    pub fn nothing(&self) -> Result<Option<Tokens>, OnnxError> {
        let encoding = self.encode("")?;
        Ok((!encoding.is_empty()).then_some(Tokens { encoding, end: 0 }))
    }

    fn encode(&self, text: &str) -> Result<Encoding, OnnxError> {
        let encoded = guarded(OnnxError::Run, || self.tokenizer.encode(text, true))?;
        encoded.map_err(|error| OnnxError::Run(error.to_string()))
    }

    /// Runs the network once.
    pub fn run(&self, tokens: &Tokens) -> Result<Output, OnnxError> {
        let encoding = &tokens.encoding;
        let length = encoding.len();
        let filled = self.fixed.unwrap_or(length);
        let values = |input: &Input| -> TractResult<TValue> {
            let (values, filling) = match input.role {
                Role::Ids => (encoding.get_ids(), self.padding),
                Role::Mask => (encoding.get_attention_mask(), 0),
                Role::Types => (encoding.get_type_ids(), 0),
            };
            let mut values: Vec<i64> = values.iter().map(|&value| value.into()).collect();
            values.resize(filled, filling.into());
            let tensor = Tensor::from_shape(&[1, filled], &values)?;
            Ok(tensor.cast_to_dt(input.numbers)?.into_owned().into_tvalue())
        };
        let run = || -> TractResult<Output> {
            let inputs = self.inputs.iter().map(values).collect::<TractResult<TVec<TValue>>>()?;
            let outputs = self.plan.run(inputs)?;
            let found = outputs[0].cast_to::<f32>()?;
            let values = found.to_plain_array_view::<f32>()?.iter().copied().collect();
            Ok(Output { shape: found.shape().to_vec(), values, tokens: length })
        };
        let output = guarded(OnnxError::Run, run)?.map_err(|e| OnnxError::Run(format!("{e:#}")))?;
        match output.values.iter().all(|value| value.is_finite()) {
            true => Ok(output),
            false => Err(OnnxError::Run("its output is not finite".into())),
        }
    }
}

/// The place of a network's output by its name; the first one's where none is named.
pub(super) fn find_output(onnx: &[u8], name: Option<&str>) -> Result<usize, OnnxError> {
    let Some(wanted) = name else { return Ok(0) };
    let graph = graph(onnx)?;
    let place = graph.output.iter().position(|output| output.name == wanted);
    place.ok_or_else(|| {
        let present: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
        OnnxError::NoOutput { wanted: wanted.to_owned(), present: present.join(", ") }
    })
}

fn graph(onnx: &[u8]) -> Result<tract_onnx::pb::GraphProto, OnnxError> {
    let refused = |why: String| OnnxError::Network(why);
    let proto = tract_onnx::onnx()
        .proto_model_for_read(&mut &onnx[..])
        .map_err(|error| refused(format!("{error:#}")))?;
    proto.graph.ok_or_else(|| refused("there is no graph in it".into()))
}

struct Compiled {
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<Input>,
    fixed: Option<usize>,
}

fn compile(onnx: &[u8], max_tokens: usize, output: usize) -> Result<Compiled, OnnxError> {
    // What the export says of shapes in between is often in symbols of its own.
    let reader = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
    let refused = |error: TractError| OnnxError::Network(format!("{error:#}"));
    let graph = graph(onnx)?;
    // The library takes for granted that every output is some node's.
    let known = graph.node.iter().flat_map(|node| &node.output);
    let known = known.chain(graph.input.iter().map(|input| &input.name));
    let known: Vec<&String> = known.chain(graph.initializer.iter().map(|i| &i.name)).collect();
    if let Some(lost) = graph.output.iter().find(|output| !known.contains(&&output.name)) {
        return Err(OnnxError::Network(format!("nothing gives its output {:?}", lost.name)));
    }
    let mut model = reader.model_for_read(&mut &onnx[..]).map_err(refused)?;
    let outlets = model.output_outlets().map_err(refused)?.to_vec();
    let outlet = outlets.get(output).ok_or_else(|| OnnxError::NoOutput {
        wanted: output.to_string(),
        present: format!("{} outputs", outlets.len()),
    })?;
    model.select_output_outlets(&[*outlet]).map_err(refused)?;
    let names: Vec<String> = {
        let outlets = model.input_outlets().map_err(refused)?;
        outlets.iter().map(|outlet| model.node(outlet.node).name.clone()).collect()
    };
    let mut inputs = Vec::new();
    let mut fixed = None;
    for (place, name) in names.iter().enumerate() {
        let fact = model.input_fact(place).map_err(refused)?;
        let (input, length) = input(name, fact, names.len())?;
        fixed = fixed.or(length);
        inputs.push(input);
    }
    if !inputs.iter().any(|input| input.role == Role::Ids) {
        return Err(OnnxError::NoInput);
    }
    let with_length = |length: TDim| -> TractResult<Arc<TypedRunnableModel>> {
        let mut model = model.clone();
        for (place, input) in inputs.iter().enumerate() {
            let shape: TVec<TDim> = tvec![1.to_dim(), length.clone()];
            model.set_input_fact(place, InferenceFact::dt_shape(input.numbers, shape))?;
        }
        model.into_optimized()?.into_runnable()
    };
    if fixed.is_none() {
        let any = model.symbols.sym("tokens").into();
        // Some exports hide the length in ways that cannot be followed; one length is always possible.
        if let Ok(Ok(plan)) = guarded(OnnxError::Network, || with_length(any)) {
            return Ok(Compiled { plan, inputs, fixed });
        }
    }
    let length = fixed.unwrap_or(max_tokens);
    let plan = with_length(length.to_dim()).map_err(refused)?;
    Ok(Compiled { plan, inputs, fixed: Some(length) })
}

/// What an input is, by its name and shape, and its number of tokens if that is fixed.
fn input(
    name: &str,
    fact: &InferenceFact,
    inputs: usize,
) -> Result<(Input, Option<usize>), OnnxError> {
    let lower = name.to_lowercase();
    let is = |part: &str| lower.contains(part);
    let role = if is("mask") {
        Role::Mask
    } else if is("type") || is("segment") {
        Role::Types
    } else if is("ids") || is("token") || inputs == 1 {
        Role::Ids
    } else {
        return Err(OnnxError::Input(name.to_owned()));
    };
    let numbers = fact.datum_type.concretize().unwrap_or(i64::datum_type());
    let rank = fact.shape.rank().concretize().unwrap_or(2);
    if !(numbers.is_integer() || numbers.is_tdim()) || rank != 2 {
        return Err(OnnxError::Input(format!("{name} {fact:?}")));
    }
    let numbers = if numbers.is_tdim() { i64::datum_type() } else { numbers };
    let length = fact.shape.dim(1).and_then(|dim| dim.concretize());
    let length = length.and_then(|dim| dim.to_usize().ok());
    Ok((Input { role, numbers }, length))
}

/// The token that stands for unknown words, as the model in the file names it.
fn unknown_token(json: &[u8], tokenizer: &Tokenizer) -> Option<u32> {
    let json: serde_json::Value = serde_json::from_slice(json).ok()?;
    let model = json.get("model")?;
    let by_name = model.get("unk_token").and_then(|token| token.as_str());
    let by_place = || model.get("unk_id")?.as_u64()?.try_into().ok();
    by_name.and_then(|token| tokenizer.token_to_id(token)).or_else(by_place)
}

/// What foreign data may make panic.
fn guarded<T>(
    error: impl Fn(String) -> OnnxError,
    work: impl FnOnce() -> T,
) -> Result<T, OnnxError> {
    // Whatever a panic leaves behind is thrown away with its result.
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        error(text.unwrap_or("a fault in the library").to_owned())
    })
}
