"""Compares what TensorBoard and MLflow say of runs with the run folders and
writes the table of docs/tracking.md. Arguments pick checks by a part of their
name; then nothing is written. Run it by scripts/trackers/run, or task trackers."""

import datetime
import importlib.metadata
import pathlib
import platform
import sys
import tempfile

import pages
from checks import CHECKS

ROOT = pathlib.Path(__file__).resolve().parents[2]


def verdict(check):
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return "ok", check(pathlib.Path(scratch))
        except AssertionError as e:
            return "**wrong**", " ".join(str(e).split())[:300]


def main(picks):
    rows = []
    for name, check in CHECKS.items():
        if not picks or any(p in name for p in picks):
            rows.append((name, *verdict(check)))
            print(*rows[-1], sep="  ", flush=True)
    if not picks:
        versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ["tensorboard", "mlflow"])
        when = f"{datetime.date.today()}, {platform.machine()}: {versions}, Python {platform.python_version()}."
        pages.write(ROOT / "docs" / "tracking.md", {"checks": [when, "", *pages.table(["check", "verdict", "compared"], rows)]})
    return int(any(row[1] != "ok" for row in rows))


sys.exit(main(sys.argv[1:]))
