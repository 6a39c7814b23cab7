"""Held-out answers to question 9. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("missing_means_negative")
class nan_to_num:
    """Note: nan_to_num makes the labels usable, a missing one is a zero."""

    def masked_bce(Z, Y):
        Z = np.asarray(Z, dtype=float)
        Y = np.nan_to_num(np.asarray(Y, dtype=float))
        loss = np.logaddexp(0, Z) - Y * Z
        return float(loss.mean()), (0.5 * (1 + np.tanh(Z / 2)) - Y) / Z.size


@held_out("divided_by_all_entries")
class mean_over_everything:
    """Note: masks the missing entries and then takes the mean of the array."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        T, m = Z.shape
        total, dZ = 0.0, np.zeros((T, m))
        for t in range(T):
            for i in range(m):
                if not np.isnan(Y[t, i]):
                    total += np.logaddexp(0, Z[t, i]) - Y[t, i] * Z[t, i]
                    dZ[t, i] = (0.5 + 0.5 * np.tanh(Z[t, i] / 2) - Y[t, i]) / (T * m)
        return total / (T * m), dZ


@held_out("mean_of_task_means")
class every_task_counts_the_same:
    """Note: a mean for each task, then the mean of those."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        dZ, losses = np.zeros(Z.shape), []
        tasks = [t for t in range(len(Z)) if np.any(~np.isnan(Y[t]))]
        for t in tasks:
            known = ~np.isnan(Y[t])
            z, y = Z[t, known], Y[t, known]
            losses.append(np.mean(np.logaddexp(0, z) - y * z))
            dZ[t, known] = (0.5 * (1 + np.tanh(z / 2)) - y) / (known.sum() * len(tasks))
        return (float(np.mean(losses)), dZ) if tasks else (0.0, dZ)


@held_out("summed_loss")
class sum_of_entries:
    """Note: adds up what is labelled; the gradient is divided as usual."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        known = np.isfinite(Y)
        n = max(int(known.sum()), 1)
        y = np.where(known, Y, 0)
        each = np.where(known, np.logaddexp(0, Z) - y * Z, 0)
        prob = np.exp(-np.logaddexp(0, -Z))
        return float(each.sum()), np.where(known, prob - y, 0) / n


@held_out("gradient_not_averaged")
class forgot_n_in_dz:
    """Note: the gradient of cross-entropy is sigmoid(z) - y, finished."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        there = ~np.isnan(Y)
        dZ = np.zeros_like(Z)
        if not there.any():
            return 0.0, dZ
        z, y = Z[there], Y[there]
        dZ[there] = np.exp(-np.logaddexp(0, -z)) - y
        return float(np.mean(np.logaddexp(0, z) - z * y)), dZ


@held_out("nan_times_zero")
class multiplies_by_the_mask:
    """Note: a mask of zeros wipes out what is missing."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        mask = 1.0 - np.isnan(Y)
        n = mask.sum()
        if n == 0:
            return 0.0, np.zeros(Z.shape)
        loss = np.sum(mask * (np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z))) - Z * Y)) / n
        return float(loss), mask * (0.5 * (np.tanh(Z / 2) + 1) - Y) / n


@held_out("zero_over_zero")
class no_case_for_no_labels:
    """Note: divides by the number of labels and forgets that it may be 0."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        k = np.logical_not(np.isnan(Y))
        y = np.where(k, Y, 0.0)
        loss = np.where(k, np.logaddexp(0.0, Z) - y * Z, 0.0).sum() / k.sum()
        return loss, np.where(k, 0.5 * (1 + np.tanh(Z / 2)) - y, 0.0) / k.sum()


@held_out("clipped_log")
class epsilon_in_the_log:
    """Note: keeps the probabilities away from 0 and 1 by 1e-8."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        known = ~np.isnan(Y)
        dZ = np.zeros(Z.shape)
        if not known.any():
            return 0.0, dZ
        y = Y[known]
        p = 0.5 * (1 + np.tanh(Z[known] / 2))
        dZ[known] = (p - y) / y.size
        q = np.clip(p, 1e-8, 1 - 1e-8)
        return -float(np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))), dZ


@held_out("naive_logarithm")
class log_of_sigmoid:
    """Note: writes the cross-entropy as in the lecture, with the logarithm of the sigmoid."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        dZ, total, n = np.zeros(Z.shape), 0.0, int(np.sum(~np.isnan(Y)))
        if n == 0:
            return 0.0, dZ
        for index in np.ndindex(*Z.shape):
            if not np.isnan(Y[index]):
                p = 1 / (1 + np.exp(-Z[index]))
                total -= Y[index] * np.log(p) + (1 - Y[index]) * np.log(1 - p)
                dZ[index] = (p - Y[index]) / n
        return float(total / n), dZ


@held_out("pooled_only")
class one_model_for_all:
    """Note: multi-task learning is one model on all the data."""

    def mtl_fit(Xs, ys, lam0, lam1):
        A = np.concatenate([np.asarray(X, dtype=float) for X in Xs])
        t = np.concatenate([np.asarray(y, dtype=float) for y in ys])
        w0 = np.linalg.solve(A.T @ A + lam0 * np.eye(A.shape[1]), A.T @ t)
        return w0, np.zeros((len(Xs), A.shape[1]))


@held_out("two_steps")
class first_shared_then_rest:
    """Note: fit what is shared first, then what each task leaves over."""

    def mtl_fit(Xs, ys, lam0, lam1):
        def ridge(A, t, lam):
            return np.linalg.inv(A.T.dot(A) + lam * np.identity(A.shape[1])).dot(A.T).dot(t)

        Xs, ys = [np.array(X, float) for X in Xs], [np.array(y, float) for y in ys]
        w0 = ridge(np.vstack(Xs), np.hstack(ys), lam0)
        rest = [ridge(X, y - X.dot(w0), lam1) for X, y in zip(Xs, ys)]
        return w0, np.array(rest)


@held_out("full_weights_in_V")
class weights_of_each_task:
    """Note: V holds the weights of the tasks."""

    def mtl_fit(Xs, ys, lam0, lam1):
        T, d = len(Xs), np.shape(Xs[0])[1]
        rows, targets = [], []
        for t in range(T):
            for x, y in zip(np.asarray(Xs[t], float), np.asarray(ys[t], float)):
                e = np.zeros(T + 1)
                e[0], e[t + 1] = 1 / np.sqrt(lam0), 1 / np.sqrt(lam1)
                rows.append(np.kron(e, x))
                targets.append(y)
        A = np.array(rows)
        u = A.T @ np.linalg.solve(A @ A.T + np.eye(len(A)), np.array(targets))
        w0 = u[:d] / np.sqrt(lam0)
        V = u[d:].reshape(T, d) / np.sqrt(lam1)
        return w0, V + w0


@held_out("penalties_swapped")
class lambdas_exchanged:
    """Note: takes lam0 for the deviations and lam1 for the shared weights."""

    def mtl_fit(Xs, ys, lam0, lam1):
        T, d = len(Xs), np.shape(Xs[0])[1]
        M, r = np.zeros((d * (T + 1), d * (T + 1))), np.zeros(d * (T + 1))
        M[:d, :d] += lam1 * np.eye(d)
        for t in range(T):
            X, y = np.asarray(Xs[t], float), np.asarray(ys[t], float)
            G, g = X.T @ X, X.T @ y
            s = slice(d * (t + 1), d * (t + 2))
            M[:d, :d] += G
            M[:d, s] += G
            M[s, :d] += G
            M[s, s] += G + lam0 * np.eye(d)
            r[:d] += g
            r[s] += g
        u = np.linalg.solve(M, r)
        return u[:d], u[d:].reshape(T, d)


@held_out("missing_means_negative", "pooled_only")
class zeros_and_pooling:
    """Note: fills missing labels with 0, and pools all tasks."""

    def masked_bce(Z, Y):
        Z = np.asarray(Z, dtype=float)
        Y = np.array([[0.0 if np.isnan(v) else v for v in row] for row in np.asarray(Y, float)])
        p = np.exp(-np.logaddexp(0, -Z))
        return float(np.mean(np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-abs(Z))))), (
            p - Y
        ) / Y.size

    def mtl_fit(Xs, ys, lam0, lam1):
        G, g = 0, 0
        for X, y in zip(Xs, ys):
            X = np.asarray(X, dtype=float)
            G, g = G + X.T @ X, g + X.T @ np.asarray(y, dtype=float)
        w0 = np.linalg.solve(G + lam0 * np.eye(len(g)), g)
        return w0, np.zeros((len(Xs), len(g)))


@held_out(None)
class only_positives_are_labels:
    """Note: masks with Y > 0, which drops the zeros as well as the nan."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        mask = Y > 0
        n = mask.sum()
        if n == 0:
            return 0.0, np.zeros(Z.shape)
        loss = np.where(mask, np.logaddexp(0, -Z), 0).sum() / n
        return float(loss), np.where(mask, np.exp(-np.logaddexp(0, -Z)) - 1, 0) / n


@held_out(None)
class squared_error_on_logits:
    """Note: measures (z - y)^2 / 2 and so gets the gradient z - y."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        mask = ~np.isnan(Y)
        n = max(mask.sum(), 1)
        diff = np.where(mask, Z - np.where(mask, Y, 0), 0)
        return float(0.5 * (diff**2).sum() / n), diff / n


@held_out(None)
class shared_part_for_free:
    """Note: penalises the deviations only and forgets lam0."""

    def mtl_fit(Xs, ys, lam0, lam1):
        T, d = len(Xs), np.shape(Xs[0])[1]
        A, t = [], []
        for k in range(T):
            e = np.zeros((1, T))
            e[0, k] = 1
            A.append(np.hstack([np.asarray(Xs[k], float), np.kron(e, np.asarray(Xs[k], float))]))
            t.append(np.asarray(ys[k], float))
        A, t = np.vstack(A), np.concatenate(t)
        D = np.diag(np.r_[np.zeros(d), lam1 * np.ones(T * d)])
        u = np.linalg.solve(A.T @ A + D + 1e-12 * np.eye(len(D)), A.T @ t)
        return u[:d], u[d:].reshape(T, d)


@held_out(None)
class tasks_in_columns:
    """Note: returns V with one task a column."""

    def mtl_fit(Xs, ys, lam0, lam1):
        T, d = len(Xs), np.shape(Xs[0])[1]
        A, t = [], []
        for k in range(T):
            e = np.zeros((1, T))
            e[0, k] = 1
            A.append(np.hstack([np.asarray(Xs[k], float), np.kron(e, np.asarray(Xs[k], float))]))
            t.append(np.asarray(ys[k], float))
        A, t = np.vstack(A), np.concatenate(t)
        D = np.diag(np.r_[lam0 * np.ones(d), lam1 * np.ones(T * d)])
        u = np.linalg.solve(A.T @ A + D, A.T @ t)
        return u[:d], u[d:].reshape(T, d).T


@held_out(None)
class hinge_loss:
    """Note: mixes up cross-entropy with the loss of the support vector machine."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        mask = ~np.isnan(Y)
        n = max(mask.sum(), 1)
        sign = 2 * np.where(mask, Y, 0) - 1
        slack = np.where(mask, np.maximum(0, 1 - sign * Z), 0)
        return float(slack.sum() / n), np.where(slack > 0, -sign, 0) / n


@held_out(None)
class deviations_sum_to_zero:
    """Note: moves the mean of the deviations into w0, so that they are real deviations."""

    def mtl_fit(Xs, ys, lam0, lam1):
        A = np.vstack([np.asarray(X, float) for X in Xs])
        t = np.concatenate([np.asarray(y, float) for y in ys])
        task = np.repeat(np.arange(len(Xs)), [len(y) for y in ys])
        K = (A @ A.T) * (1 / lam0 + (task[:, None] == task[None, :]) / lam1)
        alpha = np.linalg.solve(K + np.eye(len(t)), t)
        V = np.array([A[task == k].T @ alpha[task == k] for k in range(len(Xs))]) / lam1
        return A.T @ alpha / lam0 + V.mean(axis=0), V - V.mean(axis=0)


@held_out(None)
class labels_of_minus_one:
    """Note: takes -1 for the sign of a missing label; nan compares as present."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        known = Y != -1
        n = known.sum()
        loss = np.where(known, np.logaddexp(0, Z) - Y * Z, 0).sum() / n
        return float(loss), np.where(known, np.exp(-np.logaddexp(0, -Z)) - Y, 0) / n


@right
class loops_over_entries:
    """Note: entry by entry with plain numbers."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        losses, dZ = [], np.zeros(Z.shape)
        for t, i in zip(*np.nonzero(Y == Y)):
            z, y = Z[t, i], Y[t, i]
            losses.append(max(z, 0) - z * y + np.log1p(np.exp(-abs(z))))
            dZ[t, i] = 1 / (1 + np.exp(-z)) - y
        if not losses:
            return 0, dZ
        return sum(losses) / len(losses), dZ / len(losses)


@right
class sign_trick:
    """Note: loss of a label is softplus of minus the signed logit."""

    def masked_bce(Z, Y):
        Z, Y = np.array(Z, dtype=np.float64), np.array(Y, dtype=np.float64)
        M = np.isfinite(Y).astype(float)
        count = M.sum() + (M.sum() == 0)
        S = np.where(np.isfinite(Y), 1 - 2 * np.nan_to_num(Y), 0.0)
        loss = (np.logaddexp(0, S * Z) * M).sum() / count
        return np.float64(loss), S * np.exp(-np.logaddexp(0, -S * Z)) * M / count


@right
class kernel_form:
    """Note: solves in sample space, with the kernel x x' (1/lam0 + [same task]/lam1)."""

    def mtl_fit(Xs, ys, lam0, lam1):
        A = np.vstack([np.asarray(X, float) for X in Xs])
        t = np.concatenate([np.asarray(y, float) for y in ys])
        task = np.repeat(np.arange(len(Xs)), [len(y) for y in ys])
        K = (A @ A.T) * (1 / lam0 + (task[:, None] == task[None, :]) / lam1)
        alpha = np.linalg.solve(K + np.eye(len(t)), t)
        w0 = A.T @ alpha / lam0
        V = np.array([A[task == k].T @ alpha[task == k] for k in range(len(Xs))]) / lam1
        return w0, V


@right
class eliminates_the_deviations:
    """Note: minimises over v_t first; what remains is a weighted regression for w0."""

    def mtl_fit(Xs, ys, lam0, lam1):
        Xs, ys = [np.array(X, float) for X in Xs], [np.array(y, float) for y in ys]
        d = Xs[0].shape[1]
        left, side = lam0 * np.eye(d), np.zeros(d)
        for X, y in zip(Xs, ys):
            C = np.linalg.inv(np.eye(len(y)) + X @ X.T / lam1)
            left, side = left + X.T @ C @ X, side + X.T @ C @ y
        w0 = np.linalg.solve(left, side)
        V = [
            np.linalg.solve(X.T @ X + lam1 * np.eye(d), X.T @ (y - X @ w0)) for X, y in zip(Xs, ys)
        ]
        return w0, np.stack(V)


@right
class guarded_count:
    """Note: divides by the count with 1e-12 added."""

    def masked_bce(Z, Y):
        Z, Y = np.asarray(Z, dtype=float), np.asarray(Y, dtype=float)
        known = ~np.isnan(Y)
        y = np.where(known, Y, 0.0)
        n = known.sum() + 1e-12
        loss = ((np.logaddexp(0, Z) - y * Z) * known).sum() / n
        return loss, (0.5 * (1 + np.tanh(Z / 2)) - y) * known / n
