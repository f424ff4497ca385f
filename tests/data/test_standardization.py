"""Statistics equal NumPy's on the whole array, stay stable far from zero, and never divide by nothing."""

import numpy as np
import pytest

from pellucid.data import DataError, Standardization


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr("pellucid.data.standardization._VALUES_AT_ONCE", 500)  # several pieces, the last one shorter


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("layout", ["first", "last"])
def test_images_have_one_mean_and_std_a_channel(dtype, layout):
    images = np.random.default_rng(0).integers(0, 256, (37, 3, 5, 7)).astype(dtype)
    images[:, 1] //= 2
    if layout == "last":
        images = np.ascontiguousarray(images.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    images.flags.writeable = False
    mean, std = Standardization.of(images)
    np.testing.assert_allclose(mean, images.mean(axis=(0, 2, 3), dtype=np.float64), rtol=1e-12)
    np.testing.assert_allclose(std, images.std(axis=(0, 2, 3), dtype=np.float64), rtol=1e-12)
    assert mean.dtype == std.dtype == np.float64


@pytest.mark.parametrize("shape", [(50, 4), (50, 2, 3), (50, 2, 2, 2, 2)])
def test_other_samples_have_one_a_feature(shape):
    x = np.random.default_rng(0).normal(3, 2, shape)
    mean, std = Standardization.of(x)
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(std, x.std(axis=0), rtol=1e-12)


def test_the_variance_survives_a_mean_far_from_zero():
    """E[x^2] - E[x]^2 gives nonsense here."""
    x = 1e9 + np.random.default_rng(0).normal(size=(400, 2))
    np.testing.assert_allclose(Standardization.of(x).std, x.std(axis=0), rtol=1e-6)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6 / 3, -7.3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_never_varies_is_divided_by_one(constant, dtype):
    """Rounding leaves a std of about 1e-17, by which the first different value would become enormous."""
    x = np.full((997, 2), constant, dtype)
    x[:, 1] = np.arange(997)
    std = Standardization.of(x).std
    assert std[0] == 1
    assert std[1] > 1
    assert Standardization.of(np.full((9, 1, 4, 4), 200, np.uint8)).std == 1


def test_no_samples_are_refused():
    with pytest.raises(DataError, match="expected samples"):
        Standardization.of(np.zeros((0, 3)))
