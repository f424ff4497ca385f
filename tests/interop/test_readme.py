"""The README's ways in and out run as they are printed, the calls in their comments included."""

import re
from pathlib import Path

import numpy as np
import pytest

from pellucid.interop import cs231n

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def ways():
    """(code, what the comment says) of every line."""
    block = README.split("**In and out.**")[1].split("```python\n")[1].split("```")[0]
    return [tuple(part.strip() for part in line.split("#")) for line in block.splitlines()]


def test_there_are_four_lines():
    assert len(ways()) == 4


@pytest.mark.parametrize(
    ("line", "framework"),
    [
        (0, "numpy"),
        pytest.param(1, "torch", marks=pytest.mark.peers),
        pytest.param(2, "keras", marks=pytest.mark.peers),
        pytest.param(3, "sklearn", marks=pytest.mark.interop),
    ],
)
def test_a_way_runs_as_printed(line, framework):
    pytest.importorskip(framework)
    from pellucid.nets import build

    code, comment = ways()[line]
    quoted = re.search("`(.*)`", comment)
    rng = np.random.default_rng(0)
    names = {
        "net": build("three-layer-convnet", (3, 32, 32), 10),
        "x": rng.standard_normal((40, 4)),
        "y": np.arange(40) % 2,
    }
    before = names["net"]
    try:
        exec(code, names)
        exec(quoted.group(1) if quoted else comment, names)
    finally:
        cs231n.uninstall()
    if framework == "numpy":
        assert names["affine_forward"].__module__ == "pellucid.interop.cs231n.layers"
    if framework in ("torch", "keras"):
        images = rng.standard_normal((2, 3, 32, 32)).astype(np.float32)
        np.testing.assert_array_equal(names["net"].predict(images), before.predict(images))
        assert names["net"] is not before
