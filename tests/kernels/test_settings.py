"""The environment variables of the kernels: what they change, and that a value which is not allowed is refused in one line."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pellucid.kernels import NATIVE, binding, native_build, settings
from pellucid.kernels.conv import winograd_fits
from pellucid.shapes import ShapeError

NAMES = ("PELLUCID_ISA", "PELLUCID_THREADS", "PELLUCID_WINOGRAD")
WRONG = [
    ("PELLUCID_ISA", "avx-512", "PELLUCID_ISA must be avx512, avx2 or baseline; got 'avx-512'"),
    ("PELLUCID_ISA", "AVX2", "PELLUCID_ISA must be avx512, avx2 or baseline; got 'AVX2'"),
    ("PELLUCID_THREADS", "abc", "PELLUCID_THREADS must be a whole number from 1 to 1024; got 'abc'"),
    ("PELLUCID_THREADS", "0", "PELLUCID_THREADS must be a whole number from 1 to 1024; got '0'"),
    ("PELLUCID_THREADS", "-1", "PELLUCID_THREADS must be a whole number from 1 to 1024; got '-1'"),
    ("PELLUCID_THREADS", "1025", "PELLUCID_THREADS must be a whole number from 1 to 1024; got '1025'"),
    ("PELLUCID_WINOGRAD", "off", "PELLUCID_WINOGRAD must be 0 or 1; got 'off'"),
    ("PELLUCID_WINOGRAD", "false", "PELLUCID_WINOGRAD must be 0 or 1; got 'false'"),
]
wrong = pytest.mark.parametrize(("name", "value", "message"), WRONG, ids=[f"{n}={v}" for n, v, _ in WRONG])
needs_native = pytest.mark.skipif(not native_build().available, reason="the compiled module is not built")


def python(*arguments, **variables):
    """Run Python with these variables alone of the kernels' set; return the exit status, what it printed and its errors."""
    environment = {name: value for name, value in os.environ.items() if name not in NAMES} | variables
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


@wrong
def test_a_value_that_is_not_allowed_is_refused(name, value, message, monkeypatch):
    for each in NAMES:
        monkeypatch.delenv(each, raising=False)
    settings.check_settings()
    monkeypatch.setenv(name, value)
    with pytest.raises(ShapeError) as caught:
        settings.check_settings()
    assert str(caught.value) == message


@pytest.mark.parametrize("table", ["the native table", "the reference, where there is no compiled module"])
@pytest.mark.parametrize(("name", "value", "message"), [WRONG[0], WRONG[2], WRONG[6]])
def test_the_fastest_table_is_not_chosen_in_silence(table, name, value, message):
    """A typing mistake used to run on NumPy, or with Winograd still on, and said nothing."""
    hidden = "" if table == "the native table" else "import sys; sys.modules['pellucid.kernels._native'] = None; "
    script = hidden + "import pellucid.kernels as kernels; print(kernels.fastest_layers().name)"
    code, out, errors = python("-c", script, **{name: value})
    assert (code, out) == (1, "")
    assert errors.splitlines()[-1].endswith(f"ShapeError: {message}")


@pytest.mark.parametrize(("name", "value", "message"), [WRONG[0], WRONG[2], WRONG[6]])
def test_the_command_line_refuses_it_in_one_line(name, value, message, tmp_path):
    for command in (["info"], ["train", "--quiet", "--epochs", "1", "--out", str(tmp_path / "run")]):
        code, out, errors = python("-m", "pellucid", *command, **{name: value})
        assert (code, out, errors) == (1, "", f"pellucid: {message}\n")
    assert not (tmp_path / "run").exists()


@needs_native
def test_an_instruction_set_that_this_processor_lacks_is_refused(monkeypatch):
    module = binding.native()
    monkeypatch.setenv("PELLUCID_ISA", "avx512" if module.instruction_set() != "avx512" else "avx2")
    with pytest.raises(
        ShapeError, match=r"PELLUCID_ISA is 'avx\w+', which this processor does not have; it has .*baseline"
    ):
        binding.native.__wrapped__()  # the module in this process was imported under another name


@needs_native
def test_an_instruction_set_that_this_processor_has_is_used():
    script = "from pellucid.kernels import native; print(native().instruction_set())"
    for name in (*binding.native().instruction_sets(), ""):
        code, out, _ = python("-c", script, PELLUCID_ISA=name)
        assert (code, out.strip()) == (0, name or binding.native().instruction_sets()[0])


def test_the_number_of_threads_comes_from_the_environment():
    script = "from pellucid.kernels import default_threads; print(default_threads())"
    assert python("-c", script, PELLUCID_THREADS="3") == (0, "3\n", "")
    assert python("-c", script, PELLUCID_THREADS="") == python("-c", script)


@needs_native
def test_winograd_is_turned_off(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 16, 12, 12)).astype(np.float32)
    w, b = rng.standard_normal((16, 16, 3, 3)).astype(np.float32), np.zeros(16, np.float32)
    shapes = np.dtype(np.float32), (12, 12), (3, 3, 16, 16), (1, 1), (1, 1)
    monkeypatch.delenv("PELLUCID_WINOGRAD", raising=False)
    assert winograd_fits(*shapes)
    with_winograd, _ = NATIVE.conv.forward(x, w, b, pad=1)
    monkeypatch.setenv("PELLUCID_WINOGRAD", "0")
    assert not winograd_fits(*shapes)
    direct, _ = NATIVE.conv.forward(x, w, b, pad=1)
    assert not np.array_equal(with_winograd, direct)  # another order of sums
    np.testing.assert_allclose(with_winograd, direct, atol=1e-4 * float(np.abs(direct).max()))
    monkeypatch.setenv("PELLUCID_WINOGRAD", "1")
    assert winograd_fits(*shapes)
