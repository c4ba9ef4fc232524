"""Measures memdil beside PyTorch and numpy and writes the tables of
docs/benchmarks.md. Run it by scripts/bench/run, or task bench."""

import argparse
import pathlib
import tempfile

import torch

import collapse
import document
import exports
import growth
import measure
import pages
import startup
import steps

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
KINDS = {"steps": steps, "exports": exports, "metrics": collapse}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench/run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--alone", help=argparse.SUPPRESS)  # prints the peak memory of a case's counterpart
    parser.add_argument("picks", nargs="*", metavar="NAME", help="growth, or a part of a comparison's name")
    args = parser.parse_args()
    torch.set_num_threads(measure.THREADS)
    if args.alone:
        print(next(kind.peak(c) for kind in KINDS.values() for c in kind.CASES if c.name == args.alone))
    elif args.picks == ["growth"]:
        pages.write(PAGE, {"growth": growth.section(ROOT / "docs" / "img", args.rounds)})
    else:
        compare(args.picks, args.rounds)


def compare(picks, rounds):
    limits = 0, 0
    tables = {name: [] for name in KINDS}
    for name, kind in KINDS.items():
        for case in kind.CASES:
            if picks and not any(p.lower() in case.name.lower() for p in picks):
                continue
            limits = max(limits[0], measure.bandwidth()), max(limits[1], measure.arithmetic())
            with tempfile.TemporaryDirectory() as folder:
                series = measure.interleaved(list(kind.competitors(case, pathlib.Path(folder))), rounds)
            tables[name].append((case, series, measure.peak_alone(case.name)))
            print("\n".join(document.lines(*tables[name][-1], limits)), flush=True)
            torch.compiler.reset()
    if not picks:
        with tempfile.TemporaryDirectory() as folder:
            starts = startup.measured(folder)
        pages.write(PAGE, document.sections(tables, starts, limits, rounds))


main()
