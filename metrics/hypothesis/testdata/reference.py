"""Writes reference.json beside this file: samples and what scipy and
statsmodels say of them. reference.json was made with scipy 1.17.1 and
statsmodels 0.15.0:

    pip install scipy statsmodels
    python reference.py
"""

import itertools
import json
import math
import pathlib

import numpy as np
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

rng = np.random.default_rng(10)


def samples():
    """Pairs of samples; the names say what is special."""
    draw = lambda n, mean=0.0, sd=1.0: rng.normal(mean, sd, n).round(6).tolist()
    return {
        "five each": (draw(5), draw(5, 1)),
        "unequal": (draw(4), draw(9, 0.5, 3)),
        "alike": (draw(10), draw(10)),
        "far apart": (draw(8), draw(8, 50)),
        "large": (draw(40), draw(60, 0.4)),
        "ties": ([1, 1, 2, 3, 3, 3], [2, 3, 3, 4, 4, 4, 4]),
        "two each": ([0.25, 0.5], [0.75, 2]),
        "one constant": ([3, 3, 3, 3], draw(6, 2)),
        "accuracies": ([97.25, 97.5, 97.125, 97.375, 97.75], [97.625, 97.875, 97.5, 97.875, 98]),
        "offset": ([1e6 + x for x in draw(7)], [1e6 + x for x in draw(7, 1)]),
    }


def t_test(r, estimate):
    low, high = r.confidence_interval(0.95)
    return {"estimate": estimate, "low": low, "high": high, "t": r.statistic, "df": r.df, "p": r.pvalue}


def slope(x, y):
    r = stats.linregress(x, y)
    df = len(x) - 2
    width = stats.t.ppf(0.975, df) * r.stderr
    return {"estimate": r.slope, "low": r.slope - width, "high": r.slope + width, "t": r.slope / r.stderr, "df": df, "p": r.pvalue}


def arrangements(data, observed, sums):
    """The share of sums at least as large as the observed one, up to the rounding of the data, by enumeration."""
    tolerance = 1e-14 * sum(abs(x) for x in data)
    large = [abs(s) >= abs(observed) - tolerance for s in sums]
    return sum(large) / len(large)


def permutation(a, b):
    """The share of all arrangements, of very many that of 400,000 drawn ones."""
    pooled = [x - (sum(a) + sum(b)) / (len(a) + len(b)) for x in [*a, *b]]
    if math.comb(len(pooled), len(a)) > 1 << 18:
        def difference(x, y, axis):
            return np.mean(x, axis) - np.mean(y, axis)
        return stats.permutation_test((a, b), difference, vectorized=True, n_resamples=400_000, batch=10_000, rng=rng).pvalue
    return arrangements([*a, *b], sum(pooled[:len(a)]), (sum(c) for c in itertools.combinations(pooled, len(a))))


def sign_flip(a, b):
    d = [x - y for x, y in zip(a, b)]
    signs = itertools.product([1, -1], repeat=len(d))
    return arrangements([*a, *b], sum(d), (sum(s * x for s, x in zip(g, d)) for g in signs))


def ks(a, b):
    """scipy's exact p-value supposes that no two numbers are equal; with ties, the share of all arrangements."""
    r = stats.ks_2samp(a, b, method="exact")
    if len(set(a) | set(b)) == len(a) + len(b):
        return {"d": r.statistic, "p": r.pvalue}
    pooled = np.array([*a, *b])
    at = np.unique(pooled)
    ds = []
    for chosen in itertools.combinations(range(len(pooled)), len(a)):
        mask = np.zeros(len(pooled), bool)
        mask[list(chosen)] = True
        f = np.searchsorted(np.sort(pooled[mask]), at, "right") / len(a)
        g = np.searchsorted(np.sort(pooled[~mask]), at, "right") / len(b)
        ds.append(abs(f - g).max())
    return {"d": r.statistic, "p": float(np.mean(np.array(ds) >= r.statistic - 1e-12))}


def of(name, a, b):
    out = {"name": name, "a": a, "b": b, "welch": t_test(stats.ttest_ind(a, b, equal_var=False), np.mean(a) - np.mean(b)),
           "permutation": permutation(a, b), "ks": ks(a, b)}
    if len(a) == len(b) and len(a) > 2:
        out["paired"] = t_test(stats.ttest_rel(a, b), np.mean(np.subtract(a, b)))
        out["slope"] = slope(a, b)
        out["sign_flip"] = sign_flip(a, b)
    return out


def powers():
    rows = []
    for n, m, level in [(2, 2, 0.05), (5, 5, 0.05), (5, 5, 0.01), (5, 10, 0.05), (20, 20, 0.05), (3, 100, 0.05), (100, 80, 0.05)]:
        of_t = TTestIndPower()
        rows.append({
            "n": n, "m": m, "level": level,
            "power": of_t.power(0.7, n, level, m / n), "paired_power": TTestPower().power(0.7, n, level),
            "shift": of_t.solve_power(nobs1=n, alpha=level, power=0.8, ratio=m / n),  # to 1e-6
            "paired_shift": TTestPower().solve_power(nobs=n, alpha=level, power=0.8),
        })
    return rows


def main():
    ps = [0.01, 0.04, 0.03, 0.005, 0.2, 0.03, 1]
    reference = {
        "samples": [of(name, a, b) for name, (a, b) in samples().items()],
        "powers": powers(),
        "holm": {"p": ps, "corrected": multipletests(ps, method="holm")[1].tolist()},
        "kolmogorov": [[x, special.kolmogorov(x)] for x in (0.1, 0.3, 0.5, 1, 1.36, 3, 8)],
    }
    path = pathlib.Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(reference, indent=1, default=float) + "\n")


main()
