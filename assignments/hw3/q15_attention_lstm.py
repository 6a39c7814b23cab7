"""Self-attention and LSTM: alike and different."""

import numpy as np

from autograder.pages import check, see


def softmax(x, axis=-1):
    """Return exp(x) over its sum along `axis`: non-negative numbers that add up to 1.

    x may have any number of axes; the result has the same shape. Entries of +-1000 must give
    correct finite values. x is not changed.

    中文：
    沿 axis 做 softmax：exp(x) 除以它沿该轴的和，结果非负，且沿该轴之和为 1。
    x 可以有任意多个轴，结果与 x 同形状。元素为 ±1000 时也要得到正确的有限值。不得修改 x。
    """
    ...


def self_attention(X, Wq, Wk, Wv, mask=None):
    """Return (out (T, dv), A (T, T)); rows are tokens, scores are divided by sqrt(dk).

    X (T, d), Wq and Wk (d, dk), Wv (d, dv). Row t of A: the weights with which token t looks at
    all tokens. mask (T, T) of bool, None = everything visible: token t sees token s where
    mask[t, s] is True; what it does not see has weight 0. You need not care about a row of mask
    that is False throughout. Large scores give finite results. Arguments are not changed.

    中文：
    返回 (out (T, dv), A (T, T))；一行是一个词元（token），得分除以 sqrt(dk)。
    X (T, d)，Wq、Wk (d, dk)，Wv (d, dv)。A 的第 t 行是词元 t 看各个词元时用的权重。
    mask 为 (T, T) 的布尔数组，None 表示全部可见：mask[t, s] 为 True 时词元 t 看得见词元 s，
    看不见的权重为 0。不必考虑某一行全为 False 的 mask。得分很大时结果仍须有限。不得修改参数。
    """
    ...


def lstm_forward(X, Wx, Wh, b):
    """Return the hidden states h_1 ... h_T as (T, H); rows are tokens.

    X (T, d), Wx (d, 4H), Wh (H, 4H), b (4H,). The 4H columns are four blocks of H, in the order
    input gate i, forget gate f, output gate o, candidate g. Hidden state and memory start at 0.
    Large inputs give finite results. Arguments are not changed.

    中文：
    返回各时刻的隐状态 h_1 ... h_T，形状 (T, H)；一行是一个词元。
    X (T, d)，Wx (d, 4H)，Wh (H, 4H)，b (4H,)。4H 列分成四段，每段 H 列，
    依次为输入门 i、遗忘门 f、输出门 o、候选记忆 g。隐状态和记忆都从 0 开始。
    输入很大时结果仍须有限。不得修改参数。
    """
    ...


def order_gap(f, X, perm):
    """Return, as a float, how far `f` is from commuting with the shuffle `perm` of the tokens.

    f takes a (T, d) array and returns an array of T rows. Row k of a shuffled array is row
    perm[k] of the original. One way: shuffle the rows of X, then apply f. The other way: apply f,
    then shuffle the rows of the result. The gap is the largest absolute difference between the
    entries of the two. X and perm are not changed.

    中文：
    衡量“打乱词元”与 f 能否交换次序，返回 float。
    f 接收 (T, d) 的数组，返回一个有 T 行的数组。打乱后的第 k 行就是原来的第 perm[k] 行。
    做法一：先打乱 X 的各行，再作用 f；做法二：先作用 f，再打乱结果的各行。
    返回两个结果之差的绝对值中最大的一个。不得修改 X 和 perm。
    """
    ...


def attention_lstm_params(d, h, T):
    """Return {'lstm': number, 'attention': number}: what each layer has to learn.

    Tokens have d features, a sequence has T of them; the LSTM has h hidden units (Wx, Wh, b as in
    lstm_forward), the attention has dk = dv = h (Wq, Wk, Wv as in self_attention, no bias).

    中文：
    返回 {'lstm': 个数, 'attention': 个数}：两种层各有多少个要学习的参数。
    每个词元有 d 个特征，一个序列有 T 个词元；LSTM 有 h 个隐藏单元（Wx、Wh、b 同 lstm_forward），
    注意力取 dk = dv = h（Wq、Wk、Wv 同 self_attention，没有偏置）。
    """
    ...


@check(points=0.125)
def example_of_the_softmax(softmax):
    """softmax: the shape stays; along axis 0, (0, ln 3) becomes (0.25, 0.75).
    中文：softmax：形状不变；沿第 0 轴，(0, ln 3) 变成 (0.25, 0.75)。"""
    p = softmax(np.array([[0.0, 0.0, 0.0], [np.log(3), 0.0, 0.0]]), axis=0)
    assert np.asarray(p).dtype.kind in "biuf", f"{p!r}"
    assert np.shape(p) == (2, 3), f"{np.shape(p)} != (2, 3)"
    wanted = [[0.25, 0.5, 0.5], [0.75, 0.5, 0.5]]
    assert np.allclose(p, wanted), f"{p!r} != {wanted}"


@check(points=0.25)
def example_of_the_attention(self_attention):
    """self_attention: out is (T, dv) and A is (T, T); with X=(0, 1)^T, Wq=Wk=1, Wv=2, out is about
    (1, 1.462).
    中文：self_attention：out 的形状是 (T, dv)，A 是 (T, T)；X=(0, 1)^T、Wq=Wk=1、Wv=2 时，out 约为
    (1, 1.462)。"""
    one = np.array([[1.0]])
    for arguments, shapes in (
        ((np.ones((3, 2)), np.ones((2, 4)), np.ones((2, 4)), np.ones((2, 5))), [(3, 5), (3, 3)]),
        ((np.array([[0.0], [1.0]]), one, one, 2 * one), [(2, 1), (2, 2)]),
    ):
        out, A = self_attention(*arguments)
        assert [np.shape(out), np.shape(A)] == shapes, f"{np.shape(out)}, {np.shape(A)} != {shapes}"
        assert all(np.asarray(a).dtype.kind in "biuf" for a in (out, A)), f"{out!r}, {A!r}"
    assert np.allclose(out, [[1.0], [1.4621]], atol=1e-3), f"{out!r} != [[1.0], [1.462]]"


@check(points=0.25)
def example_of_the_lstm(lstm_forward):
    """lstm_forward: the hidden states are (T, H); in the example with all weights 0 and
    b=(0, 0, 0, 1) they are about 0.182 and 0.258.
    中文：lstm_forward：隐状态的形状是 (T, H)；权重全为 0、b=(0, 0, 0, 1) 的例子里约为
    0.182、0.258。"""
    h = lstm_forward(np.ones((3, 2)), np.ones((2, 16)), np.ones((4, 16)), np.ones(16))
    assert np.shape(h) == (3, 4), f"{np.shape(h)} != (3, 4)"
    X, b = np.array([[0.0], [1.0]]), np.array([0.0, 0.0, 0.0, 1.0])
    h = lstm_forward(X, np.zeros((1, 4)), np.zeros((1, 4)), b)
    assert np.asarray(h).dtype.kind in "biuf", f"{h!r}"
    assert np.shape(h) == (2, 1), f"{np.shape(h)} != (2, 1)"
    assert np.allclose(h, [[0.1817], [0.2581]], atol=1e-3), f"{h!r} != [[0.182], [0.258]]"


@check(points=0.25)
def example_of_the_gap(order_gap):
    """order_gap: if f is the running sum and the tokens 0, 2 are shuffled to 2, 0, it is 2 (a
    number).
    中文：order_gap：f 是累加，词元 0、2 打乱成 2、0 时，结果是 2，一个数。"""
    X, perm = np.array([[0.0], [2.0]]), np.array([1, 0])
    gap = order_gap(lambda Z: np.cumsum(np.asarray(Z), axis=0), X, perm)
    assert np.shape(gap) == () and np.asarray(gap).dtype.kind in "biuf", f"{gap!r}"
    assert abs(gap - 2) < 1e-6, f"{gap!r} != 2"


@check(points=0.125)
def example_of_the_counts(attention_lstm_params):
    """attention_lstm_params: with d = h = T = 1 the LSTM has 12 parameters and the attention 3.
    中文：attention_lstm_params：d = h = T = 1 时，LSTM 有 12 个参数，注意力有 3 个。"""
    counts = attention_lstm_params(1, 1, 1)
    assert all(np.asarray(count).dtype.kind in "biuf" for count in counts.values()), f"{counts!r}"
    assert counts["lstm"] == 12, f"{counts!r}: lstm != 12"
    assert counts["attention"] == 3, f"{counts!r}: attention != 3"


@see
def words_in_another_order():
    import matplotlib.pyplot as plt

    words = np.array(["the", "dog", "bites", "a", "man"])
    perm = np.array([3, 4, 2, 0, 1])
    rng = np.random.default_rng(3)
    X = rng.normal(size=(5, 6))
    Wq, Wk, Wv = rng.normal(size=(3, 6, 6))
    Wx, Wh, b = 0.4 * rng.normal(size=(6, 24)), 2 * rng.normal(size=(6, 24)), np.ones(24)
    layers = {
        "attention": lambda Z: np.asarray(self_attention(Z, Wq, Wk, Wv)[0]),
        "LSTM": lambda Z: np.asarray(lstm_forward(Z, Wx, Wh, b)),
    }
    figure, axes = plt.subplots(2, 2, figsize=(8, 5), layout="constrained")
    for row, (name, f) in zip(axes, layers.items(), strict=True):
        before, after = f(X), f(X[perm])
        limit = max(np.abs(before).max(), np.abs(after).max())
        for axis, values, labels in ((row[0], before, words), (row[1], after, words[perm])):
            image = axis.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit, aspect="auto")
            axis.set_yticks(range(5), labels)
            axis.set_xticks(range(6))
            axis.set_xlabel("output feature")
        row[0].set_title(f"{name}: f(X)")
        row[1].set_title(f"{name}: f(X[perm]), order_gap = {order_gap(f, X, perm):.2g}")
        figure.colorbar(image, ax=row)
    plt.show()
