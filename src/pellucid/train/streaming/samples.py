"""Samples of a stream: batches that come one after another, from the beginning in each epoch."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace

import numpy as np

from pellucid.data import DataError, Preparation
from pellucid.data.loading.stream import Stream, StreamBatch
from pellucid.data.targets import Target
from pellucid.train.objective import ClassWeights
from pellucid.train.parts import Part
from pellucid.train.samples import Batch, Samples, samples_of

__all__ = ["StreamSamples", "samples_from"]


@dataclass(frozen=True, eq=False)
class StreamSamples(Samples):
    """The inputs, targets, weights and rows are those of the first batch; the others follow when `batches` is asked."""

    who: str = field(kw_only=True)
    stream: Stream = field(kw_only=True)
    class_weight: ClassWeights = field(kw_only=True)

    @property
    def count(self) -> int | None:
        """None: how many samples there are is not known before they have been read."""
        return None

    def check_run(self, *, epochs: int, resume: bool) -> None:
        """Raise DataError for what a stream cannot do: be continued in the middle, or, if it is a generator, be read twice."""
        if resume:
            raise DataError(
                "resume=True needs data that can be indexed, such as arrays, a folder or samples with an index: a stream cannot be "
                "continued in the middle"
            )
        if epochs > 1 and self.stream.once:
            raise DataError(
                f"{self.stream.name}: a generator can be read once only, and there are {epochs} epochs; "
                "give the function that makes it"
            )

    def steps(self, size: int) -> int | None:
        """Return the number of batches in an epoch, where the stream says it."""
        return self.stream.steps(size)

    def batches(self, size: int, *, seed: int, epoch: int, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch in the order of the stream, augmented where the pipeline says so."""
        return self.stream.batches(size, lambda raw, start: self._batch(raw, start, seed=seed, epoch=epoch))

    def plain_batches(self, size: int) -> Generator[Batch, None, None]:
        """Yield all batches, never augmented."""
        return self.stream.batches(size, self._plain)

    def _batch(self, raw: StreamBatch, start: int, *, seed: int, epoch: int) -> Batch:
        """Return a batch as the network takes it; its first sample is number `start` of the epoch."""
        samples = self._samples(raw, start)
        rows = start + np.arange(len(raw.inputs))
        x = samples.prepared(samples.augmented(samples.inputs, seed=seed, epoch=epoch, rows=rows))
        samples = replace(samples, soft=self.soft)
        return Batch(*samples.mixed(x, samples.targets, samples.weights, seed=seed, epoch=epoch, rows=rows), rows)

    def _plain(self, raw: StreamBatch, start: int) -> Batch:
        samples = self._samples(raw, start)
        rows = start + np.arange(len(raw.inputs))
        return Batch(samples.prepared(samples.inputs), samples.targets, samples.weights, rows)

    def _samples(self, raw: StreamBatch, start: int) -> Samples:
        who = f"{self.who}, from sample {start} on"
        return samples_of(who, Part(*raw), self.pipeline, self.target, self.class_weight)


def samples_from(
    who: str,
    part: Part,
    preparation: Preparation | None,
    target: Target | None,
    class_weight: ClassWeights = None,
) -> Samples:
    """Return the samples of a part, or of the stream that it begins. Raises DataError for weights that need all samples."""
    if part.stream is None:
        return samples_of(who, part, preparation, target, class_weight)
    if part.weights is not None:
        raise DataError("sample_weight must be left out for a stream, whose samples are not counted")
    return _stream_samples(who, part.stream, preparation, target, class_weight)


def _stream_samples(
    who: str, stream: Stream, preparation: Preparation | None, target: Target | None, class_weight: ClassWeights
) -> StreamSamples:
    if class_weight == "balanced":
        raise DataError("class_weight='balanced' needs all labels before training; give a weight for each class")
    first = samples_of(who, Part(*stream.first), preparation, target, class_weight)
    parts = (first.inputs, first.targets, first.pipeline, first.weights, first.rows, first.target)
    return StreamSamples(*parts, who=who, stream=stream, class_weight=class_weight)
