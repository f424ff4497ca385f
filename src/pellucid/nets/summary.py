"""What a network looks like in print: a table of its operations."""

from pellucid.nets.lowering import Program
from pellucid.nets.named_arrays import NamedArrays

__all__ = ["table_of_layers"]


def table_of_layers(program: Program, params: NamedArrays) -> str:
    """Return a line for each operation: output shape, parameters, multiply-adds for one sample; and their totals."""
    rows = [("layer", "output shape", "parameters", "multiply-adds")]
    for number, shape in enumerate(program.inputs, start=1):
        rows.append((f"input {number}" if len(program.inputs) > 1 else "input", _shape_text(shape), "", ""))
    for operation in program.operations:
        # Parameters are counted where their layer is called first.
        count = 0 if operation.is_repeated else sum(params.slots[name].size for name in operation.params)
        work = operation.multiply_adds
        rows.append(
            (
                operation.name,
                _shape_text(operation.shape),
                f"{count:,}" if count else "",
                f"{work:,}" if work else "",
            )
        )
    total = sum(operation.multiply_adds for operation in program.operations)
    rows.append(("total", "", f"{params.flat.size:,}", f"{total:,}"))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in rows]
    rule = "-" * (sum(widths) + 6)
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _shape_text(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
