"""Feature export: memdil, and PyTorch's forward pass."""

import functools
from dataclasses import dataclass

import torch

import nets
import steps
from measure import THREADS, memdil, peak_memory, timed

BATCH = 512


@dataclass
class Export:
    name: str
    net: callable
    model: list  # memdil's flags for the same network
    classes: int
    samples: int


CASES = [
    Export("export of MLP 4×256", functools.partial(nets.mlp, 4, 256, 10), ["--model", "MLP", "--depth", 4, "--width", 256, "--use_bn"], 10, 16384),
    Export("export of MLP 9×2048", steps.HEADLINE, steps.HEADLINE_FLAGS, 2, 4096),
    Export("export of ResNet-18 (CIFAR stem)", nets.resnet18, steps.RESNET_FLAGS, nets.CLASSES, 1024),
]

VARIANTS = {
    "eager": {},
    "channels_last": {"channels_last": True},
    "compiled": {"compiled": True},
    "channels_last, compiled": {"channels_last": True, "compiled": True},
}


def competitors(case, _):
    flags = ["export", "--batch_size", BATCH, "--samples", case.samples, "--repeats", 1, "--threads", THREADS, "--classes", case.classes, *case.model]
    yield "memdil", lambda: of_memdil(flags)
    for name, options in VARIANTS.items():
        if case.net is nets.resnet18 or not options.get("channels_last"):
            yield f"PyTorch, {name}", functools.partial(of_pytorch, pytorch(case, **options), case.samples)


def of_memdil(flags):
    result = memdil(*flags)
    return result["samples_per_second"], result


def of_pytorch(run, samples):
    run()  # the caches are another competitor's
    return samples / (timed(run, 1) / 1e3), {}


def pytorch(case, channels_last=False, compiled=False):
    """A function that computes features and logits of normalised images that lie
    ready in memory."""
    net = nets.WithFeatures(case.net()).eval()
    images = torch.randn(BATCH, 3, 32, 32)
    if channels_last:
        net, images = net.to(memory_format=torch.channels_last), images.contiguous(memory_format=torch.channels_last)
    forward = torch.compile(net) if compiled else net
    features, logits = torch.empty(case.samples, net.head.in_features), torch.empty(case.samples, case.classes)

    def run():
        with torch.no_grad():
            for i in range(0, case.samples, BATCH):
                features[i : i + BATCH], logits[i : i + BATCH] = forward(images)

    run()
    return run


def peak(case):
    """Peak memory of an eager export."""
    pytorch(case)
    return peak_memory()
