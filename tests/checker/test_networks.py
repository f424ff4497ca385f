"""A network's mistake is told from its layers': it is judged on the reference's layers where its own may be wrong."""

import pellucid

from .network_styles import NETWORKS
from .planting import REFERENCE

NAMES = (
    "affine_forward", "affine_backward", "relu_forward", "relu_backward", "batchnorm_forward", "batchnorm_backward",
    "layernorm_forward", "layernorm_backward", "dropout_forward", "dropout_backward", "softmax_loss",
)  # fmt: skip
LAYERS = "import numpy as np\n" + "\n\n".join(REFERENCE.forms(name)[""] for name in NAMES)
NET = NETWORKS["a network of steps"]
WRONG_LAYERS = LAYERS.replace("rows.T @ dout", "rows.T @ dout / N")
WRONG_NET = NET.replace("0.5 * self.reg * (W", "self.reg * (W")


def net(path):
    return next(f for f in pellucid.check(path).functions if f.name == "FullyConnectedNet")


def package(tmp_path, layers, network):
    folder = tmp_path / "cs231n"
    (folder / "classifiers").mkdir(parents=True)
    for place in (folder, folder / "classifiers"):
        (place / "__init__.py").write_text("")
    (folder / "layers.py").write_text(layers)
    path = folder / "classifiers" / "fc_net.py"
    path.write_text("import numpy as np\nfrom ..layers import *\n" + network)
    return path


def test_right_layers_and_a_right_network(tmp_path):
    assert net(package(tmp_path, LAYERS, NET)).verdict == "correct"


def test_wrong_layers_in_another_file_are_not_the_networks_mistake(tmp_path):
    found = net(package(tmp_path, WRONG_LAYERS, NET))
    assert found.verdict == "wrong"
    assert [cause.id for cause in found.causes] == ["follows-from-layers"]


def test_a_wrong_network_on_wrong_layers_is_named_by_itself(tmp_path):
    found = net(package(tmp_path, WRONG_LAYERS, WRONG_NET))
    assert found.causes[0].id == "reg-half-missing"
    assert found.known[0].startswith("judged on the reference's layers")


def test_wrong_layers_of_the_same_file_are_named(tmp_path):
    path = tmp_path / "everything.py"
    path.write_text(WRONG_LAYERS + NET)
    assert net(path).causes[0].title == "follows from affine_backward"


def test_a_constructor_that_makes_nothing_is_wrong_where_it_means_to_and_missing_where_it_does_not(tmp_path):
    text = REFERENCE.forms("FullyConnectedNet")[""]
    found = net(package(tmp_path / "wrong", LAYERS, text.replace("1 + len(hidden_dims)", "1 - len(hidden_dims)")))
    assert found.verdict == "wrong"
    assert "sign" in found.causes[0].title
    stub = (
        "class FullyConnectedNet:\n    def __init__(self, hidden_dims, **kwargs):\n        self.params = {}\n"
        "    def loss(self, X, y=None):\n        W1 = self.params['W1']\n        return None\n"
    )
    assert net(package(tmp_path / "missing", LAYERS, stub)).verdict == "missing"


HIDES_KEYWORDS = """
import inspect
def _hidden(cls):
    found = inspect.signature(cls)
    names = ("normalization", "use_batchnorm", "dropout", "dropout_keep_ratio")
    cls.__signature__ = found.replace(parameters=[p for n, p in found.parameters.items() if n not in names])
_hidden(FullyConnectedNet)
"""


def test_a_network_that_hides_its_keywords_is_asked_with_an_edition_and_shown_without(tmp_path):
    """Which edition a class comes from, only the class can say: what it hides must at least be seen."""
    path = package(tmp_path, LAYERS, NET + HIDES_KEYWORDS)
    honest = pellucid.check(path.with_name("fc_net.py"), only=["FullyConnectedNet"], edition=2021).functions[0]
    assert "not-asked" not in {hazard.id for hazard in honest.hazards}
    (hidden,) = pellucid.check(path, only=["FullyConnectedNet"]).functions
    assert hidden.total < honest.total
    (hazard,) = [hazard for hazard in hidden.hazards if hazard.id == "not-asked"]
    assert "cases were not asked" in hazard.detail
    assert "--edition YEAR" in hazard.detail
