"""The command `find-lr`: a learning-rate range test with the settings of `train`."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.cli.arguments import user_path
from pellucid.cli.ending import note, say
from pellucid.cli.training import settings_command, settings_from

__all__ = ["find_lr_command"]

OF_RUNS = (  # how the names of settings begin that change nothing in a range test
    *("epochs", "learning_rate", "schedule", "average", "ema_", "swa_"),
    *("metrics", "monitor", "patience", "checkpoint_every"),
)
START, STOP, STEPS = 1e-6, 10.0, 100  # as in `Trainer.find_learning_rate`
DRAWINGS = (".png", ".svg")


def find_lr_command() -> Callable[..., None]:
    """Return `_find_lr` with one flag for each field of the configuration that a range test uses, and those of the test."""
    from pellucid.train.config import settings

    unused = [setting.name for setting in settings() if setting.name.startswith(OF_RUNS)]
    more = {
        "start": Annotated[float, _option("--start", "X", f"First learning rate of the test. [dim]({START:g})[/dim]")],
        "stop": Annotated[float, _option("--stop", "X", f"Last learning rate of the test. [dim]({STOP:g})[/dim]")],
        "steps": Annotated[int, _option("--steps", "N", f"Steps of the test, at least 10. [dim]({STEPS})[/dim]")],
        "plot": Annotated[Path | None, _option("--plot", "FILE", "Draw losses over rates: .png or .svg.", user_path)],
    }
    return settings_command(_find_lr, more, {"start": START, "stop": STOP, "steps": STEPS}, unused=unused)


def _option(flag: str, metavar: str, text: str, parser: Callable[[str], Any] | None = None) -> Any:
    return typer.Option(flag, metavar=metavar, parser=parser, help=text, show_default=False)


def _find_lr(config: Path | None, plot: Path | None, start: float, stop: float, steps: int, **flags: Any) -> None:
    """Find a learning rate: take steps at rising rates until the loss grows, and suggest a base rate.

    Settings of a file that only a whole run uses, such as epochs and schedule, do not matter.
    """
    from pellucid.nets import write_atomically
    from pellucid.train.run import prepare

    _check(plot, start, stop, steps)
    settings = settings_from(config, flags, note)
    prepared = prepare(replace(settings, learning_rate=None) if settings.learning_rate == "auto" else settings)
    found = prepared.trainer.find_learning_rate(
        prepared.splits,
        pipeline=prepared.pipeline,
        balanced=settings.balanced,
        start=start,
        stop=stop,
        steps=steps,
    )
    if plot is not None:
        drawn = io.BytesIO()
        found.plot().savefig(drawn, format=plot.suffix[1:].lower())
        write_atomically(plot, drawn.getvalue())
    say(str(found))


def _check(plot: Path | None, start: float, stop: float, steps: int) -> None:
    """Raise ConfigError for an empty range, or a drawing that cannot be made, before anything is loaded."""
    from pellucid.shapes import ShapeError, check_number, check_whole
    from pellucid.train.config import ConfigError

    try:
        check_number("find-lr", "--start", start, above=0)
        check_number("find-lr", "--stop", stop, above=start)
        check_whole("find-lr", "--steps", steps, minimum=10)
    except ShapeError as error:
        raise ConfigError(str(error)) from None
    if plot is not None and plot.suffix.lower() not in DRAWINGS:
        raise ConfigError(f"find-lr: --plot must end in {' or '.join(DRAWINGS)}; got {plot}")
