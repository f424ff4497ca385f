"""The README's table: every case with a goal, in short, written between two markers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.results import Results
from bench.steps import step_of

BEGIN, END = "<!-- speed: written by python -m bench --page -->", "<!-- /speed -->"
HEAD = ["case", "batch", "Pellucid", "best peer", "peer / Pellucid", "goal"]
MORE = """![PyTorch's time by ours, case by case](docs/speed.svg)

Steps include Adam. The range over the turns, each convolution, other batch sizes, one thread against two, and the same steps
with PyTorch's allocator tuned: [docs/speed.md](docs/speed.md)."""
Row = list[str]


def write_table(results: Results, readme: Path) -> None:
    """Replace the text between the markers. Raises ValueError if a marker is missing."""
    before, begin, rest = readme.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{readme.name} must contain the markers {BEGIN} and {END}")
    readme.write_text(f"{before}{BEGIN}\n{table(results)}\n\n{MORE}\n{END}{after}")


def table(results: Results) -> str:
    """Return the table in Markdown."""
    rows = [row for part in (_steps, _convs, _course, _inference, _memory, _cifar, _install) for row in part(results)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [HEAD, ["---"] * len(HEAD), *rows])


def _cases(results: Results, section: str) -> Iterator[tuple[str, Any]]:
    """Yield the measured cases that have a result."""
    for name, record in results.sections.get(section, {}).items():
        if "error" not in record:
            yield name, record


def _ratio(group: dict[str, Any]) -> str:
    return f"**{group['ratio']:.3g}**" if "ratio" in group else "none: results differ"


def _goal(group: dict[str, Any]) -> str:
    return f"{group['goal']:g}" if group.get("goal") else ""


def _time(milliseconds: float) -> str:
    if milliseconds >= 10_000:
        return f"{milliseconds / 1000:.0f} s"
    return f"{milliseconds:.3g} ms" if milliseconds < 100 else f"{milliseconds:.0f} ms"


def _way(side: str) -> str:
    """Return a variant's options in short: 'nhwc, fused, 2 threads, compiled'."""
    words = {
        "compile=model": "compiled",
        "compile=all": "compiled",
        "threads=1": "1 thread",
        "threads=2": "2 threads",
        "bind=close": "bound",
    }
    return ", ".join(words.get(option, option.split("=")[1]) for option in side.split(" ")[1:])


def _steps(results: Results) -> Iterator[Row]:
    for name, record in _cases(results, "steps"):
        group = record["groups"]["PyTorch"]
        ours, theirs = _time(record["sides"][record["ours"]]["median"]), _time(group["median"])
        batch = str(step_of(name).batch)
        yield [f"step, {name}", batch, ours, f"{theirs} ({_way(group['best'])})", _ratio(group), _goal(group)]


def _convs(results: Results) -> Iterator[Row]:
    """Yield one row: the seven ratios in the order of the shapes."""
    groups = [record["groups"]["PyTorch"] for _, record in _cases(results, "convs")]
    if groups:
        ratios = ", ".join(f"{group['ratio']:.2f}" if "ratio" in group else "none" for group in groups)
        goals = ", ".join(f"{group['goal']:g}" for group in groups if group.get("goal"))
        yield ["convolution forward+backward, seven shapes ([docs/speed.md](docs/speed.md))", "", "", "", ratios, goals]


def _course(results: Results) -> Iterator[Row]:
    names = {"loops": "nested Python loops", "im2col": "NumPy im2col, compiled col2im"}
    for dtype, record in _cases(results, "course"):
        ours = _time(record["sides"]["native"]["median"])
        for key, group in record["groups"].items():
            theirs = f"{_time(group['median'])} ({names[key]})"
            yield [f"the course's convolution, {dtype}", "100", ours, theirs, _ratio(group), _goal(group)]


def _inference(results: Results) -> Iterator[Row]:
    for name, record in _cases(results, "inference"):
        model, _, batch = name.partition(" @ ")
        ours = _time(record["sides"]["native"]["median"])
        for peer, group in record["groups"].items():
            theirs = f"{_time(group['median'])} ({peer}: {_way(group['best'])})"
            yield [f"inference, {model}", batch, ours, theirs, _ratio(group), _goal(group)]


def _memory(results: Results) -> Iterator[Row]:
    for name, record in _cases(results, "memory"):
        group, sizes = record["groups"]["PyTorch"], record["bytes"]
        ours, theirs = (f"{sizes[side] / 2**20:.0f} MiB" for side in ("native", group["best"]))
        yield [
            f"peak memory of the {name} step",
            "64",
            ours,
            f"{theirs} ({_way(group['best'])})",
            _ratio(group),
            _goal(group),
        ]


def _cifar(results: Results) -> Iterator[Row]:
    for name, record in _cases(results, "cifar"):
        times = {
            side: f"{taken:.0f} s" if isinstance(taken, float) else taken for side, taken in record["seconds"].items()
        }
        group = record.get("groups", {}).get("PyTorch", {})
        theirs = next(taken for side, taken in times.items() if side != "native")
        yield [f"CIFAR-10*, {name}", "64", times["native"], theirs, _ratio(group) if group else "", ""]


def _install(results: Results) -> Iterator[Row]:
    for _, record in _cases(results, "install"):
        sizes, group = record["sizes"], record["groups"]["PyTorch"]
        ours, theirs = (f"{sizes[side]['bytes'] / 1e6:.0f} MB" for side in ("pellucid", "torch"))
        yield [
            "installed, with all dependencies",
            "",
            ours,
            f"{theirs} (torch, CPU build)",
            _ratio(group),
            _goal(group),
        ]
