"""With p = softmax(z), dp_i/dz_j = p_i (1[i = j] - p_j), so J = diag(p) - p p^T: every p_i depends
on every z_j, and the rows add up to 0 because a constant added to all logits changes nothing.
Through L = -mean sum_k y_k log p_k the J cancels and dL/dZ2 = (Yhat - Y) / m; the rest is
matrix products: dW2 = dZ2 A1^T, db2 = row sums, dZ1 = (W2^T dZ2) * LeakyReLU'(Z1), dW1 = dZ1 X^T.

The derivation that this exercise comes from writes L = -log(y_k), with y the label. A one-hot label
has y_k = 1, so that loss is 0 for every prediction and has no gradient. It is the prediction that
goes into the logarithm. The other common beliefs: dp/dz = p (1 - p), as for the sigmoid, which is
only the diagonal of J; and forgetting the 1/m of the mean.

中文：
设 p = softmax(z)，则 dp_i/dz_j = p_i (1[i = j] - p_j)，即 J = diag(p) - p p^T：每个 p_i 与每个
z_j 都有关；所有 logit 加同一个常数结果不变，所以每行之和为 0。代入 L = -mean sum_k y_k log p_k，
J 被约掉，dL/dZ2 = (Yhat - Y) / m。余下的都是矩阵乘法：dW2 = dZ2 A1^T，db2 为各行之和，dZ1 = (W2^T
dZ2) * LeakyReLU'(Z1)，dW1 = dZ1 X^T。

本题原来的推导写的是 L = -log(y_k)，其中 y 是标签。独热标签有 y_k = 1，这样的损失对任何预测都是
0，也就没有梯度。取对数的应当是预测。其他常见错误：以为 dp/dz = p (1 - p)（照搬 sigmoid），那只是
J 的对角线；忘了平均带来的 1/m。
"""

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
    same,
    same_numbers,
    unchanged,
)
from autograder.pages import accepted, check, mistake, proof


def softmax_columns(Z):
    Z = np.asarray(Z, dtype=float)
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


def softmax_jacobian(z):
    p = softmax_columns(np.reshape(z, (-1, 1)))[:, 0]
    return np.diag(p) - np.outer(p, p)


def network_forward(P, X, alpha=0.01):
    W1, b1, W2, b2 = (np.asarray(P[name], dtype=float) for name in ("W1", "b1", "W2", "b2"))
    X = np.array(X, dtype=float)
    Z1 = W1 @ X + b1
    A1 = np.where(Z1 > 0, Z1, alpha * Z1)
    Z2 = W2 @ A1 + b2
    return softmax_columns(Z2), {"X": X, "Z1": Z1, "A1": A1, "Z2": Z2, "alpha": alpha}


def cross_entropy(Z2, Y):
    Z2, Y = np.asarray(Z2, dtype=float), np.asarray(Y, dtype=float)
    shifted = Z2 - Z2.max(axis=0, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    return float(-np.sum(Y * log_p) / Z2.shape[1])


def network_backward(P, cache, Y):
    Y, W2 = np.asarray(Y, dtype=float), np.asarray(P["W2"], dtype=float)
    dZ2 = (softmax_columns(cache["Z2"]) - Y) / Y.shape[1]
    dZ1 = (W2.T @ dZ2) * np.where(cache["Z1"] > 0, 1.0, cache["alpha"])
    return {
        "W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
        "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True),
    }


def parameters(seed, n_in, n_hidden, n_out):
    """A network whose biases are not zero."""
    rng = np.random.default_rng(seed)
    shapes = {"W1": (n_hidden, n_in), "b1": (n_hidden, 1),
              "W2": (n_out, n_hidden), "b2": (n_out, 1)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def copied(P):
    return {name: P[name].copy() for name in P}


def samples(seed, n_in, n_out, m, soft):
    """m samples of both signs with one-hot or soft labels."""
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n_in, m)), rng.random((n_out, m)) ** 2
    if not soft:
        Y = np.eye(n_out)[:, rng.integers(n_out, size=m)]
    return X, Y / Y.sum(axis=0)


def problem(seed, sizes, soft):
    """P, X, Y of these sizes: inputs, hidden units, classes, samples."""
    n_in, n_hidden, n_out, m = sizes
    return parameters(seed, n_in, n_hidden, n_out), *samples(seed, n_in, n_out, m, soft)


def oracle_softmax(z):
    """Softmax of one vector of ordinary size by its definition, number by number."""
    powers = [np.exp(float(number)) for number in z]
    return np.array([power / sum(powers) for power in powers])


def leaky(z, alpha):
    """LeakyReLU of an array without a 0."""
    return z * (z > 0) + alpha * z * (z < 0)


def oracle_logits(P, X, alpha):
    """The logits, one hidden unit after the other."""
    Z2 = np.repeat(P["b2"], X.shape[1], axis=1)
    for unit in range(P["W1"].shape[0]):
        z = P["W1"][unit] @ X + P["b1"][unit, 0]
        Z2 = Z2 + np.outer(P["W2"][:, unit], leaky(z, alpha))
    return Z2


def slopes(losses, Z, h=1e-5):
    """Centred differences of losses(Z), one number per column of Z, for each entry of Z.

    A column moves its own loss alone, so a row moves in all columns at once.
    """
    found = np.zeros(Z.shape)
    for row in range(Z.shape[0]):
        step = np.zeros(Z.shape)
        step[row] = h
        found[row] = (losses(Z + step) - losses(Z - step)) / (2 * h)
    return found


def oracle_grads(P, X, Y, alpha=0.01):
    """Centred differences of the mean loss for Z1 and Z2; from these those for W and b by sums.

    W only multiplies the layer's input and b is only added, so no difference is needed for them.
    """
    def losses(Z2):
        return np.sum(Y * (np.logaddexp.reduce(Z2, axis=0) - Z2), axis=0) / Y.shape[1]

    def logits(Z1):
        return P["W2"] @ leaky(Z1, alpha) + P["b2"]

    Z1 = P["W1"] @ X + P["b1"]
    dZ1, dZ2 = slopes(lambda Z: losses(logits(Z)), Z1), slopes(losses, logits(Z1))
    return {
        "W1": dZ1 @ X.T, "b1": dZ1.sum(axis=1, keepdims=True),
        "W2": dZ2 @ leaky(Z1, alpha).T, "b2": dZ2.sum(axis=1, keepdims=True),
    }


def direction(grads):
    """All gradients as one vector of length 1."""
    parts = [floats(grads[name]).ravel() for name in ("W1", "b1", "W2", "b2")]
    return np.concatenate(parts) / np.linalg.norm(np.concatenate(parts))


# seeds, sizes as of `problem`, soft labels or not; the gradients take the first two
CASES = ((1, (4, 5, 3, 7), False), (2, (4, 4, 4, 4), True), (3, (2, 3, 5, 6), True))


@check(points=0.25)
def every_column_is_a_distribution(softmax_columns):
    """softmax_columns is off: a column is a sample and is normalised by itself (easy to mix up when
    K = m).
    中文：softmax_columns 的值不对：一列是一个样本，每一列各自归一化（K = m 时特别容易弄混方
    向）。"""
    rng = np.random.default_rng(4)
    cases = [(2 * rng.normal(size=shape) - 0.5,) for shape in ((3, 5), (4, 4), (5, 2), (1, 3))]
    wanted = [np.stack([oracle_softmax(z) for z in Z.T], axis=1) for (Z,) in cases]
    for found, want in zip(each(softmax_columns, cases), wanted, strict=True):
        assert close(found, want)


@check(points=0.25)
def probabilities_at_large_logits(softmax_columns):
    """softmax_columns is not exact for logits of size 1000. If it is right for ordinary logits
    (another check asks), exp overflowed, or a whole column underflowed; subtract from each column
    its own maximum first.
    中文：logit 大小为 1000 时 softmax_columns 的结果不准。如果 logit 不大时是对的（另有检查），就是
    exp 溢出了，或整列下溢成了 0；先从每一列减去这一列的最大值。"""
    Z = np.array([[1000.0, -1000.0, 0.0], [0.0, -1001.0, -1000.0], [-1000.0, -1000.0, 1000.0]])
    p = np.exp(-1) / (2 + np.exp(-1))
    want = np.array([[1, (1 - p) / 2, 0], [0, p, 0], [0, (1 - p) / 2, 1]])
    assert close(softmax_columns(Z), want)


@check(points=0.5)
def exact_at_large_logits(cross_entropy):
    """The cross-entropy is not exact for logits of size 1000. If it is right for ordinary logits
    (another check asks), exp overflowed, or the logarithm is of a probability that is 0 or was
    clipped; compute it from the logits.
    中文：logit 大小为 1000 时交叉熵不准。如果 logit 不大时是对的（另有检查），就是 exp 溢出了，或者
    对等于 0、被截断的概率取了对数；应直接由 logit 计算。"""
    Z = np.array([[1000.0, -1000.0, 0.0], [0.0, -1001.0, -1000.0], [-1000.0, -1000.0, 1000.0]])
    Y = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    assert alike(cross_entropy(Z, Y), (4000 + 1 + np.log(2 + np.exp(-1))) / 3)


@check(points=0.75)
def jacobian_matches_differences(softmax_jacobian):
    """The Jacobian differs from a numerical one: one z_j moves every p_i, so entries off the
    diagonal are not 0, and their sign is opposite to the diagonal. At |z| = 1000 it is 0.
    中文：雅可比与数值微分不一致：改变一个 z_j，所有的 p_i 都会变，非对角元不是 0，而且符号与对角元
    相反。|z| = 1000 时雅可比是 0。"""
    points = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.2, -0.7, 1.1, -2.0])
    large = np.array([1000.0, 0.0, -1000.0]), np.array([-1000.0, -2000.0, 1000.0])
    found = each(softmax_jacobian, [(z.copy(),) for z in (*points, *large)])
    for z in points:
        steps = 1e-5 * np.eye(z.size)
        want = [(oracle_softmax(z + step) - oracle_softmax(z - step)) / 2e-5 for step in steps]
        assert relative_distance(next(found), np.transpose(want)) < 1e-6
    for J in found:
        assert close(J, np.zeros((3, 3)))


@check(points=0.25)
def forward_pass(network_forward):
    """The forward pass is off: check both biases, LeakyReLU and its slope alpha; cache['Z2'] is
    what goes into the softmax, which is exact for logits of size 1000 too.
    中文：前向传播不对：检查两层的偏置、LeakyReLU 及其斜率 alpha；cache['Z2'] 应是 softmax 之前的
    值；logit 大小为 1000 时也要算得准。"""
    networks = [problem(*case)[:2] for case in CASES]
    wanted = [oracle_logits(*network, alpha)
              for network, alpha in zip(networks, (0.01, 0.3, 0.0), strict=True)]
    P = {"W1": np.eye(3), "b1": np.zeros((3, 1)), "W2": np.eye(3), "b2": np.zeros((3, 1))}
    X = np.array([[1000.0, 1.0], [3.0, 2.0], [-2.0, 900.0]])
    *answers, large = each(
        network_forward, [networks[0], (*networks[1], 0.3), (*networks[2], 0.0), (P, X)])
    for (Yhat, cache), Z2 in zip(answers, wanted, strict=True):
        assert close(cache["Z2"], Z2)
        assert close(Yhat, np.stack([oracle_softmax(z) for z in Z2.T], axis=1))
    assert close(large[0], [[1, 0], [0, 0], [0, 1]])


@check(points=0.5)
def loss_of_the_prediction(cross_entropy):
    """The cross-entropy is off: the logarithm is of the predicted probability, not of the label;
    weigh the classes (labels may be soft) and take the mean over the samples.
    中文：交叉熵的值不对：取对数的是预测的概率，不是标签；对类别加权求和（标签可以是软的），对样本求
    平均。"""
    rng, cases, wanted = np.random.default_rng(5), [], []
    for seed, sizes, soft in CASES:
        _, _, Y = problem(seed, sizes, soft)
        Z2 = 2 * rng.normal(size=Y.shape)
        if not soft:
            Z2 += 9 * Y  # a good prediction has a small loss
        logs = [np.log(oracle_softmax(z)) for z in Z2.T]
        cases.append((Z2, Y))
        wanted.append(-sum(y @ log for y, log in zip(Y.T, logs, strict=True)) / len(logs))
    for loss, want in zip(each(cross_entropy, cases), wanted, strict=True):
        assert alike(loss, want)


@check(points=0.5)
def output_layer_gradient(network_forward, network_backward):
    """The gradient of W2 or b2 differs from a numerical one: check dL/dZ2 (sign, the 1/m of the
    mean, soft labels), then A1 and the sum over samples.
    中文：W2 或 b2 的梯度与数值梯度不一致：检查损失对 Z2 的导数（符号、平均带来的 1/m、软标签），以
    及 A1 和求和。"""
    for case in CASES[:2]:
        P, X, Y = problem(*case)
        want = oracle_grads(P, X, Y)
        grads = network_backward(P, network_forward(copied(P), X)[1], Y)
        for name in ("W2", "b2"):
            assert relative_distance(fitted(grads[name], want[name].shape), want[name]) < 1e-6


@check(points=0.5)
def hidden_layer_gradient(network_forward, network_backward):
    """The gradient of W1 or b1 differs from a numerical one: the error goes back through the
    transpose of W2 and, entry by entry, the slope of LeakyReLU, which is not 0 for negatives.
    中文：W1 或 b1 的梯度与数值梯度不一致：误差要乘 W2 的转置传回，再逐元素乘 LeakyReLU 的导数（负半
    轴不是 0）。"""
    for case in CASES[:2]:
        P, X, Y = problem(*case)
        want = oracle_grads(P, X, Y)
        grads = network_backward(P, network_forward(copied(P), X)[1], Y)
        for name in ("W1", "b1"):
            assert relative_distance(fitted(grads[name], want[name].shape), want[name]) < 1e-6


@check(points=0.25)
def alpha_travels_in_the_cache(network_forward, network_backward):
    """The gradient is not in the right direction after another alpha and a second batch in between:
    what the backward pass needs belongs into cache, neither hard-coded nor in a global variable.
    (If the gradient is off without these too, begin with that.)
    中文：换一个 alpha，中间又算了另一批数据，梯度的方向就不对：反向传播需要的一切都应放进 cache，不
    要写死，也不要用全局变量。（如果没有这些时梯度也不对，先改那里。）"""
    P, (X, Y) = parameters(6, 3, 4, 2), samples(6, 3, 2, 5, soft=False)
    want = oracle_grads(P, X, Y, alpha=0.3)
    _, cache = network_forward(copied(P), X.copy(), alpha=0.3)
    network_forward(parameters(7, 3, 4, 2), -X, alpha=0.1)
    grads = network_backward(P, cache, Y)
    grads = {name: fitted(grads[name], want[name].shape) for name in want}
    assert relative_distance(direction(grads), direction(want)) < 1e-6


@check(points=0.125)
def any_number_type(
    softmax_columns, softmax_jacobian, network_forward, cross_entropy, network_backward
):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    Z, labels = [[2, -1, 0], [1, 3, -2]], [[1, 0, 0], [0, 1, 1]]
    assert all_same_for_any_type([
        (softmax_columns, Z), (softmax_jacobian, Z[0]), (cross_entropy, Z, labels)], lists=True)
    X = [[1, -1, 0, 2, 1], [0, 1, -1, 1, -1], [1, 0, -1, -1, 2]]
    Y = [[1, 0, 0, 1, 0], [0, 1, 1, 0, 1]]
    P = {"W1": [[2, -4, 0], [-2, 2, 4], [0, 2, -2], [4, 0, 2]], "b1": [[1], [-1], [3], [-3]],
         "W2": [[1, 0, -1, 1], [-1, 2, 0, 1]], "b2": [[1], [-1]]}
    cases = [retyped((X, Y, P), kind) for kind in (np.float64, np.float32, np.int64, list)]
    forward = [*each(network_forward, [(P, X) for X, _, P in cases])]
    backward = each(network_backward, [
        (P, cache, Y) for (_, Y, P), (_, cache) in zip(cases, forward, strict=True)])
    assert same_numbers(
        [Yhat, cache["Z2"], [grads[name] for name in P]]
        for (Yhat, cache), grads in zip(forward, backward, strict=True))


@check(points=0.125)
def leaves_arguments_alone(
    softmax_columns, softmax_jacobian, network_forward, cross_entropy, network_backward
):
    """An argument is not what it was before the call, or the same cache gives another result the
    second time, or an error is raised, or nothing is returned: no -=, *= or assignment on arrays
    passed in or kept in cache.
    中文：调用之后参数与原来不同，或同一个 cache 第二次用时结果不同，或者报错，或者没有返回值：不要
    对传入的数组或 cache 里的数组用 -=、*= 或赋值。"""
    P, (X, Y) = parameters(8, 3, 5, 4), samples(8, 3, 4, 6, soft=True)
    Z = 2 * np.random.default_rng(9).normal(size=(4, 6))
    assert all_left_alone([
        (softmax_columns, Z), (softmax_jacobian, Z[:, 0].copy()), (cross_entropy, Z.copy(), Y)])
    with unchanged(P, X):
        _, cache = network_forward(P, X)
    found = []
    for _ in range(2):
        assert leaves_alone(lambda P, Y: found.append(network_backward(P, cache, Y)) or found, P, Y)
        found[-1] = {name: floats(grad) for name, grad in found[-1].items()}
    assert same(*found)


@mistake(loss_of_the_prediction)
class labels_inside_the_log:
    """Took the logarithm of the label, L = -log(y_k), which is 0 for every prediction
    中文：对标签取了对数：L = -log(y_k)，标签是独热向量时对任何预测都是 0"""
    def cross_entropy(Z2, Y):
        return float(-np.mean(np.sum(Y * np.log(np.maximum(Y, 1e-300)), axis=0)))


@mistake(loss_of_the_prediction, belief="labels_inside_the_log")
class labels_inside_the_log_and_1e_8:
    def cross_entropy(Z2, Y):
        return float(-np.mean(np.sum(Y * np.log(Y + 1e-8), axis=0)))


@mistake(loss_of_the_prediction, belief="labels_inside_the_log")
class labels_inside_the_log_and_1e_12:
    def cross_entropy(Z2, Y):
        return float(-np.mean(np.sum(Y * np.log(Y + 1e-12), axis=0)))


@mistake(loss_of_the_prediction, belief="labels_inside_the_log")
class labels_inside_the_log_and_1e_15:
    def cross_entropy(Z2, Y):
        return float(-np.mean(np.sum(Y * np.log(Y + 1e-15), axis=0)))


@mistake(loss_of_the_prediction)
class loss_summed:
    """Added the losses of the samples up instead of taking their mean
    中文：损失对样本求了和，没有取平均"""
    def cross_entropy(Z2, Y):
        return float(np.sum(Y * (np.logaddexp.reduce(Z2, axis=0) - Z2)))


@mistake(loss_of_the_prediction)
class mean_over_classes_too:
    """Took the mean over the whole array: divided by K m instead of m
    中文：对整个数组取平均：除以了 K m，而不是 m"""
    def cross_entropy(Z2, Y):
        return float(np.mean(Y * (np.logaddexp.reduce(Z2, axis=0) - Z2)))


@mistake(loss_of_the_prediction)
class hard_labels:
    """Turned the labels into class numbers with argmax: the rest of a soft label is lost
    中文：用 argmax 把标签变回类别号：软标签的其余部分被丢掉"""
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        m = Z2.shape[1]
        losses = np.logaddexp.reduce(Z2, axis=0) - Z2[np.argmax(Y, axis=0), np.arange(m)]
        return float(np.mean(losses))


@mistake(loss_of_the_prediction)
class binary_cross_entropy:
    """Treated the classes as K yes-or-no questions: added (1 - y) log(1 - p)
    中文：当成 K 个独立的二分类：多加了 (1 - y) log(1 - p)"""
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        p = np.exp(Z2 - np.logaddexp.reduce(Z2, axis=0))
        return float(-np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p)) / Z2.shape[1])


@mistake(exact_at_large_logits)
class naive_logarithm:
    """Took the logarithm of the finished probabilities: one that underflows to 0 gives log 0
    中文：先算出概率再取对数：概率下溢成 0 时就是 log 0"""
    def cross_entropy(Z2, Y):
        return float(-np.sum(Y * np.log(softmax_columns(Z2))) / np.shape(Z2)[1])


@mistake(loss_of_the_prediction)
class rounded:
    """Rounded the loss to a few digits, as one does when printing it
    中文：把损失四舍五入到小数点后几位，像打印时那样"""
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return round(float(np.sum(Y * (np.logaddexp.reduce(Z2, axis=0) - Z2)) / Z2.shape[1]), 4)


@mistake(loss_of_the_prediction, belief="rounded")
class rounded_to_three_digits:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return round(float(np.sum(Y * (np.logaddexp.reduce(Z2, axis=0) - Z2)) / Z2.shape[1]), 3)


@mistake(loss_of_the_prediction, belief="rounded")
class rounded_to_five_digits:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return round(float(np.sum(Y * (np.logaddexp.reduce(Z2, axis=0) - Z2)) / Z2.shape[1]), 5)


@mistake(loss_of_the_prediction, belief="rounded")
class rounded_to_six_digits:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return round(float(np.sum(Y * (np.logaddexp.reduce(Z2, axis=0) - Z2)) / Z2.shape[1]), 6)


@mistake(exact_at_large_logits)
class clipped_log:
    """Added a small number to the probabilities before the logarithm, or clipped them: large losses
    stop growing
    中文：先算概率，加一个小常数（或截断）再取对数：损失大到一定程度就不再增大"""
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return float(-np.sum(Y * np.log(softmax_columns(Z2) + 1e-12)) / Z2.shape[1])


@mistake(exact_at_large_logits, belief="clipped_log")
class added_1e_8_in_the_log:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return float(-np.sum(Y * np.log(softmax_columns(Z2) + 1e-8)) / Z2.shape[1])


@mistake(exact_at_large_logits, belief="clipped_log")
class added_1e_15_in_the_log:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return float(-np.sum(Y * np.log(softmax_columns(Z2) + 1e-15)) / Z2.shape[1])


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_at_1e_8:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return float(-np.sum(Y * np.log(np.clip(softmax_columns(Z2), 1e-8, 1))) / Z2.shape[1])


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_at_1e_12:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return float(-np.sum(Y * np.log(np.clip(softmax_columns(Z2), 1e-12, 1))) / Z2.shape[1])


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_at_1e_15:
    def cross_entropy(Z2, Y):
        Z2, Y = (np.asarray(a, dtype=float) for a in (Z2, Y))
        return float(-np.sum(Y * np.log(np.clip(softmax_columns(Z2), 1e-15, 1))) / Z2.shape[1])


@mistake(probabilities_at_large_logits)
class unshifted_softmax:
    """Did not subtract the maximum: exp(1000) overflows to nan
    中文：没有减去最大值：exp(1000) 溢出，得到 nan"""
    def softmax_columns(Z):
        return np.exp(Z) / np.sum(np.exp(Z), axis=0, keepdims=True)


@mistake(probabilities_at_large_logits)
class shifted_by_the_global_maximum:
    """Subtracted the maximum of the whole array: other columns underflow to 0/0
    中文：减去的是整个数组的最大值：别的列全部下溢成 0/0"""
    def softmax_columns(Z):
        E = np.exp(Z - np.max(Z))
        return E / np.sum(E, axis=0, keepdims=True)


@mistake(every_column_is_a_distribution)
class softmax_of_the_rows:
    """Normalised along the rows, although columns are the samples
    中文：沿行归一化了：列才是样本"""
    def softmax_columns(Z):
        E = np.exp(Z - np.max(Z, axis=1, keepdims=True))
        return E / np.sum(E, axis=1, keepdims=True)


@mistake(jacobian_matches_differences)
class jacobian_is_diagonal:
    """Carried over p (1 - p) from the sigmoid: only the diagonal, as if z_j moved p_j alone
    中文：照搬 sigmoid 的导数 p (1 - p)：只有对角线，忘了一个 z 会影响所有概率"""
    def softmax_jacobian(z):
        p = softmax_columns(np.reshape(z, (-1, 1)))[:, 0]
        return np.diag(p * (1 - p))


@mistake(jacobian_matches_differences)
class jacobian_negated:
    """Flipped the sign of the Jacobian
    中文：雅可比的符号反了"""
    def softmax_jacobian(z):
        p = softmax_columns(np.reshape(z, (-1, 1)))[:, 0]
        return np.outer(p, p) - np.diag(p)


@mistake(jacobian_matches_differences)
class inner_product:
    """Wrote an inner product where an outer one is meant: p @ p is a single number
    中文：把外积写成了内积：p @ p 只是一个数"""
    def softmax_jacobian(z):
        p = softmax_columns(np.reshape(z, (-1, 1)))[:, 0]
        return np.diag(p) - p @ p


@mistake(forward_pass)
class plain_relu:
    """Used a plain ReLU in the hidden layer: alpha does nothing
    中文：隐藏层用了普通的 ReLU：alpha 没有起作用"""
    def network_forward(P, X, alpha=0.01):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        X = np.asarray(X, dtype=float)
        Z1 = P["W1"] @ X + P["b1"]
        A1 = np.maximum(Z1, 0)
        Z2 = P["W2"] @ A1 + P["b2"]
        return softmax_columns(Z2), {"X": X, "Z1": Z1, "A1": A1, "Z2": Z2, "alpha": 0.0}


@mistake(forward_pass)
class probabilities_as_logits:
    """Kept the probabilities in cache['Z2'] instead of what goes into the softmax
    中文：cache['Z2'] 存的是 softmax 之后的概率"""
    def network_forward(P, X, alpha=0.01):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        X = np.asarray(X, dtype=float)
        Z1 = P["W1"] @ X + P["b1"]
        A1 = np.where(Z1 > 0, Z1, alpha * Z1)
        Yhat = softmax_columns(P["W2"] @ A1 + P["b2"])
        return Yhat, {"X": X, "Z1": Z1, "A1": A1, "Z2": Yhat, "alpha": alpha}


@mistake(output_layer_gradient)
class without_one_over_m:
    """Forgot the 1/m of the mean
    中文：忘了平均带来的 1/m"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = softmax_columns(cache["Z2"]) - Y
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(output_layer_gradient)
class sign_flipped:
    """Flipped the sign: dL/dZ2 written as (Y - Yhat) / m
    中文：符号反了：dL/dZ2 写成了 (Y - Yhat) / m"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (Y - softmax_columns(cache["Z2"])) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(output_layer_gradient)
class extra_softmax_slope:
    """Multiplied by p (1 - p) once more: softmax and cross-entropy together cancel it
    中文：又乘了一遍 p (1 - p)：交叉熵与 softmax 合在一起时它已经约掉了"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        p = softmax_columns(cache["Z2"])
        dZ2 = (p - Y) * p * (1 - p) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(output_layer_gradient)
class gradient_for_hard_labels:
    """Subtracted 1 where the label is largest: wrong for soft labels
    中文：只在标签为 1 的位置减 1：软标签时梯度不对"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2, m = softmax_columns(cache["Z2"]), Y.shape[1]
        dZ2[np.argmax(Y, axis=0), np.arange(m)] -= 1
        dZ2 /= m
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(output_layer_gradient)
class before_the_activation:
    """Used Z1, before the activation, in dW2 instead of A1
    中文：dW2 用了激活之前的 Z1，而不是 A1"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["Z1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(output_layer_gradient)
class biases_averaged:
    """Averaged the gradients of the biases once more: divided by m twice
    中文：偏置的梯度又取了一次平均：1/m 被除了两遍"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.mean(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.mean(axis=1, keepdims=True)}


@mistake(output_layer_gradient)
class divided_by_m_twice:
    """Divided by m in dL/dZ2 and in every gradient once more
    中文：dL/dZ2 里除了一次 m，每个梯度又除了一次"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        m = Y.shape[1]
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / m
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T / m, "b1": dZ1.mean(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T / m, "b2": dZ2.mean(axis=1, keepdims=True)}


@mistake(hidden_layer_gradient)
class activation_skipped:
    """Forgot the slope of LeakyReLU on the way back
    中文：忘了乘 LeakyReLU 的导数"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(hidden_layer_gradient)
class relu_slope:
    """Used the slope of ReLU on the way back: 0 instead of alpha for negatives
    中文：反向时用了 ReLU 的导数：负半轴的斜率写成了 0"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * (cache["Z1"] > 0)
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(hidden_layer_gradient)
class one_over_m_in_both_layers:
    """Divided by m in every layer: the hidden layer gets it twice
    中文：每一层都除以 m：隐藏层的梯度多除了一次"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        m = Y.shape[1]
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / m
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T / m, "b1": dZ1.sum(axis=1, keepdims=True) / m,
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(alpha_travels_in_the_cache)
class alpha_hard_coded:
    """Hard-coded 0.01 for alpha in the backward pass
    中文：反向传播里把 alpha 写死为 0.01"""
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, 0.01)
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(alpha_travels_in_the_cache)
class alpha_in_a_global:
    """Kept alpha in a global variable, which the next forward pass overwrites
    中文：把 alpha 存进全局变量：再做一次前向传播，它就变了"""
    def network_forward(P, X, alpha=0.01):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        X = np.asarray(X, dtype=float)
        global slope
        slope = alpha
        Z1 = P["W1"] @ X + P["b1"]
        A1 = np.where(Z1 > 0, Z1, alpha * Z1)
        Z2 = P["W2"] @ A1 + P["b2"]
        return softmax_columns(Z2), {"X": X, "Z1": Z1, "A1": A1, "Z2": Z2}

    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, slope)
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@mistake(any_number_type)
class dtype_of_the_input:
    """Built the result with np.zeros_like(Z): for an integer Z all probabilities are cut to 0
    中文：用 np.zeros_like(Z) 建结果数组：Z 是整数时概率全被截成 0"""
    def softmax_columns(Z):
        p = np.zeros_like(Z)
        for i in range(Z.shape[1]):
            E = np.exp(Z[:, i] - Z[:, i].max())
            p[:, i] = E / E.sum()
        return p


@mistake(leaves_arguments_alone)
class shifts_in_place:
    """Subtracted the maximum from Z in place and so changed the caller's logits
    中文：直接在 Z 上减最大值：调用者的 logit 被改掉了"""
    def softmax_columns(Z):
        Z -= np.max(Z, axis=0, keepdims=True)
        return np.exp(Z) / np.sum(np.exp(Z), axis=0, keepdims=True)


@mistake(leaves_arguments_alone)
class spoils_the_cache:
    """Did -= Y on the Yhat kept in cache: the second backward pass gives another result
    中文：在 cache 里的 Yhat 上直接做 -= Y：第二次反向传播得到另一个结果"""
    def network_forward(P, X, alpha=0.01):
        P = {name: np.asarray(P[name]) for name in P}
        X = np.asarray(X)
        Z1 = P["W1"] @ X + P["b1"]
        A1 = np.where(Z1 > 0, Z1, alpha * Z1)
        Z2 = P["W2"] @ A1 + P["b2"]
        Yhat = softmax_columns(Z2)
        return Yhat, {"X": X, "Z1": Z1, "A1": A1, "Z2": Z2, "Yhat": Yhat, "alpha": alpha}

    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name]) for name in P}
        Y = np.asarray(Y)
        dZ2 = cache["Yhat"]
        dZ2 -= Y
        dZ2 /= Y.shape[1]
        dZ1 = P["W2"].T @ dZ2 * np.where(cache["Z1"] > 0, 1, cache["alpha"])
        return {"W1": dZ1 @ cache["X"].T, "b1": dZ1.sum(axis=1, keepdims=True),
                "W2": dZ2 @ cache["A1"].T, "b2": dZ2.sum(axis=1, keepdims=True)}


@accepted
class through_the_jacobian:
    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        m, grads = Y.shape[1], {name: np.zeros(np.shape(P[name])) for name in P}
        for i in range(m):
            z = cache["Z2"][:, i]
            p = softmax_columns(z[:, None])[:, 0]
            dz2 = softmax_jacobian(z).T @ (-Y[:, i] / p) / m
            dz1 = P["W2"].T @ dz2
            dz1[cache["Z1"][:, i] < 0] *= cache["alpha"]
            grads["W2"] += np.outer(dz2, cache["A1"][:, i])
            grads["b2"] += dz2[:, None]
            grads["W1"] += np.outer(dz1, cache["X"][:, i])
            grads["b1"] += dz1[:, None]
        return grads


@accepted
class guarded:
    def softmax_columns(Z):
        E = np.exp(np.asarray(Z, dtype=float) - np.max(Z, axis=0))
        return E / (E.sum(axis=0) + 1e-8)


@accepted
class jacobian_entry_by_entry:
    def softmax_jacobian(z):
        p = np.exp(np.asarray(z, dtype=float) - np.max(z))
        p = p / p.sum()
        return [[pi * ((i == j) - pj) for j, pj in enumerate(p)] for i, pi in enumerate(p)]


@accepted
class log_sum_exp:
    def cross_entropy(Z2, Y):
        Y = np.asarray(Y, dtype=float)
        return np.mean(np.logaddexp.reduce(np.asarray(Z2, dtype=float)) - np.sum(Y * Z2, axis=0))

    def softmax_columns(Z):
        return np.exp(Z - np.logaddexp.reduce(np.asarray(Z, dtype=float), axis=0))


@accepted
class one_sample_at_a_time:
    def softmax_columns(Z):
        columns = []
        for z in np.transpose(Z):
            powers = np.exp(z - max(z))
            columns.append(powers / sum(powers))
        return np.array(columns).T

    def cross_entropy(Z2, Y):
        losses = []
        for z, y in zip(np.transpose(Z2), np.transpose(Y), strict=True):
            top = max(z)
            log_sum = top + np.log(sum(np.exp(z - top)))
            losses.append(sum(y[k] * (log_sum - z[k]) for k in range(len(z))))
        return sum(losses) / len(losses)


@accepted
class slopes_in_the_cache:
    def network_forward(P, X, alpha=0.01):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        X = np.asarray(X, dtype=float)
        Z1 = P["W1"] @ X + P["b1"]
        slopes = np.ones(Z1.shape)
        slopes[Z1 < 0] = alpha
        cache = {"inputs": X, "slopes": slopes, "Z2": P["W2"] @ (slopes * Z1) + P["b2"]}
        cache["hidden"], cache["Yhat"] = slopes * Z1, softmax_columns(cache["Z2"])
        return cache["Yhat"], cache

    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        m = Y.shape[1]
        error = cache["Yhat"] - Y
        hidden = (P["W2"].T @ error) * cache["slopes"]
        return {"b2": error.mean(axis=1)[:, None], "W2": error @ cache["hidden"].T / m,
                "b1": hidden.mean(axis=1)[:, None], "W1": hidden @ cache["inputs"].T / m}


@accepted
class biases_as_a_column:
    def network_forward(P, X, alpha=0.01):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        X = np.asarray(X, dtype=float)
        X1 = np.vstack([X, np.ones((1, X.shape[1]))])
        Z1 = np.hstack([P["W1"], P["b1"]]) @ X1
        A1 = np.vstack([np.maximum(Z1, alpha * Z1), np.ones((1, X.shape[1]))])
        Z2 = np.hstack([P["W2"], P["b2"]]) @ A1
        return softmax_columns(Z2), {"X1": X1, "A1": A1, "Z2": Z2, "alpha": alpha}

    def network_backward(P, cache, Y):
        P = {name: np.asarray(P[name], dtype=float) for name in P}
        Y = np.asarray(Y, dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / len(Y[0])
        d2 = np.einsum("km,am->ka", dZ2, cache["A1"])
        dZ1 = np.einsum("ka,km->am", P["W2"], dZ2)
        dZ1 = np.where(cache["A1"][:-1] > 0, dZ1, cache["alpha"] * dZ1)
        d1 = np.einsum("am,xm->ax", dZ1, cache["X1"])
        return {"W1": d1[:, :-1], "b1": d1[:, -1:], "W2": d2[:, :-1], "b2": d2[:, -1:]}


@accepted
class forward_again_and_lists:
    def network_forward(P, X, alpha=0.01):
        W1, b1, W2, b2 = P["W1"], P["b1"], P["W2"], P["b2"]
        Z1 = np.dot(W1, X) + b1
        Z2 = np.dot(W2, np.where(Z1 > 0, Z1, Z1 * alpha)) + b2
        return softmax_columns(Z2).tolist(), {"Z2": Z2, "X": X, "options": (alpha,)}

    def network_backward(P, cache, Y):
        (alpha,), X = cache["options"], cache["X"]
        Z1 = np.dot(P["W1"], X) + P["b1"]
        slope = (Z1 > 0) + alpha * (Z1 <= 0)
        dZ2 = (softmax_columns(cache["Z2"]) - Y) / np.shape(Y)[1]
        dZ1 = np.dot(np.transpose(P["W2"]), dZ2) * slope
        ones = np.ones((np.shape(X)[1], 1))
        grads = {"W1": np.dot(dZ1, np.transpose(X)), "b1": np.dot(dZ1, ones),
                 "W2": np.dot(dZ2, (slope * Z1).T), "b2": np.dot(dZ2, ones)}
        return {name: grad.tolist() for name, grad in grads.items()}


@proof
def the_log_of_the_label_is_blind():
    Y, good, bad = np.array([[1.0], [0.0]]), np.array([[9.0], [0.0]]), np.array([[0.0], [9.0]])
    assert -np.log(Y[0, 0]) == 0  # whatever was predicted: the label is all this loss ever sees
    assert cross_entropy(good, Y) < 0.001 < 9 < cross_entropy(bad, Y)
