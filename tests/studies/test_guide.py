"""docs/adding-a-study.md is followed: its study is put into a folder of the catalogue, found, run in its quick form and tested."""

import re
import sys

import pytest

from pellucid.studies import catalogue
from pellucid.studies.folder import run_study
from pellucid.studies.study import StudyError

MODULE = "pellucid.studies.catalogue.activation"


@pytest.fixture
def blocks(request):
    text = (request.config.rootpath / "docs" / "adding-a-study.md").read_text()
    assert "`src/pellucid/studies/catalogue/activation.py`:\n\n```python" in text
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def second_folder(tmp_path, monkeypatch):
    """Another folder of the package `pellucid.studies.catalogue`."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    monkeypatch.setattr(catalogue, "__path__", [*catalogue.__path__, str(folder)])
    yield folder
    sys.modules.pop(MODULE, None)
    vars(catalogue).pop("activation", None)


def test_the_study_of_the_guide_is_found_and_runs(blocks, second_folder, tmp_path, monkeypatch):
    study, test = blocks
    (second_folder / "activation.py").write_text(study)
    found = catalogue.studies_in(catalogue.__path__)
    assert set(found) == {*catalogue.STUDIES, "activation"}
    monkeypatch.setitem(catalogue.STUDIES, "activation", found["activation"])
    reported = run_study(
        "activation",
        tmp_path / "run",
        data="digits",
        seeds=2,
        quick=True,
        workers=1,
        progress=lambda done, total: None,
    )
    assert reported.done == reported.trials == 2 * 2 * 2
    (finding,) = reported.findings
    assert finding.effect.seeds == 2
    assert (tmp_path / "run" / "report.html").exists()
    namespace = {}
    exec(test, namespace)
    namespace["test_the_lead_of_relu_is_a_mean_over_the_rates"]()


def test_two_studies_with_the_same_name_are_refused(blocks, second_folder):
    (second_folder / "activation.py").write_text(blocks[0].replace('name="activation"', 'name="depth"'))
    with pytest.raises(StudyError, match=r"two studies have the name 'depth'; the second is in pellucid.studies.catal"):
        catalogue.studies_in(catalogue.__path__)
