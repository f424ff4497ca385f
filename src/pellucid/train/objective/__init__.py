"""What a run strives for: targets as the loss reads them, the check of a loss of one's own, and what decides the best epoch.

What does not live here: losses (`layers/losses/`), metrics (`metrics/`) and the kinds of target (`data/targets/`).
"""

from pellucid.train.objective.loss_check import check_own_loss, rows_to_check, scores_to_check
from pellucid.train.objective.monitor import Monitor
from pellucid.train.objective.repeated import repeated_by_loss
from pellucid.train.objective.targets import (
    check_target_suits,
    checked_target,
    choose_target,
    class_weight_labels,
    encoded,
)

__all__ = [
    "Monitor",
    "check_own_loss",
    "check_target_suits",
    "checked_target",
    "choose_target",
    "class_weight_labels",
    "encoded",
    "repeated_by_loss",
    "rows_to_check",
    "scores_to_check",
]
