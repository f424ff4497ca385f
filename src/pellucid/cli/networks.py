"""The commands about a network: `evaluate`, `predict`, `describe`."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import Folder, user_path
from pellucid.cli.ending import say
from pellucid.escaping import printable

__all__ = ["describe", "evaluate", "predict"]


def evaluate(
    folder: Folder,
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="TEXT", help="Evaluate on the test set of other data.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """Evaluate a run's best network on the test set."""
    import json

    from pellucid.data import DataError, load
    from pellucid.files import expanded
    from pellucid.train.run import load_model

    model = load_model(folder)
    source = model.data if data is None else data
    splits = load(source, size=model.size if expanded(source).is_dir() else None)
    if splits.sample_shape != model.net.input_shape or len(splits.classes) != len(model.classes):
        raise DataError(
            f"{splits.name}: the network expects samples of shape {model.net.input_shape} in {len(model.classes)} classes, "
            f"got {splits.sample_shape} in {len(splits.classes)}; choose data like that of the run"
        )
    result = model.evaluate(splits.test)
    if as_json:
        say(json.dumps({"samples": len(splits.test), "accuracy": result.accuracy, "loss": result.loss}))
    else:
        say(f"{len(splits.test):,} test samples: accuracy {result.accuracy:.2%}, loss {result.loss:.4f}")


def predict(
    folder: Folder,
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", parser=user_path, help="Image files.", show_default=False)
    ],
    top: Annotated[
        int, typer.Option("--top", min=1, metavar="N", help="Number of classes to show for each image.")
    ] = 3,
) -> None:
    """Classify images: print the most likely classes and their probabilities."""
    from pellucid.train.predict import predict_files
    from pellucid.train.run import load_model

    model = load_model(folder)
    for path, guesses in zip(images, predict_files(model, images, top), strict=True):
        say(printable(f"{path}: " + ", ".join(f"{name} {probability:.1%}" for name, probability in guesses)))


def describe(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A named model, or a run folder.", show_default=False)],
    shape: Annotated[
        str | None,
        typer.Option("--shape", metavar="C,H,W", help="Shape of one sample. [dim](3,32,32)[/dim]", show_default=False),
    ] = None,
    classes: Annotated[
        int | None,
        typer.Option("--classes", min=1, metavar="N", help="Number of classes. [dim](10)[/dim]", show_default=False),
    ] = None,
) -> None:
    """Print a network: each layer's output shape, parameters and multiply-adds."""
    from pellucid.nets import MODELS, build
    from pellucid.train.config import ConfigError
    from pellucid.train.run import load_model

    if model and Path(model).is_dir():
        if shape is not None or classes is not None:
            raise ConfigError(
                f"--shape and --classes only apply to a named model; the run {model} defines its own; leave them out"
            )
        say(load_model(Path(model)).net.describe())
        return
    shape = "3,32,32" if shape is None else shape
    try:
        sizes = [int(size) for size in shape.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise ConfigError(f"--shape must be whole numbers of at least 1 such as 3,32,32; got {shape!r}")
    if model not in MODELS:
        raise ConfigError(f"MODEL must be one of {', '.join(MODELS)}, or a run folder; got {model!r}")
    say(build(model, sizes, 10 if classes is None else classes).describe())
