"""Training: one readable loop, as a stream of events; checkpoints; run folders with their report.

What lives here: the stepper and the loop behind the trainer, events, what is written to disk, the configuration of a run. What
does not: layers, networks, data sets, or the command line. Read `stepper.py` (one step), `loop.py` (a run) and `trainer.py` (what
users see), in this order; no part imports the trainer. Displays, metrics and reports only read events.
"""

from pellucid.train.checkpoint import CheckpointFolder, Progress, RunLockedError
from pellucid.train.evaluation import Evaluation, evaluate
from pellucid.train.events import (
    CheckpointSaved,
    EpochDone,
    Event,
    Finished,
    Interrupted,
    NotFinite,
    Started,
    StepDone,
    StoppedEarly,
)
from pellucid.train.history import History
from pellucid.train.model import Importance, Model, Origin, load, permutation_importance
from pellucid.train.not_finite import NotFiniteError
from pellucid.train.samples import Samples, make_samples
from pellucid.train.trainer import Trainer

__all__ = [
    "CheckpointFolder",
    "CheckpointSaved",
    "EpochDone",
    "Evaluation",
    "Event",
    "Finished",
    "History",
    "Importance",
    "Interrupted",
    "Model",
    "NotFinite",
    "NotFiniteError",
    "Origin",
    "Progress",
    "RunLockedError",
    "Samples",
    "Started",
    "StepDone",
    "StoppedEarly",
    "Trainer",
    "evaluate",
    "load",
    "make_samples",
    "permutation_importance",
]
