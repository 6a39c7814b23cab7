"""The mean of a row: a given function, a picture, a message with quotes."""

import numpy as np

from autograder.pages import check, see


def samples(seed):
    """Return a (3, 5) array of numbers that `seed` decides. This function is given.

    中文：返回由 `seed` 决定的 (3, 5) 数组。这个函数已经写好。
    """
    return np.random.default_rng(seed).normal(loc=2.0, size=(3, 5))


def row_mean(X):
    """Return the mean of each row of X (n, m), shape (n, 1).

    中文：返回 X (n, m) 每一行的均值，形状 (n, 1)。
    """
    ...


def centred(X):
    r"""Return X minus its row means, X_{ij} - \mu_i, shape (n, m). X is not changed.

    中文：
    返回 X 减去行均值的结果 X_{ij} - \mu_i，形状 (n, m)。
    不得修改 X。
    """
    ...


@check(points=1)
def shapes_and_example(row_mean, centred):
    """A shape or the small example is off: the "mean" of [[1, 3]] is [[2]].
    中文：形状或小例子不对：[[1, 3]] 的"均值"是 [[2]]。"""
    X = np.array([[1.0, 3.0]])  # one feature, two samples
    assert np.shape(row_mean(X)) == (1, 1)
    assert np.allclose(row_mean(X), [[2.0]])
    assert np.shape(centred(X)) == (1, 2)


@see
def rows_around_zero():
    import matplotlib.pyplot as plt

    plt.plot(np.asarray(centred(samples(1))).T)
    plt.xlabel("sample")
    plt.show()
