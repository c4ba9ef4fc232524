"""An ONNX graph on PyTorch's operators: autograd then gives the gradient of what
the file computes, whatever its exporter folded together, with the statistics of
the batch in BatchNormalization and without Dropout. Floating-point numbers have
the type of the input."""

import math

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F


def run(graph, tensors, feed):
    """The first output of a graph, from its constants and inputs by name."""
    kind = next(iter(feed.values())).dtype
    return outputs(graph, {"": None, **tensors, **feed}, kind)[0]


def outputs(graph, values, kind):
    """The outputs of a graph that sees the given values."""
    values = values | {n: t.to(kind) if t.is_floating_point() else t for n, t in constants(graph).items() if n not in values}
    for node in graph.node:
        if node.op_type == "Constant":
            continue
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "If":
            results = outputs(attributes["then_branch" if values[node.input[0]] else "else_branch"], values, kind)
        else:
            results = OPERATORS[node.op_type](*(values[name] for name in node.input), **attributes)
        results = results if isinstance(results, (list, tuple)) else [results]
        values |= zip(node.output, (y.to(kind) if y.is_floating_point() else y for y in results))
    return [values[v.name] for v in graph.output]


def constants(graph):
    """The initializers of a graph and its Constant nodes, by name; numbers in
    double precision."""
    found = {t.name: tensor(t) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            found[node.output[0]] = content(node.attribute[0])
    return found


def tensor(proto):
    t = torch.from_numpy(numpy_helper.to_array(proto).copy())
    return t.double() if t.is_floating_point() else t


def content(attribute):
    value = onnx.helper.get_attribute_value(attribute)
    if attribute.name == "value":
        return tensor(value)
    return torch.tensor(value, dtype=torch.float64 if "float" in attribute.name else torch.int64)


def cast(x, to, **_):
    return x.to(torch.from_numpy(np.empty(0, onnx.helper.tensor_dtype_to_np_dtype(to))).dtype)


def ints(t):
    return None if t is None else t.reshape(-1).tolist()


def gather(x, indices, axis=0):
    indices = torch.where(indices < 0, indices + x.shape[axis], indices)
    return torch.index_select(x, axis, indices.reshape(-1)).reshape(x.shape[:axis] + indices.shape + x.shape[axis:][1:])


def gather_nd(x, indices, batch_dims=0):
    assert batch_dims == 0
    return x[tuple(indices.unbind(-1))]


def scatter_nd(x, indices, updates, reduction=b"none"):
    return x.index_put(tuple(indices.unbind(-1)), updates, accumulate=reduction == b"add")


def reshape(x, shape, allowzero=0):
    return x.reshape([x.shape[i] if d == 0 and not allowzero else d for i, d in enumerate(ints(shape))])


def squeeze(x, axes=None):
    return x.squeeze() if axes is None else x.squeeze(tuple(ints(axes)))


def unsqueeze(x, axes):
    axes = ints(axes)
    for axis in sorted(a % (x.dim() + len(axes)) for a in axes):
        x = x.unsqueeze(axis)
    return x


def slices(x, starts, ends, axes=None, steps=None):
    axes = ints(axes) or range(len(starts))
    for axis, start, end, step in zip(axes, ints(starts), ints(ends), ints(steps) or [1] * len(starts)):
        wanted = range(x.shape[axis])[slice(start, end if end >= -x.shape[axis] else None, step)]
        x = x.index_select(axis, torch.tensor(list(wanted), dtype=torch.int64))
    return x


def split(x, sizes=None, axis=0, num_outputs=None):
    return x.split(ints(sizes) if sizes is not None else math.ceil(x.shape[axis] / num_outputs), axis)


def expand(x, shape):
    return x.expand(torch.broadcast_shapes(x.shape, ints(shape)))


def pad(x, pads, value=None, axes=None, mode=b"constant"):
    pads = ints(pads)
    axes = [a % x.dim() for a in ints(axes)] if axes is not None else list(range(x.dim()))
    sides = {a: (pads[i], pads[i + len(axes)]) for i, a in enumerate(axes)}
    flat = [n for a in reversed(range(x.dim())) for n in sides.get(a, (0, 0))]
    if mode == b"constant":
        return F.pad(x, flat, value=0.0 if value is None else value.item())
    while len(flat) > 2 and flat[-2:] == [0, 0]:
        flat = flat[:-2]
    return F.pad(x, flat, mode={b"reflect": "reflect", b"edge": "replicate", b"wrap": "circular"}[mode])


def padded(x, pads, value=0.0):
    """x with the pads of a convolution or pooling, begin and end of each axis."""
    n = len(pads) // 2
    flat = [p for i in reversed(range(n)) for p in (pads[i], pads[i + n])]
    return F.pad(x, flat, value=value) if any(flat) else x


def conv(x, w, b=None, strides=1, pads=(), dilations=1, group=1, kernel_shape=None, auto_pad=b"NOTSET"):
    if auto_pad == b"SAME_UPPER":
        total = [d * (k - 1) - (n - 1) % s for n, k, s, d in zip(x.shape[2:], w.shape[2:], strides, dilations)]
        pads = [t // 2 for t in total] + [t - t // 2 for t in total]
    f = (F.conv1d, F.conv2d, F.conv3d)[x.dim() - 3]
    return f(padded(x, pads), w, b, strides, 0, dilations, group)


def conv_transpose(x, w, b=None, strides=1, pads=(), dilations=1, group=1, output_padding=0, **_):
    f = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[x.dim() - 3]
    n = x.dim() - 2
    assert pads[:n] == pads[n:]
    return f(x, w, b, strides, pads[:n] or 0, output_padding, group, dilations)


def max_pool(x, kernel_shape, strides=1, pads=(), dilations=1, ceil_mode=0, **_):
    f = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[x.dim() - 3]
    return f(padded(x, pads, -math.inf), kernel_shape, strides, 0, dilations, bool(ceil_mode))


def average_pool(x, kernel_shape, strides=1, pads=(), ceil_mode=0, count_include_pad=0, **_):
    f = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.dim() - 3]
    n = x.dim() - 2
    if pads[:n] == pads[n:]:
        return f(x, kernel_shape, strides, pads[:n] or 0, bool(ceil_mode), bool(count_include_pad))
    total = f(padded(x, pads), kernel_shape, strides, 0, bool(ceil_mode))
    return total if count_include_pad else total / f(padded(torch.ones_like(x), pads), kernel_shape, strides, 0, bool(ceil_mode))


def global_pool(reduce):
    return lambda x: reduce(x, tuple(range(2, x.dim())), keepdim=True)


def resize(x, roi=None, scales=None, sizes=None, mode=b"nearest", coordinate_transformation_mode=b"half_pixel", **_):
    size = ints(sizes)[2:] if sizes is not None else [int(n * s) for n, s in zip(x.shape, ints(scales))][2:]
    corners = coordinate_transformation_mode == b"align_corners"
    if mode == b"nearest":
        return F.interpolate(x, size, mode="nearest")
    kind = ["linear", "bilinear", "trilinear"][x.dim() - 3] if mode == b"linear" else "bicubic"
    return F.interpolate(x, size, mode=kind, align_corners=corners)


def batch_norm(x, scale, bias, mean, var, epsilon=1e-5, training_mode=0, **_):
    if mean.grad_fn and not training_mode:  # computed, not kept
        mean, var, scale, bias = (t.reshape(-1, *[1] * (x.dim() - 2)) for t in (mean, var, scale, bias))
        return (x - mean) / (var + epsilon).sqrt() * scale + bias
    return F.batch_norm(x, None, None, scale, bias, True, 0, epsilon)


def instance_norm(x, scale, bias, epsilon=1e-5):
    return F.instance_norm(x, None, None, scale, bias, True, 0, epsilon)


def layer_norm(x, scale, bias=None, axis=-1, epsilon=1e-5, **_):
    return F.layer_norm(x, x.shape[axis:], scale.expand(x.shape[axis:]), None, epsilon) + (0 if bias is None else bias)


def rms_norm(x, scale, axis=-1, epsilon=1e-5, **_):
    return F.rms_norm(x, x.shape[axis:], None, epsilon) * scale


def gemm(a, b, c=None, alpha=1.0, beta=1.0, transA=0, transB=0):
    product = alpha * ((a.T if transA else a) @ (b.T if transB else b))
    return product if c is None else product + beta * c


def reduction(f):
    def reduce(x, axes=None, keepdims=1, noop_with_empty_axes=0):
        axes = tuple(ints(axes)) if axes is not None else tuple(range(x.dim()))
        return f(x, axes, bool(keepdims))

    return reduce


def power(x, y):
    return x ** y.to(x.dtype)


def divide(x, y):
    return x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc")


def clip(x, low=None, high=None):
    return x.clamp(None if low is None else low.item(), None if high is None else high.item())


def attention(q, k, v, mask=None, scale=None, is_causal=0, **_):
    return F.scaled_dot_product_attention(q, k, v, mask, 0.0, bool(is_causal), scale)


def constant_of_shape(shape, value=None):
    fill = tensor(value) if value is not None else torch.zeros(1, dtype=torch.float64)
    return fill.reshape(()).expand(ints(shape)).clone()


def topk(x, k, axis=-1, largest=1, sorted=1):
    return tuple(x.topk(k.item(), axis, bool(largest)))


def arg_max(x, axis=0, keepdims=1, **_):
    return x.argmax(axis, bool(keepdims))


def hard_sigmoid(x, alpha=0.2, beta=0.5):
    return (alpha * x + beta).clamp(0, 1)


def einsum(*inputs, equation):
    return torch.einsum(equation.decode(), *inputs)


def fold(f):
    """An operator of two inputs as one of any number."""

    def many(first, *rest):
        for x in rest:
            first = f(first, x)
        return first

    return many


OPERATORS = {
    # elementwise
    "Abs": torch.abs, "Add": torch.add, "And": torch.logical_and, "Ceil": torch.ceil, "Clip": clip, "Cos": torch.cos,
    "Div": divide, "Equal": torch.eq, "Erf": torch.erf, "Exp": torch.exp, "Floor": torch.floor, "Greater": torch.gt,
    "GreaterOrEqual": torch.ge, "Less": torch.lt, "LessOrEqual": torch.le, "Log": torch.log, "Max": fold(torch.maximum), "Min": fold(torch.minimum),
    "Mod": lambda x, y, fmod=0: torch.fmod(x, y) if fmod else torch.remainder(x, y), "Mul": torch.mul, "Neg": torch.neg,
    "Not": torch.logical_not, "Or": torch.logical_or, "Pow": power, "Reciprocal": torch.reciprocal, "Round": torch.round,
    "Sign": torch.sign, "Sin": torch.sin, "Sqrt": torch.sqrt, "Sub": torch.sub, "Sum": fold(torch.add), "Where": torch.where,
    # activations
    "Celu": lambda x, alpha=1.0: F.celu(x, alpha), "Elu": lambda x, alpha=1.0: F.elu(x, alpha),
    "Gelu": lambda x, approximate=b"none": F.gelu(x, approximate=approximate.decode()), "HardSigmoid": hard_sigmoid,
    "HardSwish": F.hardswish, "LeakyRelu": lambda x, alpha=0.01: F.leaky_relu(x, alpha), "LogSoftmax": lambda x, axis=-1: x.log_softmax(axis),
    "Mish": F.mish, "PRelu": lambda x, slope: torch.where(x < 0, slope * x, x), "Relu": torch.relu, "Selu": lambda x, **_: F.selu(x),
    "Sigmoid": torch.sigmoid, "Softmax": lambda x, axis=-1: x.softmax(axis), "Softplus": F.softplus, "Softsign": F.softsign,
    "Swish": lambda x, alpha=1.0: x * torch.sigmoid(alpha * x), "Tanh": torch.tanh, "Dropout": lambda x, *_, **__: x,
    # products, convolutions, pooling, normalisation
    "Attention": attention, "AveragePool": average_pool, "BatchNormalization": batch_norm, "Conv": conv, "ConvTranspose": conv_transpose,
    "Einsum": einsum, "Gemm": gemm, "GlobalAveragePool": global_pool(torch.mean), "GlobalMaxPool": global_pool(torch.amax),
    "GroupNormalization": lambda x, s, b, num_groups, epsilon=1e-5, **_: F.group_norm(x, num_groups, s, b, epsilon),
    "InstanceNormalization": instance_norm, "LayerNormalization": layer_norm, "MatMul": torch.matmul, "MaxPool": max_pool,
    "RMSNormalization": rms_norm, "Resize": resize,
    "LpNormalization": lambda x, axis=-1, p=2: F.normalize(x, p, axis, 0),
    # reductions
    "ArgMax": arg_max, "CumSum": lambda x, axis, **_: x.cumsum(axis.item()), "TopK": topk,
    "ReduceL1": reduction(lambda x, a, k: x.abs().sum(a, k)), "ReduceL2": reduction(lambda x, a, k: torch.linalg.vector_norm(x, dim=a, keepdim=k)),  # flat at 0, where a root is not
    "ReduceLogSumExp": reduction(torch.logsumexp), "ReduceMax": reduction(torch.amax), "ReduceMean": reduction(torch.mean),
    "ReduceMin": reduction(torch.amin), "ReduceSum": reduction(torch.sum), "ReduceSumSquare": reduction(lambda x, a, k: x.square().sum(a, k)),
    "ReduceProd": reduction(lambda x, a, k: x.prod() if len(a) == x.dim() else x.prod(a[0], k)),
    # shapes and indices
    "Cast": cast, "CastLike": lambda x, like: x.to(like.dtype), "Concat": lambda *xs, axis: torch.cat(xs, axis),
    "ConstantOfShape": constant_of_shape, "DepthToSpace": lambda x, blocksize, **_: F.pixel_shuffle(x, blocksize), "Expand": expand,
    "Flatten": lambda x, axis=1: x.reshape(math.prod(x.shape[:axis]), -1), "Gather": gather,
    "GatherElements": lambda x, i, axis=0: x.gather(axis, torch.where(i < 0, i + x.shape[axis], i)), "GatherND": gather_nd,
    "Identity": lambda x: x, "Pad": pad, "Range": lambda a, b, step: torch.arange(a.item(), b.item(), step.item(), dtype=a.dtype),
    "Reshape": reshape, "ScatterND": scatter_nd, "Shape": lambda x, start=0, end=None: torch.tensor(x.shape[start:end]),
    "Size": lambda x: torch.tensor(x.numel()), "Slice": slices, "SpaceToDepth": lambda x, blocksize: F.pixel_unshuffle(x, blocksize),
    "Split": split, "Squeeze": squeeze, "Tile": lambda x, n: x.tile(ints(n)),
    "Transpose": lambda x, perm=None: x.permute(perm or tuple(reversed(range(x.dim())))),
    "Trilu": lambda x, k=None, upper=1: (torch.triu if upper else torch.tril)(x, 0 if k is None else k.item()), "Unsqueeze": unsqueeze,
}
