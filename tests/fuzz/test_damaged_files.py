"""Damaged files: each is read, or refused in one line; no traceback, no hang, no blow-up of memory.

300 mutations of each of nine kinds (`kinds.py` has eight of them, some in several containers; ONNX is with the interop tests).
"""

import pickle
import shutil
import warnings

import pytest

from pellucid.data import DataError
from pellucid.train.report import page
from pellucid.train.report.sections import curves

from .kinds import KINDS, Kind
from .mutations import GIANT, complaint, limits, make_giant, mutated

SAMPLE, ALL = 12, 300
SHARED = {"npz": 2, "cifar": 3}  # kinds with several containers share the 300


DRAWN = {}


def drawn_once(facts):
    """The report's curves, remembered by the numbers that they show."""
    key = bool(facts.entries), pickle.dumps(tuple(facts.curves))
    if key not in DRAWN:
        DRAWN[key] = curves(facts)
    return DRAWN[key]


def seeds_of(kind, count):
    return range(count // SHARED.get(kind.name.split("-")[0], 1))


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory):
    """Figures take longest: the same curves are drawn once, other pictures never. A batch of CIFAR-10 has 20 rows here."""
    sections = [drawn_once if section is curves else section for section in page.SECTIONS]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pellucid.train.results._pictures", lambda facts: {})
        patched.setattr(page, "SECTIONS", sections)
        patched.setattr("pellucid.data.cifar_batches._ROWS", 20)
        yield


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The files of a kind, made once."""
    made = {}

    def files(kind):
        if kind.name not in made:
            folder = tmp_path_factory.mktemp(kind.name)
            made[kind.name] = folder, [path.relative_to(folder) for path in kind.make(folder)]
        return made[kind.name]

    return files


def use_mutated(kind, sound, folder, seed, change):
    """Copy the files of a kind, change one, and return with which words it is refused."""
    origin, paths = sound(kind)
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(origin, folder)
    path = folder / paths[seed % len(paths)]
    for other in set(paths) - {paths[seed % len(paths)]}:
        if kind.name.startswith("npz"):
            (folder / other).unlink()
    change(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return complaint(lambda: kind.use(folder))


def fuzz(kind, sound, folder, seeds):
    refused = 0
    with limits():
        for seed in seeds:

            def change(path, seed=seed):
                path.write_bytes(kind.pack(path, mutated(kind.unpack(path), seed)))

            try:
                refused += use_mutated(kind, sound, folder, seed, change) is not None
            except BaseException as error:
                error.add_note(f"mutation {seed} of {kind.name}")
                raise
    return refused


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_the_sound_file_is_read(kind, sound, tmp_path, capsys):
    assert use_mutated(kind, sound, tmp_path / "copy", 0, lambda path: None) is None


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_sample_of_mutations(kind, sound, tmp_path, capsys):
    refused = fuzz(kind, sound, tmp_path / "copy", range(SAMPLE))
    assert refused > 0 or kind.name in ("metrics", "image")  # damaged lines, and pictures of a folder, are left out


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_every_mutation(kind, sound, tmp_path, capsys):
    fuzz(kind, sound, tmp_path / "copy", seeds_of(kind, ALL))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_giant_file(kind, sound, tmp_path, capsys):
    """32 GiB, nearly all of it a hole: nobody reads it to the end."""
    with limits():
        use_mutated(kind, sound, tmp_path / "copy", 0, make_giant)
    assert GIANT > 8 * 2**30


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_file_of_another_kind(kind, sound, tmp_path, capsys):
    """Each kind's file under the name of each other kind."""
    contents = []
    for other in KINDS:
        origin, paths = sound(other)
        contents.append((origin / paths[0]).read_bytes())
    for content in contents:
        with limits():
            use_mutated(kind, sound, tmp_path / "copy", 0, lambda path, content=content: path.write_bytes(content))


# ---- the tester is tested ----


def reader_that_fails(folder):
    raise KeyError("a bug")


def reader_of_two_lines(folder):
    raise DataError("two\nlines")


def reader_that_allocates(folder):
    return bytearray(16 * 2**30)


@pytest.mark.parametrize(
    ("reader", "error"),
    [(reader_that_fails, KeyError), (reader_of_two_lines, AssertionError), (reader_that_allocates, MemoryError)],
)
def test_a_bad_reader_is_noticed(reader, error, tmp_path):
    def make(folder):
        (folder / "file").write_bytes(b"123 and more")
        return [folder / "file"]

    kind = Kind("bad", make, reader)
    origin = tmp_path / "origin"
    origin.mkdir()
    paths = [path.relative_to(origin) for path in kind.make(origin)]
    with pytest.raises(error):
        fuzz(kind, lambda _: (origin, paths), tmp_path / "copy", range(3))


def test_mutations_are_repeatable_and_change_the_file():
    content = bytes(range(48, 112)) * 20
    changed = [mutated(content, seed) for seed in range(100)]
    assert changed == [mutated(content, seed) for seed in range(100)]
    assert sum(one != content for one in changed) > 95
    assert {len(one) < len(content) for one in changed} == {True, False}
