"""The tables for the terminal and docs/speed.md, made from the results file."""

from pathlib import Path
from typing import Any

from bench import tables
from bench.results import Results

TITLES = {
    "steps": "Training step (Adam), PyTorch's best / ours",
    "convs": "Convolution, forward and backward: N,C,H,F,k,stride,pad",
    "layers": "Further layers, forward and backward",
    "course": "The course's convolution, forward and backward",
    "inference": "Inference, vgg6-bn @ batch",
    "onnx": "Inference on what was read from ONNX files, ONNX Runtime / ours",
    "memory": "Peak memory of a training step",
    "scaling": "From one thread to two",
    "tuned": "The same steps with PyTorch's allocator tuned",
    "batches": "Training step by batch size",
    "install": "Installed size",
    "import": "Import",
    "peak": "The machine's peak, float32",
    "tables": "Small tables: the same network, scores over 20 seeds and seconds of a fit",
    "accuracy": "The README's training runs",
    "notebooks": "The course's notebooks on CIFAR-10",
    "cifar": "CIFAR-10",
}


def line(record: dict[str, Any]) -> str:
    """Return a record as one line."""
    if "error" in record:
        return f"failed: {record['error']}"
    parts = [_ratio(name, group) for name, group in record.get("groups", {}).items()]
    parts += [f"{key} {_short(record[key])}" for key in ("speedup", "accuracy", "seconds", "gflops") if key in record]
    return "; ".join(parts) or "done"


def _ratio(name: str, group: dict[str, Any]) -> str:
    if "ratio" not in group:
        return f"{name}: no ratio, because the sides compute different results"
    goal = f" (goal {group['goal']:g})" if group.get("goal") else ""
    return f"{name} / ours {group['ratio']:.2f}{goal}, best variant: {group['best']}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        inner = (f"{key} {_short(entry)}" for key, entry in value.items())
        return ", ".join(inner)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def text(results: Results) -> str:
    """Return all tables for a terminal."""
    return "\n\n".join(f"{TITLES[name]}\n{_table(name, cases)}" for name, cases in results.sections.items())


def _table(section: str, cases: dict[str, Any]) -> str:
    return "\n".join(" | ".join(row) for row in _rows(section, cases))


def markdown(section: str, cases: dict[str, Any]) -> str:
    """Return a section's table in Markdown."""
    head, *rows = _rows(section, cases)
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines)


def _rows(section: str, cases: dict[str, Any]) -> list[list[str]]:
    """Return the header and the rows."""
    match section:
        case "memory":
            return _memory_rows(cases)
        case "install":
            return _install_rows(cases)
        case "import":
            return _import_rows(cases)
        case "peak":
            rows = [
                [name, f"{value:.0f}"] for record in cases.values() for name, value in record.get("gflops", {}).items()
            ]
            return [["threads", "GFLOP/s"], *rows]
        case "tables":
            return tables.rows(cases)
        case "accuracy" | "notebooks" | "cifar":
            return [["run", "result"], *([name, line(record)] for name, record in cases.items())]
    head = [
        "case",
        "ours, ms (range)",
        "others, ms",
        "best peer",
        "its time, ms (range)",
        "peer / ours",
        "goal",
    ]
    rows = []
    for name, record in cases.items():
        rows += _compared_rows(name, record)
    return [head, *rows]


def _compared_rows(name: str, record: dict[str, Any]) -> list[list[str]]:
    if "error" in record or record["ours"] not in record["sides"]:
        return [[name, "failed", "", "", str(record.get("error") or record["failed"]), "", ""]]
    sides, finalists = record["sides"], {n for group in record["groups"].values() for n in group["finalists"]}
    others = "; ".join(
        f"{side} {_milliseconds(timed['median'])}"
        for side, timed in sides.items()
        if side != record["ours"] and side not in finalists
    )
    rows = []
    for peer, group in record["groups"].items():
        timed = sides.get(group["best"])
        theirs = _span(timed) if timed else _milliseconds(group["median"])
        ratio = f"{group['ratio']:.2f}" if "ratio" in group else "results differ"
        goal = f"{group['goal']:g}" if group.get("goal") else ""
        rows.append([name, _span(sides[record["ours"]]), others, f"{peer}: {group['best']}", theirs, ratio, goal])
    return rows


def _milliseconds(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _span(timed: dict[str, float]) -> str:
    return f"{_milliseconds(timed['median'])} ({_milliseconds(timed['min'])} to {_milliseconds(timed['max'])})"


def _memory_rows(cases: dict[str, Any]) -> list[list[str]]:
    rows = []
    for name, record in cases.items():
        rows += [[name, side, f"{size / 2**20:.0f}"] for side, size in record.get("bytes", {}).items()]
    return [["step", "side", "MiB above the imports"], *rows]


def _install_rows(cases: dict[str, Any]) -> list[list[str]]:
    rows = []
    for record in cases.values():
        rows += [[n, f"{size['bytes'] / 1e6:.0f}", size["how"]] for n, size in record.get("sizes", {}).items()]
    return [["package", "MB", "how"], *rows]


def _import_rows(cases: dict[str, Any]) -> list[list[str]]:
    rows = []
    for record in cases.values():
        for name, taken in record.get("seconds", {}).items():
            rows.append([name, *(f"{taken[key]:.3f}" for key in ("median", "min", "max"))])
    return [["import", "median, s", "minimum", "maximum"], *rows]


def write_page(results: Results, folder: Path) -> None:
    """Write speed.md and speed.svg."""
    from bench.plot import figure

    parts = [PAGE, _conditions(results)]
    for name, cases in results.sections.items():
        parts += [f"## {TITLES[name]}", markdown(name, cases)]
        notes = _notes(cases, _peak(results))
        parts += [notes] if notes else []
    (folder / "speed.md").write_text("\n\n".join(parts) + "\n")
    figure(results, folder / "speed.svg")


def _peak(results: Results) -> float | None:
    """Return the machine's GFLOP/s on all cores, where it was measured."""
    records = results.sections.get("peak", {}).values()
    return next((record["gflops"]["all cores"] for record in records if "gflops" in record), None)


def _notes(cases: dict[str, Any], peak: float | None) -> str:
    """Return failures, and results without a column in the table."""
    notes = []
    for name, record in cases.items():
        notes += [f"{name}: {why}" for why in record.get("failed", {}).values()]
        if "speedup" in record:
            notes.append(f"{name}, time on one thread / on two: {_short(record['speedup'])}")
        if "elementwise_error" in record:
            notes.append(f"{name}: largest elementwise error compared with the loops {record['elementwise_error']:.1e}")
        if isinstance(record.get("gflops"), float):
            share = f", {record['gflops'] / peak:.0%} of the machine's peak" if peak else ""
            notes.append(f"{name}: {record['gflops']:.0f} GFLOP/s{share}, counted as direct convolutions")
    return "\n".join(f"- {sentence}" for sentence in notes)


def _conditions(results: Results) -> str:
    """Return the conditions: each machine and set of versions, and the load range."""
    moments = [record["measured"] for cases in results.sections.values() for record in cases.values()]
    if not moments:
        return "No measurements yet."
    machines = dict.fromkeys(f"{m['processor']}, {m['cores']} cores; {_short(m['versions'])}" for m in moments)
    loads = [m["load"] for m in moments]
    return f"{'; '.join(machines)}. Load average after the cases: {min(loads)} to {max(loads)}."


PAGE = """# Speed

Written by `python -m bench --page`; a row measured again replaces the earlier one.
The sides run in separate processes and take turns, while all others sleep; a tenth of the steps of a turn run untimed first. A
figure is the median of the turns, with minimum and maximum. PyTorch is represented by its best variant: both memory formats,
foreach and fused Adam, one and two threads, free and bound to cores, eager and (unless --no-compile) compiled; all variants are
tried briefly, the best ones are measured in full. The sides start from the same weights and the same batch, and a ratio is given
only if they compute the same losses, gradients or scores."""
