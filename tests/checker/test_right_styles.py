"""No false alarm: right implementations in many styles are never called wrong, and no cause is named for them."""

import pytest

import pellucid

from .planting import defined
from .right_styles import STYLES


@pytest.mark.parametrize("style", STYLES)
def test_a_right_file_raises_no_alarm(tmp_path, style):
    path = tmp_path / "layers.py"
    path.write_text(STYLES[style])
    report = pellucid.check(path)
    assert report.is_clean, str(report)
    assert {f.name for f in report.functions} >= set(defined(STYLES[style])) - {"indices", "windows"}
    for function in report.functions:
        assert function.verdict in ("correct", "convention")
        assert not function.causes
        assert function.own_gradient_check != "fails"


def test_there_are_styles_enough():
    assert len(STYLES) >= 10
