"""Write encodings.onnx, a model whose initializers use every field that a
TensorProto keeps values in, and external.onnx, the same with external data,
to the folder given. The initializer NAME holds the values of expected.json."""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T, helper

folder = Path(sys.argv[1])
VALUES = {
    "FLOAT": [0.5, -1.25, 3.0], "DOUBLE": [0.1, -2.0, 1e300],
    "INT8": [-128, 0, 127], "INT16": [-32768, 1, 32767], "INT32": [-(2**31), 0, 2**31 - 1], "INT64": [-(2**40), 0, 2**40],
    "UINT8": [0, 200, 255], "UINT16": [0, 40000, 65535], "UINT32": [0, 1, 2**32 - 1], "UINT64": [0, 1, 2**50],
    "BOOL": [1, 0, 1], "FLOAT16": [0.5, -2.0, 65504.0], "BFLOAT16": [0.5, -2.0, 3.0],
}

tensors, expected = [], {}
for name, values in VALUES.items():
    dtype = getattr(T, name)
    array = np.array(values).astype(helper.tensor_dtype_to_np_dtype(dtype))
    expected[f"typed_{name}"] = expected[f"raw_{name}"] = values
    tensors.append(helper.make_tensor(f"typed_{name}", dtype, [3, 1], array))
    tensors.append(helper.make_tensor(f"raw_{name}", dtype, [3, 1], array.tobytes(), raw=True))
tensors.append(helper.make_tensor("scalar", T.FLOAT, [], [7.0]))
tensors.append(helper.make_tensor("empty", T.INT64, [0, 4], []))
expected |= {"scalar": [7.0], "empty": []}
tensors.append(helper.make_tensor("strings", T.STRING, [2], ["a", "b"]))

x = helper.make_tensor_value_info("x", T.FLOAT, ["N"])
y = helper.make_tensor_value_info("y", T.FLOAT, ["N"])
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "encodings", [x], [y], tensors)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
onnx.checker.check_model(model)
onnx.save(model, folder / "encodings.onnx")
onnx.save(model, folder / "external.onnx", save_as_external_data=True, all_tensors_to_one_file=True,
          location="weights.bin", size_threshold=0)
(folder / "expected.json").write_text(json.dumps(expected))
