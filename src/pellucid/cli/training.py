"""The commands `train` and `resume`."""

import contextlib
import inspect
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli.arguments import Examined, Folder, Logs, Quiet, user_path
from pellucid.cli.choosing import loss_notes, with_model
from pellucid.cli.ending import fail, note, say, show, while_it_can_be_shown
from pellucid.cli.panels import OUTPUT, panel_of

if TYPE_CHECKING:
    from pellucid.train.config import Setting, TrainConfig
    from pellucid.train.logs import RunLogs
    from pellucid.train.run import Outcome

__all__ = ["EXAMPLES", "resume", "settings_command", "settings_from", "train_command"]

EXAMPLES = """[bold]Examples[/bold]

pellucid train   [dim]a ConvNet on the built-in digits[/dim]\n
pellucid train --data cifar10 --model vgg6-bn --epochs 10 --flip --crop 4\n
pellucid train --data my-images/ --size 64 --out runs/mine   [dim]a folder with one folder per class[/dim]\n
pellucid train --data houses.csv --target price   [dim]a table: CSV, TSV or Parquet[/dim]\n
pellucid train --config runs/mine/config.toml --seed 1   [dim]the same with another seed[/dim]"""


def train_command() -> Callable[..., None]:
    """Return `_train` with one flag for each field of the configuration."""
    out = Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", parser=user_path, help="The run folder.", show_default=False, rich_help_panel=OUTPUT
        ),
    ]
    return settings_command(
        _train,
        {"out": out, "log": Logs, "quiet": Quiet, "doctor": Examined},
        {"log": (), "quiet": False, "doctor": True},
    )


def settings_command(
    run: Callable[..., None],
    more: dict[str, Any],
    defaults: dict[str, Any] | None = None,
    *,
    unused: Collection[str] = (),
) -> Callable[..., None]:
    """Return a command with one flag for each field of the configuration, `--config`, and more; defaults of those are None.

    unused: settings that have no flag, since they change nothing in what the command does.
    """
    from pellucid.train.config import settings

    config = Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            parser=user_path,
            help="Settings as TOML; flags override it.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        *(_flag(setting) for setting in settings() if setting.name not in unused),
        *(
            inspect.Parameter(name, keyword, default=(defaults or {}).get(name), annotation=annotation)
            for name, annotation in {"config": config, **more}.items()
        ),
    ]

    def command(**given: Any) -> None:
        run(**given)

    command.__doc__ = run.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _train(out: Path | None, config: Path | None, log: list[str], quiet: bool, doctor: bool, **flags: Any) -> None:
    """Train a network; write checkpoints, metrics, figures and a report to a run folder."""
    from pellucid.train.logs import run_logs
    from pellucid.train.run import free_folder, start_run

    notes: list[str] = []
    settings = settings_from(config, flags, notes.append)
    folder = free_folder(settings) if out is None else out
    logs = run_logs(log, folder)
    on_data = None if quiet else partial(_show_choices, notes, settings.loss)
    _report(
        _with_display(
            quiet, folder, lambda show: start_run(settings, folder, logs.with_reader(show), on_data, doctor=doctor)
        ),
        logs,
        quiet=quiet,
    )


def settings_from(config: Path | None, flags: dict[str, Any], said: Callable[[str], object]) -> "TrainConfig":
    """Return the settings of a file and of flags, which override it; paths are made absolute.

    `said` is called with a line on what the kind of data has chosen.
    """
    from dataclasses import replace

    from pellucid.files import expanded
    from pellucid.nets import ModelFile
    from pellucid.train.config import build_config, read_config, read_values, without_former_choices

    given = {name: value for name, value in flags.items() if value is not None}
    from_flags = read_values(given, where="command line", text=True)
    from_file = {} if config is None else without_former_choices(read_config(config), from_flags)
    settings = build_config(
        with_model(from_file | from_flags, said), where="command line" if config is None else str(config)
    )
    if settings.data not in ("", "digits", "cifar10", "penguins"):
        settings = replace(settings, data=str(expanded(settings.data).absolute()))
    if ModelFile.is_one(settings.model):
        file = ModelFile.of(settings.model)
        settings = replace(settings, model=str(file.at(file.path.absolute())))
    if settings.from_ is not None:
        settings = replace(settings, from_=str(Path(settings.from_).expanduser().absolute()))
    return settings


def _show_choices(notes: list[str], loss: str | None, data: Any) -> None:
    """Show what the kind of data has chosen, what a loss makes of classes, and what is made of each column of a table."""
    from pellucid.data.tables import TableSplits

    for line in [*notes, *loss_notes(loss, data)]:
        note(line)
    if isinstance(data, TableSplits):
        notes = [*data.train.table.notes, *([data.reason] if data.reason else [])]
        show("\n".join([data.preparation.describe(), *notes]))


def _flag(setting: "Setting") -> inspect.Parameter:
    """Return the command's parameter for one field of the configuration."""
    default = "" if setting.default is None else f" [dim]({str(setting.default).lower()})[/dim]"
    first = (
        setting.description
        if setting.description.split()[0].endswith(",")
        else setting.description[0].upper() + setting.description[1:]
    )
    text = f"{first}.{default}"  # a description that begins with a list of values keeps their spelling
    if setting.rule.startswith("one of "):
        text = f"{setting.rule[7:].replace(', ', ' | ')}.{default}"
    shared: dict[str, Any] = {"help": text, "show_default": False, "rich_help_panel": panel_of(setting.name)}
    if isinstance(setting.default, bool):
        option = typer.Option(f"{setting.flag}/--no-{setting.flag[2:]}", **shared)
        kind: Any = Annotated[bool | None, option]
    else:
        words = (("whole numbers", "N,N"), ("a whole number", "N"), ("a number", "X"), ("one of", "NAME"))
        metavar = next((word for start, word in words if setting.rule.startswith(start)), "TEXT")
        flags = (setting.flag, *setting.other_flags)
        kind = Annotated[str | None, typer.Option(*flags, metavar=metavar, **shared)]
    return inspect.Parameter(setting.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def resume(
    folder: Folder,
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs", min=1, max=1_000_000, metavar="N", help="Extend a finished run to N epochs.", show_default=False
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            "--patience",
            min=1,
            max=1_000_000,
            metavar="N",
            help="Replace the run's patience, also of a run that it has ended.",
            show_default=False,
        ),
    ] = None,
    log: Logs = [],  # noqa: B006 (never changed)
    quiet: Quiet = False,
    doctor: Examined = True,
) -> None:
    """Continue an interrupted run, bit for bit as if it had never stopped, or extend a finished one."""
    from pellucid.train.logs import run_logs
    from pellucid.train.run import resume_run

    logs = run_logs(log, folder)
    _report(
        _with_display(
            quiet,
            folder,
            lambda show: resume_run(folder, logs.with_reader(show), epochs=epochs, patience=patience, doctor=doctor),
        ),
        logs,
        quiet=quiet,
    )


def _with_display(quiet: bool, folder: Path, job: "Callable[[Callable[[Any], None]], Outcome]") -> "Outcome":
    from pellucid.kernels import native_build
    from pellucid.progress import hidden
    from pellucid.train.readers.progress_display import ProgressDisplay

    display = ProgressDisplay()
    if not quiet and not (build := native_build()).available:
        while_it_can_be_shown(display.line)(f"note: computing with NumPy only: {build.reason}")
    try:
        with hidden() if quiet else contextlib.nullcontext():
            return job((lambda event: None) if quiet else while_it_can_be_shown(display))
    except KeyboardInterrupt:  # while data are loaded or results written: the loop itself ends between two steps
        display.close()
        begun = (folder / "config.toml").exists()
        fail(f"interrupted; {f'continue with: pellucid resume {folder}' if begun else 'nothing is saved'}", 1)
    finally:
        while_it_can_be_shown(lambda _: display.close())(None)


def _report(outcome: "Outcome", logs: "RunLogs", *, quiet: bool) -> None:
    """Let logs take the run's files, print how it ended, and exit with its code."""
    from pellucid.train.events import Interrupted, NotFinite

    logs.take_files(outcome.folder)
    for finding in () if quiet else outcome.findings:
        show(str(finding))
    if outcome.summary is not None:
        from pellucid.train.report.top import headline

        name, result = headline(outcome.summary)
        best, report = outcome.summary["best_epoch"], outcome.folder / "report.html"
        say(f"{name} {result} (best epoch {best}); report: {report}")
    elif isinstance(outcome.last, Interrupted):
        fail(f"stopped after step {outcome.last.step}; continue with: pellucid resume {outcome.folder}", 1)
    elif isinstance(outcome.last, NotFinite):
        last = outcome.last
        first = "Try --init he" if last.step == 1 else "Try a smaller --learning-rate, or --clip-norm 1"
        advice = "Correct these rows" if last.in_data else first
        fail(
            f"step {last.step}: the loss is {last.loss}; the first value that is not finite appears in {last.where}. "
            f"The state before this step is saved in {last.path}. {advice}",
            1,
        )
