"""Exploding gradients: how fast they grow, and clipping."""

import numpy as np

from autograder.pages import check, see


def clip_global_norm(grads, max_norm):
    """Return (clipped, norm): a list of new arrays, and the global norm before clipping (float).

    grads: a list of arrays of any shapes, 0-d too; clipped[i] has the shape of grads[i]. The global
    norm is that of all entries of all arrays together. Every array is multiplied by the same scale
    min(1, max_norm / norm). Gradients that are all zero stay zero. A relative error of 1e-5 is
    allowed, so max_norm / (norm + 1e-6) will do. The arguments are not changed.

    中文：
    返回 (clipped, norm)：裁剪后的新数组列表，以及裁剪之前的全局范数（float）。
    grads 是数组列表，形状任意，可含 0 维数组；clipped[i] 与 grads[i] 形状相同。
    全局范数是把所有数组的所有元素放在一起算的范数。每个数组都乘同一个系数 min(1, max_norm / norm)。
    全零的梯度仍为零。允许 1e-5 的相对误差，所以写 max_norm / (norm + 1e-6) 也可以。不得修改参数。
    """
    ...


def bptt_norms(W, delta, T):
    """Return an array (T+1,): the norms of (W^T)^t delta for t = 0, ..., T.

    W (n, n) is the recurrent matrix of h_t = W h_{t-1}, delta (n,) the gradient at the last step.

    中文：
    返回形状 (T+1,) 的数组：t = 0, ..., T 时 (W^T)^t delta 的范数。
    W (n, n) 是 h_t = W h_{t-1} 的循环矩阵，delta (n,) 是最后一步的梯度。
    """
    ...


def growth_rate(W):
    """Return, as a float, the asymptotic factor per step by which the norms above grow.

    For large t and almost every delta, the norm of (W^T)^t delta behaves like growth_rate(W)^t.
    W (n, n) need not be symmetric and may rotate vectors. A relative error of 1e-3 is allowed.

    中文：
    返回上面的范数每一步的渐近增长倍数（float）。
    也就是说，t 很大时，对几乎所有的 delta，(W^T)^t delta 的范数大致按 growth_rate(W)^t 变化。
    W (n, n) 不一定对称，也可能带有旋转。允许 1e-3 的相对误差。
    """
    ...


@check(points=0.5)
def example_of_clipping(clip_global_norm):
    """clip_global_norm: [3, 4] has the norm 5 (a number) and becomes [0.6, 0.8] for max_norm=1.
    中文：clip_global_norm：[3, 4] 的范数是 5（一个数），按 max_norm=1 裁剪得 [0.6, 0.8]。"""
    clipped, norm = clip_global_norm([np.array([3.0, 4.0])], 1.0)
    assert np.shape(norm) == () and np.asarray(norm).dtype.kind in "biuf", f"norm = {norm!r}"
    assert abs(norm - 5) < 1e-4, f"norm = {norm!r} != 5"
    [first] = clipped
    assert np.asarray(first).dtype.kind in "biuf", f"{first!r}"
    assert np.shape(first) == (2,), f"{np.shape(first)} != (2,)"
    assert np.allclose(first, [0.6, 0.8], rtol=1e-4), f"{first!r} != [0.6, 0.8]"


@check(points=0.25)
def example_of_the_norms(bptt_norms):
    """bptt_norms: the result has the shape (T+1,); for W = 2 (1 by 1) and delta = 3 it is 3, 6, 12.
    中文：bptt_norms：结果的形状为 (T+1,)；W 是 1×1 的 2、delta = 3 时，依次为 3、6、12。"""
    norms = bptt_norms(np.eye(3), np.ones(3), 4)
    assert np.shape(norms) == (5,), f"{np.shape(norms)} != (5,)"
    norms = bptt_norms(np.array([[2.0]]), np.array([3.0]), 2)
    assert np.asarray(norms).dtype.kind in "biuf", f"{norms!r}"
    assert np.shape(norms) == (3,), f"{np.shape(norms)} != (3,)"
    assert np.allclose(norms, [3, 6, 12]), f"{norms!r} != [3, 6, 12]"


@check(points=0.25)
def example_of_the_growth_rate(growth_rate):
    """growth_rate: for a diagonal matrix with 3 and 0.5 on the diagonal it is 3, a number.
    中文：growth_rate：对角元为 3 和 0.5 的对角矩阵，结果是 3，一个数。"""
    rate = growth_rate(np.diag([3.0, 0.5]))
    assert np.shape(rate) == () and np.asarray(rate).dtype.kind in "biuf", f"{rate!r}"
    assert abs(rate - 3) < 0.1, f"{rate!r} != 3"


@see
def the_growth_of_gradients():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    G, delta = rng.normal(size=(20, 20)), rng.normal(size=20)
    steps = np.arange(61)
    for color, rate in (("tab:blue", 0.9), ("tab:orange", 1.0), ("tab:red", 1.1)):
        W = G * rate / growth_rate(G)
        norms = np.asarray(bptt_norms(W, delta, 60))
        clipped = [clip_global_norm([np.array(norm)], 10.0)[0][0] for norm in norms]
        plt.semilogy(steps, norms, color=color, label=f"growth rate {rate}")
        plt.semilogy(steps, norms[60] * growth_rate(W) ** (steps - 60.0), ":", color=color)
        plt.semilogy(steps, clipped, color=color, lw=5, alpha=0.3)
    plt.plot([], [], "k:", label="slope: growth rate")
    plt.plot([], [], "k", lw=5, alpha=0.3, label="after clipping at 10")
    plt.xlabel("steps back in time, t")
    plt.ylabel("norm of (W$^T$)$^t$ delta")
    plt.legend()
    plt.show()
