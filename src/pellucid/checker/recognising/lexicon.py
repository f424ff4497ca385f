"""What arguments and attributes are usually called: hints for a first try, never a verdict."""

import re
from collections.abc import Iterable

__all__ = [
    "called_like",
    "is_cache",
    "is_derivative_flag",
    "is_flag",
    "is_gradient",
    "is_rate",
    "is_seed",
    "setting_of",
    "size_of",
]

HEADS = r"h|n_?heads?|num_?heads?|heads?|nhead|n_h|num_attention_heads"
POSITIONS = (
    r"t|n|positions?|max_?len(gth)?|"
    r"seq_?len(gth)?|length|n_?pos\w*|max_?pos\w*|num_?pos\w*|steps|max_seq\w*|maxlen|max_t|context\w*|block_size"
)
WIDTH = r"d|d_?model|dim|depth|embed\w*|emb\w*|hidden\w*|size|n_?dim|d_?emb\w*|model_dim|features"
QKV = (("q", "query"), ("k", "key"), ("v", "value"))
ROLES = {
    "x": (
        r"x|xt|xs|x_t|a|a_prev|a_in|al|z|inputs?|input_\w+|inp|data|feats?|features|activations?|scores?|logits|preds?|pred_\w+|"
        r"prediction\w*|y_?hat|yhat|y_?pred\w*|p|probs?|probabilities|out|outputs?|images?|imgs?|x_in|a_slice\w*|signal|h_in|o|y_p|"
        r"val|values?"
    ),
    "w": r"w\d?|weights?|kernels?|filters?|k|theta|coef\w*|f|mat|matrix",
    "b": r"b\d?|bias(es)?|offset|intercept|b_?[ah]|bias_[hi]\w?",
    "gamma": r"gamma|g|scale|weights?|w|gain",
    "beta": r"beta|b|shift|bias|offset",
    "y": r"y|ys|y_true|true|targets?|labels?|t|ground_truth|gt|y_\w+|truth|expected|lbl",
    "h": r"h|hidden|h_prev|prev_h|a_prev|hidden|state|hprev|h_t|h0|prev_hidden|s|h_\w+|prev_state",
    "c": r"c|c_prev|prev_c|cell|cprev|memory|c_t|prev_cell",
    "wx": r"wx|w_?xh|w_?ax|w_?x|w_?ih|u|w_in|w_input|w_x\w*|kernel|wih|weight_ih",
    "wh": r"wh|w_?hh|w_?aa|w_?h|w_?hid\w*|w|w_hidden|recurrent_kernel|whh|weight_hh|u",
    "wy": r"w_?ya|w_?y|w_?hy|w_?out|w_?o|v",
    "by": r"b_?y|b_?o|b_?out|b_?hy",
    "ids": r"ids?|idx|ind\w*|x|tokens?|inputs?|words?|word_ids|input_ids",
    "table": r"w|table|weights?|embeddings?|emb|e|matrix|lookup",
    "q": r"q|query|queries|wq",
    "k": r"k|key|keys",
    "v": r"v|value|values",
    "a": r"a|x|left|lhs",
    "kl_q": r"q|q_\w+|y_?pred\w*|pred\w*|y_?hat|x|inputs?|outputs?|probs?|q_probs?|approx\w*|student\w*",
    "kl_p": r"p|p_\w+|y|y_?true|targets?|true|labels?|p_probs?|prior\w*|teacher\w*",
    "mu": r"mu|mean|z_?mean|mus|means", "logvar": r"log_?var\w*|z_?log_?var|logvars?|log_?sigma_?2|log_?sigma_?sq\w*",
    "sigma": r"sigma|std|stddev|sd", "cw": r"(class_?)?weights?|w|class_w\w*|cw|alpha",
    **{f"w{g}": rf"w_?{g}|w_?{n}\w*|{n}\w*|{g}_?proj\w*|{g}_?lin\w*|to_?{g}|{g}_?w\w*" for g, n in QKV},
    **{f"b{g}": rf"b_?{g}|{g}_?b\w*|{g}_?proj\w*|b_?{n}\w*" for g, n in QKV},
    "wqkv": r"w_?qkv|qkv\w*|w|c_attn|in_proj\w*|w_?in", "bqkv": r"b_?qkv|qkv\w*|b|c_attn|in_proj\w*|b_?in",
    "mask": r"mask|attn_mask|attention_mask|masks|valid|m|causal_mask|look_ahead_mask",
    "positive": r"p|pos|positive", "negative": r"n|neg|negative", "anchor": r"a|anchor|x",
    "x1": r"x_?1|a|z_?1|left|out_?1|output1|e_?1|emb_?1", "x2": r"x_?2|b|z_?2|right|out_?2|output2|e_?2|emb_?2",
    "h0": r"h_?0|a_?0|h_?init|init_?h|init_(state|hidden)|initial_(state|hidden)|h|h_?prev|prev_?h|a_?prev|hidden|state|s_?0",
    "c0": r"c_?0|c_?init|init_?c|init_cell|initial_cell|c|c_?prev|prev_?c|cell|memory",
    "bx": r"b_?ih|b_?x|b_?xh|bias_ih\w*|b_?i", "bh": r"b_?hh|b_?h|bias_hh\w*",
    **{f"w{g}": rf"w_?{g}" for g in "fizr"}, **{f"b{g}": rf"b_?{g}|b_?x?{g}" for g in "fizr"},
    "wo": r"w_?o(ut\w*)?|w_?proj\w*|out_?proj\w*|o_?proj|proj\w*|c_proj|output",
    "bo": r"b_?x?o(ut\w*)?|b_?proj\w*|out_?proj\w*|proj\w*|output",
    "wc": r"w_?[cga]|w_?c_?(tilde|hat|bar)", "bc": r"b_?[cga]|b_?c_?(tilde|hat|bar)",
    "wn": r"w_?[hncg]|w_?h_?(tilde|hat)|w", "bn": r"b_?[hncg]|b_?x?[hncg]|b",
    **{f"wx{g}": rf"w_?{g}|w_?x{g}|wx_?{g}|w_?i{g}|w_?{g}x" for g in "fiozr"},
    **{f"wh{g}": rf"u_?{g}|w_?h{g}|wh_?{g}|r_?{g}|w_?{g}h" for g in "fiozr"},
    "wxc": r"w_?[cga]|w_?x[cga]|wx_?[cga]|w_?i[cga]|w_?[cga]x", "whc": r"u_?[cga]|w_?h[cga]|wh_?[cga]|w_?[cga]h",
    "wxn": r"w_?[hncg]|w_?x[hncg]|wx_?[hncg]|w_?i[hncg]|w", "whn": r"u_?[hncg]|w_?h[hncg]|wh_?[hncg]|u",
}  # fmt: skip
SETTINGS = {
    "eps": r"eps|epsilon",
    "stride": r"stride|strides|s|step",
    "pad": r"pad|padding|p",
    "size": (
        r"f|size|pool_?size|pool|kernel|kernel_?size|k|window\w*|filter_?size|"
        r"pool_?(h|w|height|width)|kernel_?[hw]"
    ),
    "rate": r"rate|p|p_?drop|drop\w*|dropout\w*|prob\w*",
    "keep": r"keep\w*|p_?keep|keep_?prob\w*",
    "momentum": r"momentum|decay|rho|mu|mom",
    "slope": r"alpha|slope|negative_?slope|leak\w*",
    "temperature": r"temp\w*|tau",
    "smoothing": r"\w*smooth\w*|eps|epsilon|alpha|s|ls",
    "ignore": r"ignore\w*|pad(ding)?(_(idx|index|id))?|null",
    "focusing": r"gamma|focusing|focus\w*",
    "balance": r"alpha|balance|class_balance",
    "margin": r"margin|m|alpha|delta",
    "delta": r"delta|threshold|thresh|beta",
    "reg": r"reg\w*|lam\w*|l_?[12]|l_?[12]_\w+|alpha|weight_decay|strength|beta|decay|c",
    "heads": HEADS,
    "dilation": r"dilation|dil|dilation_?rate|d",
    "groups": r"groups|num_?groups|n_?groups|g",
    "positions": POSITIONS,
    "width": WIDTH,
}
SIZES = {
    "groups": r"groups|num_?groups|n_?groups|g",
    "shape": r"normalized_?shape|shape",
    "dilation": r"dilation|dil|dilation_?rate",
    "positions": POSITIONS,
    "width": WIDTH,
    "channels": r"channels|c|n_?channels|num_?channels|in_?channels|dim|ch",
    "heads": HEADS,
    "in": (
        r"in|n_?in(puts?)?|inputs?|input_?(size|dim|features|units|channels|nodes|shape)|"
        r"in_?(features|dim|size|channels|units|ch)|fan_?in|d_?in|n_?inputs|d|input_?d|dims?_?in|"
        r"nin|size_?in|c_?in|n_?features|num_?inputs"
    ),
    "out": (
        r"out|n_?out(puts?)?|outputs?|output_?(size|dim|features|units|channels|nodes)|"
        r"out_?(features|dim|size|channels|units|ch)|fan_?out|d_?out|n_?neurons|neurons|units|"
        r"n_?units|m|nout|size_?out|c_?out|num_?filters|n_?filters|filters|num_?outputs|n_?kernels"
    ),
    "features": (
        r"features|num_?features|n_?features|dim|d|n|size|input_?(size|dim)|channels|c|"
        r"num_?channels|n_?out|normalized_?shape|d_?model|width|hidden_?size|units|nf|n_?units|ch|"
        r"in_?(features|channels)"
    ),
    "hidden": r"h|hidden|n_?hidden|hidden_?(size|dim|units)|n_?h|units|out\w*|output\w*|n_?out",
    "kernel": (
        r"k|kernel|kernel_?size|size|pool_?size|f|filter_?size|window\w*|pool|"
        r"pool_?(h|w|height|width)|kernel_?[hw]|ks|filter_?[hw]"
    ),
    "stride": r"stride|strides|s|step",
    "pad": r"pad|padding",
    "rate": r"rate|p|p_?drop\w*|drop\w*|prob\w*|ratio",
    "keep": r"keep\w*",
    "vocabulary": r"vocab\w*|v|num_?embeddings|n_?words|n_?tokens|n_?vocab|num_?words|input_?dim",
    "dim": r"d|dim|embedding_?dim|emb\w*|n_?emb\w*|output_?dim|d_?model|d_?k|head_?\w+",
    "classes": r"classes|n_?classes|num_?classes|k",
    "batch": r"batch|batch_?size|n_?samples",
    "time": r"t|n_?steps|time_?steps|seq_?len(gth)?|length|seq_?length|num_?steps|steps",
}
FLAG = re.compile(
    r"train\w*|is_?train\w*|mode|training\w*|phase|test\w*|inference|deterministic|verbose|debug|eval\w*", re.IGNORECASE
)
CACHE = re.compile(
    r"\w*cache\w*|saved?|\w*_saved|saved_\w+|ctx|context|mem|memory|tape|stored|residuals?|res|"
    r"state|aux|intermediates?|stuff|tmp|vals?|activation_cache",
    re.IGNORECASE,
)
GRADIENT = re.compile(
    r"d|g|d[a-z]?|d[A-Z]\w*|d_\w+|\w*grad\w*|delta\w*|\w*delta|dout\w*|dy|dz|da|dl\w*|"
    r"upstream\w*|error|err|dnext\w*|dvalues|dvals?|dprev\w*|dloss|top_?diff|eta|do|dh\w*|dc\w*|"
    r"loss_gradient|back\w*|incoming",
    re.IGNORECASE,
)
DERIVATIVE = re.compile(r"d|der|deriv\w*|derive|grad|gradient|prime|(is_?)?back(ward|prop)?|diff", re.IGNORECASE)
RATE = re.compile(r"lr|learning_?rate|alpha|eta|step_?size", re.IGNORECASE)
SEED = re.compile(r"rng|seed|random\w*|random_state|generator", re.IGNORECASE)


def called_like(name: str, role: str) -> bool:
    """Whether an argument or attribute may be a role, by its name."""
    return bool(re.fullmatch(ROLES.get(role) or re.escape(role), name.strip("_"), re.IGNORECASE))


def setting_of(name: str, available: Iterable[str]) -> str:
    """Return which of the available settings a name stands for, "" for none."""
    return _of(name, available, SETTINGS)


def size_of(name: str, available: Iterable[str]) -> str:
    """Return which of the available sizes a constructor's argument stands for, "" for none."""
    return _of(name, available, SIZES)


def _of(name: str, available: Iterable[str], patterns: dict[str, str]) -> str:
    return next((one for one in available if re.fullmatch(patterns.get(one, one), name.strip("_"), re.IGNORECASE)), "")


def is_flag(name: str) -> bool:
    """Whether an argument switches between training and inference."""
    return bool(FLAG.fullmatch(name))


def is_cache(name: str) -> bool:
    """Whether an argument is what a forward stored."""
    return bool(CACHE.fullmatch(name))


def is_gradient(name: str) -> bool:
    """Whether an argument may be the gradient with respect to an output."""
    return bool(GRADIENT.fullmatch(name))


def is_derivative_flag(name: str) -> bool:
    """Whether an argument asks a function for its derivative."""
    return bool(DERIVATIVE.fullmatch(name))


def is_rate(name: str) -> bool:
    """Whether an argument may be a learning rate."""
    return bool(RATE.fullmatch(name))


def is_seed(name: str) -> bool:
    """Whether an argument is a source of random numbers."""
    return bool(SEED.fullmatch(name))
