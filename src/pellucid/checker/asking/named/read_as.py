"""Which known mistake an id of the recogniser means: it depends on the kind of layer, and on which side of it is wrong."""

import re

__all__ = ["READ_AS"]

FORWARD, BACKWARD = "forward", "backward"
NORM_FORWARD = (
    ("eps-outside-root(-and-unbiased)?", "103 eps-outside-root"),
    ("no-eps", "104 eps-left-out"),
    ("no-root", "108 no-root"),
    ("unbiased-variance", "109 variance-unbiased"),
)
NORM_BACKWARD = (
    ("no-paths", "201 paths-forgotten"),
    ("no-mean", "202 mean-path-forgotten"),
    ("no-var", "203 variance-path-forgotten"),
    ("no-gamma", "216 gamma-left-out"),
    ("no-eps", "217 eps-left-out-of-backward"),
    ("no-x-hat", "218 dgamma-without-x-hat"),
    ("eps-outside-root", "228 eps-outside-root"),
)
NORMS = (("batch norm", "BN"), ("layer norm", "LN"), ("(group|instance) norm", "GN"))

# kind of layer (a regular expression), side, the recogniser's id, code and name
READ_AS: tuple[tuple[re.Pattern[str], str, str, str], ...] = tuple(
    (re.compile(kind), side, id, tag)
    for kind, side, id, tag in (
        *((kind, FORWARD, id, letters + tag) for kind, letters in NORMS for id, tag in NORM_FORWARD),
        *((kind, BACKWARD, id, letters + tag) for kind, letters in NORMS for id, tag in NORM_BACKWARD),
        ("RMS norm", FORWARD, "eps-outside-root", "RN103 eps-outside-root"),
        ("RMS norm", BACKWARD, "no-(paths|var)", "RN201 paths-forgotten"),
        ("RMS norm", BACKWARD, "no-gamma", "RN216 gamma-left-out"),
        ("RMS norm", BACKWARD, "no-x-hat", "RN218 dgamma-without-x-hat"),
        ("^ReLU$", BACKWARD, "inverted-mask", "AC205 relu-mask-reversed"),
        ("^ReLU$", BACKWARD, "dout-only", "AC207 relu-no-mask"),
        ("^ReLU$", BACKWARD, "no-dout", "AC206 relu-dout-ignored"),
        ("^ReLU$", BACKWARD, "at-dout", "AC201 relu-mask-of-dout"),
        ("", BACKWARD, "inverted-mask", "AC211 inverted-mask"),
        ("sigmoid", BACKWARD, "input-for-output", "AC221 input-for-output"),
        ("sigmoid", BACKWARD, "no-one-minus", "AC222 no-one-minus"),
        ("sigmoid", BACKWARD, "no-s", "AC223 no-s"),
        ("tanh", BACKWARD, "no-square", "AC231 no-square"),
        ("tanh", BACKWARD, "input-for-output", "AC232 input-for-output"),
        ("^softmax", BACKWARD, "diagonal-only", "AC241 diagonal-only"),
        ("log-softmax", BACKWARD, "no-sum", "AC243 no-sum"),
        ("^softmax", BACKWARD, "no-sum", "AC242 no-sum"),
        ("swish", BACKWARD, "missing-x", "AC251 missing-x"),
        ("swish", BACKWARD, "missing-one-minus", "AC252 missing-one-minus"),
        ("max pooling", FORWARD, "max-from-zero", "PL111 pool-not-below-0"),
        ("dropout", FORWARD, "mask-shared", "DO109 dropout-whole-columns"),
        ("dropout", FORWARD, "wrong-scale", "DO111 dropout-wrong-scale"),
        ("embedding", BACKWARD, "not-accumulated", "EM201 not-accumulated"),
        ("pooling", BACKWARD, "not-accumulated", "PL202 pool-not-summed"),
        ("convolution", BACKWARD, "not-accumulated", "CV207 conv-not-summed"),
        ("RNN|LSTM|GRU", FORWARD, "no-one-minus", "RC112 no-one-minus"),
        ("RNN|LSTM|GRU", FORWARD, "no-bias", "RC117 no-bias"),
        ("RNN|LSTM|GRU", BACKWARD, "not-through-time", "RC201 state-gradient-dropped"),
        ("RNN|LSTM|GRU", BACKWARD, "one-step-alone", "RC202 last-step-only"),
        ("convolution", FORWARD, "no-bias", "CV115 no-bias"),
        ("attention", FORWARD, "scale-no-root", "AT101 scores-divided-by-d"),
        ("L1 penalty", FORWARD, "no-absolute-value", "NT503 no-absolute-value"),
        ("Adamax", FORWARD, "no-absolute-value", "OP512 no-absolute-value"),
        ("Adadelta", FORWARD, "no-root", "OP102 no-root"),
        ("", BACKWARD, "keeps-state", "IN101 state-between-calls"),
        ("SGD with", FORWARD, "ascent", "OP215 goes-uphill"),
        ("SGD", FORWARD, "ascent", "OP201 wrong-sign"),
        ("", FORWARD, "decay-swapped", "OP301 decay-reversed"),
        ("AdaGrad|RMSProp|Adam", FORWARD, "no-root", "OP102 no-root"),
        ("RMSProp|Adam", FORWARD, "no-square", "OP103 gradient-not-squared"),
        ("Adam", FORWARD, "no-correction", "OP407 not-corrected"),
        ("Adam", FORWARD, "correction-swapped", "OP411 betas-exchanged"),
        ("Adam", FORWARD, "correction-power", "OP405 beta-to-no-power"),
    )
)
