"""Time a study of the size of init-scale, 2 x 20 x 5 trials, against the same trials in PyTorch.

    python -m bench.study [--data cifar10|digits] [--seeds 5] [--torch-share 1.0]

A trial is what `pellucid study run init-scale` computes: ten epochs on 1,000 samples, evaluated on training and validation
samples after each epoch. Both sides use one process per core with one thread each, and take turns by seed, so that a slower
machine slows both. The processes are started, and run a trial, before timing begins. PyTorch uses the faster of its foreach and
fused Adam, measured first. With --torch-share 0.25 only every fourth of its trials runs, and its time is extrapolated, which the
output states.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from pellucid.kernels import fastest_layers
from pellucid.nets import Network
from pellucid.studies.catalogue import study_named
from pellucid.studies.samples import make_pool, read_pool
from pellucid.studies.study import trials_of
from pellucid.studies.training import fully_connected

Run = tuple[float, float]  # best training accuracy, processor seconds


def pellucid_trial(config: dict[str, Any], data: str) -> float:
    """Run one trial with Pellucid; return its best training accuracy."""
    return float(study_named("init-scale").trial(config, read_pool(Path(data)))["train_accuracy"])


def torch_trial(config: dict[str, Any], data: str, adam_kind: str = "foreach") -> float:
    """Run the same trial in PyTorch: same initial weights, batch size and number of evaluations, Adam."""
    import torch

    from bench.torch_network import from_program

    torch.set_num_threads(1)
    pool = read_pool(Path(data))
    samples = pool.draw(config["samples"], config["seed"])
    layers = fully_connected([50] * config["depth"], pool.classes, config["norm"])
    model = from_program(Network(layers, pool.sample_shape, seed=config["seed"], init=config["scale"]))
    x, y, x_val, y_val = (torch.from_numpy(a) for a in (samples.x, samples.y, samples.x_val, samples.y_val))
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, **{adam_kind: True})
    best = 0.0
    for _ in range(config["epochs"]):
        model.train()
        for rows in torch.randperm(len(x)).split(50):
            adam.zero_grad(set_to_none=True)
            loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            adam.step()
        model.eval()
        with torch.inference_mode():
            scores, val_scores = model(x), model(x_val)
            best = max(best, float((scores.argmax(1) == y).float().mean()))
            float((val_scores.argmax(1) == y_val).float().mean())
            for found, labels in ((scores, y), (val_scores, y_val)):
                float(torch.nn.functional.cross_entropy(found, labels))
    return best


def with_processor_time(trial: Callable[[dict[str, Any], str], float], config: dict[str, Any], data: str) -> Run:
    """Return a trial's result and its processor seconds, which other work on the machine hardly affects."""
    start = time.process_time()
    return trial(config, data), time.process_time() - start


class Side:
    """One side: its processes, and the seconds and results of its trials so far."""

    def __init__(self, name: str, trial: Callable[[dict[str, Any], str], float], data: str, workers: int) -> None:
        self.name, self.trial, self.data = name, partial(with_processor_time, trial), data
        self.pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
        self.seconds, self.results = 0.0, list[Run]()

    def warm_up(self, config: dict[str, Any], trials: int) -> None:
        """Start the processes and let each run some trials."""
        list(self.pool.map(self.trial, [config] * trials, [self.data] * trials))

    def run(self, configs: list[dict[str, Any]]) -> None:
        """Run and time trials."""
        start = time.perf_counter()
        self.results += self.pool.map(self.trial, configs, [self.data] * len(configs))
        self.seconds += time.perf_counter() - start


def faster_adam(config: dict[str, Any], data: str, workers: int) -> str:
    """Return the faster of PyTorch's two Adam implementations for a trial: the best of three runs each."""
    times = {}
    for kind in ("foreach", "fused"):
        side = Side(kind, partial(torch_trial, adam_kind=kind), data, workers)
        with side.pool:
            side.warm_up(config, 2 * workers)
            taken = []
            for _ in range(3):
                side.seconds = 0.0
                side.run([config] * workers)
                taken.append(side.seconds)
        times[kind] = min(taken)
    return min(times, key=lambda kind: times[kind])


def main() -> None:
    """Time both sides in turns and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m bench.study", description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="cifar10")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--torch-share", type=float, default=1.0, help="run this share of PyTorch's trials and extrapolate"
    )
    arguments = parser.parse_args()
    os.environ |= {"PELLUCID_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    workers, every = len(os.sched_getaffinity(0)), round(1 / arguments.torch_share)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "data.npz")
        pool = make_pool(arguments.data, Path(path))
        study, table = study_named("init-scale"), fastest_layers().name
        configs = trials_of(study, quick=False, seeds=arguments.seeds, data=pool.digest, table=table)
        adam = faster_adam(configs[len(configs) // 2], path, workers)
        ours = Side("pellucid", pellucid_trial, path, workers)
        theirs = Side("torch", partial(torch_trial, adam_kind=adam), path, workers)
        with ours.pool, theirs.pool:
            for side in (ours, theirs):
                side.warm_up(configs[0] | {"epochs": 1}, 2 * workers)
            for seed in range(arguments.seeds):
                round_of = [config for config in configs if config["seed"] == seed]
                ours.run(round_of)
                theirs.run(round_of[seed % every :: every])
    report(ours, theirs, len(configs), f"{pool.name}, {table} table, Adam {adam}, {workers} processes of one thread")


def report(ours: Side, theirs: Side, trials: int, conditions: str) -> None:
    """Print one line for each side, and the ratio."""
    whole = theirs.seconds * trials / len(theirs.results)
    print(f"{trials} trials of init-scale on {conditions}, in turns seed by seed")
    for side, seconds in ((ours, ours.seconds), (theirs, whole)):
        run = "" if len(side.results) == trials else f", extrapolated from {len(side.results)} trials"
        mean, processor = (sum(each) / len(side.results) for each in zip(*side.results, strict=True))
        print(
            f"  {side.name:<9}{seconds:7.1f} s{run}; {processor:.3f} processor seconds a trial, mean best accuracy {mean:.3f}"
        )
    print(f"  ratio    {whole / ours.seconds:7.2f}")


if __name__ == "__main__":
    main()
