"""Interleaved measurements, memory and the machine's own limits."""

import functools
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import onnx
import onnxruntime
import torch

THREADS = int(os.environ["OMP_NUM_THREADS"])
PROGRAM = os.environ["MEMDIL"]


def memdil(*args):
    """The result of one of memdil's benchmarks."""
    done = subprocess.run([PROGRAM, "bench", args[0], "--json", *map(str, args[1:])], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"memdil bench {' '.join(map(str, args))}: {done.stderr}")
    return json.loads(done.stdout)


class Series:
    """What one competitor measured: a median for each round, and the facts that
    it gave with the last."""

    def __init__(self, name):
        self.name, self.rounds, self.facts = name, [], {}

    @property
    def median(self):
        return statistics.median(self.rounds)

    def text(self, digits):
        low, high = min(self.rounds), max(self.rounds)
        return f"{self.median:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def interleaved(competitors, rounds):
    """Runs every competitor once a round, one after the other. A competitor is a
    name and a function that returns a number and facts."""
    series = [Series(name) for name, _ in competitors]
    for _ in range(rounds):
        for s, (_, measure) in zip(series, competitors):
            value, s.facts = measure()
            s.rounds.append(value)
    return series


def timed(f, repeats):
    """The median time of f in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        f()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def peak_memory():
    """The most bytes of memory that this process has held at once."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    return 0


def peak_alone(name):
    """The peak memory of a process that runs the counterpart of a case alone."""
    done = subprocess.run([sys.executable, sys.argv[0], "--alone", name], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return int(done.stdout)


def bandwidth():
    """Bytes a second of a copy of 512 MB, reads and writes counted: the best of 10."""
    a = torch.ones(1 << 27)
    b = a.clone()
    return max(2 * a.nbytes / (timed(lambda: b.copy_(a), 1) / 1e3) for _ in range(10))


def arithmetic():
    """Floating-point operations a second of the fastest of three ways to multiply:
    PyTorch's product of 2048×2048 matrices, ONNX Runtime's, and PyTorch's
    convolution. The best of 10."""
    n = 2048
    a, b = torch.randn(n, n), torch.randn(n, n)
    c = a @ b
    images, kernels = torch.randn(64, 256, 16, 16), torch.randn(256, 256, 3, 3)
    session = product(n)
    ways = [
        (2 * n**3, lambda: torch.mm(a, b, out=c)),
        (2 * n**3, lambda: session.run(None, {"a": a.numpy(), "b": b.numpy()})),
        (2 * images.numel() * 256 * 9, lambda: torch.nn.functional.conv2d(images, kernels, padding=1)),
    ]
    with torch.no_grad():
        return max(count / (timed(way, 1) / 1e3) for count, way in ways for _ in range(10))


def product(n):
    """A session of ONNX Runtime that multiplies two matrices."""
    value = functools.partial(onnx.helper.make_tensor_value_info, elem_type=onnx.TensorProto.FLOAT, shape=[n, n])
    graph = onnx.helper.make_graph([onnx.helper.make_node("MatMul", ["a", "b"], ["c"])], "product", [value("a"), value("b")], [value("c")])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def processor():
    """The processor as it calls itself."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()
