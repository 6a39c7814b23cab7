"""Forward propagation of one layer: a line with a bug, and how loudly the bug speaks."""

import numpy as np

from autograder.pages import check, see


def sigmoid(z):
    """Return 1 / (1 + e^(-z)) entry by entry, as an array of the shape of z.

    z: array of any shape, 0-d too, integers allowed; left as it was. For |z| = 1000 the result
    must be right as well (0 or 1 up to rounding, never nan); a numpy warning costs nothing.

    中文：
    逐个元素计算 1 / (1 + e^(-z))，返回与 z 同形状的数组。
    z 可为任意形状，包括 0 维，也可以是整数数组，调用后不得改变。
    |z| = 1000 时结果也要正确（在舍入误差内为 0 或 1，不得出现 nan）；numpy 的警告不扣分。
    """
    ...


def forward_prop(W, a_prev, b):
    """Return the activations of one sigmoid layer, shape (n_out, m). The body has a bug: fix it.

    W (n_out, n_in); a_prev (n_in, m), one sample a column; b (n_out, 1) or (n_out,). Arguments
    are not changed. You may call sigmoid.

    中文：
    返回一层 sigmoid 单元的输出，形状 (n_out, m)。下面的函数体有错，请改正。
    W (n_out, n_in)；a_prev (n_in, m)，一列一个样本；b 为 (n_out, 1) 或 (n_out,)。
    不得修改参数。可以调用 sigmoid。
    """
    z = W * a_prev + b
    a = 1 / (1 + np.exp(-z))
    return a


def star_bug(n_out, n_in, m):
    """Say what the original line z = W * a_prev + b does for layers of this size, as one word.

    W (n_out, n_in) and a_prev (n_in, m) hold generic numbers (no zeros, no coincidences), b is
    zeros of shape (n_out, 1); all sizes are at least 1. Return one of
        'correct'      right shape (n_out, m), right numbers
        'raises'       numpy refuses the line with an error
        'wrong_shape'  the line runs, but z does not have the shape (n_out, m)
        'silent'       right shape, wrong numbers: nobody will notice

    中文：
    原来那一行 z = W * a_prev + b 遇到这样大小的层会怎样？返回一个词。
    W (n_out, n_in) 与 a_prev (n_in, m) 取一般的数（没有零，也没有巧合），
    b 是形状 (n_out, 1) 的零；三个大小都不小于 1。返回以下之一：
        'correct'      形状 (n_out, m) 对，数值也对
        'raises'       numpy 报错
        'wrong_shape'  能运行，但 z 的形状不是 (n_out, m)
        'silent'       形状对，数值错：没有人会发现
    """
    ...


@check(points=0.25)
def sigmoid_example(sigmoid):
    """sigmoid is off in shape or value: it keeps the shape, and is 0.5 at 0, about 0.881 at 2.
    中文：sigmoid 的形状或数值不对：结果与 z 同形状，0 处是 0.5，2 处约为 0.881。"""
    a = np.asarray(sigmoid(np.array([[0.0, 2.0, -2.0]])))
    assert a.dtype.kind == "f"
    assert a.shape == (1, 3)
    assert np.allclose(a, [[0.5, 0.8808, 0.1192]], atol=1e-4)


@check(points=0.5)
def forward_prop_example(forward_prop):
    """forward_prop is off in shape or value: the result is (n_out, m); both z of the first sample
    are 0, so both outputs are 0.5.
    中文：forward_prop 的形状或数值不对：结果形状是 (n_out, m)；第一个样本的两个 z 都是 0，输出都是
    0.5。"""
    W, b = np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]]), np.array([[0.0], [-1.0]])
    a = np.asarray(forward_prop(W, np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), b))
    assert a.dtype.kind == "f"
    assert a.shape == (2, 2)
    assert np.allclose(a, [[0.5, 0.2689], [0.5, 0.8808]], atol=1e-4)


@check(points=0.25)
def star_bug_example(star_bug):
    """star_bug is off: for the sizes 2, 3, 2 the original line raises an error.
    中文：star_bug 不对：三个大小为 2、3、2 时，原来那一行会报错。"""
    assert star_bug(2, 3, 2) == "raises"


@see
def how_loud_the_bug_is():
    import matplotlib.pyplot as plt

    words = ["correct", "silent", "wrong_shape", "raises"]
    colours = ["#8fc98f", "#d62728", "#f5b26b", "#d9d9d9"]
    panels = plt.subplots(1, 3, figsize=(9.6, 3.6), sharey=True, layout="constrained")[1]
    for panel, n_in in zip(panels, (1, 2, 4), strict=True):
        for n_out in range(1, 6):
            for m in range(1, 6):
                word = star_bug(n_out, n_in, m)
                colour = colours[words.index(word)]
                panel.fill_between([m - 0.47, m + 0.47], n_out - 0.47, n_out + 0.47, color=colour)
                panel.text(m, n_out, word.replace("_", "\n"), ha="center", va="center", size=7)
        panel.set_title(f"n_in = {n_in}")
        panel.set_xlabel("m (samples)")
    panels[0].set_ylabel("n_out (units)")
    plt.show()
