"""A table is split with its target; a wrong target is refused before anything is trained."""

import numpy as np
import pytest

from pellucid.data import DataError, read_table, table_splits
from pellucid.data.tables import inferred_task, load_penguins


def a_table(rows=200):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(rows)
    return {"x": x, "label": np.where(x > 0, "yes", "no"), "price": 3 * x + 1, "rooms": rng.integers(1, 5, rows)}


def test_parts_are_disjoint_complete_and_stratified():
    splits = table_splits(a_table(), target="label")
    parts = [splits.train, splits.validation, splits.test]
    numbers = np.concatenate([part.table.numbers for part in parts])
    assert sorted(numbers.tolist()) == list(range(200))
    assert [len(part.target) for part in parts] == [144, 16, 40]
    share = np.mean(np.array(a_table()["label"]) == "yes")
    for part in parts:
        assert abs(np.mean(part.target == "yes") - share) < 1 / len(part.target)
        assert "label" not in part.table.names
        np.testing.assert_array_equal(part.target == "yes", part.table.column("x").values > 0)


def test_the_test_rows_do_not_depend_on_the_seed():
    first, second = (table_splits(a_table(), target="price", seed=seed) for seed in (0, 1))
    assert (first.test.table.numbers == second.test.table.numbers).all()
    assert not np.array_equal(first.validation.table.numbers, second.validation.table.numbers)


def test_the_preparation_is_measured_on_the_training_rows_alone():
    splits = table_splits(a_table(), target="price")
    prepared = splits.preparation.prepare(splits.train.table)[:, 0]
    assert abs(prepared.mean()) < 1e-6
    assert abs(splits.preparation.prepare(splits.test.table)[:, 0].mean()) > 1e-3


@pytest.mark.parametrize(
    ("target", "task"), [("label", "classification"), ("price", "regression"), ("rooms", "classification")]
)
def test_the_task_is_inferred_with_its_reason(target, task):
    splits = table_splits(a_table(), target=target)
    assert splits.task == task
    assert splits.reason.startswith(f'{task}, because "{target}" holds ')
    assert table_splits(a_table(), target="rooms", task="regression").reason == ""


def test_few_whole_numbers_are_classes_only_if_they_recur():
    assert inferred_task(np.repeat(np.arange(20), 5)) == "classification"
    assert inferred_task(np.arange(20)) == "regression"
    assert inferred_task(np.repeat(np.arange(21), 50)) == "regression"
    assert inferred_task(np.repeat([0.5, 1.5], 50)) == "regression"


def test_wrong_targets_are_refused(tmp_path):
    table = a_table()
    with pytest.raises(DataError, match='there is no target "prise"; did you mean "price"'):
        table_splits(table, target="prise")
    with pytest.raises(DataError, match="must hold numbers for regression; row 0 holds 'yes'"):
        table_splits(table, target="label", task="regression")
    with pytest.raises(DataError, match="must have 2 classes for binary; it has 4"):
        table_splits(table, target="rooms", task="binary")
    with pytest.raises(DataError, match="task must be one of"):
        table_splits(table, target="label", task="classify")
    table["price"][17], table["price"][40] = np.nan, np.nan
    with pytest.raises(DataError, match='the target "price" is missing in row 17 and 1 other row; correct or remove'):
        table_splits(table, target="price")
    table["price"][17], table["price"][40] = np.inf, 0
    with pytest.raises(DataError, match='the target "price" is inf in row 17;'):
        table_splits(table, target="price")
    with pytest.raises(DataError, match="is 1 in every row; there is nothing to learn"):
        table_splits({"x": [1, 2, 3], "y": [1, 1, 1]}, target="y")
    path = tmp_path / "table.csv"
    path.write_text("x,age\n" + "".join(f"{n},{n if n != 17 else ''}\n" for n in range(30)))
    with pytest.raises(DataError, match=r'^table\.csv: the target "age" is missing in row 17 \(line 19\)'):
        table_splits(path, target="age")


def test_the_penguins_are_complete():
    penguins = load_penguins()
    assert len(penguins) == 344
    assert penguins.column("species").vocabulary == ("Adelie", "Chinstrap", "Gentoo")
    assert [int(column.missing.sum()) for column in penguins.columns] == [0, 0, 2, 2, 2, 2, 11, 0]
    assert read_table("penguins").names == penguins.names
    splits = table_splits("penguins", target="species")
    assert splits.task == "classification"
    assert splits.sample_shape == (len(splits.preparation.inputs),)


def test_the_target_may_come_second_and_one_column_be_excluded_by_its_name():
    named = table_splits(a_table(), target="price", exclude=("rooms",))
    short = table_splits(a_table(), "price", exclude="rooms")
    assert [column.name for column in short.preparation.columns] == ["x", "label"]
    assert short.preparation.to_document() == named.preparation.to_document()
    assert short.targets == ("price",)
