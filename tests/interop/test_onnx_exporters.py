"""What PyTorch's two exporters write of networks of ours, and of modules that people write, is read where the module itself is."""

import contextlib
import io
import logging
import warnings

import numpy as np
import pytest
from tests.interop.networks import networks
from tests.interop.test_graphs import NETWORKS as GRAPHS
from tests.network_checks import batch

from pellucid.nets import MODELS

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from tests.interop.modules import branches, plain  # noqa: E402 (after the skip)

from pellucid.interop.onnx import load  # noqa: E402
from pellucid.interop.torch import to_torch  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.interop]
torch.set_num_threads(1)

NETWORKS = {name: make for name, make in (networks("torch") | GRAPHS).items() if name != "a function"}
MODULES = {
    name: case
    for file in (plain, branches)
    for name, case in file.CASES.items()
    if case.refused is None and not case.warns
}
NOT_READ = {  # as the exporters write them
    "rmsnorm": "the nodes of its formula are not put together",
    "adaptive avgpool": "the older exporter refuses windows of several sizes",
    "padded avgpool": "the older exporter writes another size than PyTorch computes",
    "local response norm": "the older exporter writes a choice of graphs",
}


def exported(module, tensors, dynamo):
    file = io.BytesIO()
    quiet = (contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()))
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), quiet[0], quiet[1]:
            warnings.simplefilter("ignore")
            if dynamo:
                torch.onnx.export(module, tuple(tensors), file, dynamo=True, external_data=False)
            else:
                torch.onnx.export(module, tuple(tensors), file, dynamo=False)
    finally:
        logging.disable(level)
    return onnx.load_from_string(file.getvalue())


def as_list(value):
    if isinstance(value, dict):
        value = tuple(value.values())
    return list(value) if isinstance(value, (tuple, list)) else [value]


def check_read(module, tensors, dynamo):
    model = exported(module, tensors, dynamo)
    loaded = load(model)
    arrays = tuple(t.numpy() for t in tensors)
    found = as_list(loaded.predict(arrays if len(arrays) > 1 else arrays[0]))
    if model.graph.node[-1].op_type in ("Softmax", "LogSoftmax"):
        return  # left out; `load` itself compares the rest with ONNX Runtime
    with torch.no_grad():
        for ours, theirs in zip(found, as_list(module(*tensors)), strict=True):
            theirs = theirs.numpy()
            np.testing.assert_allclose(ours.reshape(theirs.shape), theirs, rtol=0, atol=1e-4 * np.abs(theirs).max())


def of_network(name):
    net = NETWORKS[name]()
    x, _ = batch(net, 2)
    return to_torch(net), [torch.from_numpy(each) for each in as_list(x)]


def of_module(name):
    torch.manual_seed(0)
    shapes = MODULES[name].shape if isinstance(MODULES[name].shape, list) else [MODULES[name].shape]
    return MODULES[name].make().eval(), [torch.randn(2, *shape) for shape in shapes]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_comes_back_from_the_older_exporter(request, name):
    if name in NOT_READ:
        request.applymarker(pytest.mark.xfail(strict=True, reason=NOT_READ[name]))
    check_read(*of_network(name), dynamo=False)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_comes_back_from_the_older_exporter(name):
    check_read(*of_module(name), dynamo=False)


@pytest.mark.parametrize("name", [*MODELS, *GRAPHS])
def test_a_network_comes_back_from_the_newer_exporter(name):
    pytest.importorskip("onnxscript", reason="the newer exporter needs onnxscript")
    check_read(*of_network(name), dynamo=True)


@pytest.mark.parametrize("name", [*plain.CASES][:8] + [*branches.CASES][:6])
def test_a_module_comes_back_from_the_newer_exporter(name):
    pytest.importorskip("onnxscript", reason="the newer exporter needs onnxscript")
    if name not in MODULES:
        pytest.skip("the module itself is not read")
    check_read(*of_module(name), dynamo=True)
