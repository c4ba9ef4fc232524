"""Writes the node tests of the onnx package into a folder: NAME.onnx is the
model, NAME.data.onnx holds its inputs in.0, in.1, … and expected outputs
out.0, … as initializers. Tests with values other than tensors of numbers are
left out."""

import pathlib
import sys

import numpy
import onnx
from onnx.backend.test.case.node import collect_testcases


def tensors(prefix, arrays):
    return [
        onnx.numpy_helper.from_array(numpy.asarray(a), f"{prefix}.{i}")
        for i, a in enumerate(arrays)
    ]


def main(folder):
    for case in collect_testcases(None):
        if case.model is None or not case.data_sets:
            continue
        try:
            inputs, outputs = case.data_sets[0]
            data = tensors("in", inputs) + tensors("out", outputs)
        except Exception:  # sequences, optional values, strings
            continue
        graph = onnx.helper.make_graph([], "data", [], [], data)
        onnx.save(case.model, folder / f"{case.name}.onnx")
        onnx.save(onnx.helper.make_model(graph), folder / f"{case.name}.data.onnx")


main(pathlib.Path(sys.argv[1]))
