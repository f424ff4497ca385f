"""Tests of what newcomers hand over first: columns that are no inputs, several targets, files of other kinds, tensors, pictures."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pellucid
from pellucid import Trainer
from pellucid.data import DataError, Pipeline, Standardization, load, read_table, table_splits
from pellucid.data.tables.counting import columns_that_count
from pellucid.data.targets import Classes
from pellucid.nets import Affine, Flatten, Network, StorageError
from pellucid.train import Model, Origin

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 2))
Y = (X[:, 0] > 0).astype(int)
COLUMNS = {"a": X[:, 0], "b": X[:, 1]}


def trainer(inputs=2, outputs=2):
    return Trainer(Network([Affine(outputs)], (inputs,)))


def fitted_table():
    made = trainer()
    made.fit(COLUMNS, Y, 1, progress=False)
    return made.model


# ---- columns ----

DAYS = ["2024-01-31", "2024-03-31", "2023-12-24"]


@pytest.mark.parametrize("texts", [DAYS, [*DAYS, None], [f"{day}T17:05" for day in DAYS]], ids=["days", "gap", "times"])
def test_iso_dates_as_text_are_dates_in_columns(texts):
    expected = np.array([text or "NaT" for text in texts], dtype="datetime64[us]")
    column = read_table({"day": texts}).column("day")
    assert column.kind == "date"
    np.testing.assert_array_equal(column.values, expected)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_iso_dates_as_text_are_dates_in_frames(library):
    frame = pytest.importorskip(library).DataFrame({"day": [*DAYS, None]})
    expected = np.array([*DAYS, "NaT"], dtype="datetime64[us]")
    np.testing.assert_array_equal(read_table(frame).column("day").values, expected)


@pytest.mark.parametrize("texts", [[*DAYS, "soon"], ["31.03.2024"] * 3, ["2024-02-30", "2024-01-01"], ["2024"], [None]])
def test_other_text_is_no_date(texts):
    assert read_table({"day": texts}).column("day").kind != "date"


def test_a_column_left_out_is_said_once_by_fit():
    names = [f"name {row}" for row in range(60)]
    with pytest.warns(UserWarning, match="the column 'name' is left out: text with 60 different values") as caught:
        trainer().fit(COLUMNS | {"name": names}, Y, 2, progress=False)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_column_left_out_by_request_is_not_mentioned():
    names = [f"name {row}" for row in range(60)]
    splits = table_splits(COLUMNS | {"name": names, "y": Y}, target="y", exclude=("name",))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer().fit(splits, 1, progress=False)


def test_an_id_is_named():
    splits = table_splits(COLUMNS | {"id": np.arange(60) + 100, "y": Y}, target="y")
    with pytest.warns(UserWarning, match="the column 'id' counts the rows"):
        trainer(3).fit(splits, 1, progress=False)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (np.arange(7, 47), True),
        (np.delete(np.arange(60), slice(3, 40, 4)), True),
        (np.arange(40)[::-1], False),
        (np.arange(40.0), False),
        (np.repeat(np.arange(20), 2), False),
        (10 * np.arange(40), False),
        (np.arange(10), False),
    ],
    ids=["ids", "held out", "down", "floats", "twice", "tens", "few"],
)
def test_which_columns_count(values, counts):
    assert columns_that_count(read_table({"n": values})) == ["n"] * counts


def test_a_warning_about_a_table_names_the_users_line():
    kinds = np.where(X[:, 0] > 0, "x", "y")
    made = trainer(3)
    made.fit({"a": X[:, 1], "kind": kinds}, Y, 1, progress=False)
    with pytest.warns(UserWarning, match="'z' did not occur in training") as caught:
        made.model.predict({"a": [1.0], "kind": ["z"]})
    assert caught[0].filename == __file__


@pytest.mark.parametrize("target", [["a", "b"], ("a", "b"), "a,b", "a, b"])
def test_several_targets_by_name_in_every_spelling(target):
    splits = table_splits(COLUMNS | {"c": X[:, 0]}, target=target)
    assert splits.targets == ("a", "b")
    assert splits.train.table.names == ("c",)


def test_a_target_with_a_comma_in_its_name():
    assert read_table({"a,b": [1, 2], "a": [1, 2], "b": [1, 2]}).target("a,b").tolist() == [1, 2]


@pytest.mark.parametrize("rows", [X, X.tolist()], ids=["array", "list"])
def test_a_model_of_tables_asks_for_named_columns(rows):
    model = fitted_table()
    with pytest.raises(
        DataError, match="predict: the model was trained on a table; give rows with its columns, 'a', 'b'"
    ):
        model.predict(rows)
    with pytest.raises(DataError, match="evaluate: the model was trained on a table"):
        model.evaluate(rows, Y)


# ---- files ----


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("houses.csv", "a table; .*table_splits"),
        ("flat.onnx", r"an ONNX file; .*onnx\.load.*train --from"),
        ("net.pt", "a file of PyTorch; .*from_torch"),
        ("cat.png", r"data; pellucid\.data\.load"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, name, message):
    (tmp_path / name).write_text("a,b,c\n1,2,3\n")
    with pytest.raises(StorageError, match=f"it seems to be {message}"):
        pellucid.load(tmp_path / name)


def test_a_model_under_any_name_is_read(tmp_path):
    fitted_table().save(tmp_path / "model.csv")
    assert pellucid.load(tmp_path / "model.csv").classes == ("0", "1")


def test_a_table_is_no_data_set_by_name(tmp_path):
    (tmp_path / "houses.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is a table; write table_splits"):
        load(tmp_path / "houses.csv")


# ---- tensors ----


class Tensor:
    """What of a tensor of PyTorch that requires a gradient matters here: no array before `detach`, and tensors as rows."""

    def __init__(self, values, free=False):
        self.values, self.free, self.shape = values, free, values.shape

    def __len__(self):
        return len(self.values)

    def __getitem__(self, row):
        return Tensor(self.values[row], self.free)

    def __array__(self, dtype=None, copy=None):
        if not self.free:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return np.asarray(self.values, dtype)

    def detach(self):
        return Tensor(self.values, free=True)


@pytest.mark.parametrize("validation", [None, 0.2])
@pytest.mark.parametrize("free", [True, False])
def test_tensors_are_arrays(validation, free):
    plain, made = trainer(), trainer()
    plain.fit(X, Y, 1, validation=validation, progress=False)
    made.fit(Tensor(X, free), Tensor(Y, free), 1, validation=validation, progress=False)
    np.testing.assert_array_equal(made.net.params.flat, plain.net.params.flat)


# ---- pictures ----

PIXELS = RNG.integers(0, 256, (3, 6, 8, 3), dtype=np.uint8)  # three pictures (H, W, C)


@pytest.fixture
def model():
    net = Network([Flatten(), Affine(2)], (3, 6, 8))
    pipeline = Pipeline(Standardization(np.full(3, 127.0), np.full(3, 60.0)))
    return Model(net, Classes(("cat", "dog")), pipeline, origin=Origin(white=255, pixels=True))


def test_pictures_of_pil_and_iterators_of_paths(model, tmp_path):
    expected = model.scores(np.ascontiguousarray(PIXELS.transpose(0, 3, 1, 2)))
    pictures = [Image.fromarray(pixels) for pixels in PIXELS]
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"{number}.png")
    paths = sorted(Path(tmp_path).glob("*.png"))
    for given in (pictures, iter(pictures), tuple(pictures), paths, iter(paths), (path for path in paths)):
        np.testing.assert_allclose(model.scores(given), expected, rtol=1e-6)
    np.testing.assert_allclose(model.scores(pictures[1]), expected[1:2], rtol=1e-6)


def test_no_picture_matches(model, tmp_path):
    with pytest.raises(DataError, match="there are no samples"):
        model.predict(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("pixels", "cure"),
    [(PIXELS[0], r"give inputs.transpose\(2, 0, 1\)\[None\]"), (np.zeros((9, 9, 3)), r"one picture \(H, W, C\); PIL")],
)
def test_one_picture_as_an_array(model, pixels, cure):
    with pytest.raises(DataError, match=cure):
        model.predict(pixels)
