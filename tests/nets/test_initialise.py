"""Tests of `initialise`: how large first values are, and what they depend on."""

import numpy as np
import pytest

from pellucid.nets import Affine, BatchNorm, Conv, GroupNorm, LayerNorm, Network, ReLU, Residual, build


def assert_normal(array, deviation):
    """The sample has this standard deviation and mean 0, within five standard errors, and the shares of a normal one."""
    n = array.size
    assert array.std() == pytest.approx(deviation, rel=5 / np.sqrt(2 * n))
    assert abs(array.mean()) < 5 * deviation / np.sqrt(n)
    for within, share in ((1, 0.6827), (2, 0.9545)):
        assert (np.abs(array) < within * deviation).mean() == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("init", "of_affine", "of_conv"),
    [
        ("he", np.sqrt(2 / 300), np.sqrt(2 / (40 * 15))),
        ("xavier", np.sqrt(2 / (300 + 500)), np.sqrt(2 / (40 * 15 + 70 * 15))),
        (0.02, 0.02, 0.02),
        (3, 3.0, 3.0),
    ],
)
def test_standard_deviations(init, of_affine, of_conv):
    affine = Network([Affine(500)], (300,), init=init, dtype=np.float64).params["affine1.weight"]
    conv = Network([Conv(70, (3, 5))], (40, 5, 5), init=init, dtype=np.float64).params["conv1.weight"]
    assert_normal(affine, of_affine)
    assert_normal(conv, of_conv)


def test_affine_counts_everything_that_comes_in():
    net = Network([Affine(400)], (5, 6, 7), init="he", dtype=np.float64)
    assert_normal(net.params["affine1.weight"], np.sqrt(2 / 210))


def test_an_init_of_0_is_0():
    assert not Network([Affine(3)], (4,), init=0).params.flat.any()


def test_a_layers_own_init_wins():
    net = Network([Affine(300, init=0.5), ReLU(), Affine(300), ReLU(), Affine(300, init="xavier")], (300,), init=0.01)
    assert_normal(net.params["affine1.weight"], 0.5)
    assert_normal(net.params["affine2.weight"], 0.01)
    assert_normal(net.params["affine3.weight"], np.sqrt(2 / 600))


def test_an_own_init_of_0_wins_too():
    net = Network([Affine(3, init=0.0)], (4,), init="he")
    assert not net.params["affine1.weight"].any()


def test_norms_start_as_the_identity_and_biases_at_0():
    layers = [
        Conv(4, 3),
        BatchNorm(),
        GroupNorm(2),
        LayerNorm(),
        Residual([Affine(5), LayerNorm()], [Affine(5)]),
        BatchNorm(),
    ]
    net = Network(layers, (3, 6, 6))
    for name, array in net.params.items():
        if name.endswith((".gamma", ".beta", ".bias")):
            assert (array == (1 if name.endswith(".gamma") else 0)).all(), name
        else:
            assert array.any(), name
    for name, array in net.state.items():
        assert (array == (1 if name.endswith(".var") else 0)).all(), name


LAYERS = (Conv(4, 3), ReLU(), Residual([Affine(6)], [Affine(6)]), Affine(3))


def test_one_seed_gives_one_network_in_both_dtypes():
    double, again = (Network(LAYERS, (3, 5, 5), seed=7, dtype=np.float64) for _ in range(2))
    single = Network(LAYERS, (3, 5, 5), seed=7, dtype=np.float32)
    assert np.array_equal(double.params.flat, again.params.flat)
    assert np.array_equal(single.params.flat, double.params.flat.astype(np.float32))


@pytest.mark.parametrize("seeds", [(0, 1), (1, 2), (0, 2**32), (0, 2**64 - 1)])
def test_seeds_differ(seeds):
    a, b = (Network([Affine(30)], (30,), seed=seed, dtype=np.float64).params["affine1.weight"] for seed in seeds)
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / 30


def test_parameters_of_one_network_are_drawn_apart():
    net = Network([Affine(30), Affine(30), Residual([Affine(30)], [Affine(30)])], (30,), init=1.0, dtype=np.float64)
    weights = np.array([net.params[f"affine{n}.weight"].ravel() for n in (1, 2, 3, 4)])
    assert np.abs(np.corrcoef(weights) - np.eye(4)).max() < 5 / 30


def test_a_layer_that_learns_nothing_does_not_move_the_others():
    plain = Network([Affine(5), Affine(3)], (4,), seed=2)
    with_relu = Network([Affine(5), ReLU(), Affine(3)], (4,), seed=2)
    assert np.array_equal(plain.params.flat, with_relu.params.flat)


# Values that must not move from release to release: saved studies name a seed, not its weights.
def test_first_values_stay_what_they_are():
    weight = Network([Affine(2, init=1.0)], (2,), seed=0, dtype=np.float64).params["affine1.weight"]
    np.testing.assert_allclose(
        weight, [[1.536428684192734, 0.5515010164765811], [-0.8395909692107641, -0.2147827201163212]], rtol=1e-12
    )


@pytest.mark.parametrize("classes", [2, 10, 100])
@pytest.mark.parametrize("model", ["fully-connected", "three-layer-convnet"])
def test_with_small_weights_every_class_is_as_likely_as_another(model, classes):
    net = build(model, (3, 8, 8), classes, init=1e-3)
    x = np.random.default_rng(0).standard_normal((20, 3, 8, 8))
    assert net.loss(x, np.arange(20) % classes)[0] == pytest.approx(np.log(classes), rel=0.01)


def test_he_keeps_the_size_of_what_flows_through_relus():
    net = Network([layer for _ in range(20) for layer in (Affine(300), ReLU())], (300,), init="he", dtype=np.float64)
    x = np.random.default_rng(0).standard_normal((50, 300))
    assert 0.2 < np.sqrt((net.predict(x) ** 2).mean()) < 5
