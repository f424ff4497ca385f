"""An interrupted download resumes where it stopped; every failure is one line. The server runs on this machine."""

import hashlib
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from pellucid.data import DataError
from pellucid.data.download import fetch

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """Serves CONTENT; sends at most `most` bytes an answer, then breaks off."""

    def __init__(self):
        self.ranges, self.honours_ranges, self.most, self.status = [], True, len(CONTENT), None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/file"
        threading.Thread(target=partial(self.http.serve_forever, 0.01), daemon=True).start()

    def answer(self, handler):
        asked = handler.headers.get("Range")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.honours_ranges else 0
        if self.status:
            handler.send_error(self.status)
        elif start >= len(CONTENT):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            handler.send_response(206 if start else 200)
            if start:
                handler.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
            handler.send_header("Content-Length", str(len(CONTENT) - start))
            handler.end_headers()
            handler.wfile.write(CONTENT[start : start + self.most])


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def get(server, folder, *, sha256=SHA256, attempts=2):
    return fetch(server.url, sha256, folder, "file.bin", attempts=attempts, wait=0.0)


def test_a_file_is_fetched_once(tmp_path, server):
    for _ in range(2):
        assert get(server, tmp_path / "new" / "cache").read_bytes() == CONTENT
    assert server.ranges == [None]


def test_a_broken_download_goes_on_where_it_stopped(tmp_path, server):
    server.most = 130_000
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=130000-", "bytes=260000-"]
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]  # nothing is left behind


def test_a_download_given_up_goes_on_the_next_day(tmp_path, server):
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:100_000])
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=100000-"]


def test_a_server_without_ranges_starts_again(tmp_path, server):
    server.honours_ranges = False
    (tmp_path / "file.bin.part").write_bytes(b"x" * 100_000)  # appending to this would show
    assert get(server, tmp_path).read_bytes() == CONTENT


def test_a_server_that_always_breaks_off_is_given_up(tmp_path, server):
    server.honours_ranges, server.most = False, 1000
    with pytest.raises(DataError, match=r"cannot download .*the connection was lost\); the partial download is kept"):
        get(server, tmp_path)
    assert len(server.ranges) == 3  # one that brought something, two that brought nothing new
    assert (tmp_path / "file.bin.part").stat().st_size == 1000


def test_a_part_that_is_complete_already_is_taken(tmp_path, server):
    (tmp_path / "file.bin.part").write_bytes(CONTENT)
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert len(server.ranges) == 1


def test_a_part_that_is_too_long_is_thrown_away(tmp_path, server):
    (tmp_path / "file.bin.part").write_bytes(CONTENT + b"more")
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(CONTENT) + 4}-", None]


def test_a_wrong_checksum_is_refused_and_nothing_stays(tmp_path, server):
    with pytest.raises(DataError, match=r"does not have the expected SHA-256 0000.*deleted; try again") as refusal:
        get(server, tmp_path, sha256="0" * 64)
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_cache_is_fetched_again(tmp_path, server):
    (tmp_path / "file.bin").write_bytes(b"damaged")
    assert get(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "requests"), [(404, 1), (403, 1), (503, 2), (429, 2)])
def test_a_refusal_is_final_and_a_busy_server_is_asked_again(tmp_path, server, status, requests):
    server.status = status
    with pytest.raises(DataError, match=rf"cannot download {server.url} \(the server answered {status} "):
        get(server, tmp_path)
    assert len(server.ranges) == requests


def test_without_a_network_one_line_says_so(tmp_path, server):
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(DataError, match=r"cannot download .*\(no connection: Connection refused\)$"):
        get(server, tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, server):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot write file\.bin to .*file"):
        get(server, tmp_path / "file")


def test_progress_goes_to_stderr_only(tmp_path, server, capsys):
    get(server, tmp_path)
    assert capsys.readouterr().out == ""
