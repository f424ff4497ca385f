"""Tests of files.py, escaping.py and memory.py: only plain files are opened, and names can be shown."""

import os
import socket

import pytest
from tests.fuzz.mutations import GIANT, make_giant

from pellucid import memory
from pellucid.escaping import printable, printable_lines
from pellucid.files import check_plain, expanded, is_utf8, open_plain, read_plain, shown, write_whole


@pytest.fixture
def no_plain_files(tmp_path, monkeypatch):
    """A pipe, a socket, a folder, links to a pipe and to itself: what must not be opened, and how it is called."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to-pipe").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)  # the path of a socket may be too long otherwise
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        yield {
            "pipe": "a named pipe, not a plain file",
            "to-pipe": "a named pipe, not a plain file",
            "folder": "a folder, not a plain file",
            "socket": "a socket, not a plain file",
            "/dev/zero": "a device, not a plain file",
            "loop": "Too many levels of symbolic links",
            "none": "No such file or directory",
            "n" * 300: "File name too long",
            "a\0b": "not a possible file name (embedded null byte)",
        }


def test_what_is_no_plain_file_is_refused_and_never_waited_for(no_plain_files):
    for name, reason in no_plain_files.items():
        for use in (open_plain, check_plain, lambda path: read_plain(path, limit=10)):
            with pytest.raises(OSError) as caught:
                use(name)
            assert caught.value.strerror == reason


def test_a_plain_file_and_a_link_to_one_are_read(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        assert read_plain(tmp_path / name, limit=5) == b"12345"
        with open_plain(tmp_path / name) as file:
            assert file.read() == b"12345"


def test_more_than_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"123456")
    with pytest.raises(OSError, match="larger than"):
        read_plain(path, limit=5)
    make_giant(path)
    for limit, words in ((2**20, "larger than 1 MiB"), (2**31, "larger than 2 GiB")):
        with pytest.raises(OSError, match=words):
            read_plain(path, limit=limit)
        with pytest.raises(OSError, match=words):
            check_plain(path, limit=limit)
    check_plain(path, limit=GIANT)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_a_link_to_a_stream_is_not_replaced(tmp_path, kind):
    """As /dev/stdout is one, whether standard output goes into a pipe or into a file."""
    if kind == "pipe":
        reading, writing = os.pipe()
    else:
        reading, writing = os.open(os.devnull, os.O_RDONLY), os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    link = tmp_path / "stdout"
    link.symlink_to(f"/proc/self/fd/{writing}")
    try:
        with pytest.raises(OSError, match="a stream of a process, not a plain file; name a file"):
            write_whole(link, b"lost")
    finally:
        os.close(reading)
        os.close(writing)
    assert link.is_symlink()
    assert not list(tmp_path.glob(".*"))


def test_home_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/x") == tmp_path / "x"
    with pytest.raises(FileNotFoundError, match="home folder of this user is not known"):
        expanded("~nobody-of-this-name/x")


def test_names_that_are_not_utf8_can_be_shown():
    name = os.fsdecode(b"cl\xff\xc3\xbc")
    assert shown(name) == "cl\\xff\u00fc"
    assert not is_utf8(name)
    assert is_utf8(shown(name))
    assert is_utf8("\u72ac \U0001f600")


def test_what_a_terminal_would_obey_is_written_out():
    assert printable("a\x1b[31m\u202eb\nc") == "a\\x1b[31m\\u202eb c"
    assert printable_lines("a\x1b[31m\nc\td") == "a\\x1b[31m\nc\td"
    assert printable("\u72ac \u00fc") == "\u72ac \u00fc"


def test_memory_that_is_not_there_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 10**9)
    memory.require_memory("arrays", 10**9, "use less")
    with pytest.raises(MemoryError, match=r"^arrays need 2\.0 GB, and 1\.0 GB is available; use less$"):
        memory.require_memory("arrays", 2 * 10**9, "use less")
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    memory.require_memory("arrays", 10**15, "use less")
