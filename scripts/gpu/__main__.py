"""Checks and measures training on a GPU; see run. Every part reports by itself
and the next goes on after a failure."""

import argparse
import datetime
import functools
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import traceback

import memdil
import pages

DRIVER = ["/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"]
PAGE = pathlib.Path("docs/benchmarks.md")
MLP = ["--model", "MLP", "--depth", 9, "--width", 2048, "--use_bn"]
SGD = ["--optimizer", "sgd", "--momentum", 0.9, "--weight_decay", 5e-4]

# What is trained on the CPU too, which bounds its size.
CHECKS = {
    "MLP 3×256, batch 64": ["--model", "MLP", "--depth", 3, "--width", 256, "--use_bn", "--batch_size", 64],
    "MLP 3×256, Adam": ["--model", "MLP", "--depth", 3, "--width", 256, "--use_bn", "--batch_size", 64, "--optimizer", "adam"],
    "ResNet-18 of width 16, augmented": ["--model", "ResNet18_adapt", "--width", 16, "--SOTA", "--batch_size", 32, "--steps", 4],
    "headline MLP": [*MLP, "--batch_size", 16, "--steps", 3],
}


class Failures(list):
    """Names of the parts that failed."""

    def run(self, name, part, *args):
        print(f"== {name}")
        try:
            return part(*args)
        except Exception as error:  # the next part may tell more
            lines = traceback.format_exception_only(error)
            print(f"FAILED: {''.join(lines).strip()[:800]}")
            self.append(name)


def check(device):
    """Training on the GPU must be that of the CPU."""
    rows, bad = [], []
    for name, flags in CHECKS.items():
        ok, out, err = memdil.call("bench", "agree", "--json", "--device", device, *flags)
        facts = json.loads(out) if out else {}
        apart = [number(facts.get(kind + "_apart")) for kind in ("parameters", "slots", "statistics")]
        print(f"{name}: {'agrees' if ok else 'FAILS'}, apart by {', '.join(apart)} {err[:400]}")
        rows.append([name, *apart])
        if not ok or memdil.UNRECORDED in err:
            bad.append(name)
    if bad:
        raise RuntimeError(f"training differs, or is not recorded: {', '.join(bad)}")
    return rows


def number(value):
    return f"{value:.1e}" if isinstance(value, (int, float)) else "–"


def profile(device, resnet):
    """No node of a step may copy to the CPU or run there."""
    rows, bad = [], []
    for name, flags in {"MLP 9×2048": MLP, "ResNet-18": resnet}.items():
        ok, out, err = memdil.call("bench", "profile", "--json", "--loop", "device", "--device", device, *SGD, "--batch_size", 16, *flags)
        facts = json.loads(out) if out else {}
        costs = sorted(((v["us"], v["nodes"], k.split()[1]) for k, v in facts.items() if k.startswith("operator ")), reverse=True)
        print(f"{name}: {facts.get('nodes')} nodes a step {err[:400]}")
        print("  " + ", ".join(f"{op} {us:.0f} µs/{nodes:g}" for us, nodes, op in costs[:14]))
        rows.append([name, facts.get("nodes"), "none" if ok else err])
        if not ok:
            bad.append(name)
    if bad:
        raise RuntimeError(f"strays or no profile: {', '.join(bad)}")
    return rows


def cases(resnet, steps):
    """Name, network, classes, memdil's flags, batch, steps a round."""
    import nets

    mlp = functools.partial(nets.mlp, 9, 2048, 2)
    for batch in (16, 128):
        yield f"MLP 9×2048, batch {batch}", mlp, 2, MLP, batch, steps or 128
    for batch in (16, 128):
        yield f"ResNet-18 (CIFAR stem), batch {batch}", nets.resnet18, 10, resnet, batch, steps or {16: 64, 128: 32}[batch]


def speed(device, resnet, rounds, steps_a_round, left):
    try:
        import pytorch
    except ModuleNotFoundError as error:
        raise RuntimeError(f"{sys.executable} has no {error.name}: name a Python that has by MEMDIL_PYTHON") from error

    pytorch.prepare(device)
    limits = pytorch.bandwidth(), pytorch.arithmetic()
    print(f"copy {limits[0] / 1e12:.2f} TB/s, float32 products {limits[1] / 1e12:.1f} TFLOP/s")
    rows, bad = [], []
    for name, net, classes, flags, batch, steps in cases(resnet, steps_a_round):
        series, unrecorded = compare(net, classes, flags, batch, steps, device, rounds, left)
        least, bound = floor(net(), batch, *limits)
        own = statistics.median(series["memdil"]) if series["memdil"] else None
        print(f"{name}: floor {least:.2f} ms ({bound})")
        for who, times in series.items():
            print(f"  {who}: {text(times)}")
        ratios = [f"{statistics.median(times) / own:.2f}" if times and own else "–" for who, times in series.items() if who != "memdil"]
        rows.append([name, *[text(times) for times in series.values()], *ratios, f"{least:.2f} ({bound})", f"{own / least:.1f}" if own else "–"])
        if unrecorded or len(series["memdil"]) < rounds:
            bad.append(name)
    if bad:
        raise RuntimeError(f"memdil did not train as it should: {', '.join(bad)}")
    return limits, rows


def compare(net, classes, flags, batch, steps, device, rounds, left):
    """A time for each round of every competitor, one after the other, and
    whether memdil's steps were not recorded."""
    import pytorch
    import torch

    common = ["--device", device, "--loop", "device", *SGD, "--batch_size", batch, *flags]
    own = memdil.Turns(*common, "--steps", steps, "--warmup", steps, "--rounds", rounds)
    series, competitors = {"memdil": []}, {}
    try:
        for name, (options, compiled) in pytorch.VARIANTS.items():
            series[name] = []
            if compiled and left() < 60:
                print(f"  {name}: left out, too little time")
                continue
            try:
                step = pytorch.Step(net(), classes, batch, options, compiled)
                step.milliseconds(20)
                competitors[name] = step
            except Exception as error:
                print(f"  {name}: {str(error)[:300]}")
        for _ in range(rounds):
            series["memdil"].append(own.round()["step_ms_median"])
            for name, step in competitors.items():
                series[name].append(step.milliseconds(steps))
        if notes := own.said():
            print(f"  {notes[:500]}")
        return series, memdil.UNRECORDED in notes
    except RuntimeError as error:
        print(f"  memdil: {str(error)[:500]}")
        for name, step in competitors.items():
            series[name] += [step.milliseconds(steps) for _ in range(rounds - len(series[name]))]
        return series, False
    finally:
        own.close()
        competitors.clear()
        torch.compiler.reset()
        if device != "cpu":
            torch.cuda.empty_cache()


def floor(net, batch, bandwidth, arithmetic):
    """The least milliseconds of a step, as on the page's other tables."""
    import nets

    products, first, outputs = nets.cost(net, batch)
    memory = 1e3 * 4 * (6 * nets.parameters(net) + 5 * outputs) / bandwidth
    computing = 1e3 * 2 * (3 * products - first) / arithmetic
    return max((memory, "memory"), (computing, "arithmetic"))


def text(times):
    if not times:
        return "–"
    return f"{statistics.median(times):.2f} ({min(times):.2f}–{max(times):.2f}) ms"


def gpu(device):
    """The GPU's name and its driver's version, as NVIDIA's own tool tells them."""
    number = int(device.partition(":")[2] or 0)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    if number < len(visible) and visible[number]:
        number = visible[number]
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader", "--id", str(number)]
    try:
        name, driver = subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout.strip().split(", ")
        return f"{name}, driver {driver}"
    except (OSError, ValueError, subprocess.SubprocessError):
        return f"device {device}"


def section(device, runtime, checks, profiles, measured, rounds):
    """The page's section."""
    lines = [f"{datetime.date.today()}, {gpu(device)}, {rounds} rounds. {runtime}; Python {platform.python_version()}.", ""]
    if measured:
        import pytorch
        import torch

        lines[0] = lines[0][:-1] + f", torch {torch.__version__}."
        limits, rows = measured
        others = list(pytorch.VARIANTS)
        lines += [
            "Milliseconds a step, median of the rounds with the least and the most. In each round either side first takes as many steps that are not timed, since a GPU that rested runs slowly. Both sides keep the data set on the GPU as bytes, gather batches by index and normalise them there; float32 without TF32; SGD with momentum and decay. "
            f"A copy moves {limits[0] / 1e12:.2f} TB/s, float32 products run at {limits[1] / 1e12:.1f} TFLOP/s.",
            "",
            *pages.table(["", "memdil", *others, *[f"× {o}" for o in others], "floor, ms", "× floor"], rows),
            "",
        ]
    if checks:
        lines += ["Training on the GPU against the host loop on the CPU: norm of the difference over the norm of how far training moved.", "", *pages.table(["", "parameters", "momentum or moments", "statistics"], checks), ""]
    if profiles:
        lines += ["The graph:", "", *pages.table(["", "nodes a step", "copies, or nodes on the CPU"], profiles)]
    return lines


def runtime_facts(device):
    """memdil's and the runtime's version."""
    ok, out, err = memdil.call("runtime", "info", "--device", device)
    if not ok:
        none = "" if "no NVIDIA GPU" in err or any(map(os.path.exists, DRIVER)) else "no NVIDIA GPU is found here; "
        raise SystemExit(f"scripts/gpu: {none}{err} (memdil is `go run .` here)")
    print(out.strip())
    info = dict(line.split(None, 1) for line in out.splitlines() if line[:1].strip())
    _, version, _ = memdil.call("--version")
    return f"{version.strip()}, ONNX Runtime {info.get('version')}"


def resnet_flags():
    """A file with ResNet-18: the setting SOTA, which gives it its stem, would
    augment the images as well."""
    path = pathlib.Path(os.environ["SCRATCH"]) / "resnet18.onnx"
    ok, _, err = memdil.call("graph", "new", "--model", "resnet18", "--SOTA", "--classes", 10, "-o", path)
    if not ok:
        raise SystemExit(err)
    return ["--graph", path]


def main():
    parser = argparse.ArgumentParser(prog="scripts/gpu/run")
    parser.add_argument("parts", nargs="*", choices=["check", "profile", "speed", []], metavar="PART")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="steps of each measurement")
    parser.add_argument("--seconds", type=float, default=220)
    parser.add_argument("--device", default="cuda")
    args = parser.parse_args()
    parts = args.parts or ["check", "profile", "speed"]
    end = time.monotonic() + args.seconds
    left = lambda: end - time.monotonic()

    failures = Failures()
    runtime = runtime_facts(args.device)
    resnet = resnet_flags()
    checks = failures.run("training as on the CPU", check, args.device) if "check" in parts else None
    profiles = failures.run("nodes of a step", profile, args.device, resnet) if "profile" in parts else None
    measured = failures.run("speed", speed, args.device, resnet, args.rounds, args.steps, left) if "speed" in parts else None
    lines = failures.run("the section for docs/benchmarks.md", section, args.device, runtime, checks, profiles, measured, args.rounds)
    if lines:
        keep(lines, whole=not args.parts and not failures)
    print(f"{args.seconds - left():.0f} s; " + (f"failed: {', '.join(failures)}" if failures else "all is well"))
    sys.exit(1 if failures else 0)


def keep(lines, whole):
    if "OUT" in os.environ:
        pathlib.Path(os.environ["OUT"], "gpu.md").write_text("\n".join(lines) + "\n")
    if whole and os.access(PAGE, os.W_OK):
        pages.write(PAGE, {"gpu": lines})
    else:
        print("\n".join(lines))


main()
