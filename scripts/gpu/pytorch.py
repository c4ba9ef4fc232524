"""PyTorch's part of the comparison: a training step on the GPU, from a data set
of bytes that lies there, as memdil's does."""

import time

import torch
from torch import nn

DEVICE = "cuda"
SAMPLES = 10_000
OPTIMIZER = {"lr": 1e-4, "momentum": 0.9, "weight_decay": 5e-4}

# Options of the optimizer, and whether the forward pass and the loss are
# compiled with CUDA graphs, the mode that PyTorch offers for small batches.
VARIANTS = {
    "eager": ({}, False),
    "eager, fused SGD": ({"fused": True}, False),
    "torch.compile(reduce-overhead), fused SGD": ({"fused": True}, True),
}


def prepare(device):
    """Makes the device that of all that follows. On the CPU the script can be
    tried."""
    global DEVICE
    DEVICE = device
    if device != "cpu":
        if not torch.cuda.is_available():
            raise RuntimeError(f"PyTorch {torch.__version__} sees no GPU: name a Python whose PyTorch does by MEMDIL_PYTHON")
        torch.cuda.set_device(torch.device(device).index or 0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)


def synchronize():
    if DEVICE != "cpu":
        torch.cuda.synchronize()


class Step:
    def __init__(self, net, classes, batch, options, compiled):
        self.net = net.to(DEVICE).train()
        self.optimizer = torch.optim.SGD(self.net.parameters(), **OPTIMIZER, **options)
        self.images = torch.randint(0, 256, (SAMPLES, 3, 32, 32), dtype=torch.uint8, device=DEVICE)
        self.labels = torch.randint(0, classes, (SAMPLES,), device=DEVICE)
        self.orders = [torch.randint(0, SAMPLES, (batch,), device=DEVICE) for _ in range(64)]
        loss = nn.CrossEntropyLoss()
        self.loss = lambda x, y: loss(self.net(x), y)
        if compiled:
            self.loss = torch.compile(self.loss, mode="reduce-overhead")

    def run(self, i):
        rows = self.orders[i % len(self.orders)]
        x = self.images[rows].float().mul_(1 / 255).sub_(0.5).div_(0.25)
        loss = self.loss(x, self.labels[rows])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def take(self, steps):
        for i in range(steps):
            self.run(i)
        synchronize()

    def milliseconds(self, steps):
        """The mean time of so many steps that run without waiting, after as
        many that are not timed."""
        self.take(steps)
        start = time.perf_counter()
        self.take(steps)
        return 1e3 * (time.perf_counter() - start) / steps


def bandwidth():
    """Bytes a second of a copy of 1 GiB on the GPU, reads and writes counted."""
    a = torch.empty(1 << 28, device=DEVICE)
    b = torch.empty_like(a)
    return best(lambda: b.copy_(a), lambda seconds: 2 * a.nbytes / seconds)


def arithmetic():
    """Floating-point operations a second of a product of 4096×4096 float32
    matrices."""
    n = 4096
    a, b = torch.randn(n, n, device=DEVICE), torch.randn(n, n, device=DEVICE)
    c = torch.empty_like(a)
    return best(lambda: torch.mm(a, b, out=c), lambda seconds: 2 * n**3 / seconds)


def best(run, speed, repeats=10):
    times = []
    for _ in range(repeats):
        synchronize()
        start = time.perf_counter()
        run()
        synchronize()
        times.append(time.perf_counter() - start)
    return speed(min(times))
