"""The cases of assignment 3: which maker belongs to which function.

What lives here: cases of recurrent steps and sequences, embeddings, the losses over time, and the captioning network. What does not:
which mistakes the cases are to show (`mistakes/`).
"""

from pellucid.checker.packs.cs231n_a2.cases.layers import LayerCases, Maker
from pellucid.checker.packs.cs231n_a3.cases import inputs
from pellucid.checker.packs.cs231n_a3.cases.captioning import CAPTIONING
from pellucid.checker.packs.cs231n_a3.cases.lstm_step import lstm_step_backwards, lstm_step_forwards
from pellucid.checker.packs.cs231n_a3.cases.masked_loss import temporal_softmax_loss

__all__ = ["CASES"]

WEIGHTS = "Wx Wh b"
LAYERS = (
    (
        LayerCases("rnn_step_forward", "rnn_step_backward", f"x prev_h {WEIGHTS}", "dx dprev_h dWx dWh db"),
        inputs.rnn_step,
    ),
    (LayerCases("rnn_forward", "rnn_backward", f"x h0 {WEIGHTS}", "dx dh0 dWx dWh db"), inputs.rnn),
    (LayerCases("lstm_forward", "lstm_backward", f"x h0 {WEIGHTS}", "dx dh0 dWx dWh db"), inputs.lstm),
    (LayerCases("word_embedding_forward", "word_embedding_backward", "x W", "dW"), inputs.words),
    (LayerCases("temporal_affine_forward", "temporal_affine_backward", "x w b", "dx dw db"), inputs.temporal_affine),
)


def _table() -> dict[str, Maker]:
    table: dict[str, Maker] = {}
    for layer, made in LAYERS:
        table[layer.forward], table[layer.backward] = layer.forwards(made), layer.backwards(made)
    table["lstm_step_forward"], table["lstm_step_backward"] = lstm_step_forwards, lstm_step_backwards
    table["temporal_softmax_loss"] = temporal_softmax_loss
    return table | CAPTIONING


CASES = _table()
