"""A plan as a picture: the forward pass runs down on the left, the backward up on the right, a row for each group."""

from html import escape

from pellucid.layers import loss_name
from pellucid.plan.describe import output_text
from pellucid.plan.design import Design
from pellucid.plan.steps import BackwardStep, ForwardStep, Recompute, Step

__all__ = ["svg"]

ROW, BOX_WIDTH, BOX_HEIGHT = 54, 200, 34
RECOMPUTED = ", not kept: computed again"
LEFT, RIGHT, TOP = 90, 390, 60
COLOURS = {"conv": "#dbe9f6", "affine": "#e5dcf0", "batchnorm": "#dff0d8", "spatial": "#dff0d8", "maxpool": "#fbe3cd"}


def svg(design: Design) -> str:
    """Return the drawing as SVG. Solid arrows are values, dashed ones gradients; where branches merge, arrows meet."""
    forward = [step for step in design.steps if isinstance(step, ForwardStep)]
    inputs = len(design.net.program.inputs)  # above one another; the last stands next to the first step
    rows = {number: TOP + number * ROW for number in range(inputs)}  # of values: the height of the box that writes each
    rows |= {step.group.last.output: TOP + number * ROW for number, step in enumerate(forward, start=inputs)}
    parts = _forward(design, forward, rows)
    if design.options.training:
        parts += _backward(design, forward, rows)
    height = TOP + (inputs + len(forward) + 1) * ROW + 20
    memory = f"batch of {design.options.batch_size}; memory {design.memory}"
    parts.append(_text(10, height - 8, memory, 10))
    marker = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#333"/></marker></defs>'
    )
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" width="760" height="{height}" '
        f'font-family="sans-serif">{marker}<rect width="760" height="{height}" fill="#ffffff"/>{body}</svg>'
    )


def _forward(design: Design, forward: list[ForwardStep], rows: dict[int, int]) -> list[str]:
    """Draw the forward's column."""
    recomputed = {step.group.name for step in design.steps if isinstance(step, Recompute)}
    parts = [
        _box(LEFT, rows[number], value.buffer.name, "x".join(map(str, shape)), "#ffffff")
        for number, (value, shape) in enumerate(zip(design.step_list.inputs, design.net.program.inputs, strict=True))
    ]
    for step in forward:
        y = rows[step.group.last.output]
        parts += [_arrow(LEFT, source, y, left=True, dashed=False) for source in _sources(design, step, rows)]
        shape = output_text(step) + RECOMPUTED * (step.group.name in recomputed)
        parts.append(_box(LEFT, y, step.name, shape, _colour(step)))
    parts.append(_text(LEFT, TOP - 24, "forward: values run down", 13))
    return parts


def _backward(design: Design, forward: list[ForwardStep], rows: dict[int, int]) -> list[str]:
    """Draw the loss and the backward's column."""
    backward = {step.group.name: step for step in design.steps if isinstance(step, BackwardStep)}
    first = rows[len(design.net.program.inputs) - 1]  # the lowest input: nothing above it has a backward
    last, middle = first + len(forward) * ROW, (LEFT + RIGHT) // 2
    parts = [
        _box(middle, last + ROW, f"{loss_name(design.options.loss)} loss", "one number", "#f8d7da"),
        _line(LEFT + 60, last + BOX_HEIGHT, middle + 60, last + ROW, False),
        _line(middle + 140, last + ROW, RIGHT + 140, last + BOX_HEIGHT, True),
        _text(RIGHT, TOP - 24, "backward: gradients run up", 13),
    ]
    for step in forward:
        y, back = rows[step.group.last.output], backward.get(step.group.name)
        if back is not None:
            shape = output_text(back) if any(back.input_gradients) else "parameters only"
            parts.append(_box(RIGHT, y, back.name, shape, _colour(step)))
        elif step.group.first.layer.sums_inputs:
            parts.append(_box(RIGHT, y, f"d {step.name}", "to both branches, unchanged", "#ffffff"))
        else:
            continue
        sources = _sources(design, step, rows)
        parts += [_arrow(RIGHT, y, source, left=False, dashed=True) for source in sources if source > first]
    return parts


def _sources(design: Design, step: ForwardStep, rows: dict[int, int]) -> list[int]:
    """Return the heights of the boxes that write what a step reads."""
    writers = {operation.output: operation for operation in design.net.program.operations}
    sources = []
    for value in step.group.first.inputs:
        while value not in rows:  # no step writes it: a flattened image is the image
            value = writers[value].inputs[0]
        sources.append(rows[value])
    return sources


def _colour(step: Step) -> str:
    return next((colour for kind, colour in COLOURS.items() if step.kind.startswith(kind)), "#f0f0f0")


def _box(x: int, y: int, name: str, shape: str, colour: str) -> str:
    label = name if len(name) <= 30 else name[:29] + "…"
    return (
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="4" fill="{colour}" stroke="#333"/>'
        f"{_text(x + 8, y + 14, label, 12)}{_text(x + 8, y + 28, shape, 10)}"
    )


def _text(x: int, y: int, text: str, size: int) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="#222">{escape(text)}</text>'


def _line(x1: int, y1: int, x2: int, y2: int, dashed: bool) -> str:
    dash = ' stroke-dasharray="5 3"' if dashed else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#333"{dash} marker-end="url(#tip)"/>'


def _arrow(x: int, start: int, end: int, *, left: bool, dashed: bool) -> str:
    """Draw from one row to another: straight between neighbours, around the side where rows lie between."""
    dash = ' stroke-dasharray="5 3"' if dashed else ""
    down = end > start
    if abs(end - start) <= ROW:
        y1, y2 = (start + BOX_HEIGHT, end) if down else (start, end + BOX_HEIGHT)
        return _line(x + 100, y1, x + 100, y2, dashed)
    side, bend = (x, x - 60) if left else (x + BOX_WIDTH, x + BOX_WIDTH + 60)
    y1, y2 = start + BOX_HEIGHT // 2, end + BOX_HEIGHT // 2
    path = f"M{side} {y1}C{bend} {y1} {bend} {y2} {side} {y2}"
    return f'<path d="{path}" fill="none" stroke="#333"{dash} marker-end="url(#tip)"/>'
