"""Candidate calls of a unit for a form: which argument gets which value, as steps of a case."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pellucid.checker.recognising.form import LayerForm
from pellucid.checker.recognising.lexicon import (
    called_like,
    is_flag,
    is_rate,
    is_seed,
    setting_of,
    size_of,
)
from pellucid.checker.recognising.records import Argument, FunctionRecord
from pellucid.checker.recognising.units import Unit

__all__ = ["RATE", "Item", "UnitCall", "calls_for"]

RATE = 0.125  # the learning rate that a backward is given which takes one
WHOLE = (
    "stride",
    "pad",
    "size",
    "heads",
    "ignore",
    "dilation",
    "positions",
    "width",
    "groups",
)  # settings that are whole numbers
TOLD = 1000  # of a call that a file tells: it goes before all others
Item = Any  # of a step: a constant, or {"$": path}


@dataclass(frozen=True)
class UnitCall:
    """How a unit's forward is called, and which roles its arguments are; the others are attributes."""

    unit: Unit
    form: LayerForm
    before: tuple[Mapping[str, Any], ...]  # steps up to the object and the packed arguments
    step: Mapping[str, Any]  # the forward
    roles: tuple[str, ...]  # which the call gets
    items: Mapping[str, Item] = field(default_factory=dict)  # of the forward, by argument
    settings: Mapping[str, float] = field(default_factory=dict)
    states: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # attributes that are roles: paths below the object
    is_lazy: bool = False  # these attributes exist only after a first forward
    by_name: int = 0  # how many roles were found by their names

    def sets(self) -> list[Mapping[str, Any]]:
        """Return the steps that set the attributes to the roles' values."""
        return [{"do": "set", "path": ["unit", *path], "value": {"$": [role]}} for role, path in self.states.items()]

    def steps(self) -> list[Mapping[str, Any]]:
        """Return the steps of a forward, the attributes set to the roles' values."""
        sets = self.sets()
        return [*self.before, *([self.step] if self.is_lazy and sets else []), *sets, self.step]

    def with_states(self, states: Mapping[str, tuple[str, ...]], *, is_lazy: bool) -> "UnitCall":
        """Return the call with attributes as roles."""
        return replace(self, states=dict(states), is_lazy=is_lazy)


def calls_for(unit: Unit, form: LayerForm) -> Iterator[UnitCall]:
    """Yield the calls that fit a form: with roles by their names, then in the order of the arguments."""
    if form.is_told:
        call = _told_call(unit, form)
        yield from [call] if call is not None else []
        return
    seen = set()
    for by_order in (False, True):
        call = _call(unit, form, by_order)
        if call is not None and (key := repr((call.before, call.step))) not in seen:
            seen.add(key)
            yield call


def _told_call(unit: Unit, form: LayerForm) -> UnitCall | None:
    """Return the call that a file tells: its values and arrays by the arguments' names. None where an argument has none."""
    told = unit.told
    assert told is not None
    made: dict[str, Item] = {}
    before: list[Mapping[str, Any]] = []
    if unit.style == "class":
        for argument in unit.maker.args if unit.maker else ():
            if argument.name in told.values:
                made[argument.name] = told.values[argument.name]
            elif argument.name in told.shapes:
                made[argument.name] = {"$": [argument.name]}
            elif argument.is_required:
                return None
        before.append({"do": "new", "class": unit.name, "args": [], "keywords": made, "as": "unit", "exact": True})
    if unit.style == "ctx":
        before.append({"do": "context", "as": "ctx"})
    items: dict[str, Item] = {}
    for argument in unit.forward.args:
        if argument.name in told.shapes:
            items[argument.name] = {"$": [argument.name]}
        elif argument.name in told.values:
            items[argument.name] = told.values[argument.name]
        elif argument.is_required:
            return None
        else:
            break
    roles = tuple(role.name for role in form.roles)
    return UnitCall(unit, form, tuple(before), _step(unit, list(items.values())), roles, items, by_name=TOLD)


def _call(unit: Unit, form: LayerForm, by_order: bool) -> UnitCall | None:
    """Return a call, None where some argument stays without a value."""
    before: list[Mapping[str, Any]] = []
    settings: dict[str, float] = {}
    made: tuple[str, ...] = ()
    if unit.style == "class":
        arguments = _maker_arguments(unit, form, settings)
        if arguments is None:
            return None
        items, made = arguments
        before.append({"do": "new", "class": unit.name, "args": [], "keywords": items, "as": "unit", "exact": True})
    if unit.style == "ctx":
        own = {"do": "new", "class": unit.context, "args": [], "keywords": {}, "as": "ctx", "exact": True}
        before.append(own if unit.context else {"do": "context", "as": "ctx"})
    found = _arguments(unit.forward, form, settings, before, frozenset(made), by_order)
    if found is None:
        return None
    items, roles, by_name = found
    if form.is_constant:
        if unit.style != "functions" or roles:
            return None
        roles = (form.roles[0].name,)
    missing = [role.name for role in form.roles if role.name not in (*roles, *made)]
    if missing and unit.style != "class":
        return None
    if not set(roles) | set(made):
        return None
    plain = [argument.name for argument in unit.forward.args if argument.name in items]
    step = _step(unit, [items[name] for name in plain])
    return UnitCall(unit, form, tuple(before), step, (*roles, *made), items, settings, by_name=by_name)


def _step(unit: Unit, args: list[Item]) -> Mapping[str, Any]:
    """Return the step that calls a forward."""
    call = {"method": unit.entry or unit.forward.name, "unpack": ["result"]}
    if unit.style == "class":
        return {"do": "method", "of": ["unit"], "args": args, **call}
    if unit.style == "ctx":
        return {"do": "method", "of": [unit.name], "args": [{"$": ["ctx"]}, *args], **call}
    return {"do": "call", "function": unit.forward.name, "args": args, "unpack": ["result"]}


def _maker_arguments(
    unit: Unit, form: LayerForm, settings: dict[str, float]
) -> tuple[dict[str, Item], tuple[str, ...]] | None:
    """Return keywords of a constructor, and the roles among them; None where an argument stays without a value."""
    items: dict[str, Item] = {}
    made: list[str] = []
    free = dict(form.sizes)
    for argument in unit.maker.args if unit.maker else ():
        if argument.kind == "rest" or argument.name.startswith("**"):
            continue
        if unit.told is not None and argument.name in unit.told.values:
            items[argument.name] = unit.told.values[argument.name]
            continue
        role = next(
            (
                r.name
                for r in form.roles[1:]
                if r.name not in made
                and called_like(argument.name, r.name)
                and (argument.name.lower() not in NUMBERS or (argument.kind == "array" and argument.name == r.name))
            ),
            "",
        )
        size = size_of(argument.name, free)
        if role and (argument.is_required or argument.default == "None") and (not size or argument.name[:1].isupper()):
            items[argument.name] = {"$": [role]}
            made.append(role)
        elif (
            not argument.is_required
            and not (size in ("in", "out", "features", "hidden") and argument.default == "None")
            and not (form.is_random and size)
        ):
            if (number := _optional(argument, settings, form)) is not None:
                items[argument.name] = number
        elif size:
            items[argument.name] = free[size]
            if size in SETTING_OF_SIZE:
                settings[SETTING_OF_SIZE[size]] = free[size]
            if not (size == "kernel" and len(argument.name) > 2 and argument.name[-1] in "hwt"):
                free.pop(size)  # a window has a height and a width
        elif setting := setting_of(argument.name, ("eps", "momentum", "slope")):
            items[argument.name] = settings[setting] = {"eps": 1e-4, "momentum": 0.9, "slope": 0.15}[setting]
        elif is_rate(argument.name):
            items[argument.name] = RATE
        elif free:
            name = next(iter(free))
            items[argument.name] = free.pop(name)
        else:
            return None
    return items, tuple(made)


NUMBERS = ("d", "n", "k", "f", "c", "h", "p", "s", "v")  # names of a constructor's arguments that are rather sizes
SETTING_OF_SIZE = {one: one for one in ("stride", "pad", "heads", "dilation", "positions", "width", "groups")} | {
    "kernel": "size"
}


def _optional(argument: Argument, settings: dict[str, float], form: LayerForm) -> float | None:
    """Note the number that an argument has by default; return another for it where a default of 1 would hide a missing factor."""
    setting = setting_of(
        argument.name, (*form.settings, "eps", "stride", "pad", "slope", *(("size",) if "pooling" in form.kind else ()))
    )
    if not setting:
        return None
    try:
        default = float(argument.default or "")
    except ValueError:
        return None
    hides = default == 1 and setting in form.settings
    settings[setting] = form.settings[setting] if hides else default
    return settings[setting] if hides else None


def _arguments(
    function: FunctionRecord,
    form: LayerForm,
    settings: dict[str, float],
    before: list[Mapping[str, Any]],
    made: frozenset[str],
    by_order: bool,
) -> tuple[dict[str, Item], tuple[str, ...], int] | None:
    """Return the items of a forward's arguments, the roles among them, and how many were found by name."""
    roles = [role for role in form.roles if role.name not in made]
    items: dict[str, Item] = {}
    taken: list[str] = []
    by_name = 0
    waiting: list[Argument] = []
    for argument in function.args:
        keys = function.keys.get(argument.name, ())
        role = (
            ""
            if by_order
            else next((r.name for r in roles if r.name not in taken and called_like(argument.name, r.name)), "")
        )
        if keys and (packed := _packed(argument.name, keys, form, settings, taken)) is not None:
            before.append(packed[0])
            items[argument.name] = {"$": [f"packed {argument.name}"]}
            taken += packed[1]
            by_name += len(packed[1])
        elif role and (argument.is_required or argument.default == "None"):
            items[argument.name] = {"$": [role]}
            taken.append(role)
            by_name += 1
        elif not argument.is_required:
            if argument.kind != "rest" and (number := _optional(argument, settings, form)) is not None:
                items[argument.name] = number
        else:
            waiting.append(argument)
    for argument in waiting:
        item = _other(argument, form, settings)
        if item is None:
            role = next((r.name for r in roles if r.name not in taken), "")
            if not role or argument.name in function.keys:
                return None
            item = {"$": [role]}
            taken.append(role)
        items[argument.name] = item
    return items, tuple(taken), by_name


def _other(argument: Argument, form: LayerForm, settings: dict[str, float]) -> Item:
    """Return the value of an argument that is no array, None where its name says nothing."""
    if is_flag(argument.name):
        return "train" if argument.name == "mode" else not argument.name.startswith(("test", "eval", "infer", "determ"))
    setting = setting_of(argument.name, (*form.settings, "eps", "momentum", "slope"))
    if setting and not (setting in ("rate", "keep") and not form.is_random):
        settings[setting] = form.settings.get(setting, {"eps": 1e-4, "momentum": 0.9, "slope": 0.15}.get(setting, 1.0))
        value = settings[setting]
        return int(value) if setting in WHOLE else value
    return 0 if is_seed(argument.name) else None


def _packed(
    name: str, keys: Any, form: LayerForm, settings: dict[str, float], taken: list[str]
) -> tuple[Mapping[str, Any], tuple[str, ...]] | None:
    """Return the step that packs a dictionary with roles and settings, and the roles; None where a key means nothing."""
    found: dict[str, Item] = {}
    roles: list[str] = []
    for key in keys:
        role = next((r.name for r in form.roles if r.name not in (*taken, *roles) and called_like(key, r.name)), "")
        item = None if role else _other(Argument(key, None, "plain"), form, settings)
        if role and setting_of(key, form.settings):
            role, item = "", _other(Argument(key, None, "plain"), form, settings)
        if role:
            roles.append(role)
            found[key] = {"$": [role]}
        elif item is not None:
            found[key] = item
    if not found:
        return None
    step = {"do": "pack", "form": "dict", "keys": list(found), "args": list(found.values()), "as": f"packed {name}"}
    return step, tuple(roles)
