"""Underfitting: will ten thousand samples lower a high training loss?"""

import numpy as np

from autograder.pages import check, see


def xor_blobs(n, seed):
    """Given: n samples from four blobs, X (2, n) and labels y (n,), 1 where the centre has x1 = x2.

    中文：
    已给出：从四团点中取 n 个样本，返回 X (2, n) 和标签 y (n,)；中心满足 x1 = x2 的两团标签为 1。
    """
    corner = np.arange(n) % 4
    centres = np.array([[1.0, -1.0, 1.0, -1.0], [1.0, -1.0, -1.0, 1.0]])[:, corner]
    return centres + 0.7 * np.random.default_rng(seed).normal(size=(2, n)), (corner < 2) * 1.0


def logistic_features(X, kind):
    """Return the features of the columns of X (2, m), stacked as rows.

    kind 'linear': 1, x1, x2, shape (3, m). kind 'cross': 1, x1, x2, x1 * x2, shape (4, m).
    X is not changed.

    中文：
    返回 X (2, m) 每一列的特征，按行叠放。
    kind 为 'linear' 时是 1、x1、x2，形状 (3, m)；为 'cross' 时是 1、x1、x2、x1 * x2，形状 (4, m)。
    不得修改 X。
    """
    ...


def fit_logistic(Phi, y, lr=1.0, steps=300):
    """Return (w, loss) where w (p,) minimises the mean cross-entropy of sigmoid(w Phi).

    Phi (p, m) holds the features, y (m,) zeros and ones. loss is the mean cross-entropy at the
    returned w, as a float. On data that no w separates the fit must have converged: the gradient
    of the mean loss has norm below 1e-4. lr and steps are meant for gradient descent, and with
    features of size about 1 the defaults will do; another method may ignore them. On separable
    data, and with features of size 1000, w and loss stay finite. The arguments are not changed.

    中文：
    返回 (w, loss)：w (p,) 使 sigmoid(w Phi) 的平均交叉熵最小。
    Phi (p, m) 为特征，y (m,) 取 0 或 1。loss 是在返回的 w 处的平均交叉熵（float）。
    对任何 w 都分不开的数据，训练必须收敛：平均损失的梯度范数小于 1e-4。
    lr 和 steps 供梯度下降使用（特征大小在 1 左右时，默认值就够了）；用别的方法可以不理会它们。
    数据线性可分，或者特征大到 1000 时，w 和 loss 仍须是有限值。不得修改参数。
    """
    ...


def underfit_experiment(make_data, ns, kinds, seeds):
    """Return a dict {(n, kind): final loss, averaged over seeds}.

    make_data(n, seed) returns (X, y) as xor_blobs does; call it for exactly the pairs of an n in
    ns and a seed in seeds. kinds are those of logistic_features; fit with the default settings.

    中文：
    返回字典 {(n, kind): 最终损失对 seeds 的平均值}。
    make_data(n, seed) 像 xor_blobs 一样返回 (X, y)；对 ns 中的每个 n 与 seeds 中的每个 seed 调用，
    不多也不少。kinds 是 logistic_features 的 kind；训练用默认设置。
    """
    ...


@check(points=1)
def shapes_and_example(logistic_features, fit_logistic, underfit_experiment):
    """A shape or the small example is off: features are rows; labels that have nothing to do with
    the features cost about 0.693; the keys are (n, kind).
    中文：形状或小例子不对：特征按行叠放；标签与特征无关时，损失约为 0.693；字典的键是 (n,
    kind)。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    X = np.array([[1.0, 1.0, -1.0, -1.0], [2.0, -3.0, 2.0, -3.0]])
    y = np.array([1.0, 0.0, 0.0, 1.0])
    assert np.shape(logistic_features(X, "linear")) == (3, 4)
    assert np.allclose(logistic_features(X, "cross")[3], [2, -3, -2, 3])
    w, loss = fit_logistic(np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, -1.0, -1.0]]), y)
    assert np.shape(w) == (2,)
    assert abs(number(loss) - 0.693) < 1e-3
    losses = underfit_experiment(lambda n, seed: (X, y), [4], ["linear"], [0])
    assert set(losses) == {(4, "linear")}


@see
def the_floor_at_log_2():
    import matplotlib.pyplot as plt

    left, right = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")[1]
    X, y = xor_blobs(400, 0)
    for label, marker in ((0, "x"), (1, "o")):
        left.plot(*X[:, y == label], marker, ms=4, alpha=0.6, label=f"y = {label}")
    left.set_xlabel("x1")
    left.set_ylabel("x2")
    left.set_aspect("equal")
    left.legend()
    ns, kinds = [20, 60, 200, 1000, 10000], ["linear", "cross"]
    losses = underfit_experiment(xor_blobs, ns, kinds, [0, 1, 2])
    for kind in kinds:
        right.semilogx(ns, [losses[n, kind] for n in ns], "o-", label=kind)
    right.axhline(np.log(2), color="k", ls=":", label="log 2, the loss of a coin toss")
    right.set_xlabel("number of training samples")
    right.set_ylabel("training loss after the fit")
    right.set_ylim(0, 0.8)
    right.legend(loc="lower right")
    plt.show()
