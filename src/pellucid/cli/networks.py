"""The commands about a network: `evaluate`, `predict`, `describe`."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import Folder

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
    from pellucid.train.model import load as load_model

    model = load_model(folder)
    source = model.origin.data if data is None else data
    if source is None:
        raise DataError(f"{folder} does not say which data it was trained on; give them with --data")
    splits = load(source, size=model.origin.size if Path(source).expanduser().is_dir() else None)
    if splits.sample_shape != model.net.input_shape:
        raise DataError(
            f"{splits.name}: the network takes samples of shape {model.net.input_shape}; got {splits.sample_shape}; "
            "choose data like that of the run"
        )
    result = model.evaluate(splits.test)
    if as_json:
        print(json.dumps({"samples": len(splits.test), "accuracy": result.accuracy, "loss": result.loss}))
    else:
        print(f"{len(splits.test):,} test samples: accuracy {result.accuracy:.2%}, loss {result.loss:.4f}")


def predict(
    folder: Folder,
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Images, or folders of images.", show_default=False)
    ],
    top: Annotated[
        int, typer.Option("--top", min=1, metavar="N", help="Number of classes to show for each image.")
    ] = 3,
) -> None:
    """Classify images: print the most likely classes and their probabilities."""
    import numpy as np

    from pellucid.train.model import load as load_model
    from pellucid.train.model.pictures import files_in

    model = load_model(folder)
    paths = files_in(images)
    for path, shares in zip(paths, model.predict_proba(paths), strict=True):
        likeliest = np.argsort(-shares, kind="stable")[:top]
        print(f"{path}: " + ", ".join(f"{model.classes[i]} {shares[i]:.1%}" for i in likeliest))


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
    from pellucid.train.model import load as load_model

    if Path(model).exists():
        if shape is not None or classes is not None:
            raise ConfigError(
                f"--shape and --classes only apply to a named model; the run {model} defines its own; leave them out"
            )
        print(load_model(model).net.describe())
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
    print(build(model, sizes, 10 if classes is None else classes).describe())
