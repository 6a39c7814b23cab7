"""L1 pulls with a constant force lam, so a weight with |w| <= lam is pulled all the way to 0 and
the others move by lam: soft thresholding. The force of L2 is proportional to the weight and dies
out on the way, so it only scales, w / (1 + lam), and never reaches 0. Inverted dropout divides by
the probability of staying, 1 - p, in training, and is the identity at test time. Early stopping
compares with the best loss so far, not with the loss before.

The common wrong belief is that L1 and L2 both make weights small and differ in degree, or that a
strong L2 makes weights zero; then l1_shrink becomes a scaling, or l2_shrink a threshold. A gradient
step w - lam * sign(w) is not the minimiser either: it jumps across 0 and never rests there. With
dropout, p and 1 - p get swapped, or the scaling is done at test time as well. With early stopping,
rises in a row are counted, ties pass for progress, or the minimum of the whole curve is taken,
which looks into the future.

中文：
L1 的拉力大小恒为 lam，|w| <= lam 的权重会一直被拉到 0，其余的都向 0 移动 lam，这就是软阈值。L2
的拉力与权重成正比，越接近 0 越弱，所以只能按比例缩小成 w / (1 + lam)，永远到不了 0。反向 Dropout
在训练时除以保留概率 1 - p，测试时原样通过。早停是和目前为止最好的损失比，不是和上一轮比。

最常见的错误想法是“L1 和 L2 都让权重变小，只是程度不同”，或者“L2 够强也能把权重变成零”，于是
l1_shrink 写成了按比例缩小，l2_shrink 写成了阈值。走一步梯度 w - lam * sign(w) 也不是最小值点：
它会跨过 0，永远停不在 0 上。Dropout 常见的错误是把 p 和 1 - p 弄反，或者测试时又缩放一次。
早停常见的错误是数连续上升的次数、把持平算作改进，或者直接取整条曲线的最低点，那是偷看了未来。
"""

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    each_same_for_any_type,
    fitted,
    number,
    numbers_in,
    returns_new,
)
from autograder.pages import accepted, check, mistake, proof


def l1_shrink(w, lam):
    w = np.asarray(w, dtype=float)
    return np.sign(w) * np.maximum(np.abs(w) - lam, 0)


def l2_shrink(w, lam):
    return np.asarray(w, dtype=float) / (1 + lam)


def inverted_dropout(a, p_drop, rng, train=True):
    a = np.asarray(a, dtype=float)
    mask = np.ones(a.shape)
    if train:
        mask = (rng.random(a.shape) >= p_drop) / (1 - p_drop)
    return a * mask, mask


def early_stopping(losses, patience):
    best = 0
    for t, loss in enumerate(losses):
        if loss < losses[best]:
            best = t
        if t - best >= patience:
            break
    return best, t


def oracle_stop(losses, patience):
    """The definition, word by word: at each t look back for the first lowest loss."""
    for t in range(len(losses)):
        seen = [float(loss) for loss in losses[: t + 1]]
        best = seen.index(min(seen))
        if t - best >= patience or t == len(losses) - 1:
            return best, t
    raise AssertionError("no losses")


def whole(pair):
    """Two whole numbers, however they were returned."""
    best, stop = (number(t) for t in pair)
    assert best == int(best) and stop == int(stop)
    return int(best), int(stop)


def weights(seed, shape):
    """Weights of both signs and several sizes, none exactly 0."""
    return np.random.default_rng(seed).normal(size=shape) * 2


@check(points=0.25)
def l1_minimises(l1_shrink):
    """l1_shrink misses the minimum where |w| >= lam: at a solution other than 0, u - w and lam
    times the sign of u must cancel, on both sides of 0 and up to the boundary.
    中文：|w| >= lam 时 l1_shrink 不是最小值点：在不为 0 的解处，u - w 与 lam 乘 u 的符号应当相互抵
    消，正负两边和边界上都要对。"""
    cases = [(weights(seed, shape), lam) for seed, shape, lam in
             ((1, (9,), 0.5), (2, (3, 4), 1.25), (3, (3, 3), 0.0), (4, (2, 3, 2), 2))]
    for w, lam in cases:
        w.flat[:4] = 5.0, -7.0, lam, -lam
    answers = each(l1_shrink, [(w.copy(), lam) for w, lam in cases])
    for (w, lam), answer in zip(cases, answers, strict=True):
        u, outside = fitted(answer, w.shape), np.abs(w) > lam
        assert np.all(np.abs(u[np.abs(w) == lam]) <= 1e-7)
        assert close((u + lam * np.sign(u))[outside], w[outside])
        assert np.all(np.sign(u[outside]) == np.sign(w[outside]))


@check(points=1)
def l1_gives_exact_zeros(l1_shrink):
    """Where |w| < lam the result of l1_shrink must be exactly 0: the corner holds the minimum at 0;
    it is neither just smaller nor across on the other side.
    中文：|w| < lam 时 l1_shrink 的结果应当恰好是 0：尖角使最小值点停在 0 上，不是变小，也不是跨到另
    一边。"""
    cases = [(weights(seed, shape), lam) for seed, shape, lam in
             ((5, (9,), 1.5), (6, (3, 4), 0.75), (7, (4, 4), 2))]
    for w, lam in cases:
        w.flat[:4] = lam / 2, -lam / 3, 0.0, 3.0
    answers = each(l1_shrink, [(w.copy(), lam) for w, lam in cases])
    for (w, lam), answer in zip(cases, answers, strict=True):
        u, inside = fitted(answer, w.shape), np.abs(w) < lam
        assert np.all(u[inside] == 0)
        assert np.any(u[~inside] != 0)  # all zeros would be no answer


@check(points=0.25)
def l2_minimises(l2_shrink):
    """l2_shrink misses the minimum: set the derivative of (u - w)^2 / 2 + lam * u^2 / 2 to zero,
    and mind both factors 1/2.
    中文：l2_shrink 不是最小值点：令 (u - w)^2 / 2 + lam * u^2 / 2 的导数为零，注意两处的 1/2。"""
    cases = [(weights(seed, shape), lam) for seed, shape, lam in
             ((8, (9,), 0.5), (9, (3, 4), 4.0), (10, (3, 3), 0.0), (11, (2, 3, 2), 2))]
    answers = each(l2_shrink, [(w.copy(), lam) for w, lam in cases])
    for (w, lam), answer in zip(cases, answers, strict=True):
        u = fitted(answer, w.shape)
        assert close(u + lam * u, w)


@check(points=1)
def l2_never_gives_zero(l2_shrink):
    """l2_shrink turned small weights into 0 or changed their sign: the pull of L2 fades with the
    weight, so however strong it is, it only scales.
    中文：l2_shrink 把小权重变成了 0（或改变了符号）：L2 的拉力随权重一起变小，再强也只是缩小。"""
    w = np.array([0.3, -0.05, 1e-3, -1e-6, 2.0])
    for answer in each(l2_shrink, [(w.copy(), lam) for lam in (0.5, 3.0, 1000.0)]):
        u = fitted(answer, (5,))
        assert np.all(np.sign(u) == np.sign(w))
        assert np.all(np.abs(u) < np.abs(w))
        assert close(u / u[-1], w / w[-1])


@check(points=0.25)
def mask_is_scaled(inverted_dropout):
    """The mask in training is off: 0 where dropped, 1/(1 - p_drop) where kept, the probability of
    staying below the line, and out = a * mask.
    中文：训练时的掩码不对：丢弃处为 0，保留处为 1/(1 - p_drop)（除以的是保留概率），并且 out = a *
    mask。"""
    cases = [(weights(seed, shape), p, np.random.default_rng(seed)) for seed, shape, p in
             ((12, (7, 9), 0.3), (13, (250,), 0.8), (14, (5, 5), 0.0), (15, (2, 3, 9), 0.5))]
    answers = each(inverted_dropout, [(a.copy(), p, rng) for a, p, rng in cases])
    for (a, p, _), (out, mask) in zip(cases, answers, strict=True):
        mask = fitted(mask, a.shape)
        assert np.any(mask != 0)
        assert close(mask, (mask != 0) / (1 - p))
        assert alike(out, a * mask)


@check(points=0.25)
def drop_rate(inverted_dropout):
    """The share of dropped entries is off: each entry by its own draw with probability p_drop,
    whatever its value, and not whole rows or columns, nor a fixed number of entries.
    中文：丢弃的比例不对：每个分量各自以概率 p_drop 被丢弃，不看 a 的值，不是整行整列地丢，也不是每
    次都丢固定的个数。"""
    a, surplus = weights(16, (60, 70)), []
    a[:, ::2] = 0
    cases = [(a.copy(), p, np.random.default_rng(seed))
             for seed, p in ((16, 0.2), (17, 0.5), (18, 0.9))]
    for (_, p, _), (_, mask) in zip(cases, each(inverted_dropout, cases), strict=True):
        dropped = fitted(mask, a.shape) == 0
        sigma = np.sqrt(p * (1 - p) / a.size)
        assert abs(dropped.mean() - p) < 5 * sigma
        assert abs(dropped[:, ::2].mean() - p) < 5 * np.sqrt(2) * sigma
        # The means of whole rows or columns spread far wider than those of single entries; where
        # each row has its fixed number they do not spread at all.
        assert 0.4 < dropped.mean(axis=1).std() / np.sqrt(p * (1 - p) / 70) < 3
        assert 0.4 < dropped.mean(axis=0).std() / np.sqrt(p * (1 - p) / 60) < 3
        surplus.append(abs(dropped.sum() - round(p * a.size)))
    assert any(surplus)  # by chance all three are 0 once in 200,000 times


@check(points=0.125)
def follows_the_rng(inverted_dropout):
    """The draws do not come from rng: the same seed must give the same mask, another seed another.
    中文：随机数没有用传入的 rng：同一个种子要得到同样的掩码，换一个种子掩码就要不同。"""
    a = weights(19, (6, 9))
    cases = [(a.copy(), 0.5, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    masks = [fitted(mask, (6, 9)) for _, mask in each(inverted_dropout, cases)]
    assert np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], masks[2])


@check(points=0.125)
def off_at_test_time(inverted_dropout):
    """With train=False everything passes: out equals a and the mask is all ones; nothing is dropped
    and nothing scaled.
    中文：train=False 时应当原样通过：out 等于 a，掩码全为 1，不丢弃也不再缩放。"""
    for seed, shape, p in ((20, (4, 6), 0.5), (21, (5,), 0.9)):
        a = weights(seed, shape)
        out, mask = inverted_dropout(a.copy(), p, np.random.default_rng(seed), train=False)
        assert alike(mask, np.ones(shape))
        assert alike(out, a)


STOPS = [
    ([5.0, 4.0, 3.0, 3.5, 3.2, 3.4, 1.0], 3),  # a new minimum after the stop
    ([5.0, 4.0, 3.0, 3.5, 3.2, 3.4, 1.0], 4),  # ... and just before it
    ([4.0, 3.0, 2.0, 1.0], 1),  # never stops early
    ([3.0, 1.0, 2.0], 5),  # ends before patience runs out
    ([1.0, 2.0, 3.0, 4.0, 0.5], 2),  # the first epoch is the best
    ([3.0, 2.0, 2.5, 1.0], 1),
    ([5000.0, 4000.0, 4500.0, 4200.0, 4400.0, 4300.0], 3),
    ([-1.0, -3.0, -2.0, -2.5, -4.0, -3.5, -3.75, -3.8], 3),
    ([0.9, 0.8, 0.7, 0.85, 0.84, 0.6, 0.65, 0.64], 3),  # a record at the last moment
    ([0.5, 0.0, 0.3, 0.2, 0.4, 0.1], 3),  # a loss of 0 is a record like any other
    ([2.0, 1.9999, 1.9998, 1.9998, 1.9997], 2),  # however small an improvement is
    ([7.0], 2),
]


@check(points=0.25)
def stops_when_patience_ends(early_stopping):
    """Early stopping is off: best is the lowest epoch so far, the stop is the first t with t - best
    >= patience; rises in a row do not matter and later losses are unseen.
    中文：早停的结果不对：best 是目前为止最低的那一轮，停在第一个 t - best >= patience 的 t；数的不
    是连续上升的次数，停止以后的损失也看不到。"""
    rng, cases = np.random.default_rng(22), list(STOPS)
    for patience in (1, 2, 3, 4):
        cases.append(((rng.permutation(15) - 0.2 * np.arange(15)).tolist(), patience))
    answers = [*each(early_stopping, [(list(losses), patience) for losses, patience in cases])]
    for answer, case in zip(answers, cases, strict=True):
        assert whole(answer) == oracle_stop(*case)


@check(points=0.125)
def ties_are_no_improvement(early_stopping):
    """A tie passed for an improvement: only a strictly smaller loss is a new record, and best is
    the first epoch to reach the lowest value.
    中文：持平被当成了改进：损失必须严格变小才算刷新纪录，best 是第一个达到最低值的那一轮。"""
    rising, falling = [1.0, 2.0, 3.0, 4.0, 5.0], [5.0, 4.0, 3.0, 2.0, 1.0]
    cases = (
        ([2.0, 1.0, 1.0, 1.0, 1.0, 1.0], 3), ([3.0, 3.0, 3.0], 5), ([4.0, 2.0, 3.0, 2.0, 1.0], 2),
        ([4.0, 2.0, 3.0, 2.0, 1.0], 3),
    )
    # A slip elsewhere is another check's business: each tie a little higher is no improvement for
    # anybody, and must change nothing.
    apart = [([loss + 1e-3 * losses[:t].count(loss) for t, loss in enumerate(losses)], patience)
             for losses, patience in cases]
    as_given = [(list(losses), patience) for losses, patience in cases]
    first, second, *answers = map(
        whole, each(early_stopping, [(rising, 2), (falling, 2), *as_given, *apart]))
    assert first != second  # else the losses would not matter
    for case, answer, own in zip(cases, answers[:4], answers[4:], strict=True):
        assert answer in (oracle_stop(*case), own)


@check(points=0.125)
def returns_new_arrays(l1_shrink, l2_shrink, inverted_dropout):
    """An array that was passed in comes back itself, or as a view, or was written to, or an error
    was raised; return new arrays, also where nothing is shrunk or dropped.
    中文：返回的是传入的数组本身（或它的视图），或者往传入的数组里写了东西，或者报错；就算什么也没有
    缩小、丢弃，也要返回新数组。"""
    w = weights(25, (3, 4))
    assert returns_new(l1_shrink, [(w, 0.0)])
    assert returns_new(l2_shrink, [(w, 0.0)])
    cases = [(w, 0.0, np.random.default_rng(0), train) for train in (True, False)]
    assert returns_new(inverted_dropout, cases, read=list)


@check(points=0.125)
def any_number_type(l1_shrink, l2_shrink, inverted_dropout, early_stopping):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    w = [[3, -4, 6], [5, -2, 9]]
    assert all_same_for_any_type([(l1_shrink, w, 0.25), (l2_shrink, w, 0.6)], lists=True)
    assert each_same_for_any_type(
        inverted_dropout,
        [(w, 0.25, np.random.default_rng(0), train) for train in (True, False)],
        lists=True, read=list,
    )
    cases = [([kind(loss) for loss in (5, 3, 4, 6, 7)], 2)
             for kind in (np.float64, float, np.float32, np.int64)]
    wanted, *others = [numbers_in([*pair]) for pair in each(early_stopping, cases)]
    assert all(close(pair, wanted) for pair in others)


@check(points=0.125)
def leaves_arguments_alone(l1_shrink, l2_shrink, inverted_dropout, early_stopping):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: no *=, -= or assignment into what is passed in; copy first.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要对传入的数组用 *=、-= 或按下标赋值，
    先复制。"""
    w, rng = weights(23, (4, 5)), np.random.default_rng(0)
    assert all_left_alone([
        (l1_shrink, w, 1.0), (l2_shrink, w, 1.0), (early_stopping, [3.0, 1.0, 2.0, 4.0, 5.0], 2),
        *((inverted_dropout, weights(24, (4, 5)), 0.5, rng, train) for train in (True, False)),
    ])


@mistake(l1_gives_exact_zeros)
class l1_only_scales:
    """Took L1 for a scaling like L2: no weight ever becomes 0
    中文：以为 L1 也只是按比例缩小：没有一个权重变成 0"""
    def l1_shrink(w, lam):
        return np.asarray(w) / (1 + lam)


@mistake(l1_gives_exact_zeros)
class l1_jumps_across_zero:
    """Took a gradient step, w - lam * sign(w): small weights jump across 0
    中文：走了一步梯度 w - lam * sign(w)：小权重会跨过 0，到了另一边"""
    def l1_shrink(w, lam):
        return w - lam * np.sign(w)


@mistake(l1_gives_exact_zeros)
class l1_almost_zero:
    """Minimised numerically: the results are close to 0 but not exactly 0
    中文：用数值迭代求最小值：结果只是接近 0，不是恰好为 0"""
    def l1_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        low, high = -np.abs(w) - 0.7, np.abs(w) + 1.0
        for _ in range(200):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            better = (a - w) ** 2 / 2 + lam * np.abs(a) < (b - w) ** 2 / 2 + lam * np.abs(b)
            low, high = np.where(better, low, a), np.where(better, b, high)
        return (low + high) / 2


@mistake(l1_minimises)
class l1_boundary_kept:
    """Slipped on the boundary: with |w| equal to lam the weight stays
    中文：边界上出错：|w| 等于 lam 时没有变成 0"""
    def l1_shrink(w, lam):
        return np.where(np.abs(w) < lam, 0.0, w - lam * np.sign(w) * (np.abs(w) > lam))


@mistake(l1_minimises)
class l1_hard_threshold:
    """Wrote hard thresholding: zero below lam, everything else left as it is
    中文：写成了硬阈值：小于 lam 的置零，其余原样保留"""
    def l1_shrink(w, lam):
        return np.where(np.abs(w) > lam, w, 0.0)


@mistake(l1_minimises)
class l1_one_sided:
    """Treated only positive weights: all negative ones become 0
    中文：只处理了正的权重：负的全变成了 0"""
    def l1_shrink(w, lam):
        return np.maximum(np.asarray(w) - lam, 0.0)


@mistake(l1_gives_exact_zeros)
class l1_half_threshold:
    """Missed a factor 2 in the threshold: overlooked the 1/2 in front of the square
    中文：阈值差了一个因子 2：漏看了平方项前的 1/2"""
    def l1_shrink(w, lam):
        return np.sign(w) * np.maximum(np.abs(w) - lam / 2, 0)


@mistake(l2_never_gives_zero)
class l2_with_threshold:
    """Thought L2 makes small weights zero as well: added a threshold
    中文：以为 L2 也会把小权重变成 0：加了一个阈值"""
    def l2_shrink(w, lam):
        u = np.asarray(w) / (1 + lam)
        return np.where(np.abs(w) < lam, 0.0, u)


@mistake(l2_minimises)
class l2_factor_two:
    """Overlooked the 1/2 of the penalty and wrote w / (1 + 2 lam)
    中文：因子 2 弄错了：漏看了惩罚项的 1/2，写成 w / (1 + 2 lam)"""
    def l2_shrink(w, lam):
        return np.asarray(w) / (1 + 2 * lam)


@mistake(l2_minimises)
class rounded:
    """Rounded the result to a few digits, as one does when printing it
    中文：把结果四舍五入到小数点后几位，像打印时那样"""
    def l2_shrink(w, lam):
        return np.round(np.asarray(w, dtype=float) / (1 + lam), 4)


@mistake(l2_minimises, belief="rounded")
class rounded_to_three_digits:
    def l2_shrink(w, lam):
        return np.round(np.asarray(w, dtype=float) / (1 + lam), 3)


@mistake(l2_minimises, belief="rounded")
class rounded_to_five_digits:
    def l2_shrink(w, lam):
        return np.round(np.asarray(w, dtype=float) / (1 + lam), 5)


@mistake(l2_minimises, belief="rounded")
class rounded_to_six_digits:
    def l2_shrink(w, lam):
        return np.round(np.asarray(w, dtype=float) / (1 + lam), 6)


@mistake(l2_never_gives_zero)
class l2_weight_decay_step:
    """Took a step of weight decay, (1 - lam) w, for the minimiser: lam above 1 flips the sign
    中文：把一步权重衰减 (1 - lam) w 当成了最小值点：lam 大于 1 时连符号都变了"""
    def l2_shrink(w, lam):
        return (1 - lam) * np.asarray(w)


@mistake(l2_minimises)
class l1_and_l2_swapped:
    """Swapped L1 and L2
    中文：把 L1 和 L2 弄反了"""
    def l1_shrink(w, lam):
        return np.asarray(w) / (1 + lam)

    def l2_shrink(w, lam):
        return np.sign(w) * np.maximum(np.abs(w) - lam, 0)


@mistake(mask_is_scaled)
class divided_by_p_drop:
    """Divided by p_drop: it is the probability of staying that belongs there
    中文：除以了 p_drop：该除以的是保留概率 1 - p_drop"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a.copy(), np.ones(a.shape)
        mask = (rng.random(a.shape) >= p_drop) / max(p_drop, 1e-12)
        return a * mask, mask


@mistake(drop_rate)
class keeps_with_p_drop:
    """Took p_drop for the probability of staying, in the draw and in the scale
    中文：把 p_drop 当成了保留概率，连缩放也跟着用它"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a.copy(), np.ones(a.shape)
        mask = (rng.random(a.shape) < p_drop) / max(p_drop, 1e-12)
        return a * mask, mask


@mistake(mask_is_scaled)
class not_scaled:
    """Did not scale in training: the expected output is smaller than a
    中文：训练时没有放大：输出的期望比 a 小"""
    def inverted_dropout(a, p_drop, rng, train=True):
        mask = (rng.random(np.shape(a)) >= p_drop) * 1.0 if train else np.ones(np.shape(a))
        return a * mask, mask


@mistake(mask_is_scaled)
class scale_missing_in_the_mask:
    """Scaled out but returned a mask of 0 and 1, so out is not a * mask
    中文：放大了 out，返回的掩码却还是 0 和 1：out 不等于 a * mask"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a * 1.0, np.ones(np.shape(a))
        mask = rng.random(np.shape(a)) >= p_drop
        return a * mask / (1 - p_drop), mask


@mistake(off_at_test_time)
class scaled_again_at_test_time:
    """Scaled in training and once more, by 1 - p_drop, at test time
    中文：训练时已经放大，测试时又乘了一次 1 - p_drop"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a * (1 - p_drop), np.full(a.shape, 1 - p_drop)
        mask = (rng.random(a.shape) >= p_drop) / (1 - p_drop)
        return a * mask, mask


@mistake(off_at_test_time)
class dropped_at_test_time:
    """Ignored train: entries are dropped at test time too
    中文：没有理会 train：测试时照样丢弃"""
    def inverted_dropout(a, p_drop, rng, train=True):
        mask = (rng.random(np.shape(a)) >= p_drop) / (1 - p_drop)
        return a * mask, mask


@mistake(drop_rate)
class whole_rows_dropped:
    """Drew once per row: a row is kept or dropped as a whole
    中文：每行只抽一次：同一行要么全留，要么全丢"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a.copy(), np.ones(a.shape)
        draws = rng.random((len(a),) + (1,) * (a.ndim - 1)) >= p_drop
        mask = np.broadcast_to(draws, a.shape) / (1 - p_drop)
        return a * mask, mask


@mistake(drop_rate)
class a_fixed_number_dropped:
    """Dropped exactly p n of the n entries: each entry is to be drawn by itself
    中文：n 个分量里恰好丢掉 p n 个：应当每个分量各自抽签"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        mask = np.ones(a.size)
        if train:
            mask /= 1 - p_drop
            mask[rng.permutation(a.size)[: round(p_drop * a.size)]] = 0
        mask = mask.reshape(a.shape)
        return a * mask, mask


@mistake(follows_the_rng)
class own_generator:
    """Built a generator with a fixed seed instead of using rng: every step drops the same entries
    中文：自己建了一个固定种子的随机数生成器，没有用传入的 rng：每一步丢的都是同一批"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a.copy(), np.ones(a.shape)
        mask = (np.random.default_rng(0).random(a.shape) >= p_drop) / (1 - p_drop)
        return a * mask, mask


@mistake(stops_when_patience_ends)
class counts_rises_in_a_row:
    """Counted rises in a row: any small drop resets the count although it is no record
    中文：数的是连续上升的次数：中间降一点就重新数，尽管没有刷新纪录"""
    def early_stopping(losses, patience):
        rises = 0
        for t in range(len(losses)):
            rises = rises + 1 if t and losses[t] >= losses[t - 1] else 0
            if rises >= patience:
                break
        return int(np.argmin(losses[: t + 1])), t


@mistake(stops_when_patience_ends)
class looks_into_the_future:
    """Took the minimum of the whole curve: looked at losses after the stop
    中文：直接取整条曲线的最低点：偷看了停止以后的损失"""
    def early_stopping(losses, patience):
        best = int(np.argmin(losses))
        return best, min(best + patience, len(losses) - 1)


@mistake(stops_when_patience_ends)
class one_epoch_late:
    """Waited one epoch too many: t - best > patience
    中文：多等了一轮：写成了 t - best > patience"""
    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            if losses[t] < losses[best]:
                best = t
            if t - best > patience:
                break
        return best, t


@mistake(stops_when_patience_ends)
class stops_after_the_end:
    """Returned best + patience even when the run ends first: past the last epoch
    中文：没有提前停止时也返回 best + patience，超出了最后一轮"""
    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            if losses[t] < losses[best]:
                best = t
            elif t - best >= patience:
                break
        return best, best + patience


@mistake(stops_when_patience_ends)
class record_of_one_hundred:
    """Began with a record of 100: with larger losses no epoch ever counts as a record
    中文：纪录的初值取了 100：损失更大时第 0 轮就算不上纪录"""
    def early_stopping(losses, patience):
        record, best = 100.0, 0
        for t in range(len(losses)):
            if losses[t] < record:
                record, best = losses[t], t
            if t - best >= patience:
                break
        return best, t


@mistake(stops_when_patience_ends)
class record_of_zero_forgotten:
    """Asked `not record` whether there is a record yet: a loss of 0 passes for none
    中文：用 not record 判断有没有纪录：损失恰好为 0 时，纪录被当成没有"""
    def early_stopping(losses, patience):
        record, best = None, 0
        for t, loss in enumerate(losses):
            if not record or loss < record:
                record, best = loss, t
            if t - best >= patience:
                break
        return best, t


@mistake(stops_when_patience_ends)
class never_starts_afresh:
    """Kept adding up the epochs without a record and did not start afresh after one
    中文：把没有改进的次数一直累计下去，刷新纪录后没有清零"""
    def early_stopping(losses, patience):
        best, bad = 0, 0
        for t in range(1, len(losses)):
            if losses[t] < losses[best]:
                best = t
            else:
                bad += 1
            if bad >= patience:
                return best, t
        return best, len(losses) - 1


@mistake(stops_when_patience_ends)
class least_improvement:
    """Asked for an improvement of at least 0.001: slow progress counts as none
    中文：要求至少改进 0.001 才算刷新纪录：缓慢的进步都被当成没有改进"""
    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            if losses[t] < losses[best] - 1e-3:
                best = t
            if t - best >= patience:
                break
        return best, t


@mistake(ties_are_no_improvement)
class ties_improve:
    """Compared with <=: a tie counts as progress, and the run goes on
    中文：用 <= 比较：持平也算改进，于是一直停不下来"""
    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            if losses[t] <= losses[best]:
                best = t
            if t - best >= patience:
                break
        return best, t


@mistake(returns_new_arrays)
class itself_at_test_time:
    """Handed back the very array a when not training
    中文：不训练时把 a 原样还了回去，没有复制"""
    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a, np.ones(a.shape)
        mask = (rng.random(a.shape) >= p_drop) / (1 - p_drop)
        return a * mask, mask


@mistake(any_number_type)
class dtype_of_the_weights:
    """Built the result with np.zeros_like(w): for an integer w the fractions are cut off
    中文：结果数组用 np.zeros_like(w) 建：w 是整数时小数部分被截掉"""
    def l1_shrink(w, lam):
        u = np.zeros_like(w)
        u[w > lam] = w[w > lam] - lam
        u[w < -lam] = w[w < -lam] + lam
        return u


@mistake(any_number_type)
class dtype_of_the_activations:
    """Built the mask with np.zeros_like(a): for an integer a the scale is cut off to 1
    中文：掩码用 np.zeros_like(a) 建：a 是整数时放大倍数被截成 1"""
    def inverted_dropout(a, p_drop, rng, train=True):
        mask = np.ones_like(a)
        if train:
            mask[...] = 0
            mask[rng.random(np.shape(a)) >= p_drop] = 1 / (1 - p_drop)
        return a * mask, mask


@mistake(leaves_arguments_alone)
class overwrites_activations:
    """Computed a *= mask and so overwrote the caller's activations
    中文：直接在 a 上做 a *= mask，把调用者的激活值改掉了"""
    def inverted_dropout(a, p_drop, rng, train=True):
        mask = np.ones(np.shape(a))
        if train:
            mask = (rng.random(np.shape(a)) >= p_drop) / (1 - p_drop)
        if a.dtype.kind != "f":
            return a * mask, mask
        a *= mask
        return a, mask


@mistake(leaves_arguments_alone)
class overwrites_weights:
    """Set small weights to zero inside w and so overwrote the caller's weights
    中文：直接在 w 上把小权重置零，把调用者的权重改掉了"""
    def l1_shrink(w, lam):
        w = np.asarray(w)
        w[np.abs(w) <= lam] = 0
        return w - lam * np.sign(w)


@accepted
class clipping:
    def l1_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return w - np.clip(w, -lam, lam)

    def l2_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return w - w * lam / (1.0 + lam)


@accepted
class two_relus:
    def l1_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return np.maximum(w - lam, 0) - np.maximum(-w - lam, 0)

    def l2_shrink(w, lam):
        return np.multiply(w, 1 / (1 + lam))


@accepted
class cases_entry_by_entry:
    def l1_shrink(w, lam):
        def one(v):
            if v > lam:
                return v - lam
            return v + lam if v < -lam else 0

        return np.array([one(v) for v in np.ravel(w)]).reshape(np.shape(w)).tolist()

    def l2_shrink(w, lam):
        return np.array([v / (1 + lam) for v in np.ravel(w)]).reshape(np.shape(w)).tolist()


@accepted
class factor_of_the_weight:
    def l1_shrink(w, lam):
        size = np.abs(w)
        return w * np.where(size > lam, 1 - lam / np.where(size > 0, size, 1.0), 0)

    def early_stopping(losses, patience):
        best, stop = 0, 0
        while stop + 1 < len(losses) and stop - best < patience:
            stop += 1
            best = stop if losses[stop] < losses[best] else best
        return np.int64(best), np.int64(stop)


@accepted
class binomial_mask:
    def inverted_dropout(a, p_drop, rng, train=True):
        keep = 1 - p_drop if train else 1.0
        mask = rng.binomial(1, keep, size=np.shape(a)) / keep
        return mask * a, mask


@accepted
class chosen_mask_in_lists:
    def inverted_dropout(a, p_drop, rng, train=True):
        values = [0.0, 1 / (1 - p_drop)]
        mask = rng.choice(values, p=[p_drop, 1 - p_drop], size=np.shape(a))
        mask = mask if train else np.ones(np.shape(a))
        return (np.asarray(a) * mask).tolist(), mask.tolist()


@accepted
class uniform_from_the_other_end:
    def inverted_dropout(a, p_drop, rng, train=True):
        if not train:
            return np.array(a), np.ones_like(a)
        kept = rng.uniform(0, 1, size=np.shape(a)) < 1 - p_drop
        return np.where(kept, a, 0) / (1 - p_drop), kept / (1 - p_drop)


@accepted
class ones_of_a_broadcast_number:
    def inverted_dropout(a, p_drop, rng, train=True):
        if not train:
            return np.array(a, dtype=float), np.broadcast_to(1.0, np.shape(a))
        mask = (rng.random(np.shape(a)) >= p_drop) / (1 - p_drop)
        return np.asarray(a) * mask, mask


@accepted
class waiting_counter:
    def early_stopping(losses, patience):
        record, best, waited = float("inf"), 0, 0
        for epoch, loss in enumerate(losses):
            if loss < record:
                record, best, waited = loss, epoch, 0
            else:
                waited += 1
                if waited == patience:
                    return [best, epoch]
        return [best, len(losses) - 1]


@accepted
class running_minimum:
    def early_stopping(losses, patience):
        lowest = np.minimum.accumulate(np.asarray(losses, dtype=float))
        records = np.r_[True, lowest[1:] < lowest[:-1]]
        best = np.maximum.accumulate(np.where(records, np.arange(len(lowest)), 0))
        late = np.flatnonzero(np.arange(len(lowest)) - best >= patience)
        stop = late[0] if late.size else len(lowest) - 1
        return best[stop], stop


@proof
def l2_never_reaches_zero():
    w = u = np.array([0.5, -2.0, 0.01])
    for _ in range(100):
        u = l2_shrink(u, 1.0)
    assert np.all(u != 0)  # a hundred strong steps of L2: tiny, not zero
    assert np.array_equal(l1_shrink(w, 1.0), [0, -1, 0])  # one step of L1
