"""99% in the lab, complaints in the field."""

import numpy as np

from autograder.pages import check, see


def fingerprints(seed):
    """Given: 40 fingers, 8 near-identical impressions of each, in random order.

    Returns X (16, 320), one impression a column; y (320,), a label per finger, 1 live or 0 fake;
    groups (320,), the finger of each impression. The label is only weakly tied to the features.

    中文：
    已给出：40 根手指，每根手指 8 次几乎相同的采集，顺序随机。
    返回 X (16, 320)，一列一次采集；y (320,)，每根手指一个标签，1 为真手指，0 为假手指；
    groups (320,)，每次采集来自哪根手指。标签与特征之间只有微弱的联系。
    """
    rng = np.random.default_rng(seed)
    fingers = rng.normal(size=(16, 40))
    labels = (fingers[0] + rng.normal(size=40) > 0).astype(int)
    groups = rng.permutation(np.repeat(np.arange(40), 8))
    return fingers[:, groups] + 0.2 * rng.normal(size=(16, 320)), labels[groups], groups


def group_split(groups, test_frac, seed):
    """Return (train_idx, test_idx), two arrays of sample indices; every group is on one side only.

    groups (m,): the group of each sample, numbers or strings, in any order, of different sizes, at
    least two groups. Each sample is on exactly one side, neither side is empty, and the number of
    test groups is within one of test_frac times the number of groups, 0 < test_frac < 1. The
    int seed decides which groups: the same seed gives the same split, another seed another one.
    Arguments are not changed.

    中文：
    返回 (train_idx, test_idx)，即两个样本下标的数组；同一组的样本只出现在一边。
    groups (m,)：每个样本所属的组，可以是数或字符串，顺序任意，各组大小不一，至少两组。
    每个样本恰好在一边，两边都不为空；测试组的个数与 test_frac 乘以组数之差不超过 1，
    0 < test_frac < 1。选中哪些组由整数 seed 决定：seed 相同则划分相同，seed 不同则划分不同。
    不得修改参数。
    """
    ...


def far_frr(genuine, impostor, thr):
    """Return (FAR, FRR) at threshold thr; an attempt is accepted if and only if score >= thr.

    genuine (g,), impostor (i,): scores of genuine and of impostor attempts, any real numbers. FAR
    is the share of impostors accepted, FRR the share of genuine attempts rejected. thr may be
    infinite. Arguments are not changed.

    中文：
    返回阈值 thr 下的 (FAR, FRR)；当且仅当 score >= thr 时接受。
    genuine (g,)、impostor (i,)：本人和冒充者的得分，可以是任意实数。
    FAR 是冒充者被接受的比例，FRR 是本人被拒绝的比例。thr 可以是无穷大。不得修改参数。
    """
    ...


def threshold_for_far(genuine, impostor, target):
    """Return a threshold whose FAR is at most target and whose FRR is then as small as possible.

    Scores as in far_frr, ties included; 0 <= target <= 1. Any such threshold will do, np.inf too.

    中文：
    返回一个阈值，使 FAR 不超过 target，并且在此前提下 FRR 尽可能小。
    得分同 far_frr，可能有相同的；0 <= target <= 1。满足条件的阈值都可以，包括 np.inf。
    """
    ...


def precision_at_prior(far, frr, p):
    """Return P(genuine | accepted) as a float, when a share p of all attempts is genuine.

    Somebody is accepted: the case in which nobody ever is does not occur.

    中文：
    若全部尝试中本人所占的比例为 p，返回 P(本人 | 被接受)（float）。
    不会出现任何人都不被接受的情形。
    """
    ...


@check(points=0.25)
def group_split_example(group_split):
    """group_split is off for eight samples of three groups: each sample is on exactly one side,
    neither side is empty, and no group is on both.
    中文：group_split 对三组共八个样本的划分不对：每个样本恰好在一边，两边都不为空，没有哪一组同时出
    现在两边。"""
    groups = np.array([5, 7, 5, 7, 9, 7, 9, 9])
    train, test = (np.asarray(side) for side in group_split(groups, 0.4, 0))
    assert train.dtype.kind in "iu"
    assert test.dtype.kind in "iu"
    assert sorted([*train, *test]) == list(range(8))
    assert 0 < len(test) < 8
    assert not set(groups[train]) & set(groups[test])


@check(points=0.25)
def far_frr_example(far_frr):
    """far_frr is off: at threshold 0.6 the genuine scores 0.9, 0.8, 0.4 have FRR 1/3 and the
    impostor scores 0.6, 0.3 have FAR 1/2.
    中文：far_frr 不对：阈值 0.6 时，本人得分 0.9、0.8、0.4 的 FRR 是 1/3，冒充者得分 0.6、0.3 的
    FAR 是 1/2。"""
    rates = far_frr(np.array([0.9, 0.8, 0.4]), np.array([0.6, 0.3]), 0.6)
    far, frr = (np.asarray(rate) for rate in rates)
    assert far.dtype.kind + frr.dtype.kind == "ff"
    assert far.size == frr.size == 1
    assert abs(float(far.item()) - 1 / 2) < 1e-6
    assert abs(float(frr.item()) - 1 / 3) < 1e-6


@check(points=0.25)
def threshold_for_far_example(threshold_for_far):
    """threshold_for_far is off for target 0: with impostor scores 0.6, 0.3 and genuine scores 0.9,
    0.8, 0.4 the threshold lies above 0.6 and not above 0.8.
    中文：target = 0 时 threshold_for_far 不对：冒充者得分 0.6、0.3，本人得分 0.9、0.8、0.4，阈值应
    大于 0.6，且不超过 0.8。"""
    thr = np.asarray(threshold_for_far(np.array([0.9, 0.8, 0.4]), np.array([0.6, 0.3]), 0.0))
    assert thr.dtype.kind in "iuf"
    assert thr.size == 1
    assert 0.6 < float(thr.item()) <= 0.8


@check(points=0.25)
def precision_at_prior_example(precision_at_prior):
    """precision_at_prior is off: with FAR = FRR = 0.1, half of the attempts genuine, nine of ten
    accepted are genuine.
    中文：precision_at_prior 不对：FAR = FRR = 0.1、一半的尝试是本人时，被接受的十个里有九个是本
    人。"""
    precision = np.asarray(precision_at_prior(0.1, 0.1, 0.5))
    assert precision.dtype.kind == "f"
    assert precision.size == 1
    assert abs(float(precision.item()) - 0.9) < 1e-6


@see
def leaky_against_grouped():
    import matplotlib.pyplot as plt

    def per_sample_split(groups, test_frac, seed):
        order = np.random.default_rng(seed).permutation(len(groups))
        cut = int(test_frac * len(groups))
        return order[cut:], order[:cut]

    def nearest_neighbour_accuracy(X, y, train, test):
        train, test = np.asarray(train), np.asarray(test)
        distance = (X[:, train] ** 2).sum(0) - 2 * X[:, test].T @ X[:, train]
        return np.mean(y[train][distance.argmin(axis=1)] == y[test])

    figure, axes = plt.subplots(1, 3, figsize=(12, 4.5), width_ratios=(1, 1, 1.6))
    X, y, groups = fingerprints(0)
    splits = {"per sample (leaky)": per_sample_split, "grouped": group_split}
    for row, (name, split) in enumerate(splits.items()):
        is_test = np.isin(np.arange(320), split(groups, 0.25, 0)[1])
        sides = [is_test[groups == finger] for finger in range(40)]
        axes[row].imshow(sides, cmap="coolwarm", aspect="auto", vmin=-0.2, vmax=1.2)
        axes[row].set(title=f"{name}\nred: test, blue: train", xlabel="impression of the finger")
        axes[row].set(ylabel="finger", xticks=range(8))
        scores = []
        for seed in range(30):
            X, y, fingers = fingerprints(seed)
            scores.append(nearest_neighbour_accuracy(X, y, *split(fingers, 0.25, seed)))
        jitter = 0.15 * np.random.default_rng(0).uniform(-1, 1, size=30)
        axes[2].plot(row + jitter, scores, "o", alpha=0.5)
        axes[2].plot([row - 0.25, row + 0.25], 2 * [np.mean(scores)], "k")
        axes[2].text(row + 0.28, np.mean(scores), f"{np.mean(scores):.2f}", va="center")
    axes[2].axhline(0.5, color="0.6", linestyle=":")
    axes[2].set(xticks=[0, 1], xticklabels=splits, ylim=(0, 1.05), xlim=(-0.5, 1.6))
    axes[2].set(title="nearest neighbour, 30 data sets", ylabel="test accuracy")
    figure.tight_layout()
    plt.show()
