"""Recording functions: names, shapes, broadcasting, reasons, and what must be refused so that no gradient is lost silently."""

import re

import numpy as np
import pytest

from pellucid.derive import normal_below, trace
from pellucid.gradients import numerical_gradient
from pellucid.shapes import ShapeError

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 2, (4, 3))


def assert_gradients(f, *inputs):
    """Compare the derived gradients of all inputs with central differences of f itself (not of the trace)."""
    graph = trace(f, *inputs)
    assert np.allclose(graph.out.value, f(*inputs))
    dout = RNG.standard_normal(graph.out.shape)
    for place, gradient in enumerate(graph.gradients(dout)):
        slope = numerical_gradient(lambda x, p=place: f(*inputs[:p], x, *inputs[p + 1 :]), inputs[place], dout)
        assert gradient.shape == inputs[place].shape
        assert np.allclose(gradient, slope, atol=1e-7)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.exp(x) + np.log(x) - np.sqrt(x) * np.tanh(x),
        lambda x: np.sin(x) * np.cos(x) / np.log1p(x),
        lambda x: abs(x - 1.1) + np.abs(-x),
        lambda x: x**3 + x**-1.5 + x**2 + 2 / x,
        lambda x: np.minimum(x, 1.2) + np.maximum(1.3, x),
        lambda x: np.where(x > 1, x * x, 3 * x),
        lambda x: x.sum(axis=0),
        lambda x: x.sum(axis=1, keepdims=True) * x,
        lambda x: x.mean(),
        lambda x: np.mean(x, axis=(0, 1)) * x,
        lambda x: x.var(axis=0) + x.std(axis=0),
        lambda x: np.max(x, axis=1),
        lambda x: x.max(axis=-1, keepdims=True) - x,
        lambda x: x[1:3, ::2] * 2,
        lambda x: x[np.array([0, 2, 2]), np.array([1, 1, 1])],
        lambda x: x[np.array([3, 3])],
        lambda x: x[:, None] * x[None],
        lambda x: x[2],
        lambda x: x.reshape(2, 6) @ x.reshape(6, 2),
        lambda x: x.T @ x,
        lambda x: np.transpose(x) @ x,
        lambda x: x.swapaxes(0, 1) + 1,
        lambda x: np.broadcast_to(x.mean(axis=0), (5, 3)) * 2,
        lambda x: np.concatenate([x, x * x], axis=1),
        lambda x: np.pad(x, ((1, 0), (0, 2))) ** 2,
        lambda x: np.einsum("nd,nd->n", x, x),
        lambda x: np.expand_dims(x, 1) * np.squeeze(x[:1], 0),
        lambda x: x * x * x + x,
    ],
)
def test_operations_have_the_right_adjoints(f):
    assert_gradients(f, X)


@pytest.mark.parametrize(
    "shapes", [((4, 3), (3,)), ((3,), (4, 3)), ((4, 1), (1, 3)), ((), (4, 3)), ((2, 1, 3), (4, 1))]
)
@pytest.mark.parametrize("f", [np.add, np.subtract, np.multiply, np.divide, np.maximum])
def test_what_was_broadcast_is_summed(f, shapes):
    assert_gradients(lambda a, b: f(a, b), *(RNG.uniform(0.5, 2, shape) for shape in shapes))


def test_stacks_of_matrices_and_sums_of_products():
    a, b = RNG.standard_normal((2, 3, 4)), RNG.standard_normal((2, 4, 5))
    assert_gradients(lambda a, b: a @ b, a, b)
    assert_gradients(lambda a, b: np.einsum("bij,bjk->ik", a, b), a, b)


def test_names_follow_the_functions_variables():
    def f(x, w):
        hidden = x @ w
        out = np.tanh(hidden)
        return out * 2

    graph = trace(f, X, np.ones((3, 2)))
    assert [node.name for node in graph.alive()][:3] == ["x", "w", "hidden"]
    assert graph.out.name == "out"
    assert len({node.name for node in graph.nodes}) == len(graph.nodes)


def test_a_function_whose_names_would_clash_with_gradients():
    def f(x, dx, dout):
        out = x * dx
        return out + dout

    assert_gradients(f, X, X + 1, X)


def test_reasons_say_what_happened_to_shapes():
    graph = trace(lambda x, mean: x - mean, X, X.mean(axis=0), letters={4: "N", 3: "D"})
    reasons = {step.target.name: "; ".join(step.reasons) for step in graph.backward()}
    assert "mean was broadcast from (D,) to (N, D), so its gradient is summed over axis 0" in reasons["mean"]
    assert "broadcast" not in reasons["x"]
    twice = trace(lambda x: x * np.exp(x), X).backward()
    assert "used more than once, so its gradients add" in twice[-1].reasons[-1]
    summed = trace(lambda x: x.sum(axis=0), X).backward()
    assert "summed over axis 0, so its gradient is broadcast" in summed[0].reasons[0]


def test_labels_and_masks_receive_no_gradient():
    labels = np.array([0, 2, 1, 1])
    graph = trace(lambda x, y: x[np.arange(4), y].sum(), X, labels)
    dx, dlabels = graph.gradients()
    assert dlabels is None
    expected = np.zeros((4, 3))
    expected[np.arange(4), labels] = 1
    assert np.array_equal(dx, expected)


def test_an_input_that_does_not_matter_has_gradient_zero():
    _, unused = trace(lambda x, w: x * 2, X, np.ones(5)).gradients(np.ones((4, 3)))
    assert np.array_equal(unused, np.zeros(5))


def test_a_cache_returned_with_the_output_is_ignored():
    graph = trace(lambda x: (np.exp(x), {"x": x}), X)
    assert graph.out.primitive.kind == "exp"


def test_generated_code_runs_by_itself():
    for f in (lambda x: x.max(axis=1), lambda x: normal_below(x) * x, lambda x: x[:, ::2]):
        graph = trace(f, X)
        namespace = {}
        exec(graph.python("back"), namespace)
        dout = RNG.standard_normal(graph.out.shape)
        assert np.array_equal(namespace["back"](dout, X)[0], graph.gradients(dout)[0])


def test_arrays_that_the_function_brings_along_are_arguments_of_the_code():
    weights = RNG.standard_normal((3, 2))
    graph = trace(lambda x: x @ weights, X)
    assert re.search(r"def back\(dout, x, \*, \w+\):", graph.python("back"))
    assert np.allclose(graph.gradients(np.ones((4, 2)))[0], np.ones((4, 2)) @ weights.T)


def branches(x):
    return x if x.sum() > 0 else -x


def writes(x):
    x[0] = 1
    return x * 1


def adds_in_place(x):
    y = x * 1
    y += 1
    return y


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (branches, "branches on a traced value; use np.where"),
        (writes, "cannot be changed in place"),
        (adds_in_place, "write a = a \\+ b"),
        (lambda x: np.asarray(x), "cannot be converted to a plain one"),
        (lambda x: float(x[0, 0]), "plain number"),
        (lambda x: x.cumsum(), ".cumsum of an array cannot be traced"),
        (lambda x: np.linalg.inv(x @ x.T), "no derivative for np.inv"),
        (lambda x: np.arctan(x), "no derivative for np.arctan"),
        (lambda x: np.einsum("nd->n", x), "two operands"),
        (lambda x: np.einsum("nd,n->n", x, x[:, 0]), "sum over it first"),
        (lambda x: np.pad(x, 1, mode="edge"), "zeros only"),
        (lambda x: x.max(axis=(0, 1)), "along one axis"),
        (lambda x: np.add(x, 1, where=x.value > 1), "plain call"),
        (lambda x: 3, "must return an array computed from its inputs; it returned int"),
        (lambda x: x, "an input unchanged"),
        (lambda x: x @ np.ones(3), "two matrices"),
    ],
)
def test_what_would_lose_a_gradient_is_refused(f, message):
    with pytest.raises(ShapeError, match=message):
        trace(f, X)


def test_the_upstream_gradient_must_fit():
    graph = trace(lambda x: x * 2, X)
    with pytest.raises(ShapeError, match=r"dout must have the shape of the output, \(4, 3\); got \(3,\)"):
        graph.gradients(np.ones(3))
    with pytest.raises(ShapeError, match="it may be omitted only where the output is one number"):
        graph.gradients()


def test_tracing_leaves_inputs_and_profiler_alone():
    import sys

    x = X.copy()
    x.flags.writeable = False
    trace(lambda x: x * 2, x).gradients(np.ones((4, 3)))
    assert sys.getprofile() is None
