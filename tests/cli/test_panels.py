"""The help of `train`: every option in the panel it belongs to, values as they are written."""

from pellucid.cli.panels import PANELS
from pellucid.train.config import settings


def test_every_setting_has_one_panel():
    listed = [name for names in PANELS.values() for name in names]
    assert sorted(listed) == sorted(setting.name for setting in settings())


def test_the_help_is_in_panels_and_spells_values_as_they_are_given(pellucid, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    done = pellucid("train", "--help")
    assert done.code == 0
    places = [done.out.index(f"─ {panel} ─") for panel in PANELS]
    assert places[0] < min(places[1:])
    assert places[0] < done.out.index("--data ") < places[1]
    for text in ("digits, cifar10, penguins", "fully-connected, three-layer-convnet", "he, xavier or", "--no-new-head"):
        assert text in done.out
