"""A large gap between training and test accuracy is overfitting, but first hold 42% against
chance: with ten balanced classes it is four times as good as guessing, with two it is worse than a
coin, which smells of a shifted test set, swapped labels or a bug rather than of too flexible a
model. Then look at the learning curves. A wide gap calls for more data, regularisation or a smaller
model; two curves that have met high up call for a richer model.

The common wrong belief is that cross-validation cures overfitting. It is a ruler, not a medicine:
it picks among the candidates it is given, and when all of them overfit it picks an overfitted one.
Its twin is to pick by the training error, which always favours the smallest lambda. A third is that
the training error falls as data are added: it rises, towards the noise, since more samples are
harder to learn by heart. Two slips are usual as well: penalising the intercept, which drags every
prediction towards 0, and reporting the training error of the whole set instead of that of the
samples used.

中文：
训练与测试准确率相差悬殊，是过拟合的典型表现。但先要问 42% 和瞎猜比起来如何：十个均衡的类别，
它是瞎猜的四倍；两个类别，它还不如抛硬币，这时更该怀疑测试集的分布变了、标签弄反了或者程序有错，
而不只是模型太灵活。接着看学习曲线：差距大，就加数据、加正则或换小一点的模型；
两条曲线已经贴在一起却都很高，就该换更强的模型。

最常见的错误说法是“交叉验证能解决过拟合”。它只是一把尺子，不是药：它从给定的候选里挑一个，
候选全都过拟合，挑出来的也还是过拟合的。与它同源的错误是按训练误差挑选，那样永远选中最小的
lambda。第三种误解是“数据越多，训练误差越小”：其实样本越多越难背，训练误差会上升，
逐渐接近噪声水平。另有两处常见的疏忽：惩罚了截距，使所有预测都被拉向 0；训练误差用整个训练集来算，
而不是本次拟合所用的样本。
"""

# mse is given: it stands on the public page.

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    each,
    leaves_alone,
    same_numbers,
)
from autograder.pages import accepted, check, mistake, proof


def poly_features(x, deg):
    return np.asarray(x, dtype=float)[:, None] ** np.arange(deg + 1)


def ridge_fit(Phi, y, lam):
    Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
    p = Phi.shape[1]
    # The penalty as extra rows: the least squares of sqrt(lam) * w_j against 0, for j >= 1.
    rows = np.sqrt(lam) * np.eye(p)[1:]
    return np.linalg.lstsq(np.vstack([Phi, rows]), np.append(y, np.zeros(p - 1)), rcond=None)[0]


def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
    Phi, Phi_val = poly_features(x_train, deg), poly_features(x_val, deg)
    weights = [ridge_fit(Phi, y_train, lam) for lam in lams]
    train = np.array([mse(Phi, w, y_train) for w in weights])
    val = np.array([mse(Phi_val, w, y_val) for w in weights])
    return lams[int(np.argmin(val))], train, val


def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
    Phi, Phi_val = poly_features(x_train, deg), poly_features(x_val, deg)
    weights = [ridge_fit(Phi[:size], y_train[:size], 1e-8) for size in sizes]
    pairs = zip(sizes, weights, strict=True)
    train = np.array([mse(Phi[:size], w, y_train[:size]) for size, w in pairs])
    return train, np.array([mse(Phi_val, w, y_val) for w in weights])


def diagnose(classes, n, train, val, test):
    c = 1 / classes
    band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
    if min(val, test) < c - band:
        return "bug"
    if val <= c + band:
        return "chance"
    gaps = {"overfitting": train - val, "shift": val - test}
    verdict = max(gaps, key=gaps.get)
    return verdict if gaps[verdict] > gap_band else "none"


def cv_report(X, y, groups, k, predict, X_new, y_new):
    X, y = np.asarray(X), np.asarray(y)
    names = list(dict.fromkeys(np.asarray(groups).tolist()))  # in the order of first appearance
    folds_by_group = np.array([names.index(g) for g in np.asarray(groups).tolist()]) % k

    def cross_validated(folds):
        hits = 0
        for fold in range(k):
            held = folds == fold
            hits += np.sum(np.asarray(predict(X[~held], y[~held], X[held])) == y[held])
        return float(hits / len(y))

    return {
        "by_sample": cross_validated(np.arange(len(y)) % k),
        "by_group": cross_validated(folds_by_group),
        "new": float(np.mean(np.asarray(predict(X, y, np.asarray(X_new))) == np.asarray(y_new))),
    }


LAMS = [1e-1, 1e-5, 10.0, 1e-3, 1e-8]


def samples(seed, n):
    """n noisy samples of a shifted sine, x in [-1, 1], in no order."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    return x, np.sin(3 * x) + 2 + 0.3 * rng.normal(size=n)


def oracle_features(x, deg):
    """Powers by repeated multiplication."""
    columns = [np.ones(len(x))]
    for _ in range(deg):
        columns.append(columns[-1] * x)
    return np.stack(columns, axis=1)


def oracle_ridge(Phi, y, lam):
    """The normal equations; the intercept is free."""
    penalty = lam * np.eye(Phi.shape[1])
    penalty[0, 0] = 0
    return np.linalg.solve(Phi.T @ Phi + penalty, Phi.T @ y)


def oracle_error(Phi, y, w):
    """Mean squared error of the predictions."""
    return np.mean((Phi @ w - y) ** 2)


def oracle_path(x, y, x_val, y_val, deg, lams):
    """Training and validation errors per lam."""
    Phi, Phi_val = oracle_features(x, deg), oracle_features(x_val, deg)
    weights = [oracle_ridge(Phi, y, lam) for lam in lams]
    return ([oracle_error(Phi, y, w) for w in weights],
            [oracle_error(Phi_val, y_val, w) for w in weights])


def oracle_curve(x, y, x_val, y_val, deg, sizes):
    """Training and validation errors per size."""
    Phi, Phi_val = oracle_features(x, deg), oracle_features(x_val, deg)
    weights = [oracle_ridge(Phi[:m], y[:m], 1e-8) for m in sizes]
    return ([oracle_error(Phi[:m], y[:m], w) for m, w in zip(sizes, weights, strict=True)],
            [oracle_error(Phi_val, y_val, w) for w in weights])


# classes, n, train, val, test and what it is: 100% and 42% in each, or nearly
FORTY_TWO = (
    (100, 1000, 1.0, 0.42, 0.42, "overfitting"),
    (2, 1000, 1.0, 0.42, 0.42, "bug"),
    (2, 50, 1.0, 0.42, 0.42, "chance"),
    (10, 1000, 1.0, 0.93, 0.42, "shift"),
    (10, 1000, 1.0, 0.93, 0.92, "overfitting"),
    (10, 50, 1.0, 0.42, 0.40, "overfitting"),
    (3, 150, 1.0, 0.42, 0.42, "overfitting"),
    (3, 90, 1.0, 0.42, 0.42, "chance"),
    (10, 200, 0.42, 0.42, 0.42, "none"),
)

# no case lies within 2% of a border
BORDERS = (
    (2, 1000, 0.90, 0.80, 0.46, "bug"),  # the test alone is below chance
    (5, 400, 0.90, 0.10, 0.60, "bug"),  # the held-out samples alone
    (2, 1000, 0.60, 0.48, 0.55, "chance"),  # below c, but within two standard deviations
    (2, 1000, 0.70, 0.52, 0.52, "chance"),  # above c, but within two
    (2, 1000, 1.00, 0.51, 0.80, "chance"),
    (2, 1000, 0.95, 0.90, 0.50, "shift"),  # chance is judged on val
    (10, 200, 0.80, 0.73, 0.72, "none"),  # one standard deviation is too few
    (10, 200, 0.90, 0.825, 0.76, "none"),  # both gaps together would be enough
    (10, 1000, 1.0, 0.80, 0.70, "overfitting"),  # both gaps are clear
    (10, 1000, 1.0, 0.90, 0.60, "shift"),
    (10, 1000, 0.70, 0.90, 0.88, "none"),  # better on new samples is no gap
    (10, 1000, 0.92, 0.90, 0.99, "none"),
    (4, 200, 0.70, 0.95, 0.80, "shift"),
    (10, 1000, 0.92, 0.91, 0.50, "shift"),  # training and test differ, but not by overfitting
    (3, 500, 1.0, 1.0, 1.0, "none"),
    (7, 10000, 0.90, 0.88, 0.875, "overfitting"),  # with many samples a small gap counts
)


def nearest(X_train, y_train, X_test):
    """The label of the nearest training row."""
    distance = ((X_test[:, None] - X_train[None]) ** 2).sum(axis=2)
    return y_train[distance.argmin(axis=1)]


def mixed(X_train, y_train, X_test):
    """1 above a limit that depends on every training row and its label.

    With hundreds of rows a wrong procedure hardly gets the right number of hits by chance.
    """
    key = round(3 * X_train.sum()) + round(5 * float(X_train[:, 0] @ y_train)) + len(y_train)
    return (X_test[:, 0] > key % 97 / 24 - 2).astype(int)


def visits(seed, sizes, names, m):
    """Rows of groups, in no order, with the label 1 above 0; and m new rows."""
    rng = np.random.default_rng(seed)
    member = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    X = rng.normal(size=(len(sizes), 2))[member] + rng.normal(size=(len(member), 2))
    X_new = rng.normal(size=(m, 2))
    y, y_new = ((rows[:, 0] > 0).astype(int) for rows in (X, X_new))
    return X, y, np.array(names)[member], X_new, y_new


def oracle_cv(X, y, folds, k, predict):
    """The share of all samples predicted correctly while held out, fold by fold."""
    hits = 0
    for fold in range(k):
        held = [i for i in range(len(y)) if folds[i] == fold]
        rest = [i for i in range(len(y)) if folds[i] != fold]
        guesses = predict(X[rest], y[rest], X[held])
        hits += sum(1 for i, guess in zip(held, guesses, strict=True) if guess == y[i])
    return hits / len(y)


def numbered(groups):
    """Each group's number in the order of first appearance, sample by sample."""
    seen = []
    for name in groups:
        if name not in seen:
            seen.append(name)
    return [seen.index(name) for name in groups]


@check(points=0.25)
def features_are_powers(poly_features):
    """poly_features is off: deg + 1 columns from the power 0, all ones, up to the power deg, with
    one sample a row.
    中文：poly_features 不对：要有 deg + 1 列，从 0 次幂（全 1）到 deg 次幂，一行一个样本。"""
    x = np.array([0.5, -2.0, 0.0, 1.5, -0.25])
    cases = [(x.copy(), deg) for deg in (3, 4, 0, 1)]
    for (_, deg), Phi in zip(cases, each(poly_features, cases), strict=True):
        assert alike(Phi, oracle_features(x, deg))


@check(points=0.25)
def ridge_minimises(ridge_fit):
    """ridge_fit misses the minimum: the objective is the sum of squared residuals plus lam times
    the sum of squared weights, no means, and lam as it is.
    中文：ridge_fit 没有取到最小值：目标是残差平方和加 lam 乘权重平方和，两者都不取平均，lam 不开方
    也不平方。"""
    # Features and targets of mean zero: what becomes of the intercept is another check's business.
    cases = []
    for seed, n, p, lam in ((1, 9, 4, 0.7), (2, 5, 5, 2.5), (3, 4, 7, 0.3), (4, 8, 3, 0)):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(n, p - 1)), rng.normal(size=n)
        cases.append((np.column_stack([np.ones(n), X - X.mean(axis=0)]), y - y.mean(), lam))
    wanted = [oracle_ridge(*case) for case in cases]
    for w, want in zip(each(ridge_fit, cases), wanted, strict=True):
        assert alike(w, want)


@check(points=0.375)
def intercept_is_free(ridge_fit):
    """The intercept is penalised, missing or in another place: w_0 must follow the mean of y
    freely, however large lam is.
    中文：截距受到了惩罚（或被漏掉、换了位置）：lam 再大，w_0 也应当能自由地跟上 y 的均值。"""
    cases = []
    for seed, n, p, lam in ((5, 9, 4, 3.0), (6, 4, 6, 0.5), (7, 5, 5, 1e6), (8, 7, 3, 0.0)):
        rng = np.random.default_rng(seed)
        Phi = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1)) + 0.5])
        cases.append((Phi, rng.normal(size=n) + 20, lam))
    wanted = [oracle_ridge(*case) for case in cases]
    for w, want in zip(each(ridge_fit, cases), wanted, strict=True):
        assert alike(w, want)


@check(points=0.75)
def validation_decides(select_lambda):
    """The wrong lam is chosen: the judge is the validation error. The training error always favours
    the smallest lam, which is to choose the overfit. (If poly_features or ridge_fit is off too,
    begin with that.)
    中文：选出的 lam 不对：裁判是验证误差。训练误差总是偏爱最小的 lam，照它选就是选中过拟合。（如果
    poly_features 或 ridge_fit 也不对，先改它。）"""
    cases = [(*samples(seed, 12), *samples(seed + 1000, 17), 7, LAMS[:])
             for seed in (7, 37, 187, 239)]
    wanted = [oracle_path(*case)[1] for case in cases]
    for (best, _, errors), val in zip(each(select_lambda, cases), wanted, strict=True):
        right = [LAMS[int(np.argmin(val))]]
        # a slip in ridge_fit is another check's business: then the own validation errors decide
        if np.shape(errors) == (5,) and np.argmin(errors) != np.argmin(LAMS):
            right.append(LAMS[int(np.argmin(errors))])
        assert any(alike(best, lam, atol=0) for lam in right)


@check(points=0.125)
def errors_per_lambda(select_lambda):
    """The errors per lam are off: fit on the training set alone, report the mse without the
    penalty, keep the order of lams, and do not round. (If poly_features or ridge_fit is off too,
    begin with that.)
    中文：各个 lam 的误差不对：权重只在训练集上拟合；误差是 mse，不含惩罚项；顺序与 lams 相同；不要
    四舍五入。（如果 poly_features 或 ridge_fit 也不对，先改它。）"""
    cases = [(*samples(40, 12), *samples(140, 17), 4, LAMS[:]),
             (*samples(41, 6), *samples(141, 6), 2, [0.5, 4.0, 0.02, 0])]
    wanted = [oracle_path(*case) for case in cases]
    for (_, train, val), want in zip(each(select_lambda, cases), wanted, strict=True):
        assert alike(train, want[0], rtol=1e-5)
        assert alike(val, want[1], rtol=1e-5)


@check(points=0.25)
def train_error_of_samples_used(learning_curve):
    """The training errors of the learning curve are off: each is the mse on the first size samples,
    those used in that fit, not on the whole training set. (If poly_features or ridge_fit is off
    too, begin with that.)
    中文：学习曲线的训练误差不对：它是本次拟合所用的前 size 个样本上的 mse，不是整个训练集上的。（如
    果 poly_features 或 ridge_fit 也不对，先改它。）"""
    cases = [(*samples(seed, 23), *samples(seed + 100, 9), deg, sizes)
             for seed, deg, sizes in ((50, 4, [11, 3, 19, 7]), (51, 2, [5, 8]))]
    wanted = [oracle_curve(*case)[0] for case in cases]
    for (train, _), want in zip(each(learning_curve, cases), wanted, strict=True):
        assert alike(train, want)


@check(points=0.25)
def validation_error_of_each_fit(learning_curve):
    """The validation errors of the learning curve are off: use the whole validation set every time,
    and fit with lam = 1e-8, also when size is below deg + 1. (If poly_features or ridge_fit is off
    too, begin with that.)
    中文：学习曲线的验证误差不对：始终用整个验证集；按 lam = 1e-8 拟合，size 小于 deg + 1 时也一样。
    （如果 poly_features 或 ridge_fit 也不对，先改它。）"""
    cases = [(*samples(seed, 23), *samples(seed + 100, 9), deg, sizes)
             for seed, deg, sizes in ((52, 4, [11, 3, 19, 7]), (53, 3, [23, 2]))]
    wanted = [oracle_curve(*case)[1] for case in cases]
    for (_, val), want in zip(each(learning_curve, cases), wanted, strict=True):
        assert alike(val, want, rtol=1e-3)


@check(points=0.375)
def same_accuracies_other_verdicts(diagnose):
    """diagnose says the same where it must not: a low test accuracy is overfitting only if the
    held-out samples of the same source are low as well, and what chance would give depends on the
    number of classes and of samples.
    中文：diagnose 把不同的情形当成了一样：测试准确率低，只有当同一来源的留出样本也低时才是过拟合；
    瞎猜能得多少分，取决于类别数和样本数。"""
    answers = [*each(diagnose, [case[:-1] for case in FORTY_TWO])]
    for answer, (*_, want) in zip(answers, FORTY_TWO, strict=True):
        assert answer == want


@check(points=0.375)
def bands_and_gaps(diagnose):
    """diagnose draws a line elsewhere: two standard deviations each way around chance, judged on
    val ('chance') or on val and test ('bug'); then the larger of the two gaps, if it is clear. A
    gap has a sign: better on new samples is none.
    中文：diagnose 的分界不对：瞎猜的正确率上下各两个标准差，'chance' 看 val，'bug' 看 val 和 test；
    然后看两个差距中较大的一个是否超过界限。差距有正负：新样本上更好不算差距。"""
    answers = [*each(diagnose, [case[:-1] for case in BORDERS])]
    for answer, (*_, want) in zip(answers, BORDERS, strict=True):
        assert answer == want


@check(points=0.25)
def cross_validation_by_sample(cv_report):
    """'by_sample' is off: row i is held out in fold i mod k and then predicted after training on
    the other folds alone; count the hits over all n samples.
    中文：'by_sample' 不对：第 i 行在第 i mod k 折被留出，只用其余各折训练之后来预测它；命中数对全部
    n 个样本来数。"""
    X, y, groups, X_new, y_new = visits(70, (90, 1, 70, 61, 81), ("q", "b", "z", "a", "m"), 9)
    want = oracle_cv(X, y, [i % 4 for i in range(len(y))], 4, mixed)
    report = cv_report(X.copy(), y.copy(), groups, 4, mixed, X_new, y_new)
    assert alike(report["by_sample"], want)


@check(points=0.25)
def cross_validation_by_group(cv_report):
    """'by_group' is off: all samples of a group are held out together; groups are numbered in the
    order of their first appearance (not sorted), and group j is in fold j mod k.
    中文：'by_group' 不对：同一组的样本要一起留出；各组按首次出现的先后编号（不排序），第 j 组在第 j
    mod k 折。"""
    names = (40, 9, -3, 7, 12, 25, 8)
    X, y, groups, X_new, y_new = visits(72, (50, 31, 2, 60, 44, 70, 46), names, 9)
    want = oracle_cv(X, y, [j % 4 for j in numbered(groups.tolist())], 4, mixed)
    report = cv_report(X.copy(), y.copy(), groups.copy(), 4, mixed, X_new, y_new)
    assert alike(report["by_group"], want)


@check(points=0.25)
def new_samples_after_training_on_all(cv_report):
    """'new' is off: train once more, on all of X, and give the accuracy on X_new.
    中文：'new' 不对：用整个 X 再训练一次，给出在 X_new 上的准确率。"""
    X, y, groups, X_new, y_new = visits(74, (14, 8, 23), (40, 9, -3), 301)
    want = np.mean(mixed(X, y, X_new) == y_new)
    report = cv_report(X, y, groups, 2, mixed, X_new.copy(), y_new.copy())
    assert alike(report["new"], want)


@check(points=0.125)
def any_number_type(poly_features, ridge_fit, select_lambda, learning_curve, cv_report):
    """For float32 or integer arrays a function raises an error, returns nan, or answers otherwise
    than for the same numbers as float64: convert to float64 first; an integer matrix cuts off the
    fraction of lam.
    中文：输入换成 float32 或整数数组时，有函数报错、得到 nan，或者结果与输入同样的 float64 数时不
    同：先转成 float64 再算，整数矩阵会把 lam 的小数部分截掉。"""
    x, y = np.array([2, -1, 3, -3, 1, -2]), np.array([3, 1, -2, 4, -4, -2])
    x_val, Phi = np.array([1, -2, 0, 4, 3, -1]), [[1, 2], [1, -1], [1, 3], [1, -3], [1, 1], [1, -2]]
    assert all_same_for_any_type([
        (poly_features, x, 3), (ridge_fit, Phi, y, 0.5),
        (select_lambda, x, y, x_val, y, 1, (0.5, 2.5)),
        (learning_curve, x, y, x_val, y, 1, (6, 4)),
    ])
    labels, groups = np.array([0, 1, 0, 1, 1, 0]), np.array([1, 2, 1, 3, 2, 3])
    # cv_report only picks rows out of X: for float32 there is nothing to cut off.
    rows = np.array(Phi)
    assert same_numbers(
        cv_report(X, labels.copy(), groups.copy(), 2, nearest, X[:3].copy(), labels[:3].copy())
        for X in (rows.astype(float), rows.copy()))


@check(points=0.125)
def leaves_arguments_alone(poly_features, ridge_fit, select_lambda, learning_curve, cv_report):
    """An argument was changed by the call, or a function raised an error or returned nothing: no -=
    or += on an array that is passed in, no sort() of a list; copy first.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要对传入的数组用 -=、+=，也不要给传
    入的列表排序，先复制。"""
    x, y = samples(60, 8)
    assert all_left_alone([
        (poly_features, x, 2), (ridge_fit, oracle_features(x, 2), y, 0.5),
        (select_lambda, *samples(60, 8), *samples(61, 5), 2, [0.5, 10.0, 0.01]),
        (learning_curve, *samples(60, 8), *samples(61, 5), 2, [6, 4]),
    ])
    X, labels, groups, X_new, y_new = visits(73, (2, 3, 1), ("c", "a", "b"), 4)
    assert leaves_alone(cv_report, X, labels, groups, 2, nearest, X_new, y_new)


@mistake(validation_decides)
class chosen_by_training_error:
    """Chose lam by the training error: always the smallest, the one that overfits most
    中文：按训练误差挑 lam：永远挑中最小的那个，也就是最过拟合的"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        train, val = [], []
        for lam in lams:
            w = ridge_fit(poly_features(x_train, deg), y_train, lam)
            train.append(mse(poly_features(x_train, deg), w, y_train))
            val.append(mse(poly_features(x_val, deg), w, y_val))
        return lams[int(np.argmin(train))], np.array(train), np.array(val)


@mistake(validation_decides)
class chosen_by_the_gap:
    """Chose the lam with the smallest gap: two errors can be equally bad
    中文：挑训练误差与验证误差差距最小的 lam：两个误差一样大也能差距很小"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        weights = [ridge_fit(poly_features(x_train, deg), y_train, lam) for lam in lams]
        train = np.array([mse(poly_features(x_train, deg), w, y_train) for w in weights])
        val = np.array([mse(poly_features(x_val, deg), w, y_val) for w in weights])
        return lams[int(np.argmin(np.abs(val - train)))], train, val


@mistake(validation_decides)
class chosen_by_the_sum:
    """Chose by the sum of both errors: the training error has no say in this
    中文：挑训练误差与验证误差之和最小的 lam：训练误差不该有发言权"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        weights = [ridge_fit(poly_features(x_train, deg), y_train, lam) for lam in lams]
        train = np.array([mse(poly_features(x_train, deg), w, y_train) for w in weights])
        val = np.array([mse(poly_features(x_val, deg), w, y_val) for w in weights])
        return lams[int(np.argmin(train + val))], train, val


@mistake(validation_decides)
class index_of_lambda:
    """Returned the index of the best lam instead of lam itself
    中文：返回了最好的 lam 的下标，而不是 lam 本身"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        weights = [ridge_fit(poly_features(x_train, deg), y_train, lam) for lam in lams]
        train = np.array([mse(poly_features(x_train, deg), w, y_train) for w in weights])
        val = np.array([mse(poly_features(x_val, deg), w, y_val) for w in weights])
        return int(np.argmin(val)), train, val


@mistake(errors_per_lambda)
class fitted_on_both:
    """Fitted on the training and the validation set together: a set that was seen validates nothing
    中文：把训练集和验证集合在一起拟合：验证集被看过，就不再是验证集了"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        Phi = poly_features(np.concatenate([x_train, x_val]), deg)
        weights = [ridge_fit(Phi, np.concatenate([y_train, y_val]), lam) for lam in lams]
        train = np.array([mse(poly_features(x_train, deg), w, y_train) for w in weights])
        val = np.array([mse(poly_features(x_val, deg), w, y_val) for w in weights])
        return lams[int(np.argmin(val))], train, val


@mistake(errors_per_lambda)
class penalty_in_the_error:
    """Added the penalty to the validation error: it is for training, judging needs the error alone
    中文：给验证误差也加上惩罚项：惩罚只用于训练，评价时只看误差"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        train, val = [], []
        for lam in lams:
            w = ridge_fit(poly_features(x_train, deg), y_train, lam)
            train.append(mse(poly_features(x_train, deg), w, y_train) + lam * np.sum(w[1:] ** 2))
            val.append(mse(poly_features(x_val, deg), w, y_val) + lam * np.sum(w[1:] ** 2))
        return lams[int(np.argmin(val))], np.array(train), np.array(val)


@mistake(errors_per_lambda)
class errors_sorted_by_lambda:
    """Sorted lams first, so that the errors no longer match the caller's list
    中文：先把 lams 排了序，误差就和调用者的 lams 对不上了"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        lams = sorted(lams)
        weights = [ridge_fit(poly_features(x_train, deg), y_train, lam) for lam in lams]
        train = np.array([mse(poly_features(x_train, deg), w, y_train) for w in weights])
        val = np.array([mse(poly_features(x_val, deg), w, y_val) for w in weights])
        return lams[int(np.argmin(val))], train, val


@mistake(errors_per_lambda)
class rounded_errors:
    """Rounded the errors to 4 digits
    中文：把误差四舍五入到 4 位小数"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        weights = [ridge_fit(poly_features(x_train, deg), y_train, lam) for lam in lams]
        train = np.array([mse(poly_features(x_train, deg), w, y_train) for w in weights])
        val = np.array([mse(poly_features(x_val, deg), w, y_val) for w in weights])
        return lams[int(np.argmin(val))], np.round(train, 4), np.round(val, 4)


@mistake(intercept_is_free)
class intercept_penalised:
    """Penalised the intercept too: a large lam drags every prediction towards 0
    中文：连截距一起惩罚：lam 一大，所有预测都被拉向 0"""
    def ridge_fit(Phi, y, lam):
        return np.linalg.solve(Phi.T @ Phi + lam * np.eye(Phi.shape[1]), Phi.T @ y)


@mistake(intercept_is_free)
class last_weight_spared:
    """Spared the last coefficient instead of the intercept, as if the highest power came first
    中文：放过的是最后一个系数而不是截距：记成了 np.polyfit 的高次在前"""
    def ridge_fit(Phi, y, lam):
        penalty = lam * np.eye(Phi.shape[1])
        penalty[-1, -1] = 0
        return np.linalg.solve(Phi.T @ Phi + penalty, Phi.T @ y)


@mistake(intercept_is_free)
class only_y_centred:
    """Took the mean off y but not off Phi: intercept and slopes do not come apart like that
    中文：只把 y 减去均值，Phi 却没有中心化：截距和斜率并不能这样分开算"""
    def ridge_fit(Phi, y, lam):
        X = Phi[:, 1:]
        v = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ (y - y.mean()))
        return np.concatenate([[y.mean()], v])


@mistake(ridge_minimises)
class lambda_times_n:
    """Took the mean of the squared residuals: lam becomes n times too strong
    中文：把残差项当成了平均值：lam 被放大了 n 倍"""
    def ridge_fit(Phi, y, lam):
        penalty = len(y) * lam * np.eye(Phi.shape[1])
        penalty[0, 0] = 0
        return np.linalg.solve(Phi.T @ Phi + penalty, Phi.T @ y)


@mistake(ridge_minimises)
class lambda_squared:
    """Wrote lam instead of its square root into the extra rows: the penalty becomes lam squared
    中文：扩展行里写成了 lam 而不是它的平方根：惩罚变成了 lam 的平方"""
    def ridge_fit(Phi, y, lam):
        p = Phi.shape[1]
        A = np.vstack([Phi, lam * np.eye(p)[1:]])
        return np.linalg.lstsq(A, np.concatenate([y, np.zeros(p - 1)]), rcond=None)[0]


@mistake(ridge_minimises)
class half_the_penalty:
    """Lost a factor 2 in the derivative: only half of the penalty is left
    中文：求导时丢了因子 2：惩罚只剩一半"""
    def ridge_fit(Phi, y, lam):
        penalty = 0.5 * lam * np.eye(Phi.shape[1])
        penalty[0, 0] = 0
        return np.linalg.solve(Phi.T @ Phi + penalty, Phi.T @ y)


@mistake(ridge_minimises)
class lambda_ignored:
    """Never used lam: ordinary least squares
    中文：没有用上 lam：做的是普通最小二乘"""
    def ridge_fit(Phi, y, lam):
        return np.linalg.lstsq(Phi, y, rcond=None)[0]


@mistake(features_are_powers)
class descending_powers:
    """Highest power first: column 0 is not all ones and the intercept sits at the end
    中文：高次幂在前：第 0 列不是全 1，截距跑到了最后"""
    def poly_features(x, deg):
        return np.vander(x, deg + 1)


@mistake(features_are_powers)
class one_power_short:
    """Stopped at the power deg - 1: the range is one short
    中文：只到 deg - 1 次幂：range 少了一个"""
    def poly_features(x, deg):
        return np.stack([x**j for j in range(max(deg, 1))], axis=1)


@mistake(features_are_powers)
class no_column_of_ones:
    """Began with the power 1: the column of ones is missing
    中文：从 1 次幂开始：漏了全 1 的那一列"""
    def poly_features(x, deg):
        return np.stack([x**j for j in range(1, deg + 2)], axis=1)


@mistake(train_error_of_samples_used)
class train_error_of_all_samples:
    """Measured the training error on the whole set, with samples the fit has never seen
    中文：训练误差用整个训练集来算，里面有没参加拟合的样本"""
    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        Phi, Phi_val = poly_features(x_train, deg), poly_features(x_val, deg)
        weights = [ridge_fit(Phi[:size], y_train[:size], 1e-8) for size in sizes]
        return (np.array([mse(Phi, w, y_train) for w in weights]),
                np.array([mse(Phi_val, w, y_val) for w in weights]))


@mistake(train_error_of_samples_used)
class random_subset:
    """Drew size samples at random instead of taking the first ones
    中文：随机抽取 size 个样本，而不是取前 size 个"""
    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        order = np.random.default_rng(0).permutation(len(x_train))
        Phi, y = poly_features(x_train, deg)[order], np.asarray(y_train)[order]
        Phi_val, train, val = poly_features(x_val, deg), [], []
        for size in sizes:
            w = ridge_fit(Phi[:size], y[:size], 1e-8)
            train.append(mse(Phi[:size], w, y[:size]))
            val.append(mse(Phi_val, w, y_val))
        return np.array(train), np.array(val)


@mistake(train_error_of_samples_used)
class curve_sorted_by_size:
    """Sorted the sizes, so that the curve no longer matches the sizes passed in
    中文：曲线按 size 从小到大排了序，与传入的 sizes 不对应"""
    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        Phi, Phi_val, train, val = poly_features(x_train, deg), poly_features(x_val, deg), [], []
        for size in sorted(sizes):
            w = ridge_fit(Phi[:size], y_train[:size], 1e-8)
            train.append(mse(Phi[:size], w, y_train[:size]))
            val.append(mse(Phi_val, w, y_val))
        return np.array(train), np.array(val)


@mistake(validation_error_of_each_fit)
class validation_set_cut:
    """Cut the validation set down to size samples as well
    中文：验证集也只取前 size 个样本"""
    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        Phi, Phi_val, train, val = poly_features(x_train, deg), poly_features(x_val, deg), [], []
        for size in sizes:
            w = ridge_fit(Phi[:size], y_train[:size], 1e-8)
            train.append(mse(Phi[:size], w, y_train[:size]))
            val.append(mse(Phi_val[:size], w, y_val[:size]))
        return np.array(train), np.array(val)


@mistake(validation_error_of_each_fit)
class minimum_norm_fit:
    """Took the minimum-norm fit instead of lam = 1e-8: with few samples it shrinks the intercept
    too
    中文：没有用 lam = 1e-8，样本不够时取了最小范数解，把截距也一起压小了"""
    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        Phi, Phi_val, train, val = poly_features(x_train, deg), poly_features(x_val, deg), [], []
        for size in sizes:
            w = np.linalg.pinv(Phi[:size]) @ y_train[:size]
            train.append(mse(Phi[:size], w, y_train[:size]))
            val.append(mse(Phi_val, w, y_val))
        return np.array(train), np.array(val)


@mistake(same_accuracies_other_verdicts)
class always_overfitting:
    """Called every gap between training and test overfitting
    中文：训练与测试之间一有差距就说是过拟合"""
    def diagnose(classes, n, train, val, test):
        return "overfitting" if train - test > 2 * np.sqrt(1 / (2 * n)) else "none"


@mistake(same_accuracies_other_verdicts)
class chance_is_one_half:
    """Believed that a blind guess is right half of the time, whatever the number of classes
    中文：以为不管有几类，瞎猜总有一半的正确率"""
    def diagnose(classes, n, train, val, test):
        c = 0.5
        band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
        if min(val, test) < c - band:
            return "bug"
        if val <= c + band:
            return "chance"
        gaps = {"overfitting": train - val, "shift": val - test}
        verdict = max(gaps, key=gaps.get)
        return verdict if gaps[verdict] > gap_band else "none"


@mistake(same_accuracies_other_verdicts)
class sample_size_ignored:
    """Took 5% as a clear difference, however many samples were measured
    中文：不管测了多少样本，都以 5% 为明显的差别"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = 0.05, 0.05
        if min(val, test) < c - band:
            return "bug"
        if val <= c + band:
            return "chance"
        gaps = {"overfitting": train - val, "shift": val - test}
        verdict = max(gaps, key=gaps.get)
        return verdict if gaps[verdict] > gap_band else "none"


@mistake(same_accuracies_other_verdicts)
class val_ignored:
    """Never looked at the held-out samples of the same source: judged by training and test alone
    中文：没有看同一来源的留出样本，只凭训练和测试下结论"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
        if test < c - band:
            return "bug"
        if test <= c + band:
            return "chance"
        return "overfitting" if train - test > gap_band else "none"


@mistake(same_accuracies_other_verdicts)
class below_chance_is_chance:
    """Called worse than guessing a matter of chance: a model that is reliably wrong has learnt
    something
    中文：比瞎猜还差也归为瞎猜：稳定地答错，说明学到了东西"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
        if False:
            return "bug"
        if val <= c + band:
            return "chance"
        gaps = {"overfitting": train - val, "shift": val - test}
        verdict = max(gaps, key=gaps.get)
        return verdict if gaps[verdict] > gap_band else "none"


@mistake(bands_and_gaps)
class one_standard_deviation:
    """Took one standard deviation for a clear difference instead of two
    中文：以一个标准差为界，而不是两个"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = np.sqrt(c * (1 - c) / n), np.sqrt(1 / (2 * n))
        if min(val, test) < c - band:
            return "bug"
        if val <= c + band:
            return "chance"
        gaps = {"overfitting": train - val, "shift": val - test}
        verdict = max(gaps, key=gaps.get)
        return verdict if gaps[verdict] > gap_band else "none"


@mistake(bands_and_gaps)
class shift_comes_first:
    """Said 'shift' whenever val - test is clear, even if the other gap is larger
    中文：只要 val - test 明显就说 'shift'，哪怕另一个差距更大"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
        if min(val, test) < c - band:
            return "bug"
        if val <= c + band:
            return "chance"
        if val - test > gap_band:
            return "shift"
        return "overfitting" if train - val > gap_band else "none"


@mistake(bands_and_gaps)
class overfitting_comes_first:
    """Said 'overfitting' whenever train - val is clear, even if the other gap is larger
    中文：只要 train - val 明显就说 'overfitting'，哪怕另一个差距更大"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
        if min(val, test) < c - band:
            return "bug"
        if val <= c + band:
            return "chance"
        if train - val > gap_band:
            return "overfitting"
        return "shift" if val - test > gap_band else "none"


@mistake(bands_and_gaps)
class absolute_gaps:
    """Took absolute values: better on new samples counts as a gap
    中文：取了绝对值：新样本上更好也算成了差距"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
        if min(val, test) < c - band:
            return "bug"
        if val <= c + band:
            return "chance"
        gaps = {"overfitting": abs(train - val), "shift": abs(val - test)}
        verdict = max(gaps, key=gaps.get)
        return verdict if gaps[verdict] > gap_band else "none"


@mistake(bands_and_gaps)
class chance_judged_on_test:
    """Judged chance by the test set, which may come from another source
    中文：用测试集判断是不是瞎猜，而测试集可能来自别处"""
    def diagnose(classes, n, train, val, test):
        c = 1 / classes
        band, gap_band = 2 * np.sqrt(c * (1 - c) / n), 2 * np.sqrt(1 / (2 * n))
        if min(val, test) < c - band:
            return "bug"
        if test <= c + band:
            return "chance"
        gaps = {"overfitting": train - val, "shift": val - test}
        verdict = max(gaps, key=gaps.get)
        return verdict if gaps[verdict] > gap_band else "none"


@mistake(cross_validation_by_sample)
class trains_on_everything:
    """Left the held-out rows in the training set
    中文：训练时没有去掉被留出的样本"""
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        names = list(dict.fromkeys(groups.tolist()))

        def cross_validated(folds):
            hits = 0
            for fold in range(k):
                held = folds == fold
                hits += np.sum(predict(X, y, X[held]) == y[held])
            return float(hits / len(y))

        return {
            "by_sample": cross_validated(np.arange(len(y)) % k),
            "by_group": cross_validated(np.array([names.index(g) for g in groups.tolist()]) % k),
            "new": float(np.mean(predict(X, y, X_new) == y_new)),
        }


@mistake(cross_validation_by_sample)
class tests_on_training_rows:
    """Measured the accuracy on the rows that were trained on
    中文：准确率是在训练用过的样本上测的"""
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        names = list(dict.fromkeys(groups.tolist()))

        def cross_validated(folds):
            hits = 0
            for fold in range(k):
                held = folds == fold
                hits += np.mean(predict(X[~held], y[~held], X[~held]) == y[~held])
            return float(hits / k)

        return {
            "by_sample": cross_validated(np.arange(len(y)) % k),
            "by_group": cross_validated(np.array([names.index(g) for g in groups.tolist()]) % k),
            "new": float(np.mean(predict(X, y, X_new) == y_new)),
        }


@mistake(cross_validation_by_sample)
class mean_of_fold_means:
    """Averaged the accuracies of the folds, which are of different size
    中文：对各折的准确率取平均，而各折的大小不同"""
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        names = list(dict.fromkeys(groups.tolist()))

        def cross_validated(folds):
            hits = 0
            for fold in range(k):
                held = folds == fold
                hits += np.mean(predict(X[~held], y[~held], X[held]) == y[held])
            return float(hits / k)

        return {
            "by_sample": cross_validated(np.arange(len(y)) % k),
            "by_group": cross_validated(np.array([names.index(g) for g in groups.tolist()]) % k),
            "new": float(np.mean(predict(X, y, X_new) == y_new)),
        }


@mistake(cross_validation_by_sample)
class contiguous_blocks:
    """Cut the rows into k blocks instead of dealing them out in turn
    中文：把各行切成连续的 k 块，而不是轮流分到各折"""
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        names = list(dict.fromkeys(groups.tolist()))

        def cross_validated(folds):
            hits = 0
            for fold in range(k):
                held = folds == fold
                hits += np.sum(predict(X[~held], y[~held], X[held]) == y[held])
            return float(hits / len(y))

        return {
            "by_sample": cross_validated(np.arange(len(y)) * k // len(y)),
            "by_group": cross_validated(np.array([names.index(g) for g in groups.tolist()]) % k),
            "new": float(np.mean(predict(X, y, X_new) == y_new)),
        }


@mistake(cross_validation_by_group)
class folds_by_sample_twice:
    """Ignored the groups: both figures come from folds of samples
    中文：没有用 groups：两个数都是按样本分折得到的"""
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        def cross_validated(folds):
            hits = 0
            for fold in range(k):
                held = folds == fold
                hits += np.sum(predict(X[~held], y[~held], X[held]) == y[held])
            return float(hits / len(y))

        return {
            "by_sample": cross_validated(np.arange(len(y)) % k),
            "by_group": cross_validated(np.arange(len(y)) % k),
            "new": float(np.mean(predict(X, y, X_new) == y_new)),
        }


@mistake(cross_validation_by_group)
class groups_sorted:
    """Numbered the groups in sorted order (np.unique), not as they first appear
    中文：各组按排序后的次序编号（np.unique），而不是按首次出现的先后"""
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        names = np.unique(groups).tolist()

        def cross_validated(folds):
            hits = 0
            for fold in range(k):
                held = folds == fold
                hits += np.sum(predict(X[~held], y[~held], X[held]) == y[held])
            return float(hits / len(y))

        return {
            "by_sample": cross_validated(np.arange(len(y)) % k),
            "by_group": cross_validated(np.array([names.index(g) for g in groups.tolist()]) % k),
            "new": float(np.mean(predict(X, y, X_new) == y_new)),
        }


@mistake(new_samples_after_training_on_all)
class new_from_last_fold:
    """Judged the new samples with the model of the last fold, which has not seen all of X
    中文：用最后一折的模型去预测新样本，它没有见过整个 X"""
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        names, shares = list(dict.fromkeys(groups.tolist())), []
        for folds in (np.arange(len(y)), np.array([names.index(g) for g in groups.tolist()])):
            hits = 0
            for fold in range(k):
                held = folds % k == fold
                hits += np.sum(predict(X[~held], y[~held], X[held]) == y[held])
            shares.append(float(hits / len(y)))
        new = float(np.mean(predict(X[~held], y[~held], X_new) == y_new))
        return {"by_sample": shares[0], "by_group": shares[1], "new": new}


@mistake(any_number_type)
class integer_diagonal:
    """Added lam to the diagonal of an integer matrix: its fraction is cut off
    中文：把 lam 逐个加到整数矩阵的对角线上：小数部分被截掉"""
    def ridge_fit(Phi, y, lam):
        A = Phi.T @ Phi
        for j in range(1, len(A)):
            A[j, j] += lam
        return np.linalg.solve(A, Phi.T @ y)


@mistake(leaves_arguments_alone)
class centred_in_place:
    """Centred with -= and so overwrote the caller's features and targets
    中文：用 -= 做中心化，把调用者的特征和标签都改掉了"""
    def ridge_fit(Phi, y, lam):
        X, middle, level = Phi[:, 1:], Phi[:, 1:].mean(axis=0), y.mean()
        X -= middle
        y -= level
        v = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)
        return np.concatenate([[level - middle @ v], v])


@mistake(leaves_arguments_alone)
class sorts_the_callers_list:
    """Called sort() on lams and so changed the caller's list
    中文：对传入的 lams 调用 sort()，把调用者的列表改掉了"""
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        given = list(lams)
        lams.sort()
        Phi, Phi_val = poly_features(x_train, deg), poly_features(x_val, deg)
        weights = {lam: ridge_fit(Phi, y_train, lam) for lam in lams}
        train = np.array([mse(Phi, weights[lam], y_train) for lam in given])
        val = np.array([mse(Phi_val, weights[lam], y_val) for lam in given])
        return given[int(np.argmin(val))], train, val


@accepted
class normal_equations:
    def poly_features(x, deg):
        return np.vander(np.asarray(x, dtype=float), deg + 1, increasing=True)

    def ridge_fit(Phi, y, lam):
        Phi = np.asarray(Phi, dtype=float)
        D = np.diag([0.0] + [1.0] * (Phi.shape[1] - 1))
        return np.linalg.inv(Phi.T @ Phi + lam * D) @ Phi.T @ y


@accepted
class centred:
    def ridge_fit(Phi, y, lam):
        Phi, y = np.array(Phi, dtype=float), np.array(y, dtype=float)
        middle, level = Phi[:, 1:].mean(axis=0), y.mean()
        X = Phi[:, 1:] - middle
        v = np.linalg.pinv(X.T @ X + lam * np.eye(X.shape[1])) @ (X.T @ (y - level))
        return np.hstack([level - middle @ v, v])


@accepted
class loops_and_elimination:
    def poly_features(x, deg):
        return [[float(v) ** j for j in range(deg + 1)] for v in x]

    def ridge_fit(Phi, y, lam):
        p, n = len(Phi[0]), len(Phi)
        A = [[float(sum(float(Phi[i][j]) * float(Phi[i][k]) for i in range(n)))
              + (lam if j == k and j else 0.0) for k in range(p)]
             + [float(sum(float(Phi[i][j]) * float(y[i]) for i in range(n)))] for j in range(p)]
        for c in range(p):
            top = max(range(c, p), key=lambda r: abs(A[r][c]))
            A[c], A[top] = A[top], A[c]
            for r in range(p):
                if r != c:
                    f = A[r][c] / A[c][c]
                    A[r] = [a - f * t for a, t in zip(A[r], A[c])]
        return [A[r][p] / A[r][r] for r in range(p)]


@accepted
class newton_step:
    def ridge_fit(Phi, y, lam):
        Phi = np.asarray(Phi, dtype=float)
        mask = np.arange(Phi.shape[1]) > 0
        w = np.zeros(Phi.shape[1])
        for _ in range(3):
            gradient = 2 * Phi.T @ (Phi @ w - y) + 2 * lam * mask * w
            w = w - np.linalg.solve(2 * Phi.T @ Phi + 2 * lam * np.diag(mask), gradient)
        return w


@accepted
class augmented_qr:
    def ridge_fit(Phi, y, lam):
        Phi = np.asarray(Phi, dtype=float)
        D = np.sqrt(lam) * np.eye(Phi.shape[1])
        D[0] = 0
        Q, R = np.linalg.qr(np.concatenate([Phi, D]))
        return np.linalg.solve(R, Q.T @ np.concatenate([y, 0 * D[0]]))


@accepted
class one_loop_with_a_running_best:
    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        best, smallest, train, val = None, float("inf"), [], []
        for lam in lams:
            w = ridge_fit(poly_features(x_train, deg), y_train, float(lam))
            train.append(np.float64(mse(poly_features(x_train, deg), w, y_train)))
            error = np.mean((np.asarray(y_val) - np.dot(poly_features(x_val, deg), w)) ** 2)
            val.append(error)
            if error < smallest:
                best, smallest = np.float64(lam), error
        return [best, train, val]


@accepted
class array_of_pairs:
    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        curve = np.empty((2, len(sizes)))
        for k, size in enumerate(sizes):
            Phi = poly_features(x_train[:size], deg)
            w = ridge_fit(Phi, y_train[:size], 1e-8)
            curve[0, k] = np.square(Phi @ w - y_train[:size]).sum() / size
            curve[1, k] = mse(poly_features(x_val, deg), w, y_val)
        return curve


@accepted
class rules_one_by_one:
    def diagnose(classes, n, train, val, test):
        c = 1.0 / float(classes)
        sigma = (c * (1 - c) / n) ** 0.5
        for accuracy in (val, test):
            if (accuracy - c) / sigma < -2:
                return "bug"
        if (val - c) / sigma < 2:
            return "chance"
        first, second = train - val, val - test
        if max(first, second) * np.sqrt(n / 2) < 1:
            return "none"
        return "overfitting" if first > second else "shift"

    def cv_report(X, y, groups, k, predict, X_new, y_new):
        n, order, numbers = len(y), {}, []
        for g in groups:
            numbers.append(order.setdefault(g, len(order)))
        report = {}
        for key, labels in (("by_sample", range(n)), ("by_group", numbers)):
            right = np.zeros(n, dtype=bool)
            for fold in range(k):
                held = [i for i in range(n) if labels[i] % k == fold]
                rest = [i for i in range(n) if labels[i] % k != fold]
                right[held] = predict(X[rest], y[rest], X[held]) == y[held]
            report[key] = right.mean()
        report["new"] = np.mean([a == b for a, b in zip(predict(X, y, X_new), y_new)])
        return report


@accepted
class one_sample_at_a_time:
    def cv_report(X, y, groups, k, predict, X_new, y_new):
        first = np.unique(groups, return_index=True)
        rank = dict(zip(first[0].tolist(), np.argsort(np.argsort(first[1])).tolist()))
        folds = {"by_sample": np.arange(len(y)), "by_group": [rank[g] for g in groups.tolist()]}
        report = {"new": float((predict(X, y, X_new) == y_new).sum()) / len(y_new)}
        for key, fold in folds.items():
            fold, hits = np.asarray(fold) % k, 0
            for i in range(len(y)):
                rest = fold != fold[i]
                hits += int(predict(X[rest], y[rest], X[i : i + 1])[0] == y[i])
            report[key] = hits / len(y)
        return report


@proof
def selection_is_no_cure():
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, 1000)
    y, new = np.sin(4 * x) + 0.3 * rng.normal(size=1000), slice(500, None)
    # 11 samples, degree 9: the best of three candidates still overfits; more samples do help.
    _, train, val = select_lambda(x[:11], y[:11], x[new], y[new], 9, [1e-12, 1e-10, 1e-8])
    assert min(val) > 20 * max(train)
    assert learning_curve(x, y, x[new], y[new], 9, [500])[1][0] < min(val) / 10
