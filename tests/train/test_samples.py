"""Tests of samples: arrays and data sets go through the same pipeline, in training and in validation."""

import numpy as np
import pytest

from pellucid.data import Augmentation, Dataset, Pipeline, Standardization
from pellucid.nets import Affine, Network
from pellucid.train import make_samples

from .small_runs import clusters, everything, small_trainer

PIPELINE = Pipeline(Standardization(np.full(6, 3.0), np.full(6, 2.0)))


def trained(data):
    trainer = small_trainer(net=Network([Affine(3)], (6,)))
    history = trainer.fit(data, 2, validation=data, pipeline=PIPELINE)
    return everything(trainer), history.val_accuracy


def test_arrays_train_through_the_pipeline_as_a_data_set_does():
    """They were validated through it, but trained as they were."""
    x, y = clusters()
    assert trained((x, y)) == trained(Dataset(x, y, ("a", "b", "c")))


def test_a_training_batch_is_that_of_the_pipeline():
    images = np.random.default_rng(0).integers(0, 256, (20, 1, 6, 6), dtype=np.uint8)
    data = Dataset(images, np.arange(20) % 2, ("a", "b"))
    pipeline = Pipeline(Standardization.of(images), Augmentation(flip=True, crop_pad=2, cutout=2))
    rows = np.array([3, 17, 4])
    x, y, weights = make_samples("data", data, pipeline).training_batch(rows, seed=5, epoch=2)
    expected, labels = pipeline.train_batch(data, rows, seed=5, epoch=2)
    assert np.array_equal(x, expected)
    assert np.array_equal(y, labels)
    assert weights is None


@pytest.mark.parametrize("pipeline", [None, PIPELINE])
def test_without_augmentation_training_and_plain_batches_are_alike(pipeline):
    x, y = clusters()
    samples = make_samples("data", (x, y), pipeline)
    training, plain = samples.training_batch(np.arange(4, 9), seed=0, epoch=0), samples.plain_batch(4, 9)
    assert np.array_equal(training[0], plain[0])
    assert np.array_equal(training[1], plain[1])
