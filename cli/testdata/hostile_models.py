"""Writes models that are awkward to derive training graphs from.

hostile_models.py DIR: one file a model. All compute what plain.onnx computes,
so that their gradients are its gradients.
"""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

out = pathlib.Path(sys.argv[1])
random = np.random.default_rng(1)
weights = {
    "layers.0.weight": random.normal(size=(5, 4)),
    "layers.0.bias": random.normal(size=5),
    "layers.1.weight": random.normal(size=5) + 1,
    "layers.1.bias": random.normal(size=5),
    "layers.1.running_mean": random.normal(size=5),
    "layers.1.running_var": random.normal(size=5) ** 2 + 0.5,
    "fc.weight": random.normal(size=(3, 5)),
    "fc.bias": random.normal(size=3),
}
weights = {name: value.astype(np.float32) for name, value in weights.items()}
node, floats = helper.make_node, TensorProto.FLOAT


def layers():
    return [
        node("Gemm", ["input", "layers.0.weight", "layers.0.bias"], ["/0/Gemm"], "/0/Gemm", transB=1),
        node("BatchNormalization", ["/0/Gemm", "layers.1.weight", "layers.1.bias", "layers.1.running_mean",
                                    "layers.1.running_var"], ["/1/BN"], "/1/BN", epsilon=1e-5, momentum=0.9),
        node("Relu", ["/1/BN"], ["/2/Relu"], "/2/Relu"),
        node("Gemm", ["/2/Relu", "fc.weight", "fc.bias"], ["logits"], "/fc/Gemm", transB=1),
    ]


def value(name, shape, kind=floats):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name, nodes=None, inputs=(), outputs=(("logits", ["N", 3]),), constants=None, opset=18, ir=8, batch="N",
         rename=None, domains=()):
    constants = weights if constants is None else constants
    graph = helper.make_graph(
        layers() if nodes is None else nodes, name,
        [value("input", [batch, 4])] + list(inputs),
        [value(o, [batch if d == "N" else d for d in s]) for o, s in outputs],
        [numpy_helper.from_array(v, k) for k, v in constants.items()])
    for old, new in (rename or {}).items():
        swap(graph, old, new)
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=ir)
    onnx.save(model, out / (name + ".onnx"))


def swap(graph, old, new):
    for n in graph.node:
        n.input[:] = [new if i == old else i for i in n.input]
        n.output[:] = [new if o == old else o for o in n.output]
    for v in list(graph.input) + list(graph.output) + list(graph.initializer):
        v.name = new if v.name == old else v.name


def without(*names):
    return {k: v for k, v in weights.items() if k not in names}


def renamed_inputs(nodes, old, new):
    for n in nodes:
        n.input[:] = [new if i == old else i for i in n.input]
    return nodes


save("plain")
save("opset21", opset=21, ir=10)
save("other_batch_symbol", batch="batch_size")
save("static_batch", batch=6)
save("inner_names", rename={"/0/Gemm": "loss", "/1/BN": "label", "/2/Relu": "grad.fc.weight"})
save("inner_step_names", rename={"/0/Gemm": "lr", "/1/BN": "t", "/2/Relu": "next.fc.weight"})
save("inner_slot_names", rename={"/0/Gemm": "correct", "/1/BN": "fc.weight.momentum", "/2/Relu": "next.fc.weight.momentum"})
save("logits_called_loss", outputs=[("loss", ["N", 3])], rename={"logits": "loss"})
save("other_outputs", outputs=[("logits", ["N", 3]), ("/2/Relu", ["N", 5])])
save("no_logits_name", outputs=[("scores", ["N", 3]), ("/2/Relu", ["N", 5])], rename={"logits": "scores"})
save("running_mean_called_lr", rename={"layers.1.running_mean": "lr", "layers.1.running_var": "t"})

# Weights in Constant nodes.
save("constant_nodes", [node("Constant", [], ["fc.weight"], value=numpy_helper.from_array(weights["fc.weight"])),
                        node("Constant", [], ["layers.1.weight"], value_floats=[float(v) for v in weights["layers.1.weight"]])]
     + layers(), constants=without("fc.weight", "layers.1.weight"))

# Initializers that are inputs as well, as before ir_version 4.
save("ir3", inputs=[value(k, v.shape) for k, v in weights.items()], ir=3)

# Identity of an initializer, and one initializer for equal tensors.
ones = dict(weights, **{"layers.1.weight": np.ones(5, np.float32), "layers.1.running_var": np.ones(5, np.float32)})
save("ones", constants=ones)
save("identity", [node("Identity", ["layers.1.weight"], ["layers.1.running_var"])] + layers(),
     constants={k: v for k, v in ones.items() if k != "layers.1.running_var"})
save("one_initializer", renamed_inputs(layers(), "layers.1.running_var", "layers.1.weight"),
     constants={k: v for k, v in ones.items() if k != "layers.1.running_var"})

# A batch size that is baked in, and freed.
reshaped = layers()
reshaped[3].input[0] = "/flat"
reshaped.insert(3, node("Reshape", ["/2/Relu", "shape"], ["/flat"], "/reshape"))
save("baked_batch", reshaped, batch=6, constants=dict(weights, shape=np.array([6, -1])))

# A flattening that reads the batch's size from the input.
dynamic = layers()
dynamic[3].input[0] = "/flat"
dynamic[3:3] = [
    node("Shape", ["input"], ["/shape"]),
    node("Gather", ["/shape", "zero"], ["/n"], axis=0),
    node("Unsqueeze", ["/n", "axes"], ["/n1"]),
    node("Concat", ["/n1", "minus"], ["/sizes"], axis=0),
    node("Reshape", ["/2/Relu", "/sizes"], ["/flat"]),
]
save("dynamic_reshape", dynamic, constants=dict(weights, zero=np.array(0), axes=np.array([0]), minus=np.array([-1])))

# MatMul and Add in place of Gemm, and the bias first.
plain = layers()
plain[3:] = [node("MatMul", ["/2/Relu", "fc.weight.t"], ["/fc/MatMul"]), node("Add", ["fc.bias", "/fc/MatMul"], ["logits"])]
save("matmul", plain, constants=dict(without("fc.weight"), **{"fc.weight.t": weights["fc.weight"].T.copy()}))

# A weight that is transposed in the graph.
turned = layers()
turned[3:] = [node("Transpose", ["fc.weight"], ["/fc/T"], perm=[1, 0]), node("MatMul", ["/2/Relu", "/fc/T"], ["/fc/MatMul"]),
              node("Add", ["/fc/MatMul", "fc.bias"], ["logits"])]
save("transposed_weight", turned)

# A softmax beside the logits, and an unused branch without a rule.
branch = layers() + [node("Softmax", ["logits"], ["probabilities"], axis=1), node("Det", ["square"], ["det"])]
save("beside", branch, constants=dict(weights, square=np.eye(3, dtype=np.float32)),
     outputs=[("probabilities", ["N", 3]), ("logits", ["N", 3])])

# Outputs that pass through an Identity, as some exporters write.
save("identity_output", layers()[:3] + [node("Gemm", ["/2/Relu", "fc.weight", "fc.bias"], ["/fc"], transB=1),
                                        node("Identity", ["/fc"], ["logits"])])

# Operator sets that are imported and not used.
save("unused_domains", domains=["ai.onnx.ml", "com.example"])

# Errors.
save("old_opset", opset=8)
save("label_input", rename={"input": "label"})
save("loss_parameter", rename={"fc.weight": "loss"})
save("two_inputs", layers()[:3] + [node("Add", ["/2/Relu", "other"], ["/sum"]),
                                   node("Gemm", ["/sum", "fc.weight", "fc.bias"], ["logits"], transB=1)],
     inputs=[value("other", ["N", 5])])
save("no_rule", layers()[:3] + [node("Compress", ["/2/Relu", "keep"], ["/kept"], "/act/Compress", axis=1), node("Det", ["square"], ["/det"], "/det/Det"),
                                node("Mul", ["/kept", "/det"], ["/scaled"]),
                                node("Gemm", ["/scaled", "fc.weight", "fc.bias"], ["logits"], transB=1)],
     constants=dict(weights, square=np.eye(3, dtype=np.float32), keep=np.ones(5, dtype=bool)))
save("custom_domain", layers()[:3] + [node("Act", ["/2/Relu"], ["/act"], "/act", domain="com.example"),
                                      node("Gemm", ["/act", "fc.weight", "fc.bias"], ["logits"], transB=1)], domains=["com.example"])
