"""Compares memdil's gradients, operator by operator and network by network, and
its own models with independent implementations, and writes the tables of
docs/conformance.md. Arguments pick parts of it (networks, operators, zoo) or
models by a part of their name; then nothing is written. Run it by scripts/conformance/run,
or task conformance."""

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
import zoo

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(picks):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    np.seterr(all="ignore")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        rows = collect("networks", gradients.cases(), gradients.compare, picks, folder)
        results = collect("operators", operators.tests(), operators.check, picks, folder)
        models = collect("zoo", zoo.cases(), zoo.compare, picks, folder)
    if picks:
        return
    pages.write(
        ROOT / "docs" / "conformance.md",
        {
            "versions": document.today(),
            "torchvision": document.networks([r for r in rows if r.model in gradients.TORCHVISION]),
            "small": document.small_networks([r for r in rows if r.model in gradients.SMALL]),
            "operators": document.node_tests(results),
            "zoo": document.zoo_models(models),
        },
    )


def collect(part, cases, check, picks, folder):
    """Checks the cases that are picked and prints each result."""
    results = []
    for case in cases:
        if picks and part not in picks and not any(p in str(case[0]) for p in picks):
            continue
        results.append(check(*case, folder))
        print(part, *vars(results[-1]).values(), sep="  ", flush=True)
    return results


main(sys.argv[1:])
