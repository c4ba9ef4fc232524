"""The networks of the comparison, as PyTorch writes them, and what they cost."""

import torch
from torch import nn
from torchvision import models, ops

CLASSES = 10


def mlp(depth, width, classes):
    """The originals' multilayer perceptron with BatchNormalization; its last
    layer has as many features as there are classes."""
    layers, entry = [nn.Flatten()], 3 * 32 * 32
    for i in range(depth):
        out = width if i < depth - 1 else classes
        layers += [nn.Linear(entry, out), nn.BatchNorm1d(out), nn.ReLU()]
        entry = out
    net = nn.Sequential(*layers)
    net.add_module("fc", nn.Linear(classes, classes))
    return net


def resnet18():
    """ResNet-18 whose stem is made for images of 32×32: a 3×3 convolution of
    stride 1, no pooling."""
    net = models.resnet18(num_classes=CLASSES)
    net.conv1, net.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    return net


def vgg11_bn():
    """VGG-11 with BatchNormalization and the originals' head, one linear layer."""
    net = models.vgg11_bn(num_classes=CLASSES)
    net.avgpool, net.classifier = nn.AdaptiveAvgPool2d(1), nn.Identity()
    net.fc = nn.Linear(512, CLASSES)
    net.forward = lambda x: net.fc(models.VGG.forward(net, x))
    return net


def torchvision(name, **options):
    """A network as torchvision has it, but that dropout and stochastic depth drop
    nothing: memdil leaves them inactive."""
    net = getattr(models, name)(num_classes=CLASSES, **options)
    for m in net.modules():
        if isinstance(m, (nn.Dropout, ops.StochasticDepth)):
            m.p = 0.0
    return net


class WithFeatures(nn.Module):
    """A network that returns the input of its last layer, fc, with the logits."""

    def __init__(self, net):
        super().__init__()
        self.head, self.body = net.fc, net
        net.fc = nn.Identity()

    def forward(self, x):
        h = self.body(x)
        return h, self.head(h)


def parameters(net):
    return sum(p.numel() for p in net.parameters())


def cost(net, batch):
    """What a forward pass of a batch takes: multiplications in all and in the
    first layer, and elements that linear layers, convolutions and
    normalisations put out."""
    products, outputs = [], []

    def count(m, _, output):
        outputs.append(output.numel())
        if isinstance(m, nn.Linear):
            products.append(output.numel() * m.in_features)
        elif isinstance(m, nn.Conv2d):
            products.append(output.numel() * m.in_channels * m.kernel_size[0] * m.kernel_size[1])

    kinds = (nn.Linear, nn.Conv2d, nn.BatchNorm1d, nn.BatchNorm2d)
    for m in net.modules():
        if isinstance(m, kinds):
            m.register_forward_hook(count)
    with torch.no_grad():
        net(torch.randn(batch, 3, 32, 32))
    return sum(products), products[0], sum(outputs)
