"""Results that `--resume` takes up again: those of the same submission, pack, options and library, and no others."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pellucid.checker import finished, load_pack
from pellucid.checker.asking.fingerprint import fingerprint
from pellucid.checker.asking.pack import Edit, Known
from pellucid.checker.check_folder import check_folder
from pellucid.checker.request import request_for
from pellucid.checker.telling.html import as_html

from .test_class_reports import hand_in
from .test_packs import documented

__all__ = ["documented"]
SWISH = "import numpy as np\ndef swish_forward(x, slope):\n    s = 1 / (1 + np.exp(-slope * x))\n    return x * s, (x, s, slope)\n"


def checked(tmp_path, pack, **settings):
    """The verdict on a class of one, with a folder of results; and how many results that folder then has."""
    hand_in(tmp_path / "class", {"ann.py": SWISH})
    request = request_for(pack=pack, only=["swish_forward"], **settings)
    (report,) = check_folder(tmp_path / "class", request, state=tmp_path / "state")
    return report.functions[0].verdict, len(list((tmp_path / "state").iterdir()))


def test_a_changed_pack_judges_again(tmp_path, documented):
    assert checked(tmp_path, documented) == ("correct", 1)
    assert checked(tmp_path, documented) == ("correct", 1)
    documented.write_text(documented.read_text().replace("return x * sigmoid,", "return 2 * x * sigmoid,"))
    assert checked(tmp_path, documented) == ("wrong", 2)


def test_a_pack_of_the_same_name_in_another_file_judges_again(tmp_path, documented):
    assert checked(tmp_path, documented) == ("correct", 1)
    other = documented.with_name("other.py")
    other.write_text(documented.read_text().replace("return x * sigmoid,", "return 2 * x * sigmoid,"))
    assert checked(tmp_path, other) == ("wrong", 2)


@pytest.mark.parametrize("settings", [{"timeout": 60.0}, {"memory": 2.0}, {"seed": 1}, {"is_package": True}])
def test_other_options_judge_again(tmp_path, documented, settings):
    checked(tmp_path, documented)
    assert checked(tmp_path, documented, **settings) == ("correct", 2)


def test_another_version_of_the_library_judges_again(tmp_path, documented, monkeypatch):
    checked(tmp_path, documented)
    monkeypatch.setattr(finished, "_library", lambda: "another")
    assert checked(tmp_path, documented) == ("correct", 2)


def changed(pack, **settings):
    """The pack with another first function."""
    return replace(pack, functions=[replace(pack.functions[0], **settings), *pack.functions[1:]])


def test_whatever_a_verdict_depends_on_changes_the_hash_of_a_pack(tmp_path, documented):
    pack = load_pack(documented)
    known = [Known("id", "title", "explanation", [[Edit("old", "new")]])]
    others = [replace(pack, public=True), replace(pack, editions=[2020]), replace(pack, package="course")]
    others += [changed(pack, time_factor=3.0), changed(pack, known=known), changed(pack, lend="x = 1\n")]
    others += [changed(pack, known=[replace(known[0], edits=[[Edit("old", "newer")]])])]
    first = pack.functions[0].cases
    others += [changed(pack, cases=lambda draw, options, k=k: [*first(draw, options)] * k) for k in (1, 2)]
    extra = tmp_path / "extra.py"
    extra.write_text("x = 1\n")
    others.append(replace(pack, stand_ins={"course/layers.py": [extra]}))
    hashes = [fingerprint(one, 0, None) for one in (pack, *others)]
    hashes.append(fingerprint(pack, 1, None))
    extra.write_text("x = 2\n")
    hashes.append(fingerprint(others[-1], 0, None))
    assert len({*hashes}) == len(hashes) == len(others) + 3
    assert fingerprint(load_pack(documented), 0, None) == hashes[0]


def test_a_pack_that_holds_itself_has_a_hash(documented):
    table = {"draw": np.float64(3), "set": {"a", "b"}}
    table["itself"] = table

    def cases(draw, options, again=lambda: cases):
        return [table, cases]

    made = [fingerprint(changed(load_pack(documented), cases=cases), 0, None) for _ in range(2)]
    assert made[0] == made[1]


def test_the_built_in_pack_has_the_same_hash_each_time():
    assert fingerprint(load_pack("cs231n-a2"), 0, 2019) == fingerprint(load_pack("cs231n-a2"), 0, 2019)


def test_a_full_disk_leaves_nothing_behind(tmp_path, documented, monkeypatch):
    def full(self, text, **settings):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    hand_in(tmp_path / "class", {"ann.py": SWISH})
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(Path, "write_text", full)
    request = request_for(pack=documented, only=["swish_forward"])
    (report,) = check_folder(tmp_path / "class", request, state=tmp_path / "state")
    assert report.functions[0].verdict == "correct"
    assert list((tmp_path / "state").iterdir()) == []


def test_a_result_that_is_taken_up_again_is_shown_as_the_first_time(tmp_path, documented):
    """With the drawing of the error; a damaged one is judged again."""
    hand_in(tmp_path / "class", {"ann.py": SWISH.replace("x * s,", "x + s,")})
    request = request_for(pack=documented, only=["swish_forward"])
    pages = [as_html([*check_folder(tmp_path / "class", request, state=tmp_path / "state")]) for _ in range(2)]
    assert pages[0] == pages[1]
    assert "<svg" in pages[0]
    (place,) = (tmp_path / "state").iterdir()
    record = json.loads(place.read_text())
    del record["functions"][0]["pattern"]
    place.write_text(json.dumps(record))
    (again,) = check_folder(tmp_path / "class", request, state=tmp_path / "state")
    assert again.functions[0].verdict == "wrong"
    assert "pattern" in place.read_text()
