"""`watch`: a doctor for a training loop of PyTorch's, whatever the loop looks like."""

import contextlib
import sys
import warnings
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import torch
from torch import nn
from torch.utils.data import DataLoader

from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.torch.charting import TorchChart, chart_of, findings_of
from pellucid.doctor.torch.checks import checked_model, checked_optimizers
from pellucid.doctor.torch.describing import setup_of_loop
from pellucid.doctor.torch.examining import examined
from pellucid.doctor.torch.observing.arrays import quiet
from pellucid.doctor.torch.observing.copying import LoopBeginning
from pellucid.doctor.torch.observing.listening import Listener
from pellucid.doctor.torch.observing.observer import Observer
from pellucid.doctor.torch.observing.recording import LoopRecording
from pellucid.doctor.torch.randomness import same_random_state
from pellucid.doctor.treating import Treats
from pellucid.escaping import printable_lines

__all__ = ["TorchDoctor", "watch"]


def watch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
    loss: Callable[..., torch.Tensor] | None = None,
    *,
    validation: Any = None,
    out: Any = None,
    show: bool = True,
) -> "TorchDoctor":
    """Return a doctor for the loop inside: `with watch(model, optimizer) as doctor: ...`; at its end it says what it found.

    model: the module that the loop trains. optimizer: the one that steps it, or several.
    loss: the loss function; only `doctor.examine(batch)` needs it, a loop's own loss is found out.
    validation: pairs (x, y) of tensors, or a DataLoader, where the loop itself evaluates nothing.
    out: a folder, into which what is measured is written as the run goes, for `pellucid view`.
    show: whether findings are printed, on stderr.

    The loop, its random numbers and every weight are left as they are, bit for bit. Raises TypeError or ValueError for what cannot
    be watched.
    """
    return TorchDoctor(model, optimizer, loss, validation=validation, out=out, show=show)


class TorchDoctor(Treats):
    """Watches between `with` and the end of its block. `findings`, causes first; `chart`, everything that was measured."""

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        loss: Any = None,
        *,
        validation: Any = None,
        out: Any = None,
        show: bool = True,
    ) -> None:
        self.model: nn.Module = checked_model(model)
        self.optimizers = checked_optimizers(optimizer, self.model)
        if loss is not None and not callable(loss):
            raise TypeError(f"watch: loss must be a function or a module, such as nn.CrossEntropyLoss(); got {loss!r}")
        self.loss, self.validation, self.show = loss, validation, show
        self.findings: tuple[AilmentFinding, ...] = ()
        self.chart: TorchChart | None = None
        self.notes: tuple[str, ...] = ()  # what could not be examined, and why
        self._observer: Observer | None = None
        self._recording = LoopRecording(out)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Begin to watch."""
        if self._observer is not None:
            raise RuntimeError("watch: a doctor serves one loop; call watch(...) again for another")
        beginning = LoopBeginning(self.model, self.optimizers[0])
        self._observer = observer = Observer(self.model, self.optimizers, beginning, self._recording)
        self._recording.begin(lambda: setup_of_loop(observer))
        self._hook(observer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove every hook, examine, and print what was found; an error of the loop's goes on as it is."""
        observer = self._observer
        assert observer is not None
        self._open.close()
        try:
            self._conclude(observer, somebody_waits=kind is not None and not issubclass(kind, Exception))
        except (Exception, KeyboardInterrupt) as own:
            if not isinstance(own, KeyboardInterrupt):
                _warn(own)
        said = [str(finding) for finding in self.findings]
        if not observer.all_backwards and kind is None:  # silence would say that all is well
            said = [f"the doctor saw no training: {note}" for note in self.notes[:1]]
        if self.show and said and sys.stderr is not None:
            print(printable_lines("\n".join(said)), file=sys.stderr, flush=True)

    def examine(self, batch: Any = None, *, steps: int = 40) -> tuple[AilmentFinding, ...]:
        """Look at a batch before training: train a copy on it for some steps, and return what is found.

        batch: (x, y), as the loss reads them; x a tensor, or a tuple or dict of tensors that the model takes. Needs
        `watch(..., loss=...)`. Without a batch: what the watch found so far.
        """
        if batch is None:
            observer = self._observer
            if observer is not None and observer.steps:
                self._conclude(observer, somebody_waits=False)
            return self.findings
        return examined(self, batch, steps)

    def _hook(self, observer: Observer) -> None:
        on_exit = self._open.callback
        forward = self.model.register_forward_pre_hook(
            lambda _, args, kwargs: _guarded(observer, observer.forward_begins, args, kwargs), with_kwargs=True
        )
        on_exit(forward.remove)
        after = self.model.register_forward_hook(
            lambda _, args, kwargs, output: _guarded(observer, observer.forward_ended, output),
            with_kwargs=True,
            always_call=True,
        )
        on_exit(after.remove)
        on_exit(observer.recorder.stop)
        first = self.optimizers[0]
        ears = _StepEars(observer)
        for hook in (first.register_step_pre_hook(ears.before), first.register_step_post_hook(ears.after)):
            on_exit(hook.remove)
        on_exit(ears.close)
        on_exit(_listen_to_loaders(observer))
        self._open.enter_context(Listener(observer))

    def _conclude(self, observer: Observer, *, somebody_waits: bool) -> None:
        if observer.error is not None:
            _warn(observer.error)
        with same_random_state(seed=0), warnings.catch_warnings(), torch.autocast("cpu", enabled=False):
            warnings.simplefilter("ignore")
            observer.settle()
            self.chart, notes = chart_of(observer, self.validation, trials=not somebody_waits)
            self.findings = findings_of(self.chart, observer)
        self.notes = tuple(notes)
        self._recording.close(self.chart.epochs, self.findings)


class _StepEars:
    """Hooks of an optimizer. While it steps, functions are not listened to: it calls many."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._closed: Any = None

    def before(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Begin a step."""
        _guarded(self._observer, self._observer.step_begins)
        if not any(callable(value) for value in (*args, *kwargs.values())):  # no closure, which computes the loss
            self._closed = quiet()
            self._closed.__enter__()

    def after(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """End a step."""
        self.close()
        _guarded(self._observer, self._observer.step_ended)

    def close(self) -> None:
        """Listen again."""
        closed, self._closed = self._closed, None
        if closed is not None:
            closed.__exit__(None, None, None)


def _guarded(observer: Observer, hear: Callable[..., None], *args: Any) -> None:
    if observer.deaf:
        return
    try:
        with quiet():
            hear(*args)
    except Exception as error:
        observer.fail(error)


def _listen_to_loaders(observer: Observer) -> Callable[[], None]:
    """Let the observer know when a DataLoader begins; return what undoes it."""
    original = DataLoader.__iter__

    def begin(loader: Any) -> Any:
        _guarded(observer, observer.keeper.loader_began, loader)
        return original(loader)

    DataLoader.__iter__ = begin

    def undo() -> None:
        if DataLoader.__iter__ is begin:
            DataLoader.__iter__ = original

    return undo


def _warn(error: BaseException) -> None:
    warnings.warn(f"the doctor could not examine this run: {type(error).__name__}: {error}", stacklevel=4)
