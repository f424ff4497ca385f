"""Rich displays as HTML without scripts, which looks the same in Jupyter, VS Code and a saved notebook."""

import base64
import io
import math
import struct
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from pellucid.checker import FileReport, FunctionReport
from pellucid.gradients.gradcheck import GradcheckReport
from pellucid.nets import Network
from pellucid.plan import Plan
from pellucid.train.history import History
from pellucid.train.model import Model
from pellucid.train.run import Outcome

__all__ = ["DISPLAYS", "curves_png", "html_of", "picture", "register_displays", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    """Return an HTML table; numbers are right-aligned."""
    title = f"<caption style='text-align:left'>{escape(caption)}</caption>" if caption else ""
    cells = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    return f"<table>{title}<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def picture(png: bytes, text: str) -> str:
    """Return a PNG as HTML with a fixed size, so that content below does not move when the picture is replaced."""
    width, height = struct.unpack(">II", png[16:24])
    size = f'width="{width}" height="{height}" style="max-width:100%;height:auto"'
    return f'<img alt="{escape(text)}" {size} src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def network_html(net: Network) -> str:
    """Return the network as a table: layer, output shape, parameters, multiply-adds."""
    inputs = net.program.inputs
    rows: list[tuple[Any, ...]] = [
        (f"input {number}" if len(inputs) > 1 else "input", str(shape), "", "")
        for number, shape in enumerate(inputs, start=1)
    ]
    for operation in net.program.operations:
        count = 0 if operation.is_repeated else sum(net.params.slots[name].size for name in operation.params)
        rows.append((operation.name, str(operation.shape), count or "", operation.multiply_adds or ""))
    work = sum(operation.multiply_adds for operation in net.program.operations)
    rows.append(("total", "", net.params.flat.size, work))
    return table(("layer", "output shape", "parameters", "multiply-adds"), rows)


def gradcheck_html(report: GradcheckReport) -> str:
    """Return a gradient check as a table: which gradients are correct, which are wrong and where."""
    rows = [
        (
            gradient.name,
            str(gradient.shape),
            "correct" if gradient.ok else "wrong" if gradient.reason else f"wrong in {gradient.wrong} entries",
            gradient.reason or f"{gradient.largest_difference:.1e}",
            "" if gradient.worst_index is None else str(gradient.worst_index),
            f"{gradient.backward:.10g}",
            f"{gradient.numerical:.10g}",
        )
        for gradient in report.gradients
    ]
    head = ("gradient", "shape", "verdict", "largest difference", "at", "backward", "numerical")
    notes = "".join(f"<p>note: {escape(note)}</p>" for note in report.notes)
    return table(head, rows, "gradcheck passed" if report.ok else "gradcheck FAILED") + notes


def history_html(history: History) -> str:
    """Return a history as its curves and a table of its epochs."""
    rows = [
        (e.epoch, f"{e.train_loss:.4f}", _percent(e.train_accuracy), _percent(e.val_accuracy), "best" if e.best else "")
        for e in history.epochs
    ]
    head = ("epoch", "loss", "accuracy", "validation", "")
    return picture(curves_png(history.step_losses, history.epochs), "loss and accuracy") + table(head, rows)


def outcome_html(outcome: Outcome) -> str:
    """Return a run as its summary and its pictures."""
    facts = outcome.summary or {"ended": type(outcome.last).__name__}
    pictures = sorted(outcome.folder.glob("*.png"))
    shown = "".join(picture(path.read_bytes(), path.stem) for path in pictures)
    rows = [(name, f"{value:.4g}" if isinstance(value, float) else str(value)) for name, value in facts.items()]
    return table(("", ""), rows, str(outcome.folder)) + shown


def model_html(model: Model) -> str:
    """Return a trained model: what goes in, the network as a table, what comes out."""
    first, *_, last = model.describe().splitlines()
    return f"<p>{escape(first)}</p>{network_html(model.net)}<p>{escape(last)}</p>"


def plan_html(plan: Plan) -> str:
    """Return a plan as its drawing and, folded, its table."""
    rows = f"<details><summary>as a table</summary><pre>{escape(plan.describe())}</pre></details>"
    return f"<div style='max-width:100%;overflow-x:auto'>{plan.svg()}</div>{rows}"


def report_html(report: FileReport) -> str:
    """Return the checker's report: a table of verdicts, and the causes for each function that is not correct."""
    rows = [
        (f.name, f.verdict, f"{f.passed}/{f.total}", "; ".join(c.title for c in f.causes)) for f in report.functions
    ]
    error = f"<p>{escape(report.error)}</p>" if report.error else ""
    verdicts = table(("function", "verdict", "cases", "why"), rows, f"{report.file}, against {report.pack}")
    return verdicts + error + "".join(_explanation_html(function) for function in report.functions if function.is_bad)


def _explanation_html(function: FunctionReport) -> str:
    parts = [f"<p><b>{escape(function.name)}</b></p>"]
    for cause in function.causes:
        line = f"<pre>line {cause.line}: {escape(cause.quoted)}</pre>" if cause.quoted else ""
        formula = f"<p>correct: <code>{escape(cause.formula)}</code></p>" if cause.formula else ""
        parts.append(f"<p>{escape(cause.title)}: {escape(cause.explanation)}</p>{line}{formula}")
    parts += [f"<p>{escape(sentence)}.</p>" for sentence in function.known]
    return "".join(parts)


def curves_png(losses: Sequence[float], epochs: Sequence[Any]) -> bytes:
    """Return loss by step and accuracy by epoch as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(range(1, len(losses) + 1), losses, linewidth=0.8)
    left.set(xlabel="step", ylabel="loss")
    numbers = [epoch.epoch for epoch in epochs]
    right.plot(numbers, [epoch.train_accuracy for epoch in epochs], marker=".", label="training")
    if any(epoch.val_accuracy is not None for epoch in epochs):
        right.plot(numbers, [epoch.val_accuracy for epoch in epochs], marker=".", label="validation")
    right.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02))
    right.legend(loc="lower right")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return buffer.getvalue()


DISPLAYS: dict[type, Callable[[Any], str]] = {
    Network: network_html,
    Plan: plan_html,
    GradcheckReport: gradcheck_html,
    FileReport: report_html,
    History: history_html,
    Model: model_html,
    Outcome: outcome_html,
}


def html_of(value: Any) -> str:
    """Return the HTML of a value that has a display."""
    return DISPLAYS[type(value)](value)


def register_displays(shell: Any) -> None:
    """Register the displays with a running IPython shell."""
    formatter = shell.display_formatter.formatters["text/html"]
    for kind, display in DISPLAYS.items():
        formatter.for_type(kind, display)


def _cell(value: Any) -> str:
    side = "right" if isinstance(value, int) else "left"
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return f"<td style='text-align:{side}'>{escape(text)}</td>"


def _percent(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.2%}"
