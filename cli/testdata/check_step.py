"""Trains with a model of `memdil graph step` and compares with PyTorch.

check_step.py STEP.onnx CASE: CASE is a folder of fixtures/golden/train. Prints
what is wrong, a line each.
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
model = onnx.load(path)
metadata = {p.key: json.loads(p.value) for p in model.metadata_props}
carried = metadata["memdil.parameters"] + metadata["memdil.slots"] + metadata["memdil.buffers"]

expected = json.load(open(case / "case.json"))
x, labels = np.load(case / "x.npy"), np.load(case / "labels.npy")
batches, losses = np.load(case / "batches.npy"), np.load(case / "losses.npy")
session = ort.InferenceSession(path)
outputs = [o.name for o in session.get_outputs()]
if outputs != ["loss", "correct"] + ["next." + c for c in carried]:
    print("outputs", outputs)
types = {i.name: (i.type, i.shape) for i in session.get_inputs() + session.get_overridable_initializers()}
if types["lr"] != ("tensor(float)", []) or types["t"] != ("tensor(int64)", []):
    print("lr and t are", types["lr"], types["t"])
if set(types) - set(carried) != {"input", "label", "lr", "t"}:
    print("inputs", list(types))

state, schedule = {}, expected["lr_schedule"]
for step, batch in enumerate(batches):
    lr = expected["optimizer"]["lr"]
    if schedule:
        lr *= schedule["gamma"] ** (step // schedule["step_size"])
    got = dict(zip(outputs, session.run(outputs, {
        "input": x[batch], "label": labels[batch],
        "lr": np.array(lr, np.float32), "t": np.array(step + 1), **state})))
    if abs(got["loss"] - losses[step]) > 1e-5:
        print("loss of step", step, "is", got["loss"], "want", losses[step])
        break
    if got["correct"].shape != () or not 0 <= got["correct"] <= len(batch):
        print("correct", got["correct"])
    state = {c: got["next." + c] for c in carried}
for p in expected["parameters"]:
    want = np.load(case / "final" / (p["name"] + ".npy"))
    allowed = 20 * p["float32_max_abs_diff"] + 1e-6 * max(1, p["max_abs"])
    if not np.all(np.abs(state[p["name"]] - want) <= allowed):
        print(p["name"], "is off by", np.abs(state[p["name"]] - want).max(), "allowed", allowed)
