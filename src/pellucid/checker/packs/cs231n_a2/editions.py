"""What differs between the editions of assignment 2: names, defaults and meanings, year by year (docs/packs.md has the table).

Facts taken from the assignment's pages and from starter code in public repositories.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pellucid.checker.asking.pack import Options

__all__ = ["EDITIONS", "Edition", "adam_meaning", "dropout_meaning", "groupnorm_is_flat"]


@dataclass(frozen=True)
class Edition:
    """One edition's names and meanings."""

    dropout: str  # the keyword of FullyConnectedNet for p
    normalization: str  # its keyword for the layer between affine and ReLU: a flag, or a name
    p_drops: bool  # p of dropout_forward is the probability of dropping, not of keeping
    adam_starts_at_1: bool  # the starter code sets t = 1 where config has none; since 2018 t = 0
    groupnorm_flat: bool  # the description of group norm says gamma (C,), whatever the notebook passes


_BY_FIRST_YEAR = {
    2016: Edition("dropout", "use_batchnorm", p_drops=True, adam_starts_at_1=True, groupnorm_flat=False),
    2018: Edition("dropout", "normalization", p_drops=False, adam_starts_at_1=False, groupnorm_flat=True),
    2021: Edition("dropout_keep_ratio", "normalization", p_drops=False, adam_starts_at_1=False, groupnorm_flat=False),
}
EDITIONS: Mapping[int, Edition] = {
    year: _BY_FIRST_YEAR[max(first for first in _BY_FIRST_YEAR if first <= year)] for year in range(2016, 2027)
}

# What a description says about p, the plainest first: the first that names only one meaning decides.
_DROPS = (
    r"\bdrop (?:each|every|a) (?:neuron|unit|activation)",
    r"\bp(?:robability)?\b[^.;,]{0,40}\b(?:of|to) drop",
    r"\bprobability (?:of|to) drop",
)
_KEEPS = (
    r"\bkeep (?:each|every|a) (?:neuron|unit|activation)",
    r"\bp(?:robability)?\b[^.;,]{0,40}\b(?:of|to) \W*keep",
    r"\bprobability (?:of|to) \W*keep",
)


def dropout_meaning(options: Options) -> Mapping[str, str]:
    """Say what p means here: the edition decides, else the docstring; otherwise either is accepted as a convention."""
    if options.edition is not None:
        drops: bool | None = EDITIONS[options.edition].p_drops
    else:
        drops = _drops(options.docstrings.get("dropout_forward", ""))
    if drops is None:
        return {}
    return {"dropout-p-drops": "required"} if drops else {"dropout-p-drops": "unwanted"}


def _drops(docstring: str) -> bool | None:
    """Return whether a description says that p drops; None if it says neither, or both."""
    text = re.sub(r"[\s*_`]+", " ", docstring.lower())
    for drop, keep in zip(_DROPS, _KEEPS, strict=True):
        drops, keeps = re.search(drop, text) is not None, re.search(keep, text) is not None
        if drops != keeps:
            return drops
    return None


def adam_meaning(options: Options) -> Mapping[str, str]:
    """Accept a t that starts at 1 where the edition's own starter code does so."""
    own = options.edition is not None and EDITIONS[options.edition].adam_starts_at_1
    return {"adam-starts-at-2": "usual"} if own else {}


def groupnorm_is_flat(options: Options) -> bool:
    """Say whether a group norm may take gamma and beta as (C,) alone: so the description says, or is missing."""
    if options.edition is not None:
        return EDITIONS[options.edition].groupnorm_flat
    text = re.sub(r"\s+", "", options.docstrings.get("spatial_groupnorm_forward", ""))
    return "(1,C,1,1)" not in text
