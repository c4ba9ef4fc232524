"""Writes the models foreign_*.onnx: small networks as PyTorch exports them.

python export_foreign.py DIR, with torch and onnxscript (made with torch 2.15).
"""
import pathlib
import sys

import onnx
import torch
from torch import nn


class Cnn(nn.Module):
    """Convolution, normalisation, pooling; three classes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5, stride=4)
        self.bn = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(torch.relu(self.bn(self.conv(x))).mean((2, 3)))


class Attention(nn.Module):
    """One block of a vision transformer with a class token; two classes."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 16, stride=16)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.positions = nn.Parameter(torch.randn(1, 5, 8))
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.positions
        return self.head(self.block(x)[:, 0])


class ConvHead(nn.Module):
    """A network whose last linear operator is a convolution; two classes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        return self.head(torch.relu(self.conv(x))).mean((2, 3))


def main(folder):
    torch.manual_seed(1)
    x = torch.randn(3, 3, 32, 32)
    names = dict(input_names=["x"], output_names=["z"])
    torch.onnx.export(Cnn().train(), (x,), f"{folder}/foreign_cnn_training_baked.onnx", dynamo=False,
                      training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False, **names)
    torch.onnx.export(Cnn().eval(), (x,), f"{folder}/foreign_cnn_default.onnx", dynamo=True, external_data=False, **names)
    batch = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(Attention().eval(), (x,), f"{folder}/foreign_attention.onnx", dynamo=True, external_data=False,
                      dynamic_shapes=batch, **names)
    torch.onnx.export(ConvHead().eval(), (x,), f"{folder}/foreign_conv_head.onnx", dynamo=True, external_data=False,
                      dynamic_shapes=batch, **names)
    for path in pathlib.Path(folder).glob("foreign_*.onnx"):
        model = onnx.load(path)
        del model.metadata_props[:], model.graph.value_info[:]
        for node in model.graph.node:  # with the stack traces of their origin
            del node.metadata_props[:]
            node.doc_string = ""
        onnx.save(model, path)


main(sys.argv[1])
