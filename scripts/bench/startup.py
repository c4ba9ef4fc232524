"""How long memdil takes before and after its work."""

import statistics
import subprocess

from measure import PROGRAM, timed

RUN = ["--data_dir", "embedded", "--dataset", "mnist", "--model", "MLP", "--classes", "2", "--depth", "9", "--width", "1024", "--epochs", "1", "--batch_size", "64"]


def measured(folder, repeats=20):
    """Rows of what, the limit and the times in milliseconds."""
    run = ["run", *RUN, "--runs_dir", str(folder)]
    call(run)  # from here on it is done
    return [(what, limit, [timed(lambda: call(args), 1) for _ in range(repeats)]) for what, limit, args in (
        ("`memdil --help`", 50, ["--help"]),
        ("`memdil run` of what is done", 200, run),
    )]


def call(args):
    subprocess.run([PROGRAM, *args], check=True, capture_output=True)


def text(times):
    return f"{statistics.median(times):.0f} ({min(times):.0f}–{max(times):.0f})"
