"""The commands about a network: `evaluate`, `predict`, `describe`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli.arguments import Folder, user_path
from pellucid.cli.ending import note, say
from pellucid.escaping import printable

if TYPE_CHECKING:
    from pellucid.train.model import Model

__all__ = ["describe", "evaluate", "predict"]


def evaluate(
    folder: Folder,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="TEXT",
            help="Evaluate on other data: all of them, or their own test set.",
            show_default=False,
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics", metavar="NAME,NAME", help="Metrics beside the usual ones: f1,roc_auc.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """Evaluate a run's best network on the test set."""
    import json

    from pellucid.data.sources import is_judged_whole
    from pellucid.train.model import load as load_model

    model = load_model(folder)
    test = _test_part(model, folder, data)
    asked = () if metrics is None else tuple(name.strip() for name in metrics.split(","))
    result = model.evaluate(test, metrics=asked)
    samples = len(result.scores)
    if model.target.kind == "numbers":
        found: dict[str, Any] = {"loss": result.loss, **result.metrics}
    else:
        found = {"accuracy": result.accuracy, "loss": result.loss, **result.metrics}
    if result.loss is None:
        note(f"the loss is left out: it is a function, {model.loss}, and the run only knows its name")
        del found["loss"]
    if result.warning:
        note(result.warning)
    if as_json:
        say(json.dumps({"samples": samples, **found}))
    else:
        words = (
            f"{name} {value:.2%}" if name == "accuracy" else f"{name} {_number(value)}" for name, value in found.items()
        )
        whole = data is not None and is_judged_whole(data, trained_on=model.origin.data)
        which = "samples" if whole else "rows" if data is not None and isinstance(test, tuple) else "test samples"
        say(f"{samples:,} {which}: {', '.join(words)}")


def _number(value: float) -> str:
    """Return four decimals, of large numbers six digits."""
    return f"{value:.4f}" if abs(value) < 100 else f"{value:.6g}"


def _test_part(model: "Model", folder: Path, data: str | None) -> Any:
    """Return the test set of the run, or other data: their own test set, else all of them."""
    from pellucid.data import DataError, TablePreparation
    from pellucid.data.sources import load_to_judge

    if isinstance(model.preparation, TablePreparation):
        return _rows_to_judge(model, folder, data)
    source = model.origin.data if data is None else data
    if source is None:
        raise DataError(f"{folder} does not say which data it was trained on; give them with --data")
    shape = model.net.input_shape
    test = load_to_judge(source, trained_on=model.origin.data, size=shape[1:] if len(shape) == 3 else None)
    if test.sample_shape != shape:
        raise DataError(
            f"{source}: the network expects samples of shape {shape}; got {test.sample_shape}; "
            "choose data like that of the run"
        )
    return test


def _rows_to_judge(model: "Model", folder: Path, data: str | None) -> Any:
    """Return the test rows of the run's table, or all rows of another, with their targets."""
    from pellucid.data import DataError, read_table
    from pellucid.train.run import config_of
    from pellucid.train.run_data import load_data

    if data is not None:
        table = read_table(data)
        names = table.target_names(model.origin.targets or config_of(folder).target)
        return table.without(names), table.target(names)
    if folder.is_dir() and not (folder / "config.toml").exists():
        raise DataError(
            f"{folder} does not say how its table was split (there is no config.toml: `fit` in Python wrote it); "
            "give the rows to judge with --data FILE"
        )
    return load_data(config_of(folder)).test


def predict(
    folder: Folder,
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            parser=user_path,
            help="Images, folders of images, or tables (.csv, .tsv, .parquet).",
            show_default=False,
        ),
    ],
    top: Annotated[
        int | None,
        typer.Option(
            "--top",
            min=1,
            metavar="N",
            help="Number of classes to show for each image. [dim](3)[/dim]",
            show_default=False,
        ),
    ] = None,
    ids: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="NAME,NAME",
            help="Columns of a table to write before each prediction. [dim](those that training left out as identifiers)[/dim]",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout; for tables, a line for each row.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            parser=user_path,
            help="Write to a file, not to stdout; as CSV unless --json.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Predict: the most likely classes of images, or, as CSV, a line for each row of a table."""
    from pellucid.cli.rows import picture_rows, row_lines
    from pellucid.data import TablePreparation
    from pellucid.nets import write_atomically
    from pellucid.train.config import ConfigError
    from pellucid.train.model import load as load_model
    from pellucid.train.model.pictures import files_in

    model = load_model(folder)
    is_table = isinstance(model.preparation, TablePreparation)
    if is_table and top is not None:
        raise ConfigError("--top only applies to images; for rows of a table, every class is given; leave it out")
    if ids is not None and not is_table:
        raise ConfigError("--id only applies to rows of a table; leave it out")
    chosen = None if ids is None else [name.strip() for name in ids.split(",") if name.strip()]
    if is_table:
        lines = row_lines(model, images, as_json=as_json, ids=chosen)
    elif out is None or as_json:
        lines = _image_lines(model, images, top or 3, as_json)
    else:
        lines = picture_rows(model, files_in(images), top)
    if out is None:
        for line in lines:
            say(line)
    else:
        write_atomically(out, "".join(f"{line}\n" for line in lines).encode())


def _image_lines(model: "Model", images: list[Path], top: int, as_json: bool) -> Iterator[str]:
    """Yield a line for each image: its likeliest classes."""
    import json

    import numpy as np

    from pellucid.train.model.pictures import files_in

    paths = files_in(images)
    for path, shares in zip(paths, model.predict_proba(paths), strict=True):
        likeliest = np.argsort(-shares, kind="stable")[:top]
        if as_json:
            yield json.dumps({"file": str(path), **{model.classes[i]: float(shares[i]) for i in likeliest}})
        else:
            yield printable(f"{path}: " + ", ".join(f"{model.classes[i]} {shares[i]:.1%}" for i in likeliest))


def describe(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A named model, a file (net.toml, net.py:function), or a run.", show_default=False
        ),
    ],
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
    from pellucid.nets import MODELS, ModelFile, build
    from pellucid.shapes import did_you_mean, meant
    from pellucid.train.config import ConfigError
    from pellucid.train.model import load as load_model

    if model and not ModelFile.is_one(model) and Path(model).exists():
        if shape is not None or classes is not None:
            raise ConfigError(
                f"--shape and --classes only apply to a named model; the run {model} defines its own; leave them out"
            )
        say(load_model(Path(model)).describe())
        return
    shape = "3,32,32" if shape is None else shape
    try:
        sizes = [int(size) for size in shape.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise ConfigError(f"--shape must be whole numbers of at least 1 such as 3,32,32; got {shape!r}")
    scores = 10 if classes is None else classes
    if ModelFile.is_one(model):
        say(ModelFile.of(model).network(sizes, scores).describe())
        return
    name = meant(model, MODELS)
    if name is None:
        raise ConfigError(
            f"MODEL must be one of {', '.join(MODELS)}, a file (net.toml, net.py:function), or a run folder; got {model!r}"
            f"{did_you_mean(model, MODELS)}"
        )
    say(build(name, sizes, scores).describe())
