"""Compares memdil's samplers with Optuna's TPE and scikit-optimize's GP on functions with a known minimum."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor

import numpy
import optuna
import skopt

import pages

SEEDS, TRIALS = 20, 50
NAMES = {
    "random": "random", "sobol": "Sobol", "tpe": "TPE", "gp": "GP",
    "optuna": f"Optuna {optuna.__version__} TPE",
    "skopt": f"scikit-optimize {skopt.__version__} GP",
}


def branin(u):
    x, y = 15 * u[0] - 5, 15 * u[1]
    return (y - 5.1 / (4 * numpy.pi**2) * x**2 + 5 / numpy.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * numpy.pi)) * numpy.cos(x) + 10


def hartmann6(u):
    alpha = numpy.array([1, 1.2, 3, 3.2])
    a = numpy.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
    p = 1e-4 * numpy.array([
        [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
    ])
    return -float(alpha @ numpy.exp(-(a * (numpy.asarray(u) - p) ** 2).sum(1)))


FUNCTIONS = {"Branin": (branin, 2, 0.39788735772973816), "Hartmann-6": (hartmann6, 6, -3.322368011391339)}


def with_optuna(function, dims, seed):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(lambda t: function([t.suggest_float(str(i), 0, 1) for i in range(dims)]), n_trials=TRIALS)
    return study.best_value


def with_skopt(function, dims, seed):
    return float(skopt.gp_minimize(function, [(0.0, 1.0)] * dims, n_calls=TRIALS, random_state=seed, acq_func="EI").fun)


def regret(job):
    warnings.filterwarnings("ignore")
    name, kind, seed = job
    function, dims, minimum = FUNCTIONS[name]
    run = {"optuna": with_optuna, "skopt": with_skopt}[kind]
    return run(function, dims, seed) - minimum


def number(v):
    return f"{v:.4f}" if v >= 1e-4 else f"{v:.1e}"


def main():
    own = json.loads(subprocess.check_output(["go", "run", "./scripts/studies/regret", "-seeds", str(SEEDS), "-trials", str(TRIALS)]))
    others = ["optuna", "skopt"]
    jobs = [(f, kind, seed) for f in FUNCTIONS for kind in others for seed in range(SEEDS)]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for (name, kind, _), r in zip(jobs, pool.map(regret, jobs)):
            own[name].setdefault(kind, []).append(r)
    medians = {f: {kind: statistics.median(r) for kind, r in kinds.items()} for f, kinds in own.items()}
    rows = []
    for kind in ["random", "sobol", "tpe", "gp"] + others:
        row = [NAMES[kind]]
        for f in FUNCTIONS:
            row += [number(medians[f][kind]), f"{medians[f]['random'] / medians[f][kind]:,.2f}×"]
        rows.append(row)
    head = ["sampler"] + [h for f in FUNCTIONS for h in (f"{f}: median regret", "better than random")]
    pages.write(pathlib.Path("docs/studies.md"), {"samplers": pages.table(head, rows)})
    print("\n".join(pages.table(head, rows)), file=sys.stderr)


if __name__ == "__main__":
    main()
