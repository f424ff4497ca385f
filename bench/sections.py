"""All sections: name -> cases, each a function that measures the case."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench import (
    accuracy,
    cifar,
    convs,
    course,
    imports,
    inference,
    install,
    layers,
    memory,
    notebooks,
    onnx_inference,
    peak,
    steps,
    tables,
)
from bench.case import Case
from bench.compare import Effort, agree, compare
from bench.side import SideError

Say = Callable[[str], None]
Measure = Callable[[Effort, Say, Any], dict[str, Any]]  # (effort, say, the earlier record or None) -> record
LIBRARY_FOLDERS = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
)


class Section(NamedTuple):
    """The cases of one table."""

    name: str
    needs: tuple[str, ...]  # packages
    cases: Callable[[Mapping[str, str]], dict[str, Measure]]  # available allocators -> cases
    by_default: bool = True


def allocators(preload: list[str]) -> dict[str, str]:
    """Return name -> path of the allocators to preload: those named, and jemalloc and tcmalloc if installed."""
    found = {}
    for name, file in (("jemalloc", "libjemalloc.so.2"), ("tcmalloc", "libtcmalloc_minimal.so.4")):
        for folder in LIBRARY_FOLDERS:
            if (path := Path(folder) / file).exists():
                found[name] = str(path)
    for text in preload:
        name, _, path = text.partition("=")
        if name not in ("jemalloc", "tcmalloc") or not Path(path).is_file():
            raise SystemExit(
                f"bench: --preload must be jemalloc=PATH or tcmalloc=PATH, with an existing file; it is {text!r}"
            )
        found[name] = str(Path(path).resolve())
    return found


def _compared(cases: list[Case]) -> dict[str, Measure]:
    return {case.name: partial(_compare, case) for case in cases}


def _compare(case: Case, effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    groups = (earlier or {}).get("groups", {})
    record = compare(case, effort, say, {name: group["finalists"] for name, group in groups.items()})
    if case.section == "course" and case.name == "float64":
        record["elementwise_error"] = course.elementwise_error()
    if case.section in ("steps", "convs") and case.ours in record["sides"]:
        work = convs.shape_of(case.name).flops if case.section == "convs" else steps.flops(steps.step_of(case.name))
        record["gflops"] = work / record["sides"][case.ours]["median"] / 1e6
    return record


def _scaling(name: str, effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    """Time a step on one and on two threads, ours and PyTorch's (in its best memory format)."""
    step = steps.step_of(name)
    variants = steps.fused_variants(step)
    peers = {f"PyTorch, {n} thread{'s' * (n > 1)}": [v for v in variants if f"threads={n}" in v] for n in (1, 2)}
    case = Case("scaling", name, {}, "native threads=1", peers, others=("native threads=2",))
    record = compare(case, effort, say, None)
    sides, (one, two) = record["sides"], (record["groups"][group]["median"] for group in peers)
    record["speedup"] = {
        "native": sides["native threads=1"]["median"] / sides["native threads=2"]["median"],
        "PyTorch": one / two,
    }
    return record


def _memory(effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    """Measure the peak of each variant, one process after another."""
    ours, found, failed = memory.peak("native", effort.libraries), {}, {}
    say(f"    native: {ours['bytes'] / 2**20:.0f} MiB")
    for side in memory.variants(effort.libraries):
        try:
            theirs = memory.peak(side, effort.libraries)
        except SideError as error:
            failed[side] = str(error)
            continue
        if not agree(ours["losses"], theirs["losses"], 1e-3):
            failed[side] = f"{side}: computes different losses: no ratio"
            continue
        found[side] = theirs["bytes"]
        say(f"    {side}: {found[side] / 2**20:.0f} MiB")
    best = min(found, key=found.__getitem__)
    return {
        "bytes": {"native": ours["bytes"]} | found,
        "failed": failed,
        "groups": {"PyTorch": {"best": best, "ratio": found[best] / ours["bytes"], "goal": memory.GOAL, "same": True}},
    }


def _install(effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    sizes = install.measure()
    ratio = sizes["torch"]["bytes"] / sizes["pellucid"]["bytes"]
    return {"sizes": sizes, "groups": {"PyTorch": {"best": "CPU build", "ratio": ratio, "goal": 5.0, "same": True}}}


def _imports(effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    return {"seconds": imports.measure(effort.rounds)}


def _cifar(effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    return cifar.measure(effort, say)


def _accuracy(name: str, effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    return accuracy.measure(name)


def _tables(name: str, effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    return tables.measure(name, say)


def _notebook(topic: str, effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    return notebooks.measure(topic)


def _peak(effort: Effort, say: Say, earlier: Any) -> dict[str, Any]:
    return {"gflops": {"1 thread": peak.machine_peak(1), "all cores": peak.machine_peak()}}


SECTIONS = [
    Section("peak", (), lambda _: {"multiply-adds in registers": _peak}),
    Section("steps", ("torch",), lambda _: _compared(steps.cases("steps"))),
    Section("convs", ("torch",), lambda _: _compared(convs.cases())),
    Section("layers", ("torch",), lambda _: _compared(layers.cases())),
    Section("course", (), lambda _: _compared(course.cases())),
    Section("inference", ("torch", "onnxruntime"), lambda _: _compared(inference.cases())),
    Section("onnx", ("onnxruntime",), lambda _: _compared(onnx_inference.cases())),
    Section("memory", ("torch",), lambda _: {"resnet9": _memory}),
    Section("scaling", ("torch",), lambda _: {name: partial(_scaling, name) for name in steps.SCALED}),
    Section("tuned", ("torch",), lambda libraries: _compared(steps.cases("tuned", tuple(libraries)))),
    Section("batches", ("torch",), lambda _: _compared(steps.cases("batches"))),
    Section("install", ("torch",), lambda _: {"site-packages": _install}),
    Section("import", ("torch",), lambda _: {"new interpreter": _imports}),
    Section("tables", ("sklearn", "torch"), lambda _: {name: partial(_tables, name) for name in tables.CASES}),
    Section("accuracy", (), lambda _: {name: partial(_accuracy, name) for name in accuracy.RUNS}, by_default=False),
    Section(
        "notebooks", (), lambda _: {topic: partial(_notebook, topic) for topic in notebooks.TOPICS}, by_default=False
    ),
    Section("cifar", ("torch",), lambda _: {"vgg6-bn, seconds to 80 % validation accuracy": _cifar}, by_default=False),
]
