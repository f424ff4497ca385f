"""The studies: one file each, which ends in `STUDY = Study(...)`.

What lives here: claims, and everything particular to one of them: its design, its trial, its statistic, its figure, the remark that
was written after the run. Files are found by walking the folder: a new one needs no entry in a list. What does not: anything that
studies share, which stands in the room above. Read `init_scale.py`; `docs/adding-a-study.md` shows how to add one.
"""

import pkgutil
from collections.abc import Iterable
from importlib import import_module

from pellucid.shapes import did_you_mean, meant
from pellucid.studies.study import Study, StudyError

__all__ = ["STUDIES", "studies_in", "study_named"]


def studies_in(folders: Iterable[str]) -> dict[str, Study]:
    """Return the studies of the modules of this package that lie in these folders, by name.

    Raises StudyError where two have the same name.
    """
    found: dict[str, Study] = {}
    for module in pkgutil.iter_modules(folders, f"{__name__}."):
        study = import_module(module.name).STUDY
        if study.name in found:
            raise StudyError(f"two studies have the name {study.name!r}; the second is in {module.name}")
        found[study.name] = study
    return found


STUDIES: dict[str, Study] = studies_in(__path__)


def study_named(name: str) -> Study:
    """Return a study by name, whatever its capitals and hyphens. Raises StudyError for an unknown name."""
    known = meant(name, STUDIES)
    if known is None:
        raise StudyError(f"NAME must be one of {', '.join(STUDIES)}; got {name!r}{did_you_mean(name, STUDIES)}")
    return STUDIES[known]
