"""What a model was compiled with, in the doctor's words: loss, optimizer, metrics."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import keras

from pellucid.doctor.patient import LossSettings, OptimizerSettings

__all__ = ["base_rate", "first_loss", "loss_settings", "optimizer_of", "optimizer_settings", "schedule_words"]

LOSSES = {  # what each is called here, and the targets that it takes
    "sparse_categorical_crossentropy": ("softmax", "labels"),
    "categorical_crossentropy": ("softmax", "labels"),
    "categorical_focal_crossentropy": ("focal", "labels"),
    "binary_crossentropy": ("bce", "indicators"),
    "binary_focal_crossentropy": ("binary_focal", "indicators"),
    "mean_squared_error": ("mse", "numbers"),
    "mean_absolute_error": ("mae", "numbers"),
    "mean_absolute_percentage_error": ("mape", "numbers"),
    "mean_squared_logarithmic_error": ("msle", "numbers"),
    "huber": ("huber", "numbers"),
    "log_cosh": ("log_cosh", "numbers"),
    "poisson": ("poisson", "numbers"),
}
OF_PROBABILITIES = ("softmax", "focal", "bce", "binary_focal")
CHANGES: dict[str, dict[str, Any]] = {  # of an optimizer's settings, by what a variation leaves out
    "no_decay": {"weight_decay": None},
    "no_clipping": {"clipnorm": None, "global_clipnorm": None, "clipvalue": None},
    "no_momentum": {"momentum": 0.0, "beta_1": 0.0},
}
POINTS = 21  # of a schedule that are looked at


def first_loss(given: Any, output_names: Iterable[str]) -> Any:
    """Return the loss of the first output, as it was given to compile; None where that has none."""
    if isinstance(given, Mapping):
        return next((given[name] for name in output_names if name in given), None)
    return given[0] if isinstance(given, (list, tuple)) and given else given


def loss_settings(given: Any, *, outputs: int | None, labels: bool) -> LossSettings:
    """Describe a loss. labels: whether targets are class numbers, which "crossentropy" is resolved by."""
    if isinstance(given, str):
        given = _named(given, outputs, labels)
    function = getattr(given, "fn", given)
    name = getattr(function, "__name__", type(given).__name__)
    config = given.get_config() if isinstance(given, keras.losses.Loss) else {}
    own, takes = LOSSES.get(name, (name, None))
    reads = "probabilities" if own in OF_PROBABILITIES and not config.get("from_logits", False) else "scores"
    return LossSettings(own, takes, reads, float(config.get("label_smoothing", 0.0) or 0.0))


def _named(name: str, outputs: int | None, labels: bool) -> Any:
    if name in ("crossentropy", "ce"):
        kind = "binary" if outputs == 1 else "sparse_categorical" if labels else "categorical"
        name = f"{kind}_crossentropy"
    return keras.losses.get(name)


def optimizer_settings(optimizer: Any, rate: float, parameters: int, penalty: float) -> OptimizerSettings:
    """Describe an optimizer. parameters: how many numbers learn; penalty: strength of L2 in the loss, as half a square."""
    momentum = getattr(optimizer, "momentum", None) or getattr(optimizer, "beta_1", 0.0) or 0.0
    limits = [getattr(optimizer, name, None) for name in ("global_clipnorm", "clipnorm")]
    each = getattr(optimizer, "clipvalue", None)
    limits.append(None if each is None else each * math.sqrt(parameters))
    return OptimizerSettings(
        name=type(optimizer).__name__.lower(),
        learning_rate=rate,
        momentum=float(momentum),
        weight_decay=float(getattr(optimizer, "weight_decay", None) or 0.0),
        decoupled=True,
        penalty=penalty,
        clip_norm=min((float(limit) for limit in limits if limit is not None), default=None),
    )


def base_rate(optimizer: Any, steps: int | None) -> float:
    """Return the rate of a run: of a schedule, its highest."""
    config = optimizer.get_config().get("learning_rate")
    now = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    if not isinstance(config, Mapping):
        return now
    schedule: Callable[[int], Any] = keras.optimizers.schedules.deserialize(config)
    points = [round(i * (steps or 1000) / (POINTS - 1)) for i in range(POINTS)]
    return max(float(keras.ops.convert_to_numpy(schedule(point))) for point in points)


def schedule_words(optimizer: Any) -> str:
    """Return the schedule of a rate in words; nothing for a constant one."""
    config = optimizer.get_config().get("learning_rate")
    if not isinstance(config, Mapping):
        return ""
    settings = ", ".join(f"{name}={value}" for name, value in config.get("config", {}).items() if name != "name")
    return f"{config.get('class_name')}({settings})"


def optimizer_of(optimizer: Any, variables: list[Any], rate: float, leave_out: Iterable[str] = ()) -> Any:
    """Return a new optimizer with the settings of another, a constant rate and some of them left out, for variables."""
    config = dict(optimizer.get_config()) | {"learning_rate": rate}
    for name in leave_out:
        config |= {key: value for key, value in CHANGES[name].items() if key in config}
    config |= {
        key: value for key, value in {"use_ema": False, "gradient_accumulation_steps": None}.items() if key in config
    }
    made = type(optimizer).from_config(config)
    if excluded := getattr(optimizer, "_exclude_from_weight_decay_pattern", None):
        made.exclude_from_weight_decay(var_names=[getattr(one, "pattern", one) for one in excluded])
    made.build(variables)
    return made
