"""The whole derivative, its contraction, and functions that complex numbers do not survive."""

import numpy as np
import pytest

from pellucid.derive import contract, derivation, jacobian, jacobian_bytes
from pellucid.derive.catalogue.layers.batchnorm import batchnorm
from pellucid.derive.tracing.python_code import run_with
from pellucid.shapes import ShapeError

RNG = np.random.default_rng(1)
X = RNG.standard_normal((4, 3))


@pytest.mark.parametrize(
    "name", ["affine", "batchnorm", "layernorm", "conv", "maxpool", "softmax", "groupnorm", "tanh"]
)
def test_contracted_it_is_the_derived_backward(name):
    graph = derivation(name).small()
    inputs = [graph.nodes[number].value for number in graph.inputs]
    dout = RNG.standard_normal(graph.out.shape)
    for place, gradient in enumerate(graph.gradients(dout)):
        if gradient is None:
            continue
        whole = jacobian(lambda x, p=place: run_with(graph, [*inputs[:p], x, *inputs[p + 1 :]]), inputs[place])
        assert whole.shape == graph.out.shape + inputs[place].shape
        assert np.abs(contract(dout, whole) - gradient).max() < 1e-12


def test_batch_norm_mixes_rows_but_not_features():
    whole = jacobian(lambda x: batchnorm(x, np.ones(3), np.zeros(3)), X)
    other_feature = whole.transpose(0, 2, 1, 3)[:, :, ~np.eye(3, dtype=bool)]
    assert np.array_equal(other_feature, np.zeros_like(other_feature))
    assert (whole[0, 0, 1:, 0] != 0).all()


@pytest.mark.parametrize(
    "f", [np.abs, lambda x: np.real(x) ** 2, lambda x: np.abs(x) ** 2, lambda x: np.float64(x.real) * 2]
)
def test_functions_that_drop_the_imaginary_part_are_noticed(f):
    expected = np.array([(f(x + 1e-6) - f(x - 1e-6)) / 2e-6 for x in X.ravel()]).reshape(4, 3)
    whole = jacobian(f, X)
    assert np.allclose(whole.reshape(12, 12).diagonal(), expected.ravel(), atol=1e-6)


def test_a_number_for_an_output_and_no_change_of_x():
    x = X.copy()
    x.flags.writeable = False
    assert np.allclose(jacobian(lambda x: (x**2).sum(), x), 2 * X, atol=1e-15)


def test_what_it_costs():
    assert jacobian_bytes((64, 512), (64, 512)) == 4 * 2**30
    assert jacobian_bytes((2, 3), (4,), itemsize=8) == 192


def test_bad_inputs():
    with pytest.raises(ShapeError, match="x must be a float64 array; got float32"):
        jacobian(np.exp, X.astype(np.float32))
    with pytest.raises(ShapeError, match="dout must have the shape of the output"):
        contract(np.ones(3), np.ones((4, 3, 4)))
