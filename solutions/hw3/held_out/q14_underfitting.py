"""Held-out answers to question 14. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("no_intercept")
class features_without_one:
    """Note: the features are x1 and x2; a constant carries no information."""

    def logistic_features(X, kind):
        a, b = np.asarray(X, dtype=float)
        if kind == "linear":
            return np.array([a, b])
        return np.array([a, b, a * b])


@held_out("squares_instead")
class quadratic_features:
    """Note: x1 squared and x2 squared bend the boundary."""

    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        Phi = np.concatenate([np.ones((1, X.shape[1])), X], axis=0)
        if kind == "cross":
            Phi = np.concatenate([Phi, np.square(X)], axis=0)
        return Phi


@held_out("product_alone")
class only_one_and_product:
    """Note: 'cross' means the cross feature in place of the linear ones."""

    def logistic_features(X, kind):
        x1, x2 = np.asarray(X, dtype=float)
        rows = {"linear": [np.ones(len(x1)), x1, x2], "cross": [np.ones(len(x1)), x1 * x2]}
        return np.stack(rows[kind])


@held_out("cross_in_both")
class product_is_always_there:
    """Note: builds all four rows for both kinds, to be on the safe side."""

    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        return np.vstack((np.ones(X.shape[1]), X[0], X[1], X.prod(axis=0)))


@held_out("stops_early")
class ten_steps:
    """Note: a few steps show where it goes."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        for _ in range(10):
            p = 0.5 * (1 + np.tanh(w @ Phi / 2))
            w = w - lr * Phi @ (p - y) / y.size
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@held_out("sum_of_losses")
class total_loss:
    """Note: returns the sum over the samples."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        size = lr / max(1.0, np.mean(Phi**2) * len(Phi) / 3)
        for _ in range(max(steps, 3000)):
            p = 0.5 * (1 + np.tanh(w @ Phi / 2))
            w = w - size * Phi @ (p - y) / y.size
        z = w @ Phi
        return w, float(np.sum(np.logaddexp(0, z) - y * z))


@held_out("loss_before_training")
class loss_at_the_start:
    """Note: computes the loss in front of the loop."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        z = w.dot(Phi)
        loss = float(np.mean(np.logaddexp(0, z) - y * z))
        size = lr / max(1.0, np.mean(Phi**2) * len(Phi) / 3)
        for _ in range(3000):
            w = w - size * Phi.dot(0.5 * (1 + np.tanh(w.dot(Phi) / 2)) - y) / len(y)
        return w, loss


@held_out("error_rate")
class share_of_mistakes:
    """Note: the loss is the share of samples on the wrong side."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        size = lr / max(1.0, np.mean(Phi**2) * len(Phi) / 3)
        for _ in range(3000):
            w -= size * Phi.dot(0.5 * (1 + np.tanh(w.dot(Phi) / 2)) - y) / len(y)
        wrong = ((w @ Phi >= 0) != (y > 0.5)).sum()
        return w, float(wrong / len(y))


@held_out("naive_logarithm")
class log_of_sigmoid:
    """Note: writes -y log p - (1 - y) log(1 - p)."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(w @ Phi)))
            w = w - lr * (Phi @ (p - y)) / len(y)
        p = 1 / (1 + np.exp(-(w @ Phi)))
        return w, float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


@held_out("last_seed_only")
class overwrites_the_loss:
    """Note: stores the loss under its key for each seed."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        table = {}
        for n in ns:
            for s in seeds:
                data, labels = make_data(n, s)
                for kind in kinds:
                    table[n, kind] = fit_logistic(logistic_features(data, kind), labels)[1]
        return table


@held_out("sum_over_seeds")
class accumulates:
    """Note: adds the losses of the seeds."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        table = {(n, kind): 0.0 for n in ns for kind in kinds}
        for n in ns:
            for s in seeds:
                X, y = make_data(n, s)
                for kind in kinds:
                    table[n, kind] += fit_logistic(logistic_features(X, kind), y)[1]
        return table


@held_out("keys_swapped")
class kind_first:
    """Note: groups the table by kind."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        data = {(n, s): make_data(n, s) for n in ns for s in seeds}
        out = {}
        for kind in kinds:
            for n in ns:
                runs = [
                    fit_logistic(logistic_features(data[n, s][0], kind), data[n, s][1])
                    for s in seeds
                ]
                out[(kind, n)] = float(np.mean([loss for _, loss in runs]))
        return out


@held_out("arguments_swapped")
class seed_before_n:
    """Note: calls make_data(seed, n)."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        out = {}
        for n in ns:
            losses = {kind: [] for kind in kinds}
            for seed in seeds:
                X, y = make_data(seed, n)
                for kind in kinds:
                    losses[kind].append(fit_logistic(logistic_features(X, kind), y)[1])
            for kind in kinds:
                out[(n, kind)] = sum(losses[kind]) / len(losses[kind])
        return out


@held_out("no_intercept", "keys_swapped")
class no_constant_and_kind_first:
    """Note: leaves the constant out, and groups the table by kind."""

    def logistic_features(X, kind):
        X = np.array(X, dtype=float)
        return np.vstack([X, X[0] * X[1]]) if kind == "cross" else X

    def underfit_experiment(make_data, ns, kinds, seeds):
        result = {}
        for n in ns:
            samples = [make_data(n, seed) for seed in seeds]
            for kind in kinds:
                losses = [fit_logistic(logistic_features(X, kind), y)[1] for X, y in samples]
                result[kind, n] = float(np.mean(losses))
        return result


@held_out(None)
class constant_at_the_end:
    """Note: puts the row of ones last."""

    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        rows = [X[0], X[1]]
        if kind == "cross":
            rows.append(X[0] * X[1])
        return np.stack(rows + [np.ones(X.shape[1])])


@held_out(None)
class sum_for_product:
    """Note: a slip, x1 + x2 for x1 * x2, which is not a new feature."""

    def logistic_features(X, kind):
        X = np.asarray(X, dtype=float)
        rows = [np.ones(X.shape[1]), X[0], X[1]]
        if kind == "cross":
            rows.append(X[0] + X[1])
        return np.stack(rows)


@held_out(None)
class loss_and_weights_swapped:
    """Note: returns (loss, w)."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        size = lr / max(1.0, np.mean(Phi**2) * len(Phi) / 3)
        for _ in range(3000):
            w = w - size * Phi.dot(0.5 * (1 + np.tanh(w.dot(Phi) / 2)) - y) / len(y)
        z = w @ Phi
        return float(np.mean(np.logaddexp(0, z) - y * z)), w

    def underfit_experiment(make_data, ns, kinds, seeds):
        out = {}
        for n in ns:
            data = [make_data(n, s) for s in seeds]
            for kind in kinds:
                out[n, kind] = float(
                    np.mean([fit_logistic(logistic_features(X, kind), y)[0] for X, y in data])
                )
        return out


@held_out(None)
class loss_in_bits:
    """Note: uses log2, so that a coin costs 1."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        size = lr / max(1.0, np.mean(Phi**2) * len(Phi) / 3)
        for _ in range(3000):
            w = w - size * Phi.dot(0.5 * (1 + np.tanh(w.dot(Phi) / 2)) - y) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z) / np.log(2))


@held_out(None)
class accuracy_of_the_fit:
    """Note: collects the accuracy instead of the loss."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        out = {}
        for n in ns:
            data = [make_data(n, s) for s in seeds]
            for kind in kinds:
                scores = []
                for X, y in data:
                    Phi = logistic_features(X, kind)
                    w, _ = fit_logistic(Phi, y)
                    scores.append(np.mean((np.dot(w, Phi) > 0) == (np.asarray(y) > 0.5)))
                out[n, kind] = float(np.mean(scores))
        return out


@held_out(None)
class seeds_start_at_zero:
    """Note: uses range(len(seeds)) for the seeds themselves."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        out = {}
        for n in ns:
            data = [make_data(n, s) for s in range(len(seeds))]
            for kind in kinds:
                losses = [fit_logistic(logistic_features(X, kind), y)[1] for X, y in data]
                out[n, kind] = float(np.mean(losses))
        return out


@held_out("loss_of_the_step_before")
class loss_of_the_step_before:
    """Note: returns the loss that the loop printed last, from before the last update."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w, loss = np.zeros(len(Phi)), 0.0
        for _ in range(steps):
            z = w @ Phi
            loss = float(np.mean(np.logaddexp(0, z) - y * z))
            w = w - lr * Phi @ (0.5 * (1 + np.tanh(z / 2)) - y) / len(y)
        return w, loss


@held_out("median_over_seeds")
class median_over_seeds:
    """Note: takes the median, which is more robust than the mean."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        out = {}
        for n in ns:
            data = [make_data(n, s) for s in seeds]
            for kind in kinds:
                losses = [fit_logistic(logistic_features(X, kind), y)[1] for X, y in data]
                out[n, kind] = float(np.median(losses))
        return out


@held_out(None)
class learning_rate_of_a_thousandth:
    """Note: a learning rate of 1 looks too large, takes 0.001 instead."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(len(Phi))
        for _ in range(steps):
            w = w - 0.001 * Phi @ (0.5 * (1 + np.tanh(w @ Phi / 2)) - y) / len(y)
        z = w @ Phi
        return w, float(np.mean(np.logaddexp(0, z) - y * z))


@right
class features_from_a_list:
    """Note: rows in a list, product by multiply."""

    def logistic_features(X, kind):
        x1 = np.asarray(X[0], dtype=float)
        x2 = np.asarray(X[1], dtype=float)
        rows = [x1**0, x1, x2] + ([np.multiply(x1, x2)] if kind == "cross" else [])
        return np.array(rows)


@right
class newton_with_halving:
    """Note: Newton's method, a tiny ridge in the Hessian, steps halved until the loss falls."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)

        def loss(w):
            z = w @ Phi
            return float(np.mean(np.logaddexp(0, z) - y * z))

        w = np.zeros(len(Phi))
        for _ in range(30):
            p = 0.5 * (1 + np.tanh(w @ Phi / 2))
            g = Phi @ (p - y) / y.size
            if np.linalg.norm(g) < 1e-9:
                break
            H = (Phi * (p * (1 - p))) @ Phi.T / y.size + 1e-10 * np.eye(len(w))
            step, t = np.linalg.solve(H, g), 1.0
            while t > 1e-6 and not loss(w - t * step) < loss(w):
                t /= 2
            w = w - t * step
        return w, loss(w)


@right
class descent_with_a_safe_step:
    """Note: accelerated descent with step 4 / lambda_max, restarted when the loss rises."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.array(Phi, dtype=float), np.array(y, dtype=float)
        L = np.linalg.norm(Phi, 2) ** 2 / (4 * y.size)
        w = u = np.zeros(Phi.shape[0])
        k = 0
        for _ in range(4000):
            g = Phi @ (0.5 * (1 + np.tanh(u @ Phi / 2)) - y) / y.size
            if np.linalg.norm(g) < 1e-7:
                w = u
                break
            new = u - g / L
            k = 0 if g @ (new - w) > 0 else k + 1
            u = new + k / (k + 3) * (new - w)
            w = new
        z = w @ Phi
        return w, np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-abs(z))))


@right
class nested_loops:
    """Note: all data first, then a mean by running sums."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        sums = {(n, kind): 0.0 for n in ns for kind in kinds}
        for seed in seeds:
            for n in ns:
                X, y = make_data(n, seed)
                for kind in kinds:
                    sums[n, kind] += fit_logistic(logistic_features(X, kind), y)[1] / len(seeds)
        return sums


@right
class calls_for_each_kind:
    """Note: asks for the data anew for every kind; the same pairs."""

    def underfit_experiment(make_data, ns, kinds, seeds):
        def one(n, kind, seed):
            X, y = make_data(n, seed)
            return fit_logistic(logistic_features(X, kind), y)[1]

        return {
            (n, kind): np.mean([one(n, kind, seed) for seed in seeds]) for n in ns for kind in kinds
        }


@right
class plain_gradient_descent:
    """Note: nothing but the loop with the default settings."""

    def fit_logistic(Phi, y, lr=1.0, steps=300):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(Phi.shape[0])
        for _ in range(steps):
            z = np.clip(w @ Phi, -500, 500)
            w = w - lr * np.dot(Phi, 1 / (1 + np.exp(-z)) - y) / y.shape[0]
        z = w @ Phi
        return w, float(np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))))
