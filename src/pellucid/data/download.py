"""A file fetched once into the cache: checked, with a progress bar, and taken up again where it broke off."""

import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pellucid.data.checks import DataError

__all__ = ["ResumingDownload", "fetch"]

_BLOCK = 2**18  # bytes
_TIMEOUT = 30  # seconds without a byte


@dataclass(frozen=True)
class ResumingDownload:
    """A downloader for pooch that keeps what has arrived in `part`, and asks only for the rest."""

    part: Path  # lies beside the file that it becomes
    attempts: int = 3  # in a row that bring nothing new
    wait: float = 1.0  # seconds before the second attempt; twice as long before each further one

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download `url` to `output_file`. Raises DataError in one line, and keeps what has arrived."""
        failures, most = 0, _size(self.part)
        with _progress_bar(self.part.name.removesuffix(".part")) as show:
            while (reason := _try_receiving(url, self.part, show)) is not None:
                failures = 0 if _size(self.part) > most else failures + 1
                most = max(most, _size(self.part))
                if failures >= self.attempts:
                    kept = "; what has arrived is kept, the next try goes on from there" if most else ""
                    raise DataError(f"cannot download {url} ({reason}){kept}")
                time.sleep(self.wait * 2 ** max(0, failures - 1))
        os.replace(self.part, output_file)


def fetch(url: str, sha256: str, folder: Path, name: str, *, attempts: int = 3, wait: float = 1.0) -> Path:
    """Return `folder/name`, downloaded unless it is there already with this SHA-256 (hexadecimal).

    Raises DataError without a network, on a wrong checksum (the download is thrown away) or where nothing can be written.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # the progress bar says enough
    downloader = ResumingDownload(folder / f"{name}.part", attempts, wait)
    try:
        return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=folder, downloader=downloader))
    except DataError:
        raise
    except ValueError as error:  # pooch's word for a wrong checksum
        raise DataError(f"{url} does not have the SHA-256 {sha256}, and was thrown away; try again") from error
    except OSError as error:
        raise DataError(f"cannot write {name} into {folder} ({error.strerror or error})") from error


Show = Callable[[int, int | None], None]  # (bytes that have arrived, bytes in all if known)


def _try_receiving(url: str, part: Path, show: Show) -> str | None:
    """Receive what is missing; return None when the file is complete, else why it is not. Raises if trying is no use."""
    try:
        return None if _receive(url, part, show) else "the connection broke off"
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if error.headers.get("Content-Range") == f"bytes */{_size(part)}":
                return None  # nothing was missing
            part.unlink(missing_ok=True)  # longer than the file: of something else
        elif error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR and error.code != http.HTTPStatus.TOO_MANY_REQUESTS:
            raise DataError(f"cannot download {url} (the server says {error.code} {error.reason})") from error
        return f"the server says {error.code} {error.reason}"
    except urllib.error.URLError as error:
        return f"no connection: {getattr(error.reason, 'strerror', None) or error.reason}"
    except (ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException):
        return "the connection broke off"


def _receive(url: str, part: Path, show: Show) -> bool:
    """Append to `part`, or begin it anew if the server cannot start in the middle; return whether all has arrived."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT) as response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise http.client.HTTPException("the server sent another range")
        arrived = have if resumed else 0
        length = response.headers.get("Content-Length")
        total = arrived + int(length) if length else None
        with part.open("ab" if resumed else "wb") as file:
            while block := response.read(_BLOCK):
                file.write(block)
                arrived += len(block)
                show(arrived, total)
    return total is None or arrived >= total


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def _progress_bar(title: str) -> Iterator[Show]:
    """Show a bar on stderr while the block runs."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda arrived, total: progress.update(task, completed=arrived, total=total)
