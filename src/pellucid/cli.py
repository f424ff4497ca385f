"""The command line: a table of commands. Each imports what it needs, so that `--help` and `--version` are quick.

Exit codes: 0, 1 for a job that failed, 2 for wrong usage. JSON and results go to stdout, progress and errors to stderr.
"""

import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pellucid.train.config import Setting
    from pellucid.train.run import Outcome

__all__ = ["app", "main"]

app = typer.Typer(
    name="pellucid",
    help="Neural networks you can see through.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

TRAIN_EXAMPLES = """[bold]Examples[/bold]

pellucid train   [dim]a ConvNet on the digits that come along[/dim]\n
pellucid train --data cifar10 --model vgg6-bn --epochs 10 --flip --crop 4\n
pellucid train --data my-images/ --out runs/mine   [dim]a folder with a folder a class[/dim]\n
pellucid train --config runs/mine/config.toml --seed 1   [dim]the same again, another seed[/dim]"""

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress; errors only.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder that `train` made.", show_default=False)]


def main() -> None:
    """Run the command line; turn every user's mistake into one line."""
    from pellucid.data import DataError
    from pellucid.nets import StorageError
    from pellucid.shapes import ShapeError
    from pellucid.train.config import ConfigError

    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.Abort:
        _fail("interrupted", 1)
    except ConfigError as error:
        _fail(str(error), 2)
    except (DataError, ShapeError, StorageError) as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("interrupted", 1)
    except MemoryError as error:
        _fail(f"out of memory: {error or 'a smaller --batch-size needs less'}", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has gone
        sys.exit(1)
    except Exception as error:
        _show_usage_error(error)


def _show_usage_error(error: Exception) -> None:
    """Turn the parser's own errors into one line; raise any other error again."""
    say = getattr(error, "format_message", None)
    if say is None:
        raise error
    if not say():  # a command group without a command has shown its help
        sys.exit(2)
    _fail(say(), 2)


def _fail(message: str, code: int) -> None:
    print(f"pellucid: {message}", file=sys.stderr)
    sys.exit(code)


def _show_version(asked: bool) -> None:
    if asked:
        import pellucid

        print(f"pellucid {pellucid.__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _train(out: Path | None, config: Path | None, quiet: bool, **flags: Any) -> None:
    """Train a network; write checkpoints, metrics, figures and a report to a run folder."""
    from dataclasses import replace

    from pellucid.train.config import judged, read_config, read_values
    from pellucid.train.run import free_folder, start_run

    given = {name: value for name, value in flags.items() if value is not None}
    from_flags = read_values(given, where="command line", text=True)
    from_file = {} if config is None else read_config(config)
    settings = judged(from_file | from_flags, where="command line" if config is None else str(config))
    if settings.data not in ("", "digits", "cifar10"):
        settings = replace(settings, data=str(Path(settings.data).expanduser().absolute()))
    folder = free_folder(settings) if out is None else out
    _report(_with_display(quiet, lambda on_event: start_run(settings, folder, on_event)))


def _flag(setting: "Setting") -> inspect.Parameter:
    """Return the command's parameter for one field of the configuration."""
    default = "" if setting.default is None else f" [dim]({str(setting.default).lower()})[/dim]"
    text = f"{setting.description[0].upper()}{setting.description[1:]}.{default}"
    if setting.rule.startswith("one of "):
        text = f"{setting.rule[7:].replace(', ', ' | ')}.{default}"
    if isinstance(setting.default, bool):
        option = typer.Option(f"{setting.flag}/--no-{setting.name}", help=text, show_default=False)
        kind: Any = Annotated[bool | None, option]
    else:
        words = (("whole numbers", "N,N"), ("a whole number", "N"), ("a number", "X"), ("one of", "NAME"))
        metavar = next((word for start, word in words if setting.rule.startswith(start)), "TEXT")
        kind = Annotated[str | None, typer.Option(setting.flag, help=text, metavar=metavar, show_default=False)]
    return inspect.Parameter(setting.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _train_command() -> Callable[..., None]:
    """Return `_train` with one flag for each field of the configuration."""
    from pellucid.train.config import settings

    out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The run folder.", show_default=False)]
    config = Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="TOML; flags win over it.", show_default=False)
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        *(_flag(setting) for setting in settings()),
        inspect.Parameter("out", keyword, default=None, annotation=out),
        inspect.Parameter("config", keyword, default=None, annotation=config),
        inspect.Parameter("quiet", keyword, default=False, annotation=Quiet),
    ]

    def train(**given: Any) -> None:
        _train(**given)

    train.__doc__ = _train.__doc__
    train.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    train.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return train


app.command("train", epilog=TRAIN_EXAMPLES)(_train_command())


@app.command()
def resume(folder: Folder, quiet: Quiet = False) -> None:
    """Go on with an interrupted run, bit for bit as if it had never stopped."""
    from pellucid.train.run import resume_run

    _report(_with_display(quiet, lambda on_event: resume_run(folder, on_event)))


def _with_display(quiet: bool, job: "Callable[[Callable[[Any], None]], Outcome]") -> "Outcome":
    if quiet:
        return job(lambda event: None)
    from rich.console import Console

    from pellucid.kernels import native_build
    from pellucid.train.progress_display import ProgressDisplay

    console = Console(stderr=True)
    if not (build := native_build()).available:
        console.print(f"note: NumPy alone computes: {build.reason}", highlight=False, markup=False, soft_wrap=True)
    display = ProgressDisplay(console)
    try:
        return job(display)
    finally:
        display.close()


def _report(outcome: "Outcome") -> None:
    """Say how a run ended, and leave with its exit code."""
    from pellucid.train.events import Interrupted, NotFinite

    if outcome.summary is not None:
        best, accuracy = outcome.summary["best_epoch"], outcome.summary["test_accuracy"]
        print(f"test accuracy {accuracy:.2%} (best epoch {best}); the report is {outcome.folder / 'report.html'}")
    elif isinstance(outcome.last, Interrupted):
        _fail(f"stopped after step {outcome.last.step}; go on with: pellucid resume {outcome.folder}", 1)
    elif isinstance(outcome.last, NotFinite):
        last = outcome.last
        _fail(
            f"step {last.step}: the loss is {last.loss}; the first value that is not finite appears in {last.where}. "
            f"The state before this step is saved in {last.path}. Try a smaller --learning-rate, or --clip-norm 1",
            1,
        )


@app.command()
def evaluate(
    folder: Folder,
    data: Annotated[
        str | None, typer.Option("--data", metavar="TEXT", help="Other data; its test part.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """Judge a run's best network on the test set."""
    import json

    from pellucid.data import DataError, load
    from pellucid.train.run import load_model

    model = load_model(folder)
    splits = load(model.data if data is None else data)
    if splits.sample_shape != model.net.input_shape or len(splits.classes) != len(model.classes):
        raise DataError(
            f"{splits.name}: samples of {splits.sample_shape} in {len(splits.classes)} classes do not fit the network, "
            f"which takes {model.net.input_shape} in {len(model.classes)}"
        )
    judged = model.evaluate(splits.test)
    if as_json:
        print(json.dumps({"samples": len(splits.test), "accuracy": judged.accuracy, "loss": judged.loss}))
    else:
        print(f"{len(splits.test):,} test samples: accuracy {judged.accuracy:.2%}, loss {judged.loss:.4f}")


@app.command()
def predict(
    folder: Folder,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files.", show_default=False)],
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="Classes to name for each image.")] = 3,
) -> None:
    """Say what is in images: the likeliest classes and their probabilities."""
    from pellucid.train.predict import predict_files
    from pellucid.train.run import load_model

    model = load_model(folder)
    for path, guesses in zip(images, predict_files(model, images, top), strict=True):
        print(f"{path}: " + ", ".join(f"{name} {probability:.1%}" for name, probability in guesses))


@app.command()
def describe(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A named model, or a run folder.", show_default=False)],
    shape: Annotated[str, typer.Option("--shape", metavar="C,H,W", help="Of one sample.")] = "3,32,32",
    classes: Annotated[int, typer.Option("--classes", min=1, metavar="N", help="Number of classes.")] = 10,
) -> None:
    """Print a network: each layer's output shape, parameters and multiply-adds."""
    from pellucid.nets import MODELS, build
    from pellucid.train.config import ConfigError
    from pellucid.train.run import load_model

    if Path(model).is_dir():
        print(load_model(Path(model)).net.describe())
        return
    try:
        sizes = [int(size) for size in shape.split(",")]
    except ValueError:
        raise ConfigError(f"--shape must be whole numbers such as 3,32,32; it is {shape!r}") from None
    if model not in MODELS:
        raise ConfigError(f"MODEL must be one of {', '.join(MODELS)}, or a run folder; it is {model!r}")
    print(build(model, sizes, classes).describe())


@app.command()
def info() -> None:
    """Print versions, the table of layers in use and why, the processor, threads and caches."""
    from pellucid.information import information

    for name, value in information().items():
        print(f"{name:<16} {value}")


if __name__ == "__main__":
    main()
