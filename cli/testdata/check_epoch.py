"""Trains with a model of `memdil graph epoch` and compares with PyTorch.

check_epoch.py EPOCH.onnx CASE: CASE is a folder of fixtures/golden/train. All
steps but the last five are one run, those are another. Prints what is wrong,
a line each.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

ort.set_default_logger_severity(3)  # no warning for each default that is in use
path, case = sys.argv[1], pathlib.Path(sys.argv[2])
onnx.checker.check_model(path, full_check=True)
metadata = {p.key: json.loads(p.value) for p in onnx.load(path).metadata_props}
carried = metadata["memdil.parameters"] + metadata["memdil.slots"] + metadata["memdil.buffers"]

expected = json.load(open(case / "case.json"))
batches, losses = np.load(case / "batches.npy"), np.load(case / "losses.npy")
session = ort.InferenceSession(path)
outputs = [o.name for o in session.get_outputs()]
if outputs != ["losses", "correct"] + ["next." + c for c in carried]:
    print("outputs", outputs)

state, t, got_losses = {}, 1, []
for chunk in (batches[:-5], batches[-5:]):
    got = dict(zip(outputs, session.run(outputs, {
        "data": np.load(case / "x.npy"), "labels": np.load(case / "labels.npy"), "order": chunk,
        "lr": np.full(len(chunk), expected["optimizer"]["lr"], np.float32), "t": np.array(t), **state})))
    state, t = {c: got["next." + c] for c in carried}, t + len(chunk)
    got_losses.extend(got["losses"])
if not np.allclose(got_losses, losses, rtol=0, atol=1e-5):
    print("losses are off by", np.abs(got_losses - losses).max())
for p in expected["parameters"]:
    want = np.load(case / "final" / (p["name"] + ".npy"))
    allowed = 20 * p["float32_max_abs_diff"] + 1e-6 * max(1, p["max_abs"])
    if not np.all(np.abs(state[p["name"]] - want) <= allowed):
        print(p["name"], "is off by", np.abs(state[p["name"]] - want).max(), "allowed", allowed)
