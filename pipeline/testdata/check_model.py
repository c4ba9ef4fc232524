"""Checks a trained model with onnx and ONNX Runtime.

check_model.py MODEL.onnx X Z: X holds float32 images of 3×32×32, Z the logits
that memdil computed for them. Prints what is wrong.
"""
import sys

import numpy as np
import onnx
import onnxruntime as ort

path, x, z = sys.argv[1], np.fromfile(sys.argv[2], "<f4"), np.fromfile(sys.argv[3], "<f4")
onnx.checker.check_model(path, full_check=True)
session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
outputs = [o.name for o in session.get_outputs()]
if outputs != ["features", "logits"]:
    print("outputs", outputs)
x = x.reshape(-1, 3, 32, 32)
features, logits = session.run(outputs, {session.get_inputs()[0].name: x})
if len(features.shape) != 2 or len(features) != len(x):
    print("features have shape", features.shape)
error = np.abs(logits - z.reshape(logits.shape)).max()
if not error < 1e-5:
    print("logits differ by", error)
