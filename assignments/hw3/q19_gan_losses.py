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


@check(points=1)
def shapes_and_example(
    optimal_discriminator, gan_losses, js_divergence, wasserstein1, same_loss_pair
):
    """A shape or the small example is off: with x=(0, 1, 3), pr=(.5, .5, 0), pg=(0, .5, .5), D=(.8,
    .5, .2), L_D is about 0.916, L_G 1.151, JS 0.347 and W1 is 1.5.
    中文：形状或小例子不对：x=(0, 1, 3)、pr=(.5, .5, 0)、pg=(0, .5, .5)、D=(.8, .5, .2) 时，L_D 约
    0.916，L_G 约 1.151，JS 约 0.347，W1 为 1.5。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    x, D = np.array([0.0, 1.0, 3.0]), np.array([0.8, 0.5, 0.2])
    pr, pg = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
    assert np.shape(optimal_discriminator(pr, pg)) == (3,)
    loss_d, loss_g = gan_losses(pr, pg, D)
    assert abs(number(loss_d) - 0.9163) < 1e-3
    assert abs(number(loss_g) - 1.1513) < 1e-3
    assert abs(number(js_divergence(pr, pg)) - 0.3466) < 1e-3
    assert abs(number(wasserstein1(pr, pg, x)) - 1.5) < 1e-9
    pair = same_loss_pair()
    assert len(pair) == 6
    assert all(np.shape(a) == np.shape(pair[0]) for a in pair)


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
