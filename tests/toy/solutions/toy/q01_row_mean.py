# ruff: noqa: F821 (given functions stand on the public page)
"""The mean of a row belongs to a feature; the mean of a column, to a sample.

中文：
行均值属于一个特征，列均值属于一个样本。
"""

import math

import numpy as np

from autograder.pages import accepted, check, mistake, proof

SIZES = [(2, 5), (3, 3)]


def as_floats(X):
    return np.array(X, dtype=float)


def row_mean(X):
    return as_floats(X).mean(axis=1, keepdims=True)  # one mean for each feature


def centred(X):
    return as_floats(X) - row_mean(X)


def oracle_means(X):
    """The means by loops, so that the checks do not trust the answer."""
    return [[math.fsum(row) / len(row)] for row in X]


@check(points=1)
def mean_of_each_row(row_mean):
    """The means are off: average over the samples, along a row, and keep that dimension.
    中文：均值不对：沿着样本（每一行）取平均，并保留这一维。"""
    for n, m in SIZES:
        X = np.random.default_rng(n).normal(loc=2.0, size=(n, m))
        assert np.shape(row_mean(X)) == (n, 1)
        assert np.allclose(row_mean(X), oracle_means(X), rtol=1e-7, atol=1e-9)


@check(points=0.5)
def means_are_gone(centred):
    """The result is not X without its means: subtract from each row its own, and no more.
    中文：结果的均值不是零：每一行要减去自己的均值，别的都不要动。"""
    X = samples(3)
    want = X - np.array(oracle_means(X))
    assert np.shape(centred(X)) == (3, 5)
    assert np.allclose(centred(X), want, rtol=1e-7, atol=1e-9)


@check(points=0.5)
def leaves_x_alone(centred):
    """The call changed X: no -= on what is passed in; copy it first.
    中文：调用之后 X 被改动了：不要对传入的数组用 -=，先复制。"""
    X = samples(4)
    before = X.copy()
    assert np.shape(centred(X)) == (3, 5)
    assert np.array_equal(X, before)


@mistake(mean_of_each_row)
class mean_of_columns:
    """Averaged along the columns: took samples for features
    中文：沿列取了平均：把样本当成了特征"""
    def row_mean(X):
        return np.asarray(X).mean(axis=0, keepdims=True).T


@mistake(mean_of_each_row)
class mean_of_all:
    """Took one mean over the whole array
    中文：对整个数组取了一个平均"""
    def row_mean(X):
        return np.full((len(X), 1), np.mean(X))


@mistake(mean_of_each_row)
class divided_by_one_less:
    """Divided by m - 1, as a sample variance does
    中文：除以了 m - 1：和样本方差混淆了"""
    def row_mean(X):
        return np.sum(X, axis=1, keepdims=True) / (np.shape(X)[1] - 1)


@mistake(mean_of_each_row)
class sum_of_each_row:
    """Added up and forgot to divide by m
    中文：只求和，忘了除以 m"""
    def row_mean(X):
        return np.sum(X, axis=1, keepdims=True)


@mistake(mean_of_each_row)
class flat_means:
    """Dropped the dimension: (n,) instead of (n, 1)
    中文：没有保留维度：得到 (n,) 而不是 (n, 1)"""
    def row_mean(X):
        return np.mean(X, axis=1)

    def centred(X):
        return X - np.mean(X, axis=1)[:, None]


@mistake(means_are_gone)
class means_added:
    """Added the means: the sign is flipped
    中文：加上了均值：符号反了"""
    def centred(X):
        return np.asarray(X) + row_mean(X)


@mistake(means_are_gone)
class standardised:
    """Divided by the standard deviation too: took centring for standardising
    中文：又除以了标准差：把中心化当成了标准化"""
    def centred(X):
        X = np.asarray(X)
        return (X - row_mean(X)) / X.std(axis=1, keepdims=True)


@mistake(leaves_x_alone)
class in_place:
    """Saved memory by subtracting in place
    中文：为省内存直接在 X 上做减法"""
    def centred(X):
        X -= row_mean(X)
        return X


@accepted
class loops:
    def row_mean(X):
        means = []
        for row in X:
            total = 0.0
            for value in row:
                total += value
            means.append([total / len(row)])
        return means

    def centred(X):
        return [[value - mean for value in row] for row, [mean] in zip(X, row_mean(X), strict=True)]


@accepted
class matrix_product:
    def row_mean(X):
        m = np.shape(X)[1]
        return X @ np.ones((m, 1)) / m


@accepted
class by_projection:
    def centred(X):
        m = np.shape(X)[1]
        return X @ (np.eye(m) - np.ones((m, m)) / m)


@accepted
class einsum:
    def row_mean(X):
        return np.einsum("nm->n", X)[:, None] / np.shape(X)[1]


@proof
def columns_are_another_mean():
    X = np.array([[0.0, 4.0], [1.0, 1.0]])
    assert np.allclose(row_mean(X), [[2.0], [1.0]])
    assert not np.allclose(X.mean(axis=0)[:, None], row_mean(X))
