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


def next_step(train_loss, val_loss, target):
    """Return what to do next: 'done', 'more_data' or 'other_model'.

    train_loss, val_loss: the mean losses of a converged fit on its training samples and on
    validation samples of the same source. target: the validation loss that would be good enough;
    a loss equal to target has reached it. More samples let the training loss rise and the
    validation loss fall until the two meet in between.
        'done'         the validation loss has reached the target
        'more_data'    it has not, but with more samples the same model may reach it
        'other_model'  it has not, and with no number of samples will the same model reach it

    中文：
    返回下一步该做什么：'done'、'more_data' 或 'other_model'。
    train_loss、val_loss：训练收敛后，在训练样本和同一来源的验证样本上的平均损失。
    target：验证损失降到多少就满意；恰好等于 target 算达到。
    样本增多时，训练损失上升，验证损失下降，最后在两者之间相遇。
        'done'         验证损失已经达到目标
        'more_data'    还没有达到，但同一个模型用更多样本有可能达到
        'other_model'  还没有达到，而且同一个模型用再多样本也达不到
    """
    ...


@check(points=0.25)
def example_of_the_features(logistic_features):
    """logistic_features: 3 or 4 rows, one column a sample; the last row of 'cross' is x1 * x2.
    中文：logistic_features：3 行或 4 行，一列一个样本；'cross' 的最后一行是 x1 * x2。"""
    X = np.array([[1.0, 1.0, -1.0, -1.0], [2.0, -3.0, 2.0, -3.0]])
    for kind, rows in (("linear", 3), ("cross", 4)):
        Phi = logistic_features(X, kind)
        assert np.asarray(Phi).dtype.kind in "biuf", f"{kind}: {Phi!r}"
        assert np.shape(Phi) == (rows, 4), f"{kind}: {np.shape(Phi)} != {(rows, 4)}"
    assert np.allclose(Phi[3], [2, -3, -2, 3]), f"{Phi[3]!r} != [2, -3, -2, 3]"


@check(points=0.25)
def example_of_the_fit(fit_logistic):
    """fit_logistic: w is (p,); labels that have nothing to do with the features cost about 0.693,
    a number.
    中文：fit_logistic：w 的形状是 (p,)；标签与特征无关时，损失约为 0.693，是一个数。"""
    Phi = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, -1.0, -1.0]])
    w, loss = fit_logistic(Phi, np.array([1.0, 0.0, 0.0, 1.0]))
    assert np.asarray(w).dtype.kind in "biuf", f"w = {w!r}"
    assert np.shape(w) == (2,), f"w.shape: {np.shape(w)} != (2,)"
    assert np.shape(loss) == () and np.asarray(loss).dtype.kind in "biuf", f"loss = {loss!r}"
    assert abs(loss - 0.6931) < 1e-3, f"loss = {loss!r} != 0.693"


@check(points=0.25)
def example_of_the_experiment(underfit_experiment):
    """underfit_experiment: the keys are (n, kind), the values numbers; here the loss is about
    0.693.
    中文：underfit_experiment：字典的键是 (n, kind)，值是数；这个例子里的损失约为 0.693。"""
    X = np.array([[1.0, 1.0, -1.0, -1.0], [2.0, -3.0, 2.0, -3.0]])
    y = np.array([1.0, 0.0, 0.0, 1.0])
    losses = underfit_experiment(lambda n, seed: (X, y), [4], ["linear"], [0, 1])
    assert set(losses) == {(4, "linear")}, f"{set(losses)} != {(4, 'linear')}"
    loss = losses[4, "linear"]
    assert np.shape(loss) == () and np.asarray(loss).dtype.kind in "biuf", f"loss = {loss!r}"
    assert abs(loss - 0.6931) < 0.01, f"loss = {loss!r} != 0.693"


@check(points=0.25)
def example_of_the_next_step(next_step):
    """next_step: with the target 0.4, the losses 0.69 and 0.70 ask for another model, 0.05 and 0.90
    for more data; with 0.35 and 0.38 it is done.
    中文：next_step：目标是 0.4 时，损失 0.69 和 0.70 该换模型，0.05 和 0.90 该加数据，0.35 和 0.38
    已经达到。"""
    for train_loss, val_loss, wanted in (
        (0.69, 0.7, "other_model"), (0.05, 0.9, "more_data"), (0.35, 0.38, "done")
    ):
        step = next_step(train_loss, val_loss, 0.4)
        assert step == wanted, f"next_step({train_loss}, {val_loss}, 0.4): {step!r} != {wanted!r}"


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
