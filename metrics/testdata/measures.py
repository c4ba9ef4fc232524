"""The measures of one table by numpy in float64, from their definitions.

Reads a JSON object (features, logits, labels, true_labels, dim, classes,
weight) from the file named first, a second such table, of test samples, from
the file named second, and prints the "measures" of both as a JSON list.
"""

import json
import sys

import numpy as np


def main():
    tables = [read(path) for path in sys.argv[1:3]]
    train, test = tables
    print(json.dumps([clean(measures(train, train, False)), clean(measures(test, train, True))]))


def read(path):
    with open(path) as f:
        t = json.load(f)
    n, k, d = len(t["labels"]), t["classes"], t["dim"]
    return {
        "h": np.array(t["features"]).reshape(n, d), "z": np.array(t["logits"]).reshape(n, k),
        "y": np.array(t["labels"]), "t": np.array(t["true_labels"]), "k": k, "d": d,
        "w": np.array(t["weight"]).reshape(k, d),
    }


def clean(v):
    """NaN and infinities become null."""
    if isinstance(v, dict):
        return {key: clean(x) for key, x in v.items()}
    if isinstance(v, (float, np.floating)):
        return float(v) if np.isfinite(v) else None
    return int(v) if isinstance(v, np.integer) else v


def measures(s, train, beside):
    corrupted = s["y"] != s["t"]
    out = {"label": group(s, s["y"], np.ones_like(corrupted)), "true_label": None, "clean": None, "corrupted": None, "corrupted_by_true_label": None}
    if corrupted.any():
        out["true_label"] = group(s, s["t"], np.ones_like(corrupted))
        out["clean"] = group(s, s["y"], ~corrupted)
        out["corrupted"] = group(s, s["y"], corrupted)
        out["corrupted_by_true_label"] = group(s, s["t"], corrupted)
    out["classifier"] = classifier(s)
    out["full"] = full(s, train, beside)
    return out


def means(h, y, k):
    return np.array([h[y == c].mean(axis=0) if (y == c).any() else np.full(h.shape[1], np.nan) for c in range(k)])


def group(s, y, chosen):
    k = s["k"]
    h, z, y = s["h"][chosen], s["z"][chosen], y[chosen]
    nan = float("nan")
    mu = means(h, y, k)
    present = np.array([(y == c).any() for c in range(k)])
    centred = mu - h.mean(axis=0)
    deviations = h - mu[y]
    within = deviations.T @ deviations / len(h)
    predicted = z.argmax(axis=1)
    distances = ((h[:, None, :] - mu[None]) ** 2).sum(axis=2)
    distances[:, ~present] = np.inf
    near = distances.argmin(axis=1)
    out = {
        "n": len(h), "trace_sigma_w": np.trace(within),
        "accuracy": 100 * (predicted == y).mean(), "ncc_accuracy": 100 * (near == y).mean(), "ncc_mismatch": 100 * (near != predicted).mean(),
        "nc1": nan, "nc1_trace": nan, "cdnv": nan, "trace_sigma_b": nan,
    }
    out.update(vectors(centred))
    if present.all():
        between = centred.T @ centred / k
        out["trace_sigma_b"] = np.trace(between)
        out["nc1"] = np.trace(within @ np.linalg.pinv(between, rcond=s["d"] * np.finfo(float).eps)) / k
        out["nc1_trace"] = np.trace(within) / np.trace(between)
        v = np.array([(deviations[y == c] ** 2).sum() / (y == c).sum() for c in range(k)])
        out["cdnv"] = np.mean([(v[i] + v[j]) / 2 / ((mu[i] - mu[j]) ** 2).sum() for i in range(k) for j in range(k) if i != j]) if k > 1 else nan
    return out


def vectors(m):
    k = len(m)
    keys = ["norm_cv", "cosine_std", "angle_gap", "angle_cv", "energy", "energy_cv", "one_vs_one", "one_vs_rest", "effective_rank"]
    if np.isnan(m).any():
        return dict.fromkeys(keys, float("nan"))
    norms = np.linalg.norm(m, axis=1)
    unit = m / norms[:, None]
    pairs = ~np.eye(k, dtype=bool)
    cosines = np.clip(unit @ unit.T, -1, 1)[pairs]
    apart = np.linalg.norm(unit[:, None] - unit[None], axis=2)[pairs]
    angles, energies = np.arccos(cosines), -np.log(apart)
    return dict(zip(keys, [
        norms.std() / norms.mean(), cosines.std(), np.abs(cosines + 1 / (k - 1)).mean(), angles.std() / angles.mean(),
        energies.mean(), energies.std() / abs(energies.mean()), apart.min(),
        min(hull(unit[c], np.delete(unit, c, axis=0)) for c in range(k)), effective_rank(np.linalg.svd(m, compute_uv=False)),
    ]))


def hull(point, others):
    """Distance of a point from a convex hull: Frank-Wolfe with a full solve over
    the vertices that carry weight (Wolfe 1976)."""
    p = others - point
    active, weight = [int((p**2).sum(axis=1).argmin())], np.array([1.0])
    for _ in range(1000):
        x = weight @ p[active]
        along = p @ x
        best = int(along.argmin())
        if x @ x - along[best] < 1e-13 or best in active:
            break
        active, weight = [*active, best], np.append(weight, 0)
        while True:
            affine = minimum(p[active])
            if (affine > 0).all():
                weight = affine
                break
            ratios = [w / (w - a) for w, a in zip(weight, affine) if a <= 0]
            weight = weight + min(ratios) * (affine - weight)
            keep = weight > 1e-15
            active, weight = [a for a, k in zip(active, keep) if k], weight[keep]
    return np.linalg.norm(weight @ p[active])


def minimum(p):
    """Weights, of sum 1, of the shortest vector in the affine hull of p."""
    n = len(p)
    system = np.ones((n + 1, n + 1))
    system[0, 0] = 0
    system[1:, 1:] = p @ p.T
    right = np.zeros(n + 1)
    right[0] = 1
    return np.linalg.lstsq(system, right, rcond=None)[0][1:]


def effective_rank(singular):
    p = singular[singular > 0] / singular.sum()
    return np.exp(-(p * np.log(p)).sum())


def classifier(s):
    w = s["w"]
    m = means(s["h"], s["y"], s["k"]) - s["h"].mean(axis=0)
    cosines = (w * m).sum(axis=1) / np.linalg.norm(w, axis=1) / np.linalg.norm(m, axis=1)
    return vectors(w) | {
        "self_duality": np.linalg.norm(w / np.linalg.norm(w) - m / np.linalg.norm(m)) ** 2,
        "alignment": cosines.mean(), "alignment_cv": cosines.std() / abs(cosines.mean()),
    }


def probe(s, y):
    """Ridge regression of one-hot targets on centred features."""
    x = s["h"] - s["h"].mean(axis=0)
    targets = np.eye(s["k"])[y]
    total = x.T @ x / len(x)
    penalty = 1e-6 * np.trace(total) / s["d"]
    w = np.linalg.solve(total + penalty * np.eye(s["d"]), x.T @ (targets - targets.mean(axis=0)) / len(x))
    return lambda h: ((h - s["h"].mean(axis=0)) @ w + targets.mean(axis=0)).argmax(axis=1)


def full(s, train, beside):
    mu = means(train["h"], train["y"], s["k"])
    near = ((s["h"][:, None] - mu[None]) ** 2).sum(axis=2).argmin(axis=1)
    return {
        "effective_rank": effective_rank(np.linalg.svd(s["h"] - s["h"].mean(axis=0), compute_uv=False)),
        "probe_accuracy": 100 * (probe(train, train["y"])(s["h"]) == s["y"]).mean(),
        "probe_accuracy_true_label": 100 * (probe(train, train["t"])(s["h"]) == s["t"]).mean(),
        "train_ncc_accuracy": 100 * (near == s["y"]).mean() if beside else float("nan"),
        "train_ncc_mismatch": 100 * (near != s["z"].argmax(axis=1)).mean() if beside else float("nan"),
    }


main()
