"""How the cost of a step and of the metrics grows with each dimension."""

import datetime
import json
import math
import os
import subprocess

import measure
from pages import table

# Every series varies one flag. Steps of the MLP and metrics, around a middle.
MLP = {"depth": 6, "width": 1024, "batch_size": 64, "classes": 10}
TABLE = {"samples": 20_000, "dim": 512, "classes": 10}
SERIES = {
    "step": {"width": [256, 512, 1024, 2048, 4096], "depth": [2, 4, 8, 16], "batch_size": [16, 32, 64, 128, 256, 512], "classes": [2, 10, 100, 1000]},
    "metrics": {"samples": [5_000, 10_000, 20_000, 40_000, 80_000], "dim": [64, 128, 256, 512, 1024, 2048], "classes": [2, 10, 100, 1000]},
}
LABELS = {"batch_size": "batch size", "samples": "samples n", "dim": "features d"}


def section(folder, rounds):
    """Measures, draws and describes all series."""
    rows = []
    for kind, series in SERIES.items():
        points = {flag: [(v, time(kind, flag, v, rounds)) for v in values] for flag, values in series.items()}
        (folder / f"growth-{kind}.svg").write_text(draw(points, "ms a step" if kind == "step" else "ms for all metrics"))
        for flag, p in points.items():
            whole, end = fit(p)[0], fit(p[-2:])[0]
            rows.append((kind, label(flag), f"{whole:.2f}", f"{end:.2f}", ", ".join(f"{v:,}: {t:,.1f}" for v, t in p)))
            print(*rows[-1], sep="  ", flush=True)
    fixed = "step: MLP " + described(MLP) + "; metrics: " + described(TABLE)
    return [
        f"{datetime.date.today()}, {measure.processor()}, {measure.THREADS} threads; {fixed}, but for what grows.",
        "",
        *table(["", "what grows", "exponent", "at its end", "milliseconds"], rows),
        "",
        "![time of a step](img/growth-step.svg)",
        "",
        "![time of the metrics](img/growth-metrics.svg)",
    ]


def described(settings):
    return ", ".join(f"{label(k)} {v:,}" for k, v in settings.items())


def label(flag):
    return LABELS.get(flag, flag)


def time(kind, flag, value, rounds):
    """The least median of so many rounds, in milliseconds: noise only adds."""
    settings = {**(MLP if kind == "step" else TABLE), flag: value}
    flags = [part for k, v in settings.items() for part in (f"--{k}", v)]
    if kind == "step":
        flags += ["--model", "MLP", "--use_bn", "--steps", 8, "--warmup", 2, "--threads", measure.THREADS]
        return min(measure.memdil("step", *flags)["step_ms_median"] for _ in range(rounds))
    return 1e3 * min(measure.memdil("metrics", *flags)["seconds_median"] for _ in range(rounds))


def fit(points):
    """Slope and intercept of the least-squares line through the logarithms."""
    x, y = [math.log(v) for v, _ in points], [math.log(t) for _, t in points]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)
    return slope, my - slope * mx


def draw(points, y):
    """The series as panels of an SVG image."""
    panels = []
    for flag, p in points.items():
        exponent, intercept = fit(p)
        panels.append({"x": label(flag), "points": [{"X": v, "Y": t} for v, t in p], "exponent": exponent, "intercept": intercept})
    drawn = subprocess.run([os.environ["PLOT"]], input=json.dumps({"y": y, "panels": panels}), capture_output=True, text=True, check=True)
    return drawn.stdout
