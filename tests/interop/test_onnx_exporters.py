"""What PyTorch's two exporters write of networks of ours, and of modules that people write, is read where the module itself is.

Many modules are written to one file, as outputs of one graph: an export costs a second, whatever it holds. Where such a file is not
read, each module is exported by itself, so that the message names those at fault.
"""

import contextlib
import copy
import dataclasses
import io
import logging
import warnings

import numpy as np
import pytest
from tests.interop.networks import networks
from tests.interop.test_graphs import NETWORKS as GRAPHS
from tests.network_checks import batch

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from tests.interop.modules import arrays, branches, parts, plain, refused, sequences, spelled, styles  # noqa: E402 (after the skip)

from pellucid.interop.onnx import load  # noqa: E402
from pellucid.interop.torch import to_torch  # noqa: E402
from pellucid.interop.torch.admission import without_wrappers  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.interop]
torch.set_num_threads(1)

NETWORKS = {name: make for name, make in (networks("torch") | GRAPHS).items() if name != "a function"}
STYLES = (plain, branches, arrays, parts, sequences, styles, spelled)
MODULES = {name: case for file in (*STYLES, refused) for name, case in file.CASES.items() if case.refused is None}
OLDER = {  # of these it writes no file: it raises an error of its own
    "nn.RMSNorm of tokens": "it has no RMS norm (to_torch spells its own out)",
    "nn.RMSNorm without weights": "it has no RMS norm",
    "nn.RMSNorm over an image": "it has no RMS norm",
    "a part compiled": "it refuses what is compiled, and looks before it is run as it was written",
    "spectral norm": "it has no vdot",
    "nn.ChannelShuffle": "it has no channel_shuffle",
    "checkpointed, reentrant": "it loses what was recorded within",
}
NEWER = {
    "nn.RMSNorm over an image": "it spells the norm out over channels and pixels at once, which is read in no norm yet",
    "one of two parts changed": "it writes the change as a ScatterND of samples turned to the last axis, which is not read",
}
OTHER_TYPES = ("bfloat16", "half", "float64")  # one file has one type
GROUP = 48  # modules in a file
HALVES = (torch.float16, torch.bfloat16)


class Together(torch.nn.Module):
    """Several modules as one, each with its own inputs and outputs: the exporters take only tuples of tensors."""

    def __init__(self, modules, counts):
        super().__init__()
        self.parts, self.counts = torch.nn.ModuleList(modules), counts

    def forward(self, *inputs):
        made, first = [], 0
        for part, count in zip(self.parts, self.counts, strict=True):
            made += as_list(part(*inputs[first : first + count]))
            first += count
        return tuple(made)


def exported(module, tensors, dynamo):
    file = io.BytesIO()
    quiet = (contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()))
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), quiet[0], quiet[1]:
            warnings.simplefilter("ignore")
            options = {"external_data": False} if dynamo else {}
            with torch.compiler.set_stance("force_eager"):  # a compiled part as it was written
                torch.onnx.export(module, tuple(tensors), file, dynamo=dynamo, **options)
    finally:
        logging.disable(level)
    return onnx.load_from_string(file.getvalue())


def as_list(value):
    if dataclasses.is_dataclass(value):
        value = vars(value)
    if isinstance(value, dict):
        value = tuple(value.values())
    values = list(value) if isinstance(value, (tuple, list)) else [value]
    return [each for each in values if each is not None]


def as_read(tensor):
    """Halves are read as float32."""
    return tensor.float() if tensor.dtype in HALVES else tensor


def check_read(module, tensors, dynamo):
    """The file gives the module's outputs; a name that stands twice among them is one."""
    model = exported(module, tensors, dynamo)
    x = tuple(as_read(t).numpy() for t in tensors)
    found = load(model).results(x if len(x) > 1 else x[0])
    with torch.no_grad():
        wide = copy.deepcopy(module).float() if any(t.dtype in HALVES for t in tensors) else module
        expected = as_list(wide(*map(as_read, tensors)))
    for output, theirs in zip(model.graph.output, expected, strict=True):
        largest = theirs.abs().max().item()
        np.testing.assert_allclose(found[output.name], theirs.numpy(), rtol=0, atol=1e-4 * largest)


def of_network(name):
    net = NETWORKS[name]()
    x, _ = batch(net, 2)
    return to_torch(net).eval(), [torch.from_numpy(each) for each in as_list(x)]


def of_module(name):
    torch.manual_seed(0)
    shapes = MODULES[name].shape if isinstance(MODULES[name].shape, list) else [MODULES[name].shape]
    module, _ = without_wrappers(MODULES[name].make().eval(), None)  # which the exporters refuse
    dtype = next((p.dtype for p in module.parameters()), torch.float32)
    return module, [torch.randn(2, *shape).to(dtype) for shape in shapes]


def check_group(make, names, dynamo):
    made = [make(name) for name in names]
    together = Together([module for module, _ in made], [len(tensors) for _, tensors in made]).eval()
    try:
        check_read(together, [tensor for _, tensors in made for tensor in tensors], dynamo)
    except Exception as of_all:  # of the exporter, of reading, of comparing: by themselves they have names
        problems = {}
        for name, (module, tensors) in zip(names, made, strict=True):
            try:
                check_read(Together([module], [len(tensors)]).eval(), tensors, dynamo)
            except Exception as error:
                problems[name] = f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"
        raise AssertionError(problems or f"only together: {names}: {of_all}") from None


@pytest.mark.timeout(900)  # a loaded machine takes ten times what it takes alone
@pytest.mark.parametrize("what", ["networks", "modules"])
@pytest.mark.parametrize("dynamo", [False, True], ids=["older", "newer"])
def test_everything_comes_back(dynamo, what):
    if dynamo:
        pytest.importorskip("onnxscript", reason="the newer exporter needs onnxscript")
    make, table = (of_network, NETWORKS) if what == "networks" else (of_module, MODULES)
    left_out, problems = NEWER if dynamo else OLDER, []
    names = [name for name in table if name not in left_out]
    alone = [name for name in names if name in OTHER_TYPES]
    names = [name for name in names if name not in OTHER_TYPES]
    groups = [names[first : first + GROUP] for first in range(0, len(names), GROUP)]
    for group in (*groups, *([name] for name in alone)):
        try:
            check_group(make, group, dynamo)
        except AssertionError as found:
            problems.append(str(found))
    assert not problems, "\n".join(problems)
