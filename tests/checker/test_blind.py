"""Three sets of files written without sight of the catalogue, right ones in many styles and wrong ones of ninety kinds.

What was measured before anything was mended for them (found: judged wrong; named: the first cause is the mistake):

    blind   30 wrong files, 13 right    found 23, named about 12, named wrongly 1    one false alarm, in 5 right files
    blind2  37 wrong functions in 30 files, 8 right files
                                        found 34, named 18, named wrongly 1, no cause given 15
            not found: a variance by E[x^2] - E[x]^2, a momentum of 0, batch norm that stays in test mode
            false alarm: FullyConnectedNet in 2 of the 8 right files (a bias before batch norm, whose gradient is rounding alone)
    blind3  25 wrong files, 20 right    found 24 and a hazard, named 19, named wrongly 3, no cause given 3
            false alarm: ThreeLayerConvNet in one right file of 98 functions, and one of the 24 was found by that alone

What they taught is built in; the tests below hold it. The truth stands in blind/truth.json, blind2/truth.md and blind3/truth.md.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pellucid

HERE = Path(__file__).parent

# file -> function -> the first cause; a hazard where it is marked so.
BLIND = {
    "01": {"conv_backward_naive": "conv-not-spread-by-stride"},
    "02": {"conv_backward_naive": "conv-crop-exchanged"},
    "03": {"conv_backward_naive": "conv-not-summed"},
    "04": {"conv_backward_naive": "state-between-calls"},
    "05": {"max_pool_backward_naive": "pool-winner-index"},
    "06": {"max_pool_backward_naive": "small-numbers-overflow"},
    "07": {"max_pool_forward_naive": "needs-contiguous", "max_pool_backward_naive": "needs-contiguous"},
    "08": {"batchnorm_forward": "running-not-updated"},
    "09": {"batchnorm_forward": "momentum-hard-coded"},
    "10": {"batchnorm_backward": "eps-hard-coded-in-backward"},
    "11": {"batchnorm_backward": "dgamma-times-gamma"},
    "12": {"batchnorm_backward_alt": "state-between-calls"},
    "13": {"layernorm_forward": "mean-not-a-column"},
    "14": {"layernorm_forward": "eps-hard-coded"},
    "15": {"layernorm_backward": "divides-by-gamma"},
    "16": {"spatial_groupnorm_forward": "groups-interleaved", "spatial_groupnorm_backward": "follows-from-forward"},
    "17": {"spatial_groupnorm_backward": "generated-exchange"},
    "18": {"spatial_groupnorm_backward": "gamma-after-the-means"},
    "19": {"spatial_batchnorm_forward": "wrong-transpose"},
    "20": {"spatial_batchnorm_forward": "running-not-updated"},
    "21": {"dropout_forward": "dropout-floor"},
    "22": {"dropout_backward": "zero-taken-for-a-mark"},
    "23": {"affine_forward": "flattened-in-another-order"},
    "24": {"affine_backward": "w-not-transposed-when-square"},
    "25": {"softmax_loss": "softmax-whole-columns"},
    "26": {"svm_loss": "svm-counts-whole-batch"},
    "27": {"rmsprop": "stale-cache"},
    "28": {"adam": "v-not-corrected"},
    "29": {"rmsprop": "state-between-calls"},
    "30": {"relu_forward": "hazard: changes-input"},
}
BLIND2 = {
    "01": {"affine_backward": "w-not-transposed-when-square"},
    "02": {"relu_backward": "relu-drops-negative-dout"},
    "03": {"softmax_loss": "softmax-one-maximum"},
    "04": {"svm_loss": "svm-stops-at-right-class"},
    "05": {"batchnorm_forward": "running-var-with-eps"},
    "06": {"batchnorm_forward": "running-starts-with-sample"},
    "07": {"batchnorm_forward": "eps-outside-root"},
    "08": {"batchnorm_backward_alt": "eps-left-out-of-projection"},
    "09": {"batchnorm_backward": "dvar-one-number"},
    "10": {"layernorm_forward": "hazard: cancellation"},
    "11": {"layernorm_backward": "gamma-after-the-means"},
    "12": {"dropout_forward": "dropout-whole-columns"},
    "13": {"dropout_backward": "zero-taken-for-a-mark"},
    "14": {"conv_forward_naive": "conv-output-rounded-up"},
    "15": {"conv_backward_naive": "conv-loops-exchanged"},
    "16": {"max_pool_backward_naive": "pool-not-summed"},
    "17": {"max_pool_forward_naive": "pool-not-below-0"},
    "18": {"max_pool_backward_naive": "pool-winner-index"},
    "19": {"spatial_batchnorm_forward": "running-not-updated", "max_pool_forward_naive": "pool-stride-for-size"},
    "20": {"spatial_groupnorm_forward": "groups-interleaved", "spatial_groupnorm_backward": "follows-from-forward"},
    "21": {"spatial_groupnorm_backward": "wrong-divisor"},
    "22": {"sgd_momentum": "nesterov", "rmsprop": "stale-cache"},
    "23": {"adam": "beta-times-t"},
    "24": {"adam": "corrected-values-stored", "batchnorm_forward": "momentum-0-ignored"},
    "25": {"FullyConnectedNet": "batchnorm-one-param-for-all"},
    "26": {"FullyConnectedNet": "mode-not-set-back"},
    "27": {"FullyConnectedNet": "reg-loss-last-layer-missing", "svm_loss": "svm-margin-of-1-taken-out"},
    "28": {"FullyConnectedNet": "dropout-at-test"},
    "29": {"spatial_batchnorm_backward": "wrong-transpose", "conv_forward_naive": ""},  # found; no cause is known
    "30": {"ThreeLayerConvNet": "reg-square-of-sum", "rmsprop": "gradient-not-squared"},
}
BLIND3 = {
    "01": {"affine_backward": "bias-gradient-mean"},
    "02": {"relu_backward": "relu-mask-of-dout"},
    "03": {"conv_backward_naive": "conv-stride-ignored"},
    "04": {"conv_backward_naive": "conv-filter-flipped"},
    "05": {"conv_backward_naive": "conv-not-summed"},
    "06": {"max_pool_forward_naive": "pool-size-for-stride"},
    "07": {"max_pool_backward_naive": "pool-windows-left-out"},
    "08": {"batchnorm_backward": "mean-summed-over-wrong-axis"},
    "09": {"batchnorm_backward_alt": "std-multiplied"},
    "10": {"batchnorm_forward": "test-uses-batch"},
    "11": {"batchnorm_forward": "momentum-reversed"},
    "12": {"layernorm_backward": "axis-0"},
    "13": {"spatial_batchnorm_forward": "no-transpose", "spatial_batchnorm_backward": "follows-from-forward"},
    "14": {"spatial_groupnorm_backward": "dgamma-times-gamma"},
    "15": {"spatial_groupnorm_forward": "groups-interleaved", "spatial_groupnorm_backward": "follows-from-forward"},
    "16": {"softmax_loss": "gradient-not-averaged"},
    "17": {"svm_loss": "svm-right-class-counted"},
    "18": {"sgd_momentum": "momentum-damped"},
    "19": {"rmsprop": "stale-cache"},
    "20": {"adam": "corrected-values-stored"},
    "21": {"dropout_backward": "dropout-backward-not-scaled"},
    "22": {"TwoLayerNet": "reg-half-missing"},
    "23": {"FullyConnectedNet": "dropout-not-in-backward"},
    "24": {"ThreeLayerConvNet": "relu-not-in-backward"},
    "25": {"relu_forward": "hazard: changes-input"},
}
# Functions that inherit a wrong one of their own file: spatial batch norm calls batch norm, a backward takes its forward's cache.
INHERIT = {"spatial_batchnorm_forward", "spatial_batchnorm_backward", "batchnorm_backward_alt"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def number_of(file):
    return file.name.lstrip("w")[:2]


def checked(files):
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(files, pool.map(pellucid.check, files), strict=True))


@pytest.mark.parametrize("name", ["blind", "blind2", "blind3"])
def test_right_files_raise_no_alarm(name):
    files = sorted((HERE / name / "right").glob("*.py"))
    assert len(files) >= 8
    for file, report in checked(files).items():
        assert report.is_clean, f"{file.name}: {report}"
        assert not any(function.causes for function in report.functions)


@pytest.mark.parametrize(("name", "truth"), [("blind", BLIND), ("blind2", BLIND2), ("blind3", BLIND3)])
def test_wrong_files_are_found_and_named(name, truth):
    files = sorted((HERE / name / "wrong").glob("*.py"))
    assert [number_of(file) for file in files] == sorted(truth)
    others, named, asked = [], 0, 0
    for file, report in checked(files).items():
        functions = {function.name: function for function in report.functions}
        due = truth[number_of(file)]
        for function, cause in due.items():
            found = functions[function]
            asked += 1
            if cause.startswith("hazard"):
                assert {hazard.id for hazard in found.hazards} >= {cause.removeprefix("hazard: ")}
                named += 1
                continue
            assert found.is_bad, f"{file.name}: {function} is not found"
            first = found.causes[0].id if found.causes else ""
            named += bool(cause) and first == cause
            others += [] if first == cause else [f"{file.name} {function}: {first or 'no cause'}"]
        alarms = {f.name for f in report.functions if f.is_bad} - set(due) - INHERIT
        for alarm in alarms:  # what inherits a mistake says so
            assert functions[alarm].causes, f"{file.name}: {alarm}"
    print(f"{name}: {asked} wrong functions, all found, {named} named first; otherwise {others}")
    assert named >= asked - 2
