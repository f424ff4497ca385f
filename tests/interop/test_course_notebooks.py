"""The same cells in a kernel, as the notebooks begin: magics, shell lines that compile, a local `cs231n/` beside them."""

import pytest
from tests.interop.cells import SETUP, TOPICS, cells
from tests.interop.test_course_cells import DIGITS_SETTINGS, EXPECTED

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

IN_FRONT = "from pellucid.interop import cs231n\ncs231n.install()"
BEGINNING = """
import sys
sys.path.append('/content/drive/My Drive/cs231n/assignments/assignment2/')
import matplotlib.pyplot as plt
%matplotlib inline
plt.rcParams["figure.figsize"] = (10.0, 8.0)
%load_ext autoreload
%autoreload 2
!cd cs231n; python setup.py build_ext --inplace
"""
DATA = """
from tests.interop.test_course_cells import DIGITS_SETTINGS, digits
globals().update(DIGITS_SETTINGS)
data = digits()
"""
CURVES = """
for place, history in enumerate((solver.loss_history, solver.train_acc_history, solver.val_acc_history), start=1):
    plt.subplot(3, 1, place)
    plt.plot(history, '-o')
plt.show()
print("checked", len(checked), "by", Solver.__module__)
"""


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_in_a_kernel(topic, tmp_path, monkeypatch, request):
    (tmp_path / "cs231n").mkdir()
    (tmp_path / "cs231n" / "__init__.py").write_text("")
    (tmp_path / "cs231n" / "solver.py").write_text("raise ImportError('the local folder won')\n")
    monkeypatch.setenv("PYTHONPATH", str(request.config.rootpath))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    source = [IN_FRONT, BEGINNING, DATA, SETUP, *cells(topic), CURVES]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in source])
    done = nbclient.NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = str(done.cells[-1].outputs)
    assert f"checked {EXPECTED[topic]} by pellucid.interop.cs231n.solver" in shown
    assert "image/png" in shown
    assert "Traceback" not in str(done.cells)


def test_the_digits_settings_name_what_the_cells_leave_open():
    text = "".join("".join(cells(topic)) for topic in TOPICS)
    assert all(name in text for name in DIGITS_SETTINGS)
