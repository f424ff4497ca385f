"""What a submission sends, or leaves where a report goes, harms neither the grader nor its files."""

import io
import os

import numpy as np
import pytest

import pellucid
from pellucid.checker.check_command import run_check
from pellucid.checker.running.worker import frames
from pellucid.files import write_whole

RELU = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(0, x), x\n"


@pytest.mark.parametrize("shape", [(0, 1 << 30), (1 << 40, 0), (1 << 10, 0, 1 << 11)])
def test_an_empty_array_with_a_long_side_is_refused(shape):
    """A sum over its empty side would need as much memory as that side is long, in the grader."""
    with pytest.raises(frames.FrameError, match="an empty array with sides that are too long"):
        frames.read(io.BytesIO(frames.pack(np.zeros(shape), bytes(16))), bytes(16))
    small = frames.read(io.BytesIO(frames.pack(np.zeros((0, 1000)), bytes(16))), bytes(16))
    assert small.shape == (0, 1000)


def test_no_text_of_a_report_is_longer_than_a_page(tmp_path):
    """A line may have megabytes, and is quoted."""
    path = tmp_path / "layers.py"
    path.write_text(f"def relu_forward(a): return a['x'], '{'x' * 500_000}'\n")
    report = pellucid.check(path)
    assert report.functions[0].causes[0].quoted.startswith("def relu_forward(a): return a['x'], 'xxx")
    assert len(repr(report)) < 50_000


def test_answers_of_odd_types_are_judged_without_a_warning(tmp_path, recwarn):
    path = tmp_path / "layers.py"
    path.write_text(
        "import numpy as np\ndef relu_forward(x):\n    return x * 1j, x\n"
        "def batchnorm_forward(x, gamma, beta, bn_param):\n    return np.zeros((0, 6)), None\n"
        "def batchnorm_backward(dout, cache):\n    return dout * 1j, dout[:0], np.full(6, np.inf)\n"
    )
    report = pellucid.check(path)
    assert all(function.is_bad for function in report.functions)
    assert not [warning for warning in recwarn if "pellucid" in warning.filename or "numpy" in warning.filename]


def test_a_link_beside_a_report_is_not_followed(tmp_path, monkeypatch):
    """The report may go into a student's folder; the name of the unfinished report could be guessed."""
    (tmp_path / "layers.py").write_text(RELU)
    target = tmp_path / "of-the-grader"
    for name in (str(os.getpid()), "0" * 16):
        (tmp_path / f".pellucid-check.{name}.part").symlink_to(target)
    run_check(tmp_path / "layers.py", form="json", hint=None, out=tmp_path / "report.json")
    assert not target.exists()
    monkeypatch.setattr("os.urandom", bytes)
    with pytest.raises(pellucid.checker.CheckError, match="cannot be written: File exists"):
        run_check(tmp_path / "layers.py", form="json", hint=None, out=tmp_path / "report.json")
    (tmp_path / f".report.json.{'0' * 16}.part").symlink_to(target)
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "report.json", b"")
    assert not target.exists()
