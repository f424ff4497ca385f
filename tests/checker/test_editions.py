"""Edition by edition: what is right in its year is right, the other year's way is found where the edition is named."""

import pytest

import pellucid
from pellucid.checker.asking.pack import Options
from pellucid.checker.check_folder import files_to_check
from pellucid.checker.request import request_for

from .edition_styles import YEARS, adam, dropout, fully_connected, groupnorm, package, three_layer, two_layer
from .planting import PACK, REFERENCE, functions_from, judged_pair, source_of


def report(name, text, edition=None):
    """The report on one function of a text that stands on the reference's layers."""
    source = source_of(text)
    options = Options(edition, {known: source.docstring(known) for known in source.names()})
    return judged_pair(name, functions_from(text, on=REFERENCE.namespace), text=text, options=options, seconds=3.0)


def test_the_pack_names_every_year():
    assert list(PACK.editions) == list(YEARS)


@pytest.mark.parametrize("year", YEARS)
def test_right_in_its_edition(year):
    texts = {"dropout_forward": dropout(year), "dropout_backward": dropout(year)}
    texts |= {"adam": adam(year), "rmsprop": adam(year), "ThreeLayerConvNet": three_layer(max(year, 2017))}
    texts["FullyConnectedNet"] = dropout(year) + fully_connected(year)
    if year <= 2020:
        texts["TwoLayerNet"] = two_layer(year)
    for name, text in texts.items():
        found = report(name, text, year)
        assert (found.verdict, found.causes) == ("correct", []), name


@pytest.mark.parametrize("year", [year for year in YEARS if year >= 2018])
def test_group_norm_takes_the_gamma_of_its_description(year):
    for edition in (year, None):
        for name in ("spatial_groupnorm_forward", "spatial_groupnorm_backward"):
            found = report(name, groupnorm(year), edition)
            assert found.verdict in ("correct", "convention"), (edition, found.failing)
            assert found.own_gradient_check != "fails"


@pytest.mark.parametrize("year", [2021, 2026])
def test_group_norm_for_gamma_of_one_axis_is_refused_where_the_description_says_four(year):
    assert report("spatial_groupnorm_forward", groupnorm(2018), year).is_bad


@pytest.mark.parametrize("year", YEARS)
def test_the_other_meaning_of_p_is_found(year):
    found = report("dropout_forward", dropout(year, other=True, told=False), year)
    assert found.verdict == "wrong"
    assert found.causes[0].id == "dropout-p-reversed"


@pytest.mark.parametrize("year", YEARS)
def test_the_description_decides_without_an_edition(year):
    assert report("dropout_forward", dropout(year)).verdict == "correct"
    assert report("dropout_forward", dropout(year, other=True)).causes[0].id == "dropout-p-reversed"


@pytest.mark.parametrize(
    ("sentence", "drops"),
    [
        ("We drop each unit with probability p.", True),
        ("p is the probability of **keep** a neuron; elsewhere it is that of dropping a neuron", False),
        ("probability to drop an activation", True),
        ("keep every activation with probability p", False),
        ("p: a number between 0 and 1", None),
        ("", None),
    ],
)
def test_descriptions_in_other_words(sentence, drops):
    for other in (False, True):
        head, body = dropout(2017, other=other, told=False).strip().split("\n", 1)
        found = report("dropout_forward", f'{head}\n    """{sentence}"""\n{body}')
        if drops is None:
            assert not found.is_bad
        else:
            assert found.is_bad == (drops == other), sentence


@pytest.mark.parametrize("year", YEARS)
def test_adams_first_step(year):
    assert report("adam", adam(year, first=0), year).verdict == "correct"
    assert report("adam", adam(year, first=1), year).verdict == ("correct" if year <= 2017 else "convention")
    late = report("adam", adam(year, first=1, counts="after"), year)
    assert late.verdict == "wrong"
    assert late.causes[0].id == "t-after-use"


@pytest.mark.parametrize(
    ("written", "edition", "lacks"),
    [
        (2016, 2018, "normalization"),
        (2018, 2016, "use_batchnorm"),
        (2020, 2021, "dropout_keep_ratio"),
        (2021, 2020, "dropout"),
    ],
)
def test_a_network_with_another_editions_keywords_is_found(written, edition, lacks):
    text = dropout(edition) + fully_connected(written)
    found = report("FullyConnectedNet", text, edition)
    assert found.is_bad
    assert found.causes[0].id == "keyword-not-taken"
    assert lacks in found.causes[0].title
    assert report("FullyConnectedNet", text).verdict == "correct"  # nobody said which edition it is


@pytest.mark.parametrize(
    ("right", "wrong", "cause"),
    [
        ("d = dropout_backward(d, drop)", "pass", "dropout-not-in-backward"),
        (
            "if self.drop is not None:\n                h, drop",
            "if False:\n                h, drop",
            "dropout-left-out",
        ),
    ],
)
@pytest.mark.parametrize("edition", [None, 2016, 2019, 2024])
def test_dropout_in_a_networks_training(right, wrong, cause, edition):
    year = edition or 2024
    text = dropout(year) + fully_connected(year)
    assert text.count(right) == 1
    found = report("FullyConnectedNet", text.replace(right, wrong), edition)
    assert found.verdict == "wrong"
    assert found.causes[0].id == cause


@pytest.mark.parametrize("year", [2016, 2026])
def test_the_starter_codes_slip_of_2016(year):
    right = "settings['mode'] = mode"
    wrong = "settings['mode' if settings is self.drop else mode] = mode"
    text = dropout(year) + fully_connected(year)
    assert text.count(right) == 1
    found = report("FullyConnectedNet", text.replace(right, wrong), year)
    assert found.causes[0].id == "batchnorm-mode"


@pytest.mark.parametrize("edition", [2015, 2030, "abc", True, 20.5])
def test_an_edition_that_there_is_not(edition, tmp_path):
    with pytest.raises(ValueError, match=r"^--edition must be a year of cs231n-a2, 2016 to 2026; got '[^\n]*'$"):
        pellucid.check(tmp_path, edition=edition)


def test_a_file_for_pytorch_is_not_judged(tmp_path):
    """That of 2025 and 2026 holds an affine_forward of tensors, which returns no cache."""
    folder = package(tmp_path, 2026) / "cs231n"
    text = "import torch\n\n\ndef affine_forward(x, w, b):\n    return torch.flatten(x, 1) @ w + b\n"
    (folder / "rnn_layers_pytorch.py").write_text(text)
    request = request_for(only=["affine_forward"], edition=2026)
    assert [entry.path.name for entry in files_to_check(folder, request)] == ["layers.py"]
    found = pellucid.check(folder / "rnn_layers_pytorch.py")
    assert found.error.startswith("is written for another framework")
    (folder / "layers.py").write_text(text)
    assert pellucid.check(folder / "layers.py").functions[0].is_bad  # importing torch hides nothing


def clean(folder, year, **settings):
    """Check every file of a folder; nothing may be wrong. Return the names that were judged."""
    judged = set()
    for path in sorted(folder.rglob("*.py")):
        found = pellucid.check(path, edition=year, **settings)
        if found.functions:
            assert found.is_clean, f"{path.name}: {found}"
            assert all(f.verdict in ("correct", "convention") for f in found.functions)
        judged |= {function.name for function in found.functions}
    return judged


@pytest.mark.parametrize("year", [2016, 2026])
def test_layers_on_an_extension_that_is_not_built(year, tmp_path):
    names = {"conv_relu_pool_backward", "ThreeLayerConvNet"}
    assert clean(package(tmp_path, year), year, only=sorted(names)) == names


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
def test_a_whole_assignment(year, tmp_path):
    later = {"layernorm", "spatial_groupnorm"}
    every = {f.name for f in PACK.functions} | {"batchnorm_backward_alt"}
    every -= {name for name in every if year < 2018 and name.rsplit("_", 1)[0] in later}
    every -= {"TwoLayerNet", "svm_loss"} if year >= 2021 else set()
    every -= {"conv_bn_relu_forward", "conv_bn_relu_backward"} if year == 2016 else set()
    assert clean(package(tmp_path, year), year) == every
