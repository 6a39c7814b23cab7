# ruff: noqa: F821, RUF012 (the body of a mistake is a notebook cell)
"""By the product rule dw = sum(dout * x) and dx = dout * w. The cache must hold both factors.

中文：
由乘积法则，dw = sum(dout * x)，dx = dout * w。缓存里两个因子都要有。
"""

import numpy as np

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


@check(
    points=0.5,
    zh="乘积不对：每个分量都乘以 w。",
    en="The product is off: every entry times w.",
)
def multiplies(forward):
    w, x, _ = numbers(1)
    out = forward(w, x)[0]
    assert np.shape(out) == (6,)
    assert np.allclose(out, [w * value for value in x], rtol=1e-7, atol=1e-9)


@check(
    points=1,
    zh="dw 不对：w 影响每个分量，各处的贡献要加起来。",
    en="dw is off: w acts on every entry, so what they contribute adds up.",
)
def derivative_by_w(forward, backward):
    w, x, dout = numbers(2)
    dw, _ = backward(dout, forward(w, x)[1])
    assert np.shape(dw) == ()
    assert abs(float(dw) - sum(d * value for d, value in zip(dout, x, strict=True))) < 1e-9


@check(
    points=1,
    zh="dx 不对：对 x 求导得到的是 w。",
    en="dx is off: the derivative by x is w.",
)
def derivative_by_x(forward, backward):
    w, x, dout = numbers(3)
    _, dx = backward(dout, forward(w, x)[1])
    assert np.shape(dx) == (6,)
    assert np.allclose(dx, [d * w for d in dout], rtol=1e-7, atol=1e-9)


@check(
    points=0.5,
    zh="第二次前向计算改掉了第一次的缓存：每次都要新建，不要用全局变量。",
    en="A second forward pass changed the first cache: make a new one, use no global variable.",
)
def caches_are_separate(forward, backward):
    w, x, dout = numbers(4)
    first = forward(w, x)[1]
    forward(3 * w, 2 * x)
    dw, _ = backward(dout, first)
    assert abs(float(dw) - float(np.sum(dout * x))) < 1e-9


@mistake(
    caught_by=multiplies,
    zh="写成了加法",
    en="Wrote a sum instead of a product",
)
class added:
    def forward(w, x):
        return w + x, Factors(w, x)


@mistake(
    caught_by=multiplies,
    zh="把结果加成了一个数",
    en="Added the result up to one number",
)
class dot_product:
    def forward(w, x):
        return np.sum(w * x), Factors(w, x)


@mistake(
    caught_by=derivative_by_w,
    zh="dw 没有求和",
    en="Did not add up dw",
)
class dw_per_entry:
    def backward(dout, cache):
        return dout * cache.x, dout * cache.w


@mistake(
    caught_by=derivative_by_w,
    zh="dw 取了平均值",
    en="Averaged dw",
)
class dw_averaged:
    def backward(dout, cache):
        return float(np.mean(dout * cache.x)), dout * cache.w


@mistake(
    caught_by=derivative_by_x,
    zh="两个导数弄反了：dx 里用了 x",
    en="Mixed up the factors: used x in dx",
)
class factors_swapped:
    def backward(dout, cache):
        return float(np.sum(dout * cache.w)), dout * cache.x


@mistake(
    caught_by=derivative_by_x,
    zh="忘了乘以上游的 dout",
    en="Forgot to multiply by dout",
)
class no_cotangent:
    def backward(dout, cache):
        return float(np.sum(cache.x)), cache.w * np.ones(len(cache.x))


@mistake(
    caught_by=derivative_by_x,
    zh="dx 的符号反了",
    en="Flipped the sign of dx",
)
class dx_negative:
    def backward(dout, cache):
        return float(np.sum(dout * cache.x)), -dout * cache.w


@mistake(
    caught_by=caches_are_separate,
    zh="缓存放在全局变量里，每次前向计算都会覆盖它",
    en="Kept the cache in a global variable, which every forward pass overwrites",
)
class one_global_cache:
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
