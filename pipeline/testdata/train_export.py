"""Trains on what ExportData wrote, with onnxruntime and numpy alone.

train_export.py EXPORTED STEP.onnx: STEP.onnx is the training step of the
folder's initial.onnx. Prints the loss of every step, a line each, after having
checked the folder against its manifest.
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

ort.set_default_logger_severity(3)  # no warning for each default that is in use
folder = pathlib.Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
assert manifest["format"] == "memdil experiment data" and manifest["version"] == 1
assert set(manifest["files"]) == {p.name for p in folder.iterdir()} - {"manifest.json"}
arrays = {}
for name, file in manifest["files"].items():
    data = (folder / name).read_bytes()
    assert len(data) == file["bytes"] and hashlib.sha256(data).hexdigest() == file["sha256"], name
    if name.endswith(".npy"):
        arrays[name[:-4]] = a = np.load(folder / name)
        assert (a.dtype, list(a.shape)) == (np.dtype(file["dtype"]), file["shape"]), name

images, labels = arrays["train_images"], arrays["train_labels"]
mean, std = (np.array(manifest[k], np.float32).reshape(3, 1, 1) for k in ("mean", "std"))
epochs, n = arrays["order"].shape
assert n == len(images) and all(sorted(order) == list(range(n)) for order in arrays["order"])


def seen(epoch, samples):
    """The samples as the network sees them in an epoch."""
    if "augmentation" not in arrays:
        pixels = images[samples]
    else:
        pixels = np.empty((len(samples), *images.shape[1:]), np.uint8)
        padded = np.pad(images[samples], ((0, 0), (0, 0), (4, 4), (4, 4)))
        for i, (dy, dx, flip) in enumerate(arrays["augmentation"][epoch][samples]):
            crop = padded[i, :, dy : dy + 32, dx : dx + 32]
            pixels[i] = crop[..., ::-1] if flip else crop
    return (pixels.astype(np.float32) / np.float32(255) - mean) / std


onnx.checker.check_model(folder / "initial.onnx", full_check=True)
session = ort.InferenceSession(sys.argv[2])
outputs = [o.name for o in session.get_outputs()]
state, t = {}, 0
for epoch in range(epochs):
    order = arrays["order"][epoch]
    batches = [order[i : i + manifest["batch_size"]] for i in range(0, n, manifest["batch_size"])][: manifest["batches"]]
    assert len(batches) == manifest["batches"] and len(batches[-1]) == manifest["last_batch"]
    assert sum(map(len, batches)) == n - manifest["skipped"]
    for batch in batches:
        t += 1
        got = dict(zip(outputs, session.run(outputs, {
            "input": seen(epoch, batch), "label": labels[batch].astype(np.int64),
            "lr": np.array(arrays["learning_rates"][epoch], np.float32), "t": np.array(t), **state})))
        state = {name[5:]: value for name, value in got.items() if name.startswith("next.")}
        print(float(got["loss"]))
