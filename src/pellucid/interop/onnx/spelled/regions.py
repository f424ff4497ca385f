"""Parts of a graph between two values, cut out and run by themselves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import helper, numpy_helper

from pellucid.interop.onnx.running import Observed, run_once
from pellucid.shapes import Array

__all__ = ["Region", "between", "computed"]


@dataclass(frozen=True)
class Region:
    """Nodes between one value and another."""

    source: str
    end: str
    nodes: tuple[onnx.NodeProto, ...]
    constants: Mapping[str, Array]  # that they read

    def numbers(self, operator: str) -> list[float]:
        """Return the single numbers that nodes of an operator read."""
        read = [
            name for node in self.nodes if node.op_type == operator for name in node.input if name in self.constants
        ]
        return [float(self.constants[name].reshape(())) for name in read if self.constants[name].size == 1]


def between(
    source: str,
    end: str,
    makers: Mapping[str, onnx.NodeProto],
    observed: Observed,
    operators: Collection[str],
    most: int,
) -> Region | None:
    """Return the nodes from a value to another; None where they read something else, or are more than `most`."""
    nodes: dict[int, onnx.NodeProto] = {}
    constants, border = {}, [end]
    while border:
        name = border.pop()
        if name == source or not name:
            continue
        if name in observed.constants:
            constants[name] = observed.constants[name]
            continue
        node = makers.get(name)
        if node is None or node.op_type not in operators or len(nodes) > most:
            return None
        if id(node) not in nodes:
            nodes[id(node)] = node
            border += node.input
    return Region(source, end, tuple(nodes.values()), constants)


def computed(region: Region, x: Array, version: int) -> Array:
    """Return what a part of the graph makes of x."""
    kind = helper.np_dtype_to_tensor_dtype(x.dtype)
    graph = helper.make_graph(
        _in_order(region),
        "formula",
        [helper.make_tensor_value_info(region.source, kind, x.shape)],
        [onnx.ValueInfoProto(name=region.end)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in region.constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)
    (found,) = run_once(model, [region.end], {region.source: x})
    return np.asarray(found)


def _in_order(region: Region) -> list[onnx.NodeProto]:
    known, made, left = {region.source, "", *region.constants}, list[onnx.NodeProto](), list(region.nodes)
    while left:
        ready = next(node for node in left if all(name in known for name in node.input))
        left.remove(ready)
        made.append(ready)
        known.update(ready.output)
    return made
