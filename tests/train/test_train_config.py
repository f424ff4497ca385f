"""Tests of TrainConfig: one definition behind flags and TOML keys; what it says it reads back."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data.tables.splits import TASKS
from pellucid.nets import LOSSES, MODELS
from pellucid.optim import AVERAGES, OPTIMIZERS, SCHEDULES
from pellucid.train.config import ConfigError, TrainConfig, build_config, read_config, read_values, to_toml
from pellucid.train.config import settings as config_settings


def config_from(values, *, where, text=False):
    """The configuration of keys and values, as the command line makes it of a file and of flags."""
    return build_config(read_values(values, where=where, text=text), where=where)


POSITIVE = st.floats(0, 1000, exclude_min=True)
NOT_NEGATIVE = st.floats(0, 1000)
COUNT = st.integers(1, 1_000_000)
SIZE = st.integers(0, 10_000)
FRACTION = st.floats(0, 1, exclude_min=True)
BELOW_ONE = st.floats(0, 1, exclude_max=True)
OF_CHOICES = {  # settings that only some optimizers, schedules or averages have
    "weight_decay": ["adamw"],
    "beta1": ["adam", "adamw"],
    "beta2": ["adam", "adamw"],
    "eps": ["adagrad", "rmsprop", "adam", "adamw"],
    "momentum": ["momentum", "nesterov"],
    "decay": ["rmsprop"],
    "schedule_peak": ["one-cycle"],
    "schedule_start": ["one-cycle"],
    "schedule_final": ["one-cycle", "exponential", "cosine", "warm-up-cosine", "warm-restarts"],
    "schedule_factor": ["step", "plateau"],
    "schedule_at": ["step"],
    "schedule_fraction": ["warm-up", "warm-up-cosine"],
    "schedule_cycles": ["warm-restarts"],
    "schedule_growth": ["warm-restarts"],
    "schedule_patience": ["plateau"],
    "schedule_minimum": ["plateau"],
    "ema_decay": ["ema"],
    "swa_start": ["swa"],
    "huber_delta": ["huber"],
    "focal_gamma": ["focal", "binary_focal"],
}

FIELDS = {
    "data": st.text(),
    "target": st.none() | st.text(),
    "task": st.sampled_from([None, *TASKS]),
    "categories": st.none() | st.text(),
    "exclude": st.none() | st.text(),
    "size": st.none() | st.integers(1, 10_000),
    "model": st.sampled_from(list(MODELS)),
    "from_": st.sampled_from([None, "/runs/digits-1"]),
    "new_head": st.booleans(),
    "freeze": st.none() | st.text(),
    "epochs": COUNT,
    "batch_size": COUNT,
    "optimizer": st.sampled_from(list(OPTIMIZERS)),
    "learning_rate": st.none() | st.just("auto") | POSITIVE,
    "beta1": st.none() | BELOW_ONE,
    "beta2": st.none() | BELOW_ONE,
    "eps": st.none() | FRACTION,
    "momentum": st.none() | BELOW_ONE,
    "decay": st.none() | BELOW_ONE,
    "schedule": st.sampled_from(list(SCHEDULES)),
    "schedule_peak": st.none() | FRACTION,
    "schedule_start": st.none() | FRACTION,
    "schedule_final": st.none() | FRACTION,
    "schedule_factor": st.none() | FRACTION.filter(lambda factor: factor < 1),
    "schedule_at": st.none() | st.lists(FRACTION, min_size=1, max_size=4).map(tuple),
    "schedule_fraction": st.none() | FRACTION,
    "schedule_cycles": st.none() | st.integers(1, 1000),
    "schedule_growth": st.none() | POSITIVE,
    "schedule_patience": st.none() | COUNT,
    "schedule_minimum": st.none() | BELOW_ONE,
    "average": st.sampled_from([None, *AVERAGES]),
    "ema_decay": st.none() | BELOW_ONE,
    "swa_start": st.none() | BELOW_ONE,
    "accumulate": COUNT,
    "weight_decay": st.none() | NOT_NEGATIVE,
    "reg": NOT_NEGATIVE,
    "loss": st.sampled_from([None, *LOSSES]),
    "huber_delta": st.none() | POSITIVE,
    "focal_gamma": st.none() | NOT_NEGATIVE,
    "label_smoothing": st.none() | st.floats(0, 1, exclude_max=True),
    "clip_norm": st.none() | POSITIVE,
    "hidden": st.none() | st.lists(COUNT, max_size=4).map(tuple),
    "norm": st.sampled_from([None, "none", "batch", "layer"]),
    "keep": st.none() | st.floats(0, 1, exclude_min=True),
    "init": st.sampled_from(["he", "xavier"]) | NOT_NEGATIVE.map(str),
    "flip": st.booleans(),
    "crop": SIZE,
    "cutout": SIZE,
    "rotate": st.floats(0, 180),
    "scale": st.floats(0, 10),
    "colour": st.floats(0, 1),
    "erase": st.floats(0, 1),
    "mixup": st.floats(0, 1),
    "cutmix": st.floats(0, 1),
    "balanced": st.booleans(),
    "validation": st.floats(0, 1, exclude_min=True, exclude_max=True),
    "metrics": st.sampled_from([None, "f1", "f1,roc_auc", "top_3, r2"]),
    "monitor": st.sampled_from([None, "val_loss", "val_f1"]),
    "patience": st.none() | COUNT,
    "seed": st.integers(0, 2**64 - 1),
    "checkpoint_every": st.none() | COUNT,
}


def consistent(values):
    """Drop what belongs to another choice."""
    choices = {values["optimizer"], values["schedule"], values["average"], values["loss"]}
    for name, having in OF_CHOICES.items():
        if not choices & set(having):
            values[name] = None
    if values["loss"] not in (None, "softmax"):
        values["label_smoothing"] = None
    values["new_head"] &= values["from_"] is not None
    if values["model"] != "fully-connected":
        values |= {"hidden": None, "norm": None, "keep": None}
    return TrainConfig(**values)


configs = st.fixed_dictionaries(FIELDS).map(consistent)


def test_the_strategies_above_cover_every_field():
    assert list(FIELDS) == [field.name for field in dataclasses.fields(TrainConfig)]


@settings(max_examples=120, deadline=None, derandomize=True)
@given(config=configs)
def test_toml_reads_back_equal(config, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "config.toml"
    path.write_bytes(to_toml(config).encode())
    again = config_from(read_config(path), where="config.toml")
    assert again == config
    assert [type(v) for v in vars(again).values()] == [type(v) for v in vars(config).values()]


def as_text(value):
    """A value as someone types it after a flag."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(config=configs.filter(lambda config: config.hidden != ()))
def test_the_command_lines_text_reads_as_the_value(config):
    text = {k: v if isinstance(v, bool) else as_text(v) for k, v in vars(config).items() if v is not None}
    assert config_from(text, where="command line", text=True) == config


def test_defaults_are_those_of_no_options():
    assert config_from({}, where="x") == TrainConfig() == config_from({}, where="x", text=True)


def test_every_setting_describes_itself():
    for setting in config_settings():
        assert setting.flag == "--" + setting.name.rstrip("_").replace("_", "-")
        assert setting.description
        assert setting.rule
        default = getattr(TrainConfig(), setting.name)
        assert setting.default == default
        if default is not None:
            assert setting.read(default, setting.name, text=False) == default


def test_label_smoothing_depends_on_the_loss():
    assert TrainConfig().smoothing == 0.1
    assert TrainConfig(label_smoothing=0.0).smoothing == 0.0
    assert TrainConfig(loss="svm").smoothing == 0.0


def test_init_is_a_name_or_a_number():
    assert TrainConfig(init="xavier").initial == "xavier"
    assert TrainConfig(init="0.25").initial == 0.25


def test_whole_numbers_serve_as_numbers_but_not_the_other_way():
    assert config_from({"learning_rate": 1}, where="x").learning_rate == 1.0
    with pytest.raises(ConfigError, match="epochs must be a whole number"):
        config_from({"epochs": 3.0}, where="x")


@pytest.mark.parametrize("value", ["true", 1, "no", 0])
def test_a_file_says_true_and_false_as_toml_does(value):
    with pytest.raises(ConfigError, match="flip must be true or false"):
        config_from({"flip": value}, where="x")


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().epochs = 3


def test_a_byte_order_mark_is_accepted(tmp_path):
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbfepochs = 3\n")
    assert read_config(tmp_path / "config.toml") == {"epochs": 3}


UNREADABLE = {
    "epochs = 0x" + "f" * 9000: "epochs must be .* got a number of more than 4,300 digits",
    "epochs = " + "9" * 9000: "is not TOML: Exceeds the limit",
    "a = " + "[" * 9000: "is not TOML: maximum recursion depth",
    "a." * 7000 + "a = 1": "unknown key 'a'",
    "a" * 9000 + " = 1": r"unknown key 'a+\.\.\. \(9,002 characters\)",
    "# " + "a" * 20_000: "larger than 16 KiB",
    "\0": "is not TOML",
}


@pytest.mark.parametrize(("text", "words"), UNREADABLE.items(), ids=[text[:20] for text in UNREADABLE])
def test_a_file_that_would_confuse_the_parser_is_one_short_line(tmp_path, text, words):
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        read_config(tmp_path / "config.toml")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 1000


NUMBERS = [setting for setting in config_settings() if setting.rule.startswith(("a number", "a whole", "whole"))]


@pytest.mark.parametrize("setting", NUMBERS, ids=[setting.name for setting in NUMBERS])
@pytest.mark.parametrize("value", [10**31, -(10**31), 10**400, 1e300, -1e300])
def test_every_number_has_bounds(setting, value):
    given = [value] if setting.rule.startswith("whole") else value
    with pytest.raises(ConfigError, match=f"{setting.name} must be"):
        config_from({setting.name: given}, where="file")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"huber_delta": 0.5},
            "x: huber_delta only applies to the loss huber; the loss is not given",
        ),
        (
            {"focal_gamma": 0.5, "loss": "mse"},
            "x: focal_gamma only applies to the loss focal and binary_focal; the loss is mse",
        ),
        (
            {"beta1": 0.5, "optimizer": "sgd"},
            "x: beta1 only applies to the optimizer adam, adamw and muon; the optimizer is sgd",
        ),
        ({"eps": 1e-6, "optimizer": "sgd"}, "adagrad, rmsprop, adam, adamw and muon; the optimizer is sgd"),
        (
            {"weight_decay": 0.1, "optimizer": "adam"},
            r"the optimizer adamw and muon; the optimizer is adam \(reg is L2\)",
        ),
        (
            {"schedule_peak": 0.5, "schedule": "cosine"},
            "schedule_peak only applies to the schedule one-cycle; the schedule is",
        ),
        ({"swa_start": 0.5}, "swa_start only applies to the average swa; the average is none"),
        (
            {"schedule_final": 0, "schedule": "exponential"},
            "x: schedule_final must lie in .*the schedule is exponential",
        ),
        ({"schedule_at": [0.5, 2]}, "schedule_at must be numbers above 0 and up to 1, such as 0.5,0.75, and at most"),
        ({"schedule_at": []}, "schedule_at must be numbers"),
    ],
)
def test_a_number_of_another_choice_or_out_of_range_is_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        config_from(values, where="x")
