"""Parameters that a form has no role for: attributes and arguments of numbers that a backward gives a gradient of.

A leaky ReLU has none, a PReLU is the same function with one. They get values of their own, and their gradients are judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pellucid.checker.recognising.calling.calls import UnitCall
from pellucid.checker.recognising.form import Role
from pellucid.checker.recognising.judging import JudgedGradient, gradient_of, role_label
from pellucid.checker.recognising.plain import Path
from pellucid.checker.recognising.probing import Answered
from pellucid.checker.recognising.trials import Given, Trial

__all__ = ["in_the_shapes_of_gradients", "not_checked", "with_parameters"]

LARGEST = 200  # numbers in a parameter


def with_parameters(answer: Answered, trial: Trial, judged: Sequence[JudgedGradient]) -> Answered | None:
    """Return an answer with each parameter that has a gradient as a role of its own; None for a layer without such parameters."""
    taken = {one.given.path for one in judged}
    free = [given for given in trial.given if given.path not in taken]
    made = answer
    for path, shape in _attributes(answer, free):
        role = f"parameter {'.'.join(map(str, path))}"
        call = _with_role(made, role, shape)
        made = replace(
            made,
            call=call.with_states({**call.states, role: path}, is_lazy=call.is_lazy),
            shapes={**made.shapes, role: shape},
        )
    for argument, shape in _arguments(answer, free):
        role = f"parameter {argument}"
        call = _with_role(made, role, shape)
        items = {**call.items, argument: {"$": [role]}}
        args = [items[one.name] for one in call.unit.forward.args if one.name in items]
        first = call.step["args"][: len(call.step["args"]) - len(args)]  # `ctx`
        step = {**call.step, "args": [*first, *args]}
        made = replace(made, call=replace(call, items=items, step=step, roles=(*call.roles, role)))
    return None if made is answer else made


def in_the_shapes_of_gradients(answer: Answered, judged: Sequence[JudgedGradient]) -> Answered | None:
    """Return an answer whose arguments have the shapes of the gradients that came; None where these have them already.

    Of an unknown layer, nothing else says that a parameter is one number, or one for each feature.
    """
    first, *_ = answer.call.form.roles
    others = {
        one.role: one.given.array.shape
        for one in judged
        if one.role != first.name and one.role in answer.call.roles and one.status == "wrong"
        if _fits_in(one.given.array.shape, one.shape)
    }
    if not others:
        return None
    roles = tuple(
        Role(role.name, (others[role.name],), "positive") if role.name in others else role
        for role in answer.call.form.roles
    )
    form = replace(answer.call.form, roles=roles)
    return replace(answer, call=replace(answer.call, form=form))


def not_checked(
    answer: Answered, trial: Trial, judged: Sequence[JudgedGradient], everywhere: Sequence[JudgedGradient]
) -> list[str]:
    """Return which gradients of a trial, by name or place, were compared with nothing, as a report says them.

    everywhere: what was judged in all trials.
    """
    taken = {one.given.path for one in (*judged, *everywhere)}
    labels = {role_label(answer.call, one.role).lower().strip("_") for one in everywhere}
    labels |= {one.role.rpartition(" ")[2].rpartition(".")[2].lower().strip("_") for one in everywhere}
    known = {_plain(path) for path in (*_paths(answer), *answer.call.states.values())}
    known |= {name.lower().strip("_") for name in answer.call.items}
    found = []
    for given in trial.given:
        of = gradient_of(given.path)
        if given.path in taken or (of and of in labels):
            continue
        if given.path[0] == "unit" and of in known:
            found.append(".".join(str(part) for part in given.path[1:]))
        elif given.path[0] == "back" and _is_one_of_several(given, trial):
            place = given.path[-1]
            found.append(place if isinstance(place, str) else f"value {place + 1} returned")
    return list(dict.fromkeys(found))


def _with_role(answer: Answered, role: str, shape: tuple[int, ...]) -> UnitCall:
    call = answer.call
    return replace(call, form=replace(call.form, roles=(*call.form.roles, Role(role, (shape,), "positive"))))


def _attributes(answer: Answered, given: Sequence[Given]) -> Iterator[tuple[Path, tuple[int, ...]]]:
    """Yield the attributes that have a gradient by name and are no role."""
    names = {gradient_of(one.path) for one in given if one.path[0] in ("unit", "back")} - {""}
    roles = set(answer.call.states.values())
    for path, shape in _paths(answer).items():
        if path not in roles and _plain(path) in names:
            yield path, shape


def _arguments(answer: Answered, given: Sequence[Given]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the arguments that got a number and have a gradient at their place among what is returned."""
    if answer.call.unit.style == "class":
        return
    returned = {one.path[1]: one for one in given if one.path[0] == "back" and len(one.path) == 2}
    for place, (argument, item) in enumerate(answer.call.items.items()):
        if type(item) is float and place in returned and returned[place].array.size <= LARGEST:
            yield argument, returned[place].array.shape


def _paths(answer: Answered) -> dict[Path, tuple[int, ...]]:
    return {**dict(answer.attributes.values()), **dict.fromkeys(answer.numbers, ())}


def _plain(path: Path) -> str:
    """Return what an attribute is called: of `("params", "W")` w, of `("w", "value")` and `("w", 0)` also w."""
    texts = [str(part).lower().strip("_") for part in path if isinstance(part, str)]
    return next((text for text in reversed(texts) if text not in ("value", "data", "val")), "")


def _fits_in(shape: tuple[int, ...], wider: tuple[int, ...]) -> bool:
    """Whether numbers of a shape are spread over a wider one by broadcasting."""
    ends = wider[len(wider) - len(shape) :]
    return shape != wider and len(shape) <= len(wider) and all(a in (1, b) for a, b in zip(shape, ends, strict=True))


def _is_one_of_several(given: Given, trial: Trial) -> bool:
    """Whether a value stands in a tuple with others: alone, it is the gradient of the input, in some other shape."""
    return len(given.path) == 2 and sum(one.path[0] == "back" for one in trial.given) > 1
