"""Compares memdil's gradients, operator by operator and network by network, its
training runs and its own models with independent implementations, and writes
the tables of docs/conformance.md. Arguments pick parts of it, whose tables alone
are written, or models by a part of their name; then nothing is written. Run it
by scripts/conformance/run, or task conformance."""

import logging
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import torch

import document
import gradients
import operators
import pages
import timm_networks
import trajectories
import zoo
from architectures import SMALL, TORCHVISION

ROOT = pathlib.Path(__file__).resolve().parents[2]

# part: (its cases, their check, the table of the results)
PARTS = {
    "torchvision": (lambda: gradients.cases(TORCHVISION), gradients.compare, document.networks),
    "timm": (lambda: gradients.cases(timm_networks.TIMM), gradients.compare, document.networks),
    "small": (lambda: gradients.cases(SMALL), gradients.compare, document.small_networks),
    "trajectories": (trajectories.cases, trajectories.compare, document.trajectories),
    "operators": (operators.tests, operators.check, document.node_tests),
    "zoo": (zoo.cases, zoo.compare, document.zoo_models),
}


def main(picks):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    np.seterr(all="ignore")
    path = ROOT / "docs" / "conformance.md"
    if not timm_networks.installed():
        print("timm is not installed: its part is left out", file=sys.stderr)
        del PARTS["timm"]
    words = [p for p in picks if p not in PARTS]
    for part, (cases, check, table) in PARTS.items():
        whole = not picks or part in picks
        with tempfile.TemporaryDirectory() as folder:
            chosen = (c for c in cases() if whole or any(w in str(c[0]) for w in words))
            results = [report(part, check(*case, pathlib.Path(folder))) for case in chosen]
        if whole:
            pages.write(path, {part: [document.today(), "", *table(results)]})


def report(part, result):
    print(part, *vars(result).values(), sep="  ", flush=True)
    return result


main(sys.argv[1:])
