"""A model run once by ONNX Runtime, every value kept: sizes, and what does not depend on the input, are read off.

So shapes that are computed (Shape, Gather, Concat, Reshape) and other constants are folded by ONNX Runtime before layers are read.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from pellucid.interop import InteropError
from pellucid.interop.onnx.files import array_of
from pellucid.interop.onnx.preparing import one_line
from pellucid.shapes import Array

__all__ = ["OF_SHAPE", "Observed", "observe", "run_once", "run_with_rows"]

ROWS = (5, 7, 3)  # of a batch: the first that no axis of a sample has
OF_SHAPE = ("Shape", "Size")
RANDOM = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial")


@dataclass(frozen=True)
class Observed:
    """What was seen of every value."""

    shapes: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, Array]  # what does not depend on the input
    values: Mapping[str, Array]  # all others
    rows: int


def observe(model: onnx.ModelProto, inputs: Mapping[str, tuple[int, ...]]) -> Observed:
    """Run a model on random samples of these shapes. Raises InteropError, one line, where ONNX Runtime refuses it."""
    entries = {value.name: value for value in model.graph.input}
    rows = _rows([entries[name] for name in inputs], list(inputs.values()))
    made = [name for node in model.graph.node for name in node.output if name]
    fed = {name: _samples(entries[name], (rows, *shape)) for name, shape in inputs.items()}
    found = dict(zip(made, run_with_rows(model, inputs, rows, made, fed), strict=True)) if made else {}
    tensors = {name: value for name, value in (found | fed).items() if isinstance(value, np.ndarray)}
    initial = {tensor.name: array_of(tensor) for tensor in model.graph.initializer}
    fixed = _independent(model.graph, set(initial))
    constants = initial | {name: value for name, value in tensors.items() if name in fixed}
    shapes = {name: value.shape for name, value in (constants | tensors).items()}
    return Observed(shapes, constants, {n: v for n, v in tensors.items() if n not in fixed}, rows)


def run_with_rows(
    model: onnx.ModelProto,
    inputs: Mapping[str, tuple[int, ...]],
    rows: int,
    names: Sequence[str],
    fed: Mapping[str, Array],
) -> list[Any]:
    """Return these values of a model, of a batch of so many samples. Raises InteropError where ONNX Runtime cannot run it."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for value in copy.graph.input:
        if value.name in inputs:
            kind = value.type.tensor_type.elem_type
            value.CopyFrom(helper.make_tensor_value_info(value.name, kind, [rows, *inputs[value.name]]))
    del copy.graph.value_info[:]
    del copy.graph.output[:]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return run_once(copy, names, fed)


def _rows(entries: Sequence[onnx.ValueInfoProto], shapes: Sequence[tuple[int, ...]]) -> int:
    """Return the size of the batch: the file's own where it fixes one. Raises InteropError where inputs fix several."""
    dims = {entry.name: entry.type.tensor_type.shape.dim for entry in entries}
    fixed = {name: int(sizes[0].dim_value) for name, sizes in dims.items() if sizes and sizes[0].dim_value > 0}
    if len(set(fixed.values())) > 1:
        named = ", ".join(f"{name!r} {rows}" for name, rows in fixed.items())
        raise InteropError(f"load: every input must have as many samples; the file fixes them as {named}")
    for rows in fixed.values():
        return rows
    sizes = {size for shape in shapes for size in shape}
    return next(count for count in itertools.chain(ROWS, itertools.count(11)) if count not in sizes)


def _samples(entry: onnx.ValueInfoProto, shape: tuple[int, ...]) -> Array:
    kind = np.dtype(helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type))
    if kind.kind not in "fiu" or kind.itemsize == 2:
        raise InteropError(
            f"load: the input {entry.name!r} must hold float32 or float64 numbers; the file's holds {kind}"
        )
    generator = np.random.default_rng(0)
    if kind.kind != "f":
        return generator.integers(0, 2, shape).astype(kind)  # places in any list of two
    return generator.standard_normal(shape).astype(kind)


def run_once(model: onnx.ModelProto, names: Sequence[str], fed: Mapping[str, Array]) -> list[Any]:
    """Return these values of a model. Raises InteropError, one line, where ONNX Runtime cannot run it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return list(session.run(list(names), dict(fed)))
    except Exception as error:  # ONNX Runtime's errors have no common class
        reason = one_line(error, 300)
        raise InteropError(f"load: ONNX Runtime cannot run the model ({reason})") from None


def _independent(graph: onnx.GraphProto, known: set[str]) -> set[str]:
    """Return the names of what constants and sizes alone decide."""
    fixed = set(known)
    for node in graph.node:
        inside = any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for a in node.attribute)
        decided = all(not name or name in fixed for name in node.input) or node.op_type in OF_SHAPE
        if decided and not inside and node.op_type not in RANDOM:
            fixed.update(node.output)
    return fixed
