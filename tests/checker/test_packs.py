"""Packs of a teacher's own: the documented one works, names a mistake, and broken ones are refused in one line."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pellucid
from pellucid.checker import PackError, load_pack
from pellucid.checker.running.reference import load_reference

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "packs.md"


@pytest.fixture
def documented(tmp_path):
    code = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    path = tmp_path / "my_pack.py"
    path.write_text(code)
    return path


def learner(tmp_path, backward):
    text = "import numpy as np\ndef swish_forward(x, slope):\n    s = 1 / (1 + np.exp(-slope * x))\n    return x * s, (x, s, slope)\n"
    path = tmp_path / "learner.py"
    path.write_text(text + f"def swish_backward(dout, cache):\n    x, s, slope = cache\n    return {backward}\n")
    return path


def test_the_documented_pack_finds_right_right(tmp_path, documented):
    report = pellucid.check(learner(tmp_path, "dout * (s + slope * x * s * (1 - s))"), pack=documented)
    assert [f.verdict for f in report.functions] == ["correct", "correct"]


def test_the_documented_pack_passes_its_own_check(documented):
    report = pellucid.check(documented, pack=documented)
    assert [(f.name, f.verdict, f.hazards) for f in report.functions] == [
        ("swish_forward", "correct", []),
        ("swish_backward", "correct", []),
    ]


def test_only_the_packs_own_file_may_import_the_library(tmp_path, documented):
    copy = tmp_path / "copy.py"
    copy.write_text(documented.read_text())
    assert [f.verdict for f in pellucid.check(copy, pack=documented).functions] == ["crashes", "crashes"]


def test_the_documented_pack_names_a_mistake(tmp_path, documented):
    report = pellucid.check(learner(tmp_path, "dout * (s + x * s * (1 - s))"), pack=documented)
    assert [f.verdict for f in report.functions] == ["correct", "wrong"]
    assert "the factor `slope` left out" in report.functions[1].causes[0].title


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1", "this file does not"),
        ("PACK = 1", "PACK must be a pellucid.checker.Pack; got int"),
        ("1 / 0", "cannot be run: ZeroDivisionError"),
        (None, "must be one of cs231n-a2"),
    ],
)
def test_what_is_no_pack_is_refused(tmp_path, text, told):
    path = tmp_path / "pack.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PackError, match=told):
        load_pack(path)


def test_references_run_one_at_a_time(tmp_path, documented):
    """Four checks in four threads: a reference may draw from NumPy's global generator."""
    line = "    sigmoid = 1 / (1 + np.exp(-slope * x))\n"
    counted = "    running.append(1)\n    time.sleep(0.2)\n    seen.append(len(running))\n    running.pop()\n"
    text = documented.read_text()
    documented.write_text("import time\nrunning, seen = [], []\n" + text.replace(line, counted + line))
    right = learner(tmp_path, "dout * (s + slope * x * s * (1 - s))")
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: pellucid.check(right, pack=documented), range(4)))
    assert all(report.is_clean for report in reports)
    seen = load_reference(load_pack(documented)).namespace["seen"]
    assert len(seen) >= 8
    assert set(seen) == {1}


STOPS = {
    "exits": "raise SystemExit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "raises what is no Exception": "class Other(BaseException): pass\nraise Other('a\\nb')",
    "recurses": "def f(): f()\nf()",
    "is nested too deeply": "x = " + "(" * 5_000 + ")" * 5_000,
    "is no text": "\x00",
    "raises a long message": "raise ValueError('m' * 100_000)",
}


@pytest.mark.parametrize("stop", STOPS)
def test_a_pack_or_a_reference_that_stops_is_refused_in_one_line(tmp_path, stop):
    alone, with_reference = tmp_path / "alone.py", tmp_path / "pack.py"
    alone.write_text(STOPS[stop])
    (tmp_path / "reference.py").write_text(STOPS[stop])
    with_reference.write_text(
        "from pathlib import Path\nfrom pellucid.checker import Pack\n"
        "PACK = Pack('mine', 'Mine', (Path(__file__).with_name('reference.py'),), ())\n"
    )
    for path, reason in (
        (alone, "the pack cannot be run: "),
        (with_reference, "the reference of the pack mine cannot be run: "),
    ):
        with pytest.raises(PackError) as refused:
            pellucid.check(alone, pack=path)
        message = str(refused.value)
        assert reason in message
        assert "\n" not in message
        assert len(message) < 1_000
