"""The room's public list is complete and documented, and importing it loads nothing heavy."""

import dataclasses
import inspect
import os
import subprocess
import sys

import pytest

import pellucid.data as room

PACKAGE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(room.__file__))))


@pytest.mark.parametrize("name", room.__all__)
def test_every_public_name_is_documented(name):
    thing = getattr(room, name)
    if callable(thing):
        assert inspect.getdoc(thing)
        assert not inspect.getdoc(thing).startswith(f"{name}(")  # what dataclass and NamedTuple write by themselves


def test_importing_loads_no_heavy_package():
    heavy = ("pooch", "PIL", "pyarrow", "rich", "requests", "matplotlib")
    code = f"import sys, pellucid.data; sys.exit(' '.join(m for m in {heavy} if m in sys.modules) or None)"
    environment = {**os.environ, "PYTHONPATH": PACKAGE_ROOT}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("kind", [room.Dataset, room.Splits, room.ImageTransforms, room.Augmentation, room.Pipeline])
def test_records_are_frozen(kind):
    assert kind.__dataclass_params__.frozen
    assert dataclasses.is_dataclass(kind)
