"""Checks a model of `memdil graph grad` against PyTorch's gradients.

check_grad.py GRAD.onnx CASE: CASE is a folder of fixtures/golden/grad. Prints
what is wrong, a line each.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

path, case = sys.argv[1], pathlib.Path(sys.argv[2])
onnx.checker.check_model(path, full_check=True)
model = onnx.load(path)
if [(o.domain, o.version >= 18) for o in model.opset_import] != [("", True)] or model.ir_version != 10:
    print("opset imports", model.opset_import, "ir_version", model.ir_version)

expected = json.load(open(case / "case.json"))
session = ort.InferenceSession(path)
inputs = {i.name: i for i in session.get_inputs()}
if set(inputs) != {"input", "label"} or inputs["label"].type != "tensor(int64)":
    print("inputs", list(inputs))
names = [o.name for o in session.get_outputs()]
values = session.run(names, {"input": np.load(case / "x.npy"), "label": np.load(case / "labels.npy")})
got = dict(zip(names, values))

loss = got.pop("loss")
if loss.shape != () or abs(loss - expected["loss"]) > 1e-5:
    print("loss", loss, "want", expected["loss"])
if set(got) != {"grad." + p["name"] for p in expected["parameters"]}:
    print("gradients of", sorted(got))
for p in expected["parameters"]:
    grad, want = got["grad." + p["name"]], np.load(case / "grads" / (p["name"] + ".npy"))
    allowed = 20 * p["float32_max_abs_diff"] + 1e-6 * expected["max_abs_gradient"]
    if list(grad.shape) != p["shape"] or not np.all(np.abs(grad - want) <= allowed):
        print(p["name"], grad.shape, "is off by", np.abs(grad - want).max(), "allowed", allowed)
