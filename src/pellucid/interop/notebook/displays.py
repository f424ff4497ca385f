"""Rich displays as HTML without scripts, which looks the same in Jupyter, VS Code and a saved notebook."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from pellucid.checker import FileReport, FunctionReport
from pellucid.gradients.report import GradcheckReport
from pellucid.nets import Network
from pellucid.plan import Plan
from pellucid.style import notebook_table, on_any_paper, picture, png_of, styled, text
from pellucid.train.history import History
from pellucid.train.model import Model
from pellucid.train.readers.curves import Curves, panels
from pellucid.train.run import Outcome

__all__ = ["DISPLAYS", "SCALE", "curves_png", "html_of", "register_displays"]

RESOLUTION = 160  # pixels for each inch of a figure
SCALE = 2  # of its pixels to those of the page: sharp on fine screens


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
    return notebook_table(("layer", "output shape", "parameters", "multiply-adds"), rows)


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
    notes = "".join(f"<p>note: {text(note)}</p>" for note in report.notes)
    return notebook_table(head, rows, "gradcheck passed" if report.ok else "gradcheck FAILED") + notes


def history_html(history: History) -> str:
    """Return a history as its curves and a table of its epochs, without columns that are empty."""
    columns: dict[str, list[Any]] = {
        "epoch": [epoch.epoch for epoch in history.epochs],
        "loss": [f"{epoch.train_loss:.4f}" for epoch in history.epochs],
        "accuracy": [_percent(epoch.train_accuracy) for epoch in history.epochs],
        "validation loss": ["" if epoch.val_loss is None else f"{epoch.val_loss:.4f}" for epoch in history.epochs],
        "validation accuracy": [_percent(epoch.val_accuracy) for epoch in history.epochs],
        "": ["best" if epoch.epoch == history.best_epoch else "" for epoch in history.epochs],
    }
    shown = {name: values for name, values in columns.items() if any(values)}
    drawn = picture(curves_png(history.step_losses, history.epochs), "loss and accuracy by epoch", scale=SCALE)
    return drawn + notebook_table(list(shown), zip(*shown.values(), strict=True))


def outcome_html(outcome: Outcome) -> str:
    """Return a run as its summary and its pictures."""
    facts = outcome.summary or {"ended": type(outcome.last).__name__}
    pictures = sorted(outcome.folder.glob("*.png"))
    shown = "".join(picture(path.read_bytes(), path.stem) for path in pictures)
    rows = [(name, f"{value:.4g}" if isinstance(value, float) else str(value)) for name, value in facts.items()]
    return notebook_table(("", ""), rows, str(outcome.folder)) + shown


def model_html(model: Model) -> str:
    """Return a trained model: what goes in, the network as a table, what comes out."""
    first, *columns = model.described_inputs().splitlines()
    last = model.describe().splitlines()[-1]
    listed = "<pre>" + text("\n".join(columns)) + "</pre>" if columns else ""
    return f"<p>{text(first)}</p>{listed}{network_html(model.net)}<p>{text(last)}</p>"


def plan_html(plan: Plan) -> str:
    """Return a plan as its drawing and, folded, its table."""
    rows = f"<details><summary>as a table</summary><pre>{text(plan.describe())}</pre></details>"
    return f"<div style='max-width:100%;overflow-x:auto'>{plan.svg()}</div>{rows}"


def report_html(report: FileReport) -> str:
    """Return the checker's report: a table of verdicts, and the causes for each function that is not correct."""
    rows = [
        (f.name, f.verdict, f"{f.passed}/{f.total}", "; ".join(c.title for c in f.causes)) for f in report.functions
    ]
    error = f"<p>{text(report.error)}</p>" if report.error else ""
    verdicts = notebook_table(("function", "verdict", "cases", "why"), rows, f"{report.file}, against {report.pack}")
    return verdicts + error + "".join(_explanation_html(function) for function in report.functions if function.is_bad)


def _explanation_html(function: FunctionReport) -> str:
    parts = [f"<p><b>{text(function.name)}</b></p>"]
    for cause in function.causes:
        line = f"<pre>line {cause.line}: {text(cause.quoted)}</pre>" if cause.quoted else ""
        formula = f"<p>correct: <code>{text(cause.formula)}</code></p>" if cause.formula else ""
        parts.append(f"<p>{text(cause.title)}: {text(cause.explanation)}</p>{line}{formula}")
    parts += [f"<p>{text(sentence)}.</p>" for sentence in function.known]
    return "".join(parts)


@styled()
def curves_png(losses: Sequence[float], epochs: Sequence[Any]) -> bytes:
    """Return loss and accuracy as a PNG without paper, in greys that can be read on light and on dark notebooks."""
    from matplotlib.figure import Figure

    columns = ("epoch", "step", "train_loss", "val_loss", "train_accuracy", "val_accuracy", "best")
    curves = Curves.of_columns({name: [getattr(epoch, name) for epoch in epochs] for name in columns}, losses, ())
    figure = Figure(figsize=(8, 2.6))
    left, right = figure.subplots(1, 2)
    shown = {panel.name: panel for panel in panels(curves)}
    for axes, name in ((left, "loss"), (right, "accuracy")):
        axes.set_title(name.capitalize())
        if name in shown:
            shown[name].draw(axes)
        else:
            axes.set_axis_off()
    return png_of(on_any_paper(figure), dpi=RESOLUTION, transparent=True)


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
    # A figure that no `%matplotlib inline` has made a picture: what `plot()` returns. By name, so that nothing is imported.
    pictures = shell.display_formatter.formatters["image/png"]
    pictures.for_type_by_name("matplotlib.figure", "Figure", png_of)


def _percent(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.2%}"
