"""Tell people what is wrong with the layer they wrote.

    report = pellucid.check("layers.py")            # or a function of a notebook: pellucid.check(batchnorm_backward)
    print(report)

What lives here: course packs (`packs/`), the worker that runs foreign code without rights (`worker/`, `sandbox.py`), variants
of the reference and the matching that names a mistake (`variants.py`, `matching.py`), the verdict (`judge.py`), and the outputs.
What does not: the layers themselves, or gradient checks of functions outside a pack (`pellucid.gradcheck`).
"""

from pellucid.checker.check import check
from pellucid.checker.packs import (
    Case,
    Edit,
    Function,
    Known,
    Pack,
    PackError,
    backward_case,
    forward_case,
    load_pack,
    ref,
)
from pellucid.checker.sandbox import Limits
from pellucid.checker.submission import SubmissionError as CheckError
from pellucid.checker.verdicts import Cause, Failure, FileReport, FunctionReport, Hazard

__all__ = [
    "Case",
    "Cause",
    "CheckError",
    "Edit",
    "Failure",
    "FileReport",
    "Function",
    "FunctionReport",
    "Hazard",
    "Known",
    "Limits",
    "Pack",
    "PackError",
    "backward_case",
    "check",
    "forward_case",
    "load_pack",
    "ref",
]
