"""What the objects that users hold look like at the prompt: sizes and names in a few lines, never arrays."""

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.data import Standardization, read_table, table_splits
from pellucid.data.lazy import LazyRows
from pellucid.nets import Affine, Network, ReLU


@pytest.fixture(scope="module")
def trained():
    splits = table_splits("penguins", target="species")
    trainer = Trainer(Network([Affine(4), ReLU(), Affine(3)], splits.sample_shape))
    history = trainer.fit(splits, epochs=2, progress=False)
    return splits, trainer, history


def test_nothing_that_users_hold_shows_arrays(trained):
    splits, trainer, history = trained
    table = splits.train.table
    shown = {
        "splits": (splits, 4),
        "part": (splits.train, 1),
        "table": (table, 1),
        "column": (table.columns[0], 1),
        "preparation": (splits.preparation, 1),
        "history": (history, 1),
        "trainer": (trainer, 3),
        "evaluation": (trainer.evaluate(splits), 1),
        "target": (trainer.target, 1),
        "lazy": (LazyRows(np.zeros((9, 3)), np.arange(5)), 1),
        "few": (Standardization.of(np.zeros((4, 3, 2, 2))), 1),
        "many": (Standardization.of(np.zeros((4, 50))), 1),
    }
    for name, (value, lines) in shown.items():
        text = repr(value)
        assert "array(" not in text, name
        assert " object at " not in text, name
        assert len(text.splitlines()) <= lines, name
        assert max(map(len, text.splitlines())) < 260, name


def test_the_splits_say_what_is_predicted_from_what(trained):
    splits, trainer, history = trained
    text = str(splits)
    assert "classification of species, classes Adelie, Chinstrap, Gentoo" in text
    assert "rows: 247 train, 28 validation, 69 test" in text
    assert "columns: island, bill_length_mm, " in text
    assert repr(history).startswith("History of 2 epochs: training loss ")
    assert "best epoch" in repr(history)
    assert "Trainer of a network (19,) -> (3,), 95 parameters; outputs: classes" in repr(trainer)
    numbers = table_splits("penguins", target="island", exclude=("sex", "egg_date"))
    assert "left out: sex, egg_date" in str(numbers)


def test_a_model_of_a_table_describes_its_columns_and_outputs(trained, pellucid_command, tmp_path):
    _, trainer, _ = trained
    trainer.model.save(tmp_path / "model.safetensors")
    for text in (trainer.model.describe(), pellucid_command("describe", tmp_path / "model.safetensors").out):
        assert "inputs: rows of a table, 7 columns, which make 19 inputs; trained on penguins" in text
        assert "  island             category        0       3  one-hot, 3 inputs" in text
        assert "  body_mass_g        number  " in text
        assert "affine1" in text
        assert "outputs: classes, the likeliest class: Adelie, Chinstrap, Gentoo" in text


def test_a_model_of_arrays_describes_values_and_units():
    x = np.random.default_rng(0).normal(10, 2, (40, 3))
    trainer = Trainer(Network([Affine(1)], (3,)), loss="mse")
    trainer.fit(x, 500 + x[:, 0], epochs=1, progress=False)
    text = trainer.model.describe()
    assert f"inputs: samples of shape (3,) of numbers (mean {x.mean():.4g}, standard deviation {x.std():.4g} in" in text
    assert "which go to the network as they are" in text
    assert f"outputs: a number in the target's units: y ({500 + x[:, 0].mean():.4g} ± {x[:, 0].std():.4g} in" in text
    digits = pellucid.data.load("digits")
    pictures = Trainer(Network([pellucid.nets.Flatten(), Affine(10)], (1, 8, 8)))
    pictures.fit(digits, epochs=1, progress=False)
    assert "of raw pixels from 0 to 16, standardized by the model" in pictures.model.describe()


def test_a_table_is_described_by_names_and_kinds():
    table = read_table({"a": [1, 2], "b": ["x", None]})
    assert repr(table) == "DataTable 'the table' of 2 rows, 2 columns: a (number), b (category)"
    assert repr(table.columns[1]) == "Column 'b': category, 2 rows, 1 different values, 1 missing"
