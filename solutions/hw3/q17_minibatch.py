"""Mini-batches: many cheap updates an epoch instead of one, little memory, vectorised arithmetic,
and noise that helps to leave flat or sharp places. The price: each gradient is noisy, the learning
rate has to fall or be tuned, and one more hyperparameter, B, appears. The batch gradient is
unbiased; its variance is sigma^2 / B * (N - B) / (N - 1), because the samples of a batch are drawn
without replacement: at B = N nothing is random any more.

Common wrong beliefs: the variance is sigma^2 / B for every B (true only with replacement, or for
B much smaller than N); the gradient of an epoch is the plain mean of the batch gradients (false
when the last batch is smaller: weight by batch sizes); shuffling X is enough (Y must go with it);
a batch four times larger is four times better (the standard deviation only halves).

中文：
小批量的好处：一轮（epoch）有许多次廉价的更新，占内存少，能向量化，
噪声有助于离开平坦或尖锐的地方。代价：每个梯度都带噪声，学习率需要衰减或细调，还多了一个超参数 B。
小批量梯度是无偏的；一批之内的样本是不放回抽取的，所以方差是 sigma^2 / B * (N - B) / (N - 1)：B =
N 时不再有任何随机性。

常见的错误认识：方差总是 sigma^2 / B（只有放回抽样，或 B 远小于 N 时才对）；
一轮的梯度就是各批梯度的简单平均（最后一批较小时不成立，要按批的大小加权）；只打乱 X 就行了（Y
必须跟着一起打乱）；批大四倍就好四倍（标准差只减半）。
"""

import itertools

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    fitted,
    floats,
    leaves_alone,
    relative_distance,
    retyped,
    same_numbers,
)
from autograder.pages import accepted, check, mistake, proof


def minibatches(X, Y, B, rng):
    X, Y = np.asarray(X), np.asarray(Y)
    order = rng.permutation(X.shape[1])
    parts = [order[start : start + B] for start in range(0, len(order), B)]
    return [(X[:, part], Y[:, part]) for part in parts]


def batch_grad(w, X, Y):
    w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
    return (w @ X - Y) @ X.T / X.shape[1]


def grad_variance(G, B):
    G = np.asarray(G, dtype=float)
    N = G.shape[1]
    if N == 1:
        return 0.0
    return float(G.var(axis=1).sum() / B * (N - B) / (N - 1))


def epoch_mean_gradient(w, batches):
    sizes = [np.shape(Xb)[1] for Xb, _ in batches]
    grads = [batch_grad(w, Xb, Yb) for Xb, Yb in batches]
    return sum(size * grad for size, grad in zip(sizes, grads, strict=True)) / sum(sizes)


def numbered(n, k, N):
    """Samples that carry their number: X[0] is 0 ... N-1, every other row is a function of it."""
    i = np.arange(N)
    X = np.array([i + 100.0 * row for row in range(n)])
    Y = np.array([10.0 * i + 0.5 + row for row in range(k)])
    return X, Y


def order_of(batches):
    """The numbers of the samples, batch by batch; an empty batch is another check's business."""
    return [[round(x) for x in floats(Xb)[0]] if np.size(Xb) else [] for Xb, _ in batches]


def oracle_grad(w, X, Y, h=1e-5):
    """Centred differences of the mean loss, which is added up sample by sample."""
    def loss(v):
        errors = [float(v[0] @ x) - y for x, y in zip(X.T, Y[0].tolist(), strict=True)]
        return sum(0.5 * error**2 for error in errors) / len(errors)

    grad = np.zeros(w.shape)
    for j in range(w.shape[1]):
        step = np.zeros(w.shape)
        step[0, j] = h
        grad[0, j] = (loss(w + step) - loss(w - step)) / (2 * h)
    return grad


def oracle_variance(G, B):
    """Variance of the batch mean over all choices of B columns."""
    means = [
        [sum(row[i] for i in chosen) / B for row in G.tolist()]
        for chosen in itertools.combinations(range(G.shape[1]), B)
    ]
    centre = [sum(column) / len(means) for column in zip(*means, strict=True)]
    squares = [sum((a - c) ** 2 for a, c in zip(m, centre, strict=True)) for m in means]
    return sum(squares) / len(means)


def regression(seed, n, N):
    """w, X, Y of a regression problem, w not the solution."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1, n)), rng.normal(size=(n, N)) + 0.4, 2 * rng.normal(size=(1, N))


@check(points=0.5)
def every_sample_once(minibatches):
    """Not exactly one pass in batches (Xb, Yb): each sample belongs to one batch; the last, smaller
    batch is kept, and there is no empty one.
    中文：不是恰好用各批 (Xb, Yb) 遍历一遍：每个样本应出现一次，不多不少；最后不满 B 个的那一批要保
    留，也不要多出空批。"""
    counts = (23, 5), (7, 7), (3, 10), (5, 1)
    cases = [(*numbered(3, 2, N), B, np.random.default_rng(N)) for N, B in counts]
    for (N, B), batches in zip(counts, each(minibatches, cases), strict=True):
        batches = list(batches)
        sizes = [min(B, N - start) for start in range(0, N, B)]
        assert [np.shape(Xb) for Xb, _ in batches] == [(3, size) for size in sizes]
        assert [np.shape(Yb) for _, Yb in batches] == [(2, size) for size in sizes]
        assert sorted(itertools.chain(*order_of(batches))) == list(range(N))


@check(points=0.25)
def labels_stay_with_their_samples(minibatches):
    """Samples and labels came apart: after shuffling each column of X must still be with its own
    column of Y, and features must not mix between samples.
    中文：样本和标签错位了：打乱之后，X 的每一列必须仍与原来那一列 Y 配对，特征也不能混到别的样本
    里。"""
    samples = numbered(3, 1, 17), numbered(4, 4, 4)
    cases = [(X.copy(), Y.copy(), B, np.random.default_rng(2))
             for (X, Y), B in zip(samples, (4, 2), strict=True)]
    for (X, Y), batches in zip(samples, each(minibatches, cases), strict=True):
        batches = list(batches)
        parts = order_of(batches)
        assert sum(map(len, parts)) > 0
        for (Xb, Yb), part in zip(batches, parts, strict=True):
            if part:
                assert close(Xb, X[:, part])
                assert close(Yb, Y[:, part])


@check(points=0.25)
def samples_are_shuffled(minibatches):
    """Not shuffled enough: shuffle all samples before cutting; shuffling the order of batches, or
    within batches, or rotating, will not do.
    中文：没有充分打乱：要打乱全部样本再切成批，只打乱批的次序、只在批内打乱或只平移都不够。"""
    cases = [(*numbered(2, 1, 60), 8, np.random.default_rng(seed)) for seed in (1, 2)]
    for order in map(order_of, each(minibatches, cases)):
        assert len(order) > 6
        # in a shuffled order no distance between one sample and the next is frequent
        steps = [b - a for part in order for a, b in itertools.pairwise(part)]
        assert max(steps.count(step) for step in steps) < 15
        assert sum(max(part) - min(part) < 2 * len(part) for part in order) < 4


@check(points=0.25)
def order_follows_rng(minibatches):
    """The order does not follow rng: the same seed gives the same order, another seed or the next
    pass of the same rng gives another one.
    中文：没有按 rng 来打乱：种子相同，次序应相同；种子不同、或同一个 rng 的下一遍，次序应不同。"""
    rng = np.random.default_rng(5)
    rngs = rng, np.random.default_rng(5), np.random.default_rng(6), rng
    cases = [(*numbered(2, 1, 40), 7, each_rng) for each_rng in rngs]
    first, again, other, second = map(order_of, each(minibatches, cases))
    assert len(first) > 4
    assert first == again
    assert first != other
    assert first != second


@check(points=0.5)
def gradient_of_the_mean(batch_grad):
    """batch_grad differs from a numerical gradient of the mean: check the sign, the 1/N, a factor 2
    and the transpose.
    中文：batch_grad 与数值梯度不一致：是平均值的梯度，检查符号、1/N、系数 2 和转置。"""
    cases = []
    for seed, n, N in ((1, 3, 7), (2, 4, 4), (3, 1, 5), (4, 2, 1)):
        w, X, Y = regression(seed, n, N)
        cases.append((w, 0.1 * X, Y))
    wanted = [oracle_grad(*case) for case in cases]
    for grad, want in zip(each(batch_grad, cases), wanted, strict=True):
        assert relative_distance(fitted(grad, want.shape), want) < 1e-6


@check(points=1)
def variance_without_replacement(grad_variance):
    """The variance is off: the B samples of a batch are different ones, so little randomness is
    left when B is near N, and none at B = N; add up the components.
    中文：方差不对：一批里的 B 个样本互不相同（不放回抽样），批越接近全体，随机性越小，B = N 时为
    零；方差对各分量求和。"""
    cases = []
    for seed, n, N in ((5, 2, 5), (6, 3, 3), (8, 1, 2)):
        G = np.random.default_rng(seed).normal(size=(n, N)) * np.arange(1, n + 1)[:, None] + 1
        cases += [(G.copy(), B) for B in range(1, N + 1)]
    wanted = [oracle_variance(*case) for case in cases]
    for found, want in zip(each(grad_variance, cases), wanted, strict=True):
        assert alike(found, want)


@check(points=0.25)
def one_sample_has_no_variance(grad_variance):
    """With a single sample the variance is 0: there is nothing to choose; mind 0/0.
    中文：只有一个样本时方差应为 0：没有什么可以随机选的，不要算出 0/0。"""
    cases = [(np.array([[3.0], [-1.0]]), 1), (np.array([[3.0, -1.0]]), 1)]
    one, two = each(grad_variance, cases)
    assert alike(one, 0.0)
    assert fitted(two, ()) > 0


@check(points=0.75)
def batches_give_the_full_gradient(epoch_mean_gradient):
    """The gradient from the batches is not that of all samples: batches differ in size, and a small
    one must not count as much as a large one; w stays the same.
    中文：由各批得到的梯度不等于全体的梯度：各批大小不同，小的批不能和大的批算同样的份量；w 中途不更
    新。"""
    cases, wanted = [], []
    for seed, n, cuts in ((9, 3, (4, 8, 9)), (10, 2, (1, 6)), (11, 4, (4,)), (12, 3, (2, 3, 7))):
        w, X, Y = regression(seed, n, cuts[-1])
        starts = (0, *cuts[:-1])
        batches = [(X[:, a:b].copy(), Y[:, a:b].copy()) for a, b in zip(starts, cuts, strict=True)]
        cases.append((w, batches))
        wanted.append(oracle_grad(w, X, Y))
    for grad, want in zip(each(epoch_mean_gradient, cases), wanted, strict=True):
        assert relative_distance(fitted(grad, want.shape), want) < 1e-6


@check(points=0.125)
def any_number_type(minibatches, batch_grad, grad_variance, epoch_mean_gradient):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    w, X, Y = [[2, -1]], [[1, 0, 3], [2, 5, -1]], [[1, -2, 4]]
    cases = [(*retyped((X, Y), kind), 2, np.random.default_rng(0))
             for kind in (np.float64, np.float32, np.int64, list)]
    assert same_numbers([list(batch) for batch in batches] for batches in each(minibatches, cases))
    assert all_same_for_any_type([
        (batch_grad, w, X, Y), (grad_variance, [[1, 2, 4, 4]], 2),
        (epoch_mean_gradient, w, ((X, Y), ([[2], [1]], [[3]]))),
    ], lists=True)


@check(points=0.125)
def leaves_arguments_alone(minibatches, batch_grad, grad_variance, epoch_mean_gradient):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: do not shuffle, subtract or add in X, Y, w or G; copy first.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要在传入的 X、Y、w、G 上直接打乱或累
    加，先复制。"""
    w, X, Y = regression(13, 3, 8)
    batches = [(X[:, :5], Y[:, :5]), (X[:, 5:], Y[:, 5:])]
    assert leaves_alone(lambda X, Y: list(minibatches(X, Y, 3, np.random.default_rng(1))), X, Y)
    assert all_left_alone([
        (batch_grad, w, X, Y), (grad_variance, X, 2), (epoch_mean_gradient, w, batches)])


@mistake(every_sample_once)
class drops_the_last_batch:
    """Dropped the last, smaller batch: some samples go unused in every epoch
    中文：丢掉了最后不满的一批：每一轮都有样本没有用到"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = rng.permutation(X.shape[1])
        count = max(1, len(order) // B)
        return [(X[:, part], Y[:, part])
                for part in [order[b * B : (b + 1) * B] for b in range(count)]]


@mistake(every_sample_once)
class with_replacement:
    """Drew with replacement: some samples appear twice, others never
    中文：放回抽样：有的样本出现多次，有的一次也没有"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        N = X.shape[1]
        for start in range(0, N, B):
            part = rng.integers(0, N, size=min(B, N - start))
            yield X[:, part], Y[:, part]


@mistake(every_sample_once)
class shuffled_for_each_batch:
    """Shuffled anew for each batch: samples repeat or go missing within a pass
    中文：每一批都重新打乱一次：同一遍里样本会重复或遗漏"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        N = X.shape[1]
        for start in range(0, N, B):
            part = rng.permutation(N)[: min(B, N - start)]
            yield X[:, part], Y[:, part]


@mistake(every_sample_once)
class empty_batch:
    """Made N // B + 1 batches: when B divides N the last is empty and its mean is nan
    中文：批数写成 N // B + 1：整除时多出一个空批，求平均就得到 nan"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = rng.permutation(X.shape[1])
        parts = [order[b * B : (b + 1) * B] for b in range(len(order) // B + 1)]
        return [(X[:, part], Y[:, part]) for part in parts]


@mistake(every_sample_once)
class last_batch_filled_up:
    """Filled the last batch up with samples that had been used: they count twice
    中文：最后一批不满，就用已经出现过的样本补满：这些样本被多算了一次"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = rng.permutation(X.shape[1])
        order = np.resize(order, -(-len(order) // B) * B)
        parts = [order[s : s + B] for s in range(0, len(order), B)]
        return [(X[:, part], Y[:, part]) for part in parts]


@mistake(every_sample_once)
class evened_out:
    """Cut into batches of nearly equal size instead of B samples each and a smaller last one
    中文：用 array_split 切成大小接近的几批，而不是每批 B 个、最后一批较小"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = rng.permutation(X.shape[1])
        return [(X[:, part], Y[:, part]) for part in np.array_split(order, -(-len(order) // B))]


@mistake(every_sample_once)
class rows_for_samples:
    """Cut along the rows: took features for samples
    中文：按行切分：把特征当成了样本"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = rng.permutation(X.shape[0])
        return [(X[part], Y[part[part < len(Y)]])
                for part in [order[s : s + B] for s in range(0, len(order), B)]]


@mistake(labels_stay_with_their_samples)
class shuffled_apart:
    """Shuffled X and Y separately: labels no longer belong to their samples
    中文：X 和 Y 各打乱各的：标签不再属于自己的样本"""
    def minibatches(X, Y, B, rng):
        X, Y = rng.permutation(X, axis=1), rng.permutation(Y, axis=1)
        return [(X[:, s : s + B], Y[:, s : s + B]) for s in range(0, X.shape[1], B)]


@mistake(labels_stay_with_their_samples)
class labels_not_shuffled:
    """Shuffled X and forgot Y
    中文：只打乱了 X，忘了 Y"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        X = X[:, rng.permutation(X.shape[1])]
        return [(X[:, s : s + B], Y[:, s : s + B]) for s in range(0, X.shape[1], B)]


@mistake(labels_stay_with_their_samples)
class rows_shuffled_apart:
    """Used rng.permuted, which shuffles each row by itself: features mix between samples
    中文：用 rng.permuted 打乱：每一行各打乱各的，特征混到了别的样本里"""
    def minibatches(X, Y, B, rng):
        both = rng.permuted(np.vstack([X, Y]), axis=1)
        X, Y = both[: len(X)], both[len(X) :]
        return [(X[:, s : s + B], Y[:, s : s + B]) for s in range(0, X.shape[1], B)]


@mistake(samples_are_shuffled)
class not_shuffled:
    """Did not shuffle: cut the samples in their given order
    中文：没有打乱，按原来的次序切分"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        return [(X[:, s : s + B], Y[:, s : s + B]) for s in range(0, X.shape[1], B)]


@mistake(samples_are_shuffled)
class batches_shuffled:
    """Shuffled the order of the batches only: a batch always holds the same samples
    中文：只打乱了各批的次序：同一批里永远是那几个样本"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        starts = list(range(0, X.shape[1], B))
        order = [*rng.permutation(starts[:-1]), starts[-1]]
        return [(X[:, s : s + B], Y[:, s : s + B]) for s in order]


@mistake(samples_are_shuffled)
class shuffled_within_batches:
    """Cut first and shuffled within each batch
    中文：先切成批，再在批内打乱"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        N = X.shape[1]
        for s in range(0, N, B):
            part = s + rng.permutation(min(B, N - s))
            yield X[:, part], Y[:, part]


@mistake(samples_are_shuffled)
class random_start_only:
    """Picked a random start and went round: neighbours always share a batch
    中文：只随机选了一个起点再绕一圈：相邻的样本永远在同一批"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = np.roll(np.arange(X.shape[1]), rng.integers(X.shape[1]))
        parts = [order[s : s + B] for s in range(0, len(order), B)]
        return [(X[:, part], Y[:, part]) for part in parts]


@mistake(samples_are_shuffled)
class every_kth_sample:
    """Took every K-th sample and shuffled only where to start: a batch holds samples at equal
    distances
    中文：每隔 K 个取一个样本，只打乱了起点的次序：同一批里总是隔得一样远的那些样本"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        N = X.shape[1]
        K = -(-N // B)
        order = np.concatenate([np.arange(start, N, K) for start in rng.permutation(K)])
        return [(X[:, order[s : s + B]], Y[:, order[s : s + B]]) for s in range(0, N, B)]


@mistake(order_follows_rng)
class own_generator:
    """Made a generator with a fixed seed inside: every epoch has the same order
    中文：在函数里用固定的种子新建了随机数生成器：每一轮的次序都一样"""
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = np.random.default_rng(0).permutation(X.shape[1])
        parts = [order[s : s + B] for s in range(0, len(order), B)]
        return [(X[:, part], Y[:, part]) for part in parts]


@mistake(order_follows_rng)
class global_random:
    """Used the global np.random instead of rng: the result cannot be reproduced
    中文：用了全局的 np.random，没有用传入的 rng：结果无法重现"""
    def minibatches(X, Y, B, rng):
        order = np.random.permutation(X.shape[1])
        parts = [order[s : s + B] for s in range(0, len(order), B)]
        return [(X[:, part], Y[:, part]) for part in parts]


@mistake(gradient_of_the_mean)
class gradient_of_the_sum:
    """Forgot the 1/N: this is the gradient of the sum, which grows with the batch
    中文：忘了 1/N：这是总和的梯度，会随批的大小变化"""
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return (w @ X - Y) @ X.T

    def epoch_mean_gradient(w, batches):
        w = np.asarray(w, dtype=float)
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ Xb - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(gradient_of_the_mean)
class rounded:
    """Rounded the gradient to a few digits, as one does when printing it
    中文：把梯度四舍五入到小数点后几位，像打印时那样"""
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return np.round((w @ X - Y) @ X.T / X.shape[1], 4)

    def epoch_mean_gradient(w, batches):
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ np.asarray(Xb) - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(gradient_of_the_mean, belief="rounded")
class rounded_to_three_digits:
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return np.round((w @ X - Y) @ X.T / X.shape[1], 3)

    def epoch_mean_gradient(w, batches):
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ np.asarray(Xb) - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(gradient_of_the_mean, belief="rounded")
class rounded_to_five_digits:
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return np.round((w @ X - Y) @ X.T / X.shape[1], 5)

    def epoch_mean_gradient(w, batches):
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ np.asarray(Xb) - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(gradient_of_the_mean, belief="rounded")
class rounded_to_six_digits:
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return np.round((w @ X - Y) @ X.T / X.shape[1], 6)

    def epoch_mean_gradient(w, batches):
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ np.asarray(Xb) - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(gradient_of_the_mean)
class factor_two:
    """Kept a factor 2: the loss has 0.5 in front
    中文：多了一个系数 2：损失前面有 0.5"""
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return 2 * (w @ X - Y) @ X.T / X.shape[1]

    def epoch_mean_gradient(w, batches):
        w = np.asarray(w, dtype=float)
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ Xb - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(gradient_of_the_mean)
class sign_flipped:
    """Flipped the sign: wrote (Y - wX) X^T
    中文：符号反了：写成了 (Y - wX) X^T"""
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return (Y - w @ X) @ X.T / X.shape[1]

    def epoch_mean_gradient(w, batches):
        w = np.asarray(w, dtype=float)
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ Xb - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(gradient_of_the_mean)
class divided_by_features:
    """Divided by the number of features instead of samples
    中文：除以的是特征数 n，而不是样本数 N"""
    def batch_grad(w, X, Y):
        w, X, Y = (np.asarray(a, dtype=float) for a in (w, X, Y))
        return (w @ X - Y) @ X.T / len(X)

    def epoch_mean_gradient(w, batches):
        w = np.asarray(w, dtype=float)
        N = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum((w @ Xb - Yb) @ np.transpose(Xb) for Xb, Yb in batches) / N


@mistake(variance_without_replacement)
class as_if_with_replacement:
    """Took sigma^2 / B, which is for drawing with replacement: at B = N a variance is left that
    does not exist
    中文：用了 sigma^2 / B：那是放回抽样，B = N 时还剩下并不存在的方差"""
    def grad_variance(G, B):
        return float(np.var(G, axis=1).sum() / B)


@mistake(variance_without_replacement)
class corrected_twice:
    """Took variances with ddof=1 and multiplied by (N-B)/(N-1) as well: corrected twice
    中文：方差用了 ddof=1，却又乘上 (N-B)/(N-1)：修正了两次"""
    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        return 0.0 if N == 1 else float(np.var(G, axis=1, ddof=1).sum() / B * (N - B) / (N - 1))


@mistake(variance_without_replacement)
class correction_by_N:
    """Wrote (N-B)/N for the finite population correction
    中文：有限总体修正写成了 (N-B)/N"""
    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        return 0.0 if N == 1 else float(np.var(G, axis=1).sum() / B * (N - B) / N)


@mistake(variance_without_replacement)
class mean_over_components:
    """Averaged the variances of the components instead of adding them
    中文：对各分量的方差取了平均，而不是求和"""
    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        return 0.0 if N == 1 else float(np.var(G, axis=1).mean() / B * (N - B) / (N - 1))


@mistake(variance_without_replacement)
class wrong_axis:
    """Took variances along the wrong axis: over components instead of samples
    中文：方差求错了方向：沿着分量而不是沿着样本"""
    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        return 0.0 if N == 1 else float(np.var(G, axis=0).sum() / B * (N - B) / (N - 1))


@mistake(variance_without_replacement)
class standard_deviation:
    """Returned the standard deviation, not its square
    中文：返回了标准差，没有平方"""
    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        squared = 0.0 if N == 1 else np.var(G, axis=1).sum() / B * (N - B) / (N - 1)
        return float(np.sqrt(squared))


@mistake(one_sample_has_no_variance)
class zero_over_zero:
    """Ended in 0/0 at N = 1
    中文：N = 1 时算出了 0/0"""
    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        return np.var(G, axis=1).sum() / B * (N - B) / np.float64(N - 1)


@mistake(batches_give_the_full_gradient)
class plain_mean_of_batches:
    """Took the plain mean of the batch gradients: samples of the small last batch count too much
    中文：对各批的梯度做简单平均：最后那个小批的样本分量过重"""
    def epoch_mean_gradient(w, batches):
        return np.mean([batch_grad(w, Xb, Yb) for Xb, Yb in batches], axis=0)


@mistake(batches_give_the_full_gradient)
class sum_of_batches:
    """Added up the gradients of the batches
    中文：把各批的梯度直接相加"""
    def epoch_mean_gradient(w, batches):
        return sum(batch_grad(w, Xb, Yb) for Xb, Yb in batches)


@mistake(batches_give_the_full_gradient)
class updates_on_the_way:
    """Updated w after each batch: the later gradients belong to other points
    中文：算完一批就更新 w：后面的梯度已经在别的点上了"""
    def epoch_mean_gradient(w, batches):
        w = np.asarray(w, dtype=float)
        total, N = 0, sum(np.shape(Xb)[1] for Xb, _ in batches)
        for Xb, Yb in batches:
            grad = batch_grad(w, Xb, Yb)
            total = total + grad * np.shape(Xb)[1] / N
            w = w - 0.1 * grad
        return total


@mistake(batches_give_the_full_gradient)
class all_as_large_as_the_first:
    """Took every batch to be as large as the first when counting the samples
    中文：以为各批都和第一批一样大，拿第一批的大小乘以批数当作总样本数"""
    def epoch_mean_gradient(w, batches):
        w = np.asarray(w, dtype=float)
        N = len(batches) * np.shape(batches[0][0])[1]
        return sum(np.shape(Xb)[1] * batch_grad(w, Xb, Yb) for Xb, Yb in batches) / N


@mistake(any_number_type)
class dtype_of_the_input:
    """Added up in np.zeros_like(w): for an integer w all fractions are cut off
    中文：累加用的数组是 np.zeros_like(w)：w 是整数时小数部分全被截掉"""
    def batch_grad(w, X, Y):
        grad, error = np.zeros_like(w), w @ X - Y
        for j in range(X.shape[0]):
            grad[0, j] = np.mean(error[0] * X[j])
        return grad


@mistake(leaves_arguments_alone)
class shuffles_in_place:
    """Shuffled the X and Y passed in with rng.shuffle: the caller's data are changed
    中文：用 rng.shuffle 直接打乱了传入的 X 和 Y：调用者的数据被改掉了"""
    def minibatches(X, Y, B, rng):
        X, Y = map(np.asarray, (X, Y))
        order = rng.permutation(X.shape[1])
        X[:], Y[:] = X[:, order], Y[:, order]
        return [(X[:, s : s + B], Y[:, s : s + B]) for s in range(0, X.shape[1], B)]


@mistake(leaves_arguments_alone)
class centres_in_place:
    """Subtracted the means from G in place: the caller's G is changed
    中文：在 G 上原地减去均值：调用者的 G 被改掉了"""
    def grad_variance(G, B):
        N = G.shape[1]
        if N == 1:
            return 0.0
        G = np.asarray(G)
        G[...] = G - G.mean(axis=1, keepdims=True)
        return float((G**2).sum() / N / B * (N - B) / (N - 1))


@accepted
class generator_with_shuffled_list:
    def minibatches(X, Y, B, rng):
        order = list(range(np.shape(X)[1]))
        rng.shuffle(order)
        while order:
            part, order = order[:B], order[B:]
            yield np.asarray(X)[:, part], np.asarray(Y)[:, part]

    def batch_grad(w, X, Y):
        w, X, Y = np.asarray(w), np.asarray(X), np.asarray(Y)
        return np.mean((w @ X - Y) * X, axis=1).reshape(1, -1)


@accepted
class random_keys:
    def minibatches(X, Y, B, rng):
        X, Y = (np.asarray(a, dtype=float) for a in (X, Y))
        order = np.argsort(rng.random(X.shape[1]))
        X, Y = X[:, order], Y[:, order]
        cuts = range(B, X.shape[1], B)
        return list(zip(np.split(X, cuts, axis=1), np.split(Y, cuts, axis=1), strict=True))


@accepted
class permuted_together:
    def minibatches(X, Y, B, rng):
        both = rng.permutation(np.vstack([X, Y]).T)
        return [[both[s : s + B, : len(X)].T, both[s : s + B, len(X) :].T]
                for s in range(0, len(both), B)]


@accepted
class sample_variance:
    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        return 0 if B == N else np.var(G, axis=1, ddof=1).sum() * (1 / B - 1 / N)


@accepted
class trace_of_a_covariance:
    def grad_variance(G, B):
        G, N = np.asarray(G, dtype=float), np.shape(G)[1]
        if N < 2:
            return np.array(0.0)
        C = np.atleast_2d(np.cov(G, bias=True))
        pair = -np.trace(C) / (N - 1)  # covariance of two different draws
        return (B * np.trace(C) + B * (B - 1) * pair) / B**2


@accepted
class loops:
    def batch_grad(w, X, Y):
        n, N = len(X), len(X[0])
        grad = [0.0] * n
        for i in range(N):
            error = sum(w[0][j] * X[j][i] for j in range(n)) - Y[0][i]
            for j in range(n):
                grad[j] += error * X[j][i] / N
        return [grad]

    def epoch_mean_gradient(w, batches):
        total, N = np.zeros((1, len(w[0]))), 0
        for Xb, Yb in batches:
            total += np.shape(Xb)[1] * np.asarray(batch_grad(w, Xb, Yb))
            N += np.shape(Xb)[1]
        return total / N


@accepted
class put_together_again:
    def epoch_mean_gradient(w, batches):
        X = np.concatenate([Xb for Xb, _ in batches], axis=1)
        Y = np.concatenate([Yb for _, Yb in batches], axis=1)
        return batch_grad(w, X, Y)


@accepted
class running_mean:
    def epoch_mean_gradient(w, batches):
        mean, seen = 0.0, 0
        for Xb, Yb in batches:
            seen += np.size(Yb)
            mean = mean + np.size(Yb) / seen * (np.asarray(batch_grad(w, Xb, Yb)) - mean)
        return mean


@proof
def smaller_batches_must_weigh_less():
    G = np.array([[1.0, 2.0, 6.0]])
    assert grad_variance(G, 3) == 0 < G.var() / 3  # sigma^2 / B forgets that nothing is left over

    w, X, Y = np.array([[1.0]]), np.array([[1.0, 2.0, 3.0]]), np.zeros((1, 3))
    batches = [(X[:, :2], Y[:, :2]), (X[:, 2:], Y[:, 2:])]
    plain = sum(batch_grad(w, Xb, Yb) for Xb, Yb in batches) / 2
    assert np.allclose(epoch_mean_gradient(w, batches), batch_grad(w, X, Y))
    assert not np.allclose(plain, batch_grad(w, X, Y))
