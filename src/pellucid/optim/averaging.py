"""Averaged weights: an average of the weights along the run, which is evaluated and saved in place of the last ones.

    EMA    average = decay * average + (1 - decay) * w after every step; Polyak & Juditsky 1992, with less memory at the start
    SWA    the plain mean of w over the last part of the run; Izmailov et al. 2018

Running statistics of batch norms are averaged in the same way.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from pellucid.shapes import Array, check_number

__all__ = ["AVERAGES", "EMA", "SWA", "Averaging", "WeightAverage"]


@dataclass(frozen=True)
class Averaging:
    """The base of all averages."""

    def share(self, done: float, count: int) -> float | None:
        """Return the share of the present weights in the average; None where the average is still to begin.

        done: the fraction of the run; count: how many times weights were taken into the average before.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class EMA(Averaging):
    """Exponential moving average: the weights of about the last 1 / (1 - decay) steps; fewer at the start, count + 1 of 10."""

    decay: float = 0.999

    def __post_init__(self) -> None:
        check_number("EMA", "decay", self.decay, minimum=0, below=1)

    def share(self, done: float, count: int) -> float:
        return 1 - min(self.decay, (1 + count) / (10 + count))


@dataclass(frozen=True)
class SWA(Averaging):
    """Stochastic weight averaging: the mean of the weights after every step from the fraction `start` of the run on."""

    start: float = 0.75

    def __post_init__(self) -> None:
        check_number("SWA", "start", self.start, minimum=0, below=1)

    def share(self, done: float, count: int) -> float | None:
        return None if done < self.start else 1 / (count + 1)


class WeightAverage:
    """The average of arrays that change from step to step."""

    def __init__(self, rule: Averaging, arrays: Sequence[Array]) -> None:
        self.rule, self.arrays = rule, tuple(arrays)
        self.averages = tuple(array.copy() for array in arrays)
        self.count = np.zeros(1)  # how many times arrays were taken into the average

    def restart(self) -> None:
        """Begin again at the present arrays."""
        self.count[0] = 0
        for average, array in zip(self.averages, self.arrays, strict=True):
            average[...] = array

    def update(self, done: float) -> None:
        """Take the present arrays into the average. done: the fraction of the run, this step included."""
        share = self.rule.share(done, int(self.count[0]))
        if share is None:
            self.restart()
            return
        self.count += 1
        for average, array in zip(self.averages, self.arrays, strict=True):
            average += share * (array - average)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Put the averages in place of the arrays while the block runs."""
        present = [array.copy() for array in self.arrays]
        self.adopt()
        try:
            yield
        finally:
            for array, kept in zip(self.arrays, present, strict=True):
                array[...] = kept

    def adopt(self) -> None:
        """Give the arrays the values of their averages."""
        for average, array in zip(self.averages, self.arrays, strict=True):
            array[...] = average


AVERAGES: dict[str, Averaging] = {"ema": EMA(), "swa": SWA()}
