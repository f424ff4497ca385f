"""Data that a trained model is judged on: all of them count, and columns are matched by name."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

import pellucid
from pellucid import Trainer
from pellucid.data import DataError, table_splits
from pellucid.nets import Affine, Flatten, Network


def write_photos(folder, count, *, side=8, seed=0):
    """Write `count` noisy pictures of each of two classes, one dark and one bright."""
    rng = np.random.default_rng(seed)
    for name, low in (("dark", 0), ("light", 120)):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(low, low + 100, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i:02}.png")
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("data") / "photos", 20)


def picture_trainer():
    return Trainer(Network([Flatten(), Affine(2)], (3, 8, 8)), batch_size=8)


def test_of_a_folder_given_for_judging_every_image_counts(photos, tmp_path, pellucid_command):
    """And of the folder of the training only its test part, by whichever path it is named."""
    new, run = write_photos(tmp_path / "new", 15, side=11, seed=1), tmp_path / "run"
    trainer = picture_trainer()
    trainer.fit(photos, epochs=1, validation=str(new), folder=run, progress=False)
    assert trainer.evaluate(new).scores.shape == (30, 2)
    model = pellucid.load(run)
    assert len(model.evaluate(str(new)).scores) == 30
    assert len(model.evaluate(photos / ".." / "photos").scores) == 8
    assert pellucid_command("evaluate", run, "--data", new).out.startswith("30 samples: accuracy ")
    assert pellucid_command("evaluate", run, "--data", photos).out.startswith("8 test samples: accuracy ")
    assert json.loads(pellucid_command("evaluate", run, "--json").out)["samples"] == 8
    images = np.zeros((10, 3, 8, 8), np.uint8)
    np.savez(tmp_path / "new.npz", images=images, labels=np.arange(10) % 2, classes=np.array(["dark", "light"]))
    assert len(model.evaluate(tmp_path / "new.npz").scores) == 10


def test_of_a_folder_given_as_validation_every_image_counts(photos, tmp_path):
    new = write_photos(tmp_path / "new", 15, side=11, seed=1)
    trainer = picture_trainer()
    _, held_out = trainer._samples(str(photos), str(new), None, None)
    assert len(held_out) == 30
    _, held_out = trainer._samples(str(photos), str(photos), None, None)
    assert len(held_out) == 8


def table(rows, *, seed=0):
    """Return columns of which price and rent are sums."""
    rng = np.random.default_rng(seed)
    area, rooms = rng.uniform(20, 100, rows).round(1), rng.integers(1, 6, rows)
    return {"area": area, "rooms": rooms, "price": 3 * area + rooms, "rent": 900 - area}


def write_csv(path, columns):
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]))
    return path


def table_trainer(inputs=3, outputs=1):
    return Trainer(Network([Affine(outputs)], (inputs,)), batch_size=16)


def test_a_table_alone_is_judged_by_the_columns_that_the_model_predicts(tmp_path):
    """Of a path and of a frame, in every form of training; all rows count, also where there are as few as targets."""
    houses, held = table(80), table(40, seed=1)
    path = write_csv(tmp_path / "held.csv", held)
    splits = table_splits(write_csv(tmp_path / "houses.csv", houses), target="price,rent")
    for data, outputs, inputs in (((houses, "price"), 1, 3), ((houses, ["price", "rent"]), 2, 2), (splits, 2, 2)):
        trainer = table_trainer(inputs, outputs)
        trainer.fit(data, epochs=1, progress=False)
        trainer.model.save(tmp_path / "model.safetensors")
        for judge in (trainer, trainer.model, pellucid.load(tmp_path / "model.safetensors")):
            for given in (held, path, str(path)):
                assert len(judge.evaluate(given).scores) == 40
            assert len(judge.evaluate({name: values[:1] for name, values in held.items()}).scores) == 1
    trainer = table_trainer()
    history = trainer.fit(houses, "price", epochs=1, validation=held, progress=False)
    again = table_trainer().fit(houses, "price", epochs=1, validation=(held, "price"), progress=False)
    assert history.val_loss == again.val_loss


def test_a_table_alone_is_refused_with_what_to_write_where_its_targets_are_unknown(tmp_path):
    path = write_csv(tmp_path / "held.csv", table(40))
    x = np.random.default_rng(0).standard_normal((40, 3))
    trainer = table_trainer()
    with pytest.raises(
        DataError, match=r"^validation: a table needs .*; write validation=\('.*held.csv', \"price\"\)$"
    ):
        trainer.fit(x, x[:, 0], epochs=1, validation=str(path), progress=False)
    trainer.fit(x, x[:, 0], epochs=1, progress=False)
    with pytest.raises(DataError, match=r"^evaluate: a table needs .*; write evaluate\('.*held.csv', \"price\"\)$"):
        trainer.evaluate(path)


class Frame(dict):
    """Columns that are chosen by a list of names, as a frame of pandas or polars does it."""

    columns = property(lambda self: list(self))
    shape = property(lambda self: np.asarray(self).shape)

    def __len__(self):
        return len(next(iter(self.values())))

    def __array__(self, dtype=None, copy=None):
        return np.stack(list(self.values()), axis=1).astype(dtype)

    def __getitem__(self, names):
        return (
            Frame({name: dict.__getitem__(self, name) for name in names})
            if isinstance(names, list)
            else dict(self)[names]
        )


def test_target_columns_are_matched_by_name():
    houses, both = table(80), ["price", "rent"]
    inputs = {name: houses[name] for name in ("area", "rooms")}
    trainer = table_trainer(2, 2)
    history = trainer.fit(houses, both, epochs=2, validation=(houses, both), progress=False)
    expected = trainer.evaluate(houses, both).metrics
    crosswise = Frame({name: houses[name] for name in both[::-1]})
    splits = table_splits(houses, target=both[::-1], validation=1)
    part = trainer.evaluate(splits.test.table, splits.test.target[:, ::-1]).metrics
    assert part != trainer.evaluate(splits.test.table, splits.test.target).metrics  # the order matters
    assert trainer.evaluate(splits).metrics == part
    for x, targets in ((houses, both[::-1]), (houses, "rent, price"), (inputs, crosswise)):
        assert trainer.evaluate(x, targets).metrics == trainer.model.evaluate(x, targets).metrics == expected
        again = table_trainer(2, 2)
        assert again.fit(houses, both, epochs=2, validation=(x, targets), progress=False).val_loss == history.val_loss


def test_target_columns_that_the_model_does_not_predict_are_refused():
    houses = table(80)
    trainer = table_trainer()
    trainer.fit(houses, "price", epochs=1, progress=False)
    says = "the model predicts 'price', and the targets are 'rent'; give the targets"
    with pytest.raises(DataError, match=f"^evaluate: {says}"):
        trainer.evaluate(houses, "rent")
    with pytest.raises(DataError, match=f"^validation: {says}"):
        trainer.fit(houses, "price", epochs=1, validation=(houses, "rent"), progress=False)
    renamed = {"cost" if name == "price" else name: values for name, values in houses.items()}
    assert trainer.evaluate(renamed, houses["price"]).metrics == trainer.evaluate(houses).metrics


def test_a_run_of_a_table_that_python_wrote_is_judged_on_the_command_line(tmp_path, pellucid_command):
    held, run = write_csv(tmp_path / "held.csv", table(40, seed=1)), tmp_path / "run"
    trainer = table_trainer(2, 2)
    trainer.fit(table_splits(table(80), target="rent,price"), epochs=1, folder=run, progress=False)
    done = pellucid_command("evaluate", run, "--data", held, "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["samples"] == 40
    assert found["rmse[rent]"] == pytest.approx(trainer.evaluate(held).metrics["rmse[rent]"])
    done = pellucid_command("evaluate", run)
    assert done.code == 1
    assert done.err.endswith("`fit` in Python wrote it); give the rows to judge with --data FILE\n")


def test_all_paths_that_are_no_images_are_named_at_once(photos, tmp_path):
    trainer = picture_trainer()
    trainer.fit(photos, epochs=1, progress=False)
    (tmp_path / "text.png").write_text("not an image")
    good = photos / "dark" / "00.png"
    with pytest.raises(
        DataError, match=r"^2 of 4 files cannot be used; leave them out: .*text\.png: .*; .*none\.png: no such"
    ):
        trainer.predict([good, tmp_path / "text.png", good, tmp_path / "none.png"])
    with pytest.raises(DataError, match=r"^[^;]*none\.png: no such file$"):
        trainer.predict([good, tmp_path / "none.png"])


def test_predictions_of_pictures_are_written_as_csv(photos, tmp_path, pellucid_command):
    trainer = picture_trainer()
    trainer.fit(photos, epochs=1, folder=tmp_path / "run", progress=False)
    out, folder = tmp_path / "out.csv", photos / "dark"
    assert pellucid_command("predict", tmp_path / "run", folder, "--out", out).code == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    paths = sorted(folder.iterdir())
    assert [row["file"] for row in rows] == list(map(str, paths))
    assert [row["prediction"] for row in rows] == trainer.predict(folder).tolist()
    shares = [[float(row["p(dark)"]), float(row["p(light)"])] for row in rows]
    np.testing.assert_allclose(shares, trainer.predict_proba(folder), atol=1e-6)
    assert pellucid_command("predict", tmp_path / "run", paths[0], "--out", out, "--top", 1).code == 0
    assert out.read_text().splitlines()[1].count(",,") + out.read_text().endswith(",\n") == 1
