"""Writes operators.json: small applications of every operator with the outputs
of ONNX Runtime. Run it with the Python that has onnx, onnxruntime and numpy:

    python operators.py > operators.json
"""

import json

import numpy as np
import onnx
import onnxruntime
from onnx import helper

random = np.random.default_rng(7)


def f(*shape):
    return random.normal(size=shape).astype(np.float32)


def positive(*shape):
    return random.uniform(0.2, 0.9, size=shape).astype(np.float32)


def i(*values):
    return np.array(values, dtype=np.int64)


def scalar(value, dtype=np.int64):
    return np.array(value, dtype=dtype)


def ints(*shape):
    return random.integers(-9, 9, size=shape)


def labels(classes, *shape):
    return random.integers(0, classes, size=shape)


def flags(*shape):
    return random.integers(0, 2, size=shape).astype(bool)


def half_integers(*shape):
    return (random.integers(-5, 6, size=shape) / 2).astype(np.float32)


# (operator, inputs, attributes, number of outputs, opset)
cases = []


def case(op, *inputs, outputs=1, opset=22, **attributes):
    cases.append((op, inputs, attributes, outputs, opset))


def elementwise():
    for op in "Abs Neg Sign".split():
        case(op, f(2, 3))
        case(op, ints(4))
    for op in """Asinh Atan Ceil Cos Elu Erf Exp Floor HardSigmoid HardSwish LeakyRelu Mish Relu Selu Sigmoid
                 Sin Sinh Softplus Softsign Tan Tanh ThresholdedRelu Cosh Celu Shrink""".split():
        case(op, f(2, 3))
    for op in "Acos Asin Atanh Log Reciprocal Sqrt".split():
        case(op, positive(3))
    case("Acosh", 1 + positive(3))
    case("Round", half_integers(8))
    case("Celu", f(4), alpha=0.7)
    case("Elu", f(4), alpha=0.7)
    case("HardSigmoid", f(4), alpha=0.4, beta=0.3)
    case("LeakyRelu", f(4), alpha=0.3)
    case("Selu", f(4), alpha=1.2, gamma=0.8)
    case("Shrink", f(6), lambd=0.4, bias=0.2)
    case("Swish", f(4), opset=24)
    case("Swish", f(4), alpha=0.5, opset=24)
    case("ThresholdedRelu", f(6), alpha=0.3)
    case("Gelu", f(4), opset=20)
    case("Gelu", f(4), approximate="tanh", opset=20)
    case("PRelu", f(2, 3, 2), f(3, 1))
    for op in "Add Sub Mul Div".split():
        case(op, f(2, 1, 3), f(4, 1))
        case(op, ints(2, 3), i(3, -2, 5))
    case("Pow", positive(2, 3), f(3))
    case("Pow", i(-3, 2, 5), i(3, 4, 0))
    case("Pow", f(3), i(2, 3, 0))
    case("Mod", i(-7, 7, -7), i(3, -3, -3))
    case("Mod", i(-7, 7, -7), i(3, -3, -3), fmod=1)
    case("Mod", f(4), positive(4), fmod=1)
    for op in "Max Min Mean Sum".split():
        case(op, f(2, 3), f(3), f(2, 1))
    case("Clip", f(6), scalar(-0.3, np.float32), scalar(0.4, np.float32))
    case("Clip", f(6), None, scalar(0.4, np.float32))
    case("Clip", ints(6), scalar(-2))
    for op in "Equal Greater GreaterOrEqual Less LessOrEqual".split():
        case(op, i(1, 2, 3), i(3, 2, 1))
        case(op, half_integers(2, 3), half_integers(3))
    for op in "And Or Xor".split():
        case(op, flags(2, 3), flags(3))
    case("Not", flags(4))
    case("Where", flags(3), f(2, 3), f(2, 1))
    case("IsNaN", np.array([1, np.nan, np.inf], np.float32))
    case("IsInf", np.array([1, np.nan, np.inf, -np.inf], np.float32))
    case("IsInf", np.array([1, np.inf, -np.inf], np.float32), detect_negative=0)
    for op in "BitwiseAnd BitwiseOr BitwiseXor".split():
        case(op, ints(5), ints(5))
    case("BitwiseNot", ints(4))
    case("BitShift", np.array([1, 200, 7], np.uint8), np.array([3, 1, 2], np.uint8), direction="LEFT")
    case("BitShift", np.array([1, 200, 7], np.uint8), np.array([3, 1, 2], np.uint8), direction="RIGHT")
    case("Cast", np.array([-1.7, 1.7, 0], np.float32), to=7)
    case("Cast", np.array([-1.7, 1.7, 0], np.float32), to=9)
    case("Cast", i(-1, 300), to=2)
    case("CastLike", i(-1, 300), f(1))


def linear():
    case("MatMul", f(2, 3), f(3, 2))
    case("MatMul", f(3), f(2, 3, 2))
    case("MatMul", f(2, 1, 2, 3), f(4, 3, 2))
    case("MatMul", f(2, 2, 3), f(3))
    case("Gemm", f(2, 3), f(3, 4), f(4), alpha=0.5, beta=2.0)
    case("Gemm", f(3, 2), f(4, 3), transA=1, transB=1)
    case("Einsum", f(2, 3), f(3, 4), equation="ij,jk->ik")
    case("Einsum", f(2, 3, 4), f(4, 5), equation="...j,jk->...k")
    case("Einsum", f(3, 3), equation="ii")
    case("Einsum", f(2, 3), equation="ba")


def convolution():
    x1, x2, x3 = f(2, 4, 7), f(2, 4, 5, 6), f(1, 2, 3, 4, 3)
    case("Conv", x1, f(3, 4, 3), f(3), strides=[2], pads=[1, 0], dilations=[2])
    case("Conv", x2, f(2, 4, 3, 2), f(2))
    case("Conv", x2, f(4, 2, 3, 3), group=2, strides=[2, 1], pads=[1, 2, 0, 1])
    case("Conv", x2, f(4, 1, 3, 3), group=4, auto_pad="SAME_UPPER", strides=[2, 2])
    case("Conv", x2, f(2, 4, 2, 2), auto_pad="SAME_LOWER")
    case("Conv", x2, f(2, 4, 2, 2), auto_pad="VALID", kernel_shape=[2, 2])
    case("Conv", x3, f(2, 2, 2, 2, 2), pads=[1, 0, 0, 0, 1, 1])
    case("ConvTranspose", x1, f(4, 3, 3), f(3), strides=[2], pads=[1, 0], output_padding=[1])
    case("ConvTranspose", x2, f(4, 2, 3, 2), group=2, strides=[2, 1], pads=[1, 0, 1, 1], dilations=[1, 2])
    case("ConvTranspose", x2, f(4, 1, 2, 2), strides=[2, 2], auto_pad="SAME_UPPER")
    case("ConvTranspose", x2, f(4, 1, 3, 3), strides=[2, 2], output_shape=[10, 12], auto_pad="SAME_UPPER")
    case("ConvTranspose", x3, f(2, 2, 2, 1, 2), strides=[1, 2, 1])


def pools():
    x1, x2, x3 = f(2, 3, 8), f(1, 2, 5, 6), f(1, 1, 4, 4, 3)
    case("MaxPool", x1, kernel_shape=[3], strides=[2], outputs=2)
    case("MaxPool", x2, kernel_shape=[2, 3], pads=[0, 1, 1, 1], strides=[2, 2], outputs=2)
    case("MaxPool", x2, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1, outputs=2)
    case("MaxPool", x2, kernel_shape=[2, 2], dilations=[2, 2], storage_order=1, outputs=2)
    case("MaxPool", x3, kernel_shape=[2, 2, 2], auto_pad="SAME_UPPER", outputs=2)
    case("AveragePool", x1, kernel_shape=[3], strides=[2], pads=[1, 1])
    for count in (0, 1):
        case("AveragePool", x2, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=count)
        case("AveragePool", x2, kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1, pads=[1, 0, 0, 0], count_include_pad=count)
    case("AveragePool", x2, kernel_shape=[2, 2], dilations=[2, 2])
    case("AveragePool", x2, kernel_shape=[2, 2], auto_pad="SAME_LOWER")
    case("LpPool", x2, kernel_shape=[2, 2], strides=[2, 2])
    case("LpPool", x2, kernel_shape=[2, 3], p=1, pads=[1, 0, 0, 1])
    for op in "GlobalAveragePool GlobalMaxPool GlobalLpPool".split():
        case(op, x2, opset=18)


def resizing():
    x = f(1, 2, 3, 4)
    for mode in ("nearest", "linear"):
        for transform in "half_pixel pytorch_half_pixel align_corners asymmetric half_pixel_symmetric".split():
            up = np.array([1, 1, 1.7, 2], np.float32)
            case("Resize", x, None, up, mode=mode, coordinate_transformation_mode=transform)
            case("Resize", x, None, None, i(1, 2, 2, 3), mode=mode, coordinate_transformation_mode=transform)
    for rounding in "round_prefer_floor round_prefer_ceil floor ceil".split():
        case("Resize", x, None, None, i(7, 8), axes=[2, 3], mode="nearest", nearest_mode=rounding)
    roi = np.array([0, 0, 0.2, 0.1, 1, 1, 0.9, 1.2], np.float32)
    # ONNX Runtime ignores the region of an axis that keeps its size: change all.
    case("Resize", x, roi, None, i(1, 2, 4, 5), mode="linear", extrapolation_value=9.0,
         coordinate_transformation_mode="tf_crop_and_resize")
    case("Resize", x, None, None, i(1, 2, 5, 6), mode="cubic")
    case("Resize", x, None, None, i(1, 2, 5, 6), mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    case("Resize", x, None, None, i(1, 2, 2, 2), mode="linear", antialias=1)


def normalisation():
    x, vector = f(3, 4, 2, 2), lambda n: (f(n), f(n))
    running = (f(4), positive(4))
    case("BatchNormalization", x, *vector(4), *running)
    case("BatchNormalization", x, *vector(4), *running, training_mode=1, momentum=0.7, epsilon=0.1, outputs=3, opset=15)
    case("BatchNormalization", f(5, 4), *vector(4), *running)
    case("LayerNormalization", f(2, 3, 4), *vector(4), outputs=3)
    case("LayerNormalization", f(2, 3, 4), f(3, 4), axis=1, epsilon=0.1)
    case("RMSNormalization", f(2, 3, 4), f(4), opset=23)
    case("RMSNormalization", f(2, 3, 4), f(3, 4), axis=-2, epsilon=0.1, opset=23)
    case("InstanceNormalization", x, *vector(4), epsilon=0.01)
    case("GroupNormalization", x, *vector(2), num_groups=2, opset=18)
    case("GroupNormalization", x, *vector(4), num_groups=2, opset=21)
    case("LpNormalization", f(3, 4))
    case("LpNormalization", f(3, 4), axis=0, p=1)
    case("LRN", f(2, 5, 2, 2), size=3, alpha=0.1, beta=0.6, bias=1.5)
    case("LRN", f(2, 5, 2, 2), size=5)
    case("MeanVarianceNormalization", x)
    case("Dropout", f(3), outputs=2)
    for op in "Softmax LogSoftmax Hardmax".split():
        case(op, f(2, 3))
        case(op, f(2, 3, 2), axis=1)


def reductions():
    for op in "L1 L2 LogSumExp Max Mean Min Prod Sum SumSquare".split():
        case("Reduce" + op, f(2, 3, 4), i(0, -1), keepdims=0)
        case("Reduce" + op, f(2, 3), i(1))
        case("Reduce" + op, f(2, 3), keepdims=0)
    case("ReduceSum", f(2, 3), noop_with_empty_axes=1)
    case("ReduceLogSum", positive(2, 3), i(1))
    case("ReduceSum", ints(2, 3), i(0))
    case("ReduceMax", ints(2, 3), i(0))
    ties = np.array([[1, 3, 3], [2, 2, 0]], np.float32)
    for op in "ArgMax ArgMin".split():
        case(op, ties, axis=1)
        case(op, ties, axis=1, select_last_index=1, keepdims=0)
    case("CumSum", f(2, 3), scalar(1))
    case("CumSum", f(2, 3), scalar(0), exclusive=1, reverse=1)
    case("TopK", ties, i(2), outputs=2)
    case("TopK", f(4, 2), i(3), axis=0, largest=0, outputs=2)


def shapes():
    case("Concat", f(2, 1), f(2, 3), axis=-1)
    case("DepthToSpace", f(1, 8, 2, 3), blocksize=2)
    case("DepthToSpace", f(1, 8, 2, 3), blocksize=2, mode="CRD")
    case("SpaceToDepth", f(1, 2, 4, 6), blocksize=2)
    case("Expand", f(3, 1), i(2, 1, 4))
    case("Flatten", f(2, 3, 4))
    case("Flatten", f(2, 3, 4), axis=-1)
    case("Flatten", f(2, 3), axis=0)
    case("Identity", f(2))
    for mode in "constant edge reflect wrap".split():
        case("Pad", f(3, 4), i(1, 2, 0, 1), mode=mode)
    case("Pad", f(3, 4), i(1, -1), scalar(7, np.float32), i(1))
    case("Reshape", f(2, 3, 4), i(0, -1))
    case("Reshape", f(0, 3), i(3, 0), allowzero=1)
    case("Shape", f(2, 3, 4))
    case("Shape", f(2, 3, 4), start=-2, end=-1)
    case("Size", f(2, 3))
    case("Slice", f(5, 4), i(1, 0), i(4, 100))
    case("Slice", f(5, 4), i(-1), i(-6), i(0), i(-2))
    case("Slice", f(5, 4), i(3), i(-100), i(1), i(-1))
    case("Split", f(6, 2), i(1, 2, 3), outputs=3)
    case("Split", f(2, 7), axis=1, num_outputs=3, outputs=3)
    case("Squeeze", f(1, 2, 1))
    case("Squeeze", f(1, 2, 1), i(-1))
    case("Tile", f(2, 3), i(2, 3))
    case("Transpose", f(2, 3, 4))
    case("Transpose", f(2, 3, 4), perm=[1, 2, 0])
    case("Unsqueeze", f(2, 3), i(-1, 0))


def indices():
    case("Gather", f(3, 4), np.array([[0, -1], [2, 1]]), axis=1)
    case("Gather", f(3, 4), scalar(1))
    case("GatherElements", f(3, 4), np.array([[0, -1], [2, 1]]), axis=1)
    case("GatherND", f(2, 3, 4), np.array([[0, 1], [1, -1]]))
    case("GatherND", f(2, 3, 4), np.array([[1], [2]]), batch_dims=1)
    for reduction in "none add mul max min".split():
        case("ScatterElements", f(3, 3), np.array([[0, 2, 1], [0, 1, -1]]), f(2, 3), reduction=reduction)
        case("ScatterND", f(4, 2), np.array([[3], [0]]), f(2, 2), reduction=reduction)
    case("NonZero", half_integers(3, 4))
    case("OneHot", i(0, 2, -1, 7), scalar(3), np.array([0.5, 2], np.float32))
    case("OneHot", np.array([[0, 1], [2, 0]]), scalar(3), i(0, 1), axis=1)
    case("Trilu", f(3, 4), scalar(1))
    case("Trilu", f(2, 3, 3), upper=0)
    case("ConstantOfShape", i(2, 3))
    case("EyeLike", f(3, 4), k=1)
    case("Range", scalar(2), scalar(9), scalar(3))
    case("Range", scalar(1.0, np.float32), scalar(-1.0, np.float32), scalar(-0.6, np.float32))


def losses():
    for reduction in "none sum mean".split():
        case("SoftmaxCrossEntropyLoss", f(4, 3), labels(3, 4), positive(3), reduction=reduction, outputs=2)
        case("NegativeLogLikelihoodLoss", f(2, 3, 2), labels(3, 2, 2), reduction=reduction)
    case("SoftmaxCrossEntropyLoss", f(4, 3), i(0, 2, 1, 2), positive(3), ignore_index=2)


def columns():
    case("Col2Im", f(1, 8, 4), i(4, 4), i(2, 2), strides=[2, 2])
    case("Col2Im", f(2, 4, 9), i(4, 3), i(2, 2), pads=[0, 1, 1, 0], dilations=[2, 1])


def run(op, inputs, attributes, outputs, opset):
    names = [f"in{k}" if v is not None else "" for k, v in enumerate(inputs)]
    infos = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
        for n, v in zip(names, inputs) if n
    ]
    results = [f"out{k}" for k in range(outputs)]
    node = helper.make_node(op, names, results, **attributes)
    graph = helper.make_graph([node], op, infos, [helper.make_empty_tensor_value_info(r) for r in results])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {n: v for n, v in zip(names, inputs) if n})


def tensor(value):
    if value is None:
        return None
    kind = onnx.TensorProto.DataType.Name(helper.np_dtype_to_tensor_dtype(value.dtype)).lower()
    if value.dtype.kind == "f":
        values = [float(f"{v:.7g}") if np.isfinite(v) else str(v) for v in value.ravel().tolist()]
    else:
        values = value.astype(np.int64).ravel().tolist()
    return {"type": kind, "shape": list(value.shape), "values": values}


def main():
    for family in (elementwise, linear, convolution, pools, resizing, normalisation, reductions, shapes, indices, losses, columns):
        family()
    lines = []
    for op, inputs, attributes, outputs, opset in cases:
        results = run(op, inputs, attributes, outputs, opset)
        lines.append(json.dumps({
            "op": op, "opset": opset, "attributes": attributes,
            "inputs": [tensor(v) for v in inputs], "outputs": [tensor(v) for v in results],
        }))
    print("[\n" + ",\n".join(lines) + "\n]")


main()
