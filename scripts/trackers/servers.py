"""Starting and ending TensorBoard and MLflow servers on loopback."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(url, body=None, timeout=30):
    """The JSON answer to a GET, or to a POST of body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.load(answer)


class Server:
    """A server in a process group of its own, which ends as a whole."""

    def __init__(self, folder, port, *command):
        self.folder, self.port, self.command = folder, port, command
        self.url = f"http://127.0.0.1:{port}"
        self.process = None

    def start(self, ready):
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
        for _ in range(240):
            with contextlib.suppress(OSError, urllib.error.URLError):
                if urllib.request.urlopen(self.url + ready, timeout=5).status == 200:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.5)
        self.stop()
        raise SystemExit(f"{self.command[0]} did not start: see\n" + (self.folder / "server.log").read_text()[-2000:])

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self):
        """Ends the server and its children, which outlive it otherwise."""
        if self.process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.process = None


def mlflow(folder, *args):
    port = free_port()
    return Server(folder, port, sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
                  "--backend-store-uri", "sqlite:///ml.db", "--workers", "1", *args)


def tensorboard(folder, logs):
    port = free_port()
    return Server(folder, port, sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--host", "127.0.0.1",
                  "--port", str(port), "--reload_interval", "1")


class MLflow:
    """What a server says of runs."""

    def __init__(self, server):
        self.api = server.url + "/api/2.0/mlflow/"
        self.artifact_api = server.url + "/api/2.0/mlflow-artifacts/artifacts/"

    def runs(self, experiment="memdil"):
        query = urllib.parse.urlencode({"experiment_name": experiment})
        found = ask(f"{self.api}experiments/get-by-name?{query}")["experiment"]["experiment_id"]
        return ask(f"{self.api}runs/search", {"experiment_ids": [found]})["runs"]

    def history(self, run, metric):
        query = urllib.parse.urlencode({"run_id": run["info"]["run_id"], "metric_key": metric})
        return [(m["step"], m["value"]) for m in ask(f"{self.api}metrics/get-history?{query}").get("metrics", [])]

    def artifacts(self, run, path=""):
        query = urllib.parse.urlencode({"run_id": run["info"]["run_id"], "path": path})
        for f in ask(f"{self.api}artifacts/list?{query}").get("files", []):
            if f["is_dir"]:
                yield from self.artifacts(run, f["path"])
            else:
                yield f["path"]

    def artifact(self, run, path):
        prefix = run["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
        with urllib.request.urlopen(self.artifact_api + urllib.parse.quote(f"{prefix}/{path}"), timeout=30) as answer:
            return answer.read()
