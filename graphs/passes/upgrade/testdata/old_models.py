"""Writes models of older operator sets into a folder: NAME.onnx is the model,
NAME.data.onnx holds inputs in.0, in.1, … and what ONNX Runtime computes from
them, out.0, out.1, …, as initializers."""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(1)


def real(*shape):
    return random.normal(size=shape).astype(np.float32)


def cases():
    """Yields name, opset, op, feeds, constants, number of outputs, attributes."""
    x4, x3 = real(2, 3, 4, 5), real(2, 3, 4)
    for op in "Softmax", "LogSoftmax", "Hardmax":
        for axis in 0, 1, 2, 3, None:
            attrs = {} if axis is None else {"axis": axis}
            yield f"{op}_{axis}", 9, op, [x4], [], 1, attrs
        yield f"{op}_negative", 11, op, [x4], [], 1, {"axis": -2}
        yield f"{op}_matrix", 12, op, [real(3, 4)], [], 1, {}
    for op in "Squeeze", "Unsqueeze":
        yield f"{op}_axes", 11, op, [real(2, 1, 3, 1)], [], 1, {"axes": [1, 3]}
    yield "Squeeze_all", 9, "Squeeze", [real(2, 1, 3, 1)], [], 1, {}
    for op in "L1 L2 LogSumExp Max Mean Min Prod Sum SumSquare".split():
        for opset in (9, 12, 17) if op != "Sum" else (9, 12):
            yield f"Reduce{op}_{opset}", opset, f"Reduce{op}", [x4], [], 1, {"axes": [0, 2], "keepdims": opset % 2}
        yield f"Reduce{op}_all", 11, f"Reduce{op}", [x3], [], 1, {}
    yield "ReduceLogSum", 11, "ReduceLogSum", [np.abs(x3)], [], 1, {"axes": [-1]}
    yield "Clip_both", 9, "Clip", [x3], [], 1, {"min": -0.5, "max": 0.25}
    yield "Clip_min", 10, "Clip", [x3], [], 1, {"min": 0.1}
    yield "Clip_none", 9, "Clip", [x3], [], 1, {}
    for mode in "constant", "reflect", "edge":
        yield f"Pad_{mode}", 10, "Pad", [x4], [], 1, {"mode": mode, "pads": [0, 0, 1, 2, 0, 0, 2, 1]}
    yield "Pad_value", 9, "Pad", [x3], [], 1, {"value": 1.5, "pads": [0, 1, 0, 0, -1, 2]}
    yield "Slice_axes", 9, "Slice", [x4], [], 1, {"axes": [1, 3], "starts": [1, -3], "ends": [9999, -1]}
    yield "Slice_plain", 9, "Slice", [x3], [], 1, {"starts": [1, 0], "ends": [2, 2]}
    yield "Split_sizes", 11, "Split", [x4], [], 2, {"axis": 3, "split": [2, 3]}
    yield "Split_even", 9, "Split", [real(6, 2)], [], 3, {}
    yield "Split_even_13", 13, "Split", [real(6, 2)], [], 2, {"axis": 0}
    yield "Split_sizes_17", 17, "Split", [x4], [np.array([1, 4])], 2, {"axis": 3}
    yield "TopK_9", 9, "TopK", [x3], [], 2, {"k": 2}
    yield "TopK_10", 10, "TopK", [x3], [np.array([2])], 2, {"axis": 1}
    yield "Dropout_9", 9, "Dropout", [x3], [], 1, {"ratio": 0.3}
    yield "Dropout_11", 11, "Dropout", [x3], [], 1, {}
    yield "Dropout_12", 12, "Dropout", [x3], [np.float32(0.3)], 1, {}
    norm = [real(3), real(3), real(3), np.abs(real(3)) + 0.5]
    yield "BatchNormalization_9", 9, "BatchNormalization", [x4], norm, 1, {"epsilon": 1e-3}
    yield "BatchNormalization_15", 15, "BatchNormalization", [x4], norm, 3, {"training_mode": 1, "momentum": 0.8}
    places = np.array([[1, 0, 2], [0, 2, 1]])
    yield "Scatter", 9, "Scatter", [real(3, 3)], [places, real(2, 3)], 1, {}
    up, down = np.array([1, 1, 2, 1.5], np.float32), np.array([1, 1, 0.6, 0.5], np.float32)
    mixed, image = np.array([1, 1, 2, 0.4], np.float32), real(1, 2, 5, 6)
    for mode in "nearest", "linear":
        yield f"Upsample_{mode}", 9, "Upsample", [image], [up], 1, {"mode": mode}
        yield f"Resize_up_{mode}", 10, "Resize", [image], [up], 1, {"mode": mode}
        yield f"Resize_down_{mode}", 10, "Resize", [image], [down], 1, {"mode": mode}
    yield "Resize_mixed", 10, "Resize", [image], [mixed], 1, {"mode": "nearest"}
    for transform in "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel":
        for mode in "nearest", "linear":
            attrs = {"mode": mode, "coordinate_transformation_mode": transform}
            yield f"Resize_11_{transform}_{mode}", 11, "Resize", [image], [np.array([], np.float32), up], 1, attrs
    weight, bias = real(4, 3, 3, 3), real(4)
    yield "Conv_9", 9, "Conv", [x4], [weight, bias], 1, {"pads": [1, 1, 1, 1], "strides": [2, 1]}
    yield "AveragePool_9", 9, "AveragePool", [x4], [], 1, {"kernel_shape": [2, 2], "pads": [1, 0, 0, 1], "count_include_pad": 1}
    yield "AveragePool_ceil", 10, "AveragePool", [x4], [], 1, {"kernel_shape": [3, 2], "strides": [2, 2], "ceil_mode": 1}
    yield "MaxPool_9", 9, "MaxPool", [x4], [], 2, {"kernel_shape": [2, 3], "strides": [2, 2]}
    yield "MaxPool_dilations", 10, "MaxPool", [x4], [], 1, {"kernel_shape": [2, 2], "dilations": [2, 2], "ceil_mode": 1}
    yield "LpPool_11", 11, "LpPool", [x4], [], 1, {"kernel_shape": [2, 2], "p": 3}
    yield "Gemm_9", 9, "Gemm", [real(3, 4)], [real(4, 2), real(2)], 1, {"alpha": 0.5}
    yield "Flatten_9", 9, "Flatten", [x4], [], 1, {"axis": 2}
    yield "PRelu_9", 9, "PRelu", [x4], [real(3, 1, 1)], 1, {}
    yield "Pow_9", 9, "Pow", [np.abs(x3)], [np.float32(1.5)], 1, {}
    yield "Gather_9", 9, "Gather", [x3], [np.array([2, 0])], 1, {"axis": 1}
    yield "ArgMax_9", 9, "ArgMax", [x3], [], 1, {"axis": 1}
    yield "OneHot_9", 9, "OneHot", [np.array([0, 2, 1])], [np.array([3]), np.array([0.5, 2], np.float32)], 1, {}
    yield "Cast_9", 9, "Cast", [x3 * 5], [], 1, {"to": TensorProto.INT32}
    yield "DepthToSpace_9", 9, "DepthToSpace", [real(1, 8, 2, 2)], [], 1, {"blocksize": 2}
    yield "MeanVarianceNormalization_9", 9, "MeanVarianceNormalization", [x4], [], 1, {"axes": [0, 2, 3]}
    rois = np.array([[0, 0, 3, 3], [1, 1, 2.5, 2]], np.float32)
    attrs = {"output_height": 2, "output_width": 2, "sampling_ratio": 2}
    yield "RoiAlign_10", 10, "RoiAlign", [real(1, 2, 5, 5)], [rois, np.array([0, 0])], 1, attrs


def model(opset, op, feeds, constants, outputs, attrs):
    arrays = [np.asarray(a) for a in feeds]
    inputs = [helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for i, a in enumerate(arrays)]
    initializers = [numpy_helper.from_array(np.asarray(a), f"c{i}") for i, a in enumerate(constants)]
    names = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, [v.name for v in inputs] + [t.name for t in initializers], names, **attrs)
    untyped = [onnx.ValueInfoProto(name=n) for n in names]
    graph = helper.make_graph([node], "old", inputs, untyped, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4 + (opset > 12))


def session(m):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(m.SerializeToString(), options, providers=["CPUExecutionProvider"])


def main(folder):
    for name, opset, op, feeds, constants, outputs, attrs in cases():
        m = model(opset, op, feeds, constants, outputs, attrs)
        results = session(m).run(None, {f"x{i}": a for i, a in enumerate(feeds)})
        data = [numpy_helper.from_array(np.asarray(a), f"in.{i}") for i, a in enumerate(feeds)]
        data += [numpy_helper.from_array(np.asarray(a), f"out.{i}") for i, a in enumerate(results)]
        onnx.save(m, folder / f"{name}.onnx")
        onnx.save(helper.make_model(helper.make_graph([], "data", [], [], data)), folder / f"{name}.data.onnx")


main(pathlib.Path(sys.argv[1]))
