"""Several columns of a table as the target: numbers, each in its units, and labels; from a file, a frame and the command line."""

import csv
import json

import numpy as np
import pytest

import pellucid
from pellucid import Trainer, metrics
from pellucid.data import DataError, read_table, table_splits
from pellucid.data.loading.parquet_rows import ParquetRows
from pellucid.nets import Affine, Network, ReLU


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """A CSV file: price and size follow from the area, in very different units; two labels follow from it, too."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("several") / "houses.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "town", "price", "size", "garden", "lift"])
        for _ in range(300):
            area, town = rng.uniform(30, 200), str(rng.choice(["Rome", "Oslo"]))
            row = [f"{1000 * area + rng.normal(0, 2000):.0f}", f"{area / 10:.2f}", int(area > 100), int(town == "Oslo")]
            writer.writerow([f"{area:.1f}", town, *row])
    return path


def fitted(splits, outputs, **options):
    net = Network([Affine(32), ReLU(), Affine(outputs)], splits.sample_shape)
    trainer = Trainer(net, pellucid.optim.AdamW(learning_rate=0.01), batch_size=32, **options)
    trainer.fit(splits, epochs=30, progress=False)
    return trainer


def test_numbers_of_several_columns_keep_their_names_and_units(houses, tmp_path):
    splits = table_splits(houses, target=["price", "size"], exclude=("garden", "lift"))
    assert (splits.task, splits.target) == ("regression", "price, size")
    trainer = fitted(splits, 2)
    price, size = trainer.predict([{"area": 150.0, "town": "Rome"}])[0]
    assert price == pytest.approx(150_000, rel=0.1)
    assert size == pytest.approx(15, rel=0.1)
    found = trainer.evaluate(splits.test).metrics
    assert list(found)[:4] == ["rmse[price]", "rmse[size]", "r2[price]", "r2[size]"]
    expected = trainer.predict(splits.test.table) - splits.test.target
    assert found["rmse[size]"] == pytest.approx(float(np.sqrt((expected[:, 1] ** 2).mean())))
    assert found["r2"] == pytest.approx((found["r2[price]"] + found["r2[size]"]) / 2)
    trainer.model.save(tmp_path / "houses.safetensors")
    assert pellucid.load(tmp_path / "houses.safetensors").classes == ("price", "size")


def test_a_frame_with_the_names_of_its_targets(houses):
    table = {name: read_table(houses).column(name).plain() for name in ("area", "price", "size", "garden", "lift")}
    trainer = Trainer(Network([Affine(2)], (3,)))
    trainer.fit(table, ["price", "size"], epochs=1, validation=0.2, progress=False)
    assert (trainer.loss, trainer.model.classes) == ("mse", ("price", "size"))
    labels = Trainer(Network([Affine(2)], (3,)))
    labels.fit(table, ["garden", "lift"], epochs=1, progress=False)
    assert (labels.loss, labels.model.classes) == ("bce", ("garden", "lift"))
    with pytest.raises(DataError, match='there is no target "sise"; did you mean "size"'):
        labels.fit(table, ["price", "sise"], epochs=1, progress=False)


def test_columns_of_0_and_1_are_labels(houses):
    splits = table_splits(houses, target="garden,lift", exclude=("price", "size"))
    assert (splits.task, splits.reason) == ("multilabel", 'multilabel, because "garden", "lift" hold only 0 and 1')
    trainer = fitted(splits, 2)
    assert trainer.predict([{"area": 180, "town": "Oslo"}, {"area": 40, "town": "Rome"}]).tolist() == [[1, 1], [0, 0]]
    truth = {"a": [True, False] * 15, "b": [0, 1, 1] * 10, "x": range(30)}
    assert table_splits(truth, target=["a", "b"]).task == "multilabel"
    one_hot = {"a": [1, 0] * 15, "b": [0, 1] * 15, "x": range(30)}
    assert "a column of their names would make it classification" in table_splits(one_hot, target=["a", "b"]).reason


@pytest.mark.parametrize(
    ("target", "task", "says"),
    [
        (["price", "town"], None, 'several targets must hold numbers, or be labels of 0 and 1; "town" holds '),
        (["price", "size"], "classification", "classification has one target column; got price, size"),
        (
            ["garden", "size"],
            "multilabel",
            r'the target "size" must hold 0 and 1 for multilabel; row 0 \(line 2\) holds',
        ),
        (["price", "price"], None, "target names a column twice"),
        ([], None, r"target must be the name of a column or a list of names; got \[\]"),
        (3, None, "target must be the name of a column or a list of names; got 3"),
    ],
)
def test_targets_that_cannot_be_are_refused(houses, target, task, says):
    with pytest.raises(DataError, match=says):
        table_splits(houses, target=target, task=task)


def test_parquet_rows_with_several_targets(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    x = np.arange(60.0)
    parquet.write_table(pyarrow.table({"x": x, "u": 2 * x, "v": -x}), tmp_path / "t.parquet", row_group_size=20)
    rows = ParquetRows(tmp_path / "t.parquet", target=["u", "v"])
    trainer = Trainer(Network([Affine(2)], (1,)), loss="mse")
    trainer.fit(rows, epochs=1, progress=False)
    assert trainer.model.classes == ("u", "v")


def test_several_targets_on_the_command_line(pellucid_command, houses, tmp_path):
    run = tmp_path / "run"
    arguments = ("--data", houses, "--target", "price, size", "--exclude", "garden,lift", "--epochs", 3, "--out", run)
    done = pellucid_command("train", *arguments)
    assert done.code == 0
    assert 'regression, because "price", "size" hold numbers' in done.err
    assert "test R2 " in done.out
    assert "size: RMSE " in done.out
    summary = json.loads((run / "summary.json").read_text())
    assert summary["test_r2"] == pytest.approx((summary["test_r2[price]"] + summary["test_r2[size]"]) / 2)
    report = (run / "report.html").read_text()
    assert "Each target" in report
    assert "RMSE without learning" in report
    predicted = pellucid_command("predict", run, houses).out.splitlines()
    assert predicted[0].split(",")[-2:] == ["price", "size"]
    assert "rmse[price] " in pellucid_command("evaluate", run).out


def test_metrics_of_each_output():
    predictions, targets = np.array([[0.0, 3.0], [0.0, 5.0]]), np.array([[0.0, 0.0], [2.0, 2.0]])
    assert metrics.rmse(predictions, targets, average=None) == pytest.approx([np.sqrt(2), 3])
    assert metrics.METRICS["mae_per_output"].values(predictions, targets, ("a", "b")) == {"mae[a]": 1, "mae[b]": 3}
    with pytest.raises(ValueError, match="average must be 'mean' or None; got 'macro'"):
        metrics.r2(predictions, targets, average="macro")


@pytest.fixture(scope="module")
def sold(tmp_path_factory):
    """A CSV file with what a shop's table has: an id in text, one in numbers, a date; and a run that predicts the price."""
    path = tmp_path_factory.mktemp("sold") / "sold.csv"
    lines = [
        f"H{n:04},{n * 7919 % 1000},2024-0{1 + n % 9}-01,{n % 40},{2 * (n % 40) + 0.123456789:.9f}" for n in range(90)
    ]
    path.write_text("\n".join(["code,number,sold,area,price", *lines]))
    splits = table_splits(path, target="price", exclude=("number",))
    return path, fitted(splits, 1).model


def test_predictions_carry_what_identifies_their_rows(sold, tmp_path):
    path, model = sold
    columns = model.predict_columns(path)
    assert list(columns) == ["code", "number", "price"]
    assert columns["code"][:2].tolist() == ["H0000", "H0001"]
    np.testing.assert_array_equal(columns["price"], model.predict(path))
    both = model.predict_columns(read_table(path)[:3], ["price", "sold"])
    assert list(both) == ["price", "sold", "predicted price"]
    assert [str(day) for day in both["sold"]] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    with pytest.raises(DataError, match='there is no id column "cod"; did you mean "code"'):
        model.predict_columns(path, "cod")


def test_ids_and_named_columns_on_the_command_line(pellucid_command, sold, tmp_path):
    path, model = sold
    run = tmp_path / "model.safetensors"
    model.save(run)
    lines = list(csv.DictReader(pellucid_command("predict", run, path).out.splitlines()))
    assert list(lines[0]) == ["row", "code", "number", "price"]
    assert lines[5]["code"] == "H0005"
    done = pellucid_command("predict", run, path, "--id", "price, sold", "--json")
    first = json.loads(done.out.splitlines()[0])
    assert first == {"row": 0, "price": 0.123456789, "sold": "2024-01-01", "predicted price": first["predicted price"]}
    wrong = pellucid_command("predict", run, path, "--id", "codes")
    assert (wrong.code, wrong.err) == (1, 'pellucid: sold.csv: there is no id column "codes"; did you mean "code"?\n')
    assert pellucid_command("predict", run, path, "--id", "").out.startswith("row,price\n")


def test_labels_and_classes_are_columns(houses):
    labels = fitted(table_splits(houses, target="garden,lift", exclude=("price", "size")), 2).model
    rows = {"area": [180.0], "town": ["Oslo"]}
    assert list(labels.predict_columns(rows)) == ["garden", "lift", "p(garden)", "p(lift)"]
    classes = fitted(table_splits(houses, target="town"), 2).model
    assert list(classes.predict_columns(houses)) == ["prediction", "p(Oslo)", "p(Rome)"]
    arrays = Trainer(Network([Affine(2)], (1,)))
    arrays.fit([[0.0], [1.0]] * 5, ["no", "yes"] * 5, epochs=1, progress=False)
    assert list(arrays.model.predict_columns([[0.5]])) == ["prediction", "p(no)", "p(yes)"]
    with pytest.raises(DataError, match="ids are columns of a table, and the model was not trained on one"):
        arrays.model.predict_columns([[0.5]], "id")
