"""Checks the models NAME.new.onnx of a folder with onnx.checker and runs them
with ONNX Runtime on the inputs in NAME.data.onnx: prints those whose outputs
are not the ones in that file."""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper


def wrong(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    data = onnx.load(path.parent / path.name.replace(".new.", ".data.")).graph.initializer
    arrays = {t.name: numpy_helper.to_array(t) for t in data}
    feeds = {v.name: arrays[f"in.{i}"] for i, v in enumerate(model.graph.input)}
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    for i, got in enumerate(session.run(None, feeds)):
        want = arrays[f"out.{i}"]
        if got.dtype != want.dtype or got.shape != want.shape:
            return f"output {i} is {got.dtype}{got.shape}, not {want.dtype}{want.shape}"
        if not np.allclose(got, want, rtol=1e-5, atol=1e-6, equal_nan=True):
            return f"output {i} differs by {np.abs(got - want).max()}"
    return None


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.new.onnx")):
    try:
        reason = wrong(path)
    except Exception as error:
        reason = str(error)
    if reason:
        print(f"{path.name}: {reason}")
