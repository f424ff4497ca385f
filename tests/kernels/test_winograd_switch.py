"""PELLUCID_WINOGRAD=0 turns the Winograd form off."""

import numpy as np
import pytest

from pellucid.kernels import NATIVE, native_build
from pellucid.kernels.conv import winograd_fits

pytestmark = pytest.mark.skipif(not native_build().available, reason="the compiled module is not built")


def test_the_switch(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 16, 12, 12)).astype(np.float32)
    w, b = rng.standard_normal((16, 16, 3, 3)).astype(np.float32), np.zeros(16, np.float32)
    site = np.dtype(np.float32), (12, 12), (3, 3, 16, 16), (1, 1), (1, 1)
    monkeypatch.delenv("PELLUCID_WINOGRAD", raising=False)
    assert winograd_fits(*site)
    with_winograd, _ = NATIVE.conv.forward(x, w, b, pad=1)
    monkeypatch.setenv("PELLUCID_WINOGRAD", "0")
    assert not winograd_fits(*site)
    direct, _ = NATIVE.conv.forward(x, w, b, pad=1)
    assert not np.array_equal(with_winograd, direct)  # another order of sums
    np.testing.assert_allclose(with_winograd, direct, atol=1e-4 * float(np.abs(direct).max()))
