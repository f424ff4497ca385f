"""Tests of TrainConfig: one definition behind flags and TOML keys; what it says it reads back."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data.tables.splits import TASKS
from pellucid.nets import LOSSES, MODELS
from pellucid.optim import AVERAGES, OPTIMIZERS, SCHEDULES
from pellucid.train.config import ConfigError, TrainConfig, config_from, read_config, to_toml
from pellucid.train.config import settings as config_settings

POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False, allow_nan=False)
NOT_NEGATIVE = st.floats(min_value=0, allow_infinity=False, allow_nan=False)
COUNT = st.integers(1, 10**9)
SIZE = st.integers(0, 10**9)

FIELDS = {
    "data": st.text(),
    "target": st.none() | st.text(),
    "task": st.sampled_from([None, *TASKS]),
    "categories": st.none() | st.text(),
    "exclude": st.none() | st.text(),
    "size": st.none() | COUNT,
    "model": st.sampled_from(list(MODELS)),
    "from_": st.sampled_from([None, "/runs/digits-1"]),
    "new_head": st.booleans(),
    "freeze": st.none() | st.text(),
    "epochs": COUNT,
    "batch_size": COUNT,
    "optimizer": st.sampled_from(list(OPTIMIZERS)),
    "learning_rate": st.none() | st.just("auto") | POSITIVE,
    "schedule": st.sampled_from(list(SCHEDULES)),
    "average": st.sampled_from([None, *AVERAGES]),
    "accumulate": COUNT,
    "weight_decay": st.none() | NOT_NEGATIVE,
    "reg": NOT_NEGATIVE,
    "loss": st.sampled_from([None, *LOSSES]),
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
    if values["optimizer"] != "adamw":
        values["weight_decay"] = None
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
