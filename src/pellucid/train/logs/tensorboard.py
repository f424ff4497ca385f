"""A run in TensorBoard's event files: scalars, weights and gradients as histograms, the first filters, the graph, hyperparameters.

Written by the package `tensorboard` itself (Apache 2.0), which needs no TensorFlow.
"""

import time
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.nets import Network, StorageError
from pellucid.shapes import Array
from pellucid.style import as_png, sheet_of
from pellucid.train.events import EpochDone, Event, Finished, Interrupted, NotFinite, Started, StepDone
from pellucid.train.logs.values import MissingLog, epoch_values, every_of, flat, is_logged, step_values
from pellucid.train.loop import Loop
from pellucid.train.report.pictures import first_filters

__all__ = ["TensorBoard"]

MOST_FILTERS, FILTER_COLUMNS, FILTER_SIDE = 64, 8, 8  # of a first layer; a pixel becomes a square of 8
BUCKETS = 30  # of a histogram


class TensorBoard:
    """A reader of events that writes a folder which `tensorboard --logdir FOLDER` shows.

    `trainer.fit(data, 10, on_event=TensorBoard("logs/first"))`. Of each epoch: losses, accuracies and metrics, histograms of all
    weights and their gradients, the filters of a first convolution; of up to 5,000 steps: loss, rate and length of the gradient.
    A resumed run goes on in its folder: TensorBoard hides the steps that were taken back.
    Raises ModuleNotFoundError where tensorboard is not installed, and StorageError where the folder cannot be written.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ModuleNotFoundError as error:
            raise MissingLog("tensorboard", "tensorboard") from error
        self.folder = Path(folder).expanduser()
        self._make = EventFileWriter
        self._writer: Any = None
        self._loop: Loop | None = None
        self._every = 1

    def __call__(self, event: Event) -> None:
        """Write what an event holds."""
        match event:
            case Started():
                self._begin(event)
            case StepDone() if is_logged(event, self._every):
                self._scalars(step_values(event), event.step)
            case EpochDone():
                self._epoch(event)
            case Finished() | Interrupted() | NotFinite():
                self._end(event)
            case _:
                pass

    def _begin(self, event: Started) -> None:
        from tensorboard.compat.proto.event_pb2 import SessionLog

        try:
            self._writer = self._make(str(self.folder))
        except OSError as error:
            raise StorageError(f"cannot write {self.folder}: {error.strerror or error}") from error
        self._loop = event.run if isinstance(event.run, Loop) else None
        self._every = every_of(event)
        if event.first_step:  # what was logged of later steps is void
            self._write(event.first_step + 1, session_log=SessionLog(status=SessionLog.START))
            return
        if event.settings:
            self._summary(0, _settings_values(event.settings))
        if self._loop is not None:
            self._write(0, graph_def=_graph(self._loop.stepper.net).SerializeToString())

    def _epoch(self, event: EpochDone) -> None:
        self._scalars(epoch_values(event), event.step)
        if self._loop is not None:
            net, gradients = self._loop.stepper.net, self._loop.stepper.plan.grads
            self._summary(event.step, [*_histograms("weights", net.params), *_histograms("gradients", gradients)])
            self._summary(event.step, _filters(net))
        self._flush()

    def _end(self, event: Finished | Interrupted | NotFinite) -> None:
        if self._writer is None:
            return
        self._summary(event.step, [_outcome(isinstance(event, Finished))])
        self._flush()
        self._writer.close()
        self._writer = self._loop = None

    def _scalars(self, numbers: Mapping[str, float], step: int) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary

        self._summary(step, [Summary.Value(tag=name, simple_value=value) for name, value in numbers.items()])

    def _summary(self, step: int, values: list[Any]) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary

        if values:
            self._write(step, summary=Summary(value=values))

    def _write(self, step: int, **content: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event as Record

        if self._writer is not None:
            self._guarded(lambda: self._writer.add_event(Record(wall_time=time.time(), step=step, **content)))

    def _flush(self) -> None:
        self._guarded(self._writer.flush)

    def _guarded(self, write: Any) -> None:
        try:
            write()
        except OSError as error:
            raise StorageError(f"cannot write {self.folder}: {error.strerror or error}") from error


def _settings_values(settings: Mapping[str, Any]) -> list[Any]:
    """Return the settings as hyperparameters, which TensorBoard compares between runs, and as a table of text."""
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.text.summary_v2 import text_pb

    values = flat(settings)
    table = "\n".join(
        ["| setting | value |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in values.items())]
    )
    return [*hparams_pb(values).value, *text_pb("settings", table).value]


def _outcome(well: bool) -> Any:
    """Return how a run ended, which TensorBoard shows beside its hyperparameters."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    status = api_pb2.STATUS_SUCCESS if well else api_pb2.STATUS_FAILURE
    ended = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
    return Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=ended)),
        tensor=metadata.NULL_TENSOR,
    )


def _histograms(group: str, arrays: Mapping[str, Array]) -> list[Any]:
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb

    finite = {name: array[np.isfinite(array)] for name, array in arrays.items()}
    return [value for name, array in finite.items() for value in histogram_pb(f"{group}/{name}", array, BUCKETS).value]


def _filters(net: Network) -> list[Any]:
    """Return the first filters as a picture, or nothing."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    filters = first_filters(net)
    if filters is None:
        return []
    shown = np.asarray(filters[:MOST_FILTERS], np.float64)
    low, high = np.nanmin(shown), np.nanmax(shown)
    sheet = sheet_of(list((shown - low) / max(high - low, 1e-12)), FILTER_COLUMNS)
    _, height, width = sheet.shape
    picture = Summary.Image(
        height=height * FILTER_SIDE,
        width=width * FILTER_SIDE,
        colorspace=4,
        encoded_image_string=as_png(sheet, enlarged=FILTER_SIDE),
    )
    return [Summary.Value(tag="filters of the first layer", image=picture)]


def _graph(net: Network) -> Any:
    """Return the network's operations as a graph for TensorBoard's drawing."""
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    from tensorboard.compat.proto.node_def_pb2 import NodeDef

    return GraphDef(node=list(_nodes(net, NodeDef)))


def _nodes(net: Network, node: Any) -> Iterator[Any]:
    program = net.program
    names = [f"input{number + 1}" if number else "input" for number in range(len(program.inputs))]
    for name in names:
        yield node(name=name, op="Input")
    for operation in program.operations:
        yield node(name=operation.name, op=operation.kind, input=[names[value] for value in operation.inputs])
        names.append(operation.name)
