"""What runs a cell of `%%isolated` in a worker. Nothing is imported from the package: the worker gets this file as text."""

import contextlib
import linecache
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["run"]

NAME = "<isolated cell>"
NUMBERS = "biufc"  # bool, integer, unsigned, float, complex


def run(code: str, given: Mapping[str, Any], out: Sequence[str]) -> dict[str, Any]:
    """Run a cell that sees some arrays; return {"arrays": those it made}, or {"problem": why there are none}."""
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__, **given}
    linecache.cache[NAME] = (
        len(code),
        None,
        code.splitlines(keepends=True),
        NAME,
    )  # so that a traceback shows its lines
    try:
        exec(compile(code, NAME, "exec"), names)
        return _chosen(names, out)
    except SystemExit as error:
        return {"problem": f"the cell exited early (SystemExit: {str(error.code)[:200]}) and returned nothing"}
    except MemoryError:
        traceback.print_exc(limit=-5)
        return {"problem": "memory"}
    except BaseException as error:  # KeyboardInterrupt too: it is the cell's own
        trace = error.__traceback__
        traceback.print_exception(type(error), error, trace.tb_next if trace is not None else None)
        return {"problem": f"the cell failed: {type(error).__name__}"}
    finally:
        with contextlib.suppress(OSError):  # more was printed than is allowed
            sys.stdout.flush()


def _chosen(names: Mapping[str, Any], out: Sequence[str]) -> dict[str, Any]:
    """Return what --out names as arrays of numbers."""
    arrays = {}
    for name in out:
        if name not in names:
            return {"problem": f"--out names {name}, which the cell did not define"}
        array = _array(names[name])
        if array is None:
            return {
                "problem": f"--out {name} must be an array of numbers or a number; got {type(names[name]).__name__}"
            }
        arrays[name] = array
    return {"arrays": arrays}


def _array(value: Any) -> Any:
    """Return a value as an array of numbers, None for any other."""
    try:
        array = np.asarray(value)
    except MemoryError:
        raise
    except Exception:  # whatever an object of the cell's own raises when it is asked for its numbers
        return None
    return array if array.dtype.kind in NUMBERS else None
