"""The tables of docs/conformance.md."""

import datetime
import importlib.metadata
import math
import platform

import operators
import timm_networks
from pages import table


def today():
    """What a table was made with, and when."""
    packages = ["torch", "torchvision", *(["timm"] if timm_networks.installed() else []), "onnx", "onnxruntime", "numpy"]
    versions = [f"{p} {importlib.metadata.version(p)}" for p in packages] + [f"Python {platform.python_version()}"]
    return f"{datetime.date.today()}, {platform.machine()}: {', '.join(versions)}."


def score(rows):
    tried = [r for r in rows if not r.verdict.startswith(("not exported", "not run"))]
    text = f"{sum(r.passed for r in tried)} of {len(tried)} pass."
    if len(tried) < len(rows):
        text += f" {len(rows) - len(tried)} more could not be tried, because the exporter refused or ONNX Runtime does not run the export."
    return text


def number(x):
    return "" if math.isnan(x) else f"{x:.0e}" if x else "0"


def verdict(row):
    return row.verdict + (f", with batch {row.batches}" if row.batches > 1 else "")


def outcome(row):
    return row.verdict + (f", with network {row.networks}" if row.networks > 1 else "")


def networks(rows):
    head = ["model", "exporter", "opset", "nodes", "parameters", "loss error", "gradient error", "PyTorch's float32", "verdict"]
    body = [
        (r.model, r.exporter, r.opset, f"{r.nodes:,}", f"{r.parameters:,}")
        + (number(r.loss_error), number(r.gradient_error), number(r.torch_error), verdict(r))
        for r in rows
    ]
    return [score(rows), "", *table(head, body)]


def small_networks(rows):
    """One line for rows that differ in opset alone and agree in the verdict."""
    groups = {}
    for r in rows:
        groups.setdefault((r.model, r.exporter, verdict(r)), []).append(r)
    body = []
    for (model, exporter, outcome), group in groups.items():
        opsets = [r.opset for r in group]
        span = f"{min(opsets)}–{max(opsets)}" if len(opsets) > 1 and len(opsets) == max(opsets) - min(opsets) + 1 else ", ".join(map(str, opsets))
        worst = [number(max(getattr(r, of) for r in group)) for of in ("loss_error", "gradient_error", "torch_error")]
        sizes = [f"{max(getattr(r, of) for r in group):,}" for of in ("nodes", "parameters")]
        body.append((model, exporter, span, *sizes, *worst, outcome))
    head = ["model", "exporter", "opsets", "nodes", "parameters", "loss error", "gradient error", "PyTorch's float32", "verdict"]
    return [score(rows), "", *table(head, body)]


def trajectories(rows):
    head = ["model", "optimizer", "loss", "losses", "parameters", "statistics", "PyTorch's float32: the same", "verdict"]
    body = [
        (r.model, r.optimizer, r.loss, *map(number, r.errors), ", ".join(number(e) or "–" for e in r.torch_errors), outcome(r))
        for r in rows
    ]
    return [score(rows), "", *table(head, body)]


def node_tests(results):
    groups = operators.by_operator(results)
    kinds = ["passed", "wrong", "refused", "unjudged"]
    counts = {op: [sum(r.kind == k for r in rs) for k in kinds] for op, rs in groups}
    total = [sum(c[i] for c in counts.values()) for i in range(len(kinds))]
    whole = [f"{op} {c[0]}" for op, c in counts.items() if c[0] == sum(c)]
    rest = []
    for op, rs in groups:
        if counts[op][0] == len(rs):
            continue
        reasons = list(dict.fromkeys(f"`{r.name}`: {r.reason}" for r in rs if r.kind in ("wrong", "unjudged")))
        reasons += list(dict.fromkeys(general(r.reason) for r in rs if r.kind == "refused"))
        rest.append((op, *counts[op], "<br>".join(reasons)))
    return [
        f"Of {len(results)} tests {total[0]} pass, {total[1]} are wrong, {total[2]} are refused and {total[3]} cannot be judged.",
        "",
        f"All tests pass of {len(whole)} operators (with their number): {', '.join(whole)}.",
        "",
        "The others:",
        "",
        *table(["operator", *kinds, "why"], rest),
    ]


def general(reason):
    """A refusal without the name of the node."""
    return reason.split(": ", 1)[-1] if reason.startswith("gradient of ") else reason


def zoo_models(rows):
    head = ["model", "options", "parameters", "error of the logits", "verdict"]
    return [score(rows), "", *table(head, [(r.model, r.options, f"{r.parameters:,}", number(r.error), r.verdict) for r in rows])]
