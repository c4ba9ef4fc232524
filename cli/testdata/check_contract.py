"""Holds derived models against what docs/training-graphs.md says of them.

check_contract.py DIR...: each DIR holds model.onnx, what `memdil graph grad`,
`step` and `epoch` made of it, and case.json: "classes", "rates" (learning rates,
repeated as needed) and "penalty" (whether the step's loss has more in it than
the gradient's). Prints what is wrong, a line each.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

ort.set_default_logger_severity(3)  # no warning for each default that is in use
FLOAT, INT64 = "tensor(float)", "tensor(int64)"
SAMPLES, BATCH, PARTIAL = 40, 8, 5  # BATCH and PARTIAL where the model leaves the batch open


def subgraphs(graph):
    return [a.g for n in graph.node for a in n.attribute if a.type == onnx.AttributeProto.GRAPH]


def names(graph):
    """The values of a graph without its subgraphs."""
    return {v.name for v in list(graph.input) + list(graph.initializer)} | {o for n in graph.node for o in n.output if o}


def signature(values):
    return {v.name: (v.type, v.shape) for v in values}


class Derived:
    """A derived model, checked for what all kinds have in common."""

    def __init__(self, folder, kind):
        self.where = f"{folder.name}: {kind}:"
        path = str(folder / f"{kind}.onnx")
        onnx.checker.check_model(path, full_check=True)
        model = onnx.load(path)
        self.graph, self.session = model.graph, ort.InferenceSession(path)
        self.inputs, self.outputs = signature(self.session.get_inputs()), signature(self.session.get_outputs())
        self.carried = signature(self.session.get_overridable_initializers())
        self.defaults = {t.name: onnx.numpy_helper.to_array(t) for t in self.graph.initializer if t.name in self.carried}
        self.metadata = {p.key: json.loads(p.value) for p in model.metadata_props}
        if [(o.domain, o.version >= 18) for o in model.opset_import] != [("", True)] or model.ir_version != 10 or model.functions:
            self.complain("ir_version", model.ir_version, "with", model.opset_import, model.functions)
        makers = [n for n in self.graph.node for o in n.output if o in self.outputs]
        own = len({id(n) for n in makers}) if kind != "epoch" else len(makers)  # the Loop makes several
        if own != len(self.outputs):
            self.complain(len(self.outputs), "outputs are made by", own, "nodes")

    def complain(self, *words):
        print(self.where, *words)

    def expect(self, what, got, want):
        if got != want:
            self.complain(what, "are", got, "want", want)

    def run(self, feeds):
        return dict(zip(self.outputs, self.session.run(list(self.outputs), feeds)))

    def twice(self, feeds):
        """Runs with defaults left out, and compares with defaults given."""
        got, given = self.run(feeds), self.run(self.defaults | feeds)
        odd = [k for k in got if not np.array_equal(got[k], given[k], equal_nan=True)]
        if odd:
            self.complain("with its defaults given there are other", odd)
        return got


def own_input(folder):
    graph = onnx.load(folder / "model.onnx").graph
    weights = {t.name for t in graph.initializer}
    (own,) = [i.name for i in graph.input if i.name not in weights]
    return own


def check_form(own, grad, step, epoch):
    """Checks names, types and shapes; returns what is carried."""
    parameters, slots, buffers = (step.metadata["memdil." + k] for k in ("parameters", "slots", "buffers"))
    carried = parameters + slots + buffers
    types = {c: (FLOAT, list(step.defaults[c].shape)) for c in carried}
    kind, (n, *rest) = grad.inputs[own]
    grad.expect("inputs", grad.inputs, {own: (kind, [n, *rest]), "label": (INT64, [n])})
    grad.expect("outputs", grad.outputs, {"loss": (FLOAT, []), **{"grad." + p: types[p] for p in parameters}})
    grad.expect("parameters", grad.metadata["memdil.parameters"], parameters)
    step.expect("inputs", step.inputs, {**grad.inputs, "lr": (FLOAT, []), "t": (INT64, [])})
    nexts = {"next." + c: types[c] for c in carried}
    step.expect("outputs", step.outputs, {"loss": (FLOAT, []), "correct": (INT64, []), **nexts})
    epoch.expect("inputs", epoch.inputs, {
        "data": (kind, ["samples", *rest]), "labels": (INT64, ["samples"]), "lr": (FLOAT, ["steps"]), "t": (INT64, []),
        "order": (INT64, ["steps", n if isinstance(n, int) else "batch"])})
    epoch.expect("outputs", epoch.outputs, {"losses": (FLOAT, ["steps"]), "correct": (INT64, ["steps"]), **nexts})
    for d in (step, epoch):
        d.expect("carried values", d.carried, types)
        d.expect("metadata", d.metadata, step.metadata)
    for key in ("memdil.logits", "memdil.features"):
        if step.metadata[key] and step.metadata[key] not in names(step.graph):
            step.complain(key, "names no value:", step.metadata[key])
    both = set().union(*map(names, subgraphs(epoch.graph))) & names(epoch.graph)
    if both:
        epoch.complain("inside and outside of the Loop are", sorted(both))
    return carried


def close(a, b):
    return np.allclose(a, b, rtol=1e-4, atol=1e-4 * max(np.abs(a).max(initial=0), 1e-3))


def check(folder):
    case, own = json.load(open(folder / "case.json")), own_input(folder)
    grad, step, epoch = (Derived(folder, kind) for kind in ("grad", "step", "epoch"))
    carried = check_form(own, grad, step, epoch)
    random = np.random.default_rng(3)
    batch, *rest = (d if isinstance(d, int) else BATCH for d in grad.inputs[own][1])
    data = random.normal(size=[SAMPLES, *rest]).astype(np.float32)
    labels = random.integers(0, case["classes"], size=SAMPLES)
    order = random.permutation(SAMPLES)[: SAMPLES // batch * batch].reshape(-1, batch)
    rates = np.resize(np.array(case["rates"], np.float32), len(order))

    first = {own: data[order[0]], "label": labels[order[0]]}
    loss = grad.twice(first)["loss"]
    took = step.twice({**first, "lr": np.array(rates[0]), "t": np.array(1)})
    if not case["penalty"] and not close(loss, took["loss"]):
        step.complain("the loss is", took["loss"], "and by grad.onnx", loss)

    # All steps but the last are one run of the Loop, the last, of fewer samples where the model can, is another.
    last = order[-1:] if isinstance(grad.inputs[own][1][0], int) else order[-1:, :PARTIAL]
    by_step, by_epoch, t = {}, {}, 1
    for chunk, lr in ((order[:-1], rates[:-1]), (last, rates[-1:])):
        got = epoch.twice({"data": data, "labels": labels, "order": chunk, "lr": lr, "t": np.array(t), **by_epoch})
        by_epoch = {c: got["next." + c] for c in carried}
        for i, rows in enumerate(chunk):
            one = step.run({own: data[rows], "label": labels[rows], "lr": np.array(lr[i]), "t": np.array(t), **by_step})
            by_step = {c: one["next." + c] for c in carried}
            if not close(one["loss"], got["losses"][i]) or one["correct"] != got["correct"][i]:
                epoch.complain("step", t, "gives", got["losses"][i], got["correct"][i], "want", one["loss"], one["correct"])
            t += 1
    for c in carried:
        if not close(by_step[c], by_epoch[c]):
            epoch.complain(c, "is off by", np.abs(by_step[c] - by_epoch[c]).max(), "of", np.abs(by_step[c]).max())


for argument in sys.argv[1:]:
    check(pathlib.Path(argument))
