"""What gradcheck says besides right and wrong: factors, blocks, exchanges, ties, precision, and layers that are objects."""

import numpy as np
import pytest

import pellucid.layers as layers
from pellucid.gradients import gradcheck
from pellucid.shapes import ShapeError

DRAW = np.random.default_rng(0)
X, W, B = DRAW.standard_normal((4, 6)), DRAW.standard_normal((6, 8)), DRAW.standard_normal(8)


def affine(edit):
    """The affine layer with its gradients edited: (forward, backward, inputs)."""
    return layers.affine_forward, lambda dout, cache: edit(*layers.affine_backward(dout, cache)), X, W, B


def half_of_columns(dx, dw, db):
    dw = dw.copy()
    dw[:, 2:4] /= 2
    return dx, dw, db


SIGNS = {
    "1/4 of what it should be; 4 is the number of rows of x": affine(lambda dx, dw, db: (dx, dw / 4, db)),
    "4 times what it should be; 4 is the number of rows of x": affine(lambda dx, dw, db: (dx, dw, db * 4)),
    "every entry is 2 times": affine(lambda dx, dw, db: (dx * 2, dw, db)),
    "every entry has the wrong sign": affine(lambda dx, dw, db: (-dx, dw, db)),
    "returns 0 in every entry": affine(lambda dx, dw, db: (dx, 0 * dw, db)),
    "0.1 times the input itself": affine(lambda dx, dw, db: (dx, dw + 0.1 * W, db)),
    "columns 2 to 3: block 2 of 4 equal blocks of 2": affine(half_of_columns),
    "the sum over axis=0 is missing": (
        layers.affine_forward,
        lambda dout, cache: (*layers.affine_backward(dout, cache)[:2], dout),
        X,
        W,
        B,
    ),
    "its values are correct: reshape it to (8,)": affine(lambda dx, dw, db: (dx, dw, db[None])),
    "dx and dw are exchanged": affine(lambda dx, dw, db: (dw, dx, db)),
    "transpose of what it should be": affine(lambda dx, dw, db: (dx, dw.T, db)),
    "it is dout as it came in": (lambda x: (np.tanh(x), x), lambda dout, x: dout, X),
    "the forward does not depend on this input: a step function": (lambda x: (np.floor(x), x), lambda d, x: d, X),
    "the forward jumps at 2 of 2 entries, the first at x[": (
        lambda x: (np.floor(x), x),
        lambda dout, x: dout,
        np.array([1.0, 2.0]),
    ),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_what_a_wrong_gradient_looks_like_is_said(sign):
    report = gradcheck(*SIGNS[sign])
    assert not report
    assert sign in str(report)


def test_a_right_gradient_has_no_signs():
    assert all(gradient.signs == () for gradient in gradcheck(*affine(lambda *gradients: gradients)).gradients)


def test_exchanged_gradients_of_one_shape():
    f, x = (lambda x, w: (x @ w, (x, w))), DRAW.standard_normal((2, 3, 3))
    assert gradcheck(f, lambda d, c: (c[0].T @ d, d @ c[1].T), *x).exchanged == (("dx", "dw"),)


def test_a_dictionary_of_gradients_is_taken_by_name():
    f, x = (lambda x, w: (x @ w, (x, w))), DRAW.standard_normal((2, 3, 3))
    report = gradcheck(f, lambda d, c: {"dw": c[0].T @ d, "dx": d @ c[1].T}, *x)
    assert report
    assert "backward returns a dict" in report.notes[0]
    with pytest.raises(ShapeError, match="a dict with the keys a, b, but none for dx"):
        gradcheck(f, lambda d, c: {"a": 0, "b": 0}, *x)


def test_integers_are_named_with_their_cure():
    f = lambda x, w: (x @ w, (x, w))  # noqa: E731
    backward = lambda d, c: (d @ c[1].T, c[0].T @ d)  # noqa: E731
    with pytest.raises(ShapeError, match=r"w is an array of int64: pass w\.astype\(float\)"):
        gradcheck(f, backward, X, np.ones((6, 2), int))
    with pytest.raises(ShapeError, match=r"no input is an array of floats: x is a list: pass np\.array\(x, float\)"):
        gradcheck(lambda x: (x, x), backward, [1.0, 2.0])


def single(*arrays):
    return (array.astype(np.float32) for array in arrays)


IN_SINGLE = {
    "an output in float32": lambda x, w: (np.tanh(next(single(x)) @ next(single(w))), (x, w)),
    "float32 inside": lambda x, w: (np.tanh(np.matmul(*single(x, w))).astype(float), (x, w)),
}


@pytest.mark.parametrize("forward", IN_SINGLE.values(), ids=IN_SINGLE)
@pytest.mark.parametrize("factor", [1, 1.05])
def test_a_forward_in_float32_is_judged_as_finely_as_it_allows(forward, factor):
    def backward(dout, cache):
        x, w = cache
        dz = dout * (1 - np.tanh(x @ w) ** 2)
        return factor * dz @ w.T, x.T @ dz

    report = gradcheck(forward, backward, X, W / 3)
    assert bool(report) == (factor == 1), str(report)
    assert any("float32 somewhere inside" in note and "not finer" in note for note in report.notes)
    assert report.h > 1e-4


@pytest.mark.parametrize("constant", [0.0, 1.0, 255.0, 1e4])
@pytest.mark.parametrize("eps", [1e-8, 1e-5])
def test_a_column_without_spread_fails_no_right_batchnorm(constant, eps):
    x = DRAW.standard_normal((5, 3))
    x[:, 0] = constant
    assert (x.std(axis=0) == 0).sum() == 1
    inputs = (x, np.array([1.0, 0.7, 2.0]), np.zeros(3))
    forward = lambda *inputs: layers.batchnorm_forward(*inputs, eps=eps)  # noqa: E731
    report = gradcheck(forward, layers.batchnorm_backward, *inputs)
    assert report, str(report)
    for factor in (1.001, -1):
        wrong = lambda d, c, f=factor: (f * layers.batchnorm_backward(d, c)[0], *layers.batchnorm_backward(d, c)[1:])  # noqa: E731
        assert not gradcheck(forward, wrong, *inputs).gradients[0].ok


def test_a_state_that_moves_is_not_passed():
    state = {"mean": np.zeros(6), "calls": 0}

    def moving(x):
        state["mean"] = 0.9 * state["mean"] + 0.1 * x.mean(axis=0)
        return x - state["mean"], None

    def from_the_ninth_call(x):
        state["calls"] += 1
        return x + (state["calls"] > 8), None

    for forward in (moving, from_the_ninth_call):
        report = gradcheck(forward, lambda dout, _: dout, X)
        assert not report
        assert "differ" in report.problem or "changed during the check" in report.problem


TIED = np.array([[1.0, 2.0], [1.0, 3.0], [0.0, 0.0], [0.0, 0.0]])  # two of four windows of two rows tie


def pool_with(share):
    """Maximum of every two rows; `share` turns the mask of winners into shares."""

    def backward(dout, x):
        windows = x.reshape(2, 2, 2)
        winners = (windows == windows.max(axis=1, keepdims=True)) * 1.0
        return (share(winners) * dout[:, None]).reshape(x.shape)

    return lambda x: (x.reshape(2, 2, 2).max(axis=1), x), backward


def test_gradients_of_ties_add_up():
    windows = TIED.reshape(2, 2, 2)
    assert ((windows == windows.max(axis=1, keepdims=True)).sum(axis=1) == 2).sum() == 3
    shared = gradcheck(*pool_with(lambda m: m / m.sum(axis=1, keepdims=True)), TIED)
    assert shared
    assert shared.notes == ()
    each = gradcheck(*pool_with(lambda m: m), TIED)
    assert each
    assert "add up to 2 times what came from above" in " ".join(each.notes)
    none = gradcheck(*pool_with(lambda m: m * (m.sum(axis=1, keepdims=True) == 1)), TIED)
    assert not none
    assert "a tie loses its gradient" in str(none)


class Dense:
    """Parameters and their gradients as attributes."""

    def __init__(self, factor=1.0):
        self.W, self.b, self.factor = DRAW.standard_normal((6, 2)), np.zeros(2), factor

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.factor * self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class InDictionaries:
    """Parameters and gradients in dictionaries; gradients add up."""

    def __init__(self, factor=1.0):
        self.params = {"W": DRAW.standard_normal((6, 2)), "b": np.zeros(2)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.factor = factor

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dout):
        self.grads["W"] += self.factor * self.x.T @ dout
        self.grads["b"] += dout.sum(axis=0)
        return dout @ self.params["W"].T


class Parameter:
    def __init__(self, value):
        self.value, self.grad = value, None


class InObjects:
    """Parameters that are objects, as in a network of layers."""

    def __init__(self, factor=1.0):
        self.W, self.b, self.factor = Parameter(DRAW.standard_normal((6, 2))), Parameter(np.zeros(2)), factor

    def __call__(self, inputs):
        self._inputs = inputs
        return inputs @ self.W.value + self.b.value

    def backward(self, dout):
        self.W.grad, self.b.grad = self.factor * self._inputs.T @ dout, dout.sum(axis=0)
        return dout @ self.W.value.T


class Returned:
    """All gradients returned, with a cache."""

    def __init__(self, factor=1.0):
        self.W, self.b, self.factor = DRAW.standard_normal((6, 2)), np.zeros(2), factor

    def forward(self, x):
        return x @ self.W + self.b, x

    def backward(self, dout, x):
        return dout @ self.W.T, self.factor * x.T @ dout, dout.sum(axis=0)


@pytest.mark.parametrize("layer", [Dense, InDictionaries, InObjects, Returned])
def test_a_layer_that_is_an_object(layer):
    made = layer()
    report = gradcheck(made, X)
    assert report, str(report)
    assert [gradient.name for gradient in report.gradients][1:] == ["dW", "db"]
    assert "x" not in vars(made)  # a copy was used
    assert gradcheck(layer, X)
    wrong = gradcheck(layer(0.25), X)
    assert [gradient.ok for gradient in wrong.gradients] == [True, False, True]
    assert "1/4 of what it should be" in str(wrong)


def test_the_methods_of_an_object_and_a_whole_network():
    layer = Dense(3.0)
    assert [gradient.ok for gradient in gradcheck(layer.forward, layer.backward, X).gradients] == [True, False, True]

    class Network:
        def __init__(self):
            self.layers = [Dense(), Dense(2.0)]
            self.layers[1].W = DRAW.standard_normal((2, 2))

        def forward(self, x):
            for layer in self.layers:
                x = layer.forward(x)
            return x

        def backward(self, dout):
            for layer in reversed(self.layers):
                dout = layer.backward(dout)
            return dout

    report = gradcheck(Network(), X)
    assert {gradient.name for gradient in report.gradients if not gradient.ok} == {"dlayers.1.W"}


def test_a_loss_leaves_out_its_targets_and_a_context_is_made():
    class Squares:
        def forward(self, predicted, target):
            self.difference = predicted - target
            return (self.difference**2).mean()

        def backward(self):
            return 2 * self.difference / self.difference.size

    assert [gradient.name for gradient in gradcheck(Squares(), X, 2 * X).gradients] == ["dpredicted"]

    class Exponential:
        @staticmethod
        def forward(ctx, x, times):
            ctx.save_for_backward(np.exp(x) * times)
            return np.exp(x) * times

        @staticmethod
        def backward(ctx, dout):
            return dout * ctx.saved_tensors[0], None

    assert gradcheck(Exponential, X, 3)
    assert gradcheck(Exponential.forward, Exponential.backward, X, 3)


def test_a_class_that_needs_arguments_is_refused():
    class Needs:
        def __init__(self, rows, columns):
            pass

        def forward(self, x):
            return x

        def backward(self, dout):
            return dout

    with pytest.raises(ShapeError, match=r"Needs needs rows, columns: pass an object, gradcheck\(Needs\(\.\.\.\), x\)"):
        gradcheck(Needs, X)


def test_inputs_that_come_from_float32_do_not_make_a_forward_coarse():
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32).astype(float)
    report = gradcheck(
        lambda x: (np.maximum(x, 0), x), lambda dout, x: np.where(x > 0, dout, 1e-3 * dout), x, names=["x"]
    )
    assert not report
    assert not any("float32" in note for note in report.notes)


class Number:
    def __init__(self, w, factor=1.0):
        self.w, self.factor = w, factor

    def forward(self, x):
        self.x = x
        return x**2 * self.w

    def backward(self, g):
        self.dw = self.factor * float((g * self.x**2).sum())
        return 2 * g * self.w * self.x


@pytest.mark.parametrize("w", [2.0, np.full(1, 2.0), np.array(2.0)], ids=["a float", "shape (1,)", "shape ()"])
def test_a_parameter_that_is_one_number_is_checked(w):
    x = np.random.default_rng(0).normal(size=(3, 4))
    assert gradcheck(Number(w), x)
    report = gradcheck(Number(w, factor=1.5), x)
    assert [gradient.ok for gradient in report.gradients] == [True, False]
    assert report.gradients[1].name == "dw"
