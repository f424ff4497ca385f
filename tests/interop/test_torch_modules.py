"""What becomes of modules that people write: each is read and computes the same, or is refused with words; none is changed."""

import copy
import dataclasses
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from tests.interop.modules import arrays, branches, parts, plain, refused, sequences, spelled, styles  # noqa: E402 (after the skip)

from pellucid.interop import InteropError  # noqa: E402
from pellucid.interop.torch import from_torch  # noqa: E402

pytestmark = pytest.mark.peers
torch.set_num_threads(1)

CASES = {
    name: case
    for file in (plain, branches, arrays, parts, sequences, styles, spelled, refused)
    for name, case in file.CASES.items()
}
READ = [name for name, case in CASES.items() if case.refused is None]
REFUSED = [name for name, case in CASES.items() if case.refused is not None]


def made(name):
    torch.manual_seed(0)
    return CASES[name].make().eval()


def inputs(name, rows=4):
    shapes = CASES[name].shape
    shapes = shapes if isinstance(shapes, list) else [shapes]
    generator = torch.Generator().manual_seed(7)
    return [torch.randn(rows, *shape, generator=generator) for shape in shapes]


def outputs(value):
    if isinstance(value, dict):
        value = tuple(value.values())
    if dataclasses.is_dataclass(value):
        value = tuple(vars(value).values())
    return [out for out in value if out is not None] if isinstance(value, (tuple, list)) else (value,)


def computed(module, x):
    """What the module computes, in the precision in which it is read."""
    dtype = next((p.dtype for p in module.parameters()), torch.float32)
    module = module if dtype in (torch.float32, torch.float64) else copy.deepcopy(module).float()
    dtype = torch.float64 if dtype == torch.float64 else torch.float32
    with torch.no_grad():
        return [out.numpy() for out in outputs(module(*(each.to(dtype) for each in x)))]


def learned_numbers(module, x):
    """How many numbers the outputs pass gradients to."""
    module = copy.deepcopy(module)
    dtype = torch.float64 if any(p.dtype == torch.float64 for p in module.parameters()) else torch.float32
    module.to(dtype)
    results = [out.sum() for out in outputs(module(*(each.to(dtype) for each in x))) if out.requires_grad]
    if results:
        sum(results).backward()
    return sum(p.numel() for p in module.parameters() if p.grad is not None)


@pytest.mark.parametrize("name", READ)
def test_a_module_is_read_and_computes_the_same(name):
    module, x = made(name), inputs(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if CASES[name].warns else "error")
        net = from_torch(module, CASES[name].shape)
    if not CASES[name].warns:
        assert sum(net.params[one].size for one in net.params if one not in net.frozen) == learned_numbers(module, x)
    expected = computed(module, x)
    arrays = tuple(each.numpy().astype(net.dtype) for each in x)
    for found, one in zip(outputs(net.predict(arrays if len(arrays) > 1 else arrays[0])), expected, strict=True):
        np.testing.assert_allclose(found.reshape(one.shape), one, rtol=0, atol=1e-5 * np.abs(one).max())


@pytest.mark.parametrize("name", REFUSED)
def test_a_module_is_refused_in_words(name):
    with pytest.raises(InteropError, match=CASES[name].refused) as caught:
        from_torch(made(name), CASES[name].shape)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.warns])
def test_another_computation_in_training_is_said(name):
    with pytest.warns(UserWarning, match=CASES[name].warns):
        from_torch(made(name), CASES[name].shape)


def state_of(module):
    """Everything about a module that reading must not change."""
    hooks = [(len(m._forward_hooks), len(m._forward_pre_hooks), m.training, sorted(vars(m))) for m in module.modules()]
    arrays = {name: t.clone() for name, t in (*module.named_parameters(), *module.named_buffers())}
    grads = [(p.requires_grad, None if p.grad is None else p.grad.clone()) for p in module.parameters()]
    return hooks, arrays, grads, torch.get_rng_state()


@pytest.mark.parametrize(
    "name", [name for name in CASES if name not in ("quantized", "scripted", "lazy", "NaN", "exported")]
)
def test_a_module_is_left_as_it_was(name, capsys):
    module = made(name).train()
    for number, p in enumerate(module.parameters()):
        p.grad = torch.full_like(p, number)
    before = state_of(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from_torch(module, CASES[name].shape)
        except InteropError:
            assert CASES[name].refused
    after = state_of(module)
    assert after[0] == before[0]
    assert after[1].keys() == before[1].keys()
    for key, array in before[1].items():
        assert array.dtype == after[1][key].dtype
        assert torch.equal(array, after[1][key]), key
    for (learned, grad), (then, now) in zip(before[2], after[2], strict=True):
        assert learned == then
        assert torch.equal(grad, now)
    assert torch.equal(before[3], after[3])
    assert capsys.readouterr().out == ""


def test_the_table_is_large_enough():
    assert len(CASES) >= 60
    assert len(READ) >= 45
