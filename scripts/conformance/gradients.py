"""Gradients of exported networks against PyTorch's autograd in float64."""

import copy
import re
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from torch.nn import functional as F

import interpret
import memdil
import networks
from architectures import BATCH, SMALL
from memdil import one_line
from networks import DEFAULT, INFERENCE, TRAINING, USUAL_OPSET

OPSETS = range(9, 21)  # those that TorchScript's exporter and memdil have in common
BATCHES = 4
ROUNDINGS = 3


@dataclass
class Row:
    model: str
    exporter: str
    opset: int | str
    nodes: int = 0
    parameters: int = 0
    loss_error: float = np.nan
    gradient_error: float = np.nan
    torch_error: float = np.nan
    verdict: str = "ok"
    batches: int = 1

    @property
    def passed(self):
        return self.verdict == "ok"


def cases(names):
    """Each network by each exporter: (model, exporter, opset or None)."""
    for name in names:
        for opset in OPSETS if name in SMALL else [USUAL_OPSET]:
            yield name, TRAINING, opset
        yield name, INFERENCE, USUAL_OPSET
        yield name, DEFAULT, None


def compare(model, exporter, opset, folder):
    """One row of the table; whatever goes wrong is its verdict. A gradient is
    not continuous where a ReLU or a maximum changes sides, so one rounding may
    tip it; what is wrong on every one of several batches is wrong."""
    for seed in range(BATCHES):
        row = compare_once(model, exporter, opset, folder, seed)
        row.batches = seed + 1
        if not row.verdict.startswith("wrong"):
            break
    return row


def compare_once(model, exporter, opset, folder, seed):
    row = Row(model, exporter, opset or "")
    net, image, label = networks.prepare(model, seed)
    path = folder / "model.onnx"
    try:
        networks.export(net, image, path, exporter, opset)
    except Exception as e:
        row.verdict = "not exported: " + re.sub(r" to ONNX opset version \d+", "", one_line(e)).split(". ")[0]
        return row
    file = onnx.load(path)
    row.opset, row.nodes = file.opset_import[0].version, len(file.graph.node)
    try:
        logits = memdil.run(path, {}, image.numpy())["logits"]
    except Exception as e:
        row.verdict = "not run: " + one_line(e)
        return row
    try:
        got = memdil.gradients(path, image.numpy(), label.numpy())
        onnx.checker.check_model(path.with_suffix(".grad.onnx"), full_check=True)
        truth = Network(net) if exporter == TRAINING else File(file, changing(net, image, folder, exporter, opset, file))
        judge(row, truth, image, label, *got)
        own_loss = F.cross_entropy(torch.from_numpy(logits), label).item()
        if row.verdict == "wrong loss" and abs(got[0] - own_loss) < 1e-5 * own_loss:
            row.verdict = "not run: the export computes another loss than PyTorch does"
    except memdil.Refused as e:
        row.verdict = str(e)
    except Exception as e:
        row.verdict = one_line(e)
    return row


class Network:
    """The truth of training exports, which keep every parameter by name."""

    def __init__(self, net):
        self.net = net

    def differentiate(self, image, label, kind, noise=0.0):
        net = copy.deepcopy(self.net).to(kind)
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(1 + noise * torch.randn_like(p))
        networks.train_without_dropout(net)
        loss = F.cross_entropy(net(image.to(kind)), label)
        loss.backward()
        return loss.item(), {n: p.grad.numpy() for n, p in net.named_parameters() if p.grad is not None}


class File:
    """The truth of other exports, which fold parameters together: the gradient
    of the file's own graph on PyTorch, by the tensors that hold parameters."""

    def __init__(self, file, names):
        self.graph, self.names = file.graph, names

    def differentiate(self, image, label, kind, noise=0.0):
        tensors = {n: t.to(kind) if t.is_floating_point() else t for n, t in interpret.constants(self.graph).items()}
        leaves = [tensors[n] for n in self.names]
        for t in leaves:
            t.mul_(1 + noise * torch.randn_like(t)).requires_grad_()
        loss = F.cross_entropy(interpret.run(self.graph, tensors, {"input": image.to(kind)}), label)
        grads = torch.autograd.grad(loss, leaves, allow_unused=True)
        return loss.item(), {n: g.numpy() for n, g in zip(self.names, grads) if g is not None}


def changing(net, image, folder, exporter, opset, file):
    """The float tensors of an export that depend on the network's parameters:
    those that differ in an export with other parameters."""
    other = copy.deepcopy(net)
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(1.01).add_(0.01)
    path = folder / "other.onnx"
    networks.export(other, image, path, exporter, opset)
    old, new = interpret.constants(file.graph), interpret.constants(onnx.load(path).graph)
    return [n for n, t in old.items() if t.is_floating_point() and not (n in new and torch.equal(t, new[n]))]


def judge(row, truth, image, label, loss, got):
    """Compares loss and gradients with autograd's."""
    exact_loss, exact = truth.differentiate(image, label, torch.float64)
    exact = {n: once(g, got[n]) if n in got else g for n, g in exact.items()}
    scale = max(np.abs(g).max() for g in exact.values())
    usual = usual_errors(truth, image, label, exact, got)
    errors = {n: np.abs(got[n] - g).max() for n, g in exact.items() if n in got}
    row.parameters = sum(g.size for g in got.values())
    row.loss_error = abs(loss - exact_loss) / abs(exact_loss)
    row.torch_error = float(max(usual.values()) / scale)
    row.gradient_error = float(max(errors.values(), default=np.nan) / scale)
    # Tensors whose gradient is but rounding are measured by the others.
    bad = [n for n, e in errors.items() if not e <= max(1e-3 * max(np.abs(exact[n]).max(), 1e-4 * scale), 10 * usual[n])]
    if not row.gradient_error <= max(1e-5, 10 * row.torch_error):
        bad = bad or [max(errors, key=errors.get)]
    if not row.loss_error < 1e-4:
        row.verdict = "wrong loss"
        return
    missing = [n for n, g in exact.items() if n not in got and np.abs(g).max() > 0]
    parts = [listing("wrong", bad), listing("not trained", missing), listing("trained", sorted(set(got) - set(exact)))]
    row.verdict = "; ".join(part for part in parts if part) or "ok"


def usual_errors(truth, image, label, exact, got):
    """How far the gradients are off that PyTorch computes in float32, for
    weights that differ by rounding: what float32 costs on this batch."""
    usual = dict.fromkeys(exact, 0.0)
    for i in range(ROUNDINGS):
        _, single = truth.differentiate(image, label, torch.float32, 6e-8 if i else 0.0)
        for n, g in single.items():
            usual[n] = max(usual[n], np.abs((once(g, got[n]) if n in got else g) - exact[n]).max())
    return usual


def once(g, like):
    """The gradient of a tensor that the exporter repeated for each sample, such
    as a class token, where it is trained once."""
    return g.reshape(BATCH, *like.shape).sum(0) if g.size == BATCH * like.size else g


def listing(what, names):
    """The tensors of which something is to be said, at most two by name."""
    if not names:
        return ""
    rest = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"{what}: {', '.join(names[:2])}{rest}"
