"""Training steps: memdil, the same network exported from PyTorch, and PyTorch."""

import contextlib
import functools
import io
import warnings
from dataclasses import dataclass

import torch
from torch import nn

import nets
from measure import THREADS, memdil, peak_memory, timed


@dataclass
class Step:
    name: str
    net: callable
    model: list  # memdil's flags for the same network; none to compare its export alone
    classes: int
    batch: int
    steps: int  # in a round
    adam: bool = False  # in place of SGD
    size: int = 32  # of the images

    @property
    def variants(self):
        """Those of PyTorch's that are measured: another memory format only where
        there are convolutions, and of networks compared by their export alone, of
        which there are many, none that takes minutes to compile."""
        if not self.model:
            return ["fused", "fused, channels_last"]
        convolutional = self.net in (nets.resnet18, nets.vgg11_bn)
        return [name for name, options in VARIANTS.items() if convolutional or not options.get("channels_last")]

    @functools.cached_property
    def parameters(self):
        return nets.parameters(self.net())


HEADLINE = functools.partial(nets.mlp, 9, 2048, 2)
HEADLINE_FLAGS = ["--model", "MLP", "--depth", 9, "--width", 2048, "--use_bn"]
RESNET_FLAGS = ["--model", "resnet18", "--SOTA"]  # feeding augments the images as well

CASES = [
    Step("MLP 9×2048, batch 16", HEADLINE, HEADLINE_FLAGS, 2, 16, 15),
    Step("MLP 9×2048, batch 16, Adam", HEADLINE, HEADLINE_FLAGS, 2, 16, 15, adam=True),
    Step("MLP 9×2048, batch 128", HEADLINE, HEADLINE_FLAGS, 2, 128, 6),
    Step("ResNet-18 (CIFAR stem), batch 64", nets.resnet18, RESNET_FLAGS, nets.CLASSES, 64, 2),
    Step("VGG-11-BN, batch 64", nets.vgg11_bn, ["--model", "vgg11_bn"], nets.CLASSES, 64, 4),
]

MOMENTUM, WEIGHT_DECAY = 0.9, 5e-4
WARMUP = 2

# What PyTorch's users can switch on: flags of the optimizer, the memory format,
# the compiler.
VARIANTS = {
    "default": {},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
    "fused, channels_last": {"fused": True, "channels_last": True},
    "fused, compiled": {"fused": True, "compiled": True},
    "fused, channels_last, compiled": {"fused": True, "channels_last": True, "compiled": True},
}


def competitors(case, folder):
    flags = ["step", "--batch_size", case.batch, "--steps", case.steps, "--warmup", WARMUP, "--threads", THREADS]
    flags += ["--optimizer", "adam"] if case.adam else ["--optimizer", "sgd", "--momentum", MOMENTUM]
    flags += ["--weight_decay", WEIGHT_DECAY]
    if case.model:
        zoo = [*flags, "--classes", case.classes, *case.model]
        yield "memdil", lambda: of_memdil(zoo, case)
    exported = [*flags, "--graph", export(case, folder / "exported.onnx")]
    yield "memdil, exported from PyTorch", lambda: of_memdil(exported, case)
    for name in case.variants:
        yield f"PyTorch, {name}", functools.partial(of_pytorch, pytorch(case, **VARIANTS[name]), case)


def of_memdil(args, case):
    result = memdil(*args)
    if result["parameters"] != case.parameters:
        raise SystemExit(f"{case.name}: memdil trains {result['parameters']} parameters, PyTorch {case.parameters}")
    return result["step_ms_median"], result


def of_pytorch(step, case):
    step()  # the caches are another competitor's
    return timed(step, case.steps), {}


def pytorch(case, compiled=False, channels_last=False, **options):
    """A function that does a training step on batches that lie ready in memory."""
    torch.manual_seed(0)
    net = case.net().train()
    images, labels = torch.randn(4, case.batch, 3, case.size, case.size), torch.randint(case.classes, (4, case.batch))
    batches = list(zip(images, labels))
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        batches = [(x.contiguous(memory_format=torch.channels_last), y) for x, y in batches]
    make = torch.optim.Adam if case.adam else functools.partial(torch.optim.SGD, momentum=MOMENTUM)
    optimizer = make(net.parameters(), lr=1e-4, weight_decay=WEIGHT_DECAY, **options)
    forward = torch.compile(net) if compiled else net

    def step():
        x, y = batches[0]
        batches.append(batches.pop(0))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(forward(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()  # memdil reports every loss too

    for _ in range(WARMUP):
        step()
    return step


def peak(case):
    """Peak memory of PyTorch's leanest variant after a few steps."""
    step = pytorch(case, fused=True)
    for _ in range(3):
        step()
    return peak_memory()


def export(case, path):
    """Writes the network as PyTorch's exporter does in training mode, all
    parameters kept."""
    batch = {"input": {0: "N"}, "logits": {0: "N"}}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
        torch.onnx.export(
            case.net().train(), (torch.randn(2, 3, case.size, case.size),), path, dynamo=False, opset_version=18, do_constant_folding=False,
            training=torch.onnx.TrainingMode.TRAINING, input_names=["input"], output_names=["logits"], dynamic_axes=batch,
        )
    return path


def floor(case, bandwidth, arithmetic):
    """The least milliseconds of a step, and what they go to."""
    net = case.net()
    products, first, outputs = nets.cost(net, case.batch)
    passes = 8 if case.adam else 6  # over the parameters; Adam has two moments
    memory = 1e3 * 4 * (passes * case.parameters + 5 * outputs) / bandwidth
    computing = 1e3 * 2 * (3 * products - first) / arithmetic
    return max((memory, "memory"), (computing, "arithmetic"))
