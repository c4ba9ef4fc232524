"""Running memdil, and what its gradient graphs compute."""

import os
import subprocess

import numpy as np
import onnxruntime

PROGRAM = os.environ["MEMDIL"]


class Refused(Exception):
    """memdil said no; the message is its one-line error."""


def call(*args):
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=600)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("warning:")]
        message = next(iter(lines), f"exit code {done.returncode}")
        raise Refused(message.removeprefix("memdil: ").removeprefix(f"{args[-1]}: "))


def one_line(e):
    """An exception as a word in a table."""
    text = " ".join(str(e).split())
    return f"{type(e).__name__}: {text[:160]}"


def gradients(path, image, label, *flags):
    """The loss (cross-entropy) of the model at path and a dictionary from each
    trained parameter to its gradient, computed by ONNX Runtime in float32."""
    derived = path.with_suffix(".grad.onnx")
    call("graph", "grad", "--loss", "ce", *flags, "-o", derived, path)
    outputs = run(derived, {"label": label}, image)
    loss = float(outputs.pop("loss"))
    return loss, {name.removeprefix("grad."): g for name, g in outputs.items()}


def run(path, inputs, image):
    """All outputs of a model whose inputs are given but for the image."""
    model = session(path)
    (own,) = [i.name for i in model.get_inputs() if i.name not in inputs]
    names = [o.name for o in model.get_outputs()]
    return dict(zip(names, model.run(names, {own: np.asarray(image, np.float32), **inputs})))


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
