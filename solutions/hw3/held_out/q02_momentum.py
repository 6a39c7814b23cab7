"""Held-out answers to question 2. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("averages_the_gradient")
class moving_average:
    """Note: the velocity is a running mean of the steps, so the weights add up to one."""

    def momentum_step(w, v, g, lr, gamma):
        step = lr * np.asarray(g, dtype=float)
        velocity = np.asarray(v, dtype=float)
        velocity = velocity + (1 - gamma) * (step - velocity)
        return np.asarray(w) - velocity, velocity


@held_out("learning_rate_outside")
class pytorch_style:
    """Note: as in PyTorch's SGD, buf = momentum * buf + grad, and lr multiplies the buffer."""

    def momentum_step(w, v, g, lr, gamma):
        buf = np.multiply(gamma, v) + np.asarray(g)
        return np.asarray(w) - lr * buf, buf


@held_out("moves_by_the_old_velocity")
class weights_before_velocity:
    """Note: moves first and computes the velocity for the next step afterwards."""

    def momentum_step(w, v, g, lr, gamma):
        new_w = np.subtract(w, v)
        new_v = gamma * np.array(v) + lr * np.array(g)
        return new_w, new_v

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v = np.zeros(w.shape)
        path = [w]
        while len(path) <= steps:
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path.append(w)
        return np.stack(path)


@held_out("velocity_points_downhill")
class ball_rolls_downhill:
    """Note: velocity is the direction of motion, so it is minus lr g and is added to w."""

    def momentum_step(w, v, g, lr, gamma):
        vel = gamma * np.asarray(v, float) - lr * np.asarray(g, float)
        pos = np.asarray(w, float) + vel
        return pos, vel


@held_out("looks_ahead")
class gradient_at_the_next_point:
    """Note: the better momentum asks for the gradient where the ball is going to be."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.asarray(w0, dtype=float).copy()
        v = 0 * w
        trajectory = np.zeros((steps + 1, w.size))
        trajectory[0] = w
        for t in range(1, steps + 1):
            ahead = w - gamma * v
            v = gamma * v + lr * np.asarray(grad_fn(ahead))
            w = w - v
            trajectory[t] = w
        return trajectory


@held_out("forgets_the_velocity")
class velocity_inside_the_loop:
    """Note: put v = 0 into the loop, where it starts anew every time."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        points = [np.array(w0, dtype=float)]
        for _ in range(steps):
            v = np.zeros_like(points[-1])
            w, v = momentum_step(points[-1], v, grad_fn(points[-1].copy()), lr, gamma)
            points.append(w)
        return np.array(points)


@held_out("start_is_missing")
class records_after_each_step:
    """Note: appends after each step and never the start."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w, v = np.array(w0, float), np.zeros(np.shape(w0))
        history = []
        for i in range(steps):
            g = np.asarray(grad_fn(w))
            v = gamma * v + lr * g
            w = w - v
            history.append(w.copy())
        return np.array(history).reshape(steps, -1)


@held_out("steady_state_at_once")
class factor_ten_from_the_start:
    """Note: gamma = 0.9 makes the step ten times as long, from the first step on."""

    def effective_lr(lr, gamma, t):
        if gamma == 1:
            return float(lr * t)
        return float(lr * (1 / (1 - gamma)))


@held_out("distance_for_velocity")
class adds_up_the_velocities:
    """Note: returns how far the ball has come after t steps."""

    def effective_lr(lr, gamma, t):
        v = total = 0.0
        for _ in range(t):
            v = gamma * v + lr
            total += v
        return total


@held_out("one_over_L")
class safe_step_for_descent:
    """Note: the step of the convergence theorem is 1/L and shrinks the error by 1 - mu/L."""

    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return 1.0 / L, 0.0, (L - mu) / L
        a, c = mu**0.5, L**0.5
        return 4 / (a + c) ** 2, ((c - a) / (c + a)) ** 2, (c - a) / (c + a)


@held_out("gamma_not_squared")
class gamma_equals_rate:
    """Note: remembers only one fraction for momentum and uses it for gamma as well."""

    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return 2 / (mu + L), 0.0, (L - mu) / (L + mu)
        q = (np.sqrt(L / mu) - 1) / (np.sqrt(L / mu) + 1)
        return 4 / (np.sqrt(mu) + np.sqrt(L)) ** 2, q, q


@held_out("rate_of_the_loss")
class shrinks_the_loss:
    """Note: rate is how fast the loss falls, so momentum's rate is its gamma."""

    def optimal_quadratic(mu, L, method):
        if method == "gd":
            k = L / mu
            return 2 / (mu + L), 0.0, (k - 1) / (k + 1)
        lr = (2 / (np.sqrt(L) + np.sqrt(mu))) ** 2
        gamma = (1 - np.sqrt(lr * mu)) ** 2
        return lr, gamma, gamma


@held_out("rows_are_one_array")
class appends_the_same_w:
    """Note: updates w in place and appends it without a copy."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v = np.zeros(len(w))
        rows = [w]
        for _ in range(steps):
            v = gamma * v + lr * np.asarray(grad_fn(w))
            w -= v
            rows.append(w)
        return np.array(rows)


@held_out("distance_for_velocity", "one_over_L")
class distance_and_safe_step:
    """Note: velocity is how far one gets; plain descent takes 1/L."""

    def effective_lr(lr, gamma, t):
        velocities = [lr * sum(gamma**j for j in range(s)) for s in range(1, t + 1)]
        return float(sum(velocities))

    def optimal_quadratic(mu, L, method):
        k = L / mu
        if method == "momentum":
            r = np.sqrt(k)
            return (
                (2 / (np.sqrt(L) + np.sqrt(mu))) ** 2,
                ((r - 1) / (r + 1)) ** 2,
                (r - 1) / (r + 1),
            )
        return 1 / L, 0, 1 - 1 / k


@held_out(None)
class pair_in_the_other_order:
    """Note: returns the velocity first because it is computed first."""

    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * np.asarray(v) + lr * np.asarray(g)
        w_new = np.asarray(w) - v_new
        return v_new, w_new

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v, path = w * 0, [w]
        for _ in range(steps):
            v, w = momentum_step(w, v, grad_fn(w), lr, gamma)
            path.append(w)
        return np.array(path)


@held_out(None)
class decays_like_the_memory:
    """Note: the effect of a gradient decays by gamma each step, so lr gamma^t."""

    def effective_lr(lr, gamma, t):
        return float(lr * gamma**t)


@held_out(None)
class root_but_no_square:
    """Note: forgot the square on the step of momentum."""

    def optimal_quadratic(mu, L, method):
        if method == "gd":
            return 2 / (L + mu), 0.0, (L - mu) / (L + mu)
        a, b = np.sqrt(L), np.sqrt(mu)
        rate = (a - b) / (a + b)
        return 2 / (a + b), rate**2, rate


@held_out("stops_at_rest")
class stops_when_converged:
    """Note: breaks off when the step is small, to save time."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v, path = np.zeros_like(w), [w]
        for _ in range(steps):
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path.append(w)
            if np.linalg.norm(v) < 1e-2:
                break
        return np.array(path)


@held_out(None)
class gradient_of_the_start:
    """Note: computed the gradient once, before the loop."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        g = np.asarray(grad_fn(w))
        v, path = np.zeros_like(w), [w]
        for _ in range(steps):
            w, v = momentum_step(w, v, g, lr, gamma)
            path.append(w)
        return np.array(path)


@held_out("stops_at_rest")
class stops_at_a_tiny_velocity:
    """Note: breaks off at 1e-6, and fills the rest of the rows with zeros."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        w = np.array(w0, dtype=float)
        v, path = np.zeros_like(w), np.zeros((steps + 1, len(w0)))
        path[0] = w
        for t in range(steps):
            w, v = momentum_step(w, v, grad_fn(w), lr, gamma)
            path[t + 1] = w
            if np.linalg.norm(v) < 1e-6:
                break
        return path


@held_out(None)
class close_to_one_is_one:
    """Note: takes the case gamma = 1 for all gamma above 0.999, for safety."""

    def effective_lr(lr, gamma, t):
        if gamma > 0.999:
            return float(lr * t)
        return float(lr * (1 - gamma**t) / (1 - gamma))


@held_out(None)
class velocity_with_a_limit:
    """Note: limits the velocity to length 10, so that nothing explodes."""

    def momentum_step(w, v, g, lr, gamma):
        v_new = gamma * np.asarray(v, float) + lr * np.asarray(g, float)
        length = np.linalg.norm(v_new)
        if length > 10:
            v_new = v_new * 10 / length
        return np.asarray(w, float) - v_new, v_new


@right
class list_comprehensions:
    """Note: entry by entry with plain Python numbers."""

    def momentum_step(w, v, g, lr, gamma):
        new_v = [gamma * float(b) + lr * float(c) for b, c in zip(v, g)]
        new_w = [float(a) - b for a, b in zip(w, new_v)]
        return np.array(new_w), np.array(new_v)


@right
class series_as_a_sum:
    """Note: adds the series term by term, which needs no case for gamma = 1."""

    def effective_lr(lr, gamma, t):
        return lr * float(sum(gamma**i for i in range(int(t))))


@right
class step_from_two_points:
    """Note: recursion over w alone, w_{t+1} = w_t - lr g + gamma (w_t - w_{t-1})."""

    def momentum_descent(grad_fn, w0, lr, gamma, steps):
        path = np.empty((steps + 1, len(w0)))
        path[0] = w0
        before = path[0].copy()
        for t in range(steps):
            now = path[t].copy()
            path[t + 1] = now - lr * np.asarray(grad_fn(now.copy())) + gamma * (now - before)
            before = now
        return path


@right
class rate_from_the_step:
    """Note: derives everything from the step length."""

    def optimal_quadratic(mu, L, method):
        if method == "gd":
            lr = 2 / (mu + L)
            return lr, 0, 1 - lr * mu
        lr = 4 / (L + mu + 2 * np.sqrt(L * mu))
        root = 1 - np.sqrt(lr * mu)
        return np.float64(lr), root * root, root


@right
class geometric_with_isclose:
    """Note: the closed form with isclose for gamma = 1."""

    def effective_lr(lr, gamma, t):
        if np.isclose(gamma, 1.0, rtol=0, atol=1e-12):
            return float(lr * t)
        return float(lr * (gamma**t - 1) / (gamma - 1))
