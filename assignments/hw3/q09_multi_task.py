"""Multi-task learning: missing labels, shared weights, negative transfer."""

import numpy as np

from autograder.pages import check, see


def masked_bce(Z, Y):
    """Return (loss, dZ): the mean binary cross-entropy of the labelled entries, its gradient.

    Z (T, m): logits, one task a row, one sample a column. Y (T, m): labels 0 or 1, nan where the
    sample has no label for that task. The mean is over all labelled entries of all tasks together.
    dZ (T, m) is the derivative of the loss by Z. With nothing labelled: loss 0 and a dZ of zeros.
    Exact for |z| = 1000 too. Arguments are not changed.

    中文：
    返回 (loss, dZ)：有标签的元素上二元交叉熵的平均值，以及它的梯度。
    Z (T, m) 为 logit，一行一个任务，一列一个样本。Y (T, m) 的标签为 0 或 1，没有标签的地方为 nan。
    平均是对所有任务中有标签的元素一起取的。dZ (T, m) 是损失对 Z 的导数。
    一个标签也没有时，损失为 0，dZ 全为 0。|z| = 1000 时也要算得准。不得修改参数。
    """
    ...


def mtl_fit(Xs, ys, lam0, lam1):
    """Return the shared weights w0 (d,) and the deviations V (T, d), one task a row.

    They minimise sum_t ||X_t (w0 + v_t) - y_t||^2 + lam0 ||w0||^2 + lam1 sum_t ||v_t||^2, where
    v_t is row t of V. Xs: list of T arrays (m_t, d), rows are samples; ys: list of T arrays (m_t,).
    The m_t may differ and may be less than d. lam0 > 0, lam1 > 0. Arguments are not changed.

    中文：
    返回共享权重 w0 (d,) 和各任务的偏离 V (T, d)，一行一个任务。
    它们使 sum_t ||X_t (w0 + v_t) - y_t||^2 + lam0 ||w0||^2 + lam1 sum_t ||v_t||^2 最小，
    其中 v_t 是 V 的第 t 行。Xs 是列表，含 T 个 (m_t, d) 的数组，一行一个样本；
    ys 是列表，含 T 个 (m_t,) 的数组。各 m_t 可以不同，也可以小于 d。lam0 > 0，lam1 > 0。
    不得修改参数。
    """
    ...


def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
    """Return, for every task, how much sharing gains on its validation samples: an array (T,).

    Entry t is the mean squared error of task t learnt alone minus that of task t learnt by
    mtl_fit(Xs, ys, lam0, lam1), both on Xs_val[t] (n_t, d), ys_val[t] (n_t,), without penalty.
    Learnt alone: the w that minimises ||X_t w - y_t||^2 + lam1 ||w||^2. Positive: sharing helps;
    negative: negative transfer. Xs, ys, lam0, lam1 as above. Arguments are not changed.

    中文：
    返回共享参数给每个任务带来的好处，用验证样本衡量，是形状 (T,) 的数组。
    第 t 个分量 = 任务 t 单独学习的均方误差 - 用 mtl_fit(Xs, ys, lam0, lam1) 学习的均方误差，
    两者都在 Xs_val[t] (n_t, d)、ys_val[t] (n_t,) 上计算，不含惩罚项。
    单独学习：使 ||X_t w - y_t||^2 + lam1 ||w||^2 最小的 w。为正表示共享有好处，为负就是负迁移。
    Xs、ys、lam0、lam1 同上。不得修改参数。
    """
    ...


@check(points=0.375)
def masked_bce_example(masked_bce):
    """masked_bce is off in shape or value: both labelled entries have z = 0, so the loss is about
    0.693; dZ has the shape of Z, and 0 where there is no label.
    中文：masked_bce 的形状或数值不对：两个有标签的元素 z 都是 0，损失应约为 0.693；dZ 与 Z 同形状，
    没有标签处为 0。"""
    Z, Y = np.array([[0.0, 2.0], [-1.0, 0.0]]), np.array([[1.0, np.nan], [np.nan, 0.0]])
    loss, dZ = (np.asarray(a) for a in masked_bce(Z, Y))
    assert loss.dtype.kind + dZ.dtype.kind == "ff"
    assert loss.size == 1
    assert abs(float(loss.item()) - 0.693) < 1e-3
    assert dZ.shape == (2, 2)
    assert np.allclose(dZ, [[-0.25, 0.0], [0.0, 0.25]])


@check(points=0.375)
def mtl_fit_example(mtl_fit):
    """mtl_fit is off in shape or value: w0 is (d,), V is (T, d); two tasks with one sample each, y
    = 3 and y = 1, share w0 = 1, and V is 1 and 0.
    中文：mtl_fit 的形状或数值不对：w0 为 (d,)，V 为 (T, d)；两个任务各一个样本，y = 3 和 y = 1 时，
    共享的 w0 是 1，V 是 1 和 0。"""
    one = np.array([[1.0]])
    w0, V = (np.asarray(a) for a in mtl_fit([one, one], [np.array([3.0]), np.array([1.0])], 1, 1))
    assert w0.dtype.kind + V.dtype.kind == "ff"
    assert (w0.shape, V.shape) == ((1,), (2, 1))
    assert np.allclose(w0, [1.0])
    assert np.allclose(V, [[1.0], [0.0]])
    rng = np.random.default_rng(0)
    Xs, ys = [rng.normal(size=(m, 3)) for m in (4, 2)], [rng.normal(size=m) for m in (4, 2)]
    w0, V = mtl_fit(Xs, ys, 1.0, 1.0)
    assert (np.shape(w0), np.shape(V)) == ((3,), (2, 3))


@check(points=0.25)
def transfer_gain_example(transfer_gain):
    """transfer_gain is off in shape or value for the example of the text: one number a task, 1.25
    and 0.25 for y = (3, 1), 0.6875 and -0.3125 for y = (3, -1).
    中文：题面小例子的 transfer_gain 形状或数值不对：每个任务一个数，y = (3, 1) 时是 1.25 和 0.25，y
    = (3, -1) 时是 0.6875 和 -0.3125。"""
    Xs = [np.array([[1.0]]), np.array([[1.0]])]
    for second, want in ((1.0, [1.25, 0.25]), (-1.0, [0.6875, -0.3125])):
        ys = [np.array([3.0]), np.array([second])]
        gain = np.asarray(transfer_gain(Xs, ys, Xs, ys, 1.0, 1.0))
        assert gain.dtype.kind == "f"
        assert gain.shape == (2,)
        assert np.allclose(gain, want, atol=1e-6)


@see
def negative_transfer():
    import matplotlib.pyplot as plt

    ways = {"pooled": (0.1, 1e6), "shared": (0.1, 0.5), "alone": (1e6, 0.1)}
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(8, 3.5))
    for ax, related in zip(axes, (True, False), strict=True):
        errors = {way: [] for way in ways}
        for seed in range(10):
            rng = np.random.default_rng(seed)
            W = rng.normal(size=(6, 10))
            if related:
                W = W[:1] + 0.2 * rng.normal(size=(6, 10))
            Xs = [rng.normal(size=(8, 10)) for _ in W]
            ys = [X @ w + 0.2 * rng.normal(size=8) for X, w in zip(Xs, W, strict=True)]
            for way, (lam0, lam1) in ways.items():
                w0, V = mtl_fit(Xs, ys, lam0, lam1)
                errors[way].append(np.mean((np.asarray(w0) + np.asarray(V) - W) ** 2))
        heights = [np.mean(errors[way]) for way in ways]
        bars = ax.bar(list(ways), heights, color=["tab:orange", "tab:blue", "tab:gray"])
        ax.bar_label(bars, fmt="%.2f")
        ax.set_title("related tasks" if related else "unrelated tasks")
        ax.margins(y=0.1)
    axes[0].set_ylabel("mean squared error of the weights")
    plt.show()
