"""Training on streams: data that come as batches one after another, cannot be indexed, and may have no known length.

What lives here: the samples of a stream, in the form that the loop reads. What does not: streams themselves (`data/loading/`).
"""

from pellucid.train.streaming.samples import StreamSamples, samples_from

__all__ = ["StreamSamples", "samples_from"]
