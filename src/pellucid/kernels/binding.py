"""The compiled module, imported once."""

import functools
import importlib
from types import ModuleType
from typing import Any

__all__ = ["native"]


@functools.cache
def native() -> Any:
    """Return the compiled module. Raises ImportError where there is none, or where PELLUCID_ISA asks for what is not there."""
    module: ModuleType = importlib.import_module("pellucid.kernels._native")
    return module
