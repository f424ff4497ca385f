"""The captioning network: image features start a recurrent layer, which reads a caption and predicts the next word."""

import numpy as np


class CaptioningRNN:
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32):
        self.cell_type = cell_type
        self.null, self.start = word_to_idx["<NULL>"], word_to_idx["<START>"]
        V, gates = len(word_to_idx), {"rnn": 1, "lstm": 4}[cell_type]
        shapes = {
            "W_embed": (V, wordvec_dim),
            "W_proj": (input_dim, hidden_dim),
            "b_proj": (hidden_dim,),
            "Wx": (wordvec_dim, gates * hidden_dim),
            "Wh": (hidden_dim, gates * hidden_dim),
            "b": (gates * hidden_dim,),
            "W_vocab": (hidden_dim, V),
            "b_vocab": (V,),
        }
        self.params = {name: np.zeros(shape, dtype=dtype) for name, shape in shapes.items()}

    def loss(self, features, captions):
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        mask = words_out != self.null
        p = self.params
        Wx, Wh, b = p["Wx"], p["Wh"], p["b"]
        h0, projection = affine_forward(features, p["W_proj"], p["b_proj"])
        vectors, embedding = word_embedding_forward(words_in, p["W_embed"])
        if self.cell_type == "rnn":
            h, recurrent = rnn_forward(vectors, h0, Wx, Wh, b)
        else:
            h, recurrent = lstm_forward(vectors, h0, Wx, Wh, b)
        scores, output = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, words_out, mask)
        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, output)
        if self.cell_type == "rnn":
            dvectors, dh0, grads["Wx"], grads["Wh"], grads["b"] = rnn_backward(dh, recurrent)
        else:
            dvectors, dh0, grads["Wx"], grads["Wh"], grads["b"] = lstm_backward(dh, recurrent)
        grads["W_embed"] = word_embedding_backward(dvectors, embedding)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, projection)
        return loss, grads

    def sample(self, features, max_length=30):
        N = features.shape[0]
        captions = np.full((N, max_length), self.null)
        p = self.params
        h, _ = affine_forward(features, p["W_proj"], p["b_proj"])
        c = np.zeros_like(h)
        words = np.full(N, self.start)
        for t in range(max_length):
            vectors = p["W_embed"][words]
            if self.cell_type == "rnn":
                h, _ = rnn_step_forward(vectors, h, p["Wx"], p["Wh"], p["b"])
            else:
                h, c, _ = lstm_step_forward(vectors, h, c, p["Wx"], p["Wh"], p["b"])
            scores = h @ p["W_vocab"] + p["b_vocab"]
            words = np.argmax(scores, axis=1)
            captions[:, t] = words
        return captions
