"""`pellucid.explain`: the screen on a layer of `derive/`, with what the studies of `studies/` measured."""

from typing import Any

from pellucid.derive import Screen
from pellucid.derive import explain as explained
from pellucid.studies import answers

__all__ = ["explain"]


def explain(name: Any) -> Screen:
    """Explain a layer, a loss or an update rule: formula, shapes, reasons, common mistakes, what the studies measured.

    name: "layernorm", or the class LayerNorm. Raises ShapeError for an unknown name.
    """
    return explained(name, answers())
