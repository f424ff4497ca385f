"""docs/targets.md: its code runs in order, and its tables name every loss and metric with what the library declares."""

import re
from pathlib import Path

import pytest

from pellucid.data.targets import Binary, Classes, Multilabel, Numbers
from pellucid.layers import LOSS_KINDS
from pellucid.metrics import METRICS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")


def rows_with(name):
    return [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("|") and f"`{name}`" in line]


def test_the_code_of_the_page_runs(capfd):
    space: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, space)
    assert space["trainer"].monitor.watched == "val_missed"
    assert space["tagger"].predict([[2.0, -2.0]]).tolist() == [[1, 0]]


@pytest.mark.parametrize("kind", LOSS_KINDS.values(), ids=LOSS_KINDS)
def test_every_loss_is_in_the_table(kind):
    rows = [row for row in rows_with(kind.name) if row[0].strip() == f"`{kind.name}`"]
    reads = [row[2].strip() for row in rows if len(row) == 4]
    assert reads == [kind.takes]
    for alias in re.findall(r"`(\w+)`", rows[0][1]):
        assert alias in kind.aliases


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_in_the_table(name):
    (row,) = [row for row in rows_with(name) if len(row) == 3]
    names = re.findall(r"`(\w+)`", row[0])
    directions = [word.strip() for word in row[2].split(",")]
    direction = directions[0] if len(directions) == 1 else directions[names.index(name)]
    assert direction == ("larger" if METRICS[name].larger_is_better else "smaller")


@pytest.mark.parametrize("kind", [Classes, Binary, Multilabel, Numbers])
def test_every_target_is_in_the_table(kind):
    (row,) = rows_with(kind.__name__)
    assert row[3].strip() == f"`{kind.default_loss}`"
