"""Momentum accelerates because it is less sensitive to bad conditioning. On a quadratic with
curvatures in [mu, L] and k = L/mu, the best plain gradient descent takes lr = 2/(L + mu) and
shrinks the error by (k-1)/(k+1) per step; the best momentum takes
lr = (2/(sqrt L + sqrt mu))^2, gamma = ((sqrt L - sqrt mu)/(sqrt L + sqrt mu))^2 and shrinks it by
sqrt(gamma) = (sqrt k - 1)/(sqrt k + 1). So about sqrt(k) steps replace k steps. Along directions in
which the gradient keeps its sign the velocity grows to lr/(1-gamma), ten times lr at gamma = 0.9.

The common wrong answers are "it escapes local minima" and "it averages the noise away". Momentum
may roll over a bump, and may just as well stay behind it; nothing guarantees either. And v is a
sum, not an average: at equal lr its stationary noise is larger than without momentum, not smaller.
The first belief comes from the picture of a heavy ball, the second from the moving averages of
Adam, whose factor 1 - gamma is missing here.

中文：
动量能加速，是因为它对病态条件数不那么敏感。设二次函数的曲率遍布 [mu, L]，k = L/mu。
普通梯度下降最优时 lr = 2/(L + mu)，误差每步乘以 (k-1)/(k+1)；动量法最优时 lr = (2/(sqrt L + sqrt
mu))^2，gamma = ((sqrt L - sqrt mu)/(sqrt L + sqrt mu))^2，误差每步乘以 sqrt(gamma) = (sqrt k -
1)/(sqrt k + 1)。也就是说，原来需要约 k 步，现在只要约 sqrt(k) 步。在梯度方向一直不变的维度上，
速度会累积到 lr/(1-gamma)，gamma = 0.9 时是 lr 的十倍。

常见的错误回答是“能冲出局部极小值”和“能把噪声平均掉”。动量可能越过一个小坡，
也可能照样停在坡后，没有任何保证。而且 v 是累加，不是平均：学习率相同时，
动量的稳态噪声比没有动量时更大，而不是更小。前一种误解来自“小球滚下山”的比喻；后一种来自 Adam
的滑动平均，那里有 1 - gamma 这个系数，这里没有。
"""

import numpy as np

from autograder.check_toolkit import alike, all_left_alone, all_same_for_any_type, each, fitted
from autograder.pages import accepted, check, mistake, proof


def momentum_step(w, v, g, lr, gamma):
    w, v, g = (np.asarray(a, dtype=float) for a in (w, v, g))
    v_new = gamma * v + lr * g
    return w - v_new, v_new


def momentum_descent(grad_fn, w0, lr, gamma, steps):
    w = np.array(w0, dtype=float)
    v = np.zeros_like(w)
    path = [w]
    for _ in range(steps):
        w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
        path.append(w)
    return np.array(path)


def effective_lr(lr, gamma, t):
    if gamma == 1:
        return float(lr * t)
    return float(lr * (1 - gamma**t) / (1 - gamma))


def optimal_quadratic(mu, L, method):
    if method == "gd":
        return 2 / (L + mu), 0.0, (L - mu) / (L + mu)
    low, high = np.sqrt(mu), np.sqrt(L)
    rate = float((high - low) / (high + low))
    return float((2 / (high + low)) ** 2), rate**2, rate


QUADRATICS = (
    # mu, L, gd: lr and rate, momentum: lr, gamma, rate; worked out on paper
    (1, 9, 1 / 5, 4 / 5, 1 / 4, 1 / 4, 1 / 2),
    (2, 8, 1 / 5, 3 / 5, 2 / 9, 1 / 9, 1 / 3),
    (0.25, 4, 8 / 17, 15 / 17, 16 / 25, 9 / 25, 3 / 5),
    (0.01, 1, 200 / 101, 99 / 101, 400 / 121, 81 / 121, 9 / 11),
)


def oracle_path(grad_fn, w0, lr, gamma, steps):
    """The trajectory, coordinate by coordinate."""
    w, v = [float(a) for a in w0], [0.0] * len(w0)
    path = [list(w)]
    for _ in range(steps):
        g = grad_fn(np.array(w))
        for i in range(len(w)):
            v[i] = gamma * v[i] + lr * float(g[i])
            w[i] -= v[i]
        path.append(list(w))
    return np.array(path)


def worst_factor(lr, gamma, mu, L):
    """The largest modulus of an eigenvalue of one step on (error, error before), over [mu, L]."""
    steps = [[[1 + gamma - lr * curvature, -gamma], [1.0, 0.0]]
             for curvature in np.linspace(mu, L, 9)]
    return np.abs(np.linalg.eigvals(steps)).max()


@check(points=0.25)
def step_formula(momentum_step):
    """momentum_step is off: v is a sum without a factor 1 - gamma, the learning rate belongs inside
    v, w moves by the new v, and nothing is limited.
    中文：momentum_step 的结果不对：v 是累加，没有 1 - gamma；学习率在 v 里面；w 减去的是新的 v；速
    度不设上限。"""
    rng = np.random.default_rng(1)
    cases, wants = [], []
    for d, size in ((3, 1.0), (1, 1.0), (2, 300.0)):
        w, v = size * rng.normal(size=d), size * rng.normal(size=d)
        for lr, gamma in ((0.3, 0.8), (0.05, 0.6), (0.7, 0.0)):
            g = size * rng.normal(size=d)
            cases.append((w.copy(), v.copy(), g, lr, gamma))
            v = np.array([gamma * v[i] + lr * g[i] for i in range(d)])
            w = np.array([w[i] - v[i] for i in range(d)])
            wants.append((w, v))
    for (w, v), (w_new, v_new) in zip(wants, each(momentum_step, cases), strict=True):
        assert alike(v_new, v)
        assert alike(w_new, w)


@check(points=0.5)
def trajectory(momentum_descent):
    """The trajectory is off: row 0 is w0, the velocity starts at zero and is carried along, the
    gradient is taken at the current point, and every row is a copy of its own.
    中文：momentum_descent 的轨迹不对：第 0 行是 w0，速度从零开始并且逐步传下去，梯度在当前点计算，
    每一行是各自独立的副本。"""
    # np.cumprod is not linear; it and np.gradient, which takes no (1, d), couple the coordinates
    w0 = np.array([1.5, -0.7, 2.0])
    cases = [(np.cumprod, w0.copy(), 0.25, 0.7, 3), (np.gradient, w0.copy(), 0.3, 0.0, 2)]
    wanted = [oracle_path(*case) for case in cases]
    for path, want in zip(each(momentum_descent, cases), wanted, strict=True):
        assert alike(path, want)
    assert alike(momentum_descent(np.cumprod, w0.copy(), 0.1, 0.9, 0), [w0])


@check(points=0.25)
def trajectory_goes_on(momentum_descent):
    """A trajectory that comes to rest is off: it still has steps + 1 rows, and the later ones
    repeat the point of rest. (If one that keeps moving is off too, begin with that.)
    中文：中途停下来的轨迹不对：仍然要有 steps + 1 行，后面各行就是停住的那一点。（如果一直在移动的
    轨迹也不对，先改那个。）"""
    rest = np.array([2.0, -3.0])
    # with so little momentum the floats do not move any more after 5 steps
    want = oracle_path(lambda w: 2 * (w - rest), [100.0, 80.0], 0.5, 1e-6, 7)
    path = momentum_descent(
        lambda w: 2 * (np.asarray(w) - rest), np.array([100.0, 80.0]), 0.5, 1e-6, 7)
    assert alike(path, want)


@check(points=0.5)
def velocity_builds_up(effective_lr):
    """effective_lr is off: feed t unit gradients to the velocity and add up a geometric series; for
    small t it has not levelled off, and it is no average; do not round.
    中文：effective_lr 不对：把 t 个单位梯度依次喂给速度，得到一个等比数列的和；t 小的时候还没有到稳
    定值，也不是平均；不要四舍五入。"""
    cases = [(lr, gamma, t) for lr, gamma in (
        (0.1, 0.9), (0.02, 0.5), (2.0, 0.0), (0.3, 0.99), (0.5, 0.9996)) for t in (0, 1, 2, 5)]
    cases += [(0.1, 0.9, 300), (0.1, 0.9996, 400)]
    for (lr, gamma, t), answer in zip(cases, each(effective_lr, cases), strict=True):
        assert alike(answer, sum(lr * gamma**i for i in range(t)))


@check(points=0.25)
def velocity_without_friction(effective_lr):
    """effective_lr is off at gamma = 1. If it is right for smaller gamma (another check asks), the
    formula became 0/0: this case needs a line of its own, in which the velocity keeps growing.
    中文：gamma = 1 时 effective_lr 不对。如果 gamma 小于 1 时是对的（另有检查），就是公式变成了
    0/0，要单独处理，此时速度一直线性增长。"""
    cases = [(0.25, gamma, t) for gamma in (1.0, 1) for t in (0, 1, 4)]
    for (lr, _, t), answer in zip(cases, each(effective_lr, cases), strict=True):
        assert alike(answer, sum([lr] * t))


@check(points=0.5)
def best_plain_descent(optimal_quadratic):
    """Not optimal for method='gd': 1/L is a safe step, not the best one; make the flattest and the
    steepest direction shrink equally fast.
    中文：method='gd' 时不是最优：1/L 是安全的步长，不是最好的步长；让最平和最陡的方向收缩得一样
    快。"""
    answers = each(optimal_quadratic, [(mu, L, "gd") for mu, L, *_ in QUADRATICS])
    for (mu, L, want_lr, want_rate, *_), answer in zip(QUADRATICS, answers, strict=True):
        lr, gamma, rate = (float(fitted(a, ())) for a in answer)
        assert abs(gamma) < 1e-7
        assert abs(lr - want_lr) < 1e-6 * want_lr
        assert abs(rate - want_rate) < 1e-6
        assert abs(rate - worst_factor(lr, 0, mu, L)) < 1e-5


@check(points=1)
def square_root_of_the_condition_number(optimal_quadratic):
    """The best rate of momentum is off: what accelerates is the condition number, k becoming its
    square root; the rate is that of the error, not of the loss, and not gamma itself.
    中文：动量法最优的收敛速度不对：加速的本质是条件数 k 变成了 sqrt(k)；rate 说的是误差，不是损失，
    也不是 gamma 本身。"""
    cases = [(mu, L, gd_rate, want) for mu, L, _, gd_rate, _, _, want in QUADRATICS]
    cases.append((0.5, 200.0, 399 / 401, 19 / 21))  # k = 400, as fast as plain descent on k = 20
    answers = each(optimal_quadratic, [(mu, L, "momentum") for mu, L, *_ in cases])
    for (_, _, gd_rate, want), answer in zip(cases, answers, strict=True):
        rate = float(fitted(answer[2], ()))
        assert rate < gd_rate
        assert abs(rate - want) < 1e-6


@check(points=0.5)
def best_momentum(optimal_quadratic):
    """lr or gamma of momentum is not optimal: tune both together until both ends of the interval
    give a double root; gamma is no fixed 0.9, nor are these Nesterov's values.
    中文：动量法的 lr 或 gamma 不是最优：两者要一起调，使区间两端恰好都是重根；gamma 不是固定的
    0.9，也不是 Nesterov 的取值。"""
    answers = each(optimal_quadratic, [(mu, L, "momentum") for mu, L, *_ in QUADRATICS])
    for (mu, L, _, _, want_lr, want_gamma, want_rate), answer in zip(
            QUADRATICS, answers, strict=True):
        lr, gamma, _ = (float(fitted(a, ())) for a in answer)
        assert abs(lr - want_lr) < 1e-6 * want_lr
        assert abs(gamma - want_gamma) < 1e-6
        assert abs(worst_factor(lr, gamma, mu, L) - want_rate) < 1e-2


@check(points=0.125)
def any_number_type(momentum_step, momentum_descent):
    """For float32 or integer arrays a function raises an error, returns nan, or answers otherwise
    than for the same numbers as float64: keep the trajectory in floats instead of copying the dtype
    of the input.
    中文：输入换成 float32 或整数数组时，有函数报错、得到 nan，或者结果与输入同样的 float64 数时不
    同：轨迹要用浮点数保存，不要照抄输入的 dtype。"""
    w0, v, g = [2, -3, 1], [1, -1, 3], [4, 3, -2]
    assert all_same_for_any_type([
        (momentum_descent, np.gradient, w0, 0.2, 0.75, 1), (momentum_step, w0, v, g, 0.25, 0.5)])


@check(points=0.125)
def leaves_arguments_alone(momentum_step, momentum_descent):
    """An argument was changed by the call, or a function raised an error or returned nothing: no
    -=, *= or += on w, v, g or w0; copy first.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要对 w、v、g、w0 用 -=、*=、+=，先复
    制。"""
    w, v, g = np.array([1.0, -2.0]), np.array([0.5, 0.25]), np.array([3.0, 4.0])
    assert all_left_alone([
        (momentum_step, w, v, g, 0.1, 0.5), (momentum_descent, np.cumprod, w, 0.1, 0.5, 1)])


@mistake(step_formula)
class averages_the_gradient:
    """Believed that momentum averages the gradients and put in a factor 1 - gamma
    中文：以为动量是对梯度取平均，多乘了 1 - gamma"""
    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * v + (1 - gamma) * lr * g
        return w - v_new, v_new


@mistake(step_formula, belief="averages_the_gradient")
class averages_with_lr_outside:
    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * v + (1 - gamma) * g
        return w - lr * v_new, v_new


@mistake(step_formula)
class nesterov_in_the_step:
    """Moved by gamma v_new + lr g, which is Nesterov's momentum as libraries write it
    中文：按 gamma v_new + lr g 移动：那是各种库里 Nesterov 动量的写法，不是这里的动量"""
    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * v + lr * g
        return w - (gamma * v_new + lr * g), v_new


@mistake(step_formula)
class learning_rate_outside:
    """Kept the learning rate outside the velocity, so that a new lr rescales old steps too
    中文：学习率放到了速度外面：lr 一变，旧的速度也跟着变"""
    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * v + g
        return w - lr * v_new, v_new


@mistake(step_formula)
class learning_rate_twice:
    """Applied the learning rate twice, once in v and once more in w
    中文：学习率乘了两次：算 v 时一次，更新 w 时又一次"""
    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * v + lr * g
        return w - lr * v_new, v_new


@mistake(step_formula)
class moves_by_the_old_velocity:
    """Moved w by the old velocity, so that each gradient acts one step late
    中文：用旧的速度更新 w，新的速度要到下一步才起作用"""
    def momentum_step(w, v, g, lr, gamma):
        return w - v, gamma * v + lr * g


@mistake(step_formula)
class velocity_points_downhill:
    """Flipped the sign of the velocity, adding a downhill v to w
    中文：把速度的符号取反：v 指向下降方向，再把它加到 w 上"""
    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * v - lr * g
        return w + v_new, v_new


@mistake(trajectory)
class looks_ahead:
    """Took the gradient at w - gamma v, which is Nesterov's momentum and not this one
    中文：梯度取在 w - gamma v 处：那是 Nesterov 动量，不是这里的动量"""
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w, v = np.array(w0, dtype=float), np.zeros(len(w0))
        path = [w]
        for _ in range(steps):
            v = gamma * v + lr * grad_fn(w - gamma * v)
            w = w - v
            path.append(w)
        return np.array(path)


@mistake(trajectory)
class forgets_the_velocity:
    """Set the velocity to zero in every step, so that no momentum ever builds up
    中文：每一步都把速度重新置零，动量从来没有积累起来"""
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        path = [np.array(w0, dtype=float)]
        for _ in range(steps):
            w, _v = momentum_step(path[-1], np.zeros(len(w0)), grad_fn(path[-1]), lr, gamma)
            path.append(w)
        return np.array(path)


@mistake(trajectory)
class starts_with_a_velocity:
    """Started the velocity at the first gradient instead of at zero
    中文：速度从第一个梯度开始，而不是从零开始"""
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v, path = lr * np.asarray(grad_fn(w)), [w]
        for _ in range(steps):
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path.append(w)
        return np.array(path)


@mistake(trajectory)
class start_is_missing:
    """Left the starting point out of the trajectory, which then has steps rows
    中文：轨迹里漏了起点，只有 steps 行"""
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w, v = np.array(w0, dtype=float), np.zeros(len(w0))
        path = []
        for _ in range(steps):
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path.append(w)
        return np.array(path)


@mistake(trajectory)
class rows_are_one_array:
    """Put one and the same array into the list: after -= every row is the last point
    中文：把同一个数组反复放进列表：用 -= 更新之后，每一行都变成了终点"""
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w, v = np.array(w0, dtype=float), np.zeros(len(w0))
        path = [w]
        for _ in range(steps):
            v = gamma * v + lr * grad_fn(w)
            w -= v
            path.append(w)
        return np.array(path)


@mistake(trajectory_goes_on)
class stops_at_rest:
    """Broke off once the velocity was tiny: rows are missing, or were left at zero
    中文：速度很小时就提前结束：后面的行没有了，或者一直是 0"""
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v, path = np.zeros_like(w), [w]
        for _ in range(steps):
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path.append(w)
            if np.linalg.norm(v) < 1e-6:
                break
        return np.array(path)


@mistake(trajectory_goes_on, belief="stops_at_rest")
class zeros_after_rest:
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v, path = np.zeros_like(w), np.zeros((steps + 1, len(w)))
        path[0] = w
        for t in range(steps):
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path[t + 1] = w
            if np.linalg.norm(v) < 1e-6:
                break
        return path


@mistake(velocity_builds_up)
class steady_state_at_once:
    """Used the value it levels off at, lr/(1-gamma), whatever t is
    中文：直接用了稳定值 lr/(1-gamma)，没有考虑步数 t"""
    def effective_lr(lr, gamma, t):
        return float(lr * t) if gamma == 1 else lr / (1 - gamma)


@mistake(velocity_builds_up, belief="steady_state_at_once")
class steady_state_and_no_case_for_one:
    def effective_lr(lr, gamma, t):
        return lr / (1 - gamma)


@mistake(velocity_builds_up)
class levels_off_at_lr:
    """Took the velocity for an average that levels off at lr: did not divide by 1 - gamma
    中文：以为速度是平均值，最终稳定在 lr：漏了除以 1 - gamma"""
    def effective_lr(lr, gamma, t):
        return float(lr * t) if gamma == 1 else lr * (1 - gamma**t)


@mistake(velocity_builds_up)
class distance_for_velocity:
    """Computed the distance covered in t steps instead of the velocity after them
    中文：算成了 t 步的总位移，而不是第 t 步之后的速度"""
    def effective_lr(lr, gamma, t):
        v = way = 0.0
        for _ in range(t):
            v = gamma * v + lr
            way += v
        return way if gamma != 1 else float(lr * t)


@mistake(velocity_builds_up)
class one_term_too_many:
    """Added one term too many to the series: 0 to t are t+1 terms
    中文：等比数列多加了一项：从 0 到 t 一共 t+1 项"""
    def effective_lr(lr, gamma, t):
        return float(lr * t) if gamma == 1 else lr * (1 - gamma ** (t + 1)) / (1 - gamma)


@mistake(velocity_builds_up)
class rounded_velocity:
    """Rounded the result to 4 digits
    中文：把结果四舍五入到 4 位小数"""
    def effective_lr(lr, gamma, t):
        return round(lr * t if gamma == 1 else lr * (1 - gamma**t) / (1 - gamma), 4)


@mistake(velocity_without_friction)
class divides_by_zero:
    """Had no case for gamma = 1 and divided by zero
    中文：gamma = 1 时没有单独处理，除以了零"""
    def effective_lr(lr, gamma, t):
        return lr * (1 - gamma**t) / (1 - gamma)


@mistake(velocity_without_friction)
class tiny_denominator:
    """Added a tiny number to the denominator, which makes the result 0 at gamma = 1
    中文：在分母上加了一个很小的数：gamma = 1 时结果变成了 0"""
    def effective_lr(lr, gamma, t):
        return lr * (1 - gamma**t) / (1 - gamma + 1e-12)


@mistake(best_plain_descent)
class one_over_L:
    """Used lr = 1/L and rate = 1 - 1/k for plain descent: it converges, but it is not the best
    中文：梯度下降用了 lr = 1/L，rate = 1 - 1/k：保证收敛，但不是最优"""
    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return 1 / L, 0.0, 1 - mu / L
        s = np.sqrt(L / mu)
        return (2 / (np.sqrt(L) + np.sqrt(mu))) ** 2, ((s - 1) / (s + 1)) ** 2, (s - 1) / (s + 1)


@mistake(best_plain_descent)
class method_ignored:
    """Ignored the method and gave the answer for momentum to plain descent too
    中文：没有理会 method：对普通梯度下降也给出动量法的答案"""
    def optimal_quadratic(mu, L, method):
        low, high = np.sqrt(mu), np.sqrt(L)
        rate = (high - low) / (high + low)
        return (2 / (high + low)) ** 2, rate**2, rate


@mistake(best_plain_descent)
class step_from_k_alone:
    """Computed the step from the condition number alone, as if mu were 1
    中文：只用了条件数 k 来算步长，等于假设 mu = 1"""
    def optimal_quadratic(mu, L, method):
        k = L / mu
        if method == "gd":
            return 2 / (k + 1), 0.0, (k - 1) / (k + 1)
        s = np.sqrt(k)
        return (2 / (s + 1)) ** 2, ((s - 1) / (s + 1)) ** 2, (s - 1) / (s + 1)


@mistake(square_root_of_the_condition_number)
class no_gain_on_a_quadratic:
    """Believed that momentum only helps across local minima and gains nothing on a quadratic
    中文：以为动量只用来越过局部极小值，在二次函数上并不比梯度下降快"""
    def optimal_quadratic(mu, L, method):
        rate = (L - mu) / (L + mu)
        return 2 / (L + mu), (0.0 if method == "gd" else 0.9), rate


@mistake(square_root_of_the_condition_number)
class rate_of_the_loss:
    """Gave the rate of the loss for that of the error, one square too many: rate = gamma
    中文：把损失的收缩率当成误差的收缩率，多平方了一次：rate 写成了 gamma"""
    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return 2 / (L + mu), 0.0, (L - mu) / (L + mu)
        low, high = np.sqrt(mu), np.sqrt(L)
        gamma = ((high - low) / (high + low)) ** 2
        return (2 / (high + low)) ** 2, gamma, gamma


@mistake(square_root_of_the_condition_number)
class ten_times_the_step:
    """Believed the gain is the effective step lr/(1-gamma): took gamma = 0.9 and a tenfold step
    中文：以为动量快在有效步长 lr/(1-gamma)：一律取 gamma = 0.9，收敛速度也按十倍步长估算"""
    def optimal_quadratic(mu, L, method):
        lr, rate = 2 / (L + mu), (L - mu) / (L + mu)
        return (lr, 0.0, rate) if method == "gd" else (lr, 0.9, rate**10)


@mistake(best_momentum)
class nesterov_values:
    """Gave Nesterov's values: lr = 1/L and gamma = (sqrt k - 1)/(sqrt k + 1)
    中文：用了 Nesterov 的取值：lr = 1/L，gamma = (sqrt k - 1)/(sqrt k + 1)"""
    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return 2 / (L + mu), 0.0, (L - mu) / (L + mu)
        s = np.sqrt(L / mu)
        return 1 / L, (s - 1) / (s + 1), (s - 1) / (s + 1)


@mistake(best_momentum)
class gamma_not_squared:
    """Forgot to square: the rate is the square root of gamma, not gamma
    中文：gamma 忘了平方：收敛速度是 gamma 的平方根，不是 gamma"""
    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return 2 / (L + mu), 0.0, (L - mu) / (L + mu)
        low, high = np.sqrt(mu), np.sqrt(L)
        rate = (high - low) / (high + low)
        return (2 / (high + low)) ** 2, rate, rate


@mistake(best_momentum)
class step_of_plain_descent:
    """Kept the best step of plain descent and tuned gamma alone; they must be tuned together
    中文：沿用梯度下降的最优步长，只调 gamma：两者必须一起调"""
    def optimal_quadratic(mu, L, method):
        lr = 2 / (L + mu)
        if method == "gd":
            return lr, 0.0, (L - mu) / (L + mu)
        rate = (np.sqrt(L) - np.sqrt(mu)) / (np.sqrt(L) + np.sqrt(mu))
        return lr, rate**2, rate


@mistake(any_number_type)
class dtype_of_the_start:
    """Built the trajectory with the dtype of w0: for integers all fractions are cut off
    中文：按 w0 的 dtype 建轨迹数组：w0 是整数时小数部分全被截掉"""
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        path = np.zeros((steps + 1, len(w0)), dtype=w0.dtype)
        path[0] = w0
        v = np.zeros(len(w0))
        for t in range(steps):
            w, v = momentum_step(path[t], v, grad_fn(path[t]), lr, gamma)
            path[t + 1] = w
        return path


@mistake(leaves_arguments_alone)
class works_in_place:
    """Worked in place with v *= gamma and w -= v and so changed the caller's arrays
    中文：直接在传入的 w 和 v 上做 v *= gamma、w -= v，把调用者的数组改掉了"""
    def momentum_step(w, v, g, lr, gamma):
        v *= gamma
        v += lr * g
        w -= v
        return w, v

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w, v = w0, np.zeros(len(w0))
        path = [w.copy()]
        for _ in range(steps):
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path.append(w.copy())
        return np.array(path)


@accepted
class lists_and_loops:
    def momentum_step(w, v, g, lr, gamma):
        v_new = [gamma * vi + lr * gi for vi, gi in zip(v, g)]
        return [wi - vi for wi, vi in zip(w, v_new)], v_new

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w, v = list(w0), [0.0] * len(w0)
        path = [w]
        for _ in range(steps):
            w, v = momentum_step(w, v, grad_fn(np.array(w)), lr, gamma)
            path.append(w)
        return path

    def effective_lr(lr, gamma, t):
        return sum(lr * gamma**i for i in range(t))


@accepted
class two_last_points:
    # heavy ball without a velocity: w + gamma (w - w_before) - lr g
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        path = np.zeros((steps + 1, len(w0)))
        path[0] = before = np.asarray(w0, dtype=float)
        for t in range(steps):
            here = path[t].copy()
            path[t + 1] = here + gamma * (here - before) - lr * grad_fn(here)
            before = here
        return path


@accepted
class sum_of_all_gradients:
    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        path, gradients = [np.array(w0, dtype=float)], []
        for t in range(steps):
            gradients.append(np.asarray(grad_fn(path[-1]), dtype=float))
            path.append(path[-1] - lr * sum(gamma ** (t - i) * g for i, g in enumerate(gradients)))
        return np.stack(path)


@accepted
class velocity_from_steps:
    def effective_lr(lr, gamma, t):
        v = np.zeros(1)
        for _ in range(t):
            _, v = momentum_step(np.zeros(1), v, np.ones(1), lr, gamma)
        return v[0]


@accepted
class power_sum:
    def effective_lr(lr, gamma, t):
        return np.float64(lr) * np.sum(np.power(float(gamma), np.arange(t)))

    def optimal_quadratic(mu, L, method):
        k = np.float64(L) / mu
        if method == "momentum":
            gamma = ((k**0.5 - 1) / (k**0.5 + 1)) ** 2
            return np.array([(1 + gamma**0.5) ** 2 / L, gamma, gamma**0.5])
        return np.array([2 / L / (1 + 1 / k), 0, 1 - 2 / (k + 1)])


@accepted
class double_roots_solved:
    # lr mu = (1 - r)^2 and lr L = (1 + r)^2, bisected for r
    def optimal_quadratic(mu, L, method):
        low, high = 0.0, 1.0
        for _ in range(60):
            r = (low + high) / 2
            ratio = (1 + r) / (1 - r) if method == "gd" else ((1 + r) / (1 - r)) ** 2
            low, high = (r, high) if ratio < L / mu else (low, r)
        return [(1 - r) / mu, 0, r] if method == "gd" else [(1 - r) ** 2 / mu, r * r, r]


@accepted
class longest_step_with_complex_roots:
    # (1 - sqrt g)^2 / mu <= lr <= (1 + sqrt g)^2 / L keeps the roots complex: least such g
    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return np.float64(2) / (mu + L), np.int64(0), np.array((L - mu) / (L + mu))
        low, high = 0.0, 1.0
        for _ in range(80):
            g = (low + high) / 2
            met = (1 + g**0.5) ** 2 / L >= (1 - g**0.5) ** 2 / mu
            low, high = (low, g) if met else (g, high)
        return (1 + high**0.5) ** 2 / L, high, high**0.5


@accepted
class recursive_velocity:
    def effective_lr(lr, gamma, t):
        return 0 if t == 0 else lr + gamma * effective_lr(lr, gamma, t - 1) if t < 50 else (
            lr * t if gamma == 1 else lr * (gamma**t - 1) / (gamma - 1)
        )


@proof
def faster_without_anything_to_escape():
    # one minimum, no noise, k = 100: momentum is ten thousand times closer after 100 steps
    ends = [
        momentum_descent(lambda w: np.array([1.0, 100.0]) * w, [1.0, 1.0], lr, gamma, 100)[-1]
        for lr, gamma, _ in (optimal_quadratic(1, 100, m) for m in ("gd", "momentum"))
    ]
    assert np.linalg.norm(ends[1]) < 1e-4 * np.linalg.norm(ends[0])
    # two minima of (w^2 - 1)^2 / 4 + 0.1 w: momentum stays in the worse one, where it started
    path = momentum_descent(lambda w: w**3 - w + 0.1, [1.2], 0.1, 0.9, 200)
    assert path[-1, 0] > 0.9
