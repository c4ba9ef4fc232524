"""Have onnx.checker check each model given and load it with its data."""
import sys

import onnx

for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    onnx.load(path)
