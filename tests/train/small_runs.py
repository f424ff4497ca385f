"""Small things to train: labelled clusters, a network with running statistics and dropout, and what a run leaves behind."""

import os
import signal

import numpy as np

from pellucid import Trainer
from pellucid.layers import REFERENCE
from pellucid.nets import Affine, BatchNorm, Dropout, Network, ReLU
from pellucid.optim import REFERENCE_RULES, AdamW, OneCycle
from pellucid.train import StepDone

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
EPOCHS, ROWS, BATCH = 4, 60, 16  # 4 steps an epoch, the last of 12 rows
STEPS = EPOCHS * 4


def one_thread_environment():
    """The environment of a subprocess whose results must be equal bit for bit to another's."""
    return os.environ | ONE_THREAD


def clusters(rows=ROWS, features=6, classes=3, seed=0, spread=1.5, dtype=np.float32):
    """Samples around one point a class, and their labels."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((classes, features)) * 2
    labels = np.arange(rows) % classes
    return (centres[labels] + spread * rng.standard_normal((rows, features))).astype(dtype), labels


def small_net(seed=0, dtype=np.float32):
    """Batch norm moves running statistics, dropout draws by step: both must survive an interruption."""
    return Network([Affine(8), BatchNorm(), ReLU(), Dropout(keep=0.8), Affine(3)], (6,), seed=seed, dtype=dtype)


def small_trainer(seed=0, **options):
    """A trainer with something of everything that a checkpoint must hold; on the reference tables, which are everywhere."""
    given = {
        "layers": REFERENCE,
        "rules": REFERENCE_RULES,
        "batch_size": BATCH,
        "schedule": OneCycle(),
        "clip_norm": 2.0,
        "reg": 1e-3,
        "seed": seed,
    } | options
    optimizer = given.pop("optimizer", AdamW(learning_rate=0.02))
    return Trainer(given.pop("net", None) or small_net(seed), optimizer, **given)


def everything(trainer):
    """Every array a run leaves behind, as bytes by name."""
    arrays = dict(trainer.net.named_tensors())
    arrays |= {f"moment{i}": moment for i, moment in enumerate(trainer.moments)}
    return {name: np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}


def without_seconds(records):
    """Records of a history as dicts; clock time is the one thing that differs between equal runs."""
    return [{k: v for k, v in vars(record).items() if k != "seconds"} for record in records]


def interrupt_at(step):
    """An on_event that presses Ctrl-C after a step."""

    def on_event(event):
        if isinstance(event, StepDone) and event.step == step:
            signal.raise_signal(signal.SIGINT)

    return on_event
