"""An affine layer reads an image of any shape as one row, in logical order, whichever way the image lies in memory."""

import numpy as np
import pytest

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE
from pellucid.nets import Affine, BatchNorm, Conv, Dropout, Flatten, Network, ReLU, Residual
from pellucid.plan import Plan

TABLES = [REFERENCE, pytest.param(NATIVE, marks=pytest.mark.skipif(not native_build().available, reason="no kernels"))]
NETWORKS = {
    "at once": [Affine(3)],
    "with relu": [Affine(5), ReLU(), Affine(3)],
    "behind a convolution": [Conv(2, 3, pad=1), ReLU(), Affine(3)],
    "before a batch norm": [Conv(2, 3, pad=1), Affine(4), BatchNorm(), Affine(3)],
    "behind an opaque layer": [Dropout(0.5), Affine(3)],
    "an image read twice": [Residual([Affine(3)], [Flatten(), Affine(3)])],
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS.keys())
@pytest.mark.parametrize("shape", [(4, 5, 3), (1, 5, 3), (4, 1, 1)])
def test_a_plan_reads_rows_in_logical_order(layers, shape, table):
    net = Network(layers, shape, dtype=np.float64)
    x, y = np.random.default_rng(0).standard_normal((3, *shape)), np.array([0, 2, 1])
    eager = net.training_pass(x, y, step=2)
    plan = Plan.training(net, 3, layers=table, input_gradient=True)
    assert plan.loss(x, y, step=2) == pytest.approx(eager.loss, rel=1e-12)
    for name, expected in eager.grads.items():
        np.testing.assert_allclose(plan.grads[name], expected, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(plan.input_gradient(3), eager.dx, atol=1e-12)
    np.testing.assert_allclose(Plan.inference(net, 3, layers=table).predict(x), net.predict(x), atol=1e-12)
    assert plan.compare(REFERENCE, x, y, tolerance=1e-10).first is None


def test_the_order_matters_here():
    """Columns in the order (pixel, channel) would give another loss: the tests above can fail."""
    shape = (4, 5, 3)
    net = Network([Affine(3)], shape, dtype=np.float64)
    x, y = np.random.default_rng(0).standard_normal((3, *shape)), np.array([0, 2, 1])
    mixed = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).reshape(x.shape)
    assert abs(net.loss(x, y)[0] - net.loss(mixed, y)[0]) > 0.01
