"""The activations beside PyTorch's: output and gradient, in both precisions."""

import numpy as np
import pytest

from pellucid.layers import REFERENCE

from .layer_checks import normal

pytestmark = pytest.mark.peers

# By kind: settings, and what computes the same in torch.nn.functional.
PEERS = {
    "elu": ({"alpha": 0.7}, lambda f, x: f.elu(x, 0.7)),
    "selu": ({}, lambda f, x: f.selu(x)),
    "silu": ({}, lambda f, x: f.silu(x)),
    "relu6": ({}, lambda f, x: f.relu6(x)),
    "hard_sigmoid": ({}, lambda f, x: f.relu6(x + 3) / 6),  # hardsigmoid rounds 1/6 to float32 in its float64 backward
    "hard_swish": ({}, lambda f, x: f.hardswish(x)),
    "softplus": ({}, lambda f, x: f.softplus(x, threshold=100)),
    "mish": ({}, lambda f, x: f.mish(x)),
    "gelu_tanh": ({}, lambda f, x: f.gelu(x, approximate="tanh")),
    "channel_softmax": ({}, lambda f, x: f.softmax(x, dim=1)),
    "channel_log_softmax": ({}, lambda f, x: f.log_softmax(x, dim=1)),
}


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-10)])
@pytest.mark.parametrize("shape", [(5, 7), (2, 3, 4, 5)])
@pytest.mark.parametrize("kind", PEERS)
def test_equals_pytorch(torch, kind, shape, dtype, tolerance):
    settings, function = PEERS[kind]
    x, dout = (4 * array.astype(dtype) for array in normal(3, shape, shape))
    out, cache = REFERENCE.pair(kind).forward(x, **settings)
    leaf = torch.from_numpy(x).requires_grad_()
    expected = function(torch.nn.functional, leaf)
    expected.backward(torch.from_numpy(dout))
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(
        REFERENCE.pair(kind).backward(dout, cache), leaf.grad.numpy(), rtol=tolerance, atol=4 * tolerance
    )
