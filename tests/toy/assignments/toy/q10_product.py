"""A product and its derivatives: a cache that is the student's own business."""

import numpy as np

from autograder.pages import check


def forward(w, x):
    """Return (w * x, cache) for a number w and an array x (m,); the cache may be anything.

    中文：返回 (w * x, cache)，w 是数，x (m,) 是数组；cache 可以是任何东西。
    """
    ...


def backward(dout, cache):
    """Return (dw, dx) for dout (m,): a number and an array (m,).

    中文：由 dout (m,) 返回 (dw, dx)：一个数和一个数组 (m,)。
    """
    ...


@check(points=1)
def shapes_and_example(forward, backward):
    """A shape or the small example is off: 2 * [1, 3] = [2, 6].
    中文：形状或小例子不对：2 * [1, 3] = [2, 6]。"""
    out, cache = forward(2.0, np.array([1.0, 3.0]))
    assert np.shape(out) == (2,)
    assert np.allclose(out, [2.0, 6.0])
    dw, dx = backward(np.ones(2), cache)
    assert np.shape(dw) == ()
    assert np.shape(dx) == (2,)
