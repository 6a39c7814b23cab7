"""One wide layer or many layers."""

import numpy as np

from autograder.pages import check, see


def shallow_forward(x, w, b, c, c0):
    """Given: one hidden ReLU layer. x (m,), w, b, c (units,), c0 a number -> outputs (m,).

    中文：已给出：只有一个 ReLU 隐藏层的网络。x (m,)，w、b、c (units,)，c0 是数，输出形状 (m,)。
    """
    return np.maximum(0, np.outer(x, w) + b) @ c + c0


def tent(x):
    """Return 2 relu(x) - 4 relu(x - 1/2), entry by entry, an array like x; any real numbers x.

    中文：逐个分量返回 2 relu(x) - 4 relu(x - 1/2)，是与 x 同形状的数组；x 可取任意实数。
    """
    ...


def deep_sawtooth(x, k):
    """Return tent(tent(...tent(x))), with k tents: k = 0 gives x itself. Shape of x.

    中文：返回 tent(tent(...tent(x)))，共 k 层 tent；k = 0 时就是 x。形状与 x 相同。
    """
    ...


def count_pieces(x, y, tol=1e-6):
    """Return, as an int, how many straight pieces the curve through the points (x, y) has.

    x, y (n,), x strictly increasing but not evenly spaced, n >= 2. Neighbouring segments form one
    piece if their slopes differ by at most tol times the largest |slope| of the curve, or by at
    most tol if that is more.

    中文：
    返回依次连接各点 (x, y) 的折线由几段直线构成（int）。
    x、y 形状 (n,)，n >= 2，x 严格递增，间距不一定相等。相邻两段的斜率之差不超过
    tol 乘以整条折线最大的 |斜率|（这个界限不到 tol 时取 tol），就算同一段。
    """
    ...


def shallow_from_knots(x, y):
    """Return (w, b, c, c0) for shallow_forward: one hidden layer that draws the polyline.

    x, y (n,), x strictly increasing, n >= 2. w, b, c have shape (n - 1,), one entry per hidden
    unit; c0 is a number. Right at every point from x[0] to x[-1], also between the knots; outside
    it does not matter. Arguments are not changed.

    中文：
    返回 (w, b, c, c0)，代入 shallow_forward 即得依次连接各点 (x, y) 的折线，只用一个隐藏层。
    x、y 形状 (n,)，n >= 2，x 严格递增。w、b、c 形状 (n - 1,)，每个隐藏单元一个分量；c0 是数。
    从 x[0] 到 x[-1] 处处都要正确，包括节点之间；范围以外不作要求。不得修改参数。
    """
    ...


def sawtooth_params(k):
    """Return (deep, shallow): the weights and biases of two nets for the sawtooth, k >= 1, as ints.

    deep: k hidden layers of 2 units, fully connected, widths 1-2-...-2-1, every unit with a bias,
    the output too. shallow: the net of shallow_from_knots with no more knots than needed on [0, 1].

    中文：
    返回 (deep, shallow)：画出同一条 k 层锯齿的两个网络各有多少个参数（权重和偏置，int），k >= 1。
    deep：全连接，k 个隐藏层，每层 2 个单元，宽度依次为 1-2-...-2-1，每个单元都有偏置，输出也有。
    shallow：shallow_from_knots 得到的网络，在 [0, 1] 上只取必需的节点。
    """
    ...


@check(points=0.25)
def tent_example(tent):
    """tent is off in shape or value: at 0, 1/4, 1/2, 3/4, 1 it is 0, 1/2, 1, 1/2, 0.
    中文：tent 的形状或数值不对：在 0、1/4、1/2、3/4、1 处是 0、1/2、1、1/2、0。"""
    y = np.asarray(tent(np.array([0, 0.25, 0.5, 0.75, 1])))
    assert y.dtype.kind == "f"
    assert y.shape == (5,)
    assert np.allclose(y, [0, 0.5, 1, 0.5, 0], atol=1e-7)


@check(points=0.25)
def deep_sawtooth_example(deep_sawtooth):
    """deep_sawtooth is off in shape or value: two tents are 0, 1, 0, 1, 0 at 0, 1/4, 1/2, 3/4, 1.
    中文：deep_sawtooth 的形状或数值不对：两层 tent 在 0、1/4、1/2、3/4、1 处是 0、1、0、1、0。"""
    y = np.asarray(deep_sawtooth(np.array([0, 0.25, 0.5, 0.75, 1]), 2))
    assert y.dtype.kind == "f"
    assert y.shape == (5,)
    assert np.allclose(y, [0, 1, 0, 1, 0], atol=1e-7)


@check(points=0.125)
def count_pieces_example(count_pieces):
    """count_pieces is off: the line through (0, 1), (1, 3), (3, 2) has two pieces.
    中文：count_pieces 不对：过 (0, 1)、(1, 3)、(3, 2) 的折线有两段。"""
    pieces = np.asarray(count_pieces(np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, 2.0])))
    assert pieces.dtype.kind in "iuf"
    assert pieces.size == 1
    assert pieces.item() == 2


@check(points=0.25)
def shallow_from_knots_example(shallow_from_knots):
    """shallow_from_knots is off in shape or value: the line through (0, 1), (1, 3), (3, 2) takes
    two hidden units; w, b, c are (2,), c0 is a number.
    中文：shallow_from_knots 的形状或数值不对：过 (0, 1)、(1, 3)、(3, 2) 的折线用两个隐藏单
    元；w、b、c 为 (2,)，c0 是数。"""
    x, y = np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, 2.0])
    w, b, c, c0 = (np.asarray(part) for part in shallow_from_knots(x, y))
    for part in (w, b, c, c0):
        assert part.dtype.kind in "iuf"
    assert (w.shape, b.shape, c.shape, c0.size) == ((2,), (2,), (2,), 1)
    hidden = np.maximum(0, np.outer([0.0, 1.0, 2.0, 3.0], w) + b)
    assert np.allclose(hidden @ c + c0, [1, 3, 2.5, 2], atol=1e-6)


@check(points=0.125)
def sawtooth_params_example(sawtooth_params):
    """sawtooth_params is off for one tent: both nets have 7 parameters.
    中文：只有一层 tent 时 sawtooth_params 不对：两个网络都是 7 个参数。"""
    pair = [np.asarray(count) for count in sawtooth_params(1)]
    assert [count.dtype.kind in "iuf" for count in pair] == [True, True]
    assert [count.item() for count in pair] == [7, 7]


@see
def sawtooth_and_its_pieces():
    import matplotlib.pyplot as plt

    figure, (curves, counts) = plt.subplots(1, 2, figsize=(11, 4))
    x = np.linspace(0, 1, 1025)
    for k in (1, 2, 4):
        pieces = count_pieces(x, deep_sawtooth(x, k))
        # curves one above the other, each between 0 and 1 of its own
        offset = 1.3 * (2 - k // 2)
        curves.plot(x, deep_sawtooth(x, k) + offset, linewidth=1, label=f"k = {k}: {pieces} pieces")
        knots = np.linspace(0, 1, pieces + 1)
        curves.plot(knots, deep_sawtooth(knots, k) + offset, "k.", markersize=4)
    curves.set(xlabel="x", ylabel="k tents (shifted)", yticks=[], ylim=(-0.15, 4.6))
    curves.legend(ncol=3, fontsize=8, loc="upper center")
    ks = np.arange(1, 9)
    deep, shallow = np.transpose([sawtooth_params(int(k)) for k in ks])
    counts.semilogy(ks, shallow, "s-", label="parameters, one wide layer")
    counts.semilogy(ks, [count_pieces(x, deep_sawtooth(x, k)) for k in ks], "k.:", label="pieces")
    counts.semilogy(ks, deep, "o-", label="parameters, k layers")
    counts.set(xlabel="k")
    counts.legend()
    figure.tight_layout()
    plt.show()
