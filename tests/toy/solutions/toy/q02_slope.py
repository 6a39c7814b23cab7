"""A centred difference is exact for parabolas; a one-sided one is off by h.

中文：
中心差分对抛物线是精确的，单侧差分的误差是 h。
"""

import numpy as np

from autograder.check_toolkit import floats, number
from autograder.pages import accepted, check, mistake, proof


def slope(f, x, h=1e-4):
    return (f(x + h) - f(x - h)) / (2 * h)


def batches(X, size, rng):
    X = np.asarray(X)
    order = rng.permutation(X.shape[1])
    for start in range(0, len(order), size):
        yield X[:, order[start : start + size]]


def joined(batches, seed, size=3):
    """All batches of the columns (0, 0), (1, 10), ... (7, 70) side by side, shape (2, 8)."""
    X = np.outer([1.0, 10.0], np.arange(8.0))
    return np.hstack([np.asarray(b) for b in batches(X, size, np.random.default_rng(seed))])


@check(points=1)
def centred_differences(slope):
    """The slope is off: use centred differences, on both sides, and the h that is passed in.
    中文：斜率不对：用中心差分，h 要按传入的值取，两侧都要算。"""
    for x in (-1.5, 0.5):
        coarse = number(slope(lambda t: t**3, x, h=0.5))
        assert abs(coarse - (3 * x**2 + 0.25)) < 1e-9
        assert abs(number(slope(np.cos, x)) + np.sin(x)) < 1e-6


@check(points=0.5)
def calls_f_twice(slope):
    """f is called too often: two calls are enough.
    中文：f 被调用的次数不对：两次就够。"""
    seen = []

    def f(x):
        seen.append(float(x))
        return 2 * x

    assert abs(number(slope(f, 1.0, h=0.25)) - 2) < 1e-9
    assert sorted(seen) == [0.75, 1.25]


@check(points=1)
def each_column_once(batches):
    """The columns are off: each appears once, and a smaller last batch counts too.
    中文：批里的列不对：每一列恰好出现一次，最后不足一批的也要留下。"""
    columns = joined(batches, 5)
    assert np.shape(columns) == (2, 8)
    assert sorted(columns[0]) == list(range(8))
    assert np.allclose(columns[1], 10 * columns[0])


@check(points=0.5)
def shuffled_by_rng(batches):
    """The shuffle does not follow rng: same seed, same order; another seed, another order.
    中文：打乱不由 rng 决定：同一个种子顺序相同，换一个种子顺序不同。"""
    orders = [list(floats(joined(batches, seed))[0]) for seed in (1, 1, 2, 3)]
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 3
    rng = np.random.default_rng(9)
    first, second = (list(batches(np.arange(16.0)[None], 16, rng)) for _ in range(2))
    assert not np.array_equal(first[0], second[0])


@mistake(centred_differences)
class one_sided:
    """Used a one-sided difference
    中文：用了单侧差分"""
    def slope(f, x, h=1e-4):
        return (f(x + h) - f(x)) / h


@mistake(centred_differences)
class forgot_the_two:
    """Divided by h instead of 2h
    中文：除以 h 而不是 2h"""
    def slope(f, x, h=1e-4):
        return (f(x + h) - f(x - h)) / h


@mistake(centred_differences)
class fixed_step:
    """Ignored the h that is passed in and always took 1e-4
    中文：不管传入的 h，总是用 1e-4"""
    def slope(f, x, h=1e-4):
        return (f(x + 1e-4) - f(x - 1e-4)) / 2e-4


@mistake(calls_f_twice)
class a_call_too_many:
    """Called f(x) as well and made no use of it
    中文：多算了一次 f(x)，却没有用到"""
    def slope(f, x, h=1e-4):
        f(x)
        return (f(x + h) - f(x - h)) / (2 * h)


@mistake(each_column_once)
class drops_the_rest:
    """Dropped the columns that do not fill a batch
    中文：丢掉了不足一批的列"""
    def batches(X, size, rng):
        order = rng.permutation(X.shape[1])
        return [X[:, order[k * size : (k + 1) * size]] for k in range(X.shape[1] // size)]


@mistake(each_column_once)
class with_replacement:
    """Drew with replacement: some columns twice, others never
    中文：有放回地抽样：有的列重复，有的列没有"""
    def batches(X, size, rng):
        order = rng.integers(0, X.shape[1], X.shape[1])
        return [X[:, order[k : k + size]] for k in range(0, X.shape[1], size)]


@mistake(each_column_once)
class rows_shuffled_apart:
    """Shuffled each row on its own: features of different samples get mixed
    中文：每一行各打乱一次：特征对不上了"""
    def batches(X, size, rng):
        mixed = rng.permuted(X, axis=1)
        return [mixed[:, k : k + size] for k in range(0, X.shape[1], size)]


@mistake(shuffled_by_rng)
class in_order:
    """Did not shuffle
    中文：没有打乱"""
    def batches(X, size, rng):
        return [X[:, k : k + size] for k in range(0, X.shape[1], size)]


@mistake(shuffled_by_rng)
class own_generator:
    """Made a generator with a fixed seed inside and did not use rng
    中文：在函数里另建一个固定种子的发生器，没有用 rng"""
    def batches(X, size, rng):
        order = np.random.default_rng(0).permutation(X.shape[1])
        return [X[:, order[k : k + size]] for k in range(0, X.shape[1], size)]


@accepted
class divided_step_by_step:
    def slope(f, x, h=1e-4):
        above, below = f(x + h), f(x - h)
        return np.float64(above - below) / h / 2


@accepted
class a_list:
    def batches(X, size, rng):
        order = rng.permutation(X.shape[1])
        return [X[:, order[k : k + size]] for k in range(0, X.shape[1], size)]


@accepted
class shuffled_in_place:
    def batches(X, size, rng):
        order = np.arange(X.shape[1])
        rng.shuffle(order)
        return tuple(X[:, part] for part in np.split(order, range(size, len(order), size)))


@accepted
class sorted_by_random_keys:
    def batches(X, size, rng):
        order = np.argsort(rng.random(X.shape[1]))
        return (X[:, order[k : k + size]] for k in range(0, X.shape[1], size))


@proof
def one_side_is_off_by_h():
    assert abs((0.1**2 - 0) / 0.1 - 0.1) < 1e-12
    assert abs(slope(lambda x: x**2, 0.0, h=0.1)) < 1e-12
