"""The benchmark gives no ratio where the sides compute different things, and loses no result to a side that fails."""

import math

import pytest
from bench.case import Case
from bench.compare import Effort, agree, best_of, compare, compiled_variants
from bench.side import SideError, environment, options_of, side_name

from bench import compare as comparing

EFFORT = Effort(
    rounds=3,
    seconds=0.01,
    trial_seconds=0.01,
    start_seconds=5,
    finalists=2,
    compiled=True,
    libraries={"jemalloc": "j.so"},
)
FAST, SLOW = side_name("torch", memory="nhwc", threads=2), side_name("torch", memory="nchw", threads=2)
CASE = Case("steps", "a case", {"PyTorch": 2.0}, "native", {"PyTorch": [SLOW, FAST]}, others=("reference",))
MILLISECONDS = {"native": 1.0, "reference": 9.0, FAST: 3.0, SLOW: 4.0}


class Pretended:
    """A side without a process: it takes as long as MILLISECONDS says."""

    guards: dict = {}  # noqa: RUF012
    broken: tuple = ()

    def __init__(self, section, case, name, *, start_seconds, libraries=None):
        if name in self.broken:
            raise SideError(f"{name}: no answer within 5 s")
        self.name, self.turns, self.tolerance = name, [], 1e-4
        self.guard = self.guards.get(name, [2.3, 2.2])

    def run(self, steps, *, seconds=300.0):
        return {"step": MILLISECONDS[self.name]}

    def close(self):
        pass


@pytest.fixture
def pretended(monkeypatch):
    class Side(Pretended):
        pass

    monkeypatch.setattr(comparing, "Side", Side)
    return Side


def measured(case=CASE, chosen=None):
    return compare(case, EFFORT, lambda text: None, chosen)


def test_the_best_variant_counts_and_the_ratio_is_theirs_by_ours(pretended):
    record = measured()
    group = record["groups"]["PyTorch"]
    assert (group["best"], group["ratio"], group["goal"]) == (FAST, 3.0, 2.0)
    assert set(record["sides"]) == set(MILLISECONDS)


@pytest.mark.parametrize("wrong", [[2.3, 2.21], [2.3], [2.3, math.nan], []])
def test_no_ratio_where_a_finalist_computes_something_else(pretended, wrong):
    pretended.guards = {FAST: wrong}
    record = measured()
    assert "ratio" not in record["groups"]["PyTorch"]
    assert "computes something different" in record["failed"][FAST]


def test_a_variant_that_does_not_start_is_named_and_the_others_count(pretended):
    pretended.broken = (FAST,)
    record = measured()
    assert record["groups"]["PyTorch"]["ratio"] == 4.0
    assert "no answer" in record["failed"][FAST]


def test_variants_chosen_before_are_not_sought_again(pretended):
    record = measured(chosen={"PyTorch": [SLOW]})
    assert record["trials"] == {}
    assert record["groups"]["PyTorch"]["best"] == SLOW


def test_compiled_variants_are_the_best_one_in_every_memory_format(pretended):
    made = compiled_variants([SLOW, FAST], options_of(FAST), ("model",))
    assert made == [side_name("torch", memory=m, threads=2, compile="model") for m in ("nchw", "nhwc")]


def test_parts_count_at_their_best_variant():
    timed = {
        "a": {"median": 5.0, "parts": {"forward": 1.0, "backward": 4.0}},
        "b": {"median": 6.0, "parts": {"forward": 3.0, "backward": 3.0}},
    }
    assert best_of(timed, ["a", "b"])["median"] == 4.0


def test_guards_agree_within_the_tolerance_of_the_largest_number():
    assert agree([100.0, 0.0], [100.0, 0.009], 1e-4)
    assert not agree([100.0, 0.0], [100.0, 0.011], 1e-4)
    assert not agree([math.inf], [math.inf], 1e-4)


def test_a_side_gets_its_librarys_defaults_or_what_its_name_says(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("PELLUCID_WINOGRAD", "0")
    plain = environment("native", {})
    assert not {"OPENBLAS_CORETYPE", "PELLUCID_WINOGRAD", "OMP_NUM_THREADS", "LD_PRELOAD"} & set(plain)
    assert environment("torch threads=1", {})["OMP_NUM_THREADS"] == "1"
    assert environment("torch allocator=jemalloc", {"jemalloc": "/lib/j.so"})["LD_PRELOAD"] == "/lib/j.so"
    assert environment("torch allocator=glibc", {})["MALLOC_MMAP_MAX_"] == "0"
