"""A derivation in LaTeX: two aligned blocks, forward and backward; an overline marks the gradient of the loss.

Needs the package amsmath. Lines carry their reasons as text.
"""

from pellucid.derive.tracing.graph import Graph
from pellucid.derive.tracing.symbols import gradient_latex, latex_name

__all__ = ["derivation_latex"]


def derivation_latex(graph: Graph) -> str:
    """Return the two blocks."""
    forward = [
        rf"{latex_name(node.name)} &= {graph.forward_latex(node)} && {_shape(graph, node.shape)}"
        for node in graph.alive()
        if node.primitive is not None
    ]
    backward = []
    for step in graph.backward():
        own = gradient_latex(step.target.name)
        sign = r"\mathrel{+}=" if step.adds else "="
        reason = "; ".join(step.reasons)
        backward.append(rf"{own} &{sign} {step.latex} && \text{{{_text(reason)}}}")
    title = _text(graph.title)
    return "\n".join(
        [
            rf"% {graph.title}: forward",
            r"\begin{align*}",
            " \\\\\n".join(forward),
            r"\end{align*}",
            rf"% {graph.title}: backward; \overline{{a}} is the gradient of the loss with respect to a",
            rf"\noindent Backward through {title}, from {gradient_latex('out')} $\in$ ${_shape(graph, graph.out.shape)}$:".replace(
                gradient_latex("out"), f"${gradient_latex('out')}$"
            ),
            r"\begin{align*}",
            " \\\\\n".join(backward),
            r"\end{align*}",
            "",
        ]
    )


def _shape(graph: Graph, shape: tuple[int, ...]) -> str:
    return graph.shape_text(shape).replace("'", r"^{\prime}")


def _text(text: str) -> str:
    for sign, written in (
        ("\\", r"\textbackslash "),
        ("_", r"\_"),
        ("^", r"\^{}"),
        ("&", r"\&"),
        ("%", r"\%"),
        ("#", r"\#"),
    ):
        text = text.replace(sign, written)
    return text
