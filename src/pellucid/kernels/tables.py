"""The native tables: the reference with entries replaced, forward and backward together.

Which entries, the files of this room declare (`declaration.py`).
"""

from dataclasses import replace

from pellucid.data import REFERENCE_TRANSFORMS
from pellucid.kernels import rules, transforms
from pellucid.kernels.declaration import ENTRIES
from pellucid.layers import REFERENCE
from pellucid.optim import REFERENCE_RULES, Rule, adam_init, no_state_init, squares_init, velocity_init

__all__ = ["NATIVE", "NATIVE_RULES", "NATIVE_TRANSFORMS"]

NATIVE = replace(REFERENCE, name="native", **ENTRIES)

NATIVE_RULES = replace(
    REFERENCE_RULES,
    name="native",
    sgd=Rule(no_state_init, rules.sgd_update),
    momentum=Rule(velocity_init, rules.momentum_update),
    nesterov=Rule(velocity_init, rules.nesterov_update),
    adagrad=Rule(squares_init, rules.adagrad_update),
    rmsprop=Rule(squares_init, rules.rmsprop_update),
    adam=Rule(adam_init, rules.adam_update),
    adamw=Rule(adam_init, rules.adamw_update),
)

NATIVE_TRANSFORMS = replace(
    REFERENCE_TRANSFORMS,
    name="native",
    standardize=transforms.standardize,
    flip=transforms.flip,
    crop=transforms.crop,
    cutout=transforms.cutout,
)
