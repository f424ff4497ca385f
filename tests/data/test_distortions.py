"""Rotation, colour, erasing and mixing do what their words say, and their decisions belong to a row, a seed and an epoch."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data import Augmentation, DataError, Pipeline, epoch_order
from pellucid.data.augmentation import _beta
from pellucid.data.distortions import adjust_colour, erase, mix_boxes, mix_samples, rotate_and_scale
from pellucid.kernels import fastest_layers
from pellucid.layers import REFERENCE, softmax_loss
from pellucid.metrics import Metric
from pellucid.nets import Affine, Flatten, Network
from pellucid.optim import SGD, Adam

ALL = Augmentation(flip=True, crop_pad=1, rotate=30, scale=0.3, colour=0.4, erase=0.5)


@pytest.fixture
def images():
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 9, 9), dtype=np.uint8)
    images.flags.writeable = False
    return images


def constant(value, count):
    return np.full(count, float(value))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_right_angles_are_those_of_numpy(images, turns):
    found = rotate_and_scale(images, constant(90 * turns, 40), constant(1, 40))
    np.testing.assert_array_equal(found, np.rot90(images, turns, axes=(2, 3)))


def test_a_small_rotation_and_its_inverse_nearly_cancel():
    y, x = np.mgrid[0:31, 0:41]
    smooth = np.exp(-((y - 12) ** 2 + (x - 22) ** 2) / 18.0)[None, None]
    there = rotate_and_scale(smooth, constant(17, 1), constant(1.2, 1))
    back = rotate_and_scale(there, constant(-17, 1), constant(1 / 1.2, 1))
    assert np.abs(there - smooth).max() > 0.1
    np.testing.assert_allclose(back, smooth, atol=0.05)


def test_scaling_enlarges_about_the_centre_and_shrinking_leaves_black():
    square = np.zeros((1, 1, 21, 21))
    square[..., 8:13, 8:13] = 1
    assert rotate_and_scale(square, constant(0, 1), constant(2, 1)).sum() == pytest.approx(4 * square.sum(), rel=0.1)
    full = np.ones((1, 1, 21, 21))
    small = rotate_and_scale(full, constant(0, 1), constant(0.5, 1))
    assert small[0, 0, 10, 10] == 1
    assert small[0, 0, 0].max() == 0
    assert small.sum() == pytest.approx(full.sum() / 4, rel=0.15)


def test_layout_and_dtype_stay(images):
    last = np.ascontiguousarray(images.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    for given in (last, images, images.astype(np.float32)):
        found = ALL.apply(given, seed=0, epoch=0, rows=np.arange(40))
        assert (found.dtype, found.strides) == (given.dtype, given.strides)


def test_colour_is_changed_by_factors():
    pixels = np.array([[10.0, 20, 60], [30, 40, 80]]).T.reshape(1, 3, 1, 2)
    one, half = constant(1, 1), constant(0.5, 1)
    np.testing.assert_allclose(adjust_colour(pixels, one, one, one), pixels)
    np.testing.assert_allclose(adjust_colour(pixels, half, one, one), pixels / 2)
    low = adjust_colour(pixels, one, half, one)
    np.testing.assert_allclose(low.mean(), pixels.mean())
    np.testing.assert_allclose(low.std(), pixels.std() / 2)
    grey = adjust_colour(pixels, one, one, constant(0, 1))[0, :, 0]
    np.testing.assert_allclose(grey, np.broadcast_to([[0.299, 0.587, 0.114]] @ pixels[0, :, 0], (3, 2)))
    bright = adjust_colour(np.full((1, 3, 2, 2), 200, np.uint8), constant(2, 1), one, one)
    assert (bright == 255).all()


def test_boxes_are_erased_and_clipped(images):
    boxes = np.zeros((40, 4), np.int64)
    boxes[0], boxes[1] = (2, 3, 4, 5), (7, 7, 9, 9)
    found = erase(images, boxes)
    expected = images.copy()
    expected[0, :, 2:6, 3:8] = 0
    expected[1, :, 7:, 7:] = 0
    np.testing.assert_array_equal(found, expected)


def test_decisions_belong_to_a_row(images):
    every = ALL.apply(images, seed=1, epoch=2, rows=np.arange(40))
    rows = np.array([31, 4, 17])
    np.testing.assert_array_equal(ALL.apply(images[rows], seed=1, epoch=2, rows=rows), every[rows])
    assert (ALL.apply(images, seed=1, epoch=3, rows=np.arange(40)) != every).mean() > 0.5


def test_new_changes_do_not_move_the_old_ones(images):
    """Runs with and without colour compare only if flips stay the same."""
    flipped = Augmentation(flip=True).apply(images, seed=0, epoch=0, rows=np.arange(40))
    both = Augmentation(flip=True, erase=1).apply(images, seed=0, epoch=0, rows=np.arange(40))
    kept = both == flipped
    assert 0.5 < kept.mean() < 1
    assert (both[~kept] == 0).all()


def test_erasing_happens_as_often_and_as_much_as_promised():
    ones = np.ones((4000, 1, 20, 20), np.uint8)
    found = Augmentation(erase=0.25).apply(ones, seed=0, epoch=0, rows=np.arange(4000))
    share = (found == 0).mean(axis=(1, 2, 3))
    assert 0.22 < (share > 0).mean() < 0.28
    assert share[share > 0].min() >= 0.01
    assert share.max() < 0.36


def mixed(augmentation, x, y, weights=None, *, numbers=False, epoch=0):
    return augmentation.mix(x, y, weights, seed=0, epoch=epoch, rows=np.arange(len(x)), numbers=numbers)


def test_mixup_mixes_numbers_as_it_mixes_inputs():
    x = np.random.default_rng(0).standard_normal((64, 5))
    found, y, _ = mixed(Augmentation(mixup=0.4), x, 3 * x[:, :1], numbers=True)
    np.testing.assert_allclose(y, 3 * found[:, :1])
    assert (np.abs(found - x) > 1e-9).any(axis=1).mean() > 0.9
    assert found.mean() == pytest.approx(x.mean(), abs=0.2)


def test_a_label_is_the_partners_with_the_probability_of_its_share():
    """One-hot inputs show the share that is left, so the mean of the labels must equal that of the inputs."""
    count = 20_000
    labels = np.arange(count) % 2
    x = np.stack([1.0 - labels, labels], axis=1)
    found, y, _ = mixed(Augmentation(mixup=1), x, labels)
    for low in (0.0, 0.25, 0.5, 0.75):
        chosen = (found[:, 1] >= low) & (found[:, 1] < low + 0.25) & (found[:, 1] > 0)
        assert chosen.sum() > 500
        assert y[chosen].mean() == pytest.approx(found[chosen, 1].mean(), abs=0.05)


def test_weights_go_with_the_label():
    labels = np.arange(200) % 2
    _, y, weights = mixed(Augmentation(mixup=1), np.random.default_rng(0).random((200, 3)), labels, 10.0 + labels)
    assert (y != labels).any()
    np.testing.assert_array_equal(weights, 10 + y)


def test_labels_become_soft_targets_with_the_shares_of_the_mixture():
    """One-hot inputs are mixed as the soft targets must be."""
    labels = np.arange(200) % 3
    one_hot = np.eye(3)[labels]
    augmentation = Augmentation(mixup=1)
    options = {"seed": 0, "epoch": 0, "rows": np.arange(200), "numbers": False, "classes": 3}
    found, soft, weights = augmentation.mix(one_hot, labels, None, **options)
    np.testing.assert_allclose(soft, found, atol=1e-12)
    assert weights is None
    assert (soft.max(axis=1) < 0.9).any()
    _, indicators, _ = augmentation.mix(one_hot, one_hot, None, **options)
    np.testing.assert_allclose(indicators, found, atol=1e-12)


def test_soft_targets_weigh_both_labels_as_their_rows_are_weighted():
    """The loss of a mixed batch is the weighted mean of the losses of both labels."""
    rng = np.random.default_rng(0)
    labels, weights = np.arange(40) % 3, rng.uniform(0.5, 3, 40)
    x, scores = np.eye(40), rng.standard_normal((40, 3))  # each input shows its own share and that of its partner
    options = {"seed": 0, "epoch": 0, "rows": np.arange(40), "numbers": False, "classes": 3}
    found, soft, mixed_weights = Augmentation(mixup=1).mix(x, labels, weights, **options)
    losses = np.array([[softmax_loss(row[None], np.array([label]))[0] for label in range(3)] for row in scores])
    parts = found * weights  # (row, whose label)
    expected = (parts * losses[:, labels]).sum() / parts.sum()
    assert softmax_loss(scores, soft, weights=mixed_weights)[0] == pytest.approx(expected, rel=1e-12)


def test_two_rows_that_do_not_count_have_soft_targets_without_nan():
    labels, weights = np.arange(8) % 3, np.array([0.0] * 7 + [2.0])
    options = {"seed": 0, "epoch": 0, "rows": np.arange(8), "numbers": False, "classes": 3}
    _, soft, mixed_weights = Augmentation(mixup=1).mix(np.eye(8), labels, weights, **options)
    assert (mixed_weights == 0).sum() >= 5  # rows of which neither counts
    np.testing.assert_allclose(soft.sum(axis=1), 1)


@pytest.mark.parametrize("table", [REFERENCE, fastest_layers()], ids=lambda table: table.name)
@pytest.mark.parametrize("loss", ["softmax", "bce", "svm"])
def test_training_on_mixed_samples(table, loss):
    """Where the loss takes soft targets, a step's loss is that of the mixed labels; metrics and accuracy see labels."""
    x = np.random.default_rng(0).standard_normal((64, 1, 4, 4))
    labels = (x[:, 0, 0, 0] > 0).astype(np.int64)
    outputs = 1 if loss == "bce" else 2
    net = Network([Flatten(), Affine(outputs)], (1, 4, 4), dtype=np.float64)
    seen = []

    def look(scores, targets):
        return seen.append(np.array(targets)) or 0.0

    trainer = Trainer(net, SGD(1e-9), loss=loss, batch_size=64, layers=table, metrics=[Metric(look, name="look")])
    pipeline = Pipeline(augmentation=Augmentation(mixup=1), dtype=np.float64)
    history = trainer.fit((x, labels), 1, pipeline=pipeline, progress=False)
    order = epoch_order(64, seed=0, epoch=0)
    takes_soft = loss != "svm"
    numbers = labels[:, None].astype(float) if loss == "bce" else labels
    mixed_x, mixed_y, _ = pipeline.augmentation.mix(
        x[order], numbers[order], None, seed=0, epoch=0, rows=order, numbers=False, classes=outputs if takes_soft else 0
    )
    expected, _ = table.loss(loss)(net.predict(mixed_x), mixed_y)
    assert history.train_loss[0] == pytest.approx(expected, rel=1e-5)
    assert set(np.unique(seen[0])) <= {0, 1}
    assert 0 <= history.train_accuracy[0] <= 1


def test_cutmix_takes_a_box_and_the_label_follows_its_area():
    labels = np.arange(4000) % 2
    images = np.broadcast_to(labels[:, None, None, None], (4000, 1, 16, 16)).astype(np.float64)
    found, y, _ = mixed(Augmentation(cutmix=1), images, labels)
    assert set(np.unique(found)) == {0, 1}  # pixels are taken, not mixed
    share = found.mean(axis=(1, 2, 3))
    between = (share > 0.3) & (share < 0.7)
    assert between.sum() > 200
    assert y[between].mean() == pytest.approx(share[between].mean(), abs=0.1)


def test_mixup_and_cutmix_take_turns():
    images = np.random.default_rng(0).random((1000, 1, 8, 8))
    found, _, _ = mixed(Augmentation(mixup=1, cutmix=1), images, np.zeros(1000, int))
    taken = np.isin(found, images).all(axis=(1, 2, 3)).mean()
    assert 0.4 < taken < 0.6


@pytest.mark.parametrize("alpha", [0.2, 0.5, 1.0])
def test_shares_have_the_moments_of_a_beta_distribution(alpha):
    drawn = _beta(np.random.default_rng(0).random((50_000, 16)), alpha)
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert drawn.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.03)


def test_partners_are_never_the_sample_itself():
    x = np.arange(50.0)[:, None]
    found, _, _ = mixed(Augmentation(mixup=1), x, x, numbers=True)
    assert (found != x).all()
    assert mixed(Augmentation(mixup=1), x[:1], x[:1], numbers=True)[0] is not None


def test_pure_functions_take_what_they_are_given():
    x, partner = np.array([[1.0], [3.0]]), np.array([1, 0])
    assert mix_samples(x, partner, np.array([0.25, 1.0])).tolist() == [[2.5], [3]]
    images = np.arange(2.0).reshape(2, 1, 1, 1) * np.ones((1, 1, 3, 3))
    found = mix_boxes(images, partner, np.array([[0, 1, 2, 2], [0, 0, 0, 0]]))
    assert found[0, 0].tolist() == [[0, 1, 1], [0, 1, 1], [0, 0, 0]]
    assert found[1, 0].min() == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rotate": -1}, "rotate must be a number from 0 to 180; got -1"),
        ({"erase": 1.5}, "erase must be a number from 0 to 1; got 1.5"),
        ({"mixup": True}, "mixup must be a number"),
        ({"colour": "much"}, "colour must be a number"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(DataError, match=message):
        Augmentation(**settings)


def test_training_with_everything_resumes_bit_for_bit(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (60, 3, 8, 8)).astype(np.uint8)
    labels, nets = np.arange(60) % 3, []
    pipeline = Pipeline(augmentation=Augmentation(rotate=20, colour=0.3, erase=0.3, mixup=0.4, cutmix=1))
    for folder, stop in (("whole", 0), ("halves", 5)):
        for resume in (False, True) if stop else (False,):
            trainer = Trainer(Network([Affine(3)], (3, 8, 8)), batch_size=16)
            run = tmp_path / folder
            events = trainer.events(
                (images, labels), 2, pipeline=pipeline, folder=run, checkpoint_every=3, resume=resume
            )
            for event in events:
                if stop and not resume and getattr(event, "step", 0) >= stop:
                    break
            events.close()
        nets.append(trainer.net.params.flat.tobytes())
    assert nets[0] == nets[1]


def test_training_balanced_by_class():
    rng = np.random.default_rng(0)
    labels = (rng.random(400) < 0.05).astype(int)
    x = (labels[:, None] * 1.5 + rng.standard_normal((400, 3))).astype(np.float32)
    recalls = []
    for balanced in (False, True):
        trainer = Trainer(Network([Affine(2)], (3,)), Adam(learning_rate=0.02), batch_size=20)
        trainer.fit((x, labels), epochs=10, balanced=balanced, progress=False)
        recalls.append((trainer.predict(x)[labels == 1] == 1).mean())
    assert recalls[1] > recalls[0] + 0.3
    with pytest.raises(DataError, match="balanced=True needs a class for each sample"):
        Trainer(Network([Affine(1)], (3,)), loss="mse").fit((x, x[:, 0]), epochs=1, balanced=True, progress=False)
