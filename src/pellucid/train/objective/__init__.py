"""What a run strives for: targets as the loss reads them, the weights of rows, the check of a loss of one's own,
and what decides the best epoch.

What does not live here: losses (`layers/losses/`), metrics (`metrics/`) and the kinds of target (`data/targets/`).
"""

from pellucid.train.objective.loss_check import check_own_loss, rows_to_check, scores_to_check
from pellucid.train.objective.monitor import Monitor
from pellucid.train.objective.repeated import repeated_by_loss
from pellucid.train.objective.target_columns import columns_of, in_order
from pellucid.train.objective.targets import (
    are_class_numbers,
    check_target_suits,
    checked_target,
    choose_target,
    class_weight_labels,
    default_loss,
    encoded,
)
from pellucid.train.objective.weights import ClassWeights, by_number, row_weights

__all__ = [
    "ClassWeights",
    "Monitor",
    "are_class_numbers",
    "by_number",
    "check_own_loss",
    "check_target_suits",
    "checked_target",
    "choose_target",
    "class_weight_labels",
    "columns_of",
    "default_loss",
    "encoded",
    "in_order",
    "repeated_by_loss",
    "row_weights",
    "rows_to_check",
    "scores_to_check",
]
