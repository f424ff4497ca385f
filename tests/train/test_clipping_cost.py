"""What clipping costs: little where it scales, nothing where it does not."""

import statistics
import time

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.nets import Affine, Network, ReLU
from pellucid.optim import Adam

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.mark.parametrize(("sizes", "repeats"), [((10, 46, 46, 10), 1000), ((512, 384, 160, 10), 300)])
def test_a_step_with_clipping_takes_about_as_long_as_one_without(sizes, repeats):
    """Before, the length was measured twice: steps of the larger network took 2 to 13 times as long."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, sizes[0])).astype(np.float32)
    y = rng.integers(0, sizes[-1], 64)

    def trainer(clip_norm):
        layers = [layer for size in sizes[1:-1] for layer in (Affine(size), ReLU())]
        net = Network([*layers, Affine(sizes[-1])], sizes[:1])
        return Trainer(net, Adam(1e-5), batch_size=64, clip_norm=clip_norm)

    trainers = {"without": trainer(None), "scaling nothing": trainer(1e9), "scaling": trainer(1e-3)}
    times = {name: [] for name in trainers}
    for i in range(repeats + 20):
        for name, trained in trainers.items():
            start = time.perf_counter()
            trained.step(x, y)
            if i >= 20:
                times[name].append(time.perf_counter() - start)
    quick = {
        name: statistics.quantiles(of_name)[0] for name, of_name in times.items()
    }  # other work only adds to a time
    assert quick["scaling nothing"] < 1.15 * quick["without"]
    assert quick["scaling"] < 1.5 * quick["without"]
