"""Live curves of a training run: one output, replaced in place a few times a second at most, so that nothing flickers.

It is HTML with a picture of fixed size: no script, no widget; it looks alike in Jupyter, VS Code and a saved notebook. Where HTML
is not shown, its one line of text is.
"""

import time
from typing import Any

from pellucid.interop.notebook.displays import curves_png, picture
from pellucid.train.events import EpochDone, Event, Finished, Interrupted, NotFinite, Started, StepDone, StoppedEarly

__all__ = ["LiveCurves"]

SHARE = 0.1  # of the time that drawing may take


class LiveCurves:
    """Watches one run; every `fit` in a notebook has one. Runs shorter than `seconds` leave a line without a picture."""

    def __init__(self, seconds: float = 0.5) -> None:
        self.seconds = seconds  # between two pictures, at least
        self.losses: list[float] = []
        self.epochs: list[EpochDone] = []
        self.handle: Any = None
        self.total = 0
        self.due = 0.0  # when the next picture may be drawn
        self.ending = ""

    def __call__(self, event: Event) -> None:
        """Show an event, where the next picture is due or the run has ended."""
        match event:
            case Started():
                self.total = event.epochs * event.steps_per_epoch
                self.due = time.monotonic() + self.seconds
            case StepDone():
                self.losses.append(event.loss)
            case EpochDone():
                self.epochs.append(event)
            case StoppedEarly():
                self.ending = f"; no better epoch in {event.patience}, stopped early"
            case Interrupted():
                self.ending += "; interrupted"
            case NotFinite():
                self.ending += f"; the loss is {event.loss}, first in {event.where}"
        last = isinstance(event, Finished | Interrupted | NotFinite)
        if last or (self.losses and time.monotonic() >= self.due):
            self._show(with_picture=self.handle is not None or not last or self.seconds == 0)

    def _show(self, *, with_picture: bool) -> None:
        from IPython.display import display

        start = time.monotonic()
        line = self._line()
        drawn = picture(curves_png(self.losses, self.epochs), "loss and accuracy") if with_picture else ""
        bundle = {"text/html": f"<p style='margin:0'>{line}</p>{drawn}", "text/plain": line}
        if self.handle is None:
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)
        ended = time.monotonic()
        self.due = ended + max(self.seconds, (ended - start) / SHARE)

    def _line(self) -> str:
        line = f"step {len(self.losses)} of {self.total}"
        if self.epochs:
            done = self.epochs[-1]
            line += f", epoch {done.epoch}: loss {done.train_loss:.4f}, accuracy {done.train_accuracy:.2%}"
            line += "" if done.val_accuracy is None else f", validation {done.val_accuracy:.2%}"
        return line + self.ending
