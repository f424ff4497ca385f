"""Tests of `gradcheck`: it accepts correct gradients, also at kinks, and rejects wrong ones, also tiny ones."""

import numpy as np
import pytest

import pellucid.layers as layers
from pellucid.gradients import gradcheck
from pellucid.shapes import ShapeError

from .planted import PLANTED


def identity(x):
    return x.copy(), None


def passed_on(dout, _):
    return dout


def relu_taking(slope_at_0):
    def backward(dout, cache):
        return dout * np.where(cache > 0, 1.0, np.where(cache == 0, slope_at_0, 0.0))

    return lambda x: (np.maximum(x, 0), x), backward


# --- wrong ones are rejected, and the correct gradients next to them are not blamed


def test_at_least_25_mistakes_are_planted():
    assert len(PLANTED) >= 25


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_rejected_and_named(name):
    planted = PLANTED[name]
    report = gradcheck(planted.forward, planted.backward, *planted.inputs)
    assert not report
    assert not report.ok
    assert {i for i, gradient in enumerate(report.gradients) if not gradient.ok} == planted.wrong, str(report)
    assert "FAILED" in str(report)


CORRUPTIONS = {
    "twice": lambda g: 2 * g,
    "half": lambda g: g / 2,
    "negative": lambda g: -g,
    "zero": lambda g: 0 * g,
    "a constant more": lambda g: g + 1e-4 * np.abs(g).max(),
    "1e-5 more": lambda g: g * (1 + 1e-5),
    "1e-6 less": lambda g: g * (1 - 1e-6),
    "one entry off": lambda g: g + 1e-5 * np.abs(g).max() * (np.arange(g.size) == g.size // 2).reshape(g.shape),
    "one entry nan": lambda g: np.where((np.arange(g.size) == g.size - 1).reshape(g.shape), np.nan, g),
    "one axis more": lambda g: g[None],
    "one axis less": lambda g: g[0],
    "reversed": lambda g: np.flip(g),
}


def affine_tanh(x, w, b):
    hidden, affine = layers.affine_forward(x, w, b)
    out, tanh = layers.tanh_forward(hidden)
    return out, (affine, tanh)


def affine_tanh_backward(dout, cache):
    return layers.affine_backward(layers.tanh_backward(dout, cache[1]), cache[0])


SOUND = {
    "affine_tanh": (affine_tanh, affine_tanh_backward, [(4, 3), (3, 5), (5,)]),
    "conv": (layers.conv_forward, layers.conv_backward, [(2, 2, 4, 3), (3, 2, 2, 2), (3,)]),
    "batchnorm": (layers.batchnorm_forward, layers.batchnorm_backward, [(5, 3), (3,), (3,)]),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("layer", SOUND)
def test_any_corruption_of_any_gradient_is_rejected(layer, place, corruption):
    forward, backward, shapes = SOUND[layer]
    rng = np.random.default_rng(3)
    inputs = [rng.standard_normal(shape) for shape in shapes]

    def corrupted(dout, cache):
        gradients = list(backward(dout, cache))
        gradients[place] = CORRUPTIONS[corruption](gradients[place])
        return tuple(gradients)

    assert gradcheck(forward, backward, *inputs)
    report = gradcheck(forward, corrupted, *inputs)
    assert [gradient.ok for gradient in report.gradients] == [i != place for i in range(3)], str(report)


def test_an_upstream_gradient_of_ones_would_see_nothing():
    """Batch normalization's dx under ones is 0 whatever the backward forgets; so the upstream gradient is random."""
    seen = []
    x = np.random.default_rng(0).standard_normal((4, 3))
    gradcheck(identity, lambda dout, _: seen.append(dout) or dout, x)
    gradcheck(identity, lambda dout, _: seen.append(dout) or dout, x, seed=1)
    assert np.unique(seen[0]).size == 12
    assert not np.array_equal(seen[0], seen[-1])


# --- tiny gradients


def deep_net(scale, depth=4, width=5):
    """tanh layers with tiny weights: (forward, backward, inputs); the first layers' gradients shrink with every layer."""
    rng = np.random.default_rng(1)
    weights = [scale * rng.standard_normal((width, width)) for _ in range(depth)]
    labels = np.array([0, 1, 2])

    def forward(x, *weights, loss=False):
        caches = []
        for w in weights:
            x, affine = layers.affine_forward(x, w, np.zeros(width))
            x, tanh = layers.tanh_forward(x)
            caches.append((affine, tanh))
        if loss:
            value, dscores = layers.softmax_loss(x, labels)
            return value, (dscores, caches)
        return x, (1.0, caches)

    def backward(dout, cache):
        dscores, caches = cache
        dx, gradients = dout * dscores, []
        for affine, tanh in reversed(caches):
            dx, dw, _ = layers.affine_backward(layers.tanh_backward(dx, tanh), affine)
            gradients.insert(0, dw)
        return dx, *gradients

    return forward, backward, (rng.standard_normal((3, width)), *weights)


@pytest.mark.parametrize("scale", [0.1, 1e-2, 1e-3])
def test_tiny_gradients_are_judged_by_their_own_size(scale):
    forward, backward, inputs = deep_net(scale)
    report = gradcheck(forward, backward, *inputs)
    assert report, str(report)
    assert report.gradients[0].largest_gradient < 20 * scale**4
    for factor in (2, 0, -1, 1 + 1e-5):

        def wrong(dout, cache, factor=factor):
            dx, *dws = backward(dout, cache)
            return factor * dx, *dws

        report = gradcheck(forward, wrong, *inputs)
        assert [gradient.ok for gradient in report.gradients] == [False, True, True, True, True], str(report)


def test_tiny_gradients_of_a_loss():
    """Under a loss of 1.6, differences cannot tell a gradient of 1e-8 to more than about two digits: wrong by half is wrong."""
    forward, backward, inputs = deep_net(0.02)

    def with_loss(*inputs):
        return forward(*inputs, loss=True)

    report = gradcheck(with_loss, backward, *inputs)
    assert report, str(report)
    assert 1e-9 < report.gradients[0].largest_gradient < 1e-7
    for factor in (2, 0, -1, 0.5):
        report = gradcheck(with_loss, lambda d, c, f=factor: (f * backward(d, c)[0], *backward(d, c)[1:]), *inputs)
        assert not report.gradients[0].ok, str(report)


def test_a_gradient_that_differences_cannot_see_is_not_called_right():
    def forward(x):
        return float(1.0 + 3e-11 * x.sum()), x

    report = gradcheck(forward, lambda dout, x: -3e-11 * dout * np.ones_like(x), np.ones(3))
    assert not report or report.notes


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1.0, 1e6, 1e12])
def test_the_verdict_does_not_depend_on_the_size_of_the_output(size):
    def forward(x):
        return size * np.sin(x), x

    x = np.random.default_rng(0).standard_normal((3, 4))
    assert gradcheck(forward, lambda dout, x: dout * size * np.cos(x), x)
    assert not gradcheck(forward, lambda dout, x: dout * size * np.cos(x) * (1 + 1e-5), x)


def test_a_coarse_entry_does_not_hide_a_finer_one():
    """x[0] enters beside 1e6, so its slope is known to 1e-5 only; x[1]'s is exact, and wrong by 1e-6."""
    offset = np.array([1e6, 0.0])
    report = gradcheck(lambda x: (offset + x, None), lambda d, _: d * np.array([1.0, 1 + 1e-6]), np.array([0.3, 0.7]))
    assert not report, str(report)


# --- kinks


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_any_slope_between_the_sides_is_accepted_at_a_kink(slope):
    forward, backward = relu_taking(slope)
    report = gradcheck(forward, backward, np.array([[0.0, 1.0], [-1.0, 0.0]]))
    assert report, str(report)
    (gradient,) = report.gradients
    # The central difference is one half there, so that answer is not even noticed.
    assert set(gradient.kinks) == (set() if slope == 0.5 else {(0, 0), (1, 1)})
    assert gradient.at_kink == (slope != 0.5)
    assert gradient.largest_difference < 1e-9
    assert ("at a kink" in str(report)) == (slope != 0.5)


@pytest.mark.parametrize("slope", [2.0, -1.0, 1.1, -0.01, np.nan])
def test_a_slope_outside_the_sides_is_rejected_at_a_kink(slope):
    forward, backward = relu_taking(slope)
    report = gradcheck(forward, backward, np.array([0.0, 1.0, -1.0]))
    assert not report
    assert report.gradients[0].wrong == 1
    assert report.gradients[0].worst_index == (0,)


def test_a_wrong_entry_beside_a_kink_is_still_found():
    forward, backward = relu_taking(1.0)
    x = np.array([0.0, 1.0, -1.0, 0.0])
    report = gradcheck(forward, lambda dout, cache: backward(dout, cache) + np.array([0, 0, 0.01, 0]), x)
    assert not report
    assert report.gradients[0].wrong == 1
    assert report.gradients[0].worst_index == (2,)
    assert not report.gradients[0].at_kink
    assert set(report.gradients[0].kinks) == {(0,), (3,)}


@pytest.mark.parametrize("distance", [3e-8, -3e-8, 3e-7, -3e-7, 2e-6, -2e-6, 9e-6, -9e-6])
def test_a_kink_inside_the_step_is_resolved(distance):
    x = np.array([distance, 1.0, -1.0])
    assert gradcheck(layers.relu_forward, layers.relu_backward, x)
    if abs(distance) > 1e-7:
        # Beyond the smallest step the side is known, so the other side's slope is wrong.
        assert not gradcheck(layers.relu_forward, lambda d, c: d * np.array([distance < 0, 1, 0]), x)


@pytest.mark.parametrize("distance", [6e-8, -6e-8, 8e-8, -8e-8])
def test_a_kink_just_inside_the_smallest_step_is_resolved(distance):
    report = gradcheck(layers.relu_forward, layers.relu_backward, np.array([distance, 1.0, -1.0]))
    assert report, str(report)


def maxpool_ties(share):
    """Max pooling 1x2 whose backward gives this share to the first of two equal entries, or the whole to both (None)."""

    def backward(dout, x):
        windows = x.reshape(1, 1, 2, 2)
        winners = windows == windows.max(axis=3, keepdims=True)
        parts = winners * 1.0
        if share is not None:
            tied = winners.all(axis=3, keepdims=True)
            parts = np.where(tied, np.array([share, 1 - share]), parts)
        return (parts * dout.reshape(1, 1, 2, 1)).reshape(x.shape)

    return lambda x: (layers.maxpool_forward(x, size=(1, 2))[0], x), backward


@pytest.mark.parametrize("share", [1.0, 0.0, 0.5, 0.3, None])
def test_every_convention_on_ties_is_accepted(share):
    forward, backward = maxpool_ties(share)
    report = gradcheck(forward, backward, np.array([[[[2.0, 2.0, 1.0, 3.0]]]]))
    assert report, str(report)


@pytest.mark.parametrize("share", [1.5, -0.5])
def test_more_than_the_whole_on_ties_is_rejected(share):
    forward, backward = maxpool_ties(share)
    assert not gradcheck(forward, backward, np.array([[[[2.0, 2.0, 1.0, 3.0]]]]))


def test_maxpool_of_relu_zeros_is_accepted():
    x = np.random.default_rng(0).standard_normal((1, 2, 4, 4))
    x = np.maximum(x, 0)  # many windows tie at 0
    report = gradcheck(lambda x: layers.maxpool_forward(x, size=2, stride=1), layers.maxpool_backward, x)
    assert report, str(report)
    assert report.gradients[0].kinks


def test_strong_curvature_is_no_kink():
    """The sides' slopes differ by h f'': that must not open an interval for wrong answers."""

    def forward(x):
        return 1e4 * x**2, x

    x = np.array([0.3, -0.2, 1e-3])
    assert gradcheck(forward, lambda dout, x: dout * 2e4 * x, x)
    assert not gradcheck(forward, lambda dout, x: dout * 2e4 * x * (1 + 1e-5), x)
    assert not gradcheck(forward, lambda dout, x: dout * 2e4 * (x + 4e-6), x)


def test_a_gradient_of_0_is_right_only_where_nothing_moves():
    def rounded(x):
        return np.round(x), None

    x = np.array([0.2, 1.3])
    assert gradcheck(rounded, lambda dout, _: 0 * dout, x)
    assert not gradcheck(rounded, passed_on, x)


@pytest.mark.parametrize("seed", [241, 0])
def test_a_true_gradient_of_0_may_carry_rounding(seed):
    """A bias before batch normalization: the mean takes it away again. backward gives 1e-17, the differences give 0."""
    if seed:
        inputs = [np.full((1, 1, 1, 1), -1.47372731), np.full((1, 1, 1, 1), 1.45018563), np.array([1.14128062])]
        inputs += [np.array([0.53754868]), np.array([-0.36415924])]
        report = gradcheck(
            lambda *a: layers.conv_bn_relu_forward(*a, pad=(0, 1)), layers.conv_bn_relu_backward, *inputs, seed=7
        )
    else:
        report = gradcheck(lambda x: (x - x, None), lambda dout, _: 1e-17 * dout, np.ones(3))
    assert report, str(report)


# --- hazards are noted


def test_a_sound_layer_has_no_notes():
    x, w, b = (np.random.default_rng(0).standard_normal(s) for s in [(2, 3), (3, 4), (4,)])
    report = gradcheck(layers.affine_forward, layers.affine_backward, x, w, b)
    assert report
    assert report.notes == ()
    assert [gradient.name for gradient in report.gradients] == ["dx", "dw", "db"]
    assert "gradcheck passed (central differences, h 1e-05, tolerance 1e-07)" in str(report)


def test_a_changed_upstream_gradient_is_noted():
    def backward(dout, cache):
        dout[cache.out <= 0] = 0
        return dout

    report = gradcheck(layers.relu_forward, backward, np.array([1.0, -1.0]))
    assert report
    assert report.notes == ("backward changes dout in place",)


CHANGED = "forward or backward changes its inputs in place"


def test_an_input_changed_by_backward_is_noted():
    def backward(dout, x):
        dx = np.where(x > 0, dout, 0)
        x *= 2
        return dx

    x = np.array([1.0, -1.0])
    report = gradcheck(lambda x: (np.maximum(x, 0), x), backward, x)
    assert report
    assert report.notes == (CHANGED,)
    assert x.tolist() == [1, -1]


def test_an_input_changed_by_forward_is_noted():
    """relu in place: a negative entry becomes 0, and with it the step measured, by which is then divided."""

    def forward(x):
        mask = x > 0
        x[~mask] = 0
        return x.copy(), mask

    x = np.array([1.0, -1.0])
    report = gradcheck(forward, lambda dout, mask: np.where(mask, dout, 0), x)
    assert report
    assert report.notes == (CHANGED,)
    assert x.tolist() == [1, -1]


def test_a_forward_in_place_does_not_disturb_the_step():
    def double(x):
        x *= 2
        return x.copy(), None

    report = gradcheck(double, lambda dout, _: 2 * dout, np.array([1.0, -1.5]))
    assert report, str(report)
    assert report.notes == (CHANGED,)


def test_a_random_forward_is_noted():
    rng = np.random.default_rng(0)

    def forward(x):
        mask = rng.random(x.shape) < 0.5
        return x * mask, mask

    report = gradcheck(forward, lambda dout, mask: dout * mask, np.ones((4, 5)))
    assert any("two calls on the same input differ" in note for note in report.notes)
    assert not report


def test_a_coarse_output_is_noted():
    report = gradcheck(lambda x: (np.sin(x).astype(np.float32), x), lambda d, x: d * np.cos(x), np.ones((2, 3)))
    assert any("the forward converts float64 to float32" in note for note in report.notes)


def test_a_coarse_loss_is_noted():
    report = gradcheck(lambda x: (np.float32(np.sin(x).sum()), x), lambda d, x: d * np.cos(x), np.ones((2, 3)))
    assert any("float32" in note for note in report.notes)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_output_that_is_not_finite_is_noted_and_not_passed():
    report = gradcheck(lambda x: (np.log(x), x), lambda dout, x: dout / x, np.array([1.0, -1.0]))
    assert "the forward's output is not finite" in report.notes
    assert not report


# --- what is checked, and what is handed over


def test_float32_inputs_are_checked_in_float64():
    seen = []

    def forward(x):
        seen.append(x.dtype)
        return np.sin(x), x

    assert gradcheck(forward, lambda dout, x: dout * np.cos(x), np.ones((2, 2), np.float32))
    assert set(seen) == {np.dtype(np.float64)}


def test_labels_and_sizes_are_passed_on():
    def forward(scores, labels, scale):
        loss, dscores = layers.softmax_loss(scale * scores, labels)
        return loss, scale * dscores

    labels = np.array([0, 2])
    report = gradcheck(forward, lambda d, dscores: d * dscores, np.eye(2, 3), labels, 3)
    assert report
    assert [gradient.name for gradient in report.gradients] == ["dscores"]


def test_float_inputs_after_labels_keep_their_place():
    def forward(labels, scores, more):
        return scores[labels] * more, (labels, scores, more)

    def backward(dout, cache):
        labels, scores, more = cache
        dscores = np.zeros_like(scores)
        np.add.at(dscores, labels, dout * more)
        return dscores, dout * scores[labels]

    labels = np.array([1, 1, 0])
    report = gradcheck(forward, backward, labels, np.array([2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    assert report
    assert [gradient.name for gradient in report.gradients] == ["dscores", "dmore"]
    named = gradcheck(forward, backward, labels, np.ones(2), np.ones(3), names=["a", "b"])
    assert [gradient.name for gradient in named.gradients] == ["da", "db"]


def test_a_report_says_where_it_is_wrong():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    report = gradcheck(identity, lambda dout, _: dout * np.array([[1, 1], [1, 3]]), x)
    gradient = report.gradients[0]
    assert (gradient.worst_index, gradient.wrong, gradient.shape) == ((1, 1), 1, (2, 2))
    assert gradient.backward == pytest.approx(3 * gradient.numerical)
    assert gradient.largest_difference == pytest.approx(2 * abs(gradient.numerical))
    text = str(report)
    assert "dx  (2, 2)  wrong in 1 of 4" in text
    assert "(1, 1)" in text


def test_a_wrong_shape_is_named():
    report = gradcheck(identity, lambda dout, _: dout[:1], np.ones((2, 3)))
    assert "dx  wrong: expected shape (2, 3), the shape of the input, got (1, 3)" in str(report)


def test_an_empty_input_has_nothing_to_compare():
    report = gradcheck(identity, passed_on, np.zeros((0, 3)))
    assert report
    assert "nothing to compare" in str(report)


def test_a_missing_return_is_named():
    with pytest.raises(ShapeError, match=r"^gradcheck: backward returned None; is a return statement missing"):
        gradcheck(identity, lambda dout, _: None, np.ones(2))


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_a_wrong_number_of_gradients_is_named(count):
    x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)
    with pytest.raises(ShapeError, match=f"^gradcheck: backward must return 3 gradients, .*; it returned {count}$"):
        gradcheck(layers.affine_forward, lambda dout, cache: (dout,) * count, x, w, b)


def test_nothing_to_check_is_refused():
    with pytest.raises(ShapeError, match=r"^gradcheck: no input is an array of floats"):
        gradcheck(identity, passed_on, np.array([1, 2]))
    with pytest.raises(ShapeError, match=r"^gradcheck: no input is an array of floats"):
        gradcheck(lambda: (0.0, None), lambda dout, _: ())


def test_names_must_name_every_float_input():
    with pytest.raises(
        ShapeError, match=r"^gradcheck: names must have one entry for each of the 1 float inputs; got 2"
    ):
        gradcheck(identity, passed_on, np.ones(2), names=["a", "b"])


def test_the_tolerance_can_be_chosen():
    x = np.ones((2, 3))
    assert not gradcheck(identity, lambda dout, _: dout * 1.001, x)
    assert gradcheck(identity, lambda dout, _: dout * 1.001, x, tolerance=0.01)
