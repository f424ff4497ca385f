"""Muon: the step of a matrix against its formula by singular values, and which parameters of a network it is made for."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.nets import Affine, BatchNorm, Conv, Flatten, Network, ReLU
from pellucid.optim import AdamW, Muon
from pellucid.optim.orthogonal import orthogonalized, update_matrix
from pellucid.plan.update import hidden_matrices
from pellucid.shapes import ShapeError


@pytest.mark.parametrize("shape", [(8, 8), (5, 30), (30, 5), (1, 4)])
def test_the_singular_values_come_near_one_and_the_directions_stay(shape):
    matrix = np.random.default_rng(0).standard_normal(shape) * 1e3
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    found = u.T @ orthogonalized(matrix) @ v.T
    values = np.diag(found)
    assert 0.3 < values.min() <= values.max() < 1.25
    np.testing.assert_allclose(found, np.diag(values), atol=1e-12)


def test_a_matrix_of_zeros_stays():
    assert not orthogonalized(np.zeros((3, 4))).any()


def test_two_steps_follow_the_formula():
    rng = np.random.default_rng(1)
    start, gradients = rng.standard_normal((6, 2, 3)), rng.standard_normal((2, 6, 2, 3))
    w, m, expected, mean = start.copy(), np.zeros((6, 2, 3)), start.reshape(6, 6).copy(), np.zeros((6, 6))
    for g in gradients:
        update_matrix(w, g, m, learning_rate=0.1, momentum=0.9, weight_decay=0.5)
        flat = g.reshape(6, 6)
        mean = 0.9 * mean + flat
        expected = expected * (1 - 0.1 * 0.5) - 0.1 * 0.2 * 6**0.5 * orthogonalized(flat + 0.9 * mean)
    np.testing.assert_allclose(w.reshape(6, 6), expected, rtol=1e-12)
    np.testing.assert_allclose(m.reshape(6, 6), mean, rtol=1e-12)


def test_a_vector_is_refused():
    with pytest.raises(ShapeError, match="must be matrices of one shape"):
        update_matrix(np.zeros(3), np.zeros(3), np.zeros(3), learning_rate=0.1, momentum=0.9, weight_decay=0)


def network():
    return Network([Conv(4, 3), BatchNorm(), ReLU(), Flatten(), Affine(8), ReLU(), Affine(3)], (2, 6, 6), seed=0)


def batch():
    rng = np.random.default_rng(2)
    return rng.standard_normal((5, 2, 6, 6)).astype(np.float32), rng.integers(0, 3, 5)


def test_hidden_weights_are_matrices_and_all_else_is_adamws():
    settings = {"learning_rate": 0.05, "weight_decay": 0.1}
    nets = [network(), network()]
    assert hidden_matrices(nets[0]) == ["conv1.weight", "affine1.weight"]
    before = {name: array.copy() for name, array in nets[0].params.items()}
    _, grads = nets[0].loss(*batch())
    for net, optimizer in zip(nets, (Muon(**settings), AdamW(**settings)), strict=True):
        Trainer(net, optimizer, batch_size=5).step(*batch())
    for name in nets[0].params:
        if name in ("conv1.weight", "affine1.weight"):
            w, m = before[name], np.zeros_like(before[name])
            update_matrix(w, grads[name].astype(w.dtype), m, learning_rate=0.05, momentum=0.95, weight_decay=0.1)
            np.testing.assert_allclose(nets[0].params[name], w, atol=1e-4)
        else:
            np.testing.assert_array_equal(nets[0].params[name], nets[1].params[name], err_msg=name)


def test_what_is_frozen_stays():
    net = network()
    net.freeze("conv1*")
    before = net.params["conv1.weight"].copy()
    Trainer(net, Muon(), batch_size=5).step(*batch())
    assert hidden_matrices(net) == ["affine1.weight"]
    np.testing.assert_array_equal(net.params["conv1.weight"], before)


def test_a_run_in_muon_resumes_bit_for_bit(tmp_path):
    x, y = batch()
    whole, parted = network(), network()
    Trainer(whole, "muon", batch_size=5).fit((x, y), 4, progress=False)
    Trainer(parted, "muon", batch_size=5).fit((x, y), 2, folder=tmp_path / "run", progress=False)
    Trainer(parted := network(), "muon", batch_size=5).fit(
        (x, y), 4, folder=tmp_path / "run", resume=True, progress=False
    )
    assert whole.params.flat.tobytes() == parted.params.flat.tobytes()


def test_another_kind_does_not_take_its_place():
    trainer = Trainer(network(), AdamW(), batch_size=5)
    with pytest.raises(ShapeError, match="one of its kind, AdamW"):
        trainer.optimizer = Muon()
