"""The tables of docs/benchmarks.md."""

import datetime
import platform

import numpy
import torch

import collapse
import exports
import measure
import startup
import steps
from pages import table


def ratio(series, faster_is_less):
    """memdil's speed over that of the best other program."""
    own, best = series[0], best_other(series, faster_is_less)
    return best.median / own.median if faster_is_less else own.median / best.median


def best_other(series, faster_is_less):
    others = [s for s in series if not s.name.startswith("memdil")]
    return (min if faster_is_less else max)(others, key=lambda s: s.median)


def megabytes(n):
    return f"{n / 1e6:,.0f} MB"


def lines(case, series, other_peak, limits):
    """The rows of one comparison: every competitor, in a form for people."""
    unit, digits, less = {steps.Step: ("ms", 1, True), exports.Export: ("samples/s", 0, False), collapse.Metrics: ("s", 3, True)}[type(case)]
    own = series[0]
    rows = [f"{case.name}:"] + [f"  {s.name}: {s.text(digits)} {unit}" for s in series]
    rows.append(f"  {ratio(series, less):.2f}× the best other; peak memory {megabytes(own.facts['peak_memory_bytes'])}, other {megabytes(other_peak)}")
    if isinstance(case, steps.Step):
        if case.model:
            least, bound = steps.floor(case, *limits)
            twin = own.median / series[1].median
            rows.append(f"  {own.median / least:.2f}× the floor of {least:.1f} ms ({bound}); the exported net runs at {100 * twin:.0f} % of the speed")
        rows.append(f"  graph {own.facts['graph_ms_median']:.1f} ms, optimizer {own.facts['optimizer_ms_median']:.1f} ms")
    return rows


def sections(tables, starts, limits, rounds):
    """The parts of the page that this program measures."""
    return {
        "measured": [measured(tables["steps"], rounds), "", f"Limits measured in the same run: {limits[0] / 1e9:.1f} GB/s, {limits[1] / 1e9:.0f} GFLOP/s."],
        "steps": step_summary(tables["steps"], limits) + [""] + step_details(tables["steps"]),
        "others": others_section(tables["others"], rounds),
        "exports": export_table(tables["exports"]),
        "metrics": metrics_table(tables["metrics"]),
        "startup": table(["", "milliseconds", "meant to be below"], [(what, startup.text(times), limit) for what, limit, times in starts]),
    }


def measured(results, rounds):
    """When, on what and of what versions the results are."""
    facts = results[0][1][0].facts
    versions = f"ONNX Runtime {facts['onnxruntime']}; torch {torch.__version__}, numpy {numpy.__version__}, Python {platform.python_version()}"
    return f"{datetime.date.today()}, {measure.processor()}, {measure.THREADS} threads, {rounds} rounds. memdil {facts['memdil']}, {versions}."


def step_summary(results, limits):
    rows = []
    for case, series, other_peak in results:
        own, best = series[0], best_other(series, True)
        least, bound = steps.floor(case, *limits)
        rows.append((
            case.name, own.text(1), best.text(1), best.name.removeprefix("PyTorch, "), f"**{ratio(series, True):.2f}×**",
            f"{least:.1f} ({bound})", f"{own.median / least:.1f}×", f"{100 * own.median / series[1].median:.0f} %",
            megabytes(own.facts["peak_memory_bytes"]), megabytes(other_peak),
        ))
    head = ["step", "memdil, ms", "best PyTorch, ms", "which", "speed over it", "floor, ms", "time over it", "exported net", "memory", "PyTorch's"]
    return table(head, rows)


def step_details(results):
    names = ["memdil", "memdil, exported from PyTorch", *(f"PyTorch, {v}" for v in steps.VARIANTS)]
    found = [{s.name: s for s in series} for _, series, _ in results]
    rows = [(name, *(f[name].text(1) if name in f else "–" for f in found)) for name in names]
    rows.append(("*memdil's graph*", *(f"{f['memdil'].facts['graph_ms_median']:.1f}" for f in found)))
    rows.append(("*memdil's optimizer*", *(f"{f['memdil'].facts['optimizer_ms_median']:.1f}" for f in found)))
    return table(["milliseconds a step", *(case.name for case, _, _ in results)], rows)


def others_section(results, rounds):
    rows = []
    for case, series, other_peak in results:
        own, best = series[0], best_other(series, True)
        rows.append((case.name, f"{case.parameters / 1e6:.1f} M", own.text(1), best.text(1), best.name.removeprefix("PyTorch, "), f"**{ratio(series, True):.2f}×**",
                     megabytes(own.facts["peak_memory_bytes"]), megabytes(other_peak)))
    head = ["step", "parameters", "memdil, ms", "best PyTorch, ms", "which", "speed over it", "memory", "PyTorch's"]
    return [measured(results, rounds), "", *table(head, rows)]


def export_table(results):
    rows = []
    for case, series, other_peak in results:
        own, best = series[0], best_other(series, False)
        rows.append((case.name, own.text(0), best.text(0), best.name.removeprefix("PyTorch, "), f"**{ratio(series, False):.2f}×**",
                     megabytes(own.facts["peak_memory_bytes"]), megabytes(other_peak)))
    return table(["", "memdil, samples/s", "best PyTorch, samples/s", "which", "speed over it", "memory", "PyTorch's"], rows)


def metrics_table(results):
    rows = []
    for case, series, other_peak in results:
        own, numpy_ = series
        rows.append((case.name, own.text(3), numpy_.text(3), f"**{ratio(series, True):.1f}×**", megabytes(own.facts["peak_memory_bytes"]), megabytes(other_peak)))
    return table(["", "memdil, s", "numpy, s", "speed over it", "memory", "numpy's"], rows)
