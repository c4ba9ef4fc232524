"""The checks: each runs memdil, asks a server, and returns what it compared.
A difference is an AssertionError."""

import contextlib
import json
import math
import os
import pathlib
import signal
import subprocess
import time
import tomllib

import numpy as np
import pyarrow.feather

import servers

PROGRAM = os.environ["MEMDIL"]
EPOCHS = 8
SETTINGS = f"""--device cpu --data_dir embedded --model MLP --use_bn --width 64 --depth 3 --epochs {EPOCHS}
    --batch_size 64 --lr 0.05 --label_noise 0.2 --seed 1 --loss LS""".split()


def command(runs, *args):
    return [PROGRAM, "run", "--runs_dir", str(runs), *SETTINGS, *args]


def run(runs, *args):
    """Runs an experiment; returns its folder, what it said and how long it took."""
    start = time.monotonic()
    done = subprocess.run(command(runs, *args), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    (folder,) = pathlib.Path(runs).iterdir()
    return folder, done.stderr, time.monotonic() - start


def interrupted(runs, *args):
    """Starts an experiment and stops it after its third epoch."""
    process = subprocess.Popen(command(runs, *args), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("epoch 3/"):
            process.send_signal(signal.SIGINT)
    process.wait()
    assert process.returncode != 0, "it was over before it could be stopped"


def history(folder):
    """The columns of history.arrow by name, without the epoch."""
    table = pyarrow.feather.read_table(folder / "history.arrow").to_pydict()
    assert table.pop("epoch") == list(range(1, EPOCHS + 1))
    return table


def final(folder):
    """The numbers of metrics.json under the names that trackers get."""
    def walk(prefix, tree):
        for key, value in tree.items():
            if isinstance(value, dict):
                yield from walk(f"{prefix}{key}.", value)
            elif isinstance(value, (int, float)):
                yield prefix + key, float(value)

    results = json.loads((folder / "metrics.json").read_text())
    return {name: value for split, tree in results.items() for name, value in walk(split + "/", tree)}


def settings(folder):
    return tomllib.loads((folder / "experiment.toml").read_text())["experiment"]


def eventually(what, until, seconds=60):
    """Waits for a server to have read what is on the disk."""
    for _ in range(2 * seconds):
        with contextlib.suppress(OSError, KeyError, ValueError):
            if (got := what()) and until(got):
                return got
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s: {what()}")


def tensorboard(scratch):
    """TensorBoard is there while a run is interrupted and goes on: its event
    file is replaced, and every step is there once."""
    runs = scratch / "runs"
    runs.mkdir()
    server = servers.tensorboard(scratch, runs).start("/data/environment")
    try:
        interrupted(runs, "--tensorboard")
        eventually(lambda: servers.ask(server.url + "/data/runs"), lambda got: len(got) == 1)
        folder, _, _ = run(runs, "--tensorboard")
        want = history(folder) | {name: [math.nan] * (EPOCHS - 1) + [value] for name, value in final(folder).items()}
        (name,) = servers.ask(server.url + "/data/runs")
        quoted = servers.urllib.parse.quote(name, safe="")

        def scalars(tag):
            tag = servers.urllib.parse.quote(tag, safe="")
            return servers.ask(f"{server.url}/data/plugin/scalars/scalars?run={quoted}&tag={tag}")

        last = list(final(folder))[-1]
        eventually(lambda: scalars(last), lambda got: len(got) == 1)
        for tag, values in want.items():
            expected = [(i + 1, float(np.float32(v))) for i, v in enumerate(values) if math.isfinite(v)]
            if expected:
                got = [(step, value) for _, step, value in scalars(tag)]
                assert got == expected, f"{tag}: {got}, want {expected}"
        query = {"experimentName": "", "colParams": [], "startIndex": 0, "sliceSize": 10,
                 "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]}
        (group,) = eventually(
            lambda: servers.ask(server.url + "/data/plugin/hparams/session_groups", query)["sessionGroups"],
            lambda got: got[0]["sessions"][0]["status"] == "STATUS_SUCCESS")
        compare_settings(group["hparams"], settings(folder), lambda v: float(v) if type(v) is int else v)
        return f"{len(want)} tags, {len(group['hparams'])} hyper-parameters, STATUS_SUCCESS"
    finally:
        server.stop()


def compare_settings(got, want, form):
    assert len(got) > 20 and "loss" in got, got
    for name, value in got.items():
        assert value == form(want[name]), f"{name}: {value}, want {want[name]}"


def check_run(client, folder):
    """Compares the only run on a server with its folder; returns a summary."""
    (got,) = client.runs()
    assert got["info"]["status"] == "FINISHED", got["info"]
    assert got["info"]["run_name"] == folder.name
    params = {p["key"]: p["value"] for p in got["data"]["params"]}
    compare_settings(params, settings(folder), lambda v: str(v).lower() if isinstance(v, bool) else f"{v:g}" if isinstance(v, float) else str(v))
    columns = history(folder)
    for name, values in columns.items():
        want = [(i + 1, v) for i, v in enumerate(values) if math.isfinite(v)]
        assert client.history(got, name) == want, f"{name}: {client.history(got, name)}, want {want}"
    numbers = final(folder)
    for name, value in numbers.items():
        assert client.history(got, name) == [(EPOCHS, value)], name
    files = sorted(client.artifacts(got))
    for name in ["experiment.toml", "history.arrow", "metrics.json", "model.onnx", "report/index.html", "statistics.arrow"]:
        assert name in files, f"{name} is not among {files}"
    return got, files, f"{len(params)} settings, {len(columns)} columns and {len(numbers)} results, {len(files)} files"


def mlflow(scratch):
    """A run is interrupted and goes on: one run on the server, every step
    once, files byte for byte."""
    server = servers.mlflow(scratch).start("/health")
    try:
        address = ["--mlflow", server.url]
        interrupted(scratch / "runs", *address)
        folder, said, _ = run(scratch / "runs", *address)
        client = servers.MLflow(server)
        got, files, summary = check_run(client, folder)
        for name in files:
            assert client.artifact(got, name) == (folder / name).read_bytes(), f"{name} differs"
        assert "MLflow" not in said, said
        return summary
    finally:
        server.stop()


def mlflow_folder(scratch):
    """A server that keeps artifacts in a folder of its machine."""
    server = servers.mlflow(scratch, "--default-artifact-root", "./art").start("/health")
    try:
        folder, said, _ = run(scratch / "runs", "--mlflow", server.url)
        _, _, summary = check_run(servers.MLflow(server), folder)
        assert "MLflow" not in said, said
        return summary
    finally:
        server.stop()


def disturbed(scratch, disturb, mend):
    """Disturbs the server after the second epoch; the run must finish with the
    results of an undisturbed one, and the same command must send the rest."""
    quiet, _, alone = run(scratch / "quiet")
    server = servers.mlflow(scratch).start("/health")
    try:
        address = ["--mlflow", server.url]
        start = time.monotonic()
        process = subprocess.Popen(command(scratch / "runs", *address), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("epoch 2/"):
                disturb(server)
        assert process.wait() == 0, said
        took = time.monotonic() - start
        notes = [line for line in said if line.startswith("memdil: ")]
        warnings = [line for line in notes if line.startswith("memdil: MLflow")]
        # A run that ends before a hanging server has been waited for says so in the end alone.
        assert len(warnings) <= 1 and any("were not sent" in line for line in notes), notes
        mend(server)
        folder, _, _ = run(scratch / "runs", *address)
        assert (folder / "metrics.json").read_bytes() == (quiet / "metrics.json").read_bytes()
        _, _, summary = check_run(servers.MLflow(server), folder)
        said = "one warning" if warnings else "no warning before the end"
        return f"{said}, results the same, {took:.0f} s in all ({alone:.0f} s without a server); then sent: {summary}"
    finally:
        server.stop()


def mlflow_killed(scratch):
    """The server is killed while the run trains, and comes back later."""
    return disturbed(scratch, lambda s: s.stop(), lambda s: s.start("/health"))


def mlflow_frozen(scratch):
    """The server is stopped like a hanging one (SIGSTOP): it takes connections
    and does not answer."""
    return disturbed(scratch, lambda s: s.signal(signal.SIGSTOP), lambda s: s.signal(signal.SIGCONT))


CHECKS = {
    "TensorBoard, a run that is interrupted and goes on": tensorboard,
    "MLflow, a run that is interrupted and goes on": mlflow,
    "MLflow with --default-artifact-root": mlflow_folder,
    "MLflow killed while a run trains": mlflow_killed,
    "MLflow frozen while a run trains": mlflow_frozen,
}
