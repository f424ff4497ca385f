"""Sections on classes: what is confused with what, with examples; the matrix; each class by itself."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.tables import DataTable
from pellucid.shapes import Array
from pellucid.style import as_png, picture, table, text
from pellucid.train.report.answers import JudgedAnswers
from pellucid.train.report.facts import Examples, RunFacts

__all__ = ["confident_mistakes", "confused_most", "each_class", "example_rows", "matrix", "short"]

PAIRS, EXAMPLES_OF_A_PAIR, CONFIDENT = 3, 6, 12
LARGEST_MATRIX = 25  # classes whose numbers are shown
MOST_CLASSES = 40  # lines of the table of classes
MOST_COLUMNS = 8  # of an example row
SMALLEST_PICTURE = 96  # pixels


def confused_most(facts: RunFacts) -> str:
    """Return the pairs that are confused most, each with examples."""
    answers = facts.answers
    if answers is None or not answers.has_classes:
        return ""
    pairs = answers.confused(PAIRS)
    if not pairs:
        return "<h2>What it confuses</h2><p>No test sample is misclassified.</p>"
    wrong = len(answers.wrong)
    parts = [
        f"<h2>What it confuses</h2><p>{wrong:,} of {len(answers):,} test samples are misclassified. The commonest confusions:</p>"
    ]
    for pair in pairs:
        true, predicted = answers.names[pair.true], answers.names[pair.predicted]
        parts.append(f"<h3>{text(short(true))} taken for {text(short(predicted))}: {pair.times} of {pair.of}</h3>")
        parts.append(_shown(facts, answers, pair.rows[:EXAMPLES_OF_A_PAIR]))
    return "".join(parts)


def confident_mistakes(facts: RunFacts) -> str:
    """Return the misclassified test images with the highest confidence; rows of a table are shown by pair only."""
    answers = facts.answers
    if answers is None or not answers.has_classes or not facts.examples.can_be_seen or not len(answers.wrong):
        return ""
    shown = _pictures(answers, facts.examples, answers.wrong[:CONFIDENT])
    note = "Worth a look: a wrong label, an odd picture, or something that the network has learnt wrongly."
    return f"<h2>Most confident mistakes</h2><p class='quiet'>{note}</p>{shown}"


def matrix(facts: RunFacts) -> str:
    """Return the confusion matrix: a table as large as its numbers, or, of many classes, a picture of shades."""
    answers = facts.answers
    if answers is None or not answers.has_classes:
        return ""
    caption = "Rows are true classes, columns are predictions, on the test samples. The shade is the share of the row: blue is correct, orange is not."
    body = _matrix_table(answers) if len(answers.names) <= LARGEST_MATRIX else _matrix_picture(answers)
    return f"<h2>Confusion matrix</h2><p class='quiet'>{caption}</p>{body}"


def each_class(facts: RunFacts) -> str:
    """Return precision, recall and F1 of each class, or of each label."""
    answers = facts.answers
    if answers is None or facts.is_regression:
        return ""
    classes = answers.by_class()
    note = "Precision: of those predicted, the share that is correct. Recall: of those that exist, the share that is found."
    if len(classes) > MOST_CLASSES:
        note += f" The {MOST_CLASSES} with the lowest F1, of {len(classes)}."
        classes = sorted(classes, key=lambda one: math.inf if math.isnan(one.f1) else one.f1)[:MOST_CLASSES]
    rows = [
        (short(one.name), one.samples, one.predicted, _percent(one.precision), _percent(one.recall), _percent(one.f1))
        for one in classes
    ]
    what = "class" if answers.has_classes else "label"
    head = (what, "samples", "predicted", "precision", "recall", "F1")
    return f"<h2>Each {what}</h2><p class='quiet'>{text(note)}</p>{table(head, [(f'{r[0]}', *r[1:]) for r in rows], name=f'each {what}')}"


def example_rows(
    facts: RunFacts, rows: Sequence[int] | Array, head: Sequence[str], values: Sequence[Sequence[Any]]
) -> str:
    """Return rows of a table: some values of one's own, then the columns, the most important ones first."""
    samples = facts.examples.rows
    if samples is None or not len(rows):
        return ""
    order = [importance.column for importance in facts.importance] or list(samples.names)
    names = [name for name in order if name in samples.names][:MOST_COLUMNS]
    chosen = samples[np.asarray(rows)]
    columns = [_column(chosen, name) for name in names]
    places = [str(place) for place in (chosen.numbers if chosen.lines is None else chosen.lines)]
    lines = [(places[i], *own, *(column[i] for column in columns)) for i, own in enumerate(values)]
    return table(("row" if chosen.lines is None else "line", *head, *map(short, names)), lines, name="example rows")


def short(name: str) -> str:
    """Return a name, cut to at most 20 characters."""
    return name if len(name) <= 20 else name[:19] + "…"


def _shown(facts: RunFacts, answers: JudgedAnswers, rows: Array) -> str:
    """Return samples as pictures or rows of a table; nothing for samples of other kinds."""
    if facts.examples.can_be_seen:
        return _pictures(answers, facts.examples, rows)
    names = [(short(answers.names[answers.predicted[row]]), f"{answers.confidence[row]:.0%}") for row in rows]
    return example_rows(facts, rows, ("predicted", "confidence"), names)


def _pictures(answers: JudgedAnswers, examples: Examples, rows: Array) -> str:
    shown = []
    for row in rows:
        image = np.asarray(examples.images[int(row)], dtype=np.float64) / examples.white
        enlarged = max(1, -(-SMALLEST_PICTURE // max(image.shape[1:])))
        true, predicted = short(answers.names[answers.labels[row]]), short(answers.names[answers.predicted[row]])
        sure = f"{answers.confidence[row]:.0%}"
        img = picture(
            as_png(image, enlarged=enlarged), f"Test sample {row}: {true}, predicted {predicted}", classes="pixels"
        )
        shown.append(
            f"<figure>{img}<figcaption>{text(true)}, predicted {text(predicted)} ({sure})</figcaption></figure>"
        )
    return f"<div class='examples'>{''.join(shown)}</div>"


def _matrix_table(answers: JudgedAnswers) -> str:
    counts = answers.counts
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    tall = " class='tall'" if max(map(len, answers.names)) > 4 else ""
    head = "".join(f"<th scope='col'{tall}><span>{text(short(name))}</span></th>" for name in answers.names)
    lines = []
    for true, name in enumerate(answers.names):
        cells = "".join(
            f"<td class='{'hit' if true == predicted else 'miss'}' style='--share:{shares[true, predicted]:.3f}'>{count}</td>"
            if count
            else "<td></td>"
            for predicted, count in enumerate(counts[true].tolist())
        )
        lines.append(f"<tr><th scope='row'>{text(short(name))}</th>{cells}</tr>")
    return (
        "<div class='scroll' tabindex='0' role='group' aria-label='confusion matrix'><table class='matrix'>"
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _matrix_picture(answers: JudgedAnswers) -> str:
    shares = answers.counts / np.maximum(answers.counts.sum(axis=1, keepdims=True), 1)
    correct = np.eye(len(shares), dtype=bool)
    channels = [np.where(correct, blue, orange) / 255 for blue, orange in zip((0, 114, 178), (213, 94, 0), strict=True)]
    image = np.stack([*channels, np.sqrt(shares)])  # the root: rare confusions of many classes are still to be seen
    enlarged = max(1, 520 // len(shares))
    alt = f"Confusion matrix of {len(shares)} classes; {np.trace(answers.counts):,} of {answers.counts.sum():,} samples are on the diagonal"
    return f"<div class='scroll'>{picture(as_png(image, enlarged=enlarged), alt, classes='figure pixels')}</div>"


def _column(rows: DataTable, name: str) -> list[str]:
    """Return the values of a column as text; "-" where one is missing."""
    column = rows.column(name)
    words = column.as_categories()
    shown = [words.vocabulary[code] if code >= 0 else "-" for code in words.values]
    return [value if len(value) <= 40 else value[:39] + "…" for value in shown]


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1%}"
