"""The networks as both sides get them: with random weights, and exported."""

import contextlib
import copy
import os
import sys

import torch
from torch import nn

import timm_networks
from architectures import BATCH, CLASSES, SMALL, TORCHVISION, TRAINED

TRAINING, INFERENCE, DEFAULT = "TorchScript, training", "TorchScript, inference", "default"
USUAL_OPSET = 18
BUILDERS = SMALL | TORCHVISION | TRAINED | timm_networks.TIMM


def prepare(model, seed):
    """The network with random weights and statistics, no two tensors equal, and
    a batch. What draws random numbers has probability 0, so that PyTorch's
    gradients are those of the same function: memdil leaves Dropout inactive."""
    torch.manual_seed(seed)
    builder, size = BUILDERS[model]
    net = builder()
    with torch.no_grad():
        for p in net.parameters():
            if p.dim() < 2 or p.min() == p.max():
                p.add_(0.05 * torch.randn_like(p))
    for m in net.modules():
        if isinstance(m, nn.modules.batchnorm._BatchNorm):
            m.running_mean.normal_(0, 0.1)
            m.running_var.uniform_(0.5, 2)
        silence(m)
    return net, torch.randn(BATCH, 3, size, size), torch.randint(0, CLASSES, (BATCH,))


def silence(m):
    """Sets the probabilities of stochastic depth and of timm's dropouts to 0."""
    kind = type(m).__name__
    if kind == "StochasticDepth":
        m.p = 0.0
    if kind == "DropPath":
        m.drop_prob = 0.0
    if isinstance(getattr(m, "drop_rate", None), float):
        m.drop_rate = 0.0


def train_without_dropout(net):
    net.train()
    for m in net.modules():
        if isinstance(m, nn.modules.dropout._DropoutNd):
            m.eval()


def export(net, image, path, exporter, opset=None):
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
