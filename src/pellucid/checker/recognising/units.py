"""Units: a forward and its backward, wherever a source has them.

A pair of functions by their stems (`linear_forward`, `linear_backward`; `sigmoid`, `d_sigmoid`), a class with the usual methods,
`ctx` functions, a loss that returns its gradient too, a rule that updates parameters; and what someone names, where names say
nothing: `--unit "Gate(5).run(x) / undo(dout)"`, a comment `# pellucid: unit ...`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.recognising.lexicon import is_derivative_flag
from pellucid.checker.recognising.records import Class, FunctionRecord, Outline
from pellucid.checker.recognising.unit_files import UnitFile, unknown_name
from pellucid.escaping import printable

__all__ = ["Unit", "asked_units", "check_asked", "told_units", "units_in"]

FORWARDS = (
    "forward",
    "__call__",
    "forward_pass",
    "fprop",
    "feedforward",
    "feed_forward",
    "fwd",
    "step_forward",
    "loss",
    "call",
    "calculate",
    "compute",
    "apply",
    "activate",
    "function",
    "fn",
    "f",
)
BACKWARDS = (
    "backward",
    "backward_pass",
    "backprop",
    "bprop",
    "back_propagate",
    "backpropagate",
    "bwd",
    "grad",
    "gradient",
    "step_backward",
    "back",
    "derivative",
    "prime",
    "d",
    "df",
    "deriv",
    "backward_propagation",
    "dfn",
    "gradients",
    "vjp",
)
UPDATES = ("step", "update", "update_params", "apply_gradients", "update_weights", "optimize", "apply")
OF_FORWARD = {"forward", "fwd", "fprop", "forwards", "feedforward", "prop", "propagation", "func", "fn", "forw", "pass"}
OF_BACKWARD = {"backward", "back", "bwd", "bprop", "backprop", "grad", "gradient", "gradients", "prime", "derivative", "deriv",
               "der",                "backwards", "d", "dx", "delta", "diff", "backpropagation", "jacobian"}  # fmt: skip
OF_LOSS = re.compile(r"loss|cost|cross_?entropy|criterion|objective|hinge|svm|\bnll|mse|bce", re.IGNORECASE)
OF_RULE = re.compile(
    r"sgd|momentum|heavy_?ball|adam|rms_?prop|ada_?grad|ada_?delta|nesterov|update|gradient_descent|optimi[sz]|nadam|lion|lamb|adamax",
    re.IGNORECASE,
)
OF_CLIPPING = re.compile(r"clip.*(grad|norm|value)|(grad|norm).*clip|^clip$", re.IGNORECASE)
IS_GRADIENTS = re.compile(r"^(d|g|grads?|gradients?|d[wW]\w*|grad_\w+|d_\w+|dparams|delta\w*)$")
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

FORM = re.compile(
    r"\s*(?:(?P<owner>\w+)\s*(?:\([^()]{0,200}\))?\s*\.\s*)?(?P<forward>\w+)\s*(?:\([^()]{0,200}\))?"
    r"(?:\s*/\s*(?P<backward>\w+)\s*(?:\([^()]{0,200}\))?)?\s*"
)
LONGEST = 500
EXAMPLE = "'Name(5).forward(x) / backward(dout)' or 'f(x) / f_back(dout, cache)'"


@dataclass(frozen=True)
class Unit:
    """A forward, and what belongs to it."""

    name: str
    style: str  # functions, class, ctx, pullback, rule, optimiser, clipping
    forward: FunctionRecord  # without `self` and `ctx`
    backward: FunctionRecord | None = None
    owner: Class | None = None
    maker: FunctionRecord | None = None  # `__init__`, without `self`
    entry: str = ""  # the method that calls the forward, where a base class has one that makes the weights first
    context: str = ""  # the source's own class of `ctx`
    pullback: int = 0  # where a forward's pullback stands among what it returns
    told: UnitFile | None = None  # by a file

    @property
    def is_loss(self) -> bool:
        """Whether its name says that it is a loss."""
        return bool(OF_LOSS.search(self.name))

    @property
    def words(self) -> str:
        """What its names say, in small letters with blanks between them."""
        return " ".join(_words(self.name))

    def shown(self, of: str) -> str:
        """Return what a report calls its "forward" or "backward"."""
        function = self.forward if of == "forward" or self.backward is None else self.backward
        if of == "backward" and function is self.backward and self.owner is None and function.name == self.forward.name:
            flag = next(argument.name for argument in function.args if not argument.is_required)
            return f"{function.name}({flag}=True)"
        if self.style == "pullback" and function is self.backward:
            return f"{self.forward.name}.{function.name}"
        return f"{self.owner.name}.{function.name}" if self.owner else function.name

    @property
    def constants(self) -> Sequence[float]:
        """Numbers in its code."""
        functions = [self.forward, self.backward, self.maker, self.owner]
        return list(dict.fromkeys(number for one in functions if one for number in one.constants))


def units_in(outline: Outline) -> list[Unit]:
    """Return the units of a source, in its order."""
    found = [*_of_classes(outline.classes), *_of_functions(outline.functions)]
    return sorted(found, key=lambda unit: unit.owner.line if unit.owner else unit.forward.line)


def _of_classes(classes: Sequence[Class]) -> Iterator[Unit]:
    by_name = {one.name: one for one in classes}
    for one in classes:
        maker = _inherited(one, by_name, ("__init__",))
        forward, backward = one.method(*FORWARDS), one.method(*BACKWARDS)
        if forward is None and backward is not None:  # a base class has the forward
            inherited = _inherited(one, by_name, FORWARDS)
            forward = inherited if inherited is not None and inherited.returns else None
        if (
            forward is None and backward is None and set(one.own) - {"__init__"}
        ):  # both call what the class has of its own
            forward, backward = _of_bases(one, by_name)
        update = one.method(*UPDATES)
        if forward is not None and forward.args[:1] and (backward is not None or not update):
            if forward.name in one.static and backward is not None:
                context = _context(forward, backward, classes)
                yield Unit(one.name, "ctx", forward.without_first(), backward.without_first(), one, context=context)
            elif forward.name not in one.static:
                made = maker.without_first() if maker else None
                entry = _entry(one, forward, by_name)
                yield Unit(
                    one.name,
                    "class",
                    forward.without_first(),
                    backward and backward.without_first(),
                    one,
                    made,
                    entry=entry,
                )
        elif update is not None and update.args[:1] and (OF_RULE.search(one.name) or len(update.args) > 1):
            yield Unit(
                one.name, "optimiser", update.without_first(), None, one, maker.without_first() if maker else None
            )


def _of_bases(one: Class, classes: Mapping[str, Class]) -> tuple[FunctionRecord | None, FunctionRecord | None]:
    """Return a forward and a backward that a class inherits and that call methods of its own; no others."""
    found = [_inherited(one, classes, names) for names in (FORWARDS, BACKWARDS)]
    if any(method is None or not method.returns or not method.args for method in found):
        return None, None
    used = {name for method in found if method for name in method.attributes.get(method.args[0].name, ())}
    return (found[0], found[1]) if used & {method.name for method in one.methods} else (None, None)


def _entry(one: Class, forward: FunctionRecord, classes: Mapping[str, Class]) -> str:
    """Return "__call__" where a base class of the same source has one that calls the forward and makes the weights before."""
    call = _inherited(one, classes, ("__call__",))
    used = call.attributes.get(call.args[0].name, ()) if call is not None and call.args else ()
    return "__call__" if forward.name in used and forward.name != "__call__" and len(used) > 1 else ""


def _context(forward: FunctionRecord, backward: FunctionRecord, classes: Sequence[Class]) -> str:
    """Return the class of a source that has all that a forward and a backward use of their `ctx`; "" where none has."""
    used = {name for one in (forward, backward) for name in one.attributes.get(one.args[0].name, ()) if one.args}
    for one in classes:
        maker = one.method("__init__")
        is_made = maker is None or not any(argument.is_required for argument in maker.args[1:])
        if used and is_made and used <= one.own:
            return one.name
    return ""


def _inherited(one: Class, classes: Mapping[str, Class], names: Sequence[str]) -> FunctionRecord | None:
    """Return a method of a class, or of its bases in the same source."""
    for _ in range(6):
        if (found := one.method(*names)) is not None:
            return found
        base = next((classes[name] for name in one.bases if name in classes), None)
        if base is None or base is one:
            return None
        one = base
    return None


def _of_functions(functions: Sequence[FunctionRecord]) -> Iterator[Unit]:
    clipping = [one for one in functions if OF_CLIPPING.search(one.name) and one.args]
    yield from (Unit(one.name, "clipping", one) for one in clipping)
    functions = [one for one in functions if one not in clipping]
    sides = {one.name: _stem(one.name) for one in functions}
    forwards = {stem: one for one in reversed(functions) for stem, side in [sides[one.name]] if side != "backward"}
    backwards = {stem: one for one in reversed(functions) for stem, side in [sides[one.name]] if side == "backward"}
    for one in functions:
        stem, side = sides[one.name]
        if side == "backward":
            continue
        if forwards[stem] is not one or not one.args:
            continue
        if one.pullbacks and one.pullbacks[-1][1] > 0:
            made, place = one.pullbacks[-1]
            yield Unit(one.name, "pullback", one, made, pullback=place)
            continue
        backward = backwards.get(stem) or next(
            (b for s, b in backwards.items() if s not in forwards and _sounds_like(s, forwards) is one), None
        )
        backward = backward or (one if _has_derivative_flag(one) else None)
        is_rule = (
            OF_RULE.search(one.name)
            and backward is None
            and any(IS_GRADIENTS.match(a.name) or "grad" in a.name or "lr" in a.name for a in one.args)
        )
        yield Unit(one.name, "rule" if is_rule else "functions", one, backward)


def _has_derivative_flag(one: FunctionRecord) -> bool:
    """Whether a function gives its derivative where a flag asks for it: nonlin(x, deriv=False)."""
    optional = next((argument for argument in one.args if not argument.is_required), None)
    return optional is not None and optional.default == "False" and is_derivative_flag(optional.name)


def _sounds_like(stem: str, forwards: Mapping[str, FunctionRecord]) -> FunctionRecord | None:
    """Return the forward whose stem begins or ends like a backward's, where there is only one."""
    near = [one for name, one in forwards.items() if name and stem and (name.startswith(stem) or stem.startswith(name))]
    return near[0] if len(near) == 1 else None


def _words(name: str) -> list[str]:
    return [word.lower() for word in WORDS.findall(name)]


def _stem(name: str) -> tuple[str, str]:
    """Return what a function's name says without "forward" and "backward", and which of them it says."""
    words = _words(name)
    words = [word if word != "d" or not place else "d_" for place, word in enumerate(words)]  # `d_tanh`, but no `bn_d`
    rest = [
        word
        for word in words
        if word not in OF_BACKWARD and word not in OF_FORWARD and word not in ("of", "naive", "single", "fast")
    ]
    backward = [word for word in words if word in OF_BACKWARD]
    if not backward and rest and len(rest[0]) > 2 and rest[0][0] == "d" and rest[0][1:] in ACTIVATIONS:
        return rest[0][1:], "backward"
    if backward and rest and not any(word in OF_FORWARD for word in words):
        return "_".join(rest), "backward"
    if backward and rest and any(word in ("backward", "backwards", "backprop") for word in backward):
        return "_".join(rest), "backward"
    return "_".join(rest), "forward" if any(word in OF_FORWARD for word in words) else ""


ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax", "elu", "gelu", "swish", "leaky", "softplus", "silu", "sig")


def check_asked(texts: Sequence[str]) -> None:
    """Raise SubmissionError for a text that names no unit."""
    for text in texts:
        if len(text) > LONGEST or not FORM.fullmatch(text):
            shown = printable(text[:100])
            raise SubmissionError(f"--unit must look like {EXAMPLE}; got {shown!r}")


def asked_units(outline: Outline, texts: Sequence[str]) -> Iterator[Unit]:
    """Yield the units that texts name and a source defines. Raises SubmissionError for one that it does not define."""
    classes = {one.name: one for one in outline.classes}
    functions = {one.name: one for one in outline.functions}
    for text in texts:
        found = FORM.fullmatch(text[:LONGEST])
        if found is None:
            continue
        owner, forward, backward = found["owner"], found["forward"], found["backward"]
        unit = _asked_of_class(classes[owner], forward, backward) if owner in classes else None
        if owner is None and forward in functions and (backward is None or backward in functions):
            unit = Unit(forward, "functions", functions[forward], functions[backward] if backward else None)
        if unit is None:
            raise SubmissionError(
                f"--unit names {printable(text[:100])!r}, which the source does not define; like {EXAMPLE}"
            )
        yield unit


def _asked_of_class(one: Class, forward: str, backward: str | None) -> Unit | None:
    ahead, back = one.method(forward), one.method(backward) if backward else None
    if ahead is None or (backward and back is None) or not ahead.args or (back is not None and not back.args):
        return None
    maker = one.method("__init__")
    style = "ctx" if forward in one.static else "class"
    made = maker.without_first() if maker and style == "class" else None
    return Unit(one.name, style, ahead.without_first(), back.without_first() if back else None, one, made)


def told_units(outline: Outline, told: Sequence[UnitFile]) -> Iterator[Unit]:
    """Yield the units that a file tells. Raises SubmissionError for one that a source does not define, if it was asked for."""
    classes = {one.name: one for one in outline.classes}
    functions = {one.name: one for one in outline.functions}
    for one in told:
        unit = None
        if one.name in classes:
            owner = classes[one.name]
            names = [method.name for method in owner.methods]
            forward = one.forward or next((name for name in FORWARDS if name in names), "")
            backward = one.backward or next((name for name in BACKWARDS if name in names), "")
            unit = _asked_of_class(owner, forward, backward or None)
            if unit is None and one.is_required:
                wrong = next((name for name in (forward, backward) if name not in names), forward)
                raise unknown_name(one, "the method", wrong, names)
        elif (one.forward or one.name) in functions and (not one.backward or one.backward in functions):
            forward = one.forward or one.name
            unit = Unit(forward, "functions", functions[forward], functions[one.backward] if one.backward else None)
        elif one.is_required:
            known = [*classes, *functions]
            missing = next(
                (name for name in (one.forward, one.backward, one.name) if name and name not in known), one.name
            )
            raise unknown_name(one, "the class or function", missing, known)
        if unit is not None:
            yield replace(unit, told=one)
