"""Read each text given with onnx.parser and write it as a model beside it."""
import sys
from pathlib import Path

import onnx.parser

for path in map(Path, sys.argv[1:]):
    onnx.save(onnx.parser.parse_model(path.read_text()), path.with_suffix(".onnx"))
