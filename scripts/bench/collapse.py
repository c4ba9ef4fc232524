"""Metrics of neural collapse: memdil and a vectorised numpy."""

from dataclasses import dataclass

import numpy as np

from measure import memdil, peak_memory, timed


@dataclass
class Metrics:
    name: str
    samples: int
    dim: int
    classes: int


CASES = [Metrics("metrics of 50,000 × 512, 10 classes", 50_000, 512, 10)]


def competitors(case, _):
    flags = ["metrics", "--samples", case.samples, "--dim", case.dim, "--classes", case.classes, "--repeats", 3]
    table = data(case)
    yield "memdil", lambda: of_memdil(flags)
    yield "numpy", lambda: (timed(lambda: collapse(*table), 1) / 1e3, {})


def of_memdil(flags):
    result = memdil(*flags)
    return result["seconds_median"], result


def data(case):
    rng = np.random.default_rng(0)
    labels = np.arange(case.samples) % case.classes
    weight = rng.standard_normal((case.classes, case.dim))
    return rng.standard_normal((case.samples, case.dim), np.float32) + weight.astype(np.float32)[labels], labels, weight


def collapse(features, labels, weight):
    """NC1, NC2 and NC3 in float64: both covariances are formed, one of them
    inverted by pinv."""
    h, classes = features.astype(np.float64), len(weight)
    means = np.stack([h[labels == k].mean(axis=0) for k in range(classes)])
    centred = means - means.mean(axis=0)
    deviations = h - means[labels]
    within = deviations.T @ deviations / len(h)
    between = centred.T @ centred / classes
    etf = (np.eye(classes) - 1 / classes) / np.sqrt(classes - 1)
    nc2, nc3 = (np.linalg.norm(p / np.linalg.norm(p) - etf) for p in (weight @ weight.T, weight @ centred.T))
    return np.trace(within @ np.linalg.pinv(between)) / classes, nc2, nc3


def peak(case):
    """Peak memory of numpy."""
    collapse(*data(case))
    return peak_memory()
