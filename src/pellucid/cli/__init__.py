"""The command line: a table of commands. Each imports what it needs when it runs, so that `--help` and `--version` are quick.

Exit codes: 0 for success, 1 for a job that failed, 2 for wrong usage. JSON and results go to stdout, progress and errors to stderr.
"""

import os
import sys
from typing import Annotated

import typer

from pellucid.cli import studies, training
from pellucid.cli.checking import check
from pellucid.cli.doctoring import doctor
from pellucid.cli.ending import OutputError, end_output, fail, leave, prepare_streams, say
from pellucid.cli.exchange import export, port
from pellucid.cli.layers import derive, explain
from pellucid.cli.learning_rates import find_lr_command
from pellucid.cli.machine import info
from pellucid.cli.networks import describe, evaluate, predict
from pellucid.cli.usage import usage_message
from pellucid.cli.viewing import view

__all__ = ["app", "main"]

INTERRUPTED = 130  # what typer makes of Ctrl-C in a command that does not say itself what it saved

app = typer.Typer(
    name="pellucid",
    help="Neural networks you can see through.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(requested: bool) -> None:
    if requested:
        import pellucid

        say(f"pellucid {pellucid.__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("train", epilog=training.EXAMPLES)(training.train_command())
app.command("find-lr")(find_lr_command())
for command in (training.resume, doctor, view, evaluate, predict, describe, derive, explain, check, export, port, info):
    app.command()(command)
study_app = typer.Typer(no_args_is_help=True, help="Studies that test common claims about neural networks.")
app.add_typer(study_app, name="study")
study_app.command("list")(studies.study_list)
study_app.command("run")(studies.study_run)
study_app.command("report")(studies.study_report)


def main() -> None:
    """Run the command line; report a user's mistake as one line, without a traceback."""
    from pellucid.data import DataError
    from pellucid.interop import InteropError
    from pellucid.nets import StorageError
    from pellucid.shapes import ShapeError
    from pellucid.studies.study import StudyError
    from pellucid.train.config import ConfigError

    prepare_streams()
    try:
        code = app(standalone_mode=False) or 0
        if code == INTERRUPTED:
            fail("interrupted; nothing is saved", 1)
        end_output()
        leave(code)
    except typer.Abort:
        fail("interrupted", 1)
    except ConfigError as error:
        fail(str(error), 2)
    except (DataError, InteropError, ShapeError, StorageError, StudyError) as error:
        fail(str(error), 1)
    except KeyboardInterrupt:
        fail("interrupted; nothing is saved", 1)
    except MemoryError as error:
        fail(f"out of memory: {str(error) or 'try a smaller --batch-size'}", 1)
    except BrokenPipeError:
        leave(1)  # the reader of our output has closed the pipe
    except OutputError as error:
        fail(str(error), 1)
    except OSError as error:  # a name that is too long; a current folder that is gone
        where = f"{os.fspath(error.filename)}: " if error.filename is not None else ""
        fail(f"{where}{error.strerror or error}", 1)
    except Exception as error:
        _show_usage_error(error)


def _show_usage_error(error: Exception) -> None:
    """Report a parsing error as one line; re-raise any other error."""
    if not hasattr(error, "format_message"):
        raise error
    message = usage_message(error)
    if not message:  # a command group without a command has already shown its help
        sys.exit(2)
    fail(message, 2)
