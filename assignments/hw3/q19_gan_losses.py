"""GAN losses: equal at epoch 1 and at epoch 100."""

import numpy as np

from autograder.pages import check, see


def optimal_discriminator(pr, pg):
    """Return D (k,), the discriminator with the smallest L_D for these two distributions.

    pr, pg (k,): probabilities of the real and of the generated samples, each adding up to 1; some
    may be 0 or tiny. Where both are 0 every value is as good: return 0.5 there. Arguments are not
    changed.

    中文：
    返回使 L_D 最小的判别器 D，形状 (k,)。
    pr、pg (k,)：真实样本和生成样本的概率，各自之和为 1，个别可以是 0 或非常小。
    两者都为 0 的点上取什么值都一样，约定返回 0.5。不得修改参数。
    """
    ...


def gan_losses(pr, pg, D):
    """Return (L_D, L_G) = (-E_r log D - E_g log(1 - D), -E_g log D), two floats.

    pr, pg, D (k,), 0 <= D <= 1. 0 log 0 = 0: a point of probability 0 adds nothing. Values of D
    as small as 1e-30 give accurate losses. Arguments are not changed.

    中文：
    返回 (L_D, L_G) = (-E_r log D - E_g log(1 - D), -E_g log D)，两个 float。
    pr、pg、D (k,)，0 <= D <= 1。约定 0 log 0 = 0，即概率为 0 的点没有贡献。
    D 小到 1e-30 时损失仍要准确。不得修改参数。
    """
    ...


def js_divergence(pr, pg):
    """Return the Jensen-Shannon divergence of pr and pg (k,), a float in nats.

    Natural logarithm, 0 log 0 = 0; finite also where the two have no point in common. Arguments
    are not changed.

    中文：
    返回 pr 与 pg (k,) 的 JS 散度（float，单位 nat，即用自然对数）。
    约定 0 log 0 = 0；两个分布没有公共点时结果也是有限的。不得修改参数。
    """
    ...


def wasserstein1(pr, pg, x):
    """Return the Wasserstein-1 distance of pr and pg over the points x, a float.

    x (k,) increasing, with gaps of any size, negative values allowed; k >= 1. Moving mass costs
    mass times distance; this is the smallest cost of turning pg into pr. Arguments are not changed.

    中文：
    返回 pr 与 pg 的 Wasserstein-1 距离（float），两者都定义在点 x 上。
    x (k,) 递增，间距可以不等，可以有负数；k >= 1。搬运概率的代价是“概率乘以距离”，
    所求的是把 pg 搬成 pr 的最小总代价。不得修改参数。
    """
    ...


def same_loss_pair():
    """Return (x, pr, pg1, D1, pg2, D2), six arrays of shape (k,), with a k of your choice.

    (pr, pg1, D1) and (pr, pg2, D2) have the same L_D and the same L_G, although pg1 is far from
    the real distribution, W1(pr, pg1) > 1, and pg2 = pr. x is increasing and 0 < D < 1 everywhere;
    the discriminators need not be optimal. Any such example will do.

    中文：
    返回 (x, pr, pg1, D1, pg2, D2)，六个形状为 (k,) 的数组，k 自定。
    (pr, pg1, D1) 与 (pr, pg2, D2) 的 L_D 相同，L_G 也相同；可是 pg1 离真实分布很远，
    W1(pr, pg1) > 1，而 pg2 = pr。x 递增，处处 0 < D < 1；判别器不必是最优的。答案不唯一。
    """
    ...


@check(points=0.25)
def example_of_the_discriminator(optimal_discriminator):
    """optimal_discriminator: D has the shape of pr; it is 0.5 where both probabilities are equal.
    中文：optimal_discriminator：D 的形状与 pr 相同；两个概率相等的点上是 0.5。"""
    D = optimal_discriminator(np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.0, 0.3, 0.7, 0.0]))
    assert np.asarray(D).dtype.kind in "biuf", f"{D!r}"
    assert np.shape(D) == (4,), f"{np.shape(D)} != (4,)"
    assert np.allclose(np.asarray(D)[[1, 3]], 0.5), f"{D!r}"


@check(points=0.25)
def example_of_the_losses(gan_losses):
    """gan_losses: with pr=(.5, .5, 0), pg=(0, .5, .5), D=(.8, .5, .2), L_D is about 0.916 and L_G
    1.151, two numbers.
    中文：gan_losses：pr=(.5, .5, 0)、pg=(0, .5, .5)、D=(.8, .5, .2) 时，L_D 约 0.916，L_G 约
    1.151，是两个数。"""
    pr, pg = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
    loss_d, loss_g = gan_losses(pr, pg, np.array([0.8, 0.5, 0.2]))
    for name, loss, wanted in (("L_D", loss_d, 0.9163), ("L_G", loss_g, 1.1513)):
        assert np.asarray(loss).dtype.kind in "biuf", f"{name}: {loss!r}"
        assert np.shape(loss) == (), f"{name}: {np.shape(loss)} != ()"
        assert abs(loss - wanted) < 1e-3, f"{name}: {loss!r} != {wanted}"


@check(points=0.125)
def example_of_the_divergence(js_divergence):
    """js_divergence: for pr=(.5, .5, 0) and pg=(0, .5, .5) it is about 0.347, a number.
    中文：js_divergence：pr=(.5, .5, 0)、pg=(0, .5, .5) 时约为 0.347，是一个数。"""
    js = js_divergence(np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5]))
    assert np.asarray(js).dtype.kind in "biuf", f"{js!r}"
    assert np.shape(js) == (), f"{np.shape(js)} != ()"
    assert abs(js - 0.3466) < 1e-3, f"{js!r} != 0.3466"


@check(points=0.125)
def example_of_the_distance(wasserstein1):
    """wasserstein1: for pr=(.5, .5, 0) and pg=(0, .5, .5) over x=(0, 1, 3) it is 1.5, a number.
    中文：wasserstein1：x=(0, 1, 3)、pr=(.5, .5, 0)、pg=(0, .5, .5) 时为 1.5，是一个数。"""
    x = np.array([0.0, 1.0, 3.0])
    distance = wasserstein1(np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5]), x)
    assert np.asarray(distance).dtype.kind in "biuf", f"{distance!r}"
    assert np.shape(distance) == (), f"{np.shape(distance)} != ()"
    assert abs(distance - 1.5) < 1e-6, f"{distance!r} != 1.5"


@check(points=0.25)
def six_arrays_of_one_shape(same_loss_pair):
    """same_loss_pair: six arrays, x, pr, pg1, D1, pg2, D2, all of one shape (k,).
    中文：same_loss_pair：依次返回 x、pr、pg1、D1、pg2、D2，六个数组的形状都是 (k,)。"""
    pair = same_loss_pair()
    assert len(pair) == 6, f"{len(pair)} != 6"
    shapes = [np.shape(array) for array in pair]
    assert len(shapes[0]) == 1 and len(set(shapes)) == 1 and shapes[0] != (0,), f"{shapes}"
    assert all(np.asarray(array).dtype.kind in "biuf" for array in pair), f"{pair!r}"


@see
def equal_losses_unequal_images():
    import matplotlib.pyplot as plt

    x, pr, pg1, D1, pg2, D2 = (np.asarray(a, dtype=float) for a in same_loss_pair())
    width = 0.4 * np.min(np.diff(x))
    _, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, pg, D in zip(axes, (pg1, pg2), (D1, D2), strict=True):
        axis.bar(x - width / 2, pr, width, label="real, pr")
        axis.bar(x + width / 2, pg, width, label="generated, pg")
        axis.plot(x, D, "k.--", label="discriminator D(x)")
        loss_d, loss_g = gan_losses(pr, pg, D)
        distance = wasserstein1(pr, pg, x)
        axis.set_title(f"L_D = {loss_d:.3f}, L_G = {loss_g:.3f}, W1 = {distance:.2f}")
        axis.set_xlabel("x")
        axis.set_ylim(0, 1.25)
    axes[0].set_ylabel("probability; D")
    axes[0].legend(loc="upper center", ncols=3, fontsize="small")
    plt.show()
