"""Cure one treats the symptom: clip the gradient. All arrays get one and the same factor
min(1, max_norm / norm), so that the direction of the update stays. Cure two treats the cause: start
with a recurrent matrix whose growth rate is near 1. That rate is the spectral radius, the largest
modulus of an eigenvalue (complex ones included), because in the eigenbasis (W^T)^t multiplies each
coordinate by lambda^t and the largest modulus wins.

Common wrong beliefs: (1) the 2-norm decides. It bounds one step; a matrix of 2-norm 5 may well
decay in the long run if it is not normal. (2) Clipping each array, or each entry, is the same
thing; it turns the update. (3) Batch normalisation prevents explosion. At initialisation it does
not: through ReLU + BN the gradient grows by about 1.2 (in the limit sqrt(pi / (pi - 1))) per layer
on the way back, because each BN divides it by the standard deviation of its input, here below 1. BN
mends the scale of activations, not that of gradients.

中文：
对策一治标：裁剪梯度。所有数组乘同一个系数 min(1, max_norm / norm)，更新的方向因此不变。
对策二治本：让循环矩阵的增长倍数一开始就在 1 附近。这个倍数是谱半径，即特征值的模的最大值，
复特征值也算：在特征向量构成的基下，(W^T)^t 把每个坐标乘上 lambda^t，最后由模最大的那个说了算。

常见的错误认识：（1）由 2-范数决定。2-范数只管一步；非正规矩阵即使 2-范数为 5，长远看也可能衰减。
（2）逐个数组、逐个元素裁剪和整体裁剪是一回事；其实前两种会改变更新的方向。
（3）批归一化能防止梯度爆炸。初始化时并不能：经过 ReLU + BN，反向传播的梯度每层约放大 1.2
倍（极限值是 sqrt(pi / (pi - 1))），因为每个 BN 都要除以其输入的标准差，而它在这里小于 1。BN
管住的是激活值的尺度，不是梯度的尺度。
"""

import math

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    fitted,
    floats,
    numbers_in,
    relative_distance,
    returns_new,
    same_for_any_type,
)
from autograder.pages import accepted, check, mistake, proof


def clip_global_norm(grads, max_norm):
    grads = [np.array(g, dtype=float) for g in grads]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    scale = max_norm / norm if norm > max_norm else 1.0
    return [g * scale for g in grads], norm


def bptt_norms(W, delta, T):
    W, delta = np.asarray(W, dtype=float), np.asarray(delta, dtype=float)
    norms = [np.linalg.norm(delta)]
    for _ in range(T):
        delta = W.T @ delta
        norms.append(np.linalg.norm(delta))
    return np.array(norms)


def growth_rate(W):
    return float(np.max(np.abs(np.linalg.eigvals(np.asarray(W, dtype=float)))))


def gradients(seed, factor=1.0):
    """Gradients of four shapes, one of them 0-d, of rather different sizes."""
    rng = np.random.default_rng(seed)
    sizes = zip(((2, 3), (4,), (), (3, 1)), (0.3, 4.0, 2.0, 0.05), strict=True)
    return [np.asarray(factor * size * rng.normal(size=shape)) for shape, size in sizes]


def joined(grads):
    """All entries in one row."""
    return np.concatenate([g.reshape(-1) for g in grads])


def oracle_norm(grads):
    """Norm of all entries together, added up one by one."""
    return math.sqrt(math.fsum(x**2 for x in joined(grads).tolist()))


def oracle_norms(W, delta, T):
    """Norms of (W^T)^t delta, the products written out entry by entry."""
    rows, d, norms = W.tolist(), delta.tolist(), []
    for _ in range(T + 1):
        norms.append(math.sqrt(math.fsum(x * x for x in d)))
        n = len(d)
        d = [math.fsum(rows[i][j] * d[i] for i in range(n)) for j in range(n)]
    return norms


def with_eigenvalues(seed, reals, pairs=()):
    """A matrix, not a normal one, of these real eigenvalues and complex pairs (modulus, angle)."""
    size = len(reals) + 2 * len(pairs)
    D = np.zeros((size, size))
    D[range(len(reals)), range(len(reals))] = reals
    for k, (modulus, angle) in enumerate(pairs):
        i = len(reals) + 2 * k
        c, s = modulus * math.cos(angle), modulus * math.sin(angle)
        D[i : i + 2, i : i + 2] = [[c, -s], [s, c]]
    P = np.eye(size) + 0.3 * np.random.default_rng(seed).normal(size=(size, size))
    return P @ D @ np.linalg.inv(P)


@check(points=1)
def one_scale_for_all(clip_global_norm):
    """Clipping changed the direction, or the total length is not max_norm: one factor for all
    arrays, not one for each array or entry.
    中文：裁剪后的梯度改变了方向，或总长度不是 max_norm：所有数组要乘同一个系数，不能逐个数组或逐个
    元素裁剪。"""
    cases = [(gradients(seed), max_norm) for seed, max_norm in ((1, 1.5), (2, 0.4), (3, 3))]
    # each array, each entry is short enough
    cases.append(([np.full((2, 2), 0.6), np.full(2, 0.6)], 1.3))
    wanted = [joined(grads) * (max_norm / oracle_norm(grads)) for grads, max_norm in cases]
    for answer, want in zip(each(clip_global_norm, cases), wanted, strict=True):
        assert relative_distance(numbers_in(list(answer[0])), want) < 1e-5


@check(points=0.25)
def short_gradients_stay(clip_global_norm):
    """A gradient no longer than max_norm must keep its values, and zeros must stay zeros: the
    factor never exceeds 1, and 0/0 must not occur.
    中文：本来就不超过 max_norm 的梯度，数值不该变，全零的梯度仍应为零：系数不能超过 1，也不能算出
    0/0。"""
    limits = (1.001 * oracle_norm(gradients(4)), 1000)
    cases = [(gradients(4), max_norm) for max_norm in limits]
    cases.append(([np.zeros((2, 3)), np.zeros(4)], 1.0))
    *short, (clipped, norm) = each(clip_global_norm, cases)
    for answer in short:
        assert relative_distance(numbers_in(list(answer[0])), joined(gradients(4))) < 1e-5
    assert abs(fitted(norm, ())) < 1e-3
    assert close(numbers_in(list(clipped)), np.zeros(10))


@check(points=0.25)
def norm_before_clipping(clip_global_norm):
    """The returned norm is off: it is the global norm before clipping, the root of the sum of all
    squares.
    中文：返回的范数不对：应是裁剪之前的全局范数，即所有元素平方和的平方根。"""
    cases = [(gradients(5), 0.7), (gradients(6), 500.0), (gradients(7, 100.0), 2.0)]
    wanted = [oracle_norm(grads) for grads, _ in cases]
    for answer, want in zip(each(clip_global_norm, cases), wanted, strict=True):
        assert alike(answer[1], want, rtol=2e-5)


@check(points=0.25)
def shapes_are_kept(clip_global_norm):
    """The number or a shape of the arrays changed: each keeps its own, a 0-d array stays 0-d, in
    the same order.
    中文：裁剪后数组的个数或形状变了：每个数组保持原来的形状，0 维数组仍是 0 维，顺序不变。"""
    cases = [(grads, max_norm) for max_norm in (0.1, 1e6)
             for grads in (gradients(8), gradients(9)[::-1], [np.array(-7.0)])]
    wanted = [[g.shape for g in grads] for grads, _ in cases]
    for answer, want in zip(each(clip_global_norm, cases), wanted, strict=True):
        assert [floats(c).shape for c in answer[0]] == want


@check(points=0.5)
def steps_multiply_by_the_transpose(bptt_norms):
    """The backpropagated norms are off: each step is a matrix product with the transpose of W, then
    the norm of the whole vector.
    中文：反传的范数不对：每一步乘的是 W 的转置（矩阵乘法），再取整个向量的范数。"""
    cases = []
    for seed, reals, pairs, T in ((1, [0.9, -1.1], [(1.2, 1.0)], 12), (2, [0.5, -0.8, 1.4], [], 7)):
        W = with_eigenvalues(seed, reals, pairs)
        cases.append((W, 1e-3 * np.random.default_rng(seed).normal(size=len(W)), T))
    wanted = [oracle_norms(*case) for case in cases]
    for norms, want in zip(each(bptt_norms, cases), wanted, strict=True):
        assert alike(norms, want)


@check(points=0.25)
def one_norm_a_step(bptt_norms):
    """bptt_norms gives exactly T+1 numbers: the first is the norm of delta itself (t=0), the last
    comes after T products.
    中文：bptt_norms 应恰好给出 T+1 个数：第一个是 delta 本身的范数（t=0），最后一个是乘了 T 次之后
    的。"""
    cases = [(np.array([[0.0, 0.7], [-0.7, 0.0]]), np.array([3.0, -4.0]), T) for T in (0, 1, 4)]
    for (_, _, T), norms in zip(cases, each(bptt_norms, cases), strict=True):
        assert close(norms, [5 * 0.7**t for t in range(T + 1)])


def growth_cases():
    """Pairs of a matrix and its growth rate; some flip or rotate vectors, none is normal."""
    return [
        (np.array([[0.9, 5.0], [0.0, 0.8]]), 0.9),
        (np.array([[0.7, 0.0], [-30.0, 1.1]]), 1.1),
        (np.array([[-1.5]]), 1.5),
        (with_eigenvalues(3, [1.1, -0.4], [(1.3, 1.2)]), 1.3),
        (with_eigenvalues(4, [0.3], [(0.9, 2.0), (0.5, 0.7)]), 0.9),
        (with_eigenvalues(5, [1.0, -1.6, 0.2, 0.7]), 1.6),
        (with_eigenvalues(6, [2.5, -0.5], [(1.2, 2.5)]), 2.5),
    ]


@check(points=0.75)
def growth_in_the_long_run(growth_rate):
    """growth_rate is not the growth in the long run, not even within 2 %: the 2-norm is the worst
    case of one step; try a W that flips or rotates vectors, too.
    中文：growth_rate 不是长远的增长倍数，误差超过了 2%：2-范数只是一步之内最坏的情况；也拿会翻转、
    会旋转向量的 W 试一试。"""
    matrices, wanted = zip(*growth_cases(), strict=True)
    for rate, want in zip(each(growth_rate, [(W,) for W in matrices]), wanted, strict=True):
        assert alike(rate, want, rtol=0.02)


@check(points=0.25)
def growth_rate_is_accurate(growth_rate):
    """growth_rate is not within 1e-3 of the limit. If it is nearly right (another check asks), then
    a power and a root are not enough, since their error falls like 1/t: find out which number of W
    the limit is equal to.
    中文：growth_rate 与极限相差超过 1e-3。如果大致是对的（另一项检查），问题就在精度：先求高次幂再
    开方，误差只按 1/t 减小。想一想极限等于 W 的哪一个量，直接算它。"""
    matrices, wanted = zip(*growth_cases(), strict=True)
    for rate, want in zip(each(growth_rate, [(W,) for W in matrices]), wanted, strict=True):
        assert alike(rate, want, rtol=1e-3)


@check(points=0.25)
def returns_new_arrays(clip_global_norm):
    """An array that was passed in comes back itself, or as a view, or was written to, or an error
    was raised; return new arrays, also when nothing is clipped.
    中文：返回的是调用者自己的数组（或它的视图），或者往传入的数组里写了东西，或者报错；不需要裁剪时
    也要返回新数组。"""
    cases = [(gradients(10), max_norm) for max_norm in (0.5, 1e6)]
    assert returns_new(clip_global_norm, cases, read=lambda answer: list(answer[0]))


@check(points=0.125)
def any_number_type(clip_global_norm, bptt_norms, growth_rate):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    def read(answer):
        clipped, norm = answer
        return [list(clipped), norm]

    grads, W = ([[0, -10], [0, 3]], [4, 1]), [[1, 2], [3, -1]]
    assert same_for_any_type(clip_global_norm, grads, 2.5, lists=True, read=read)
    assert all_same_for_any_type([(bptt_norms, W, [1, 2], 4), (growth_rate, W)], lists=True)


@check(points=0.125)
def leaves_arguments_alone(clip_global_norm, bptt_norms, growth_rate):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: no *=, += or out= on what is passed in, and no changes to the list.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要对传入的数组用 *=、+= 或 out=，也不
    要改传入的列表。"""
    grads = [np.array([3.0, -4.0]), np.array([[12.0]]), np.array(7.0)]
    W, delta = np.array([[0.5, 1.0], [-1.0, 2.0]]), np.array([1.0, -3.0])
    assert all_left_alone([
        (clip_global_norm, grads, 2.0), (clip_global_norm, grads, 1e6), (bptt_norms, W, delta, 3),
        (growth_rate, W),
    ])


@mistake(one_scale_for_all)
class each_array_by_itself:
    """Clipped each array by its own norm: the layers change proportion and the update turns
    中文：逐个数组裁剪：每个数组按自己的范数缩放，各层的比例变了，更新的方向也就变了"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        clipped = [g * min(1, max_norm / max(np.linalg.norm(g), 1e-12)) for g in grads]
        return clipped, np.sqrt(sum(np.sum(g**2) for g in grads))


@mistake(one_scale_for_all, belief="each_array_by_itself")
class each_array_by_itself_with_a_guard:
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        clipped = [g * min(1, max_norm / (np.linalg.norm(g) + 1e-6)) for g in grads]
        return clipped, np.sqrt(sum(np.sum(g**2) for g in grads))


@mistake(one_scale_for_all)
class clipped_by_value:
    """Cut each entry to [-max_norm, max_norm]: that is clipping by value, which turns the gradient
    and does not bound its length
    中文：逐个元素截断到 [-max_norm, max_norm]：那是按值裁剪，会改变方向，总长度也管不住"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        return [np.clip(g, -max_norm, max_norm) for g in grads], norm


@mistake(one_scale_for_all)
class only_the_long_ones:
    """Scaled only the arrays that are longer than max_norm and returned the others as they are
    中文：只缩放范数超过 max_norm 的那些数组，其余原样返回"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        scale = min(1, max_norm / (norm + 1e-12))
        return [g * scale if np.linalg.norm(g) > max_norm else 1.0 * g for g in grads], norm


@mistake(one_scale_for_all)
class sum_of_norms:
    """Added the norms of the arrays: squares add up, norms do not
    中文：把各数组的范数直接相加当作全局范数：范数不能相加，平方和才能相加"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = sum(np.linalg.norm(g) for g in grads)
        return [g * min(1, max_norm / (norm + 1e-12)) for g in grads], norm


@mistake(one_scale_for_all)
class sum_of_squares:
    """Forgot the root: compared the sum of squares with max_norm
    中文：忘了开平方：拿平方和去和 max_norm 比"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = sum(np.sum(g**2) for g in grads)
        return [g * min(1, max_norm / (norm + 1e-12)) for g in grads], norm


@mistake(one_scale_for_all)
class largest_norm:
    """Took the largest norm among the arrays for the global norm
    中文：用最大的那个数组的范数代替全局范数"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = max(np.linalg.norm(g) for g in grads)
        return [g * min(1, max_norm / (norm + 1e-12)) for g in grads], norm


@mistake(short_gradients_stay)
class always_rescaled:
    """Scaled every gradient to max_norm: short ones get longer
    中文：不管长短一律缩放到 max_norm：短的梯度反而被放大"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        return [g * (max_norm / (norm + 1e-12)) for g in grads], norm


@mistake(returns_new_arrays)
class same_arrays_when_short:
    """Returned the caller's own arrays when nothing had to be clipped
    中文：不需要裁剪时，把调用者自己的数组原样还了回去"""
    def clip_global_norm(grads, max_norm):
        norm = np.sqrt(sum(np.sum(np.square(g)) for g in grads))
        if norm <= max_norm:
            return grads, norm
        return [np.asarray(g) * (max_norm / norm) for g in grads], norm


@mistake(short_gradients_stay)
class zero_gradient:
    """Forgot gradients that are all zero: the scale divides by zero
    中文：没有考虑全零的梯度：除以零出错"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = float(sum(np.sum(g**2) for g in grads)) ** 0.5
        scale = min(1, max_norm / norm)
        return [g * scale for g in grads], norm


@mistake(norm_before_clipping)
class scalars_left_out:
    """Left the 0-d arrays out of the global norm
    中文：算全局范数时漏掉了 0 维数组"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = np.sqrt(sum(np.sum(g**2) for g in grads if np.ndim(g) > 0))
        return [g * min(1, max_norm / (norm + 1e-12)) for g in grads], norm


@mistake(norm_before_clipping)
class norm_afterwards:
    """Returned the norm after clipping: whoever watches it never sees an explosion
    中文：返回的是裁剪之后的范数：监控训练时就看不到梯度爆炸了"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a, dtype=float) for a in grads]
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        scale = min(1, max_norm / (norm + 1e-12))
        return [g * scale for g in grads], norm * scale


@mistake(shapes_are_kept)
class left_flat:
    """Clipped one long vector and forgot to cut it back into the shapes
    中文：拼成一个长向量裁剪，却忘了拆回原来的形状"""
    def clip_global_norm(grads, max_norm):
        flat = np.concatenate([np.reshape(g, -1) for g in grads])
        norm = np.linalg.norm(flat)
        return [flat * min(1, max_norm / (norm + 1e-12))], norm


@mistake(shapes_are_kept)
class scalar_becomes_vector:
    """Let np.atleast_1d turn the 0-d array into one of shape (1,)
    中文：用 np.atleast_1d 处理 0 维数组，返回时变成了形状 (1,)"""
    def clip_global_norm(grads, max_norm):
        grads = [np.atleast_1d(g) for g in grads]
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        return [g * min(1, max_norm / (norm + 1e-12)) for g in grads], norm


@mistake(steps_multiply_by_the_transpose)
class forward_instead_of_back:
    """Multiplied by W instead of its transpose: that is the forward pass
    中文：乘了 W 而不是 W 的转置：那是前向传播"""
    def bptt_norms(W, delta, T):
        W, delta = (np.asarray(a, dtype=float) for a in (W, delta))
        norms = [np.linalg.norm(delta)]
        for _ in range(T):
            delta = W @ delta
            norms.append(np.linalg.norm(delta))
        return np.array(norms)


@mistake(steps_multiply_by_the_transpose)
class power_of_entries:
    """Took W.T ** t for a matrix power: ** works entry by entry
    中文：把 W.T ** t 当成矩阵的幂：** 是逐元素的"""
    def bptt_norms(W, delta, T):
        W, delta = (np.asarray(a, dtype=float) for a in (W, delta))
        return np.array([np.linalg.norm(delta)]
                        + [np.linalg.norm(W.T**t @ delta) for t in range(1, T + 1)])


@mistake(steps_multiply_by_the_transpose)
class bound_by_the_2_norm:
    """Took the bound for the norm: as if each step stretched by exactly the 2-norm
    中文：用上界代替真实的范数：以为每一步恰好放大 2-范数倍"""
    def bptt_norms(W, delta, T):
        return np.linalg.norm(delta) * np.linalg.norm(W, 2) ** np.arange(T + 1)


@mistake(one_norm_a_step)
class starts_at_one:
    """Left out t=0: began recording after the first product
    中文：漏掉了 t=0：从乘过一次之后才开始记录"""
    def bptt_norms(W, delta, T):
        W, delta = (np.asarray(a, dtype=float) for a in (W, delta))
        norms = []
        for _ in range(T + 1):
            delta = W.T @ delta
            norms.append(np.linalg.norm(delta))
        return np.array(norms)


@mistake(steps_multiply_by_the_transpose)
class rounded:
    """Rounded the norms to a few digits, as one does when printing them
    中文：把范数四舍五入到小数点后几位，像打印时那样"""
    def bptt_norms(W, delta, T):
        norms = [np.linalg.norm(delta)]
        for _ in range(T):
            delta = np.transpose(W) @ delta
            norms.append(np.linalg.norm(delta))
        return np.round(norms, 4)


@mistake(steps_multiply_by_the_transpose, belief="rounded")
class rounded_to_three_digits:
    def bptt_norms(W, delta, T):
        norms = [np.linalg.norm(delta)]
        for _ in range(T):
            delta = np.transpose(W) @ delta
            norms.append(np.linalg.norm(delta))
        return np.round(norms, 3)


@mistake(steps_multiply_by_the_transpose, belief="rounded")
class rounded_to_five_digits:
    def bptt_norms(W, delta, T):
        norms = [np.linalg.norm(delta)]
        for _ in range(T):
            delta = np.transpose(W) @ delta
            norms.append(np.linalg.norm(delta))
        return np.round(norms, 5)


@mistake(steps_multiply_by_the_transpose, belief="rounded")
class rounded_to_six_digits:
    def bptt_norms(W, delta, T):
        norms = [np.linalg.norm(delta)]
        for _ in range(T):
            delta = np.transpose(W) @ delta
            norms.append(np.linalg.norm(delta))
        return np.round(norms, 6)


@mistake(one_norm_a_step)
class one_norm_short:
    """Recorded only T norms: the last step is missing
    中文：只记录了 T 个范数：漏掉最后一步"""
    def bptt_norms(W, delta, T):
        W, delta = (np.asarray(a, dtype=float) for a in (W, delta))
        norms = []
        for _ in range(T):
            norms.append(np.linalg.norm(delta))
            delta = W.T @ delta
        return np.array(norms)


@mistake(growth_in_the_long_run)
class two_norm:
    """Took the 2-norm (largest singular value) for the growth rate: it is the worst of one step
    中文：以为增长倍数是 2-范数（最大奇异值）：那只是一步之内最坏的情况"""
    def growth_rate(W):
        return float(np.linalg.norm(W, 2))


@mistake(growth_in_the_long_run)
class largest_eigenvalue:
    """Took the largest eigenvalue, not the largest modulus: misses negative and complex ones
    中文：取了最大的特征值而不是最大的模：负特征值和复特征值都被漏掉"""
    def growth_rate(W):
        return float(np.max(np.real(np.linalg.eigvals(W))))


@mistake(growth_in_the_long_run)
class real_parts_only:
    """Dropped the imaginary parts before taking moduli: rotations look slower than they grow
    中文：先丢掉虚部再取绝对值：带旋转的矩阵增长被低估"""
    def growth_rate(W):
        return float(np.max(np.abs(np.real(np.linalg.eigvals(W)))))


@mistake(growth_in_the_long_run)
class as_if_symmetric:
    """Used eigvalsh, which is for symmetric matrices; W is not
    中文：用了对称矩阵专用的 eigvalsh：W 一般不对称"""
    def growth_rate(W):
        return float(np.max(np.abs(np.linalg.eigvalsh(W))))


@mistake(growth_in_the_long_run)
class first_eigenvalue:
    """Believed that eigvals come sorted and took the first
    中文：以为 eigvals 按大小排好了序，取了第一个"""
    def growth_rate(W):
        return float(np.abs(np.linalg.eigvals(W)[0]))


@mistake(growth_rate_is_accurate)
class root_of_a_power:
    """Went by the definition: a high power and then a root. Its error falls only like 1/t
    中文：按定义算：先求高次幂再开方。误差只按 1/t 减小"""
    def growth_rate(W):
        norms = bptt_norms(W, np.ones(len(W)), 500)
        return float((norms[-1] / norms[0]) ** (1 / 500))


@mistake(growth_rate_is_accurate, belief="root_of_a_power")
class root_of_the_last_norm:
    def growth_rate(W):
        norms = bptt_norms(W, np.ones(len(W)), 200)
        return float(norms[-1] ** (1 / 200))


@mistake(growth_rate_is_accurate, belief="root_of_a_power")
class root_after_a_thousand_steps:
    def growth_rate(W):
        norms = bptt_norms(W, np.ones(len(W)), 1000)
        return float(norms[-1] ** (1 / 1000))


@mistake(growth_rate_is_accurate, belief="root_of_a_power")
class root_of_a_matrix_power:
    def growth_rate(W):
        power = np.linalg.matrix_power(np.asarray(W, dtype=float), 100)
        return float(np.linalg.norm(power) ** (1 / 100))


@mistake(growth_in_the_long_run)
class last_ratio:
    """Took the ratio of the last two norms: where W rotates it swings for ever
    中文：用最后两步范数之比估计：有旋转时这个比值来回摆动，永远不收敛"""
    def growth_rate(W):
        norms = bptt_norms(W, np.ones(len(W)), 300)
        return float(norms[-1] / norms[-2])


@mistake(any_number_type)
class dtype_of_the_input:
    """Built results with np.zeros_like(g): for integer gradients all fractions are cut off
    中文：结果用 np.zeros_like(g) 建：梯度是整数时小数部分全被截掉"""
    def clip_global_norm(grads, max_norm):
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        clipped = [np.zeros_like(g) for g in grads]
        for c, g in zip(clipped, grads, strict=True):
            c[...] = g * min(1, max_norm / (norm + 1e-12))
        return clipped, norm


@mistake(any_number_type)
class integer_norms:
    """Gave the array of norms the dtype of delta: for an integer delta they are rounded down
    中文：存放范数的数组沿用了 delta 的 dtype：delta 是整数时范数被取整"""
    def bptt_norms(W, delta, T):
        norms = np.zeros(T + 1, dtype=np.asarray(delta).dtype)
        for t in range(T + 1):
            norms[t] = np.linalg.norm(delta)
            delta = W.T @ delta
        return norms


@mistake(leaves_arguments_alone)
class clips_in_place:
    """Clipped in place with g *= scale: the caller's gradients are changed
    中文：原地裁剪 g *= scale：调用者的梯度也被改掉了"""
    def clip_global_norm(grads, max_norm):
        grads = [np.asarray(a) for a in grads]
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        for g in grads:
            g *= min(1, max_norm / (norm + 1e-12))
        return grads, norm


@mistake(leaves_arguments_alone)
class overwrites_delta:
    """Wrote the product back into delta[:]: the caller's delta is changed
    中文：把结果写回 delta[:]：调用者的 delta 被改掉了"""
    def bptt_norms(W, delta, T):
        W, delta = map(np.asarray, (W, delta))
        norms = [np.linalg.norm(delta)]
        for _ in range(T):
            delta[:] = W.T @ delta
            norms.append(np.linalg.norm(delta))
        return np.array(norms)


@accepted
class small_number_in_the_denominator:
    def clip_global_norm(grads, max_norm):
        norm = np.linalg.norm([np.linalg.norm(g) for g in grads])
        scale = np.minimum(1.0, max_norm / (norm + 1e-6))
        return [np.multiply(g, scale) for g in grads], norm


@accepted
class cut_and_put_back:
    def clip_global_norm(grads, max_norm):
        shapes = [np.shape(g) for g in grads]
        flat = np.concatenate([np.ravel(g) for g in grads]).astype(float)
        norm = np.sqrt(flat @ flat)
        if norm > max_norm:
            flat = flat / norm * max_norm
        clipped, start = [], 0
        for shape in shapes:
            size = int(np.prod(shape))
            clipped.append(flat[start : start + size].reshape(shape))
            start += size
        return tuple(clipped), norm


@accepted
class plain_numbers:
    def clip_global_norm(grads, max_norm):
        norm = sum(float(x) ** 2 for g in grads for x in np.nditer(np.asarray(g))) ** 0.5
        scale = 1.0 if norm <= max_norm else max_norm / norm
        return [(np.asarray(g) * scale).tolist() for g in grads], norm

    def bptt_norms(W, delta, T):
        d, n = [float(x) for x in delta], len(delta)
        norms = [sum(x * x for x in d) ** 0.5]
        for _ in range(T):
            d = [sum(W[i][j] * d[i] for i in range(n)) for j in range(n)]
            norms.append(sum(x * x for x in d) ** 0.5)
        return norms


@accepted
class matrix_powers:
    def bptt_norms(W, delta, T):
        power = np.linalg.matrix_power
        return np.array([np.linalg.norm(power(np.transpose(W), t) @ delta) for t in range(T + 1)])


@accepted
class row_vectors:
    def bptt_norms(W, delta, T):
        rows = np.empty((T + 1, len(W)))
        rows[0] = delta
        for t in range(T):
            rows[t + 1] = rows[t] @ W
        return np.sqrt((rows**2).sum(axis=1))


@accepted
class roots_of_the_polynomial:
    def growth_rate(W):
        return np.abs(np.roots(np.poly(np.asarray(W, dtype=float)))).max()


@accepted
class repeated_squaring:
    def growth_rate(W):
        power, log, t = np.array(W, dtype=float), 0.0, 1
        for _ in range(40):
            size = np.linalg.norm(power)
            power, log, t = power / size, log + np.log(size) / t, 2 * t
            power = power @ power
        return np.exp(log)


@accepted
class sorted_moduli:
    def growth_rate(W):
        values, _ = np.linalg.eig(np.transpose(W))
        return sorted(abs(value) for value in values)[-1]


@proof
def the_2_norm_does_not_decide():
    W = np.array([[0.9, 5.0], [0.0, 0.8]])
    assert np.linalg.norm(W, 2) > 5 and growth_rate(W) < 1
    assert bptt_norms(W, np.array([1.0, 0.0]), 200)[-1] < 1e-3


@proof
def batch_norm_does_not_decide():
    # Twenty layers of He weights, batch norm and ReLU: the gradient grows all the way back.
    rng = np.random.default_rng(0)
    h, layers = rng.normal(size=(100, 100)), []
    for _ in range(20):
        W = rng.normal(size=(100, 100)) * np.sqrt(2 / 100)
        z = W @ h
        sd = z.std(axis=1, keepdims=True)
        z = (z - z.mean(axis=1, keepdims=True)) / sd
        h = np.maximum(z, 0)
        layers.append((W, sd, z))
    d, norms = rng.normal(size=h.shape), []
    for W, sd, z in reversed(layers):
        d = d * (z > 0)
        through = d - d.mean(axis=1, keepdims=True) - z * (d * z).mean(axis=1, keepdims=True)
        d = W.T @ (through / sd)
        norms.append(clip_global_norm([d], 1.0)[1])
    assert 1.1 < (norms[-1] / norms[0]) ** (1 / 19) < 1.4
