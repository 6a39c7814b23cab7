"""Mean and variance are taken per feature over the batch (axis=1 here). Only two moments are fixed:
a skewed feature stays skewed, because normalising is an affine map of each feature. Scale and
shift let the network choose mean and spread, and even undo the layer: gamma = sqrt(var + eps) and
beta = mean give X back. So the layer takes away none of what the network can express. In the
backward pass mean and variance depend on every sample of the feature:
dX = gamma / sqrt(var + eps) * (dY - mean(dY) - xhat * mean(dY * xhat)).

Common wrong beliefs: statistics per sample (that is layer normalisation; it comes from the habit of
rows as samples, axis=0); "the data become Gaussian" (a name like standardisation suggests it);
mu and sigma treated as constants in the derivative; batch statistics at inference.

中文：
均值和方差对每个特征在整批样本上求（这里是 axis=1）。被固定的只有两个矩：
归一化对每个特征只是仿射变换，歪的分布归一化之后仍然是歪的，并不会变成正态分布。
缩放和平移让网络自己选择均值和幅度，甚至可以完全撤销归一化：gamma = sqrt(var + eps)、beta = mean
时输出就是 X，所以这一层不损失表达能力。反向时，均值和方差依赖同一特征的所有样本：dX = gamma /
sqrt(var + eps) * (dY - mean(dY) - xhat * mean(dY * xhat))。

常见误解：对每个样本求统计量（那是层归一化，多半因为习惯了一行一个样本而写了 axis=0）；
“归一化之后服从正态分布”（把标准化和正态混为一谈）；求导时把 mu、sigma 当常数；
推断时仍用本批的统计量。
"""

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    each_call,
    fitted,
    numbers_in,
    relative_distance,
    same_numbers,
    unchanged,
)
from autograder.pages import accepted, check, mistake, proof


def bn_forward(X, gamma, beta, eps=1e-5):
    X, gamma, beta = (np.asarray(a, dtype=float) for a in (X, gamma, beta))
    centred = X - X.mean(axis=1, keepdims=True)
    std = np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    xhat = centred / std
    return gamma * xhat + beta, (xhat, gamma / std)


def bn_backward(dY, cache):
    dY, (xhat, slope) = np.asarray(dY, dtype=float), cache
    dgamma = (dY * xhat).sum(axis=1, keepdims=True)
    dbeta = dY.sum(axis=1, keepdims=True)
    m = dY.shape[1]
    return slope * (dY - dbeta / m - xhat * dgamma / m), dgamma, dbeta


def identity_params(X, eps=1e-5):
    X = np.asarray(X, dtype=float)
    return np.sqrt(X.var(axis=1, keepdims=True) + eps), X.mean(axis=1, keepdims=True)


def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
    arrays = (np.asarray(a, dtype=float) for a in (X, gamma, beta, running_mean, running_var))
    X, gamma, beta, mean, var = arrays
    return gamma * (X - mean) / np.sqrt(var + eps) + beta


def data(rng, n, m):
    """Skewed features of different means and sizes, and scales and shifts of both signs."""
    X = rng.exponential(size=(n, m)) * rng.uniform(0.5, 2, (n, 1)) + 2 * rng.normal(size=(n, 1))
    gamma = rng.uniform(0.5, 2, (n, 1))
    gamma[1::2] *= -1
    return X, gamma, rng.normal(size=(n, 1))


def moments(X):
    """Mean and biased variance of each feature; the last axis of X is the samples."""
    m = X.shape[-1]
    mean = np.sum(X, axis=-1, keepdims=True) / m
    return mean, np.sum((X - mean) ** 2, axis=-1, keepdims=True) / m


def standardised(X, gamma, beta, mean, var, eps=1e-5):
    return gamma * (X - mean) / np.sqrt(var + eps) + beta


def oracle(X, gamma, beta, eps=1e-5):
    return standardised(X, gamma, beta, *moments(X), eps)


def oracle_dX(G, X, gamma, beta, eps, h=1e-5):
    """Centred differences of sum(G * Y), from copies of each feature with one sample moved."""
    moves, rest = h * np.eye(X.shape[1]), (gamma[:, None], beta[:, None], eps)
    dY = oracle(X[:, None] + moves, *rest) - oracle(X[:, None] - moves, *rest)
    return np.sum(G[:, None] * dY, axis=-1) / (2 * h)


def oracle_sums(G, X, gamma, beta, eps, h=1e-5):
    """dgamma and dbeta by centred differences; each feature has its own, so all move at once."""
    dY_dgamma = (oracle(X, gamma + h, beta, eps) - oracle(X, gamma - h, beta, eps)) / (2 * h)
    dY_dbeta = (oracle(X, gamma, beta + h, eps) - oracle(X, gamma, beta - h, eps)) / (2 * h)
    return [np.sum(G * dY, axis=1, keepdims=True) for dY in (dY_dgamma, dY_dbeta)]


@check(points=0.75)
def per_feature_over_the_batch(bn_forward):
    """Normalised along the wrong axis: mean and variance belong to each feature (row) over the
    batch, not to each sample and not to the whole matrix.
    中文：归一化的方向不对：均值和方差要对每个特征（每一行）在整批样本上求，不是对每个样本，也不是对
    整个矩阵。"""
    rng, sizes = np.random.default_rng(1), ((3, 7), (6, 5), (5, 5))
    cases = [(data(rng, n, m)[0], np.ones((n, 1)), np.zeros((n, 1))) for n, m in sizes]
    for size, (Y, _) in zip(sizes, each(bn_forward, cases), strict=True):
        mean, var = moments(fitted(Y, size))
        assert np.all(abs(mean) < 1e-6)
        assert np.all((0.5 < var) & (var < 1.5))  # the divisor is another check's business


@check(points=0.25)
def shape_is_left_alone(bn_forward):
    """A feature is not just moved and stretched to the mean 0: that is all normalising does; a
    skewed feature stays skewed, nothing becomes Gaussian and no outlier is cut.
    中文：特征不是仅仅经过平移和拉伸、变成均值为 0：归一化只做这些，歪的分布仍然是歪的，不会变成正态
    分布，也不截断离群值。"""
    X, _, _ = data(np.random.default_rng(4), 3, 120)
    X[0, 7] += 40
    X[2] = np.sign(X[2] - np.median(X[2])) + 0.1 * X[2]
    Y, _ = bn_forward(X.copy(), np.ones((3, 1)), np.zeros((3, 1)))
    for before, after in zip(X, fitted(Y, X.shape), strict=True):
        assert abs(np.mean(after)) < 1e-6
        # equal ratios of distances: after is a + b * before with b > 0
        low, high = np.argmin(before), np.argmax(before)
        assert after[high] > after[low]
        want = (before - before[low]) / (before[high] - before[low])
        assert close((after - after[low]) / (after[high] - after[low]), want, rtol=1e-5, atol=1e-6)


@check(points=0.25)
def variance_and_eps(bn_forward):
    """Y is off where the divisor shows: use the biased variance (divided by m), add eps to it under
    the root, use the eps that is passed in, and do not round.
    中文：从 Y 看出除数不对：用有偏方差（除以 m），eps 加在方差上、在根号里面，用传进来的 eps，不要
    四舍五入。"""
    rng = np.random.default_rng(5)
    cases = [data(rng, 3, 5)]
    for n, m, eps in ((3, 4, 1e-5), (2, 5, 0.5), (4, 4, 0.1)):
        X, gamma, beta = data(rng, n, m)
        X[0] = -2.5  # a constant feature
        X[1] = 1 + 1e-3 * X[1]
        cases.append((X, gamma, beta, eps))
    wants = [oracle(*case) for case in cases]
    for want, (Y, _) in zip(wants, each(bn_forward, cases), strict=True):
        assert alike(Y, want)


@check(points=0.25)
def scale_then_shift(bn_forward):
    """Scale and shift are off: normalise first, then multiply each feature by its gamma (which may
    be negative or 0) and add its beta, in this order.
    中文：缩放和平移不对：先归一化，再对每个特征乘 gamma（可以是负数或 0）、加 beta，顺序不能反，也
    不能互换。"""
    rng = np.random.default_rng(9)
    cases = [data(rng, 3, 60), data(rng, 20, 20)]
    for _, gamma, _ in cases:
        gamma[0] = 0
    wants = [oracle(*case) for case in cases]
    for want, (Y, _) in zip(wants, each(bn_forward, cases), strict=True):
        # wide enough for another divisor
        assert relative_distance(fitted(Y, want.shape), want) < 0.02


@check(points=0.5)
def gradient_of_the_input(bn_forward, bn_backward):
    """dX differs from a numerical gradient: mean and variance depend on every x too, so all three
    paths count; take what you need from the cache, not from a global.
    中文：dX 与数值梯度不一致：均值和方差也依赖每个 x，三条路都要求导；统计量从 cache 里取，不要存成
    全局变量。"""
    rng = np.random.default_rng(11)
    runs = []
    for n, m in ((3, 7), (4, 4)):
        X, gamma, beta = data(rng, n, m)
        # large features and a tiny eps: where eps goes is another check's business
        runs.append((rng.normal(size=(n, m)), 20 * X, gamma, beta, 1e-9))
    wants = [oracle_dX(*run) for run in runs]
    caches = [cache for _, cache in each(bn_forward, [run[1:] for run in runs])]
    answers = each(bn_backward, [(G, cache) for (G, *_), cache in zip(runs, caches, strict=True)])
    for want, (dX, *_) in zip(wants, answers, strict=True):
        assert relative_distance(fitted(dX, want.shape), want) < 1e-6


@check(points=0.25)
def gradient_with_a_large_eps(bn_forward, bn_backward):
    """dX differs from a numerical gradient for a large eps. If the numerical gradient agrees for a
    tiny eps (another check asks), then eps is at fault: the backward pass divides by the same
    sqrt(var + eps) as the forward pass, with the eps that was passed in.
    中文：eps 较大时 dX 与数值梯度不一致。如果 eps 很小时（另一项检查）是一致的，问题就在 eps：反向
    除以的是与前向相同的 sqrt(var + eps)，eps 是传进来的那个。"""
    rng = np.random.default_rng(31)
    for n, m, eps in ((3, 7, 0.5), (4, 4, 2.0)):
        X, gamma, beta = data(rng, n, m)
        gamma[0] = 0  # such a feature has no gradient, but is no reason for nan
        G = rng.normal(size=(n, m))
        want = oracle_dX(G, X, gamma, beta, eps)
        dX = fitted(bn_backward(G, bn_forward(X, gamma, beta, eps)[1])[0], (n, m))
        assert relative_distance(dX, want) < 1e-6


@check(points=0.25)
def gradients_of_scale_and_shift(bn_forward, bn_backward):
    """dgamma or dbeta is off: sums over the samples (no means); for dgamma the factor is the
    normalised value, which exists also where gamma is 0. (If bn_forward is off, begin with that.)
    中文：dgamma 或 dbeta 不对：对样本求和（不是平均）；dgamma 要乘归一化之后的值，gamma 为 0 时这个
    值也存在。（如果 bn_forward 也不对，先改它。）"""
    rng = np.random.default_rng(15)
    for n, m, eps in ((3, 7, 0.3), (4, 4, 1e-5)):
        X, gamma, beta = data(rng, n, m)
        gamma[0] = 0
        G = rng.normal(size=(n, m))
        want_dgamma, want_dbeta = oracle_sums(G, X, gamma, beta, eps)
        _, dgamma, dbeta = bn_backward(G, bn_forward(X, gamma, beta, eps)[1])
        assert relative_distance(fitted(dgamma, (n, 1)), want_dgamma) < 1e-6
        assert relative_distance(fitted(dbeta, (n, 1)), want_dbeta) < 1e-6


@check(points=0.25)
def right_shapes(bn_forward, bn_backward, identity_params, bn_inference):
    """A shape is not the one asked for: Y and dX are (n, m); dgamma, dbeta, gamma and beta are
    columns (n, 1), so keep the axis when you sum over the batch.
    中文：形状不符合要求：Y、dX 为 (n, m)；dgamma、dbeta、gamma、beta 都是列向量 (n, 1)，对整批求和
    时要保留这一维。"""
    rng = np.random.default_rng(41)
    for n, m in ((3, 7), (2, 1)):
        X, gamma, beta = data(rng, n, m)
        (Y, cache), Y_later, parameters = each_call([
            (bn_forward, *data(rng, n, m)), (bn_inference, X, gamma, beta, beta, gamma**2),
            (identity_params, X.copy())])
        dX, *sums = bn_backward(np.ones((n, m)), cache)
        assert [np.shape(a) for a in (Y, dX, Y_later)] == [(n, m)] * 3
        assert [np.shape(a) for a in (*sums, *parameters)] == [(n, 1)] * 4


@check(points=0.75)
def can_be_undone(identity_params):
    """With your identity_params X does not come back: gamma has to cancel the divisor (eps
    included), beta to restore what was subtracted.
    中文：用 identity_params 的结果做归一化，得不到原来的 X：gamma 要恰好抵消除数（连同 eps），beta
    要补回减去的数。"""
    rng, cases = np.random.default_rng(18), []
    for n, m, *eps in ((3, 7), (4, 4, 0.5), (5, 3)):
        X, _, _ = data(rng, n, m)
        X[0] = 1 + 1e-3 * X[0]  # as small as sqrt(eps)
        cases.append((X, *eps))
    answers = each(identity_params, [(X.copy(), *eps) for X, *eps in cases])
    for (X, *eps), (gamma, beta) in zip(cases, answers, strict=True):
        column = (len(X), 1)
        back = oracle(X, fitted(gamma, column), fitted(beta, column), *eps)
        assert close(back, X, rtol=1e-6, atol=1e-6)


@check(points=0.25)
def inference_uses_running_statistics(bn_inference):
    """Inference is off: use running_mean and running_var (a variance: add the eps that is passed
    in, then take the root), not the statistics of the batch; a single sample must work.
    中文：推断不对：用传入的 running_mean、running_var（方差，先加传进来的 eps 再开方），不用本批的
    统计量；只有一个样本时也要成立。"""
    rng = np.random.default_rng(21)
    cases, wants = [], []
    for n, m, *eps in ((3, 5), (4, 4, 0.5), (3, 1, 0.2)):
        X, gamma, beta = data(rng, n, m)
        mean, var = rng.normal(size=(n, 1)), rng.uniform(0.2, 3, (n, 1))
        var[0] = 0
        cases.append((X, gamma, beta, mean, var, *eps))
        wants.append(standardised(*cases[-1]))
    for want, Y in zip(wants, each(bn_inference, cases), strict=True):
        assert alike(Y, want)


@check(points=0.125)
def any_number_type(bn_forward, bn_backward, identity_params, bn_inference):
    """For float32 or integer arrays a function raises an error, returns nan, or answers otherwise
    than for the same numbers as float64: make results float64 instead of copying the dtype of an
    input.
    中文：输入换成 float32 或整数数组时，有函数报错、得到 nan，或者结果与输入同样的 float64 数时不
    同：结果用 float64，不要照抄输入的 dtype。"""
    X = np.array([[1, 4, -2, 0, 6], [3, 3, 5, -1, 2], [-4, 0, 1, 1, 7]])
    G = np.array([[2, -1, 0, 3, 1], [0, 1, -2, 1, 4], [1, 5, -3, 0, 2]])
    gamma, beta, var = np.array([[2], [-1], [3]]), np.array([[1], [0], [-2]]), [[4], [1], [3]]
    kinds = (float, np.float32, np.int64)
    batches = [tuple(a.astype(kind) for a in (X, gamma, beta)) for kind in kinds]
    Ys, caches = zip(*each(bn_forward, batches), strict=True)
    assert same_numbers(Ys)
    assert same_numbers(each(bn_backward, [
        (G.astype(kind), cache) for kind, cache in zip(kinds, caches, strict=True)]))
    assert all_same_for_any_type([
        (identity_params, X), (bn_inference, X, gamma, beta, beta, var)])


@check(points=0.125)
def leaves_arguments_alone(bn_forward, bn_backward, identity_params, bn_inference):
    """An argument or the cache was changed by a call, or a function raised an error or returned
    nothing: copy before you use -= or *= on what is passed in, and do not pop from the cache.
    中文：调用之后参数或 cache 被改动了，或者函数报错，或者没有返回值：对传入的数组用 -=、*= 之前先
    复制，也不要从 cache 里 pop。"""
    X, gamma, beta = data(np.random.default_rng(26), 3, 5)
    assert all_left_alone([
        (identity_params, X.copy()), (bn_inference, X, gamma, beta, beta, gamma**2)])
    with unchanged(X, gamma, beta):
        _, cache = bn_forward(X, gamma, beta)
    G = np.cos(X)
    with unchanged(G):
        first = numbers_in(bn_backward(G, cache))
        again = numbers_in(bn_backward(G, cache))
    assert np.array_equal(first, again, equal_nan=True)


@mistake(per_feature_over_the_batch)
class per_sample:
    """Normalised every sample (axis=0): that is layer normalisation
    中文：对每个样本做归一化（axis=0）：那是层归一化"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        std = np.sqrt(X.var(axis=0) + eps)
        xhat = (X - X.mean(axis=0)) / std
        return gamma * xhat + beta, (xhat, gamma, std)

    def bn_backward(dY, cache):
        xhat, gamma, std = cache
        d = dY * gamma
        dX = (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / std
        return dX, (dY * xhat).sum(axis=1, keepdims=True), dY.sum(axis=1, keepdims=True)


@mistake(per_feature_over_the_batch)
class whole_matrix:
    """Took one mean and one variance of the whole matrix
    中文：对整个矩阵只求了一个均值和一个方差"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        xhat = (X - np.mean(X)) / np.sqrt(np.var(X) + eps)
        return gamma * xhat + beta, (xhat, gamma / np.sqrt(np.var(X) + eps))


@mistake(per_feature_over_the_batch)
class not_centred:
    """Divided by the standard deviation without subtracting the mean
    中文：只除以标准差，忘了减去均值"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        return gamma * (X / std) + beta, (X / std, gamma / std)


@mistake(shape_is_left_alone)
class made_gaussian:
    """Believed that the result is Gaussian: put normal quantiles in the place of the values
    中文：以为归一化之后服从正态分布：按名次换成了正态分位数"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        from statistics import NormalDist

        rank = np.argsort(np.argsort(X, axis=1), axis=1)
        xhat = np.vectorize(NormalDist().inv_cdf)((rank + 0.5) / X.shape[1])
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        xhat = xhat / xhat.std(axis=1, keepdims=True)
        return gamma * xhat + beta, (xhat, gamma / std)


@mistake(shape_is_left_alone)
class cuts_outliers:
    """Cut outliers at three standard deviations
    中文：把离群值截断到三倍标准差以内"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        xhat = np.clip((X - np.mean(X, axis=1, keepdims=True)) / std, -3, 3)
        return gamma * xhat + beta, (xhat, gamma / std)


@mistake(variance_and_eps)
class unbiased_variance:
    """Used the unbiased variance (divided by m - 1)
    中文：用了无偏方差（除以 m - 1）"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True, ddof=1) + eps)
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std
        return gamma * xhat + beta, (xhat, gamma / std)


@mistake(variance_and_eps)
class eps_outside_the_root:
    """Added eps to the standard deviation instead of the variance
    中文：把 eps 加在标准差上，而不是方差上"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.std(X, axis=1, keepdims=True) + eps
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std
        return gamma * xhat + beta, (xhat, gamma / std)


@mistake(variance_and_eps)
class eps_hard_coded:
    """Wrote 1e-5 into the formula and ignored the parameter eps
    中文：写死了 eps = 1e-5，没有用参数"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + 1e-5)
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std
        return gamma * xhat + beta, (xhat, gamma / std)


@mistake(scale_then_shift)
class shift_before_scale:
    """Added beta first and multiplied by gamma afterwards
    中文：先加 beta 再乘 gamma"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std
        return gamma * (xhat + beta), (xhat, gamma / std)


@mistake(scale_then_shift)
class scale_before_normalising:
    """Scaled and shifted before normalising, which wipes both out again
    中文：在归一化之前缩放和平移：归一化又把它们抹掉了"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        Z = gamma * X + beta
        std = np.sqrt(np.var(Z, axis=1, keepdims=True) + eps)
        xhat = (Z - np.mean(Z, axis=1, keepdims=True)) / std
        return xhat, (xhat, gamma / std)


@mistake(gradient_of_the_input)
class constant_statistics:
    """Treated mean and variance as constants in the derivative
    中文：求导时把均值和方差当作常数"""
    def bn_backward(dY, cache):
        xhat, slope = cache
        dgamma = np.sum(dY * xhat, axis=1, keepdims=True)
        return dY * slope, dgamma, np.sum(dY, axis=1, keepdims=True)


@mistake(gradient_of_the_input)
class variance_path_forgotten:
    """Followed the path through the mean and forgot the one through the variance
    中文：求导时只考虑了均值，忘了方差也依赖 x"""
    def bn_backward(dY, cache):
        xhat, slope = cache
        dgamma = np.sum(dY * xhat, axis=1, keepdims=True)
        dX = slope * (dY - np.mean(dY, axis=1, keepdims=True))
        return dX, dgamma, np.sum(dY, axis=1, keepdims=True)


@mistake(gradient_of_the_input)
class gamma_forgotten:
    """Forgot the factor gamma in dX
    中文：dX 里忘了乘 gamma"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std
        return gamma * xhat + beta, (xhat, 1 / std)


@mistake(gradient_of_the_input)
class one_global_cache:
    """Kept the intermediate results in a global: after another batch the backward pass is wrong
    中文：把中间结果存成全局变量：别的批次经过前向之后，反向就用错了"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std
        bn_forward.last = xhat, gamma / std
        return gamma * xhat + beta, None

    def bn_backward(dY, cache):
        xhat, slope = bn_forward.last
        dgamma, dbeta = (dY * xhat).sum(axis=1, keepdims=True), dY.sum(axis=1, keepdims=True)
        m = dY.shape[1]
        return slope * (dY - dbeta / m - xhat * dgamma / m), dgamma, dbeta


@mistake(gradients_of_scale_and_shift)
class gradients_averaged:
    """Averaged dgamma and dbeta over the batch instead of adding up
    中文：dgamma、dbeta 取了平均，没有求和"""
    def bn_backward(dY, cache):
        xhat, slope = cache
        dgamma = np.mean(dY * xhat, axis=1, keepdims=True)
        dbeta = np.mean(dY, axis=1, keepdims=True)
        return slope * (dY - dbeta - xhat * dgamma), dgamma, dbeta


@mistake(right_shapes)
class flat_gradients:
    """Left out keepdims: dgamma and dbeta have shape (n,)
    中文：dgamma、dbeta 少了 keepdims：形状成了 (n,)"""
    def bn_backward(dY, cache):
        xhat, slope = cache
        dgamma, dbeta = (dY * xhat).sum(axis=1), dY.sum(axis=1)
        m = dY.shape[1]
        dX = slope * (dY - dbeta[:, None] / m - xhat * dgamma[:, None] / m)
        return dX, dgamma, dbeta


@mistake(gradients_of_scale_and_shift)
class gamma_with_raw_input:
    """Multiplied by the raw x instead of the normalised value in dgamma
    中文：求 dgamma 时乘的是原来的 x，而不是归一化之后的值"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        mean, std = X.mean(axis=1, keepdims=True), np.sqrt(X.var(axis=1, keepdims=True) + eps)
        return gamma * (X - mean) / std + beta, (X, mean, std, gamma)

    def bn_backward(dY, cache):
        X, mean, std, gamma = cache
        xhat = (X - mean) / std
        centred = dY - dY.mean(axis=1, keepdims=True)
        dX = gamma / std * (centred - xhat * (dY * xhat).mean(axis=1, keepdims=True))
        return dX, (dY * X).sum(axis=1, keepdims=True), dY.sum(axis=1, keepdims=True)


@mistake(gradient_with_a_large_eps)
class gradient_without_eps:
    """Divided by the plain standard deviation in dX: the eps of the forward pass is missing
    中文：dX 里除以的是标准差本身，漏了前向时的 eps"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        centred = X - np.mean(X, axis=1, keepdims=True)
        var = np.mean(centred**2, axis=1, keepdims=True)
        return gamma * centred / np.sqrt(var + eps) + beta, (centred, var, gamma, eps)

    def bn_backward(dY, cache):
        centred, var, gamma, eps = cache
        dgamma = np.sum(dY * centred / np.sqrt(var + eps), axis=1, keepdims=True)
        dbeta, std = np.sum(dY, axis=1, keepdims=True), np.sqrt(var)
        mixed = np.mean(dY * centred / std, axis=1, keepdims=True)
        dX = gamma / std * (dY - dbeta / np.shape(dY)[1] - centred / std * mixed)
        return dX, dgamma, dbeta


@mistake(gradient_with_a_large_eps)
class gradient_with_usual_eps:
    """Wrote 1e-5 into the backward pass, whatever eps the forward pass was given
    中文：反向里写死了 1e-5，没有用前向传进来的 eps"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        centred = X - np.mean(X, axis=1, keepdims=True)
        var = np.mean(centred**2, axis=1, keepdims=True)
        return gamma * centred / np.sqrt(var + eps) + beta, (centred, var, gamma, eps)

    def bn_backward(dY, cache):
        centred, var, gamma, eps = cache
        dgamma = np.sum(dY * centred / np.sqrt(var + eps), axis=1, keepdims=True)
        dbeta, std = np.sum(dY, axis=1, keepdims=True), np.sqrt(var + 1e-5)
        mixed = np.mean(dY * centred / std, axis=1, keepdims=True)
        dX = gamma / std * (dY - dbeta / np.shape(dY)[1] - centred / std * mixed)
        return dX, dgamma, dbeta


@mistake(gradient_with_a_large_eps)
class gradient_minus_eps:
    """Took eps away again in the backward pass: sqrt(var - eps)
    中文：反向里把 eps 又减掉了：sqrt(var - eps)"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        centred = X - np.mean(X, axis=1, keepdims=True)
        var = np.mean(centred**2, axis=1, keepdims=True)
        return gamma * centred / np.sqrt(var + eps) + beta, (centred, var, gamma, eps)

    def bn_backward(dY, cache):
        centred, var, gamma, eps = cache
        dgamma = np.sum(dY * centred / np.sqrt(var + eps), axis=1, keepdims=True)
        dbeta, std = np.sum(dY, axis=1, keepdims=True), np.sqrt(var - eps)
        mixed = np.mean(dY * centred / std, axis=1, keepdims=True)
        dX = gamma / std * (dY - dbeta / np.shape(dY)[1] - centred / std * mixed)
        return dX, dgamma, dbeta


@mistake(variance_and_eps)
class rounded_output:
    """Rounded the normalised values to 4 digits
    中文：把归一化的结果四舍五入到 4 位小数"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std
        return np.round(gamma * xhat + beta, 4), (xhat, gamma / std)


@mistake(can_be_undone)
class undone_by_the_variance:
    """Took the variance for gamma, without the root
    中文：gamma 取了方差，忘了开方"""
    def identity_params(X, eps=1e-5):
        return X.var(axis=1, keepdims=True) + eps, X.mean(axis=1, keepdims=True)


@mistake(can_be_undone)
class undone_without_eps:
    """Took the standard deviation for gamma and forgot the eps in the divisor
    中文：gamma 取了标准差，忘了除数里还有 eps"""
    def identity_params(X, eps=1e-5):
        return X.std(axis=1, keepdims=True), X.mean(axis=1, keepdims=True)


@mistake(can_be_undone)
class ones_and_zeros:
    """Believed that gamma = 1 and beta = 0 make the identity
    中文：以为 gamma = 1、beta = 0 就是恒等变换"""
    def identity_params(X, eps=1e-5):
        return np.ones((len(X), 1)), np.zeros((len(X), 1))


@mistake(inference_uses_running_statistics)
class batch_statistics_at_inference:
    """Used the statistics of the batch at inference
    中文：推断时仍用本批的统计量"""
    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        return bn_forward(X, gamma, beta, eps)[0]


@mistake(inference_uses_running_statistics)
class variance_without_a_root:
    """Took running_var for a standard deviation
    中文：把 running_var 当成了标准差"""
    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        return gamma * (X - running_mean) / (running_var + eps) + beta


@mistake(inference_uses_running_statistics)
class inference_without_eps:
    """Left eps out at inference: a running variance of 0 then divides by 0
    中文：推断时漏了 eps：running_var 为 0 时就除以 0 了"""
    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        return gamma * (X - running_mean) / np.sqrt(running_var) + beta


@mistake(inference_uses_running_statistics)
class inference_eps_outside_the_root:
    """Added eps to the root of running_var at inference, not to running_var itself
    中文：推断时把 eps 加在根号外面，没有加在 running_var 上"""
    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        return gamma * (X - running_mean) / (np.sqrt(running_var) + eps) + beta


@mistake(any_number_type)
class dtype_of_the_input:
    """Built the result with np.zeros_like(X): for an integer X all fractions are cut off
    中文：结果用 np.zeros_like(X) 建：X 是整数时小数全被截掉"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        xhat, slope = np.zeros_like(X), np.zeros(gamma.shape)
        for i in range(X.shape[0]):
            std = np.sqrt(X[i].var() + eps)
            xhat[i] = (X[i] - X[i].mean()) / std
            slope[i] = gamma[i] / std
        return gamma * xhat + beta, (xhat, slope)


@mistake(leaves_arguments_alone)
class centred_in_place:
    """Saved memory with X -= mean and so overwrote the caller's data
    中文：用 X -= mean 省内存，把调用者的数据改掉了"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        X -= X.mean(axis=1, keepdims=True)
        return gamma * X / std + beta, (X / std, gamma / std)


@mistake(leaves_arguments_alone)
class eats_the_cache:
    """Popped from the cache in the backward pass: it cannot be used a second time
    中文：反向时从 cache 里 pop：同一个 cache 第二次就不能用了"""
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        xhat = (X - X.mean(axis=1, keepdims=True)) / std
        return gamma * xhat + beta, {"xhat": xhat, "slope": gamma / std}

    def bn_backward(dY, cache):
        xhat, slope = cache.pop("xhat"), cache.pop("slope")
        dgamma, dbeta = (dY * xhat).sum(axis=1, keepdims=True), dY.sum(axis=1, keepdims=True)
        m = dY.shape[1]
        return slope * (dY - dbeta / m - xhat * dgamma / m), dgamma, dbeta


@accepted
class loops_and_lists:
    def bn_forward(X, gamma, beta, eps=1e-5):
        Y, kept = [], []
        for row, g, b in zip(X, gamma, beta, strict=True):
            mean = sum(float(x) for x in row) / len(row)
            var = sum((float(x) - mean) ** 2 for x in row) / len(row)
            std = (var + eps) ** 0.5
            xhat = [(float(x) - mean) / std for x in row]
            Y.append([float(g[0]) * x + float(b[0]) for x in xhat])
            kept.append([xhat, float(g[0]), std])
        return Y, kept

    def bn_backward(dY, cache):
        dX, dgamma, dbeta = [], [], []
        for d, (xhat, g, std) in zip(dY, cache, strict=True):
            m = len(xhat)
            dgamma.append([sum(float(d[k]) * xhat[k] for k in range(m))])
            dbeta.append([sum(float(x) for x in d)])
            mixed = [m * float(d[k]) - dbeta[-1][0] - xhat[k] * dgamma[-1][0] for k in range(m)]
            dX.append([g / (m * std) * t for t in mixed])
        return [dX, dgamma, dbeta]


@accepted
class three_paths:
    def bn_forward(X, gamma, beta, eps=1e-5):
        mu = np.mean(X, axis=1, keepdims=True)
        var = np.mean((X - mu) ** 2, axis=1, keepdims=True)
        cache = {"X": np.array(X, dtype=float), "mu": mu, "var": var, "gamma": gamma, "eps": eps}
        return gamma * (X - mu) * (var + eps) ** -0.5 + beta, cache

    def bn_backward(dY, cache):
        X, mu, var, gamma, eps = (cache[k] for k in ("X", "mu", "var", "gamma", "eps"))
        m = X.shape[1]
        dxhat = dY * gamma
        dvar = np.sum(dxhat * (X - mu), axis=1, keepdims=True) * -0.5 * (var + eps) ** -1.5
        dmu = -np.sum(dxhat, axis=1, keepdims=True) / np.sqrt(var + eps)
        dX = dxhat / np.sqrt(var + eps) + dvar * 2 * (X - mu) / m + dmu / m
        dgamma = np.sum(dY * (X - mu) / np.sqrt(var + eps), axis=1, keepdims=True)
        return dX, dgamma, np.sum(dY, axis=1, keepdims=True)


@accepted
class jacobian_per_feature:
    def bn_backward(dY, cache):
        xhat, slope = cache
        n, m = np.shape(dY)
        dX = np.empty((n, m))
        for i in range(n):
            J = slope[i] * (np.eye(m) - 1 / m - np.outer(xhat[i], xhat[i]) / m)
            dX[i] = J @ dY[i]
        return dX, np.einsum("ik,ik->i", dY, xhat).reshape(n, 1), np.dot(dY, np.ones((m, 1)))


@accepted
class one_pass_variance:
    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=np.float64)
        m = X.shape[1]
        mean = X @ np.ones((m, 1)) / m
        std = np.sqrt(np.maximum((X**2) @ np.ones((m, 1)) / m - mean**2, 0) + eps)
        xhat = (X - mean) / std
        return gamma * xhat + beta, (xhat, gamma / std)


@accepted
class transposed_inside:
    def bn_forward(X, gamma, beta, eps=1e-5):
        rows = np.array(X, dtype=float).T
        std = np.sqrt(np.var(rows, axis=0) + eps)
        xhat = (rows - np.mean(rows, axis=0)) / std
        Y = xhat * np.ravel(gamma) + np.ravel(beta)
        return Y.T, (xhat.T, (np.ravel(gamma) / std)[:, None])

    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        slope = np.asarray(gamma) / np.sqrt(np.asarray(running_var) + eps)
        return slope * X + (np.asarray(beta) - slope * running_mean)


@accepted
class cache_is_an_object:
    def bn_forward(X, gamma, beta, eps=1e-5):
        from types import SimpleNamespace

        var, mean = np.var(X, axis=1)[:, None], np.mean(X, axis=1)[:, None]
        std = np.sqrt(var + eps)
        kept = SimpleNamespace(xhat=(X - mean) / std, slope=gamma / std)
        return gamma * kept.xhat + beta, kept

    def bn_backward(dY, cache):
        xhat, slope = cache.xhat, cache.slope
        dbeta, dgamma = dY.sum(1, keepdims=True), (dY * xhat).sum(1, keepdims=True)
        return slope * (dY - (dbeta + xhat * dgamma) / dY.shape[1]), dgamma, dbeta


@accepted
class cache_is_a_function:
    def bn_forward(X, gamma, beta, eps=1e-5):
        std = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        xhat = (X - np.mean(X, axis=1, keepdims=True)) / std

        def back(dY):
            dgamma, dbeta = (dY * xhat).sum(1, keepdims=True), dY.sum(1, keepdims=True)
            m = xhat.shape[1]
            return gamma / std * (dY - dbeta / m - xhat * dgamma / m), dgamma, dbeta

        return gamma * xhat + beta, back

    def bn_backward(dY, cache):
        return cache(dY)


@accepted
class undone_by_probing:
    def identity_params(X, eps=1e-5):
        n = np.shape(X)[0]
        beta = np.mean(X, axis=1).reshape(n, 1)
        xhat = np.asarray(bn_forward(X, np.ones((n, 1)), np.zeros((n, 1)), eps)[0])
        j = np.argmax(np.abs(xhat), axis=1)
        rows = np.arange(n)
        gamma = (np.asarray(X)[rows, j] - beta[:, 0]) / xhat[rows, j]
        return gamma.reshape(-1, 1), beta


@proof
def nothing_becomes_gaussian_and_all_can_be_undone():
    X = np.array([[1.0, 1.0, 1.0, 5.0]])
    Y, _ = bn_forward(X, np.ones((1, 1)), np.zeros((1, 1)))
    assert abs(np.mean(Y)) < 1e-9 and np.mean(Y**3) > 1  # a normal variable would have 0 here
    assert np.allclose(bn_forward(X, *identity_params(X))[0], X)
