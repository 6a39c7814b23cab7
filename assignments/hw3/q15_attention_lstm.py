"""Self-attention and LSTM: alike and different."""

import numpy as np

from autograder.pages import check, see


def softmax(x, axis=-1):
    """Return exp(x) over its sum along `axis`: positive numbers that add up to 1.

    x may have any number of axes; the result has the same shape. Entries of +-1000 must give
    correct finite values. x is not changed.

    中文：
    沿 axis 做 softmax：exp(x) 除以它沿该轴的和，结果为正，且沿该轴之和为 1。
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


@check(points=1)
def shapes_and_examples(
    softmax, self_attention, lstm_forward, order_gap, attention_lstm_params
):
    """A shape or a small example is off: with X=(0, 1)^T, Wq=Wk=1, Wv=2, out is about (1, 1.462);
    in the LSTM example h is about 0.182, 0.258.
    中文：形状或小例子不对：X=(0, 1)^T、Wq=Wk=1、Wv=2 时，out 约为 (1, 1.462)；LSTM 的例子里 h 约为
    0.182、0.258。"""
    assert np.shape(softmax(np.zeros((2, 3)), axis=0)) == (2, 3)
    X, one = np.array([[0.0], [1.0]]), np.array([[1.0]])
    out, A = self_attention(X, one, one, 2 * one)
    assert np.shape(out) == (2, 1)
    assert np.shape(A) == (2, 2)
    assert np.allclose(np.asarray(out, dtype=float), [[1.0], [1.4621]], atol=1e-3)
    out, A = self_attention(np.ones((3, 2)), np.ones((2, 4)), np.ones((2, 4)), np.ones((2, 5)))
    assert np.shape(out) == (3, 5)
    assert np.shape(A) == (3, 3)
    h = lstm_forward(X, np.zeros((1, 4)), np.zeros((1, 4)), np.array([0.0, 0.0, 0.0, 1.0]))
    assert np.shape(h) == (2, 1)
    assert np.allclose(np.asarray(h, dtype=float), [[0.1817], [0.2581]], atol=1e-3)
    gap = order_gap(lambda Z: np.ones((2, 3)), X, np.array([1, 0]))
    assert np.shape(gap) == ()
    assert abs(float(gap)) < 1e-12
    counts = attention_lstm_params(1, 1, 1)
    assert counts["lstm"] == 12
    assert counts["attention"] == 3


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
