"""A plan as a table."""

from pellucid.plan.memory import readable
from pellucid.plan.plan import Plan
from pellucid.plan.steps import Step

__all__ = ["describe", "output_text"]

HEAD = ("step", "kernel", "output of a sample", "MFLOP", "moved", "copied", "writes")


def describe(plan: Plan) -> str:
    """Return one line a step, for a whole batch, and the memory below."""
    rows = [row(plan, step) for step in plan.steps]
    if plan.optimizer is not None:
        parameters = plan.net.params.flat
        rows.append(
            (f"update ({plan.optimizer.rule_name})", "update", f"({parameters.size:,},)", "", "", "", "parameters")
        )
    widths = [max(len(line[i]) for line in (HEAD, *rows)) for i in range(len(HEAD))]
    lines = [
        "  ".join(
            text.ljust(w) if i in (0, 1, 2, 6) else text.rjust(w)
            for i, (text, w) in enumerate(zip(r, widths, strict=True))
        )
        for r in (HEAD, *rows)
    ]
    what = "training step" if plan.is_training else "inference"
    title = f"{what} of up to {plan.batch_size} samples, table {plan.layers.name!r}, {plan.threads} threads"
    return "\n".join(
        [title, lines[0].rstrip(), "-" * len(lines[0]), *(line.rstrip() for line in lines[1:]), str(plan.memory())]
    )


def row(plan: Plan, step: Step) -> tuple[str, ...]:
    """Return a step's cells."""
    n = plan.batch_size
    written = [b.name for b in step.input_gradients if b is not None] if step.phase == "backward" else []
    if step.output is not None and step.phase in ("forward", "again"):
        written = [step.output.buffer.name]
    kernel = step.kind if step.native or step.kind in ("copy", "loss") else f"{step.kind} (opaque)"
    return (
        step.name,
        kernel,
        output_text(step),
        f"{step.flops * n / 1e6:,.1f}" if step.flops else "",
        readable(step.moved * n),
        readable(step.copied * n) if step.copied else "",
        ", ".join(written) if step.phase != "loss" else "dscores",
    )


def output_text(step: Step) -> str:
    """Return the logical shape of a sample of what a step writes."""
    if step.phase == "backward" and step.inputs:
        lying = step.inputs[0].lying
    elif step.output is not None:
        lying = step.output.lying
    else:
        lying = ()
    shape = (lying[2], lying[0], lying[1]) if len(lying) == 3 else lying
    return "x".join(map(str, shape))
