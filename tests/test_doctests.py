"""Every example in a docstring of the package is executed, as installed."""

import doctest
import importlib
import pkgutil

import pytest

import pellucid

SCRIPTS = ("__main__", "_native", ".worker.harness")  # the worker imports its neighbours as if alone in its folder
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(pellucid.__path__, "pellucid.") if not module.name.endswith(SCRIPTS)
)
EXTRAS = ("torch", "onnx", "sklearn", "IPython", "google", "keras", "h5py")


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        rooms = ("pellucid.interop", "pellucid.doctor.keras", "pellucid.doctor.torch")
        if name.startswith(rooms) and (missing.name or "").partition(".")[0] in EXTRAS:
            pytest.skip(f"{missing.name} is not installed")
        raise
    result = doctest.testmod(module)
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    plain = [
        name for name in MODULES if not name.startswith(("pellucid.interop", "pellucid.doctor.keras"))
    ]  # some need an extra
    examples = [t for name in plain for t in finder.find(importlib.import_module(name)) if t.examples]
    assert len(examples) >= 5
