"""Overfitting: polynomial ridge regression, validation and learning curves."""

import numpy as np

from autograder.pages import check, see


def mse(Phi, w, y):
    """Given: the mean squared error of the predictions Phi @ w, without any penalty.

    中文：已给出：预测 Phi @ w 的均方误差，不含惩罚项。
    """
    return float(np.mean((np.asarray(Phi) @ np.asarray(w) - np.asarray(y)) ** 2))


def poly_features(x, deg):
    """Return the array (n, deg + 1) whose column j holds x to the power j, j = 0 ... deg.

    x (n,): one sample an entry, any numbers; deg >= 0. Rows are samples. x is not changed.

    中文：
    返回 (n, deg + 1) 的数组，第 j 列是 x 的 j 次幂，j = 0 ... deg。
    x (n,) 每个分量是一个样本，可正可负可为零；deg >= 0。一行一个样本。不得修改 x。
    """
    ...


def ridge_fit(Phi, y, lam):
    """Return the w (p,) that minimises ||Phi w - y||^2 + lam * (w_1^2 + ... + w_{p-1}^2).

    Phi (n, p), its column 0 all ones; y (n,); lam >= 0. Sums, no 1/n. The intercept w_0 is not
    penalised. n may be less than p when lam > 0; at lam = 0 the columns of Phi are independent.
    Arguments are not changed.

    中文：
    返回使 ||Phi w - y||^2 + lam * (w_1^2 + ... + w_{p-1}^2) 最小的 w，形状 (p,)。
    Phi (n, p)，第 0 列全为 1；y (n,)；lam >= 0。都是求和，没有 1/n。截距 w_0 不受惩罚。
    lam > 0 时 n 可以小于 p；lam = 0 时 Phi 的各列线性无关。不得修改参数。
    """
    ...


def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
    """Fit with every lam in lams; return (best lam, train errors, validation errors).

    Features are the powers 0 ... deg. Both error arrays have the length and the order of lams, a
    list in any order; each entry is the mse of the weights fitted with that lam. The best lam is
    the entry of lams that you would use on new data. Arguments are not changed.

    中文：
    用 lams 中的每个 lam 各拟合一次，返回（最好的 lam，训练误差，验证误差）。
    特征是 0 ... deg 次幂。两个误差数组与 lams 等长、同序（lams 是列表，不一定排好序），
    每个分量是用该 lam 拟合出的权重的 mse。最好的 lam 指拿去预测新数据时该用的那一个。不得修改参数。
    """
    ...


def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
    """Fit on the first `size` training samples, for each size in sizes, with lam = 1e-8.

    Return (train errors, validation errors), both of the length and in the order of sizes. The
    train error is the mse on the samples used in that fit. A size may be smaller than deg + 1.
    Arguments are not changed.

    中文：
    对 sizes 中的每个 size，用前 size 个训练样本、lam = 1e-8 拟合一次。
    返回（训练误差，验证误差），与 sizes 等长、同序。训练误差是这次拟合所用样本上的 mse。
    size 可以小于 deg + 1。不得修改参数。
    """
    ...


def diagnose(classes, n, train, val, test):
    """Name what is wrong with a classifier: 'bug', 'chance', 'overfitting', 'shift' or 'none'.

    classes >= 2, all equally frequent: a blind guess is right with probability c = 1 / classes.
    n: each accuracy was measured on n samples. train, val, test: accuracies (0 to 1) on training
    samples, on held-out samples of the same source, on the test set. The first line that applies:
        'bug'          val or test is below c by more than 2 sqrt(c (1 - c) / n)
        'chance'       val is not above c by more than 2 sqrt(c (1 - c) / n)
        'overfitting'  train - val is the larger of the gaps train - val and val - test, and it
                       is more than 2 sqrt(1 / (2 n))
        'shift'        val - test is the larger of the two gaps, and more than 2 sqrt(1 / (2 n))
        'none'         none of these
    No case lies on a border.

    中文：
    判断分类器的问题出在哪里，返回 'bug'、'chance'、'overfitting'、'shift' 或 'none'。
    classes >= 2，各类样本一样多，瞎猜的正确率为 c = 1 / classes。
    n：每个准确率都是在 n 个样本上测得的。
    train、val、test：训练样本、同一来源的留出样本、测试集上的准确率（0 到 1）。
    依次检查，返回第一个成立的：
        'bug'          val 或 test 比 c 低出 2 sqrt(c (1 - c) / n) 以上
        'chance'       val 没有比 c 高出 2 sqrt(c (1 - c) / n) 以上
        'overfitting'  差距 train - val 与 val - test 中前者较大，且超过 2 sqrt(1 / (2 n))
        'shift'        两个差距中 val - test 较大，且超过 2 sqrt(1 / (2 n))
        'none'         以上都不是
    不会出现恰好落在分界上的情形。
    """
    ...


def cv_report(X, y, groups, k, predict, X_new, y_new):
    """Return {'by_sample': ..., 'by_group': ..., 'new': ...}: three accuracies, as floats.

    X (n, d), rows are samples; y (n,) integer labels; groups (n,): where each sample comes from,
    numbers or strings in any order. predict(X_train, y_train, X_test) returns the predicted
    labels of the rows of X_test. X_new (m, d), y_new (m,): samples from the field.
    by_sample: k-fold cross-validation, row i in fold i mod k. by_group: the same with all samples
    of group j in fold j mod k, groups numbered 0, 1, ... in the order of their first appearance.
    Both: the share of all n samples that are predicted correctly while held out. new: the accuracy
    on X_new after training on all of X. 2 <= k <= number of groups. Rows keep their order.
    Arguments are not changed.

    中文：
    返回 {'by_sample': ..., 'by_group': ..., 'new': ...}，三个准确率（float）。
    X (n, d)，一行一个样本；y (n,) 为整数标签；groups (n,)：每个样本的来源，数或字符串，顺序任意。
    predict(X_train, y_train, X_test) 返回 X_test 各行的预测标签。
    X_new (m, d)、y_new (m,)：现场的样本。
    by_sample：k 折交叉验证，第 i 行放进第 i mod k 折。
    by_group：同样做，但各组按首次出现的先后编号为 0、1……，
    第 j 组的全部样本放进第 j mod k 折。两者都是全部 n 个样本在被留出时预测正确的比例。
    new：用整个 X 训练之后在 X_new 上的准确率。2 <= k <= 组数。各行保持原来的次序。不得修改参数。
    """
    ...


@check(points=0.125)
def poly_features_example(poly_features):
    """poly_features is off in shape or value: (n, deg + 1), powers from 0 up, one sample a row.
    中文：poly_features 的形状或数值不对：(n, deg + 1)，从 0 次幂开始，一行一个样本。"""
    Phi = np.asarray(poly_features(np.array([-1.0, 0.0, 2.0]), 2))
    assert Phi.dtype.kind in "iuf"
    assert Phi.shape == (3, 3)
    assert np.allclose(Phi, [[1, -1, 1], [1, 0, 0], [1, 2, 4]])


@check(points=0.25)
def ridge_fit_example(ridge_fit):
    """ridge_fit is off in shape or value: for x = (-1, 0, 1), y = (1, 2, 6) and lam = 0 the best
    line is 3 + 2.5x.
    中文：ridge_fit 的形状或数值不对：x = (-1, 0, 1)、y = (1, 2, 6)、lam = 0 时，最佳直线是 3 +
    2.5x。"""
    Phi = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]])
    w = np.asarray(ridge_fit(Phi, np.array([1.0, 2.0, 6.0]), 0.0))
    assert w.dtype.kind == "f"
    assert w.shape == (2,)
    assert np.allclose(w, [3.0, 2.5], atol=1e-6)


@check(points=0.25)
def select_lambda_example(select_lambda):
    """select_lambda is off in shape or value: with lam = 3 the best line is 3 + x, which fits the
    points (-1, 2), (0, 3), (1, 4) of the validation set exactly.
    中文：select_lambda 的形状或数值不对：lam = 3 时最佳直线是 3 + x，恰好经过验证集的点 (-1,
    2)、(0, 3)、(1, 4)。"""
    x, y, y_val = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 6.0]), np.array([2.0, 3.0, 4.0])
    best, train, val = (np.asarray(a) for a in select_lambda(x, y, x, y_val, 1, [0.0, 3.0]))
    assert best.dtype.kind in "iuf"
    assert train.dtype.kind + val.dtype.kind == "ff"
    assert (best.size, train.shape, val.shape) == (1, (2,), (2,))
    assert best.item() == 3
    assert np.allclose(train, [0.5, 2.0], atol=1e-6)
    assert np.allclose(val, [1.5, 0.0], atol=1e-6)


@check(points=0.125)
def learning_curve_example(learning_curve):
    """learning_curve is off in shape or value: two samples (-1, 1), (0, 2) give the line 2 + x, all
    three with (1, 6) give 3 + 2.5x.
    中文：learning_curve 的形状或数值不对：前两个样本 (-1, 1)、(0, 2) 给出直线 2 + x，三个样本（再加
    (1, 6)）给出 3 + 2.5x。"""
    x, y = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 6.0])
    curve = learning_curve(x, y, np.array([0.0, 1.0]), np.array([2.0, 4.0]), 1, [2, 3])
    train, val = (np.asarray(a) for a in curve)
    assert train.dtype.kind + val.dtype.kind == "ff"
    assert (train.shape, val.shape) == ((2,), (2,))
    assert np.allclose(train, [0.0, 0.5], atol=1e-6)
    assert np.allclose(val, [0.5, 1.625], atol=1e-6)


@check(points=0.125)
def diagnose_example(diagnose):
    """diagnose is off for 100% in training and 42% in the test: the example of the text has four
    cases, and four verdicts.
    中文：训练 100%、测试 42% 时，diagnose 的结果不对：题面的小例子有四种情形，对应四种判断。"""
    assert diagnose(100, 1000, 1.0, 0.42, 0.42) == "overfitting"
    assert diagnose(2, 1000, 1.0, 0.42, 0.42) == "bug"
    assert diagnose(2, 50, 1.0, 0.42, 0.42) == "chance"
    assert diagnose(10, 1000, 1.0, 0.93, 0.42) == "shift"


@check(points=0.125)
def cv_report_example(cv_report):
    """cv_report is off for the example of the text: three pairs of twins and the label of the
    nearest training row give 1.0 by sample, 0.0 by group and 0.5 on the new samples.
    中文：题面小例子的 cv_report 不对：三对双胞胎样本，预测取最近的训练样本的标签，按样本分折是
    1.0，按组分折是 0.0，新样本上是 0.5。"""
    def nearest(X_train, y_train, X_test):
        return y_train[np.abs(X_test[:, :1] - X_train[:, 0]).argmin(axis=1)]

    X = np.array([[0.0], [0.1], [5.0], [5.1], [10.0], [10.1]])
    y, groups = np.array([0, 0, 1, 1, 0, 0]), np.array(["a", "a", "b", "b", "c", "c"])
    report = cv_report(X, y, groups, 3, nearest, np.array([[1.0], [6.0]]), np.array([0, 0]))
    for key, want in (("by_sample", 1.0), ("by_group", 0.0), ("new", 0.5)):
        accuracy = np.asarray(report[key])
        assert accuracy.dtype.kind in "iuf"
        assert accuracy.size == 1
        assert abs(float(accuracy.item()) - want) < 1e-6


@see
def the_learning_curves():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 600)
    y = np.sin(4 * x) + 0.3 * rng.normal(size=600)
    sizes = [14, 17, 20, 25, 30, 40, 60, 100, 200, 300]
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(9, 3.5))
    for ax, deg in zip(axes, (1, 9), strict=True):
        train, val = learning_curve(x[:300], y[:300], x[300:], y[300:], deg, sizes)
        ax.loglog(sizes, val, "o-", label="validation error")
        ax.loglog(sizes, train, "s-", label="training error")
        ax.axhline(0.3**2, color="gray", linestyle=":", label="noise")
        ax.set_title(f"degree {deg}")
        ax.set_xlabel("training samples")
        ax.set_xticks([20, 50, 100, 200], labels=["20", "50", "100", "200"])
        ax.minorticks_off()
    axes[0].set_ylabel("mean squared error")
    axes[1].legend()
    plt.show()
