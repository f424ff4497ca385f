"""Live curves of a training run: one output that is updated in place a few times a second at most, without flicker.

The output is HTML with a picture of fixed size, without scripts or widgets: it looks the same in Jupyter, VS Code and a saved
notebook. Where HTML is not shown, the line of text is.
"""

import math
import time
from typing import Any

from pellucid.interop.notebook.displays import SCALE, curves_png
from pellucid.style import picture
from pellucid.train.events import EpochDone, Event, Finished, Interrupted, NotFinite, Started, StepDone, StoppedEarly

__all__ = ["LiveCurves"]

SHARE = 0.1  # of the time may be spent drawing


class LiveCurves:
    """Shows one run; created for every `fit` in a notebook. Runs shorter than `seconds` show a line without a picture."""

    def __init__(self, seconds: float = 0.5) -> None:
        self.seconds = seconds  # minimum time between two pictures
        self.losses: list[float] = []
        self.epochs: list[EpochDone] = []
        self.handle: Any = None
        self.total = 0
        self.next_picture = 0.0  # time when the next picture may be drawn
        self.ending = ""

    def __call__(self, event: Event) -> None:
        """Record an event; update the output if it is time for a picture or the run has ended."""
        match event:
            case Started():
                self.total = event.epochs * (event.steps_per_epoch or 0)
                self.next_picture = time.monotonic() + self.seconds
            case StepDone():
                self.losses.append(event.loss)
            case EpochDone():
                self.epochs.append(event)
            case StoppedEarly():
                self.ending = f"; no better epoch in {event.patience}, stopped early"
            case Interrupted():
                self.ending += (
                    f"; interrupted, {'nothing is saved' if event.path is None else f'saved in {event.path}'}"
                )
            case NotFinite():
                self.ending += f"; the loss is {event.loss}, first in {event.where}"
        last = isinstance(event, Finished | Interrupted | NotFinite)
        if last or (self.losses and time.monotonic() >= self.next_picture):
            self._show(with_picture=self.handle is not None or not last or self.seconds == 0)

    def _show(self, *, with_picture: bool) -> None:
        from IPython.display import display

        start = time.monotonic()
        line = self._line()
        drawn = picture(curves_png(self.losses, self.epochs), "loss and accuracy", scale=SCALE) if with_picture else ""
        bundle = {"text/html": f"<p style='margin:0'>{line}</p>{drawn}", "text/plain": line}
        if self.handle is None:
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)
        ended = time.monotonic()
        self.next_picture = ended + max(self.seconds, (ended - start) / SHARE)

    def _line(self) -> str:
        line = f"step {len(self.losses)} of {self.total}"
        if self.epochs:
            done = self.epochs[-1]
            line += f", epoch {done.epoch}: loss {done.train_loss:.4f}"
            line += "" if math.isnan(done.train_accuracy) else f", accuracy {done.train_accuracy:.2%}"
            line += "" if done.val_accuracy is None else f", validation {done.val_accuracy:.2%}"
        return line + self.ending
