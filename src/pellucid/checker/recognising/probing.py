"""The first round: every form's calls of a unit in one worker, and what came out of each."""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from pellucid.checker.recognising.calling.calls import UnitCall, calls_for
from pellucid.checker.recognising.form import LayerForm, Values, random_values
from pellucid.checker.recognising.lexicon import called_like, is_gradient
from pellucid.checker.recognising.plain import Path, arrays_in, as_array, numbers_in, single_numbers_in, stacked
from pellucid.checker.recognising.readings.own_forms import UNKNOWN
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running import worker
from pellucid.checker.running.job import BLOCKED, Job, JobResult
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["Answered", "Source", "answered", "job_names", "job_of", "probe"]

MOST_CASES, LARGEST = 400, 200  # cases of a round; numbers in an attribute that is an input
OUTPUT_NAMES = ("output", "out", "outputs", "y", "a", "z", "activation", "result", "loss", "value", "A", "Z")


@dataclass(frozen=True)
class Source:
    """The sources that a worker loads, and which of them is judged."""

    files: Mapping[str, str]
    module: str

    @property
    def main(self) -> str:
        """The place of the source that is judged."""
        place = self.module.replace(".", "/")
        return f"{place}.py" if f"{place}.py" in self.files else f"{place}/__init__.py"


@dataclass(frozen=True)
class Answered:
    """A call that gave an answer: the arrays that came out, and where they stand."""

    call: UnitCall
    number: int  # of the form
    choice: int  # of shapes
    values: Values  # of the roles, attributes included
    outputs: tuple[Array, ...]
    paths: tuple[Path, ...]
    returned: int  # values in the tuple that came back, 0 for one
    settings: Mapping[str, float]
    shapes: Mapping[str, tuple[int, ...]]  # of attributes that are roles
    attributes: Mapping[str, tuple[Path, tuple[int, ...]]] = field(
        default_factory=dict
    )  # arrays that the object was made with
    numbers: tuple[Path, ...] = ()  # single numbers that it was made with
    others: tuple[tuple[int, ...], ...] = ()  # shapes of what was returned besides the first value


def job_names(unit: Unit) -> list[str]:
    """Return what a worker must find in the source."""
    if unit.owner:
        return [unit.owner.name, *([unit.context] if unit.context else [])]
    return [unit.forward.name, *([unit.backward.name] if unit.backward and unit.style != "pullback" else [])]


def job_of(
    source: Source, names: Sequence[str], cases: Sequence[Any], files: Mapping[str, str] | None = None, module: str = ""
) -> Job:
    """Return a worker's job; where the source imports torch, with names of torch over NumPy in its place."""
    texts = dict(files or source.files)
    blocked: Sequence[str] = BLOCKED
    if re.search(r"^[ \t]*(import|from) torch", source.files.get(source.main, ""), re.MULTILINE) and not any(
        place.partition("/")[0] in ("torch", "torch.py") for place in texts
    ):
        stand_in = _torch()
        texts |= {
            "torch/__init__.py": stand_in,
            "torch/autograd.py": "from torch import autograd as _autograd\nFunction = _autograd.Function\n",
        }
        texts |= {
            "torch/nn/__init__.py": "from torch import nn as _nn\nModule, Parameter = _nn.Module, _nn.Parameter\n"
        }
        texts["torch/nn/functional.py"] = "from torch import relu, sigmoid, softmax, softplus\n"
        blocked = [name for name in BLOCKED if name != "torch"]
    return Job(texts, module or source.module, list(names), list(cases), blocked=blocked, largest_results=64 << 20)


@functools.cache
def _torch() -> str:
    return FilePath(str(worker.__file__)).with_name("torch_stand_in.py").read_text(encoding="utf-8")


def probe(unit: Unit, forms: Sequence[LayerForm], source: Source, workers: Workers) -> tuple[list[Answered], JobResult]:
    """Return the calls that gave an answer, in the order of the forms."""
    tried: list[tuple[int, int, UnitCall, dict[str, Array]]] = []
    for number, form in _worth_trying(unit, forms):
        for choice in range(max(len(role.shapes) for role in form.roles)):
            for call in calls_for(unit, form):
                values = random_values(form, seed=1, choice=choice)
                if choice and not any(len(form.role(role).shapes) > 1 for role in call.roles):
                    continue
                tried.append((number, choice, call, values))
    tried = [*_told(unit), *tried][:MOST_CASES]
    cases = [_case(call, values) for _, _, call, values in tried]
    if not cases:
        return [], JobResult()
    result = workers.run(job_of(source, job_names(unit), cases))
    found = []
    for place, (number, choice, call, values) in enumerate(tried):
        outputs = result.answers.get(place, {}).get("outputs")
        if isinstance(outputs, Mapping):
            found += answered(call, number, choice, values, outputs)
    return found, result


def _told(unit: Unit) -> list[tuple[int, int, UnitCall, dict[str, Array]]]:
    """Return the call that a file tells, with its values."""
    if unit.told is None or not unit.told.shapes:
        return []
    form = unit.told.form
    return [(-1, 0, call, random_values(form, seed=1)) for call in calls_for(unit, form)]


def _worth_trying(unit: Unit, forms: Sequence[LayerForm]) -> list[tuple[int, LayerForm]]:
    """Return the forms that a unit may be, with their numbers, those that its name speaks of first.

    A rare form is left out where the name speaks of another, or where no argument is called as it needs.
    """
    functions = [one for one in (unit.forward, unit.maker) if one is not None]
    called = {argument.name for one in functions for argument in one.args}
    is_like = [form.is_called(unit.words) for form in forms]
    is_needed = [
        bool(form.needs) and any(re.fullmatch(form.needs, name, re.IGNORECASE) for name in called) for form in forms
    ]
    kept = [
        (number, form)
        for number, form in enumerate(forms)
        if (is_needed[number] if form.needs else not form.is_by_name or is_like[number] or not any(is_like))
    ]
    return sorted(kept, key=lambda pair: not (is_like[pair[0]] or pair[1].kind == UNKNOWN))


def _case(call: UnitCall, values: Mapping[str, Array]) -> dict[str, Any]:
    """Return the case of one forward, with all that it leaves behind."""
    snap = [{"do": "snapshot", "of": ["unit"], "as": "before"}] if call.unit.style == "class" else []
    steps = [*call.before, *snap, call.step]
    steps += [{"do": "snapshot", "of": ["result"], "as": "returned"}, {"do": "snapshot", "of": ["unit"], "as": "after"}]
    used = {name: value for name, value in values.items() if name in call.roles}
    return {
        "values": used,
        "steps": steps,
        "outputs": {"returned": ["returned"], "before": ["before"], "after": ["after"]},
    }


def answered(
    call: UnitCall, number: int, choice: int, values: Mapping[str, Array], outputs: Mapping[str, Any]
) -> list[Answered]:
    """Return how an answer may be read: which arrays are outputs, which attributes are roles."""
    options = [one for one in [_outputs(outputs, call.form.outputs)] if one[1]]
    if call.form.is_over_time and (steps := stacked(outputs.get("returned"))) is not None:
        options.append(((("result",),), (steps,), 0))  # a list of the states is no tuple of outputs
    if not options:
        return []
    before, after = (_without_lists_of_the_same(arrays_in(outputs.get(when))) for when in ("before", "after"))
    missing = [role.name for role in call.form.roles if role.name not in call.roles]
    states = _states(call, missing, before) if missing else {}
    is_lazy = False
    if states is None:
        states, is_lazy = _states(call, missing, after), True
    if states is None:
        return []
    where = after if is_lazy else before
    everything = {name: value for name, value in values.items() if name in call.roles}
    everything |= {role: where[path] for role, path in states.items()}
    settings = {**_settings_of(outputs.get("before")), **call.settings}
    made = call.with_states(states, is_lazy=is_lazy)
    shapes = {role: where[path].shape for role, path in states.items()}
    attributes = {
        ".".join(map(str, path)): (path, array.shape)
        for path, array in before.items()
        if array.ndim and 0 < array.size <= LARGEST and not _is_kept(str(path[-1]))
    }
    numbers = tuple(path for path in single_numbers_in(outputs.get("before")) if not _is_kept(str(path[-1])))
    inside = outputs.get("returned")
    others = tuple(one.shape for one in arrays_in(inside[1:] if isinstance(inside, list) else None).values())
    return [
        Answered(
            made, number, choice, everything, arrays, paths, returned, settings, shapes, attributes, numbers, others
        )
        for paths, arrays, returned in options
    ]


def _outputs(outputs: Mapping[str, Any], count: int) -> tuple[tuple[Path, ...], tuple[Array, ...], int]:
    """Return the paths and arrays that are a forward's outputs, and how many values it returned."""
    returned = outputs.get("returned")
    if (array := as_array(returned)) is not None:
        return (("result",),), (array,), 0
    if isinstance(returned, list) and returned:
        arrays = [as_array(item) if not isinstance(item, list) else stacked(item) for item in returned]
        if arrays[0] is None:
            return (), (), 0
        taken = [(number, one) for number, one in enumerate(arrays[:count]) if one is not None]
        return tuple(("result", number) for number, _ in taken), tuple(one for _, one in taken), len(returned)
    if returned is None:
        before, after = arrays_in(outputs.get("before")), arrays_in(outputs.get("after"))
        numbers = {(name,): as_array(value) for name, value in numbers_in(outputs.get("after")).items()}
        new = {path: one for path, one in after.items() if path not in before or before[path].shape != one.shape}
        for name in OUTPUT_NAMES:
            if (found := new.get((name,), numbers.get((name,)) if (name,) not in before else None)) is not None:
                return (("unit", name),), (found,), 0
    return (), (), 0


def _states(call: UnitCall, roles: Sequence[str], arrays: Mapping[Path, Array]) -> dict[str, Path] | None:
    """Return which attribute is which role, by shape and name; None where a role has none."""
    found: dict[str, Path] = {}
    for role in roles:
        shapes = {tuple(side for side in shape if side != 1) for shape in call.form.role(role).shapes}
        fits = [
            path
            for path, array in arrays.items()
            if path not in found.values()
            and tuple(side for side in array.shape if side != 1) in shapes
            and not _is_kept(str(path[-1]))
            and not _is_of_gradient(str(path[-1]))
        ]
        if not fits:
            return None
        found[role] = min(fits, key=lambda path: not any(called_like(str(part), role) for part in path))
    return found


def _without_lists_of_the_same(arrays: Mapping[Path, Array]) -> dict[Path, Array]:
    """Return arrays without those in lists that are attributes too: `self.params = [self.W, self.b]`."""
    alone = [array for path, array in arrays.items() if all(isinstance(part, str) for part in path)]
    return {
        path: array
        for path, array in arrays.items()
        if all(isinstance(part, str) for part in path)
        or not any(one.shape == array.shape and np.array_equal(one, array) for one in alone)
    }


def _is_of_gradient(name: str) -> bool:
    return name != "data" and is_gradient(name) and name[:1] == "d" and len(name) > 1


def _is_kept(name: str) -> bool:
    """Whether an attribute is an average, a moment or a gradient, by its name."""
    return name.startswith(("running", "moving", "d_", "grad", "m_", "v_"))


def _settings_of(attributes: Any) -> dict[str, float]:
    """Return the settings among an object's attributes."""
    from pellucid.checker.recognising.lexicon import setting_of

    found = {}
    for name, value in numbers_in(attributes).items():
        if len(name.strip("_")) > 1 and (setting := setting_of(name, ("eps", "stride", "pad", "size", "slope"))):
            found[setting] = value
    return found
