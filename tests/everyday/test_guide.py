"""The page on everyday use: its Python blocks run in order, in a process of their own."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "everyday.md"


def test_the_page_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 8
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    said = "the inputs lie between 0 and 1; the model takes raw pixels, 0 to 16, and prepares them itself"
    assert said in lines
    assert any("'rmse'" in line for line in lines)
    assert lines[-2:] == ["8", "True"]
    assert (tmp_path / "curves.png").exists()
    assert "epoch 5/5" in done.stderr
