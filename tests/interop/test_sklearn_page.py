"""The page on scikit-learn: its Python blocks run in order."""

import re
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")

pytestmark = pytest.mark.interop
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "scikit-learn.md").read_text(encoding="utf-8")


def test_the_page_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    names = {}
    exec("\n".join(blocks), names)
    assert names["classifier"].score(names["X_test"], names["y_test"]) > 0.9
    assert names["search"].best_score_ > 0.9
    assert names["tagger"].score(names["X"], names["labels"]) > 0.5
    assert names["regressor"].score(names["houses"], names["price"]) > 0.95
    assert names["pipeline"].score(names["houses"], names["price"]) > 0.95
    said = capsys.readouterr().out
    assert "('area', 'city=Bern', 'city=Oslo', 'city=Rome')" in said
    assert "standardscaler__area" in said
