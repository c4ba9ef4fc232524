"""Writes MAT-files in SVHN's form for mat_test.go: python scipy_mat.py

Pixel (row r, column c, channel h, image n) is (7r + 3c + 50h + 11n) mod 256; the
labels are 10, 1, 9.
"""
import numpy as np
import scipy.io

r, c, h, n = np.ogrid[:4, :5, :3, :3]
x = ((7 * r + 3 * c + 50 * h + 11 * n) % 256).astype(np.uint8)
y = np.array([[10], [1], [9]])
extra = {"note": "text is skipped", "cells": np.array([1, "two"], dtype=object), "z": np.eye(2)}
scipy.io.savemat("packed.mat", {**extra, "X": x, "y": y.astype(np.uint8)}, do_compression=True)
scipy.io.savemat("plain.mat", {"X": x, "y": y.astype(np.float64), **extra})
scipy.io.savemat("one.mat", {"X": x[..., :1], "y": y[:1].astype(np.int16)})
