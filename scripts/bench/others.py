"""Training steps of networks that memdil gets from PyTorch alone."""

import functools

import nets
from steps import Step, competitors, peak  # measured as those are

__all__ = ["CASES", "competitors", "peak"]


def step(name, net, batch, steps, size=64, **options):
    at = f" at {size}×{size}" if size != 64 else ""
    return Step(f"{name}{at}, batch {batch}", functools.partial(nets.torchvision, net, **options), [], nets.CLASSES, batch, steps, size=size)


CASES = [
    step("MobileNetV2", "mobilenet_v2", 16, 4),
    step("MobileNetV2", "mobilenet_v2", 8, 3, size=224),
    step("MobileNetV3-Small", "mobilenet_v3_small", 16, 4),
    step("EfficientNet-B0", "efficientnet_b0", 8, 4),
    step("ShuffleNetV2 ×1.0", "shufflenet_v2_x1_0", 16, 4),
    step("SqueezeNet 1.1", "squeezenet1_1", 16, 4),
    step("GoogLeNet", "googlenet", 16, 4, aux_logits=False, init_weights=False),
    step("DenseNet-121", "densenet121", 8, 3),
    step("ResNet-50", "resnet50", 8, 3),
    step("ResNeXt-50 32×4d", "resnext50_32x4d", 4, 3),
    step("RegNetY-400MF", "regnet_y_400mf", 8, 4),
    step("ConvNeXt-Tiny", "convnext_tiny", 4, 3),
    step("Swin-T", "swin_t", 4, 3),
    step("ViT-B/16", "vit_b_16", 2, 3, size=224),
    step("ResNet-18", "resnet18", 64, 4, size=32),
    step("ResNet-50", "resnet50", 32, 3, size=32),
    step("DenseNet-121", "densenet121", 32, 3, size=32),
    step("MobileNetV2", "mobilenet_v2", 64, 4, size=32),
]
