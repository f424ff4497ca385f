"""A plan as a picture: the forward pass runs down on the left, the backward up on the right, a row for each group."""

from html import escape

from pellucid.plan.describe import output_text
from pellucid.plan.plan import Plan
from pellucid.plan.steps import Step

__all__ = ["svg"]

ROW, BOX_WIDTH, BOX_HEIGHT = 54, 200, 34
AGAIN = ", not kept: computed again"
LEFT, RIGHT, TOP = 90, 390, 60
COLOURS = {"conv": "#dbe9f6", "affine": "#e5dcf0", "batchnorm": "#dff0d8", "spatial": "#dff0d8", "maxpool": "#fbe3cd"}


def svg(plan: Plan) -> str:
    """Return the drawing as SVG. Solid arrows are values, dashed ones gradients; where branches merge, arrows meet."""
    forward = [step for step in plan.steps if step.phase == "forward"]
    backward = {step.group.name: step for step in plan.steps if step.phase == "backward" and step.group is not None}
    again = {step.group.name for step in plan.steps if step.phase == "again" and step.group is not None}
    places = {0: TOP}  # of values: the height of the box that writes each
    parts: list[str] = []
    aliases = _aliases(plan)
    parts.append(_box(LEFT, TOP, "input", "x".join(map(str, plan.net.input_shape)), "#ffffff"))
    for row, step in enumerate(forward, start=1):
        y = TOP + row * ROW
        assert step.group is not None
        places[step.group.last.output] = y
        sources = [places[_source(value, aliases)] for value in step.group.first.inputs]
        parts += [_arrow(LEFT, source, y, left=True, dashed=False) for source in sources]
        shape = output_text(step) + AGAIN * (step.group.name in again)
        parts.append(_box(LEFT, y, step.name, shape, _colour(step)))
        back = backward.get(step.group.name)
        if back is not None:
            shape = output_text(back) if any(back.input_gradients) else "parameters only"
            parts.append(_box(RIGHT, y, back.name, shape, _colour(step)))
        elif step.kind == "add" and plan.is_training:
            parts.append(_box(RIGHT, y, f"d {step.name}", "to both branches, as it is", "#ffffff"))
    if plan.is_training:
        bottom = TOP + (len(forward) + 1) * ROW
        parts.append(_box((LEFT + RIGHT) // 2, bottom, f"{plan.loss_name} loss", "one number", "#f8d7da"))
        last = TOP + len(forward) * ROW
        parts.append(_line(LEFT + 60, last + BOX_HEIGHT, (LEFT + RIGHT) // 2 + 60, bottom, False))
        parts.append(_line((LEFT + RIGHT) // 2 + 140, bottom, RIGHT + 140, last + BOX_HEIGHT, True))
        for step in forward:
            assert step.group is not None
            here = places[step.group.last.output]
            for value in step.group.first.inputs:
                source = places[_source(value, aliases)]
                if source > TOP and (step.group.name in backward or step.kind == "add"):
                    parts.append(_arrow(RIGHT, here, source, left=False, dashed=True))
        parts.append(_text(RIGHT, TOP - 24, "backward: gradients run up", 13))
    parts.append(_text(LEFT, TOP - 24, "forward: values run down", 13))
    height = TOP + (len(forward) + 2) * ROW + 20
    memory = f"batch of {plan.batch_size}; memory {plan.memory()}"
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


def _aliases(plan: Plan) -> dict[int, int]:
    """Values that no step writes: a flattened image is the image."""
    written = {step.group.last.output for step in plan.steps if step.phase == "forward" and step.group is not None}
    inside = {o.output for group in plan.schedule.groups for o in group.operations[:-1]}
    return {
        operation.output: operation.inputs[0]
        for operation in plan.net.program.operations
        if operation.output not in written | inside
    }


def _source(value: int, aliases: dict[int, int]) -> int:
    while value in aliases:
        value = aliases[value]
    return value


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
