"""Prints the arrays of a folder: name, type and values."""
import pathlib
import sys

import numpy as np

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.npy")):
    a = np.load(path)
    print(path.stem, a.dtype, a.tolist())
