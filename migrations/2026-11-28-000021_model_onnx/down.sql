ALTER TABLE model_versions
  DROP COLUMN needs_onnx,
  DROP COLUMN maker_runs_onnx;
