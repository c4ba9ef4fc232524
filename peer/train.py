"""The experiment of Nguyen et al. (ICLR 2023) for the MLP, in plain PyTorch, on
the data, labels, initial weights and batches that `memdil data export` wrote.

    python peer/train.py EXPORTED OUT

OUT gets steps.arrow (the loss of every step, before its update),
features/*.arrow, which `memdil metrics` measures, state.npz, the trained
tensors by their names in initial.onnx, and a copy of experiment.toml. It appears
when all is done."""

import argparse
import json
import pathlib
import shutil
import tomllib

import numpy as np
import onnx
import pyarrow as pa
import torch
from torch import nn
from torch.nn import functional as F


class MLP(nn.Module):
    """depth linear layers, each with its norm and activation, and a classifier
    that reads the last one's outputs, the features."""

    ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}

    def __init__(self, settings, classes):
        super().__init__()
        d = settings["fixdim"] or classes
        widths = [3 * 32 * 32] + [settings["width"]] * (settings["depth"] - 1) + [d]
        layers = []
        for before, width in zip(widths, widths[1:]):
            layers.append(nn.Linear(before, width))
            if settings["use_bn"]:
                layers.append(nn.BatchNorm1d(width))
            layers.append(self.ACTIVATIONS[settings["act_fn"]]())
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(d, classes)

    def features(self, x):
        return self.layers(x.flatten(1))

    def forward(self, x):
        return self.fc(self.features(x))


class LabelSmoothing(nn.Module):
    """Cross entropy with the target 1 − a + a/K for the label, a/K for others."""

    def __init__(self, a):
        super().__init__()
        self.a = a

    def forward(self, logits, label):
        log_p = logits.log_softmax(1)
        target = torch.full_like(log_p, self.a / logits.shape[1])
        target.scatter_(1, label[:, None], 1 - self.a + self.a / logits.shape[1])
        return -(target * log_p).sum(1).mean()


class LabelRelaxation(nn.Module):
    """KL(q‖p) with q_y = 1 − a and the rest a shared out as p shares it, held
    constant; 0 where p_y > 1 − a."""

    def __init__(self, a):
        super().__init__()
        self.a = a

    def forward(self, logits, label):
        p = logits.softmax(1)
        is_label = F.one_hot(label, logits.shape[1]).bool()
        with torch.no_grad():
            others = p.masked_fill(is_label, 0)
            q = (self.a * others / others.sum(1, keepdim=True)).masked_fill(is_label, 1 - self.a)
        divergence = F.kl_div(logits.log_softmax(1), q, reduction="none").sum(1)
        return divergence.masked_fill(p[is_label] > 1 - self.a, 0).mean()


def loss_of(settings):
    return {
        "CrossEntropy": nn.CrossEntropyLoss,
        "LS": lambda: LabelSmoothing(settings["ls_alpha"]),
        "LR": lambda: LabelRelaxation(settings["lr_alpha"]),
    }[settings["loss"]]()


def check(settings):
    """Refuses what this program does not do."""
    wanted = {
        "model": ["MLP"], "graph": [""], "act_fn": list(MLP.ACTIVATIONS), "loss": ["CrossEntropy", "LS", "LR"],
        "optimizer": ["SGD"], "decay_type": ["step"],
    } | dict.fromkeys(["use_layer_norm", "no_bias", "ETF_fc", "SOTA", "sep_decay", "micro_batch"], [False, 0])
    for name, values in wanted.items():
        if settings[name] not in values:
            raise SystemExit(f"train.py: {name} = {settings[name]!r} is not for this program, which knows {values}")


class Exported:
    """A folder of `memdil data export`, as tensors."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        if not (self.folder / "manifest.json").is_file():
            raise SystemExit(f"train.py: {folder} is no folder of `memdil data export`: it has no manifest.json")
        self.settings = tomllib.loads((self.folder / "experiment.toml").read_text())["experiment"]
        self.manifest = json.loads((self.folder / "manifest.json").read_text())
        check(self.settings)
        self.order = torch.from_numpy(self.array("order")).long()

    def array(self, name):
        return np.load(self.folder / f"{name}.npy")

    def images(self, split):
        """What the network sees, N×3×32×32."""
        mean, std = (torch.tensor(self.manifest[k]).view(-1, 1, 1) for k in ("mean", "std"))
        return (torch.from_numpy(self.array(split + "_images")).float() / 255 - mean) / std

    def labels(self, split):
        return torch.from_numpy(self.array(split + "_labels")).long()

    def splits(self):
        return [s for s in ("train", "val", "test") if (self.folder / f"{s}_labels.npy").exists()]

    def weights(self):
        graph = onnx.load(self.folder / "initial.onnx").graph
        return {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in graph.initializer}

    def batches(self, epoch):
        """The positions of an epoch's samples, a batch each."""
        batches = self.order[epoch].split(self.manifest["batch_size"])
        return batches[: self.manifest["batches"]]


def train(net, data, args):
    """Trains net and returns the loss of every step."""
    settings = data.settings
    images, labels = data.images("train"), data.labels("train")
    momentum = settings["momentum"] if args.momentum is None else args.momentum
    rate, decay = settings["lr"] * args.lr_times, settings["weight_decay"]
    optimizer = torch.optim.SGD(net.parameters(), rate, momentum, weight_decay=decay, fused=True)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, settings["patience"], settings["gamma"])
    criterion, losses = loss_of(settings), []
    net.train()
    for epoch in range(settings["epochs"]):
        for batch in data.batches(epoch):
            loss = criterion(net(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
    return losses


@torch.no_grad()
def write_features(net, data, splits, path):
    """The features of samples, in memdil's format (docs/formats.md)."""
    net.eval()
    images = torch.cat([data.images(s) for s in splits])
    h = torch.cat([net.features(part) for part in images.split(512)])
    columns = {
        "feature": vectors(h), "logits": vectors(net.fc(h)),
        "label": pa.array(np.concatenate([data.array(s + "_labels") for s in splits])),
        "true_label": pa.array(np.concatenate([data.array(s + "_true_labels") for s in splits])),
    }
    write(path, columns, {"classes": str(data.manifest["outputs"]), "split": splits[-1] if splits[-1] == "test" else "train"})


def vectors(t):
    return pa.FixedSizeListArray.from_arrays(pa.array(t.detach().flatten().numpy()), t.shape[1])


def write(path, columns, metadata=None):
    table = pa.table(columns).replace_schema_metadata(metadata)
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exported", metavar="EXPORTED", help="folder of `memdil data export`")
    parser.add_argument("out", metavar="OUT", type=pathlib.Path, help="folder to write; one that is there is replaced")
    parser.add_argument("--perturb", type=int, metavar="SEED", help="begin with weights that differ by one rounding, drawn by SEED")
    parser.add_argument("--lr-times", type=float, default=1, metavar="X", help="multiply the learning rate: another experiment, on purpose")
    parser.add_argument("--momentum", type=float, metavar="M", help="another momentum, on purpose")
    args = parser.parse_args()

    data = Exported(args.exported)
    net = MLP(data.settings, data.manifest["outputs"])
    left = net.load_state_dict(data.weights(), strict=False)
    missing = [name for name in left.missing_keys if not name.endswith("num_batches_tracked")]
    if missing or left.unexpected_keys:
        raise SystemExit(f"train.py: initial.onnx has other tensors than the MLP: {missing + left.unexpected_keys}")
    if args.perturb is not None:
        generator = torch.Generator().manual_seed(args.perturb)
        with torch.no_grad():
            for p in net.parameters():
                p.copy_(torch.nextafter(p, torch.randn(p.shape, generator=generator)))

    losses = train(net, data, args)
    part = args.out.with_name(args.out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    (part / "features").mkdir(parents=True)
    shutil.copy(data.folder / "experiment.toml", part)
    write(part / "steps.arrow", {"loss": pa.array(losses)})
    np.savez(part / "state.npz", **{n: t.detach().numpy() for n, t in net.state_dict().items() if "tracked" not in n})
    write_features(net, data, [s for s in data.splits() if s != "test"], part / "features" / "train.arrow")
    write_features(net, data, ["test"], part / "features" / "test.arrow")
    write(part / "features" / "classifier.arrow", {"weight": vectors(net.fc.weight), "bias": pa.array(net.fc.bias.detach().numpy())})
    shutil.rmtree(args.out, ignore_errors=True)
    part.rename(args.out)


if __name__ == "__main__":
    main()
