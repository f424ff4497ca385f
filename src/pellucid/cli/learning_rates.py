"""The command `find-lr`: a learning-rate range test with the settings of `train`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.cli.training import settings_command, settings_from

__all__ = ["find_lr_command"]


def find_lr_command() -> Callable[..., None]:
    """Return `_find_lr` with one flag for each field of the configuration."""
    plot = Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw losses over rates, as PNG or SVG.", show_default=False),
    ]
    return settings_command(_find_lr, {"plot": plot})


def _find_lr(config: Path | None, plot: Path | None, **flags: Any) -> None:
    """Find a learning rate: take steps at rising rates until the loss grows, and suggest a base rate."""
    from pellucid.train.run import prepare

    prepared = prepare(settings_from(config, {**flags, "learning_rate": flags.get("learning_rate") or "0.001"}))
    found = prepared.trainer.find_learning_rate(prepared.splits, pipeline=prepared.pipeline)
    if plot is not None:
        found.plot().savefig(plot)
    print(found)
