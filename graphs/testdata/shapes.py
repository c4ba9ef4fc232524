"""Writes the node tests of the onnx package into a folder as NAME.onnx, and to
types.json what ONNX's own inference says of their outputs, by file and name:
the element type and the dims, null where it does not know one."""

import json
import pathlib
import sys

import onnx
from onnx.backend.test.case.node import collect_testcases


def inferred(model):
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    for value in bare.graph.output:
        value.type.tensor_type.ClearField("shape")
    types = {}
    for value in onnx.shape_inference.infer_shapes(bare).graph.output:
        tensor = value.type.tensor_type
        dims = None
        if tensor.HasField("shape"):
            dims = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
        types[value.name] = {"elem": tensor.elem_type, "dims": dims}
    return types


def main(folder):
    types = {}
    for case in collect_testcases(None):
        if case.model is None:
            continue
        onnx.save(case.model, folder / f"{case.name}.onnx")
        types[case.name] = inferred(case.model)
    (folder / "types.json").write_text(json.dumps(types))


main(pathlib.Path(sys.argv[1]))
