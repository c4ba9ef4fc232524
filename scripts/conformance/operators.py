"""The node tests of the onnx package: gradients of every float32 input against
central differences of ONNX's reference implementation in float64."""

import copy
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnx.reference import ReferenceEvaluator

import memdil
from memdil import one_line

CLASSES = 3
DIRECTIONS = 3
TOLERANCE = 2e-3

# Inputs that are settings: the standard's operators have no derivative there.
SETTINGS = {
    "BatchNormalization": (3, 4),
    "Dropout": (1, 2),
    "OneHot": (1, 2),
    "Range": (0, 1, 2),
    "Resize": (1, 2),
    "Upsample": (1,),
}


@dataclass
class Result:
    operator: str
    name: str
    # passed, wrong, refused (by memdil's error) or unjudged (for want of a truth)
    kind: str
    reason: str = ""


def tests():
    """The tests as cases; those without float32 inputs and outputs are left out."""
    for case in collect_testcases(None):
        test = NodeTest.of(case)
        if test:
            yield (test,)


def check(test, folder):
    return test.check(folder)


class NodeTest:
    """The function logits(inputs): the test's float outputs, flattened, times
    fixed random numbers; its loss is the cross-entropy of class 0."""

    @classmethod
    def of(cls, case):
        """The test, or None where there is nothing to differentiate."""
        if case.model is None or not case.data_sets or any(o.domain for o in case.model.opset_import):
            return None
        graph = case.model.graph
        try:
            values = [np.asarray(a) for a in case.data_sets[0][0]]
        except Exception:  # sequences and optional values
            return None
        kinds = {v.type.WhichOneof("value") for v in [*graph.input, *graph.output]}
        if kinds != {"tensor_type"} or any(a.dtype.kind not in "fiub" for a in values):
            return None
        test = cls(case, dict(zip([v.name for v in graph.input], values)))
        return test if test.parameters and test.outputs else None

    def __init__(self, case, values):
        self.name, self.model, self.values = case.name, inactive(case.model), values
        graph = case.model.graph
        self.operator = operator(case)
        settings = {
            n.input[i] for n in graph.node for i in SETTINGS.get(n.op_type, ()) if i < len(n.input)
        }  # by name: function bodies have them elsewhere
        self.parameters = [n for n, a in values.items() if a.dtype == np.float32 and a.size and n not in settings]
        self.outputs = [
            (v.name, a)
            for v, a in zip(graph.output, map(np.asarray, case.data_sets[0][1]))
            if a.dtype == np.float32 and a.size
        ]
        random = np.random.default_rng(0)
        self.head = {}
        for name, a in self.outputs:
            size = max(1.0, np.sqrt(np.mean(np.nan_to_num(a.astype(float), posinf=0, neginf=0) ** 2)))
            self.head[name] = (random.normal(size=(a.size, CLASSES)) / np.sqrt(a.size) / size).astype(np.float32)

    def __str__(self):
        return self.name

    def check(self, folder):
        """All outputs, or the first alone where memdil refuses the others."""
        result = self.check_points(folder)
        if result.kind == "refused" and len(self.outputs) > 1:
            del self.outputs[1:]
            alone = self.check_points(folder)
            if alone.kind == "passed":
                return alone
        return result

    def check_points(self, folder):
        """A point where the function has a kink is left for one nearby. A long
        step is for operators that the reference computes in float32 (Erf)."""
        for values, step in ((self.values, 1e-6), (self.nearby(), 1e-6), (self.values, 1e-2)):
            result = self.check_at(values, step, folder)
            if result.kind != "wrong":
                break
        return result

    def nearby(self):
        random = np.random.default_rng(1)
        values = dict(self.values)
        for name in self.parameters:
            a = values[name]
            values[name] = (a + 0.01 * random.normal(size=a.shape)).astype(np.float32)
        return values

    def check_at(self, values, step, folder):
        path = folder / "node.onnx"

        def result(kind, reason=""):
            return Result(self.operator, self.name, kind, reason)

        try:
            true_loss, slopes = self.slopes(values, step)
        except Exception as e:
            return result("unjudged", f"reference: {one_line(e)}")
        onnx.save(self.wrapped(values), path)
        flags = [f"--params={name}" for name in self.parameters]
        try:
            loss, got = memdil.gradients(path, np.zeros((1, CLASSES)), np.zeros(1, np.int64), *flags)
        except memdil.Refused as e:
            if "nothing to train" not in str(e):
                return result("refused", str(e))
            loss, got = true_loss, {}
        except Exception as e:
            return result("unjudged", f"ONNX Runtime: {one_line(e)}")
        if not abs(loss - true_loss) < 1e-4:
            return result("unjudged", "ONNX Runtime and the reference differ")
        for name, direction, slope in slopes:
            g = got.get(name, np.zeros_like(values[name])).astype(float)
            size = max(np.linalg.norm(g) * np.linalg.norm(direction), abs(slope), 1e-6)
            if not abs((g * direction).sum() - slope) <= TOLERANCE * size:
                return result("wrong", f"{name}: {(g * direction).sum():.6g}, not {slope:.6g}")
        return result("passed")

    def slopes(self, values, step):
        """The loss, and its derivatives as (input, direction, derivative)."""
        evaluator = ReferenceEvaluator(double(self.model))
        values = {n: a.astype(float) if a.dtype == np.float32 else a for n, a in values.items()}
        random = np.random.default_rng(2)
        slopes = []
        for name in self.parameters:
            for _ in range(DIRECTIONS):
                direction = random.normal(size=values[name].shape)
                at = lambda h: self.loss(evaluator, values | {name: values[name] + h * direction})
                slope = (8 * (at(step) - at(-step)) - at(2 * step) + at(-2 * step)) / (12 * step)
                slopes.append((name, direction, slope))
        if not np.isfinite([s for _, _, s in slopes]).all():
            raise ValueError("the derivative is not finite")
        return self.loss(evaluator, values), slopes

    def loss(self, evaluator, values):
        names = [name for name, _ in self.outputs]
        outputs = evaluator.run(names, values)
        for name, y in zip(names, outputs):
            if y.dtype != np.float64:
                raise TypeError(f"computes {name} in {y.dtype}")
        logits = sum(y.reshape(-1) @ self.head[name].astype(float) for name, y in zip(names, outputs))
        return np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[0]

    def wrapped(self, values):
        """The test as a classifier: its inputs are initializers."""
        model = copy.deepcopy(self.model)
        graph = model.graph
        graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in values.items())
        graph.initializer.append(numpy_helper.from_array(np.array([1, -1]), "conformance.row"))
        del graph.input[:], graph.output[:]
        total = "conformance.input"
        for i, (name, _) in enumerate(self.outputs):
            names = [f"conformance.{part}.{i}" for part in ("row", "head", "product", "sum")]
            graph.initializer.append(numpy_helper.from_array(self.head[name], names[1]))
            graph.node.append(helper.make_node("Reshape", [name, "conformance.row"], [names[0]]))
            graph.node.append(helper.make_node("MatMul", names[:2], [names[2]]))
            graph.node.append(helper.make_node("Add", [total, names[2]], [names[3]]))
            total = names[3]
        graph.input.append(helper.make_tensor_value_info("conformance.input", TensorProto.FLOAT, [1, CLASSES]))
        graph.output.append(helper.make_tensor_value_info(total, TensorProto.FLOAT, [1, CLASSES]))
        return model


def operator(case):
    """What a test is a test of: an operator, or its function body."""
    if "_expanded" not in case.name:
        return case.model.graph.node[0].op_type
    return "function bodies"


def inactive(model):
    """The function whose gradient memdil takes: BatchNormalization uses the
    batch's statistics, Dropout is inactive."""
    model = copy.deepcopy(model)
    for n in model.graph.node:
        if n.op_type == "BatchNormalization" and not any(a.name == "training_mode" and a.i for a in n.attribute):
            n.attribute.append(helper.make_attribute("training_mode", 1))
            n.output.extend(["conformance.mean", "conformance.variance"])
        if n.op_type == "Dropout" and len(n.input) > 2:
            del n.input[2:]
    return model


def double(model):
    """The model with float64 in place of float32."""
    model = copy.deepcopy(model)

    def visit(graph):
        for n in graph.node:
            for a in n.attribute:
                if n.op_type == "Cast" and a.name == "to" and a.i == TensorProto.FLOAT:
                    a.i = TensorProto.DOUBLE
                if a.type == onnx.AttributeProto.TENSOR and a.t.data_type == TensorProto.FLOAT:
                    a.t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(a.t).astype(float)))
                if n.op_type == "Constant" and a.name.startswith("value_float"):
                    value = np.array(a.f if a.name == "value_float" else list(a.floats), float)
                    a.CopyFrom(helper.make_attribute("value", numpy_helper.from_array(value)))
                if a.type == onnx.AttributeProto.GRAPH:
                    visit(a.g)
        for v in [*graph.input, *graph.output, *graph.value_info]:
            if v.type.tensor_type.elem_type == TensorProto.FLOAT:
                v.type.tensor_type.elem_type = TensorProto.DOUBLE

    visit(model.graph)
    return model


def by_operator(results):
    """The results of each operator, sorted by its name."""
    groups = defaultdict(list)
    for r in results:
        groups[r.operator].append(r)
    return sorted(groups.items())
