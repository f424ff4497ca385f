"""Displays in a real IPython shell, live curves, and isolated cells as a notebook shows them."""

import re

import numpy as np
import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell

import pellucid
from pellucid.interop import InteropError
from pellucid.interop.notebook import LiveCurves
from pellucid.interop.notebook.displays import SCALE, curves_png
from pellucid.interop.sklearn import NetworkClassifier
from pellucid.nets import Affine, Network, ReLU
from pellucid.style import picture
from pellucid.train.events import StepDone
from pellucid.train.readers.watching import watch_with

pytestmark = pytest.mark.interop


@pytest.fixture
def shell():
    made = InteractiveShell()
    made.run_line_magic("load_ext", "pellucid")
    yield made
    watch_with(None)


def shown(shell, value):
    data, _ = shell.display_formatter.format(value)
    return data["text/html"]


def small_history(on_event=None):
    net = Network([Affine(8), ReLU(), Affine(2)], (4,))
    x = np.random.default_rng(0).standard_normal((64, 4))
    trainer = pellucid.Trainer(net, batch_size=16)
    return net, trainer.fit((x, (x[:, 0] > 0).astype(int)), epochs=2, on_event=on_event)


def test_what_plot_returns_is_shown_as_a_picture(shell):
    data, _ = shell.display_formatter.format(small_history()[1].plot())
    assert data["image/png"][:4] == b"\x89PNG"


def test_networks_histories_and_gradient_checks_are_shown(shell):
    net, history = small_history()
    html = shown(shell, net)
    assert re.search("<td style='text-align:left[^>]*>affine1</td>", html)
    assert re.search("<td style='text-align:right[^>]*>58</td>", html)
    assert "data:image/png;base64,iVBOR" in shown(shell, history)
    assert shown(shell, history).count("<tr>") == 3
    assert "padding:.3em 1em" in shown(shell, history)  # headers do not run together
    assert "validation" not in shown(shell, history)  # no column without a value
    report = pellucid.gradcheck(
        lambda x: (x**3, x), lambda d, x: 2 * x**2 * d, np.random.default_rng(0).standard_normal(4)
    )
    assert "gradcheck FAILED" in shown(shell, report)
    assert "wrong in 4 entries" in shown(shell, report)
    unloaded = InteractiveShell()
    assert "text/html" not in unloaded.display_formatter.format(net)[0]


def test_a_trained_model_is_shown(shell):
    x = np.random.default_rng(0).standard_normal((20, 4))
    trainer = pellucid.Trainer(Network([Affine(2)], (4,)))
    trainer.fit(x, ["yes", "no"] * 10, epochs=1)
    html = shown(shell, trainer.model)
    assert "<p>outputs: classes, the likeliest class: no, yes</p>" in html
    assert re.search("<td style='text-align:left[^>]*>affine1</td>", html)


def test_plans_and_the_checkers_reports_are_shown(shell, tmp_path):
    net, _ = small_history()
    html = shown(shell, pellucid.Trainer(net, batch_size=16).plan)
    assert html.count("<svg") == 1
    assert "affine1+relu1" in html
    file = tmp_path / "layers.py"
    file.write_text(
        "import numpy as np\ndef relu_forward(x):\n    return np.maximum(0, x), x\n"
        "def relu_backward(dout, cache):\n    return dout * (cache > 1)\n"
    )
    html = shown(shell, pellucid.check(str(file)))
    assert re.search("<td [^>]*>relu_forward</td><td [^>]*>correct</td>", html)
    assert "<p><b>relu_backward</b></p>" in html
    assert "<b>relu_forward</b>" not in html


def test_a_picture_says_its_size():
    png = curves_png([2.0, 1.0], [])
    assert 'width="640" height="208"' in picture(png, "curves", scale=SCALE)


@pytest.fixture
def displayed(monkeypatch):
    """What live curves show: (display or update, the bundle)."""
    import IPython.display

    calls = []

    class Handle:
        def update(self, bundle, raw):
            calls.append(("update", bundle))

    def display(bundle, raw, display_id):
        calls.append(("display", bundle))
        return Handle()

    monkeypatch.setattr(IPython.display, "display", display)
    return calls


def test_live_curves_are_one_output_replaced_in_place(displayed):
    small_history(LiveCurves(seconds=0))
    assert [kind for kind, _ in displayed].count("display") == 1
    assert displayed[0][0] == "display"
    assert displayed[-1][1]["text/plain"].startswith("step 8 of 8, epoch 2: loss")
    assert "data:image/png" in displayed[-1][1]["text/html"]


def test_a_short_run_leaves_one_line(displayed):
    small_history(LiveCurves(seconds=1000))
    assert [kind for kind, _ in displayed] == ["display"]
    assert "data:image/png" not in displayed[0][1]["text/html"]


def test_pictures_take_a_tenth_of_the_time_at_most(displayed, monkeypatch):
    from pellucid.interop.notebook import live

    clock = iter(range(10_000))
    monkeypatch.setattr(
        live.time, "monotonic", lambda: next(clock)
    )  # one second between two looks, so drawing takes one
    curves = LiveCurves(seconds=0.5)
    for step in range(100):
        curves(StepDone(step + 1, 1, 1.0, 0.5, 1e-3, 1.0, 1.0))
    assert 7 <= len(displayed) <= 10


def test_fit_is_watched_once_the_extension_is_loaded(shell, displayed):
    small_history()
    assert len(displayed) == 1
    small_history(on_event=lambda event: None)
    assert len(displayed) == 1
    NetworkClassifier("fully-connected", epochs=1).fit(np.random.randn(20, 3), np.arange(20) % 2)
    assert len(displayed) == 1
    shell.run_line_magic("unload_ext", "pellucid")
    small_history()
    assert len(displayed) == 1


def test_a_kernel_needs_no_extension_loaded_by_hand(tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    source = [
        "import pellucid",
        "net = pellucid.Network([pellucid.nets.Affine(2)], (1, 8, 8))\nnet",
        "data = pellucid.data.load('digits')\nhistory = pellucid.Trainer(net, batch_size=16).fit(data, epochs=20)",
        "%%isolated --seconds 60\nprint('apart')",
    ]
    source[1] = source[1].replace("Affine(2)", "Flatten(), pellucid.nets.Affine(10)")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in source])
    done = nbclient.NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown, live, apart = (cell.outputs for cell in done.cells[1:])
    assert "<table " in shown[0].data["text/html"]
    assert len(live) == 1  # replaced in place, however often it was drawn
    assert live[0].data["text/plain"].startswith("step ")
    assert apart[0].text.strip() == "apart"


def test_a_cell_gives_arrays_back_and_the_kernel_keeps_its_names(shell, capsys):
    shell.user_ns |= {"x": np.arange(3.0), "y": 1}
    shell.run_cell_magic("isolated", "--in x --out z,n --seconds 60", "z = x * 2\nn = 5\ny = 7\nprint('inside')\n")
    np.testing.assert_array_equal(shell.user_ns["z"], [0, 2, 4])
    assert shell.user_ns["n"] == 5
    assert shell.user_ns["y"] == 1
    assert capsys.readouterr().out == "inside\n"


def test_a_cell_that_needs_too_much_memory_or_crashes_ends_alone(shell, capsys):
    shell.run_cell_magic("isolated", "--memory 2000", "import numpy as np\nnp.ones((40000, 40000)).sum()\n")
    assert "needed more than 2000 MB (--memory); the kernel is still running" in capsys.readouterr().err
    shell.run_cell_magic("isolated", "", "import signal\nsignal.raise_signal(signal.SIGSEGV)\n")
    assert "crashed with a segmentation fault; the kernel is still running" in capsys.readouterr().err
    shell.run_cell_magic("isolated", "", "1 / 0\n")
    ended = capsys.readouterr()
    assert "ZeroDivisionError" in ended.out
    assert "the cell failed" in ended.err


def test_a_cell_that_leaves_or_fails_gives_nothing_back(shell, capsys):
    shell.user_ns["z"] = "before"
    shell.run_cell_magic("isolated", "--out z", "import os\nz = 1\nos._exit(3)\n")
    assert "ended the process itself (exit code 3); the kernel is still running" in capsys.readouterr().err
    shell.run_cell_magic("isolated", "--out z", "z = {}\n")
    assert "got dict; the kernel is still running" in capsys.readouterr().err
    shell.run_cell_magic("isolated", "--out z", "z = 1\n1 / 0\n")
    assert shell.user_ns["z"] == "before"


def test_refusals(shell):
    with pytest.raises(InteropError, match="--in names q, which the notebook does not define"):
        shell.run_cell_magic("isolated", "--in q", "1\n")
    with pytest.raises(InteropError, match="unrecognized arguments: --ram"):
        shell.run_cell_magic("isolated", "--ram 3", "1\n")
    with pytest.raises(InteropError, match="No closing quotation"):
        shell.run_cell_magic("isolated", "--in 'x", "1\n")
