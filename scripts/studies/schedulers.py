"""Writes what Ray Tune's ASHA and Optuna's median pruner decide on the same curves: the truth of memdil's schedulers."""

import json
import pathlib
import types

import numpy
import optuna
from ray.tune.schedulers import AsyncHyperBandScheduler, TrialScheduler

TRIALS, EPOCHS, SLOTS = 40, 30, 5


def events(stop, finish):
    """Runs trials on slots, an epoch at a time in random order, and yields every epoch with what stop decides."""
    rng = numpy.random.default_rng(7)
    floors, rates = rng.uniform(0.2, 1, TRIALS), rng.uniform(0.05, 0.5, TRIALS)
    waiting, running = list(range(TRIALS)), {}
    while waiting or running:
        while waiting and len(running) < SLOTS:
            running[waiting.pop(0)] = 0
        trial = int(rng.choice(list(running)))
        running[trial] += 1
        epoch = running[trial]
        loss = round(float(floors[trial] + 2 * numpy.exp(-rates[trial] * epoch) + 0.02 * rng.standard_normal()), 6)
        stopped = stop(trial, epoch, loss)
        yield {"trial": trial, "epoch": epoch, "loss": loss, "stop": stopped}
        if stopped or epoch == EPOCHS:
            del running[trial]
            finish(trial, stopped)


def asha(first, eta):
    scheduler = AsyncHyperBandScheduler(time_attr="epoch", metric="loss", mode="min", max_t=EPOCHS, grace_period=first, reduction_factor=eta)
    trials = {}

    def stop(trial, epoch, loss):
        if trial not in trials:
            trials[trial] = types.SimpleNamespace(trial_id=str(trial))
            scheduler.on_trial_add(None, trials[trial])
        decision = scheduler.on_trial_result(None, trials[trial], {"epoch": epoch, "loss": loss})
        return epoch < EPOCHS and decision == TrialScheduler.STOP  # at the last epoch all stop

    return list(events(stop, lambda trial, stopped: None))


def median():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3))
    trials = {}

    def stop(trial, epoch, loss):
        if trial not in trials:
            trials[trial] = study.ask()
        trials[trial].report(loss, epoch)
        return bool(epoch < EPOCHS and trials[trial].should_prune())

    def finish(trial, stopped):
        state = optuna.trial.TrialState.PRUNED if stopped else optuna.trial.TrialState.COMPLETE
        study.tell(trials[trial], None if stopped else 0.0, state=state)

    return list(events(stop, finish))


def compact(lines):
    return [[e["trial"], e["epoch"], e["loss"], e["stop"]] for e in lines]


if __name__ == "__main__":
    out = {
        "epochs": EPOCHS,
        "asha": [{"min_epochs": f, "reduction": r, "events": compact(asha(f, r))} for f, r in [(1, 4), (2, 2), (1, 3)]],
        "median": {"min_epochs": 3, "startup": 5, "events": compact(median())},
    }
    pathlib.Path("pipeline/search/testdata").mkdir(exist_ok=True)
    pathlib.Path("pipeline/search/testdata/schedulers.json").write_text(json.dumps(out).replace("], [", "],\n[") + "\n")
    for name, runs in [("asha", out["asha"]), ("median", [out["median"]])]:
        for r in runs:
            print(name, sum(e[3] for e in r["events"]), "of", TRIALS, "stopped")
