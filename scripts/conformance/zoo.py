"""memdil's own models against torchvision's forward pass with their weights."""

from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torchvision import models
from torchvision.models.resnet import BasicBlock, ResNet

import memdil

CLASSES = 10
ADAPTED = {"ResNet10": [1, 1, 1, 1], "ResNet18_adapt": [2, 2, 2, 2]}
TORCHVISION = """resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d wide_resnet50_2
wide_resnet101_2 vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn""".split()
VARIANTS = [(), ("--no_bias",), ("--fixdim", "12"), ("--ETF_fc",)]


@dataclass
class Row:
    model: str
    options: str
    parameters: int = 0
    error: float = np.nan
    verdict: str = "ok"

    @property
    def passed(self):
        return self.verdict == "ok"


def cases():
    for name in TORCHVISION + list(ADAPTED):
        for options in VARIANTS:
            yield name, options
    for options in [("--use_bn",), ("--use_layer_norm",), ("--act_fn", "sigmoid"), ("--fixdim", "7")]:
        yield "MLP", options


def compare(name, options, folder):
    row = Row(name, " ".join(options))
    path = folder / "zoo.onnx"
    try:
        memdil.call("graph", "new", "--model", name, "--width", 32, "--depth", 3, "--classes", CLASSES, *options, "-o", path)
        tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
        net = mlp(options) if name == "MLP" else counterpart(name, options)
        adopt(net, tensors)
        row.parameters = sum(p.numel() for p in net.parameters())
        torch.manual_seed(0)
        image = torch.randn(2, 3, 32, 32)
        want = net.double().eval()(image.double()).detach().numpy()
        got = memdil.run(path, {}, image.numpy())["logits"]
        row.error = float(np.abs(got - want).max() / np.abs(want).max())
        if not row.error < 1e-5:
            row.verdict = "wrong"
        if "--ETF_fc" in options and not tight(tensors["fc.weight"]):
            row.verdict = "the classifier is no simplex equiangular tight frame"
    except memdil.Refused as e:
        row.verdict = str(e)
    except Exception as e:
        row.verdict = memdil.one_line(e)
    return row


def counterpart(name, options):
    """torchvision's network, with the originals' head and options."""
    bias = "--no_bias" not in options
    width = int(options[options.index("--fixdim") + 1]) if "--fixdim" in options else 0
    if name.startswith("vgg"):
        net = getattr(models, name)(num_classes=CLASSES, init_weights=False)
        if width:
            narrow_vgg(net.features, width)
        net.avgpool, net.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(width or 512, CLASSES, bias)
        return net
    net = adapted(ADAPTED[name]) if name in ADAPTED else getattr(models, name)(num_classes=CLASSES)
    if width:
        narrow_resnet(net.layer4[-1], width)
    net.fc = nn.Linear(width or net.fc.in_features, CLASSES, bias)
    return net


def adapted(blocks):
    """A ResNet for small images whose first stage has 32 channels."""
    net = ResNet(BasicBlock, blocks, CLASSES)
    net.conv1, net.bn1, net.maxpool = nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.Identity()
    net.inplanes = 32
    for stage, count in enumerate(blocks):
        setattr(net, f"layer{stage + 1}", net._make_layer(BasicBlock, 32 << stage, count, stride=min(stage, 1) + 1))
    net.fc = nn.Linear(256, CLASSES)
    return net


def narrow_resnet(block, width):
    """Gives the last block width channels; its shortcut becomes a projection."""
    last = "conv3" if hasattr(block, "conv3") else "conv2"
    conv, entry = getattr(block, last), block.conv1.in_channels
    stride = block.stride if block.downsample else 1
    narrow = nn.Conv2d(conv.in_channels, width, conv.kernel_size, conv.stride, conv.padding, bias=False)
    setattr(block, last, narrow)
    setattr(block, last.replace("conv", "bn"), nn.BatchNorm2d(width))
    block.downsample = nn.Sequential(nn.Conv2d(entry, width, 1, stride, bias=False), nn.BatchNorm2d(width))


def narrow_vgg(features, width):
    """Gives the last convolution width channels."""
    i = max(i for i, m in enumerate(features) if isinstance(m, nn.Conv2d))
    features[i] = nn.Conv2d(512, width, 3, padding=1)
    if isinstance(features[i + 1], nn.BatchNorm2d):
        features[i + 1] = nn.BatchNorm2d(width)


def mlp(options):
    """The originals' multilayer perceptron: three layers, the last of them the
    features, d = K unless --fixdim says otherwise."""
    d = int(options[options.index("--fixdim") + 1]) if "--fixdim" in options else CLASSES
    layers, entry = [], 3 * 32 * 32
    for out in (32, 32, d):
        layers.append(nn.Linear(entry, out))
        if "--use_bn" in options:
            layers.append(nn.BatchNorm1d(out))
        if "--use_layer_norm" in options:
            layers.append(nn.LayerNorm(out))
        layers.append(nn.Sigmoid() if "sigmoid" in options else nn.ReLU())
        entry = out
    net = nn.Sequential()
    net.add_module("flatten", nn.Flatten())
    net.add_module("layers", nn.Sequential(*layers))
    net.add_module("fc", nn.Linear(d, CLASSES))
    return net


def adopt(net, tensors):
    """Copies the file's tensors into net; none may be left over on either side."""
    own = {n.replace("classifier.", "fc."): t for n, t in net.state_dict().items() if "num_batches" not in n}
    tensors = {n.replace(".shortcut.", ".downsample."): t for n, t in tensors.items() if t.dtype == np.float32}
    if set(own) != set(tensors):
        raise ValueError(f"tensors differ: {sorted(set(own) ^ set(tensors))[:4]}")
    with torch.no_grad():
        for name, t in tensors.items():
            if tuple(own[name].shape) != t.shape:
                raise ValueError(f"{name} is {t.shape}, not {tuple(own[name].shape)}")
            own[name].copy_(torch.from_numpy(t.copy()))


def tight(w):
    """Whether the rows of w are a simplex equiangular tight frame."""
    gram = w.astype(float) @ w.T
    want = CLASSES / (CLASSES - 1) * (np.eye(CLASSES) - 1 / CLASSES)
    return np.allclose(gram / gram[0, 0] * want[0, 0], want, atol=1e-5)
