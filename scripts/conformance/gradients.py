"""Gradients of exported networks against PyTorch's autograd in float64."""

import contextlib
import copy
import functools
import os
import re
import sys
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.fx.experimental.optimization import fuse
from torchvision.ops import StochasticDepth

import memdil
from memdil import one_line
from architectures import BATCH, CLASSES, SMALL, TORCHVISION

TRAINING, INFERENCE, DYNAMO = "TorchScript, training", "TorchScript, inference", "default"
OPSETS = range(9, 21)  # those that TorchScript's exporter and memdil have in common
USUAL_OPSET = 18
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


def cases():
    """Everything that is to be compared: (model, exporter, opset or None)."""
    for name in TORCHVISION:
        for exporter in (TRAINING, INFERENCE):
            yield name, exporter, USUAL_OPSET
        yield name, DYNAMO, None
    for name in SMALL:
        for opset in OPSETS:
            yield name, TRAINING, opset
        yield name, INFERENCE, USUAL_OPSET
        yield name, DYNAMO, None


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
    net, image, label = prepare(model, seed)
    path = folder / "model.onnx"
    try:
        export(net, image, path, exporter, opset)
    except Exception as e:
        row.verdict = "not exported: " + re.sub(r" to ONNX opset version \d+", "", one_line(e)).split(". ")[0]
        return row
    file = onnx.load(path)
    row.opset, row.nodes = file.opset_import[0].version, len(file.graph.node)
    try:
        logits = torch.from_numpy(memdil.run(path, {}, image.numpy())["logits"])
        own_loss = nn.functional.cross_entropy(logits, label).item()
    except Exception as e:
        row.verdict = "not run: " + one_line(e)
        return row
    try:
        loss, got = memdil.gradients(path, image.numpy(), label.numpy())
        onnx.checker.check_model(path.with_suffix(".grad.onnx"), full_check=True)
        judge(row, *counterpart(net, file), image, label, loss, got)
        if row.verdict == "wrong loss" and abs(loss - own_loss) < 1e-5 * abs(loss):
            row.verdict = "not run: the export computes another loss than PyTorch does"
    except memdil.Refused as e:
        row.verdict = str(e)
    except Exception as e:
        row.verdict = one_line(e)
    return row


def prepare(model, seed):
    """The network with random weights and statistics, no two tensors equal, and
    a batch. What draws random numbers has probability 0, so that PyTorch's
    gradients are those of the same function: memdil leaves Dropout inactive."""
    torch.manual_seed(seed)
    builder, size = (SMALL | TORCHVISION)[model]
    net = builder()
    with torch.no_grad():
        for p in net.parameters():
            if p.dim() < 2 or p.min() == p.max():
                p.add_(0.05 * torch.randn_like(p))
    for m in net.modules():
        if isinstance(m, nn.modules.batchnorm._BatchNorm):
            m.running_mean.normal_(0, 0.1)
            m.running_var.uniform_(0.5, 2)
        if isinstance(m, StochasticDepth):
            m.p = 0.0
    return net, torch.randn(BATCH, 3, size, size), torch.randint(0, CLASSES, (BATCH,))


def export(net, image, path, exporter, opset):
    net = copy.deepcopy(net).train(exporter == TRAINING)
    options = dict(input_names=["input"], output_names=["logits"], verbose=False)
    if opset:
        options |= dict(opset_version=opset, dynamo=False, dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
    if exporter == TRAINING:
        options |= dict(training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False)
    with quiet():
        torch.onnx.export(net, (image,), path, **options)


@contextlib.contextmanager
def quiet():
    """Drops what is printed: the exporter prints whole graphs on errors."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def counterpart(net, file):
    """The network that computes what the file does, with the file's very weights,
    and where those are: net, or net with folded what inference exports fold."""
    tensors = {t.name: once(numpy_helper.to_array(t)) for t in file.graph.initializer}
    found = adopt(net, tensors)
    for fold in (fold_positions, fold_norms):
        if len(found) < len(list(net.parameters())):
            net = fold(net)
            found = adopt(net, tensors)
    return net, found


def once(t):
    """A tensor that the exporter repeated for each sample, such as ViT's class token."""
    repeated = t.ndim > 1 and len(t) == BATCH and (t == t[:1]).all()
    return t[:1] if repeated else t


def fold_norms(net):
    """Folds each BatchNormalization into the layer before it. A copy: fuse needs
    weights and biases everywhere."""
    net = copy.deepcopy(net).eval()
    for m in net.modules():
        if isinstance(m, nn.modules.batchnorm._BatchNorm) and not m.affine:
            m.weight, m.bias = nn.Parameter(torch.ones(m.num_features)), nn.Parameter(torch.zeros(m.num_features))
    net = fuse(net)
    for p in net.parameters():
        p.requires_grad_()  # biases that fuse made
    return net


def fold_positions(net):
    """Makes the relative position biases parameters themselves, in place of the
    tables or networks that they are computed from."""
    for m in net.modules():
        for method in ("get_relative_position_bias", "get_relative_positional_bias"):
            if hasattr(m, method):
                m.folded = nn.Parameter(getattr(m, method)().detach())
                setattr(m, method, functools.partial(getattr, m, "folded"))
                delattr(m, "cpb_mlp" if hasattr(m, "cpb_mlp") else "relative_position_bias_table")
    return net


def judge(row, net, found, image, label, loss, got):
    """Compares loss and gradients with autograd's."""
    exact_loss, exact = differentiate(copy.deepcopy(net).double(), image.double(), label)
    scale = max(np.abs(g).max() for g in exact.values())
    # Tensors whose gradient is but rounding are measured by the others.
    own = {p: max(np.abs(g).max(), 1e-4 * scale) for p, g in exact.items()}
    usual = dict.fromkeys(exact, 0.0)
    for single in roundings(net, image, label):
        usual = {p: max(e, np.abs(single[p] - exact[p]).max()) for p, e in usual.items()}
    row.parameters = sum(g.size for g in got.values())
    row.loss_error = abs(loss - exact_loss) / abs(exact_loss)
    row.torch_error = float(max(usual.values()) / scale)
    missing = [p for p in exact if (p not in found or found[p][0] not in got) and np.abs(exact[p]).max() > 0]
    extra = sorted(set(got) - {name for name, _ in found.values()})
    errors = {}
    for p, (name, layout) in found.items():
        if name in got:
            errors[p] = np.abs(layout(got[name], exact[p].shape) - exact[p]).max()
    row.gradient_error = float(max(errors.values(), default=np.nan) / scale)
    bad = [p for p, e in errors.items() if not e <= max(1e-3 * own[p], 10 * usual[p])]
    if not row.gradient_error <= max(1e-5, 10 * row.torch_error):
        bad = bad or [max(errors, key=errors.get)]
    if not row.loss_error < 1e-4:
        row.verdict = "wrong loss"
    elif bad or missing or extra:
        parts = [listing("wrong", bad), listing("not trained", missing), listing("trained", extra)]
        row.verdict = "; ".join(part for part in parts if part)


def roundings(net, image, label):
    """Gradients that PyTorch computes in float32, for weights that differ by
    rounding: how far these are off is what float32 costs on this batch."""
    for i in range(ROUNDINGS):
        near = copy.deepcopy(net)
        with torch.no_grad():
            for p in near.parameters() if i else ():
                p.mul_(1 + 6e-8 * torch.randn_like(p))
        yield differentiate(near, image, label)[1]


def listing(what, names):
    """The tensors of which something is to be said, at most two by name."""
    if not names:
        return ""
    rest = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"{what}: {', '.join(names[:2])}{rest}"


def adopt(net, tensors):
    """Finds each parameter of net among a file's initializers, by name or else
    by value, and if all are there gives each the file's value. Returns for each
    its name in the file and how it lies there, see layouts."""
    found = {}
    for name, p in net.named_parameters():
        value = p.detach().numpy()
        for candidate in [name, *tensors]:
            t = tensors.get(candidate)
            if t is None or t.dtype != value.dtype or t.size != value.size or any(c == candidate for c, _ in found.values()):
                continue
            same = [l for l in layouts if (v := layouts[l](t, value.shape)) is not None and np.allclose(v, value, rtol=1e-4, atol=1e-6)]
            if same:
                found[name] = candidate, layouts[same[0]]
                break
    if len(found) == len(list(net.parameters())):
        for name, p in net.named_parameters():
            file_name, layout = found[name]
            p.data.copy_(torch.from_numpy(layout(tensors[file_name], p.shape).copy()))
    return found


def rows(t, shape):
    """A bias of 1×heads×n×n that the file has as n²×heads."""
    _, heads, n, m = shape
    return t.reshape(n, m, heads).transpose(2, 0, 1)[None] if t.shape == (n * m, heads) else None


# How a tensor of a file gives one of the network's shape, or None.
layouts = {
    "as it is": lambda t, shape: t if t.shape == tuple(shape) else None,
    "transposed": lambda t, shape: t.T if t.ndim == 2 and t.T.shape == tuple(shape) else None,
    "rows of a table of positions": lambda t, shape: rows(t, shape) if t.ndim == 2 and len(shape) == 4 else None,
    "reshaped": lambda t, shape: t.reshape(shape) if [d for d in t.shape if d > 1] == [d for d in shape if d > 1] else None,
}


def differentiate(net, image, label):
    """Loss and gradients with the batch's statistics and without Dropout."""
    net.train()
    for m in net.modules():
        if isinstance(m, nn.modules.dropout._DropoutNd):
            m.eval()
    loss = nn.functional.cross_entropy(net(image), label)
    loss.backward()
    return loss.item(), {n: p.grad.numpy() for n, p in net.named_parameters() if p.grad is not None}
