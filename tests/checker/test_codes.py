"""Everything that a cause or a hazard can name has a code of its own, a title, an explanation, an example and a right form."""

import ast
import functools
import re
from pathlib import Path

import numpy as np
import pytest

import pellucid.checker
from pellucid.checker import Known, load_pack
from pellucid.checker.asking.named import NAMED, code_of, recognised
from pellucid.checker.asking.named.read_as import READ_AS
from pellucid.checker.packs.loading import BUILT_IN
from pellucid.checker.recognising.form import Hints, Sizes, random_values
from pellucid.checker.recognising.readings import forms
from pellucid.checker.recognising.updating.everyday_rules import rules
from pellucid.checker.searching.telltale import telltales_of

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-mistake.md"
PACKS = [load_pack(name) for name in BUILT_IN]
FORMS = forms(Sizes())
ENTRIES = [(function, known) for pack in PACKS for function in pack.functions for known in function.known]
TELLTALES = [telltale for pack in PACKS for function in pack.functions for telltale in telltales_of(function)]


def test_every_entry_has_a_code_and_no_code_two_names():
    without = {one.id for one in [*(known for _, known in ENTRIES), *TELLTALES] if not one.code}
    assert not without
    names: dict[str, set[str]] = {}
    for one in [*(known for _, known in ENTRIES), *TELLTALES]:
        names.setdefault(one.code, set()).add(one.id)
    for named in NAMED:
        names.setdefault(named.code, set()).add(named.name)
    assert {code: ids for code, ids in names.items() if len(ids) > 1} == {}
    assert len(names) > 400


def test_within_a_function_no_code_is_used_twice():
    for pack in PACKS:
        for function in pack.functions:
            codes = [known.code for known in function.known]
            assert len(codes) == len(set(codes)), function.name


def test_the_hundreds_of_a_code_say_what_an_entry_is():
    for function, known in ENTRIES:
        hundreds = {"convention": "9", "hazard": "8"}.get(known.kind)
        assert hundreds is None or known.code[-3] == hundreds, known.id
        is_layer = known.code[:2] in ("AF", "AC", "BN", "LN", "GN", "RN", "DO", "CV", "PL")
        if is_layer and known.kind == "mistake" and function.role in ("forward", "backward"):
            is_backward = (
                function.role == "backward" or "backward" in function.name
            )  # also one that takes no forward's cache
            assert known.code[-3] != ("1" if is_backward else "2"), known.id


def test_every_prefix_is_in_the_guide():
    listed = set(
        re.findall(r"^\| `([A-Z]{2,3})`|\| `([A-Z]{2,3})` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    letters = {one or other for one, other in listed}
    assert {"BN", "DR", "CR", "HZ"} <= letters
    used = {one.code[:-3] for one in [*(known for _, known in ENTRIES), *TELLTALES, *NAMED]}
    assert used <= letters


def test_every_mistake_says_what_it_is_and_what_is_right():
    for function, known in ENTRIES:
        where = f"{function.name}: {known.code} {known.id}"
        assert all([known.title, known.explanation, known.edits]), where
        assert known.formula or known.kind != "mistake", where


@pytest.mark.parametrize("code", ["bn103", "BN13", "B103", "BNXY103", "BN1034", "BN 103"])
def test_a_malformed_code_is_refused(code):
    with pytest.raises(ValueError, match=re.escape(f"got {code!r}")):
        Known("name", "title", "explanation", [], code=code)


def test_what_is_named_without_an_edit_has_an_example_and_a_right_form():
    assert len({named.code for named in NAMED}) == len(NAMED) > 100
    for named in NAMED:
        assert all([named.title, named.explanation, named.wrong, named.right]), named.code
        assert named.wrong != named.right, named.code


def test_what_the_recogniser_means_by_an_id_is_a_code_that_has_a_page():
    tags = {f"{known.code} {known.id}" for _, known in ENTRIES} | {f"{one.code} {one.name}" for one in NAMED}
    assert {tag for _, _, _, tag in READ_AS} <= tags


@functools.cache
def literals():
    """Return the literal first arguments of calls anywhere in the checker, by the name that is called."""
    found: dict[str, set[str]] = {}
    for path in Path(pellucid.checker.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                found.setdefault(node.func.id, set()).update([first.value] if isinstance(first, ast.Constant) else [])
    return found


def test_every_cause_and_hazard_of_the_checkers_own_has_a_code():
    ids = literals()["Cause"] | literals()["Hazard"]
    assert {"crash", "follows-from-forward", "float64"} <= ids
    assert {id for id in ids - {"nudge"} if not code_of(id)} == set()
    cases = [case for pack in PACKS for function in pack.functions for case in cases_of(function)]
    of_cases = {case.hazard for case in cases} | {case.refusal for case in cases}
    assert "changes-input" in of_cases
    assert {id for id in of_cases - {""} if not code_of(id)} == set()


def cases_of(function):
    return function.cases(np.random.default_rng(0), pellucid.checker.asking.pack.Options())


def test_every_diagnosis_of_a_gradient_has_a_code_in_some_kind_of_layer():
    kinds = {form.kind for form in FORMS}
    ids = literals()["Diagnosis"]
    assert {"sign", "no-paths"} <= ids
    assert {id for id in ids if not any(recognised(id, kind, "backward")[0] for kind in kinds)} == set()


def test_every_mistaken_reading_has_a_code():
    with_mistake = {(form.kind, one.id) for form in FORMS for one in readings_of(form) if one.mistake}
    assert ("batch norm", "no-eps") in with_mistake
    rng = np.random.default_rng(0)
    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "decay": 0.8, "eps": 1e-6}
    paths = rules(rng.normal(size=(3, 2)), [rng.normal(size=(3, 2)) for _ in range(2)], settings, [])
    with_mistake |= {(path.kind, path.id) for path in paths if path.mistake}
    assert ("Adam", "no-root") in with_mistake
    assert {(kind, id) for kind, id in with_mistake if not recognised(id, kind, "forward")[0]} == set()


def readings_of(form):
    return form.readings(random_values(form, 0), Hints(form.settings, (), ()))
