"""A single hidden layer of finite width is enough on a bounded interval, here even exactly: a ReLU
net with n - 1 units draws any polyline through n knots. But it pays for every piece with a unit.
Composing tents doubles the pieces with every layer: k layers of 2 units, 6k + 1 parameters, give
2^k pieces, for which one layer needs 2^k units and 3 * 2^k + 1 parameters. For such functions depth
is exponentially cheaper; for others it need not help at all.

Common wrong answers: "a wide layer cannot represent it"; "depth helps because there are more
parameters"; "k layers bend the line k times as often", as if layers were added and not composed.
Some quote Hoeffding's inequality: it bounds the test error of one fixed hypothesis and says nothing
about what a net can represent, nor about a hypothesis chosen by training.

中文：
在有界区间上，宽度有限的单个隐藏层就足够了，这里甚至毫无误差：n - 1 个 ReLU 单元可以画出过 n
个节点的任何折线。代价是每一段都要占用一个单元。把帐篷函数复合起来，每多一层，段数就翻一倍：k 层、
每层 2 个单元，只用 6k + 1 个参数就得到 2^k 段；只用一层则要 2^k 个单元、3 * 2^k + 1 个参数。
对这样的函数，深网络所需的参数呈指数级地少；对别的函数，深度则未必有帮助。

常见的错误回答：“浅而宽的网络表示不了”；“深度有用是因为参数多”；“k 层只能让折线多拐 k
倍的弯”，最后一种是把复合当成了相加。还有人引用 Hoeffding 不等式：
它只对一个事先固定的假设给出泛化误差的界，既不说明网络能表示什么，也不适用于训练挑选出来的假设。
"""

import itertools
import operator

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    each,
    fitted,
    floats,
)
from autograder.pages import accepted, check, mistake, proof


def tent(x):
    x = np.asarray(x, dtype=float)
    return 2 * np.maximum(x, 0) - 4 * np.maximum(x - 0.5, 0)


def deep_sawtooth(x, k):
    y = np.array(x, dtype=float)
    for _ in range(k):
        y = tent(y)
    return y


def count_pieces(x, y, tol=1e-6):
    slopes = np.diff(np.asarray(y, dtype=float)) / np.diff(np.asarray(x, dtype=float))
    limit = tol * max(1.0, np.abs(slopes).max())
    return 1 + int(np.sum(np.abs(np.diff(slopes)) > limit))


def shallow_from_knots(x, y):
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    slopes = np.diff(y) / np.diff(x)
    c = np.diff(slopes, prepend=0.0)
    return np.ones(len(c)), -x[:-1], c, float(y[0])


def sawtooth_params(k):
    # 2 weights and 2 biases into the first layer, 4 and 2 between layers, 2 and 1 into the output
    return 4 + 6 * (k - 1) + 3, 3 * 2**k + 1


def oracle_tent(x):
    """The tent of one number, drawn by its three straight parts."""
    if x <= 0:
        return 0.0
    return 2 * x if x <= 0.5 else 2 - 2 * x


def oracle_sawtooth(x, k):
    """k tents of one number."""
    for _ in range(k):
        x = oracle_tent(x)
    return x


def polyline(slopes, widths, start):
    """Knots (x, y) of a polyline by its slopes and the widths of its pieces."""
    x, y = [start[0]], [start[1]]
    for slope, width in zip(slopes, widths):
        x.append(x[-1] + width)
        y.append(y[-1] + slope * width)
    return np.array(x), np.array(y)


KNOTS = (
    # neither evenly spaced nor monotone, negative values, bends of both signs
    (np.array([-1.3, -0.4, 0.1, 0.9, 1.0, 2.7]), np.array([0.7, -1.2, 0.4, 0.5, 2.0, -0.6])),
    (np.array([2.0, 2.5, 4.0, 5.0]), np.array([-3.0, -1.0, -0.5, 4.0])),
    (np.array([-2.0, 3.0]), np.array([1.5, -1.0])),
)


@check(points=0.25)
def tent_has_its_shape(tent):
    """The tent is off on [0, 1], or the shape changed: up to 1 at 1/2 and down to 0, entry by
    entry.
    中文：tent 在 [0, 1] 上不对，或形状变了：先升到 1/2 处的 1，再降回 0，逐个分量计算。"""
    x = np.array([0.0, 0.1, 1 / 3, 0.5, 0.625, 2**-0.5, 0.9, 1.0])
    y = tent(x.copy())
    assert alike(y, [oracle_tent(a) for a in x])


@check(points=0.25)
def outside_the_unit_interval(tent, deep_sawtooth):
    """tent or deep_sawtooth is wrong outside [0, 1]. If both are right inside (other checks ask),
    remember that the formula with two ReLUs holds for all real x; it is 0 for x < 0 and negative
    for x > 1.
    中文：tent 或 deep_sawtooth 在 [0, 1] 以外不对。如果在 [0, 1] 上都是对的（另有检查），要注意：两
    个 ReLU 的公式对所有实数都成立，x < 0 时为 0，x > 1 时是负数。"""
    x = np.array([-3.0, -0.25, 1.25, 1.5, 4.0])
    y = tent(x.copy())
    assert alike(y, [oracle_tent(a) for a in x])
    answers = each(deep_sawtooth, [(x.copy(), k) for k in (1, 2, 3)])
    for k, y in zip((1, 2, 3), answers, strict=True):
        assert alike(y, [oracle_sawtooth(a, k) for a in x])


@check(points=0.75)
def layers_are_composed(deep_sawtooth):
    """deep_sawtooth is off: k tents are composed, each fed with the output of the one before, not
    added, multiplied or stretched; k = 0 is x itself.
    中文：deep_sawtooth 不对：是 k 层 tent 复合，前一层的输出是后一层的输入，不是相加、相乘或放大；k
    = 0 时就是 x。"""
    x = np.array([0.0, 0.03, 0.2, 0.31, 0.5, 0.55, 0.77, 0.9, 1.0])
    depths = (0, 1, 2, 3, 6)
    wants = [[oracle_sawtooth(a, k) for a in x] for k in depths]
    cases = [(x.copy(), k) for k in depths]
    wants.append(np.arange(129) % 2)
    cases.append((np.linspace(0, 1, 2**7 + 1), 7))
    for want, y in zip(wants, each(deep_sawtooth, cases), strict=True):
        assert alike(y, want)


@check(points=0.25)
def counts_pieces(count_pieces):
    """count_pieces is off: compare the slopes of neighbouring segments (divide by the spacing of
    x), one more piece per change; a slope that returns later counts again, and so does a bend that
    keeps its direction.
    中文：count_pieces 数错了：比较相邻两段的斜率（要除以 x 的间距），斜率变一次就多一段；同样的斜率
    隔开出现要分别计数，方向不变的拐弯也算。"""
    rng = np.random.default_rng(3)
    curves, wants = [], []
    for slopes in ([2.0, -2.0, 2.0, -2.0, 2.0], [0.5, 1.0, 1.75, 3.0], [-0.3], [1.0, 0.0, -2.0]):
        widths = rng.uniform(0.3, 1.5, size=len(slopes))
        x, y = polyline(slopes, widths, (-1.2, 0.4))
        # the same curve with points, unevenly spaced, inside its pieces
        more = np.sort([*x, *(x[0] + (x[-1] - x[0]) * rng.random(11))])
        curves += [(x, y), (more, np.interp(more, x, y))]
        wants += [len(slopes)] * 2
    curves.append((np.array([0.0, 0.2, 1.0]), np.array([3.0, 3.0, 3.0])))
    wants.append(1)
    for want, answer in zip(wants, each(count_pieces, curves), strict=True):
        assert alike(answer, want)


@check(points=0.25)
def tolerance_follows_the_scale(count_pieces):
    """The tolerance is off: the limit is tol times the largest |slope| of the whole curve, but at
    least tol; and tol is an argument, not a constant.
    中文：容差用得不对：界限是 tol 乘以整条折线最大的 |斜率|，但不小于 tol；tol 是参数，不要写
    死。"""
    runs = (
        ([1.0, 1.05, 2.0, 2.04], 0.04, 2),
        ([1.0, 1.05, 2.0, 2.04], 1e-3, 4),
        ([1.0, 0.85], 0.1, 2),  # the larger of the two limits, not their sum
        ([5000.0, 5000.2, -3000.0], 1e-4, 2),
        ([-5000.0, -5000.2, 3.0], 1e-4, 2),  # the largest slope is negative
        ([0.0, 0.0004, 1000.0], 1e-6, 2),  # the slopes compared are not the largest
        ([1e-5, -2e-5, 1e-5], 1e-4, 1),
        ([1.0, 1.03, 1.06, 1.09], 0.04, 1),  # neighbours are compared, so slow bending is one piece
    )
    widths = [0.5, 1.25, 0.75, 1.0]
    cases = [(*polyline(slopes, widths, (0.0, 300.0)), tol) for slopes, tol, _ in runs]
    cases.append(polyline([3e-8, -2e-8, 1.0], widths, (0.0, 1.0)))
    wants = [*(want for _, _, want in runs), 2]
    answers = list(each(count_pieces, cases))  # all of them first: they tell the mistakes apart
    for want, answer in zip(wants, answers, strict=True):
        assert alike(answer, want)


@check(points=0.5)
def passes_through_the_knots(shallow_from_knots):
    """The shallow net draws another line: each unit switches on at its knot, c is the change of the
    slope and not the slope, c0 takes the height of the start; it must be right between the knots
    too.
    中文：浅网络画出的折线不对：每个单元从自己的节点开始起作用，c 是斜率的改变量，不是斜率本身；起点
    的高度归 c0；节点之间也要正确。"""
    answers = each(shallow_from_knots, [(x.copy(), y.copy()) for x, y in KNOTS])
    for (x, y), (w, b, c, c0) in zip(KNOTS, answers, strict=True):
        at = np.array([*x, *np.linspace(x[0], x[-1], 23)])
        w, b, c = (floats(part).ravel() for part in (w, b, c))
        got = shallow_forward(at, w, b, c, fitted(c0, ()))
        assert alike(got, np.interp(at, x, y), rtol=1e-6, atol=1e-6)


@check(points=0.25)
def one_unit_a_piece(shallow_from_knots):
    """The number of hidden units is off: n knots have n - 1 pieces between them and need exactly n
    - 1 units; w, b, c have shape (n-1,).
    中文：隐藏单元的个数不对：n 个节点之间有 n - 1 段，正好 n - 1 个单元，w、b、c 形状都是
    (n-1,)。"""
    answers = each(shallow_from_knots, [(x.copy(), y.copy()) for x, y in KNOTS])
    for (x, y), (w, b, c, c0) in zip(KNOTS, answers, strict=True):
        for part in (w, b, c):
            assert np.shape(part) == (len(x) - 1,)
        got = shallow_forward(x[:1], floats(w), floats(b), floats(c), fitted(c0, ()))
        assert alike(got, y[:1], rtol=1e-6, atol=1e-6)


@check(points=0.5)
def depth_is_cheaper(sawtooth_params):
    """sawtooth_params grows in the wrong way: a further tent adds a fixed number of parameters to
    the deep net, while it doubles the pieces, and the shallow net needs a unit for each.
    中文：sawtooth_params 的增长方式不对：每多一层帐篷，深网络只多出固定的几个参数，而折线的段数翻一
    倍，浅网络的每一段都要有自己的单元。"""
    answers = each(sawtooth_params, [(k,) for k in range(1, 10)])
    pairs = [[float(fitted(n, ())) for n in pair] for pair in answers]
    deep, shallow = zip(*pairs)
    steps = {b - a for a, b in itertools.pairwise(deep)}
    assert len(steps) == 1
    assert min(steps) > 0
    assert all(1.6 < b / a < 2.4 for a, b in itertools.pairwise(shallow))


@check(points=0.5)
def counts_the_parameters(sawtooth_params):
    """sawtooth_params miscounts: the deep net is 1-2-...-2-1 with nothing between two hidden layers
    and a bias in every unit, the output too; each unit of the shallow one has w, b and c, and there
    is one c0.
    中文：sawtooth_params 数错了：深网络是 1-2-...-2-1，两个隐藏层之间不再夹一层，每个单元（包括输
    出）都有偏置；浅网络每个单元有 w、b、c，另有一个 c0。"""
    depths = (1, 2, 3, 4, 6)
    answers = each(sawtooth_params, [(k,) for k in depths])
    for k, (deep, shallow) in zip(depths, answers, strict=True):
        # the deep net layer by layer; then w, b, c of every piece and c0
        widths = [1, *[2] * k, 1]
        assert alike(deep, sum(widths[i + 1] * (widths[i] + 1) for i in range(k + 1)))
        bends = sum(1 for i in range(1, 2**k) if oracle_sawtooth(i / 2**k, k) in (0.0, 1.0))
        assert alike(shallow, 3 * (bends + 1) + 1)


@check(points=0.125)
def counts_are_integers(count_pieces, sawtooth_params):
    """count_pieces or sawtooth_params does not return integers: pieces and parameters are counted,
    so return int, not float.
    中文：count_pieces 或 sawtooth_params 返回的不是整数类型：段数和参数个数是数出来的，应为 int，不
    是 float。"""
    x, y = KNOTS[0]
    assert operator.index(count_pieces(x.copy(), y.copy())) > 0
    assert all(operator.index(count) > 0 for count in sawtooth_params(3))


@check(points=0.125)
def no_tent_gives_a_new_array(deep_sawtooth):
    """For k = 0 deep_sawtooth hands back the very array x: whoever writes into the result changes
    x. Return a copy.
    中文：k = 0 时 deep_sawtooth 返回的就是 x 这个数组本身：改动结果就会改动 x。应返回副本。"""
    x = np.array([0.125, 0.2, 0.7, 0.9])
    y = deep_sawtooth(x, 0)
    assert y is not x
    assert floats(y).size == 4


@check(points=0.125)
def any_number_type(tent, deep_sawtooth, shallow_from_knots, count_pieces):
    """For float32 or integer arrays a function raises an error, returns nan, or answers otherwise
    than for the same numbers as float64: make the results floats instead of copying the dtype of
    the input.
    中文：输入换成 float32 或整数数组时，有函数报错、得到 nan，或者结果与输入同样的 float64 数时不
    同：结果要用浮点数，不要照抄输入的 dtype。"""
    x, y = [-1, 1, 4, 6], [2, 3, -4, 1]
    assert all_same_for_any_type([
        (shallow_from_knots, x, y), (count_pieces, x, y), (tent, [-2, 0, 1, 3]),
        (deep_sawtooth, [-2, 0, 1, 3], 2),
    ])
    half = np.array([0.25, 0.375])
    own, single = each(deep_sawtooth, [(half, 2), (half.astype(np.float32), 2)])
    assert alike(single, own, atol=1e-4)


@check(points=0.125)
def leaves_arguments_alone(tent, deep_sawtooth, shallow_from_knots, count_pieces):
    """An argument was changed by the call, or a function raised an error or returned nothing: no
    -=, *=, out= or assignment to slices of x or y; copy first.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要对 x、y 用 -=、*=、out= 或切片赋
    值，先复制。"""
    points, (x, y) = np.array([0.125, 0.2, 0.7, 0.9]), KNOTS[0]
    assert all_left_alone([
        (tent, points), (deep_sawtooth, points, 2), (shallow_from_knots, x, y),
        (count_pieces, x, y),
    ])


@mistake(tent_has_its_shape)
class never_comes_down:
    """Gave the second ReLU the factor 2: after the rise the line stays flat and never falls
    中文：第二个 ReLU 的系数写成了 2：升到 1 之后变平，没有降下来"""
    def tent(x):
        x = np.asarray(x, dtype=float)
        return 2 * np.maximum(x, 0) - 2 * np.maximum(x - 0.5, 0)


@mistake(tent_has_its_shape)
class half_outside_the_relu:
    """Subtracted the 1/2 outside the ReLU, so that the bend stays at 0
    中文：把 1/2 减在了 ReLU 外面：折点仍在 0 处"""
    def tent(x):
        x = np.asarray(x, dtype=float)
        return 2 * np.maximum(x, 0) - 4 * (np.maximum(x, 0) - 0.5)


@mistake(tent_has_its_shape)
class rounded_tent:
    """Rounded the result to 4 digits
    中文：把结果四舍五入到 4 位小数"""
    def tent(x):
        x = np.asarray(x, dtype=float)
        return np.round(2 * np.maximum(x, 0) - 4 * np.maximum(x - 0.5, 0), 4)


@mistake(outside_the_unit_interval)
class absolute_value_tent:
    """Wrote 1 - |2x - 1|, which agrees on [0, 1] but is not 0 for x < 0
    中文：写成了 1 - |2x - 1|：在 [0, 1] 上相同，x < 0 时却不是 0"""
    def tent(x):
        return 1 - np.abs(2 * np.asarray(x, dtype=float) - 1)


@mistake(outside_the_unit_interval)
class clipped_tent:
    """Cut the tent off at 0, although it is negative for x > 1
    中文：把结果截断在 0 以上：x > 1 时本应是负数"""
    def tent(x):
        x = np.asarray(x, dtype=float)
        return np.maximum(2 * np.maximum(x, 0) - 4 * np.maximum(x - 0.5, 0), 0)


@mistake(layers_are_composed)
class layers_added:
    """Added k tents instead of composing them, which still bends at one place only
    中文：把 k 层当成相加：k 个 tent 之和仍然只有一个尖"""
    def deep_sawtooth(x, k):
        return k * tent(x) if k else np.array(x, dtype=float)


@mistake(layers_are_composed)
class input_stretched:
    """Stretched the input k times and took one tent instead of composing k
    中文：把输入放大 k 倍再取一次 tent，而不是套 k 层"""
    def deep_sawtooth(x, k):
        x = np.array(x, dtype=float)
        return tent(k * x) if k else x


@mistake(layers_are_composed)
class a_tooth_a_layer:
    """Believed that k layers give 2k pieces: one more tooth per layer instead of doubling
    中文：以为 k 层只有 2k 段：折叠次数随层数线性增长，而不是每层翻倍"""
    def deep_sawtooth(x, k):
        x = np.array(x, dtype=float)
        return tent(k * x - np.minimum(np.floor(k * x), k - 1)) if k else x


@mistake(layers_are_composed)
class one_tent_too_many:
    """Composed one tent too many: began with tent(x), so that k = 0 is not x either
    中文：多套了一层：先算 tent(x)，再套 k 层，k = 0 时也不是 x"""
    def deep_sawtooth(x, k):
        y = tent(x)
        for _ in range(k):
            y = tent(y)
        return y


@mistake(counts_pieces)
class different_slopes:
    """Counted the different slopes: a sawtooth has only two, however many teeth
    中文：数的是不同斜率的个数：锯齿只有两种斜率，于是永远得 2"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.sort(np.diff(y) / np.diff(x))
        limit = tol * max(1.0, np.abs(slopes).max())
        return 1 + int(np.sum(np.diff(slopes) > limit))


@mistake(counts_pieces)
class only_turning_points:
    """Counted only turns between rising and falling and missed bends that keep the direction
    中文：只数了上升与下降之间的转折：方向不变的拐弯被漏掉"""
    def count_pieces(x, y, tol=1e-6):
        signs = np.sign(np.diff(y))
        return 1 + int(np.sum(signs[1:] != signs[:-1]))


@mistake(counts_pieces)
class steps_for_slopes:
    """Did not divide by the spacing of x: a straight line sampled unevenly falls into pieces
    中文：没有除以 x 的间距：间距不等时，一条直线也被数成好几段"""
    def count_pieces(x, y, tol=1e-6):
        steps = np.diff(y)
        limit = tol * max(1.0, np.abs(steps).max())
        return 1 + int(np.sum(np.abs(np.diff(steps)) > limit))


@mistake(counts_pieces)
class bends_not_pieces:
    """Counted the bends and forgot that there is one piece more than bends
    中文：数的是拐点，忘了段数比拐点多一个"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = tol * max(1.0, np.abs(slopes).max())
        return int(np.sum(np.abs(np.diff(slopes)) > limit))


@mistake(counts_pieces)
class exact_comparison:
    """Compared floating-point slopes with != and took rounding errors for bends
    中文：直接用 != 比较浮点斜率：舍入误差也被当成拐弯"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        return 1 + int(np.sum(slopes[1:] != slopes[:-1]))


@mistake(tolerance_follows_the_scale)
class absolute_tolerance:
    """Used tol as it is, without scaling it by the largest slope
    中文：容差没有随斜率的大小缩放，始终是 tol"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        return 1 + int(np.sum(np.abs(np.diff(slopes)) > tol))


@mistake(tolerance_follows_the_scale)
class relative_tolerance_only:
    """Scaled the tolerance without a lower limit: noise cuts a nearly flat curve into pieces
    中文：容差只随斜率缩放，没有下限：几乎水平的曲线被噪声切成好几段"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = tol * np.abs(slopes).max() + 1e-12
        return 1 + int(np.sum(np.abs(np.diff(slopes)) > limit))


@mistake(tolerance_follows_the_scale)
class tolerance_ignored:
    """Wrote the tolerance into the code as 1e-6 and ignored the argument
    中文：把容差写死成 1e-6，没有用参数 tol"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = 1e-6 * max(1.0, np.abs(slopes).max())
        return 1 + int(np.sum(np.abs(np.diff(slopes)) > limit))


@mistake(tolerance_follows_the_scale)
class largest_slope_with_its_sign:
    """Forgot the absolute value of the largest slope: a steep falling curve gets no tolerance
    中文：取最大斜率时忘了绝对值：又陡又降的曲线得不到应有的容差"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = tol * max(1.0, slopes.max())
        return 1 + int(np.sum(np.abs(np.diff(slopes)) > limit))


@mistake(tolerance_follows_the_scale)
class tolerance_from_the_height:
    """Scaled the tolerance by the height of the curve, not by its slope: a raised curve loses its
    bends
    中文：界限按曲线的高度缩放，而不是按斜率：整体抬高之后，拐弯就数不出来了"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = tol * max(1.0, np.abs(y).max())
        return 1 + int(np.sum(np.abs(np.diff(slopes)) > limit))


@mistake(tolerance_follows_the_scale)
class slow_bending_adds_up:
    """Compared each slope with the first slope of its piece, so that slow bending adds up
    中文：把每个斜率与这一段的第一个斜率比较：缓慢的弯曲积累起来也被数成了拐弯"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = tol * max(1.0, np.abs(slopes).max())
        pieces, first = 1, slopes[0]
        for slope in slopes[1:]:
            if abs(slope - first) > limit:
                pieces, first = pieces + 1, slope
        return pieces


@mistake(counts_are_integers)
class float_counts:
    """Returned the counts as floats
    中文：个数以浮点数返回"""
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = tol * max(1.0, np.abs(slopes).max())
        return 1.0 + np.sum(np.abs(np.diff(slopes)) > limit)

    def sawtooth_params(k):
        return 6.0 * k + 1, 3 * 2.0**k + 1


@mistake(no_tent_gives_a_new_array)
class hands_x_back:
    """Returned x itself for k = 0, the very array that came in
    中文：k = 0 时返回的就是传入的数组 x 本身"""
    def deep_sawtooth(x, k):
        for _ in range(k):
            x = tent(x)
        return x


@mistake(passes_through_the_knots)
class even_spacing:
    """Assumed evenly spaced knots and divided all steps by the first spacing
    中文：假定节点等距：所有斜率都除以第一个间距"""
    def shallow_from_knots(x, y):
        c = np.diff(np.diff(y) / (x[1] - x[0]), prepend=0)
        return np.ones(len(c)), -x[:-1], c, y[0]


@mistake(passes_through_the_knots)
class slopes_not_changes:
    """Took each slope itself for c, although the earlier units stay on and the slopes add up
    中文：c 取成了每一段的斜率：前面的单元还在起作用，斜率会累加"""
    def shallow_from_knots(x, y):
        slopes = np.diff(y) / np.diff(x)
        return np.ones(len(slopes)), -x[:-1], slopes, y[0]


@mistake(passes_through_the_knots)
class starts_at_zero:
    """Left c0 at 0: the whole curve is shifted whenever it does not start at height 0
    中文：c0 取成 0：曲线整体平移，起点高度不为零时就错了"""
    def shallow_from_knots(x, y):
        c = np.diff(np.diff(y) / np.diff(x), prepend=0)
        return np.ones(len(c)), -x[:-1], c, 0.0


@mistake(passes_through_the_knots)
class bias_sign_flipped:
    """Flipped the sign of the biases: relu(x + x_i) switches on at -x_i
    中文：偏置的符号写反了：relu(x + x_i) 在 -x_i 处开始起作用"""
    def shallow_from_knots(x, y):
        c = np.diff(np.diff(y) / np.diff(x), prepend=0)
        return np.ones(len(c)), x[:-1], c, y[0]


@mistake(passes_through_the_knots)
class units_at_the_right_ends:
    """Put the units at the right ends of the pieces, so that every bend comes a knot too late
    中文：单元放在每一段的右端点：整条折线晚拐一个节点"""
    def shallow_from_knots(x, y):
        c = np.diff(np.diff(y) / np.diff(x), prepend=0)
        return np.ones(len(c)), -x[1:], c, y[0]


@mistake(passes_through_the_knots)
class random_features:
    """Fitted random hidden units by least squares: right at the knots, wrong between them
    中文：随机取隐藏单元再用最小二乘拟合：节点上对，节点之间不对"""
    def shallow_from_knots(x, y):
        rng = np.random.default_rng(0)
        places = np.sort(rng.uniform(x[0] - 0.3, x[-1], size=len(x) - 1))
        hidden = np.maximum(0, np.outer(x, np.ones(len(places))) - places)
        c = np.linalg.lstsq(hidden, y - y[0], rcond=None)[0]
        return np.ones(len(places)), -places, c, y[0]


@mistake(one_unit_a_piece)
class one_unit_a_knot:
    """Spent a unit on every knot, one more than pieces: the unit at the last knot does nothing
    中文：每个节点一个单元，比段数多了一个：最后一个节点上的单元毫无作用"""
    def shallow_from_knots(x, y):
        c = np.diff(np.diff(y) / np.diff(x), prepend=0, append=0)
        c[-1] = 0
        return np.ones(len(x)), -np.asarray(x, dtype=float), c, y[0]


@mistake(depth_is_cheaper)
class deep_is_larger:
    """Believed that the deep net has more parameters: counted a unit for every piece there too
    中文：以为深网络的参数更多：每一段都要算上一个单元，所以也随 k 指数增长"""
    def sawtooth_params(k):
        return 7 * 2**k, 3 * 2**k + 1


@mistake(depth_is_cheaper)
class shallow_grows_linearly:
    """Believed that the shallow net is as cheap: 2 units per tent, growing linearly with k
    中文：以为浅网络与深网络一样省：单元数随 k 线性增长"""
    def sawtooth_params(k):
        return 6 * k + 1, 3 * (2 * k) + 1


@mistake(counts_the_parameters)
class seven_a_tent:
    """Kept an output unit between two tents, 7 parameters each, instead of merging the weights
    中文：在两个帐篷之间多放了一个输出单元：每个帐篷 7 个参数，没有合并成一组权重"""
    def sawtooth_params(k):
        return 7 * k, 3 * 2**k + 1


@mistake(counts_the_parameters)
class biases_left_out:
    """Counted the weights and left out the biases
    中文：只数了权重，没有数偏置"""
    def sawtooth_params(k):
        return 4 * k, 2 * 2**k


@mistake(counts_the_parameters)
class a_unit_a_bend:
    """Counted a unit for every bend and left out the one that starts the line
    中文：浅网络少数了一个单元：只给拐点配了单元，漏了起步的那一个"""
    def sawtooth_params(k):
        return 6 * k + 1, 3 * (2**k - 1) + 1


@mistake(any_number_type)
class dtype_of_the_knots:
    """Built the results with np.zeros_like(x): for integer knots the fractions are cut off
    中文：结果数组用 np.zeros_like(x) 建：节点是整数时，斜率的小数部分全被截掉"""
    def shallow_from_knots(x, y):
        c, before = np.zeros_like(x[:-1]), 0
        for i in range(len(x) - 1):
            slope = (y[i + 1] - y[i]) / (x[i + 1] - x[i])
            c[i] = slope - before
            before = slope
        return np.ones(len(c)), -x[:-1], c, y[0]


@mistake(leaves_arguments_alone)
class folds_in_place:
    """Folded x in place and so overwrote the caller's sample points
    中文：在传入的 x 上就地折叠：调用者的采样点被改掉了"""
    def deep_sawtooth(x, k):
        for _ in range(k):
            x[...] = tent(x)
        return x


@accepted
class numbers_one_by_one:
    def tent(x):
        return [2 * max(a, 0.0) - 4 * max(a - 0.5, 0.0) for a in x]

    def shallow_from_knots(x, y):
        c, slope = [], 0.0
        for i in range(len(x) - 1):
            new = (y[i + 1] - y[i]) / (x[i + 1] - x[i])
            c.append(new - slope)
            slope = new
        return [1.0] * len(c), [-float(a) for a in x[:-1]], c, y[0]


@accepted
class three_branches:
    def tent(x):
        x = np.asarray(x, dtype=float)
        return np.select([x < 0, x < 0.5], [np.zeros_like(x), 2 * x], 2 - 2 * x)

    def deep_sawtooth(x, k):
        return tent(deep_sawtooth(x, k - 1)) if k > 0 else np.array(x, dtype=float)


@accepted
class recursion_from_inside:
    def deep_sawtooth(x, k):
        return np.asarray(x) * 1.0 if k == 0 else deep_sawtooth(tent(x), k - 1)


@accepted
class pieces_by_loop:
    def count_pieces(x, y, tol=1e-6):
        slopes = [(y[i + 1] - y[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]
        limit = max(tol * max(abs(s) for s in slopes), tol)
        pieces, before = 1, slopes[0]
        for s in slopes[1:]:
            pieces, before = pieces + (abs(s - before) > limit), s
        return int(pieces)


@accepted
class numpy_integer:
    def count_pieces(x, y, tol=1e-6):
        slopes = np.diff(y) / np.diff(x)
        limit = np.maximum(tol, tol * np.max(np.abs(slopes)))
        return np.count_nonzero(~(np.abs(slopes[1:] - slopes[:-1]) <= limit)) + np.int64(1)


@accepted
class from_the_right:
    # every unit looks to the left and the line starts at the last knot
    def shallow_from_knots(x, y):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        slopes = np.diff(y) / np.diff(x)
        return -np.ones(len(slopes)), x[1:], np.diff(slopes, append=0.0), y[-1]


@accepted
class one_unit_looks_back:
    # the first piece is drawn to the left of the second knot, the others to the right
    def shallow_from_knots(x, y):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        slopes = np.diff(y) / np.diff(x)
        w, b, c = np.ones(len(slopes)), -x[:-1], np.diff(slopes, prepend=0)
        w[0], b[0], c[0] = -1, x[1], -slopes[0]
        c[1:2] = slopes[1:2]
        return tuple(w), tuple(b), tuple(c), y[1]


@accepted
class tent_as_a_net:
    def tent(x):
        x = np.asarray(x, dtype=float)
        hidden = np.maximum(np.multiply.outer(x, np.ones(2)) + np.array([0, -0.5]), 0)
        return hidden @ np.array([2, -4])


@accepted
class linear_system:
    # units of other scales, their weights from a triangular system
    def shallow_from_knots(x, y):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        w = 1 / np.diff(x)
        b = -x[:-1] * w
        hidden = np.maximum(0, np.outer(x[1:], w) + b)
        return w, b, np.linalg.solve(hidden, y[1:] - y[0]), np.array(y[0])


@accepted
class always_on_unit:
    # the first unit is on from far left, so that c0 is not the height of the start
    def shallow_from_knots(x, y):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        slopes = np.diff(y) / np.diff(x)
        b = -x[:-1].copy()
        b[0] += 1
        return np.ones(len(slopes)), b, np.diff(slopes, prepend=0), y[0] - slopes[0]


@accepted
class formulas:
    def sawtooth_params(k):
        return [6 * k + 1, 3 * np.power(2, k) + 1]


@proof
def a_wide_layer_pays_more():
    x, few = np.linspace(0, 1, 192 * 6 + 1), np.linspace(0, 1, 12 + 1)
    narrow = shallow_forward(x, *shallow_from_knots(few, deep_sawtooth(few, 6)))
    # 12 units have as many parameters as the deep net, 37; they draw 13 pieces at most, it draws 64
    assert sawtooth_params(6)[0] == 3 * 12 + 1
    assert count_pieces(x, narrow) <= 13 < count_pieces(x, deep_sawtooth(x, 6)) == 64


@proof
def yet_a_wide_layer_can():
    knots, x = np.linspace(0, 1, 2**6 + 1), np.linspace(0, 1, 192 * 6 + 1)
    # 64 units draw six tents exactly: width does suffice, and 12 are far off
    wide = shallow_forward(x, *shallow_from_knots(knots, deep_sawtooth(knots, 6)))
    assert np.allclose(wide, deep_sawtooth(x, 6))
    few = np.linspace(0, 1, 12 + 1)
    narrow = shallow_forward(x, *shallow_from_knots(few, deep_sawtooth(few, 6)))
    assert np.abs(narrow - deep_sawtooth(x, 6)).max() > 0.5
