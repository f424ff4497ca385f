"""What becomes of each column is fixed on the training rows, stated, saved, and the same at prediction."""

import json

import numpy as np
import pytest

from pellucid.data import DataError, TablePreparation, read_table
from pellucid.data.tables.prepared_columns import MOST_CATEGORIES

TRAINING = {
    "age": [20.0, 40.0, None, 60.0],
    "city": ["Rome", "Oslo", "Rome", None],
    "day": np.array(["2024-01-31", "2024-03-31", "2024-02-29", "2024-01-30"], dtype="datetime64[D]"),
}


def test_numbers_are_standardized_and_missing_ones_have_an_input():
    preparation = TablePreparation.of({"age": TRAINING["age"]})
    assert preparation.inputs == ("age", "age: missing")
    std = np.std([20, 40, 60])
    np.testing.assert_allclose(
        preparation.prepare({"age": TRAINING["age"]}), [[-20 / std, 0], [0, 0], [0, 1], [20 / std, 0]], rtol=1e-6
    )
    assert preparation.prepare({"age": [1]}).dtype == np.float32


def test_a_value_missing_only_at_prediction_is_the_mean():
    preparation = TablePreparation.of({"age": [20.0, 40.0]})
    assert preparation.prepare({"age": [None, 40.0]}).tolist() == [[0], [1]]


def test_categories_are_one_hot_and_unseen_ones_are_reported():
    preparation = TablePreparation.of({"city": TRAINING["city"]})
    assert preparation.inputs == ("city=Oslo", "city=Rome", "city: missing")
    with pytest.warns(UserWarning, match="column \"city\": 'Lima' did not occur in training"):
        found = preparation.prepare({"city": ["Rome", "Oslo", None, "Lima"]})
    assert found.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_the_rarest_of_many_categories_share_an_input_with_unseen_ones():
    names = [f"c{n:03}" for n in range(MOST_CATEGORIES + 20)]
    preparation = TablePreparation.of({"c": names * 2 + names[50:]}, kinds={"c": "category"})
    assert len(preparation.inputs) == MOST_CATEGORIES
    assert preparation.inputs[-1] == "c: other"
    found = preparation.prepare({"c": ["c050", "c049", "new"]})
    assert found.sum(axis=1).tolist() == [1, 1, 1]
    assert found[:, -1].tolist() == [0, float("c=c049" not in preparation.inputs), 1]
    assert {f"c=c{n:03}" for n in range(50, 120)} <= {*preparation.inputs}  # those that occur more often


def test_dates_are_days_and_the_parts_that_vary():
    preparation = TablePreparation.of({"day": TRAINING["day"]})
    assert preparation.inputs == (
        "day: days", "day: sine of month", "day: cosine of month", "day: sine of weekday", "day: cosine of weekday"
    )  # fmt: skip
    january, april, july = preparation.prepare(
        {"day": np.array(["2024-01-01", "2024-04-01", "2024-07-01"], dtype="datetime64[D]")}
    )[:, 1:3]
    np.testing.assert_allclose([january, april, july], [[0, 1], [1, 0], [0, -1]], atol=1e-6)
    monday, sunday = preparation.prepare({"day": np.array(["2024-01-01", "2024-01-07"], dtype="datetime64[D]")})[:, 3:]
    np.testing.assert_allclose(monday, [0, 1], atol=1e-6)
    np.testing.assert_allclose(sunday, [np.sin(6 / 7 * 2 * np.pi), np.cos(6 / 7 * 2 * np.pi)], rtol=1e-5)
    hours = TablePreparation.of({"t": np.array(["2024-01-01T00", "2024-01-01T06"], dtype="datetime64[h]")})
    assert hours.inputs == ("t: days", "t: sine of hour", "t: cosine of hour")
    np.testing.assert_allclose(hours.prepare({"t": np.array(["2024-01-01T06"], "M8[h]")})[0, 1:], [1, 0], atol=1e-6)


def test_a_missing_date_is_all_zeros_with_its_indicator():
    days = np.array(["2024-01-31", "NaT", "2024-02-29"], dtype="datetime64[D]")
    assert TablePreparation.of({"day": days}).prepare({"day": days})[1].tolist() == [0, 0, 0, 0, 0, 1]


def test_useless_columns_are_left_out_and_reported(tmp_path):
    names = [f"person {n}" for n in range(30)]
    table = {"same": [1] * 30, "none": [None] * 30, "name": names, "x": range(30), "few": ["a", "b"] * 15}
    preparation = TablePreparation.of(table, exclude=["few"])
    assert preparation.inputs == ("x",)
    made = {line.name: line.made for line in preparation.report}
    assert made["same"] == "left out: all values are the same"
    assert made["none"] == "left out: it has no values"
    assert made["name"].startswith("left out: text with 30 different values in 30 rows")
    assert made["few"] == "left out: by request"
    assert len(TablePreparation.of(table, kinds={"name": "category"}).inputs) == 1 + 30 + 2
    with pytest.raises(DataError, match='no column can be used: "same" is left out: all values are the same'):
        TablePreparation.of({"same": [1, 1]})
    assert "person" not in preparation.describe()
    assert len(preparation.describe().splitlines()) == 1 + len(table)


def test_a_document_brings_back_the_same_preparation():
    preparation = TablePreparation.of(TRAINING)
    again = TablePreparation.from_document(json.loads(json.dumps(preparation.to_document())))
    assert again == preparation
    assert again.prepare(TRAINING).tobytes() == preparation.prepare(TRAINING).tobytes()


def test_rows_do_not_depend_on_the_others_or_on_their_columns_order():
    preparation = TablePreparation.of(TRAINING)
    every = preparation.prepare(TRAINING)
    for row in range(4):
        one = {name: [values[row]] for name, values in reversed(TRAINING.items())}
        one["unused"] = ["whatever"]
        assert preparation.prepare(one).tobytes() == every[row].tobytes()


def test_missing_and_renamed_columns_are_named():
    preparation = TablePreparation.of(TRAINING)
    with pytest.raises(
        DataError, match=r'the column "age" is missing, which the model was trained with; did you mean "Age"\?'
    ):
        preparation.prepare({"Age": [1], "city": ["Rome"], "day": [None]})
    with pytest.raises(DataError, match=r'the column "day" is missing, .*; add it, empty where it is not known'):
        preparation.prepare({"age": [1], "city": ["Rome"]})
    with pytest.raises(
        DataError, match=r'"day" is missing, .* with; the columns are "age", "city", "else"; add it, empty'
    ):
        preparation.prepare({"age": [1], "city": ["Rome"], "else": [0]})


def test_values_of_another_kind_are_named_by_their_row(tmp_path):
    preparation = TablePreparation.of({"age": [1, 2], "code": ["01", "2"]})
    path = tmp_path / "rows.csv"
    path.write_text("age,code\n3,2\nold,2\n")
    with pytest.raises(DataError, match=r"^rows\.csv: column \"age\": row 1 \(line 3\): expected a number; got 'old'"):
        preparation.prepare(path)
    path.write_text("age,code\n3,2\n")  # alone, a code would be a number
    assert preparation.prepare(path).tolist() == preparation.prepare({"age": [3], "code": ["2"]}).tolist()
    assert preparation.prepare({"age": ["3"], "code": [2]}).tolist() == preparation.prepare(path).tolist()
    with pytest.raises(DataError, match="row 1: a number must be finite; got inf"):
        preparation.prepare({"age": [1, np.inf], "code": ["2", "2"]})


def test_text_among_numbers_is_refused_with_its_row_unless_it_is_declared(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("age,x\n" + "".join(f"{n},{n}\n" for n in range(30)) + "thirty,3\n")
    with pytest.raises(
        DataError, match=r"column \"age\": row 30 \(line 32\): 'thirty' is not a number, and 30 of 31 values are"
    ):
        TablePreparation.of(path)
    assert len(TablePreparation.of(path, kinds={"age": "category"}).inputs) == 31 + 1
    assert TablePreparation.of(path, exclude=["age"]).inputs == ("x",)
    with pytest.raises(DataError, match="row 30: 'thirty' is not a number"):
        TablePreparation.of({"age": [*range(30), "thirty"]})


def test_a_constant_far_from_zero_is_not_blown_up():
    preparation = TablePreparation.of({"x": [1e9, 1e9, None], "y": [1, 2, 3]})
    assert preparation.prepare({"x": [1e9], "y": [2]})[0].tolist() == [0, 0, 0]


def test_a_table_of_rows_keeps_its_places():
    table = read_table({"x": [1.0, 2.0, np.inf]})[np.array([0, 2])]
    with pytest.raises(DataError, match="row 2: a number must be finite"):
        TablePreparation.of(table)
