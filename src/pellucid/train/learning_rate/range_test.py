"""The learning-rate range test: steps at rates that rise from a very small one until the loss grows (Smith 2017).

The network, the optimizer's moments and the count of steps are afterwards what they were, bit for bit; random numbers depend on the
count of steps and on seeds alone (counter-based), so that a training that follows is the one that would have been without the test.
"""

import contextlib
import math
from collections.abc import Generator, Iterator

import numpy as np

from pellucid.progress import job
from pellucid.shapes import ShapeError, check_number, check_whole
from pellucid.train.learning_rate.result import LearningRateTest, smoothed
from pellucid.train.not_finite import NotFiniteError
from pellucid.train.samples import Batch, Samples
from pellucid.train.stepper import Stepper

__all__ = ["range_test"]

DIVERGED = 4  # times the lowest smoothed loss: from here on the loss only grows


def range_test(
    stepper: Stepper, training: Samples, *, seed: int, start: float, stop: float, steps: int
) -> LearningRateTest:
    """Return the loss at each of up to `steps` rates between start and stop, evenly spaced by their logarithm.

    Raises ShapeError for an empty range, or for a loss that is not finite at the first rate, and InUseError while the trainer is in
    use.
    """
    check_number("find_learning_rate", "start", start, above=0)
    check_number("find_learning_rate", "stop", stop, above=start)
    check_whole("find_learning_rate", "steps", steps, minimum=10)
    rates, losses = np.geomspace(start, stop, steps).tolist(), []
    batches, run = _endless(training, stepper.batch_size, seed), object()
    with (
        stepper.held_by(run),
        _left_as_it_was(stepper),
        contextlib.closing(batches),
        job("learning-rate test") as show,
    ):
        for rate in rates:
            x, y, weights, rows = next(batches)
            try:
                losses.append(stepper.step(x, y, weights, learning_rate=rate, rows=rows, run=run).loss)
            except NotFiniteError as error:
                if not losses or error.in_data:
                    raise ShapeError(f"find_learning_rate: {error}") from None
                break
            show(len(losses), steps)
            mean = smoothed(losses)
            if not math.isfinite(mean[-1]) or (len(losses) > 5 and mean[-1] > DIVERGED * min(mean)):
                break
    return LearningRateTest.of(rates[: len(losses)], losses, fallback=stepper.optimizer.learning_rate)


def _endless(training: Samples, size: int, seed: int) -> Generator[Batch, None, None]:
    """Yield batches of as many epochs as are asked for."""
    epoch = 0
    while True:
        with contextlib.closing(training.batches(size, seed=seed, epoch=epoch)) as batches:
            yield from batches
        epoch += 1


@contextlib.contextmanager
def _left_as_it_was(stepper: Stepper) -> Iterator[None]:
    """Put parameters, running statistics, moments and the count of steps back after the block, whatever happens in it."""
    net = stepper.net
    arrays = [net.params.flat, net.state.flat, *stepper.moments]
    copies, steps_done = [array.copy() for array in arrays], stepper.steps_done
    try:
        yield
    finally:
        for array, copy in zip(arrays, copies, strict=True):
            array[...] = copy
        stepper.steps_done = steps_done
