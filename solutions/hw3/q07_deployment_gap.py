"""The 99% were measured on impressions of fingers that were in the training set too. Near-copies
on both sides of the split are leakage: the nearest neighbour recognises the finger and recalls its
label. Split by finger and the same classifier falls to about 0.55. Two more reasons remain even
after an honest split: the field shifts (other sensors, dry skin, other people), and the base rate
changes. With FAR = 1% and FRR = 1% but one genuine attempt in a hundred, half of those let in
are impostors.

The common wrong answer is "overfitting, so cross-validate". Cross-validation on leaky folds reports
the same 99%, since every fold shares its fingers with the others. The other one is to read 99%
accuracy as "99% of those accepted are genuine", which forgets the prior. Both come from taking a
score for a property of the model, when it belongs to the model and the data it was measured on.

中文：
测出 99% 的那些样本，手指在训练集里也出现过。划分的两边有几乎相同的样本，这就是数据泄漏：
最近邻认出的是手指，再照搬它的标签。改为按手指划分，同一个分类器只剩 0.55 左右。即使划分没有问题，
还有两个原因：现场的分布变了（传感器不同、手指干燥、人群不同）；先验比例也变了。FAR = 1%、FRR =
1%，但一百次尝试里只有一次是本人时，放进来的人有一半是冒充者。

常见的错误回答是“过拟合了，做交叉验证就行”。在有泄漏的折上做交叉验证，得到的还是 99%，
因为每一折都和其他折共用手指。另一种误解是把 99% 的准确率读成“被接受的人有 99% 是本人”，
忘了先验。两者的根源相同：把分数当成模型自身的性质，其实它同时取决于模型和测试所用的数据。
"""

import numpy as np

from autograder.check_toolkit import alike, all_left_alone, each, fitted, floats
from autograder.pages import accepted, check, mistake, proof


def group_split(groups, test_frac, seed):
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    count = min(max(round(test_frac * len(names)), 1), len(names) - 1)
    chosen = np.random.default_rng(seed).permutation(len(names))[:count]
    is_test = np.isin(member.reshape(-1), chosen)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def far_frr(genuine, impostor, thr):
    genuine, impostor = np.asarray(genuine, dtype=float), np.asarray(impostor, dtype=float)
    return float(np.mean(impostor >= thr)), float(np.mean(genuine < thr))


def threshold_for_far(genuine, impostor, target):
    # FRR grows with the threshold: the lowest one that keeps FAR is the best
    for thr in [*np.unique(np.asarray(genuine, dtype=float)), np.inf]:
        if far_frr(genuine, impostor, thr)[0] <= target:
            return float(thr)


def precision_at_prior(far, frr, p):
    owners, strangers = p * (1 - frr), (1 - p) * far
    return float(owners / (owners + strangers))


def sides(split, groups):
    """The two sides as sorted lists, after checking that they are indices of all samples, once."""
    train, test = split
    assert np.ndim(train) == 1
    assert np.ndim(test) == 1
    assert len(train) + len(test) == len(groups)
    train, test = (sorted(map(int, floats(side).tolist())) for side in (train, test))
    assert sorted(train + test) == list(range(len(groups)))
    return train, test


def teams(seed, sizes, names):
    """The group of each sample, shuffled; group names[j] has sizes[j] samples."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(sum(sizes))
    return np.array([name for name, size in zip(names, sizes) for _ in range(size)])[order]


def count_rates(genuine, impostor, thr):
    """(FAR, FRR) by counting."""
    accepted = sum(1 for s in impostor.tolist() if s >= thr)
    rejected = sum(1 for s in genuine.tolist() if not s >= thr)
    return accepted / len(impostor), rejected / len(genuine)


def is_best(thr, genuine, impostor, target):
    """Whether thr, of one entry, keeps FAR within target and has the smallest FRR of all scores."""
    far, frr = count_rates(genuine, impostor, float(fitted(thr, ())))
    scores = np.array([*genuine, *impostor, np.inf])  # others accept the same people as one of them
    all_far = np.mean(impostor[:, None] >= scores, axis=0)
    all_frr = np.mean(genuine[:, None] < scores, axis=0)
    return far <= target and abs(frr - min(all_frr[all_far <= target])) < 1e-9


def are_best(threshold_for_far, cases):
    """Whether the threshold is best for each (genuine, impostor, target)."""
    # all answers come before the first is judged: they tell the mistakes apart
    answers = list(each(threshold_for_far, [(a.copy(), b.copy(), t) for a, b, t in cases]))
    return all(is_best(thr, *case) for thr, case in zip(answers, cases, strict=True))


@check(points=1.5)
def groups_stay_whole(group_split):
    """Leakage: samples of one group (one finger) are on both sides, or a sample is missing or
    doubled. Shuffle groups, not samples, and return indices of samples.
    中文：数据泄漏：同一组（同一根手指）的样本出现在两边，或者有样本遗漏、重复。要打乱的是组，不是样
    本；返回的是样本下标。"""
    named_in_order = teams(1, [3, 5, 2, 4, 6, 1, 3], [0, 1, 2, 3, 4, 5, 6])
    equal = teams(2, [2, 2, 2, 2, 2], [40, -3, 7, 1000, 12])
    cases = ((named_in_order, 0.25, 0), (named_in_order, 0.5, 3), (equal, 0.25, 0),
             (equal, 0.5, 3), (fingerprints(4)[2], 0.25, 0))
    answers = each(group_split, [(groups.copy(), *rest) for groups, *rest in cases])
    for (groups, *_), split in zip(cases, answers, strict=True):
        train, test = sides(split, groups)
        assert train
        assert test
        assert not {*groups[train].tolist()} & {*groups[test].tolist()}


@check(points=0.375)
def share_of_groups(group_split):
    """The number of test groups is off: test_frac is the share of groups, not of samples, that go
    to the test side, and each side needs at least one group.
    中文：测试组的个数不对：test_frac 是测试组占全部组的比例，按组数而不是按样本数计算，而且两边都至
    少要有一组。"""
    uneven = teams(5, [1, 1, 1, 1, 1, 1, 1, 1, 1, 31], range(10))
    few = teams(6, [3, 2, 4], [2, 5, 9])
    two = teams(7, [2, 3], [1, 2])
    cases = [(groups, frac, seed) for groups, frac, seeds in (
        (uneven, 0.3, 3), (uneven, 0.5, 3), (fingerprints(1)[2], 0.2, 1), (few, 0.05, 1),
        (few, 0.97, 1), (two, 0.1, 1), (two, 0.9, 1), (two, 0.5, 1)) for seed in range(seeds)]
    answers = each(group_split, [(groups.copy(), *rest) for groups, *rest in cases])
    for (groups, frac, _), (train, test) in zip(cases, answers, strict=True):
        assert len(train) > 0
        assert len(test) > 0
        chosen = {groups[int(i)] for i in floats(test)}
        assert abs(len(chosen) - frac * len(np.unique(groups))) <= 1 + 1e-9


@check(points=0.125)
def seed_decides(group_split):
    """The seed does not do its work: two calls with one seed give the same split, other seeds
    choose other samples for the test.
    中文：seed 没有起作用：同一个 seed 两次调用要给出同样的划分，不同的 seed 要选中不同的样本作测
    试。"""
    groups = teams(8, [2, 3] * 8, range(16))
    seeds = (0, 1, 2, 7, 0, 1)
    found = [[np.sort(floats(side)).tolist() for side in split]
             for split in each(group_split, [(groups.copy(), 0.4, seed) for seed in seeds])]
    assert found[:2] == found[4:]
    assert len({tuple(split[1]) for split in found}) > 2


@check(points=0.25)
def string_groups(group_split):
    """For groups named by strings an error is raised, or the split is not one of whole groups. If
    the same happens for numbers (other checks ask), mend that first; else remember that a group is
    a label: not a number, not an index, and not 0 to G-1.
    中文：组名是字符串时报错，或者没有按整组划分。如果组名是数时也这样（另有检查），先改那个问题；否
    则要记住：组只是标签，不要拿它当数字、下标，也不要假定是 0 到 G-1。"""
    groups = teams(9, [3, 1, 4, 2, 5], ["thumb-A", "index-B", "ring", "a10", "a9"])
    train, test = sides(group_split(groups.copy(), 0.4, 1), groups)
    assert test
    assert not {*groups[train].tolist()} & {*groups[test].tolist()}
    assert 1 <= len({*groups[test].tolist()}) <= 3


@check(points=0.25)
def rates_of_both_errors(far_frr):
    """FAR or FRR is off: FAR counts the accepted among the impostors only, FRR the rejected among
    the genuine only; a high score is accepted, one equal to the threshold too.
    中文：FAR 或 FRR 不对：FAR 只在冒充者中统计被接受的，FRR 只在本人中统计被拒绝的；得分高的接受，
    等于阈值也算接受。"""
    rng = np.random.default_rng(10)
    genuine, impostor = rng.normal(3.0, 2.0, size=13), rng.normal(-1.0, 2.0, size=29)
    ties = np.array([5, 3, 4, 4, 2, 7]), np.array([1, 4, 2, 4, 0, 3, 4, 5])
    thirds = np.array([0.5, -1.5, 2.25], dtype=np.float32), np.array([0.5, 1.0], dtype=np.float32)
    cases = [(a, b, thr) for (a, b), thrs in (
        ((genuine, impostor), (-2.0, 0.3, 1.7, np.inf, -np.inf)), (ties, (4, 2, 4.5)),
        (thirds, (0.5, 2.25))) for thr in thrs]
    answers = each(far_frr, [(a.copy(), b.copy(), thr) for a, b, thr in cases])
    for case, (far, frr) in zip(cases, answers, strict=True):
        want_far, want_frr = count_rates(*case)
        assert alike(far, want_far)
        assert alike(frr, want_frr)


@check(points=0.5)
def threshold_keeps_far(threshold_for_far):
    """The threshold is off: FAR must stay within target and FRR be as small as that allows.
    Interpolated quantiles or the equal error rate do not do it; target 0 must work, and scores are
    not confined to 0 to 1.
    中文：阈值不对：FAR 必须不超过 target，同时 FRR 要最小。插值得到的分位数、等错误率点都做不
    到；target = 0 也要能处理，得分不限于 0 到 1。"""
    rng = np.random.default_rng(11)
    genuine, impostor = rng.normal(6.0, 4.0, size=17), rng.normal(-2.0, 5.0, size=16)
    hopeless = np.array([-4.0, -2.5, -3.0]), np.array([1.0, -5.0, -2.75])
    cases = [(genuine, impostor, target) for target in (0.0, 0.03, 0.125, 0.2, 0.5, 0.8)]
    cases += [(*hopeless, target) for target in (0.0, 0.4, 0.7)]
    assert are_best(threshold_for_far, cases)


@check(points=0.125)
def threshold_at_any_scale(threshold_for_far):
    """The threshold misses a gap between two scores: owners may stand as close above an impostor as
    numbers can, and one score may be enormous. No grid over the range of the scores and no small
    constant added to a score is fine enough; try the scores themselves. (If far_frr is off too and
    you call it here, begin with that.)
    中文：阈值没有落进两个得分之间的空隙：本人的得分可以紧挨在冒充者上面，也可以有一个得分特别大。在
    得分范围内等距取点，或者给某个得分加一个小常数，都不够细；应当直接用得分本身去试。（如果 far_frr
    也不对，这里又用到了它，先改它。）"""
    genuine, impostor = np.array([1.0, 1 + 3e-8, 2.0, 0.5]), np.array([1 + 1e-8, -1.0, 0.25, 0.75])
    outlier = np.array([3.0, 2.0, 1e9, 5.0]), np.array([2.5, 4.5, -3.0, 1.0])
    large = np.array([3e12, 3e12 + 20, 1e12]), np.array([3e12 + 10, 2e12, -1e12])
    assert are_best(threshold_for_far, [
        (*scores, target) for scores in ((genuine, impostor), outlier, large)
        for target in (0.0, 0.25, 0.5)])


@check(points=0.25)
def ties_and_whole_scores(threshold_for_far):
    """The threshold is off for whole-number scores with ties: impostors who tie get in together, a
    score equal to the threshold is accepted, and the threshold need not be an integer; target 1
    admits everybody. (If far_frr is off too and you call it here, begin with that.)
    中文：得分是整数、有相同得分时阈值不对：同分的冒充者会一起被接受，阈值恰好等于某个得分时该得分算
    接受，结果不必是整数；target = 1 时人人都可以接受。（如果 far_frr 也不对，这里又用到了它，先改
    它。）"""
    several = np.array([7, 4, 9, 4, 5, 6, 3, 5]), np.array([4, 1, 4, 2, 4, 5, 0, 3])
    impostor_on_top = np.array([1, 2, 3, 2]), np.array([3, 3, 2, 8])
    cases = [(*several, target) for target in (0.0, 0.125, 0.25, 0.4, 0.5, 0.7)]
    cases += [(*impostor_on_top, target) for target in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert are_best(threshold_for_far, cases)


@check(points=0.5)
def precision_follows_the_base_rate(precision_at_prior):
    """precision_at_prior is off for some FAR, FRR and p, or rounded: how many of those accepted are
    genuine depends on p as well, by Bayes; it is neither 1 - FAR nor the accuracy.
    中文：precision_at_prior 对有些 FAR、FRR 和 p 不对，或者被四舍五入了：被接受者中有多少是本人还取
    决于 p，用贝叶斯公式；它不是 1 - FAR，也不是准确率。"""
    people = 10000
    cases = ((0.01, 0.02, 0.5), (0.01, 0.02, 0.01), (0.3, 0.25, 0.2), (0.05, 0.4, 0.9),
             (0.0, 0.3, 0.1), (0.2, 0.3, 1.0), (0.2, 0.3, 0.0))
    answers = list(each(precision_at_prior, cases))  # all of them tell the mistakes apart
    for (far, frr, p), answer in zip(cases, answers, strict=True):
        owners = people * p
        strangers = people - owners
        let_in = owners - owners * frr
        assert alike(answer, let_in / (let_in + strangers * far))


@check(points=0.125)
def leaves_arguments_alone(group_split, far_frr, threshold_for_far):
    """An argument was changed by the call, or a function raised an error or returned nothing: no
    sort or shuffle in place on what is passed in; copy first.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要对传入的数组就地 sort 或 shuffle，
    先复制。"""
    groups = teams(12, [3, 2, 4, 1], [4, 8, 1, 6])
    genuine, impostor = np.array([2.0, -1.0, 5.0, 3.0]), np.array([1.0, 4.0, -2.0])
    assert all_left_alone([
        (group_split, groups, 0.5, 2), (far_frr, genuine, impostor, 2.5),
        (threshold_for_far, genuine, impostor, 0.5),
    ])


@mistake(groups_stay_whole)
class per_sample_split:
    """Shuffled the samples and cut: impressions of a finger land on both sides, hence the 99%
    中文：逐样本打乱再切开：同一根手指的采集落在两边，这正是 99% 的来历"""
    def group_split(groups, test_frac, seed):
        order = np.random.default_rng(seed).permutation(len(groups))
        cut = min(max(round(test_frac * len(groups)), 1), len(groups) - 1)
        return order[cut:], order[:cut]


@mistake(groups_stay_whole)
class stratified_by_group:
    """Took a part of every group for the test (stratified): every finger is on both sides
    中文：每组抽出一部分作测试（分层抽样）：每根手指都出现在两边"""
    def group_split(groups, test_frac, seed):
        rng = np.random.default_rng(seed)
        train, test = [], []
        for name in np.unique(groups):
            members = rng.permutation(np.flatnonzero(groups == name))
            cut = max(1, round(test_frac * len(members)))
            test += list(members[:cut])
            train += list(members[cut:])
        return np.array(train), np.array(test)


@mistake(groups_stay_whole)
class cut_inside_a_group:
    """Sorted by group and cut at a share of the samples: the cut falls inside a group
    中文：按组排序之后从中间切开：切口落在某一组的内部"""
    def group_split(groups, test_frac, seed):
        names, member = np.unique(groups, return_inverse=True)
        rank = np.random.default_rng(seed).permutation(len(names))
        order = np.argsort(rank[member.reshape(-1)], kind="stable")
        cut = max(1, round(test_frac * len(groups)))
        return order[cut:], order[:cut]


@mistake(groups_stay_whole)
class names_for_indices:
    """Returned the names of the groups instead of the indices of the samples
    中文：返回的是组的编号，而不是样本的下标"""
    def group_split(groups, test_frac, seed):
        names = np.random.default_rng(seed).permutation(np.unique(groups))
        cut = min(max(round(test_frac * len(names)), 1), len(names) - 1)
        return names[cut:], names[:cut]


@mistake(groups_stay_whole)
class blocks_of_equal_size:
    """Assumed that the samples of a group lie together and that groups are of one size
    中文：假定每组的样本连在一起且一样多"""
    def group_split(groups, test_frac, seed):
        count = len(np.unique(groups))
        blocks = np.array_split(np.arange(len(groups)), count)
        order = np.random.default_rng(seed).permutation(count)
        cut = min(max(round(test_frac * count), 1), count - 1)
        return (np.concatenate([blocks[i] for i in order[cut:]]),
                np.concatenate([blocks[i] for i in order[:cut]]))


@mistake(groups_stay_whole)
class masks_for_indices:
    """Returned boolean masks instead of the indices of the samples
    中文：返回的是布尔掩码，而不是样本的下标"""
    def group_split(groups, test_frac, seed):
        names = np.unique(groups)
        count = min(max(round(test_frac * len(names)), 1), len(names) - 1)
        is_test = np.isin(groups, np.random.default_rng(seed).permutation(names)[:count])
        return ~is_test, is_test


@mistake(share_of_groups)
class a_coin_for_every_group:
    """Tossed a coin for every group: the number of test groups is left to chance and may be 0
    中文：给每一组掷一次硬币：测试组的个数成了随机数，还可能一组也没有"""
    def group_split(groups, test_frac, seed):
        names = np.unique(groups)
        tossed = np.random.default_rng(seed).random(len(names)) < test_frac
        is_test = np.isin(groups, names[tossed])
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)


@mistake(share_of_groups)
class share_of_samples:
    """Filled the test side up to a share of the samples: wrong when group sizes differ
    中文：按样本数凑测试集：组的大小不一时，测试组的个数就不对了"""
    def group_split(groups, test_frac, seed):
        names, sizes = np.unique(groups, return_counts=True)
        chosen, size = [], 0
        for j in np.random.default_rng(seed).permutation(len(names))[:-1]:
            if size >= test_frac * len(groups):
                break
            chosen.append(names[j])
            size += sizes[j]
        is_test = np.isin(groups, chosen)
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)


@mistake(share_of_groups)
class share_of_training:
    """Took test_frac for the share of the training groups
    中文：把 test_frac 当成了训练组的比例"""
    def group_split(groups, test_frac, seed):
        names = np.unique(groups)
        count = min(max(round(test_frac * len(names)), 1), len(names) - 1)
        kept = np.random.default_rng(seed).permutation(names)[:count]
        is_train = np.isin(groups, kept)
        return np.flatnonzero(is_train), np.flatnonzero(~is_train)


@mistake(share_of_groups)
class empty_test_side:
    """Used int(test_frac * G) as it is: with few groups the test side is empty
    中文：直接用 int(test_frac * G)：组少的时候测试集是空的"""
    def group_split(groups, test_frac, seed):
        names = np.unique(groups)
        chosen = np.random.default_rng(seed).permutation(names)[: int(test_frac * len(names))]
        is_test = np.isin(groups, chosen)
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)


@mistake(share_of_groups)
class empty_training_side:
    """Always rounded up: with test_frac near 1 the training side is empty
    中文：一律向上取整：test_frac 接近 1 时训练集是空的"""
    def group_split(groups, test_frac, seed):
        names = np.unique(groups)
        count = int(np.ceil(test_frac * len(names)))
        chosen = np.random.default_rng(seed).permutation(names)[:count]
        is_test = np.isin(groups, chosen)
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)


@mistake(seed_decides)
class first_groups:
    """Ignored the seed: the first groups always go to the test side
    中文：没有用 seed：总是取排在最前面的几组作测试"""
    def group_split(groups, test_frac, seed):
        names = np.unique(groups)
        count = min(max(round(test_frac * len(names)), 1), len(names) - 1)
        is_test = np.isin(groups, names[:count])
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)


@mistake(seed_decides)
class unseeded:
    """Made the generator without the seed: every call gives another split
    中文：建随机数生成器时没有传 seed：每次调用的划分都不同"""
    def group_split(groups, test_frac, seed):
        names = np.unique(groups)
        count = min(max(round(test_frac * len(names)), 1), len(names) - 1)
        is_test = np.isin(groups, np.random.default_rng().permutation(names)[:count])
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)


@mistake(string_groups)
class integer_groups:
    """Turned the groups into integers, which strings do not allow
    中文：把组名当整数：字符串组名无法转换"""
    def group_split(groups, test_frac, seed):
        groups = np.asarray(groups).astype(int)
        names = np.unique(groups)
        count = min(max(round(test_frac * len(names)), 1), len(names) - 1)
        is_test = np.isin(groups, np.random.default_rng(seed).permutation(names)[:count])
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)


@mistake(rates_of_both_errors)
class strictly_above:
    """Rejected a score equal to the threshold: > in place of >=
    中文：得分等于阈值时判为拒绝：把 >= 写成了 >"""
    def far_frr(genuine, impostor, thr):
        return np.mean(impostor > thr), np.mean(genuine <= thr)


@mistake(rates_of_both_errors)
class rates_swapped:
    """Returned FAR and FRR in the wrong order
    中文：FAR 和 FRR 的顺序颠倒了"""
    def far_frr(genuine, impostor, thr):
        return np.mean(genuine < thr), np.mean(impostor >= thr)


@mistake(rates_of_both_errors)
class share_of_all_attempts:
    """Divided by the number of all attempts instead of those of the kind in question
    中文：除以全部尝试的次数，而不是各自那一类的次数"""
    def far_frr(genuine, impostor, thr):
        total = len(genuine) + len(impostor)
        return np.sum(impostor >= thr) / total, np.sum(genuine < thr) / total


@mistake(rates_of_both_errors)
class scores_as_distances:
    """Took the scores for distances, where lower is closer: accepted those below the threshold
    中文：把得分当成了距离（越小越像）：接受的是低于阈值的尝试"""
    def far_frr(genuine, impostor, thr):
        return np.mean(impostor <= thr), np.mean(genuine > thr)


@mistake(threshold_keeps_far)
class threshold_for_distances:
    """Took the scores for distances: FAR was kept for attempts below the threshold
    中文：把得分当成了距离：控制的是得分低于阈值者的 FAR"""
    def threshold_for_far(genuine, impostor, target):
        for thr in np.sort(genuine)[::-1]:
            if np.mean(impostor <= thr) <= target:
                return thr
        return -np.inf


@mistake(threshold_keeps_far)
class interpolated_quantile:
    """Interpolated with np.quantile: FAR may exceed the target, and FRR is not the smallest
    中文：用 np.quantile 插值：得到的 FAR 可能超过 target，FRR 也不是最小"""
    def threshold_for_far(genuine, impostor, target):
        return np.quantile(impostor, 1 - target)


@mistake(threshold_keeps_far)
class equal_error_rate:
    """Looked for the equal error rate and ignored the target
    中文：找的是等错误率点，没有理会 target"""
    def threshold_for_far(genuine, impostor, target):
        scores = np.sort(np.concatenate([genuine, impostor]))
        return scores[np.argmin([abs(np.subtract(*far_frr(genuine, impostor, t))) for t in scores])]


@mistake(threshold_keeps_far)
class above_every_impostor:
    """Put the threshold above every impostor: FAR is 0, but too many owners are turned away
    中文：把阈值定在所有冒充者之上：FAR 为 0，却多拒绝了本人"""
    def threshold_for_far(genuine, impostor, target):
        return np.nextafter(float(np.max(impostor)), np.inf)


@mistake(threshold_keeps_far)
class grid_from_zero_to_one:
    """Tried a grid of thresholds from 0 to 1, although scores need not lie there
    中文：在 0 到 1 之间等距地试阈值：得分不一定在这个范围内"""
    def threshold_for_far(genuine, impostor, target):
        for thr in np.linspace(0, 1, 1001):
            if np.mean(np.asarray(impostor) >= thr) <= target:
                return thr
        return np.inf


@mistake(threshold_keeps_far)
class scores_only:
    """Looked among the scores only: with an impostor on top there is none for target 0
    中文：只在出现过的得分里找阈值：最高分属于冒充者时，target = 0 无解"""
    def threshold_for_far(genuine, impostor, target):
        scores = np.sort(np.concatenate([genuine, impostor]))
        allowed = [t for t in scores if np.mean(impostor >= t) <= target]
        return allowed[0] if allowed else scores[-1]


@mistake(threshold_keeps_far)
class strictly_below_the_target:
    """Asked for a FAR strictly below the target, although equal to it is allowed
    中文：要求 FAR 严格小于 target：正好等于 target 也是允许的"""
    def threshold_for_far(genuine, impostor, target):
        for thr in np.sort(genuine):
            if np.mean(impostor >= thr) < target:
                return thr
        return np.inf


@mistake(threshold_at_any_scale)
class grid_over_the_range:
    """Tried 1000 thresholds from the lowest to the highest score: one outlier makes the grid coarse
    中文：在最低分到最高分之间等距试 1000 个阈值：有一个离群的得分，网格就太粗了"""
    def threshold_for_far(genuine, impostor, target):
        scores = np.concatenate([genuine, impostor])
        for thr in np.linspace(scores.min(), scores.max(), 1000):
            if np.mean(impostor >= thr) <= target:
                return thr
        return np.inf


@mistake(threshold_at_any_scale)
class a_little_above_an_impostor:
    """Added 1e-6 to an impostor's score to stay above it: owners may stand in between
    中文：在冒充者的得分上加 1e-6 作阈值：中间可能还夹着本人"""
    def threshold_for_far(genuine, impostor, target):
        falling = np.sort(np.asarray(impostor, dtype=float))[::-1]
        allowed = int(np.floor(target * falling.size + 1e-9))
        return -np.inf if allowed >= falling.size else float(falling[allowed] + 1e-6)


@mistake(ties_and_whole_scores)
class always_keeps_one_out:
    """At target 1 still kept out the lowest impostor, and with him every owner below
    中文：target = 1 时仍然挡住得分最低的冒充者，比他低的本人也被拒绝"""
    def threshold_for_far(genuine, impostor, target):
        scores = np.sort(np.asarray(impostor, dtype=float))[::-1]
        k = min(int(target * len(scores)), len(scores) - 1)
        return np.nextafter(scores[k], np.inf)


@mistake(ties_and_whole_scores)
class rank_without_ties:
    """Took the threshold by rank: impostors who tie with the k-th get in together
    中文：按名次取阈值，没有考虑同分：与第 k 名同分的冒充者会一起被接受"""
    def threshold_for_far(genuine, impostor, target):
        impostor = np.sort(np.asarray(impostor, dtype=float))[::-1]
        allowed = int(np.floor(target * len(impostor)))
        if allowed == len(impostor):
            return -np.inf
        if allowed == 0:
            return np.nextafter(impostor[0], np.inf)
        return (impostor[allowed - 1] + impostor[allowed]) / 2


@mistake(ties_and_whole_scores)
class integer_candidates:
    """Kept the integer dtype for the candidates, into which infinity does not fit
    中文：候选阈值沿用整数 dtype：无穷大放不进去"""
    def threshold_for_far(genuine, impostor, target):
        candidates = np.zeros(len(genuine) + 1, dtype=np.asarray(genuine).dtype)
        candidates[:-1] = np.sort(genuine)
        candidates[-1] = np.inf
        return min(t for t in candidates if np.mean(impostor >= t) <= target)


@mistake(precision_follows_the_base_rate)
class equal_numbers:
    """Forgot the prior, as if owners and impostors were equally many
    中文：忘了先验：默认本人和冒充者一样多"""
    def precision_at_prior(far, frr, p):
        return (1 - frr) / (1 - frr + far)


@mistake(precision_follows_the_base_rate)
class one_minus_far:
    """Believed that FAR 1% makes 99% of those accepted genuine: swapped the conditional
    中文：以为 FAR 是 1%，被接受的人就有 99% 是本人：把两个条件概率弄颠倒了"""
    def precision_at_prior(far, frr, p):
        return 1 - far


@mistake(precision_follows_the_base_rate)
class accuracy_for_precision:
    """Computed the accuracy, the share of attempts that are judged correctly
    中文：算成了准确率：判断正确的尝试所占的比例"""
    def precision_at_prior(far, frr, p):
        return p * (1 - frr) + (1 - p) * (1 - far)


@mistake(precision_follows_the_base_rate)
class rejected_for_accepted:
    """Put FRR above the line: counted the owners turned away, not those let in
    中文：分子用了 FRR：把被拒绝的本人当成了被接受的"""
    def precision_at_prior(far, frr, p):
        return p * frr / (p * frr + (1 - p) * far)


@mistake(precision_follows_the_base_rate)
class rounded_precision:
    """Rounded the result to 4 digits
    中文：把结果四舍五入到 4 位小数"""
    def precision_at_prior(far, frr, p):
        return round(p * (1 - frr) / (p * (1 - frr) + (1 - p) * far), 4)


@mistake(leaves_arguments_alone)
class sorts_in_place:
    """Sorted the scores in place and so reordered the caller's arrays
    中文：对传入的得分就地排序，把调用者的数组改掉了"""
    def threshold_for_far(genuine, impostor, target):
        genuine.sort()
        for thr in [*genuine, np.inf]:
            if np.mean(impostor >= thr) <= target:
                return float(thr)


@accepted
class loops_and_lists:
    def group_split(groups, test_frac, seed):
        names = []
        for name in groups:
            if name not in names:
                names.append(name)
        order = np.random.RandomState(seed).permutation(len(names))
        count = max(1, min(len(names) - 1, int(test_frac * len(names))))
        test_names = [names[j] for j in order[:count]]
        test = [i for i, name in enumerate(groups) if name in test_names]
        return [i for i in range(len(groups)) if i not in test], test

    def far_frr(genuine, impostor, thr):
        accepted = [s >= thr for s in impostor]
        return [sum(accepted) / len(accepted), sum(s < thr for s in genuine) / len(genuine)]


@accepted
class shuffled_sides:
    def group_split(groups, test_frac, seed):
        rng = np.random.default_rng([seed, 12345])
        names = np.array(sorted(set(np.asarray(groups).tolist())))
        rng.shuffle(names)
        count = int(np.clip(np.ceil(test_frac * names.size), 1, names.size - 1))
        is_test = np.isin(groups, names[:count])
        return rng.permutation(np.where(~is_test)[0]), rng.permutation(np.where(is_test)[0])


@accepted
class last_groups_of_a_draw:
    def group_split(groups, test_frac, seed):
        names, member = np.unique(groups, return_inverse=True)
        noise = np.random.default_rng(seed).random(len(names))
        count = max(1, min(len(names) - 1, round(len(names) * test_frac)))
        key = np.sort(noise)[-count]
        mask = (noise >= key)[member]
        return np.nonzero(np.logical_not(mask))[0], np.nonzero(mask)[0]


@accepted
class members_in_a_dictionary:
    def group_split(groups, test_frac, seed):
        members = {}
        for i, name in enumerate(groups):
            members.setdefault(name, []).append(i)
        parts = list(members.values())
        order = np.random.default_rng(seed).permutation(len(parts))
        count = max(1, min(len(parts) - 1, round(len(parts) * test_frac)))
        return (np.array([i for j in order[count:] for i in parts[j]]),
                np.array([i for j in order[:count] for i in parts[j]]))


@accepted
class searchsorted_rates:
    def far_frr(genuine, impostor, thr):
        below = np.searchsorted(np.sort(impostor), thr, side="left")
        return 1 - below / np.size(impostor), np.searchsorted(np.sort(genuine), thr) / len(genuine)


@accepted
class just_above_an_impostor:
    def threshold_for_far(genuine, impostor, target):
        best = -np.inf
        for s in sorted(set(float(s) for s in impostor)):
            if np.mean(np.asarray(impostor, dtype=float) >= best) <= target:
                break
            best = np.nextafter(s, np.inf)
        return best


@accepted
class best_of_all_candidates:
    def threshold_for_far(genuine, impostor, target):
        scores = np.unique(np.concatenate([genuine, impostor]).astype(float))
        candidates = np.concatenate([[scores[0] - 1], (scores[1:] + scores[:-1]) / 2, [np.inf]])
        rates = [(*far_frr(genuine, impostor, t), t) for t in candidates]
        return np.array(min((frr, t) for far, frr, t in rates if far <= target)[1])


@accepted
class matrix_of_comparisons:
    def threshold_for_far(genuine, impostor, target):
        thr = np.append(np.sort(np.asarray(genuine, dtype=float)), np.inf)
        far = (np.asarray(impostor)[None, :] >= thr[:, None]).mean(axis=1)
        return thr[np.argmax(far <= target)]


@accepted
class odds:
    def precision_at_prior(far, frr, p):
        return 1 - (1 - p) * far / (p * (1 - frr) + (1 - p) * far)


@proof
def one_error_in_a_hundred_lets_a_stranger_in_every_second_time():
    # FAR 1% and FRR 1%, and one owner among a hundred people at the door
    assert abs(precision_at_prior(0.01, 0.01, 0.01) - 0.5) < 1e-9


@proof
def cross_validation_on_leaky_folds_reports_99():
    def nearest(X, y, train, test):
        distance = (X[:, train] ** 2).sum(0) - 2 * X[:, test].T @ X[:, train]
        return np.mean(y[train][distance.argmin(axis=1)] == y[test])

    leaky, honest = [], []
    for seed in range(20):
        X, y, groups = fingerprints(seed)
        for test in np.array_split(np.random.default_rng(seed).permutation(320), 5):
            leaky.append(nearest(X, y, np.setdiff1d(np.arange(320), test), test))
        honest.append(nearest(X, y, *group_split(groups, 0.25, seed)))
    # five-fold cross-validation over impressions agrees with itself, and not with the field
    assert np.mean(leaky) > 0.99
    assert np.mean(honest) < 0.65
