"""Regularisation: weight penalties, dropout and early stopping."""

import numpy as np

from autograder.pages import check, see


def l1_shrink(w, lam):
    """Return, entry by entry, the u that minimises (u - w)^2 / 2 + lam * |u|.

    w: array of any shape; lam >= 0, a number. The result has the shape of w, and where the minimum
    is at 0 it is exactly 0. w is not changed.

    中文：
    逐个分量返回使 (u - w)^2 / 2 + lam * |u| 最小的 u。
    w 为任意形状的数组，lam >= 0 是一个数。结果与 w 同形状；最小值点在 0 的分量必须恰好是 0。
    不得修改 w。
    """
    ...


def l2_shrink(w, lam):
    """Return, entry by entry, the u that minimises (u - w)^2 / 2 + lam * u^2 / 2.

    w: array of any shape; lam >= 0, a number. The result has the shape of w. w is not changed.

    中文：
    逐个分量返回使 (u - w)^2 / 2 + lam * u^2 / 2 最小的 u。
    w 为任意形状的数组，lam >= 0 是一个数。结果与 w 同形状。不得修改 w。
    """
    ...


def inverted_dropout(a, p_drop, rng, train=True):
    """Return (out, mask), both of the shape of a, with out = a * mask.

    a: array of any shape; 0 <= p_drop < 1; rng: a numpy.random.Generator. When training, each entry
    is dropped on its own with probability p_drop: its mask is 0, and that of a kept entry is
    1 / (1 - p_drop). With train=False out equals a and the mask is all ones. a is not changed.
    Which entries a given seed drops is up to you.

    中文：
    返回 (out, mask)，两者都与 a 同形状，out = a * mask。
    a 为任意形状的数组；0 <= p_drop < 1；rng 是 numpy.random.Generator。
    训练时每个分量各自独立地以概率 p_drop 被丢弃，其掩码为 0；
    保留下来的分量，掩码为 1 / (1 - p_drop)。
    train=False 时 out 等于 a，掩码全为 1。不得修改 a。某个种子具体丢掉哪些分量，不作要求。
    """
    ...


def early_stopping(losses, patience):
    """Return (best epoch, stop epoch) of a run with these validation losses; epochs count from 0.

    losses: a list with one number per epoch, at least one; patience >= 1. The best epoch at time t
    is the one with the lowest loss among epochs 0 ... t; a tie is no improvement. Stop at the first
    t with t - best >= patience, and at the last epoch if there is no such t. What comes after the
    stop is never seen. losses is not changed.

    中文：
    给定每一轮（epoch）的验证损失，返回（最好的一轮，停下的一轮），从 0 开始数。
    losses 是列表，每轮一个数，至少一个；patience >= 1。
    时刻 t 的 best 是第 0 ... t 轮中损失最低的那一轮，持平不算改进。
    在第一个满足 t - best >= patience 的 t 停止；没有这样的 t，就停在最后一轮。
    停止之后的损失是看不到的。不得修改 losses。
    """
    ...


@check(points=0.25)
def example_of_l1(l1_shrink):
    """l1_shrink: the shape of w stays, 0-d too; with lam=1, w=3 shrinks to 2 and -2 to -1.
    中文：l1_shrink：形状与 w 相同，0 维也一样；lam=1 时，w=3 缩到 2，-2 缩到 -1。"""
    for w, wanted in (([[3.0], [-2.0]], [[2.0], [-1.0]]), (3.0, 2.0)):
        u = l1_shrink(np.array(w), 1.0)
        assert np.asarray(u).dtype.kind in "biuf", f"{u!r}"
        assert np.shape(u) == np.shape(w), f"{np.shape(u)} != {np.shape(w)}"
        assert np.allclose(u, wanted), f"{u!r} != {wanted}"


@check(points=0.25)
def example_of_l2(l2_shrink):
    """l2_shrink: the shape of w stays, 0-d too; with lam=1, w=3 shrinks to 1.5 and 0.5 to 0.25.
    中文：l2_shrink：形状与 w 相同，0 维也一样；lam=1 时，w=3 缩到 1.5，0.5 缩到 0.25。"""
    for w, wanted in (([[3.0], [0.5]], [[1.5], [0.25]]), (3.0, 1.5)):
        u = l2_shrink(np.array(w), 1.0)
        assert np.asarray(u).dtype.kind in "biuf", f"{u!r}"
        assert np.shape(u) == np.shape(w), f"{np.shape(u)} != {np.shape(w)}"
        assert np.allclose(u, wanted), f"{u!r} != {wanted}"


@check(points=0.25)
def shapes_of_dropout(inverted_dropout):
    """inverted_dropout: out and mask have the shape of a.
    中文：inverted_dropout：out 和 mask 与 a 同形状。"""
    out, mask = inverted_dropout(np.ones((3, 4)), 0.5, np.random.default_rng(0))
    for name, array in (("out", out), ("mask", mask)):
        assert np.asarray(array).dtype.kind in "biuf", f"{name}: {array!r}"
        assert np.shape(array) == (3, 4), f"{name}: {np.shape(array)} != (3, 4)"
        assert np.all(np.isfinite(array)), f"{name}: {array!r}"


@check(points=0.25)
def example_of_early_stopping(early_stopping):
    """early_stopping: losses 3, 2, 2.5, 2.4 with patience=2 stop at epoch 3, the best is epoch 1.
    中文：early_stopping：损失 3, 2, 2.5, 2.4 在 patience=2 时停在第 3 轮，最好的是第 1 轮。"""
    best, stop = early_stopping([3.0, 2.0, 2.5, 2.4], 2)
    assert all(np.asarray(t).dtype.kind in "iuf" for t in (best, stop)), f"{(best, stop)}"
    assert np.shape(best) == np.shape(stop) == (), f"{(best, stop)}"
    assert (best, stop) == (1, 3), f"{(best, stop)} != (1, 3)"


@see
def how_the_two_penalties_shrink():
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    w = np.linspace(-3, 3, 121)
    left.plot(w, w, color="gray", linestyle=":", label="no penalty")
    left.plot(w, l2_shrink(w, 1.0), label=r"L2, $\lambda$ = 1")
    left.plot(w, l1_shrink(w, 1.0), label=r"L1, $\lambda$ = 1")
    left.set_xlabel("weight before, w")
    left.set_ylabel("weight after, u")
    left.legend()
    weights, lams = np.random.default_rng(0).normal(size=200), np.linspace(0, 3, 31)
    right.plot(lams, [np.count_nonzero(l2_shrink(weights, lam)) for lam in lams], label="L2")
    right.plot(lams, [np.count_nonzero(l1_shrink(weights, lam)) for lam in lams], label="L1")
    right.set_ylim(-10, 220)
    right.set_xlabel(r"$\lambda$")
    right.set_ylabel("weights that are not 0, of 200")
    right.legend(loc="center right")
    figure.tight_layout()
    plt.show()
