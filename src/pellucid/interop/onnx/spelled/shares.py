"""Adaptive average pooling as PyTorch's newer exporter writes it: the pixels of every share picked out, added and divided."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx

from pellucid.interop import InteropError
from pellucid.interop.onnx.running import Observed
from pellucid.interop.onnx.spelled.regions import between, computed
from pellucid.nets import AdaptiveAvgPool, Network

__all__ = ["AVERAGED", "averaged_shares"]

AVERAGED = "GatherND"
ENDS = ("Div", "ReduceMean")  # the second where all shares have one size
OPERATORS = (AVERAGED, "Transpose", "Where", "Gather", "Add", *ENDS)
IMAGES = 4  # axes of a batch
MOST = 1000  # nodes: two for each pixel of the largest share
CLOSE = 1e-5  # of the largest entry


def averaged_shares(
    node: onnx.NodeProto,
    makers: Mapping[str, onnx.NodeProto],
    readers: Mapping[str, Sequence[onnx.NodeProto]],
    observed: Observed,
    version: int,
) -> tuple[str, str, AdaptiveAvgPool] | None:
    """Return the end, the source and the layer of the average over shares that a node picks out; None for any other node."""
    before = makers.get(node.input[0])
    end = _end(node, readers)
    if before is None or before.op_type != "Transpose" or end is None:
        return None
    source = before.input[0]
    shapes = observed.shapes[source], observed.shapes[end]
    region = between(source, end, makers, observed, OPERATORS, MOST)
    if region is None or any(len(shape) != IMAGES for shape in shapes) or shapes[0][:2] != shapes[1][:2]:
        return None
    layer = AdaptiveAvgPool((shapes[1][2], shapes[1][3]))
    x = np.random.default_rng(1).standard_normal(shapes[0]).astype(observed.values[source].dtype)
    try:
        expected = computed(region, x, version)
    except InteropError:
        return None
    found = Network([layer], shapes[0][1:], dtype=x.dtype).predict(x)
    close = np.allclose(found, expected, rtol=0, atol=CLOSE * float(np.abs(expected).max()))
    return (end, source, layer) if close else None


def _end(node: onnx.NodeProto, readers: Mapping[str, Sequence[onnx.NodeProto]]) -> str | None:
    """Return the first quotient or mean behind a node; None where none follows."""
    border, seen = [node.output[0]], set[str]()
    while border:
        name = border.pop(0)
        for reader in readers.get(name, ()):
            if reader.op_type in ENDS:
                return reader.output[0]
            if reader.op_type in OPERATORS and reader.output[0] not in seen:
                seen.add(reader.output[0])
                border.append(reader.output[0])
    return None
