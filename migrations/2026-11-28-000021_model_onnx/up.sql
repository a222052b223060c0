-- Networks that a desk brings along, which only programs built for them can use. What programs of the release
-- before register needs none, and they use none.
ALTER TABLE model_versions
  ADD COLUMN needs_onnx BOOLEAN NOT NULL DEFAULT FALSE,       -- only programs that run ONNX can use it
  ADD COLUMN maker_runs_onnx BOOLEAN NOT NULL DEFAULT FALSE;  -- the program that registered it was one
