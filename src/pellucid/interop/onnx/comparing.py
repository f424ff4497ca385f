"""Whether a network computes what ONNX Runtime computes: on the samples of the first run, and in batches of other sizes.

A size that is computed is folded where it has the number of samples in it, too: what a file computes with that number
(x / len(x), a condition on it) is true of the first run's batch alone.
"""

from collections.abc import Mapping

import numpy as np
import onnx

from pellucid.interop import InteropError
from pellucid.interop.nearness import difference
from pellucid.interop.onnx.running import OF_SHAPE, Observed, run_with_rows
from pellucid.shapes import Array

__all__ = ["check_equal", "check_sizes"]

TOLERANCE = 1e-4  # of the largest entry, in float32
SIZES = (1, 7, 33, 130)  # of other batches
LARGEST = 2**27  # numbers that a run may make; of larger models the large batches are left out


def check_equal(found: Mapping[str, Array], observed: Observed) -> None:
    """Raise InteropError where the network's values, by their names in the file, are not those that ONNX Runtime gave."""
    for name, ours in found.items():
        if not _is_near(ours, observed.values[name]):
            raise InteropError(
                f"load: the network that was read computes something else than ONNX Runtime on random samples, "
                f"for the output {name!r}"
            )


def check_sizes(
    model: onnx.ModelProto,
    inputs: Mapping[str, tuple[int, ...]],
    found: Mapping[str, Array],
    observed: Observed,
) -> None:
    """Raise InteropError where a file makes other values of the same samples in a larger or smaller batch.

    model: as it was before conditions were decided. found: what the network gives for values of the first run, by name.
    A network computes each sample by itself, so that other batches of the same samples are rows of these.
    """
    dims = [value.type.tensor_type.shape.dim for value in model.graph.input if value.name in inputs]
    fixed = any(sizes and sizes[0].dim_value > 0 for sizes in dims)
    if fixed or not any(_reads_sizes(node) for node in model.graph.node):
        return
    made = {name for node in model.graph.node for name in node.output}
    values = {name: array for name, array in found.items() if name in made}
    each = sum(array.size for array in observed.values.values()) // observed.rows
    for rows in SIZES:
        if rows > SIZES[0] and rows * each > LARGEST:
            return
        places = np.arange(rows) % observed.rows
        fed = {name: observed.values[name][places] for name in inputs}
        try:
            theirs = run_with_rows(model, inputs, rows, list(values), fed)
        except InteropError:
            continue  # the file itself takes no batch of this size
        for (name, ours), array in zip(values.items(), theirs, strict=True):
            if not _is_near(ours[places], array, squeezed=rows == 1):
                raise InteropError(
                    f"load: the value {name!r} depends on how many samples there are: a batch of {rows} gives others than one "
                    f"of {observed.rows}; a network computes each sample by itself"
                )


def _reads_sizes(node: onnx.NodeProto) -> bool:
    """Whether a node, or one of a graph in it, reads a size, which may be that of the batch."""
    graphs = [graph for a in node.attribute for graph in (*a.graphs, *([a.g] if a.HasField("g") else []))]
    return node.op_type in OF_SHAPE or any(_reads_sizes(inner) for graph in graphs for inner in graph.node)


def _is_near(ours: Array, theirs: Array, squeezed: bool = False) -> bool:
    """Whether two arrays are equal up to rounding; `squeezed`: the file may have left out the axis of a single sample."""
    if squeezed and ours.size == theirs.size:
        ours = ours.reshape(theirs.shape)
    return not difference(ours, theirs, TOLERANCE)
