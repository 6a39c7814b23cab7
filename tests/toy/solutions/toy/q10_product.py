# ruff: noqa: F821, RUF012 (the body of a mistake is a notebook cell)
"""By the product rule dw = sum(dout * x) and dx = dout * w. The cache must hold both factors.

中文：
由乘积法则，dw = sum(dout * x)，dx = dout * w。缓存里两个因子都要有。
"""

import numpy as np

from autograder.check_toolkit import close
from autograder.pages import accepted, check, mistake, proof


class Factors:
    """A cache that is no plain data: it must never have to leave the student's process."""

    def __init__(self, w, x):
        self.w, self.x = w, x


def forward(w, x):
    x = np.array(x, dtype=float)
    return w * x, Factors(w, x)


def backward(dout, cache):
    dout = np.asarray(dout, dtype=float)
    return float(np.sum(dout * cache.x)), dout * cache.w


def numbers(seed):
    """A number, an array (6,) and a cotangent (6,)."""
    rng = np.random.default_rng(seed)
    return 1.5 + float(rng.random()), rng.normal(size=6), rng.normal(size=6)


@check(points=0.5)
def multiplies(forward):
    """The product is off: every entry times w.
    中文：乘积不对：每个分量都乘以 w。"""
    w, x, _ = numbers(1)
    out = forward(w, x)[0]
    assert close(out, [w * value for value in x])


@check(points=1)
def derivative_by_w(forward, backward):
    """dw is off: w acts on every entry, so what they contribute adds up.
    中文：dw 不对：w 影响每个分量，各处的贡献要加起来。"""
    w, x, dout = numbers(2)
    dw, _ = backward(dout, forward(w, x)[1])
    assert close(dw, sum(d * value for d, value in zip(dout, x, strict=True)))


@check(points=1)
def derivative_by_x(forward, backward):
    """dx is off: the derivative by x is w.
    中文：dx 不对：对 x 求导得到的是 w。"""
    w, x, dout = numbers(3)
    _, dx = backward(dout, forward(w, x)[1])
    assert close(dx, [d * w for d in dout])


@check(points=0.5)
def caches_are_separate(forward, backward):
    """A second forward pass changed the first cache: make a new one, use no global variable.
    中文：第二次前向计算改掉了第一次的缓存：每次都要新建，不要用全局变量。"""
    w, x, dout = numbers(4)
    first = forward(w, x)[1]
    forward(3 * w, 2 * x)
    dw, _ = backward(dout, first)
    assert close(dw, np.sum(dout * x))


@mistake(multiplies)
class added:
    """Wrote a sum instead of a product
    中文：写成了加法"""
    def forward(w, x):
        return w + x, Factors(w, x)


@mistake(multiplies)
class dot_product:
    """Added the result up to one number
    中文：把结果加成了一个数"""
    def forward(w, x):
        return np.sum(w * x), Factors(w, x)


@mistake(derivative_by_w)
class dw_per_entry:
    """Did not add up dw
    中文：dw 没有求和"""
    def backward(dout, cache):
        return dout * cache.x, dout * cache.w


@mistake(derivative_by_w)
class dw_averaged:
    """Averaged dw
    中文：dw 取了平均值"""
    def backward(dout, cache):
        return float(np.mean(dout * cache.x)), dout * cache.w


@mistake(derivative_by_x)
class factors_swapped:
    """Mixed up the factors: used x in dx
    中文：两个导数弄反了：dx 里用了 x"""
    def backward(dout, cache):
        return float(np.sum(dout * cache.w)), dout * cache.x


@mistake(derivative_by_x)
class no_cotangent:
    """Forgot to multiply by dout
    中文：忘了乘以上游的 dout"""
    def backward(dout, cache):
        return float(np.sum(cache.x)), cache.w * np.ones(len(cache.x))


@mistake(derivative_by_x)
class dx_negative:
    """Flipped the sign of dx
    中文：dx 的符号反了"""
    def backward(dout, cache):
        return float(np.sum(dout * cache.x)), -dout * cache.w


@mistake(caches_are_separate)
class one_global_cache:
    """Kept the cache in a global variable, which every forward pass overwrites
    中文：缓存放在全局变量里，每次前向计算都会覆盖它"""
    latest = {}

    def forward(w, x):
        latest.update(w=w, x=np.array(x))
        return w * x, "see latest"

    def backward(dout, cache):
        return float(np.sum(dout * latest["x"])), dout * latest["w"]


@accepted
class a_tuple:
    def forward(w, x):
        return w * np.asarray(x), (w, np.array(x))

    def backward(dout, cache):
        w, x = cache
        return np.dot(dout, x), w * np.asarray(dout)


@accepted
class a_dictionary:
    def forward(w, x):
        return [w * value for value in x], {"w": w, "x": list(x)}

    def backward(dout, cache):
        dw = sum(d * value for d, value in zip(dout, cache["x"], strict=True))
        return dw, [d * cache["w"] for d in dout]


@accepted
class a_closure:
    def forward(w, x):
        return w * x, lambda dout: (float(dout @ x), dout * w)

    def backward(dout, cache):
        return cache(dout)


@accepted
class a_namespace:
    def forward(w, x):
        from types import SimpleNamespace

        return np.multiply(w, x), SimpleNamespace(w=w, x=np.copy(x))


@proof
def the_sum_matters():
    x = np.array([1.0, 2.0, 4.0])
    rise = (forward(3.001, x)[0].sum() - forward(3.0, x)[0].sum()) / 0.001
    assert abs(rise - backward(np.ones(3), forward(3.0, x)[1])[0]) < 1e-6
