"""Checks that derived models compute what those of plain.onnx compute.

check_same.py GRADS STEPS: folders of models of `memdil graph grad` and `memdil
graph step`, made from what hostile_models.py wrote. Prints what is wrong, a
line each.
"""
import functools
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

ort.set_default_logger_severity(3)
random = np.random.default_rng(2)
x, label = random.normal(size=(6, 4)).astype(np.float32), random.integers(0, 3, size=6)


@functools.cache
def run(path):
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    if [o.domain for o in model.opset_import] != [""] or model.ir_version != 10:
        print(path, "imports", model.opset_import, "with ir_version", model.ir_version)
    batch = {d.type.tensor_type.shape.dim[0].dim_param for d in model.graph.input if d.name in ("input", "label")}
    if "" in batch or len(batch) != 1:
        print(path, "has the batch dimension", batch)
    values = {v for n in model.graph.node for v in n.output} | {v.name for v in model.graph.input}
    for p in model.metadata_props:
        if p.key in ("memdil.logits", "memdil.features") and json.loads(p.value) not in values:
            print(path, p.key, "names no value:", p.value)
    session = ort.InferenceSession(path)
    names = [o.name for o in session.get_outputs()]
    feeds = {"input": x, "label": label}
    if any(i.name == "lr" for i in session.get_inputs()):
        feeds.update(lr=np.array(0.5, np.float32), t=np.array(1))
    shapes = {o.name: o.shape for o in session.get_outputs()}
    return dict(zip(names, session.run(names, feeds))), shapes


def compare(folder, name):
    reference = "ones" if name in ("identity", "one_initializer") else "plain"
    want, _ = run(folder / (reference + ".onnx"))
    got, shapes = run(folder / (name + ".onnx"))
    if name == "matmul":
        want = {k.replace("fc.weight", "fc.weight.t"): v.T if "fc.weight" in k else v for k, v in want.items()}
    if name == "one_initializer":
        want = {k.replace("layers.1.running_var", "layers.1.weight.1"): v for k, v in want.items()}
    if set(got) != set(want):
        print(folder, name, "outputs", sorted(set(got) ^ set(want)), "differ")
        return
    for k, v in want.items():
        if got[k].shape != v.shape or shapes[k] != list(v.shape) or not np.allclose(got[k], v, rtol=1e-5, atol=1e-6):
            print(folder, name, k, got[k].shape, shapes[k], "is off by", np.abs(got[k] - v).max())


for folder in sys.argv[1:]:
    for path in sorted(pathlib.Path(folder).glob("*.onnx")):
        if path.stem == "ones":  # what two others are compared with
            continue
        compare(path.parent, path.stem)
