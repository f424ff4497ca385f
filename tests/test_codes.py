"""The catalogue of everything that Pellucid names: `explain`, the list of codes, and the pages in docs/mistakes."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pellucid
from pellucid.checker.catalogue import mistakes
from pellucid.checker.catalogue.docs import page_files, without_symptoms
from pellucid.checker.catalogue.letters import LETTERS
from pellucid.cli import app
from pellucid.codes import Catalogue, is_selected
from pellucid.screens import catalogue, listing
from pellucid.shapes import ShapeError

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOUND = mistakes()


@dataclass(frozen=True)
class Ailment:
    """What another room may register."""

    code: str = "DR101"
    name: str = "learning-rate-too-high"
    title: str = "the learning rate is too high"

    def page(self):
        return "The loss grows."


def test_anything_with_a_code_a_name_a_title_and_a_page_joins_the_catalogue():
    joined = Catalogue([*FOUND, Ailment()])
    assert joined.find("dr101") == joined.find("learning-rate-too-high") == [Ailment()]
    assert [one.code for one in joined.beginning("DR")] == ["DR101"]
    assert [one.code for one in joined] == sorted(one.code for one in joined)
    assert joined.hint("DR1O1") == "; did you mean 'DR101'?"


@pytest.mark.parametrize(
    ("ailments", "message"),
    [
        ([Ailment(), Ailment(name="other")], "DR101 is used twice: learning-rate-too-high, other"),
        ([Ailment(code="dr101")], "got 'dr101'"),
        ([Ailment(name="Too high")], "got 'Too high'"),
    ],
)
def test_a_catalogue_refuses_malformed_codes_and_codes_used_twice(ailments, message):
    with pytest.raises(ValueError, match=message):
        Catalogue(ailments)


def test_no_code_selects_nothing_without_a_code():
    assert not is_selected("", ["BN"])
    assert not is_selected("BN103", [])


def test_explain_shows_a_mistake_by_code_and_by_name():
    for asked in ("BN103", "bn103", "eps-outside-root"):
        screen = pellucid.explain(asked)
        for part in (
            "BN103 eps-outside-root",
            "    std = np.sqrt(var) + eps",
            "    std = np.sqrt(var + eps)",
            "wrong in",
            "Try eps = 0.1.",
            "cs231n-a2 (`batchnorm_forward`, `spatial_batchnorm_forward`)",
        ):
            assert part in screen
    assert "LN103  eps outside the square root" in screen  # others with this name
    assert max(map(len, screen.splitlines())) <= 100


def test_explain_shows_what_the_doctor_finds_too():
    screen = pellucid.explain("DR101")
    assert screen.startswith("DR101 learning-rate-too-high")
    assert "What to do:" in screen


def test_explain_knows_layers_first_and_helps_with_what_it_does_not_know():
    assert pellucid.explain("nesterov").startswith("Nesterov")  # a rule, and the name of a mistake
    with pytest.raises(ShapeError, match="no mistake has the code 'BN1099'; did you mean 'BN10"):
        pellucid.explain("BN1099")
    with pytest.raises(ShapeError, match="did you mean 'eps-outside-root'"):
        pellucid.explain("eps-outsid-root")
    with pytest.raises(ShapeError, match="no code begins with 'XY'; codes begin with AC, AF"):
        listing("XY")


def test_the_command_lists_codes():
    done = CliRunner().invoke(app, ["explain", "--list", "DO2"])
    assert done.exit_code == 0
    assert done.stdout.startswith("DO201 dropout-backward-no-mask ")
    assert done.stdout.count("\n") == 4
    everything = CliRunner().invoke(app, ["explain", "--list"])
    assert everything.stdout.count("\n") == len(catalogue()) >= len(FOUND)
    assert CliRunner().invoke(app, ["explain"]).exit_code == 2


def test_the_pages_are_those_of_the_catalogue(monkeypatch):
    monkeypatch.setattr("pellucid.checker.catalogue.mistake.symptoms", lambda entry: [])  # found by running code
    command = "python -m pellucid.checker.catalogue.docs docs/mistakes"
    files = page_files(FOUND)
    assert {path.name for path in (DOCS / "mistakes").glob("*")} == set(files), f"stale: {command}"
    for name, text in files.items():
        written = (DOCS / "mistakes" / name).read_text(encoding="utf-8")
        assert without_symptoms(written) == without_symptoms(text), f"{name} is stale: {command}"
        assert written.count("\n## ") == text.count("\n## ")


def test_every_page_shows_a_wrong_and_a_right_form_that_differ():
    for one in FOUND:
        codes = re.findall(r"```python\n(.*?)\n```", "\n\n".join(one._code()), re.DOTALL)
        assert len(codes) == 2 or one.telltales, one.code
        assert len(set(codes)) == len(codes), one.code


def test_the_letters_are_those_of_the_guide():
    guide = (DOCS / "adding-a-mistake.md").read_text(encoding="utf-8")
    cells = dict(re.findall(r"\| `([A-Z]{2})` \| ([^|]+?) (?=\|)", guide))
    assert {letters: cells.get(letters) for letters in LETTERS} == LETTERS
    assert {one.code[:-3] for one in FOUND} <= set(LETTERS)
