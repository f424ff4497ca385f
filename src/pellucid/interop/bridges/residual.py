"""Residual: the sum in which its branches merge. The layers in the branches have bridges of their own."""

from dataclasses import replace

from pellucid.interop.bridge import NoCounterpart
from pellucid.interop.bridges.add import BRIDGE as SUM
from pellucid.nets import Residual

__all__ = ["BRIDGE"]

BRIDGE = replace(
    SUM,
    description=Residual,
    from_onnx=NoCounterpart(
        "it is many nodes; the reader of graphs finds the branches that an Add of two values joins"
    ),
)
