"""TrainConfig: all settings of a run. Command-line flags and the keys of a TOML file are exactly these fields."""

import dataclasses
import math
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from pellucid.data.tables.splits import TASKS as TABLE_TASKS
from pellucid.files import is_utf8, read_plain
from pellucid.layers import LOSS_KINDS
from pellucid.nets import LOSSES, MODELS, ModelFile
from pellucid.optim import AVERAGES, OPTIMIZERS, SCHEDULES
from pellucid.shapes import ShapeError, did_you_mean, meant
from pellucid.train.objective import Monitor

__all__ = [
    "ConfigError",
    "Setting",
    "TrainConfig",
    "build_config",
    "config_from",
    "read_config",
    "read_values",
    "settings",
    "to_toml",
]


class ConfigError(ValueError):
    """A flag or a key of a file is wrong; the message names it."""


MANY = 1_000_000  # epochs, units of a layer
MAXIMUM_LAYERS = 1000
LARGEST_DEVIATION = 1000  # of first weights; with 1e20 the first loss is not a number of float32
LARGEST_FILE = 2**14  # bytes of TOML, whose parser takes quadratic time for some texts

OptimizerName = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
AverageName = Literal["ema", "swa"]
ScheduleName = Literal[
    "constant", "step", "exponential", "cosine", "one-cycle", "warm-up", "warm-up-cosine", "warm-restarts", "plateau"
]
Task = Literal["classification", "regression", "binary"]
LossName = Literal["softmax", "svm", "mse", "mae", "huber", "bce", "focal", "binary_focal"]

assert get_args(OptimizerName) == tuple(OPTIMIZERS)
assert get_args(ScheduleName) == tuple(SCHEDULES)
assert get_args(AverageName) == tuple(AVERAGES)
assert get_args(LossName) == LOSSES
assert get_args(Task) == TABLE_TASKS


OTHER_NAMES = {"lr": "learning_rate", "from": "from_"}  # what others, and files, call a setting


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The settings of one run; `None` leaves the choice to the model or the optimizer."""

    data: Annotated[str, Meta(description="digits, cifar10, penguins, or a path to data")] = "digits"
    target: Annotated[str, Meta(description="the column to predict, for a table")] | None = None
    task: Annotated[Task, Meta(description="what to predict, for a table (inferred from the column)")] | None = None
    categories: Annotated[str, Meta(description="numeric columns that are categories: zip,year")] | None = None
    exclude: Annotated[str, Meta(description="columns of a table that are left out: id,name")] | None = None
    size: Annotated[int, Meta(ge=1, le=10_000, description="resize a folder's images to N x N pixels")] | None = None
    model: Annotated[str, Meta(description=f"{', '.join(MODELS)}; or a file: net.toml, net.py:function")] = (
        "three-layer-convnet"
    )
    from_: (
        Annotated[str, Meta(description="start from a run, a model (.safetensors, .onnx), or PyTorch's weights")] | None
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
    schedule: Annotated[ScheduleName, Meta(description="schedule of the learning rate")] = "one-cycle"
    average: Annotated[AverageName, Meta(description="evaluate and save averaged weights")] | None = None
    accumulate: Annotated[
        int, Meta(ge=1, le=2**31 - 1, description="compute a step in this many parts, for less memory")
    ] = 1
    weight_decay: Annotated[float, Meta(ge=0, le=1000, description="weight decay, for adamw")] | None = None
    reg: Annotated[float, Meta(ge=0, le=1000, description="L2 regularization: 0.5 * reg * sum(w**2)")] = 0.0
    loss: Annotated[LossName, Meta(description="what is minimized (softmax for classes, mse for numbers)")] | None = (
        None
    )
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
            raise ConfigError(f"seed must be at most 2**64 - 1; got {_shown(self.seed)}")
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
        if self.weight_decay is not None and self.optimizer != "adamw":
            raise ConfigError(
                f"weight_decay only applies to the optimizer adamw; the optimizer is {self.optimizer} (reg is L2)"
            )
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
                    f"got {_shown(self.init)}"
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


@dataclasses.dataclass(frozen=True)
class Setting:
    """One field of TrainConfig, with its texts for help and error messages."""

    name: str  # "batch_size"
    type: Any
    description: str
    rule: str  # "a whole number of at least 1"
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that it may have; empty where it is not a choice."""
        return tuple(self.rule.removeprefix("one of ").split(", ")) if self.rule.startswith("one of ") else ()

    @property
    def flag(self) -> str:
        """The command-line form: --batch-size."""
        return "--" + self.name.rstrip("_").replace("_", "-")

    @property
    def other_flags(self) -> tuple[str, ...]:
        """Its flags under the names that others give it: --lr."""
        names = (name for name, own in OTHER_NAMES.items() if own == self.name and name != own.rstrip("_"))
        return tuple(f"--{name}" for name in names)

    def read(self, value: Any, called: str, *, text: bool) -> Any:
        """Return the value in the field's type. `text` values come from the command line, where a number is a string."""
        parts = value.split(",") if text and self.rule.startswith("whole numbers") else value
        if isinstance(value, str) and self.choices:
            parts = meant(value, self.choices) or value
        try:
            read = msgspec.convert(parts, self.type, strict=not text)
        except (msgspec.ValidationError, OverflowError):
            read = math.nan
        if isinstance(read, float) and not math.isfinite(read):
            raise ConfigError(f"{called} must be {self.rule}; got {_shown(value)}{did_you_mean(value, self.choices)}")
        return read


def settings() -> list[Setting]:
    """Return every field of TrainConfig in order."""
    hints = get_type_hints(TrainConfig, include_extras=True)
    found = []
    for field in dataclasses.fields(TrainConfig):
        kind = hints[field.name]
        annotated = next(part for part in _members(kind) if get_origin(part) is Annotated)
        base, *metas = get_args(annotated)
        description = next(meta.description for meta in metas if meta.description)
        words = [word for part in _members(kind) if get_origin(part) is Literal for word in get_args(part)]
        found.append(Setting(field.name, kind, description, " or ".join([_rule(base, metas), *words]), field.default))
    return found


def config_from(values: Mapping[str, Any], *, where: str, text: bool = False) -> TrainConfig:
    """Build the configuration from keys and values. Raises ConfigError for an unknown key, a wrong type or range."""
    return build_config(read_values(values, where=where, text=text), where=where)


def build_config(values: Mapping[str, Any], *, where: str) -> TrainConfig:
    """Build the configuration from values that were read. Raises ConfigError for values that contradict each other."""
    try:
        return TrainConfig(**values)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def read_values(values: Mapping[str, Any], *, where: str, text: bool = False) -> dict[str, Any]:
    """Return each value in its field's type. Raises ConfigError for an unknown key, a wrong type or range."""
    by_name = {setting.name: setting for setting in settings()}
    read = {}
    for name, value in values.items():
        name = OTHER_NAMES.get(name, name)
        if name not in by_name:
            hint = did_you_mean(name, [*by_name, *OTHER_NAMES]) or f"; the keys are {', '.join(by_name)}"
            raise ConfigError(f"{where}: unknown key {_shown(name)}{hint}")
        if name in read:
            raise ConfigError(f"{where}: {name} is given twice, under two names")
        setting = by_name[name]
        read[name] = setting.read(value, setting.flag if text else f"{where}: {name.rstrip('_')}", text=text)
    return read


def read_config(path: Path) -> dict[str, Any]:
    """Return the keys of a TOML file, checked one by one. Raises ConfigError."""
    try:
        # Windows' editors write a byte-order mark.
        values = tomllib.loads(read_plain(path, limit=LARGEST_FILE).decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; lists within lists within lists
        raise ConfigError(f"{path} is not TOML: {error}") from None
    read = read_values(values, where=str(path))
    if ModelFile.is_one(read.get("model", "")):
        model = ModelFile.of(read["model"])
        read["model"] = str(model.at(path.absolute().parent / model.path))  # beside the file, as in a run folder
    if "from_" in read:
        read["from_"] = str(path.absolute().parent / Path(read["from_"]).expanduser())
    return read


def to_toml(config: TrainConfig) -> str:
    """Return the configuration as TOML, from which `read_config` reads the same settings."""
    import tomli_w

    return tomli_w.dumps({k.rstrip("_"): v for k, v in dataclasses.asdict(config).items() if v is not None})


def _shown(value: Any) -> str:
    """Return a value as text of a line: cut, and whole numbers of thousands of digits, which Python does not print, described."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of more than 4,300 digits"
    return text if len(text) <= 100 else f"{text[:100]}... ({len(text):,} characters)"


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _rule(base: Any, metas: list[Meta]) -> str:
    """Describe the values that a type and its bounds allow."""
    if get_origin(base) is Literal:
        return "one of " + ", ".join(get_args(base))
    if get_origin(base) is tuple:
        return f"whole numbers of at least 1 and up to {MANY:,}, such as 512,256, and at most {MAXIMUM_LAYERS} of them"
    bounds = []
    for meta in metas:
        bounds += [f"of at least {meta.ge:,}"] if meta.ge is not None else []
        bounds += [f"above {meta.gt:,}"] if meta.gt is not None else []
        bounds += [f"below {meta.lt:,}"] if meta.lt is not None else []
        bounds += [f"up to {meta.le:,}"] if meta.le is not None else []
    kind = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[base]
    return " ".join([kind, " and ".join(bounds)]).strip()
