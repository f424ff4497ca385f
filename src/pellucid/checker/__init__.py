"""Tell people what is wrong with the layer they wrote.

    report = pellucid.check("layers.py")            # or a function of a notebook: pellucid.check(batchnorm_backward)
    print(report)

Rooms in the order of the flow; each imports only those before it (`lint-imports` holds that):

    asking/     what a pack asks for: functions, cases, known mistakes as edits
    reading/    the submission as sources
    running/    the worker without rights, the reference, trusted runs
    judging/    results against the reference; the verdict
    recognising/    layers that no pack names: what they are, and their backward against the derivative of their own forward
    searching/  the changed reference that computes what the learner's function computes
    telling/    causes in words, hints, reports in every format
    packs/      the courses; only the files below know them

On top: `check_function.py`, `check_file.py` and `check_folder.py` each check one function, file or folder; `check.py` is
`pellucid.check`, `check_command.py` the command. What does not live here: the layers themselves, and gradient checks of
functions outside a pack (`pellucid.gradcheck`).
"""

from pellucid.checker.asking.cases import Case, backward_case, forward_case, ref
from pellucid.checker.asking.pack import Edit, Known, Pack, PackFunction, Telltale
from pellucid.checker.check import check
from pellucid.checker.judging.verdicts import Cause, Failure, FunctionReport, Hazard
from pellucid.checker.packs import PackError, load_pack
from pellucid.checker.reading.source_files import SubmissionError as CheckError
from pellucid.checker.running.job import Limits
from pellucid.checker.telling.file_report import FileReport

__all__ = [
    "Case",
    "Cause",
    "CheckError",
    "Edit",
    "Failure",
    "FileReport",
    "FunctionReport",
    "Hazard",
    "Known",
    "Limits",
    "Pack",
    "PackError",
    "PackFunction",
    "Telltale",
    "backward_case",
    "check",
    "forward_case",
    "load_pack",
    "ref",
]
