"""Tests of metrics.jsonl: strict JSON, a line a step and an epoch, cut back when a run goes on."""

import json
import math

import pytest

from pellucid.nets import StorageError
from pellucid.train import CheckpointSaved, EpochDone, Finished, Started, StepDone
from pellucid.train.readers.curves import Curves, curves_figure
from pellucid.train.readers.metrics import MetricsFile, read_metrics


def step(number, epoch=1, loss=0.5, accuracy=0.25):
    return StepDone(number, epoch, loss, accuracy, 0.1, 1.5, 0.01)


def epoch(number, last_step, train_accuracy=0.5):
    return EpochDone(number, last_step, 0.4, train_accuracy, None, None, False, 0.2)


def started(epochs=0, steps=0):
    return Started(10, 3, 2, epochs, steps, 100, "reference")


@pytest.fixture
def record(tmp_path):
    """The file of two epochs of two steps, and one step more."""
    record = MetricsFile(tmp_path / "metrics.jsonl")
    for event in (started(), step(1), step(2), epoch(1, 2), step(3, 2), step(4, 2), epoch(2, 4), step(5, 3)):
        record(event)
    return record


def places(path):
    return [(entry["event"], entry["step"]) for entry in read_metrics(path)]


def test_a_line_holds_every_field(record):
    first, *_ = record.path.read_text().splitlines()
    assert json.loads(first) == {
        "event": "step",
        "step": 1,
        "epoch": 1,
        "loss": 0.5,
        "accuracy": 0.25,
        "learning_rate": 0.1,
        "gradient_norm": 1.5,
        "seconds": 0.01,
    }
    assert places(record.path) == [
        ("step", 1),
        ("step", 2),
        ("epoch", 2),
        ("step", 3),
        ("step", 4),
        ("epoch", 4),
        ("step", 5),
    ]


def test_other_events_have_no_line(record):
    before = record.path.read_bytes()
    record(CheckpointSaved(5, "x"))
    record(Finished(3, 5, None, None, 1.0))
    assert record.path.read_bytes() == before


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_becomes_null(tmp_path, value):
    record = MetricsFile(tmp_path / "metrics.jsonl")
    record(step(1, loss=value, accuracy=value))
    record(epoch(1, 1, train_accuracy=value))

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    lines = [json.loads(line, parse_constant=refuse) for line in record.path.read_text().splitlines()]
    assert (lines[0]["loss"], lines[0]["accuracy"], lines[0]["gradient_norm"]) == (None, None, 1.5)
    assert lines[1]["train_accuracy"] is None


def test_going_on_cuts_off_what_lies_behind_the_checkpoint(record):
    record(started(epochs=1, steps=3))
    assert places(record.path) == [("step", 1), ("step", 2), ("epoch", 2), ("step", 3)]


def test_an_epoch_that_is_not_in_the_checkpoint_goes_too(record):
    """Step 4 is done, but the checkpoint is older than the end of its epoch."""
    record(started(epochs=1, steps=4))
    assert places(record.path)[-2:] == [("step", 3), ("step", 4)]


def test_beginning_anew_empties_it(record):
    record(started())
    assert record.path.read_bytes() == b""


def test_every_torn_last_line_is_left_out(record):
    whole = record.path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last + 1, len(whole) - 1):
        record.path.write_bytes(whole[:cut])
        assert len(read_metrics(record.path)) == 6, whole[last:cut]
    record.path.write_bytes(whole[: last + 10])
    record(started(epochs=2, steps=4))
    record(step(5, 3))
    assert record.path.read_bytes() == whole


DAMAGED = [
    b'{"event": "step", "step": 3, "loss": 0.\xff5}',
    b"\xef\xbb\xbf",
    b"",
    b"5",
    b"[]",
    b"null",
    b'{"event": "step"}',
    b'{"event": "other", "step": 1, "epoch": 1, "loss": 0.5}',
    b'{"event": "step", "step": "3", "epoch": 1, "loss": 0.5}',
    b'{"event": "step", "step": 0, "epoch": 1, "loss": 0.5}',
    b'{"event": "step", "step": 3, "epoch": 2, "loss": 1e999}',
    b'{"event": "step", "step": 3, "epoch": 2, "loss": NaN}',
    b'{"event": "step", "step": 3, "epoch": 2, "loss": 1e308}',
    b'{"event": "step", "step": 3, "epoch": 2, "loss": 0.5, "more": [1]}',
    b'{"event": "step", "step": 3, "epoch": 2, "loss": 0.5, "more": {"a": 1e999}}',
    b'{"event": "step", "step": 3, "epoch": 2, "loss": 0.5, "more": {"a": {}}}',
    b'{"event": "step", "step": 1' + b"0" * 30 + b', "epoch": 2, "loss": 0.5}',
    b'{"event": "step", "step": 1' + b"0" * 5000 + b', "epoch": 2, "loss": 0.5}',
    b'{"event": "epoch", "step": 4, "epoch": 2}',
    b"[" * 100_000,
    b"x" * 200_000,
]


@pytest.mark.parametrize("line", DAMAGED, ids=[str(row[:60]) for row in DAMAGED])
def test_a_damaged_line_is_left_out_with_a_warning(record, line):
    first, second, *others = record.path.read_bytes().splitlines(keepends=True)
    record.path.write_bytes(b"".join([first, line + b"\n", second, *others]))
    assert len(read_metrics(record.path)) == 7
    with pytest.warns(UserWarning, match=r"metrics\.jsonl: left out 1 damaged lines \(line \d\)"):
        record(started(epochs=2, steps=5))
    assert record.path.read_bytes() == b"".join([first, second, *others])


def test_numbers_that_a_damaged_line_can_hold_can_be_drawn(record):
    """A changed digit or sign makes another number, which nobody can recognise as wrong."""
    with open(record.path, "a") as file:
        for step, loss in ((2**53, 1e100), (6, -1e100), (7, 5e-324)):
            file.write(json.dumps({"event": "step", "step": step, "epoch": 3, "loss": loss}) + "\n")
    assert len(read_metrics(record.path)) == 10
    assert curves_figure(Curves.of_entries(read_metrics(record.path)))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "metrics.jsonl").mkdir()
    with pytest.raises(StorageError, match=r"cannot read .*metrics\.jsonl: a folder, not a plain file"):
        read_metrics(tmp_path / "metrics.jsonl")


def test_a_missing_file_has_no_lines(tmp_path):
    assert read_metrics(tmp_path / "metrics.jsonl") == []


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"cannot write .*nowhere/metrics\.jsonl: No such file"):
        MetricsFile(tmp_path / "nowhere" / "metrics.jsonl")(step(1))
