"""Multi-task learning helps when the tasks have something in common and each has little data of its
own: the tasks then settle together what none could settle alone. In a setting with 6 related tasks
of 8 samples and 10 features the mean squared error drops from about .4 to about .02. Unrelated
tasks that are pooled lose instead: one weight vector has to serve contradicting targets. That is
negative transfer. lam1 is the dial between pooling (lam1 large) and independence (lam0 large).

The common wrong belief is that more tasks mean more data and can only help. The second one is about
the loss: a missing label is treated as a negative, or its zero still counts in the mean, so that a
task with few labels hardly learns. A third: the shared weights are fitted first and the deviations
to the residuals, which is not the minimum of the joint objective.

中文：
任务之间确有共同之处，而每个任务自己的数据又很少，这时多任务学习最有用：单个任务定不下来的东西，
大家合起来就定得下来。6 个相关的任务、各 8 个样本、10 个特征时，均方误差大约从 .4 降到 .02。
不相关的任务硬合在一起则会变差：同一组权重要迎合互相矛盾的目标，这就是负迁移。lam1 是旋钮：lam1
很大就是合并，lam0 很大就是各学各的。

最常见的错误想法是“任务多等于数据多，只会更好”。第二个错误出在损失上：把缺失的标签当成负类，
或者虽然置零却仍计入平均，于是标签少的任务几乎学不动。第三个：先拟合共享权重，
再用残差拟合各任务的偏离，这得到的并不是联合目标的最小值。
"""

from copy import deepcopy

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    each,
    fitted,
    relative_distance,
)
from autograder.pages import accepted, check, mistake, proof


def masked_bce(Z, Y):
    Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
    seen = ~np.isnan(Y)
    count, z, y = seen.sum(), Z[seen], Y[seen]
    dZ = np.zeros(Z.shape)
    if count == 0:
        return 0.0, dZ
    dZ[seen] = (np.exp(-np.logaddexp(0, -z)) - y) / count
    return float(np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)) / count), dZ


def mtl_fit(Xs, ys, lam0, lam1):
    tasks, d = len(Xs), np.shape(Xs[0])[1]
    A = np.zeros((d * (tasks + 1), d * (tasks + 1)))
    c = np.zeros(d * (tasks + 1))
    shared = slice(0, d)
    A[shared, shared] = lam0 * np.eye(d)
    for t, (X, y) in enumerate(zip(Xs, ys, strict=True)):
        X, y, own = np.asarray(X, float), np.asarray(y, float), slice(d * (t + 1), d * (t + 2))
        A[shared, shared] += X.T @ X
        A[own, own] = X.T @ X + lam1 * np.eye(d)
        A[shared, own] = A[own, shared] = X.T @ X
        c[own] = X.T @ y
        c[shared] += X.T @ y
    w = np.linalg.solve(A, c)
    return w[:d], w[d:].reshape(tasks, d)


def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
    w0, V = (np.asarray(part) for part in mtl_fit(Xs, ys, lam0, lam1))
    gains = []
    for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V, strict=True):
        X, X_val = np.asarray(X, dtype=float), np.asarray(X_val, dtype=float)
        alone = np.linalg.solve(X.T @ X + lam1 * np.eye(X.shape[1]), X.T @ np.asarray(y))
        errors = [np.mean((X_val @ w - np.asarray(y_val)) ** 2) for w in (alone, w0 + v)]
        gains.append(errors[0] - errors[1])
    return np.array(gains)


def logits(seed, T, m, share):
    """Logits, and labels of which about `share` are there; unequal counts per task."""
    rng = np.random.default_rng(seed)
    Z, Y = rng.normal(size=(T, m)) + 0.3, (rng.random((T, m)) < 0.5).astype(float)
    Y[rng.random((T, m)) >= share * np.linspace(0.5, 1.5, T)[:, None]] = np.nan
    Y[0, :2] = 0, np.nan
    Y[-1, :2] = 1, 0
    return Z, Y


def tasks_of(seed, sizes, d, spread=0.5):
    """One regression task per size, all near a common weight vector; also the true weights."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=d) + spread * rng.normal(size=(len(sizes), d))
    Xs = [rng.normal(size=(m, d)) for m in sizes]
    return Xs, [X @ w + 0.2 * rng.normal(size=len(X)) for X, w in zip(Xs, W, strict=True)], W


def oracle_losses(Z, Y):
    """The loss of each entry by its definition, nan without a label; for |z| of ordinary size."""
    p = 1 / (1 + np.exp(-Z))
    return np.where(np.isnan(Y), np.nan, -np.log(np.where(Y == 1, p, 1 - p)))


def oracle_gradient(Z, Y, h=1e-5):
    """Centred differences of the mean; an entry of Z moves no loss but its own."""
    return (oracle_losses(Z + h, Y) - oracle_losses(Z - h, Y)) / (2 * h * np.sum(~np.isnan(Y)))


def oracle_mtl(Xs, ys, lam0, lam1):
    """Each v_t eliminated by hand: w0 is then a weighted ridge fit, v_t a ridge fit of the rest."""
    d = Xs[0].shape[1]
    A, c = lam0 * np.eye(d), np.zeros(d)
    for X, y in zip(Xs, ys, strict=True):
        weight = lam1 * np.linalg.inv(X @ X.T + lam1 * np.eye(len(y)))
        A += X.T @ weight @ X
        c += X.T @ weight @ y
    w0 = np.linalg.solve(A, c)
    return w0, np.array([ridge(X, y - X @ w0, lam1) for X, y in zip(Xs, ys, strict=True)])


def ridge(X, y, lam):
    """Ridge regression in its dual form."""
    return X.T @ np.linalg.solve(X @ X.T + lam * np.eye(len(y)), y)


def with_validation(seed, sizes, sizes_val, d, spread):
    """Tasks as `tasks_of` makes them, the last ones of each task kept for validation."""
    both = [m + n for m, n in zip(sizes, sizes_val, strict=True)]
    Xs, ys, _ = tasks_of(seed, both, d, spread)
    return ([X[:m] for X, m in zip(Xs, sizes, strict=True)],
            [y[:m] for y, m in zip(ys, sizes, strict=True)],
            [X[m:] for X, m in zip(Xs, sizes, strict=True)],
            [y[m:] for y, m in zip(ys, sizes, strict=True)])


def possible_errors(mtl_fit, Xs, ys, Xs_val, ys_val, lam0, lam1):
    """Yield the validation errors (alone, shared) of all tasks for the optimal fit (w0, V), and
    then, if it has the right shapes, for that of the student's mtl_fit: a slip in it is another
    check's business."""
    def errors(w):
        pairs = zip(Xs_val, ys_val, w, strict=True)
        return np.array([np.mean((X @ w_t - y) ** 2) for X, y, w_t in pairs])

    alone = errors([ridge(X, y, lam1) for X, y in zip(Xs, ys, strict=True)])
    w0, V = oracle_mtl(Xs, ys, lam0, lam1)
    yield alone, errors(w0 + V)
    try:
        own_w0, own_V = mtl_fit(deepcopy(Xs), deepcopy(ys), lam0, lam1)
        w0, V = fitted(own_w0, w0.shape), fitted(own_V, V.shape)
    except Exception:
        return  # then the optimal fit alone decides
    yield alone, errors(w0 + V)


@check(points=0.375)
def mean_over_labelled(masked_bce):
    """The loss is off: one mean over the labelled entries of all tasks, so divide by their number;
    not by T * m and not task by task; and do not round.
    中文：损失的值不对：对所有任务中有标签的元素一起取平均，除以有标签的个数，而不是 T * m，也不是逐
    任务平均；不要四舍五入。"""
    cases = [logits(1, 3, 8, 0.6), logits(2, 5, 5, 0.5), logits(3, 2, 9, 0.3), logits(4, 4, 6, 2.1)]
    wanted = [np.nanmean(oracle_losses(Z, Y)) for Z, Y in cases]
    for (loss, _), want in zip(each(masked_bce, cases), wanted, strict=True):
        assert alike(loss, want)


@check(points=0.375)
def gradient_of_the_mean(masked_bce):
    """dZ differs from a numerical gradient: check its sign, and that it is divided by the number of
    labelled entries.
    中文：dZ 与数值梯度不一致：检查符号，以及是否除以有标签的个数。"""
    cases = [logits(5, 3, 7, 0.6), logits(6, 4, 4, 0.5), logits(7, 2, 6, 2.1)]
    wanted = [oracle_gradient(Z, Y) for Z, Y in cases]
    for (_, dZ), want in zip(each(masked_bce, cases), wanted, strict=True):
        seen = ~np.isnan(want)
        assert relative_distance(fitted(dZ, want.shape)[seen], want[seen]) < 1e-6


@check(points=0.5)
def unlabelled_have_no_say(masked_bce):
    """Entries without a label still count: their gradient must be exactly 0, not nan, and their
    logits must not move the loss. Not labelled does not mean negative.
    中文：没有标签的元素仍有影响：那里的梯度必须恰好是 0（不是 nan），改动那里的 logit 不得改变损
    失。没有标签不等于负类。"""
    cases = [logits(8, 3, 7, 0.5), logits(9, 4, 4, 0.5)]
    for _, Y in cases:
        Y[1] = np.nan  # a task without any label
    moved = [(np.where(np.isnan(Y), 5 - 3 * Z, Z), Y.copy()) for Z, Y in cases]
    answers = [*each(masked_bce, [*deepcopy(cases), *moved])]
    for (_, Y), (loss, dZ), (other, _) in zip(cases, answers[:2], answers[2:], strict=True):
        loss, dZ, hidden = fitted(loss, ()), fitted(dZ, Y.shape), np.isnan(Y)
        assert np.all(dZ[hidden] == 0)
        assert np.all(dZ[~hidden] != 0)
        assert np.isfinite(loss)
        assert alike(other, loss)


@check(points=0.125)
def nothing_labelled(masked_bce):
    """With nothing labelled the loss is 0 and dZ all zeros: 0/0 gives nan, so treat this case.
    中文：一个标签也没有时，应返回损失 0 和全 0 的 dZ：0/0 会得到 nan，要单独处理。"""
    Z = np.array([[0.5, -2.0, 1.0], [3.0, -1.0, 0.25]])
    loss, dZ = masked_bce(Z, np.full((2, 3), np.nan))
    assert alike(loss, 0)
    assert alike(dZ, np.zeros((2, 3)))


@check(points=0.25)
def exact_at_large_logits(masked_bce):
    """At |z| = 1000 the loss or the gradient is not the right finite number. If they are right for
    ordinary logits (other checks ask), the usual cause is the log of a sigmoid, which is infinite
    or was clipped: compute the loss from z itself.
    中文：|z| = 1000 时损失或梯度不是正确的有限值。如果 z 不大时是对的（另有检查），通常是因为先取
    sigmoid 再取 log，得到无穷大或者被截断：损失应直接由 z 计算。"""
    Z = np.array([[1000.0, -1000.0, 1000.0, 0.0, -1000.0]])
    Y = np.array([[0.0, 1.0, 1.0, 1.0, 0.0]])
    loss, dZ = masked_bce(Z, Y)
    assert alike(loss, (2000 + np.log(2)) / 5)
    assert alike(dZ, [[0.2, -0.2, 0, -0.1, 0]])


@check(points=0.75)
def minimises_jointly(mtl_fit):
    """(w0, V) does not minimise the objective: solve for w0 and all v_t together, with sums of
    squares, not means, and tasks of different sizes.
    中文：(w0, V) 不是目标函数的最小值：w0 与所有 v_t 要一起求；残差是求和，不取平均，各任务的样本数
    可以不同。"""
    cases = [(*tasks_of(seed, sizes, d)[:2], lam0, lam1) for seed, sizes, d, lam0, lam1 in (
        (10, (5, 2, 7, 4), 3, 0.5, 2.0), (11, (4, 4, 4, 4), 4, 1.5, 0.7), (12, (6, 3), 5, 3.0, 1.0),
        (13, (6,), 2, 2.0, 0.8),
    )]
    wanted = [oracle_mtl(*case) for case in cases]
    for (w0, V), (want_w0, want_V) in zip(each(mtl_fit, cases), wanted, strict=True):
        assert alike(w0, want_w0, rtol=1e-6, atol=1e-6)
        assert alike(V, want_V, rtol=1e-6, atol=1e-6)


@check(points=0.125)
def large_lam1_pools(mtl_fit):
    """For a large lam1 V must go to 0 and w0 become the ridge fit of all tasks pooled: V holds the
    deviations v_t, and lam1 is what punishes them.
    中文：lam1 很大时，V 应当趋于 0，w0 应当成为所有任务合在一起的岭回归：V 存的是偏离 v_t，lam1 惩
    罚的是它。"""
    Xs, ys, _ = tasks_of(14, (5, 3, 6), 4)
    want = ridge(np.vstack(Xs), np.concatenate(ys), 0.5)
    w0, V = mtl_fit(Xs, ys, 0.5, 1e5)
    assert alike(V, np.zeros((3, 4)), atol=0.01)
    assert alike(w0, want, atol=0.01)


@check(points=0.25)
def large_lam0_separates(mtl_fit):
    """For a large lam0 w0 must go to 0 and each task be fitted to its own data: unrelated tasks
    must not be forced together.
    中文：lam0 很大时，w0 应当趋于 0，每个任务只靠自己的数据：不相关的任务不能被硬拉到一起。"""
    Xs, ys, _ = tasks_of(15, (5, 3, 6), 4, spread=2)
    want = [ridge(X, y, 0.5) for X, y in zip(Xs, ys, strict=True)]
    w0, V = mtl_fit(Xs, ys, 1e5, 0.5)
    assert alike(w0, np.zeros(4), atol=0.01)
    assert alike(V, want, atol=0.01)


@check(points=0.5)
def gain_of_each_task(mtl_fit, transfer_gain):
    """The gains do not fit to your own mtl_fit (nor to the optimal one): subtract the mean squared
    errors on each task's own validation samples; alone is ridge regression with lam1, shared is w0
    + v_t.
    中文：增益与你自己的 mtl_fit（以及最优解）都对不上：在每个任务自己的验证样本上求均方误差再相减；
    单独学习是用 lam1 的岭回归，共享用的是 w0 + v_t。"""
    def right(gain, alone, shared):
        return np.all(np.abs(gain - (alone - shared)) <= 1e-6 * np.maximum(alone, shared))

    cases = [(*with_validation(20, (5, 2, 7), (3, 6, 1), 3, 0.3), 0.5, 2.0),
             (*with_validation(21, (4, 4), (4, 4), 4, 1.5), 1.5, 0.7),
             (*with_validation(22, (6,), (5,), 2, 0.5), 2.0, 0.8)]
    for case, gain in zip(cases, each(transfer_gain, deepcopy(cases)), strict=True):
        gain = fitted(gain, (len(case[0]),))
        assert any(right(gain, *errors) for errors in possible_errors(mtl_fit, *case))


@check(points=0.5)
def transfer_can_be_negative(mtl_fit, transfer_gain):
    """The sign of a gain is wrong: each task has a gain of its own, positive where sharing lowers
    the error on its validation samples, negative where it raises it. No mean over the tasks, no
    absolute value, nothing cut off at 0, and training samples do not judge.
    中文：增益的正负不对：每个任务有自己的增益，共享使它在验证样本上的误差变小则为正，变大则为负。不
    要对任务取平均，不要取绝对值，不要在 0 处截断，也不要用训练样本来衡量。"""
    def right(gain, alone, shared):
        clear = np.abs(alone - shared) > 0.05 * alone
        return np.all(np.sign(gain)[clear] == np.sign(alone - shared)[clear])

    cases = [(*with_validation(seed, (3, 4, 6, 3), (9, 9, 9, 9), 4, spread), 0.1, 0.5)
             for seed, spread in ((30, 0.1), (31, 2.0), (32, 1.0))]
    for case, gain in zip(cases, each(transfer_gain, deepcopy(cases)), strict=True):
        gain = fitted(gain, (4,))
        assert any(right(gain, *errors) for errors in possible_errors(mtl_fit, *case))


@check(points=0.125)
def any_number_type(masked_bce, mtl_fit, transfer_gain):
    """For float32 or integer arrays a function raises an error, returns nan, or answers otherwise
    than for the same numbers as float64: make results float64 instead of copying the dtype of an
    input.
    中文：输入换成 float32 或整数数组时，有函数报错、得到 nan，或者结果与输入同样的 float64 数时不
    同：结果数组要用 float64，不要照抄输入的 dtype。"""
    Z, Y = np.array([[1, -2, 0], [3, 0, -1]]), np.array([[1, 1, 0], [0, 1, 0]])
    A, B, a, b = [[1, -2], [0, 3], [2, 1]], [[-1, 1], [2, 2]], [1, -1, 2], [3, -2]
    assert all_same_for_any_type([
        (masked_bce, Z, Y), (mtl_fit, (A, B), (a, b), 0.5, 1.75),
        (transfer_gain, (A, B), (a, b), (B, A), (b, a), 0.5, 1.75),
    ])


@check(points=0.125)
def leaves_arguments_alone(masked_bce, mtl_fit, transfer_gain):
    """An argument was changed by the call, or a function raised an error or returned nothing: do
    not write into the nan places of Y and use no -= or += on what is passed in; copy first.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要往 Y 的 nan 处写数，也不要对传入的
    数组用 -=、+=，先复制。"""
    case = with_validation(17, (4, 3), (2, 5), 2, 0.5)
    assert all_left_alone([
        (masked_bce, *logits(16, 3, 5, 0.5)), (mtl_fit, *case[:2], 1.0, 2.0),
        (transfer_gain, *case, 1.0, 2.0),
    ])


@mistake(unlabelled_have_no_say)
class missing_means_negative:
    """Treated not labelled as negative: filled the nan with 0
    中文：把没有标签当成负类：用 0 填了 nan"""
    def masked_bce(Z, Y):
        Y = np.nan_to_num(Y)
        loss = np.mean(Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z))
        return float(loss), (0.5 * (1 + np.tanh(Z / 2)) - Y) / Y.size


@mistake(mean_over_labelled)
class divided_by_all_entries:
    """Masked the unlabelled entries but still divided by T * m: sparse labels get diluted
    中文：遮住了没有标签的元素，平均时却仍除以 T * m：标签少的数据损失被稀释"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        y = np.where(seen, Y, 0)
        loss = seen * (y * np.logaddexp(0, -Z) + (1 - y) * np.logaddexp(0, Z))
        return float(loss.mean()), seen * (0.5 * (1 + np.tanh(Z / 2)) - y) / Y.size


@mistake(mean_over_labelled)
class mean_of_task_means:
    """Averaged task by task and then over the tasks: labels of sparse tasks weigh more
    中文：先逐任务求平均，再对任务求平均：标签少的任务里每个标签的分量变大了"""
    def masked_bce(Z, Y):
        losses, dZ = [], np.zeros(Z.shape)
        for t in range(len(Z)):
            seen = ~np.isnan(Y[t])
            if seen.any():
                z, y = Z[t, seen], Y[t, seen]
                losses.append(np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)))
                dZ[t, seen] = (0.5 * (1 + np.tanh(z / 2)) - y) / seen.sum()
        return (float(np.mean(losses)), dZ / len(losses)) if losses else (0.0, dZ)


@mistake(mean_over_labelled)
class summed_loss:
    """Added the losses up instead of averaging them
    中文：把损失写成了求和，没有取平均"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        y = np.where(seen, Y, 0)
        loss = seen * (y * np.logaddexp(0, -Z) + (1 - y) * np.logaddexp(0, Z))
        return float(loss.sum()), seen * (0.5 * (1 + np.tanh(Z / 2)) - y)


@mistake(mean_over_labelled)
class complete_samples_only:
    """Dropped a sample altogether when a single task lacked its label
    中文：只要某个样本缺一个任务的标签，就把整个样本丢掉"""
    def masked_bce(Z, Y):
        whole, dZ = ~np.isnan(Y).any(axis=0), np.zeros(Z.shape)
        if not whole.any():
            return 0.0, dZ
        z, y = Z[:, whole], Y[:, whole]
        dZ[:, whole] = (0.5 * (1 + np.tanh(z / 2)) - y) / y.size
        return float(np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), dZ


@mistake(gradient_of_the_mean)
class gradient_not_averaged:
    """Averaged the loss but forgot to divide the gradient by the number of labels
    中文：损失取了平均，梯度却忘了除以有标签的个数"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        dZ = np.where(seen, 0.5 * (1 + np.tanh(Z / 2)) - np.where(seen, Y, 0), 0)
        if not seen.any():
            return 0.0, dZ
        z, y = Z[seen], Y[seen]
        return float(np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), dZ


@mistake(gradient_of_the_mean)
class gradient_flipped:
    """Flipped the sign of the gradient: y - sigmoid(z)
    中文：梯度的符号反了：写成了 y - sigmoid(z)"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        if not seen.any():
            return 0.0, np.zeros(Z.shape)
        z, y = Z[seen], Y[seen]
        dZ = np.zeros(Z.shape)
        dZ[seen] = (y - 0.5 * (1 + np.tanh(z / 2))) / len(y)
        return float(np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), dZ


@mistake(unlabelled_have_no_say)
class nan_in_the_gradient:
    """Used nanmean for the loss and left the nan in the gradient
    中文：损失用了 nanmean，梯度里的 nan 却留了下来"""
    def masked_bce(Z, Y):
        count = np.sum(~np.isnan(Y))
        if count == 0:
            return 0.0, np.zeros(Z.shape)
        loss = np.nanmean(Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z))
        return float(loss), (0.5 * (1 + np.tanh(Z / 2)) - Y) / count


@mistake(unlabelled_have_no_say)
class nan_times_zero:
    """Multiplied by a mask of zeros to drop the nan: nan times 0 is nan
    中文：用乘以 0/1 掩码的办法去掉 nan：nan 乘以 0 还是 nan"""
    def masked_bce(Z, Y):
        seen = (~np.isnan(Y)).astype(float)
        if seen.sum() == 0:
            return 0.0, np.zeros(Z.shape)
        loss = seen * (Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z))
        return np.sum(loss) / seen.sum(), seen * (0.5 * (1 + np.tanh(Z / 2)) - Y) / seen.sum()


@mistake(nothing_labelled)
class zero_over_zero:
    """Did not treat the case without labels: 0/0 is nan
    中文：没有处理一个标签也没有的情形：0/0 得到 nan"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        y = np.where(seen, Y, 0)
        loss = np.where(seen, y * np.logaddexp(0, -Z) + (1 - y) * np.logaddexp(0, Z), 0)
        dZ = np.where(seen, 0.5 * (1 + np.tanh(Z / 2)) - y, 0)
        return loss.sum() / seen.sum(), dZ / seen.sum()


@mistake(exact_at_large_logits)
class clipped_log:
    """Clipped the sigmoid by 1e-12 before the logarithm: large losses saturate
    中文：给 sigmoid 加上 1e-12 再取对数：|z| 一大，损失就被截断"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        n, y = max(seen.sum(), 1), np.where(seen, Y, 0)
        p = 0.5 * (1 + np.tanh(np.asarray(Z, dtype=float) / 2))
        loss = -y * np.log(p + 1e-12) - (1 - y) * np.log(1 - p + 1e-12)
        return float(loss[seen].sum() / n), np.where(seen, p - y, 0) / n


@mistake(transfer_can_be_negative)
class judged_on_training_samples:
    """Measured the gain on the training samples, which both fits have already seen
    中文：在训练样本上衡量增益：而这些样本两种拟合都已经见过"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            errors = [np.mean((X @ w - y) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.array(gains)


@mistake(transfer_can_be_negative)
class clipped_at_zero:
    """Cut the gain off at 0: believed that more tasks cannot hurt
    中文：把增益在 0 处截断：以为多几个任务不会有坏处"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            errors = [np.mean((X_val @ w - y_val) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.maximum(gains, 0)


@mistake(transfer_can_be_negative)
class absolute_gain:
    """Took the absolute value of the gain
    中文：对增益取了绝对值"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            errors = [np.mean((X_val @ w - y_val) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.abs(gains)


@mistake(transfer_can_be_negative)
class averaged_over_tasks:
    """Averaged the gain over the tasks, which hides who loses
    中文：把各任务的增益取了平均，看不出谁吃了亏"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            errors = [np.mean((X_val @ w - y_val) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.full(len(gains), np.mean(gains))


@mistake(transfer_can_be_negative)
class gain_sign_flipped:
    """Subtracted the other way round: shared minus alone
    中文：减反了：用共享的误差减单独的误差"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            errors = [np.mean((X_val @ w - y_val) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return -np.array(gains)


@mistake(gain_of_each_task)
class alone_without_penalty:
    """Fitted each task alone without any penalty
    中文：单独学习时没有加惩罚"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.lstsq(X, y, rcond=None)[0]
            errors = [np.mean((X_val @ w - y_val) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.array(gains)


@mistake(gain_of_each_task)
class alone_with_lam0:
    """Penalised the weights learnt alone with lam0 instead of lam1
    中文：单独学习时用了 lam0 的惩罚，而不是 lam1"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam0 * np.eye(len(w0)), X.T @ y)
            errors = [np.mean((X_val @ w - y_val) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.array(gains)


@mistake(gain_of_each_task)
class sums_instead_of_means:
    """Added the squared errors up instead of averaging them
    中文：误差平方求了和，没有取平均"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            errors = [np.sum((X_val @ w - y_val) ** 2) for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.array(gains)


@mistake(gain_of_each_task)
class mean_over_all_tasks:
    """Divided by the number of validation samples of all tasks together
    中文：除以的是所有任务的验证样本总数"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            count = sum(map(len, ys_val))
            errors = [np.sum((X_val @ w - y_val) ** 2) / count for w in (alone, w0 + v)]
            gains.append(errors[0] - errors[1])
        return np.array(gains)


@mistake(gain_of_each_task)
class shared_part_only:
    """Judged sharing by w0 alone and left out v_t
    中文：衡量共享时只用了 w0，漏了 v_t"""
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        (w0, V), gains = mtl_fit(Xs, ys, lam0, lam1), []
        for X, y, X_val, y_val, v in zip(Xs, ys, Xs_val, ys_val, V):
            alone = np.linalg.solve(X.T @ X + lam1 * np.eye(len(w0)), X.T @ y)
            errors = [np.mean((X_val @ w - y_val) ** 2) for w in (alone, w0)]
            gains.append(errors[0] - errors[1])
        return np.array(gains)


@mistake(mean_over_labelled)
class rounded_loss:
    """Rounded the loss to 4 digits
    中文：把损失四舍五入到 4 位小数"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        n, y = max(seen.sum(), 1), np.where(seen, Y, 0)
        loss = seen * (y * np.logaddexp(0, -Z) + (1 - y) * np.logaddexp(0, Z))
        return round(float(loss.sum() / n), 4), seen * (0.5 * (1 + np.tanh(Z / 2)) - y) / n


@mistake(exact_at_large_logits)
class naive_logarithm:
    """Took the logarithm of the sigmoid with no care: at |z| = 1000 it is log 0, and 0 log 0 is nan
    中文：直接对 sigmoid 取对数：|z| = 1000 时是 log 0，而 0 log 0 是 nan"""
    def masked_bce(Z, Y):
        seen, dZ = ~np.isnan(Y), np.zeros(np.shape(Z))
        if not seen.any():
            return 0.0, dZ
        p, y = 1 / (1 + np.exp(-Z[seen])), Y[seen]
        dZ[seen] = (p - y) / len(y)
        return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))), dZ


@mistake(any_number_type)
class dtype_of_the_logits:
    """Built dZ with np.zeros_like(Z): for an integer Z every gradient is cut off to 0
    中文：dZ 用 np.zeros_like(Z) 建：Z 是整数时梯度全被截成 0"""
    def masked_bce(Z, Y):
        dZ, seen = np.zeros_like(Z), ~np.isnan(Y)
        if not seen.any():
            return 0.0, dZ
        z, y = Z[seen], Y[seen]
        dZ[seen] = (0.5 * (1 + np.tanh(z / 2)) - y) / len(y)
        return float(np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), dZ


@mistake(leaves_arguments_alone)
class overwrites_labels:
    """Wrote 0 into the nan of Y: the caller's labels change, and next time missing means negative
    中文：直接往 Y 的 nan 处写 0：调用者的标签被改掉，下次缺失的就成了负类"""
    def masked_bce(Z, Y):
        seen = ~np.isnan(Y)
        Y[~seen] = 0
        n = max(seen.sum(), 1)
        loss = seen * (Y * np.logaddexp(0, -Z) + (1 - Y) * np.logaddexp(0, Z))
        return float(loss.sum() / n), seen * (0.5 * (1 + np.tanh(Z / 2)) - Y) / n


@mistake(large_lam0_separates)
class pooled_only:
    """Took multi-task learning to be pooling: one weight vector for all tasks, V all zeros
    中文：以为多任务就是把数据合在一起：所有任务共用一组权重，V 全是 0"""
    def mtl_fit(Xs, ys, lam0, lam1):
        X, y = np.vstack(Xs), np.concatenate(ys)
        w0 = np.linalg.solve(X.T @ X + lam0 * np.eye(X.shape[1]), X.T @ y)
        return w0, np.zeros((len(Xs), X.shape[1]))


@mistake(minimises_jointly)
class two_steps:
    """Went in two steps, w0 on the pooled data and then v_t on the residuals: not the joint minimum
    中文：分两步走：先合在一起求 w0，再用残差求 v_t，不是联合最小值"""
    def mtl_fit(Xs, ys, lam0, lam1):
        X, y = np.vstack(Xs), np.concatenate(ys)
        eye = np.eye(X.shape[1])
        w0 = np.linalg.solve(X.T @ X + lam0 * eye, X.T @ y)
        V = [np.linalg.solve(X.T @ X + lam1 * eye, X.T @ (y - X @ w0))
             for X, y in zip(Xs, ys)]
        return w0, np.array(V)


@mistake(large_lam1_pools)
class average_of_separate_fits:
    """Fitted each task alone and took the average as the shared part: no lam1 ever pools the data
    中文：各学各的，再取平均当作共享权重：lam1 再大也不会合并数据"""
    def mtl_fit(Xs, ys, lam0, lam1):
        eye = np.eye(Xs[0].shape[1])
        W = np.array([np.linalg.solve(X.T @ X + lam1 * eye, X.T @ y) for X, y in zip(Xs, ys)])
        return W.mean(axis=0), W - W.mean(axis=0)


@mistake(large_lam1_pools)
class full_weights_in_V:
    """Stored the full weights w0 + v_t in V instead of the deviations
    中文：V 里存的是完整的权重 w0 + v_t，而不是偏离 v_t"""
    def mtl_fit(Xs, ys, lam0, lam1):
        d, T = Xs[0].shape[1], len(Xs)
        A, c = np.diag(np.repeat([lam0] + T * [lam1], d)).astype(float), np.zeros((T + 1) * d)
        for t, (X, y) in enumerate(zip(Xs, ys)):
            row = np.hstack([X] + [X if s == t else 0 * X for s in range(T)])
            A, c = A + row.T @ row, c + row.T @ y
        u = np.linalg.solve(A, c).reshape(T + 1, d)
        return u[0], u[0] + u[1:]


@mistake(large_lam1_pools)
class penalties_swapped:
    """Mixed up lam0 and lam1
    中文：把 lam0 和 lam1 用反了"""
    def mtl_fit(Xs, ys, lam0, lam1):
        d, T = Xs[0].shape[1], len(Xs)
        A, c = np.diag(np.repeat([lam1] + T * [lam0], d)).astype(float), np.zeros((T + 1) * d)
        for t, (X, y) in enumerate(zip(Xs, ys)):
            row = np.hstack([X] + [X if s == t else 0 * X for s in range(T)])
            A, c = A + row.T @ row, c + row.T @ y
        u = np.linalg.solve(A, c).reshape(T + 1, d)
        return u[0], u[1:]


@mistake(minimises_jointly)
class cross_terms_missing:
    """Lost the cross terms: fitted w0 and v_t to y each as if the other were not there
    中文：丢了交叉项：w0 和 v_t 各自直接去拟合 y，好像对方不存在"""
    def mtl_fit(Xs, ys, lam0, lam1):
        X, y = np.vstack(Xs), np.concatenate(ys)
        eye = np.eye(X.shape[1])
        w0 = np.linalg.solve(X.T @ X + lam0 * eye, X.T @ y)
        return w0, np.array([np.linalg.solve(X.T @ X + lam1 * eye, X.T @ y)
                             for X, y in zip(Xs, ys)])


@mistake(minimises_jointly)
class mean_per_task:
    """Took the mean of the squares in each task: tasks with many samples weigh too little
    中文：每个任务的残差取了平均：样本多的任务被压低了分量"""
    def mtl_fit(Xs, ys, lam0, lam1):
        d, T = Xs[0].shape[1], len(Xs)
        A, c = np.diag(np.repeat([lam0] + T * [lam1], d)).astype(float), np.zeros((T + 1) * d)
        for t, (X, y) in enumerate(zip(Xs, ys)):
            row = np.hstack([X] + [X if s == t else 0 * X for s in range(T)]) / np.sqrt(len(y))
            A, c = A + row.T @ row, c + row.T @ (y / np.sqrt(len(y)))
        u = np.linalg.solve(A, c).reshape(T + 1, d)
        return u[0], u[1:]


@mistake(minimises_jointly)
class alternation_stopped_early:
    """Alternated between w0 and V for three rounds only and stopped before convergence
    中文：交替求解只做了三轮，还没有收敛就停了"""
    def mtl_fit(Xs, ys, lam0, lam1):
        eye = np.eye(Xs[0].shape[1])
        V = np.zeros((len(Xs), len(eye)))
        for _ in range(3):
            A, c = lam0 * eye, np.zeros(len(eye))
            for X, y, v in zip(Xs, ys, V):
                A, c = A + X.T @ X, c + X.T @ (y - X @ v)
            w0 = np.linalg.solve(A, c)
            V = np.array([np.linalg.solve(X.T @ X + lam1 * eye, X.T @ (y - X @ w0))
                          for X, y in zip(Xs, ys)])
        return w0, V


@mistake(minimises_jointly)
class tasks_of_equal_size:
    """Assumed tasks of equal size and stacked them into one array
    中文：以为各任务样本数相同，用 np.stack 把它们叠成一个数组"""
    def mtl_fit(Xs, ys, lam0, lam1):
        X, y = np.stack(Xs), np.stack(ys)
        T, _, d = X.shape
        G, c = np.einsum("tmi,tmj->tij", X, X), np.einsum("tmi,tm->ti", X, y)
        A = np.diag(np.repeat([lam0] + T * [lam1], d)).astype(float)
        A[:d, :d] += G.sum(axis=0)
        for t in range(T):
            k = slice(d * (t + 1), d * (t + 2))
            A[k, k] += G[t]
            A[:d, k] = A[k, :d] = G[t]
        u = np.linalg.solve(A, np.concatenate([c.sum(axis=0), c.ravel()])).reshape(T + 1, d)
        return u[0], u[1:]


@mistake(any_number_type)
class dtype_of_the_features:
    """Gave V the dtype of X: for integers the fractions are cut off
    中文：V 的 dtype 照抄了 X：整数输入时小数部分被截掉"""
    def mtl_fit(Xs, ys, lam0, lam1):
        d = Xs[0].shape[1]
        A, c, V = lam0 * np.eye(d), np.zeros(d), np.zeros((len(Xs), d), dtype=Xs[0].dtype)
        inverses = [np.linalg.inv(X.T @ X + lam1 * np.eye(d)) for X in Xs]
        for X, y, inverse in zip(Xs, ys, inverses):
            rest = np.eye(len(y)) - X @ inverse @ X.T
            A, c = A + X.T @ rest @ X, c + X.T @ rest @ y
        w0 = np.linalg.solve(A, c)
        for t, (X, y) in enumerate(zip(Xs, ys)):
            V[t] = inverses[t] @ X.T @ (y - X @ w0)
        return w0, V


@mistake(leaves_arguments_alone)
class overwrites_targets:
    """Formed the residual with y -= X @ w0 and so overwrote the caller's targets
    中文：用 y -= X @ w0 求残差，把调用者的目标值改掉了"""
    def mtl_fit(Xs, ys, lam0, lam1):
        d = Xs[0].shape[1]
        A, c, V = lam0 * np.eye(d), np.zeros(d), []
        for X, y in zip(Xs, ys):
            rest = np.eye(len(y)) - X @ np.linalg.inv(X.T @ X + lam1 * np.eye(d)) @ X.T
            A, c = A + X.T @ rest @ X, c + X.T @ rest @ y
        w0 = np.linalg.solve(A, c)
        for X, y in zip(Xs, ys):
            if y.dtype.kind == "f":
                y -= X @ w0
            else:
                y = y - X @ w0
            V.append(np.linalg.solve(X.T @ X + lam1 * np.eye(d), X.T @ y))
        return w0, np.array(V)


@accepted
class loops_over_entries:
    def masked_bce(Z, Y):
        T, m = np.shape(Z)
        places = [(t, i) for t in range(T) for i in range(m) if Y[t][i] == Y[t][i]]
        loss, dZ = 0, [[0] * m for _ in range(T)]
        for t, i in places:
            z, y = float(Z[t][i]), float(Y[t][i])
            tail = np.exp(-abs(z))
            loss += (max(z, 0) - z * y + np.log1p(tail)) / len(places)
            dZ[t][i] = ((1 if z >= 0 else tail) / (1 + tail) - y) / len(places)
        return loss, dZ


@accepted
class where_and_tanh:
    def masked_bce(Z, Y):
        seen = np.isfinite(Y)
        n, y = max(1, int(seen.sum())), np.where(seen, Y, 0.5)
        loss = np.where(seen, np.maximum(Z, 0) - Z * y + np.log1p(np.exp(-np.abs(Z))), 0.0)
        return np.sum(loss) / n, np.where(seen, 0.5 + 0.5 * np.tanh(np.asarray(Z) / 2) - y, 0) / n


@accepted
class signs_instead_of_labels:
    def masked_bce(Z, Y):
        s = 1 - 2 * np.asarray(Y, dtype=float)
        n = np.count_nonzero(s == s)
        if not n:
            return np.float64(0), 0.0 * np.asarray(Z, dtype=float)
        with np.errstate(over="ignore"):
            slope = s / (1 + np.exp(-s * Z))
        return np.nansum(np.logaddexp(0, s * Z)) / n, np.nan_to_num(slope / n)


@accepted
class one_long_vector:
    def mtl_fit(Xs, ys, lam0, lam1):
        T, d = len(Xs), np.shape(Xs[0])[1]
        rows = [np.hstack([X] + [X if s == t else np.zeros_like(X) for s in range(T)])
                for t, X in enumerate(Xs)]
        rows.append(np.diag(np.sqrt(np.repeat([lam0] + [lam1] * T, d))))
        target = np.concatenate([*ys, np.zeros((T + 1) * d)])
        u = np.linalg.lstsq(np.vstack(rows), target, rcond=None)[0]
        return u[:d].tolist(), u[d:].reshape(T, d).tolist()


@accepted
class alternating_to_the_end:
    def mtl_fit(Xs, ys, lam0, lam1):
        eye = np.eye(Xs[0].shape[1])
        V = [np.zeros(len(eye)) for _ in Xs]
        A = lam0 * eye + sum(X.T @ X for X in Xs)
        for _ in range(1000):
            w0 = np.linalg.solve(A, sum(X.T @ (y - X @ v) for X, y, v in zip(Xs, ys, V)))
            before = V
            V = [np.linalg.solve(X.T @ X + lam1 * eye, X.T @ (y - X @ w0))
                 for X, y in zip(Xs, ys)]
            if max(np.abs(v - u).max() for v, u in zip(V, before)) < 1e-12:
                break
        return w0, V


@accepted
class rescaled_kernel:
    def mtl_fit(Xs, ys, lam0, lam1):
        X, y = np.concatenate(Xs).astype(float), np.concatenate(ys)
        task = np.repeat(np.arange(len(Xs)), [len(block) for block in Xs])
        same = task[:, None] == task[None, :]
        K = (X @ X.T) * (1 / lam0 + same / lam1)
        a = np.linalg.solve(K + np.eye(len(y)), y)
        return X.T @ a / lam0, np.array([X[task == t].T @ a[task == t] / lam1
                                         for t in range(len(Xs))])


@accepted
class deviations_first:
    def mtl_fit(Xs, ys, lam0, lam1):
        d = np.shape(Xs[0])[1]
        pulls = [np.linalg.solve(X.T @ X + lam1 * np.eye(d), np.column_stack([X.T @ y, X.T @ X]))
                 for X, y in zip(Xs, ys)]
        # lam0 * w0 equals lam1 times the sum of the deviations.
        A = lam0 * np.eye(d) + lam1 * sum(p[:, 1:] for p in pulls)
        w0 = np.linalg.solve(A, lam1 * sum(p[:, 0] for p in pulls))
        return w0, np.vstack([p[:, 0] - p[:, 1:] @ w0 for p in pulls])


@accepted
class gain_through_a_huge_lam0:
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        def errors(lam0):
            w0, V = mtl_fit(Xs, ys, lam0, lam1)
            residuals = [np.dot(X, np.add(w0, v)) - y for X, y, v in zip(Xs_val, ys_val, V)]
            return [float(r @ r) / len(r) for r in residuals]

        return [a - b for a, b in zip(errors(1e12), errors(lam0))]


@accepted
class gain_by_stacked_rows:
    def transfer_gain(Xs, ys, Xs_val, ys_val, lam0, lam1):
        w0, V = mtl_fit(Xs, ys, lam0, lam1)
        gain = np.empty(len(Xs))
        for t in range(len(Xs)):
            d = np.shape(Xs[t])[1]
            A = np.concatenate([Xs[t], np.sqrt(lam1) * np.eye(d)])
            alone = np.linalg.pinv(A) @ np.concatenate([ys[t], np.zeros(d)])
            both = np.stack([alone, np.asarray(w0) + np.asarray(V)[t]], axis=1)
            error = ((Xs_val[t] @ both - np.reshape(ys_val[t], (-1, 1))) ** 2).mean(axis=0)
            gain[t] = error[0] - error[1]
        return gain


@proof
def pooling_unrelated_tasks_hurts():
    rng = np.random.default_rng(0)
    W = rng.normal(size=(6, 10))
    for related in (False, True):
        truth = W[:1] + 0.1 * W if related else W
        Xs = [rng.normal(size=(8, 10)) for _ in truth]
        ys = [X @ w for X, w in zip(Xs, truth, strict=True)]
        pooled = np.mean((mtl_fit(Xs, ys, 0.1, 1e6)[0] - truth) ** 2)
        alone = np.mean((mtl_fit(Xs, ys, 1e6, 0.1)[1] - truth) ** 2)
        assert pooled < alone / 3 if related else pooled > 3 * alone
