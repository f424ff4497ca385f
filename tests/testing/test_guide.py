"""docs/adding-a-layer.md is followed: its layer is written to one file outside the package, checked, trained, saved, exported."""

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.cases import CASES

from pellucid import layers, nets
from pellucid.layers import DESCRIPTIONS, KINDS
from pellucid.nets import Affine, BatchNorm, Conv, Flatten, Network
from pellucid.plan import Plan
from pellucid.testing import check_layer

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-layer.md"
TEXT = GUIDE.read_text(encoding="utf-8")
FILE, CHECK, TRAIN, CENTRED = re.findall(r"(?<!-->\n)^```python\n(.*?)^```", TEXT, re.M | re.S)
EXCERPTS = re.findall(r"^<!-- (\S+) -->\n```python\n(.*?)^```", TEXT, re.M | re.S)


@pytest.fixture(scope="module")
def swish(tmp_path_factory):
    """The module of the guide, in a folder of its own."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "swish.py").write_text(FILE)
    sys.path.insert(0, str(folder))
    import swish

    yield swish
    sys.path.remove(str(folder))
    del sys.modules["swish"], DESCRIPTIONS["Swish"]


def small_network(swish):
    chain = [Conv(3, 3), swish.Swish(0.7), BatchNorm(), Flatten(), Affine(4), swish.Swish(), Affine(2)]
    return Network(chain, (2, 6, 5))


X = np.random.default_rng(0).standard_normal((3, 2, 6, 5)).astype(np.float32)


def test_the_guide_is_followed(swish, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(CHECK, namespace)
    assert "checks passed on inputs (7,), (1,), (4, 5, 7)" in capsys.readouterr().out
    namespace = {}  # each block stands alone, as in a file or a notebook of its own
    exec(TRAIN, namespace)
    assert namespace["history"].val_accuracy[-1] > 0.5
    assert not np.array_equal(namespace["net"].params["swish1.beta"], np.ones(8))


def test_the_guides_layer_with_running_statistics(monkeypatch):
    monkeypatch.setitem(DESCRIPTIONS, "Centred", None)  # put back afterwards: the next line sets it
    namespace = {"__name__": "centred"}
    exec(CENTRED, namespace)
    report = check_layer(namespace["Centred"])
    assert {"running_statistics", "inference", "plan_of_training"} <= set(report.passed)
    assert report.shapes == ((7,), (1,))


def test_every_check_that_needs_no_framework_applies(swish):
    report = check_layer(swish.Swish)
    assert {"gradients", "plan_of_training", "save_and_load", "tables_and_drawings"} <= set(report.passed)


def test_the_plan_calls_it_as_an_opaque_step(swish):
    net = small_network(swish)
    plan = Plan.training(net, 3)
    assert plan.loss(X, np.array([0, 1, 1])) == pytest.approx(net.loss(X, np.array([0, 1, 1]))[0], rel=1e-5)
    assert "swish1" in plan.describe()
    assert "swish1" in plan.svg()


def test_a_file_that_holds_it_is_refused_until_its_module_is_imported(swish, tmp_path, monkeypatch):
    net = small_network(swish)
    net.save(tmp_path / "net")
    assert Network.load(tmp_path / "net").layers == net.layers
    monkeypatch.delitem(DESCRIPTIONS, "Swish")
    with pytest.raises(ValueError, match=r"a layer 'Swish', .*import its module"):
        Network.load(tmp_path / "net")


def test_a_wrong_backward_of_the_guides_layer_is_named(swish, monkeypatch):
    """The example of a failure in the guide is what comes."""
    wrong = FILE.replace("dout * (s + beta * slope)", "dout * s")
    assert wrong != FILE
    monkeypatch.setitem(DESCRIPTIONS, "Swish", swish.Swish)  # put back afterwards: the next line replaces it
    namespace = {"__name__": "wrong_swish"}
    exec(wrong.partition("# The bridge")[0], namespace)
    with pytest.raises(AssertionError, match=r"fails 1 check of 17:\n  gradients: input \(7,\): a gradient is not"):
        check_layer(namespace["Swish"])


@pytest.mark.peers
def test_it_goes_to_pytorch(swish):
    torch = pytest.importorskip("torch")
    from pellucid.interop.torch import to_torch

    net = small_network(swish)
    with torch.no_grad():
        np.testing.assert_allclose(to_torch(net)(torch.from_numpy(X)).numpy(), net.predict(X), rtol=1e-4, atol=1e-5)
    assert "torch" in check_layer(swish.Swish).passed


@pytest.mark.interop
def test_it_goes_to_onnx(swish):
    runtime = pytest.importorskip("onnxruntime")
    from pellucid.interop.onnx import to_onnx

    net = small_network(swish)
    session = runtime.InferenceSession(to_onnx(net).SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: X})[0]
    np.testing.assert_allclose(found, net.predict(X), rtol=1e-4, atol=1e-5)
    assert "onnx" in check_layer(swish.Swish).passed


@pytest.mark.parametrize(("path", "code"), EXCERPTS)
def test_what_the_guide_shows_of_the_library_is_what_the_library_holds(path, code):
    assert code in (GUIDE.parents[1] / path).read_text(encoding="utf-8")


def test_the_guide_shows_every_file_of_prelu():
    assert len(EXCERPTS) >= 6
    assert {path for path, _ in EXCERPTS} == {
        "src/pellucid/layers/activations/prelu.py",
        "src/pellucid/interop/bridges/activations/prelu.py",
        "src/pellucid/derive/catalogue/activations/prelu.py",
        "tests/cases/prelu.py",
    }


# ---- the steps that a list needs, of which the tables that are made from declarations know nothing ----


def test_every_file_of_the_layers_room_is_imported_by_it():
    """A file that no list names declares nothing, so the tests that walk over declarations would pass without it."""
    code = "import sys, pellucid.layers; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    files = {module.name for module in pkgutil.walk_packages(layers.__path__, "pellucid.layers.")}
    assert files <= set(imported), "import it in src/pellucid/layers/__init__.py, and list its public names"


@pytest.mark.parametrize("room", [layers, nets], ids=["layers", "nets"])
def test_every_description_of_the_library_is_public(room):
    library = {name for name, kind in DESCRIPTIONS.items() if kind.__module__.startswith("pellucid.layers.")}
    path = f"src/{room.__name__.replace('.', '/')}/__init__.py"
    assert library <= set(room.__all__), f"list it in {path}"


def test_every_layer_of_a_network_has_an_example_network_and_a_wrong_backward():
    library = {kind.name for kind in KINDS.values()}
    for name, case in CASES.items():
        if name in library and case.descriptions:
            assert case.networks, f"tests/cases/{name}.py: give networks an example"
            assert case.planted, f"tests/cases/{name}.py: give planted a wrong backward, which gradcheck must reject"
