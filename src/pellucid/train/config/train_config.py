"""TrainConfig: all settings of a run. Command-line flags and the keys of a TOML file are exactly these fields."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta

from pellucid.data.tables.splits import TASKS as TABLE_TASKS
from pellucid.files import is_utf8
from pellucid.layers import LOSS_KINDS
from pellucid.nets import LOSSES, MODELS, ModelFile
from pellucid.optim import AVERAGES, OPTIMIZERS, SCHEDULES
from pellucid.shapes import ShapeError, did_you_mean, meant
from pellucid.train.config.choices import check_owners, chosen
from pellucid.train.config.setting import ConfigError, shown
from pellucid.train.objective import Monitor

__all__ = ["TrainConfig"]

MANY = 1_000_000  # epochs, units of a layer
MAXIMUM_LAYERS = 1000
LARGEST_DEVIATION = 1000  # of first weights; with 1e20 the first loss is not a number of float32

OptimizerName = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "muon"]
AverageName = Literal["ema", "swa"]
ScheduleName = Literal[
    "constant", "step", "exponential", "cosine", "one-cycle", "warm-up", "warm-up-cosine", "warm-restarts", "plateau"
]
Task = Literal["classification", "regression", "binary", "multilabel"]
LossName = Literal["softmax", "svm", "mse", "mae", "huber", "bce", "focal", "binary_focal"]

assert get_args(OptimizerName) == tuple(OPTIMIZERS)
assert get_args(ScheduleName) == tuple(SCHEDULES)
assert get_args(AverageName) == tuple(AVERAGES)
assert get_args(LossName) == LOSSES
assert get_args(Task) == TABLE_TASKS


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The settings of one run; `None` leaves the choice to the model or the optimizer."""

    data: Annotated[str, Meta(description="digits, cifar10, penguins, or a path to data")] = "digits"
    target: Annotated[str, Meta(description="the column to predict, for a table, or several: price,size")] | None = None
    task: Annotated[Task, Meta(description="what to predict, for a table (inferred from the column)")] | None = None
    categories: Annotated[str, Meta(description="numeric columns that are categories: zip,year")] | None = None
    exclude: Annotated[str, Meta(description="columns of a table that are left out: id,name")] | None = None
    size: Annotated[int, Meta(ge=1, le=10_000, description="resize a folder's images to N x N pixels")] | None = None
    model: Annotated[str, Meta(description=f"{', '.join(MODELS)}; or a file: net.toml, net.py:function")] = (
        "three-layer-convnet"
    )
    from_: (
        Annotated[
            str, Meta(description="start from a run, a model (.safetensors, .onnx, .keras), or PyTorch's weights")
        ]
        | None
    ) = None
    new_head: Annotated[bool, Meta(description="replace the last affine layer by a new one")] = False
    freeze: Annotated[str, Meta(description="parameters that keep their values, such as conv*,batchnorm*")] | None = (
        None
    )
    epochs: Annotated[int, Meta(ge=1, le=MANY, description="passes over the training data")] = 20
    batch_size: Annotated[int, Meta(ge=1, le=2**31 - 1, description="samples per step")] = 64
    optimizer: Annotated[OptimizerName, Meta(description="the update rule")] = "adamw"
    learning_rate: (
        Annotated[float, Meta(gt=0, le=1e30, description="base learning rate, or auto: by a range test")]
        | Literal["auto"]
        | None
    ) = None
    beta1: (
        Annotated[float, Meta(ge=0, lt=1, description="decay of the mean of gradients, for adam, adamw, muon")] | None
    ) = None
    beta2: (
        Annotated[float, Meta(ge=0, lt=1, description="decay of the mean of squared gradients, for adam, adamw, muon")]
        | None
    ) = None
    eps: (
        Annotated[float, Meta(gt=0, le=1, description="added to the root, for adam, adamw, muon, rmsprop, adagrad")]
        | None
    ) = None
    momentum: (
        Annotated[float, Meta(ge=0, lt=1, description="share of the velocity kept, for momentum, nesterov, muon")]
        | None
    ) = None
    decay: (
        Annotated[float, Meta(ge=0, lt=1, description="decay of the mean of squared gradients, for rmsprop")] | None
    ) = None
    schedule: Annotated[ScheduleName, Meta(description="schedule of the learning rate")] = "one-cycle"
    schedule_peak: (
        Annotated[float, Meta(gt=0, le=1, description="fraction of the run at which the rate peaks, for one-cycle")]
        | None
    ) = None
    schedule_start: (
        Annotated[float, Meta(gt=0, le=1, description="multiplier of the rate at the start, for one-cycle")] | None
    ) = None
    schedule_final: (
        Annotated[float, Meta(ge=0, le=1, description="multiplier of the rate at the end, or at the end of a cycle")]
        | None
    ) = None
    schedule_factor: (
        Annotated[float, Meta(gt=0, le=1, description="multiplier at each step, for step, plateau")] | None
    ) = None
    schedule_at: (
        Annotated[
            tuple[Annotated[float, Meta(gt=0, le=1)], ...],
            Meta(
                min_length=1, max_length=MAXIMUM_LAYERS, description="fractions of the run at which to step, for step"
            ),
        ]
        | None
    ) = None
    schedule_fraction: (
        Annotated[float, Meta(gt=0, le=1, description="fraction of the run that warms up, for warm-up, warm-up-cosine")]
        | None
    ) = None
    schedule_cycles: (
        Annotated[int, Meta(ge=1, le=MAXIMUM_LAYERS, description="number of cosines, for warm-restarts")] | None
    ) = None
    schedule_growth: (
        Annotated[float, Meta(gt=0, le=1000, description="length of a cosine over the one before, for warm-restarts")]
        | None
    ) = None
    schedule_patience: (
        Annotated[int, Meta(ge=1, le=MANY, description="epochs without improvement before a step, for plateau")] | None
    ) = None
    schedule_minimum: Annotated[float, Meta(ge=0, le=1, description="smallest multiplier, for plateau")] | None = None
    average: Annotated[AverageName, Meta(description="evaluate and save averaged weights")] | None = None
    ema_decay: Annotated[float, Meta(ge=0, lt=1, description="share of the average kept in a step, for ema")] | None = (
        None
    )
    swa_start: (
        Annotated[float, Meta(ge=0, lt=1, description="fraction of the run from which weights are averaged, for swa")]
        | None
    ) = None
    accumulate: Annotated[
        int, Meta(ge=1, le=2**31 - 1, description="compute a step in this many parts, for less memory")
    ] = 1
    weight_decay: Annotated[float, Meta(ge=0, le=1000, description="weight decay, for adamw, muon")] | None = None
    reg: Annotated[float, Meta(ge=0, le=1000, description="L2 regularization: 0.5 * reg * sum(w**2)")] = 0.0
    loss: Annotated[LossName, Meta(description="what is minimized (softmax for classes, mse for numbers)")] | None = (
        None
    )
    huber_delta: (
        Annotated[
            float, Meta(gt=0, le=10**9, description="error from which the loss is absolute, for huber (default 1)")
        ]
        | None
    ) = None
    focal_gamma: (
        Annotated[float, Meta(ge=0, le=1000, description="power of 1 - p, for focal, binary_focal (default 2)")] | None
    ) = None
    label_smoothing: (
        Annotated[float, Meta(ge=0, lt=1, description="label smoothing, for softmax (default 0.1)")] | None
    ) = None
    clip_norm: Annotated[float, Meta(gt=0, le=10**9, description="maximum norm of the gradient (clipping)")] | None = (
        None
    )
    hidden: (
        Annotated[
            tuple[Annotated[int, Meta(ge=1, le=MANY)], ...],
            Meta(max_length=MAXIMUM_LAYERS, description="layer sizes, for fully-connected"),
        ]
        | None
    ) = None
    norm: (
        Annotated[Literal["none", "batch", "layer"], Meta(description="normalization, for fully-connected")] | None
    ) = None
    keep: (
        Annotated[float, Meta(gt=0, le=1, description="probability of keeping an entry (dropout), for fully-connected")]
        | None
    ) = None
    init: Annotated[str, Meta(description="he, xavier or a standard deviation")] = "he"
    flip: Annotated[bool, Meta(description="flip images left-right at random")] = False
    crop: Annotated[int, Meta(ge=0, le=10_000, description="shift images by up to this many pixels")] = 0
    cutout: Annotated[int, Meta(ge=0, le=10_000, description="blank a random square of N x N pixels")] = 0
    rotate: Annotated[float, Meta(ge=0, le=180, description="rotate images by up to this many degrees")] = 0.0
    scale: Annotated[float, Meta(ge=0, le=10, description="enlarge or shrink images by a factor of up to 1 + X")] = 0.0
    colour: Annotated[
        float, Meta(ge=0, le=1, description="change brightness, contrast and saturation by up to this share")
    ] = 0.0
    erase: Annotated[float, Meta(ge=0, le=1, description="probability of erasing a random box of an image")] = 0.0
    mixup: Annotated[float, Meta(ge=0, le=1, description="mix pairs of images, by shares from Beta(X, X)")] = 0.0
    cutmix: Annotated[float, Meta(ge=0, le=1, description="paste boxes of other images, by Beta(X, X)")] = 0.0
    balanced: Annotated[bool, Meta(description="draw every class equally often in an epoch")] = False
    validation: Annotated[
        float, Meta(gt=0, lt=1, description="fraction of the training data held out for validation")
    ] = 0.1
    metrics: Annotated[str, Meta(description="metrics of each epoch: f1,roc_auc")] | None = None
    monitor: (
        Annotated[str, Meta(description="what decides the best epoch: val_f1, val_loss (default: val_accuracy)")] | None
    ) = None
    patience: (
        Annotated[int, Meta(ge=1, le=MANY, description="stop after this many epochs without improvement")] | None
    ) = None
    seed: Annotated[int, Meta(ge=0, description="seed of weights, order and dropout")] = 0
    checkpoint_every: (
        Annotated[int, Meta(ge=1, le=10**9, description="steps between checkpoints (always after an epoch)")] | None
    ) = None

    def __post_init__(self) -> None:
        if not is_utf8(self.data):
            raise ConfigError(
                f"data must be a path that UTF-8 can hold, since config.toml records it; got {self.data!a}; rename it"
            )
        if self.seed >= 2**64:  # more than msgspec's bounds can say
            raise ConfigError(f"seed must be at most 2**64 - 1; got {shown(self.seed)}")
        if not ModelFile.is_one(self.model):
            model = meant(self.model, MODELS)
            if model is None:
                raise ConfigError(
                    f"model must be one of {', '.join(MODELS)}, or a file (net.toml, net.py:function); got {self.model!r}"
                    f"{did_you_mean(self.model, MODELS)}"
                )
            object.__setattr__(self, "model", model)
        if self.new_head and self.from_ is None:
            raise ConfigError("new_head only applies to a run that starts from another; give from, too")
        check_owners(vars(self))
        for choice in ("optimizer", "schedule", "average"):  # bounds that depend on the choice
            chosen(choice, vars(self))
        if self.label_smoothing is not None and not self._smooths:
            raise ConfigError(f"label_smoothing only applies to the softmax loss; the loss is {self.loss}")
        for name in ("hidden", "norm", "keep"):
            if getattr(self, name) is not None and self.model != "fully-connected":
                raise ConfigError(f"{name} only applies to the model fully-connected; the model is {self.model}")
        try:
            Monitor.of(self.metric_names, self.monitor)
        except ShapeError as error:
            raise ConfigError(str(error).removeprefix("Trainer: ")) from None
        if self.init not in ("he", "xavier"):
            try:
                deviation = float(self.init)
            except ValueError:
                deviation = math.nan
            if not 0 <= deviation <= LARGEST_DEVIATION:
                raise ConfigError(
                    f"init must be he, xavier or a standard deviation from 0 to {LARGEST_DEVIATION}; "
                    f"got {shown(self.init)}"
                )

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics, one by one."""
        return tuple(name.strip() for name in self.metrics.split(",")) if self.metrics else ()

    @property
    def model_name(self) -> str:
        """The model's name in titles and names of folders: of a file, its name without the ending."""
        if self.from_ is not None:
            return f"from-{Path(self.from_).stem}"
        return ModelFile.of(self.model).stem if ModelFile.is_one(self.model) else self.model

    @property
    def smoothing(self) -> float:
        """The label smoothing used: if not given, 0.1 with softmax and none with other losses."""
        if self.label_smoothing is not None:
            return self.label_smoothing
        return 0.1 if self._smooths else 0.0

    @property
    def _smooths(self) -> bool:
        return LOSS_KINDS[self.loss or "softmax"].takes_label_smoothing

    @property
    def initial(self) -> str | float:
        """`init` in the form that networks take."""
        return self.init if self.init in ("he", "xavier") else float(self.init)
