"""The command `find-lr`: a learning-rate range test with the settings of `train`."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.cli.ending import note
from pellucid.cli.training import settings_command, settings_from

__all__ = ["find_lr_command"]

OF_RUNS = (  # how the names of settings begin that change nothing in a range test
    *("epochs", "learning_rate", "schedule", "average", "ema_", "swa_"),
    *("metrics", "monitor", "patience", "checkpoint_every"),
)


def find_lr_command() -> Callable[..., None]:
    """Return `_find_lr` with one flag for each field of the configuration that a range test uses."""
    from pellucid.train.config import settings

    unused = [setting.name for setting in settings() if setting.name.startswith(OF_RUNS)]
    plot = Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw losses over rates, as PNG or SVG.", show_default=False),
    ]
    return settings_command(_find_lr, {"plot": plot}, unused=unused)


def _find_lr(config: Path | None, plot: Path | None, **flags: Any) -> None:
    """Find a learning rate: take steps at rising rates until the loss grows, and suggest a base rate.

    Settings of a file that only a whole run uses, such as epochs and schedule, do not matter.
    """
    from pellucid.train.run import prepare

    settings = settings_from(config, flags, note)
    prepared = prepare(replace(settings, learning_rate=None) if settings.learning_rate == "auto" else settings)
    found = prepared.trainer.find_learning_rate(prepared.splits, pipeline=prepared.pipeline, balanced=settings.balanced)
    if plot is not None:
        found.plot().savefig(plot)
    print(found)
