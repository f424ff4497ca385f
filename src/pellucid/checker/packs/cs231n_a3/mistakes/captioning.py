"""Known mistakes in the captioning network: its loss, and the captions that it makes."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["CAPTIONING"]

SHIFT = "The network reads words 0 to T - 1 and predicts words 1 to T: the first word has nothing before it, the last nothing after it."
IN, OUT = "words_in, words_out = captions[:, :-1], captions[:, 1:]", "words_out"
FEED = "Each step reads the word that the step before it chose; the first reads <START>."
STATE = "The features give the first state; after that each step continues from the state of the one before it."
RNN = 'h, _ = rnn_step_forward(vectors, h, p["Wx"], p["Wh"], p["b"])'
LSTM = 'h, c, _ = lstm_step_forward(vectors, h, c, p["Wx"], p["Wh"], p["b"])'

CAPTIONING = {
    "CaptioningRNN": [
        mistake("NT401 captions-not-shifted", "the words to predict are the words that are read", "words_in and words_out are the same words: the network has to repeat what it sees.", (IN, "words_in, words_out = captions[:, :-1], captions[:, :-1]"), (IN, "words_in, words_out = captions[:, 1:], captions[:, 1:]"), lesson=SHIFT, nudge="Which word should step 0 predict?", formula=IN),
        mistake("NT402 captions-exchanged", "the words that are read and to predict are exchanged", "The network would predict the word before.", (IN, "words_in, words_out = captions[:, 1:], captions[:, :-1]"), lesson=SHIFT, nudge="Which word should step 0 predict?", formula=IN),
        mistake("NT403 null-words-counted", "<NULL> words are counted", "The mask leaves out the words after a caption's end.", ("mask = words_out != self.null", "mask = np.ones(words_out.shape, bool)"), nudge="Does the loss change with the number of <NULL> words?", formula="mask = words_out != null"),
        mistake("NT404 mask-of-read-words", "the mask looks at the words that are read", "It belongs to the words that are predicted.", ("mask = words_out != self.null", "mask = words_in != self.null"), nudge="Whose loss is masked?", formula="mask = words_out != null"),
        mistake("NT405 mask-inverted", "the mask is inverted", "Only the <NULL> words are counted.", ("mask = words_out != self.null", "mask = words_out == self.null"), nudge="Which words are counted?", formula="mask = words_out != null"),
        mistake("NT406 features-not-used", "the features are not used", "The first state is zeros: every image gets the same caption.", ("        vectors, embedding =", "        h0 = np.zeros_like(h0)\n        vectors, embedding ="), lesson=STATE, nudge="Does the loss change with the features?", formula="h0 = features W_proj + b_proj"),
        mistake("NT407 projection-bias-missing", "b_proj is not added", "The projection is an affine layer.", ('h0, projection = affine_forward(features, p["W_proj"], p["b_proj"])', 'h0, projection = affine_forward(features, p["W_proj"], 0 * p["b_proj"])'), nudge="Does the loss change with b_proj?", formula="h0 = features W_proj + b_proj"),
        mistake("NT408 projection-with-tanh", "the projection goes through tanh", "The course's projection is affine, without a non-linearity.", ("        vectors, embedding =", "        h0 = np.tanh(h0)\n        vectors, embedding ="), nudge="How large can h0 be?", formula="h0 = features W_proj + b_proj"),
        mistake("NT409 projection-gradient-missing", "the projection gets no gradient", "dh0 goes back through the projection: grads['W_proj'] and grads['b_proj'].", ("affine_backward(dh0, projection)", "affine_backward(0 * dh0, projection)"), nudge="Which parameters have no gradient?", formula="affine_backward(dh0, cache)"),
        mistake("NT410 embedding-gradient-missing", "the word vectors get no gradient", "dvectors goes back through the embedding: grads['W_embed'].", ("word_embedding_backward(dvectors, embedding)", "word_embedding_backward(0 * dvectors, embedding)"), nudge="Which parameters have no gradient?", formula="word_embedding_backward(dvectors, cache)"),
    ],
    "CaptioningRNN.sample": [
        mistake("NT421 start-read-each-step", "every step reads <START>", "The word that was chosen is not read.", ('p["W_embed"][words]', 'p["W_embed"][np.full(N, self.start)]'), lesson=FEED, nudge="What does step 2 read?", formula="vectors = W_embed[words]"),
        mistake("NT422 first-word-not-start", "the first word is not <START>", "The first step reads the word <START>.", ("words = np.full(N, self.start)", "words = np.full(N, self.null)"), lesson=FEED, nudge="What does step 1 read?", formula="words = <START>"),
        mistake("NT423 state-not-carried-on", "the state is not carried on", "Each step starts from the features again.", [(RNN, RNN.replace("h, _ =", "now, _ =")), (LSTM, LSTM.replace("h, c, _ =", "now, c, _ =")), ('scores = h @ p', 'scores = now @ p')], lesson=STATE, nudge="Which state does step 2 start from?", formula="h = the state of the last step"),
        mistake("NT424 cell-not-carried-on", "the cell is not carried on", "Each step starts from a cell of 0.", (LSTM, LSTM.replace("h, c, _ =", "h, _, _ =")), lesson=STATE, nudge="Which cell does step 2 start from?", formula="h, c = the state and cell of the last step"),
        mistake("NT425 smallest-score-chosen", "the least likely word is chosen", "The likeliest word has the largest score.", ("np.argmax(scores, axis=1)", "np.argmin(scores, axis=1)"), nudge="Is a large score good?", formula="words = argmax(scores, axis=1)"),
        mistake("NT426 features-not-used-in-sample", "the features are not used", "The first state is zeros: every image gets the same caption.", ("c = np.zeros_like(h)", "c = h = np.zeros_like(h)"), lesson=STATE, nudge="Do two images get the same caption?", formula="h = features W_proj + b_proj"),
        mistake("NT427 start-in-caption", "the caption begins with <START>", "captions holds the words that were chosen; <START> is only read.", [("words = np.argmax(scores, axis=1)", "previous, words = words, np.argmax(scores, axis=1)"), ("captions[:, t] = words", "captions[:, t] = previous")], nudge="Is <START> part of a caption?", formula="captions[:, t] = words after argmax"),
        mistake("NT428 vocabulary-bias-missing", "b_vocab is not added", "The scores are an affine layer's.", (' + p["b_vocab"]', ""), nudge="Does a caption change with b_vocab?", formula="scores = h W_vocab + b_vocab"),
        mistake("NT430 words-not-stored", "the words are not stored", "captions stays as it was made, full of <NULL>: each step's words belong in captions[:, t].", ("        captions[:, t] = words\n", ""), nudge="Which line changes captions?", formula="captions[:, t] = words"),
        mistake("NT429 first-cell-of-features", "the first cell is the first state", "The features give the first state; the first cell is 0.", ("c = np.zeros_like(h)", "c = h"), lesson=STATE, nudge="What is the first cell?", formula="c = 0"),
    ],
}  # fmt: skip
