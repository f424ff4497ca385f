"""The live display of a run: a bar and a line per epoch in a terminal, plain lines elsewhere. It only reads events."""

import sys
import time
from typing import Any, TextIO

from pellucid.progress import bar
from pellucid.train.events import (
    EpochDone,
    Event,
    Finished,
    Interrupted,
    NotFinite,
    Started,
    StepDone,
    StoppedEarly,
)
from pellucid.train.run_settings import settings_line

__all__ = ["ProgressDisplay"]


SECONDS = 0.05  # between two moves of the bar


class ProgressDisplay:
    """Call it with each event; close it at the end. Lines go to `stream`: stderr, unless another is given."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.bar: Any = None
        self.smooth: float | None = None
        self.epochs = 0
        self.next_time = 0.0  # when the bar may move again

    def __call__(self, event: Event) -> None:
        """Show an event."""
        match event:
            case Started():
                self._start(event)
            case StepDone():
                self._step(event)
            case EpochDone():
                self.line(self._epoch_text(event))
            case StoppedEarly():
                self.line(f"no improvement for {event.patience} epochs: stopped after epoch {event.epoch}")
            case NotFinite():
                self.line(f"step {event.step}: the loss is {event.loss}, first in {event.where}")
                self.close()
            case Interrupted():
                self.close()
                self.line(_interrupted(event))
            case Finished():
                self.close()

    def line(self, text: str) -> None:
        """Show a line, above the bar where there is one."""
        if self.bar is not None:
            self.bar.console.print(text, highlight=False, markup=False, soft_wrap=True)
        elif self.stream is not None:
            print(text, file=self.stream, flush=True)

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _start(self, event: Started) -> None:
        self.epochs = event.epochs
        self.line(
            f"{_counted(event.samples)} samples, {_counted(event.steps_per_epoch)} steps per epoch, "
            f"{event.parameters:,} parameters, {event.layers} layers"
            + (f"; continuing after step {event.first_step}" if event.first_step else "")
        )
        decides = (
            ""
            if event.decides is None
            else f"; * is the best epoch by {event.decides.replace('val_', 'validation ', 1)}"
        )
        if event.settings:
            self.line(settings_line(event.settings) + decides)
        if event.first_epoch >= event.epochs:
            self.line(f"the run is finished: all {event.epochs} epochs are done; give more epochs to extend it")
            return
        if self.stream is not None and self.stream.isatty():
            self.bar = bar("starting", stream=self.stream)
            total = None if event.steps_per_epoch is None else event.epochs * event.steps_per_epoch
            self.bar.update(self.bar.task_ids[0], total=total, completed=event.first_step)

    def _step(self, event: StepDone) -> None:
        self.smooth = event.loss if self.smooth is None else 0.95 * self.smooth + 0.05 * event.loss
        if self.bar is not None and time.monotonic() >= self.next_time:  # small steps take less time than a bar
            self.next_time = time.monotonic() + SECONDS
            text = f"epoch {event.epoch}/{self.epochs}  loss {self.smooth:.3f}"
            self.bar.update(self.bar.task_ids[0], completed=event.step, description=text)

    def _epoch_text(self, event: EpochDone) -> str:
        width = len(str(self.epochs))
        text = f"epoch {event.epoch:>{width}}/{self.epochs}  loss {event.train_loss:.4f}"
        text += "" if event.train_accuracy != event.train_accuracy else f"  accuracy {event.train_accuracy:.2%}"
        if event.val_accuracy is not None:
            text += f"  validation {event.val_accuracy:.2%}"
        elif event.val_loss is not None:
            text += f"  validation loss {event.val_loss:.4f}"
        part = "train_" if event.val_loss is None else "val_"
        text += "".join(f"  {name} {value:.4g}" for name, value in event.metrics.items() if name.startswith(part))
        return f"{text}  {event.seconds:.1f} s{'  *' if event.best else ''}"


def _counted(count: int | None) -> str:
    return "an unknown number of" if count is None else f"{count:,}"


def _interrupted(event: Interrupted) -> str:
    saved = "nothing is saved, since fit was given no folder" if event.path is None else f"saved in {event.path}"
    return f"interrupted after step {event.step}; {saved}"
