"""The compiled module once for each instruction set this processor has, side by side in one process.

The module chooses its instruction set when it is imported, so each one is a copy of the file, imported under PELLUCID_ISA.
"""

import functools
import importlib.util
import os
import shutil
import tempfile
from importlib.machinery import ExtensionFileLoader
from pathlib import Path

import pytest

module = pytest.importorskip(
    "pellucid.kernels._native", reason="the compiled module is not built", exc_type=ImportError
)

SETS = module.instruction_sets()
each_set = pytest.mark.parametrize("isa", SETS)


@functools.cache
def module_for(isa):
    """The compiled module with this instruction set in use."""
    before = os.environ.get("PELLUCID_ISA")
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(module.__file__, Path(folder, Path(module.__file__).name))
        os.environ["PELLUCID_ISA"] = isa
        try:
            loader = ExtensionFileLoader("_native", str(path))
            loaded = importlib.util.module_from_spec(importlib.util.spec_from_loader("_native", loader))
            loader.exec_module(loaded)
        finally:
            os.environ.pop("PELLUCID_ISA")
            if before is not None:
                os.environ["PELLUCID_ISA"] = before
    assert loaded.instruction_set() == isa
    return loaded
