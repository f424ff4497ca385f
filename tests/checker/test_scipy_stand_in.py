"""What a worker has in SciPy's place gives SciPy's numbers."""

import numpy as np
import pytest

import pellucid
from pellucid.checker.running.worker import scipy_stand_in

CONVOLUTION = """
import numpy as np
from scipy.signal import correlate2d


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    one = lambda image, f: sum(correlate2d(image[c], f[c], mode="valid") for c in range(len(f)))
    out = np.stack([np.stack([one(image, f) + shift for f, shift in zip(w, b)]) for image in padded])
    return out[:, :, ::s, ::s], (x, w, b, conv_param)
"""


def test_a_convolution_by_scipy_is_judged(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(CONVOLUTION, encoding="utf-8")
    (row,) = pellucid.check(path).functions
    assert row.verdict == "correct"
    assert "missing-import" not in {hazard.id for hazard in row.hazards}


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_correlations_are_sums_over_windows(size):
    rng = np.random.default_rng(size)
    image, kernel = rng.normal(size=(5, 6)), rng.normal(size=(size, 2))
    full = np.zeros((5 + size - 1, 6 + 1))  # of a convolution
    for i in range(5):
        for j in range(6):
            full[i : i + size, j : j + 2] += image[i, j] * kernel
    found = scipy_stand_in.convolve2d(image, kernel)
    np.testing.assert_allclose(found, full, atol=1e-12)
    turned = np.flip(kernel)
    np.testing.assert_allclose(scipy_stand_in.correlate2d(image, turned), full, atol=1e-12)
    valid = scipy_stand_in.correlate2d(image, kernel, "valid")
    np.testing.assert_allclose(valid[0, 0], (image[:size, :2] * kernel).sum(), atol=1e-12)
    start = (size - 1) // 2
    same = scipy_stand_in.convolve2d(image, kernel, "same")
    np.testing.assert_allclose(same, full[start : start + 5, :6], atol=1e-12)


def test_functions_of_numbers_are_the_known_ones():
    x = np.array([[-2.0, 0.0, 3.0]])
    np.testing.assert_allclose(scipy_stand_in.expit(x), 1 / (1 + np.exp(-x)), atol=1e-12)
    np.testing.assert_allclose(scipy_stand_in.softmax(x, axis=1).sum(), 1.0)
    np.testing.assert_allclose(scipy_stand_in.logsumexp(x + 1000, axis=1), np.log(np.exp(x).sum()) + 1000)
    np.testing.assert_allclose(scipy_stand_in.erf(0.5), 0.5204998778130465)
