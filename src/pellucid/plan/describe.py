"""A plan as a table."""

from pellucid.memory import readable
from pellucid.plan.design import Design
from pellucid.plan.steps import (
    Accumulate,
    BackwardStep,
    Copy,
    CopyBackward,
    ForwardStep,
    GroupStep,
    Loss,
    Recompute,
    Step,
)

__all__ = ["describe", "output_text"]

HEAD = ("step", "kernel", "output of a sample", "MFLOP", "moved", "copied", "writes")
LEFT_ALIGNED = {"step", "kernel", "output of a sample", "writes"}


def describe(design: Design) -> str:
    """Return one line for each step, counted for a whole batch, and the memory below."""
    options = design.options
    rows = [HEAD, *(row(step, options.batch_size) for step in design.steps)]
    if options.optimizer is not None:
        update, size = f"update ({options.optimizer.name})", design.net.params.flat.size
        rows.append((update, "update", f"({size:,},)", "", "", "", "parameters"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(_aligned, HEAD, cells, widths)) for cells in rows]
    what = "training step" if options.training else "inference"
    title = f"{what} of up to {options.batch_size} samples, table {options.layers.name!r}, {options.threads} threads"
    rule, (head, *body) = "-" * len(lines[0]), (line.rstrip() for line in lines)
    return "\n".join([title, head, rule, *body, str(design.memory)])


def row(step: Step, samples: int) -> tuple[str, ...]:
    """Return a step's cells."""
    transparent = step.native or isinstance(step, Copy | CopyBackward)
    return (
        step.name,
        step.kind if transparent else f"{step.kind} (opaque)",
        output_text(step),
        f"{step.flops * samples / 1e6:,.1f}" if step.flops else "",
        readable(step.moved * samples),
        readable(step.copied * samples) if step.copied else "",
        ", ".join(written(step)),
    )


def written(step: Step) -> list[str]:
    """Return the names of the buffers that a step writes, except what it saves for the backward."""
    match step:
        case ForwardStep() | Recompute():
            return [step.output.buffer.name]
        case BackwardStep():
            return [buffer.name for buffer in step.input_gradients if buffer is not None]
        case Accumulate():
            return [step.total.name]
        case Loss():
            return [step.dscores.name]
        case _:
            return []


def output_text(step: Step) -> str:
    """Return the logical shape of one sample of what a step writes; empty for a sum of gradients."""
    match step:
        case BackwardStep():
            shape = step.inputs[0].shape
        case GroupStep():
            shape = step.output.shape
        case Loss():
            shape = step.scores.shape
        case _:
            shape = ()
    logical = (shape[2], shape[0], shape[1]) if len(shape) == 3 else shape
    return "x".join(map(str, logical))


def _aligned(head: str, text: str, width: int) -> str:
    return text.ljust(width) if head in LEFT_ALIGNED else text.rjust(width)
