"""The slope of a function: a callback, a generator of random numbers, an iterator."""

import numpy as np

from autograder.pages import check


def slope(f, x, h=1e-4):
    """Return the centred difference (f(x + h) - f(x - h)) / 2h, a number.

    中文：返回中心差分 (f(x + h) - f(x - h)) / 2h（一个数）。
    """
    ...


def batches(X, size, rng):
    """Return an iterable of the columns of X (n, m), shuffled by rng, `size` at a time.

    中文：返回一个可迭代对象：用 rng 打乱 X (n, m) 的列，每次 `size` 列，最后一批可以更小。
    """
    ...


@check(points=0.5)
def slope_of_a_square(slope):
    """The small example is off: x^2 has the slope 6 at 3.
    中文：小例子不对：x^2 在 3 处的斜率是 6。"""
    found = np.asarray(slope(lambda x: x**2, 3.0))
    assert found.dtype.kind == "f"
    assert abs(float(found) - 6) < 1e-6


@check(points=0.5)
def shapes_of_batches(batches):
    """The shapes are off: five columns, two at a time, make batches of 2, 2 and 1.
    中文：批的形状不对：5 列每次取 2 列，得到 2、2、1 列。"""
    shapes = [np.shape(batch) for batch in batches(np.ones((3, 5)), 2, np.random.default_rng(0))]
    assert shapes == [(3, 2), (3, 2), (3, 1)]
