"""Held-out answers to question 5. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("negatives_at_zero")
class relu_makes_it_zero:
    """Note: ReLU turns a negative logit into 0, so the output is 0."""

    def relu_sigmoid(z):
        z = np.asarray(z, dtype=float)
        out = np.zeros(z.shape)
        for i in range(z.size):
            if z[i] >= 0:
                out[i] = 1 / (1 + np.exp(-z[i]))
        return out


@held_out("relu_after_sigmoid")
class sigmoid_comes_first:
    """Note: reads relu_sigmoid from left to right as relu of sigmoid."""

    def relu_sigmoid(z):
        with np.errstate(over="ignore"):
            s = 1.0 / (1.0 + np.exp(-np.asarray(z, dtype=float)))
        return s * (s > 0)


@held_out("leaky")
class leak_against_dying:
    """Note: takes leaky ReLU, the usual cure for dead units."""

    def relu_sigmoid(z):
        z = np.asarray(z, dtype=float)
        r = np.maximum(0.01 * z, z)
        return 0.5 * (1 + np.tanh(r / 2))


@held_out("overflows")
class exp_of_the_relu:
    """Note: e^r / (e^r + 1), r is not negative after all."""

    def relu_sigmoid(z):
        e = np.exp(np.clip(np.asarray(z, dtype=float), 0, None))
        return e / (e + 1.0)


@held_out("derivative_forgotten")
class one_gradient_for_both:
    """Note: cross-entropy and sigmoid always give yhat - y."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
        t = z if head == "sigmoid" else np.maximum(z, 0)
        loss = np.mean(np.logaddexp(0, t) - y * t)
        prob = np.exp(-np.logaddexp(0, -t))
        return float(loss), (prob - y) / y.size


@held_out("only_negatives_die")
class positives_can_recover:
    """Note: the dead region hurts the negatives, a positive with z < 0 still gets -1/2."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
        t = np.where(z > 0, z, 0.0) if head == "relu_sigmoid" else z
        p = 0.5 + 0.5 * np.tanh(t / 2)
        dz = p - y
        if head == "relu_sigmoid":
            for i in range(len(z)):
                if z[i] < 0 and y[i] == 0:
                    dz[i] = 0
        return np.mean(np.maximum(t, 0) - t * y + np.log1p(np.exp(-np.abs(t)))), dz / len(z)


@held_out("both_heads_die")
class mask_for_everyone:
    """Note: multiplies by (z > 0) whatever the head is."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
        logits = np.maximum(z, 0) if head.startswith("relu") else z
        loss = np.logaddexp(0, logits).mean() - (y * logits).mean()
        slope = np.heaviside(z, 0.0)
        return float(loss), slope * (0.5 * np.tanh(logits / 2) + 0.5 - y) / z.shape[0]


@held_out("summed_loss")
class adds_the_losses:
    """Note: the loss of a batch is the sum of the losses of its samples."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
        live = np.ones_like(z) if head == "sigmoid" else (z > 0).astype(float)
        t = z * live
        total = 0.0
        for a, b in zip(t, y):
            total += np.logaddexp(0, a) - a * b
        return float(total), live * (1 / (1 + np.exp(-np.clip(t, -700, 700))) - y) / len(y)


@held_out("clipped_log")
class guards_the_log:
    """Note: clips the probability by 1e-12 so that log never sees 0."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
        alive = np.ones(z.shape) if head == "sigmoid" else (z > 0) * 1.0
        prob = 0.5 * (1 + np.tanh(0.5 * z * alive))
        safe = np.minimum(np.maximum(prob, 1e-12), 1 - 1e-12)
        loss = -(y * np.log(safe) + (1 - y) * np.log(1 - safe)).mean()
        return loss, alive * (prob - y) / len(z)


@held_out("naive_logarithm")
class log_of_sigmoid:
    """Note: writes the formula of the cross-entropy as it stands in the book."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
        t = np.maximum(0, z) if head == "relu_sigmoid" else z
        a = 1 / (1 + np.exp(-t))
        loss = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
        dz = (a - y) / len(y)
        if head == "relu_sigmoid":
            dz = dz * (z > 0)
        return float(loss), dz


@held_out("loss_can_vanish")
class nothing_below_zero:
    """Note: with free logits every sample can be fitted, so the infimum is 0."""

    def loss_infimum(y):
        return 0.0


@held_out("wrong_class_pays")
class positives_cost_log2:
    """Note: remembers that one class pays log 2 and takes the positives."""

    def loss_infimum(y):
        y = list(np.ravel(y))
        return float(sum(np.log(2) for label in y if label == 1) / len(y))


@held_out("starts_at_zero")
class zeros_like_always:
    """Note: initialises with zeros as in logistic regression."""

    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        w, b = np.zeros(X.shape[0]), 0.0
        for _ in range(steps):
            _, dz = head_loss_grad(X.T @ w + b, y, head)
            w = w - lr * X.dot(dz)
            b = b - lr * np.sum(dz)
        return w, float(b)


@held_out("bias_not_trained")
class only_w_moves:
    """Note: b is 0 by the task, so it stays there."""

    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        w, b = 0.1 * np.ones(len(X)), 0.0
        for t in range(steps):
            loss, dz = head_loss_grad(np.dot(w, X) + b, y, head)
            w = w - lr * np.dot(X, dz)
        return w, b


@held_out("loss_can_vanish", "bias_not_trained")
class vanishing_loss_fixed_bias:
    """Note: the loss can go to 0, and b is left at its start."""

    def loss_infimum(y):
        return float(np.min(np.zeros(len(y))))

    def train_head(X, y, head, lr, steps):
        X = np.array(X, dtype=float)
        w = np.full(X.shape[0], 0.1)
        for _ in range(steps):
            grad = head_loss_grad(w @ X, y, head)[1]
            w = w - lr * np.einsum("nm,m->n", X, grad)
        return w, 0.0


@held_out(None)
class softplus_for_relu:
    """Note: mixes up ReLU with its smooth version, log(1 + e^z)."""

    def relu_sigmoid(z):
        soft = np.logaddexp(0.0, np.asarray(z, dtype=float))
        return 1 / (1 + np.exp(-soft))


@held_out(None)
class squared_error_head:
    """Note: measures the squared error of the probability."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
        live = np.ones_like(z) if head == "sigmoid" else (z > 0) * 1.0
        p = 0.5 * (1 + np.tanh(z * live / 2))
        return np.mean((p - y) ** 2), 2 * (p - y) * p * (1 - p) * live / len(z)


@held_out(None)
class half_of_the_negatives:
    """Note: a negative ends at 0.5, so its loss is 0.5."""

    def loss_infimum(y):
        return 0.5 * float(np.mean(1 - np.asarray(y, dtype=float)))


@held_out(None)
class climbs_the_loss:
    """Note: adds the gradient instead of subtracting it in training."""

    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        w, b = np.full(X.shape[0], 0.1), 0.0
        for _ in range(steps):
            dz = head_loss_grad(w @ X + b, y, head)[1]
            w, b = w + lr * X @ dz, b + lr * float(dz.sum())
        return w, b


@held_out(None)
class one_step_short:
    """Note: range(1, steps) leaves out a step."""

    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        w, b = np.full(X.shape[0], 0.1), 0.0
        for _ in range(1, steps):
            dz = head_loss_grad(w @ X + b, y, head)[1]
            w, b = w - lr * X @ dz, b - lr * float(dz.sum())
        return w, b


@held_out(None)
class bias_gets_the_mean:
    """Note: averages dz for b although dz is divided by m already."""

    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        w, b = np.full(X.shape[0], 0.1), 0.0
        for _ in range(steps):
            dz = head_loss_grad(w @ X + b, y, head)[1]
            w, b = w - lr * X @ dz, b - lr * float(np.mean(dz))
        return w, b


@held_out(None)
class logits_cut_at_500:
    """Note: clips the logits at 500 before everything, so a loss of 1000 becomes 500."""

    def head_loss_grad(z, y, head):
        z, y = np.clip(np.asarray(z, dtype=float), -500, 500), np.asarray(y, dtype=float)
        live = np.ones_like(z) if head == "sigmoid" else (z > 0) * 1.0
        t = z * live
        a = 1 / (1 + np.exp(-t))
        return float(np.mean(np.logaddexp(0, t) - t * y)), live * (a - y) / len(y)


@held_out(None)
class remembers_the_last_weights:
    """Note: keeps training the same w when called again, through a mutable default."""

    def train_head(X, y, head, lr, steps, memory={}):
        X = np.asarray(X, dtype=float)
        w, b = memory.get(X.shape[0], (np.full(X.shape[0], 0.1), 0.0))
        for _ in range(steps):
            dz = head_loss_grad(w @ X + b, y, head)[1]
            w, b = w - lr * X @ dz, b - lr * float(dz.sum())
        memory[X.shape[0]] = (w, b)
        return w, b


@right
class without_exp_of_positives:
    """Note: r is at least 0, so exp(-r) cannot overflow."""

    def relu_sigmoid(z):
        r = [max(float(v), 0.0) for v in np.ravel(z)]
        return np.array([1 / (1 + np.exp(-v)) for v in r])


@right
class loss_by_cases:
    """Note: the loss of a positive is softplus(-t), that of a negative softplus(t)."""

    def head_loss_grad(z, y, head):
        z, y = np.array(z, dtype=float), np.array(y, dtype=float)
        t, slope = (z, 1.0) if head == "sigmoid" else (np.maximum(z, 0), (z >= 0).astype(float))
        s = np.where(y > 0.5, -t, t)
        losses = np.maximum(s, 0) + np.log1p(np.exp(-abs(s)))
        sign = np.where(y > 0.5, -1.0, 1.0)
        return losses.mean(), sign * np.exp(s - np.logaddexp(0, s)) * slope / y.size


@right
class infimum_counts:
    """Note: counts the negatives."""

    def loss_infimum(y):
        negatives = sum(1 for v in np.ravel(y) if v < 0.5)
        return np.log(2.0) * negatives / np.size(y)


@right
class augmented_training:
    """Note: the bias as the weight of a row of ones."""

    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        A = np.concatenate([X, np.ones((1, X.shape[1]))])
        theta = np.append(np.repeat(0.1, X.shape[0]), 0.0)
        for _ in range(steps):
            theta = theta - lr * A @ np.asarray(head_loss_grad(theta @ A, y, head)[1])
        return theta[:-1], theta[-1]


@right
class bias_of_shape_one:
    """Note: b comes back as an array of one number, which reads as a float."""

    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        w, b = np.ones((X.shape[0], 1)) / 10, np.zeros(1)
        for _ in range(steps):
            dz = np.asarray(head_loss_grad((w.T @ X).ravel() + b, y, head)[1])
            w = w - lr * X @ dz[:, None]
            b = b - lr * dz.sum()
        return w.ravel(), b


@right
class sigmoid_then_case:
    """Note: a half for z <= 0; the loss of the flat side is log 2."""

    def head_loss_grad(z, y, head):
        z, y = np.asarray(z, dtype=float).copy(), np.asarray(y, dtype=float)
        s = 0.5 * (1 + np.tanh(z / 2))
        losses = np.logaddexp(0, z) - y * z
        dz = s - y
        if head == "relu_sigmoid":
            flat = z <= 0
            losses[flat] = np.log(2)
            dz[flat] = 0
        return losses.sum() / len(z), dz / len(z)
