"""Every known mistake of the built-in packs has a code of its own, a title, an explanation, an example and a right form."""

import re
from pathlib import Path

import pytest

from pellucid.checker import Known, load_pack
from pellucid.checker.packs.loading import BUILT_IN
from pellucid.checker.searching.telltale import telltales_of

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-mistake.md"
PACKS = [load_pack(name) for name in BUILT_IN]
ENTRIES = [(function, known) for pack in PACKS for function in pack.functions for known in function.known]
TELLTALES = [telltale for pack in PACKS for function in pack.functions for telltale in telltales_of(function)]


def test_every_entry_has_a_code_and_no_code_two_names():
    without = {one.id for one in [*(known for _, known in ENTRIES), *TELLTALES] if not one.code}
    assert not without
    names: dict[str, set[str]] = {}
    for one in [*(known for _, known in ENTRIES), *TELLTALES]:
        names.setdefault(one.code, set()).add(one.id)
    assert {code: ids for code, ids in names.items() if len(ids) > 1} == {}
    assert len(names) > 280


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
            assert known.code[-3] == {"forward": "1", "backward": "2"}[function.role], known.id


def test_every_prefix_is_in_the_guide():
    listed = set(
        re.findall(r"^\| `([A-Z]{2,3})`|\| `([A-Z]{2,3})` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    letters = {one or other for one, other in listed}
    assert {"BN", "DR", "CR", "HZ"} <= letters
    assert {known.code[:-3] for _, known in ENTRIES} | {one.code[:-3] for one in TELLTALES} <= letters


def test_every_mistake_says_what_it_is_and_what_is_right():
    for function, known in ENTRIES:
        where = f"{function.name}: {known.code} {known.id}"
        assert known.title and known.explanation and known.edits, where
        assert known.formula or known.kind != "mistake", where


@pytest.mark.parametrize("code", ["bn103", "BN13", "B103", "BNXY103", "BN1034", "BN 103"])
def test_a_malformed_code_is_refused(code):
    with pytest.raises(ValueError, match=re.escape(f"got {code!r}")):
        Known("name", "title", "explanation", [], code=code)
