"""The compiled module, imported once."""

import functools
import importlib
from types import ModuleType
from typing import Any

from pellucid.kernels.settings import check_settings, instruction_set_setting
from pellucid.shapes import ShapeError

__all__ = ["native"]


@functools.cache
def native() -> Any:
    """Return the compiled module.

    Raises ImportError where it is missing or does not load, and ShapeError where an environment variable has a value that is not
    allowed, or PELLUCID_ISA names an instruction set that this processor does not have.
    """
    check_settings()
    module: ModuleType = importlib.import_module("pellucid.kernels._native")
    wanted = instruction_set_setting()
    if wanted is not None and module.instruction_set() != wanted:
        available = ", ".join(module.instruction_sets())
        raise ShapeError(f"PELLUCID_ISA is {wanted!r}, which this processor does not have; it has {available}")
    return module
