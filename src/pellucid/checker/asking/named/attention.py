"""Mistakes of attention, of its backward, and of positional encodings."""

from pellucid.checker.asking.named.record import Named

__all__ = ["ATTENTION"]

SHOWN = "The outputs equal those of attention with this mistake, for all inputs tried."
OWN = "The gradient equals that of a forward in which this path is fixed."
RATE = "pos / 10000 ** (2 * (i // 2) / d)"

FORWARD = (
    Named(
        "AT103",
        "softmax-over-queries",
        "the softmax runs over the queries",
        "The shares of one query add up to 1 over the keys: that is the last axis of the scores.",
        "softmax(scores, axis=-2)",
        "softmax(scores, axis=-1)",
        SHOWN,
    ),
    Named(
        "AT104",
        "scale-of-all-heads",
        "scores are scaled by the root of the whole width",
        "The product of a head's queries and keys sums over the head's width, so that width is what is divided by.",
        "scores / np.sqrt(d_model)",
        "scores / np.sqrt(d_model // heads)",
        "With one head it is correct.",
    ),
    Named(
        "AT105",
        "mask-after-softmax",
        "the mask comes after the softmax",
        "Shares that are set to 0 afterwards leave a sum below 1; hidden scores must not take part in the sum.",
        "softmax(scores) * mask",
        "softmax(np.where(mask, scores, -np.inf))",
        "The shares of a query add up to less than 1 wherever something is hidden.",
    ),
    Named(
        "AT106",
        "mask-with-zero",
        "masked scores are set to 0",
        "0 is no small score: exp(0) = 1. A hidden score has to be -inf, or a very large negative number.",
        "np.where(mask, scores, 0)",
        "np.where(mask, scores, -np.inf)",
        SHOWN,
    ),
    Named(
        "AT107",
        "heads-mixed",
        "the heads are cut out of the rows",
        "A head takes some of the columns of every step. Reshaping without a transposition takes whole steps instead.",
        "x.reshape(N, heads, T, d)",
        "x.reshape(N, T, heads, d).transpose(0, 2, 1, 3)",
        "With one head it is correct.",
    ),
    Named(
        "AT108",
        "heads-merged",
        "the heads are joined without being transposed back",
        "Before the heads are joined, each step has to hold its heads next to each other.",
        "out.reshape(N, T, E)",
        "out.transpose(0, 2, 1, 3).reshape(N, T, E)",
        "With one head it is correct.",
    ),
)

BACKWARD = (
    Named(
        "AT201",
        "softmax-sum",
        "the derivative of the softmax lacks its sum",
        "Each share depends on all scores of its query; what they have in common is the sum.",
        "dscores = shares * dshares",
        "dscores = shares * (dshares - (dshares * shares).sum(axis=-1, keepdims=True))",
        OWN,
    ),
    Named(
        "AT202",
        "scale-missing",
        "the backward lacks the scale of the scores",
        "The forward multiplies the scores by 1/sqrt(d), so the backward does too.",
        "dq = dscores @ k",
        "dq = dscores @ k / np.sqrt(d)",
        "The gradients of queries and keys are sqrt(d) times too large, and that of the values is correct.",
    ),
    *(
        Named(
            f"AT20{number}",
            f"no-{name}",
            f"what flows back through the {name} is left out",
            "Self-attention uses its input three times, for queries, keys and values: the three gradients are added.",
            f"dx = {' + '.join(term for term in terms if f'W{name[0]}' not in term)}",
            f"dx = {' + '.join(terms)}",
            OWN,
        )
        for number, name in ((3, "queries"), (4, "keys"), (5, "values"))
        for terms in (("dq @ Wq.T", "dk @ Wk.T", "dv @ Wv.T"),)
    ),
)

POSITIONS = tuple(
    Named(code, name, title, explanation, wrong, f"np.sin({RATE}), np.cos({RATE})", "Compare a few entries with the formula.")
    for code, name, title, explanation, wrong in (
        (
            "EM101", "rate-of-column", "sine and cosine of a pair have different rates",
            "Columns 2 * i and 2 * i + 1 hold the sine and the cosine of one angle.", "pos / 10000 ** (i / d)",
        ),
        (
            "EM102", "rate-doubled", "the exponent doubles the column's number",
            "2 * i counts pairs; the even columns' own numbers are 2 * i already.", "pos / 10000 ** (2 * i / d)",
        ),
        (
            "EM103", "rate-halved", "the exponent lacks its factor 2",
            "The exponents run from 0 to nearly 1 over the pairs.", "pos / 10000 ** ((i // 2) / d)",
        ),
        (
            "EM104", "rate-inverted", "the exponent lacks its sign",
            "Angles turn more slowly in later columns.", "pos * 10000 ** (2 * (i // 2) / d)",
        ),
        (
            "EM105", "no-cosine", "the odd columns hold sines",
            "Sine and cosine of one angle together tell positions apart, and make a shift a rotation.", "np.sin(angle)",
        ),
    )
)  # fmt: skip

ATTENTION = (*FORWARD, *BACKWARD, *POSITIONS)
