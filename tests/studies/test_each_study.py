"""Each study's quick form end to end on the digits; and what single studies compute, against values known otherwise."""

import csv
import html
import json

import numpy as np
import pytest
from tests.page_checks import checked_page

from pellucid import gradcheck
from pellucid.kernels import NATIVE, native_build
from pellucid.layers import batchnorm_backward, batchnorm_forward
from pellucid.nets import Affine, Network
from pellucid.studies.catalogue import (
    STUDIES,
    bn_regularises,
    depth,
    dropout,
    eps_place,
    init_scale,
    learning_rate,
    optimisers,
)
from pellucid.studies.catalogue.bias_decay import AffineWhoseBiasDecays
from pellucid.studies.folder import report_study, run_study
from pellucid.studies.results import answer_to, findings_of, measured
from pellucid.studies.study import trials_of
from pellucid.studies.table import Row, Table
from pellucid.studies.terminal import summary
from pellucid.studies.wording import conclusion

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", STUDIES)
def test_the_quick_form_runs_and_reports(name, tmp_path):
    seen = []
    reported = run_study(
        name,
        tmp_path,
        data="digits",
        seeds=1,
        quick=True,
        workers=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    total = len(STUDIES[name].grid(True))
    assert seen == [(done, total) for done in range(total + 1)]
    assert reported.done == reported.trials == total
    assert reported.findings
    assert reported.verdict == "undecided"  # one seed decides nothing
    page = (tmp_path / "report.html").read_text()
    printed = summary(reported)
    for shown in (printed, html.unescape(page)):  # the full result stands beside what a quick look gives
        assert answer_to(STUDIES[name]) in shown
        assert "decides nothing: 1 seed" in shown
        assert all(conclusion(each) in shown for each in findings_of(measured(STUDIES[name])) if each.decides)
    assert STUDIES[name].matters.split(";")[0].split("<")[0] in page.replace("&#x27;", "'")
    assert len(checked_page(page).pictures) == 1
    assert "var(--blue)" in page or "<image" in page  # in the page's colours
    assert "$" not in page.split("<svg")[1]  # no formula where a plain number belongs
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "figure.svg").read_text().startswith("<?xml")
    with (tmp_path / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == total
    parquet = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "trials.parquet")
    assert parquet.num_rows == total
    assert {row["seed"] for row in rows} == {"0"}
    result = json.loads((tmp_path / "findings.json").read_text())
    assert len(result["findings"]) == len(reported.findings)
    before = (tmp_path / "figure.svg").read_bytes()
    report_study(tmp_path)
    assert (tmp_path / "figure.svg").read_bytes() == before


@pytest.mark.parametrize("name", STUDIES)
def test_a_full_run_has_ten_seeds_and_no_trial_twice(name):
    study = STUDIES[name]
    assert study.full_seeds >= 10
    configs = trials_of(study, quick=False, seeds=study.full_seeds, data="d", table="native")
    assert len({json.dumps(config, sort_keys=True) for config in configs}) == len(configs) >= 10
    for words in (
        study.question,
        study.claim,
        study.source,
        study.design,
        study.measure,
        study.statistic,
        study.matters,
    ):
        assert len(words) > 10


def test_init_scale_is_the_size_that_was_asked_for():
    grid = STUDIES["init-scale"].grid(False)
    assert len(grid) == 2 * 20
    assert min(c["scale"] for c in grid) == pytest.approx(1e-4)
    assert max(c["scale"] for c in grid) == pytest.approx(1)
    assert all((c["depth"], c["samples"], c["epochs"]) == (7, 1000, 10) for c in grid)


@pytest.mark.parametrize("outside", [False, True])
def test_both_places_of_eps_have_exact_derivatives(outside):
    function = eps_place.norm(0.1, outside=outside, features=3)
    x, gamma, beta = RNG.standard_normal((5, 3)), RNG.standard_normal(3), RNG.standard_normal(3)
    assert gradcheck(function.forward, function.backward, x, gamma, beta).ok


def test_eps_inside_is_the_librarys_batch_norm_and_outside_is_not():
    x, gamma, beta, dout = RNG.standard_normal((5, 3)), *RNG.standard_normal((2, 3)), RNG.standard_normal((5, 3))
    out, cache = batchnorm_forward(x, gamma, beta, eps=0.1)
    inside, outside = (eps_place.norm(0.1, outside=o, features=3) for o in (False, True))
    ours, own_cache = inside.forward(x, gamma, beta)
    assert np.allclose(ours, out, atol=1e-14)
    for a, b in zip(inside.backward(dout, own_cache), batchnorm_backward(dout, cache), strict=True):
        assert np.allclose(a, b, atol=1e-13)
    assert np.abs(outside.forward(x, gamma, beta)[0] - out).max() > 1e-3


def test_a_bias_that_decays_is_regularised_and_another_is_not():
    x, y = RNG.standard_normal((4, 3)), np.zeros(4, int)
    for kind, decays in ((AffineWhoseBiasDecays, True), (Affine, False)):
        net = Network([kind(2)], (3,), dtype=np.float64)
        net.params["affine1.bias"] = np.array([2.0, -1.0])
        plain, with_reg = (net.loss(x, y, reg=reg)[1]["affine1.bias"].copy() for reg in (0.0, 0.5))
        assert np.allclose(with_reg - plain, 0.5 * np.array([2.0, -1.0]) * decays)


def test_a_level_is_read_between_epochs():
    assert bn_regularises.value_at([2.0, 1.0, 0.4], [0.1, 0.3, 0.5], 0.7) == pytest.approx(0.4)
    assert bn_regularises.value_at([0.5, 0.4], [0.3, 0.5], 0.7) == 0.3
    assert np.isnan(bn_regularises.value_at([2.0, 1.0], [0.3, 0.5], 0.7))


def test_no_seed_chooses_its_own_learning_rate():
    """Seed 0 is best at rate 1 alone, the others at rate 2: seed 0 must be judged at rate 2."""
    rise = {(0, 1.0): 0.9, (0, 2.0): 0.1, (1, 1.0): 0.2, (1, 2.0): 0.8, (2, 1.0): 0.2, (2, 2.0): 0.8}
    rows = [Row({"seed": s, "rule": "sgd", "learning_rate": r}, {"rise": v}) for (s, r), v in rise.items()]
    values = optimisers.at_best_rate(Table(rows), "sgd")
    assert values[0] == 0.1


def test_dead_decades_are_counted_from_below():
    losses = [2.0, 2.001, 2.0, 1.0, 2.0]
    rows = [
        Row({"seed": 0, "part": "fixed", "broken": False, "learning_rate": 10.0**i}, {"loss": loss, "before": 2.0})
        for i, loss in enumerate(losses)
    ]
    assert learning_rate.dead_decades(Table(rows)) == pytest.approx(12 * 3 / 4)


def test_a_scale_counts_where_some_rate_reaches_it():
    rows = [
        Row({"layers_deep": 3, "scale": s, "learning_rate": r}, {"reached": (s, r) in {(1, 1), (2, 2), (2, 1)}})
        for s in (1, 2, 3, 4)
        for r in (1, 2)
    ]
    assert depth.share(Table(rows), 3) == 3 / 8
    assert depth.share_of_scales(Table(rows), 3) == 2 / 4


def test_sensitivity_to_scale_counts_scales_that_train():
    accuracy = {("none", 1): 0.1, ("none", 2): 0.9, ("batch", 1): 0.8, ("batch", 2): 0.9}
    rows = [Row({"norm": n, "scale": s, "seed": 0}, {"train_accuracy": a}) for (n, s), a in accuracy.items()]
    assert init_scale.trained_share(Table(rows), "none") == 0.5
    assert init_scale.trained_share(Table(rows), "batch") == 1.0
    assert init_scale.logarithm(0.0) == -45
    assert init_scale.logarithm(float("nan")) == 38


def test_the_mean_of_many_masks_is_what_inference_gives():
    values = dropout.expectation({"seed": 0, "keep": 0.3, "masks": 3000})
    assert abs(values["inverted"]) < 0.02
    assert abs(values["vanilla"]) < 0.02


def test_convolutions_that_are_timed_agree():
    if not native_build().available:
        pytest.skip("no compiled module here")
    values = STUDIES["conv-speed"].trial({"images": 1, "seed": 0}, None)
    assert values["ratio_native_forward"] == pytest.approx(values["loops_forward"] / values["native_forward"])
    assert values["ratio_native_forward"] > 5
    assert NATIVE.name == "native"
