"""NaN and infinity in a Winograd convolution: more outputs are spoiled than directly, never fewer, and none far away."""

import numpy as np
import pytest

from pellucid.kernels import NATIVE, native_build
from pellucid.kernels.conv import winograd_fits
from pellucid.layers import REFERENCE
from pellucid.nets import GELU, Affine, BatchNorm, Conv, Flatten, GlobalAvgPool, MaxPool, Network, ReLU, Tanh
from pellucid.plan import Plan

pytestmark = [
    pytest.mark.skipif(not native_build().available, reason="the compiled module is not built"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
VALUES = [np.nan, np.inf, -np.inf]


@pytest.fixture(autouse=True)
def _winograd(monkeypatch):
    monkeypatch.delenv("PELLUCID_WINOGRAD", raising=False)
    assert winograd_fits(np.dtype(np.float32), (20, 20), (3, 3, 8, 16), (1, 1), (1, 1))


@pytest.mark.parametrize("value", VALUES)
def test_one_bad_pixel_spoils_its_tiles_and_no_others(value):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 8, 20, 20)).astype(np.float32), rng.standard_normal((16, 8, 3, 3)).astype(np.float32)
    b = np.zeros(16, np.float32)
    clean, _ = NATIVE.conv.forward(x, w, b, pad=1)
    for row, column in ((7, 7), (0, 0), (19, 4), (9, 10)):
        bad = x.copy()
        bad[0, 3, row, column] = value
        (direct, _), (found, _) = (table.conv.forward(bad, w, b, pad=1) for table in (REFERENCE, NATIVE))
        spoiled = ~np.isfinite(found)
        assert spoiled[~np.isfinite(direct)].all()
        np.testing.assert_array_equal(found[~spoiled], clean[~spoiled])
        rows, columns = np.nonzero(spoiled.any(axis=(0, 1)))
        assert max(np.abs(rows - row).max(), np.abs(columns - column).max()) <= 7
        assert spoiled.sum() <= 64 * 16


@pytest.mark.parametrize("value", [*VALUES, 3e38])
def test_a_loss_or_gradient_that_is_not_finite_stays_so(value):
    """In the input, or in any parameter, through layers of which some would hide it."""
    hidden, seen = [], 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        after = [[ReLU()], [GELU()], [Tanh()], [BatchNorm(), ReLU()], [ReLU(), MaxPool(2)]][seed % 5]
        last = [Flatten(), GlobalAvgPool()][seed % 2]
        net = Network([Conv(8, 3, pad=1), *after, Conv(8, 3, pad=seed % 3), last, Affine(4)], (8, 11, 9), seed=seed)
        x, y = rng.standard_normal((3, 8, 11, 9)).astype(np.float32), rng.integers(0, 4, 3)
        place = x.ravel() if seed % 3 else net.params.flat
        place[rng.integers(place.size)] = value
        loss, grads = net.loss(x, y, layers=REFERENCE)
        finite = np.isfinite(loss) and np.isfinite(grads.flat).all()
        plan = Plan.training(net, 3, layers=NATIVE)
        ours, our_grads = net.loss(x, y, layers=NATIVE)
        planned = plan.loss(x, y)
        seen += not finite
        for name, number, gradients in (("eager", ours, our_grads.flat), ("plan", planned, plan.grads.flat)):
            if (np.isfinite(number) and not np.isfinite(loss)) or (
                np.isfinite(number) and np.isfinite(gradients).all() and not finite
            ):
                hidden.append((seed, name))
    assert not hidden
    assert seen > 10
