"""Which learning rate to train at: a range test, and what it found.

What lives here: the steps at rising rates, which leave the trainer as it was, and the rule that reads a rate from their losses;
what is said where a run ended worse than a constant prediction.
What does not: schedules (`optim/schedules.py`).
"""

from pellucid.train.learning_rate.range_test import range_test
from pellucid.train.learning_rate.result import LearningRateTest
from pellucid.train.learning_rate.worse_than_constant import warn_if_worse

__all__ = ["LearningRateTest", "range_test", "warn_if_worse"]
