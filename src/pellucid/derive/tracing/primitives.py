"""The primitives, elementary operations: for each, how it is written, and the adjoint of each operand with its reason.

An adjoint says how the gradient of the output becomes a gradient of an operand. In the templates `$0` and `$1` are the operands,
`$o` the output, `$d` the gradient of the output. Broadcasting is undone in one place for all of them (`backward.py`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["ELEMENTWISE", "Adjoint", "Primitive", "einsum", "fill", "matmul", "power"]


class Adjoint(NamedTuple):
    """The gradient of one operand."""

    code: str  # NumPy
    latex: str
    reason: str


class Primitive(NamedTuple):
    """One elementary operation with its settings, such as the axis of a sum."""

    kind: str  # what it is called in tables and pictures
    code: str  # NumPy
    latex: str
    adjoints: tuple[Adjoint | None, ...]  # one per operand; None: no gradient flows there
    broadcasts: bool = False  # operands are broadcast to the shape of the output


def fill(template: str, operands: Sequence[str], output: str, gradient: str) -> str:
    """Put names into a template."""
    names = {"o": output, "d": gradient} | {str(i): name for i, name in enumerate(operands)}
    return re.sub(r"\$(\d|o|d)", lambda match: names[match[1]], template)


def _unary(kind: str, code: str, latex: str, adjoint: str, adjoint_latex: str, reason: str) -> Primitive:
    return Primitive(kind, code, latex, (Adjoint(adjoint, adjoint_latex, reason),), broadcasts=True)


def _compared(sign: str, latex: str) -> Primitive:
    return Primitive("compare", f"$0 {sign} $1", rf"[$0 {latex} $1]", (None, None), broadcasts=True)


PASSED = "a sum passes its gradient on unchanged"
FACTOR = "a factor receives the gradient times the other factor"

# By the name of NumPy's function.
ELEMENTWISE: Mapping[str, Primitive] = {
    "add": Primitive("add", "$0 + $1", "$0 + $1", (Adjoint("$d", "$d", PASSED), Adjoint("$d", "$d", PASSED)), True),
    "subtract": Primitive(
        "subtract",
        "$0 - $1",
        "$0 - $1",
        (
            Adjoint("$d", "$d", "the first operand of a difference receives the gradient unchanged"),
            Adjoint("-$d", "-$d", "the subtracted operand receives the negated gradient"),
        ),
        True,
    ),
    "multiply": Primitive(
        "multiply",
        "$0 * $1",
        r"$0 \odot $1",
        (Adjoint("$d * $1", r"$d \odot $1", FACTOR), Adjoint("$d * $0", r"$d \odot $0", FACTOR)),
        True,
    ),
    "divide": Primitive(
        "divide",
        "$0 / $1",
        r"\frac{$0}{$1}",
        (
            Adjoint("$d / $1", r"\frac{$d}{$1}", "the numerator is scaled by 1 / denominator, and so is its gradient"),
            Adjoint("-$d * $o / $1", r"-$d \odot \frac{$o}{$1}", "d(a / b)/db = -(a / b) / b"),
        ),
        True,
    ),
    "maximum": Primitive(
        "maximum",
        "np.maximum($0, $1)",
        r"\max($0, $1)",
        (
            Adjoint("$d * ($0 > $1)", r"$d \odot [$0 > $1]", "the gradient goes to the larger operand"),
            Adjoint("$d * ($0 <= $1)", r"$d \odot [$0 \le $1]", "the gradient goes to the larger operand"),
        ),
        True,
    ),
    "minimum": Primitive(
        "minimum",
        "np.minimum($0, $1)",
        r"\min($0, $1)",
        (
            Adjoint("$d * ($0 < $1)", r"$d \odot [$0 < $1]", "the gradient goes to the smaller operand"),
            Adjoint("$d * ($0 >= $1)", r"$d \odot [$0 \ge $1]", "the gradient goes to the smaller operand"),
        ),
        True,
    ),
    "where": Primitive(
        "where",
        "np.where($0, $1, $2)",
        r"\mathrm{where}($0, $1, $2)",
        (
            None,
            Adjoint("np.where($0, $d, 0)", r"$d \odot [$0]", "the gradient goes to the operand that was chosen"),
            Adjoint("np.where($0, 0, $d)", r"$d \odot [\neg $0]", "the gradient goes to the operand that was chosen"),
        ),
        True,
    ),
    "negative": _unary("negate", "-$0", "-$0", "-$d", "-$d", "negation negates the gradient too"),
    "square": _unary("square", "$0**2", "$0^2", "$d * 2 * $0", r"$d \odot 2\,$0", "d(a^2)/da = 2 a"),
    "sqrt": _unary(
        "sqrt",
        "np.sqrt($0)",
        r"\sqrt{$0}",
        "$d * 0.5 / $o",
        r"$d \odot \frac{1}{2\,$o}",
        "d(sqrt a)/da = 1 / (2 sqrt a)",
    ),
    "exp": _unary("exp", "np.exp($0)", r"e^{$0}", "$d * $o", r"$d \odot $o", "the exponential is its own derivative"),
    "log": _unary("log", "np.log($0)", r"\log $0", "$d / $0", r"\frac{$d}{$0}", "d(log a)/da = 1 / a"),
    "tanh": _unary(
        "tanh", "np.tanh($0)", r"\tanh $0", "$d * (1 - $o**2)", r"$d \odot (1 - $o^2)", "d(tanh a)/da = 1 - tanh(a)^2"
    ),
    "absolute": _unary(
        "absolute", "np.abs($0)", r"|$0|", "$d * np.sign($0)", r"$d \odot \mathrm{sign}\,$0", "d|a|/da = sign(a)"
    ),
    "reciprocal": _unary(
        "reciprocal", "1 / $0", r"\frac{1}{$0}", "-$d * $o**2", r"-$d \odot $o^2", "d(1 / a)/da = -1 / a^2"
    ),
    "sin": _unary("sin", "np.sin($0)", r"\sin $0", "$d * np.cos($0)", r"$d \odot \cos $0", "d(sin a)/da = cos a"),
    "cos": _unary("cos", "np.cos($0)", r"\cos $0", "-$d * np.sin($0)", r"-$d \odot \sin $0", "d(cos a)/da = -sin a"),
    "log1p": _unary(
        "log1p",
        "np.log1p($0)",
        r"\log(1 + $0)",
        "$d / (1 + $0)",
        r"\frac{$d}{1 + $0}",
        "d(log(1 + a))/da = 1 / (1 + a)",
    ),
    "normal_below": _unary(
        "normal_below",
        "normal_below($0)",
        r"\Phi($0)",
        "$d * np.exp(-0.5 * $0 * $0) / np.sqrt(2 * np.pi)",
        r"$d \odot \frac{e^{-$0^2 / 2}}{\sqrt{2 \pi}}",
        "the derivative of a distribution function is its density",
    ),
    "greater": _compared(">", ">"),
    "greater_equal": _compared(">=", r"\ge"),
    "less": _compared("<", "<"),
    "less_equal": _compared("<=", r"\le"),
    "equal": _compared("==", "="),
    "not_equal": _compared("!=", r"\ne"),
}


def power(exponent: float) -> Primitive:
    """a ** exponent, for an exponent that is a number."""
    if exponent == 2:
        return ELEMENTWISE["square"]
    return Primitive(
        "power",
        f"$0**{_written(exponent)}",
        f"$0^{{{exponent:g}}}",
        (
            Adjoint(
                f"$d * {_written(exponent)} * $0**{_written(exponent - 1)}",
                rf"$d \odot {exponent:g}\,$0^{{{exponent - 1:g}}}",
                "d(a^n)/da = n a^(n - 1)",
            ),
        ),
        True,
    )


def matmul(dimensions: int) -> Primitive:
    """A matrix product of two operands with this many axes each (at least two); all but the last two must be equal."""
    turned = ".T" if dimensions == 2 else ".swapaxes(-1, -2)"
    left = "out is linear in the left factor: its gradient is $d times the right factor, transposed"
    right = "out is linear in the right factor: its gradient is the left factor, transposed, times $d"
    return Primitive(
        "matrix product",
        "$0 @ $1",
        r"$0\,$1",
        (
            Adjoint(f"$d @ $1{turned}", r"$d\,$1^\top", left),
            Adjoint(f"$0{turned} @ $d", r"$0^\top\,$d", right),
        ),
    )


def einsum(subscripts: str) -> Primitive:
    """A sum of products of two operands, one letter per axis, such as "nd,dm->nm"."""
    (left, right), out = subscripts.split("->")[0].split(","), subscripts.split("->")[1]
    return Primitive(
        "sum of products",
        f'np.einsum("{subscripts}", $0, $1)',
        rf"\textstyle\sum_{{{''.join(sorted((set(left) | set(right)) - set(out)))}}} $0_{{{left}}}\,$1_{{{right}}}",
        (_einsum_adjoint(out, right, left, 1), _einsum_adjoint(out, left, right, 0)),
    )


def _einsum_adjoint(out: str, other: str, own: str, place: int) -> Adjoint:
    summed = "".join(letter for letter in out + other if letter not in own)
    return Adjoint(
        f'np.einsum("{out},{other}->{own}", $d, ${place})',
        rf"\textstyle\sum_{{{''.join(sorted(set(summed)))}}} ($d)_{{{out}}}\,(${place})_{{{other}}}",
        f"{FACTOR}, summed over all outputs that it contributed to (axes {', '.join(sorted(set(summed))) or 'none'})",
    )


def _written(number: float) -> str:
    text = repr(int(number) if float(number).is_integer() else float(number))
    return f"({text})" if number < 0 else text
