"""A run that ended worse than a constant prediction would be: said in one line, since nothing in the loop is wrong.

softmax, focal      log C, that of equal scores          mse, mae, huber    1, that of the mean, of standardized targets
bce, binary_focal   log 2, that of a score of 0          svm                C - 1
"""

import math
import warnings
from collections.abc import Sequence

from pellucid.data.checks import outside
from pellucid.data.targets import Numbers, Target
from pellucid.layers import LossKind

__all__ = ["constant_loss", "warn_if_worse"]

CLEARLY = 2.0  # times the loss of a constant prediction: a short run of noisy data may end a little above it
GROWN = 1.1  # times the loss of the first epoch
HOPELESS = 100.0  # times the loss of a constant prediction, where it has not grown


def constant_loss(kind: LossKind, target: Target) -> float | None:
    """Return a loss that a constant prediction does not exceed; None where the targets decide it, and are not standardized."""
    if kind.takes == "labels":
        return target.outputs - 1.0 if kind.name == "svm" else math.log(target.outputs)
    if kind.takes == "indicators":
        return math.log(2)
    standardized = isinstance(target, Numbers) and any(mean != 0 for mean in target.mean)
    return 1.0 if standardized else None


def warn_if_worse(kind: LossKind | None, target: Target | None, losses: Sequence[float]) -> None:
    """Warn where the training loss, a value for each epoch, ended far above that of a constant prediction.

    A loss that has not grown is that of a network which has learned little so far, unless it is enormous.
    """
    bound = None if kind is None or target is None else constant_loss(kind, target)
    if bound is None:
        return
    loss = losses[-1]
    if loss > (CLEARLY if loss > GROWN * losses[0] else HOPELESS) * bound:
        warnings.warn(
            f"the training loss ended at {loss:.4g}, above the {bound:.4g} of a constant prediction: try a smaller learning rate "
            "(find_learning_rate, or --learning-rate auto, suggests one)",
            stacklevel=outside(),
        )
