"""Small tables beside scikit-learn and PyTorch: the sides train the same network, and noise is judged by a stated rule."""

import numpy as np
import pytest

from bench import report, tables


def sides(ours, theirs, seconds=(1.0, 2.0)):
    return {
        "Pellucid": {"scores": ours, "seconds": [seconds[0]] * len(ours)},
        "PyTorch": {"scores": theirs, "seconds": [seconds[1]] * len(ours)},
    }


def test_differences_are_judged_seed_by_seed():
    hard_and_easy = [0.3, 0.9, 0.5, 0.7]
    a_bit_better = [score + 0.01 + 0.001 * i for i, score in enumerate(hard_and_easy)]
    found = tables.compared(sides(a_bit_better, hard_and_easy), "PyTorch")
    assert not found["within_noise"]  # the scores of the seeds spread far more than the sides differ
    assert found["difference"] == pytest.approx(0.0115)
    shuffled = tables.compared(sides([0.5, 0.7, 0.3, 0.9], hard_and_easy), "PyTorch")
    assert shuffled["within_noise"]


def test_the_table_shows_scores_seconds_and_what_failed():
    found = sides([0.5, 0.6], [0.5, 0.7])
    record = {"metric": "R2", "sides": found, "peers": {"PyTorch": tables.compared(found, "PyTorch")}}
    head, row, failed = tables.rows({"diabetes": record, "wine": {"error": "SideError: no"}})
    shown = dict(zip(head, row, strict=True))
    assert shown["score"] == "R2"
    assert shown["Pellucid"] == "0.550 ± 0.071"
    assert (shown["peer"], shown["peer / ours"]) == ("PyTorch", "2.0")
    assert len(failed) == len(head)
    assert "| diabetes | R2 |" in report.markdown("tables", {"diabetes": record})


FULL_BATCHES = tables.TableCase("load_diabetes", True, (32,), 3, 2e-3, batch_size=331)


@pytest.mark.interop
@pytest.mark.parametrize("side", ["scikit-learn", "PyTorch"])
def test_a_side_makes_the_same_steps(side):
    """With the whole training set in each batch the order does not matter: three steps must lead to the same predictions."""
    pytest.importorskip("sklearn")
    pytest.importorskip("torch")
    parts = tables.parts_of(FULL_BATCHES, 0)
    assert len(parts.x) == FULL_BATCHES.batch_size
    ours = tables.fit_pellucid(FULL_BATCHES, parts, 0)() - 0.0
    theirs = tables.FITS[side](FULL_BATCHES, parts, 0)()
    before = tables.FITS[side](FULL_BATCHES._replace(epochs=1), parts, 0)()
    assert np.abs(theirs - before).max() > 0.02
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.interop
@pytest.mark.parametrize("side", ["Pellucid", "scikit-learn", "PyTorch"])
@pytest.mark.parametrize("name", ["wine", "breast cancer"])
def test_a_side_learns_classes(side, name):
    pytest.importorskip("sklearn")
    pytest.importorskip("torch")
    case = tables.CASES[name]
    parts = tables.parts_of(case, 0)
    assert (tables.FITS[side](case, parts, 0)() == parts.y_test).mean() > 0.9
