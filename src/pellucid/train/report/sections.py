"""The other sections of a report: curves, filters, numbers, columns, network, files."""

import numpy as np

from pellucid.metrics import mae, r2, rmse
from pellucid.shapes import Array
from pellucid.style import as_png, inline_svg, picture, sentence, share_bar, sheet_of, table, text
from pellucid.train.readers.curves import panel_figure, panels
from pellucid.train.report.confusions import example_rows, short
from pellucid.train.report.facts import RunFacts
from pellucid.train.report.pictures import against_figure, residuals_figure

__all__ = [
    "column_importance",
    "curves",
    "each_target",
    "filter_sheet",
    "filters",
    "largest_errors",
    "numbers",
    "repeat",
    "table_columns",
    "the_files",
]

LARGEST_ERRORS = 6
MOST_FILTERS = 64
FILES = {
    "best.safetensors": "the best epoch's model: `pellucid.load` reads it; `pellucid predict`, `evaluate` and `export` use it",
    "checkpoint-": "a state from which the run is resumed",
    "config.toml": "every setting, to repeat the run",
    "metrics.jsonl": "a line for each step and each epoch",
    "summary.json": "the main results",
    "findings.json": "what the doctor found",
    "setup.json": "layers and settings, as the doctor saw them",
    "vitals.jsonl": "the layers' vitals at some steps",
    "report.html": "this page",
    "curves.png": "the curves",
    "confusion.png": "the confusion matrix",
    "filters.png": "the first layer's filters",
    "mistakes.png": "the most confident mistakes",
    "values.png": "predicted and true values, and what is left over",
    "start.safetensors": "the network from which the run started",
    "model.toml": "the network's description, as it was given",
}


def curves(facts: RunFacts) -> str:
    """Return loss, accuracy, metrics and learning rate over the epochs."""
    if not facts.entries:
        return ""
    note = "Training values are measured during the epoch, with augmentation and dropout; validation values after it, without."
    drawn = "".join(
        f"<figure><h3>{text(panel.title)}</h3>{inline_svg(panel_figure(panel), f'curve-{panel.name}', panel.alt)}</figure>"
        for panel in panels(facts.curves)
    )
    return f"<h2>Curves</h2><p class='quiet'>{note}</p><div class='panels'>{drawn}</div>"


def filter_sheet(filters: Array) -> tuple[bytes, float]:
    """Return filters (K, C, h, w) as one PNG, and the largest weight: all are on one scale, on which grey is 0."""
    shown = filters[:MOST_FILTERS].astype(np.float64)
    largest = float(np.abs(shown).max()) or 1.0
    columns = min(len(shown), 8 if shown.shape[-1] > 3 else 16)
    sheet = sheet_of([0.5 + weights / (2 * largest) for weights in shown], columns)
    enlarged = max(1, min(48 // max(shown.shape[2:]), 640 // sheet.shape[2]))
    return as_png(sheet, enlarged=enlarged), largest


def filters(facts: RunFacts) -> str:
    """Return the first layer's filters as images, on one common scale."""
    if facts.filters is None:
        return ""
    png, largest = filter_sheet(facts.filters)
    shown, of = min(len(facts.filters), MOST_FILTERS), len(facts.filters)
    height, width = facts.filters.shape[2:]
    note = (
        f"{'All' if shown == of else f'The first {shown} of'} {of} filters of {height} x {width} weights, on one scale: grey is 0, white "
        f"is {largest:.2g}, black is -{largest:.2g}. A filter that stays grey has learnt little; noise after a short training is usual."
    )
    alt = f"{shown} filters of the first layer, on one scale from -{largest:.2g} to {largest:.2g}"
    return f"<h2>Filters of the first layer</h2><p class='quiet'>{text(note)}</p>{picture(png, alt, classes='figure pixels')}"


def largest_errors(facts: RunFacts) -> str:
    """Return the test rows whose values are predicted worst."""
    if not facts.is_regression or facts.answers is None or facts.examples.rows is None:
        return ""
    predicted, true = facts.answers.values
    error = predicted - true
    scaled = np.abs(
        facts.answers.scores - np.reshape(facts.answers.encoded, error.shape)
    )  # comparable, whatever the units
    several = error.shape[1] > 1
    worst = np.argsort(-scaled.max(axis=1), kind="stable")[:LARGEST_ERRORS]
    values = []
    for row in worst:
        place = int(scaled[row].argmax())
        shown = (f"{true[row, place]:.5g}", f"{predicted[row, place]:.5g}", f"{error[row, place]:+.4g}")
        values.append((short(facts.answers.names[place]), *shown) if several else shown)
    largest = np.sort((scaled**2).sum(axis=1))[::-1]
    tenth = max(1, len(largest) // 10)
    part = largest[:tenth].sum() / max(largest.sum(), 1e-300)
    scale = ", each in standard deviations of its target" if several else ""
    note = f"The largest tenth of the errors ({tenth:,} rows) makes up {part:.0%} of the sum of squared errors{scale}."
    head = (*(["target"] if several else []), "true", "predicted", "error")
    return f"<h2>Largest errors</h2><p>{note}</p>{example_rows(facts, worst, head, values)}"


def each_target(facts: RunFacts) -> str:
    """Return how well each of several targets is predicted, in its units."""
    if not facts.is_regression or facts.answers is None or facts.answers.target.outputs == 1:
        return ""
    predicted, true = facts.answers.values
    mean = facts.answers.target.in_units(np.zeros(true.shape))
    columns = (
        rmse(predicted, true, average=None),
        mae(predicted, true, average=None),
        r2(predicted, true, average=None),
        rmse(mean, true, average=None),
    )
    rows = [
        (short(name), f"{error:.4g}", f"{absolute:.4g}", f"{explained:.3f}", f"{plain:.4g}")
        for name, error, absolute, explained, plain in zip(facts.answers.names, *columns, strict=True)
    ]
    head = ("target", "test RMSE", "mean absolute error", "R2", "RMSE without learning")
    note = "Each target in its units. Without learning: always the mean of the training rows."
    return f"<h2>Each target</h2><p class='quiet'>{note}</p>{table(head, rows, name='each target')}"


def numbers(facts: RunFacts) -> str:
    """Return predicted against true values, and residuals."""
    if not facts.is_regression or facts.answers is None:
        return ""
    predicted, true = facts.answers.values
    parts = []
    for place in range(predicted.shape[1]):
        name = facts.target_name if predicted.shape[1] == 1 else facts.answers.names[place]
        p, t = predicted[:, place], true[:, place]
        close = (
            f"correlation {np.corrcoef(p, t)[0, 1]:.3f}"
            if p.std() > 0 and t.std() > 0
            else "no correlation can be computed"
        )
        left = f"Predicted against true {name} of {len(t):,} test samples: {close}"
        right = (
            f"Residuals (predicted - true) of {name}: mean {np.mean(p - t):.3g}, standard deviation {np.std(p - t):.3g}"
        )
        parts.append(
            f"<figure><h3>Predicted against true</h3>{inline_svg(against_figure(t, p, name), f'against-{place}', left)}</figure>"
        )
        parts.append(
            f"<figure><h3>Residuals</h3>{inline_svg(residuals_figure(t, p, name), f'residuals-{place}', right)}</figure>"
        )
    note = "Test samples, in the target's units. A perfect network lies on the line; residuals with a trend or a funnel mean that something is missed."
    return f"<h2>Predicted and true values</h2><p class='quiet'>{note}</p><div class='panels'>{''.join(parts)}</div>"


def column_importance(facts: RunFacts) -> str:
    """Return how much worse the answers get when a column is shuffled."""
    if not facts.importance:
        return ""
    first = facts.importance[0]
    largest = max(first.mean, 1e-300)
    form = "{:.3g}" if facts.is_regression else "{:.1%}"
    rows = [
        (one.column, form.format(one.mean), "± " + form.format(one.spread), share_bar(one.mean / largest))
        for one in facts.importance[:30]
    ]
    several = facts.answers is not None and facts.is_regression and facts.answers.target.outputs > 1
    scale = ", in standard deviations of each and on average," if several else ""
    what = f"the RMSE of {facts.target_name}{scale} grows" if facts.is_regression else "more answers are wrong"
    note = (
        f"How much {what} when a column is shuffled among {first.rows:,} test rows: mean and standard deviation of {first.repeats} shuffles. "
        "Columns that say the same stand in for each other: each can look unimportant. It says what this network uses, not what causes what."
    )
    more = f"<p class='quiet'>And {len(facts.importance) - 30} other columns.</p>" if len(facts.importance) > 30 else ""
    head = ("column", "error grows by", "spread", "")
    return f"<h2>What each column contributes</h2><p class='quiet'>{text(note)}</p>{table(head, rows, name='importance of columns')}{more}"


def table_columns(facts: RunFacts) -> str:
    """Return how each column of a table is prepared."""
    return "" if facts.columns is None else f"<h2>Columns</h2><pre tabindex='0'>{text(facts.columns)}</pre>"


def the_files(facts: RunFacts) -> str:
    """Return the files of the run folder, and what each is."""
    lines = "".join(
        f"<li><code>{text(name)}</code> ({_size(size)}){sentence(_said(name))}</li>"
        for name, size in facts.files.items()
    )
    return f"<h2>Files in this folder</h2><ul>{lines}</ul>"


def repeat(facts: RunFacts) -> str:
    """Return how to repeat the run, and with which versions it was made."""
    versions = ", ".join(f"{name} {version}" for name, version in facts.summary["versions"].items())
    return (
        f"<h2>Repeat this run</h2><p>Repeat the run with <code>pellucid train --config {text(facts.folder)}/config.toml</code></p>"
        f"<pre tabindex='0'>{text(facts.toml)}</pre><p class='quiet'>Made with {text(versions)}; {text(facts.summary['layers'])} table of layers.</p>"
    )


def _said(name: str) -> str:
    """Return ": what a file is", or nothing of a file that the run did not write."""
    found = (what for start, what in FILES.items() if name == start or (start.endswith("-") and name.startswith(start)))
    return next((f": {what}" for what in found), "")


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} KiB" if count >= 1024 else f"{count} B"
