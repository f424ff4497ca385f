"""Downloads into the cache: verified by checksum, with a progress bar, resumed after a lost connection."""

import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from pellucid.data.checks import DataError
from pellucid.progress import Show, job

__all__ = ["ResumingDownload", "fetch"]

MEBI = 2**20  # bytes
_BLOCK = 2**18  # bytes
_TIMEOUT = 30  # seconds without a byte


@dataclass(frozen=True)
class ResumingDownload:
    """A downloader for pooch that keeps partial downloads in `part` and requests only what is missing."""

    part: Path  # in the folder of the finished file
    attempts: int = 3  # in a row without progress
    wait: float = 1.0  # seconds before the second attempt; doubled before each further one

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download `url` to `output_file`. Raises DataError in one line; a partial download is kept."""
        failures, received = 0, _size(self.part)
        with job(f"downloading {self.part.name.removesuffix('.part')} (MiB)") as show:
            while (reason := _try_receiving(url, self.part, show)) is not None:
                failures = 0 if _size(self.part) > received else failures + 1
                received = max(received, _size(self.part))
                if failures >= self.attempts:
                    remark = "; the partial download is kept, and the next try continues it" if received else ""
                    raise DataError(f"cannot download {url} ({reason}){remark}")
                time.sleep(self.wait * 2 ** max(0, failures - 1))
        os.replace(self.part, output_file)


def fetch(url: str, sha256: str, folder: Path, name: str, *, attempts: int = 3, wait: float = 1.0) -> Path:
    """Return `folder/name`, downloaded unless it already exists with this SHA-256 (hexadecimal).

    Raises DataError if there is no network, the checksum is wrong (the download is deleted) or the folder is not writable.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # the progress bar is enough
    downloader = ResumingDownload(folder / f"{name}.part", attempts, wait)
    try:
        return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=folder, downloader=downloader))
    except DataError:
        raise
    except ValueError as error:  # how pooch reports a wrong checksum
        raise DataError(
            f"{url} does not have the expected SHA-256 {sha256}; the download was deleted; try again"
        ) from error
    except OSError as error:
        raise DataError(f"cannot write {name} to {folder} ({error.strerror or error})") from error


def _try_receiving(url: str, part: Path, show: Show) -> str | None:
    """Receive what is missing; return None when the file is complete, else the reason. Raises if retrying cannot help."""
    try:
        return None if _receive(url, part, show) else "the connection was lost"
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if error.headers.get("Content-Range") == f"bytes */{_size(part)}":
                return None  # nothing was missing
            part.unlink(missing_ok=True)  # longer than the file: left over from something else
        elif error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR and error.code != http.HTTPStatus.TOO_MANY_REQUESTS:
            raise DataError(f"cannot download {url} (the server answered {error.code} {error.reason})") from error
        return f"the server answered {error.code} {error.reason}"
    except urllib.error.URLError as error:
        return f"no connection: {getattr(error.reason, 'strerror', None) or error.reason}"
    except (ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException):
        return "the connection was lost"


def _receive(url: str, part: Path, show: Show) -> bool:
    """Append to `part`, or start over if the server cannot resume; return whether the file is complete."""
    present = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={present}-"} if present else {})
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT) as response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {present}-"):
            raise http.client.HTTPException("the server sent a different range than requested")
        arrived = present if resumed else 0
        length = response.headers.get("Content-Length")
        total = arrived + int(length) if length else None
        with part.open("ab" if resumed else "wb") as file:
            while block := response.read(_BLOCK):
                file.write(block)
                arrived += len(block)
                show(arrived // MEBI, None if total is None else total // MEBI)
    return total is None or arrived >= total


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
