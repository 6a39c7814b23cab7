"""Held-out answers to question 18. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("sign_flipped")
class minus_from_the_update:
    """Note: the update rule has a minus, and he puts it into the gradient."""

    def logistic_grads(W, b, X, y):
        W, b, X, y = (np.asarray(v, dtype=float) for v in (W, b, X, y))
        prob = 0.5 * (1 + np.tanh((np.dot(W, X) + b) / 2))
        error = y - prob
        return np.dot(error, X.T), np.sum(error).reshape(1, 1)


@held_out("sign_flipped")
class sample_by_sample_uphill:
    """Note: the seed answer, (y - yhat) x, sample by sample."""

    def logistic_grads(W, b, X, y):
        X, y = np.asarray(X, dtype=float), np.ravel(np.asarray(y, dtype=float))
        dW, db = np.zeros((1, X.shape[0])), np.zeros((1, 1))
        for i in range(X.shape[1]):
            z = float((np.asarray(W, float) @ X[:, i]).item() + np.ravel(b)[0])
            a = np.exp(-np.logaddexp(0, -z))
            dW[0] += (y[i] - a) * X[:, i]
            db[0, 0] += y[i] - a
        return dW, db


@held_out("sign_of_bias_flipped")
class only_db_is_wrong:
    """Note: remembers to turn the sign of dW and forgets db."""

    def logistic_grads(W, b, X, y):
        W, X, y = np.asarray(W, float), np.asarray(X, float), np.asarray(y, float)
        delta = y - np.exp(-np.logaddexp(0, -(W @ X + np.asarray(b, float))))
        return -delta.dot(X.T), delta.sum(axis=1, keepdims=True)


@held_out("divided_by_m")
class mean_gradient:
    """Note: 1/m as in the course on the web."""

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, dtype=float)
        m = X.shape[1]
        A = 0.5 + 0.5 * np.tanh(0.5 * (np.asarray(W, float) @ X + np.asarray(b, float)))
        dZ = A - np.asarray(y, float)
        return 1 / m * dZ @ X.T, 1 / m * np.sum(dZ, axis=1, keepdims=True)


@held_out("squared_error_gradient")
class times_the_slope:
    """Note: chain rule, so multiply by a (1 - a)."""

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, dtype=float)
        a = 0.5 + 0.5 * np.tanh(0.5 * (np.asarray(W, float) @ X + np.asarray(b, float)))
        dz = (a - np.asarray(y, float)) * (a - a**2)
        return np.einsum("im,nm->in", dz, X), np.array([[dz.sum()]])


@held_out("bias_averaged")
class mean_for_db:
    """Note: dW is a matrix product, db is the mean of the errors."""

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, dtype=float)
        err = np.exp(
            -np.logaddexp(0, -(np.asarray(W, float) @ X + np.asarray(b, float)))
        ) - np.asarray(y)
        return err @ X.T, np.array([[np.average(err)]])


@held_out("mean_loss")
class loss_per_sample:
    """Note: J is a cost, the mean of the losses."""

    def logistic_loss(W, b, X, y):
        z = np.asarray(W, float) @ np.asarray(X, float) + np.asarray(b, float)
        losses = np.maximum(z, 0) - z * np.asarray(y, float) + np.log1p(np.exp(-np.abs(z)))
        return float(np.sum(losses) / losses.size)


@held_out("only_positives")
class minus_y_log_yhat:
    """Note: cross-entropy is -sum y log yhat."""

    def logistic_loss(W, b, X, y):
        z = np.ravel(np.asarray(W, float) @ np.asarray(X, float) + np.asarray(b, float))
        total = 0.0
        for zi, yi in zip(z, np.ravel(y)):
            total += yi * np.logaddexp(0, -zi)
        return float(total)


@held_out("clipped_log")
class bounded_probabilities:
    """Note: bounds yhat to [1e-8, 1 - 1e-8]."""

    def logistic_loss(W, b, X, y):
        z = np.asarray(W, float) @ np.asarray(X, float) + np.asarray(b, float)
        p = np.minimum(np.maximum(0.5 * (1 + np.tanh(z / 2)), 1e-8), 1 - 1e-8)
        y = np.asarray(y, float)
        return -float((y * np.log(p)).sum() + ((1 - y) * np.log(1 - p)).sum())


@held_out("naive_logarithm")
class formula_as_it_stands:
    """Note: types the formula of J."""

    def logistic_loss(W, b, X, y):
        yhat = 1 / (
            1 + np.exp(-(np.asarray(W, float) @ np.asarray(X, float) + np.asarray(b, float)))
        )
        y = np.asarray(y, float)
        return float(-np.sum(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)))


@held_out("one_sided")
class forward_difference:
    """Note: the derivative is (f(x + h) - f(x)) / h."""

    def numerical_grad(f, theta, h=1e-5):
        theta = np.array(theta, dtype=float)
        here = float(f(theta.copy()))
        grad = np.zeros(theta.shape)
        for index, _ in np.ndenumerate(theta):
            moved = theta.copy()
            moved[index] += h
            grad[index] = (float(f(moved)) - here) / h
        return grad


@held_out("never_put_back")
class keeps_moving:
    """Note: moves an entry up, down by 2h, and goes on to the next."""

    def numerical_grad(f, theta, h=1e-5):
        t = np.array(theta, dtype=float)
        flat, grads = t.reshape(-1), []
        for i in range(flat.size):
            flat[i] += h
            up = f(flat.reshape(t.shape).copy())
            flat[i] -= 2 * h
            down = f(flat.reshape(t.shape).copy())
            grads.append((up - down) / (2 * h))
        return np.array(grads, dtype=float).reshape(t.shape)


@held_out("zero_over_zero")
class forgets_zeros:
    """Note: writes the fraction and no more."""

    def relative_error(a, b):
        a, b = np.ravel(np.asarray(a, float)), np.ravel(np.asarray(b, float))
        return float(np.sqrt(np.sum((a - b) ** 2)) / (np.sqrt(a @ a) + np.sqrt(b @ b)))


@held_out("entrywise_error")
class largest_relative_entry:
    """Note: CS231n's rel_error: the largest |a - b| / (|a| + |b|)."""

    def relative_error(a, b):
        a, b = np.asarray(a, float), np.asarray(b, float)
        return float(np.max(np.abs(a - b) / np.maximum(1e-300, np.abs(a) + np.abs(b))))


@held_out("divided_by_m", "one_sided")
class mean_and_forward:
    """Note: mean gradient, and forward differences."""

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, dtype=float)
        e = np.exp(
            -np.logaddexp(0, -(np.asarray(W, float) @ X + np.asarray(b, float)))
        ) - np.asarray(y)
        return np.dot(e, X.T) / e.shape[1], np.mean(e, axis=1, keepdims=True)

    def numerical_grad(f, theta, h=1e-5):
        theta = np.asarray(theta, dtype=float)
        grad, base = np.empty(theta.shape), f(theta.copy())
        for index in np.ndindex(*theta.shape):
            step = np.zeros(theta.shape)
            step[index] = h
            grad[index] = (f(theta + step) - base) / h
        return grad


@held_out(None)
class weights_in_a_column:
    """Note: computes X (yhat - y)^T, of shape (n, 1)."""

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, dtype=float)
        e = np.exp(
            -np.logaddexp(0, -(np.asarray(W, float) @ X + np.asarray(b, float)))
        ) - np.asarray(y)
        return X @ e.T, e.sum(axis=1, keepdims=True)


@held_out(None)
class bias_left_out_of_z:
    """Note: forgets b when computing yhat."""

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, dtype=float)
        e = np.exp(-np.logaddexp(0, -(np.asarray(W, float) @ X))) - np.asarray(y)
        return e @ X.T, e.sum(axis=1, keepdims=True)


@held_out(None)
class weight_decay_inside:
    """Note: adds 0.01 W for regularisation, as his training code does."""

    def logistic_grads(W, b, X, y):
        W, X = np.asarray(W, dtype=float), np.asarray(X, dtype=float)
        e = np.exp(-np.logaddexp(0, -(W @ X + np.asarray(b, float)))) - np.asarray(y)
        return e @ X.T + 0.01 * W, e.sum(axis=1, keepdims=True)


@held_out(None)
class base_two:
    """Note: uses log2, information is measured in bits."""

    def logistic_loss(W, b, X, y):
        z = np.asarray(W, float) @ np.asarray(X, float) + np.asarray(b, float)
        return float(np.sum(np.logaddexp(0, z) - z * np.asarray(y, float)) / np.log(2))


@held_out(None)
class divided_by_h:
    """Note: centred differences, and forgets the 2 in the denominator."""

    def numerical_grad(f, theta, h=1e-5):
        theta = np.array(theta, dtype=float)
        grad = np.zeros(theta.shape)
        for index in np.ndindex(*theta.shape):
            step = np.zeros(theta.shape)
            step[index] = h
            grad[index] = (f(theta + step) - f(theta - step)) / h
        return grad


@held_out(None)
class relative_to_the_larger:
    """Note: divides by the larger of the two norms."""

    def relative_error(a, b):
        a, b = np.ravel(np.asarray(a, float)), np.ravel(np.asarray(b, float))
        scale = max(np.linalg.norm(a), np.linalg.norm(b))
        return float(np.linalg.norm(a - b) / scale) if scale > 0 else 0.0


@held_out(None)
class step_of_his_own:
    """Note: uses 1e-4 and ignores the argument h."""

    def numerical_grad(f, theta, h=1e-5):
        theta = np.array(theta, dtype=float)
        grad = np.zeros(theta.shape)
        for index in np.ndindex(*theta.shape):
            step = np.zeros(theta.shape)
            step[index] = 1e-4
            grad[index] = (f(theta + step) - f(theta - step)) / 2e-4
        return grad


@held_out(None)
class flat_numerical_gradient:
    """Note: returns the differences as one flat array."""

    def numerical_grad(f, theta, h=1e-5):
        theta = np.array(theta, dtype=float)
        steps = h * np.eye(theta.size).reshape((theta.size,) + theta.shape)
        return np.array([(f(theta + s) - f(theta - s)) / (2 * h) for s in steps])


@held_out(None)
class squared_norms:
    """Note: squares the norms, ||a - b||^2 / (||a||^2 + ||b||^2)."""

    def relative_error(a, b):
        a, b = np.ravel(np.asarray(a, float)), np.ravel(np.asarray(b, float))
        below = a @ a + b @ b
        return float((a - b) @ (a - b) / below) if below else 0.0


@held_out(None)
class gradient_of_the_bias_per_sample:
    """Note: does not add db up: one entry a sample, (1, m)."""

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, dtype=float)
        e = np.exp(
            -np.logaddexp(0, -(np.asarray(W, float) @ X + np.asarray(b, float)))
        ) - np.asarray(y)
        return e @ X.T, e


@right
class signed_labels:
    """Note: labels -1 and 1, loss log(1 + e^(-s z))."""

    def logistic_loss(W, b, X, y):
        z = np.asarray(W, float) @ np.asarray(X, float) + np.asarray(b, float)
        s = 2 * np.asarray(y, float) - 1
        return np.logaddexp(0, -s * z).sum()

    def logistic_grads(W, b, X, y):
        X = np.asarray(X, float)
        s = 2 * np.asarray(y, float) - 1
        d = -s * np.exp(-np.logaddexp(0, s * (np.asarray(W, float) @ X + np.asarray(b, float))))
        return np.matmul(d, X.T), np.sum(d, axis=1).reshape(1, 1)


@right
class softplus_by_cases:
    """Note: a loop with two cases, no overflow."""

    def logistic_loss(W, b, X, y):
        z = (np.asarray(W, float) @ np.asarray(X, float) + np.asarray(b, float)).ravel()
        J = 0.0
        for t, label in zip(z, np.ravel(y)):
            J += np.log1p(np.exp(-abs(t))) + (max(t, 0.0) - label * t)
        return J


@right
class clipped_far_out:
    """Note: the plain sigmoid with its argument clipped at 500."""

    def logistic_grads(W, b, X, y):
        z = np.dot(W, X) + np.asarray(b)
        e = 1 / (1 + np.exp(-np.clip(z, -500, 500))) - np.asarray(y)
        return np.einsum("om,nm->on", e, np.asarray(X, float)), e @ np.ones((e.shape[1], 1))


@right
class basis_vectors:
    """Note: rows of the identity as directions."""

    def numerical_grad(f, theta, h=1e-5):
        t = np.asarray(theta, dtype=float)
        steps = h * np.eye(t.size).reshape((t.size,) + t.shape)
        return np.array([float(f(t + s)) - float(f(t - s)) for s in steps]).reshape(t.shape) / (
            2 * h
        )


@right
class guarded_relative_error:
    """Note: adds 1e-12 below, so that two zeros give 0."""

    def relative_error(a, b):
        a, b = np.asarray(a, float).ravel(), np.asarray(b, float).ravel()
        return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b) + 1e-12)


@right
class bias_gradient_as_number:
    """Note: sums to a number, and lifts it to (1, 1) by keepdims of the whole."""

    def logistic_grads(W, b, X, y):
        X = np.vstack([np.asarray(X, float), np.ones((1, np.shape(X)[1]))])
        theta = np.hstack([np.asarray(W, float), np.asarray(b, float).reshape(1, 1)])
        e = 0.5 * (1 + np.tanh(theta @ X / 2)) - np.asarray(y, float)
        g = e @ X.T
        return g[:, :-1], g[:, -1:]


@right
class guarded_with_1e_8:
    """Note: 1e-8 below, the guard of the course."""

    def relative_error(a, b):
        a, b = np.asarray(a, float), np.asarray(b, float)
        top = np.sqrt(np.sum((a - b) ** 2))
        return float(top / (np.sqrt(np.sum(a**2)) + np.sqrt(np.sum(b**2)) + 1e-8))
