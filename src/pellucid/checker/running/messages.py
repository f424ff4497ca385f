"""The messages of a worker as the parent reads them: each in one of a few forms, within bounds, before anything looks at it.

The learner's code runs in the worker and can send what it likes. So a message may be a lie, but it is never more than a lie: its
fields have the types and sizes that stand here, arrays hold no more bytes than were sent, and the sum over a job is bounded. What
a message says of the verdict is compared with expected answers that the worker never had.
"""

from typing import Annotated, Any, BinaryIO

import msgspec
from msgspec import Meta

from pellucid.checker.running.worker import frames

__all__ = ["Messages", "size_of"]

LARGEST_HEADER = 8 << 20
MOST_MESSAGES = 100_000
Name = Annotated[str, Meta(max_length=1_000)]
Text = Annotated[str, Meta(max_length=20_000)]
Number = Annotated[int, Meta(ge=0, le=1_000_000)]
Count = Annotated[int, Meta(ge=0, le=1 << 60)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]  # which no NaN is
Names = Annotated[list[Name], Meta(max_length=10_000)]


class _Error(msgspec.Struct):
    type: Name
    message: Text
    line: Annotated[int, Meta(ge=0, le=100_000_000)]
    file: Text
    function: Name
    entered: Name = ""


class _Confined(msgspec.Struct, tag_field="kind", tag="confined"):
    limits: Annotated[dict[Name, Text | bool | int | float | list[Text] | None], Meta(max_length=100)]


class _Loading(msgspec.Struct, tag_field="kind", tag="loading"):
    pass


class _FailedToLoad(msgspec.Struct, tag_field="kind", tag="failed to load"):
    error: _Error


class _Loaded(msgspec.Struct, tag_field="kind", tag="loaded"):
    functions: Names
    stubbed: Names


class _Case(msgspec.Struct, tag_field="kind", tag="case"):
    number: Number


class _Result(msgspec.Struct, tag_field="kind", tag="result"):
    number: Number
    seconds: Seconds = 0.0
    peak: Count = 0
    outputs: Annotated[dict[Name, Any], Meta(max_length=1_000)] | None = None
    changed: Annotated[dict[Name, Name], Meta(max_length=1_000)] | None = None
    error: _Error | None = None
    not_asked: bool | None = None


class _Call(msgspec.Struct, tag_field="kind", tag="call"):
    place: Name
    name: Name
    args: Annotated[list[Any], Meta(max_length=100)]
    keywords: Annotated[dict[Name, Any], Meta(max_length=100)]


class _Raised(msgspec.Struct):
    type: Name
    message: Text


class _Answer(msgspec.Struct, tag_field="kind", tag="answer"):
    result: Any = None
    dictionaries: Annotated[list[dict[Name, Any]], Meta(max_length=200)] = []
    error: _Raised | None = None


class _Done(msgspec.Struct, tag_field="kind", tag="done"):
    pass


_Message = _Confined | _Loading | _FailedToLoad | _Loaded | _Case | _Result | _Call | _Answer | _Done
PASSED_ON = ("call", "answer")  # and not stored: the time of a job limits how many there are
LAST_WORDS = "Death"  # the parent's own word for a worker that ended; no exception is called that


class Messages:
    """What one worker sends, message by message."""

    def __init__(self, stream: BinaryIO, nonce: bytes, largest_results: int) -> None:
        self.stream, self.nonce = stream, nonce
        self.budget = largest_results  # bytes that may still come
        self.count = 0
        self.is_loading = False  # from here on, the learner's code may be what sends

    def next(self) -> dict[str, Any] | None:
        """Return the next message, None at the end. Raises FrameError for one of another form, or one too many."""
        received = frames.read(self.stream, self.nonce, LARGEST_HEADER, min(frames.LARGEST_BODY, self.budget))
        if received is None:
            return None
        is_stored = not (isinstance(received, dict) and received.get("kind") in PASSED_ON)
        self.count += is_stored
        self.budget -= size_of(received) if is_stored else 0
        if self.count > MOST_MESSAGES or self.budget < 0:
            raise frames.TooLargeError("more messages or larger results than allowed")
        message = _checked(received)
        if message["kind"] == "confined" and self.is_loading:
            raise frames.FrameError("a message in the wrong place")
        self.is_loading = self.is_loading or message["kind"] != "confined"
        return message


def _checked(received: Any) -> dict[str, Any]:
    """Return the fields of a message that are read, each of its declared type."""
    try:
        message = msgspec.convert(received, _Message)
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise frames.FrameError(f"a message of no known form: {str(error)[:200]}") from None
    fields = {name: value for name, value in msgspec.structs.asdict(message).items() if value is not None}
    if isinstance(fields.get("error"), _Raised):
        fields["error"] = msgspec.structs.asdict(fields["error"])
    if isinstance(fields.get("error"), _Error):
        fields["error"] = msgspec.structs.asdict(fields["error"])
        if fields["error"]["type"] == LAST_WORDS:
            fields["error"]["type"] += "Error"
    if isinstance(message, _Result) and ("outputs" in fields) == ("error" in fields):
        raise frames.FrameError("a result without outputs and without an error, or with both")
    return {"kind": received["kind"]} | fields


def size_of(value: Any) -> int:
    """Return about how many bytes a message holds."""
    waiting, size = [value], 0
    while waiting:
        item = waiting.pop()
        size += 64 + int(getattr(item, "nbytes", 0)) + (len(item) if isinstance(item, str) else 0)
        if isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list):
            waiting += item
    return size
