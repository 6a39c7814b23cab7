"""No: the losses say who is ahead, not how good the images are. D moves along with G, so equal
losses can mean two beginners or two masters. With D = 1/2 everywhere L_D = 2 log 2 and L_G = log 2,
whatever the generator does: at epoch 1 because D has learnt nothing, at epoch 100 because there is
nothing left to tell apart. Only under the optimal discriminator pr / (pr + pg) does L_D mean
something, 2 log 2 - 2 JS; and even then JS stays at log 2 for distributions without common points,
however far apart, while the Wasserstein distance keeps measuring.

The common wrong beliefs: equal losses, equal quality; a lower L_G is a better generator. They are
carried over from supervised learning, where the data do not answer back.

中文：
不一样。损失只说明谁占上风，不说明图像好不好。D 和 G 一起在变，损失相等，可能是两个新手，
也可能是两个高手。D 处处为 1/2 时，不论生成器怎样，总有 L_D = 2 log 2，L_G = log 2：第 1 轮是因为
D 什么都没学会，第 100 轮是因为已经无从分辨。只有判别器最优，即 D = pr / (pr + pg) 时，L_D = 2 log
2 - 2 JS 才有意义；即便如此，两个分布没有公共点时，无论相距多远，JS 都停在 log 2，而 Wasserstein
距离仍能量出远近。

常见的错误认识：损失相同，质量就相同；L_G 越低，生成器越好。这是从监督学习带来的习惯，
在那里数据不会还手。
"""

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    each,
    floats,
    retyped,
    same_numbers,
)
from autograder.pages import accepted, check, mistake, proof


def optimal_discriminator(pr, pg):
    pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
    total = pr + pg
    return np.divide(pr, total, out=np.full(pr.shape, 0.5), where=total > 0)


def minus_mean_log(p, q):
    # 0 log 0 = 0
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    return float(-np.sum(p[p > 0] * np.log(q[p > 0])))


def gan_losses(pr, pg, D):
    D = np.asarray(D, dtype=float)
    return minus_mean_log(pr, D) + minus_mean_log(pg, 1 - D), minus_mean_log(pg, D)


def js_divergence(pr, pg):
    pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
    m = (pr + pg) / 2
    return (minus_mean_log(pr, m) - minus_mean_log(pr, pr)
            + minus_mean_log(pg, m) - minus_mean_log(pg, pg)) / 2


def wasserstein1(pr, pg, x):
    pr, pg, x = (np.asarray(a, dtype=float) for a in (pr, pg, x))
    # what has to cross the gap after each point, times its width
    return float(np.sum(np.abs(np.cumsum(pr - pg))[:-1] * np.diff(x)))


def same_loss_pair():
    # a discriminator that cannot tell, once for lack of skill, once for lack of a difference
    bell, nothing = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16, np.zeros(4)
    pr, pg1 = np.concatenate([bell, nothing]), np.concatenate([nothing, bell])
    blind = np.full(9, 0.5)
    return np.arange(9.0), pr, pg1, blind, pr.copy(), blind.copy()


def oracle_losses(pr, pg, D):
    """Both losses, one point at a time."""
    loss_d = loss_g = 0.0
    for r, g, d in zip(pr, pg, D, strict=True):
        if r > 0:
            loss_d -= float(r) * np.log(float(d))
        if g > 0:
            loss_d -= float(g) * np.log(1 - float(d))
            loss_g -= float(g) * np.log(float(d)) if d > 0 else -np.inf
    return loss_d, loss_g


def oracle_js(pr, pg):
    """Jensen-Shannon divergence, one point at a time."""
    total = 0.0
    for r, g in zip(pr, pg, strict=True):
        for p in (float(r), float(g)):
            if p > 0:
                total += 0.5 * p * np.log(2 * p / (float(r) + float(g)))
    return total


def oracle_distance(pr, pg, x):
    """Carries the mass from left to right by hand; optimal on a line."""
    have, want = [float(p) for p in pg], [float(p) for p in pr]
    i = j = 0
    cost = 0.0
    while i < len(x) and j < len(x):
        mass = min(have[i], want[j])
        cost += mass * abs(float(x[i]) - float(x[j]))
        have[i] -= mass
        want[j] -= mass
        if have[i] <= want[j]:
            i += 1
        else:
            j += 1
    return cost


def distributions(seed, k, zeros=0):
    """Two distributions of k points, each 0 at `zeros` points of its own."""
    rng = np.random.default_rng(seed)
    pr, pg = rng.random(k) + 0.05, rng.random(k) ** 3 + 0.01
    places = rng.permutation(k)
    pr[places[:zeros]] = 0
    pg[places[k - zeros :]] = 0
    return pr / pr.sum(), pg / pg.sum()


@check(points=0.5)
def discriminator_is_optimal(optimal_discriminator):
    """The optimal discriminator is off: minimise L_D point by point, return 0.5 where both
    probabilities are 0, and add no small constant, for tiny probabilities have ratios too.
    中文：最优判别器不对：逐点使 L_D 最小；两个概率都为 0 的点取 0.5；不要加小常数，很小的概率之间的
    比例也要准确。"""
    tiny = np.array([1e-14, 0.3, 0.0, 0.7, 2e-20]), np.array([3e-14, 0.9, 0.0, 0.1, 1e-20])
    cases = [distributions(seed, k, zeros) for seed, k, zeros in ((1, 5, 0), (2, 4, 1), (3, 7, 3))]
    cases += [tiny, (np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]))]
    wanted = [[r / (r + g) if r + g else 0.5 for r, g in zip(*case, strict=True)] for case in cases]
    for D, want in zip(each(optimal_discriminator, cases), wanted, strict=True):
        assert alike(D, want)


@check(points=0.75)
def losses_are_expectations(gan_losses):
    """A loss is off: expectations are sums weighted by pr or pg; L_D has two terms, log D for real
    and log(1-D) for generated samples; L_G is -E_g log D and not minus L_D.
    中文：损失不对：期望是按 pr 或 pg 加权求和；L_D 有两项，真实样本用 log D，生成样本用
    log(1-D)；L_G 是 -E_g log D，不是 L_D 的相反数。"""
    cases = [(*distributions(seed, k), np.random.default_rng(seed).uniform(0.05, 0.95, k))
             for seed, k in ((10, 5), (11, 4), (12, 8))]
    wanted = [oracle_losses(*case) for case in cases]
    for (loss_d, loss_g), (want_d, want_g) in zip(each(gan_losses, cases), wanted, strict=True):
        assert alike(loss_d, want_d)
        assert alike(loss_g, want_g)


@check(points=0.5)
def zeros_and_tiny_values(gan_losses):
    """A loss is off where probabilities are 0 or D is tiny. If it is right otherwise (another check
    asks), remember that 0 log 0 counts as 0 and not nan, and that a small constant or a clip is no
    way round it.
    中文：概率为 0 或 D 极小时损失不准。如果其他情形下是对的（另有检查），要注意：0 log 0 按 0 算
    （不是 nan），也不要用加小常数或截断来回避。"""
    pr, pg = [0.5, 0.5, 0.0, 0.0], [0.0, 0.25, 0.75, 0.0]
    cases = [(np.array(pr), np.array(pg), np.array(D)) for D in (
        [1.0, 0.5, 1e-30, 0.0], [1.0, 1e-20, 0.5, 1.0], [0.25, 0.5, 0.25, 0.0],
        [1e-25, 0.5, 0.5, 0.5], [0.5, 0.5, 1 - 2**-45, 0.5],
    )]
    wanted = [oracle_losses(*case) for case in cases]
    perfect = np.array(pr), np.array([0.0, 0.0, 0.5, 0.5]), np.array([1.0, 1.0, 0.0, 0.0])
    *found, (loss_d, _) = each(gan_losses, [*cases, perfect])
    assert alike(loss_d, 0.0)
    for (loss_d, loss_g), (want_d, want_g) in zip(found, wanted, strict=True):
        assert alike(loss_d, want_d)
        assert alike(loss_g, want_g)


@check(points=0.5)
def divergence_from_the_mixture(js_divergence):
    """The Jensen-Shannon divergence is off: two KL terms against the mixture (pr+pg)/2, half of
    each, natural logarithm, no square root, and 0 log 0 = 0.
    中文：JS 散度不对：两个 KL 都是对中间分布 (pr+pg)/2 的，各占一半，用自然对数，不开方；0 log 0 =
    0。"""
    cases = [distributions(seed, k, z) for seed, k, z in ((20, 5, 0), (21, 6, 2), (22, 4, 2))]
    equal, _ = distributions(23, 5, 1)
    cases.append((equal, equal.copy()))
    wanted = [oracle_js(*case) for case in cases]
    for divergence, want in zip(each(js_divergence, cases), wanted, strict=True):
        assert alike(divergence, want)


@check(points=0.5)
def distance_is_the_least_work(wasserstein1):
    """The Wasserstein distance is off: for each gap take the mass that has to cross it, without
    sign, times the width of that gap; gaps differ, and opposite moves do not cancel.
    中文：Wasserstein 距离不对：每个空隙要算有多少概率必须经过（取绝对值），再乘以空隙的宽度；间距可
    以不等，方向相反的搬运不能互相抵消。"""
    cases = [(*distributions(seed, k, zeros),
              np.cumsum(np.random.default_rng(seed).uniform(0.1, 3, k)) - 4)
             for seed, k, zeros in ((30, 5, 0), (31, 6, 2), (32, 8, 4), (33, 2, 0))]
    wanted = [oracle_distance(*case) for case in cases]
    out, middle, x = [0.5, 0.0, 0.5], [0.0, 1.0, 0.0], [-3.0, 0.0, 3.0]
    for pr, pg, places, want in (
        (out, middle, x, 3.0), (out, out, x, 0.0), ([1.0], [1.0], [2.0], 0.0),
    ):
        cases.append((np.array(pr), np.array(pg), np.array(places)))
        wanted.append(want)
    for distance, want in zip(each(wasserstein1, cases), wanted, strict=True):
        assert alike(distance, want)


@check(points=1)
def equal_losses_unequal_quality(same_loss_pair):
    """same_loss_pair misses a requirement: L_D and L_G agree between the two, pg2 is pr, W1(pr,
    pg1) is above 1, distributions are not negative and add up to 1, 0 < D < 1. With the optimal
    discriminator in both places the losses will not agree.
    中文：same_loss_pair 不合要求：两组的 L_D、L_G 要分别相等，pg2 就是 pr，W1(pr, pg1) 要大于 1，分
    布非负且和为 1，0 < D < 1。若给两组都配上最优判别器，损失是不会相等的。"""
    x, pr, pg1, D1, pg2, D2 = (floats(a) for a in same_loss_pair())
    assert x.ndim == 1
    assert all(a.shape == x.shape for a in (pr, pg1, D1, pg2, D2))
    assert np.all(np.diff(x) > 0)
    for p in (pr, pg1, pg2):
        assert np.all(p >= 0)
        assert abs(p.sum() - 1) < 1e-7
    for D in (D1, D2):
        assert np.all((D > 0) & (D < 1))
    assert np.abs(pg2 - pr).max() < 1e-9
    assert oracle_distance(pr, pg1, x) > 1
    first, second = oracle_losses(pr, pg1, D1), oracle_losses(pr, pg2, D2)
    assert abs(first[0] - second[0]) < 1e-6
    assert abs(first[1] - second[1]) < 1e-6


@check(points=0.125)
def any_number_type(optimal_discriminator, gan_losses, js_divergence, wasserstein1):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    pr, pg = [0, 1, 0, 0], [0, 0, 0, 1]
    assert all_same_for_any_type([
        (optimal_discriminator, pr, pg), (js_divergence, pr, pg),
        (wasserstein1, pr, pg, [-2, 0, 1, 5]),
    ], lists=True)

    # D cannot be whole: float32 beside integers
    D, kinds = [0.5, 0.25, 0.5, 0.375], (np.float64, np.float32, np.int64, list)
    cases = [(*retyped((pr, pg), kind), retyped(D, np.float32 if kind is np.int64 else kind))
             for kind in kinds]
    assert same_numbers([*losses] for losses in each(gan_losses, cases))


@check(points=0.125)
def leaves_arguments_alone(optimal_discriminator, gan_losses, js_divergence, wasserstein1):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: no /=, -=, out= or slice assignment on what is passed in; copy first.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要对传入的数组用 /=、-=、out= 或切片赋
    值，先复制。"""
    pr, pg = np.array([0.1, 0.4, 0.5, 0.0, 0.0]), np.array([0.25, 0.25, 0.0, 0.5, 0.0])
    x, D = np.array([0.0, 1.0, 1.5, 4.0, 6.0]), np.array([0.5, 0.25, 1.0, 0.125, 0.0])
    assert all_left_alone([
        (optimal_discriminator, pr, pg), (gan_losses, pr, pg, D), (js_divergence, pr, pg),
        (wasserstein1, pr, pg, x),
    ])


@mistake(equal_losses_unequal_quality)
class both_generators_perfect:
    """Believed equal losses to mean equal quality and took pr for both generators
    中文：以为损失相等就意味着质量相同：两个生成器都取成了 pr"""
    def same_loss_pair():
        x, pr, D = np.array([0.0, 2.0, 5.0]), np.array([0.2, 0.3, 0.5]), np.full(3, 0.5)
        return x, pr, pr.copy(), D, pr.copy(), D.copy()


@mistake(equal_losses_unequal_quality)
class optimal_in_both_places:
    """Gave both generators the optimal discriminator: L_D then follows the divergence
    中文：给两组都配了最优判别器：那样 L_D 就由 JS 散度决定，不可能相等"""
    def same_loss_pair():
        x = np.array([0.0, 2.0, 5.0])
        pr, pg = np.array([0.6, 0.3, 0.1]), np.array([0.1, 0.3, 0.6])
        return x, pr, pg, optimal_discriminator(pr, pg), pr, optimal_discriminator(pr, pr)


@mistake(equal_losses_unequal_quality)
class only_one_loss_agrees:
    """Made L_G agree and forgot about L_D
    中文：只凑平了 L_G，L_D 并不相等"""
    def same_loss_pair():
        x, pr, pg = np.array([0.0, 2.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0])
        return x, pr, pg, np.array([0.9, 0.5]), pr, np.array([0.5, 0.9])


@mistake(equal_losses_unequal_quality)
class not_far_enough:
    """Kept pg1 too close: W1 is not above 1
    中文：pg1 离 pr 不够远：W1 没有大于 1"""
    def same_loss_pair():
        x, pr, pg = np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0])
        return x, pr, pg, np.full(2, 0.5), pr, np.full(2, 0.5)


@mistake(equal_losses_unequal_quality)
class two_bad_generators:
    """Left the second generator imperfect: two bad ones prove nothing
    中文：第二个生成器与真实分布不同：两个都很差，说明不了问题"""
    def same_loss_pair():
        x, D = np.array([0.0, 3.0, 6.0]), np.full(3, 0.4)
        return x, np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), D, np.array([0, 1.0, 0]), D


@mistake(equal_losses_unequal_quality)
class discriminator_too_sure:
    """Let a discriminator reach 0 or 1, where strictly between is asked for
    中文：判别器取到了 0 或 1：要求严格在 0 与 1 之间"""
    def same_loss_pair():
        x, pr = np.array([0.0, 2.0, 4.0]), np.array([0.5, 0.5, 0.0])
        D = np.array([0.5, 0.5, 0.0])
        return x, pr, np.array([0.0, 0.5, 0.5]), np.full(3, 0.5), pr, D


@mistake(losses_are_expectations)
class zero_sum:
    """Took the game for zero-sum: L_G as minus L_D
    中文：以为是零和博弈：L_G 取成了 L_D 的相反数"""
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        loss_d = minus_mean_log(pr, D) + minus_mean_log(pg, 1 - D)
        return loss_d, -loss_d


@mistake(losses_are_expectations)
class saturating_generator_loss:
    """Used the saturating loss E_g log(1-D) for the generator; -E_g log D is asked for
    中文：用了饱和形式的生成器损失 E_g log(1-D)，题目要的是 -E_g log D"""
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        return minus_mean_log(pr, D) + minus_mean_log(pg, 1 - D), -minus_mean_log(pg, 1 - D)


@mistake(losses_are_expectations)
class mean_over_points:
    """Averaged over the points and did not weight by probability
    中文：对支撑点取了平均，没有用概率加权"""
    def gan_losses(pr, pg, D):
        D = np.asarray(D, dtype=float)
        return -np.mean(np.log(D)) - np.mean(np.log(1 - D)), -np.mean(np.log(D))


@mistake(losses_are_expectations)
class halved_discriminator_loss:
    """Halved L_D, as the (real + fake) / 2 of much code does
    中文：L_D 取了两项的平均：照搬了常见代码里的 (real + fake) / 2"""
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        return (minus_mean_log(pr, D) + minus_mean_log(pg, 1 - D)) / 2, minus_mean_log(pg, D)


@mistake(losses_are_expectations)
class generator_loss_over_real:
    """Took the expectation in L_G over the real samples
    中文：L_G 的期望用了真实样本的分布 pr"""
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        return minus_mean_log(pr, D) + minus_mean_log(pg, 1 - D), minus_mean_log(pr, D)


@mistake(losses_are_expectations)
class objectives_for_losses:
    """Forgot the minus signs: objectives to maximise and not losses
    中文：忘了负号：算成了要最大化的目标，不是损失"""
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        return -minus_mean_log(pr, D) - minus_mean_log(pg, 1 - D), -minus_mean_log(pg, D)


@mistake(zeros_and_tiny_values)
class zero_times_infinity:
    """Let 0 * log(0) become nan at points of probability 0
    中文：0 * log(0) 得到 nan：没有处理概率为 0 的点"""
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        loss_d = -np.sum(pr * np.log(D)) - np.sum(pg * np.log(1 - D))
        return float(loss_d), float(-np.sum(pg * np.log(D)))


@mistake(zeros_and_tiny_values)
class clipped_discriminator:
    """Clipped D, or added a small number inside the logarithm, against log 0: a D that is really
    tiny is altered too
    中文：怕出现 log 0，截断了 D，或者在对数里加了一个小常数：真正很小的 D 也被改掉了"""
    def gan_losses(pr, pg, D):
        D = np.clip(D, 1e-8, 1 - 1e-8)
        loss_d = -np.sum(pr * np.log(D)) - np.sum(pg * np.log(1 - D))
        return float(loss_d), float(-np.sum(pg * np.log(D)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class clipped_at_1e_7:
    def gan_losses(pr, pg, D):
        D = np.clip(D, 1e-7, 1 - 1e-7)
        loss_d = -np.sum(pr * np.log(D)) - np.sum(pg * np.log(1 - D))
        return float(loss_d), float(-np.sum(pg * np.log(D)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class clipped_at_1e_12:
    def gan_losses(pr, pg, D):
        D = np.clip(D, 1e-12, 1 - 1e-12)
        loss_d = -np.sum(pr * np.log(D)) - np.sum(pg * np.log(1 - D))
        return float(loss_d), float(-np.sum(pg * np.log(D)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class clipped_at_1e_15:
    def gan_losses(pr, pg, D):
        D = np.clip(D, 1e-15, 1 - 1e-15)
        loss_d = -np.sum(pr * np.log(D)) - np.sum(pg * np.log(1 - D))
        return float(loss_d), float(-np.sum(pg * np.log(D)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class small_number_in_the_log:
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        loss_d = -np.sum(pr * np.log(D + 1e-12)) - np.sum(pg * np.log(1 - D + 1e-12))
        return float(loss_d), float(-np.sum(pg * np.log(D + 1e-12)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class number_of_1e_8_in_the_log:
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        loss_d = -np.sum(pr * np.log(D + 1e-8)) - np.sum(pg * np.log(1 - D + 1e-8))
        return float(loss_d), float(-np.sum(pg * np.log(D + 1e-8)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class number_of_1e_10_in_the_log:
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        loss_d = -np.sum(pr * np.log(D + 1e-10)) - np.sum(pg * np.log(1 - D + 1e-10))
        return float(loss_d), float(-np.sum(pg * np.log(D + 1e-10)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class number_of_1e_15_in_the_log:
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        loss_d = -np.sum(pr * np.log(D + 1e-15)) - np.sum(pg * np.log(1 - D + 1e-15))
        return float(loss_d), float(-np.sum(pg * np.log(D + 1e-15)))


@mistake(zeros_and_tiny_values, belief="clipped_discriminator")
class small_number_against_log_of_zero:
    def gan_losses(pr, pg, D):
        fake = -np.sum(np.asarray(pg) * np.log(1 - np.asarray(D) + 1e-12))
        return float(minus_mean_log(pr, D) + fake), minus_mean_log(pg, D)


@mistake(divergence_from_the_mixture)
class rounded:
    """Rounded the divergence to a few digits, as one does when printing it
    中文：把散度四舍五入到小数点后几位，像打印时那样"""
    def js_divergence(pr, pg):
        m = (np.asarray(pr) + np.asarray(pg)) / 2
        total = minus_mean_log(pr, m) - minus_mean_log(pr, pr)
        return round((total + minus_mean_log(pg, m) - minus_mean_log(pg, pg)) / 2, 4)


@mistake(divergence_from_the_mixture, belief="rounded")
class rounded_to_three_digits:
    def js_divergence(pr, pg):
        m = (np.asarray(pr) + np.asarray(pg)) / 2
        total = minus_mean_log(pr, m) - minus_mean_log(pr, pr)
        return round((total + minus_mean_log(pg, m) - minus_mean_log(pg, pg)) / 2, 3)


@mistake(divergence_from_the_mixture, belief="rounded")
class rounded_to_five_digits:
    def js_divergence(pr, pg):
        m = (np.asarray(pr) + np.asarray(pg)) / 2
        total = minus_mean_log(pr, m) - minus_mean_log(pr, pr)
        return round((total + minus_mean_log(pg, m) - minus_mean_log(pg, pg)) / 2, 5)


@mistake(divergence_from_the_mixture, belief="rounded")
class rounded_to_six_digits:
    def js_divergence(pr, pg):
        m = (np.asarray(pr) + np.asarray(pg)) / 2
        total = minus_mean_log(pr, m) - minus_mean_log(pr, pr)
        return round((total + minus_mean_log(pg, m) - minus_mean_log(pg, pg)) / 2, 6)


@mistake(discriminator_is_optimal)
class probability_of_fake:
    """Put the wrong one on top: pg / (pr + pg) is the probability of a generated sample
    中文：分子用错了：pg / (pr + pg) 是生成样本的概率"""
    def optimal_discriminator(pr, pg):
        total = np.asarray(pr) + np.asarray(pg)
        return np.where(total > 0, pg / np.where(total > 0, total, 1), 0.5)


@mistake(discriminator_is_optimal)
class constant_in_the_denominator:
    """Added 1e-12 to the denominator, which spoils the ratio of tiny probabilities
    中文：分母里加了 1e-12：概率很小时比例就错了"""
    def optimal_discriminator(pr, pg):
        total = np.asarray(pr) + np.asarray(pg)
        return np.where(total > 0, pr / (total + 1e-12), 0.5)


@mistake(discriminator_is_optimal, belief="constant_in_the_denominator")
class constant_of_1e_8:
    def optimal_discriminator(pr, pg):
        total = np.asarray(pr) + np.asarray(pg)
        return np.where(total > 0, pr / (total + 1e-8), 0.5)


@mistake(discriminator_is_optimal, belief="constant_in_the_denominator")
class constant_of_1e_10:
    def optimal_discriminator(pr, pg):
        total = np.asarray(pr) + np.asarray(pg)
        return np.where(total > 0, pr / (total + 1e-10), 0.5)


@mistake(discriminator_is_optimal, belief="constant_in_the_denominator")
class constant_of_1e_15:
    def optimal_discriminator(pr, pg):
        total = np.asarray(pr) + np.asarray(pg)
        return np.where(total > 0, pr / (total + 1e-15), 0.5)


@mistake(discriminator_is_optimal)
class zero_over_zero:
    """Did not treat points where both are 0: 0/0 is nan
    中文：没有处理两个概率都为 0 的点：0/0 得到 nan"""
    def optimal_discriminator(pr, pg):
        return np.asarray(pr) / (np.asarray(pr) + np.asarray(pg))


@mistake(discriminator_is_optimal)
class all_or_nothing:
    """Believed the optimum to be all or nothing, 1 where pr is larger and else 0
    中文：以为最优判别器非 0 即 1：谁的概率大就判给谁"""
    def optimal_discriminator(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        return np.where(pr > pg, 1.0, np.where(pr < pg, 0.0, 0.5))


@mistake(discriminator_is_optimal)
class always_one_half:
    """Believed the optimum to be 0.5 everywhere, which is so for pg = pr only
    中文：以为最优判别器处处是 0.5：那只在 pg = pr 时成立"""
    def optimal_discriminator(pr, pg):
        return np.full(np.shape(pr), 0.5)


@mistake(divergence_from_the_mixture)
class kl_for_js:
    """Computed KL(pr, pg) without the mixture
    中文：算成了 KL(pr, pg)：没有用中间分布"""
    def js_divergence(pr, pg):
        return minus_mean_log(pr, pg) - minus_mean_log(pr, pr)


@mistake(divergence_from_the_mixture)
class bits_for_nats:
    """Used the logarithm to base 2: bits and not nats
    中文：用了以 2 为底的对数：单位成了比特"""
    def js_divergence(pr, pg):
        m = (np.asarray(pr) + np.asarray(pg)) / 2
        total = minus_mean_log(pr, m) - minus_mean_log(pr, pr)
        return (total + minus_mean_log(pg, m) - minus_mean_log(pg, pg)) / 2 / np.log(2)


@mistake(divergence_from_the_mixture)
class halves_forgotten:
    """Left out the halves and just added the two KL terms
    中文：漏了系数 1/2：两个 KL 直接相加"""
    def js_divergence(pr, pg):
        m = (np.asarray(pr) + np.asarray(pg)) / 2
        total = minus_mean_log(pr, m) - minus_mean_log(pr, pr)
        return total + minus_mean_log(pg, m) - minus_mean_log(pg, pg)


@mistake(divergence_from_the_mixture)
class square_root_taken:
    """Took the square root: that is the distance and not the divergence
    中文：开了平方：那是 JS 距离，不是散度"""
    def js_divergence(pr, pg):
        m = (np.asarray(pr) + np.asarray(pg)) / 2
        total = minus_mean_log(pr, m) - minus_mean_log(pr, pr)
        total = (total + minus_mean_log(pg, m) - minus_mean_log(pg, pg)) / 2
        return float(np.sqrt(max(total, 0)))


@mistake(distance_is_the_least_work)
class gaps_of_one:
    """Forgot the widths of the gaps, as if all were 1
    中文：忘了乘空隙的宽度：默认间距都是 1"""
    def wasserstein1(pr, pg, x):
        return float(np.sum(np.abs(np.cumsum(np.asarray(pr) - pg))))


@mistake(distance_is_the_least_work)
class difference_of_means:
    """Took W1 for the difference of the means: moves to both sides cancel
    中文：以为 W1 就是均值之差：一左一右的搬运被抵消了"""
    def wasserstein1(pr, pg, x):
        return float(abs(np.sum(np.asarray(pr) * x) - np.sum(np.asarray(pg) * x)))


@mistake(distance_is_the_least_work)
class gap_off_by_one:
    """Off by one gap: took the cumulated probability up to the point on the right
    中文：空隙错开了一格：用了空隙右边那一点之后的累积概率"""
    def wasserstein1(pr, pg, x):
        return float(np.sum(np.abs(np.cumsum(np.asarray(pr) - pg))[1:] * np.diff(x)))


@mistake(distance_is_the_least_work)
class not_cumulated:
    """Compared probabilities point by point without cumulating, blind to how far mass moves
    中文：比较的是每一点的概率，没有累积：远近就看不出来了"""
    def wasserstein1(pr, pg, x):
        return float(np.sum(np.abs(np.asarray(pr) - pg)[:-1] * np.diff(x)))


@mistake(distance_is_the_least_work)
class independent_coupling:
    """Sent every share to all places in proportion to pr: that does the job, not at least cost
    中文：把每一份土都按 pr 的比例分送到各处：这样搬能搬完，但不是最省的"""
    def wasserstein1(pr, pg, x):
        x = np.asarray(x, dtype=float)
        return float(np.sum(np.outer(pr, pg) * np.abs(x[:, None] - x[None, :])))


@mistake(divergence_from_the_mixture)
class common_points_only:
    """Skipped points where one of the two is 0 and lost what the other adds there
    中文：把有一方概率为 0 的点整个跳过了，另一方在那里的贡献也丢了"""
    def js_divergence(pr, pg):
        both = (np.asarray(pr) > 0) & (np.asarray(pg) > 0)
        p, q = np.asarray(pr)[both], np.asarray(pg)[both]
        m = (p + q) / 2
        return float(np.sum(p * np.log(p / m) + q * np.log(q / m)) / 2)


@mistake(any_number_type)
class dtype_of_the_input:
    """Built the result with np.zeros_like(pr): for integers 0.5 is cut to 0
    中文：用 np.zeros_like(pr) 建结果：pr 是整数时 0.5 被截成 0"""
    def optimal_discriminator(pr, pg):
        D = np.zeros_like(pr)
        for k in range(len(pr)):
            D[k] = pr[k] / (pr[k] + pg[k]) if pr[k] + pg[k] > 0 else 0.5
        return D


@mistake(leaves_arguments_alone)
class mends_the_argument:
    """Wrote 1 into the caller's D where it was 0, to avoid log(0)
    中文：为了避开 log(0)，在传入的 D 里把 0 改成了 1"""
    def gan_losses(pr, pg, D):
        pr, pg, D = map(np.asarray, (pr, pg, D))
        fake = np.where(pg > 0, 1 - D, 1.0)
        D[(pr == 0) & (pg == 0)] = 1
        loss_d = -np.sum(pr * np.log(D)) - np.sum(pg * np.log(fake))
        return float(loss_d), float(-np.sum(pg * np.log(D)))


@accepted
class by_the_odds:
    def optimal_discriminator(pr, pg):
        with np.errstate(all="ignore"):
            D = 1 / (1 + np.asarray(pg) / np.asarray(pr))
        return np.nan_to_num(D, nan=0.5).tolist()


@accepted
class point_by_point:
    def optimal_discriminator(pr, pg):
        return [r / (r + g) if r + g > 0 else 0.5 for r, g in zip(pr, pg)]

    def gan_losses(pr, pg, D):
        loss_d = loss_g = 0
        for r, g, d in zip(pr, pg, D):
            loss_d -= r * np.log(d) if r else 0
            loss_d -= g * np.log(1 - d) if g else 0
            loss_g -= g * np.log(d) if g else 0
        return [loss_d, loss_g]


@accepted
class guarded_logarithm:
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        def mean_log(p, q):
            return np.where(p > 0, p * np.log(np.where(p > 0, q, 1)), 0).sum()

        return -mean_log(pr, D) - mean_log(pg, 1 - D), -mean_log(pg, D)


@accepted
class nan_to_zero:
    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(a, dtype=float) for a in (pr, pg, D))
        with np.errstate(all="ignore"):
            real, fake = pr * np.log(D), pg * np.log1p(-D)
            generator = pg * np.log(D)
        real, fake, generator = (np.where(np.isnan(a), 0, a) for a in (real, fake, generator))
        return np.array([-(real.sum() + fake.sum()), -generator.sum()])


@accepted
class divergence_from_the_loss:
    def js_divergence(pr, pg):
        loss_d, _ = gan_losses(pr, pg, optimal_discriminator(pr, pg))
        return np.log(2) - loss_d / 2


@accepted
class divergence_from_entropies:
    def js_divergence(pr, pg):
        def entropy(p):
            p = np.array([v for v in p if v > 0], dtype=float)
            return -(p @ np.log(p))

        return entropy((np.array(pr) + np.array(pg)) / 2) - (entropy(pr) + entropy(pg)) / 2


@accepted
class carried_along_the_line:
    def wasserstein1(pr, pg, x):
        carried = work = 0.0
        for k in range(len(x) - 1):
            carried += pg[k] - pr[k]
            work += abs(carried) * (x[k + 1] - x[k])
        return work


@accepted
class by_the_best_potential:
    def wasserstein1(pr, pg, x):
        pr, pg, x = (np.asarray(a, dtype=float) for a in (pr, pg, x))
        slopes = -np.sign(np.cumsum(pr - pg)[:-1])
        return np.concatenate([[0], np.cumsum(slopes * np.diff(x))]) @ (pr - pg)


@accepted
class area_between_the_quantiles:
    def wasserstein1(pr, pg, x):
        x = np.asarray(x, dtype=float)
        first, second = np.cumsum(pr), np.cumsum(pg)
        levels = np.sort(np.concatenate([[0.0], first, second]))
        middles = (levels[1:] + levels[:-1]) / 2
        places = [np.minimum(np.searchsorted(c, middles), len(x) - 1) for c in (first, second)]
        return np.sum(np.diff(levels) * np.abs(x[places[0]] - x[places[1]]))


@accepted
class two_points_in_lists:
    def same_loss_pair():
        return [0, 10], [1, 0], [0, 1], [0.3, 0.3], [1, 0], [0.3, 0.3]


@accepted
class uneven_discriminators:
    def same_loss_pair():
        x, pr = np.array([-1.0, 0.5, 4.0, 7.5]), np.array([0.5, 0.5, 0.0, 0.0])
        low, high = 0.2, 0.8
        fake = np.sqrt(low * high)
        real = fake * np.sqrt((1 - low) * (1 - high)) / (1 - fake)
        D1 = np.array([real, real, fake, fake])
        return x, pr, pr[::-1].copy(), D1, pr, np.array([low, high, 0.5, 0.9])


@proof
def equal_losses_at_different_distances():
    x, pr, pg1, D1, pg2, D2 = same_loss_pair()
    assert np.allclose(gan_losses(pr, pg1, D1), gan_losses(pr, pg2, D2))
    assert wasserstein1(pr, pg1, x) > 1 > 1e-9 > wasserstein1(pr, pg2, x)
