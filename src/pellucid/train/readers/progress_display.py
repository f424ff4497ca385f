"""The live display of a run: a bar and a line per epoch in a terminal, plain lines elsewhere. It only reads events."""

from typing import Any

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

__all__ = ["ProgressDisplay"]


class ProgressDisplay:
    """Call it with each event; close it at the end. Lines go to `console`, a rich Console (usually on stderr)."""

    def __init__(self, console: Any) -> None:
        self.console = console
        self.bar: Any = None
        self.task: Any = None
        self.smooth: float | None = None
        self.epochs = 0

    def __call__(self, event: Event) -> None:
        """Show an event."""
        match event:
            case Started():
                self._start(event)
            case StepDone():
                self._step(event)
            case EpochDone():
                self._line(self._epoch_text(event))
            case StoppedEarly():
                self._line(f"no improvement for {event.patience} epochs: stopped after epoch {event.epoch}")
            case NotFinite():
                self._line(f"step {event.step}: the loss is {event.loss}, first in {event.where}")
            case Finished() | Interrupted():
                self.close()

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _start(self, event: Started) -> None:
        self.epochs = event.epochs
        self._line(
            f"{event.samples:,} samples, {event.steps_per_epoch} steps per epoch, {event.parameters:,} parameters, "
            f"{event.layers} layers" + (f"; continuing after step {event.first_step}" if event.first_step else "")
        )
        if not self.console.is_terminal:
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        self.bar = Progress(*columns, TimeRemainingColumn(), console=self.console, transient=True)
        total = event.epochs * event.steps_per_epoch
        self.task = self.bar.add_task("starting", total=total, completed=event.first_step)
        self.bar.start()

    def _step(self, event: StepDone) -> None:
        self.smooth = event.loss if self.smooth is None else 0.95 * self.smooth + 0.05 * event.loss
        if self.bar is not None:
            text = f"epoch {event.epoch}/{self.epochs}  loss {self.smooth:.3f}"
            self.bar.update(self.task, completed=event.step, description=text)

    def _epoch_text(self, event: EpochDone) -> str:
        width = len(str(self.epochs))
        text = f"epoch {event.epoch:>{width}}/{self.epochs}  loss {event.train_loss:.4f}"
        text += "" if event.train_accuracy != event.train_accuracy else f"  accuracy {event.train_accuracy:.2%}"
        text += "" if event.val_accuracy is None else f"  validation {event.val_accuracy:.2%}"
        return f"{text}  {event.seconds:.1f} s{'  *' if event.best else ''}"

    def _line(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)
