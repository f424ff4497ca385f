"""Tests of the live display: a bar in a terminal, plain lines elsewhere, and it goes away."""

import io
import math

import pytest

from pellucid.train import (
    CheckpointSaved,
    EpochDone,
    Finished,
    Interrupted,
    NotFinite,
    Started,
    StepDone,
    StoppedEarly,
)
from pellucid.train.readers.progress_display import ProgressDisplay

START = Started(100, 2, 1, 0, 0, 1234, "reference")
STEP = StepDone(1, 1, 0.5, 0.5, 0.1, 1.0, 0.1)
EPOCH = EpochDone(1, 1, 0.5, 0.25, 0.75, 0.125, True, 1.25)
END = Finished(2, 2, 1, 0.125, 2.0)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def shown(*events, terminal=False):
    text = Terminal() if terminal else io.StringIO()
    display = ProgressDisplay(text)
    for event in events:
        display(event)
    display.close()
    return text.getvalue()


def test_plain_lines():
    assert shown(START, STEP, EPOCH, CheckpointSaved(1, "x"), END).splitlines() == [
        "100 samples, 1 steps per epoch, 1,234 parameters, reference layers",
        "epoch 1/2  loss 0.5000  accuracy 25.00%  validation 12.50%  1.2 s  *",
    ]


def test_what_was_not_measured_is_left_out():
    epoch = EpochDone(1, 1, 0.5, math.nan, None, None, False, 1.25)
    assert shown(START, epoch).splitlines()[1] == "epoch 1/2  loss 0.5000  1.2 s"


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (StoppedEarly(3, 9, 2), "no improvement for 2 epochs: stopped after epoch 3"),
        (NotFinite(7, "conv1", math.nan, None), "step 7: the loss is nan, first in conv1"),
    ],
)
def test_how_a_run_ends_early(event, line):
    assert shown(START, event).splitlines()[-1] == line


def test_a_resumed_run_says_so():
    assert shown(Started(100, 2, 1, 1, 1, 10, "reference")).strip().endswith("; continuing after step 1")


@pytest.mark.parametrize("last", [END, Interrupted(1, None), None])
def test_in_a_terminal_a_bar_moves_and_goes_away(last):
    """The cursor, which the bar hides, is given back, also where the run ends without a last event."""
    text = shown(START, STEP, EPOCH, *([] if last is None else [last]), terminal=True)
    assert "\x1b[?25l" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert "epoch 1/2  loss 0.500" in text
    assert "epoch 1/2  loss 0.5000  accuracy 25.00%" in text
