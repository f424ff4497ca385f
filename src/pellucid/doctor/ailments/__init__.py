"""The ailments: one file each, which ends in `AILMENT = Ailment(...)`.

What lives here: what is particular to one ailment: its code and name, how it is recognised, its cures, its page. Files are found by
walking the folders: a new one needs no entry in a list. What does not: thresholds (`doctor/thresholds.py`, with their sources),
measuring (`doctor/vitals.py`, `doctor/data_facts.py`), trying (`doctor/examinations/`). Read `rate/learning_rate_too_high.py`.
"""

import pkgutil
from importlib import import_module

from pellucid.doctor.ailment import Ailment

__all__ = ["AILMENTS", "ailment_of"]

_FOUND: list[Ailment] = [
    import_module(module.name).AILMENT for module in pkgutil.walk_packages(__path__, f"{__name__}.") if not module.ispkg
]
AILMENTS: dict[str, Ailment] = {each.name: each for each in sorted(_FOUND, key=lambda each: each.code)}


def ailment_of(code_or_name: str) -> Ailment | None:
    """Return an ailment by code ("DR101", "dr101") or by name; None for another."""
    by_code = {each.code: each for each in AILMENTS.values()}
    return by_code.get(code_or_name.upper()) or AILMENTS.get(code_or_name.lower())
