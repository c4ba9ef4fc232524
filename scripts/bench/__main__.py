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
import others
import pages
import startup
import steps

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
KINDS = {"steps": steps, "others": others, "exports": exports, "metrics": collapse}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench/run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--alone", help=argparse.SUPPRESS)  # prints the peak memory of a case's counterpart
    parser.add_argument("picks", nargs="*", metavar="NAME", help="growth, others, or a part of a comparison's name")
    args = parser.parse_args()
    torch.set_num_threads(measure.THREADS)
    if args.alone:
        print(next(kind.peak(c) for kind in KINDS.values() for c in kind.CASES if c.name == args.alone))
    elif args.picks == ["growth"]:
        pages.write(PAGE, {"growth": growth.section(ROOT / "docs" / "img", args.rounds)})
    elif args.picks == ["others"]:
        tables, _ = compare(args.picks, [], args.rounds)
        pages.write(PAGE, {"others": document.others_section(tables["others"], args.rounds)})
    else:
        tables, limits = compare(KINDS, args.picks, args.rounds)
        if not args.picks:
            with tempfile.TemporaryDirectory() as folder:
                starts = startup.measured(folder)
            pages.write(PAGE, document.sections(tables, starts, limits, args.rounds))


def compare(kinds, picks, rounds):
    """Measures and prints the comparisons of these kinds, all or those that are
    picked; with them, the machine's limits, which steps alone are held against."""
    limits = 0, 0
    tables = {name: [] for name in kinds}
    for name in kinds:
        kind = KINDS[name]
        for case in kind.CASES:
            if picks and not any(p.lower() in case.name.lower() for p in picks):
                continue
            if kind is steps:
                limits = max(limits[0], measure.bandwidth()), max(limits[1], measure.arithmetic())
            with tempfile.TemporaryDirectory() as folder:
                series = measure.interleaved(list(kind.competitors(case, pathlib.Path(folder))), rounds)
            tables[name].append((case, series, measure.peak_alone(case.name)))
            print("\n".join(document.lines(*tables[name][-1], limits)), flush=True)
            torch.compiler.reset()
    return tables, limits


main()
