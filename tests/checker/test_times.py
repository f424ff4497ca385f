"""How long a check takes where it takes longest: every function of an assignment wrong, in a way that no variant matches."""

import re
import time

import pytest

import pellucid

from .right_styles import STYLES

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(900)]

WAVE = """
def _off(result):
    first = np.asarray(result[0] if isinstance(result, tuple) else result, float)
    first = first * (1 + 0.1 * np.sin(np.arange(first.size).reshape(first.shape) ** 2))
    return (first, *result[1:]) if isinstance(result, tuple) else first
"""


def everything_wrong():
    """The styles in one file, each function's first result bent."""
    text, names = "import numpy as np\n" + WAVE, []
    for style in STYLES.values():
        body = style.replace("from numpy import *", "").replace("einsum(", "np.einsum(").replace("np.np.", "np.")
        defined = [name for name in re.findall(r"^def (\w+)\(", style, re.MULTILINE) if name not in names]
        if "relu_backward = lambda" in style:
            continue
        text += body
        names += [name for name in defined if name not in ("indices", "windows")]
    return text + "".join(f"\n{n}_right = {n}\n{n} = lambda *a: _off({n}_right(*a))\n" for n in names), names


def test_an_assignment_in_which_everything_is_wrong(tmp_path):
    text, _ = everything_wrong()
    path = tmp_path / "layers.py"
    path.write_text(text)
    start = time.monotonic()
    report = pellucid.check(path)
    seconds = time.monotonic() - start
    wrong = [function for function in report.functions if function.is_bad]
    print(f"{len(wrong)} wrong functions of {len(report.functions)}: {seconds:.1f} s")
    assert len(wrong) >= 20
    assert seconds < 240  # under 60 s on two free cores; this machine may be busy


@pytest.mark.parametrize("name", ["batchnorm_backward", "conv_backward_naive", "adam"])
def test_one_function(tmp_path, name):
    text, _ = everything_wrong()
    path = tmp_path / "layers.py"
    path.write_text(text)
    start = time.monotonic()
    report = pellucid.check(path, only=[name])
    seconds = time.monotonic() - start
    print(f"{name}: {seconds:.1f} s")
    assert report.functions[0].is_bad
    assert seconds < 30  # under 5 s on two free cores
