"""The networks that are exported: torchvision's, at a size that a laptop
differentiates in float64, and small ones for what those leave out."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torchvision import models

BATCH, CLASSES = 4, 10


def narrow_head(name, features):
    """VGG and AlexNet with a pooling to 1×1, so that images of 64 pixels do
    (their own pooling to 6×6 or 7×7 would enlarge, which TorchScript's exporter
    refuses) and the classifier stays small."""

    def build():
        net = getattr(models, name)(num_classes=CLASSES)
        net.avgpool = nn.AdaptiveAvgPool2d(1)
        first = next(i for i, m in enumerate(net.classifier) if isinstance(m, nn.Linear))
        net.classifier[first] = nn.Linear(features, net.classifier[first].out_features)
        return net

    return build


def plain(name, **options):
    return lambda: getattr(models, name)(num_classes=CLASSES, **options)


def vit():
    """ViT-Ti of DeiT, on 32-pixel images in patches of 8."""
    return models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=12, num_heads=3, hidden_dim=192, mlp_dim=768, num_classes=CLASSES
    )


# name: (builder, image size)
TORCHVISION = {
    "alexnet": (narrow_head("alexnet", 256), 64),
    "convnext_tiny": (plain("convnext_tiny"), 64),
    "densenet121": (plain("densenet121"), 64),
    "efficientnet_b0": (plain("efficientnet_b0"), 64),
    "efficientnet_v2_s": (plain("efficientnet_v2_s"), 64),
    "googlenet": (plain("googlenet", aux_logits=False, init_weights=False), 64),
    "inception_v3": (plain("inception_v3", aux_logits=False, init_weights=False), 96),
    "maxvit_t": (plain("maxvit_t", input_size=(224, 224)), 224),
    "mnasnet0_5": (plain("mnasnet0_5"), 64),
    "mobilenet_v2": (plain("mobilenet_v2"), 64),
    "mobilenet_v3_small": (plain("mobilenet_v3_small"), 64),
    "mobilenet_v3_large": (plain("mobilenet_v3_large"), 64),
    "regnet_x_400mf": (plain("regnet_x_400mf"), 64),
    "regnet_y_400mf": (plain("regnet_y_400mf"), 64),
    "resnet18": (plain("resnet18"), 64),
    "resnet50": (plain("resnet50"), 64),
    "resnext50_32x4d": (plain("resnext50_32x4d"), 64),
    "shufflenet_v2_x1_0": (plain("shufflenet_v2_x1_0"), 64),
    "squeezenet1_1": (plain("squeezenet1_1"), 64),
    "swin_t": (plain("swin_t"), 64),
    "swin_v2_t": (plain("swin_v2_t"), 64),
    "vgg11": (narrow_head("vgg11", 512), 64),
    "vgg11_bn": (narrow_head("vgg11_bn", 512), 64),
    "vit (12 layers of 192)": (vit, 32),
    "wide_resnet50_2": (plain("wide_resnet50_2"), 64),
}


class ResidualMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Linear(48, 32), nn.LayerNorm(32)
        self.inner, self.batch_norm = nn.Linear(32, 32), nn.BatchNorm1d(32)
        self.head = nn.Linear(32, CLASSES)

    def forward(self, x):
        h = torch.tanh(self.norm(self.stem(x.flatten(1))))
        return self.head(h + F.gelu(self.batch_norm(self.inner(h))))


class Attention(nn.Module):
    """A transformer layer as one writes it by hand: einsum, softmax, a mask."""

    def __init__(self):
        super().__init__()
        self.embed, self.position = nn.Linear(12, 16), nn.Parameter(torch.zeros(4, 16))
        self.query, self.key, self.value = (nn.Linear(16, 16, bias=False) for _ in range(3))
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, CLASSES)
        self.register_buffer("mask", torch.triu(torch.full((4, 4), -1e4), 1))

    def forward(self, x):
        h = self.embed(x.reshape(-1, 4, 12)) + self.position
        q, k, v = self.query(h), self.key(h), self.value(h)
        weights = torch.softmax(torch.einsum("bid,bjd->bij", q, k) / math.sqrt(16) + self.mask, -1)
        return self.head(self.norm(h + weights @ v).mean(1))


class RMSNorm(nn.Module):
    """Written out, because TorchScript's exporter does not know nn.RMSNorm."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.weight


class Gated(nn.Module):
    """Squeeze-and-excitation, normalised features, a learned temperature."""

    def __init__(self):
        super().__init__()
        self.conv, self.down, self.up = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)
        self.head, self.temperature = nn.Linear(8, CLASSES), nn.Parameter(torch.ones(1))

    def forward(self, x):
        h = F.silu(self.conv(x))
        gate = torch.sigmoid(self.up(F.relu(self.down(h.mean((2, 3), keepdim=True)))))
        h = (h * gate).amax((2, 3))
        return self.temperature * self.head(F.normalize(h, dim=1))


class Dense(nn.Module):
    """Concatenation, slices, a channel shuffle and a depthwise convolution."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1, groups=4)
        self.norm, self.head = nn.BatchNorm2d(16), nn.Linear(16, CLASSES)

    def forward(self, x):
        left, right = self.a(x).chunk(2, 1)
        h = torch.cat([left, F.mish(self.b(right)), right], 1)
        n, c, height, width = h.shape
        h = h.view(n, 2, c // 2, height, width).transpose(1, 2).reshape(n, c, height, width)
        return self.head(F.adaptive_avg_pool2d(F.relu(self.norm(h)), 1).flatten(1))


class Sequence(nn.Module):
    """1-d convolutions and poolings over the rows."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv1d(12, 16, 3, padding=2, dilation=2), nn.ConvTranspose1d(16, 8, 2, stride=2)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        h = F.avg_pool1d(F.elu(self.a(x.flatten(1, 2))), 2, ceil_mode=True)
        return self.head(F.max_pool1d(F.softplus(self.b(h)), 2).mean(2))


class Volume(nn.Module):
    """3-d convolution, normalisation and pooling; the channels are the depth."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv3d(1, 6, 3, padding=1), nn.BatchNorm3d(6), nn.Linear(6, CLASSES)

    def forward(self, x):
        h = F.max_pool3d(F.selu(self.norm(self.conv(x.unsqueeze(1)))), (1, 2, 2))
        return self.head(h.flatten(2).mean(2))


def mlp(activation, norm=None, bias=True, dropout=0.0):
    """Two hidden layers, of 32 and 16 units, on 4-pixel images."""

    def build():
        layers, width = [nn.Flatten()], 48
        for out in (32, 16):
            layers.append(nn.Linear(width, out, bias=bias))
            layers += [norm(out)] if norm else []
            layers += [nn.Dropout(dropout)] if dropout else []
            layers.append(activation())
            width = out
        return nn.Sequential(*layers, nn.Linear(width, CLASSES, bias=bias))

    return build


def images(layers):
    """Layers that end in 8 channels, and a linear layer on their means."""
    return lambda: nn.Sequential(*layers(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, CLASSES))


def activations():
    kinds = [nn.CELU, nn.GELU, nn.Hardsigmoid, nn.Hardswish, nn.LogSigmoid, nn.Mish, nn.PReLU, nn.ReLU6]
    kinds += [nn.SELU, nn.SiLU, nn.Softplus, nn.Softsign, nn.Tanhshrink, lambda: nn.GELU("tanh")]
    return [layer for kind in kinds for layer in (nn.Conv2d(8, 8, 1), kind())]


# name: (builder, image size); all run in every opset
SMALL = {
    "MLP, BatchNorm, ReLU": (mlp(nn.ReLU, nn.BatchNorm1d), 4),
    "MLP, BatchNorm without affine, Sigmoid": (mlp(nn.Sigmoid, lambda n: nn.BatchNorm1d(n, affine=False)), 4),
    "MLP, LayerNorm, LeakyReLU": (mlp(lambda: nn.LeakyReLU(0.1), nn.LayerNorm), 4),
    "MLP, RMSNorm, SiLU": (mlp(nn.SiLU, RMSNorm), 4),
    "MLP, Dropout, ELU, no bias": (mlp(nn.ELU, bias=False, dropout=0.5), 4),
    "MLP, linear": (mlp(nn.Identity), 4),
    "MLP, residual": (ResidualMLP, 4),
    "attention": (Attention, 4),
    "gated convolutions": (Gated, 12),
    "shuffled channels": (Dense, 8),
    "1-d convolutions": (Sequence, 4),
    "3-d convolutions": (Volume, 8),
    "activations": (images(lambda: [nn.Conv2d(3, 8, 3), *activations()]), 8),
    "GLU": (images(lambda: [nn.Conv2d(3, 16, 3), nn.GLU(1)]), 8),
    "GroupNorm": (images(lambda: [nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8), nn.ReLU()]), 8),
    "InstanceNorm": (images(lambda: [nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(8, affine=True), nn.Tanh()]), 8),
    "LocalResponseNorm": (images(lambda: [nn.Conv2d(3, 8, 3), nn.LocalResponseNorm(3), nn.ReLU()]), 8),
    "BatchNorm before the convolution": (images(lambda: [nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 8, 3)]), 8),
    "strides, groups, dilation": (
        images(lambda: [nn.Conv2d(3, 12, 3, 2, 1), nn.ReLU(), nn.Conv2d(12, 8, (3, 2), groups=4, dilation=2, padding=(2, 1))]),
        12,
    ),
    "reflected and replicated padding": (
        images(lambda: [nn.Conv2d(3, 6, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.ReplicationPad2d(1), nn.Conv2d(6, 8, 3)]),
        8,
    ),
    "pools": (
        images(lambda: [nn.Conv2d(3, 8, 3), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.LPPool2d(2, 2)]),
        16,
    ),
    "transposed convolution": (
        images(lambda: [nn.Conv2d(3, 6, 3, 2), nn.ReLU(), nn.ConvTranspose2d(6, 8, 3, 2, 1, output_padding=1, groups=2), nn.ReLU()]),
        8,
    ),
    "upsampling": (
        images(lambda: [nn.Conv2d(3, 8, 3), nn.Upsample(scale_factor=2), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Upsample(scale_factor=2, mode="bilinear"), nn.ReLU()]),
        6,
    ),
    "pixel shuffle": (
        images(lambda: [nn.Conv2d(3, 8, 3, padding=1), nn.PixelShuffle(2), nn.ReLU(), nn.PixelUnshuffle(2), nn.Conv2d(8, 8, 1)]),
        8,
    ),
}


class Residual(nn.Module):
    """x plus layers of x, after a rectifier where it is told so."""

    def __init__(self, *layers, rectified=False):
        super().__init__()
        self.layers, self.rectified = nn.Sequential(*layers), rectified

    def forward(self, x):
        y = x + self.layers(x)
        return F.relu(y) if self.rectified else y


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of images."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Transformer(nn.Module):
    """A vision transformer of two layers, with a class token."""

    def __init__(self, width=24, patches=16):
        super().__init__()
        self.embed = nn.Conv2d(3, width, 2, 2)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(0.02 * torch.randn(1, patches + 1, width))
        self.layers = nn.Sequential(*(self.layer(width) for _ in range(2)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, CLASSES)

    @staticmethod
    def layer(width):
        perceptron = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        return nn.Sequential(Residual(nn.LayerNorm(width), SelfAttention(width, 3)), Residual(perceptron))

    def forward(self, x):
        patches = self.embed(x).flatten(2).transpose(1, 2)
        h = torch.cat([self.token.expand(x.shape[0], -1, -1), patches], 1) + self.position
        return self.head(self.norm(self.layers(h)[:, 0]))


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.mix, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.mix(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def rectified(channels, out, stride=1):
    return [nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]


def small_resnet():
    blocks = [Residual(*rectified(12, 12), *rectified(12, 12)[:2], rectified=True) for _ in range(2)]
    return nn.Sequential(*rectified(3, 12), *blocks, *rectified(12, 8, 2))


def small_vgg():
    return nn.Sequential(*rectified(3, 12), nn.MaxPool2d(2), *rectified(12, 16), nn.MaxPool2d(2), *rectified(16, 8))


def small_convnext():
    def block():
        inner = [nn.Conv2d(12, 24, 1), nn.GELU(), nn.Conv2d(24, 12, 1)]
        return Residual(nn.Conv2d(12, 12, 5, padding=2, groups=12), ChannelNorm(12), *inner)

    return nn.Sequential(nn.Conv2d(3, 12, 2, 2), ChannelNorm(12), block(), block(), nn.Conv2d(12, 8, 2, 2))


# name: (builder, image size); trained for some steps
TRAINED = {
    "small MLP with BatchNorm": (mlp(nn.ReLU, nn.BatchNorm1d), 4),
    "small ResNet": (images(small_resnet), 8),
    "small VGG with BatchNorm": (images(small_vgg), 8),
    "small ConvNeXt": (images(small_convnext), 8),
    "small vision transformer": (Transformer, 8),
}
