"""No. A high training loss after convergence is underfitting: the model cannot express the pattern,
and more samples of it do not change that. On XOR data the best linear model is w = 0, whose loss is
log 2 = 0.693 for 20 samples and for 10 000; with few samples the loss is even a little lower,
because the model fits their noise, and it climbs towards log 2 as samples come in. One better
feature, x1 * x2, mends both. Cures: features or capacity, less regularisation, and, if the loss is
still falling, more training.

The common wrong belief is that more data always help. They help against overfitting, where the
training loss is low and the test loss high. So look at the training loss first.

中文：
没有用。训练已经收敛而训练损失仍然很高，就是欠拟合：模型表达不了这个规律，样本再多也改变不了。
在异或数据上，最好的线性模型就是 w = 0，损失为 log 2 = 0.693，20 个样本如此，10 000 个也如此；
样本少的时候，损失反而略低一点，因为模型顺手拟合了噪声，样本越多越接近 log 2。只要加上 x1 * x2
这一个特征，两种情况就都解决了。对策是：更好的特征或更大的容量、减轻正则化；如果损失还在下降，
那就继续训练。

常见的错误认识：数据越多越好。数据多能缓解的是过拟合，也就是训练损失低、测试损失高的情况。
所以先看训练损失。
"""

import numpy as np

from autograder.check_toolkit import (
    alike,
    close,
    each,
    each_same_for_any_type,
    fitted,
    leaves_alone,
    leaves_each_alone,
    numbers_in,
    same_for_any_type,
    unchanged,
)
from autograder.pages import accepted, check, mistake, proof


def logistic_features(X, kind):
    X = np.asarray(X, dtype=float)
    rows = [np.ones(X.shape[1]), X[0], X[1]]
    if kind == "cross":
        rows.append(X[0] * X[1])
    return np.array(rows)


def fit_logistic(Phi, y, lr=1.0, steps=300):
    Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
    w = np.zeros(Phi.shape[0])
    for _ in range(steps):
        p = 0.5 + 0.5 * np.tanh(0.5 * (w @ Phi))  # the sigmoid, without overflow
        grad = Phi @ (p - y) / y.size
        if grad @ grad < 1e-12:
            break
        w = w - lr * grad
    z = w @ Phi
    return w, float(np.mean(np.logaddexp(0, z) - y * z))


def underfit_experiment(make_data, ns, kinds, seeds):
    losses = {(n, kind): [] for n in ns for kind in kinds}
    for n in ns:
        for seed in seeds:
            X, y = make_data(n, seed)
            for kind in kinds:
                losses[n, kind].append(fit_logistic(logistic_features(X, kind), y)[1])
    return {key: float(np.mean(values)) for key, values in losses.items()}


def next_step(train_loss, val_loss, target):
    if val_loss <= target:
        return "done"
    # more samples only push the training loss up, and the validation loss stays above it
    return "other_model" if train_loss > target else "more_data"


def noisy(n, seed):
    """Normal samples, labelled by a coin that depends on x1 and on x1 * x2; not separable."""
    rng = np.random.default_rng([n, seed])
    X = rng.normal(size=(2, n))
    chance = 1 / (1 + np.exp(-(0.6 * X[0] + 0.9 * X[0] * X[1] - 0.4)))
    return X, (rng.random(n) < chance).astype(float)


def four_corners(n, seed):
    """Noisy XOR: n samples around (1, 1), (-1, -1) labelled 1 and (1, -1), (-1, 1) labelled 0."""
    signs = np.array([(1, 1), (-1, -1), (1, -1), (-1, 1)] * (n // 4)).T
    X = signs + 0.7 * np.random.default_rng(seed).normal(size=(2, n))
    return X, (signs[0] == signs[1]).astype(float)


def four_points(n, seed):
    """n samples, n / 4 on each of four points; each point has a coin of its own for the labels."""
    X = np.array([[1.0, 1, -1, -1], [1.5, -0.5, 1.5, -0.5]])[:, np.arange(n) % 4]
    coins = np.array([0.8, 0.3, 0.25, 0.5])[np.arange(n) % 4]
    return X, (np.random.default_rng([n, seed]).random(n) < coins).astype(float)


def oracle_rows(X, kind):
    """The features, sample by sample."""
    columns = [[1.0, a, b, a * b] for a, b in zip(*X.tolist(), strict=True)]
    return np.array(columns).T[: 4 if kind == "cross" else 3]


def oracle_loss(w, Phi, y):
    """Mean cross-entropy by its definition, for logits of ordinary size."""
    p = 1 / (1 + np.exp(-(w @ Phi)))
    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))


def oracle_gradient(w, Phi, y, h=1e-5):
    """Centred differences of oracle_loss."""
    steps = h * np.eye(len(w))
    return np.array([(oracle_loss(w + s, Phi, y) - oracle_loss(w - s, Phi, y)) / (2 * h)
                     for s in steps])


def oracle_minimum(y):
    """The least mean loss on four_points with 'cross', which gives each point a logit of its own:
    the mean entropy of the labels at a point. Both labels must occur at each."""
    p = y.reshape(-1, 4).mean(axis=0)
    return -np.mean(p * np.log(p) + (1 - p) * np.log(1 - p))


@check(points=0.25)
def features_in_rows(logistic_features):
    """The features are off: 1, x1, x2 and, for 'cross', x1 * x2, in this order; a feature is a row,
    a sample a column.
    中文：特征不对：依次是 1、x1、x2，'cross' 再加 x1 * x2；每个特征一行，每个样本一列。"""
    cases = [(np.random.default_rng(m).normal(size=(2, m)) + 0.3, kind)
             for m in (5, 3, 4, 1) for kind in ("linear", "cross")]
    wanted = [oracle_rows(X, kind) for X, kind in cases]
    for Phi, want in zip(each(logistic_features, cases), wanted, strict=True):
        assert close(Phi, want)


@check(points=0.75)
def fit_converges(fit_logistic):
    """fit_logistic has not converged to the minimum of the mean cross-entropy, where the gradient
    vanishes: check its sign and the 1/m, and add no penalty.
    中文：fit_logistic 没有收敛到平均交叉熵的最小点：梯度应几乎为零。检查梯度的符号和 1/m，不要加正
    则项。"""
    cases = [(oracle_rows(X, kind), y) for (X, y), kind in
             ((noisy(60, 1), "cross"), (noisy(35, 2), "linear"))]
    fits = each(fit_logistic, [(Phi.copy(), y.copy()) for Phi, y in cases])
    for (Phi, y), answer in zip(cases, fits, strict=True):
        w = fitted(answer[0], (len(Phi),))
        assert np.linalg.norm(oracle_gradient(w, Phi, y)) < 2e-4


@check(points=0.25)
def loss_is_the_final_mean(fit_logistic):
    """The returned loss is off: it is the mean cross-entropy at the returned w, after training, not
    a sum and not the value before.
    中文：返回的损失不对：应是训练结束时在返回的 w 处的平均交叉熵，不是总和，也不是训练前的值。"""
    x = np.array([-2.0, -0.5, 1.0, 1.5])
    separable = np.array([np.ones(4), x]), np.array([0.0, 0, 1, 1])
    X, y = four_points(40, 13)
    cases = [(oracle_rows(X, "cross"), y), separable]
    fits = each(fit_logistic, [(Phi.copy(), y.copy()) for Phi, y in cases])
    for (Phi, y), (w, loss) in zip(cases, fits, strict=True):
        w = fitted(w, (len(Phi),))
        assert np.abs(w).max() > 1e-3  # at w = 0 the loss is log 2 whatever the data
        z = w @ Phi
        assert alike(loss, np.mean(np.logaddexp(0, z) - y * z))


@check(points=0.25)
def finite_where_separable(fit_logistic):
    """Where data are separable or features large, w or the loss is not finite, or w does not
    separate the data with a loss near 0. For nan or inf: the sigmoid saturates at 0 or 1, so do not
    take its logarithm; compute the loss from z.
    中文：数据可分或特征很大时，w 或损失成了 nan、无穷大，或者 w 没有把数据分开、损失没有接近 0。出
    现 nan 或无穷大，是因为 sigmoid 会饱和成 0 或 1，不能直接取对数，损失应由 z 计算。"""
    x, y = np.array([-2.0, -1.5, -1.0, 1.0, 1.5, 2.0]), np.array([0.0, 0, 0, 1, 1, 1])
    cases = [np.array([np.ones(6), scale * x]) for scale in (1.0, 1000.0)]
    fits = each(fit_logistic, [(Phi.copy(), y.copy()) for Phi in cases])
    for Phi, (w, loss) in zip(cases, fits, strict=True):
        w = fitted(w, (2,))
        assert np.all(np.isfinite(w))
        assert np.all((2 * y - 1) * (w @ Phi) > 1)  # separated
        assert -1e-9 < fitted(loss, ()) < 0.05


@check(points=0.5)
def averages_over_seeds(underfit_experiment):
    """The results are off: for each (n, kind), fit once on the data of each seed and average the
    final losses. (If logistic_features or fit_logistic is off too, begin with that.)
    中文：实验结果不对：对每个 (n, kind)，在每个 seed 的数据上各训练一次，取最终损失的平均值。（如果
    logistic_features 或 fit_logistic 也不对，先改它。）"""
    losses = underfit_experiment(four_points, [40, 24], ["cross"], [39, 52, 23])
    assert set(losses) == {(40, "cross"), (24, "cross")}
    for n in (40, 24):
        want = sum(oracle_minimum(four_points(n, seed)[1]) for seed in (39, 52, 23)) / 3
        assert abs(fitted(losses[n, "cross"], ()) - want) < 1e-5


@check(points=0.25)
def data_of_every_pair(underfit_experiment):
    """make_data(n, seed) is called wrongly, or a loss is not a number: get data for exactly the
    pairs of an n and a seed, n first, seed second.
    中文：make_data(n, seed) 的调用不对，或者有的损失不是数：恰好对每个 n 和每个 seed 的组合取数据，
    n 在前，seed 在后。"""
    pairs = set()

    def make_data(n, seed):
        pairs.add((int(n), int(seed)))
        return np.array([[1.0, 1, -1, -1], [1, -1, 1, -1]]), np.array([1.0, 0, 0, 1])

    losses = underfit_experiment(make_data, [20, 30], ["linear"], [5, 2])
    assert set(losses) == {(20, "linear"), (30, "linear")}
    assert pairs == {(20, 5), (20, 2), (30, 5), (30, 2)}
    assert np.isfinite(numbers_in(losses)).all()


@check(points=1)
def more_data_is_no_cure(underfit_experiment):
    """Off on XOR data: the linear model stays near log 2 whatever the number of samples, and with
    x1 * x2 the loss is far lower for few and for many.
    中文：在异或数据上结果不对：线性模型无论多少样本都停在 log 2 附近，加了 x1 * x2 之后，样本多少都
    低得多。"""
    losses = underfit_experiment(four_corners, [20, 200], ["linear", "cross"], [3])
    assert 0.62 < fitted(losses[20, "linear"], ()) < 0.6932
    assert 0.68 < fitted(losses[200, "linear"], ()) < 0.6932
    assert 0 < fitted(losses[20, "cross"], ()) < 0.45
    assert 0 < fitted(losses[200, "cross"], ()) < 0.4


@check(points=0.5)
def more_data_or_another_model(next_step):
    """next_step is off: with more samples the validation loss does not fall below today's training
    loss, so compare each of the two with the target, whatever the gap between them; equal to the
    target counts as reached.
    中文：next_step 不对：样本再多，验证损失也不会降到今天的训练损失以下。所以要把两个损失分别与目标
    比，而不是看它们之间的差距；恰好等于目标算达到。"""
    cases = (
        (0.69, 0.7, 0.4, "other_model"), (0.6, 0.95, 0.4, "other_model"),
        (0.41, 3.0, 0.4, "other_model"), (0.05, 0.9, 0.4, "more_data"),
        (0.39, 0.41, 0.4, "more_data"), (0.0, np.inf, 0.1, "more_data"),
        (0.4, 0.5, 0.4, "more_data"), (0.35, 0.38, 0.4, "done"), (0.1, 0.4, 0.4, "done"),
        (0.5, 0.3, 0.4, "done"), (0.5, 0.45, 0.4, "other_model"), (0.8, 1.2, 1.0, "more_data"),
        (0.05, 0.06, 0.01, "other_model"), (0.8, 0.9, 1.0, "done"),
    )
    steps = [*each(next_step, [case[:-1] for case in cases])]
    assert all(step == case[-1] for step, case in zip(steps, cases, strict=True))


@check(points=0.125)
def any_number_type(logistic_features, fit_logistic):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    rng = np.random.default_rng(7)
    X, y = rng.integers(-2, 3, size=(2, 40)), rng.integers(0, 2, size=40)
    assert each_same_for_any_type(logistic_features, [(X, "linear"), (X, "cross")], lists=True)
    assert same_for_any_type(fit_logistic, oracle_rows(X, "linear"), y, lists=True, read=list)


@check(points=0.125)
def leaves_arguments_alone(logistic_features, fit_logistic, underfit_experiment):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: no -=, *= or append on X, Phi, y or the lists that are passed in; copy first.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要对传入的 X、Phi、y 或列表用 -=、*=、
    append 等，先复制。"""
    X, y = four_points(24, 10)
    assert leaves_each_alone(logistic_features, [(X.copy(), kind) for kind in ("linear", "cross")])
    assert leaves_alone(fit_logistic, oracle_rows(X, "linear"), y)
    ns, kinds, seeds = [24], ["linear"], [10]
    with unchanged(ns, kinds, seeds):
        assert underfit_experiment(four_points, ns, kinds, seeds) is not None


@mistake(features_in_rows)
class no_intercept:
    """Forgot the constant feature 1: the model has no intercept
    中文：忘了常数特征 1：模型没有截距"""
    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        return np.array([X[0], X[1]] + ([X[0] * X[1]] if kind == "cross" else []))


@mistake(features_in_rows)
class squares_instead:
    """Added the squares of x1 and x2 instead of their product
    中文：加的是 x1 和 x2 的平方，而不是乘积"""
    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        rows = [np.ones(X.shape[1]), X[0], X[1]]
        return np.array(rows + ([X[0] ** 2, X[1] ** 2] if kind == "cross" else []))


@mistake(features_in_rows)
class samples_in_rows:
    """Transposed the features: put one sample in a row
    中文：特征矩阵转置了：按一行一个样本来排"""
    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        rows = [np.ones(X.shape[1]), X[0], X[1]]
        return np.array(rows + ([X[0] * X[1]] if kind == "cross" else [])).T

    def underfit_experiment(make_data, ns, kinds, seeds):
        losses = {}
        for n in ns:
            for kind in kinds:
                data = [make_data(n, seed) for seed in seeds]
                losses[n, kind] = np.mean(
                    [fit_logistic(logistic_features(X, kind).T, y)[1] for X, y in data]
                )
        return losses


@mistake(features_in_rows)
class product_alone:
    """Kept only the product for 'cross' and dropped x1 and x2
    中文：'cross' 只留下乘积，丢了 x1 和 x2"""
    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        last = [X[0] * X[1]] if kind == "cross" else [X[0], X[1]]
        return np.array([np.ones(X.shape[1]), *last])


@mistake(fit_converges)
class sign_flipped:
    """Subtracted a gradient written with (y - p): the sign is flipped and the loss climbs
    中文：梯度写成 (y - p) 又做减法：符号反了，损失越训越高"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (y - p) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class gradient_of_the_sum:
    """Summed the gradient over the samples without 1/m: the step grows with m and oscillates
    中文：梯度对样本求和，没有除以 m：步子随样本数变大，来回振荡"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class stops_early:
    """Stopped after a few steps: such a high loss is unfinished training, not underfitting
    中文：只训练了几步就停：这样得到的高损失是没训练够，不是欠拟合"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(10):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges, belief="stops_early")
class stops_after_20_steps:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(20):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges, belief="stops_early")
class stops_after_50_steps:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(50):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class divided_twice:
    """Divided by m twice: the steps are so small that 300 of them lead nowhere
    中文：学习率又除了一次 m：步子太小，300 步远远不够"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w, m = np.zeros(len(Phi)), len(y)
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr / m * Phi @ (p - y) / m
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class with_a_penalty:
    """Added an L2 penalty: it moves the minimum, and makes underfitting worse
    中文：顺手加了 L2 正则：最小点变了，欠拟合还会加重"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * (Phi @ (p - y) / len(y) + 0.01 * w)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class least_squares:
    """Fitted the labels by least squares, as in linear regression
    中文：当成线性回归用最小二乘去拟合 0/1 标签"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.linalg.lstsq(Phi.T, y, rcond=None)[0]
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class squared_error_gradient:
    """Kept the factor sigmoid'(z): that is the gradient of a squared error
    中文：多乘了 sigmoid 的导数：那是平方误差的梯度"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ ((p - y) * p * (1 - p)) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class stops_when_the_loss_is_flat:
    """Stopped when the loss hardly fell any more in one step: the gradient is not small yet
    中文：损失一步几乎不再下降就当成收敛：这时梯度还不够小"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w, before = np.zeros(len(Phi)), np.inf
        for _ in range(steps):
            z = w @ Phi
            loss = float(np.mean(np.logaddexp(0, z) - y * z))
            if before - loss < 1e-4:
                break
            w, before = w - lr * Phi @ (0.5 + 0.5 * np.tanh(z / 2) - y) / len(y), loss
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges, belief="stops_when_the_loss_is_flat")
class stops_at_1e_3:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w, before = np.zeros(len(Phi)), np.inf
        for _ in range(steps):
            z = w @ Phi
            loss = float(np.mean(np.logaddexp(0, z) - y * z))
            if before - loss < 1e-3:
                break
            w, before = w - lr * Phi @ (0.5 + 0.5 * np.tanh(z / 2) - y) / len(y), loss
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges, belief="stops_when_the_loss_is_flat")
class stops_at_1e_5:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w, before = np.zeros(len(Phi)), np.inf
        for _ in range(steps):
            z = w @ Phi
            loss = float(np.mean(np.logaddexp(0, z) - y * z))
            if before - loss < 1e-5:
                break
            w, before = w - lr * Phi @ (0.5 + 0.5 * np.tanh(z / 2) - y) / len(y), loss
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges, belief="stops_when_the_loss_is_flat")
class stops_at_1e_6:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w, before = np.zeros(len(Phi)), np.inf
        for _ in range(steps):
            z = w @ Phi
            loss = float(np.mean(np.logaddexp(0, z) - y * z))
            if before - loss < 1e-6:
                break
            w, before = w - lr * Phi @ (0.5 + 0.5 * np.tanh(z / 2) - y) / len(y), loss
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(fit_converges)
class one_gradient_for_all:
    """Took one mean over features and samples: every weight is moved by the same number
    中文：对特征和样本一起取了平均：每个权重都移动同一个数"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            w = w - lr * np.mean((0.5 + 0.5 * np.tanh(w @ Phi / 2) - y) * Phi)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(loss_is_the_final_mean)
class loss_of_the_step_before:
    """Returned the loss that the loop computed last, which belongs to the w before the last step
    中文：返回的是循环里最后算出的损失：那是最后一步更新之前的 w 的损失"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w, loss = np.zeros(len(Phi)), 0.0
        for _ in range(steps):
            z = w @ Phi
            loss = float(np.mean(np.logaddexp(0, z) - y * z))
            w = w - lr * Phi @ (0.5 + 0.5 * np.tanh(z / 2) - y) / len(y)
        return w, loss


@mistake(loss_is_the_final_mean)
class rounded:
    """Rounded the loss to a few digits, as one does when printing it
    中文：把损失四舍五入到小数点后几位，像打印时那样"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            w = w - lr * Phi @ (0.5 + 0.5 * np.tanh(w @ Phi / 2) - y) / len(y)
        z = w @ Phi
        return w, round(float(np.mean(np.logaddexp(0, z) - y * z)), 4)


@mistake(loss_is_the_final_mean, belief="rounded")
class rounded_to_three_digits:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            w = w - lr * Phi @ (0.5 + 0.5 * np.tanh(w @ Phi / 2) - y) / len(y)
        z = w @ Phi
        return w, round(float(np.mean(np.logaddexp(0, z) - y * z)), 3)


@mistake(loss_is_the_final_mean, belief="rounded")
class rounded_to_five_digits:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            w = w - lr * Phi @ (0.5 + 0.5 * np.tanh(w @ Phi / 2) - y) / len(y)
        z = w @ Phi
        return w, round(float(np.mean(np.logaddexp(0, z) - y * z)), 5)


@mistake(loss_is_the_final_mean, belief="rounded")
class rounded_to_six_digits:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            w = w - lr * Phi @ (0.5 + 0.5 * np.tanh(w @ Phi / 2) - y) / len(y)
        z = w @ Phi
        return w, round(float(np.mean(np.logaddexp(0, z) - y * z)), 6)


@mistake(loss_is_the_final_mean)
class sum_of_losses:
    """Returned the sum of the losses, which grows with the number of samples by itself
    中文：返回的损失是总和：样本越多，数值自然越大"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y) / len(y)
        z = w @ Phi
        return w, float(np.sum(np.logaddexp(0, z) - y * z))


@mistake(loss_is_the_final_mean)
class loss_before_training:
    """Returned the loss before training, which at w = 0 is always log 2
    中文：返回的是训练之前的损失：w = 0 时永远是 log 2"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        z = w @ Phi
        loss = float(np.mean(np.logaddexp(0, z) - y * z))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y) / len(y)
        return w, loss


@mistake(loss_is_the_final_mean)
class error_rate:
    """Returned the error rate instead of the cross-entropy
    中文：返回的是错误率而不是交叉熵"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y) / len(y)
        return w, float(np.mean((w @ Phi > 0) != (y > 0.5)))


@mistake(finite_where_separable)
class naive_logarithm:
    """Took the logarithm of the sigmoid: once it saturates, 0 * log 0 is nan
    中文：直接对 sigmoid 取对数：饱和之后 0 * log 0 得到 nan"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * Phi @ (p - y) / len(y)
        p = 1 / (1 + np.exp(-(w @ Phi)))
        return w, float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


@mistake(averages_over_seeds)
class last_seed_only:
    """Kept the loss of the last seed instead of averaging
    中文：只留下最后一个 seed 的损失，没有求平均"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        losses = {}
        for n in ns:
            for seed in seeds:
                X, y = make_data(n, seed)
                for kind in kinds:
                    losses[n, kind] = fit_logistic(logistic_features(X, kind), y)[1]
        return losses


@mistake(averages_over_seeds)
class best_seed:
    """Took the least loss over the seeds: picked the luckiest run
    中文：取了各个 seed 里最小的损失：挑了运气最好的一次"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        return {(n, kind): min(fit_logistic(logistic_features(X, kind), y)[1]
                               for X, y in [make_data(n, seed) for seed in seeds])
                for n in ns for kind in kinds}


@mistake(averages_over_seeds)
class median_over_seeds:
    """Took the median over the seeds, not the mean
    中文：对各个 seed 取了中位数，不是平均值"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        return {(n, kind): np.median([fit_logistic(logistic_features(X, kind), y)[1]
                                      for X, y in [make_data(n, seed) for seed in seeds]])
                for n in ns for kind in kinds}


@mistake(averages_over_seeds)
class sum_over_seeds:
    """Added the losses of the seeds without dividing by their number
    中文：把各个 seed 的损失加起来，没有除以 seed 的个数"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        return {(n, kind): sum(fit_logistic(logistic_features(X, kind), y)[1]
                               for X, y in [make_data(n, seed) for seed in seeds])
                for n in ns for kind in kinds}


@mistake(averages_over_seeds)
class keys_swapped:
    """Wrote the keys as (kind, n)
    中文：字典的键写成了 (kind, n)"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        return {(kind, n): np.mean([fit_logistic(logistic_features(X, kind), y)[1]
                                    for X, y in [make_data(n, seed) for seed in seeds]])
                for n in ns for kind in kinds}


@mistake(averages_over_seeds)
class list_never_emptied:
    """Never emptied the list of losses: later means contain the earlier results
    中文：收集损失的列表没有清空：后面的平均值混进了前面的结果"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        losses, runs = {}, []
        for n in ns:
            for kind in kinds:
                for seed in seeds:
                    X, y = make_data(n, seed)
                    runs.append(fit_logistic(logistic_features(X, kind), y)[1])
                losses[n, kind] = np.mean(runs)
        return losses


@mistake(averages_over_seeds)
class loss_on_fresh_data:
    """Reported the loss on fresh data: underfitting shows in the training loss
    中文：报告的是新数据上的损失：欠拟合要看训练损失"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        losses = {(n, kind): 0.0 for n in ns for kind in kinds}
        for n, kind in losses:
            for seed in seeds:
                X, y = make_data(n, seed)
                w, _ = fit_logistic(logistic_features(X, kind), y)
                X, y = make_data(n, seed + 100)
                z = w @ logistic_features(X, kind)
                losses[n, kind] += np.mean(np.logaddexp(0, z) - y * z) / len(seeds)
        return losses


@mistake(data_of_every_pair)
class one_seed_repeated:
    """Got data for the first seed only: the mean is one experiment repeated
    中文：只用第一个 seed 取数据，算出来的平均只是同一次实验的重复"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        losses = {}
        for n in ns:
            X, y = make_data(n, seeds[0])
            for kind in kinds:
                runs = [fit_logistic(logistic_features(X, kind), y)[1] for _ in seeds]
                losses[n, kind] = np.mean(runs)
        return losses


@mistake(data_of_every_pair)
class prefixes_of_the_largest:
    """Got only the largest data set and took its first n samples for the smaller ones
    中文：只取最大的数据集，小的用它的前 n 个样本代替"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        data = [make_data(max(ns), seed) for seed in seeds]
        return {(n, kind): np.mean([fit_logistic(logistic_features(X[:, :n], kind), y[:n])[1]
                                    for X, y in data])
                for n in ns for kind in kinds}


@mistake(data_of_every_pair)
class arguments_swapped:
    """Swapped the two arguments of make_data
    中文：把 make_data 的两个参数写反了"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        return {(n, kind): np.mean([fit_logistic(logistic_features(X, kind), y)[1]
                                    for X, y in [make_data(seed, n) for seed in seeds]])
                for n in ns for kind in kinds}


@mistake(more_data_is_no_cure)
class more_is_better:
    """Believed that more samples must lower the loss: divided the mean loss by n once more
    中文：以为样本越多损失就该越低：把平均损失又除以了样本数"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        losses = {}
        for n in ns:
            for kind in kinds:
                runs = [fit_logistic(logistic_features(X, kind), y)[1]
                        for X, y in [make_data(n, seed) for seed in seeds]]
                losses[n, kind] = np.mean(runs) * min(ns) / n
        return losses


@mistake(more_data_is_no_cure)
class cross_in_both:
    """Slipped x1 * x2 into 'linear' too: the model is no longer linear
    中文：'linear' 里也悄悄放进了 x1 * x2：模型已经不是线性的了"""
    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        return np.array([np.ones(X.shape[1]), X[0], X[1], X[0] * X[1]])


@mistake(more_data_is_no_cure)
class kind_ignored:
    """Ignored kind and always used the linear features, as if only data were lacking
    中文：忽略了 kind：两种特征用的都是线性特征，以为缺的只是数据"""
    def underfit_experiment(make_data, ns, kinds, seeds):
        return {(n, kind): np.mean([fit_logistic(logistic_features(X, "linear"), y)[1]
                                    for X, y in [make_data(n, seed) for seed in seeds]])
                for n in ns for kind in kinds}


@mistake(more_data_or_another_model)
class more_data_always:
    """Believed that more data help whenever the target is missed
    中文：以为只要没有达到目标，多收集数据就有用"""
    def next_step(train_loss, val_loss, target):
        return "done" if val_loss <= target else "more_data"


@mistake(more_data_or_another_model)
class gap_means_data:
    """Called for data because there is a gap between the losses: the target lies below
    both
    中文：看到两个损失之间有差距就要加数据：其实目标比两个损失都低"""
    def next_step(train_loss, val_loss, target):
        if val_loss <= target:
            return "done"
        return "more_data" if val_loss - train_loss > 0.1 else "other_model"


@mistake(more_data_or_another_model)
class train_only:
    """Was content with a training loss that has reached the target
    中文：训练损失达到目标就算完成，没有看验证损失"""
    def next_step(train_loss, val_loss, target):
        if train_loss <= target:
            return "done"
        return "other_model"


@mistake(more_data_or_another_model)
class absolute_threshold:
    """Held the training loss against log 2, a coin toss, instead of the target
    中文：拿训练损失与抛硬币的 log 2 比，而不是与目标比"""
    def next_step(train_loss, val_loss, target):
        if val_loss <= target:
            return "done"
        return "other_model" if train_loss > 0.6 else "more_data"


@mistake(more_data_or_another_model)
class strict_target:
    """Counted a loss equal to the target as missed
    中文：把恰好等于目标的损失算作没有达到"""
    def next_step(train_loss, val_loss, target):
        if val_loss < target:
            return "done"
        return "more_data" if train_loss < target else "other_model"


@mistake(more_data_or_another_model)
class verdicts_swapped:
    """Mixed up the two verdicts: another model for a low training loss, more data for a
    high one
    中文：两种判断弄反了：训练损失低却换模型，训练损失高却加数据"""
    def next_step(train_loss, val_loss, target):
        if val_loss <= target:
            return "done"
        return "more_data" if train_loss > target else "other_model"


@mistake(any_number_type)
class dtype_of_the_input:
    """Gave w the dtype of Phi: for an integer Phi each update is cut to integers
    中文：w 沿用了 Phi 的 dtype：Phi 是整数时，每一步更新都被截成整数"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        w = np.zeros_like(Phi[:, 0])
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w[:] = w - lr * Phi @ (p - y) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(leaves_arguments_alone)
class scales_in_place:
    """Centred the features in place with Phi -= ...: the caller's data are changed
    中文：原地标准化特征 Phi -= ...：调用者的数据被改掉了"""
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = map(np.asarray, (Phi, y))
        for row in Phi[1:]:
            row -= row.mean()
        w = np.zeros(len(Phi))
        for _ in range(steps):
            w = w - lr * Phi @ (0.5 + 0.5 * np.tanh(w @ Phi / 2) - y) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@mistake(leaves_arguments_alone)
class product_into_X:
    """Wrote the product into the second row of X: the caller's X is changed
    中文：把乘积直接写进 X 的第二行：调用者的 X 被改掉了"""
    def logistic_features(X, kind):
        X = np.asarray(X)
        rows = [np.ones(X.shape[1]), X[0].copy(), X[1].copy()]
        if kind == "cross":
            X[1] *= X[0]
            rows.append(X[1])
        return np.array(rows)


@accepted
class newton:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w, m = np.zeros(len(Phi)), len(y)
        for _ in range(40):
            p = 0.5 * (1 + np.tanh(0.5 * (w @ Phi)))
            g = Phi @ (p - y) / m
            if np.linalg.norm(g) < 1e-9:
                break
            w = w - np.linalg.solve((Phi * p * (1 - p)) @ Phi.T / m + 1e-9 * np.eye(len(w)), g)
        z = w @ Phi
        return w, np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))


@accepted
class stops_when_flat:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.array(Phi, dtype=float), np.array(y, dtype=float)
        w = np.random.default_rng(0).normal(size=Phi.shape[0]) * 0.01
        for _ in range(100000):
            with np.errstate(over="ignore"):
                p = 1 / (1 + np.exp(-Phi.T.dot(w)))
            g = Phi.dot(p - y) / y.shape[0]
            if np.sqrt(g.dot(g)) < 5e-5 or np.abs(w).max() > 50:
                break
            w -= lr * g
        p = np.clip(p, 1e-300, 1)
        q = np.clip(1 / (1 + np.exp(np.clip(Phi.T.dot(w), -700, 700))), 1e-300, 1)
        return w, -(np.log(p[y == 1]).sum() + np.log(q[y == 0]).sum()) / len(y)


@accepted
class scaled_by_a_bound_of_the_curvature:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        m, w = Phi.shape[1], np.zeros(Phi.shape[0])
        inverse = np.linalg.pinv(Phi @ Phi.T / (4 * m))
        for _ in range(max(steps, 300)):
            p = 0.5 + 0.5 * np.tanh(w @ Phi / 2)
            w = w - inverse @ (Phi @ (p - y)) / m
        margins = (2 * y - 1) * (w @ Phi)
        return list(w), np.logaddexp(0, -margins).mean()


@accepted
class momentum:
    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = (np.asarray(a, dtype=float) for a in (Phi, y))
        w, v = np.zeros((1, len(Phi))), 0
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            v = 0.5 * v + lr * (p - y) @ np.transpose(Phi) / np.size(y)
            w = w - v
        z = (w @ Phi).ravel()
        return w.ravel(), np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))


@accepted
class verdict_from_a_table:
    def next_step(train_loss, val_loss, target):
        reached = bool(np.less_equal(train_loss, target)), bool(np.less_equal(val_loss, target))
        return {(True, False): "more_data", (False, False): "other_model"}.get(reached, "done")


@accepted
class comprehensions:
    def logistic_features(X, kind):
        return [[1.0] * len(X[0]), list(X[0]), list(X[1])] + (
            [[a * b for a, b in zip(X[0], X[1], strict=True)]] if kind == "cross" else []
        )

    def underfit_experiment(make_data, ns, kinds, seeds):
        def loss(n, kind, seed):
            X, y = make_data(n, seed)
            return fit_logistic(np.asarray(logistic_features(X, kind)), y)[1]

        return {(n, kind): sum(loss(n, kind, seed) for seed in seeds) / len(seeds)
                for kind in kinds for n in ns}


@accepted
class stacked:
    def logistic_features(X, kind):
        Phi = np.vstack([np.ones((1, np.shape(X)[1])), X])
        return np.vstack([Phi, np.prod(X, axis=0)]) if kind != "linear" else Phi

    def underfit_experiment(make_data, ns, kinds, seeds):
        data = {(n, seed): make_data(n=n, seed=seed) for n in ns for seed in seeds}
        total = dict.fromkeys(((n, kind) for n in ns for kind in kinds), 0.0)
        for (n, _), (X, y) in data.items():
            for kind in kinds:
                total[n, kind] += fit_logistic(logistic_features(X, kind), y)[1] / len(seeds)
        return total


@proof
def the_floor_stays_at_log_2():
    X, y = np.array([[1.0, 1, -1, -1], [1, -1, 1, -1]]), np.array([1.0, 0, 0, 1])

    def corners(n, seed):
        return np.tile(X, n // 4), np.tile(y, n // 4)

    losses = underfit_experiment(corners, [20, 10000], ["linear", "cross"], [0])
    assert all(abs(losses[n, "linear"] - np.log(2)) < 1e-9 for n in (20, 10000))
    assert all(losses[n, "cross"] < 0.05 for n in (20, 10000))
