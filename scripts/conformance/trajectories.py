"""Training runs: step graphs of memdil's on ONNX Runtime in float32, against
PyTorch in float64."""

import copy
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

import memdil
import networks
from architectures import CLASSES, TRAINED
from memdil import one_line
from networks import TRAINING, USUAL_OPSET

STEPS, SAMPLES, DECAY, ALPHA, FEATURE_DECAY = 30, 8, 5e-4, 0.1, 1e-4
ROUNDINGS, NETWORKS = 3, 4
MEASURES = "losses", "parameters", "statistics"
FLOOR = 1e-5  # an error that is no failure, however exact PyTorch was

OPTIMIZERS = {
    "SGD": (0.02, lambda p, decay: torch.optim.SGD(p, 0.02, momentum=0.9, weight_decay=decay)),
    "Adam": (1e-3, lambda p, decay: torch.optim.Adam(p, 1e-3, weight_decay=decay)),
}


@dataclass
class Row:
    model: str
    optimizer: str
    loss: str
    errors: list = (np.nan,) * 3  # of MEASURES
    torch_errors: list = (np.nan,) * 3
    verdict: str = "ok"
    networks: int = 1

    @property
    def passed(self):
        return self.verdict == "ok"


def cases():
    """Each network with both optimizers; the first with every loss."""
    for i, model in enumerate(TRAINED):
        for optimizer in OPTIMIZERS:
            for loss in LOSSES if i == 0 else ["ce"]:
                yield model, optimizer, loss
    yield next(iter(TRAINED)), "SGD", "ce, separate decay"


def compare(model, optimizer, loss, folder):
    """One row of the table. As with gradients, one rounding may tip a ReLU or a
    maximum and part the ways; what is wrong with every one of several networks
    is wrong."""
    for seed in range(NETWORKS):
        row = compare_once(model, optimizer, loss, folder, seed)
        row.networks = seed + 1
        if not row.verdict.startswith("wrong"):
            break
    return row


def compare_once(model, optimizer, loss, folder, seed):
    row = Row(model, optimizer, loss)
    try:
        run = Run(model, optimizer, loss, folder, seed)
        exact = run.by_torch(torch.float64)
        usual = [distances(run, run.by_torch(torch.float32, i), exact) for i in range(ROUNDINGS)]
        row.torch_errors = np.max(usual, 0).tolist()
        row.errors = distances(run, run.by_memdil(), exact)
    except Exception as e:
        row.verdict = one_line(e)
        return row
    bad = [what for what, e, usual in zip(MEASURES, row.errors, row.torch_errors) if e > max(FLOOR, 10 * usual)]
    if bad or np.isnan(row.errors[0]):
        row.verdict = "wrong " + ", ".join(bad)
    return row


class Run:
    """A network, its training export with the values that both sides start
    from, and the batches."""

    def __init__(self, model, optimizer, loss, folder, seed):
        self.net, image, _ = networks.prepare(model, seed)
        self.rate, self.optimizer = OPTIMIZERS[optimizer]
        self.loss, _, separate = loss.partition(",")
        self.separate = bool(separate)
        self.images = torch.randn(STEPS, SAMPLES, *image.shape[1:])
        self.labels = torch.randint(0, CLASSES, (STEPS, SAMPLES))
        path, self.step = folder / "model.onnx", folder / "step.onnx"
        networks.export(self.net, image, path, TRAINING, USUAL_OPSET)
        self.start = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
        flags = ["--loss", self.loss, "--ls-alpha", ALPHA, "--lr-alpha", ALPHA, "--optimizer", optimizer.lower()]
        flags += ["--momentum", 0.9] if optimizer == "SGD" else []
        flags += ["--sep-decay", "--feature-decay-rate", FEATURE_DECAY] if self.separate else []
        memdil.call("graph", "step", *flags, "--weight-decay", DECAY, "-o", self.step, path)

    def by_memdil(self):
        session, carried, losses = memdil.session(self.step), {}, []
        names = [o.name for o in session.get_outputs()]
        own = session.get_inputs()[0].name
        for t, (image, label) in enumerate(zip(self.images, self.labels), 1):
            inputs = {own: image.numpy(), "label": label.numpy(), "lr": np.array(self.rate, np.float32), "t": np.array(t)}
            outputs = dict(zip(names, session.run(names, inputs | carried)))
            losses.append(outputs["loss"].item())
            carried = {n.removeprefix("next."): v for n, v in outputs.items() if n.startswith("next.")}
        return losses, carried

    def by_torch(self, kind, seed=0):
        """Losses and final values; seeds but 0 begin with weights that differ
        by rounding."""
        net = copy.deepcopy(self.net).to(kind)
        torch.manual_seed(seed)
        with torch.no_grad():
            for name, t in net.state_dict().items():
                if name in self.start:
                    t.copy_(torch.from_numpy(self.start[name].copy()))
            for p in net.parameters() if seed else ():
                p.mul_(1 + 6e-8 * torch.randn_like(p))
        networks.train_without_dropout(net)
        optimizer, losses = self.optimizer(net.parameters(), 0 if self.separate else DECAY), []
        for image, label in zip(self.images.to(kind), self.labels):
            optimizer.zero_grad()
            loss = self.objective(net, image, label)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses, {n: t.numpy() for n, t in net.state_dict().items()}

    def objective(self, net, image, label):
        if not self.separate:
            return LOSSES[self.loss](net(image), label)
        kept = {}
        head = [m for m in net.modules() if isinstance(m, torch.nn.Linear)][-1]
        hook = head.register_forward_pre_hook(lambda _, inputs: kept.update(features=inputs[0]))
        loss = LOSSES[self.loss](net(image), label)
        hook.remove()
        penalty = DECAY / 2 * sum(p.square().sum() for p in head.parameters())
        return loss + penalty + FEATURE_DECAY / 2 * kept["features"].square().sum()


def label_relaxation(logits, label):
    """formulas.md 4, as published: the target is held constant."""
    p = logits.softmax(1)
    onehot = F.one_hot(label, CLASSES)
    others = p * (1 - onehot)
    q = (onehot * (1 - ALPHA) + ALPHA * others / others.sum(1, keepdim=True)).detach()
    divergence = (q * (q.log() - p.log())).sum(1)
    return torch.where((p * onehot).sum(1) > 1 - ALPHA, 0.0, divergence).mean()


LOSSES = {
    "ce": F.cross_entropy,
    "ls": lambda z, y: F.cross_entropy(z, y, label_smoothing=ALPHA),
    "lr": label_relaxation,
    "mse": lambda z, y: F.mse_loss(z, F.one_hot(y, CLASSES).to(z.dtype)),
}


def distances(run, got, exact):
    """How far losses, parameters and running statistics are off: the largest
    error of a loss; the norm of the others' errors beside that of the way they
    went in training."""
    losses, values = got
    exact_losses, exact_values = exact
    parameters = [n for n, _ in run.net.named_parameters()]
    statistics = [n for n in exact_values if n.endswith(("running_mean", "running_var"))]

    def distance(names):
        if not names:
            return np.nan
        off = sum(np.square(values[n] - exact_values[n]).sum() for n in names)
        way = sum(np.square(run.start[n] - exact_values[n]).sum() for n in names)
        return float(np.sqrt(off / way))

    off = np.abs(np.subtract(losses, exact_losses)) / np.abs(exact_losses)
    return float(off.max()), distance(parameters), distance(statistics)
