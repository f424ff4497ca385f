"""Tests of `storage`, and of saving and loading a network with it: whole and true, or refused."""

import copy
import errno
import json
import os
import threading

import numpy as np
import pytest
from hypothesis import given
from safetensors.numpy import load_file, save_file
from tests.cases import every_network
from tests.cases.function import bend
from tests.network_checks import check_saved, shaken

from pellucid.layers import DESCRIPTIONS
from pellucid.nets import (
    MODELS,
    Affine,
    BatchNorm,
    Conv,
    Description,
    Function,
    Network,
    ReLU,
    Residual,
    StorageError,
    build,
    read_tensors,
    write_atomically,
    write_tensors,
)

from .random_networks import cases, examples


def assert_same(a, b):
    assert a.layers == b.layers
    assert (a.input_shape, a.seed, a.init, a.dtype, a.frozen) == (b.input_shape, b.seed, b.init, b.dtype, b.frozen)
    assert list(a.params) == list(b.params)
    assert a.params.flat.tobytes() == b.params.flat.tobytes()
    assert a.state.flat.tobytes() == b.state.flat.tobytes()


def moved(net):
    """The network after its arrays moved away from what its seed gives."""
    rng = np.random.default_rng(0)
    for arrays in (net.params, net.state):
        arrays.flat[:] = rng.standard_normal(arrays.flat.size)
    return net


@pytest.fixture
def saved(tmp_path):
    """A small network and its file."""
    net = moved(Network([Conv(2, 1), BatchNorm(), Affine(2)], (1, 1, 2), seed=2**64 - 1, init=0.1))
    net.freeze("conv1.*")
    net.save(tmp_path / "net.safetensors")
    return net, tmp_path / "net.safetensors"


# ---- there and back ----


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", MODELS)
def test_named_models_come_back_bit_for_bit(tmp_path, name, dtype):
    options = {
        "fully-connected": {"hidden": [7, 5], "norm": "batch", "keep": 0.5},
        "three-layer-convnet": {"filters": 3},
        "resnet18": {"width": 4},
        "densenet-small": {"growth": 4, "depth": 2},
    }
    net = moved(build(name, (3, 32, 32), 3, seed=5, init="xavier", dtype=dtype, **options.get(name, {})))
    net.freeze("*.bias")
    net.save(tmp_path / "net")
    assert_same(Network.load(tmp_path / "net"), net)


@given(case=cases)
@examples(60)
def test_random_networks_come_back_bit_for_bit(tmp_path, case):
    net, (x, _) = case.network(), case.batch()
    net.save(str(tmp_path / "net"))
    functions = any(operation.kind == "function" for operation in net.program.operations)
    back = Network.load(str(tmp_path / "net"), layers=case.layers if functions else None)
    assert_same(back, net)
    assert back.predict(x).tobytes() == net.predict(x).tobytes()


@pytest.mark.parametrize("name", every_network())
def test_the_networks_of_the_cases_come_back_bit_for_bit(tmp_path, name):
    layers, shape = every_network()[name]
    functions = any(isinstance(layer, Function) for layer in layers)
    check_saved(shaken(Network(layers, shape, seed=5)), tmp_path / "net", layers if functions else None)


def test_values_that_are_not_finite_come_back(tmp_path):
    net = Network([Affine(3)], (2,))
    net.params["affine1.weight"] = [[np.nan, np.inf, -np.inf], [-0.0, 1e-45, 3e38]]
    net.save(tmp_path / "net")
    assert_same(Network.load(tmp_path / "net"), net)


def test_a_loaded_network_learns_on(saved):
    net, path = saved
    back = Network.load(path)
    back.params["affine1.bias"] = [5, 6]
    assert back.params.flat[-2:].tolist() == [5, 6]
    assert back.params.flat.flags.writeable
    assert net.params["affine1.bias"].tolist() != [5, 6]


def test_tensors_lie_in_logical_c_order(tmp_path):
    net = moved(Network([Conv(4, (3, 2)), BatchNorm(), Affine(3)], (2, 4, 4)))
    net.save(tmp_path / "net")
    tensors = load_file(tmp_path / "net")
    assert set(tensors) == {f"params/{name}" for name in net.params} | {f"state/{name}" for name in net.state}
    for name, array in net.named_tensors().items():
        assert tensors[name].shape == array.shape
        assert tensors[name].dtype == np.float32
        assert np.array_equal(tensors[name], np.asarray(array)), name
    raw = (tmp_path / "net").read_bytes()
    assert np.ascontiguousarray(net.params["conv1.weight"]).tobytes() in raw


def test_saving_leaves_nothing_else_behind(saved):
    net, path = saved
    net.save(path)
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("layer", [Affine(np.int64(3)), BatchNorm(eps=np.float32(1e-3))], ids=repr)
def test_settings_that_are_numpy_numbers_are_saved(tmp_path, layer):
    net = Network([layer], (4,))
    net.save(tmp_path / "net")
    assert_same(Network.load(tmp_path / "net"), net)


# ---- functions ----


def test_a_functions_code_is_not_saved_but_given_again(tmp_path):
    net = moved(Network([Affine(3), Residual([bend(3)]), ReLU()], (3,)))
    net.save(tmp_path / "net")
    with pytest.raises(StorageError, match=r"^the layer 'bend' is a Function, whose code is not saved: pass layers="):
        Network.load(tmp_path / "net")
    assert_same(Network.load(tmp_path / "net", layers=net.layers), net)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Affine(4)], r"params/affine1\.weight has shape \(3, 3\); the network needs \(3, 4\)"),
        ([Conv(4, 1)], "does not fit"),
        ([Affine(3), BatchNorm()], "has no params/batchnorm1.gamma, which the network needs"),
    ],
)
def test_other_layers_than_the_files_are_refused(tmp_path, layers, message):
    Network([Affine(3)], (3,)).save(tmp_path / "net")
    with pytest.raises(ValueError, match=message):
        Network.load(tmp_path / "net", layers=layers)


def test_layers_that_leave_tensors_of_the_file_unread_are_refused(tmp_path):
    Network([Affine(3), Affine(3)], (3,)).save(tmp_path / "net")
    with pytest.raises(StorageError, match=r"affine2\.bias, which the network does not have"):
        Network.load(tmp_path / "net", layers=[Affine(3)])


def test_adopt_copies_everything_or_nothing():
    net = moved(Network([Affine(3), Affine(3)], (3,)))
    before = net.params.flat.copy()
    arrays = {name: array + 1 for name, array in net.named_tensors().items()}
    arrays["params/affine2.bias"] = np.zeros(4)
    with pytest.raises(StorageError, match=r"^here: params/affine2\.bias has shape \(4,\); the network needs \(3,\)$"):
        net.adopt(arrays, "here")
    del arrays["params/affine2.bias"]
    with pytest.raises(StorageError, match=r"^here has no params/affine2\.bias"):
        net.adopt(arrays, "here")
    assert np.array_equal(net.params.flat, before)


# ---- damage ----


def test_a_file_cut_anywhere_is_refused(saved):
    _, path = saved
    for length in reversed(range(path.stat().st_size)):
        os.truncate(path, length)
        with pytest.raises(StorageError, match=r"^cannot read .*: it is damaged"):
            Network.load(path)


@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80, 0xFF])
def test_one_changed_byte_anywhere_is_refused(saved, flip):
    _, path = saved
    whole = path.read_bytes()
    with open(path, "r+b", buffering=0) as file:
        for place, byte in enumerate(whole):
            os.pwrite(file.fileno(), bytes([byte ^ flip]), place)
            with pytest.raises(StorageError, match=r"^cannot read "):
                Network.load(path)
            os.pwrite(file.fileno(), bytes([byte]), place)
    Network.load(path)


def test_bytes_after_the_end_are_refused(saved):
    _, path = saved
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(StorageError, match="it is damaged"):
        Network.load(path)


def test_what_is_no_file_of_ours_is_refused(tmp_path):
    path = tmp_path / "net"
    with pytest.raises(StorageError, match=r"^cannot read .*net: it is missing$"):
        Network.load(path)
    with pytest.raises(StorageError, match=r"^cannot read "):
        Network.load(tmp_path)
    save_file({"w": np.zeros(2, np.float32)}, path)
    with pytest.raises(StorageError, match="it was not written by Pellucid"):
        Network.load(path)
    save_file({"w": np.zeros(2, np.float32)}, path, {"format": "pellucid 2", "document": "{}", "sha256": ""})
    with pytest.raises(StorageError, match="another version's format"):
        Network.load(path)
    write_tensors(path, {"w": np.zeros(2)}, {"optimizer": {}})
    with pytest.raises(StorageError, match="it contains no network"):
        Network.load(path)


def test_swapped_tensors_are_refused(saved):
    _, path = saved
    content = path.read_bytes()
    assert content.count(b"batchnorm1.mean") == content.count(b"batchnorm1.beta.") + 1
    swapped = content.replace(b"batchnorm1.mean", b"batchnorm1.????").replace(b"batchnorm1.beta", b"batchnorm1.mean")
    path.write_bytes(swapped.replace(b"batchnorm1.????", b"batchnorm1.beta"))
    with pytest.raises(StorageError, match=r"^cannot read "):
        Network.load(path)


def test_a_layer_of_another_version_is_refused(saved):
    _, path = saved
    arrays, document = read_tensors(path)
    later = copy.deepcopy(document)
    later["network"]["layers"][0]["layer"] = "Attention"
    write_tensors(path, arrays, later)
    with pytest.raises(
        StorageError,
        match=r"^the file holds a layer 'Attention', which this version does not know; ",
    ):
        Network.load(path)


def test_a_setting_of_another_version_is_refused(saved):
    _, path = saved
    arrays, document = read_tensors(path)
    document["network"]["layers"][0]["transposed"] = 2
    write_tensors(path, arrays, document)
    with pytest.raises(StorageError, match="transposed"):
        Network.load(path)


@pytest.mark.parametrize(
    "kind", ["Description", "Elementwise", "Pooling", "Network", "Parameter", "__init__", None, "os.system", ["ReLU"]]
)
def test_only_layers_are_built_from_a_file(saved, kind):
    _, path = saved
    arrays, document = read_tensors(path)
    document["network"]["layers"][0]["layer"] = kind
    write_tensors(path, arrays, document)
    with pytest.raises(StorageError, match="which this version does not know"):
        Network.load(path)


def test_a_description_of_ones_own_is_loaded_by_name_once_its_class_is_known(tmp_path, monkeypatch):
    class Mine(Description):
        def lowered(self, shape):
            return ReLU().lowered(shape)

    net = moved(Network([Affine(3), Mine()], (3,)))
    net.save(tmp_path / "net")
    assert_same(Network.load(tmp_path / "net"), net)
    monkeypatch.delitem(DESCRIPTIONS, "Mine")  # as in a program that has not imported it
    with pytest.raises(StorageError, match="holds a layer 'Mine'"):
        Network.load(tmp_path / "net")
    assert_same(Network.load(tmp_path / "net", layers=net.layers), net)


def test_a_layer_of_ones_own_does_not_take_the_name_of_a_library_layer(tmp_path):
    """The file could not say which of the two it means."""
    own = type("ReLU", (Description,), {"lowered": lambda self, shape: ReLU().lowered(shape)})
    assert DESCRIPTIONS["ReLU"] is ReLU
    with pytest.raises(StorageError, match="two layers are called ReLU"):
        Network([own(), Affine(2)], (3,)).save(tmp_path / "net")
    net = Network([ReLU(), Affine(2)], (3,))
    net.save(tmp_path / "net")
    assert type(Network.load(tmp_path / "net").layers[0]) is ReLU


# ---- tensors ----


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, bool])
def test_tensors_come_back_with_the_document(tmp_path, dtype):
    arrays = {
        "transposed": np.arange(6).reshape(2, 3).astype(dtype).T,
        "strided": np.arange(10).astype(dtype)[::-3],
        "empty": np.zeros((0, 3), dtype),
    }
    document = {"step": 3, "text": 'Łódź "quoted"\n', "nested": [{"a": None, "b": 0.1}]}
    write_tensors(tmp_path / "t", arrays, document)
    back, read = read_tensors(tmp_path / "t")
    assert read == document
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert np.array_equal(back[name], array)


def test_an_array_without_axes_comes_back_without(tmp_path):
    write_tensors(tmp_path / "t", {"scalar": np.array(1.0)}, {})
    assert read_tensors(tmp_path / "t")[0]["scalar"].shape == ()


def test_a_changed_document_is_refused(tmp_path):
    write_tensors(tmp_path / "t", {"a": np.ones(2)}, {"step": 3})
    content = (tmp_path / "t").read_bytes()
    written = json.dumps(json.dumps({"step": 3}))[1:-1].encode()
    assert content.count(written) == 1
    (tmp_path / "t").write_bytes(content.replace(written, written.replace(b"3", b"4")))
    with pytest.raises(StorageError, match="its checksum does not match"):
        read_tensors(tmp_path / "t")


# ---- a crash leaves the old file or the new ----


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("failing", ["replace", "fsync"])
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, failing):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, failing, full)
    with pytest.raises(StorageError, match=r"^cannot write .*file: No space left on device$"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_network_is_not_half_overwritten(saved, monkeypatch):
    net, path = saved
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError, match="No space left"):
        Network([Affine(9)], (4,)).save(path)
    monkeypatch.undo()
    assert_same(Network.load(path), net)


def test_the_content_is_on_the_disk_before_the_file_has_its_name(tmp_path, monkeypatch):
    happened = []
    fsync, replace = os.fsync, os.replace

    def seen_fsync(descriptor):
        happened.append("folder flushed" if os.path.isdir(f"/dev/fd/{descriptor}/.") else "file flushed")
        fsync(descriptor)

    def seen_replace(source, target):
        happened.append("renamed")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "replace", seen_replace)
    write_atomically(tmp_path / "file", b"new")
    assert happened == ["file flushed", "renamed", "folder flushed"]


def test_a_folder_that_cannot_be_flushed_is_no_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("pellucid.files.os.open", full)
    write_atomically(tmp_path / "file", b"new")
    monkeypatch.undo()
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_place_that_cannot_be_written_is_named(tmp_path, saved):
    net, _ = saved
    with pytest.raises(StorageError, match=r"^cannot write .*missing/net: No such file or directory$"):
        net.save(tmp_path / "missing" / "net")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match=r"^cannot write .*folder: Is a directory$"):
        net.save(tmp_path / "folder")
    assert not list(tmp_path.rglob("*.part"))


def test_an_interruption_leaves_no_part(tmp_path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", b"new")
    assert os.listdir(tmp_path) == []


# ---- files with a true checksum that nobody here wrote ----

SOUND = Network([Affine(2)], (3,)).to_document()
DOCUMENTS = [
    ({"network": 5}, "the saved network is not valid"),
    ({"network": SOUND | {"layers": [5]}}, "a layer 5, which is not an object"),
    ({"network": SOUND | {"layers": [{"layer": "Affine"}]}}, "the file's Affine is not valid"),
    ({"network": SOUND | {"layers": [{"layer": "Residual"}]}}, "Residual needs a body and a shortcut"),
    ({"network": SOUND | {"layers": [{"layer": "Residual", "body": [5], "shortcut": []}]}}, "not an object of JSON"),
    ({"network": SOUND | {"layers": [{"layer": "Function"}]}}, "is a Function"),
    ({"network": SOUND | {"input_shape": "wide"}}, "not valid"),
    ({"network": SOUND | {"dtype": "float8"}}, "not valid"),
    ({"network": {key: value for key, value in SOUND.items() if key != "seed"}}, "seed is missing, or of another type"),
]


@pytest.mark.parametrize(("document", "words"), DOCUMENTS, ids=[words for _, words in DOCUMENTS])
def test_a_document_of_another_form_is_refused(tmp_path, document, words):
    write_tensors(tmp_path / "net", {}, document)
    with pytest.raises(StorageError, match=words):
        Network.load(tmp_path / "net")


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "5", "{"])
def test_a_document_that_is_no_object_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setattr("pellucid.nets.storage.json.dumps", lambda document, **options: text)
    write_tensors(tmp_path / "net", {}, {})
    with pytest.raises(StorageError, match="its document is not"):
        read_tensors(tmp_path / "net")


def test_a_network_that_cannot_fit_is_refused_before_it_is_allocated():
    with pytest.raises(MemoryError, match=r"Network: its parameters need 40\.0 TB, and .* is available"):
        Network([Affine(10**7)], (10**6,))


def test_a_file_name_as_long_as_file_systems_allow(tmp_path):
    for name in ("n" * 255, "ü" * 127):
        write_atomically(tmp_path / name, b"content")
        assert (tmp_path / name).read_bytes() == b"content"
    assert len(list(tmp_path.iterdir())) == 2


def test_two_threads_that_write_one_file_leave_it_whole(tmp_path, monkeypatch):
    """The second writes from beginning to end while the first is in the middle of it."""
    nets = [Network([Affine(2)], (3,), seed=seed) for seed in range(2)]
    path = tmp_path / "net.safetensors"
    flush = os.fsync

    def flush_after_the_other(descriptor):
        monkeypatch.setattr(os, "fsync", flush)
        other = threading.Thread(target=nets[1].save, args=(path,))
        other.start()
        other.join(60)
        assert np.array_equal(Network.load(path).params.flat, nets[1].params.flat)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", flush_after_the_other)
    nets[0].save(path)
    assert np.array_equal(Network.load(path).params.flat, nets[0].params.flat)
    assert [file.name for file in tmp_path.iterdir()] == ["net.safetensors"]
