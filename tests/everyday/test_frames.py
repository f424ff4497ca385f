"""DataFrames from pandas and polars, trained and predicted as a user would."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data import DataError, read_table
from pellucid.nets import Affine, Network, ReLU
from pellucid.optim import AdamW

pytestmark = pytest.mark.interop


def columns(rows=200):
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], rows)
    size = rng.uniform(0, 10, rows)
    return {"colour": colour.tolist(), "size": size.tolist(), "weight": (size + 5 * (colour == "red")).tolist()}


def frame_of(library, table):
    return pytest.importorskip(library).DataFrame(table)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_with_categories(library):
    frame = frame_of(library, columns())
    trainer = Trainer(
        Network([Affine(32), ReLU(), Affine(1)], (4,)), AdamW(learning_rate=0.02), batch_size=20, loss="mse"
    )
    trainer.fit(frame, "weight", epochs=40, progress=False)
    assert trainer.evaluate(frame, "weight").metrics["r2"] > 0.9
    assert trainer.predict(frame_of(library, {"colour": ["red"], "size": [5.0]}))[0] == pytest.approx(10, abs=1.5)
    with pytest.raises(
        DataError, match='the column "size" is missing, which the model was trained with; did you mean "Size"'
    ):
        trainer.predict(frame_of(library, {"colour": ["red"], "Size": [5.0]}))


def test_every_dtype_of_pandas():
    pandas = pytest.importorskip("pandas")
    day = pandas.Timestamp("2024-03-31")
    frame = pandas.DataFrame(
        {
            "float": [1.5, None],
            "Int64": pandas.array([1, None], dtype="Int64"),
            "bool": [True, False],
            "boolean": pandas.array([True, None], dtype="boolean"),
            "text": ["x", None],
            "category": pandas.Categorical(["x", "y"]),
            "numbers": pandas.Categorical([7, 8]),
            "date": [day, None],
            "zone": pandas.DatetimeIndex([day, day]).tz_localize("Europe/Berlin"),
            "length": pandas.to_timedelta([1, 2], unit="min"),
            0: [1, 2],
        }
    )
    table = read_table(frame)
    found = {column.name: column.plain().tolist() for column in table.columns}
    utc = day.tz_localize("Europe/Berlin").tz_convert(None).to_pydatetime()
    np.testing.assert_array_equal(found.pop("float"), [1.5, np.nan])
    np.testing.assert_array_equal(found.pop("Int64"), [1, np.nan])
    assert found == {
        "bool": ["true", "false"],
        "boolean": ["true", None],
        "text": ["x", None],
        "category": ["x", "y"],
        "numbers": ["7", "8"],
        "date": [day.to_pydatetime(), None],
        "zone": [utc, utc],
        "length": [60, 120],
        "0": [1, 2],
    }


def test_every_dtype_of_polars():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {
            "nan": [float("nan"), 1.0],
            "null": [None, 1.0],
            "small": polars.Series([1, 255], dtype=polars.UInt8),
            "decimal": polars.Series(["1.5", "2"]).cast(polars.Decimal(10, 2)),
            "enum": polars.Series(["a", "b"], dtype=polars.Enum(["a", "b"])),
            "bool": [True, None],
        }
    )
    for table in (read_table(frame), read_table(frame.lazy())):
        found = {column.name: column.plain().tolist() for column in table.columns}
        np.testing.assert_array_equal([found.pop("nan"), found.pop("null")], [[np.nan, 1]] * 2)
        assert found == {"small": [1, 255], "decimal": [1.5, 2], "enum": ["a", "b"], "bool": ["true", None]}
