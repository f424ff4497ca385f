"""The notebooks in examples/ run from top to bottom; their own assertions hold. No Jupyter is needed for that."""

import json
import linecache
import sys
import types
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("check-*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_runs(path, monkeypatch, capsys):
    module = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(cells):
        text, name = "".join(cell["source"]) + "\n", f"<{path.name}, cell {number}>"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)  # where inspect finds a cell's source
        exec(compile(text, name, "exec"), module.__dict__)
    assert len(cells) >= 5
    assert "eps outside the square root" in capsys.readouterr().out
