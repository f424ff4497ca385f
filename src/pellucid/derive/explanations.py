"""What `pellucid explain` says, by name."""

from pellucid.derive.explained_layers import LAYERS
from pellucid.derive.explained_rules import RULES
from pellucid.derive.explanation import Explanation

__all__ = ["EXPLANATIONS"]

EXPLANATIONS: dict[str, Explanation] = LAYERS | RULES
