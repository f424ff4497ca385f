"""Tests of treating: what helps is found and kept, what does not is said, and the run stays as it is."""

import copy
import dataclasses
import json
import pickle
import signal

import numpy as np
import pytest

import pellucid
from pellucid.doctor import AILMENTS, Doctor
from pellucid.doctor.prescription import Prescription
from pellucid.doctor.treating import SteppingWard, length_for, treat, treat_findings
from pellucid.doctor.treating.pictures import sparkline
from pellucid.doctor.treating.wording import FLAGS, settings_for
from pellucid.layers import softmax_loss
from pellucid.nets import Affine, Dropout, Network, ReLU, Sigmoid, Softmax
from pellucid.optim import EMA, SGD, Adam, AdamW, Cosine, Momentum
from pellucid.shapes import ShapeError
from pellucid.train import Trainer
from pellucid.train.config import settings

DIGITS = pellucid.data.load("digits")
X, HELD = (part.images.reshape(len(part.images), -1).astype(np.float32) for part in (DIGITS.train, DIGITS.validation))
X, HELD = (X - 8) / 6, (HELD - 8) / 6
Y, HELD_Y = DIGITS.train.labels, DIGITS.validation.labels
LAYERS = [Affine(32), ReLU(), Affine(32), ReLU(), Affine(10)]
pytestmark = pytest.mark.filterwarnings("ignore:the training loss", "ignore:the network ends with")


def trained(optimizer=None, layers=LAYERS, x=X, held=HELD, y=Y, epochs=5, init="he", frozen=(), fit=None, **options):
    """Train on digits; return the trainer and the doctor that read the run."""
    net = Network(layers, (x.shape[1],), init=init)
    net.freeze(*frozen)
    doctor, trainer = Doctor(), Trainer(net, optimizer or Adam(3e-3), **options)
    validation = None if held is None else (held, HELD_Y)
    trainer.fit((x, y), epochs, validation=validation, on_event=doctor, doctor=False, **(fit or {}))
    return trainer, doctor


SICK = {
    "learning-rate-too-high": {"optimizer": Adam(1.0)},
    "learning-rate-too-low": {"optimizer": SGD(1e-5)},
    "schedule-kills-learning-rate": {"schedule": lambda done: 1e-9 if done > 0.02 else 1.0},
    "weight-decay-too-high": {"optimizer": AdamW(3e-3, weight_decay=100.0)},
    "gradient-clipped-away": {"optimizer": SGD(0.1), "clip_norm": 1e-4},
    "parameters-not-updated": {"frozen": ["*"]},
    "inputs-not-scaled": {"x": 80 + 75 * X, "held": 80 + 75 * HELD, "optimizer": SGD(0.05)},
    "double-softmax": {"layers": [*LAYERS, Softmax()]},
    "bad-initialisation": {"init": 0.0},
    "too-small-network": {"layers": [Affine(1), ReLU(), Affine(10)], "epochs": 12},
    "vanishing-gradient": {
        "layers": [*(part for _ in range(8) for part in (Affine(32), Sigmoid())), Affine(10)],
        "epochs": 8,
    },
    "momentum-too-high": {"optimizer": Momentum(0.1, momentum=0.999)},
    "dropout-too-strong": {"layers": [Affine(32), ReLU(), Dropout(keep=0.03), Affine(32), ReLU(), Affine(10)]},
}


@pytest.fixture(scope="module")
def too_high():
    """A run whose rate is too high: its trainer and its doctor."""
    return trained(Adam(1.0))


@pytest.mark.parametrize("ailment", SICK)
def test_a_sick_training_is_cured(ailment):
    _, doctor = trained(**SICK[ailment])
    assert ailment in [finding.ailment for finding in doctor.findings]
    result = doctor.treat()
    assert result.helped
    assert ailment in {one.ailment for one in result.tried if one.kept}
    assert (
        result.treated.val_accuracy[-1] > 0.8 > 0.6 > result.untreated.val_accuracy[-1] or ailment == "double-softmax"
    )
    assert result.treated.val_loss[-1] < 0.75 * result.untreated.val_loss[-1]


def test_a_healthy_training_has_nothing_to_treat():
    result = trained()[1].treat()
    assert (result.helped, result.tried, result.untreated) == (False, (), None)
    assert str(result) == "Nothing to treat: the run looks healthy."


def test_a_copy_without_a_prescription_repeats_the_run_bit_for_bit():
    options = {"schedule": Cosine(), "average": EMA(0.9), "clip_norm": 0.01, "accumulate": 2, "batch_size": 50}
    layers = [Affine(32), ReLU(), Dropout(keep=0.03), Affine(10)]
    _, doctor = trained(Adam(1e-3), layers, epochs=3, fit={"balanced": True}, **options)
    result = doctor.treat()
    assert result.untreated.train_loss == tuple(epoch.train_loss for epoch in doctor.chart.epochs)
    assert result.untreated.val_loss == tuple(epoch.val_loss for epoch in doctor.chart.epochs)
    assert result.length == f"the whole run (3 epochs of {len(X):,} rows)"


def test_treating_changes_no_bit_of_the_run(too_high):
    trainer, doctor = too_high
    arrays = [trainer.net.params.flat, trainer.net.state.flat, *trainer.stepper.moments]
    before, program, findings = [array.copy() for array in arrays], trainer.net.program, doctor.findings
    settings_before = trainer.settings()
    doctor.treat()
    after = [trainer.net.params.flat, trainer.net.state.flat, *trainer.stepper.moments]
    assert all(now is then for now, then in zip(after, arrays, strict=True))
    assert all(np.array_equal(now, then) for now, then in zip(after, before, strict=True))
    assert trainer.net.program is program
    assert (doctor.findings, trainer.settings(), trainer.net.frozen) == (findings, settings_before, frozenset())


def test_treating_twice_gives_the_same(too_high):
    first, second = (copy.copy(too_high[1].treat().to_dict()) for _ in range(2))
    assert first | {"seconds": 0} == second | {"seconds": 0}


def test_data_are_mended_before_the_rate_is_chosen():
    _, doctor = trained(SGD(1e-5), x=80 + 75 * X, held=80 + 75 * HELD)
    result = doctor.treat()
    assert result.prescription.standardized_inputs
    assert result.prescription.rate > 1
    assert next(one.ailment for one in result.tried if one.kept) == "inputs-not-scaled"
    assert result.treated.val_accuracy[-1] > 0.8
    assert result.settings.words.startswith("standardized inputs, learning rate ")


def test_targets_that_are_standardized_are_judged_in_their_own_units():
    from pellucid.data.targets import Numbers

    draws = np.random.default_rng(0)
    x = draws.standard_normal((600, 4)).astype(np.float32)
    y = (2e5 + 5e4 * (x[:, 0] + 0.1 * draws.standard_normal(600))).astype(np.float32)
    doctor = Doctor()
    net = Network([Affine(16), ReLU(), Affine(1)], (4,))
    raw = Numbers.of(np.ones(1), standardize=False)
    Trainer(net, Adam(0.01), loss="mse", target=raw).fit(x, y, 10, validation=0.2, on_event=doctor, doctor=False)
    result = doctor.treat()
    assert result.prescription.standardized_targets
    assert 1e7 < result.treated.val_loss[-1] < 1e9 < result.untreated.val_loss[-1]


def test_what_does_not_help_is_said():
    _, doctor = trained(Adam(1e-3), [Affine(64), Affine(64), Affine(10)])
    assert [finding.ailment for finding in doctor.findings] == ["no-nonlinearity"]
    result = doctor.treat()
    assert (result.helped, result.treated, len(result.tried)) == (False, None, 1)
    assert result.untreated is not None
    assert "did not help" in str(result)
    assert "Nothing that was tried helped." in str(result)
    assert "To train like this" not in str(result)


def test_what_needs_the_user_is_said_in_one_line_and_its_symptoms_are_left_alone():
    _, doctor = trained(x=0 * X, held=0 * HELD)
    result = doctor.treat()
    assert [task.ailment for task in result.needs_you] == ["inputs-broken"]
    assert result.tried == ()
    assert str(result).startswith("DR202 inputs-broken needs you: Look at a row as the network reads it")


def test_what_remains_in_the_treated_copy_is_said():
    leaked = np.concatenate([X, HELD]), np.concatenate([Y, HELD_Y])
    _, doctor = trained(Adam(1.0), x=leaked[0], y=leaked[1])
    result = doctor.treat()
    assert result.helped
    assert [task.ailment for task in result.needs_you] == ["data-leak"]
    assert [finding.ailment for finding in result.remaining] == ["data-leak"]
    assert "DR209 data-leak needs you: Split once" in str(result)
    assert "The treated copy still has: data-leak." in str(result)


def test_interrupting_leaves_everything_as_it_was(too_high, monkeypatch):
    trainer, doctor = too_high
    before, handler = trainer.net.params.flat.copy(), signal.default_int_handler
    signal.signal(signal.SIGINT, handler)  # a run of another test that nobody closed may still have its own
    read = Doctor.__call__

    def interrupted(self, event):
        signal.raise_signal(signal.SIGINT)
        read(self, event)

    monkeypatch.setattr(Doctor, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        doctor.treat()
    assert signal.getsignal(signal.SIGINT) is handler
    assert np.array_equal(trainer.net.params.flat, before)
    monkeypatch.setattr(Doctor, "__call__", read)
    assert doctor.treat().helped


def with_losses(doctor, training, validation):
    """Return what treating shows where each cure multiplies both losses by these factors."""
    ward = doctor._ward()
    follow = ward.follow

    def changed(prescription):
        course = follow(Prescription())
        losses = {"train_loss": training, "val_loss": validation} if prescription.named else {}
        scaled = {name: tuple(by * loss for loss in getattr(course.curve, name)) for name, by in losses.items()}
        return dataclasses.replace(course, prescription=prescription, curve=dataclasses.replace(course.curve, **scaled))

    ward.follow = changed
    return treat_findings(doctor.chart, doctor.findings, ward)


def test_a_cure_that_takes_less_than_the_margin_away_is_not_kept(too_high):
    result = with_losses(too_high[1], 0.95, 0.5)
    assert result.tried
    assert not result.helped
    assert with_losses(too_high[1], 0.85, 1.0).helped


def test_validation_that_gets_worse_is_said(too_high):
    result = with_losses(too_high[1], 0.5, 1.2)
    assert result.helped
    assert "The validation loss rose, though" in str(result)
    assert "The validation loss rose, though" not in str(with_losses(too_high[1], 0.5, 1.05))


def test_copies_are_short_where_time_is():
    assert length_for(10**6, epochs=20, rows=1000, batch_size=10).is_whole
    fewer = length_for(1000, epochs=20, rows=1000, batch_size=10)
    assert (fewer.epochs, fewer.rows) == (10, 1000)
    rows = length_for(60, epochs=20, rows=1000, batch_size=10)
    assert (rows.epochs, rows.rows) == (6, 100)
    assert str(rows) == "6 of 20 epochs, of 100 of 1,000 rows"
    assert length_for(0, epochs=1, rows=5, batch_size=10) == (1, 5, 1, 5)
    assert length_for(540, epochs=6, rows=1000, batch_size=10).is_whole  # 900 rows are nearly all


def test_what_there_was_no_time_for_is_said(too_high):
    result = too_high[1].treat(seconds=1e-6)
    assert result.left_out
    assert "more could not be tried in" in str(result)


@pytest.mark.parametrize(
    ("ailment", "changed"),
    [
        ("learning-rate-too-high", "rate"),
        ("inputs-not-scaled", "standardized_inputs"),
        ("bad-initialisation", "usual_weights"),
    ],
)
def test_any_patient_is_treated_by_its_steps_alone(ailment, changed):
    _, doctor = trained(**SICK[ailment])
    ward = SteppingWard(doctor.chart, doctor.chart.patient)
    result = treat_findings(doctor.chart, doctor.findings, ward)
    assert changed in result.prescription.named
    assert result.treated.val_accuracy[-1] > 0.8


def test_a_doctor_of_any_framework_is_treated(too_high):
    class Other:
        chart, findings = too_high[1].chart, too_high[1].findings

    class Healthy:
        chart, findings = too_high[1].chart, ()

    assert treat(Other()).prescription.rate < 1
    assert not treat(Healthy()).tried


def test_a_run_without_validation_is_judged_by_training():
    _, doctor = trained(Adam(1.0), held=None)
    result = doctor.treat()
    assert result.helped
    assert (result.treated.val_loss, result.treated.val_accuracy) == ((), ())
    _, doctor = trained(layers=[Affine(64), Affine(10)], held=None)
    assert {one.judged_by for one in doctor.treat().tried} == {"training loss"}


def test_a_loss_that_stops_being_finite_is_infinite():
    doctor = Doctor()
    trainer = Trainer(Network(LAYERS, (64,)), SGD(1e6))
    with pytest.raises(ArithmeticError):
        trainer.fit((X, Y), 3, validation=(HELD, HELD_Y), on_event=doctor, doctor=False)
    result = doctor.treat()
    assert result.helped
    assert result.untreated.not_finite
    assert "infinite" in str(result)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["tried"][0]["before"] is None


def test_records_are_frozen_and_shown_in_every_form(too_high):
    result = too_high[1].treat()
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.tried = ()
    document = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert len(document["untreated"]["step_loss"]) == len(document["treated"]["step_loss"]) > 50
    assert document["settings"] == {
        "words": "learning rate 0.01",
        "flags": "--learning-rate 0.01",
        "code": ["Adam(learning_rate=0.01)"],
    }
    page = result.to_html("<b>run</b>")
    assert page.count("<svg") == 2
    assert "<b>run" not in page
    assert len(result.plot().axes) == 2


def test_a_history_has_its_doctor_where_something_was_found():
    net = Network(LAYERS, (64,))
    history = Trainer(net, Adam(1.0)).fit((X, Y), 3, validation=(HELD, HELD_Y))
    assert history.doctor.treat().helped
    assert pickle.loads(pickle.dumps(history)).doctor is None
    assert pickle.loads(pickle.dumps(history)) == history
    assert Trainer(Network(LAYERS, (64,)), Adam(3e-3)).fit((X, Y), 5).doctor is None


def test_what_cannot_be_treated_is_one_clear_line(too_high):
    with pytest.raises(ShapeError, match="treat: the doctor has not seen a run; train first"):
        Doctor().treat()
    for wrong in (0, -1, float("nan"), "long"):
        with pytest.raises(ShapeError, match="treat: seconds must be "):
            too_high[1].treat(seconds=wrong)


def test_a_stream_is_treated_by_the_rows_that_were_seen():
    def stream():
        for start in range(0, 1200, 100):
            yield X[start : start + 100], Y[start : start + 100]

    doctor = Doctor()
    Trainer(Network(LAYERS, (64,)), Adam(1.0), batch_size=100).fit(stream, 3, on_event=doctor, doctor=False)
    assert "learning-rate-too-high" in [finding.ailment for finding in doctor.findings]
    assert doctor.treat().prescription.rate < 1


def test_a_loss_of_ones_own_is_treated_too():
    _, doctor = trained(Adam(1.0), loss=lambda scores, targets: softmax_loss(scores, targets))
    result = doctor.treat()
    assert not doctor.findings or result.helped


def test_every_prescription_has_words_and_flags_are_those_of_train(too_high):
    setup = too_high[1].chart.setup
    known = {setting.flag for setting in settings()}
    for one in dataclasses.fields(Prescription):
        value = {"rate": 0.5, "epochs": 2}.get(one.name, True if one.default is False else 5)
        said = settings_for(Prescription(**{one.name: value}), setup)
        assert said.words
        assert all(word in known for word in said.flags.split() if word.startswith("--"))
        assert bool(said.flags) == (one.name in FLAGS) or one.name == "no_decay"
        for framework in ("torch", "keras", "other"):
            assert settings_for(Prescription(**{one.name: value}), dataclasses.replace(setup, framework=framework)).code


def test_prescriptions_add_up():
    both = (
        Prescription(rate=0.1, usual_weights=True).then(Prescription(rate=10.0, epochs=4)).then(Prescription(epochs=2))
    )
    assert both == Prescription(usual_weights=True, epochs=8)


def test_ailments_say_what_is_tried_against_them():
    treated = [ailment for ailment in AILMENTS.values() if ailment.treatment is not None]
    assert len(treated) >= 25
    assert all("--treat" in ailment.page() for ailment in treated)
    for ailment in ("labels-wrong", "data-leak", "loss-sign-wrong", "constant-target"):
        assert AILMENTS[ailment].treatment is None


def test_a_curve_of_characters_shows_its_range():
    assert sparkline([3, 2, 1]) == "█▅▁"
    assert sparkline([2, 2]) == "▁▁"
    assert sparkline([1, float("inf")]) == "▁×"
    assert sparkline([100, 10, 1]) == "█▅▁"
    assert sparkline([2.0] * 100, among=[1.0, 2.0]) == "█" * 24
    assert sparkline([]) == ""
